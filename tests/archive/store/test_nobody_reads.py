"""What is neither a page nor a document is read by nobody, whether its list comes before it or after it."""

import pytest
from support.running import fangtan
from support.shapes import HTML, OK, answer, record
from support.sites.family_sites import page, talk
from support.sites.paged import SECTION, address, html
from support.talks import rows

from archive.store.indexer import bring_up_to_date
from crawler.demo.county import DemoSite, Reply
from crawler.demo.server import County

HOST = "http://a.example.gov.cn"
ROWS = "".join(f"<li><a href='/ft/{n}.html'>在线访谈第{n}期</a><span>2026-01-0{n}</span></li>" for n in (1, 2, 3))
LIST = answer(OK, HTML, body=f"<meta charset='utf-8'><title>在线访谈</title><ul>{ROWS}</ul>".encode())
PDF = answer(OK, b"Content-Type: text/html", body=b"%PDF-1.4 " + b"\x00\x01" * 99)


def town():
    site = DemoSite("青石县")
    site.replies = {address(n): talk("trs", n) for n in range(4)}
    site.replies["/"] = page("首页", f"<a href='{SECTION}'>在线访谈</a>")
    site.replies[SECTION] = html(range(4), "")
    return site


def test_a_film_on_a_list_is_explained_on_each_night(collection):
    """It came whole; the server says on the second night that it is still the same."""
    site = town()
    site.replies[address(3)] = Reply(b"\0\0\0\x18ftypmp42" * 99, "video/mp4", headers=(("ETag", '"1"'),))
    with County([site], lambda *_: None) as county:
        for options in ([], ["--recheck"], []):
            result = fangtan("crawl", "--delay", "0", "--json", *options, *county.urls, collection=collection.root)
            assert result.code == 0, result.rows[0]["reason"]
            assert result.rows[0]["seen"] == 3
    assert rows(
        collection, "SELECT count(*) FROM captures WHERE url LIKE ? AND type = 'revisit'", f"%{address(3)}"
    ) == [(1,)]


@pytest.mark.parametrize("list_first", [True, False])
@pytest.mark.parametrize(
    ("sent", "found"),
    [(answer(OK, HTML, body=b"\0" * 3000), []), (answer(OK, b"Content-Type: video/mp4", body=b"\0\0\0\x18ftypmp42" * 99), []), (PDF, [("attachment", "在线访谈第2期")])],
)  # fmt: skip
def test_an_entry_that_is_no_page(kept, sent, found, list_first):
    captures = [record("response", LIST, f"{HOST}/ft/"), record("response", sent, f"{HOST}/ft/2.html")]
    for number, one in enumerate(captures if list_first else captures[::-1]):
        (kept.archive / f"{number}.warc").write_bytes(one)
        bring_up_to_date(kept)
    assert rows(kept, "SELECT kind, title FROM interviews") == found
    assert rows(kept, "SELECT count(*) FROM _readings") == [(1 + len(found),)]
