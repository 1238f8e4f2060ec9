"""Records in segments, over one file or several: the chain that they make, and the digest of all of it."""

from __future__ import annotations

import mmap
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from archive.fault import Fault, Level
from archive.verify.payloads import Place, digests_of_block
from archive.warc.records import Record, bare_id, scan

#: The chains, each in its order: the first segment has the id that the others name.
_LISTED = """
SELECT origin, segments.number, id, name, at, type, uri, total, length FROM segments JOIN files ON files.number = file
ORDER BY origin, segments.number, id, name, at"""
_CLAIMED = "SELECT claimed FROM records WHERE id = ? AND claimed IS NOT NULL LIMIT 1"
#: Segments that are listed one by one where they are lacking.
_SHOWN = 5


def row_of(record: Record) -> tuple[object, ...] | None:
    """A segment as the facts keep it; ``None`` for what says no place in a chain.

    :returns: a total of -1 stands for one that is no number
    """
    number, later = record.fields.get("WARC-Segment-Number") or "", record.type == "continuation"
    origin = bare_id(record.fields.get("WARC-Segment-Origin-ID")) if later else record.id
    if not number.isdecimal() or len(number) > 18 or not origin or (number == "1") == later:
        return None
    total = record.fields.get("WARC-Segment-Total-Length")
    known = None if total is None else int(total) if total.isdecimal() and len(total) <= 18 else -1
    return record.id, record.position.offset, record.type, origin, int(number), known, record.target, len(record.raw)


@dataclass(frozen=True, slots=True)
class _Segment:
    """A segment, with its place."""

    origin: str
    number: int
    id: str
    file: str
    at: int
    type: str
    uri: str
    total: int | None
    length: int

    def fault(self, expected: str, found: str, level: Level = "fault", check: str = "segment") -> Fault:
        return Fault(check, self.file, self.at, self.id or None, expected, found, level)


def check_segments(db: sqlite3.Connection, place: Place, scratch: Path, *, kept: bool) -> Iterator[Fault]:
    """Each chain of segments.

    :param kept: it is a collection, whose index and store have first segments alone
    """
    rows = (_Segment(*row) for row in db.execute(_LISTED))
    for origin, group in groupby(rows, key=lambda one: one.origin):
        chain, double = _chain(group)
        found = [*double, *_shape(db, origin, chain)]
        if not found:
            found += _payload(db, place, scratch, chain)
        yield from found
        if kept and not found:
            parts = f"{len(chain)} segments; the index has the first one alone, the store reads it as cut off"
            yield chain[0].fault("a record in one piece", parts, "note")


def _chain(group: Iterable[_Segment]) -> tuple[list[_Segment], list[Fault]]:
    """The segments in their order; a copy in another file counts for nothing, another one of its number is wrong."""
    chain: list[_Segment] = []
    wrong: list[Fault] = []
    for one in group:
        if not chain or chain[-1].number != one.number:
            chain.append(one)
        elif chain[-1].id != one.id:
            wrong.append(one.fault(f"one segment {one.number} of the record {one.origin}", f"{chain[-1].id}, too"))
    return chain, wrong


def _shape(db: sqlite3.Connection, origin: str, chain: list[_Segment]) -> Iterator[Fault]:
    """Whether all segments are here, and belong to each other."""
    first, last = chain[0], chain[-1]
    for one in chain:
        if one.uri != first.uri:
            yield one.fault(f"the address of the segment before it, {first.uri}", one.uri or "none")
        if one.total is not None and one is not last:
            yield one.fault("a WARC-Segment-Total-Length in the last segment alone", f"segment {last.number} behind it")
    yield from _lacking(db, origin, chain)
    yield from _length(chain)


def _length(chain: list[_Segment]) -> Iterator[Fault]:
    """Whether the last segment says how long all are."""
    last, size = chain[-1], sum(one.length for one in chain)
    if last.total == -1:
        yield last.fault("a WARC-Segment-Total-Length", "no number")
    elif last.total not in (None, size) and len(chain) == last.number:
        yield last.fault(f"{last.total} bytes in all segments", f"{size}")


def _lacking(db: sqlite3.Connection, origin: str, chain: list[_Segment]) -> Iterator[Fault]:
    """Segments that are not here: they may be in another file."""
    first, last, beside = chain[0], chain[-1], "none here: the complete record cannot be checked"
    numbers = {one.number for one in chain}
    if 1 not in numbers:
        if db.execute("SELECT 1 FROM records WHERE id = ? LIMIT 1", (origin,)).fetchone():
            yield first.fault(f"WARC-Segment-Number 1 in the record {origin} that it continues", "no first segment")
        else:
            yield first.fault(f"the record {origin} that it continues", beside, "note")
    between = (number for number in range(2, last.number) if number not in numbers)
    if lacking := [number for number, _ in zip(between, range(_SHOWN), strict=False)]:
        listed = ", ".join(map(str, lacking)) + (" …" if len(lacking) == _SHOWN else "")
        yield first.fault(f"segment {listed} of the record {origin}", beside, "note")
    if last.total is None:
        yield last.fault("the last segment, with WARC-Segment-Total-Length", beside, "note")


def _payload(db: sqlite3.Connection, place: Place, scratch: Path, chain: list[_Segment]) -> Iterator[Fault]:
    """The digest that the first segment claims, of the payload of all."""
    first = chain[0]
    row = db.execute(_CLAIMED, (first.id,)).fetchone()
    if row is None:
        return
    with TemporaryFile(dir=scratch) as file:
        if not all(_append(file, place(one.file), one.at) for one in chain) or not file.tell():
            return  # what cannot be read is named already
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as block:
            found = digests_of_block(block, row[0].partition(":")[0], http=first.type == "response")
    if row[0] not in found:
        yield first.fault(row[0], f"{' or '.join(sorted(found))} of all segments", check="payload-digest")


def _append(file: IO[bytes], path: Path | None, at: int) -> bool:
    found = next(scan(path, at, at + 1), None) if path is not None else None
    if isinstance(found, Record):
        file.write(found.raw)
    return isinstance(found, Record)
