"""What index and store say of a WARC file, row by row as the pass over the file comes by."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from importlib import import_module
from typing import Any

from archive.collection.sql import rows_of
from archive.fault import Fault, Level
from archive.verify.foreign_lines import differences
from archive.verify.record import Checked
from archive.verify.task import Result, Task
from archive.warc.records import Record

Row = dict[str, Any]
_HERE = "SELECT url, fetched_at, sha256 FROM captures WHERE id = ? AND warc_file <> ?"
_ROW = "id, url, status, sha256, fetched_at, type, warc_file, warc_offset, warc_length"


class _Beside:
    """Rows in order of offset, each taken as the pass comes to its place; those that no record backs are faults."""

    def __init__(
        self, db: sqlite3.Connection | None, query: str, name: str, key: str, leftover: Callable[[Row], None]
    ) -> None:
        self.db, self._key, self._leftover = db, key, leftover
        self.broken: str | None = None
        self._rows = rows_of(db, query, (name,)) if db is not None else iter(())
        self._next = self._fetch()

    def _fetch(self) -> Row | None:
        """The next row; after damage of the database there is none."""
        try:
            return None if self.broken else next(self._rows, None)
        except sqlite3.Error as error:
            self.broken = str(error)
            return None

    def _take(self) -> Row:
        row, self._next = self._next, self._fetch()
        assert row is not None
        return row

    def skip(self, offset: int) -> None:
        """Rows that are before an offset: nothing in the file backs them."""
        while self._next is not None and self._next[self._key] < offset:
            self._leftover(self._take())

    def at(self, offset: int) -> Row | None:
        """The row of that offset."""
        self.skip(offset)
        return self._take() if self._next is not None and self._next[self._key] == offset else None

    def end(self) -> None:
        """Rows beyond the last record."""
        while self._next is not None:
            self._leftover(self._take())

    def close(self) -> None:
        """Close the database."""
        if self.db is not None:
            self.db.close()


class Lines:
    """The lines of the index that name a file."""

    def __init__(self, task: Task, result: Result, name: str) -> None:
        self.task, self.result = task, result
        db = sqlite3.connect(f"{task.lines.as_uri()}?mode=ro", uri=True) if task.lines is not None else None
        # What reads addresses is loaded where there are lines to compare.
        self.cdxj: Any = import_module("archive.warc.cdxj") if db is not None else None
        query = "SELECT at, line FROM lines WHERE file = ? ORDER BY at"
        self.rows = _Beside(db, query, name, "at", self._leftover)

    def indexed(self, record: Record) -> bool:
        """Whether a record has a line."""
        return bool(self.cdxj.indexed(record))

    def check(self, record: Record, request: Record | None, payload: bytes) -> None:
        """Compare a record's line with what it should be."""
        if record.id in self.task.withheld:
            return
        at = record.position.offset
        found = self.rows.at(at)
        if found is None and self.task.stop is not None:
            return
        wanted = self.cdxj.line_of(record, request, payload or None)
        if wanted is None or (found is None and not self.cdxj.shown(wanted)):
            return
        if not self.task.lines_own:
            self._by_meaning(record, found, wanted)
        elif found is None or found["line"] != wanted:
            instead = found["line"][:300] if found else "no such line"
            self._fault(record, f"the index line {wanted[:300]}", instead)

    def _by_meaning(self, record: Record, found: Row | None, wanted: str) -> None:
        """A line of another program; it may leave records out."""
        if found is None:
            self._fault(record, "an index line for this record", "none", "note")
            return
        for expected, instead in differences(found["line"], wanted, record, self.task.path):
            self._fault(record, f"an index line with {expected}", instead)

    def _fault(self, record: Record, expected: str, found: str, level: Level = "fault") -> None:
        self.result.add(Fault("index", str(self.task.path), record.position.offset, record.id, expected, found, level))

    def _leftover(self, row: Row) -> None:
        expected, found = "a record that backs the index line", f"none there: {row['line'][:200]}"
        self.result.add(Fault("index", str(self.task.path), row["at"], None, expected, found))


class Rows:
    """The store's rows of a file's captures."""

    def __init__(self, task: Task, result: Result, name: str) -> None:
        self.task, self.result, self.name = task, result, name
        # What reads a store takes longer to load than a file of a hundred pages to check.
        db = import_module("archive.store.store").open_reader(task.store) if task.store is not None else None
        self._said = False
        query = f"SELECT {_ROW} FROM captures WHERE warc_file = ? ORDER BY warc_offset"
        self.rows = _Beside(db, query, name, "warc_offset", self._leftover)

    def check(self, record: Record, checked: Checked) -> None:
        """Compare a capture's row with the record."""
        position = record.position
        found = self.rows.at(position.offset)
        place = f"the record at {self.name} offset {position.offset}"
        if found is None:
            if not self._elsewhere(record, checked):
                self._absent(record.id, place)
            return
        self.result.captures += 1
        facts = {
            "id": record.id, "url": record.target, "status": checked.message.status if checked.message else 0,
            "fetched_at": record.get("WARC-Date") or "", "type": record.type, "sha256": checked.payload.hex(), "warc_length": position.length,
        }  # fmt: skip
        for name, value in facts.items():
            if found[name] != value:
                self._fault(record.id, f"captures.{name} = {value!r} as in {place}", repr(found[name]))

    def _leftover(self, row: Row) -> None:
        self._fault(row["id"], f"the record at {row['warc_file']} offset {row['warc_offset']}", "no such record there")

    def _elsewhere(self, record: Record, checked: Checked) -> bool:
        """Whether the store has the same capture from another file: it came in before."""
        db = self.rows.db
        if db is None or self.task.own is not False:
            return False
        row = db.execute(_HERE, (record.id, record.position.warc_file)).fetchone()
        return row is not None and row == (record.target, record.get("WARC-Date"), checked.payload.hex())

    def _absent(self, record: str, place: str) -> None:
        """No row where one should be; that the table cannot be read is said once."""
        if self.task.stop is None and not self._said:
            self._fault(record, f"a captures row for {place}", f"{self.rows.broken or 'none'}; run `fangtan rebuild`")
        self._said = self.rows.broken is not None

    def _fault(self, record: str, expected: str, found: str) -> None:
        self.result.add(Fault("store", str(self.task.store), None, record, expected, found))
