"""Read again what other parsers read: the pages whose reading today's code, or the family that is stated, did not make.

The store stays open to readers: each batch of pages is one transaction. What is read is noted beside each reading, so
whoever is interrupted continues.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from archive.collection.folder import Collection
from archive.collection.sql import rows_of
from archive.errors import RecordMissing
from archive.store import listings, overlay, removal
from archive.store.indexer import Indexer
from archive.store.parts import Parts
from archive.store.readings import Folded, Readings, code
from archive.store.store import transaction
from archive.warc.records import Position, read_at

log = logging.getLogger("fangtan")
_BATCH = 64
_ROWS = """SELECT c.*, r.read_by FROM captures c LEFT JOIN _readings r ON r.capture = c.id
WHERE c.warc_file = ? ORDER BY c.warc_offset"""
#: What a capture leads to, by table or view.
_LEADS = {
    "_parts": "part_key, position",
    "_redirects": "key, url, target_key, since",
    "_listed": "key, position, url, title, date, text, fetched_at",
}


@dataclass(slots=True)
class Reparsed:
    """What was read again.

    :ivar files: how many files had captures to read again
    :ivar captures: how many these were
    :ivar lost: addresses whose records cannot be read; their readings stayed as they were
    """

    files: int = 0
    captures: int = 0
    lost: list[str] = field(default_factory=list)


def due(collection: Collection) -> dict[str, int]:
    """The files with captures that other parsers read, and how many these are."""
    indexer = _open(collection, Readings())
    try:
        names = [row[0] for row in indexer.db.execute("SELECT warc_file FROM _cursor ORDER BY warc_file")]
        found = {name: sum(1 for _ in _due(indexer, name)) for name in names}
        return {name: count for name, count in found.items() if count}
    finally:
        indexer.close()


def reparse(collection: Collection, parts: Parts | None = None) -> Reparsed:
    """Read again what is due, file by file; takes the indexer's lock for each.

    :param parts: readings that were made apart; what they lack is read here
    :raises parsers.errors.FangtanError: the collection is in use, or the store cannot be written
    """
    wanted = due(collection)
    found = Reparsed(len(wanted), sum(wanted.values()))
    readings = Folded(parts.of) if parts else Readings()
    try:
        for name in wanted:
            with collection.lock("indexer", wait=True):
                found.lost += _file(collection, readings, name)
        _finish(collection, whole=not found.lost)
    finally:
        if isinstance(readings, Folded):
            readings.close()
    return found


def _open(collection: Collection, readings: Readings) -> Indexer:
    indexer = Indexer(collection, readings=readings)
    indexer.interviews.anew = True
    return indexer


def _due(indexer: Indexer, name: str) -> Iterator[dict[str, Any]]:
    looked = indexer.db.execute("SELECT value FROM store_meta WHERE key = 'looked_by'").fetchone()
    new = looked != (code(),)
    for row in rows_of(indexer.db, _ROWS, (name,)):
        if new if row["read_by"] is None else row["read_by"] != indexer.reader.read_by(row):
            yield row


def _file(collection: Collection, readings: Readings, name: str) -> list[str]:
    """:returns: addresses of captures that were not read"""
    indexer = _open(collection, readings)
    try:
        rows = list(_due(indexer, name))
        readings.begin(name)
        for start in range(0, len(rows), _BATCH):
            _batch(indexer, rows[start : start + _BATCH])
        return [row["url"] for row in _due(indexer, name) if row["read_by"] is not None]
    finally:
        indexer.close()


def _batch(indexer: Indexer, rows: list[dict[str, Any]]) -> None:
    with transaction(indexer.database) as db:
        indexer.ask()
        for row in rows:
            _lead(db, indexer, row)
        indexer.resolve(db)
        overlay.apply(db, indexer.collection)


def _lead(db: sqlite3.Connection, indexer: Indexer, row: dict[str, Any]) -> None:
    """Where a capture leads by today's parsers. Other captures are read again only where that is elsewhere."""
    place = Position(row["warc_file"], row["warc_offset"], row["warc_length"])
    if row["read_by"] is not None:
        indexer.leads.unread.add(row["id"])
    try:
        record = read_at(indexer.collection.archive, place)
    except RecordMissing as missing:
        log.warning("%s: its reading stays as it was: %s", row["url"], missing)
        return
    before, depend, unread = _led(db, row["id"]), removal.dependent(db, [row["id"]]), set(indexer.leads.unread)
    for table in ("_parts", "_redirects"):
        db.execute(f"DELETE FROM {table} WHERE capture = ?", (row["id"],))
    listings.forget(db, [row["id"]])
    indexer.lead_again(db, record, row)
    if _led(db, row["id"]) == before:
        indexer.leads.unread = unread | (indexer.leads.unread & {row["id"]})
    else:
        indexer.leads.unread |= depend


def _led(db: sqlite3.Connection, capture: str) -> list[Any]:
    queries = (f"SELECT {columns} FROM {table} WHERE capture = ? ORDER BY 1, 2" for table, columns in _LEADS.items())
    return [db.execute(query, (capture,)).fetchall() for query in queries]


def _finish(collection: Collection, *, whole: bool) -> None:
    """What follows the last page: runs, sites, corrections; then that these parsers have looked at everything."""
    with collection.lock("indexer", wait=True):
        indexer = _open(collection, Readings())
        try:
            indexer.finish()
            if whole:
                with transaction(indexer.database) as db:
                    db.execute("UPDATE store_meta SET value = ? WHERE key = 'looked_by'", (code(),))
        finally:
            indexer.close()
