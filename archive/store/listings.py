"""What lists say: each entry of a list once, however often the list was captured.

``_items`` has the entries of each list page; ``first`` and ``last`` are the first and the last capture of the list that
says so. ``_lists`` has the captures of lists, each with the numbers of its entries in their order. All of it follows
from these captures, in whatever order they come; the view ``_listed`` has one row for each capture and entry.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple


class Entry(NamedTuple):
    """What a list says of an address; ``key`` is its canonical form."""

    key: str
    url: str
    title: str
    date: str | None
    text: str


_HAS = "EXISTS (SELECT 1 FROM json_each(l.entries) e WHERE e.value = i.id)"
#: The last capture with an entry ``i`` up to a date, and the first one after it: each list is walked from there only.
_BEFORE = f"""(SELECT l.capture FROM _lists l WHERE l.list = i.list AND {_HAS}
  AND l.fetched_at <= min(?2, (SELECT z.fetched_at FROM _lists z WHERE z.capture = i.last))
  ORDER BY l.fetched_at DESC, l.capture DESC LIMIT 1)"""
_AFTER = f"""(SELECT l.capture FROM _lists l WHERE l.list = i.list AND {_HAS} AND l.fetched_at > ?2
  AND l.fetched_at >= (SELECT a.fetched_at FROM _lists a WHERE a.capture = i.first)
  ORDER BY l.fetched_at, l.capture LIMIT 1)"""
_SAID = """SELECT s.fetched_at, s.capture, i.url, i.title, i.date, i.text FROM _items i JOIN _lists s ON s.capture = {}
  WHERE i.key = ?1 ORDER BY s.fetched_at {order}, s.capture {order} LIMIT 1"""
SAID_BEFORE, SAID_AFTER = _SAID.format(_BEFORE, order="DESC"), _SAID.format(_AFTER, order="ASC")
#: Whether a list names ``c.key`` after ``:date`` and not after the capture ``c``; whether one does before ``:date``.
NAMED_BETWEEN = f"""SELECT 1 FROM _items i JOIN _lists l ON l.list = i.list WHERE i.key = c.key
  AND l.fetched_at > :date AND l.fetched_at <= c.fetched_at AND {_HAS}"""
NAMED_BEFORE = """SELECT 1 FROM _items i JOIN _lists a ON a.capture = i.first
  WHERE i.key = c.key AND a.fetched_at < :date"""
_SAME = "SELECT id FROM _items WHERE list = ? AND key = ? AND url = ? AND title = ? AND date IS ? AND text = ?"
_EARLIER = """UPDATE _items SET first = ?1 WHERE id IN (SELECT value FROM json_each(?2)) AND
  (SELECT (l.fetched_at, l.capture) > (?3, ?1) FROM _lists l WHERE l.capture = first)"""
_LATER = """UPDATE _items SET last = ?1 WHERE id IN (SELECT value FROM json_each(?2)) AND
  (SELECT (l.fetched_at, l.capture) < (?3, ?1) FROM _lists l WHERE l.capture = last)"""
#: The next capture with an entry, to either side of one that goes.
_NEXT = f"""SELECT l.capture FROM _items i JOIN _lists l ON l.list = i.list WHERE i.id = ? AND {_HAS}
  AND (l.fetched_at, l.capture) > (?, ?) ORDER BY l.fetched_at, l.capture LIMIT 1"""
_PREVIOUS = f"""SELECT l.capture FROM _items i JOIN _lists l ON l.list = i.list WHERE i.id = ? AND {_HAS}
  AND (l.fetched_at, l.capture) < (?, ?) ORDER BY l.fetched_at DESC, l.capture DESC LIMIT 1"""
_IDS = "(SELECT value FROM json_each(?))"


def keep(db: sqlite3.Connection, capture: str, page: str, fetched_at: str, entries: Iterable[Entry]) -> None:
    """Keep the entries of a capture of a list, the first of each address; a capture that is known stays as it is.

    :param page: the list page's canonical address
    """
    first_of = dict[str, Entry]()
    for entry in entries:
        first_of.setdefault(entry.key, entry)
    if not first_of or db.execute("SELECT 1 FROM _lists WHERE capture = ?", (capture,)).fetchone():
        return
    numbers = json.dumps([_number(db, capture, page, entry) for entry in first_of.values()], separators=(",", ":"))
    db.execute("INSERT INTO _lists VALUES (?, ?, ?, ?)", (capture, page, fetched_at, numbers))
    for statement in (_EARLIER, _LATER):
        db.execute(statement, (capture, numbers, fetched_at))


def _number(db: sqlite3.Connection, capture: str, page: str, entry: Entry) -> int:
    """The number of an entry; a new one begins and ends with this capture."""
    known = db.execute(_SAME, (page, *entry)).fetchone()
    if known:
        return int(known[0])
    query = "INSERT INTO _items(list, key, url, title, date, text, first, last) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    return int(db.execute(query, (page, *entry, capture, capture)).lastrowid or 0)


def forget(db: sqlite3.Connection, captures: Iterable[str]) -> None:
    """Take captures of lists out, and the entries that no other capture has."""
    for capture in captures:
        place = db.execute("SELECT fetched_at, capture, entries FROM _lists WHERE capture = ?", (capture,)).fetchone()
        if place is None:
            continue
        db.execute("DELETE FROM _lists WHERE capture = ?", (capture,))
        query = f"SELECT id, first, last FROM _items WHERE id IN {_IDS}"
        for number, first, last in db.execute(query, (place[2],)).fetchall():
            if capture in (first, last):
                _shorten(db, number, place, at_start=first == capture, at_end=last == capture)


def _shorten(db: sqlite3.Connection, number: int, place: tuple[str, str, str], *, at_start: bool, at_end: bool) -> None:
    """Let an entry begin and end with captures that are there; without any it goes."""
    near = (number, *place[:2])
    if at_start and at_end:
        db.execute("DELETE FROM _items WHERE id = ?", (number,))
    elif at_start:
        db.execute("UPDATE _items SET first = ? WHERE id = ?", (*db.execute(_NEXT, near).fetchone(), number))
    else:
        db.execute("UPDATE _items SET last = ? WHERE id = ?", (*db.execute(_PREVIOUS, near).fetchone(), number))


def silence(db: sqlite3.Connection, keys: Iterable[str]) -> None:
    """Take the words of lists on these addresses out; what then says the same of an address becomes one entry."""
    wanted = (json.dumps(sorted(keys)),)
    db.execute(f"UPDATE _items SET title = '', text = '' WHERE key IN {_IDS} AND (title <> '' OR text <> '')", wanted)
    query = f"SELECT list, key, url, date, id FROM _items WHERE key IN {_IDS} AND title = '' AND text = ''"
    rows = sorted(db.execute(query, wanted), key=repr)
    for (page, *_), same in groupby(rows, key=lambda row: row[:4]):
        kept, *others = sorted(row[4] for row in same)
        if others:
            _unite(db, page, kept, set(others))


def _unite(db: sqlite3.Connection, page: str, kept: int, others: set[int]) -> None:
    """Let one entry take the place of others in every capture of its list."""
    query = "SELECT capture, fetched_at, entries FROM _lists WHERE list = ? ORDER BY fetched_at, capture"
    having = []
    for capture, _, entries in db.execute(query, (page,)).fetchall():
        numbers = json.loads(entries)
        if others.isdisjoint(numbers):
            having += [capture] if kept in numbers else []
            continue
        having.append(capture)
        said = json.dumps([kept if number in others else number for number in numbers], separators=(",", ":"))
        db.execute("UPDATE _lists SET entries = ? WHERE capture = ?", (said, capture))
    db.execute(f"DELETE FROM _items WHERE id IN {_IDS}", (json.dumps(sorted(others)),))
    db.execute("UPDATE _items SET first = ?, last = ? WHERE id = ?", (having[0], having[-1], kept))
