"""What was told is told until it is right again, or has stayed for a week; what leaves a list is asked for."""

import sqlite3
from datetime import timedelta

import pytest
from support.running import fangtan
from support.servers.oddserver import OddServer, plain
from support.sites.family_sites import page, talk
from support.sites.nation import START
from support.sites.paged import SECTION, address, html

from crawler.demo.county import DemoSite, Reply
from crawler.demo.server import County

pytestmark = pytest.mark.long

TALKS = 6
OTHER = "今日天气晴到多云，东南风三到四级，最高气温二十度，适合出行，请大家注意防晒，夜间有小雨。"


def test_another_text_is_told_until_it_has_stayed_and_an_entry_that_left_its_list_is_asked_for(collection, clock):
    site = DemoSite("青石县")
    site.replies = {address(n): talk("trs", n) for n in range(TALKS)}
    site.replies["/"] = page("首页", f"<a href='{SECTION}'>在线访谈</a>")
    site.replies[SECTION] = html(range(TALKS), "")
    with County([site], lambda *_: None) as county:

        def night(number, *options):
            """The report of a run so many days after the first one."""
            clock.write_text((START + timedelta(days=number)).isoformat(), "ascii")
            result = fangtan("crawl", "--delay", "0", "--json", *options, *county.urls, collection=collection.root)
            return result.rows[0]

        assert night(0)["exit_code"] == 0
        site.replies[SECTION] = html(range(1, TALKS), "")
        site.replies[address(0)] = Reply(b"<h1>404</h1>", status=404)
        left = night(1)
        assert (left["exit_code"], left["account"]["outcomes"]) == (0, {"not due": TALKS - 1})
        assert (
            f"listed no longer, the first: http://127.0.0.1:{county.ports[0]}{address(0)}, which the next run"
            in str(left["account"]["remarks"])
        )
        with sqlite3.connect(collection.crawl_db) as db:
            assert [url.endswith(address(0)) for (url,) in db.execute("SELECT url FROM owed")] == [True]
        db.close()
        title = "青石访谈第2期"
        site.replies[address(2)] = page(
            title, f"<h1>{title}</h1><div class='content'><p>主持人：{OTHER}</p><p>丁一：{OTHER}</p></div>"
        )
        first = night(2, "--recheck")
        assert (first["exit_code"], first["account"]["outcomes"]["gone"]) == (3, 1)
        assert f"are gone, the first: http://127.0.0.1:{county.ports[0]}{address(0)}" in str(
            first["account"]["remarks"]
        )
        second = night(3, "--patch")
        assert (second["exit_code"], second["account"]["outcomes"]["alien"]) == (3, 1), second["account"]
        last = night(10)
        assert last["exit_code"] == 0, last["account"]
        assert f"with another text than before, the first: http://127.0.0.1:{county.ports[0]}{address(2)}" in str(
            last["account"]["remarks"]
        )


def test_a_whole_answer_refers_to_none_that_broke_off(tmp_path):
    """The bytes are the same: the first answer says that it is longer than it is."""
    section, whole = "/zxft/", plain(talk("trs", 1).body, "HTTP/1.1 200 OK", 'ETag: "w"')
    cut = whole.replace(b"Content-Length: ", b"Content-Length: 9")
    table = {section: plain(html((1,), "").body.replace(address(1).encode(), b"/zxft/1.html")), "/zxft/1.html": cut}
    with OddServer(table, close=("/zxft/1.html",)) as server:

        def crawl():
            url = f"http://127.0.0.1:{server.port}{section}"
            return fangtan("crawl", "--delay", "0", "--json", url, collection=tmp_path / "c").rows[0]

        assert crawl()["account"]["outcomes"] == {"cut off": 1}
        table["/zxft/1.html"] = whole
        report = crawl()
    assert (report["exit_code"], report["account"]["outcomes"]) == (0, {"interview": 1})
