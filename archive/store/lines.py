"""The lines of the CDXJ index, on their way from records to the file: queued in the store,
put into the file in one pass.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from archive.collection.folder import Collection
from archive.collection.sql import row_of
from archive.collection.tables import Database
from archive.errors import ConfigError, RecordMissing
from archive.store.store import transaction
from archive.warc import cdxj, tiers
from archive.warc.records import Position, Record, bare_id, read_at


@dataclass(slots=True)
class Lines:
    """Queues the lines of records as they come, each response with its request."""

    collection: Collection
    #: A request whose response has not come yet.
    waiting: Record | None = None

    def request(self, db: sqlite3.Connection, record: Record) -> str | None:
        """A request: what is no plain GET becomes part of its response's key, in the index and in the store.

        :returns: the id of the capture that has another key now
        """
        target = bare_id(record.get("WARC-Concurrent-To"))
        if not target:
            self.waiting = record
            return None
        message = record.http
        if message.start_line.startswith(b"GET ") and len(record.block) == message.end:
            return None
        row = row_of(db, "SELECT warc_file, warc_offset, warc_length FROM captures WHERE id = ?", (target,))
        if row is None:
            self.waiting = record
            return None
        try:
            response = read_at(self.collection.archive, Position(*row.values()))
        except RecordMissing:  # read a moment ago: its row stays, under its address alone
            return None
        plain, keyed = cdxj.line_of(response), cdxj.line_of(response, record)
        if plain != keyed and cdxj.shown(keyed or ""):
            db.execute("DELETE FROM _index_queue WHERE line = ?", (plain,))
            db.execute("INSERT OR IGNORE INTO _index_queue VALUES (?)", (keyed,))
        return keep_method(db, target, record)

    def asked(self, record: Record) -> Record | None:
        """The request before this response, where a file has it in that order."""
        asked, self.waiting = self.waiting, None
        if asked is not None and record.get("WARC-Concurrent-To") == asked.get("WARC-Record-ID"):
            return asked
        return None

    def merge(self, database: Database) -> None:
        """Put the queued lines into the index file; they leave the queue once they are in it."""
        queue: sqlite3.Connection = database.conn
        (queued,) = queue.execute("SELECT count(*) FROM _index_queue").fetchone()
        if queued or not self.collection.index.exists():
            self.collection.index.parent.mkdir(parents=True, exist_ok=True)
            with self.collection.lock("publish", wait=True):
                lines = (r[0] for r in queue.execute("SELECT line FROM _index_queue ORDER BY line"))
                tiers.add(self.collection.index, lines)
                with transaction(database) as db:
                    db.execute("DELETE FROM _index_queue")

    def merge_left(self, database: Database) -> None:
        """The same of lines that an ended process left in the queue; another that indexes now puts them in itself."""
        with suppress(ConfigError), self.collection.lock("indexer"):
            self.merge(database)


def queue(db: sqlite3.Connection, record: Record, asked: Record | None, payload: bytes | None) -> None:
    """Queue the line of a record."""
    line = cdxj.line_of(record, asked, payload)
    if line and cdxj.shown(line):
        db.execute("INSERT OR IGNORE INTO _index_queue VALUES (?)", (line,))


def keep_method(db: sqlite3.Connection, capture: str, request: Record | None) -> str | None:
    """A capture is known by method, address and request body.

    :returns: its id, where that changed its key
    """
    if request is None:
        return None
    message = request.http
    method = message.start_line.split(b" ")[0].decode("latin-1") or "GET"
    if method == "GET" and not message.body:
        return None
    digest = sha256(message.body).hexdigest()
    changed = db.execute(
        """UPDATE captures SET method = ?, request_sha256 = ?, key = key || ' ' || ? || ' ' || ?
           WHERE id = ? AND request_sha256 IS NULL""",
        (method, digest, method, digest[:16], capture),
    )
    return capture if changed.rowcount else None
