"""What each page, search, count and command costs as the archive grows: processor time on stores of several sizes, as a table and a plot.

    python benchmarks/scale.py [FOLDER] [TURNS …] [--svg FILE]

Defaults: a temporary folder, 10,000 and 100,000 turns. A store that is in FOLDER/TURNS is used again. Processor time of this process, the
lowest of three; a busy machine does not change it. Pages are asked of the application itself, as a server would.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parent.parent))

from archive.collection.folder import Collection
from archive.research.counting import counts, total
from archive.research.filters import Filter
from archive.research.search import first_page
from archive.store.store import open_reader, open_store
from archive.web import views
from archive.web.serve import application
from benchmarks.big_store import build

#: Words of one, two and four characters: one in nearly every turn, one in a third of them, rare ones.
WORDS = ("的", "的一", "人民", "发展人民")
#: What the plot shows; the table has everything.
DRAWN = (
    "home", "interview", "organisation", "list of organizations", "search page, common word", "search page, one character", "first page 的",
    "first page of 40 strings of 2, p95", "the same page by a scan", "count 的", "count 的一, organisation", "的 by year", "keywords, apart",
)  # fmt: skip
#: So long a page may take here; what is cut then is dear enough.
PATIENCE_MS = 20_000


def pages_of(db: sqlite3.Connection) -> dict[str, str]:
    """An address of each kind of page."""
    uid, site = db.execute("SELECT uid, site FROM _interviews ORDER BY uid LIMIT 1 OFFSET 77").fetchone()
    organization, person = db.execute(
        "SELECT organization, person FROM _participants WHERE interview = ? AND listed", (uid,)
    ).fetchone()
    (changed,) = db.execute("SELECT interview FROM versions WHERE version_no = 2 LIMIT 1").fetchone()
    lists = ("interviews", "people", "organizations", "sites", "changes")
    return {
        "home": "/", "interview": f"/interview/{uid}", "what changed": f"/interview/{changed}/changes", "cite": f"/cite/{uid}",
        "person": f"/person?id={quote(person)}", "organisation": f"/organization?name={quote(organization)}",
        "organisation of one name in all counties": f"/organization?name={quote('水务局')}", "site": f"/site/{site}",
        **{f"list of {name}": f"/{name}" for name in lists},
        "interviews of a year": "/interviews?year=2020", "interviews of a province": f"/interviews?province={quote('四川省')}",
        "review": "/review", "trouble": "/trouble", "status": "/status", "help": "/help",
        "search form": "/search", "export form": "/export", "key words' form": "/keywords", "key words (asked)": "/keywords?role=guest",
        "search page, common word": f"/search?q={quote(WORDS[1])}", "search page, rare word": f"/search?q={quote(WORDS[3])}",
        "search page, one character": f"/search?q={quote(WORDS[0])}",
        "search page, common word, role and year": f"/search?q={quote(WORDS[1])}&role=guest&year=2020",
        "trends of two words": f"/trends?words={quote('的一 人民')}", "feed": "/interviews.atom",
    }  # fmt: skip


def questions() -> dict[str, Callable[[sqlite3.Connection], Any]]:
    """Searches and counts as commands and pages ask them."""
    found: dict[str, Callable[[sqlite3.Connection], Any]] = {}
    for word in WORDS:
        found[f"first page {word}"] = lambda db, word=word: first_page(db, word)
        found[f"count {word}"] = lambda db, word=word: total(db, word)
    for name, only in (
        ("role", Filter(role="guest")), ("role and year", Filter(role="guest", year="2020")), ("one site", Filter(site="s1")),
        ("province", Filter(province="四川省")), ("organisation", Filter(organization="水务局", role="guest")),
    ):  # fmt: skip
        found[f"count 的一, {name}"] = lambda db, only=only: total(db, "的一", only)
        found[f"first page 的一, {name}"] = lambda db, only=only: first_page(db, "的一", only=only)
    found["count 的, role"] = lambda db: total(db, "的", Filter(role="guest"))
    for by in ("year", "site", "role"):
        found[f"的一 by {by}"] = lambda db, by=by: counts(db, "的一", by)
    found["的 by year"] = lambda db: counts(db, "的", "year")
    return found


def searches(db: sqlite3.Connection, queries: int) -> dict[str, float]:
    """First pages of random strings, the 95th percentile for each length; the same by a scan with LIKE's work."""
    chance, found = random.Random(9), dict[str, float]()
    (last,) = db.execute("SELECT max(rowid) FROM _turns").fetchone()
    scan = """SELECT t.id FROM _turns t JOIN versions v ON v.id = t.version AND v.newest JOIN _interviews i ON i.uid = v.interview
        WHERE instr(t.text, ?) ORDER BY i.date DESC LIMIT 20"""
    for length in (1, 2, 4, 8):
        words = []
        while len(words) < queries:
            row = db.execute("SELECT text FROM _turns WHERE rowid = ?", (chance.randint(1, last),)).fetchone()
            if row and len(row[0]) > length:
                at = chance.randrange(len(row[0]) - length)
                words.append(row[0][at : at + length])
        times = sorted(once(lambda word=word: first_page(db, f'"{word}"')) for word in words)
        found[f"first page of {queries} strings of {length}, p95"] = times[min(queries - 1, int(0.95 * queries))]
        if length == 2:
            found["the same page by a scan"] = min(
                once(lambda word=word: db.execute(scan, (word,)).fetchall()) for word in words[:3]
            )
    return found


#: Commands that ask the store.
COMMANDS = (
    ("search", "的一"), ("search", "的一", "--by", "year"), ("search", "的一", "--role", "guest", "--year", "2020"), ("trends", "的一"),
    ("changes", "--since", "2026-12"), ("runs",), ("sites", "list"),
)  # fmt: skip


def commands(folder: Path) -> dict[str, float]:
    """Processor time of commands, Python's start included."""
    found = {}
    for command in COMMANDS:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        arguments = [sys.executable, "-m", "crawler", "-C", str(folder), *command]
        subprocess.run(arguments, stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        found[f"fangtan {' '.join(command)}"] = 1000 * spent_s
    return found


def apart(folder: Path) -> dict[str, float]:
    """Processor time of questions that have a process of their own."""
    found = {}
    facts = {"only": {"role": "guest"}, "against": None, "size": 2, "level": 1.0, "near": "的一"}
    for question in ("keywords", "collocations", "twins"):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        arguments = [sys.executable, "-m", "archive.research.apart", str(folder / "fangtan.db")]
        asked = json.dumps({"question": question, "facts": facts})
        run = subprocess.run(arguments, input=asked, capture_output=True, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if '"answer"' in run.stdout:
            found[f"{question}, apart"] = 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        else:
            print(f"{question}, apart: no answer; {run.stdout[-200:]} {run.stderr[-200:]}", file=sys.stderr)
    return found


def once(function: Callable[[], object]) -> float:
    """The processor time of one call, in ms."""
    began = time.process_time()
    function()
    return 1000 * (time.process_time() - began)


def spent(function: Callable[[], object]) -> float:
    """The lowest processor time of three calls, in ms."""
    return min(once(function) for _ in range(3))


def measure(folder: Path) -> dict[str, float]:
    """Processor time in ms of each page and question of a store."""
    found = {}
    open_store(folder / "fangtan.db").conn.close()  # one that an earlier version built is brought up to date
    db = open_reader(folder / "fangtan.db")
    app = application(Collection(folder))
    for name, address in pages_of(db).items():
        found[name] = spent(lambda address=address: asyncio.run(app.client.get(address)))
        print(f"{folder.name} {name}: {found[name]:.1f}", file=sys.stderr, flush=True)
    for name, ask in questions().items():
        found[name] = spent(lambda ask=ask: ask(db))
        print(f"{folder.name} {name}: {found[name]:.1f}", file=sys.stderr, flush=True)
    found |= searches(db, 40) | commands(folder) | apart(folder)
    found["store, bytes in a byte of text"] = (folder / "fangtan.db").stat().st_size / text_bytes(db)
    db.close()
    return found


def text_bytes(db: sqlite3.Connection) -> int:
    """The words of all turns in UTF-8."""
    return int(db.execute("SELECT sum(length(CAST(text AS BLOB))) FROM _turns").fetchone()[0])


def plot(results: dict[int, dict[str, float]]) -> str:
    """Some of the times as lines over the number of turns, both axes logarithmic: SVG."""
    sizes = sorted(results)
    drawn = [name for name in DRAWN if all(name in row for row in results.values())]
    width, height, left, below = 720, 420, 60, 40
    times = [max(row[name], 0.1) for row in results.values() for name in drawn]
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    span = math.log10(sizes[-1]) - math.log10(sizes[0]) or 1

    def at(size: int, ms: float) -> tuple[float, float]:
        x = left + (math.log10(size) - math.log10(sizes[0])) / span * (width - left - 200)
        return x, (height - below) * (1 - (math.log10(max(ms, 0.1)) - low) / (high - low)) + 10

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height + 10}" font-family="sans-serif" font-size="11"><title>Processor time in ms by number of turns</title>'
    ]
    for power in range(low, high + 1):
        _, y = at(sizes[0], 10.0**power)
        parts.append(
            f'<line x1="{left}" x2="{width - 200}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ccc"/><text x="4" y="{y + 4:.1f}">{10.0**power:g} ms</text>'
        )
    for size in sizes:
        x, _ = at(size, 1)
        parts.append(f'<text x="{x:.1f}" y="{height}" text-anchor="middle">{size:,}</text>')
    for number, name in enumerate(drawn):
        colour = f"hsl({360 * number // len(drawn)} 60% 40%)"
        points = [at(size, results[size][name]) for size in sizes]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(f'<text x="{width - 192}" y="{20 + number * 18}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", nargs="?", type=Path)
    arguments.add_argument("turns", nargs="*", type=int)
    arguments.add_argument("--svg", type=Path)
    given = arguments.parse_args()
    views.TIME_LIMIT_MS = PATIENCE_MS
    with tempfile.TemporaryDirectory() as temporary:
        root, results = given.folder or Path(temporary), {}
        for turns in given.turns or (10_000, 100_000):
            folder = root / str(turns)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "fangtan.toml").touch()
            if not (folder / "fangtan.db").exists():
                build(folder / "fangtan.db", turns)
            results[turns] = measure(folder)
        sizes = sorted(results)
        print(f"| processor time, ms | {' | '.join(f'{size:,} turns' for size in sizes)} |\n|---|{'--:|' * len(sizes)}")
        for name in results[sizes[0]]:
            print(f"| {name} | {' | '.join(f'{results[size][name]:.1f}' for size in sizes)} |")
        if given.svg:
            given.svg.write_text(plot(results), "utf-8")


if __name__ == "__main__":
    main()
