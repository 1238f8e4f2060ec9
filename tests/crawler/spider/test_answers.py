"""What stands in a page's place is told apart by a real crawl, each with the fix that helps; the page is asked again by the next run."""

from contextlib import ExitStack

import pytest
from support.running import fangtan
from support.servers.oddserver import OddServer, certificate, plain

from archive.collection.clock import now, stamp
from archive.collection.crawldb import look_into

pytestmark = pytest.mark.long

TALK = "<html><head><meta charset='utf-8'><title>{0}</title></head><body><h1>{0}</h1><p>访谈嘉宾：县水务局局长李青</p><p>主持人：请介绍{0}。</p><p>李青：{0}已经完成，下一步继续巩固。</p></body></html>"
NO_ROBOTS = plain(b"", "HTTP/1.1 404 Not Found")


def talk(name):
    return plain(TALK.format(f"访谈{name}期").encode())


def to(address, *headers):
    return plain(b"", "HTTP/1.1 302 Found", f"Location: {address}", *headers)


def section(names):
    rows = "".join(
        f"<li><a href='/zxft/{n}.html'>访谈{n}期</a><span>2021-01-{at:02d}</span></li>" for at, n in enumerate(names, 1)
    )
    return plain(
        f"<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul>{rows}</ul></body></html>".encode()
    )


def site(answers, healthy=("good",)):
    pages = {f"/zxft/{name}.html": talk(name) for name in healthy} | {
        f"/zxft/{name}.html": a for name, a in answers.items()
    }
    return {
        "/robots.txt": NO_ROBOTS,
        "/zxft/": section([*healthy, *answers]),
        "/": plain("<h1>首页</h1>".encode()),
        **pages,
    }


def crawl(server, collection, *options):
    return fangtan(
        "crawl", "--delay", "0", "--json", *options, f"http://127.0.0.1:{server.port}/zxft/", collection=collection
    )


def asked(server, path):
    return sum(found == path for found, _, _ in server.log)


IN_PLACE = {
    "home": (to("/"), "sent_home"),
    "home-page": (to("/index.html"), "sent_home"),
    "list": (to("/zxft/"), "sent_home"),
    "round": (to("/zxft/round-2.html"), "redirect_loop"),
    "wall": (to("/zxft/wall.html", "Set-Cookie: seen=1"), "cookie_wall"),
    "wall-elsewhere": (to("/cookie?back=1", "Set-Cookie: seen=1"), "cookie_wall"),
    "same": (to("/zxft/same.html"), "redirect_loop"),
    "blank": (plain(b""), "empty"),
    "white": (plain(b"<html><body> </body></html>"), "empty"),
    "rest": (plain("<h1>系统维护中</h1>".encode()), "maintenance"),
    "phone": (to("http://m.yunling.gov.cn.example/1.html"), "mobile_page"),
    "one": (to("/error.html"), None),
    "two": (to("/error.html"), "redirected_to_known"),
    "three": (to("/error.html"), "sent_elsewhere"),
}  # fmt: skip


@pytest.fixture(scope="module")
def misled(tmp_path_factory):
    table = site({name: answer for name, (answer, _) in IN_PLACE.items()})
    table |= {
        "/zxft/round-2.html": to("/zxft/round.html"),
        "/cookie?back=1": to("/zxft/wall-elsewhere.html"),
        "/error.html": talk("错"),
    }
    collection = tmp_path_factory.mktemp("misled") / "c"
    with OddServer(table, close=()) as server:
        first = crawl(server, collection)
        server.table |= {f"/zxft/{name}.html": talk(name) for name in IN_PLACE}
        server.log.clear()
        yield first, crawl(server, collection), server


def test_each_answer_in_a_pages_place_is_told_apart(misled):
    first, _, _ = misled
    report = first.rows[0]
    assert (first.code, report["verdict"]) == (3, "incomplete")
    found = {o["rule"] for o in report["obstacles"]}
    assert found == {rule for _, rule in IN_PLACE.values() if rule}, "nothing else is claimed"
    named = {e["url"].rpartition("/")[2].removesuffix(".html") for e in report["error_list"]}
    assert named == set(IN_PLACE) - {"one", "two"}


def test_what_was_misled_is_asked_again_by_the_next_run(misled):
    _, second, server = misled
    assert {name for name in IN_PLACE if asked(server, f"/zxft/{name}.html")} == set(IN_PLACE) - {"one"}
    assert asked(server, "/zxft/good.html") == 0, "what came whole is not asked again"
    assert second.code == 0, second.rows[0]["reason"]


def behind_a_cookie(data):
    return talk("墙") if b"Cookie: seen=1" in data else to("/zxft/wall.html", "Set-Cookie: seen=1; Path=/")


def test_a_site_with_cookies_shows_what_lies_behind_its_wall(collection):
    with OddServer(site({"wall": behind_a_cookie}), close=()) as server:
        file = f'name = "墙县"\nsection = ["http://127.0.0.1:{server.port}/zxft/"]\n'
        (collection.sites / "wall.toml").write_text(file, "utf-8")
        without = fangtan("crawl", "--delay", "0", "--json", "wall", collection=collection.root)
        (collection.sites / "wall.toml").write_text(f"{file}cookies = true\n", "utf-8")
        within = fangtan("crawl", "--delay", "0", "--json", "wall", collection=collection.root)
    assert without.code == 3
    assert "cookies = true" in without.rows[0]["fix"]
    assert (within.code, within.rows[0]["interviews"]) == (0, 2)


def busy(times, *headers, status="503 Service Unavailable", body=b""):
    left = [times]

    def answer(data):
        del data
        left[0] -= 1
        return plain(body, f"HTTP/1.1 {status}", *headers) if left[0] >= 0 else talk("忙")

    return answer


@pytest.mark.parametrize(
    ("status", "headers"),
    [("503 Service Unavailable", ["Retry-After: 1"]), ("429 Too Many Requests", ["Retry-After: 1"]), ("503 x", ["Retry-After: soon"]),
     ("503 x", ["Retry-After: -5"]), ("503 x", ["Retry-After: 1e9"]), ("503 x", ["Retry-After: Mon, 99 Foo 2026"])],
)  # fmt: skip
def test_a_short_wait_is_kept_within_the_run_and_rubbish_is_none(tmp_path, status, headers):
    with OddServer(site({"busy": busy(1, *headers, status=status)}), close=()) as server:
        result = crawl(server, tmp_path / "c")
        assert asked(server, "/zxft/busy.html") == 2
    assert (result.code, result.rows[0]["interviews"]) == (0, 2), (result.rows[0]["reason"], result.err)


def test_a_long_wait_closes_the_host_until_then(tmp_path):
    with OddServer(site({"busy": busy(1, "Retry-After: 5000")}, healthy=()), close=()) as server:
        first = crawl(server, tmp_path / "c")
        asked_first = len(server.log)
        again = crawl(server, tmp_path / "c")
        fresh = crawl(server, tmp_path / "c", "--fresh")
        assert len(server.log) == asked_first, "nothing is asked before the time"
        report = first.rows[0]
        assert (first.code, report["verdict"], report["left"]) == (3, "incomplete", 1)
        assert "(Retry-After)" in report["reason"]
        assert "asks to be left alone until 20" in report["reason"]
        assert [r.rows[0]["verdict"] for r in (again, fresh)] == ["incomplete", "incomplete"]
        assert "(Retry-After)" in again.rows[0]["reason"]
        db = look_into(tmp_path / "c" / "crawl.db")
        assert db.execute("SELECT retry_at > ? FROM circuits", (stamp(now()),)).fetchone() == (1,)
        db.close()


def test_words_of_a_failing_server_are_read(tmp_path):
    answers = {
        "rest": plain("<h1>系统维护</h1><p>系统正在维护，请稍后访问</p>".encode(), "HTTP/1.1 503 Service Unavailable"),
        "quick": plain(b"slow down", "HTTP/1.1 429 Too Many Requests"),
    }
    with OddServer(site(answers), close=()) as server:
        report = crawl(server, tmp_path / "c").rows[0]
    assert {o["rule"] for o in report["obstacles"]} == {"maintenance", "too_many_requests"}
    assert sorted(e["reason"][:13] for e in report["error_list"]) == ["HTTP 429", "HTTP 503, 系统维"]


def round_trip(path, *headers):
    """HTTP leads to TLS, and TLS back to HTTP."""

    def answers(host):
        return {
            ("http", path): to(f"https://{host}{path}", *headers),
            ("https", path): to(f"http://{host}{path}", *headers),
        }

    return answers


def all_by_tls(host):
    """HTTP leads to TLS, which shows the pages: as most sites do."""
    return {("http", path): to(f"https://{host}{path}") for path in ("/zxft/", "/zxft/good.html")}


#: What port by port speaks HTTP and TLS: its answers, the settings of the site, exit code, obstacle and words of the fix.
ROUNDS = {
    "entry": (round_trip("/zxft/good.html"), "", 3, "redirect_loop", "http → https → http", "(http or https)"),
    "section": (round_trip("/zxft/"), "", 3, "redirect_loop", "http → https → http", "(http or https)"),
    "cookie": (round_trip("/zxft/good.html", "Set-Cookie: k=1"), "", 3, "cookie_wall", "cookie", "cookies = true"),
    "in-vain": (round_trip("/zxft/good.html", "Set-Cookie: k=1"), "cookies = true\n", 3, "redirect_loop", "cookie was sent", "(http or https)"),
    "healthy": (all_by_tls, "", 0, None, "", ""),
}  # fmt: skip


def test_a_way_from_http_to_https_and_back_is_told_from_a_cookie_wall_and_from_a_site_that_moved_to_tls(
    collection, tmp_path
):
    context = certificate(tmp_path)
    with ExitStack() as servers:
        for name, (answers, settings, *_) in ROUNDS.items():
            server = servers.enter_context(OddServer(site({}), context, close=()))
            server.table |= answers(f"127.0.0.1:{server.port}")
            file = f'name = "{name}"\nsection = ["http://127.0.0.1:{server.port}/zxft/"]\n{settings}'
            (collection.sites / f"{name}.toml").write_text(file, "utf-8")
        result = fangtan("crawl", "--delay", "0", "--json", *ROUNDS, collection=collection.root)
    reports = {report["site"]: report for report in result.rows}
    assert reports.keys() == ROUNDS.keys()
    for name, (_, _, code, rule, words, fix) in ROUNDS.items():
        report = reports[name]
        assert (report["exit_code"], [o["rule"] for o in report["obstacles"]]) == (code, [rule] if rule else []), name
        assert words in " ".join(o["detail"] for o in report["obstacles"]), name
        assert fix in (report["fix"] or ""), name


@pytest.mark.parametrize("named", [False, True])
def test_a_list_in_a_frame_on_another_host_is_read_where_the_host_is_the_sites_else_named(collection, named):
    with OddServer(site({})) as server:
        frame = (
            f"<h2>在线访谈</h2><iframe src='http://localhost:{server.port}/zxft/' width='100%' height='800'></iframe>"
        )
        server.table["/ft/"] = plain(f"<html><head><title>在线访谈</title></head><body>{frame}</body></html>".encode())
        hosts = f"hosts = ['localhost:{server.port}']\n" if named else ""
        file = f'name = "框县"\nsection = ["http://127.0.0.1:{server.port}/ft/"]\n{hosts}'
        (collection.sites / "frame.toml").write_text(file, "utf-8")
        result = fangtan("crawl", "--delay", "0", "--json", "frame", collection=collection.root)
    report = result.rows[0]
    assert (result.code, report["interviews"]) == ((0, 1) if named else (3, 0)), report["reason"]
    if not named:
        said = " ".join((report["reason"], *report["evidence"], *report["account"]["differences"]))
        assert f"http://localhost:{server.port}/zxft/" in said


@pytest.mark.parametrize(("answers", "found"), [(True, (0, 7)), (False, (3, 5))])
def test_a_further_page_whose_entries_are_in_a_frame_is_no_end_of_a_list(collection, answers, found):
    """The page before is not full, so an empty one would end the list."""
    names, frame = "abcdefg", "<iframe src='rows_3.html' width='100%' height='800'></iframe>"
    with OddServer(site({}, healthy=names)) as server:
        server.table |= {
            "/zxft/": page("abc", "<a href='index_2.html'>下一页</a> 共3页"),
            "/zxft/index_2.html": page("de", "<a href='index_3.html'>下一页</a>"),
            "/zxft/index_3.html": page("", frame),
            **({"/zxft/rows_3.html": page("fg", "")} if answers else {}),
        }
        result = crawl(server, collection.root)
    report = result.rows[0]
    assert (result.code, report["interviews"]) == found, report["reason"]


def test_a_frame_of_every_page_is_none_that_holds_the_entries_of_one(collection):
    frame = "<iframe src='/ad.html' width='900' height='800'></iframe>"
    with OddServer(site({}, healthy="abcde")) as server:
        server.table |= {
            "/zxft/": page("abc", f"<a href='index_2.html'>下一页</a>{frame}"),
            "/zxft/index_2.html": page("de", f"<a href='index_3.html'>下一页</a>{frame}"),
            "/zxft/index_3.html": page("", frame),
        }
        result = crawl(server, collection.root)
    assert (result.code, result.rows[0]["interviews"]) == (0, 5), result.rows[0]["reason"]


def page(names, rest):
    rows = "".join(f"<li><a href='/zxft/{n}.html'>访谈{n}期</a></li>" for n in names)
    return plain(
        f"<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul>{rows}</ul>{rest}</body></html>".encode()
    )
