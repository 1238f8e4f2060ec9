"""Readings as the store keeps them: compressed, and once. A revisit that says what its original said points to it.

Where values were found is said shortly: what is empty, or said elsewhere, is left out. This is the one place that
writes and reads it.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from parsers.record import Evidence

#: A reading without a record, and one that is its original's.
NOTHING, ITS_ORIGINALS = b"", b"="
#: The packed record of a row ``r`` of ``_readings``.
SAID = """CASE r.record WHEN x'3d' THEN (
  SELECT o.record FROM captures x JOIN _readings o ON o.capture = x.refers_to WHERE x.id = r.capture)
ELSE r.record END"""
#: How a record is kept: this byte, then its JSON in GB 18030 (two bytes a character, and nothing is lost), compressed.
FORM, _CODING = b"\x01", "gb18030"
#: What evidence says where nothing is written: as the record has it, in its order.
_USUAL: dict[str, Any] = {f.name: None if f.default is MISSING else f.default for f in fields(Evidence)}
_USUAL["rejected"] = []


def shortly(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as it is written: evidence without what is usual, each payload's digest once in ``payloads``.

    ``raw`` is left out where it is the quote. ``payload`` is a place in ``payloads``, 0 where it is not written.
    """
    if "evidence" not in record:
        return dict(record)
    payloads = list(dict.fromkeys(e.get("payload_sha256", "") for e in record["evidence"].values()))
    found = {}
    for name, said in record["evidence"].items():
        found[name] = short = {key: value for key, value in said.items() if value != _USUAL.get(key)}
        if said.get("raw") == said.get("quote"):
            short.pop("raw", None)
        if place := payloads.index(short.pop("payload_sha256", "")):
            short["payload"] = place
    return {**record, "evidence": found, "payloads": payloads}


def wholly(data: dict[str, Any]) -> dict[str, Any]:
    """The inverse of :func:`shortly`.

    :raises ValueError: it has another shape
    """
    if "payloads" not in data:
        return data
    try:
        payloads = data.pop("payloads")
        for name, short in data["evidence"].items():
            digest = payloads[short.pop("payload", 0)]
            data["evidence"][name] = {**_USUAL, "raw": short["quote"], **short, "payload_sha256": digest}
    except (TypeError, KeyError, IndexError, AttributeError) as error:
        raise ValueError(f"evidence of another shape: {error!r}") from error
    return data


def packed(record: Mapping[str, Any] | None) -> bytes:
    """A record, in plain JSON types, as it is kept."""
    if record is None:
        return NOTHING
    text = json.dumps(shortly(record), ensure_ascii=False, separators=(",", ":"))
    return FORM + zlib.compress(text.encode(_CODING), 9)


def unpacked(data: bytes | None) -> dict[str, Any] | None:
    """A kept record; ``None`` without one.

    :raises ValueError: it is damaged
    """
    if not data:
        return None
    try:
        if data[:1] != FORM:
            raise ValueError("it begins otherwise")
        found: dict[str, Any] = json.loads(zlib.decompress(data[1:]).decode(_CODING))
    except (zlib.error, TypeError, ValueError) as error:
        raise ValueError(f"not a compressed record: {error}") from error
    return wholly(found)


def text_of(data: bytes | None) -> str:
    """A kept record as JSON, as ``fangtan parse`` prints it; ``null`` without one.

    :raises ValueError: it is damaged
    """
    return json.dumps(unpacked(data), ensure_ascii=False)


def evidence_of(record: Mapping[str, Any]) -> str:
    """What a version's row has of a record, as JSON: evidence, confidence, what was abstained from. Where each turn was
    found, and which lines were skipped, is in the reading alone.
    """
    found = {name: record[name] for name in ("evidence", "confidence", "abstained") if name in record}
    found["evidence"] = {name: e for name, e in found.get("evidence", {}).items() if not name.startswith("turns[")}
    return json.dumps(shortly(found), ensure_ascii=False, sort_keys=True)


def evidence_in(text: str) -> dict[str, Any]:
    """What :func:`evidence_of` wrote, with all that it left out as usual.

    :raises ValueError: it is damaged
    """
    return wholly(json.loads(text))


def record_of(db: sqlite3.Connection, capture: str | None) -> dict[str, Any] | None:
    """What was read of a capture; ``None`` when it was not, or nothing.

    :raises ValueError: it is damaged
    """
    row = db.execute(f"SELECT {SAID} FROM _readings r WHERE r.capture = ?", (capture,)).fetchone()
    return unpacked(row[0]) if row else None


def pack(db: sqlite3.Connection, capture: str, record: Mapping[str, Any] | None, original: str | None) -> bytes:
    """What to keep of a reading.

    :param record: in plain JSON types
    :param original: the capture that a revisit refers to
    """
    data = packed(record)
    if original is None or not data:
        return data
    same = db.execute("SELECT 1 FROM _readings WHERE capture = ? AND record = ?", (original, data)).fetchone()
    return ITS_ORIGINALS if same and original != capture else data
