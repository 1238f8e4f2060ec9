"""One WARC file, in one pass: its records, its digest, and in step with them the index lines and store rows that name
it.

A plain function of a :class:`Task`, so that files are checked in processes beside each other. What must be known across
files (record ids, what revisits refer to) goes into a small SQLite file in the scratch folder; memory stays flat.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any, Self

from archive.collection.files import final_name
from archive.fault import Fault, of_file
from archive.verify.beside import Lines, Rows
from archive.verify.facts import Facts
from archive.verify.pairs import Half, Left, Pairs
from archive.verify.record import Checked, RecordChecks
from archive.verify.task import Result, Task
from archive.warc.records import BROKEN, Damage, Record, bare_id, fields_block, scan


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


@dataclass(frozen=True, slots=True)
class Part:
    """What the pass over a part of a file found.

    :param sound: there is nothing to report, and its last record ends where the next part begins
    :param asked: requests whose response is not in the part, with address and date; ``answered``: the reverse. Only of
        files of fangtan
    """

    sound: bool
    records: int = 0
    bytes: int = 0
    asked: Left = frozenset()
    answered: Left = frozenset()


def check_part(task: Task) -> Part:
    """Check a part of a file up to the first fault or note."""
    result = Result(task.path)
    with _FileCheck(task, result) as check:
        try:
            return check.part(*task.part) if task.part else Part(sound=False)
        except FileNotFoundError:
            return Part(sound=False)


class _FileCheck:
    def __init__(self, task: Task, result: Result) -> None:
        self.task, self.result = task, result
        self.name = final_name(task.path)
        self.open = task.stop is not None
        self.checks = RecordChecks(str(task.path), strict=task.own is True)
        self.pairs = Pairs()
        self.held: tuple[Record, bytes] | None = None
        self.request: Record | None = None
        self.facts = Facts(task, self.name)
        self.rows = Rows(task, result, self.name)
        self.lines = Lines(task, result, self.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.facts.close(strict=self.checks.strict)
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

    def part(self, start: int, end: int) -> Part:
        """The records of a part, in a file of fangtan all of the warcinfo record with which the file begins."""
        first = next(scan(self.task.path), None)
        if not isinstance(first, Record):
            return Part(sound=False)
        self._first(first)
        self.checks.warcinfo = first.get("WARC-Record-ID") if first.type == "warcinfo" else None
        owner, at = self.checks.warcinfo, start
        for found in scan(self.task.path, start, end):
            if isinstance(found, Damage):
                return Part(sound=False)
            self._record(found)
            at = found.position.offset + found.position.length
            if self.result.faults:
                return Part(sound=False)
        strict = self.checks.strict
        if strict and self.checks.warcinfo != owner:
            return Part(sound=False)
        single = self.pairs.left() if strict else (frozenset(), frozenset())
        return Part(at == end, self.result.records, self.result.bytes, *single)

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
        result, checked = self.result, Checked()
        result.records += 1
        result.bytes += record.position.length
        for fault in self.checks.run(record, checked):
            result.add(fault)
        if (half := self.pairs.add(record)) is not None and self.checks.strict:
            self._halves(record, half)
        self.facts.add(record, checked)
        if self.task.lines is not None:
            self._line(record, checked)
        if self.task.store is not None and record.is_capture and record.id not in self.task.withheld:
            self.rows.check(record, checked)

    def _halves(self, record: Record, half: Half) -> None:
        """The halves of an exchange have one address and one date: no digest covers these."""
        here = record.target.removeprefix(BROKEN), record.fields.get("WARC-Date")
        if here != half[:2]:
            wanted = f"address and date of the other half at offset {half[2]}, {half[0]} {half[1]}"
            self.result.add(self.checks.fault("request", record, wanted, " ".join(map(str, here))))

    def _unpaired(self) -> None:
        if not self.checks.strict:
            return
        for identifier, at, expected in self.pairs.single(damaged=self.result.damaged):
            if identifier not in self.task.destroyed:
                self.result.add(Fault("request", str(self.task.path), at, identifier, expected, "none"))

    # ── a response is kept until its request has come: a POST's index line needs it ─────────────────────────────────

    def _line(self, record: Record, checked: Checked) -> None:
        if record.type == "request":
            self._request(record)
        else:
            self._hold((record, checked.payload) if self.lines.indexed(record) else None)

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
