"""robots.txt through redirects, in odd forms, and where it cannot be had: one crawl of many small sites shows all of it."""

import asyncio
import gc
import gzip
import itertools
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.test import get_crawler
from support.running import fangtan
from support.servers.oddserver import PAGE, OddServer, plain

from archive.collection.crawldb import look_into
from archive.collection.sites import Site
from archive.history.timetable import timetable
from archive.warc.exchange import Captured
from archive.warc.records import iterate
from crawler.fetch.refused import Refused, Stopped
from crawler.fetch.robotstxt import MAX_BYTES, Rules, read, token
from crawler.run.options import Options
from crawler.run.site_run import SiteRun
from crawler.spider.robots import RobotsMiddleware, _is_too_slow, _without
from crawler.state.journal import Journal

pytestmark = pytest.mark.long

SECTION = plain(
    "<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul>"
    "<li><a href='/zxft/t20210101_1.html'>第1期访谈：民生话题</a><span>2021-01-01</span></li></ul></body></html>".encode()
)
FORBIDS = b"User-agent: *\nDisallow: /zxft/\n"
ALLOWS = b"User-agent: *\nDisallow: /admin/\n"
CHALLENGE = b"<script>document.cookie='__jsl_clearance_s=1';location.href=location.pathname+location.search</script>"
REFUSES, MISSING, FREE = "robots.txt refuses the section", "robots.txt cannot be had", None


def text(body, head="HTTP/1.1 200 OK", *headers):
    lines = [head, "Content-Type: text/plain", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def moved(target, status="301 Moved Permanently"):
    return f"HTTP/1.1 {status}\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()


def chain(hops, last):
    """So many redirects before the file itself."""
    steps = ["/robots.txt", *(f"/r{n}.txt" for n in range(1, hops + 1))]
    return {**{here: moved(there) for here, there in itertools.pairwise(steps)}, steps[-1]: text(last)}


def only(answer):
    return {"/robots.txt": answer}


#: Site → (its answers, what must come of it).
CASES = {
    "elsewhere": ({"/robots.txt": moved("static/robots.txt", "302 Found"), "/static/robots.txt": text(FORBIDS)}, REFUSES),
    "permanent": ({"/robots.txt": moved("/new.txt", "308 Permanent Redirect"), "/new.txt": text(FORBIDS)}, REFUSES),
    "five-hops": (chain(5, FORBIDS), REFUSES),
    "five-hops-free": (chain(5, ALLOWS), FREE),
    "gone-behind": ({"/robots.txt": moved("/gone.txt"), "/gone.txt": text(b"", "HTTP/1.1 404 Not Found")}, FREE),
    "broken-behind": ({"/robots.txt": moved("/b.txt"), "/b.txt": text(b"", "HTTP/1.1 502 Bad Gateway")}, MISSING),
    "circle": ({"/robots.txt": moved("/a.txt"), "/a.txt": moved("/robots.txt")}, MISSING),
    "no-end": (chain(30, ALLOWS), MISSING),
    "nowhere": (only(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"), MISSING),
    "other-scheme": (only(moved("ftp://127.0.0.1/robots.txt")), MISSING),
    "private": (only(moved("http://10.1.2.3/robots.txt")), MISSING),
    "metadata": (only(moved("http://169.254.169.254/latest")), MISSING),
    **{f"s{code}": (only(text(FORBIDS, f"HTTP/1.1 {code} X")), FREE) for code in (401, 403, 410)},
    **{f"s{code}": (only(text(ALLOWS, f"HTTP/1.1 {code} X")), MISSING) for code in (304, 429, 500, 521)},
    "busy": (only(text(ALLOWS, "HTTP/1.1 503 X", "Retry-After: 200000")), MISSING),
    "cut": (only(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\nConnection: close\r\n\r\n" + ALLOWS), MISSING),
    "no-status-line": (only(ALLOWS), MISSING),
    "page": (only(plain("<html><body><h1>首页</h1></body></html>".encode())), FREE),
    "challenge": (only(plain(CHALLENGE)), MISSING),
    "empty": (only(text(b"")), FREE),
    "mark": (only(text(b"\xef\xbb\xbf" + FORBIDS)), REFUSES),
    "utf-16": (only(text(FORBIDS.decode().encode("utf-16"))), REFUSES),
    "gbk": (only(text("# 规则\nUser-agent: *\nDisallow: /zxft/\n".encode("gbk"))), REFUSES),
    "zipped": (only(text(gzip.compress(FORBIDS), "HTTP/1.1 200 OK", "Content-Encoding: gzip")), REFUSES),
    "zipped-cut": (only(text(gzip.compress(ALLOWS * 50)[:-20], "HTTP/1.1 200 OK", "Content-Encoding: gzip")), MISSING),
    "coded": (only(text(ALLOWS, "HTTP/1.1 200 OK", "Content-Encoding: compress")), MISSING),
    "huge": (only(text(FORBIDS + b"# x\n" * 400_000)), REFUSES),
    "late": (only(text(ALLOWS + b"# x\n" * 200_000 + FORBIDS)), FREE),
    "ours": (only(text(b"User-agent: *\nAllow: /\n\nUser-agent: Fangtan\nDisallow: /zxft/\n")), REFUSES),
    "not-ours": (only(text(b"User-agent: fangtan\nDisallow: /admin/\n\nUser-agent: *\nDisallow: /\n")), FREE),
    "two-groups": (only(text(b"User-agent: fangtan\nDisallow: /a/\n\nUser-agent: fangtan\nDisallow: /zxft/\n")), REFUSES),
    "slow": ({"/robots.txt": moved("/s.txt"), "/s.txt": text(b"User-agent: *\nCrawl-delay: 0.2\n")}, FREE),
}  # fmt: skip


def chunked(size, extension):
    return (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + (b"1;" + extension + b"\r\n#\r\n") * size
        + b"0\r\n\r\n"
    )


#: What goes beyond limits of ours: (its answers, what is said of it).
BEYOND = {
    "line": (text(ALLOWS, "HTTP/1.1 200 OK", "X-Long: " + "a" * 20_000), "header line has more than"),
    "framing": (chunked(3000, b"x" * 990), "bytes on the wire"),
    "bomb": (text(gzip.compress(ALLOWS + b"#" * 30_000_000), "HTTP/1.1 200 OK", "Content-Encoding: gzip"), "decoded body is larger"),
    "layers": (text(ALLOWS, "HTTP/1.1 200 OK", "Content-Encoding: " + ", ".join(["gzip"] * 20)), "content codings"),
}  # fmt: skip


def serve(stack, answers):
    table = {"/zxft/": SECTION, "/zxft/t20210101_1.html": plain(PAGE.format("第1期访谈").encode()), **answers}
    return stack.enter_context(OddServer(table, close=("/robots.txt",)))


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """All sites, crawled in one process: (collection, site → (report, paths asked for))."""
    from archive.collection.folder import Collection

    collection = Collection(tmp_path_factory.mktemp("robots") / "c").create()
    with ExitStack() as stack:
        servers = {name: serve(stack, answers) for name, (answers, _) in CASES.items()}
        servers |= {f"beyond-{name}": serve(stack, only(answer)) for name, (answer, _) in BEYOND.items()}
        servers["small"] = serve(stack, only(text(b"#" * 3000 + b"\n" + FORBIDS)))
        other = serve(stack, only(text(FORBIDS)))
        servers["other-port"] = serve(stack, only(moved(f"http://127.0.0.1:{other.port}/robots.txt")))
        servers["other-host"] = serve(stack, only(moved(f"http://localhost:{other.port}/robots.txt")))
        for name, server in servers.items():
            named = f'hosts = ["localhost:{other.port}"]\n' if name == "other-host" else ""
            named += "max_bytes = 1024\n" if name == "small" else ""
            (collection.sites / f"{name}.toml").write_text(
                f'name = "{name}"\nschedule = "0 3 * * *"\nsection = ["http://127.0.0.1:{server.port}/zxft/"]\n{named}'
            )
        result = fangtan("crawl", "--delay", "0", "--json", collection=collection.root, timeout=280)
        reports = {row["site"]: row for row in result.rows}
        assert sorted(reports) == sorted(servers), result.err
        yield collection, {name: (reports[name], [p for p, _, _ in server.log]) for name, server in servers.items()}


@pytest.mark.parametrize("name", [*CASES, "other-port", "other-host", "small"])
def test_what_a_robots_txt_means(crawled, name):
    report, asked = crawled[1][name]
    wanted = CASES[name][1] if name in CASES else REFUSES
    if wanted is FREE:
        assert (report["verdict"], report["exit_code"]) == ("ok", 0), report["reason"]
        assert "/zxft/t20210101_1.html" in asked
    else:
        assert (report["verdict"], report["exit_code"]) == ("blocked", 4), report["reason"]
        assert wanted in report["reason"]
        assert not any(path.startswith("/zxft/") for path in asked), "nothing is asked for that is not allowed"


@pytest.mark.parametrize("name", BEYOND)
def test_a_robots_txt_beyond_a_limit_of_ours_is_no_fault_of_the_server(crawled, name):
    collection, found = crawled
    report, asked = found[f"beyond-{name}"]
    assert (report["verdict"], report["exit_code"], report["left"]) == ("incomplete", 3, 1), report["reason"]
    assert BEYOND[name][1] in report["reason"]
    assert MISSING in report["reason"]
    assert [o["rule"] for o in report["obstacles"]] == ["own_limit"]
    assert asked == ["/robots.txt"], "once, and nothing without its rules"
    db = look_into(collection.crawl_db)
    host = report["section"][0].split("/")[2]
    assert db.execute("SELECT count(*) FROM circuits WHERE host = ?", (host,)).fetchone() == (0,)
    db.close()


def test_the_rules_hold_for_the_server_that_was_asked(crawled):
    report, _ = crawled[1]["slow"]
    assert report["crawl_delay"] == 0.2
    _, asked = crawled[1]["five-hops"]
    assert asked == ["/robots.txt", "/r1.txt", "/r2.txt", "/r3.txt", "/r4.txt", "/r5.txt"]


def test_each_hop_is_a_capture(crawled):
    collection, _ = crawled
    kept = [
        r.target
        for p in collection.archive.glob("five-hops-2*.warc.gz")
        for r in iterate(p)
        if r.type in ("response", "revisit")  # the last one says what another site's robots.txt does
    ]
    assert [url.rpartition("/")[2] for url in kept] == ["robots.txt", *(f"r{n}.txt" for n in range(1, 6))]


def test_the_schedule_tries_again_later(crawled):
    """Not at once: an hour later, or when the server itself asks for it; the queue waits meanwhile."""
    from archive.collection import clock

    collection, found = crawled
    now = clock.now()
    entries = {entry.id: entry for entry in timetable(collection, now)}
    for name in ("s500", "s429", "circle"):
        assert entries[name].state == "waiting"
        assert 1800 < (entries[name].next_at - now).total_seconds() <= 3600
        assert MISSING in entries[name].why
        assert found[name][0]["left"] == 1
    assert (entries["busy"].next_at - now).total_seconds() > 100_000
    db = look_into(collection.crawl_db)
    assert db.execute("SELECT count(*) FROM frontier WHERE site = 's500' AND state <> 'done'").fetchone() == (1,)
    db.close()


def test_a_robots_txt_that_comes_back_lets_the_run_go_on(collection):
    """A resumed run asks anew, and its queue is what the stopped one left."""
    answers = {
        "/zxft/": SECTION,
        "/zxft/t20210101_1.html": plain(PAGE.format("第1期访谈").encode()),
        **only(text(b"", "HTTP/1.1 500 X")),
    }
    with OddServer(answers) as server:
        arguments = ("crawl", "--delay", "0", "--json", f"http://127.0.0.1:{server.port}/zxft/")
        first = fangtan(*arguments, collection=collection.root)
        answers["/robots.txt"] = text(ALLOWS)
        second = fangtan(*arguments, collection=collection.root)
        asked = [path for path, _, _ in server.log]
    assert (first.code, second.code) == (4, 0), second.err
    assert first.rows[0]["run"] == second.rows[0]["run"]
    assert asked == ["/robots.txt"] * 4 + ["/zxft/", "/zxft/t20210101_1.html"], "three tries, then one that is answered"
    db = look_into(collection.crawl_db)
    assert db.execute("SELECT count(*) FROM circuits").fetchone() == (0,), "the host is no longer left alone"
    db.close()


def test_adding_a_site_says_why_nothing_came(collection):
    with ExitStack() as stack:
        server = serve(stack, only(text(b"", "HTTP/1.1 500 X")))
        done = fangtan(
            "sites", "add", "--yes", "--delay", "0", f"http://127.0.0.1:{server.port}/zxft/", collection=collection.root
        )
    assert done.code != 0
    assert MISSING in done.out + done.err


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("fangtan/0.1 (+https://archive.example; Archive of Yunling)", "fangtan"),
        ("Mozilla/5.0 (compatible; CountyBot/2.1; +https://archive.example)", "CountyBot"),
        ("Yunling-Archive", "Yunling-Archive"),
    ],
)
def test_the_token_of_a_user_agent(agent, name):
    assert token(agent) == name
    assert not read(f"User-agent: {name.upper()}\nDisallow: /a".encode(), agent).allows("http://x.example/a")
    assert read(b"User-agent: archive.example\nDisallow: /a", agent).allows("http://x.example/a"), (
        "our contact is no name"
    )


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "utf-16"])
def test_a_path_in_chinese_is_forbidden_in_either_spelling(charset):
    rules = read("User-agent: *\nDisallow: /访谈/\n".encode(charset), "fangtan")
    assert not rules.allows("http://x.example/%E8%AE%BF%E8%B0%88/1.html")
    assert not rules.allows("http://x.example/%B7%C3%CC%B8/1.html")
    assert rules.allows("http://x.example/1.html")


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reading(data):
    """Whatever comes before them, rules of a group of their own are read."""
    read(data, "fangtan")
    assert not read(
        b"User-agent: fangtan\nDisallow: /a\n\n# " + data.replace(b"\n", b"").replace(b"\r", b"").replace(b"\0", b""),
        "fangtan",
    ).allows("http://x.example/a")


def test_a_rule_that_the_size_cuts_in_two_is_no_rule():
    head = b"User-agent: *\n"
    data = head + b"#" * (MAX_BYTES - len(head) - 13) + b"\nDisallow: /zxft/secret/\n"
    assert read(data, "fangtan").allows("http://x.example/zxft/")


def test_a_host_of_others_cannot_put_a_site_to_sleep():
    """Its Crawl-delay is not kept when it is long: what it serves is left out, and listed with the reason."""
    run = SimpleNamespace(site=Site("yunling", "云岭", ("http://www.yunling.example/zxft/",)))
    patient, slow = (read(f"User-agent: *\nCrawl-delay: {n}\n".encode(), "fangtan/0.1") for n in (5, 31_536_000))
    assert not _is_too_slow(run, "http://img.example/a.css", patient)
    assert _is_too_slow(run, "http://img.example/a.css", slow)
    assert not _is_too_slow(run, "http://www.yunling.example/zxft/", slow), "the site's own word is kept"


@pytest.mark.parametrize(
    "host", ["www.yunling.example", "yunling.example", "hd.yunling.example", "www.hd.yunling.example"]
)
def test_the_named_hosts_are_one_set_whatever_is_asked_of_them(collection, host):
    """With www and without: what may lie inside, what may ask for patience, what a run stops over."""
    site = Site("yunling", "云岭", ("http://www.yunling.example/zxft/",), hosts=("hd.yunling.example",))
    journal = Journal(collection)
    run = SiteRun(collection, site, journal, Options())
    assert host in run.guard.addresses.named
    assert not _is_too_slow(run, f"http://{host}/", read(b"User-agent: *\nCrawl-delay: 300\n", "fangtan/0.1"))
    with pytest.raises(Stopped):
        _without(run, Request(f"http://{host}/zxft/1.html", meta={"role": "detail"}), Rules(missing="HTTP 503"))
    assert run.guard.stopped
    journal.close()


@pytest.mark.parametrize(("host", "served", "stops"), [("yunling.example", False, False), ("yunling.example", True, True), ("img.example", True, False)])  # fmt: skip
def test_a_picture_ends_no_run_unless_its_host_has_served_the_site(collection, host, served, stops):
    """A site's own host without www is often dead; the pages of the other are fetched all the same."""
    journal = Journal(collection)
    run = SiteRun(collection, Site("yunling", "云岭", ("http://www.yunling.example/zxft/",)), journal, Options())
    if served:
        run.journal.begin()
        run.known.keep(f"http://{host}/zxft/1.html", "detail", Captured("r", "response", "", "GET", 200, "s", "d"))
    request = Request(f"http://{host}/a.png", meta={"role": "requisite"})
    with pytest.raises(Stopped if stops else Refused):
        _without(run, request, Rules(missing="DNS lookup failed"))
    assert run.guard.stopped == stops
    journal.close()


@pytest.mark.parametrize("error", [OSError(28, "no space left"), ValueError("our bug")])
def test_what_goes_wrong_with_us_is_no_rule_for_a_day(collection, error):
    """Once the disk has space again, or the database is free, the rules are asked for again."""
    journal = Journal(collection)
    run = SiteRun(collection, Site("yunling", "云岭", ("http://www.yunling.example/zxft/",)), journal, Options())
    middleware = RobotsMiddleware(get_crawler(settings_dict={"USER_AGENT": "fangtan/0.1"}))
    middleware.crawler.fangtan_run = run
    asked = []

    async def ask(_run, _server, url):
        asked.append(url)
        return Response(url, body=ALLOWS)

    def learnt(*_):
        raise error

    middleware._ask, middleware._learnt, good = ask, learnt, middleware._learnt
    request = Request("http://www.yunling.example/zxft/", meta={"role": "seed"})
    with pytest.raises(Stopped):
        asyncio.run(middleware.process_request(request))
    assert run.guard.fatal is error
    middleware._learnt = good
    asyncio.run(middleware.process_request(request))
    assert len(asked) == 2
    journal.close()


def test_a_run_remembers_no_request_for_the_size_of_its_answer():
    middleware = RobotsMiddleware(get_crawler(settings_dict={"USER_AGENT": "fangtan/0.1"}))
    request = Request("http://www.yunling.example/robots.txt", meta={"role": "robots"})
    middleware._received(b"#" * 100, request)
    assert list(middleware.sizes.values()) == [100]
    del request
    gc.collect()
    assert not middleware.sizes
