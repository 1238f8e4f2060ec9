"""Bytes of withheld records give way to notes of exactly their length, so that every other record keeps its place.

A file is never changed in place. The ledger first says what is to go (the takedown), then which digests the files will have (``overwrite``); then copies
take the files' places, and a last entry says that the bytes are gone. A note is the same each time it is made, so an interrupted takedown goes on.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import struct
import uuid
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive import ledger
from archive.collection import Collection
from archive.ledger import Entry
from archive.records import Headers, Position, Record, locate, raw_at, read_at
from archive.warc import digest, fsync_folder, sha256_file
from archive.withheld import takedowns
from parsers.errors import ArchiveError

log = logging.getLogger("fangtan")
_NOTES = uuid.UUID("6f6b7c4e-3f0a-5d7e-9a51-0b6d0c2f7a11")


@dataclass(frozen=True, slots=True)
class Target:
    """A record that is to be overwritten."""

    position: Position
    record_id: str
    proof: dict[str, Any]


def remaining(collection: Collection, entry: Entry) -> Iterator[Target]:
    """The records of a takedown whose bytes still stand in their place."""
    for proof in entry.data.get("records") or ():
        place = Position(str(proof["warc_file"]), int(proof["offset"]), int(proof["length"]))
        if _stands(collection, place, proof):
            yield Target(place, str(proof["id"]), proof)


def _stands(collection: Collection, place: Position, proof: dict[str, Any]) -> bool:
    try:
        path = locate(collection.archive, place.warc_file)
        if path.stat().st_size < place.offset + place.length:
            return False
        if known := proof.get("member_sha256"):
            return hashlib.sha256(raw_at(collection.archive, place)).hexdigest() == str(known)
        return read_at(collection.archive, place).id == str(proof["id"])
    except (ArchiveError, OSError):
        return False


def overwrite(collection: Collection, entry: Entry) -> bool:
    """Put notes into the places of a takedown's records.

    :returns: whether all are gone; a file that is being written has to wait
    :raises OSError: the disk is full; the files are as they were
    """
    waiting, by_name = set[str](), dict[str, list[Target]]()
    for target in remaining(collection, entry):
        name = target.position.warc_file
        if locate(collection.archive, name).name != name:
            waiting.add(name)
        else:
            by_name.setdefault(name, []).append(target)
    copies = [_copy(collection, entry, name, targets) for name, targets in sorted(by_name.items())]
    if copies:
        _announce(collection, entry, [file for _, file in copies])
        for copy, file in copies:
            copy.replace(collection.archive / file["name"])
        fsync_folder(collection.archive)
    for name in sorted(waiting):
        log.warning(
            "%s: is being written; its withheld records are hidden, and overwritten when the crawl has ended. 抓取结束后再销毁。",
            name,
        )
    return not waiting


def _announce(collection: Collection, entry: Entry, files: list[dict[str, Any]]) -> None:
    """Enter the digests that the files will have, unless that was done before the last attempt ended."""
    said = [e.data.get("files") for e in takedowns(collection).overwrites if e.data.get("withhold") == entry.hash]
    if files not in said:
        ledger.append(
            collection,
            {"type": "overwrite", "withhold": entry.hash, "captures": entry.data.get("captures"), "files": files},
        )


def _copy(collection: Collection, entry: Entry, name: str, targets: list[Target]) -> tuple[Path, dict[str, Any]]:
    """A copy of a file with notes in it, and what the ledger is to say of it."""
    path = collection.archive / name
    copy = path.with_name(f".{name}.withhold")
    before = sha256_file(path)
    shutil.copyfile(path, copy)
    with copy.open("r+b") as stream:
        gzip = stream.read(2) == b"\x1f\x8b"
        for target in targets:
            note = tombstone(
                _described(collection, target),
                str(entry.data.get("reason")),
                str(entry.data.get("at")),
                gzip=gzip,
            )
            stream.seek(target.position.offset)
            stream.write(note)
        stream.flush()
        os.fsync(stream.fileno())
    file: dict[str, Any] = {
        "name": name,
        "size": copy.stat().st_size,
        "sha256": sha256_file(copy),
        "sha256_before": before,
    }
    vouched = _vouched(collection, name)
    if vouched and before not in vouched:
        # The file had been changed by somebody else: that must stay visible.
        file["sha256_vouched"] = vouched[-1]
    return copy, file


def _vouched(collection: Collection, name: str) -> list[str]:
    """Every digest that the ledger has for a file, the latest last."""
    found = []
    for entry in ledger.lenient(collection.ledger, naming=name.encode()):
        files = [entry.data] if entry.type == "warc" else entry.data.get("files") or ()
        found += [str(f["sha256"]) for f in files if f.get("name") == name and f.get("sha256")]
    return found


def _described(collection: Collection, target: Target) -> Record:
    """The record that is to go; when it is damaged, what the ledger says of it."""
    with suppress(ArchiveError, OSError):
        found = read_at(collection.archive, target.position)
        if found.position.length == target.position.length:
            return found
    identifier = target.record_id if ":" in target.record_id else f"urn:uuid:{target.record_id}"
    return Record([("WARC-Record-ID", f"<{identifier}>")], b"", target.position)


def files_of(collection: Collection, entry: Entry) -> list[dict[str, Any]]:
    """Each file of a takedown with its digest since the records were overwritten."""
    said = [e for e in takedowns(collection).overwrites if e.data.get("withhold") == entry.hash]
    return list({file["name"]: file for e in said for file in e.data.get("files") or ()}.values())


def tombstone(record: Record, reason: str, date: str, *, gzip: bool) -> bytes:
    """A metadata record in the place of another, of exactly the same length in the file.

    :param date: WARC-Date of the note; with the record and the reason it decides every byte
    :raises ArchiveError: the place is too small
    """
    size = record.position.length
    for text in (f"withheld: {' '.join(reason.split())}\r\n", "withheld\r\n", ""):
        block = text.encode()
        made = (
            _padded(_lines(record, block, date), block, size, record.version)
            if gzip
            else _plain(record, block, date, size)
        )
        if made is not None:
            return made
    raise ArchiveError(
        f"{record.position.warc_file} offset {record.position.offset}: {size} bytes are too few for a note in this place"
    )


def _lines(record: Record, block: bytes, date: str) -> Headers:
    told = record.get("WARC-Record-ID") or ""
    headers: Headers = [
        ("WARC-Type", "metadata"),
        ("WARC-Record-ID", f"<urn:uuid:{uuid.uuid5(_NOTES, f'{told} {date}')}>"),
        ("WARC-Date", date),
        ("WARC-Refers-To", told),
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


def _plain(record: Record, block: bytes, date: str, size: int) -> bytes | None:
    """An uncompressed record of exactly ``size`` bytes: blanks at the end of its block take what is left over."""
    for digits in range(1, 20):
        base = len(_serialised(_lines(record, block, date), b"", record.version)) - 1 + digits
        length = size - base
        if length >= len(block) and len(str(length)) == digits:
            padded = block + b" " * (length - len(block))
            return _serialised(_lines(record, padded, date), padded, record.version)
    return None
