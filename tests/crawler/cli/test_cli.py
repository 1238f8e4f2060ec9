"""The command line as a user types it."""

import json
import subprocess
import sys

import pytest
from support.running import HERE, ROOT, environment, fangtan
from support.servers.oddserver import PAGE, OddServer, plain
from support.sites.one_interview import ITEM, article, section, table

from archive.store.store import open_reader
from archive.warc.records import iterate

pytestmark = pytest.mark.long

PAGES = HERE / "pages"


def test_parse_prints_a_record_a_line(tmp_path):
    seed = PAGES / "gaotai-2021-12-23"
    url = json.loads((seed / "expected.json").read_text("utf-8"))["url"]
    result = fangtan("parse", seed / "page.html", "--url", url)
    assert result.code == 0
    (record,) = result.rows
    assert list(record)[:11] == [
        "url",
        "kind",
        "genre",
        "title",
        "published_at",
        "source",
        "theme",
        "time",
        "guests",
        "turns",
        "flags",
    ]
    assert len(record["turns"]) == 12
    del tmp_path


def test_parse_a_manifest_with_a_page_that_cannot_be_read(tmp_path):
    (tmp_path / "good.html").write_bytes((PAGES / "gaotai-2021-12-23" / "page.html").read_bytes())
    (tmp_path / "empty.html").write_bytes(b"")
    rows = [
        {"path": "good.html", "url": "http://a.example/1", "content_type": "text/html; charset=utf-8"},
        {"path": "empty.html", "url": "http://a.example/2", "content_type": None},
        {"path": "absent.html", "url": "http://a.example/3", "content_type": None},
    ]
    manifest = tmp_path / "m.jsonl"
    manifest.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    result = fangtan("parse", "--manifest", manifest)
    assert result.code == 3
    assert [r["url"] for r in result.rows] == ["http://a.example/1", "http://a.example/2", "http://a.example/3"]
    assert "error" not in result.rows[0]
    assert all(r["error"] and r["kind"] for r in result.rows[1:])
    manifest.write_text('{"path": 1}\n', "utf-8")
    broken = fangtan("parse", "--manifest", manifest)
    assert broken.code == 2
    assert "m.jsonl:1" in broken.err


def test_scrapy_sees_the_spider_and_crawls(tmp_path):
    scrapy = [sys.executable, "-m", "scrapy"]
    listed = subprocess.run([*scrapy, "list"], cwd=ROOT, capture_output=True, text=True, env=environment(), check=False)
    assert listed.stdout.split() == ["fangtan"], listed.stderr
    with OddServer(table()) as server:
        arguments = [
            "crawl",
            "fangtan",
            "-a",
            f"url=http://127.0.0.1:{server.port}/zxft/",
            "-s",
            "DOWNLOAD_DELAY=0",
        ]
        done = subprocess.run(
            [*scrapy, *arguments, "-s", f"FANGTAN_COLLECTION={tmp_path / 'c'}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            env=environment(),
            check=False,
        )
    assert done.returncode == 0, done.stderr
    db = open_reader(tmp_path / "c" / "fangtan.db")
    assert db.execute("SELECT count(*) FROM interviews").fetchone()[0] == 2
    db.close()
    assert fangtan("verify", collection=tmp_path / "c").code == 0


def crawl(collection, server, *options, path="/zxft/"):
    return fangtan(
        "crawl", "--delay", "0", "--json", *options, f"http://127.0.0.1:{server.port}{path}", collection=collection.root
    )


def test_files_rotate_and_warc_1_0_is_a_setting(collection):
    (collection.root / "fangtan.toml").write_text('[warc]\nversion = "1.0"\nmax_size = 2000\n', "utf-8")
    with OddServer(table()) as server:
        assert crawl(collection, server).code == 0
    files = sorted(collection.archive.glob("*.warc.gz"))
    assert len(files) > 1
    for path in files:
        records = list(iterate(path))
        assert records[0].type == "warcinfo"
        assert {r.version for r in records} == {"WARC/1.0"}
        assert all("." not in r.get("WARC-Date") for r in records)
    assert fangtan("verify", collection=collection.root).code == 0


def test_media_stop_at_the_size_limit(collection):
    page = PAGE.format("第1期访谈").replace("<p>嘉宾", "<video src='/v.mp4'></video><p>嘉宾")
    big = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nConnection: close\r\n\r\n" + bytes(300_000)
    served = table(**{"/zxft/": section(1), "/zxft/t20210101_1.html": plain(page.encode()), "/v.mp4": big})
    with OddServer(served, close=("/v.mp4",)) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        (collection.sites / "629999.toml").write_text(f'name = "x"\nsection = ["{url}"]\nmax_bytes = 50000\n', "utf-8")
        result = fangtan("crawl", "--delay", "0", "--json", "629999", collection=collection.root)
    assert result.code == 0, result.out
    video = next(
        r
        for p in collection.archive.glob("*.warc.gz")
        for r in iterate(p)
        if r.type == "response" and "/v.mp4" in r.get("WARC-Target-URI")
    )
    assert video.get("WARC-Truncated") == "length"
    assert 50_000 < len(video.block) < 300_000


def test_one_interview_by_its_address(collection):
    with OddServer(table()) as server:
        result = crawl(collection, server, path="/zxft/t20210101_1.html")
    assert result.code == 0, result.out
    assert result.rows[0]["interviews"] == 1


def test_limit_is_said_and_the_rest_is_not_fetched(collection):
    served = table(**{"/zxft/": section(1, 2, 3), "/zxft/t20210101_3.html": article(3)})
    with OddServer(served) as server:
        result = crawl(collection, server, "--limit", "1")
    assert result.code == 3
    assert "--limit 1" in result.rows[0]["reason"]
    assert result.rows[0]["interviews"] == 1


def test_a_redirected_entry_is_one_interview(collection):
    moved = b"HTTP/1.1 301 Moved Permanently\r\nLocation: /zxft/new_1.html\r\nContent-Length: 0\r\n\r\n"
    with OddServer(table(**{"/zxft/t20210101_1.html": moved, "/zxft/new_1.html": article(1)})) as server:
        assert crawl(collection, server).code == 0
    db = open_reader(collection.store)
    assert db.execute("SELECT count(*) FROM interviews").fetchone()[0] == 2
    reasons = dict(db.execute("SELECT reason, count(*) FROM interview_urls GROUP BY 1"))
    assert reasons == {"page": 2, "redirect": 1}
    db.close()


def test_the_same_talk_at_two_addresses_is_one_interview(collection):
    words = "<p>主持人：请介绍全县今年冬季供暖工作的总体安排，群众十分关心这件事情。</p><p>李青：十一月一日零时准时供热，比去年提前五天做好冷态试运行，请大家放心。</p><p>主持人：谢谢您的介绍。</p>"
    body = f"<html><head><meta charset='utf-8'></head><body><h1>供暖访谈</h1><div id='zoom'><p>访谈时间：2021年1月1日</p><p>访谈嘉宾：县住建局局长李青</p>{words}</div></body></html>"
    twin = f"<html><head><meta charset='utf-8'></head><body><div class='ghb'><h1>供暖访谈</h1><div class='content'><p>访谈时间：2021年1月1日</p><p>访谈嘉宾：县住建局局长李青</p>{words}</div></div></body></html>"
    items = ITEM.format(1) + "<li><a href='/other/t20210101_9.html'>供暖访谈：另一栏目</a><span>2021-01-01</span></li>"
    page = plain(
        f"<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul>{items}</ul></body></html>".encode()
    )
    served = table(
        **{
            "/zxft/": page,
            "/zxft/t20210101_1.html": plain(body.encode()),
            "/other/t20210101_9.html": plain(twin.encode()),
        }
    )
    with OddServer(served) as server:
        assert crawl(collection, server).code == 0
    db = open_reader(collection.store)
    assert db.execute("SELECT count(*) FROM interviews").fetchone()[0] == 1
    assert db.execute("SELECT count(*) FROM interview_urls WHERE reason IN ('page', 'same talk')").fetchone()[0] == 2
    assert db.execute("SELECT count(*) FROM turns").fetchone()[0] == 3
    db.close()


def test_init_and_sites(tmp_path):
    made = fangtan("init", tmp_path / "gansu")
    assert made.code == 0
    assert "fangtan.toml" in made.out
    assert fangtan("sites", "list", "--json", collection=tmp_path / "gansu").rows == []


def test_a_locked_store_loses_no_capture(collection, monkeypatch):
    import sqlite3

    from archive.store.store import open_store

    open_store(collection.store).close()
    holder = sqlite3.connect(collection.store, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    monkeypatch.setenv("FANGTAN_TEST_SQLITE_TIMEOUT", "0.5")
    with OddServer(table()) as server:
        result = crawl(collection, server)
        assert result.code == 3
        assert "locked" in result.err
        assert "fangtan rebuild" in result.rows[0]["reason"]
        holder.execute("ROLLBACK")
        holder.close()
        assert fangtan("rebuild", collection=collection.root).code == 0
    db = open_reader(collection.store)
    assert db.execute("SELECT count(*) FROM interviews").fetchone()[0] == 2
    assert db.execute("SELECT verdict FROM runs").fetchone()[0] == "incomplete"
    db.close()


@pytest.mark.parametrize("kind", ["application/json", "application/javascript"])
def test_a_talk_served_as_json_joins_its_page(collection, kind):
    script = "<script>$.get('/content/getQuestionPage?interviewId=9&pageIndex=0&pageSize=10', show)</script>"
    page = f"<html><head><meta charset='utf-8'></head><body><h1>医保访谈</h1><div id='zoom'><p>访谈嘉宾：县医保局局长孙立</p></div>{script}</body></html>"
    talk = {
        "page": {
            "data": [
                {
                    "name": "山里人",
                    "content": "医保怎么缴?",
                    "replyName": "孙立",
                    "replyContent": "<p>线上线下均可。</p>",
                    "ip": "192.0.2.7",
                }
            ]
        }
    }
    body = json.dumps(talk, ensure_ascii=False).encode()
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (kind.encode(), len(body), body)
    served = table(
        **{
            "/zxft/": section(1),
            "/zxft/t20210101_1.html": plain(page.encode()),
            "/content/getQuestionPage?interviewId=9&pageIndex=0&pageSize=10": answer,
        }
    )
    with OddServer(served) as server:
        assert crawl(collection, server).code == 0
    db = open_reader(collection.store)
    assert db.execute("SELECT speaker, person, role FROM turns ORDER BY seq").fetchall() == [
        ("山里人", None, "netizen"),
        ("孙立", "孙立", "guest"),
    ]
    assert dict(db.execute("SELECT part, count(*) FROM provenance GROUP BY 1")) == {"page": 1, "api": 1, "list": 1}
    db.close()
    assert b"192.0.2.7" not in collection.store.read_bytes(), "personal data stays in WARC"


def test_no_command_loads_what_only_data_frames_need():
    """Both are installed here, as on a researcher's machine; sqlite-utils loads them at every start."""
    check = (
        "import sys, crawler.cli.group, crawler.process, archive.store.indexer\n"
        "assert not {'pandas', 'numpy'} & set(sys.modules)\n"
        "import pandas, numpy\n"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False, env=environment())
    assert done.returncode == 0, done.stderr


def test_runs_shows_the_last_fifty_unless_more_are_asked_for(kept):
    from archive.store.store import insert, open_store, transaction

    database = open_store(kept.store)
    with transaction(database) as db:
        for n in range(60):
            head = {"run": f"r{n:03d}", "site": "a", "started_at": "2026-01-01T00:00:00Z", "verdict": "ok"}
            insert(db, "runs", {"id": head["run"], "site": "a", "started_at": head["started_at"], "verdict": "ok", "report": json.dumps(head)})  # fmt: skip
    database.close()

    def listed(*words):
        return [row["run"] for row in fangtan("runs", "--json", *words, collection=kept.root).rows]

    everything = [f"r{n:03d}" for n in range(60)]
    assert listed() == everything[10:]
    assert listed("--limit", "3") == everything[-3:]
    assert listed("--all") == everything
    assert listed("r000") == ["r000"]
