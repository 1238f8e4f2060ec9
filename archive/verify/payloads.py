"""Digests of payloads by algorithms that the pass over their file did not ask for: the records are read again."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from archive.warc.http import View, entity_digest, read_message
from archive.warc.records import Record, scan

#: The file of a name, as the facts have it; ``None`` where it is not at hand.
Place = Callable[[str], Path | None]
#: So many revisits of revisits are followed to the bytes.
_STEPS = 8
_AT = """
SELECT o.type, name, o.at, r.refers_to FROM records o JOIN files ON number = o.file
LEFT JOIN revisits r ON r.id = o.id AND r.file = o.file WHERE o.id = ? LIMIT 1"""


class Payloads:
    """The payloads behind records, each digest reckoned once in a row."""

    def __init__(self, db: sqlite3.Connection, place: Place) -> None:
        self.db, self.place = db, place
        self.digests = lru_cache(maxsize=256)(self._digests)

    def _digests(self, identifier: str, algorithm: str) -> frozenset[str]:
        """Digests of a record's payload as claims have them, without and with chunk framing; empty where nothing here
        has all of its bytes.
        """
        for _ in range(_STEPS):
            row = self.db.execute(_AT, (identifier,)).fetchone()
            if row is None:
                break
            kind, name, at, identifier = row
            if kind != "revisit":
                return self._at(name, at, algorithm)
            if identifier is None:
                break
        return frozenset()

    def _at(self, name: str, at: int, algorithm: str) -> frozenset[str]:
        path = self.place(name)
        found = next(scan(path, at, at + 1), None) if path is not None else None
        if (
            not isinstance(found, Record)
            or found.fields.get("WARC-Segment-Number")
            or found.fields.get("WARC-Truncated")
        ):
            return frozenset()
        return digests_of(found, algorithm)


def digests_of(record: Record, algorithm: str) -> frozenset[str]:
    """The digests that a tool may claim of a record's payload."""
    http = record.type == "response"
    found = digests_of_block(record.raw, algorithm, http=http)
    plain = http and not (record.fields.get("Content-Type") or "").lower().startswith("application/http")
    return found | digests_of_block(record.raw, algorithm, http=False) if plain else found


def digests_of_block(block: View, algorithm: str, *, http: bool) -> frozenset[str]:
    """The digests that a tool may claim of the payload in a block: some reckon with the chunk framing."""
    if not http:
        return frozenset({f"{algorithm}:{hashlib.new(algorithm, block).hexdigest()}"})
    message = read_message(block)
    (plain,), _ = entity_digest(message, algorithm)
    framed = plain
    if message.chunked:
        with memoryview(block) as view, view[message.end :] as body:
            framed = hashlib.new(algorithm, body).digest()
    return frozenset(f"{algorithm}:{digest.hex()}" for digest in (plain, framed))
