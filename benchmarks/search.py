"""Search in a store of generated talks: ours against a LIKE scan, the trigram tokenizer and words cut by jieba; exactness against substring search.

``python benchmarks/search.py [TURNS] [QUERIES] [STORE]`` (defaults 1,000,000 and 40 a length; a store that is there is used again). Queries are
strings of 1, 2, 4, 8 characters cut from the turns at random. Of each: the first page of 20 by date, and the count. Ours are the functions that
``fangtan search`` and the web call, on a whole store; the others have a bare table of turns with an index of dates. Times in ms; «exact» is the
share of queries whose count is right.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from archive.research.counting import total
from archive.research.search import first_page
from archive.store.store import open_reader
from benchmarks.big_store import build as build_store

LENGTHS = (1, 2, 4, 8)
OURS = "fangtan"


def build(path: Path, store: sqlite3.Connection) -> tuple[sqlite3.Connection, dict[str, float]]:
    """The peers' tables: the same turns, and an index of each kind."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=OFF")
    db.execute("PRAGMA synchronous=OFF")
    db.execute("CREATE TABLE turns (id INTEGER PRIMARY KEY, day TEXT, text TEXT)")
    db.execute("BEGIN")
    db.executemany(
        "INSERT INTO turns(day, text) VALUES (?, ?)",
        store.execute("SELECT substr(i.date, 1, 10), t.text FROM turns t JOIN interviews i ON i.uid = t.interview"),
    )
    db.execute("COMMIT")
    db.execute("CREATE INDEX turns_day ON turns(day)")
    spent = {}
    plans: list[tuple[str, str, Callable[[str], str]]] = [("trigram", 'tokenize="trigram"', str)]
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
    if name == "trigram":
        return f'"{word}"'
    import jieba  # noqa: PLC0415 - an extra

    return '"' + " ".join(jieba.cut(word)) + '"'


def asker(
    name: str, db: sqlite3.Connection, store: sqlite3.Connection, word: str
) -> tuple[Callable[[], object], Callable[[], int]]:
    """What gives the first page, and what gives the count."""
    if name == OURS:
        return lambda: first_page(store, f'"{word}"'), lambda: total(store, f'"{word}"')
    if name == "LIKE scan":
        condition, value = "instr(text, ?)", word
        counting = f"SELECT count(*) FROM turns WHERE {condition}"
    else:
        table, value = table_of(name), expression(name, word)
        condition = f"id IN (SELECT rowid FROM {table} WHERE {table} MATCH ?)"
        counting = f"SELECT count(*) FROM {table} WHERE {table} MATCH ?"
    page = f"SELECT id, day FROM turns WHERE {condition} ORDER BY day DESC, id LIMIT 20"
    return lambda: db.execute(page, (value,)).fetchall(), lambda: db.execute(counting, (value,)).fetchone()[0]


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))] * 1000


def measure(function: Callable[[], object]) -> tuple[float, object]:
    began = time.perf_counter()
    answer = function()
    return time.perf_counter() - began, answer


def main() -> None:
    count, queries = (int(a) for a in (sys.argv[1:3] + ["1000000", "40"][len(sys.argv[1:3]) :]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[3]) if len(sys.argv) > 3 else Path(folder) / "fangtan.db"
        if not path.exists():
            spent, _ = measure(lambda: build_store(path, count))
            print(f"store of {count} turns: {spent:.0f} s, {path.stat().st_size / 1e6:.0f} MB")
        store = open_reader(path)
        db, built = build(Path(folder) / "peers.db", store)
        print("peers' indexes built in " + ", ".join(f"{n} {s:.0f} s" for n, s in built.items()))
        chance = random.Random(9)
        for length in LENGTHS:
            words = []
            while len(words) < queries:
                (text,) = db.execute("SELECT text FROM turns WHERE id = ?", (chance.randint(1, count),)).fetchone()
                at = chance.randrange(len(text) - length)
                words.append(text[at : at + length])
            truth: dict[str, object] = {}
            base = 0.0
            for name in ("LIKE scan", OURS, *built):
                first, counted, right = [], [], 0
                for word in words:
                    page, number = asker(name, db, store, word)
                    first.append(measure(page)[0])
                    spent, n = measure(number)
                    counted.append(spent)
                    right += truth.setdefault(word, n) == n
                p95 = percentile(first, 0.95)
                base = base or p95
                print(f"  {length} characters  {name:12} first page p50 {percentile(first, 0.5):8.1f} p95 {p95:8.1f}  count p50 {percentile(counted, 0.5):8.1f} p95 {percentile(counted, 0.95):8.1f}"
                      f"  scan/first page {base / p95:7.1f} ×  exact {100 * right / len(words):5.1f} %")  # fmt: skip
        store.close()


if __name__ == "__main__":
    main()
