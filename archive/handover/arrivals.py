"""What an imported file held: the pages that were read, what was left out, and why."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archive.fault import Fault
from archive.handover.saved_pages import MADE_FROM, UNREAD
from archive.warc.digests import sha256_hex
from archive.warc.http import entity_sha256
from archive.warc.records import Damage, Record, fields_block, scan
from parsers.record import INTERVIEW_KINDS, media_type

_HERE = "SELECT url, fetched_at, sha256, warc_file, warc_offset FROM captures WHERE id = ?"
#: Records about captures; they hold no page and none is missed in them.
_ABOUT = frozenset(["warcinfo", "request", "metadata"])
_SHOWN = 5  # reasons that are printed; ``--json`` has all


@dataclass(slots=True)
class Arrival:
    """The records of a file, counted.

    :ivar interviews: captures that were read as interviews; ``pages``: as other pages
    :ivar skipped: records that hold no page, by what they are
    :ivar unread: captures of pages that could not be read, by the reason
    """

    records: int = 0
    interviews: int = 0
    pages: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, object]:
        """For ``--json``."""
        return {
            "records": self.records,
            "interviews": self.interviews,
            "pages": self.pages,
            "skipped": dict(self.skipped.most_common()),
            "unread": dict(self.unread.most_common()),
        }

    def as_text(self) -> str:
        """One line."""
        parts = [f"{self.records} records", f"{self.interviews} read as interviews", f"{self.pages} as other pages"]
        parts += [f"{n} skipped: {reason}" for reason, n in self.skipped.most_common(_SHOWN)]
        parts += [f"{n} not readable: {reason}" for reason, n in self.unread.most_common(_SHOWN)]
        return "; ".join(parts)


def conflicts(db: sqlite3.Connection, path: Path) -> Iterator[Fault]:
    """Captures of a file whose id the collection has for another record: only one of them can be what was captured.

    :param db: the store
    """
    for record in scan(path):
        if isinstance(record, Damage) or not record.is_capture:
            continue
        row = db.execute(_HERE, (record.id,)).fetchone()
        if row is not None and row[:3] != (record.target, record.get("WARC-Date") or "", _payload(record)):
            found = f"one of {row[0]} at {row[1]} in {row[3]} offset {row[4]}"
            wanted = "an id that no other record of the collection has"
            yield Fault("record-id", str(path), record.position.offset, record.id, wanted, found)


def _payload(record: Record) -> str:
    """The payload's digest as the store has it."""
    claimed = sha256_hex(record.get("WARC-Payload-Digest") or "") if record.type == "revisit" else None
    return claimed or entity_sha256(record.http)[0].hex()


def look(db: sqlite3.Connection, path: Path, withheld: frozenset[str]) -> Arrival:
    """Count what came in with a file that is indexed.

    :param db: the store
    :param withheld: ids of captures that are not shown
    """
    rows = db.execute(
        """SELECT c.id, c.type, c.status, coalesce(c.mime, ''), r.kind, r.error FROM captures c LEFT
            JOIN _readings r ON r.capture = c.id
           WHERE c.warc_file = ?""",
        (path.name,),
    )
    readings = {row[0]: row[1:] for row in rows}
    found = Arrival()
    for record in scan(path):
        found.records += 1
        if isinstance(record, Damage):
            found.unread[f"damaged: {record.reason}"] += 1
        elif record.type == "warcinfo":
            _count_left_out(found, record)
        elif record.id in readings:
            _count(found, *readings[record.id])
        elif record.id in withheld:
            found.skipped["captures that are withheld"] += 1
        elif record.type not in _ABOUT:
            found.skipped[_what(record)] += 1
    return found


def _count_left_out(found: Arrival, info: Record) -> None:
    """What the saved pages of which the file was made held besides."""
    said = fields_block(info.block)
    if said.get("software", "").startswith(MADE_FROM):
        for part in said.get("left-out", "").split(", "):
            count, _, what = part.partition(" ")
            if what and count.isdecimal() and len(count) < 10:
                (found.unread if what == UNREAD else found.skipped)[what] += int(count)


def _count(found: Arrival, kind: str, status: int, mime: str, reading: str | None, error: str | None) -> None:
    if reading in INTERVIEW_KINDS:
        found.interviews += 1
    elif error:
        found.unread[error] += 1
    elif 300 <= status < 400:
        found.skipped["redirects"] += 1
    elif reading == "gone" or status >= 400:
        found.skipped[f"pages that are gone (HTTP {status})"] += 1
    elif reading is not None:
        found.pages += 1
    elif not status:
        found.unread["no HTTP status line"] += 1
    else:
        found.skipped[f"{kind}s of type {mime or 'none'}"] += 1


def _what(record: Record) -> str:
    """Why a record is no capture of fangtan."""
    if record.is_capture:
        return "captures that are here already"
    if record.type != "resource":
        return f"{record.type or 'untyped'} records"
    kind = media_type(record.get("Content-Type"))
    return f"resource records of type {kind or 'none'}" + (" without a web address" if record.holds_page else "")
