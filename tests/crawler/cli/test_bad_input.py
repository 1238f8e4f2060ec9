"""Each trouble: one clear message that names the URL or file, the right exit code, a row in runs, nothing lost."""

import itertools
import json
import os
import re
import sqlite3
import ssl

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dh
from support.ports import dead_port
from support.running import fangtan, faults
from support.servers.oddserver import PAGE, OddServer, certificate, plain
from support.sites.one_interview import section, table

from archive.collection.folder import Collection
from archive.collection.sql import row_of
from archive.errors import StoreError
from archive.store.indexer import Indexer
from archive.store.reading import Reader
from archive.store.rebuild import rebuild
from archive.store.store import open_reader
from archive.warc.records import iterate

pytestmark = pytest.mark.long


def crawl(server_table, collection, *options, path="/zxft/"):
    with OddServer(server_table) as server:
        url = f"http://127.0.0.1:{server.port}{path}"
        result = fangtan("crawl", "--delay", "0", "--json", *options, url, collection=collection.root)
        return result, url, server


def last_run(collection):
    db = open_reader(collection.store)
    row = db.execute("SELECT verdict, reason, exit_code FROM runs ORDER BY id DESC LIMIT 1").fetchone()
    db.close()
    return row


def test_a_good_site_exits_zero(collection):
    result, _, _ = crawl(table(), collection)
    assert result.code == 0, result.out
    assert last_run(collection)[0] == "ok"


def test_refused_connection(collection):
    with dead_port() as port:
        url = f"http://127.0.0.1:{port}/zxft/"
        result = fangtan("crawl", "--delay", "0", "--json", url, collection=collection.root)
    assert result.code == 4, "no robots.txt, no permission"
    assert "refused" in result.rows[0]["reason"].lower()
    assert str(port) in result.rows[0]["reason"]
    assert last_run(collection)[0] == "blocked"
    kept = [r for p in collection.archive.glob("*.warc.gz") for r in iterate(p)]
    assert any(r.type == "metadata" and b"fetch-error" in r.block for r in kept), "a failed fetch is kept as evidence"


def test_unknown_host(collection):
    result = fangtan("crawl", "--delay", "0", "--json", "http://www.yunling.invalid/zxft/", collection=collection.root)
    assert result.code == 4
    assert "www.yunling.invalid" in result.rows[0]["reason"]


def test_not_tls_at_all(collection):
    with OddServer(table()) as server:
        result = fangtan(
            "crawl", "--delay", "0", "--json", f"https://127.0.0.1:{server.port}/zxft/", collection=collection.root
        )
    assert result.code == 4
    assert "SSL" in result.rows[0]["reason"] or "tls" in result.rows[0]["reason"].lower()


@pytest.mark.filterwarnings("ignore:Diffie-Hellman")
def test_small_dh_key_is_refused_and_let_in_by_the_site_file(collection, tmp_path):
    parameters = tmp_path / "dh.pem"
    small = dh.generate_parameters(generator=2, key_size=1024)
    parameters.write_bytes(small.parameter_bytes(serialization.Encoding.PEM, serialization.ParameterFormat.PKCS3))
    context = certificate(tmp_path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("DHE-RSA-AES128-SHA:@SECLEVEL=0")
    context.load_dh_params(str(parameters))
    with OddServer(table(), context) as server:
        url = f"https://127.0.0.1:{server.port}/zxft/"
        strict = fangtan("crawl", "--delay", "0", "--json", url, collection=collection.root)
        assert strict.code == 4
        assert 'tls = "legacy"' in strict.rows[0]["reason"]
        (collection.sites / "629999.toml").write_text(
            f'name = "旧服务器"\nsection = ["{url}"]\ntls = "legacy"\n', "utf-8"
        )
        relaxed = fangtan("crawl", "--delay", "0", "--json", "629999", collection=collection.root)
    assert relaxed.code == 0, relaxed.out + relaxed.err
    kept = [r for p in collection.archive.glob("629999-*.warc.gz") for r in iterate(p)]
    assert any(r.type == "metadata" and b"tls-relaxed" in r.block for r in kept)
    assert any(r.get("WARC-Protocol") == "tls/1.2" for r in kept)


def test_robots_refuse_the_section(collection):
    robots = plain(b"User-agent: *\nDisallow: /zxft/\n")
    result, url, server = crawl(table(**{"/robots.txt": robots}), collection)
    assert result.code == 4
    assert "robots.txt" in result.rows[0]["reason"]
    assert url in result.rows[0]["reason"]
    assert [path for path, _, _ in server.log] == ["/robots.txt"]


def test_robots_refuse_one_page(collection):
    robots = plain(b"User-agent: *\nDisallow: /zxft/t20210101_2.html\n")
    result, _, _ = crawl(table(**{"/robots.txt": robots}), collection)
    assert result.code == 0
    assert [r["reason"] for r in result.rows[0]["refusals"]] == ["robots.txt"]


def test_crawl_delay_is_kept(collection):
    robots = plain(b"User-agent: *\nCrawl-delay: 1\n")
    result, _, _ = crawl(table(**{"/robots.txt": robots, "/zxft/": section(1)}), collection)
    assert result.rows[0]["crawl_delay"] == 1.0
    stamps = sorted(
        r.get("WARC-Date")
        for p in collection.archive.glob("*.warc.gz")
        for r in iterate(p)
        if r.type == "response" and "/zxft/" in r.get("WARC-Target-URI")
    )
    from datetime import datetime

    gaps = [
        (datetime.fromisoformat(b) - datetime.fromisoformat(a)).total_seconds() for a, b in itertools.pairwise(stamps)
    ]
    assert gaps
    assert min(gaps) >= 0.95, "--delay 0 never goes under robots.txt"


@pytest.mark.parametrize("broken", ["Opened.links", "parse"])
def test_a_bug_of_ours_is_named_and_the_run_goes_on_without_the_page(collection, broken):
    """No page may keep a run from ending or the others out of the store, not even one that our own code fails on."""
    script = f"""
import sys
import parsers
whole = parsers.{broken}
def broken(given, *args, **more):
    first = given[0] if isinstance(given, list) else given
    if getattr(first, "payload", first).url.endswith("_2.html"):
        raise ZeroDivisionError("planted")
    return whole(given, *args, **more)
parsers.{broken} = broken
from crawler.run import indexing
# The indexer beside the crawl is a process of its own, with whole parsers: here this process reads all pages.
indexing.module = lambda *_: [sys.executable, "-c", "import sys; print('ready', flush=True); sys.stdin.read()"]
from crawler.cli.group import main
sys.exit(main(sys.argv[1:]))
"""
    with OddServer(table()) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        done = fangtan("crawl", "--json", "--delay", "0", url, collection=collection.root, script=script)
        report = json.loads(done.out.splitlines()[-1])
        assert (done.code, report["verdict"], report["left"]) == (3, "incomplete", 0), done.err
        assert "our bug: ZeroDivisionError('planted')" in report["reason"]
        assert "Traceback" in done.err
        mended = fangtan("rebuild", collection=collection.root)
    assert mended.code == 0
    db = open_reader(collection.store)
    assert db.execute("SELECT count(*) FROM interviews WHERE url LIKE '%\\_2.html' ESCAPE '\\'").fetchone() == (1,)
    db.close()


def test_a_file_that_is_away_for_a_moment_is_no_bug_of_a_page(collection, monkeypatch):
    """A WARC file may get its final name while it is read: the pass fails and is done again, the page is not given up."""
    with OddServer(table()) as server:
        assert (
            fangtan("crawl", "--delay", "0", f"http://127.0.0.1:{server.port}/zxft/", collection=collection.root).code
            == 0
        )
    reader, db = Reader(collection), open_reader(collection.store)
    row = row_of(db, "SELECT c.* FROM captures c JOIN interviews i ON i.capture = c.id", ())
    assert reader.reading(db, row)[0] == "transcript"

    def away(*_):
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr("archive.store.reading.read_at", away)
    with pytest.raises(FileNotFoundError):
        reader.reading(db, row)
    db.close()


def test_a_page_without_any_list(collection):
    news = plain(
        "<html><head><meta charset='utf-8'><title>首页</title></head><body><p>欢迎访问本站。</p></body></html>".encode()
    )
    result, url, _ = crawl(table(**{"/": news}), collection, path="/")
    assert result.code == 3
    assert url in result.rows[0]["reason"]


def test_an_empty_section_is_no_success(collection):
    empty = plain(
        "<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul></ul></body></html>".encode()
    )
    result, _, _ = crawl(table(**{"/zxft/": empty}), collection)
    assert result.code == 3


def test_entries_that_are_no_interviews(collection):
    other = plain(
        "<html><head><meta charset='utf-8'></head><body><h1>公告</h1><p>招标公告全文如下，请各投标人注意查收。</p></body></html>".encode()
    )
    result, _, _ = crawl(table(**{"/zxft/t20210101_1.html": other, "/zxft/t20210101_2.html": other}), collection)
    assert result.code == 3
    assert "none of them" in result.rows[0]["reason"]


def test_server_errors_are_retried_and_said(collection):
    broken = plain(b"<h1>500</h1>", "HTTP/1.1 500 Internal Server Error")
    result, _, server = crawl(table(**{"/zxft/t20210101_2.html": broken}), collection)
    assert result.code == 3
    assert re.search(r"t20210101_2\.html: .*HTTP 500", result.rows[0]["reason"])
    assert [p for p, _, _ in server.log].count("/zxft/t20210101_2.html") == 3
    assert result.rows[0]["interviews"] == 1, "what did come is kept"


def test_links_to_private_addresses_are_not_followed(collection):
    page = PAGE.format("第1期访谈").replace(
        "<p>嘉宾", "<img src='http://169.254.169.254/a.png'><img src='http://10.0.0.1/b.png'><p>嘉宾"
    )
    result, _, _ = crawl(table(**{"/zxft/t20210101_1.html": plain(page.encode())}), collection)
    assert result.code == 0
    assert {r["reason"] for r in result.rows[0]["refusals"]} == {"private address"}


def test_redirect_off_the_site_is_recorded_not_followed(collection):
    away = b"HTTP/1.1 302 Found\r\nLocation: http://media.example.com/talk\r\nContent-Length: 0\r\n\r\n"
    result, _, _ = crawl(table(**{"/zxft/t20210101_2.html": away}), collection)
    assert any(r["reason"] == "off-site" for r in result.rows[0]["refusals"])


def test_too_few_interviews_by_the_site_file(collection):
    with OddServer(table()) as server:
        (collection.sites / "629999.toml").write_text(
            f'name = "云岭"\nsection = ["http://127.0.0.1:{server.port}/zxft/"]\nexpect.interviews = {{ min = 20 }}\n',
            "utf-8",
        )
        result = fangtan("crawl", "--delay", "0", "--json", "629999", collection=collection.root)
    assert result.code == 3
    assert "at least 20" in result.rows[0]["reason"]


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ('name = "x"\nsection = ["http://a.example/"]\ncolour = 1\n', 3, "colour"),
        ('name = "x"\nsection = "http://a.example/"\n', 2, "section"),
        ('name = "x"\nsection = ["ftp://a.example/"]\n', 2, "section"),
        ('section = ["http://a.example/"]\n', 1, "name"),
        ('name = "x"\nsection = ["http://a.example/"]\nfamily = "wordpress"\n', 3, "family"),
        ('name = "x"\nsection = ["http://a.example/"]\ntls = "none"\n', 3, "tls"),
        ('name = "x\n', 1, "629999.toml"),
        ('name = "x"\nsection = ["http://a.example/"]\nexpect.interviews = { least = 1 }\n', 3, "least"),
        ('name = "x"\nsection = ["http://a.example/"]\n[[layout]]\nfamily = "trs"\n', 1, "until"),
    ],
)
def test_broken_site_files_are_named_with_their_line(collection, text, line, word):
    (collection.sites / "629999.toml").write_text(text, "utf-8")
    result = fangtan("crawl", "629999", collection=collection.root)
    assert result.code == 2
    assert word in result.err
    assert "629999.toml" in result.err
    if "TOML" not in result.err and "until" not in word and word != "629999.toml":
        assert f"629999.toml:{line}" in result.err


def test_broken_collection_settings(collection):
    (collection.root / "fangtan.toml").write_text('operator = "x"\n[warc]\nversoin = "1.1"\n', "utf-8")
    result = fangtan("crawl", "http://127.0.0.1:9/", collection=collection.root)
    assert result.code == 2
    assert "fangtan.toml:3" in result.err


@pytest.mark.parametrize("kind", ["foreign", "garbage", "half", "newer"])
def test_stores_that_are_not_ours(collection, kind):
    path = collection.store
    if kind == "garbage":
        path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    else:
        db = sqlite3.connect(path)
        if kind == "foreign":
            db.execute("CREATE TABLE albums (id)")
        else:
            db.execute(f"PRAGMA application_id={0x66746E31}")
            db.execute(
                "CREATE TABLE _sqlite_migrations (id INTEGER PRIMARY KEY, migration_set TEXT, name TEXT, applied_at TEXT)"
            )
            if kind == "newer":
                db.execute("INSERT INTO _sqlite_migrations VALUES (1, 'fangtan', 'm999_from_the_future', 'now')")
        db.commit()
        db.close()
    before = path.read_bytes()
    result = fangtan("search", "法", collection=collection.root)
    assert result.code == 2
    assert "fangtan.db" in result.err
    assert path.read_bytes() == before, "the file is left alone"


def test_a_locked_site_is_said(collection):
    with collection.lock("site-127-0-0-1-9"):
        result = fangtan("crawl", "http://127.0.0.1:9/", collection=collection.root)
    assert result.code == 2
    assert "in use by process" in result.err


def test_a_read_only_folder(tmp_path):
    folder = tmp_path / "readonly"
    folder.mkdir()
    (folder / "fangtan.toml").write_text("")
    (folder / "archive").write_text("a file where a folder must be")
    result = fangtan("crawl", "http://127.0.0.1:9/", collection=folder)
    assert result.code == 2
    assert str(folder) in result.err


def test_a_rebuild_that_fails_leaves_store_and_folder_as_they_were(collection, monkeypatch):
    crawl(table(), collection)

    def full(_):
        raise StoreError("the disk is full")

    before, names = collection.store.read_bytes(), sorted(p.name for p in collection.root.iterdir())
    monkeypatch.setattr(Indexer, "finish", full)
    with pytest.raises(StoreError):
        rebuild(collection)
    assert collection.store.read_bytes() == before
    assert sorted(p.name for p in collection.root.iterdir()) == names


def test_no_collection_here(tmp_path):
    for command in ("runs", "verify", "rebuild"):
        result = fangtan(command, collection=tmp_path / "nothing")
        assert result.code == 2
        assert "no collection here" in result.err
    assert not (tmp_path / "nothing").exists(), "reading creates nothing"


def test_a_full_disk_stops_the_run_and_loses_nothing(collection):
    """Half a record is written, then the disk says no: what only a mock can do here."""
    names = {
        f"/zxft/t20210101_{n}.html": plain(PAGE.format(f"第{n}期访谈").encode() + os.urandom(9000).hex().encode())
        for n in range(1, 60)
    }
    with OddServer(table(**{"/zxft/": section(*range(1, 60)), **names})) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        script = "import sys\nfrom archive.warc import write as warc\noriginal = warc.WarcWriter._write_all\n"
        script += "def full(self, data):\n    if self._offset > 200_000:\n        original(self, data[: len(data) // 2])\n        raise OSError(28, 'No space left on device')\n    original(self, data)\n"
        script += "warc.WarcWriter._write_all = full\nfrom crawler.cli.group import main\nmain(sys.argv[1:])\n"
        done = fangtan("crawl", "--delay", "0", "--json", url, collection=collection.root, script=script)
        assert done.code == 3, done.err
        assert "disk is full" in json.loads(done.out or "{}").get("reason", done.err)
        resumed = fangtan("crawl", "--resume", "--delay", "0", "--json", url, collection=collection.root)
    assert resumed.code == 0, resumed.out + resumed.err
    assert resumed.rows[0]["interviews"] == 59
    assert faults(Collection(collection.root)) == []


def test_usage_errors(tmp_path):
    assert fangtan("crawl", "not a url", collection=tmp_path / "c").code == 2
    assert fangtan("crawl", "--resume", "--fresh", collection=tmp_path / "c").code == 2
    assert fangtan("parse").code == 2
    assert fangtan("nonsense").code == 2


@pytest.mark.parametrize("url", ["http://[::bad", "http://a:99999999/", "http://", "javascript:alert(1)", "\x01"])
@pytest.mark.parametrize("command", [("crawl",), ("sites", "add", "--yes"), ("serve", "--replay")])
def test_an_address_that_is_none_is_refused_in_words(collection, command, url):
    result = fangtan(*command, url, collection=collection.root)
    assert result.code == 2
    assert "Traceback" not in result.err
    assert "expected an" in result.err
