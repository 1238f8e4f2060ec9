"""kill -9 loses nothing: no interview, version, turn or record id lost or twice."""

import json
import os
import random
import signal
import subprocess
import time
from contextlib import suppress

import pytest
from support.running import SOAK, fangtan, faults, start

from archive.collection.folder import Collection
from archive.store.store import open_reader
from archive.warc.records import iterate
from crawler.demo import build, hanweb_site
from crawler.demo.command import check
from crawler.demo.county import DemoSite, Reply
from crawler.demo.server import County

pytestmark = pytest.mark.long


def begin(collection, *arguments):
    words = ["crawl", "--delay", "0", *arguments]
    return start(*words, collection=collection.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, group=True)


def bytes_kept(collection):
    total = 0
    for path in collection.archive.glob("*.warc.gz*"):
        with suppress(FileNotFoundError):  # salvaged and renamed since the folder was listed
            total += path.stat().st_size
    return total


def kill_after(process, collection, size, timeout=60):
    """Kill the whole process group once so many WARC bytes are on disk: progress, not time, decides."""
    end = time.monotonic() + timeout
    while process.poll() is None and bytes_kept(collection) < size and time.monotonic() < end:
        time.sleep(0.002)
    running = process.poll() is None
    if running:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return running


def assert_whole(collection):
    assert faults(collection, reparse=True) == []
    ids = [r.id for path in collection.archive.glob("*.warc.gz") for r in iterate(path)]
    assert len(ids) == len(set(ids))
    assert not list(collection.archive.glob("*.open"))
    db = open_reader(collection.store)
    assert (
        db.execute(
            "SELECT count(*) FROM (SELECT interview, seq FROM turns GROUP BY 1, 2 HAVING count(*) > 1)"
        ).fetchone()[0]
        == 0
    )
    return db


def test_a_killed_demo_crawl_resumes(tmp_path):
    collection = Collection(tmp_path / "c").create()
    with County(build(), hanweb_site.answer_post) as county:
        process = begin(collection, *county.urls)
        assert kill_after(process, collection, 60_000), "the crawl was over before the kill"
        result = fangtan("crawl", "--resume", "--delay", "0", "--json", *county.urls, collection=collection.root)
        assert result.code == 4, result.err
        county.generation = 1
        fangtan("crawl", "--recheck", "--delay", "0", *county.urls, collection=collection.root)
        assert check(collection, county) == []
    assert any(r["resumed"] for r in result.rows)
    assert_whole(collection).close()
    assert fangtan("crawl", "--resume", *county.urls, collection=collection.root).err.count("nothing to resume") >= 1


def big_site(count):
    """A section of many small interviews, 50 to a list page."""
    site = DemoSite("大县")
    head = "<html><head><meta charset='utf-8'><title>在线访谈</title></head><body>"
    pages = -(-count // 50)
    for page in range(pages):
        rows = "".join(
            f"<li><a href='/zxft/202101/t20210101_{n}.html'>第{n}期访谈：话题之{n}</a><span>2021-01-01</span></li>"
            for n in range(page * 50, min(count, page * 50 + 50))
        )
        script = f"<script>createPageHTML({pages}, {page}, 'index', 'html');</script>"
        site.replies["/zxft/" + (f"index_{page}.html" if page else "")] = Reply(
            f"{head}<ul>{rows}</ul>{script}</body></html>".encode()
        )
    for n in range(count):
        body = (
            f"{head}<h1>第{n}期访谈：话题之{n}</h1><div class='TRS_Editor'><p>访谈嘉宾：县水务局局长李青</p><p>主持人：请介绍第{n}项工作。</p>"
            f"<p>李青：第{n}项工作已经完成，下一步继续巩固提升。</p></div></body></html>"
        )
        site.replies[f"/zxft/202101/t20210101_{n}.html"] = Reply(body.encode())
    site.home = "/zxft/"
    return site


def test_a_list_page_in_flight_is_read_again(tmp_path):
    """A run that died between a list page's capture and its links must not take the page for a repetition."""
    import sqlite3

    collection = Collection(tmp_path / "c").create()
    with County([big_site(120)], hanweb_site.answer_post) as county:
        process = begin(collection, *county.urls)
        assert kill_after(process, collection, 60_000), "the crawl was over before the kill"
        db = sqlite3.connect(collection.crawl_db)
        # As if the kill had come before the first page's links were out.
        first = db.execute("SELECT id FROM frontier WHERE url LIKE '%/zxft/'").fetchone()[0]
        db.execute("DELETE FROM frontier WHERE id <> ?", (first,))
        db.execute("UPDATE frontier SET state = 'claimed'")
        db.commit()
        db.close()
        result = fangtan("crawl", "--resume", "--delay", "0", "--json", *county.urls, collection=collection.root)
    assert result.code == 0, result.out
    assert result.rows[0]["interviews"] == 120
    assert_whole(collection).close()


def test_a_page_is_done_only_when_all_its_links_are_stored(tmp_path):
    """Whatever moment a commit falls on, a list page that counts as done has its next page in the frontier."""
    script = (
        "import json, os, sys\nfrom crawler.run.site_run import SiteRun\noriginal = SiteRun.done\n"
        "def done(self, request):\n"
        "    row = self.db.execute('SELECT links FROM known WHERE site = ? AND url = ?', (self.site.id, request.url)).fetchone()\n"
        "    data = json.loads(row[0]) if row and row[0] else {'pages': [], 'items': []}\n"
        "    for url in [p[0] for p in data['pages']] + [i[0] for i in data['items']]:\n"
        "        if not self.db.execute('SELECT 1 FROM frontier WHERE url = ?', (url,)).fetchone():\n"
        "            print('done before', url, 'was stored', file=sys.stderr, flush=True)\n            os._exit(9)\n"
        "    original(self, request)\n"
        "SiteRun.done = done\nfrom crawler.cli.group import main\nmain(sys.argv[1:])\n"
    )
    with County([big_site(120)], hanweb_site.answer_post) as county:
        done = fangtan("crawl", "--delay", "0", *county.urls, collection=tmp_path / "c", script=script)
    assert done.code == 0, done.err


@pytest.mark.parametrize("behind", ["", "    original(*arguments)\n"])
def test_a_run_that_dies_beside_its_report_leaves_no_fault(tmp_path, behind):
    """Before its report is entered into the ledger, and right behind that: the report says that the run has not ended."""
    script = (
        "import os, sys\nfrom archive.ledger import run_reports\noriginal = run_reports.append\n"
        f"def append(*arguments):\n{behind}    os._exit(9)\n"
        "run_reports.append = append\nfrom crawler.cli.group import main\nmain(sys.argv[1:])\n"
    )
    collection = Collection(tmp_path / "c").create()
    with County([big_site(3)], hanweb_site.answer_post) as county:
        died = fangtan("crawl", "--delay", "0", *county.urls, collection=collection.root, script=script)
        assert died.code == 9
        (report,) = collection.reports.glob("*.json")
        assert json.loads(report.read_text("utf-8"))["verdict"] == "running"
        assert faults(collection) == []
        again = fangtan("crawl", "--recheck", "--delay", "0", "--json", *county.urls, collection=collection.root)
    assert again.code == 0, again.err
    assert_whole(collection).close()
    report.write_text(report.read_text("utf-8").replace('"running"', '"ok"'), "utf-8")
    assert [f.check for f in faults(collection)] == ["report"], "one that says how it ended is none that is not written"


@pytest.mark.slow
def test_many_pages_and_four_kills(tmp_path):
    count = 2000 if SOAK else 160
    collection = Collection(tmp_path / "c").create()
    with County([big_site(count)], hanweb_site.answer_post) as county:
        for kill in range(4):
            process = begin(collection, *([] if not kill else ["--resume"]), *county.urls)
            assert kill_after(process, collection, (kill + 1) * 100 * count), f"kill {kill}: the crawl was over"
        result = fangtan("crawl", "--resume", "--delay", "0", "--json", *county.urls, collection=collection.root)
    assert result.code == 0, result.out + result.err
    db = assert_whole(collection)
    assert db.execute("SELECT count(*) FROM interviews").fetchone()[0] == count
    assert db.execute("SELECT count(*), count(DISTINCT id) FROM turns").fetchone() == (2 * count, 2 * count)
    assert db.execute("SELECT max(version_no) FROM versions").fetchone()[0] == 1
    twice = db.execute("SELECT count(*) - count(DISTINCT key) FROM captures WHERE url LIKE '%t20210101_%'").fetchone()[
        0
    ]
    assert twice <= 4 * 64, "at most a group of URLs in flight is fetched again a kill"
    db.close()
    print(f"captured twice: {twice}")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_kills_at_any_moment(tmp_path):
    """A dozen kills, a hundred in the long form. Start-up, salvage, fetching, indexing, closing, ledger, report, readings, index: the kill falls where it falls (seeded)."""
    count, changed, kills = (100, 10, 100) if SOAK else (40, 5, 12)
    moments = random.Random(4)
    collection = Collection(tmp_path / "c").create()
    site = big_site(count)
    finished = killed = 0
    amended = False
    with County([site], hanweb_site.answer_post) as county:
        while killed < kills:
            if killed == kills // 2 and not amended:
                amended = True
                # Halfway some pages change, once everything before is in.
                whole = fangtan(
                    "crawl", "--recheck", "--delay", "0", "--json", *county.urls, collection=collection.root
                )
                assert whole.code == 0, whole.out + whole.err
                for n in range(changed):
                    reply = site.replies[f"/zxft/202101/t20210101_{n}.html"]
                    site.replies[f"/zxft/202101/t20210101_{n}.html"] = Reply(
                        reply.body.replace("已经完成".encode(), "全部完成".encode())
                    )
            process = begin(collection, "--recheck", *county.urls)
            try:
                process.wait(timeout=moments.uniform(0.05, 1.7))
                finished += 1
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                killed += 1
            process.wait()
            if (killed + finished) % 25 == 9:
                # Index and store may lag behind, records and ledger never.
                assert [f for f in faults(collection) if f.check not in ("index", "store")] == []
        for _ in range(2):  # the rest of an interrupted run, then one over everything
            done = fangtan("crawl", "--recheck", "--delay", "0", "--json", *county.urls, collection=collection.root)
            assert done.code == 0, done.out + done.err
    db = assert_whole(collection)
    assert db.execute("SELECT count(*) FROM interviews").fetchone()[0] == count
    assert db.execute("SELECT count(*), count(DISTINCT id) FROM turns").fetchone() == (2 * count, 2 * count)
    versions = dict(
        db.execute("SELECT n, count(*) FROM (SELECT count(*) AS n FROM versions GROUP BY interview) GROUP BY n")
    )
    assert versions == {1: count - changed, 2: changed}
    assert db.execute("SELECT count(*) FROM turns WHERE text LIKE '%全部完成%'").fetchone()[0] == changed
    captures = db.execute(
        "SELECT count(*), sum(type = 'revisit') FROM captures WHERE url LIKE '%t20210101_%'"
    ).fetchone()
    db.close()
    print(
        f"{killed} kills, {finished} runs that ended before; {captures[0]} captures of {count} pages, {captures[1]} of them revisits"
    )
