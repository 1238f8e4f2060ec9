"""From a capture to its record: the payload from WARC, its parts, what the list said,
the family its site's file states.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import parsers
from archive.collection.folder import Collection
from archive.collection.sites import Site
from archive.collection.sql import row_of
from archive.errors import ArchiveError, RecordMissing
from archive.store.listings import SAID_AFTER, SAID_BEFORE
from archive.store.packing import SAID, unpacked
from archive.store.readings import Readings, code
from archive.store.wholes import is_part
from archive.warc.exchange import ROLE
from archive.warc.http import Message, payload_of
from archive.warc.records import Damage, Position, Record, read_at
from parsers.errors import FangtanError, PageError
from parsers.limits import MAX_BYTES, MAX_PARTS
from parsers.page.shape import Shape, holds_page, is_document
from parsers.record import INTERVIEW_KINDS, media_type

log = logging.getLogger(__name__)
#: The kind of a capture that nobody reads: a picture, a film, a file that no list names.
UNREAD = ""
#: How the reading of a page begins that our code failed on.
OUR_BUG = "our bug"


def text_payload(message: Message, url: str) -> parsers.Payload | None:
    """The payload of a response; ``None`` when it is binary, by its beginning when it is too large for a page.

    :raises ArchiveError: its content coding cannot be undone
    """
    payload = _payload(message, url)
    return None if payload is None or parsers.shape(payload) == "binary" else payload


def _payload(message: Message, url: str) -> parsers.Payload | None:
    """The same; what is binary and small is not found out."""
    if len(message.block) - message.end > MAX_BYTES and not message.get("content-encoding"):
        head = bytes(message.block[message.end : message.end + 4096])
        if parsers.shape(parsers.Payload(url, head, message.get("content-type"))) == "binary":
            return None
    return payload_of(message, url)


def page_payload(message: Message, url: str) -> parsers.Payload | None:
    """As :func:`text_payload`; ``None`` also for scripts and style sheets,
    and for pictures and media that came empty.
    """
    payload = _payload(message, url)
    if payload is None or not holds_page(payload):
        return None
    silent = media_type(payload.content_type).startswith(("image/", "audio/", "video/", "font/"))
    return None if silent and not payload.data.strip() else payload


def rows_by_id(db: sqlite3.Connection, captures: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The rows of captures; those that are gone have none."""
    found = (row_of(db, "SELECT * FROM captures WHERE id = ?", (capture,)) for capture in captures)
    return {row["id"]: row for row in found if row}


def forget(db: sqlite3.Connection, row: dict[str, Any]) -> dict[str, None]:
    """Nobody reads a capture, though earlier versions may have; the address whose interviews may be others then."""
    gone = db.execute("DELETE FROM _readings WHERE capture = ?", (row["id"],)).rowcount
    return {str(row["key"]): None} if gone else {}


def elsewhere(db: sqlite3.Connection, row: dict[str, Any]) -> dict[str, Any] | None:
    """The capture of another address whose payload a revisit repeats; ``None`` for any other capture."""
    if row["type"] != "revisit":
        return None
    return row_of(db, "SELECT * FROM captures WHERE id = ? AND url <> ?", (row["refers_to"], row["url"]))


def held_by(db: sqlite3.Connection, row: dict[str, Any]) -> dict[str, Any]:
    """The row of the capture that has the bytes, under the address of this one: links in it are relative to that.

    :raises ArchiveError: it is not here
    """
    if row["type"] != "revisit":
        return row
    original = row_of(db, "SELECT * FROM captures WHERE id = ?", (row["refers_to"],))
    if original is None:
        raise ArchiveError(f"no capture {row['refers_to']}, which {row['id']} refers to")
    return {**original, "url": row["url"]}


@dataclass(slots=True)
class Reader:
    """Reads captures; holds nothing but the site files it has looked at, and records while they are indexed."""

    collection: Collection
    stated: dict[str | None, Site | None] = field(default_factory=dict)
    readings: Readings = field(default_factory=Readings)
    #: Records that were read a moment ago, by file and offset.
    held: dict[tuple[str, int], Record] = field(default_factory=dict)

    @contextmanager
    def holding(self, records: Iterable[Record | Damage]) -> Iterator[None]:
        """Have records at hand: nobody reads them from their file again meanwhile."""
        self.held = {(r.position.warc_file, r.position.offset): r for r in records if isinstance(r, Record)}
        try:
            yield
        finally:
            self.held = {}

    def record(self, row: dict[str, Any]) -> Record:
        """The record of a capture.

        :raises RecordMissing: it cannot be read
        """
        held = self.held.get((row["warc_file"], row["warc_offset"]))
        place = Position(row["warc_file"], row["warc_offset"], row["warc_length"])
        return held or read_at(self.collection.archive, place)

    def family(self, site: str | None, fetched_at: str) -> str | None:
        """The family that the site's file states for the day of a capture."""
        if site not in self.stated:
            file = self.collection.site_file(site) if site else None
            self.stated[site] = file.site if file else None
        found = self.stated[site]
        try:
            return found.family_on(date.fromisoformat(fetched_at[:10])) if found else None
        except ValueError:
            return None

    def read_by(self, row: dict[str, Any]) -> str:
        """Who reads a capture today: the parsers' code and the family that is stated."""
        return f"{code()[:16]}/{self.family(row['site'], row['fetched_at']) or ''}"

    def reading(self, db: sqlite3.Connection, row: dict[str, Any]) -> tuple[str, parsers.Record | None, str | None]:
        """Kind, record and error of a capture: what the bytes say. A revisit says what its original said, unless its
        parts differ. One of a payload of another address is read as a page of its own.

        :raises RecordMissing: its record, or one of its parts, cannot be read from WARC
        """
        status, other = row["status"], elsewhere(db, row)
        if other is not None:
            status = other["status"] if status == 304 else status
        elif row["type"] == "revisit":
            return self._repeated(db, row)
        if 300 <= status < 400:
            return "moved", None, None
        if status in (404, 410):
            return "gone", None, None
        if row["truncated"]:
            return "error", None, f"truncated ({row['truncated']})"
        return self.parsed(db, row, status)

    def _repeated(self, db: sqlite3.Connection, row: dict[str, Any]) -> tuple[str, parsers.Record | None, str | None]:
        """What a revisit's original said; the same bytes are read again where they have other parts now."""
        original = row_of(
            db, f"SELECT r.kind, {SAID} AS record FROM _readings r WHERE r.capture = ?", (row["refers_to"],)
        )
        if original is None:
            here = db.execute("SELECT 1 FROM captures WHERE id = ?", (row["refers_to"],)).fetchone()
            return (UNREAD, None, None) if here else ("error", None, "revisit of a capture that is not here")
        if self._parts_changed(db, row):
            return self.parsed(db, row, 200)
        data = unpacked(original["record"])
        return original["kind"], parsers.Record.from_dict(data) if data else None, None

    def parsed(
        self, db: sqlite3.Connection, row: dict[str, Any], status: int
    ) -> tuple[str, parsers.Record | None, str | None]:
        """What the parsers make of a capture and its parts."""
        try:
            payloads = list(self.payloads(db, row))
        except RecordMissing:
            raise
        except ArchiveError as error:
            return "error", None, str(error)
        context, family = self._context(db, row), self.family(row["site"], row["fetched_at"])
        if not (holds_page(payloads[0]) or (context is not None and is_document(payloads[0]))):
            return UNREAD, None, None
        try:
            record = self.readings.parse(payloads, context, family)
        except PageError as error:
            return "error", None, error.reason
        except Exception as error:
            log.exception("%s", row["url"])
            return "error", None, f"{OUR_BUG}: {error!r}, please report it"
        if record.kind == "soft_404":
            return "gone", None, None
        if status >= 400 or record.kind == "challenge":
            return "error", None, f"{record.kind} ({status})"
        if record.kind in INTERVIEW_KINDS and self._was_a_list(row):
            return "listing", None, None
        if is_part(db, row["key"]):
            return "part", record if record.turns else None, None
        return record.kind, record, None

    def _was_a_list(self, row: dict[str, Any]) -> bool:
        """Whether a page was asked for as a list page: whatever came, it is no interview."""
        return (self.record(row).get(ROLE) or "").startswith("list")

    def payload(self, row: dict[str, Any]) -> parsers.Payload:
        """The payload of a capture, read from WARC."""
        return payload_of(self.record(row).http, row["url"])

    def shape(self, row: dict[str, Any]) -> Shape:
        """What a capture's body is by its content; binary when it cannot be read."""
        try:
            payload = self.text(row)
        except FangtanError:
            return "binary"
        return parsers.shape(payload) if payload else "binary"

    def text(self, row: dict[str, Any]) -> parsers.Payload | None:
        """The payload of a capture; ``None`` when it is binary. Of what is too large for a page, the beginning decides.

        :raises ArchiveError: the record cannot be read
        """
        return text_payload(self.record(row).http, row["url"])

    def message(self, db: sqlite3.Connection, capture: str) -> Message | None:
        """The answer of another address that has a revisit's payload; ``None`` where there is no such answer.

        :raises ArchiveError: it cannot be read
        """
        row = row_of(db, "SELECT * FROM captures WHERE id = ?", (capture,))
        other = elsewhere(db, row) if row else None
        if other is None:
            return None
        return self.record(other).http

    def payloads(self, db: sqlite3.Connection, row: dict[str, Any]) -> Iterator[parsers.Payload]:
        """What a capture is read from: the page, of a revisit its original, then the parts as they were at the time.

        :raises ArchiveError: one of them is not here
        """
        for chosen in (row, *self.part_captures(db, row, {row["key"]})):
            yield self.payload(held_by(db, chosen))

    def _parts_changed(self, db: sqlite3.Connection, row: dict[str, Any]) -> bool:
        """Whether the parts of a revisit are others than those its original was read with."""
        original = row_of(db, "SELECT * FROM captures WHERE id = ?", (row["refers_to"],))
        now, then = (
            [p["refers_to"] if p["type"] == "revisit" else p["id"] for p in self.part_captures(db, r, {r["key"]})]
            for r in (row, original or row)
        )
        return now != then

    def part_captures(self, db: sqlite3.Connection, row: dict[str, Any], seen: set[str]) -> Iterator[dict[str, Any]]:
        """The parts in their order, and the parts that a part names (the next page of a JSON talk)."""
        names = row["refers_to"] if row["type"] == "revisit" and elsewhere(db, row) is None else row["id"]
        for (part,) in db.execute(
            "SELECT part_key FROM _parts WHERE capture = ? ORDER BY position", (names,)
        ).fetchall():
            chosen = self._part_capture(db, part, row) if part not in seen else None
            if chosen and len(seen) < MAX_PARTS:
                seen.add(part)
                yield chosen
                yield from self.part_captures(db, chosen, seen)

    def _part_capture(self, db: sqlite3.Connection, part: str, row: dict[str, Any]) -> dict[str, Any] | None:
        """The capture of a part that belongs to this capture of the page: the first one after it,
        else the last before.
        """
        whole = "{0}.type <> 'revisit' AND {0}.status = 200 AND {0}.truncated IS NULL"
        query = f"""SELECT c.* FROM captures c LEFT JOIN captures o ON c.type = 'revisit' AND o.id = c.refers_to
            WHERE c.key = ? AND ({whole.format("c")} OR {whole.format("o")}) AND c.fetched_at"""
        after = row_of(db, f"{query} >= ? ORDER BY c.fetched_at, c.id LIMIT 1", (part, row["fetched_at"]))
        return after or row_of(db, f"{query} < ? ORDER BY c.fetched_at DESC, c.id LIMIT 1", (part, row["fetched_at"]))

    def sources(self, db: sqlite3.Connection, key: str) -> list[str]:
        """The address and those that redirect to it."""
        return [
            key,
            *(
                r[0]
                for r in db.execute("SELECT DISTINCT key FROM _redirects WHERE target_key = ? ORDER BY key", (key,))
            ),
        ]

    def _context(self, db: sqlite3.Connection, row: dict[str, Any]) -> parsers.ListItem | None:
        """What the list said at the time: the latest list before the capture, else the first after it."""
        keys, at = self.sources(db, row["key"]), row["fetched_at"]
        said = [found for key in keys if (found := db.execute(SAID_BEFORE, (key, at)).fetchone())]
        if said:
            return parsers.ListItem(*max(said, key=lambda row: row[:2])[2:])
        said = [found for key in keys if (found := db.execute(SAID_AFTER, (key, at)).fetchone())]
        return parsers.ListItem(*min(said, key=lambda row: row[:2])[2:]) if said else None
