"""Store ↔ payload: the text of every turn and every quoted evidence is found in the bytes it was read from.

Deliberately not the parsers' way of reading at first: tags are cut, entities and escapes undone, blanks dropped, and
the words searched in what is left. Only what is not found so is looked for by reading the page again.
"""

from __future__ import annotations

import html
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import parsers
from archive.collection.folder import Collection
from archive.collection.sql import row_of
from archive.errors import ArchiveError
from archive.fault import Fault
from archive.store.packing import evidence_in
from archive.store.reading import Reader
from archive.store.store import open_reader
from parsers.errors import FangtanError
from parsers.page.decode import decode

_TAG = re.compile(r"<!--|-->|<[/!?]?[a-zA-Z][^<>]*>|<!\[CDATA\[|\]\]>")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_SIMPLE = re.compile(r"\\([\"'/\\nrtbf])")
#: Blanks, format characters (zero width, soft hyphen, marks of direction) and the replacement character.
_BLANK = re.compile(r"[\s\u00a0\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufffd\x00-\x1f\x7f-\x9f]+")


@dataclass(frozen=True, slots=True)
class QuoteTask:
    """Versions to check, by rowid."""

    collection: Collection
    first: int
    last: int


def squeezed(text: str) -> str:
    """Text without blanks and invisible characters."""
    return _BLANK.sub("", text)


def haystack(payload: parsers.Payload) -> str:
    """All text of a payload, squeezed: what is left of it when tags, entities and escapes are undone."""
    text = decode(payload.data, payload.content_type).text
    found = [_plain(text)]
    if "\\" in text:
        unescaped = _SIMPLE.sub(
            lambda m: m[1] if m[1] in "\"'/\\" else " ", _ESCAPE.sub(lambda m: chr(int(m[1], 16)), text)
        )
        found.append(_plain(html.unescape(unescaped)))
    return "\x00".join(found)


def _plain(text: str) -> str:
    return squeezed(html.unescape(_TAG.sub("", text)) + "\x00" + html.unescape(text))


def check_quotes(task: QuoteTask) -> tuple[int, list[Fault]]:
    """How many quotes of these versions were looked for, and those that are not there."""
    db = open_reader(task.collection.store)
    try:
        return _check(db, task)
    finally:
        db.close()


def _check(db: sqlite3.Connection, task: QuoteTask) -> tuple[int, list[Fault]]:
    reader, faults, looked = Reader(task.collection), [], 0
    rows = db.execute(
        "SELECT id, capture, evidence, title, n_turns FROM versions WHERE rowid BETWEEN ? AND ? ORDER BY rowid",
        (task.first, task.last),
    ).fetchall()
    for version, capture, evidence, _, n_turns in rows:
        try:
            wanted = list(_wanted(db, version, evidence))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            expected, found = (
                "evidence as JSON that says where each value was found",
                f"{type(error).__name__}: {error}",
            )
            faults.append(_fault(task, version, capture, expected, found[:200]))
            wanted = [*_turn_lines(db, version)]
        try:
            missing = _missing(db, reader, capture, wanted)
        except FangtanError as error:
            faults.append(_fault(task, version, capture, "the payload that the version was read from", str(error)))
            continue
        looked += len(wanted)
        for what, quote in missing:
            faults.append(
                _fault(task, f"{version} {what}", capture, "its words in the payload", f"not there: {quote[:80]!r}")
            )
        (kept,) = db.execute("SELECT count(*) FROM _turns WHERE version = ?", (version,)).fetchone()
        if kept != n_turns:
            faults.append(_fault(task, version, capture, f"{n_turns} turns", f"{kept}"))
    return looked, faults


def _missing(
    db: sqlite3.Connection, reader: Reader, capture: str, wanted: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """The quotes that are not in the page.

    What a plain search does not find may run over a script, a comment, or markup that only a browser's rules undo. Then
    the page is read as the parsers read it, and what is in the store must be what they find there now.
    """
    row = _row(db, capture)
    text = "\x00".join(haystack(p) for p in reader.payloads(db, row))
    missing = [(what, quote) for what, quote in wanted if squeezed(quote) not in text]
    if not missing:
        return []
    _, record, _ = reader.parsed(db, row, 200)
    if record is None:
        return missing
    found = _quotes_of(record)
    return [one for one in missing if one not in found]


def _quotes_of(record: parsers.Record) -> set[tuple[str, str]]:
    """What a reading quotes: the lines of its turns, the words behind its values."""
    lines = {(f"turns[{turn.seq}]", line) for turn in record.turns for line in turn.text.split("\n")}
    return lines | {(name, str(e["quote"])) for name, e in record.as_dict()["evidence"].items()}


def _fault(task: QuoteTask, what: str, capture: str, expected: str, found: str) -> Fault:
    return Fault("quote", f"{task.collection.store} {what}", None, capture, expected, found)


def _row(db: sqlite3.Connection, capture: str) -> dict[str, Any]:
    """The row of a capture."""
    row = row_of(db, "SELECT * FROM captures WHERE id = ?", (capture,))
    if row is None:
        raise ArchiveError(f"no capture {capture}")
    return row


def _wanted(db: sqlite3.Connection, version: str, evidence: str) -> Iterator[tuple[str, str]]:
    data = evidence_in(evidence).get("evidence", {})
    for name, found in sorted(data.items()):
        if found["quote"] and not found["method"].startswith("list"):
            yield name, str(found["quote"])
    yield from _turn_lines(db, version)


def _turn_lines(db: sqlite3.Connection, version: str) -> Iterator[tuple[str, str]]:
    for seq, text in db.execute("SELECT seq, text FROM _turns WHERE version = ? ORDER BY seq", (version,)):
        for line in str(text).split("\n"):
            yield f"turns[{seq}]", line
