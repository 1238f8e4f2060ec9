"""What a takedown's entry in the ledger says: captures, their talks, places and digests of their records.
It holds no words.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection as Collected
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from archive.collection.folder import Collection
from archive.collection.sql import rows_of
from archive.errors import ArchiveError
from archive.ledger.chain import Entry
from archive.ledger.vouching import HOLDERS
from archive.store.names import known_as
from archive.store.removal import place_of
from archive.warc import tiers
from archive.warc.cdxj import timestamp
from archive.warc.records import Position, Record, bare_id, fields_block, raw_at, read_at, scan

_PLACE = "warc_file, warc_offset, warc_length"
_IDS = "(SELECT value FROM json_each(?))"
#: The captures behind an interview: what is at its addresses, and the parts of its versions.
OF_TALK = """SELECT id FROM captures WHERE key IN (SELECT key FROM interview_urls WHERE interview = :t) UNION
             SELECT x.capture FROM version_captures x JOIN versions v ON v.id = x.version WHERE v.interview = :t
               AND x.part <> 'list'"""


@dataclass(slots=True)
class Subject:
    """What a takedown is about.

    :ivar captures: record ids
    :ivar talks: the captures of each talk, by its uid
    :ivar ids: all ids that each talk has had
    :ivar records: places and digests of the captures' records, and of what was read in them at the time
    :ivar corrections: digests of the corrections that go with them
    :ivar repeats: captures that nobody named, each with the one whose payload is all they have
    """

    captures: list[str] = field(default_factory=list)
    talks: dict[str, list[str]] = field(default_factory=dict)
    ids: list[list[str]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    corrections: list[str] = field(default_factory=list)
    repeats: dict[str, str] = field(default_factory=dict)

    def add(self, other: Subject) -> None:
        """Take in what another takedown is about; each thing once."""
        self.captures = sorted({*self.captures, *other.captures})
        for uid, captures in other.talks.items():
            self.talks[uid] = sorted({*self.talks.get(uid, ()), *captures})
        self.ids += [g for g in other.ids if g not in self.ids]
        places = {_place(p) for p in self.records}
        self.records += [p for p in other.records if _place(p) not in places]
        self.corrections = sorted({*self.corrections, *other.corrections})
        self.repeats |= other.repeats

    def entry(
        self, reason: object, *, destroy: bool = False, destroyed: bool = False, **more: object
    ) -> dict[str, Any]:
        """The ledger entry.

        :param destroy: the bytes are to go; ``destroyed``: they are gone
        """
        return {
            "type": "withhold", "captures": self.captures, "interviews": sorted(self.talks), "talks": self.talks, "ids": self.ids,
            "records": self.records, "corrections": self.corrections, "reason": reason, "destroyed": destroyed,
            **({"destroy": True} if destroy else {}), **({"repeats": self.repeats} if self.repeats else {}),
            "files": [{"name": n} for n in sorted({str(p["warc_file"]) for p in self.records})], **more,
        }  # fmt: skip


def carried_out(entry: Entry, files: list[dict[str, Any]], beside: dict[str, list[str]]) -> dict[str, Any]:
    """The entry that says that a takedown's bytes are gone; one of an earlier version says no more than it did.

    :param files: each file with its digest since then
    :param beside: other files that hold the captures, by folder
    """
    said = {k: v for k, v in entry.data.items() if k not in ("at", "previous", "destroy", *HOLDERS)}
    return {**said, "destroyed": True, "files": files, **beside}


def _place(proof: dict[str, Any]) -> tuple[str, int]:
    return str(proof["warc_file"]), int(proof["offset"])


def in_store(
    collection: Collection, db: sqlite3.Connection, captures: Collected[str], uids: Iterable[str] = ()
) -> Subject:
    """What the store knows of captures, their corrections left out.

    :param uids: talks that are named, not their captures
    """
    talks = {
        uid: sorted({row[0] for row in db.execute(OF_TALK, {"t": uid})} & set(captures))
        for uid in sorted({*uids, *_interviews(db, captures)})
    }
    records = [_proof(collection, row) for row in _captured(db, captures)]
    subject = Subject(sorted(captures), talks, known_as(db, captures), records)
    subject.add(Subject(records=_second_copies(collection, db, captures)))
    return subject


def _second_copies(collection: Collection, db: sqlite3.Connection, captures: Collected[str]) -> list[dict[str, Any]]:
    """Further records of captures that the index names: replay would show them."""
    dates = db.execute(f"SELECT fetched_at FROM captures WHERE id IN {_IDS}", (json.dumps(sorted(captures)),))
    stamps = {timestamp(row[0]) for row in dates}
    queued = (row[0] for row in db.execute("SELECT line FROM _index_queue"))
    found = []
    for line in chain(queued, tiers.lines(collection.index) if stamps else ()):
        if line.split(" ", 2)[1] in stamps and (place := place_of(line)):
            with suppress(ArchiveError, OSError):
                record = read_at(collection.archive, Position(*place, 0))
                found += [proof_of(collection, record, record.id)] if record.id in captures else []
    return found


def in_entry(entry: Entry, captures: Collected[str]) -> Subject:
    """What a takedown says of some of its captures, its corrections left out."""
    told = entry.data.get("talks")
    if told is None:  # an entry of an earlier version does not tell the talks apart
        told = dict.fromkeys(entry.data.get("interviews") or (), captures)
    talks = {str(uid): sorted(set(found) & set(captures)) for uid, found in told.items() if set(found) & set(captures)}
    return Subject(
        sorted(captures),
        talks,
        [g for g in entry.data.get("ids") or () if not talks.keys().isdisjoint(g)],
        [p for p in entry.data.get("records") or () if {p.get("id"), p.get("about")} & set(captures)],
        repeats={r: o for r, o in (entry.data.get("repeats") or {}).items() if r in captures},
    )


def everywhere(collection: Collection, captures: Collected[str]) -> list[dict[str, Any]]:
    """Every record of captures in all files: the store knows one place of each, an import may have brought a second."""
    files = collection.warcs() if captures else ()
    records = (record for path in files for record in scan(path) if isinstance(record, Record))
    return [proof_of(collection, r, about) for r in records if (about := capture_of(r)) in captures]


def capture_of(record: Record) -> str:
    """The capture that a record is, or is a reading of; empty for other records."""
    if record.is_capture:
        return record.id
    if record.type == "metadata" and "record" in fields_block(record.block):
        return bare_id(record.get("WARC-Concurrent-To") or record.get("WARC-Refers-To"))
    return ""


def _interviews(db: sqlite3.Connection, ids: Iterable[str]) -> set[str]:
    query = (
        "SELECT DISTINCT v.interview FROM version_captures x JOIN versions v ON v.id = x.version "
        f"WHERE x.part <> 'list' AND x.capture IN {_IDS}"
    )
    return {row[0] for row in db.execute(query, (json.dumps(sorted(ids)),))}


def _captured(db: sqlite3.Connection, ids: Iterable[str]) -> list[dict[str, Any]]:
    """The captures' rows, and the places of what the parser read at the time in pages that they are or are parts of."""
    wanted = json.dumps(sorted(ids))
    captures = rows_of(
        db,
        f"SELECT id, type, fetched_at, NULL AS about, {_PLACE} FROM captures WHERE id IN {_IDS} ORDER BY id",
        (wanted,),
    )
    readings = rows_of(
        db,
        f"""SELECT id, 'metadata' AS type, at AS fetched_at, about, {_PLACE} FROM _metadata WHERE kind = 'record'
            AND about IN (
              SELECT value FROM json_each(?) UNION SELECT v.capture FROM version_captures x
                JOIN versions v ON v.id = x.version
              WHERE x.part IN ('part', 'api') AND x.capture IN {_IDS}) ORDER BY id""",
        (wanted, wanted),
    )
    return [*captures, *readings]


def _proof(collection: Collection, row: dict[str, Any]) -> dict[str, Any]:
    """What proves later that a capture was this one: its place and digests, not its words."""
    place = Position(row["warc_file"], row["warc_offset"], row["warc_length"])
    proof: dict[str, Any] = {
        "id": row["id"], "type": row["type"], "date": row["fetched_at"], "warc_file": place.warc_file, "offset": place.offset, "length": place.length,
    }  # fmt: skip
    if row["about"]:
        proof["about"] = row["about"]
    try:
        proof["member_sha256"] = hashlib.sha256(raw_at(collection.archive, place)).hexdigest()
        proof["block_digest"] = read_at(collection.archive, place).get("WARC-Block-Digest")
    except (ArchiveError, OSError) as error:
        proof["damaged"] = f"the record could not be read: {type(error).__name__}"
    return proof


def proof_of(collection: Collection, record: Record, about: str) -> dict[str, Any]:
    """The same of a record that no row speaks of.

    :param about: the capture that it is, or is a reading of
    """
    place, reading = record.position, about != record.id
    row = {
        "id": record.id,
        "type": record.type,
        "fetched_at": record.get("WARC-Date"),
        "about": about if reading else None,
    }
    return _proof(
        collection, {**row, "warc_file": place.warc_file, "warc_offset": place.offset, "warc_length": place.length}
    )
