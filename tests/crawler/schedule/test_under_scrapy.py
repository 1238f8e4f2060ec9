"""Scrapy's own command line makes the same run as ours: settings of the site, self-test, watch, indexer, waits that end."""

import json
import signal
import subprocess

import pytest
from support.running import ROOT, environment, fangtan, faults, start
from support.servers.oddserver import PAGE, OddServer, plain
from support.starter import Starter
from support.ticks import wait_until

pytestmark = pytest.mark.long

SMALL, LARGE = "/zxft/1.html", "/zxft/2.html"
QUIET = {"PYTHONWARNINGS": "ignore"}  # Scrapy's command itself is not ours to keep free of warnings
STARTER = Starter({**environment(), **QUIET})


def county():
    rows = "".join(f"<li><a href='{n}.html'>第{n}期访谈：民生</a><span>2021-01-0{n}</span></li>" for n in (1, 2))
    section = f"<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul>{rows}</ul></body></html>"
    return {
        "/robots.txt": plain(b"", "HTTP/1.1 404 Not Found"),
        "/zxft/": plain(section.encode()),
        SMALL: plain(PAGE.format("第1期访谈").encode()),
        LARGE: plain(PAGE.format("第2期访谈").encode() + b"x" * 5000),
    }


def site(collection, server, more=""):
    text = f'name = "云岭"\ndelay = 0\nsection = ["http://127.0.0.1:{server.port}/zxft/"]\n{more}'
    (collection.sites / "yunling.toml").write_text(text, "utf-8")


EXECUTE = "import sys\nfrom scrapy.cmdline import execute\nexecute(['scrapy', 'crawl', 'fangtan', *sys.argv[1:]])"


def words(collection, *arguments):
    return "-s", f"FANGTAN_COLLECTION={collection.root}", *arguments


def scrapy(collection, *arguments, before="", **more):
    """Scrapy's command in the checkout: (exit code, its log)."""
    done = fangtan(
        *words(collection, *arguments), script=f"{before}\n{EXECUTE}", cwd=ROOT, more={**QUIET, **more}, starter=STARTER
    )
    return done.code, done.out + done.err


def report_of(collection):
    (path,) = collection.reports.glob("*.json")
    return json.loads(path.read_text("utf-8"))


def test_settings_of_site_and_collection_hold(collection):
    config = collection.root / "fangtan.toml"
    config.write_text(
        'user_agent = "YunlingArchive/1.0 (+mailto:a@yunling.example)"\n' + config.read_text("utf-8"), "utf-8"
    )
    with OddServer(county()) as server:
        site(collection, server, 'max_bytes = 4000\ntls = "legacy"\n')
        _, log = scrapy(collection, "-a", "site=yunling")
        asked = {path: data for path, data, _ in server.log}
    report = report_of(collection)
    assert (report["verdict"], report["interviews"]) == ("incomplete", 1), log
    assert [(e["url"].rpartition("/")[2], "max_bytes" in e["reason"]) for e in report["error_list"]] == [
        ("2.html", True)
    ]
    assert {b"YunlingArchive/1.0" in data for data in asked.values()} == {True}
    assert set(asked) == {"/robots.txt", "/zxft/", SMALL, LARGE}
    assert faults(collection) == []


@pytest.mark.parametrize(("cookies", "said"), [("false", "1"), ("true", "0")])
def test_the_command_line_counts_more_than_the_site_file(collection, cookies, said):
    section = county()["/zxft/"].replace(b"200 OK", b"200 OK\r\nSet-Cookie: k=1; path=/")
    with OddServer({**county(), "/zxft/": section}) as server:
        site(collection, server, f"max_bytes = 4000\ncookies = {cookies}\n")
        more = ("-s", "DOWNLOAD_MAXSIZE=100000", "-s", f"COOKIES_ENABLED={said}")
        _, log = scrapy(collection, "-a", "site=yunling", *more)
        asked = {path: data for path, data, _ in server.log}
    assert (report_of(collection)["verdict"], report_of(collection)["interviews"]) == ("ok", 2), log
    assert (b"Cookie: k=1" in asked[SMALL]) is (said == "1"), log


def test_a_wait_is_shown_and_ends_with_sigterm(collection):
    with OddServer({**county(), "/robots.txt": plain(b"User-agent: *\nCrawl-delay: 80000\n")}) as server:
        site(collection, server)
        running = start(*words(collection, "-a", "site=yunling"), script=EXECUTE, cwd=ROOT, stderr=subprocess.DEVNULL, starter=STARTER, **QUIET)  # fmt: skip
        try:
            wait_until(lambda: "Crawl-delay" in fangtan("runs", collection=collection.root).out, "the wait is shown")
            running.send_signal(signal.SIGTERM)
            log, _ = running.communicate(timeout=60)
        finally:
            running.kill()
        assert [path for path, _, _ in server.log] == ["/robots.txt"]
    report = report_of(collection)
    assert (report["verdict"], report["left"]) == ("incomplete", 1), log
    assert "asked to stop" in report["reason"]
    assert running.returncode is not None
    assert fangtan("runs", "--json", collection=collection.root).rows[0]["verdict"] == "incomplete"


def test_a_dead_indexer_is_told(collection):
    with OddServer(county()) as server:
        site(collection, server)
        _, log = scrapy(collection, "-a", "site=yunling", FANGTAN_TEST_INDEXER="killed")
    report = report_of(collection)
    assert (report["verdict"], "SIGKILL" in report["reason"]) == ("incomplete", True), log


def test_nothing_is_fetched_where_the_self_test_fails(collection):
    deaf = "import crawler.fetch.selftest as s\ns._serve = lambda server, seen: server.accept()[0].close()"
    with OddServer(county()) as server:
        site(collection, server)
        _, log = scrapy(collection, "-a", "site=yunling", before=deaf)
        assert server.log == []
    report = report_of(collection)
    assert (report["verdict"], report["exit_code"], report["left"]) == ("incomplete", 3, 0), log
    assert "self-test failed" in report["reason"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name what to crawl"),
        (["-a", "url=http://127.0.0.1:9/", "-a", "site=yunling"], "one url or one site"),
        (["-a", "site=yunling", "-a", "recheck=1"], "unknown argument recheck"),
        (["-a", "site=nobody"], "nobody"),
    ],
)
def test_what_it_cannot_do_it_refuses(collection, arguments, words):
    with OddServer(county()) as server:
        site(collection, server)
        code, log = scrapy(collection, *arguments)
        assert server.log == []
    assert code != 0
    assert words in log
    assert not list(collection.reports.glob("*.json"))
