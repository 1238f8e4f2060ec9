"""Each way in which a run falls short names what helps against it: no other fault's advice."""

import gzip
from contextlib import ExitStack

import pytest
from support.running import fangtan
from support.servers.oddserver import OddServer, plain

from archive.history import account as accounts
from archive.history.account import account
from archive.history.entries import ACCOUNTED
from archive.history.facts import Asked, Came, Capture, Facts, Read, Row

pytestmark = pytest.mark.long

FIRST, SECOND, TALK = "/zxft/", "/zxft/index_2.html", "/zxft/a.html"
NO_ROBOTS = plain(b"", "HTTP/1.1 404 Not Found")


def html(title, body):
    return f"<html><head><meta charset='utf-8'><title>{title}</title></head><body>{body}</body></html>".encode()


def talk(name):
    words = f"<h1>访谈{name}期</h1><p>访谈嘉宾：县水务局局长李青</p><p>主持人：请介绍{name}。</p><p>李青：{name}已经完成，下一步继续巩固。</p>"
    return html(f"访谈{name}期", words)


def listing(names, more=""):
    rows = (f"<li><a href='/zxft/{n}.html'>访谈{n}期</a><span>2021-01-{ord(n) - 96:02d}</span></li>" for n in names)
    return html("在线访谈", f"<ul>{''.join(rows)}</ul>{more}")


def loaded(method, call):
    """A list without rows of its own: a function asks for its pages by their number."""
    options = f"{{url: '/api/list.do', type: '{method}', data: {{page: n, size: 7}}, success: show}}"
    words = "<p>县人民政府在线访谈栏目邀请各部门负责人与网民交流。</p>" * 3
    return html(
        "在线访谈",
        f"<h2>在线访谈</h2>{words}<ul id='l'></ul><script>function load(n) {{ $.ajax({options}); }}\n{call}</script>",
    )


API = "/api/list.do?page=1&size=7"
MORE = "<p onclick='more()'>加载更多</p><script>var pageNo = 1; function more() { pageNo++; $.get('/api/list.do?page=' + pageNo, show) }</script>"
BOUND = b"(function(e){e('.pages').on('click','.next',function(){Z.load(Z.p+1)})})(jQuery)"
CROPS = "秋粮收购入库与农机检修".encode()
ON = f"<a href='{SECOND}'>下一页</a>"
LAST = f"<a href='{SECOND}'>尾页</a>"
LISTS = {FIRST: listing("ab", f"<a href='{SECOND}'>下一页</a> 共2页"), SECOND: listing("cd", " 共2页")}
OUTSIDE = plain(b"", "HTTP/1.1 302 Found", "Location: http://mp.weixin.qq.com.example/s")


def unzipped(body):
    """The coding of the body breaks off; the answer itself is whole."""
    half = gzip.compress(body, mtime=0)
    return plain(half[: len(half) // 2], "HTTP/1.1 200 OK", "Content-Encoding: gzip")


def begun(body, part=0):
    """The connection ends before the body does."""
    return plain(body).replace(b"\r\n\r\n" + body, b"\r\n\r\n" + body[:part])


#: What answers in the place of which pages, exit code, words of the reason and of what helps.
SHORT = {
    "coding-first": ({FIRST: unzipped(LISTS[FIRST])}, 3, "broke off", "breaks answers off"),
    "coding-further": ({SECOND: unzipped(LISTS[SECOND])}, 3, "cut off", "breaks answers off"),
    "nothing-first": ({FIRST: begun(LISTS[FIRST])}, 3, "broke off", "breaks answers off"),
    "nothing-further": ({SECOND: begun(LISTS[SECOND])}, 3, "cut off", "breaks answers off"),
    "nothing-talk": ({TALK: begun(talk("a"))}, 3, "cut off", "breaks answers off"),
    "part-further": ({SECOND: begun(LISTS[SECOND], 200)}, 3, "cut off", "breaks answers off"),
    "empty-further": ({SECOND: plain(b"")}, 3, "the answer has no content", "without any content"),
    "no-entry": ({SECOND: plain(html("在线访谈", "<h2>在线访谈</h2><ul></ul>"))}, 3, "names no entry", "names no entry"),
    "gone-further": ({SECOND: plain(html("提示", "<h1>您访问的页面不存在</h1>"))}, 3, "no list", "say that they are not there"),
    "astray-home": ({FIRST: plain(listing("ab", "<a href='/'>下一页</a>"))}, 3, "/, which is no list page", ""),
    "astray-entry": ({FIRST: plain(listing("ab", "<a href='b.html'>下一页</a>"))}, 3, "b.html, which is no list page", ""),
    "astray-other": ({FIRST: plain(listing("ab", ON)), SECOND: plain(html("关于我们", "<h1>关于我们</h1>"))}, 3, "no list (a page of another kind", "the pager leads to a page"),
    "behind-the-end": ({FIRST: plain(listing("ab", ON)), SECOND: plain(html("在线访谈", "<h2>在线访谈</h2>暂无内容"))}, 0, "", ""),
    "earlier": ({FIRST: plain(listing("ab", "<a onclick='vm.tab(2)'>往期回顾</a> 共2条"))}, 3, "'往期回顾' → vm.tab(2)", "pager was not understood"),
    "loaded": ({FIRST: plain(loaded("GET", "load(1)"))}, 3, "/api/list.do?page=1&size=7: HTTP 404", "drawn by a script"),
    "loaded-post": ({FIRST: plain(loaded("POST", "$(function () { load(1) })"))}, 3, "/api/list.do: HTTP 404", "drawn by a script"),
    "loaded-405": ({FIRST: plain(loaded("GET", "load(1)")), API: plain(b"", "HTTP/1.1 405 x")}, 3, "HTTP 405", "browser = true"),
    "load-more": ({FIRST: plain(listing("ab", MORE))}, 3, "list page 2 is missing", "drawn by a script"),
    "bound-elsewhere": ({FIRST: plain(listing("ab", "<p class=pages><b class=next>下一页</b></p><script src=/l.js></script>")), "/l.js": plain(BOUND)}, 3, "behind a script", "browser = true"),
    "another-talk": ({FIRST: plain(listing("ab").replace("访谈a期".encode(), CROPS)), TALK: plain(talk("医疗保险报销比例"))}, 3, "another page (it shows '访谈医疗保险报销比例期')", "pages of other talks"),
    "hardly-named": ({FIRST: plain(listing("ab").replace("访谈a期".encode(), CROPS)), TALK: plain(talk("仓库，并安排农机检修"))}, 0, "", ""),
    "last-only": ({FIRST: plain(listing("ab", LAST)), SECOND: plain(listing("cd"))}, 0, "", ""),
    "last-only-gone": ({FIRST: plain(listing("ab", LAST)), SECOND: plain(b"", "HTTP/1.1 404 Not Found")}, 3, "index_2.html", ""),
    "kept-on-top": ({FIRST: plain(listing("aab", " 共3条"))}, 0, "", ""),
    "home": ({FIRST: plain(b"", "HTTP/1.1 302 Found", "Location: /")}, 3, "neither an interview nor a list", "sites add HOME"),
    "declared": ({FIRST: plain(listing("ab", "共六十一条"))}, 3, "59 never seen", "declares more than"),
    "outside": ({TALK: OUTSIDE, "/zxft/b.html": OUTSIDE, SECOND: plain(b"", "HTTP/1.1 404 x")}, 3, "none of them", "list pages are missing"),
    "only-outside": ({TALK: OUTSIDE}, 0, "", ""),
}  # fmt: skip


def test_what_helps_is_what_helps_against_the_fault(collection):
    with ExitStack() as servers:
        for name, (answers, *_) in SHORT.items():
            table = {f"/zxft/{n}.html": plain(talk(n)) for n in "abcd"} | {
                path: plain(body) for path, body in LISTS.items()
            }
            table |= {"/robots.txt": NO_ROBOTS, "/": plain(html("首页", "<a href='/x'>新闻动态</a>" * 20)), **answers}
            server = servers.enter_context(OddServer(table, close=tuple(answers)))
            file = f'name = "{name}"\nsection = ["http://127.0.0.1:{server.port}{FIRST}"]\n'
            (collection.sites / f"{name}.toml").write_text(file, "utf-8")
        result = fangtan("crawl", "--delay", "0", "--json", *SHORT, collection=collection.root, timeout=300)
    reports = {report["site"]: report for report in result.rows}
    found = {name: (r["exit_code"], r["reason"] or "", r["fix"] or "") for name, r in reports.items()}
    assert found.keys() == SHORT.keys()
    wrong = {
        name: found[name]
        for name, (_, code, reason, fix) in SHORT.items()
        if (found[name][0], reason in found[name][1], fix in found[name][2]) != (code, True, True)
    }
    assert wrong == {}


def facts(came=None, capture=None, read=None):
    """One list page and one entry, each as given or whole."""
    page, entry = "//a.example/ft/", "//a.example/ft/1.html"
    return Facts(
        (Asked(page, f"http:{page}", "list"), Asked(entry, f"http:{entry}", "detail")),
        (Row(entry, f"http:{entry}", "第1期访谈", page),),
        {page: read or Read(page, (entry,), fresh=True)},
        {page: Came(page, 200), entry: came or Came(entry, 200)},
        {entry: capture or Capture("id", "transcript", fresh=True, title="第1期访谈", size=9, uid="uid")},
    )


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"came": Came("//a.example/ft/1.html", 500)}, "error"),
        ({"came": Came("//a.example/ft/1.html", 200, cut=True)}, "cut off"),
        ({"came": Came("//a.example/ft/1.html", 200, "an anti-bot page (x)")}, "challenge"),
        ({"came": Came("//a.example/ft/1.html", 302, target="//a.example/x")}, "never asked"),
        ({"came": Came("//a.example/ft/1.html", 302, "sent_home: x")}, "sent home"),
        ({"came": Came("//a.example/ft/1.html", 302, "off-site", refused=True), "capture": Capture("id", "summary", fresh=False, held=True, uid="u")}, "sent away"),
        ({"capture": Capture("id", "error", fresh=True, size=9)}, "unreadable"),
        ({"capture": Capture("id", "error", fresh=True)}, "empty"),
        ({"capture": Capture("id", "gone", fresh=True, size=9)}, "soft 404"),
        ({"capture": Capture("id", "attachment", fresh=True, size=9, uid="u", lacks=("http://a.example/1.pdf", "HTTP 404"))}, "no file"),
        ({"capture": Capture("id", "other", fresh=True, size=9)}, "placeholder"),
        ({"capture": Capture("id", "other", fresh=True, size=9, words=90)}, "no interview"),
        ({"capture": Capture("id", "summary", fresh=True, size=9, uid="u", held=True, likeness=0.01)}, "alien"),
        ({"read": Read("//a.example/ft/", (), fresh=False)}, "names nothing"),
        ({"read": Read("//a.example/ft/", ("//a.example/ft/1.html",), fresh=False)}, "repeats"),
        ({"read": Read("//a.example/ft/", ("//a.example/ft/1.html",), fresh=True, unread="x")}, "unread"),
        ({"read": Read("//a.example/ft/", ("//a.example/ft/1.html",), fresh=True, items=5)}, "numbers"),
        ({"read": Read("//a.example/ft/", ("//a.example/ft/1.html",), fresh=True, ways=(("//a.example/all", "http://a.example/all", "更多"),))}, "ways"),
    ],
)  # fmt: skip
def test_each_outcome_has_advice_of_its_own(given, outcome):
    made = account(facts(**given))
    assert made.fixes == (accounts._FIX[outcome],)
    assert outcome not in ACCOUNTED


def test_no_two_outcomes_share_their_advice_but_those_with_one_cause():
    texts = list(accounts._FIX.values())
    assert len(set(texts)) == len(texts)
