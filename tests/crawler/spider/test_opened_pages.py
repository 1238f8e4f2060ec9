"""Whatever the spider asks of one response, its page is opened once, and read as the indexer will read it."""

import asyncio
import gc
from types import SimpleNamespace
from weakref import WeakKeyDictionary

from scrapy.http import HtmlResponse, Request

from archive.store.readings import Readings
from crawler.spider.pages import PageReader, payload_of

URL = "http://www.qinghe.example/index.html"
HOME = "<html><head><title>青禾县</title><script src='/js/menu.js'></script></head><body><p>欢迎。</p></body></html>"
TALK = (
    "<html><head><title>在线访谈</title></head><body><div class='words'><p>主持人：请介绍一下情况。</p>"
    "<p>林致远：全县列养里程一千八百公里。</p></div></body></html>"
)


def response(html, url=URL):
    request = Request(url, meta={"role": "seed"})
    return HtmlResponse(
        url, body=html.encode(), encoding="utf-8", headers={"Content-Type": "text/html"}, request=request
    )


class Reader(PageReader):
    """The part of the spider that reads, with script files that stand here."""

    name = "reader"

    def __init__(self, family=None):
        super().__init__()
        self.opened, self.script_texts, self.scripts_of = WeakKeyDictionary(), {}, {}
        self.run = SimpleNamespace(site=SimpleNamespace(family_on=lambda _: family, browser=False))

    async def _text_of(self, url):
        del url
        return "var menu = [{name: '在线访谈', url: '/hdjl/zxft/'}];"


def test_a_seed_is_opened_once_for_its_scripts_its_links_its_maps_and_its_record(opened):
    reader, seed = Reader(), response(HOME)
    asyncio.run(reader._read_scripts(seed))
    assert reader._maps_to_ask(seed) is None
    assert [section.url for section in reader._read_links(seed).sections] == ["http://www.qinghe.example/hdjl/zxft/"]
    assert reader._tells_nothing(seed)
    assert reader._tells(seed) is False
    assert opened == [URL]


def test_a_page_is_let_go_with_its_response():
    reader, one = Reader(), response(TALK)
    reader._read_links(one)
    assert len(reader.opened) == 1
    del one
    gc.collect()
    assert len(reader.opened) == 0


def test_the_spider_reads_a_record_with_the_family_of_the_site_as_the_indexer_does():
    reader, one = Reader("hanweb"), response(TALK, "http://www.qinghe.example/art/1.html")
    record = reader._opened(one).record()
    assert record.family == "hanweb"
    assert record == Readings().parse([payload_of(one)], None, "hanweb")
