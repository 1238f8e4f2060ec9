"""Whether the records of earlier runs can still be read: a revisit or a 304 that refers to a lost one would keep
nothing.
"""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from archive.collection.crawldb import open_readonly
from archive.collection.files import OPEN_SUFFIX, final_name
from archive.collection.folder import Collection
from archive.errors import RecordMissing
from archive.ledger.withheld import withheld_ids
from archive.warc.digests import contradicts
from archive.warc.records import Position, locate, read_at

log = logging.getLogger("fangtan")
_PLACE = "SELECT warc_file, warc_offset, warc_length FROM captures WHERE id = ?"
_DAMAGED = "SELECT 1 FROM _damage WHERE warc_file = ? AND (offset = ? OR whole) LIMIT 1"
_READ = "SELECT warc_file, offset FROM _cursor UNION SELECT warc_file, 1 << 60 FROM _damage WHERE whole"


@dataclass(slots=True)
class Originals:
    """The records that a site's earlier runs wrote, by record id. What is withheld counts as kept: the ledger proves
    that it was there.

    A store that cannot be asked says nothing; then the records count as kept.

    :param hidden: records that are withheld, where the collection's own ledger does not say it
    """

    collection: Collection
    hidden: frozenset[str] = frozenset()
    db: sqlite3.Connection | None = None
    complete: bool = False
    read: dict[str, bool] = field(default_factory=dict)

    def is_kept(self, record_id: str) -> bool:
        """Whether the record can be read, and its block is what its digest says. It is read once a run."""
        if record_id not in self.read:
            self.read[record_id] = self._is_whole(record_id)
            if not self.read[record_id]:
                log.warning(
                    "%s: this earlier capture is lost or cut off; its address is fetched completely again", record_id
                )
        return self.read[record_id]

    def is_withheld(self, record_id: str) -> bool:
        """Whether a takedown hides it: another address that has its payload is no part of that takedown."""
        return record_id in self.hidden or record_id in withheld_ids(self.collection)

    def is_lost(self, record_id: str) -> bool:
        """Whether it is known to be lost, without reading it: its file is not there or too short,
        or the store knows of damage.
        """
        if record_id in withheld_ids(self.collection):
            return False
        if self.read.get(record_id) is False:
            return True
        if not self._open():
            return False
        try:
            place = self._place(record_id)
            if place is None:
                return self.complete  # read everything, and it was not there
            return self._too_short(place) or self._asked(_DAMAGED, place.warc_file, place.offset) is not None
        except sqlite3.Error:  # damaged in a place that opening it does not read
            return False

    def close(self) -> None:
        """Let go of the store."""
        if self.db is not None:
            self.db.close()
            self.db = None

    def _is_whole(self, record_id: str) -> bool:
        if record_id in withheld_ids(self.collection) or not self._open():
            return True
        try:
            place = self._place(record_id)
            if place is None:
                return False
            record = read_at(self.collection.archive, place)
        except sqlite3.Error:
            return True
        except (RecordMissing, OSError):
            return False
        whole = record.get("WARC-Truncated") in (None, "length")  # what broke off is asked for again
        return whole and record.id == record_id and not contradicts(record.get("WARC-Block-Digest"), record.block)

    def _too_short(self, place: Position) -> bool:
        try:
            return locate(self.collection.archive, place.warc_file).stat().st_size < place.offset + place.length
        except (OSError, RecordMissing):
            return True

    def _place(self, record_id: str) -> Position | None:
        row = self._asked(_PLACE, record_id)
        return Position(*row) if row else None

    def _asked(self, query: str, *values: object) -> tuple[Any, ...] | None:
        assert self.db is not None
        found: tuple[Any, ...] | None = self.db.execute(query, values).fetchone()
        return found

    def _open(self) -> bool:
        """Whether the store can be asked."""
        if self.db is not None:
            return True
        if not self.collection.store.exists():
            return False
        try:
            db = open_readonly(self.collection.store)
            self.complete = self._has_all(dict(db.execute(_READ)))
        except (sqlite3.Error, OSError):
            return False
        self.db = db
        return True

    def _has_all(self, read: dict[str, int]) -> bool:
        """Whether the store has read every file that is closed."""
        closed = (path for path in self.collection.warcs() if not path.name.endswith(OPEN_SUFFIX))
        return all(read.get(final_name(path), 0) >= path.stat().st_size for path in closed)
