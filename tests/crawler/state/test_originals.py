"""What is lost is fetched whole again: no revisit and no 304 refers to a record that cannot be read."""

import sqlite3

import pytest
from support.running import copy_of, fangtan, faults
from support.servers.oddserver import OddServer, plain
from support.sites.one_interview import section
from support.takedowns import rows
from support.talks import talk

from archive.collection.folder import Collection
from archive.handover.withhold import withhold
from archive.store.rebuild import rebuild
from archive.warc.records import iterate

pytestmark = pytest.mark.long

ANSWERS = ("改造内容由居民投票决定先后，困难家庭由财政全额补助，不收任何费用。", "电梯加装从五月开始报名。")

OTHER = ("大家好，今天谈电梯加装，请问什么时候开始？", "分三批进行，今年先从城东片区的六个小区开始。", "怎么报名？")


def pages():
    """Two talks: one answers conditional requests, the other sends the same bytes again."""
    tagged = talk(ANSWERS[0]).replace("</body>", "<img src='/zxft/a.png'></body>").encode()
    return {
        "/robots.txt": plain(b"", "HTTP/1.1 404 Not Found"),
        "/zxft/": section(1, 2),
        "/zxft/t20210101_1.html": plain(tagged, "HTTP/1.1 200 OK", 'ETag: "v1"'),
        "/zxft/t20210101_2.html": plain(talk(ANSWERS[1], title="电梯访谈", opening=OTHER, day="2024年4月9日").encode()),
        "/zxft/a.png": plain(b"\x89PNG\r\n\x1a\n" + bytes(64)),
    }


@pytest.fixture(scope="module")
def server():
    with OddServer(pages()) as running:
        yield running


@pytest.fixture(scope="module")
def crawled(tmp_path_factory, server):
    collection = Collection(tmp_path_factory.mktemp("lost") / "c").create()
    done = fangtan("crawl", "--delay", "0", f"http://127.0.0.1:{server.port}/zxft/", collection=collection.root)
    assert done.code == 0, done.err
    return collection


def crawl_again(collection, server, *options):
    return fangtan(
        "crawl", "--delay", "0", *options, f"http://127.0.0.1:{server.port}/zxft/", collection=collection.root
    )


def kinds(collection, before):
    """The types of the records of pages that came since."""
    new = [path for path in collection.warcs() if path.name not in before]
    found = {}
    for path in new:
        for record in iterate(path):
            if record.type in ("response", "revisit"):
                found[record.target.rsplit("/", 1)[1]] = record.type
    return found


def lose(collection, how):
    ((name,),) = rows(collection, "SELECT DISTINCT warc_file FROM captures")
    path = collection.archive / name
    before = {path.name for path in collection.warcs()}
    if how in ("gone", "known"):
        path.unlink()
    elif how == "cut":
        with path.open("r+b") as stream:
            stream.truncate(2000)
    else:  # one byte in each page's record
        data = bytearray(path.read_bytes())
        for at, length in rows(collection, "SELECT warc_offset, warc_length FROM captures WHERE type = 'response'"):
            data[at + length // 2] ^= 1
        path.write_bytes(data)
    if how == "known":
        rebuild(collection)
    return before


@pytest.mark.parametrize("how", ["gone", "cut", "flipped", "known"])
def test_a_page_whose_record_is_lost_is_fetched_whole(crawled, server, tmp_path, how):
    collection = copy_of(crawled, tmp_path / "c")
    before = lose(collection, how)
    crawl_again(collection, server, "--recheck")
    found = kinds(collection, before)
    assert (found["t20210101_1.html"], found["t20210101_2.html"]) == ("response", "response")
    before = {path.name for path in collection.warcs()}
    crawl_again(collection, server, "--recheck")
    found = kinds(collection, before)
    assert (found["t20210101_1.html"], found["t20210101_2.html"]) == ("revisit", "revisit"), (
        "these refer to what is there"
    )


@pytest.mark.parametrize("how", ["gone", "known"])
def test_what_is_known_to_be_lost_is_due_at_once(crawled, server, tmp_path, how):
    """Without --recheck: interviews and what their pages need."""
    collection = copy_of(crawled, tmp_path / "c")
    before = lose(collection, how)
    assert "our bug" not in crawl_again(collection, server).out
    found = kinds(collection, before)
    assert {found.get(name) for name in ("t20210101_1.html", "t20210101_2.html", "a.png")} == {"response"}
    rebuild(collection)
    texts = "".join(row[0] for row in rows(collection, "SELECT text FROM turns"))
    assert all(answer in texts for answer in ANSWERS)


def test_what_is_there_or_withheld_is_asked_for_as_ever(crawled, server, tmp_path):
    collection = copy_of(crawled, tmp_path / "c")
    ((capture,),) = rows(collection, "SELECT id FROM captures WHERE url LIKE '%_1.html'")
    withhold(collection, [capture], "law", destroy=True)
    before = {path.name for path in collection.warcs()}
    assert crawl_again(collection, server).code == 0
    assert set(kinds(collection, before)) <= {"", "robots.txt"}, "nothing is due"
    before = {path.name for path in collection.warcs()}
    crawl_again(collection, server, "--recheck")
    found = kinds(collection, before)
    assert (found["t20210101_1.html"], found["t20210101_2.html"]) == ("revisit", "revisit")
    assert faults(collection) == []


def test_a_store_that_is_not_there_makes_nothing_due(crawled, server, tmp_path):
    """It is derived: its loss is no loss of captures."""
    collection = copy_of(crawled, tmp_path / "c")
    before = {path.name for path in collection.warcs()}
    for path in collection.root.glob("fangtan.db*"):
        path.unlink()
    assert crawl_again(collection, server).code == 0
    assert set(kinds(collection, before)) <= {"", "robots.txt"}
    db = sqlite3.connect(collection.store)
    assert db.execute("SELECT count(*) FROM interviews").fetchone() == (2,)
    db.close()


def test_a_damaged_store_costs_no_capture(crawled, server, tmp_path):
    """It is derived: what it cannot say of earlier records is no reason to lose what comes now."""
    collection = copy_of(crawled, tmp_path / "c")
    db = sqlite3.connect(collection.store)
    (size,) = db.execute("PRAGMA page_size").fetchone()
    (root,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_captures_1'").fetchone()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    data = bytearray(collection.store.read_bytes())
    data[(root - 1) * size : root * size] = b"\xaa" * size
    collection.store.write_bytes(data)
    before = {path.name for path in collection.warcs()}
    done = crawl_again(collection, server, "--recheck")
    assert done.code == 3
    assert "fangtan rebuild" in done.err
    assert {url.rpartition("/")[2] for url in kinds(collection, before)} >= {"t20210101_1.html", "t20210101_2.html"}
