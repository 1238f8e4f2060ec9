"""Readings as the store keeps them: compressed, and once. A revisit that says what its original said points to it."""

from __future__ import annotations

import json
import sqlite3
import zlib
from typing import Any

from parsers.record import Record

#: A reading without a record, and one that is its original's.
NOTHING, ITS_ORIGINALS = b"", b"="
#: The packed record of a row ``r`` of ``_readings``.
SAID = """CASE r.record WHEN x'3d' THEN (
  SELECT o.record FROM captures x JOIN _readings o ON o.capture = x.refers_to WHERE x.id = r.capture)
ELSE r.record END"""


def packed(record: Record | None) -> bytes:
    """A record as it is kept."""
    return packed_text(json.dumps(record.as_dict(), ensure_ascii=False)) if record else NOTHING


def packed_text(text: str) -> bytes:
    """The same from a record's JSON."""
    return zlib.compress(text.encode())


def text_of(data: bytes | None) -> str:
    """A kept record as JSON; ``null`` without one.

    :raises ValueError: it is damaged
    """
    if not data:
        return "null"
    try:
        return zlib.decompress(data).decode()
    except (zlib.error, TypeError) as error:
        raise ValueError(f"not a compressed record: {error}") from error


def unpacked(data: bytes | None) -> dict[str, Any] | None:
    """A kept record; ``None`` without one.

    :raises ValueError: it is damaged
    """
    found: dict[str, Any] | None = json.loads(text_of(data))
    return found


def evidence_of(record: dict[str, Any]) -> str:
    """What a version's row has of a record, as JSON: evidence, confidence, what was abstained from and skipped. Where
    each turn was found is in the reading alone.
    """
    found = {name: record[name] for name in ("evidence", "confidence", "abstained", "skipped") if name in record}
    found["evidence"] = {name: e for name, e in found.get("evidence", {}).items() if not name.startswith("turns[")}
    return json.dumps(found, ensure_ascii=False, sort_keys=True)


def record_of(db: sqlite3.Connection, capture: str | None) -> dict[str, Any] | None:
    """What was read of a capture; ``None`` when it was not, or nothing.

    :raises ValueError: it is damaged
    """
    row = db.execute(f"SELECT {SAID} FROM _readings r WHERE r.capture = ?", (capture,)).fetchone()
    return unpacked(row[0]) if row else None


def pack(db: sqlite3.Connection, capture: str, record: Record | None, original: str | None) -> bytes:
    """What to keep of a reading.

    :param original: the capture that a revisit refers to
    """
    data = packed(record)
    if original is None or not data:
        return data
    same = db.execute("SELECT 1 FROM _readings WHERE capture = ? AND record = ?", (original, data)).fetchone()
    return ITS_ORIGINALS if same and original != capture else data
