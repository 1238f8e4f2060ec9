"""Writing, checking and indexing WARC files against the field's tools, on the same files, in one run, as ratios per core.

``python benchmarks/archive.py [PAGES] [ROUNDS]`` makes PAGES (default 3000) pages of some 35 KB, a tenth of them chunked, writes them, and
runs each tool ROUNDS (default 3) times in a process of its own, one tool after the other in each round; the median counts. Of writing, the best
round counts. What is asked of each tool:

* write: records to disk, gzip, digests (ours: request and response of an exchange; the peers: the response alone)
* verify: ``warcio check``, ``fastwarc check -p``, ours with every check of a file (digests, pairing, ids, dates, revisits),
  and ``verify --fixity``, which only compares file digests
* index: ``cdxj-indexer --post-append --sort``, ours

Start-up is measured with a file of one exchange, printed, and taken off in the ratios. Modules are compiled before, as for
users. A tool that ends with another code than it must stops the benchmark.
"""

from __future__ import annotations

import io
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).parent.parent))

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import WarcRecord, WarcRecordType
from support.corpora import corpus
from warcio.statusandheaders import StatusAndHeadersParser
from warcio.warcwriter import WARCWriter

from archive.collection.files import sha256_file
from archive.collection.folder import Collection
from archive.ledger.chain import add_warc
from archive.warc.exchange import Exchange, records_of
from archive.warc.write import WarcWriter

HERE = Path(sys.executable).parent
OURS = (
    "import sys\nfrom pathlib import Path\nfrom archive.verify import Options, Summary, verify_files\n"
    "found = [f for f in verify_files([Path(p) for p in sys.argv[1:]], Summary(), Options(jobs=1)) if f.level == 'fault']\n"
    "sys.exit(bool(found))\n"
)
INDEX = (
    "import sys\nfrom pathlib import Path\nfrom archive.warc import cdxj as index\nfrom archive.warc.records import scan\nlines = []\nheld = None\n"
    "for name in sys.argv[1:]:\n    for record in scan(Path(name)):\n"
    "        if record.type == 'request' and held is not None and record.get('WARC-Concurrent-To') == held.get('WARC-Record-ID'):\n"
    "            lines[-1] = index.line_of(held, record) if not record.block.startswith(b'GET ') else lines[-1]\n"
    "        held = record if index.indexed(record) else None\n"
    "        if held is not None:\n            lines.append(index.line_of(held))\n"
    "sys.stdout.write('\\n'.join(sorted(lines)) + '\\n')\n"
)


def exchanges(pages: int) -> list[Exchange]:
    """Pages of the generated corpus, padded with page chrome to a usual size."""
    chance = random.Random(1)
    found = []
    for number in range(pages):
        body = corpus.make("dev", 1, number % 400).data
        menu = b"".join(
            b"<li class='n%d'><a href='/c%d/'>menu %d</a></li>" % (n, n, chance.randrange(10**6)) for n in range(550)
        )
        body = body.replace(b"</body>", b"<ul>" + menu + b"</ul></body>")
        url = f"http://www.county{number % 7}.gov.cn/hdjl/zwft/t2021_{number}.html"
        request = f"GET {url} HTTP/1.1\r\nHost: www.county{number % 7}.gov.cn\r\nUser-Agent: x\r\n\r\n".encode()
        if number % 10:
            head = (
                b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
                % len(body)
            )
        else:
            head = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        found.append(Exchange(url, "GET", request, head + body, "192.0.2.1", datetime(2026, 11, 25, tzinfo=UTC)))
    return found


def write_ours(folder: Path, found: list[Exchange]) -> None:
    writer = WarcWriter(folder, "bench", {"software": "fangtan/bench"})
    for exchange in found:
        writer.write(records_of(exchange)[0])
    writer.close()


def write_warcio(folder: Path, found: list[Exchange]) -> None:
    with (folder / "warcio.warc.gz").open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        for exchange in found:
            block = io.BytesIO(exchange.response)
            headers = StatusAndHeadersParser(["HTTP/1.1"]).parse(block)
            writer.write_record(
                writer.create_warc_record(exchange.url, "response", payload=block, http_headers=headers)
            )


def write_fastwarc(folder: Path, found: list[Exchange]) -> None:
    with (folder / "fastwarc.warc.gz").open("wb") as stream:
        for exchange in found:
            record = WarcRecord()
            record.init_headers(WarcRecordType.response)
            record.headers.append("WARC-Target-URI", exchange.url)
            record.set_bytes_content(exchange.response)
            member = GzipWriter(stream)
            record.write(member, checksum_data=True)
            member.close()


def timed(command: list[str]) -> float:
    """Processor time of a command.

    :raises SystemExit: it failed
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{command}: exit {done.returncode}: {done.stderr[-300:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def row(name: str, seconds: float, base: float, records: int, size: int, note: str = "") -> None:
    rates = f"{size / seconds / 1e6:8.1f} MB/s  {records / seconds:9.0f} records/s"
    print(f"  {name:26} {seconds:7.3f} s  {base / seconds:6.2f} ×  {rates}  {note}")


def compared(commands: list[tuple[str, list[str], list[str]]], rounds: int, records: int, size: int) -> None:
    """One block: each tool by its name, its command on the files, and the same on next to nothing."""
    for _, _, start in commands:
        timed(start)  # modules are compiled once
    taken = [[(timed(start), timed(command)) for _, command, start in commands] for _ in range(rounds)]
    base = 0.0
    for (name, _, _), measured in zip(commands, zip(*taken, strict=True), strict=True):
        started = median(start for start, _ in measured)
        seconds = max(median(whole for _, whole in measured) - started, 0.001)
        base = base or seconds
        row(name, seconds, base, records, size, f"start-up {started:.2f} s")


def collected(folder: Path, file: Path) -> list[str]:
    """``verify --fixity`` on a collection whose ledger vouches for a file."""
    root = folder / f"collection-{file.parent.name}"
    fangtan = [str(HERE / "fangtan"), "-C", str(root)]
    subprocess.run([fangtan[0], "init", str(root)], check=True, capture_output=True)
    kept = Path(shutil.copy(file, root / "archive"))
    add_warc(Collection(root), kept, sha256_file(kept))
    return [*fangtan, "verify", "--fixity"]


def main() -> None:
    pages, rounds = (int(a) for a in (sys.argv[1:] + ["3000", "3"][len(sys.argv) - 1 :]))
    found = exchanges(pages)
    raw = sum(len(e.response) for e in found)
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        print(
            f"{pages} exchanges, {raw / pages / 1000:.1f} KB a page, MB of uncompressed responses; ratio to the first line of each block"
        )
        print("write")
        base = None
        for name, write in (("warcio", write_warcio), ("fastwarc", write_fastwarc), ("fangtan", write_ours)):
            best = float("inf")
            for _ in range(rounds):
                shutil.rmtree(folder / "w", ignore_errors=True)
                (folder / "w").mkdir()
                began = time.process_time()
                write(folder / "w", found)
                best = min(best, time.process_time() - began)
            base = base or best
            size = sum(p.stat().st_size for p in (folder / "w").iterdir())
            row(name, best, base, pages, raw, f"{size / 1e6:.1f} MB on disk")
        (file,) = (folder / "w").glob("bench-*")
        (folder / "one").mkdir()
        write_ours(folder / "one", found[:1])
        (one,) = (folder / "one").glob("bench-*")
        print("verify, one core")
        check = [str(HERE / "warcio"), "check"], [str(HERE / "fastwarc"), "check", "-p"]
        ours, index = [sys.executable, "-c", OURS], [sys.executable, "-c", INDEX]
        checkers = (("warcio check", check[0]), ("fastwarc check -p", check[1]), ("fangtan verify, all checks", ours))
        compared(
            [
                *((name, [*command, str(file)], [*command, str(one)]) for name, command in checkers),
                ("fangtan verify --fixity", collected(folder, file), collected(folder, one)),
            ],
            rounds,
            2 * pages + 1,
            raw,
        )
        print("index")
        theirs = [sys.executable, "-m", "cdxj_indexer.main", "--post-append", "--sort"]
        indexers = (("cdxj-indexer", theirs), ("fangtan", index))
        compared([(n, [*c, str(file)], [*c, str(one)]) for n, c in indexers], rounds, pages, raw)


if __name__ == "__main__":
    main()
