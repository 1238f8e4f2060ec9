"""Addresses as browsers take them, and what makes two of them one page."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from support.growth import exponent
from support.running import fangtan, faults
from support.servers.oddserver import PAGE as TALK_PAGE
from support.servers.oddserver import OddServer, plain
from support.sites.sections import article, section

import parsers
from archive.collection.folder import Collection
from archive.collection.sites import ad_hoc
from archive.collection.surts import surt
from archive.collection.urls import canonical, host_of, session_free, surt_of
from archive.store.grouping import content_of, talk_of
from archive.store.store import open_reader
from archive.warc.records import iterate
from crawler.state.known import Page, digest_of
from crawler.state.sameness import Sameness, shape_of, volatile_names
from parsers.page.addresses import Base, absolute, form, located, normal

PAGE = "http://www.a.gov.cn/zxft/list.asp?page=1"


@pytest.mark.parametrize(
    ("href", "asked"),
    [
        ("\\zxft\\2.html", "http://www.a.gov.cn/zxft/2.html"),
        ("..\\x\\2.html", "http://www.a.gov.cn/x/2.html"),
        ("http:\\\\www.a.gov.cn\\2.html", "http://www.a.gov.cn/2.html"),
        (" \t2.\nhtml\r ", "http://www.a.gov.cn/zxft/2.html"),
        ("//B.gov.cn:80/x", "http://b.gov.cn/x"),
        ("?page=2", "http://www.a.gov.cn/zxft/list.asp?page=2"),
        ("/a/./b/../%2e%2E/c", "http://www.a.gov.cn/c"),
        ("http:3.html", "http://www.a.gov.cn/zxft/3.html"),
        ("HTTP://User:secret@WWW.A.gov.cn/x#top", "http://www.a.gov.cn/x"),
        ("/公租房.html", "http://www.a.gov.cn/%E5%85%AC%E7%A7%9F%E6%88%BF.html"),
        ("show.asp?title=公租房&x=a b", "http://www.a.gov.cn/zxft/show.asp?title=%B9%AB%D7%E2%B7%BF&x=a%20b"),
        ("show.asp?t=😀€", "http://www.a.gov.cn/zxft/show.asp?t=%26%23128512%3B%80"),
        ("show.asp?t=%B9%AB#公", "http://www.a.gov.cn/zxft/show.asp?t=%B9%AB"),
        ("a[1].html?b={c}|d", "http://www.a.gov.cn/zxft/a%5B1%5D.html?b=%7Bc%7D%7Cd"),
        ("http://云岭县.政务/ft/", "http://xn--9kq19j61i.xn--zfr164b/ft/"),
        ("http://ａ。cn/", "http://a.cn/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://[::1]:8080/a", "http://[::1]:8080/a"),
        ("#top", None),
        ("javascript:void(0)", None),
        ("mailto:a@a.gov.cn", None),
        ("http://a b/", None),
        ("http://a.cn:99999/", None),
        ("", None),
    ],
)
def test_a_link_of_a_gbk_page(href, asked):
    assert absolute(Base(PAGE, "gbk"), href) == asked


def test_charsets_of_pages():
    assert absolute(Base(PAGE), "?t=公") == "http://www.a.gov.cn/zxft/list.asp?t=%E5%85%AC"
    assert absolute(Base(PAGE, "big5hkscs"), "?t=訪") == "http://www.a.gov.cn/zxft/list.asp?t=%B3X"
    assert absolute(Base(PAGE, "gb18030"), "?t=😀") == "http://www.a.gov.cn/zxft/list.asp?t=%949%FC6"
    assert form({"名": "公 *", "s": "~😀"}, "gbk") == b"%C3%FB=%B9%AB+*&s=%7E%26%23128512%3B"


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/ft/公租房.html".encode("gbk"), "http://www.a.gov.cn/ft/%B9%AB%D7%E2%B7%BF.html"),
        ("/ft/公.html".encode(), "http://www.a.gov.cn/ft/%E5%85%AC.html"),
        ("http://云岭县.政务/x".encode(), "http://xn--9kq19j61i.xn--zfr164b/x"),
        (b" \\ft\\1.html#a ", "http://www.a.gov.cn/ft/1.html"),
        (b"", None),
        (b"http://:1/", None),
    ],
)
def test_where_a_redirect_leads(location, asked):
    assert located(PAGE, location) == asked


@given(st.text(max_size=60), st.sampled_from(["utf-8", "gbk", "gb18030", "big5hkscs", "nonsense"]))
def test_whatever_a_page_links_is_asked_for_as_it_stands(href, charset):
    found = absolute(Base(PAGE, charset), href)
    if found is not None:
        assert found.isascii()
        assert normal(found) == found
        assert Request(found).url == found
        assert canonical(found) == canonical(canonical("http:" + canonical(found)) and found)
        assert host_of(found)


@pytest.mark.parametrize(
    ("head", "asked"),
    [
        ("<base href='/b/'>", "http://www.a.gov.cn/b/1.html"),
        ("<base target='_blank'><base href='../b/'>", "http://www.a.gov.cn/b/1.html"),
        ("<base href='/b/'><base href='/c/'>", "http://www.a.gov.cn/b/1.html"),
        ("<base href='javascript:alert(1)'>", "http://www.a.gov.cn/zxft/1.html"),
        ("<base href='data:text/html,'><base href='/c/'>", "http://www.a.gov.cn/zxft/1.html"),
        ("<base href='file:///C:/site/'>", "http://www.a.gov.cn/zxft/1.html"),
        ("<base href='http://other.example/'>", "http://other.example/1.html"),
    ],
)
def test_the_base_of_a_page(head, asked):
    rows = "".join(
        f"<li><a href='{n}.html'>在线访谈第{n}期：民生</a><span>2023-01-0{n}</span></li>" for n in range(1, 4)
    )
    source = f"<html><head>{head}<title>在线访谈</title></head><body><ul>{rows}</ul></body></html>"
    found = parsers.links(parsers.Payload(PAGE, source.encode(), "text/html"))
    assert [item.url for item in found.items][:1] == [asked]


def test_hosts_have_one_spelling():
    site = ad_hoc("http://云岭县.政务/ft/")
    assert site.id == "xn-9kq19j61i-xn-zfr164b"
    assert site.name == "云岭县.政务"
    assert {host_of("http://云岭县.政务/x"), host_of("http://XN--9KQ19J61I.xn--zfr164b:80/")} < site.scope
    assert host_of("https://A.gov.cn.:443/") == "a.gov.cn"


# ── one page or two ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name", ["t", "from", "v", "r", "_", "page", "timestamp", "utm_source", "jump", "sid", "sessionid"]
)
def test_parameters_count_whatever_their_name(name):
    assert canonical(f"http://a.cn/show.asp?{name}=1") != canonical(f"http://a.cn/show.asp?{name}=2")


@pytest.mark.parametrize(
    "url",
    [
        "http://a.cn/show.jsp;jsessionid=0A1B.node1?id=7",
        "http://a.cn/show.jsp;JSESSIONID=0A1B!-12?id=7",
        "http://a.cn/(S(lit3py55t21z5v55vlm25s55))/show.jsp?id=7",
        "http://a.cn/(A(x)S(y))/show.jsp?id=7",
        "http://a.cn/(lit3py55t21z5v55vlm25s55)/show.jsp?id=7",
        "http://a.cn/show.jsp?PHPSESSID=x1&id=7",
        "http://a.cn/show.jsp?id=7&ASPSESSIONIDABCDEFGH=x",
        "http://a.cn/show.jsp?CFID=1&id=7&CFTOKEN=2",
    ],
)
def test_a_session_makes_no_other_page(url):
    assert session_free(url) == "http://a.cn/show.jsp?id=7"
    assert canonical(url) == "//a.cn/show.jsp?id=7"


def test_what_is_no_session_stays():
    for url in ("http://a.cn/x;v=1?a", "http://a.cn/f(1)/a?cfid=1", "http://a.cn/show.asp?sid=5&", "http://a.cn/a?"):
        assert session_free(url) == url


def test_queries_in_other_charsets_differ():
    keys = {canonical(f"http://a.cn/s?t={t}") for t in ("%B9%AB", "%D7%E2", "%b9%ab", "%E5%85%AC", "公")}
    assert keys == {"//a.cn/s?t=%B9%AB", "//a.cn/s?t=%D7%E2", "//a.cn/s?t=%E5%85%AC"}


def seen(*rows):
    return volatile_names((f"http://a.cn/show.asp?{query}", mark) for query, mark in rows)


SHAPE = ("http://a.cn/show.asp", ("id", "r"))


@pytest.mark.parametrize(
    ("rows", "learnt"),
    [
        ([("id=1&r=.1", "A"), ("id=1&r=.2", "A"), ("id=2&r=.3", "B"), ("id=2&r=.4", "B")], {SHAPE: {"r"}}),
        ([("id=1&r=.1", "A"), ("id=1&r=.2", "A"), ("id=1&r=.3", "A")], {SHAPE: {"r"}}),
        ([("id=1&r=.1", "A"), ("id=1&r=.2", "A")], {}),  # once is no rule
        ([("id=1&r=.1", "A"), ("id=1&r=.2", "A"), ("id=1&r=.3", "A"), ("id=1&r=.4", "B")], {}),
        ([("id=1&r=1", "A"), ("id=2&r=1", "A"), ("id=3&r=1", "B")], {}),  # a talk that is printed twice
    ],
)
def test_what_tells_nothing_is_learnt_from_content(rows, learnt):
    assert {shape: set(names) for shape, names in seen(*rows).items()} == learnt


def test_shapes_leave_sessions_and_numbers_out():
    assert shape_of("http://a.cn/ft/12.jsp;jsessionid=1?b=1&a=2") == shape_of("http://a.cn/ft/7.jsp?a=x&b=y")


def test_pages_without_a_talk_meet_under_other_parameters_only():
    def page(title, day="2024-03-05"):
        return parsers.Record("http://a.cn/v.asp?id=1", "video", title=title, published_at=day)

    def talk(record, key):
        return talk_of(record, key, content_of(record.as_dict()))

    one = talk(page("访谈视频一"), "//a.cn/v.asp?id=1&r=1")
    assert one == talk(page("访谈视频一"), "//a.cn/v.asp?id=1&r=2")
    assert one not in (
        talk(page("访谈视频二"), "//a.cn/v.asp?id=1&r=2"),
        talk(page("访谈视频一"), "//a.cn/w.asp?id=1"),
    )
    assert talk(page("访谈视频一", None), "//a.cn/v.asp?id=1") is None


@pytest.mark.long
def test_a_crawl_asks_as_browsers_do(tmp_path):
    hrefs = ("show.asp?t=公租房", "\\zxft\\2.html", " 3.\nhtml\t", "/old/4.html", "show.asp?t=1", "show.asp?t=2")
    moved = b"HTTP/1.1 302 Found\r\nLocation: /zxft/" + "水库".encode("gbk") + b".html\r\nContent-Length: 0\r\n\r\n"
    paths = ("/zxft/show.asp?t=%B9%AB%D7%E2%B7%BF", "/zxft/2.html", "/zxft/3.html", "/zxft/%CB%AE%BF%E2.html", "/zxft/show.asp?t=1", "/zxft/show.asp?t=2")  # fmt: skip
    pages = {path: plain(article(n)) for n, path in enumerate(paths, 1)}
    collection = Collection(tmp_path / "c").create()
    with OddServer(pages | {"/zxft/": section(hrefs, "gb2312"), "/old/4.html": moved}) as server:
        run = fangtan(
            "crawl", "--delay", "0", "--json", f"http://127.0.0.1:{server.port}/zxft/", collection=collection.root
        )
        asked = [path for path, _, _ in server.log]
    assert (run.code, run.rows[-1]["interviews"]) == (0, 6), run
    assert set(paths) <= set(asked)
    targets = [record.target for path in collection.warcs() for record in iterate(path)]
    assert all(target.isascii() for target in targets)
    assert faults(collection, reparse=True) == []


class Nightly:
    """A list whose links bear another session, number or time each night; the last two talks are told apart by ``t`` alone."""

    def __init__(self):
        self.night = 0

    def get(self, path):
        mark = f"{self.night}7f3a9c"
        if path == "/zxft/":
            return section(
                (
                    f"show.jsp;jsessionid={mark}?id=1",
                    f"/(S({mark}))/show.aspx?id=2",
                    f"show.php?PHPSESSID={mark}&id=3",
                    f"4.html?_=169{self.night}",
                    f"show.asp?t=5&amp;sid={mark}",
                    f"show.asp?t=6&amp;sid={mark}",
                )
            )
        number = re.search(r"(?:[?&](?:id|t)=|/)(\d)(?:\.html|&|$)", path)
        return plain(article(int(number[1]))) if number else None


@pytest.mark.long
def test_addresses_that_change_each_night_are_asked_for_once_a_talk(tmp_path):
    pages, collection = Nightly(), Collection(tmp_path / "c").create()
    asked = []
    with OddServer(pages) as server:
        for pages.night in range(4):
            server.log.clear()
            more = ("--recheck", "--sweep") if pages.night in (1, 2) else ()
            run = fangtan(
                "crawl",
                "--delay",
                "0",
                "--json",
                f"http://127.0.0.1:{server.port}/zxft/",
                *more,
                collection=collection.root,
            )
            assert (run.code, run.rows[-1]["interviews"]) == (0, 6), run
            asked.append([path for path, _, _ in server.log if "html" in path or "show" in path])
    assert [len(paths) for paths in asked] == [6, 6, 6, 0]
    assert all(f"{n}7f3a9c" in path or "_=" in path for n in range(3) for path in asked[n])
    db = open_reader(collection.store)
    try:
        assert sorted(row[0] for row in db.execute("SELECT n_turns FROM interviews")) == [3] * 6
    finally:
        db.close()


def test_pages_that_send_their_reader_to_themselves_with_a_session_are_kept(tmp_path):
    """By a redirect: the target has the key of the page that was asked for, and is asked for all the same."""
    paths = [f"/zxft/show.jsp?id={n}" for n in (1, 2)]
    rows = "".join(
        f"<li><a href='{p}'>第{n}期访谈：民生话题</a><span>2021-01-0{n}</span></li>" for n, p in enumerate(paths, 1)
    )
    head = "<html><head><meta charset='utf-8'><title>在线访谈</title></head><body>"
    pages = {"/zxft/": plain(f"{head}<ul>{rows}</ul></body></html>".encode())}
    for n, path in enumerate(paths, 1):
        target = f"/zxft/show.jsp;jsessionid=A{n}B?id={n}"
        pages[path] = f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()
        pages[target] = plain(TALK_PAGE.format(f"第{n}期访谈").encode())
    with OddServer(pages) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        done = fangtan("crawl", "--json", "--delay", "0", url, collection=tmp_path / "c")
    assert (done.code, done.rows[-1]["interviews"]) == (0, 2), done.err


def test_learning_takes_time_in_proportion_to_the_addresses():
    """However many sets of parameters differ: each address of a hostile list differs from its twin in others."""
    names = [f"p{n:02}" for n in range(16)]

    def learn(size):
        marked: list[tuple[str, str]] = []
        for group in range(size):
            twin = {name: str(group) if group >> n & 1 else "0" for n, name in enumerate(names)}
            pair = (dict.fromkeys(names, "0") | {"p15": str(group)}, twin | {"p15": str(group)})
            marked += [
                (f"http://a.example/v?{'&'.join(f'{k}={v}' for k, v in one.items())}", f"m{group}") for one in pair
            ]
        volatile_names(marked)

    assert exponent(learn, {size: size for size in (100, 200, 400)}) < 1.5


def serving(pages):
    return OddServer({path: plain(body.encode() if isinstance(body, str) else body) for path, body in pages.items()})


def listing(*rows):
    entries = "".join(f"<li><a href='{href}'>{title}</a><span>{day}</span></li>" for href, title, day in rows)
    return f"<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><h2>在线访谈</h2><ul>{entries}</ul></body></html>"


def crawl_of(server, collection, *more):
    """What a run asked for."""
    before = len(server.log)
    url = f"http://127.0.0.1:{server.port}/zxft/"
    run = fangtan("crawl", "--delay", "0", "--json", url, *more, collection=collection.root)
    assert run.code in (0, 3), run.err
    return [path for path, _, _ in server.log[before:]]


@pytest.mark.long
@pytest.mark.parametrize("more", ["", "&w=100"])
def test_equal_pictures_hide_no_other_one(collection, more):
    """Three placeholders under one parameter say nothing of the fourth."""

    def talk(n, *pictures):
        shown = "".join(f"<img src='/img?id={p}{more.replace('&', '&amp;')}'>" for p in pictures)
        return article(n).decode().replace("</body>", f"{shown}</body>")

    pages = {"/zxft/1.html": talk(1, 1, 2, 3), "/zxft/2.html": talk(2, 4)} | {
        f"/img?id={n}{more}": "無" for n in (1, 2, 3)
    }
    pages[f"/img?id=4{more}"] = "a portrait"
    rows = [(f"{n}.html", f"第{n}期访谈：渠道衬砌之{n}", f"2021-01-0{n}") for n in (2, 1)]
    with serving(pages | {"/zxft/": listing(*rows[1:])}) as server:
        assert f"/img?id=3{more}" in crawl_of(server, collection)
        server.table["/zxft/"] = plain(listing(*rows).encode())
        asked = crawl_of(server, collection)
    assert "/zxft/2.html" in asked
    assert f"/img?id=4{more}" in asked
    assert f"/img?id=1{more}" not in asked, "what is known is not fetched again"


@pytest.mark.long
@pytest.mark.parametrize("together", [True, False])
def test_equal_apologies_hide_no_talk(collection, together):
    """Three talks that were answered with one and the same page; the list tells them apart, so they are."""
    sorry = "<html><body><h1>在线访谈</h1><p>系统正在维护，请稍后再来。</p></body></html>"
    rows = [(f"show.asp?id={n}", f"第{n}期访谈：渠道衬砌之{n}", f"2021-01-0{n}") for n in range(1, 5)]
    pages = {f"/zxft/show.asp?id={n}": sorry for n in range(1, 4)} | {"/zxft/show.asp?id=4": article(4)}
    with serving(pages | {"/zxft/": listing(*rows[:3])}) as server:
        assert "/zxft/show.asp?id=3" in crawl_of(server, collection)
        server.table["/zxft/"] = plain(listing(*(rows if together else rows[3:])).encode())
        assert "/zxft/show.asp?id=4" in crawl_of(server, collection)


def test_a_list_that_names_two_addresses_with_the_same_words_tells_them_apart():
    same = Sameness(volatile={shape_of("http://a.cn/live?id=1"): frozenset(["id"])})
    one, two = (parsers.ListItem(f"http://a.cn/live?id={n}", "访谈直播", None) for n in (1, 2))
    same.look_at([one, one])
    assert same.key(one.url) == same.key(two.url), "one link twice is one address"
    same.look_at([one, two])
    assert same.key(one.url) != same.key(two.url)


def test_what_is_learnt_of_pages_holds_for_no_picture():
    same = Sameness(volatile={shape_of("http://a.cn/show?id=1&r=2"): frozenset(["r"])})
    assert same.key("http://a.cn/show?id=1&r=2") == same.key("http://a.cn/show?id=1&r=3")
    assert same.key("http://a.cn/show?id=1&r=2", "requisite") != same.key("http://a.cn/show?id=1&r=3", "requisite")


def answering_talks(numbers):
    return {f"/zxft/show.asp?id={n}": plain(article(n)) for n in numbers}


@pytest.mark.long
def test_a_run_that_goes_on_asks_for_known_pages_that_it_had_no_time_to_queue(collection):
    """Addresses with parameters are asked for after the lists; a run that stopped before goes on with them."""
    more = "<p><a href='index_2.html'>下一页</a></p>"

    def entry(n):
        return f"show.asp?id={n}", f"第{n}期访谈：渠道衬砌之{n}", f"2021-01-0{n}"

    def page(*numbers, pager=""):
        return plain(listing(*map(entry, numbers)).replace("</body>", f"{pager}</body>").encode())

    with OddServer({"/zxft/": page(3, 2, 1)} | answering_talks(range(1, 5))) as server:
        site = collection.sites / "yunling.toml"
        text = f'name = "云岭"\ndelay = 0\nsection = ["http://127.0.0.1:{server.port}/zxft/"]\n'
        site.write_text(text, "utf-8")
        assert fangtan("crawl", "yunling", collection=collection.root).code == 0

        server.table |= {"/zxft/": page(4, pager=more), "/zxft/index_2.html": page(3)}
        site.write_text(text + "budget = { pages = 1 }\n", "utf-8")
        server.log.clear()
        first = fangtan("crawl", "yunling", "--recheck", "--json", collection=collection.root)
        assert (first.code, [path for path, _, _ in server.log]) == (3, ["/robots.txt", "/zxft/"])

        site.write_text(text, "utf-8")
        server.log.clear()
        second = fangtan("crawl", "yunling", "--recheck", "--json", collection=collection.root)
        asked = [path for path, _, _ in server.log]
    assert (second.code, second.rows[0]["resumed"]) == (3, True), second.err
    assert "2 of 3 entries of the last full account are listed no longer" in second.rows[0]["reason"]
    talks = {f"/zxft/show.asp?id={n}" for n in range(1, 5)}
    assert set(asked) == {"/robots.txt", "/zxft/index_2.html", *talks}
    assert len(asked) == len(set(asked)), "nothing twice"


def test_an_address_that_today_s_list_replaced_is_known_to_be_replaced_after_an_interruption():
    old, new = (f"http://a.cn/show.asp?id=1&r=.{n}" for n in (1, 2))
    item = parsers.ListItem(new, "第1期访谈", "2021-01-01")
    page = Page(old, "detail", 200, "r", "d", None, None, "2021-01-01", "2021-01-01", True, None, digest_of(item))
    for queued, superseded in (({new}, True), (set(), False)):
        same = Sameness()
        same.restore([item], queued)
        assert same.is_superseded(page) == superseded
    same = Sameness()
    same.restore([item, replace(item, url=old)], {new, old})
    assert not same.is_superseded(page), "the list names it, too"


_PARTS = [
    "www.",
    "WWW2.",
    "a",
    "B",
    "cn",
    "xn--a",
    "0x7f",
    ".",
    "/",
    "//",
    "/../",
    "-",
    "_",
    ".aspx",
    "(a)",
    "9",
    "?b=1&a",
    ":80",
    "%41",
]


@given(st.sampled_from(["http://", "https://"]), st.lists(st.sampled_from(_PARTS), min_size=1, max_size=8).map("".join))
def test_the_sort_key_of_a_plain_address_is_the_one_that_the_library_makes(scheme, rest):
    assert surt_of(f"{scheme}www.a.gov.cn/{rest}") == surt(f"{scheme}www.a.gov.cn/{rest}")
    if re.fullmatch(r"[A-Za-z0-9.]*[A-Za-z]/?[A-Za-z0-9_/-]*", rest):
        assert surt_of(scheme + rest) == surt(scheme + rest)
