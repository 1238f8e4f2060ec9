"""A disk that is full or broken, a lock that cannot be made, another program in a database: each is said by its cause, and nothing is lost."""

import errno
import os
import signal
import sqlite3
import threading
from contextlib import closing

import pytest
from support.running import copy_of, fangtan
from support.talks import talk, uid, written

from archive.collection.crawldb import connect
from archive.collection.disk_faults import in_words
from archive.collection.folder import Collection
from archive.collection.scratch import room_in
from archive.errors import StoreError
from archive.ledger import chain as ledger
from archive.store.indexer import bring_up_to_date
from archive.store.store import open_store

pytestmark = pytest.mark.long

HELP = {
    errno.ENOSPC: "free some space",
    errno.EIO: "check the disk|look at the disk|free some space, or check the disk",
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A collection with one talk."""
    collection = Collection(tmp_path_factory.mktemp("whole") / "kept").create()
    ledger.ensure_key(collection)
    written(collection.archive / "a.warc.gz", [("/1.html", "2023-03-05", talk("今年一共修了十二公里。"))])
    bring_up_to_date(collection)
    return collection


COMMANDS = {
    "correct": ("correct", uid("/1.html"), "title", "新的题名", "--author", "张三", "--reason", "听录像核对"),
    "package": ("package",),
    "transfer": ("package", "--transfer"),
    "export": ("export", "csv", "--output", "{root}/out"),
    "rebuild": ("rebuild",),
}


def run(shim, collection, command, fault, part, at="write"):
    """A command on a disk where writing to some files fails."""
    words = [word.format(root=collection.root) for word in COMMANDS[command]]
    more = {
        "LD_PRELOAD": shim.environment["LD_PRELOAD"],
        "FANGTAN_FAULT_IN": part,
        "FANGTAN_FAULT_ERRNO": str(fault),
        "FANGTAN_FAULT_AT": at,
    }
    failed = fangtan(*words, collection=collection.root, more=more, starter=shim)
    return failed, fangtan(*words, collection=collection.root)


@pytest.mark.parametrize("fault", HELP, ids=errno.errorcode.get)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_disk_that_takes_nothing_more_is_said_and_the_next_try_succeeds(shim, whole, tmp_path, command, fault):
    collection = copy_of(whole, tmp_path / "here")
    before = {p.name for p in collection.packages.iterdir()}
    failed, again = run(shim, collection, command, fault, "/here/")
    assert (failed.code, "Traceback" in failed.err) == (2, False), failed.err
    assert any(words in failed.err for words in HELP[fault].split("|")), failed.err
    assert str(collection.root) in failed.err
    assert again.code == 0, again.err
    left = {p.name for p in collection.packages.iterdir()} - before
    assert not [name for name in left if name.startswith(".")]


@pytest.mark.parametrize("command", ["correct", "rebuild"])
def test_a_lock_that_cannot_be_made_is_said(shim, whole, tmp_path, command):
    failed, again = run(shim, copy_of(whole, tmp_path / "here"), command, errno.ENOSPC, ".lock", at="open")
    assert (failed.code, "Traceback" in failed.err) == (2, False), failed.err
    assert "free some space" in failed.err
    assert ".lock" in failed.err
    assert again.code == 0, again.err


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "free some space"), (errno.EDQUOT, "free some space"), (errno.EFBIG, "ulimit"), (errno.EIO, "check the disk"),
        (errno.EROFS, "writable"), (errno.EACCES, "writable"), (errno.EBUSY, "another process"), (errno.EMFILE, "limit"),
    ],
)  # fmt: skip
def test_each_cause_has_its_help(code, words):
    said = in_words(OSError(code, os.strerror(code), "/a/b"))
    assert said.startswith(f"/a/b: {os.strerror(code)}; ")
    assert words in said


def test_a_crawl_database_that_is_locked_is_no_damaged_one(kept, monkeypatch):
    connect(kept.crawl_db).close()
    monkeypatch.setenv("FANGTAN_TEST_SQLITE_TIMEOUT", "0.2")
    with closing(sqlite3.connect(kept.crawl_db, isolation_level=None)) as holder:
        holder.execute("PRAGMA journal_mode=DELETE")
        holder.execute("BEGIN EXCLUSIVE")
        result = fangtan("schedule", "tick", collection=kept.root)
    assert (result.code, "Traceback" in result.err) == (2, False), result.err
    assert "crawl.db" in result.err
    assert "another program" in result.err
    assert "ove it away" not in result.err


def test_a_damaged_crawl_database_may_be_moved_away(kept):
    kept.crawl_db.write_bytes(b"no database at all" * 400)
    with pytest.raises(StoreError, match="Move it away: losing it costs a re-crawl"):
        connect(kept.crawl_db)


def test_stores_that_many_make_at_once_are_made_once(tmp_path):
    failed = []

    def make(path):
        try:
            open_store(path).conn.close()
        except StoreError as error:
            failed.append(str(error))

    for number in range(6):
        path = tmp_path / f"{number}.db"
        makers = [threading.Thread(target=make, args=(path,)) for _ in range(4)]
        for maker in makers:
            maker.start()
        for maker in makers:
            maker.join()
    assert failed == []


def test_what_a_killed_process_left_is_removed_and_what_another_is_at_stays(tmp_path):
    script = "import sys, os, pathlib; from archive.collection.scratch import room_in\nwith room_in(pathlib.Path(sys.argv[1]), '.transfer-') as room:\n    (room / 'x').write_text('x'); os.kill(os.getpid(), 9)"
    assert fangtan(tmp_path, script=script).code == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    with room_in(tmp_path, ".transfer-") as first, room_in(tmp_path, ".transfer-") as second:
        assert not left.exists()
        assert {first, second} == set(tmp_path.iterdir())
        final = second.rename(tmp_path / "final")
    assert list(tmp_path.iterdir()) == [final]


#: When the signal comes, as a line that brings it, with the command that it ends.
MOMENTS = {
    "while it starts": ("cli.import_module = lambda name: (os.kill(os.getpid(), 15), load(name))[1]", ("ledger",)),
    "at its last word": ("import click; click.echo = lambda *a, **k: os.kill(os.getpid(), 15)", ("ledger",)),
    "behind a crawl": (
        "import crawler.cli.crawl as c; c._show = lambda *a, **k: os.kill(os.getpid(), 15)",
        ("crawl", "--delay", "0", "http://127.0.0.1:9/"),
    ),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_sigterm_ends_a_command_with_a_word(whole, tmp_path, moment):
    line, words = MOMENTS[moment]
    script = f"import os, crawler.cli as cli; load = cli.import_module\n{line}\ncli.main()"
    done = fangtan(*words, collection=copy_of(whole, tmp_path / "here").root, script=script)
    assert done.code == 143, done.err
    assert "ended by SIGTERM" in done.err
    assert "Traceback" not in done.err
