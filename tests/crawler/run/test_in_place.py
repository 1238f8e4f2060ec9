"""What comes where a list page, or an entry, was asked for: nothing that is missing passes for the end of a list."""

import json

import pytest
from support.running import fangtan
from support.sites.family_sites import page, talk
from support.sites.paged import SECTION, address, html

from archive.history.account_file import read_account
from crawler.demo.county import DemoSite, Reply
from crawler.demo.server import County

pytestmark = pytest.mark.long

TALKS = 4


def town(first="", **more):
    """A section of four talks, two on a page, whose first page says what else there is."""
    site = DemoSite("青石县")
    site.replies = {address(n): talk("trs", n) for n in range(TALKS)}
    site.replies["/"] = page("首页", f"<a href='{SECTION}'>在线访谈</a>")
    site.replies[SECTION] = html((0, 1), first)
    site.replies.update(more)
    return site


def linked(reply):
    """A town whose "next" leads to this answer."""
    site = town("<a href='index_1.html'>下一页</a>")
    site.replies[f"{SECTION}index_1.html"] = reply
    return site


def headed():
    """A town whose answers name the next page in a header, and nowhere else."""
    site = linked(html((2, 3), ""))
    header = (
        ("Link", '</x.css>; rel="preload", <index_1.html>; rel="next"; title="下一页"'.encode().decode("latin-1")),
    )
    site.replies[SECTION] = Reply(html((0, 1), "").body, headers=header)
    return site


def sends_on(target):
    return Reply(f"<html><head><meta http-equiv=refresh content='0;url={target}'></head></html>".encode())


def served(*numbers, **more):
    """Rows as data."""
    found = [{"title": f"青石访谈第{n}期", "url": address(n), "pubDate": f"2023-05-1{n}"} for n in numbers]
    return Reply(json.dumps({"rows": found, **more}, ensure_ascii=False).encode(), "application/json")


def notices():
    """Another channel's list."""
    entries = "".join(
        f"<li><a href='/tz/2023/t2023010{n}_{n}.html'>关于第{n}项工作的通知</a>2023-01-0{n}</li>" for n in (1, 2)
    )
    return page("通知公告", f"<h2>通知公告</h2><ul>{entries}</ul>")


def moved():
    site = linked(sends_on("more.html"))
    site.replies[f"{SECTION}more.html"] = html((2, 3), "")
    return site


def asked(ask, answers):
    """A town whose script asks for the rows."""
    site = town(f"<script>{ask}</script>")
    site.replies.update(answers)
    return site


def framed(**more):
    """A town of which one talk is in a frame of its page."""
    site = town("<a href='index_1.html'>下一页</a>")
    site.replies[f"{SECTION}index_1.html"] = html((2, 3), "")
    site.replies[address(3)] = page(
        "青石访谈第3期", "<h1>青石访谈第3期</h1><iframe src='/words/3.html' width=900 height=600></iframe>"
    )
    site.replies.update(more)
    return site


def entry(reply):
    """A town of one list page, of which one entry shows this."""
    site = town()
    site.replies[SECTION] = html(range(TALKS), "")
    site.replies[address(3)] = reply or site.replies[SECTION]
    return site


def half_served():
    """A town of which one talk comes in two answers of data, and the second one does not."""
    title, script = "青石访谈第3期", "<script>$.get('/talk?id=3&page=1',show)</script>"
    site = entry(page(title, f"<h1>{title}</h1><div class='content'>正在加载……</div>{script}"))
    said = [{"name": name, "content": f"{name}说到的第3期的工作情况。"} for name in ("主持人", "丁一")]
    body = json.dumps({"total": 4, "rows": said}, ensure_ascii=False).encode()
    site.replies["/talk?id=3&page=1"] = Reply(body, "application/json")
    return site


MONTHS = "".join(f"<a href='?m={n}'>{n}月</a>" for n in (3, 4, 5))
FOOT = "<p>主办：青石县人民政府 网站标识码：6207240001</p><p>版权所有：青石县人民政府办公室</p>"


def broken(path):
    """A town of two list pages, one page of which ends in the middle of its mark-up, and nothing else tells it."""
    site = linked(html((2, 3), ""))
    body = site.replies[path].body
    end = body.rfind(b"<li>") if path.endswith("index_1.html") else body.rfind("：一切".encode()) + 12
    site.replies[path] = Reply(body[:end] + (b"<p class=" if not path.endswith("index_1.html") else b""))
    return site


MISSING = {
    "a list page that breaks off": lambda: broken(f"{SECTION}index_1.html"),
    "an entry that breaks off": lambda: broken(address(2)),
    "a frame": framed,
    "an entry that shows the list": lambda: entry(None),
    "an entry that shows its title and the foot": lambda: entry(page("青石访谈第3期", f"<h1>青石访谈第3期</h1>{FOOT}")),
    "another channel": lambda: linked(notices()),
    "sent home": lambda: linked(sends_on("/")),
    "sent nowhere": lambda: linked(sends_on("/gone.html")),
    "a picture": lambda: linked(Reply(b"\x89PNG\r\n\x1a\n" + b"0" * 99, "image/png")),
    "a trace": lambda: linked(Reply(b"java.lang.NullPointerException at gov.List.page(List.java:7)", "text/plain")),
    "an error in words": lambda: linked(html((), "<p>数据库连接失败，请联系管理员</p>")),
    "an error in data": lambda: asked("function l(n){$.get('/l?page='+n,f)}l(1)", {"/l?page=1": served(0, 1), "/l?page=2": Reply('{"code":500,"msg":"系统异常"}'.encode(), "application/json")}),
    "a busy server in data": lambda: linked(Reply('{"code":500,"msg":"系统繁忙"}'.encode(), "application/json")),
    "a part of an entry": lambda: entry(Reply(talk("trs", 3).body, status=206, headers=(("Content-Range", "bytes 0-99/9999"),))),
    "an entry of zeros": lambda: entry(Reply(b"\0" * 3000)),
    "words without the entry's title": lambda: entry(Reply(b"<pre>Warning: no more than 5 connections to the store are allowed for /www/inc.php</pre>")),
    "half of a talk that is served": half_served,
    "rows without addresses": lambda: asked("function l(n){$.get('/l?page='+n,f)}l(1)", {"/l?page=1": Reply(json.dumps({"rows": [{"id": n, "bt": f"青石访谈第{n}期", "rq": f"2023-05-1{n}"} for n in range(4)]}).encode(), "application/json")}),
    "a request that nobody can make": lambda: town("<script>function l(n){$.get(api[n],{page:n},f)}l(1)</script>"),
}  # fmt: skip
WHOLE = {
    "a frame's words": lambda: framed(**{"/words/3.html": talk("trs", 3)}),
    "months": lambda: town(MONTHS, **{f"{SECTION}?m={n}": html(rows, MONTHS) for n, rows in ((3, ()), (4, (2, 3)), (5, (0, 1)))}),
    "nothing yet": lambda: town(MONTHS, **{f"{SECTION}?m={n}": html(rows, more) for n, rows, more in ((3, (), "<p>暂无访谈</p>"), (4, (2, 3), ""), (5, (0, 1), ""))}),
    "a pager in a frame": lambda: town("<iframe name=pager src='pager.html' height=40></iframe>", **{f"{SECTION}pager.html": Reply("<a target=_top href='index_1.html'>下一页</a>".encode()), f"{SECTION}index_1.html": html((2, 3), "")}),
    "sent on": moved,
    "a header": headed,
    "rows that a script asks for": lambda: asked("function l(n){$.get('/l?page='+n,f)}l(1)", {"/l?page=1": served(0, 1), "/l?page=2": served(2, 3), "/l?page=3": served()}),
    "nothing more in words": lambda: asked("function l(n){$.get('/l?page='+n,f)}l(1)", {"/l?page=1": served(0, 1, 2, 3), "/l?page=2": Reply('{"code":500,"msg":"没有更多数据"}'.encode(), "application/json")}),
    "rows that are posted for": lambda: asked("function l(n){$.post('/l.do',{pageNo:n},f)}l(1)", {}),
}  # fmt: skip


def post(path, body):
    pages = {b"pageNo=1": served(0, 1), b"pageNo=2": served(2, 3), b"pageNo=3": served()}
    return pages.get(body) if path == "/l.do" else None


def test_what_is_missing_is_told_and_what_is_whole_is_ok(collection):
    sites = {name: make() for name, make in (MISSING | WHOLE).items()}
    with County(list(sites.values()), post) as county:
        result = fangtan("crawl", "--delay", "0", "--json", *county.urls, collection=collection.root, timeout=300)
    found = dict(zip(sites, result.rows, strict=True))
    codes = {name: report["exit_code"] for name, report in found.items()}
    assert codes == {**dict.fromkeys(MISSING, 3), **dict.fromkeys(WHOLE, 0)}, [r["account"] for r in found.values()]
    assert {name: found[name]["seen"] for name in WHOLE} == dict.fromkeys(WHOLE, TALKS)
    assert not [name for name in MISSING if found[name]["account"]["balanced"]]
    assert all(read_account(collection, report["run"]).pages for report in found.values())
