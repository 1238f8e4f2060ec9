"""Our own limits are named as ours, asked for once, and what a server sends in place of HTTP is kept and accepted."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.running import fangtan
from support.servers.oddserver import PAGE, OddServer, plain

from archive.collection.crawldb import look_into
from archive.warc.exchange import Exchange, records_of
from archive.warc.http import MAX_HEAD, is_answer, read_message, without_interim
from archive.warc.records import BROKEN, bare_id, iterate
from crawler.fetch.limits import MAX_LINE, too_large, wire_limit

LIMIT = 100_000
BODY = PAGE.format("第1期访谈").encode()


def head(*lines):
    return "\r\n".join(["HTTP/1.1 200 OK", "Content-Type: text/html", *lines]).encode()


#: Page → (what the server sends, the limit that the report must name; ``None``: it is the server's own fault).
PAGES = {
    "line": (head("X-Long: " + "a" * 20_000, f"Content-Length: {len(BODY)}") + b"\r\n\r\n" + BODY, f"more than {MAX_LINE} bytes"),
    "endless": (head("X-Long: ") + b"a" * 40_000, f"more than {MAX_LINE} bytes"),
    "flood": (head(*(f"X-{n}: {'b' * 900}" for n in range(1300))) + b"\r\n\r\n" + BODY, f"more than {MAX_HEAD} bytes"),
    "interim": (b"HTTP/1.1 103 Early\r\nX: 1\r\n\r\n" * 50_000 + plain(BODY), f"more than {MAX_HEAD} bytes"),
    "declared": (plain(BODY + b"c" * LIMIT), "max_bytes"),
    "undeclared": (b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + BODY + b"d" * LIMIT * 2, "max_bytes"),
    "framing": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + (b"1;" + b"x" * 990 + b"\r\n \r\n") * 2500 + b"0\r\n\r\n", "max_bytes"),
    "bomb": (plain(gzip.compress(BODY + b" " * 9_000_000), "HTTP/1.1 200 OK", "Content-Encoding: gzip"), "decoded body is larger"),
    "no-status": (BODY, None),
    "lines": (BODY.replace(b"<p>", b"\n<p>\n"), None),
    "icy": (b"ICY 200 OK\r\nContent-Type: text/html\r\n\r\n" + BODY, None),
    "zero": (b"HTTP/1.1 000 OK\r\nContent-Length: 2\r\n\r\nok", None),
    "number": (b"HTTP/1.1 " + b"9" * 5000 + b" OK\r\nContent-Length: 2\r\n\r\nok", None),
    "length": (b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\xb2\r\n\r\nok", None),
    # Here, not last: a host is left alone after five failures in a row, and one that is handled late must not make them.
    "mixed": (b"HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: %d\n\r\n" % len(BODY) + BODY, "fine"),
    "cut": (head("X-Half: he"), None),
    "only-interim": (b"HTTP/1.1 100 Continue\r\n\r\n", None),
}  # fmt: skip


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    from archive.collection.folder import Collection

    collection = Collection(tmp_path_factory.mktemp("limits") / "c").create()
    items = "".join(
        f"<li><a href='/zxft/{name}.html'>第{n}期访谈：{name}</a><span>2021-01-{n + 1:02d}</span></li>"
        for n, name in enumerate(PAGES)
    )
    section = f"<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul>{items}</ul></body></html>"
    table = {"/zxft/": plain(section.encode()), **{f"/zxft/{name}.html": sent for name, (sent, _) in PAGES.items()}}
    with OddServer(table, close=[*table]) as server:
        (collection.sites / "yunling.toml").write_text(
            f'name = "云岭"\nmax_bytes = {LIMIT}\nsection = ["http://127.0.0.1:{server.port}/zxft/"]\n', "utf-8"
        )
        result = fangtan("crawl", "--delay", "0", "--json", "yunling", collection=collection.root, timeout=250)
        asked = [path for path, _, _ in server.log]
    return collection, result, asked


@pytest.mark.parametrize("name", [name for name, (_, limit) in PAGES.items() if limit not in (None, "fine")])
def test_a_limit_of_ours_is_named_and_not_asked_for_again(crawled, name):
    _, result, asked = crawled
    reasons = [e["reason"] for e in result.rows[0]["error_list"] if e["url"].endswith(f"/{name}.html")]
    assert len(reasons) == 1
    assert PAGES[name][1] in reasons[0]
    assert asked.count(f"/zxft/{name}.html") == 1


def test_limits_of_ours_are_not_the_servers_fault(crawled):
    _, result, _ = crawled
    report = result.rows[0]
    assert (report["verdict"], result.code) == ("incomplete", 3), "what did not come is said"
    counts = {o["rule"]: o["count"] for o in report["obstacles"]}
    assert counts["own_limit"] == sum(limit not in (None, "fine") for _, limit in PAGES.values()) - 1, (
        "the bomb did come"
    )
    assert not set(counts) & {"server_error", "ban", "timeout", "tls", "dns"}
    assert report["interviews"] == 1, "the page whose head mixes line ends is a page"
    assert not any(r["reason"] == "robots.txt" for r in report["refusals"]), "a bomb is not filed under robots.txt"


def test_what_our_crawl_keeps_our_verify_accepts(crawled):
    collection, _, _ = crawled
    assert fangtan("verify", collection=collection.root).code == 0
    assert fangtan("rebuild", collection=collection.root).code == 0
    assert fangtan("verify", "--reparse", collection=collection.root).code == 0


def test_what_is_no_http_is_kept_as_what_it_is(crawled):
    collection, _, asked = crawled
    records = [r for path in collection.archive.glob("*.warc.gz") for r in iterate(path)]
    kept = {}
    for record in records:
        if record.target.startswith(BROKEN):
            kept.setdefault(record.target.rpartition("/")[2].removesuffix(".html"), []).append(record)
    odd = ("no-status", "lines", "icy", "number", "cut", "only-interim", "endless", "zero")
    assert set(odd) <= set(kept)
    for name in odd:
        for record in kept[name]:
            assert record.type == "resource"
            assert record.get("WARC-Truncated")
            assert PAGES[name][0].startswith(bytes(record.block))
            assert bytes(record.block)
    requests = {bare_id(r.get("WARC-Concurrent-To")) for r in records if r.type == "request"}
    assert {r.id for found in kept.values() for r in found} <= requests
    assert all(is_answer(r.block) for r in records if r.type == "response")
    assert len(kept["no-status"]) == asked.count("/zxft/no-status.html") > 1, (
        "what may be the network's fault is tried again"
    )


def test_no_host_is_left_alone_over_our_limits(collection):
    """Each page of a list breaks a limit of ours; more than would break a circuit."""
    items = "".join(
        f"<li><a href='/zxft/{n}.html'>第{n}期访谈：话题</a><span>2021-01-{n:02d}</span></li>" for n in range(1, 9)
    )
    section = f"<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul>{items}</ul></body></html>"
    table = {
        "/zxft/": plain(section.encode()),
        **{f"/zxft/{n}.html": PAGES["line"][0] for n in range(1, 8)},
        "/zxft/8.html": plain(BODY),
    }
    with OddServer(table, close=[*table]) as server:
        result = fangtan(
            "crawl", "--delay", "0", "--json", f"http://127.0.0.1:{server.port}/zxft/", collection=collection.root
        )
        asked = [path for path, _, _ in server.log]
    assert len(asked) == 10, "robots.txt, the list, each page once"
    assert (result.rows[0]["left"], result.rows[0]["interviews"]) == (0, 1)
    db = look_into(collection.crawl_db)
    assert db.execute("SELECT count(*) FROM circuits").fetchone() == (0,)
    db.close()


def exchange(data):
    from archive.collection.clock import now

    return Exchange("http://www.yunling.example/a", "GET", b"GET /a HTTP/1.1\r\n\r\n", data, None, now(), "disconnect")


@given(
    st.binary(max_size=80),
    st.sampled_from(
        [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: "]
    ),
)
def test_a_response_record_always_has_a_status_line_and_a_whole_head(noise, start):
    members, captured = records_of(exchange(start + noise))
    headers, block = dict(members[0][0]), members[0][1]
    if headers["WARC-Type"] == "response":
        assert is_answer(block)
        assert read_message(block).status == captured.status > 0
    else:
        assert (headers["WARC-Type"], captured.type, captured.status) == ("resource", "resource", 0)
        assert block == start + noise
        assert headers["WARC-Truncated"] == "disconnect"


def test_interim_responses_are_taken_off_in_one_pass():
    data = b"HTTP/1.1 103 Early\r\n\r\n" * 100_000 + b"HTTP/1.1 200 OK\r\n\r\nx"
    assert without_interim(data) == b"HTTP/1.1 200 OK\r\n\r\nx"


def test_too_much_on_the_wire():
    whole = bytearray(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * MAX_HEAD)
    assert too_large(whole, MAX_HEAD, headed=False) is None
    assert "head" in str(too_large(bytearray(b"HTTP/1.1 200 OK\r\n" + b"x" * MAX_HEAD), 10, headed=False))
    assert "max_bytes" in str(too_large(bytearray(wire_limit(10) + 1), 10, headed=True))
