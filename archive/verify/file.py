"""One WARC file, in one pass: its records, its digest, and in step with them the index lines and store rows that name
it.

A plain function of a :class:`Task`, so that files are checked in processes beside each other. What must be known across
files (record ids, what revisits refer to) goes into a small SQLite file in the scratch folder; memory stays flat.
"""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import replace
from typing import Any, Self

from archive.collection.files import final_name
from archive.fault import Fault, of_file
from archive.verify.beside import Lines, Rows
from archive.verify.pairs import Pairs
from archive.verify.record import Checked, RecordChecks
from archive.verify.task import Result, Task
from archive.warc import cdxj
from archive.warc.digests import claim
from archive.warc.records import Damage, Record, bare_id, fields_block, scan

FACTS = """
CREATE TABLE records (id TEXT, type TEXT, file TEXT, at INTEGER, uri TEXT, date TEXT, form TEXT, payload BLOB,
  claimed TEXT, block BLOB, strict INTEGER, own INTEGER, refers_to TEXT, refers_uri TEXT, refers_date TEXT,
  profile TEXT)"""


def check_file(task: Task) -> Result:
    """Check a file."""
    result = Result(task.path, size=replace(task, stop=None).size)
    with _FileCheck(task, result) as check:
        try:
            check.run()
        except FileNotFoundError:
            result.add(of_file("structure", str(task.path), "the file that was here a moment ago", "none"))
    result.faults += result.listed.rest()
    return result


class _FileCheck:
    def __init__(self, task: Task, result: Result) -> None:
        self.task, self.result = task, result
        self.name = final_name(task.path)
        self.open = task.stop is not None
        self.checks = RecordChecks(str(task.path), strict=task.own is True)
        self.pairs = Pairs()
        self.held: tuple[Record, bytes] | None = None
        self.request: Record | None = None
        self.facts = _Facts(task, self.name)
        self.rows = Rows(task, result, self.name)
        self.lines = Lines(task, result, self.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.facts.close()
        self.rows.rows.close()
        self.lines.rows.close()

    def run(self) -> None:
        """Every record of the file."""
        whole, first = hashlib.sha256(), True
        asked = self.task.digest and not self.open
        for found in scan(self.task.path, 0, self.task.stop, whole.update if asked else None):
            if isinstance(found, Damage):
                self._damaged(found)
            else:
                if first:
                    self._first(found)
                self._record(found)
            first = False
        if first and self.task.stop != 0:
            self.result.add(Fault("empty", str(self.task.path), 0, None, "at least a warcinfo record", "no record"))
        self._end(whole.hexdigest() if asked else None)

    def _end(self, digest: str | None) -> None:
        """What only shows when all records were read."""
        self._hold(None)
        self._unpaired()
        if not self.open:
            self.rows.rows.end()
            self.lines.rows.end()
            self.result.sha256 = None if self.result.damaged else digest

    def _damaged(self, found: Damage) -> None:
        self.result.damaged = True
        self._hold(None)
        at = self.rows.rows.at(found.offset)
        self.lines.rows.at(found.offset)
        record = found.record_id or (at["id"] if at else None)
        expected = "a whole record in one gzip member"
        self.result.add(Fault("structure", str(self.task.path), found.offset, record, expected, found.reason))

    def _first(self, record: Record) -> None:
        info = fields_block(record.block) if record.type == "warcinfo" else {}
        if self.task.own is None:
            self.checks.strict = info.get("software", "").startswith("fangtan/")
        if record.type != "warcinfo":
            level: Any = "fault" if self.checks.strict else "note"
            self.result.add(self.checks.fault("first-record", record, "warcinfo", record.type or "nothing", level))
        elif self.checks.strict and self.task.own and record.get("WARC-Filename") != self.name:
            found = str(record.get("WARC-Filename"))
            self.result.add(self.checks.fault("filename", record, f"WARC-Filename {self.name}", found))

    def _record(self, record: Record) -> None:
        self.result.records += 1
        self.result.bytes += record.position.length
        checked = Checked()
        for fault in self.checks.run(record, checked):
            self.result.add(fault)
        self.pairs.add(record)
        if record.type == "request":
            self._request(record)
        elif cdxj.indexed(record):
            self._hold((record, checked.payload))
        else:
            self._hold(None)
        if record.is_capture and record.id not in self.task.withheld:
            self.rows.check(record, checked)
        self.facts.add(record, checked, strict=self.checks.strict)

    def _unpaired(self) -> None:
        if not self.checks.strict:
            return
        for identifier, at, expected in self.pairs.single(damaged=self.result.damaged):
            if identifier not in self.task.destroyed:
                self.result.add(Fault("request", str(self.task.path), at, identifier, expected, "none"))

    # ── a response is kept until its request has come: a POST's index line needs it ─────────────────────────────────

    def _request(self, record: Record) -> None:
        if self.held is not None and self.held[0].id == bare_id(record.get("WARC-Concurrent-To")):
            response, payload = self.held
            self.held = None
            self.lines.check(response, record, payload)
        else:
            self._hold(None)
        self.request = record

    def _hold(self, following: tuple[Record, bytes] | None) -> None:
        if self.held is not None:
            record, payload = self.held
            self.lines.check(record, self.request, payload)
        self.held = following


class _Facts:
    """What must be compared across files: one row a record, in a file of the scratch folder."""

    def __init__(self, task: Task, name: str) -> None:
        self.name, self.own = name, task.own is True
        self.batch: list[tuple[Any, ...]] = []
        self.db = sqlite3.connect(task.scratch / f"{name}.facts", isolation_level=None)
        self.db.execute("PRAGMA journal_mode=OFF")
        self.db.execute("PRAGMA synchronous=OFF")
        self.db.execute(FACTS)
        self.db.execute("BEGIN")

    def add(self, record: Record, checked: Checked, *, strict: bool) -> None:
        self.batch.append((
            record.id,
            record.type,
            self.name,
            record.position.offset,
            record.target,
            record.get("WARC-Date"),
            *((None, None, None) if record.type == "request" else _original(record, checked)),
            claim(record.get("WARC-Block-Digest") or "")[1] or hashlib.sha256(record.block).digest(),
            strict,
            self.own,
            *(_referred(record) if record.type == "revisit" else (None, None, None, None)),
        ))  # fmt: skip
        if len(self.batch) >= 500:
            self._flush()

    def _flush(self) -> None:
        self.db.executemany(f"INSERT INTO records VALUES ({', '.join('?' * 16)})", self.batch)
        self.batch.clear()

    def close(self) -> None:
        self._flush()
        self.db.execute("COMMIT")
        self.db.close()


def _original(record: Record, checked: Checked) -> tuple[str | None, bytes | None, str | None]:
    """What a revisit shares with its original: form, payload, and the payload digest that it claims, in one writing."""
    text = record.get("WARC-Payload-Digest")
    algorithm, known = claim(text) if text else ("", None)
    claimed = None if known is None else f"{algorithm}:{known.hex()}"
    sure = record.type != "revisit" or (known is not None and algorithm == "sha256")
    return _form(checked), checked.payload if sure else None, claimed


def _form(checked: Checked) -> str | None:
    """Status and codings, which a revisit shares with its original."""
    message = checked.message
    if message is None or not len(message.block):
        return None
    return f"{message.status} {message.joined('transfer-encoding') or '-'} {message.joined('content-encoding') or '-'}"


def _referred(record: Record) -> tuple[str | None, ...]:
    return (
        bare_id(record.get("WARC-Refers-To")) or None,
        (record.get("WARC-Refers-To-Target-URI") or "").strip("<>") or None,
        record.get("WARC-Refers-To-Date"),
        record.get("WARC-Profile"),
    )
