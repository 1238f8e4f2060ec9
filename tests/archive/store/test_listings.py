"""What lists say is kept once for all captures that say it, exactly, in whatever order the captures come and go."""

import sqlite3
from contextlib import closing
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dump import dump_public
from support.talks import rows, talk, written

from archive.collection.tables import Database
from archive.handover import withhold
from archive.store.indexer import bring_up_to_date
from archive.store.listings import SAID_AFTER, SAID_BEFORE, Entry, forget, keep, silence
from archive.store.migrations import migrate
from archive.store.rebuild import rebuild

LISTED = "SELECT capture, list, fetched_at, key, url, title, date, text FROM _listed ORDER BY capture, position"


@cache
def made():
    db = sqlite3.connect(":memory:", isolation_level=None)
    migrate(Database(db))
    return db.serialize()


def store():
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.deserialize(made())
    return db


def entry(key, title):
    return Entry(key, f"http://{key}", title, None, title)


ENTRIES = st.lists(st.builds(entry, st.sampled_from("abc"), st.sampled_from(["一", "二"])), max_size=4)
CAPTURES = st.dictionaries(
    st.sampled_from([f"c{n}" for n in range(9)]),
    st.tuples(st.sampled_from(["/x/", "/y/"]), st.integers(1, 5).map(lambda day: f"2024-01-0{day}"), ENTRIES),
)


def said(captures, key, at, *, before):
    """What each capture of a list would have said, looked for in all of them."""
    found = [
        (date, capture, *said[1:])
        for capture, (_, date, entries) in captures.items()
        for said in {e.key: e for e in reversed(entries)}.values()
        if said.key == key and (date <= at if before else date > at)
    ]
    return (max if before else min)(found, key=lambda row: row[:2], default=None)


def check(db, captures):
    first_of = {c: list({e.key: e for e in reversed(entries)}.values()) for c, (_, _, entries) in captures.items()}
    assert sorted(db.execute(LISTED), key=repr) == sorted(
        ((c, captures[c][0], captures[c][1], *e) for c, entries in first_of.items() for e in entries), key=repr
    )
    for key in "abc":
        for day in range(7):
            at = f"2024-01-0{day}"
            assert db.execute(SAID_BEFORE, (key, at)).fetchone() == said(captures, key, at, before=True)
            assert db.execute(SAID_AFTER, (key, at)).fetchone() == said(captures, key, at, before=False)
    distinct = {}
    for c, entries in first_of.items():
        for e in entries:
            distinct.setdefault((captures[c][0], *e), []).append((captures[c][1], c))
    ends = {what: (min(places)[1], max(places)[1]) for what, places in distinct.items()}
    assert {
        row[:-2]: row[-2:] for row in db.execute("SELECT list, key, url, title, date, text, first, last FROM _items")
    } == ends
    assert db.execute("SELECT count(*) FROM _items").fetchone() == (len(ends),)


@given(CAPTURES, st.data())
def test_what_is_kept_is_what_each_capture_says_whatever_comes_and_goes(captures, data):
    with closing(store()) as db:
        for capture in data.draw(st.permutations(sorted(captures))):
            keep(db, capture, *captures[capture])
        check(db, captures)
        gone = data.draw(st.sets(st.sampled_from(sorted(captures)))) if captures else set()
        forget(db, sorted(gone))
        check(db, {c: captures[c] for c in captures.keys() - gone})
        left = {c: (page, at, entries) for c, (page, at, entries) in captures.items() if c not in gone}
        hidden = data.draw(st.sets(st.sampled_from("abc")))
        silence(db, hidden)
        mute = {c: (page, at, [e._replace(title="", text="") if e.key in hidden else e for e in entries]) for c, (page, at, entries) in left.items()}  # fmt: skip
        check(db, mute)


def page(*numbers, note=""):
    entries = "".join(
        f"<li><a href='/{n}.html'>老旧小区改造访谈第{n}期</a><span>2024-03-0{n}</span></li>" for n in numbers
    )
    head = "<html><head><meta charset='utf-8'><title>在线访谈</title></head>"
    return f"{head}<body><h2>在线访谈</h2><ul>{entries}</ul><p>{note}</p></body></html>"


def night(collection, number, numbers, title="老旧小区改造访谈"):
    """A file with the list, whose bytes are others each time, and its talks."""
    day = f"2024-04-0{number}"
    talks = [(f"/{n}.html", day, talk(f"第{n}期今年修了{n}公里。")) for n in numbers]
    said = page(*numbers, note=f"浏览{number}次").replace("老旧小区改造访谈", title)
    written(collection.archive / f"night{number}.warc.gz", [("/zwft/", day, said), *talks])


def counts(collection):
    return [rows(collection, f"SELECT count(*) FROM {table}")[0][0] for table in ("_items", "_lists", "_listed")]


@pytest.mark.parametrize("order", [(1, 2, 3, 4, 5), (3, 5, 1, 4, 2)])
def test_five_crawls_of_an_unchanged_list_keep_its_entries_once(kept, order):
    for place, number in enumerate(order, 1):
        night(kept, number, (1, 2, 3))
        bring_up_to_date(kept)
        assert counts(kept) == [3, place, 3 * place]
    incremental = list(dump_public(kept.store)), rows(kept, LISTED)
    ends = set(
        rows(
            kept,
            "SELECT f.fetched_at, l.fetched_at FROM _items i JOIN captures f ON f.id = i.first JOIN captures l ON l.id = i.last",
        )
    )
    assert ends == {("2024-04-01T00:00:00Z", "2024-04-05T00:00:00Z")}
    rebuild(kept)
    assert (list(dump_public(kept.store)), rows(kept, LISTED)) == incremental
    assert counts(kept) == [3, 5, 15]


def test_a_list_that_is_withheld_takes_what_it_alone_said_and_a_release_brings_it_back(kept):
    for number, numbers in enumerate([(1,), (1, 2), (2,)], 1):
        night(kept, number, numbers)
    bring_up_to_date(kept)
    whole, public = rows(kept, LISTED), list(dump_public(kept.store))
    (middle,) = (row[0] for row in rows(kept, "SELECT capture FROM _lists WHERE fetched_at LIKE '2024-04-02%'"))
    (first,) = (row[0] for row in rows(kept, "SELECT capture FROM _lists WHERE fetched_at LIKE '2024-04-01%'"))
    withhold.withhold(kept, [middle, first], "law")
    assert rows(kept, "SELECT key FROM _items") == [(row[3],) for row in whole if row[3].endswith("2.html")][:1]
    rebuild(kept)
    assert counts(kept) == [1, 1, 1]
    withhold.release(kept, [middle, first], "settled")
    assert rows(kept, LISTED) == whole
    assert list(dump_public(kept.store)) == public


def test_a_store_of_before_says_what_each_capture_of_a_list_said():
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(Database(db), stop_before="m030_entries")
        columns = "id, key, url, method, fetched_at, status, sha256, bytes, type, warc_file, warc_offset, warc_length, record_id"
        titles = {"c1": "一", "c2": "一", "c3": "二"}
        for day, (name, title) in enumerate(titles.items(), 1):
            at = f"2024-01-0{day}"
            db.execute(f"INSERT INTO captures({columns}) VALUES (?, '/x/', 'u', 'GET', ?, 200, '', 0, 'response', 'f', 0, 0, ?)", (name, at, name))  # fmt: skip
            for position, key in enumerate("ba"):
                db.execute("INSERT INTO _items VALUES (?, ?, ?, 'u', ?, NULL, '', ?)", (name, key, position, title, at))
        migrate(Database(db))
        expected = [(c, key, title) for c, title in titles.items() for key in "ba"]
        assert db.execute("SELECT capture, key, title FROM _listed ORDER BY capture, position").fetchall() == expected
        ends = db.execute("SELECT key, title, first, last FROM _items ORDER BY key, title").fetchall()
    assert ends == [(key, *said) for key in "ab" for said in (("一", "c1", "c2"), ("二", "c3", "c3"))]
