"""What is new is asked, not looked for: the follower's question and the indexer's look cost the same beside many finished files."""

import os
from contextlib import closing

import pytest
from support.talks import talk, written

from archive.collection.crawldb import connect
from archive.store import unread as looking
from archive.store.follow import _Watch
from archive.store.indexer import Indexer, bring_up_to_date


@pytest.fixture
def watch(kept):
    connect(kept.crawl_db).close()
    with closing(_Watch(kept)) as found:
        assert found.is_new()
        yield found


def commit(kept, offset):
    with closing(connect(kept.crawl_db)) as db:
        db.execute(
            "INSERT INTO committed VALUES ('a.warc.gz', ?) ON CONFLICT DO UPDATE SET offset = ?", (offset, offset)
        )


def test_nothing_is_new_until_something_is_committed(kept, watch, monkeypatch):
    monkeypatch.setattr(os, "scandir", lambda _: pytest.fail("the folder is read"))
    assert not watch.is_new()
    for offset in (100, 200):
        commit(kept, offset)
        assert watch.is_new()
        assert not watch.is_new()
    commit(kept, 200)  # another commit that says nothing of files
    assert not watch.is_new()


def test_files_that_come_and_a_database_that_is_made_anew_are_new(kept, watch):
    (kept.archive / "b.warc.gz").write_bytes(b"x")
    assert watch.is_new()
    assert not watch.is_new()
    for path in kept.root.glob("crawl.db*"):
        path.unlink()
    commit(kept, 7)
    assert watch.is_new()
    assert watch.positions == {"a.warc.gz": 7}


def test_finished_files_are_looked_at_once_and_again_by_a_store_that_was_made_anew(kept, monkeypatch):
    for n in range(3):
        written(kept.archive / f"{n}.warc.gz", [(f"/{n}.html", "2023-03-05", talk("今年一共修了十二公里。"))])
    finished = set()
    bring_up_to_date(kept, finished)
    bring_up_to_date(kept, finished)
    assert finished == {"0.warc.gz", "1.warc.gz", "2.warc.gz"}
    written(kept.archive / "3.warc.gz", [("/3.html", "2023-03-05", talk("今年一共修了十二公里。"))])
    looked, stat = [], os.stat
    monkeypatch.setattr(
        looking.os, "stat", lambda path, **more: (looked.append(os.fspath(path)), stat(path, **more))[1]
    )
    bring_up_to_date(kept, finished)
    assert {name for name in looked if name.endswith(".warc.gz")} == {os.fspath(kept.archive / "3.warc.gz")}
    monkeypatch.undo()
    kept.store.unlink()
    bring_up_to_date(kept, finished)
    with closing(Indexer(kept)) as indexer:
        assert indexer.db.execute("SELECT count(*) FROM captures").fetchone() == (4,)
