"""The indexer asks a page where it leads and what it says: it is opened once, and few stay open."""

import parsers
from archive.store.readings import Readings

TALK = (
    "<html><head><title>在线访谈</title></head><body><div class='words'><p>主持人：请介绍一下情况。</p>"
    "<p>林致远：全县列养里程一千八百公里。</p></div></body></html>"
).encode()


def payload(name):
    return parsers.Payload(f"http://www.qinghe.example/{name}", TALK, "text/html")


def test_the_indexer_opens_a_page_once_for_its_links_and_its_record(opened):
    readings, one = Readings(), payload("t1.html")
    links = readings.links(one, None)
    record = readings.parse([one], None, None)
    assert opened == [one.url]
    assert (links, record) == (parsers.links(one), parsers.parse([one]))
    readings.parse([one], None, "trs")
    assert len(opened) == 4  # two readings of their own, and one with another family


def test_the_indexer_keeps_no_more_pages_open_than_a_batch_has(monkeypatch, opened):
    monkeypatch.setattr("archive.store.readings._OPEN_PAGES", 3 * len(TALK))
    readings = Readings()
    pages = [payload(f"{number}.html") for number in range(5)]
    for page in pages:
        readings.links(page, None)
    assert [page.url for page, _ in readings.opened] == [page.url for page in pages[2:]]
    readings.parse([pages[0]], None, None)
    assert opened.count(pages[0].url) == 2
