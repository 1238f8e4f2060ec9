"""Reparse: what other parsers read is read again in place, and the store is then the one that a rebuild makes."""

import sqlite3
from dataclasses import replace

import pytest
from support.dump import dump_public
from support.running import copy_of, fangtan
from support.talks import talk, written

import parsers
from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.store import reading, readings
from archive.store import reparse as reparsing
from archive.store.rebuild import rebuild
from archive.store.reparse import due, reparse

pytestmark = pytest.mark.long

LIST = (
    "<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><h2>在线访谈</h2><ul>{}</ul></body></html>"
)
ROWS = "<li><a href='/1.html'>老旧小区改造访谈</a><span>2024-03-01</span></li><li><a href='/3.html'>另一场访谈</a><span>2024-03-02</span></li>"
FILES = {
    "a-20240301000000000-00000-0000aa.warc.gz": [("/list.html", "2024-03-01", LIST.format(ROWS)), ("/1.html", "2024-03-01", talk("修了十二公里。"))],
    "b-20240401000000000-00000-0000ba.warc.gz": [("/1.html", "2024-04-01", talk("修了十二公里。", "再修二十公里。")), ("/2.html", "2024-04-01", talk("修了十二公里。"))],
    "other.warc.gz": [("/2.html", "2024-05-01", "=2024-04-01"), ("/4.html", "2024-05-01", "/1.html"), ("/3.html", "2024-05-02", talk("今年开工。", title="另一场访谈"))],
}  # fmt: skip


def _older_parse(payloads, context, *, family=None):
    """An earlier version took every second turn for page chrome, and titled talks otherwise."""
    record = _PARSE(payloads, context, family=family)
    return replace(record, title=f"旧{record.title}", turns=record.turns[::2]) if record.turns else record


def _older_links(payload, *, family=None):
    """It saw the first entry of a list only."""
    links = _LINKS(payload, family=family)
    return replace(links, items=links.items[:1])


_PARSE, _LINKS = parsers.parse, parsers.links


@pytest.fixture
def outdated(tmp_path, monkeypatch):
    """A store that earlier parsers made, and what a rebuild of today gives."""
    collection = Collection(tmp_path / "kept").create()
    ledger.ensure_key(collection)
    for name, captures in FILES.items():
        written(collection.archive / name, captures)
    today = copy_of(collection, tmp_path / "today")
    rebuild(today)
    with monkeypatch.context() as earlier:
        earlier.setattr(parsers, "parse", _older_parse)
        earlier.setattr(parsers, "links", _older_links)
        for module in (readings, reading):
            earlier.setattr(module, "code", lambda: "0" * 64)
        earlier.setattr("archive.store.indexer.code", lambda: "0" * 64)
        rebuild(collection)
    return collection, shown(today)


def shown(collection):
    return list(dump_public(collection.store)), inside(collection)


def inside(collection):
    """What no view shows: readings and where captures lead."""
    with sqlite3.connect(collection.store) as db:
        tables = ("_readings", "_listed", "_redirects")
        found = [db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables]
    db.close()
    return found


def test_what_earlier_parsers_read_is_read_again_as_a_rebuild_reads_it(outdated):
    collection, expected = outdated
    assert shown(collection) != expected
    assert list(due(collection)) == sorted(FILES)
    found = reparse(collection)
    assert shown(collection) == expected
    assert (found.files, found.captures, found.lost) == (3, 7, [])
    assert reparse(collection).captures == 0


def test_the_command_divides_the_reading_and_an_interrupted_one_continues(outdated, monkeypatch):
    collection, expected = outdated
    batch, done = reparsing._batch, []

    def dies_behind_the_first(indexer, rows):
        if done:
            raise KeyboardInterrupt
        done.append(batch(indexer, rows))

    monkeypatch.setattr(reparsing, "_batch", dies_behind_the_first)
    with pytest.raises(KeyboardInterrupt):
        reparse(collection)
    assert list(due(collection)) == sorted(FILES)[1:]
    result = fangtan("reparse", "--jobs", "2", collection=collection.root)
    assert (result.code, "of 2 files read again" in result.out) == (0, True), result.err
    assert shown(collection) == expected


def test_corrections_stay_laid_over_what_is_read_again(outdated):
    collection, _ = outdated
    with sqlite3.connect(collection.store) as db:
        (uid,) = db.execute("SELECT uid FROM interviews WHERE title LIKE '%老旧小区%'").fetchone()
    db.close()
    corrected = fangtan(
        "correct", uid, "theme", "旧改", "--author", "张三", "--reason", "核对", collection=collection.root
    )
    assert corrected.code == 0, corrected.err
    reparse(collection)
    with sqlite3.connect(collection.store) as db:
        assert db.execute("SELECT theme, title FROM interviews WHERE uid = ?", (uid,)).fetchone() == (
            "旧改",
            "老旧小区改造访谈",
        )
    db.close()


def test_another_family_in_the_site_file_makes_its_pages_due(outdated):
    collection, _ = outdated
    reparse(collection)
    with sqlite3.connect(collection.store) as db:
        (site,) = db.execute("SELECT DISTINCT site FROM captures").fetchone()
    db.close()
    (collection.sites / f"{site}.toml").write_text(
        'name = "甲县"\nsection = ["http://a.example.gov.cn/list.html"]\nfamily = "trs"\n'
    )
    found = reparse(collection)
    assert found.captures > 0
    today = shown(collection)
    rebuild(collection)
    assert shown(collection) == today


def test_a_lost_record_keeps_what_was_read_of_it(outdated):
    collection, _ = outdated
    (collection.archive / sorted(FILES)[2]).unlink()
    result = fangtan("reparse", collection=collection.root)
    assert (result.code, "its record cannot be read" in result.err) == (5, True)
    with sqlite3.connect(collection.store) as db:
        titles = {row[0] for row in db.execute("SELECT title FROM interviews")}
    db.close()
    assert titles == {"老旧小区改造访谈", "旧另一场访谈"}
