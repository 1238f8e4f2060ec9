"""Page times of the reading room under twenty readers at once, against stock Datasette's table page of the same store;
and what twenty who search cost one who reads.

    python benchmarks/web.py [TURNS] [ROUNDS] [STORE]

Defaults: 100,000 turns, 5 requests of each page a reader; a store that is there is used again. Each server is a process of its own; times in ms.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parent.parent))

from archive.store.store import open_reader
from benchmarks.big_store import build

READERS = 20
#: So often one reader reads alone and beside the others, in turn.
TURNS = 4
#: So long a reader waits.
PATIENCE_S = 60


def addresses(store: Path, count: int) -> dict[str, list[str]]:
    """Addresses of each kind of page, chosen at random."""
    db, chance = open_reader(store), random.Random(4)
    uids = [row[0] for row in db.execute("SELECT uid FROM _interviews ORDER BY uid")]
    words = []
    while len(words) < count:
        (text,) = db.execute("SELECT text FROM _turns WHERE rowid = ?", (chance.randint(1, 1000),)).fetchone()
        at = chance.randrange(len(text) - 4)
        words.append(text[at : at + chance.choice((1, 2, 4))])
    db.close()
    return {
        "home": ["/"] * count,
        "search": [f"/search?q={quote(word)}" for word in words],
        "interview": [f"/interview/{chance.choice(uids)}" for _ in range(count)],
        "site": [f"/site/s{chance.randrange(40)}" for _ in range(count)],
        "Datasette's table page, beside ours": ["/fangtan/turns"] * count,
    }


@contextlib.contextmanager
def served(command: list[str], port: int) -> Iterator[None]:
    """A server, ready."""
    process = subprocess.Popen(
        command, env={**os.environ, "PYTHONWARNINGS": "ignore"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def ask(port: int, path: str) -> tuple[float, int]:
    """Seconds until a page is there whole, and its status; 0 where none came in time."""
    began, status = time.perf_counter(), 0
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    with contextlib.suppress(TimeoutError):
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        status = response.status
    connection.close()
    return time.perf_counter() - began, status


def report(name: str, port: int, paths: list[str]) -> float:
    """Print the times of a kind of page, and how many are no page (stock Datasette's own limit is one second); its 95th
    percentile.
    """
    ask(port, paths[0])
    with ThreadPoolExecutor(READERS) as pool:
        answers = list(pool.map(lambda path: ask(port, path), paths))
    times, failed = sorted(seconds for seconds, _ in answers), sum(status != HTTPStatus.OK for _, status in answers)
    p50, p95 = times[len(times) // 2], times[int(0.95 * len(times))]
    print(
        f"  {name:36} p50 {p50 * 1000:8.1f}  p95 {p95 * 1000:8.1f}  {len(times)} requests{f', {failed} failed' if failed else ''}"
    )
    return p95


def search_on(port: int, searches: list[str]) -> None:
    """Twenty readers search until this process is ended; a line says that all have an answer."""
    answered = [threading.Event() for _ in range(READERS)]

    def search(number: int) -> None:
        while True:
            ask(port, searches[number % len(searches)])
            answered[number % READERS].set()
            number += READERS

    for number in range(READERS):
        threading.Thread(target=search, args=(number,), daemon=True).start()
    for event in answered:
        event.wait()
    print(flush=True)
    sys.stdin.read()


def beside_searches(port: int, interviews: list[str], searches: list[str]) -> None:
    """Print the times of interviews for one reader alone, and beside twenty who search meanwhile: in turn, so that what
    else the machine does counts for both. Who searches has a process of its own, or they would wait for the client.
    """
    alone, busy = list[float](), list[float]()
    for _ in range(TURNS):
        alone += [ask(port, path)[0] for path in interviews]
        others = subprocess.Popen(
            [sys.executable, __file__, "--search", str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert others.stdin is not None
        assert others.stdout is not None
        others.stdin.write(json.dumps(searches))
        others.stdin.write("\n")
        others.stdin.flush()
        others.stdout.readline()
        busy += [ask(port, path)[0] for path in interviews]
        others.communicate()
    alone.sort()
    busy.sort()
    for name, at in (("p50", len(alone) // 2), ("p95", int(0.95 * len(alone)))):
        one, many = alone[at] * 1000, busy[at] * 1000
        print(f"  interview, one reader {name}: {one:.1f} alone, {many:.1f} beside searches, {many / one:.1f} ×")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    count, rounds = (int(a) for a in (sys.argv[1:3] + ["100000", "5"][len(sys.argv[1:3]) :]))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(sys.argv[3]).parent if len(sys.argv) > 3 else Path(folder)
        store = root / "fangtan.db"
        if not store.exists():
            build(store, count)
        (root / "fangtan.toml").touch()
        pages = addresses(store, READERS * rounds)
        port = free_port()
        with served([sys.executable, "-m", "datasette", str(store), "--port", str(port)], port):
            stock = report("stock Datasette's table page", port, ["/fangtan/turns"] * (READERS * rounds))
        port = free_port()
        with served([sys.executable, "-m", "crawler", "-C", str(root), "serve", "-p", str(port)], port):
            for name, paths in pages.items():
                print(f"{report(name, port, paths) / stock:38.2f} × stock")
            beside_searches(port, pages["interview"], pages["search"])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--search"]:  # the process of beside_searches
        search_on(int(sys.argv[2]), json.loads(sys.stdin.readline()))
    else:
        main()
