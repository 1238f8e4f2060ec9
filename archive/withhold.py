"""Lawful takedown: captures hidden from store, web, replay and packages; the ledger keeps the proof.

Bytes are kept, or destroyed by choice: the record's gzip member gives way to a note of exactly its length, so that every other
record keeps its place. Readings of the capture that stand in WARC as metadata records go the same way.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive import clock, ledger
from archive.collection import Collection
from archive.ledger import Entry
from archive.reading import row_of
from archive.rebuild import rebuild
from archive.records import Headers, Position, Record, locate, raw_at, read_at
from archive.store import open_reader
from archive.warc import digest, fsync_folder, new_id, sha256_file, warc_date
from archive.withheld import withheld_entries
from parsers.errors import ArchiveError, ConfigError

_PLACE = "warc_file, warc_offset, warc_length"


@dataclass(frozen=True, slots=True)
class Withheld:
    """What was withheld.

    :param packages: packages made earlier that may still hold the captures
    """

    entry: Entry
    captures: tuple[str, ...]
    packages: tuple[str, ...]


def withhold(collection: Collection, targets: list[str], reason: str, *, destroy: bool = False) -> Withheld:
    """Hide captures, each named by its id, by a turn or by an interview (then everything behind it).

    :param destroy: overwrite the records' bytes
    :raises ConfigError: an unknown name, no reason, or a file that is being written
    """
    if not reason.strip():
        raise ConfigError("--reason: say why, it goes into the ledger; 请写明原因，将记入账本")
    with collection.lock("withhold"):
        db = open_reader(collection.store)
        try:
            ids = sorted({identifier for target in targets for identifier in _captures(db, target)})
            places = _places(db, ids, readings=destroy)
        finally:
            db.close()
        already = withheld_entries(collection)
        ids = [i for i in ids if i not in already or (destroy and not already[i].data.get("destroyed"))]
        if not ids:
            raise ConfigError(f"{', '.join(targets)}: withheld already")
        proofs = [_proof(collection, identifier, position) for identifier, position in places]
        data: dict[str, Any] = {
            "type": "withhold",
            "captures": ids,
            "reason": reason.strip(),
            "destroyed": destroy,
            "records": proofs,
        }
        names = sorted({position.warc_file for _, position in places})
        if not destroy:
            entry = ledger.append(collection, {**data, "files": [{"name": name} for name in names]})
        else:
            entry = _destroy(collection, data, places, names, reason.strip())
        rebuild(collection)
    packages = tuple(sorted(p.name for p in collection.packages.glob("*") if not p.name.startswith(".")))
    return Withheld(entry, tuple(ids), packages)


def release(collection: Collection, captures: list[str], reason: str) -> Entry:
    """Show withheld captures again.

    :raises ConfigError: one of them is not withheld, or its bytes were destroyed
    """
    known = withheld_entries(collection)
    for identifier in captures:
        if identifier not in known:
            raise ConfigError(f"{identifier}: not withheld")
        if known[identifier].data.get("destroyed"):
            raise ConfigError(
                f"{identifier}: its bytes were destroyed on {known[identifier].data.get('at')}; nothing can be shown again"
            )
    entry = ledger.append(collection, {"type": "release", "captures": captures, "reason": reason})
    rebuild(collection)
    return entry


def _captures(db: sqlite3.Connection, target: str) -> list[str]:
    found = [r[0] for r in db.execute("SELECT id FROM captures WHERE id = :t OR record_id = :t", {"t": target})]
    found = found or [
        r[0]
        for r in db.execute(
            "SELECT v.capture FROM _turns t JOIN versions v ON v.id = t.version WHERE t.id = ?", (target,)
        )
    ]
    found = found or [
        r[0]
        for r in db.execute(
            """SELECT id FROM captures WHERE key IN (SELECT key FROM interview_urls WHERE interview = :t) UNION
               SELECT x.capture FROM version_captures x JOIN versions v ON v.id = x.version WHERE v.interview = :t AND x.part <> 'list'""",
            {"t": target},
        )
    ]
    if not found:
        raise ConfigError(f"{target}: no such capture, turn or interview")
    return found


def _places(db: sqlite3.Connection, ids: list[str], *, readings: bool) -> list[tuple[str, Position]]:
    places = []
    for identifier in ids:
        row = row_of(db, f"SELECT {_PLACE} FROM captures WHERE id = ?", (identifier,))
        assert row is not None
        places.append((identifier, Position(*row.values())))
        if readings:
            rows = db.execute(
                f"SELECT id, {_PLACE} FROM _metadata WHERE about = ? AND kind = 'record'", (identifier,)
            ).fetchall()
            places += [(r[0], Position(*r[1:])) for r in rows]
    return places


def _proof(collection: Collection, identifier: str, position: Position) -> dict[str, Any]:
    """What proves later that a capture was this one: its place and digests, not its words."""
    record = read_at(collection.archive, position)
    return {
        "id": identifier,
        "type": record.type,
        "date": record.get("WARC-Date"),
        "warc_file": position.warc_file,
        "offset": position.offset,
        "length": position.length,
        "block_digest": record.get("WARC-Block-Digest"),
        "member_sha256": hashlib.sha256(raw_at(collection.archive, position)).hexdigest(),
    }


def _destroy(
    collection: Collection, data: dict[str, Any], places: list[tuple[str, Position]], names: list[str], reason: str
) -> Entry:
    """Overwrite in copies, enter their digests into the ledger, then put the copies in place."""
    copies: list[tuple[Path, Path]] = []
    files = []
    for name in names:
        path = locate(collection.archive, name)
        if path.name != name:
            raise ConfigError(f"{path}: is being written; destroy its records when the crawl has ended")
        copy = path.with_name(f".{name}.withhold")
        shutil.copyfile(path, copy)
        with copy.open("r+b") as stream:
            for _, position in places:
                if position.warc_file == name:
                    record = read_at(collection.archive, position)
                    stream.seek(position.offset)
                    stream.write(tombstone(record, reason, gzip=not name.endswith(".warc")))
            stream.flush()
            os.fsync(stream.fileno())
        files.append(
            {"name": name, "size": copy.stat().st_size, "sha256": sha256_file(copy), "sha256_before": sha256_file(path)}
        )
        copies.append((copy, path))
    entry = ledger.append(collection, {**data, "files": files})
    for copy, path in copies:
        copy.replace(path)
    fsync_folder(collection.archive)
    return entry


def tombstone(record: Record, reason: str, *, gzip: bool) -> bytes:
    """A metadata record in the place of another, of exactly the same length in the file.

    :raises ArchiveError: the place is too small
    """
    size = record.position.length
    for text in (f"withheld: {' '.join(reason.split())}\r\n", "withheld\r\n", ""):
        block = text.encode()
        made = _padded(_lines(record, block), block, size, record.version) if gzip else _plain(record, block, size)
        if made is not None:
            return made
    raise ArchiveError(
        f"{record.position.warc_file} offset {record.position.offset}: {size} bytes are too few for a note in this place"
    )


def _lines(record: Record, block: bytes) -> Headers:
    headers: Headers = [
        ("WARC-Type", "metadata"),
        ("WARC-Record-ID", new_id()),
        ("WARC-Date", warc_date(clock.now(), "1.0")),
        ("WARC-Refers-To", record.get("WARC-Record-ID") or ""),
        ("WARC-Block-Digest", digest(block)),
        ("Content-Type", "application/warc-fields"),
    ]
    warcinfo = record.get("WARC-Warcinfo-ID")
    return [*headers, *([("WARC-Warcinfo-ID", warcinfo)] if warcinfo else [])]


def _serialised(headers: Headers, block: bytes, version: str) -> bytes:
    lines = [version, *(f"{n}: {v}" for n, v in headers), f"Content-Length: {len(block)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + block + b"\r\n\r\n"


def _padded(headers: Headers, block: bytes, size: int, version: str) -> bytes | None:
    """A gzip member of exactly ``size`` bytes: its header's comment takes what is left over."""
    data = _serialised(headers, block, version)
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = engine.compress(data) + engine.flush()
    body += struct.pack("<II", zlib.crc32(data), len(data))
    spare = size - len(body) - 10
    if spare < 0:
        return None
    head = b"\x1f\x8b\x08" + bytes([0x10 if spare else 0]) + bytes(4) + b"\x00\xff"
    return head + (b" " * (spare - 1) + b"\x00" if spare else b"") + body


def _plain(record: Record, block: bytes, size: int) -> bytes | None:
    """An uncompressed record of exactly ``size`` bytes: blanks at the end of its block take what is left over."""
    for digits in range(1, 20):
        base = len(_serialised(_lines(record, block), b"", record.version)) - 1 + digits
        length = size - base
        if length >= len(block) and len(str(length)) == digits:
            padded = block + b" " * (length - len(block))
            return _serialised(_lines(record, padded), padded, record.version)
    return None
