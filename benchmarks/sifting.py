"""Interviews hidden in a general WARC file: how many `import --only-interviews` finds, what else it takes, pages a second.

    python benchmarks/sifting.py [PAGES] [ONE_IN]

Defaults: 2000 pages, one in 20 an interview. The interviews are pages of the field corpus whose truth is known (``held``); a tenth of the others are
pages of the same sites that are none, a fifth articles in Chinese with words of talks, the rest Chinese and English pages without.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).parent.parent))

from support.corpora import field
from support.corpora.ordinary import ordinary

from archive.handover.sifting import readers, sift
from archive.warc.exchange import Exchange, records_of
from archive.warc.records import Record, scan
from archive.warc.write import WarcWriter
from parsers.record import INTERVIEW_KINDS

_MENU = "".join(f"<li><a href='/c{n}/'>item {n}</a></li>" for n in range(400))
_NEWS = "县政府召开会议部署防汛工作，要求各乡镇落实责任，加强巡查，确保安全。"


def _field_pages(*, talks: bool) -> Iterator[tuple[str, bytes]]:
    """Pages of the field corpus that are interviews, or that are none; without end."""
    number = 0
    while True:
        case = field.make("held", 5, number)
        number += 1
        if (case.truth.kind in INTERVIEW_KINDS) is talks and (talks or case.truth.kind == "other"):
            yield case.url, case.data


def pages(count: int, one_in: int) -> Iterator[tuple[str, str, bytes]]:
    """What each page is, its address, its bytes."""
    chance, talks, others = random.Random(3), _field_pages(talks=True), _field_pages(talks=False)
    articles = ordinary()
    for n in range(count):
        where = f"http://h{chance.randrange(count // 10)}.example.com/{n}.html"
        kind = chance.random()
        if n % one_in == 0:
            yield "interview", where, next(talks)[1]
        elif kind < 0.1:
            yield "other page of such a site", where, next(others)[1]
        elif kind < 0.3:
            yield "article with such words", where, articles[n % len(articles)].data
        elif kind < 0.6:
            body = (
                f"<html><head><meta charset='utf-8'><title>{n}</title></head><ul>{_MENU}</ul><p>{_NEWS * 8}</p></html>"
            )
            yield "Chinese page", where, body.encode()
        else:
            yield (
                "English page",
                where,
                f"<html><title>Shop {n}</title><ul>{_MENU}</ul><p>{'Shoes. ' * 300}</p></html>".encode(),
            )


def write(folder: Path, count: int, one_in: int) -> dict[str, str]:
    """Write the file; what is at each address."""
    writer, truth = WarcWriter(folder, "general", {"software": "a general crawler"}), {}
    for what, url, data in pages(count, one_in):
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(data)}\r\n\r\n".encode()
        request = f"GET / HTTP/1.1\r\nHost: {url.split('/')[2]}\r\n\r\n".encode()
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        writer.write(records_of(Exchange(url, "GET", request, head + data, "192.0.2.1", moment))[0])
        truth[url] = what
    writer.close()
    return truth


def main() -> None:
    count, one_in = (int(a) for a in (sys.argv[1:] + ["2000", "20"][len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        truth = write(folder, count, one_in)
        (path,) = folder.iterdir()
        size = path.stat().st_size
        began = time.process_time()
        with readers(1) as read:
            held = sift(path, folder / "out.warc.gz", read)
        seconds = time.process_time() - began
        kept = {r.target for r in scan(folder / "out.warc.gz") if isinstance(r, Record) and r.type == "response"}
    total, taken = Counter(truth.values()), Counter(truth[url] for url in kept)
    print(f"{count} pages, {size / 1e6:.1f} MB: {seconds:.1f} s, {held.pages / seconds:.0f} pages/s of one core")
    print("| | pages | taken |\n|---|--:|--:|")
    for what, number in sorted(total.items()):
        print(f"| {what} | {number} | {taken[what]} ({taken[what] / number:.1%}) |")


if __name__ == "__main__":
    main()
