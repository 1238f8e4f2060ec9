"""The index lines of what goes into a package."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from archive.warc import cdxj
from archive.warc.heads import head_of
from archive.warc.records import Position, Record, bare_id


class Indexed(NamedTuple):
    """Of a file: its index lines, sorted; which chosen captures it holds; records that these name, such as requests."""

    lines: list[str]
    found: set[str]
    asked: set[str]


def lines_of(records: Iterable[Record], name: str, ids: set[str]) -> Indexed:
    """What a file gives of the chosen captures.

    :param records: all that can be read of it, in order
    :param name: what the file is called in the package
    """
    lines: list[str | None] = []
    found, asked = set[str](), set[str]()
    held: Record | None = None
    request: Record | None = None
    for record in records:
        if record.type == "request":
            if held is not None and bare_id(record.get("WARC-Concurrent-To")) == held.id:
                lines[-1] = cdxj.line_of(held, record)
            request = record
        held = None
        if record.id in ids:
            found.add(record.id)
            asked.add(bare_id(record.get("WARC-Concurrent-To")))
        if _has_line(record, ids):
            place = Position(name, record.position.offset, record.position.length)
            held = Record(head_of(record.headers, record.version), record.block, place)
            lines.append(cdxj.line_of(held, request))
    return Indexed(sorted(line for line in lines if line and cdxj.shown(line)), found, asked - {""})


def _has_line(record: Record, ids: set[str]) -> bool:
    return cdxj.indexed(record) and (record.id in ids or record.type not in ("response", "revisit"))
