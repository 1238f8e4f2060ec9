"""What the crawling process read of pages reaches the indexer beside it; what does not is read from WARC."""

import os
from dataclasses import replace
from types import SimpleNamespace

import pytest

import parsers
from archive.store import handed
from archive.store.handed import Handed, line_of
from crawler.run.indexing import Indexer

LIST = (
    "<html><head><title>在线访谈</title></head><body><ul>"
    + "".join(
        f"<li><a href='/zxft/{n}.html'>第{n}期访谈：养老服务</a><span>2024-03-0{n}</span></li>" for n in range(1, 8)
    )
    + "</ul></body></html>"
).encode()
ONE = parsers.Payload("http://www.qinghe.example/zxft/", LIST, "text/html", 200)


def asked(links):
    return links.is_list, links.items, links.parts, links.posts


def test_a_page_that_was_handed_over_is_not_opened_again(opened):
    said = parsers.Opened(ONE, "trs").links()
    readings, line = Handed(), line_of(ONE, "trs", said)
    for at in range(0, len(line), 7):
        readings.feed(line[at : at + 7])
    before = len(opened)
    assert said.items
    assert asked(readings.links(ONE, "trs")) == asked(said)
    assert len(opened) == before


@pytest.mark.parametrize(
    "other",
    [
        {"family": "jcms"},
        {"payload": replace(ONE, link="<http://www.qinghe.example/2>; rel=next")},
        {"payload": replace(ONE, refresh="0; url=/2")},
        {"payload": replace(ONE, data=LIST + b" ")},
    ],
    ids=["family", "link", "refresh", "bytes"],
)
def test_another_page_is_read(other):
    readings = Handed()
    readings.feed(line_of(ONE, "trs", parsers.Links()))
    page = {"payload": ONE, "family": "trs"} | other
    assert asked(readings.links(**page)) == asked(parsers.links(page["payload"], family=page["family"]))


def test_what_other_code_read_is_read_again(monkeypatch):
    line = line_of(ONE, None, parsers.Links())
    monkeypatch.setattr(handed, "code", lambda: "other")
    readings = Handed()
    readings.feed(line)
    assert readings.links(ONE, None).is_list


def test_the_end_of_a_line_is_read_over():
    """An indexer that is begun again may get the rest of what the one before it did not take."""
    line = line_of(ONE, None, parsers.links(ONE))
    readings = Handed()
    readings.feed(line[line.index("期".encode()) + 1 :] + line)
    assert readings.links(ONE, None).is_list


def test_what_waits_longest_goes_first(monkeypatch):
    pages = [replace(ONE, url=f"{ONE.url}{n}") for n in range(5)]
    lines = [line_of(page, None, parsers.Links()) for page in pages]
    monkeypatch.setattr(handed, "_WAITING", 3 * (len(lines[0]) - lines[0].index(b" ")))
    readings = Handed()
    readings.feed(b"".join(lines))
    assert [readings.links(page, None).is_list for page in pages] == [True, True, False, False, False]


def test_the_crawl_waits_for_no_indexer_and_sends_whole_lines(kept):
    """While nobody reads the pipe, what has no room is dropped; so is all where the reader is gone."""
    indexer, page, (out, into) = Indexer(kept), parsers.Opened(ONE, None), os.pipe()
    line = line_of(ONE, None, page.links())
    indexer.hand(page)  # before there is one
    os.set_blocking(into, False)
    with os.fdopen(out, "rb") as reader, os.fdopen(into, "wb", buffering=0) as stdin:
        indexer.process = SimpleNamespace(stdin=stdin)
        for _ in range(3000):
            indexer.hand(page)
        received = b""
        while indexer._unsent:
            received += os.read(out, 1 << 16)
            indexer.hand(page)
        stdin.close()
        received += reader.read()
        indexer.hand(page)
    assert set(received.splitlines(keepends=True)) == {line}
    assert len(received) < 2000 * len(line)
