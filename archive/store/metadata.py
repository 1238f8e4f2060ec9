"""Metadata records in the store: failed fetches, a server's certificates, what the parser read at the time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Set as AbstractSet
from typing import Any

from archive.collection.urls import host_of
from archive.store.store import insert_copy
from archive.warc.records import Record, bare_id, fields_block

#: What a metadata record is, by the field that shows it.
_METADATA = (
    ("fetch-error", "fetch-error"),
    ("tls", "certificate-chain"),
    ("tls-relaxed", "tls-relaxed"),
    ("record", "record"),
)


def keep_metadata(db: sqlite3.Connection, record: Record, withheld: AbstractSet[str]) -> None:
    """A failed fetch, a server's certificates, what the parser read at the time."""
    fields = fields_block(record.block)
    kind = next((k for k, name in _METADATA if name in fields), None)
    if kind is None:
        return
    about = bare_id(record.get("WARC-Concurrent-To") or record.get("WARC-Refers-To"))
    if kind == "record" and about in withheld:
        return
    insert_copy(db, "_metadata", _row(record, kind, about, fields))


def _row(record: Record, kind: str, about: str, fields: dict[str, str]) -> dict[str, Any]:
    url = record.target
    return {
        "id": record.id, "about": about or None, "kind": kind, "url": url, "host": host_of(url), "at": record.get("WARC-Date") or "",
        "fields": json.dumps({k: v for k, v in fields.items() if k != "record"}, ensure_ascii=False, sort_keys=True),
        "warc_file": record.position.warc_file, "warc_offset": record.position.offset, "warc_length": record.position.length,
    }  # fmt: skip
