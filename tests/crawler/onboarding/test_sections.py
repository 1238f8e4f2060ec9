"""Several sections on one site, a menu and a pager that script files write, and an interview's own address."""

import pytest
from support.running import fangtan
from support.sites.family_sites import article, page, talk

from archive.collection.folder import Collection
from archive.collection.sites import load
from crawler.demo.county import DemoSite, Reply
from crawler.demo.server import County

pytestmark = pytest.mark.long


def rows(numbers):
    return "".join(
        f"<li><a href='{article('x', n)}'>青石访谈第{n}期</a><span>2023-05-1{n}</span></li>" for n in numbers
    )


def several():
    """A menu file names four sections: two lists, an empty one, one on another host; a pager file pages the second list."""
    site = DemoSite("青石县")
    for n in range(6):
        site.replies[article("x", n)] = talk("x", n)
    menu = """document.write('<a href="/zxft/">在线访谈</a><a href="/xwfbh/">新闻发布会</a>');
        add('民生热线','/msrx/'); add('政风行风热线','http://media.example/xf/');"""
    site.replies["/js/menu.js"] = Reply(menu.encode(), "application/javascript")
    site.replies["/"] = page("首页", "<script src='/js/menu.js'></script><script src='/js/jquery.js'></script>")
    site.replies["/zxft/"] = page("在线访谈", f"<ul>{rows(range(3))}</ul>")
    pager = "<div class='pager' data-total='2' data-current='1'></div><script src='/js/page.js'></script>"
    site.replies["/js/page.js"] = Reply(
        b"var total=2;createPageHTML(total,0,'index','html');", "application/javascript"
    )
    site.replies["/xwfbh/"] = page("新闻发布会", f"<ul>{rows((3, 4))}</ul>{pager}")
    site.replies["/xwfbh/index_1.html"] = page("新闻发布会", f"<ul>{rows((5,))}</ul>")
    site.replies["/msrx/"] = page("民生热线", "<p>这里还没有节目。</p>")
    return site


def test_all_sections_are_found_and_those_left_out_are_named(tmp_path):
    collection = Collection(tmp_path / "c").create()
    with County([several()], lambda *_: None) as county:
        home = county.urls[0].rstrip("/")
        added = fangtan("sites", "add", home, "--delay", "0", "--yes", "--json", collection=collection.root)
        assert added.code == 0, added
        row = added.rows[0]
        assert row["section"] == [f"{home}/zxft/", f"{home}/xwfbh/"]
        assert {left["url"]: left["reason"].split(":")[0] for left in row["left_out"]} == {
            f"{home}/msrx/": "names no entry",
            "http://media.example/xf/": "on another host",
        }
        (path,) = collection.sites.glob("*.toml")
        assert load(path).section == (f"{home}/zxft/", f"{home}/xwfbh/")
        crawled = fangtan("crawl", "--delay", "0", "--json", collection=collection.root)
    assert crawled.rows[0]["interviews"] == 6, crawled


@pytest.mark.parametrize("address", ["/hdjl/zxft/202305/t20230510_900001.html", "/ft/5.html"])
def test_an_interviews_own_address_is_no_section(tmp_path, address):
    site = DemoSite("青石县")
    related = f"<div class='xg'><h4>相关链接</h4><ul>{rows(range(2, 6))}</ul></div>"
    beside = "<div class='next'><span>下一篇：</span><a href='/Item/90002.aspx'>县教育局通报开学情况</a></div>"
    site.replies[address] = Reply(talk("x", 1).body.replace(b"</body>", f"{related}{beside}</body>".encode()))
    collection = Collection(tmp_path / "c").create()
    with County([site], lambda *_: None) as county:
        url = county.urls[0].rstrip("/") + address
        added = fangtan("sites", "add", url, "--delay", "0", "--yes", collection=collection.root)
    assert added.code != 0
    assert "one interview" in added.err
    assert list(collection.sites.glob("*.toml")) == []
