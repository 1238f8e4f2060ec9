"""A rebuild fills the store's own file, or changes nothing: only a damaged file is replaced."""

import sqlite3

import pytest
from support.dump import dump_public
from support.running import faults
from support.talks import HOST, rows, talk, uid, written

from archive.errors import StoreError
from archive.handover.imports import take
from archive.store import rebuild as rebuilding
from archive.store.indexer import bring_up_to_date
from archive.store.rebuild import rebuild

pytestmark = pytest.mark.long


@pytest.fixture
def due(kept):
    """A store, and a WARC file beside it that it does not know yet."""
    written(kept.archive / "a.warc.gz", [("/1.html", "2023-03-05", talk("今年一共修了十二公里。"))])
    bring_up_to_date(kept)
    written(kept.archive / "b.warc.gz", [("/2.html", "2024-03-05", talk("长" * 400_000, day="2024年4月9日"))])
    return kept


def changed(collection, *statements):
    db = sqlite3.connect(collection.store)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


@pytest.fixture
def refused(due):
    """Judges a rebuild that must be refused."""

    def judge(words):
        reader = sqlite3.connect(due.store)
        before, index = list(reader.iterdump()), due.index.read_bytes()
        inode = due.store.stat().st_ino
        with pytest.raises(StoreError, match=words) as caught:
            rebuild(due)
        assert "fangtan.db" in str(caught.value)
        assert due.store.stat().st_ino == inode
        assert list(reader.iterdump()) == before
        reader.close()
        assert due.index.read_bytes() == index
        assert not list(due.root.glob(".rebuild*"))

    return judge


def test_a_file_of_another_program_is_left_alone(due, refused):
    changed(due, "PRAGMA application_id = 12345")
    refused("not a fangtan store.*move it away")


def test_a_store_of_a_newer_version_is_left_alone(due, refused):
    changed(
        due, "INSERT INTO _sqlite_migrations(migration_set, name, applied_at) VALUES ('fangtan', 'm999_later', 'now')"
    )
    refused("newer fangtan.*move the file away")


def test_a_full_disk_leaves_the_store_as_it_was(refused, monkeypatch):
    ours = rebuilding._ours

    def full(store):
        connection = ours(store)
        connection.execute("PRAGMA max_page_count = 1")  # no more than there are
        return connection

    monkeypatch.setattr(rebuilding, "_ours", full)
    refused("full.*free some space")


def test_a_store_that_another_program_writes_is_left_alone(due, refused, monkeypatch):
    monkeypatch.setattr(rebuilding, "_WAIT_S", 0.05)
    other = sqlite3.connect(due.store, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refused("locked.*wait")
    other.close()
    rebuild(due)
    assert len(rows(due, "SELECT uid FROM interviews")) == 2


@pytest.mark.parametrize("damage", ["no database", "a page", "half-migrated", "empty"])
def test_a_damaged_store_is_made_anew(due, damage):
    if damage == "no database":
        due.store.write_bytes(b"\xff" * 9000)
    elif damage == "a page":
        data = bytearray(due.store.read_bytes())
        data[100:4096] = b"\xff" * 3996
        due.store.write_bytes(data)
    elif damage == "half-migrated":
        changed(due, "DELETE FROM _sqlite_migrations WHERE name > 'm003'")
    else:
        due.store.write_bytes(b"")
    rebuild(due)
    assert {row[0] for row in rows(due, "SELECT uid FROM interviews")} == {uid("/1.html"), uid("/2.html")}


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_of_two_copies_of_a_record_the_same_one_counts_in_any_order(kept, tmp_path, order):
    """A second file holds records that are here already: their place is the one that a rebuild finds first."""
    pages = [("/zxft/1.html", "2024-03-05", talk("年底以前全部完成。")), ("/zxft/2.html", "2024-04-05", talk("明年再开工。"))]  # fmt: skip
    written(tmp_path / "a.warc.gz", pages)
    written(tmp_path / "other.warc.gz", [("/zxft/3.html", "2024-05-05", talk("不再开工。"))])
    both = (tmp_path / "other.warc.gz").read_bytes() + (tmp_path / "a.warc.gz").read_bytes()
    (tmp_path / "b.warc.gz").write_bytes(both)
    for name in order:
        take(kept, [tmp_path / f"{name}.warc.gz"])
    assert dict(rows(kept, "SELECT url, warc_file FROM captures")) == {
        f"{HOST}/zxft/{n}.html": name for n, name in ((1, "a.warc.gz"), (2, "a.warc.gz"), (3, "b.warc.gz"))
    }
    before = list(dump_public(kept.store))
    rebuild(kept)
    assert list(dump_public(kept.store)) == before
    assert faults(kept, reparse=True) == []
