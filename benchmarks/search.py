"""Search over generated turns: our index against a LIKE scan, the trigram tokenizer and words cut by jieba; exactness against substring search.

``python benchmarks/search.py [TURNS] [QUERIES]`` (defaults 1,000,000 and 40 a length). Queries are strings of 1, 2, 4, 8 characters cut from the
turns at random. Of each: the first page of 20 by date, and the count. Times in ms; «exact» is the share of queries whose count is right.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from archive.migrations import TOKENIZE
from archive.query import phrase
from archive.search import spaced

LENGTHS = (1, 2, 4, 8)
COMMON = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严"


def turns(count: int, seed: int = 3) -> Iterator[tuple[int, str, str]]:
    """Turns of 20 to 200 characters; common characters come often, as in prose."""
    chance = random.Random(seed)
    weights = [1 / (rank + 3) for rank in range(len(COMMON))]
    for number in range(count):
        text = "".join(chance.choices(COMMON, weights, k=chance.randint(20, 200)))
        yield number + 1, f"20{chance.randint(10, 26)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}", text


def build(path: Path, count: int) -> tuple[sqlite3.Connection, dict[str, float]]:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=OFF")
    db.execute("PRAGMA synchronous=OFF")
    db.execute("CREATE TABLE turns (id INTEGER PRIMARY KEY, day TEXT, text TEXT)")
    db.execute("BEGIN")
    db.executemany("INSERT INTO turns VALUES (?, ?, ?)", turns(count))
    db.execute("COMMIT")
    db.execute("CREATE INDEX turns_day ON turns(day)")
    spent = {}
    plans: list[tuple[str, str, Callable[[str], str]]] = [
        ("characters (ours)", f'tokenize="{TOKENIZE}"', spaced),
        ("trigram", 'tokenize="trigram"', str),
    ]
    try:
        import jieba  # noqa: PLC0415 - an extra

        jieba.setLogLevel(60)
        plans.append(("jieba words", 'tokenize="unicode61"', lambda text: " ".join(jieba.cut(text))))
    except ImportError:
        print("jieba is not installed: its index is left out")
    for name, options, prepare in plans:
        table = table_of(name)
        began = time.perf_counter()
        db.execute(f"CREATE VIRTUAL TABLE {table} USING fts5(text, content='', {options})")
        db.execute("BEGIN")
        db.executemany(
            f"INSERT INTO {table}(rowid, text) VALUES (?, ?)",
            ((i, prepare(t)) for i, t in db.execute("SELECT id, text FROM turns").fetchall()),
        )
        db.execute("COMMIT")
        spent[name] = time.perf_counter() - began
    return db, spent


def table_of(name: str) -> str:
    return "fts_" + name.split(maxsplit=1)[0]


def expression(name: str, word: str) -> str:
    if name.startswith("characters"):
        return phrase(word) or '""'
    if name == "trigram":
        return f'"{word}"'
    import jieba  # noqa: PLC0415 - an extra

    return '"' + " ".join(jieba.cut(word)) + '"'


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))] * 1000


def main() -> None:
    count, queries = (int(a) for a in (sys.argv[1:] + ["1000000", "40"][len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        db, spent = build(Path(folder) / "b.db", count)
        print(f"{count} turns; index built in " + ", ".join(f"{n} {s:.0f} s" for n, s in spent.items()))
        chance = random.Random(9)
        for length in LENGTHS:
            words = []
            while len(words) < queries:
                (text,) = db.execute("SELECT text FROM turns WHERE id = ?", (chance.randint(1, count),)).fetchone()
                at = chance.randrange(len(text) - length)
                words.append(text[at : at + length])
            truth = {}
            base = 0.0
            for name in ("LIKE scan", *spent):
                first, counted, right = [], [], 0
                for word in words:
                    if name == "LIKE scan":
                        condition, value = "instr(text, ?)", word
                    else:
                        condition, value = (
                            f"id IN (SELECT rowid FROM {table_of(name)} WHERE {table_of(name)} MATCH ?)",
                            expression(name, word),
                        )
                    began = time.perf_counter()
                    db.execute(
                        f"SELECT id, day FROM turns WHERE {condition} ORDER BY day DESC, id LIMIT 20", (value,)
                    ).fetchall()
                    first.append(time.perf_counter() - began)
                    began = time.perf_counter()
                    if name == "LIKE scan":
                        (n,) = db.execute(f"SELECT count(*) FROM turns WHERE {condition}", (value,)).fetchone()
                    else:
                        (n,) = db.execute(
                            f"SELECT count(*) FROM {table_of(name)} WHERE {table_of(name)} MATCH ?", (value,)
                        ).fetchone()
                    counted.append(time.perf_counter() - began)
                    truth.setdefault(word, n)
                    right += truth[word] == n
                p95 = percentile(first, 0.95)
                base = base or percentile(counted, 0.95)
                print(f"  {length} characters  {name:18} first page p50 {percentile(first, 0.5):8.1f} p95 {p95:8.1f}  count p95 {percentile(counted, 0.95):8.1f}"
                      f"  scan/first page {base / p95:7.1f} ×  exact {100 * right / len(words):5.1f} %")  # fmt: skip


if __name__ == "__main__":
    main()
