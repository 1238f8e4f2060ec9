"""Damage that the indexer meets: noted once, named by what is beside it, and never more than what it cost."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass
from typing import Any

from archive.collection.folder import Collection
from archive.errors import RecordMissing
from archive.ledger import chain as ledger
from archive.ledger.origins import Origins
from archive.store.losses import row_of_damage
from archive.warc.digests import contradicts
from archive.warc.records import Damage, Record, bare_id

log = logging.getLogger(__name__)


def taken_despite_faults(collection: Collection) -> frozenset[str]:
    """Files of other tools that came in although records in them were faulty:
    there is nothing to compare their blocks with.
    """
    entries = ledger.lenient(collection.ledger, naming=(b'"faults"',))
    return frozenset(str(e.data.get("name")) for e in entries if (e.data.get("origin") or {}).get("faults"))


@dataclass(slots=True)
class Damages:
    """The damage of one file after the other, noted in the table ``_damage``; the caller holds the transaction.

    What is withheld is nobody's loss: its damage is not noted, as that would name it.

    :param unchecked: files whose records are not compared with their digests
    :param withheld: record ids of what is withheld; ``places`` its files and offsets
    """

    origins: Origins
    unchecked: frozenset[str]
    withheld: frozenset[str] = frozenset()
    places: frozenset[tuple[str, int]] = frozenset()
    alone: Record | None = None  # a response whose request has not come yet
    gap: bool = False

    def begin_file(self) -> None:
        """Another file: what was last in the one before has nothing to do with it."""
        self.alone, self.gap = None, False

    def checked(self, name: str, found: Record | Damage) -> Record | Damage:
        """A record whose block is other than its own digest says is damaged, too."""
        if isinstance(found, Damage) or name in self.unchecked:
            return found
        if not contradicts(found.get("WARC-Block-Digest"), found.block):
            return found
        at, length = found.position.offset, found.position.length
        reason = "the block is not what its WARC-Block-Digest says"
        return Damage(at, reason, found.id or None, found.target or None, found.type or None, length)

    def add(self, db: sqlite3.Connection, name: str, damage: Damage) -> None:
        """Note a damaged stretch; one that is known is not reported again."""
        if damage.record_id in self.withheld or (name, damage.offset) in self.places:
            self.alone, self.gap = None, False
            return
        if _note(db, name, damage):
            log.error("archive/%s offset %d: %s; the rest is read", name, damage.offset, damage.reason)
        if not damage.offset:
            self.origins.learn(name, damage)
        if self.alone is not None:
            _name(db, name, "request", None, self.alone.target)
        self.alone, self.gap = None, self.alone is None

    def beside(self, db: sqlite3.Connection, name: str, record: Record) -> None:
        """A request behind a damaged stretch shows which response was in it, a response before it whose request."""
        response = bare_id(record.get("WARC-Concurrent-To"))
        if self.gap and record.type == "request" and response and response not in self.withheld:
            _name(db, name, "response", response, record.target)
        self.gap = False
        if record.type in ("response", "revisit") and not response:
            self.alone = record
        elif record.type == "request":
            self.alone = None

    @staticmethod
    def keeps(db: sqlite3.Connection, row: dict[str, Any], missing: RecordMissing) -> bool:
        """Note a capture that was read once and cannot be read again; whether it has a reading, which then stays."""
        place = Damage(row["warc_offset"], str(missing), row["id"], row["url"], row["type"], row["warc_length"])
        if _note(db, row["warc_file"], place):
            log.error("%s", missing)
        return db.execute("SELECT 1 FROM _readings WHERE capture = ?", (row["id"],)).fetchone() is not None


def _note(db: sqlite3.Connection, name: str, damage: Damage) -> bool:
    """Remember a damaged stretch; ``False`` when it is known already."""
    row = tuple(row_of_damage(name, damage).values())
    return db.execute("INSERT OR IGNORE INTO _damage VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row).rowcount > 0


def _name(db: sqlite3.Connection, name: str, kind: str, record: str | None, url: str) -> None:
    """What the last damaged stretch of a file held, where its own head does not say."""
    db.execute(
        """UPDATE _damage SET record = ?, type = ?, url = ? WHERE warc_file = ? AND type IS NULL
           AND offset = (SELECT max(offset) FROM _damage WHERE warc_file = ?)""",
        (record, kind, url, name, name),
    )
