"""What a crawling process holds while it waits, and what it still hears when its run is over."""

import asyncio
import hashlib
import json
import os
import signal
import sqlite3
import threading
import time

import pytest
from support.running import start
from support.servers.oddserver import PAGE, OddServer, plain

from archive.collection.crawldb import connect
from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.warc.write import WarcWriter
from crawler.state.journal import Journal

_BOUND_S = 30.0


def section(*names):
    rows = "".join(f"<li><a href='/zxft/{n}'>第{k}期访谈：{n}</a><span>2021-01-0{k}</span></li>" for k, n in enumerate(names, 1))  # fmt: skip
    return plain(
        f"<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul>{rows}</ul></body></html>".encode()
    )


def answers(*names):
    pages = {f"/zxft/{n}": plain(PAGE.format(f"访谈{n}").encode()) for n in names}
    return {"/zxft/": section(*names), "/robots.txt": plain(b"", "HTTP/1.1 404 Not Found"), **pages}


def until(holds, what):
    """Look again until something holds; a busy machine is given time."""
    end = time.monotonic() + _BOUND_S
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def test_a_run_that_has_written_nothing_ends_beside_others(collection):
    """Writers are told apart as what they are, not by what they hold."""
    first, second = (WarcWriter(collection.archive, "a", {}) for _ in range(2))
    assert first != second
    assert [first, second].index(second) == 1


@pytest.mark.parametrize(
    "change", ["DELETE FROM frontier", "UPDATE known SET links = NULL", "UPDATE runs SET heartbeat = ''"]
)
def test_nobody_waits_for_the_crawl_database_as_long_as_a_page_takes(collection, change):
    """Whatever is begun between two pages (a claim, links that are kept) is committed while the answer is still out."""

    async def waiting():
        journal.begin()
        journal.db.execute(change)
        end = time.monotonic() + _BOUND_S
        while journal.db.in_transaction and time.monotonic() < end:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)
        with sqlite3.connect(collection.crawl_db, timeout=0, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")  # raises when the lock is held
            other.execute("ROLLBACK")
        other.close()

    journal = Journal(collection)
    try:
        asyncio.run(waiting())
    finally:
        journal.close()


def test_a_run_that_is_over_is_not_incomplete_because_its_process_is_asked_to_stop(collection):
    """SIGTERM while the finished run is indexed: nothing was left to fetch, so nothing is missing."""
    with OddServer(answers("a.html")) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        collection.create()
        with collection.lock("indexer"):
            process = start("crawl", "--delay", "0", "--json", url, collection=collection.root)
            until(lambda: _states(collection) == ["done"], "the run never ended")
            os.kill(process.pid, signal.SIGTERM)
        out, err = process.communicate(timeout=_BOUND_S)
    report = json.loads(out)
    assert (report["verdict"], report["reason"], process.returncode) == ("ok", None, 0), err
    assert report["interviews"] == 1


def _states(collection):
    if not collection.crawl_db.exists():
        return []
    db = sqlite3.connect(collection.crawl_db)
    try:
        return [row[0] for row in db.execute("SELECT state FROM runs")]
    except sqlite3.OperationalError:  # it is being made
        return []
    finally:
        db.close()


def test_a_full_file_is_not_read_again_for_its_digest(collection, monkeypatch):
    """The digest grows with the file: at its end the crawl must not stop to read a gigabyte."""
    ledger.ensure_key(collection)
    given = {}

    def on_close(path, sha256):
        given[path.name.removesuffix(".open")] = sha256
        ledger.add_warc(collection, path, sha256)

    def read_again(*_):
        pytest.fail("the file was read again")

    with monkeypatch.context() as patched:
        patched.setattr(hashlib, "file_digest", read_again)
        writer = WarcWriter(collection.archive, "a", {"software": "fangtan/test"}, on_close, max_size=4096)
        for n in range(6):
            writer.write([([("WARC-Type", "metadata")], os.urandom(2000) + b"%d" % n)])
        writer.close()
    assert len(given) >= 2, "the file was never full"
    said = {e.data["name"]: e.data["sha256"] for e in ledger.read(collection.ledger) if e.type == "warc"}
    assert said == given == {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in collection.warcs()}


def test_a_write_that_fails_is_not_in_the_digest(collection, monkeypatch):
    """A full disk: what was taken back from the file is not in what the ledger says of it."""
    given = []
    writer = WarcWriter(collection.archive, "a", {"software": "fangtan/test"}, lambda _, sha256: given.append(sha256))
    writer.write([([("WARC-Type", "metadata")], b"one")])
    with monkeypatch.context() as patched:
        patched.setattr(WarcWriter, "_write_all", _full)
        with pytest.raises(OSError, match="No space"):
            writer.write([([("WARC-Type", "metadata")], b"two")])
    writer.write([([("WARC-Type", "metadata")], b"three")])
    writer.close()
    assert given == [hashlib.sha256(p.read_bytes()).hexdigest() for p in Collection(collection.root).warcs()]


def _full(self, data):
    self._file.write(data[:10])
    raise OSError(28, "No space left on device")


def test_many_may_make_one_crawl_database_at_once(tmp_path):
    """Threads that tell receivers, two crawls of a new collection: none meets half a schema."""
    failed = []

    def make(path):
        try:
            connect(path).close()
        except Exception as error:  # noqa: BLE001 - what a thread meets is looked at below
            failed.append(error)

    for number in range(15):
        threads = [threading.Thread(target=make, args=(tmp_path / f"{number}.db",)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failed, failed[:3]
