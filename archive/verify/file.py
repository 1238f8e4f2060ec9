"""One WARC file, in one pass: its records, its digest, and in step with them the index lines and store rows that name it.

A plain function of a :class:`Task`, so that files are checked in processes beside each other. What must be known across files
(record ids, what revisits refer to) goes into a small SQLite file in the scratch folder; memory stays flat.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from archive.collection.sql import rows_of
from archive.store.store import open_reader
from archive.verify.fault import Fault
from archive.verify.record import Checked, RecordChecks
from archive.warc import cdxj
from archive.warc.exchange import BROKEN
from archive.warc.records import Damage, Record, bare_id, fields_block, final_name, scan

MAX_FAULTS = 1000
FACTS = """
CREATE TABLE records (id TEXT, type TEXT, file TEXT, at INTEGER, uri TEXT, date TEXT, form TEXT, payload BLOB,
  refers_to TEXT, refers_uri TEXT, refers_date TEXT, profile TEXT)"""
_ROW = "id, url, status, sha256, fetched_at, type, warc_file, warc_offset, warc_length"


@dataclass(frozen=True, slots=True)
class Task:
    """A file to check.

    :param stop: committed length of an open file; ``None`` for a closed one
    :param own: the file is ours: strict checks; ``None``: what its warcinfo says
    :param lines: SQLite file with the index's lines; ``store`` the store; ``None`` when there is none to compare with
    :param withheld: record ids that index and store must not have
    :param destroyed: record ids whose bytes were destroyed on purpose
    """

    path: Path
    scratch: Path
    stop: int | None = None
    own: bool | None = None
    lines: Path | None = None
    store: Path | None = None
    withheld: frozenset[str] = frozenset()
    destroyed: frozenset[str] = frozenset()

    @property
    def size(self) -> int:
        """Bytes to read; 0 for what is no file that can be read."""
        if self.stop is not None:
            return self.stop
        try:
            return self.path.stat().st_size
        except OSError:
            return 0


@dataclass(slots=True)
class Result:
    """What the pass over a file found."""

    path: Path
    faults: list[Fault] = field(default_factory=list)
    more: int = 0
    records: int = 0
    captures: int = 0
    bytes: int = 0
    size: int = 0
    sha256: str | None = None
    damaged: bool = False

    def add(self, fault: Fault) -> None:
        """Keep a fault; beyond :data:`MAX_FAULTS` they are only counted."""
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(fault)
        else:
            self.more += 1


def check_file(task: Task) -> Result:
    """Check a file."""
    result = Result(task.path, size=replace(task, stop=None).size)
    with _FileCheck(task, result) as check:
        try:
            check.run()
        except FileNotFoundError:
            result.add(Fault("structure", str(task.path), None, None, "the file that was here a moment ago", "none"))
    if result.more:
        result.faults.append(
            Fault("more", str(task.path), None, None, f"at most {MAX_FAULTS} faults", f"{result.more} more, not listed")
        )
    return result


class _FileCheck:
    def __init__(self, task: Task, result: Result) -> None:
        self.task, self.result = task, result
        self.name = final_name(task.path)
        self.open = task.stop is not None
        self.checks = RecordChecks(str(task.path), strict=task.own is True)
        self.pending: dict[str, int] = {}  # responses whose request has not come yet
        self.asked: dict[str, int] = {}  # requests whose response has not come yet
        self.held: tuple[Record, bytes] | None = None
        self.request: Record | None = None
        self.facts = sqlite3.connect(task.scratch / f"{self.name}.facts", isolation_level=None)
        self.facts.execute("PRAGMA journal_mode=OFF")
        self.facts.execute("PRAGMA synchronous=OFF")
        self.facts.execute(FACTS)
        self.batch: list[tuple[Any, ...]] = []
        self.connections: list[sqlite3.Connection] = [self.facts]
        self.rows = _Steps(self._open_rows(), "warc_offset")
        self.lines = _Steps(self._open_lines(), "at")

    def __enter__(self) -> Self:
        self.facts.execute("BEGIN")
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self.facts.execute("COMMIT")
        for connection in self.connections:
            connection.close()

    def _open_rows(self) -> Iterator[dict[str, Any]] | None:
        if self.task.store is None:
            return None
        db = open_reader(self.task.store)
        self.connections.append(db)
        return rows_of(db, f"SELECT {_ROW} FROM captures WHERE warc_file = ? ORDER BY warc_offset", (self.name,))

    def _open_lines(self) -> Iterator[dict[str, Any]] | None:
        if self.task.lines is None:
            return None
        db = sqlite3.connect(f"{self.task.lines.as_uri()}?mode=ro", uri=True)
        self.connections.append(db)
        return rows_of(db, "SELECT at, line FROM lines WHERE file = ? ORDER BY at", (self.name,))

    # ── the pass ────────────────────────────────────────────────────────────────────────────────────────────────────

    def run(self) -> None:
        """Every record of the file."""
        whole, first = hashlib.sha256(), True
        for found in scan(self.task.path, 0, self.task.stop, None if self.open else whole.update):
            if isinstance(found, Damage):
                self._damaged(found)
            else:
                if first:
                    self._first(found)
                self._record(found)
            first = False
        self._hold(None)
        if first and self.task.stop != 0:
            self.result.add(Fault("empty", str(self.task.path), 0, None, "at least a warcinfo record", "no record"))
        self._unpaired()
        if not self.open:
            for row in self.rows.rest():
                self._leftover_row(row)
            for line in self.lines.rest():
                self._leftover_line(line)
        if not self.open and not self.result.damaged:
            self.result.sha256 = whole.hexdigest()

    def _damaged(self, found: Damage) -> None:
        self.result.damaged = True
        self._hold(None)
        for row in self.rows.before(found.offset):
            self._leftover_row(row)
        for line in self.lines.before(found.offset):
            self._leftover_line(line)
        at = self.rows.at(found.offset)
        self.lines.at(found.offset)
        record = found.record_id or (at["id"] if at else None)
        self.result.add(
            Fault(
                "structure",
                str(self.task.path),
                found.offset,
                record,
                "a whole record in one gzip member",
                found.reason,
            )
        )

    def _first(self, record: Record) -> None:
        info = fields_block(record.block) if record.type == "warcinfo" else {}
        if self.task.own is None:
            self.checks.strict = info.get("software", "").startswith("fangtan/")
        if record.type != "warcinfo":
            level: Any = "fault" if self.checks.strict else "note"
            self.result.add(self.checks.fault("first-record", record, "warcinfo", record.type or "nothing", level))
        elif self.checks.strict and self.task.own and record.get("WARC-Filename") != self.name:
            self.result.add(
                self.checks.fault("filename", record, f"WARC-Filename {self.name}", str(record.get("WARC-Filename")))
            )

    def _record(self, record: Record) -> None:
        self.result.records += 1
        self.result.bytes += record.position.length
        checked = Checked()
        for fault in self.checks.run(record, checked):
            self.result.add(fault)
        kind = record.type
        if kind == "request":
            self._pair_request(record)
        elif kind in ("response", "revisit") or record.target.startswith(BROKEN):
            self._pair_response(record)
        if cdxj.indexed(record):
            self._hold((record, checked.payload))
            self.request = (
                None
                if self.request and record.get("WARC-Concurrent-To") != self.request.get("WARC-Record-ID")
                else self.request
            )
        elif kind != "request":
            self._hold(None)
        if record.is_capture and record.id not in self.task.withheld:
            self._row(record, checked)
        message = checked.message
        form = (
            f"{message.status} {message.joined('transfer-encoding') or '-'} {message.joined('content-encoding') or '-'}"
            if message and kind != "request"
            else None
        )
        self.batch.append(
            (
                record.id, kind, self.name, record.position.offset, record.target, record.get("WARC-Date"), form,
                checked.payload if kind != "request" else None,
                *((bare_id(record.get("WARC-Refers-To")) or None, (record.get("WARC-Refers-To-Target-URI") or "").strip("<>") or None, record.get("WARC-Refers-To-Date"),
                   record.get("WARC-Profile")) if kind == "revisit" else (None, None, None, None)),
            )
        )  # fmt: skip
        if len(self.batch) >= 500:
            self._flush()

    def _flush(self) -> None:
        self.facts.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self.batch)
        self.batch.clear()

    # ── requests and responses ──────────────────────────────────────────────────────────────────────────────────────

    def _pair_request(self, record: Record) -> None:
        target = bare_id(record.get("WARC-Concurrent-To"))
        if self.held is not None and self.held[0].id == target:
            response, payload = self.held
            self.held = None
            self._line(response, record, payload)
        else:
            self._hold(None)
            self.request = record
        if target and self.pending.pop(target, None) is not None:
            return
        self.asked[target or record.id] = record.position.offset

    def _pair_response(self, record: Record) -> None:
        asked = bare_id(record.get("WARC-Concurrent-To"))
        if self.asked.pop(record.id, None) is None and (not asked or self.asked.pop(asked, None) is None):
            self.pending[record.id] = record.position.offset

    def _unpaired(self) -> None:
        if not self.checks.strict:
            return
        path = str(self.task.path)
        for identifier, at in self.pending.items():
            if identifier not in self.task.destroyed:
                self.result.add(
                    Fault("request", path, at, identifier, "a request record concurrent to this response", "none")
                )
        for identifier, at in self.asked.items():
            if not self.result.damaged and identifier not in self.task.destroyed:
                self.result.add(Fault("request", path, at, identifier, "the response that this request names", "none"))

    # ── index ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _hold(self, following: tuple[Record, bytes] | None) -> None:
        """Keep a response until its request has come: a POST's line needs it."""
        if self.held is not None:
            record, payload = self.held
            asked = (
                self.request
                if self.request and record.get("WARC-Concurrent-To") == self.request.get("WARC-Record-ID")
                else None
            )
            self._line(record, asked, payload)
        self.held = following

    def _line(self, record: Record, request: Record | None, payload: bytes) -> None:
        if self.task.lines is None or record.id in self.task.withheld:
            return
        at = record.position.offset
        for line in self.lines.before(at):
            self._leftover_line(line)
        found = self.lines.at(at)
        if found is None and self.open:
            return
        wanted = cdxj.line_of(record, request, payload or None)
        if found is None or found["line"] != wanted:
            self.result.add(
                Fault(
                    "index",
                    str(self.task.path),
                    at,
                    record.id,
                    f"the index line {(wanted or '')[:300]}",
                    (found["line"][:300] if found else "no such line"),
                )
            )

    def _leftover_line(self, line: dict[str, Any]) -> None:
        self.result.add(
            Fault(
                "index",
                str(self.task.path),
                line["at"],
                None,
                "a record that backs the index line",
                f"none there: {line['line'][:200]}",
            )
        )

    # ── store ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _row(self, record: Record, checked: Checked) -> None:
        if self.task.store is None:
            return
        position = record.position
        for row in self.rows.before(position.offset):
            self._leftover_row(row)
        found = self.rows.at(position.offset)
        store = str(self.task.store)
        if found is None:
            if not self.open:
                self.result.add(
                    Fault(
                        "store",
                        store,
                        None,
                        record.id,
                        f"a captures row for the record at {self.name} offset {position.offset}",
                        "none; run `fangtan rebuild`",
                    )
                )
            return
        self.result.captures += 1
        facts = {
            "id": record.id, "url": record.target, "status": checked.message.status if checked.message else 0,
            "fetched_at": record.get("WARC-Date"), "type": record.type, "sha256": checked.payload.hex(), "warc_length": position.length,
        }  # fmt: skip
        for name, value in facts.items():
            if found[name] != value:
                self.result.add(
                    Fault(
                        "store",
                        store,
                        None,
                        record.id,
                        f"captures.{name} = {value!r} as in the record at {self.name} offset {position.offset}",
                        repr(found[name]),
                    )
                )

    def _leftover_row(self, row: dict[str, Any]) -> None:
        self.result.add(
            Fault(
                "store",
                str(self.task.store),
                None,
                row["id"],
                f"the record at {row['warc_file']} offset {row['warc_offset']}",
                "no such record there",
            )
        )


class _Steps:
    """Rows in order of offset, taken as the pass comes by."""

    def __init__(self, rows: Iterator[dict[str, Any]] | None, key: str) -> None:
        self._rows, self._key = rows or iter(()), key
        self._next = next(self._rows, None)

    def _take(self) -> dict[str, Any]:
        row, self._next = self._next, next(self._rows, None)
        assert row is not None
        return row

    def before(self, offset: int) -> Iterator[dict[str, Any]]:
        """Rows that stand before an offset: nothing in the file backs them."""
        while self._next is not None and self._next[self._key] < offset:
            yield self._take()

    def at(self, offset: int) -> dict[str, Any] | None:
        """The row of that offset."""
        return self._take() if self._next is not None and self._next[self._key] == offset else None

    def rest(self) -> Iterator[dict[str, Any]]:
        """Rows beyond the last record."""
        while self._next is not None:
            yield self._take()
