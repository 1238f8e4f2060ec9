"""Keys by today's rule in a store whose rows have those of an earlier version (:mod:`archive.store.former`)."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from typing import Any

from archive.collection.sql import rows_of
from archive.collection.urls import canonical
from archive.errors import RecordMissing
from archive.store import listings
from archive.store.interviews import Interviews
from archive.warc.records import Position, Record, read_at

log = logging.getLogger(__name__)

#: Writes what a capture leads to (redirect, parts, list entries); takes its record and its row.
Relate = Callable[[sqlite3.Connection, Record, dict[str, Any]], None]
_LEADING = (
    "SELECT capture FROM _parts UNION SELECT capture FROM _redirects UNION SELECT capture FROM _lists "
    "UNION SELECT c.id FROM captures c JOIN captures o ON o.id = c.refers_to AND o.url <> c.url "
    "WHERE c.type = 'revisit'"
)


def rekey(db: sqlite3.Connection, interviews: Interviews, relate: Relate) -> set[str]:
    """Give every row its key of today, and delete the interviews that had another; they are to be formed again.

    What a capture leads to is read again: some addresses are in WARC alone, others fell together under one former
    key.

    :returns: captures to read again
    """
    before = _led(db)
    changed = _captures(db)
    _relate(db, interviews, relate)
    changed |= {key for row in before ^ _led(db) for key in row[1:]}
    for uid, key in db.execute("SELECT interview, key FROM _ids WHERE url IS NOT NULL").fetchall():
        if key in changed:
            interviews.delete(db, uid)
    return {capture for capture, key in db.execute("SELECT id, key FROM captures") if key in changed}


def _captures(db: sqlite3.Connection) -> set[str]:
    """:returns: former and new keys of the captures whose key is another now"""
    changed = set()
    for capture, key, url in db.execute("SELECT id, key, url FROM captures").fetchall():
        _, blank, request = key.partition(" ")  # method and body, where they count
        now = canonical(url) + blank + request
        if now != key:
            db.execute("UPDATE captures SET key = ? WHERE id = ?", (now, capture))
            db.execute("UPDATE _readings SET key = ? WHERE capture = ?", (now, capture))
            changed |= {key, now}
    return changed


def _relate(db: sqlite3.Connection, interviews: Interviews, relate: Relate) -> None:
    for row in list(rows_of(db, f"SELECT * FROM captures WHERE id IN ({_LEADING})")):
        place = Position(row["warc_file"], row["warc_offset"], row["warc_length"])
        try:
            record = read_at(interviews.reader.collection.archive, place)
        except RecordMissing as missing:  # what it led to stays as it was
            log.warning("%s: where it leads keeps its former keys: %s", row["url"], missing)
            continue
        for table in ("_parts", "_redirects"):
            db.execute(f"DELETE FROM {table} WHERE capture = ?", (row["id"],))
        listings.forget(db, [row["id"]])
        relate(db, record, row)


def _led(db: sqlite3.Connection) -> set[tuple[str, str, str]]:
    """Captures, the keys they have, and those they lead to."""
    query = """SELECT p.capture, c.key, p.part_key FROM _parts p JOIN captures c ON c.id = p.capture
               UNION SELECT i.capture, c.key, i.key FROM _listed i JOIN captures c ON c.id = i.capture
               UNION SELECT capture, key, target_key FROM _redirects"""
    return {(capture, key, target) for capture, key, target in db.execute(query)}
