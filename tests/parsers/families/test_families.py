"""Every CMS family from its home page alone: all list pages are found, every talk is read."""

import json
import re

import pytest
from support.running import fangtan
from support.sites import odd_sites
from support.sites.family_sites import LIST, NAMES, article, build, page, post, talk

import parsers
from archive.collection.folder import Collection
from archive.collection.sites import load
from archive.store.store import open_reader
from crawler.demo.county import DemoSite, Reply
from crawler.demo.server import County
from crawler.onboarding.contributing import expected
from crawler.onboarding.siblings import are_siblings
from parsers.document import Page
from parsers.families import addresses, detect, families
from parsers.families.base import Path

pytestmark = pytest.mark.long


def view_of(source, url="http://www.qinghe.example/zxft/1.html"):
    return Page.open(parsers.Payload(url, source.encode(), "text/html")).view


@pytest.mark.parametrize(
    ("source", "name", "rule"),
    [
        ("<p>x</p>", "generic", "fallback"),
        ("<a href='./202112/t20211223_900001.html'>x</a>", "trs", "tYYYYMMDD_N"),
        ("<a href='./202112/t20211223_900001.html'>x</a><ucapcontent>x</ucapcontent>", "ucap", "UCAP-CONTENT"),
        ("<div id='vsb_content_501'>x</div>", "vsb", "vsb_content"),
        ("<div class='x ewb-list'>x</div>", "epoint", "ewb"),
        ("<p>createPageHTML(3, 0, 'a', 'b')</p>", "generic", "fallback"),
        ("<script>createPageHTML(3, 0, 'a', 'b')</script>", "trs", "createPageHTML"),
        ("<a href='/gkmlpt/content/post_1226555.html'>x</a>", "gkmlpt", "gkmlpt"),
        ("<a href='/r/cms/www/x.css'>x</a>", "jeecms", "r/cms"),
    ],
)
def test_marks(source, name, rule):
    family, found = detect(view_of(f"<html><body>{source}</body></html>"))
    assert (family.name, found) == (name, rule)


def test_a_pages_own_address_is_a_mark():
    assert detect(view_of("<p>x</p>", "http://www.qinghe.example/art/2021/12/23/art_1_2.html"))[0].name == "hanweb"


def test_all_address_patterns_are_found_in_one_pass():
    alone = {mark.pattern for family in families() for _, _, mark in family.marks if isinstance(mark, Path)}
    assert {p for p in alone if re.compile(p).groups} == set()
    text = "a/gkmlpt/content/post_7.html /col/col12/x /channels/7.html"
    assert addresses().among(text) == {p for p in alone if re.search(p, text)}


def test_each_family_is_crawled_to_its_last_page(tmp_path):
    collection = Collection(tmp_path / "c").create()
    with County([build(family) for family in LIST], post) as county:
        result = fangtan("crawl", "--delay", "0", "--json", *county.urls, collection=collection.root, timeout=300)
        urls = dict(zip(LIST, county.urls, strict=True))
    found = {}
    db = open_reader(collection.store)
    for family, url in urls.items():
        host = url.split("/")[2]
        talks = db.execute("SELECT uid, n_turns FROM interviews WHERE url LIKE ?", [f"http://{host}/%"]).fetchall()
        guests = [db.execute("SELECT name FROM guests WHERE interview = ?", [uid]).fetchall() for uid, _ in talks]
        found[family] = (len(talks), {n for _, n in talks}, sorted(name for rows in guests for (name,) in rows))
    db.close()
    assert found == dict.fromkeys(LIST, (7, {3}, sorted(NAMES))), result


def test_a_site_is_added_from_its_home_page_and_checked(tmp_path):
    collection = Collection(tmp_path / "c").create()
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    with County([build("epoint")], lambda *_: None) as county:
        added = fangtan(
            "sites", "add", county.urls[0], "--delay", "0", "--yes", "--json", "--schedule", "0 3 * * 1",
            "--contribute", str(checkout), collection=collection.root,
        )  # fmt: skip
        assert added.code == 0, added
        row = added.rows[0]
        assert (row["family"], row["name"], len(row["samples"])) == ("epoint", "青石县人民政府", 3)
        assert row["section"] == [county.urls[0].rstrip("/") + LIST["epoint"]]
        (path,) = collection.sites.glob("*.toml")
        assert load(path).schedule == "0 3 * * 1"
        again = fangtan("sites", "add", county.urls[0], "--delay", "0", "--yes", collection=collection.root)
        assert (again.code, "there is a site of that id" in again.err) == (2, True)
        checked = fangtan("sites", "check", "--delay", "0", "--json", collection=collection.root)
        assert (checked.code, checked.rows[0]["differences"]) == (0, [])
        crawled = fangtan("crawl", "--delay", "0", "--json", collection=collection.root)
        assert (crawled.code, crawled.rows[0]["interviews"]) == (3, 7)
        assert "1 of 9 entries unaccounted for: 1 error" in crawled.rows[0]["reason"], "the list names a dead entry"
    assert (checkout / "sites" / path.name).read_text("utf-8") == path.read_text("utf-8")
    drafts = sorted((checkout / "tests" / "pages").glob("*/expected.json"))
    assert len(drafts) == 3
    known = json.loads(drafts[0].read_text("utf-8"))
    assert known["interview"]["kind"] == "transcript"
    payload = parsers.Payload(known["url"], (drafts[0].parent / "page.html").read_bytes(), known["content_type"])
    assert expected(parsers.parse([payload])) == known["interview"]


def test_a_site_is_shown_before_it_is_written(tmp_path):
    """The site file, and three records beside what their pages print."""
    collection = Collection(tmp_path / "c").create()
    with County([build("trs")], lambda *_: None) as county:
        shown = fangtan("sites", "add", county.urls[0], "--delay", "0", "--yes", collection=collection.root)
    (path,) = collection.sites.glob("*.toml")
    assert path.read_text("utf-8") in shown.out
    assert shown.out.count("    kind          transcript\n") == 3
    assert '    title         青石访谈第0期   ← page: "[青石访谈第0期]"' in shown.out
    assert "    turns[1]      主持人 (host): 请介绍第0期的情况。" in shown.out


def test_a_section_on_another_host_of_the_same_owner_is_followed(tmp_path):
    """www.a.gov.cn leads to hd.a.gov.cn; a section on the host of others is only named."""
    collection = Collection(tmp_path / "c").create()
    home = DemoSite("青石县")
    with County([build("trs"), home], lambda *_: None) as county:
        there, here = county.urls[0].rstrip("/"), county.urls[1]
        home.replies["/"] = page("首页", f"<a href='{there}{LIST['trs']}'>在线访谈</a>")
        added = fangtan("sites", "add", here, "--delay", "0", "--yes", "--json", collection=collection.root)
        assert (added.code, len(added.rows[0]["samples"])) == (0, 3), added
        (path,) = collection.sites.glob("*.toml")
        assert load(path).section == (there + LIST["trs"],)
        assert load(path).hosts == (here.split("/")[2],)
        home.replies["/"] = page(
            "首页", f"<a href='{there.replace('127.0.0.1', '127.0.0.2')}{LIST['trs']}'>在线访谈</a>"
        )
        refused = fangtan("sites", "add", here, "--delay", "0", "--yes", collection=collection.root)
        assert refused.code == 3
        assert "127.0.0.2" in refused.out
        assert "another host" in refused.out


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://www.gaotai.gov.cn/", "http://hd.gaotai.gov.cn/zxft/", True),
        ("https://www.gaotai.gov.cn/", "https://www.zhangye.gov.cn/gtx/", False),
        ("https://www.a.com.cn/", "https://www.b.com.cn/", False),
        ("http://192.0.2.1/", "http://192.0.2.1:8080/", True),
        ("http://192.0.2.1/", "http://192.0.2.2/", False),
        ("http:///", "http:///", False),
    ],
)
def test_hosts_of_one_owner(one, other, same):
    assert are_siblings(one, other) is same


def test_a_changed_site_differs_from_its_file(tmp_path):
    collection = Collection(tmp_path / "c").create()
    with County([build("trs")], lambda *_: None) as county:
        ports = [int(county.urls[0].split(":")[2].strip("/"))]
        assert fangtan("sites", "add", county.urls[0], "--delay", "0", "--yes", collection=collection.root).code == 0
    with County([build("gkmlpt")], lambda *_: None, ports) as county:
        checked = fangtan("sites", "check", "--delay", "0", "--json", collection=collection.root)
        assert checked.code == 3
        assert checked.rows[0]["differences"]


def test_sites_are_imported_from_a_table_and_failures_named(tmp_path):
    collection = Collection(tmp_path / "c").create()
    with County([build("dede"), build("ucap")], lambda *_: None) as county:
        table = tmp_path / "counties.csv"
        table.write_text("url,schedule\n" + f"{county.urls[0]},0 3 * * 1\n{county.urls[1]},\nftp://x,\n", "utf-8")
        result = fangtan("sites", "import", str(table), "--delay", "0", collection=collection.root)
    assert result.code == 3
    assert f"{table}:4" in result.err
    assert len(list(collection.sites.glob("*.toml"))) == 2


def test_a_talk_served_as_pages_of_json_is_one_interview(tmp_path):
    """The article names the first page of its module; each answer says whether another one follows."""
    site = DemoSite("青石县")
    target = "/content/getQuestionPage?interviewId=9&pageIndex={}&pageSize=2"
    script = f"<script>$.get('{target.format(0)}', show)</script>"
    body = "<h1>医保问答访谈</h1><div>发布时间：2023-05-10</div><div class='j-fontContent'><p>访谈嘉宾：县医保局局长孙立</p><div id='list'></div></div>"
    site.replies["/ft/27361961.html"] = page("医保问答访谈", body + script)
    site.replies["/ft/"] = page(
        "在线访谈", "<ul>" + "<li><a href='/ft/27361961.html'>医保问答访谈之一</a>2023-05-10</li></ul>"
    )
    site.replies["/"] = page("首页", "<a href='/ft/'>在线访谈</a>")
    for number in range(3):
        rows = [
            {
                "name": f"网友{n}",
                "content": f"第{n}问？",
                "isReply": 1,
                "replyName": "孙立",
                "replyContent": f"<p>第{n}答。</p>",
                "ip": "192.0.2.7",
            }
            for n in range(number * 2, min(number * 2 + 2, 5))
        ]
        value = {"page": {"pageIndex": number, "pageSize": 2, "pageCount": 3, "total": 5, "data": rows}}
        site.replies[target.format(number)] = Reply(json.dumps(value).encode(), "application/json")
    collection = Collection(tmp_path / "c").create()
    with County([site], lambda *_: None) as county:
        result = fangtan("crawl", "--delay", "0", "--json", county.urls[0], collection=collection.root)
    assert (result.code, result.rows[0]["interviews"], result.rows[0]["turns"]) == (0, 1, 10)
    db = open_reader(collection.store)
    turns = db.execute("SELECT speaker, person, role, text FROM turns ORDER BY seq").fetchall()
    parts = db.execute("SELECT part FROM version_captures ORDER BY part").fetchall()
    assert turns[8:] == [("网友4", None, "netizen", "第4问？"), ("孙立", "孙立", "guest", "第4答。")]
    assert "192.0.2.7" not in str(turns)
    assert [p for (p,) in parts] == ["api", "api", "api", "list", "page"]
    db.close()
    assert fangtan("rebuild", collection=collection.root).code == 0
    db = open_reader(collection.store)
    assert db.execute("SELECT count(*) FROM turns").fetchone() == (10,)
    db.close()


def cards(numbers, current, last):
    """A list of cards whose words outweigh many an article, with a pager of numbers."""
    entries = "".join(
        f"<div class='card'><a class='pic' href='{article('trs', n)}'><img src='/i.jpg'></a><div class='tx'><a href='{article('trs', n)}'>"
        f"<h4>青石访谈第{n}期</h4></a><p>访谈嘉宾：县水务局局长 {NAMES[n]}</p><p>访谈时间：2023年5月1{n}日上午九点三十分至十一点</p>"
        f"<p>内容摘要：本期访谈围绕群众关心的第{n}件事，介绍今年的安排，回答网友的提问，欢迎收看。</p></div></div>"
        for n in numbers
    )
    pager = "".join(
        f"<em>{n}</em>" if n == current else f"<a href='{'index' if n == 1 else f'index_{n}'}.html'>{n}</a>"
        for n in range(1, last + 1)
    )
    return page("在线访谈", f"<div class='cards'>{entries}</div><div class='pg'>共 {last} 页 {pager}</div>")


def test_from_the_parent_of_a_section_only_the_section_is_followed(tmp_path):
    site = DemoSite("青石县")
    for n in range(7):
        site.replies[article("trs", n)] = talk("trs", n)
    site.replies["/"] = page(
        "首页", "<h2><a href='/hd/'>互动交流</a></h2><ul><li><a href='/xw/1.html'>我县召开会议</a></li></ul>"
    )
    site.replies["/hd/"] = page(
        "互动交流",
        "<ul><li><a href='/hd/xzxx/'>县长信箱</a></li><li><a href='/hd/zxft/index.html'>在线访谈</a></li><li><a href='/hd/dczj/'>调查征集</a></li></ul>",
    )
    site.replies["/hd/zxft/index.html"] = cards(range(5), 1, 2)
    site.replies["/hd/zxft/index_2.html"] = cards(range(5, 7), 2, 2)
    collection = Collection(tmp_path / "c").create()
    with County([site], lambda *_: None) as county:
        result = fangtan("crawl", "--delay", "0", "--json", county.urls[0], collection=collection.root)
    db = open_reader(collection.store)
    kinds = db.execute("SELECT kind, count(*) FROM interviews GROUP BY 1").fetchall()
    asked = [url for (url,) in db.execute("SELECT url FROM captures")]
    db.close()
    assert (result.code, kinds) == (0, [("transcript", 7)]), result
    assert not any("/xzxx/" in url or "/dczj/" in url for url in asked)


@pytest.mark.parametrize("build_site", odd_sites.SITES, ids=lambda f: f.__name__)
def test_sites_that_no_family_describes(build_site, tmp_path):
    collection = Collection(tmp_path / "c").create()
    with County([build_site()], odd_sites.post) as county:
        result = fangtan("crawl", "--delay", "0", "--json", county.urls[0], collection=collection.root)
    db = open_reader(collection.store)
    kinds = db.execute("SELECT kind, count(*), min(n_turns) FROM interviews GROUP BY 1").fetchall()
    db.close()
    assert (result.code, kinds) == (0, [("transcript", 7, 3)]), result


def test_a_pager_that_is_not_understood_makes_a_run_incomplete(tmp_path):
    site = odd_sites.function_pager()
    for path, reply in list(site.replies.items()):
        site.replies[path] = Reply(
            reply.body.replace(b"'list_'+n+'.html'", b"route(n)").replace(b"countPage=3", b"x=3")
        )
    collection = Collection(tmp_path / "c").create()
    with County([site], odd_sites.post) as county:
        result = fangtan("crawl", "--delay", "0", "--json", county.urls[0], collection=collection.root)
    assert (result.code, result.rows[0]["got"]) == (3, 1), result
