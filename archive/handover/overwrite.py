"""Bytes of withheld records give way to notes of exactly their length, so that every other record keeps its place.

A file is never changed in place. The ledger first says what is to go (the takedown), then which digests the files will
have (``overwrite``); then copies take the files' places, and a last entry says that the bytes are gone. A note is the
same each time it is made, so an interrupted takedown continues.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import struct
import uuid
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.collection.files import fsync_folder, sha256_file
from archive.collection.folder import Collection, write_atomically
from archive.errors import ArchiveError
from archive.ledger import chain as ledger
from archive.ledger.chain import Entry
from archive.ledger.vouching import digests_of
from archive.ledger.withheld import takedowns
from archive.warc.heads import Headers, head_of
from archive.warc.records import Damage, Position, Record, bare_id, locate, raw_at, read_at, scan
from archive.warc.write import digest

log = logging.getLogger("fangtan")
#: What the files looked like in which no destroyed record stood.
_SEEN = ".overwritten.json"
_NOTES = uuid.UUID("6f6b7c4e-3f0a-5d7e-9a51-0b6d0c2f7a11")


@dataclass(frozen=True, slots=True)
class Target:
    """A record that is to be overwritten."""

    position: Position
    record_id: str
    proof: dict[str, Any]


def remaining(collection: Collection, entry: Entry) -> Iterator[Target]:
    """The places of a takedown's records where no note of fangtan is yet;
    a place that its file cuts off ends there.
    """
    for proof in entry.data.get("records") or ():
        place = Position(str(proof["warc_file"]), int(proof["offset"]), int(proof["length"]))
        with suppress(ArchiveError, OSError):
            size = locate(collection.archive, place.warc_file).stat().st_size
            left = place._replace(length=min(place.length, size - place.offset))
            if left.length > 0 and _stands(collection, left, proof):
                yield Target(left, str(proof["id"]), proof)


def returned(collection: Collection, entries: Iterable[Entry]) -> list[Entry]:
    """Takedowns whose bytes were destroyed and stand again, as a backup brings them.

    Every command asks, so files that look as they did when their notes were last read are not read again.
    """
    path = collection.root / _SEEN
    seen = _seen(path)
    looks = {entry.hash: _looks(collection, entry) for entry in entries}
    back = [e for e in entries if seen.get(e.hash) != looks[e.hash] and any(remaining(collection, e))]
    gone = {hash_: look for hash_, look in looks.items() if hash_ not in {e.hash for e in back}}
    if gone != seen:
        with suppress(OSError):  # a folder that cannot be written: the notes are read by each command
            write_atomically(path, json.dumps(gone).encode())
    return back


def _seen(path: Path) -> dict[str, Any]:
    """What was noted. A collection that was received may have anything in its place; then nothing was."""
    try:
        seen = json.loads(path.read_bytes()) if path.is_file() else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return seen if isinstance(seen, dict) else {}


def _looks(collection: Collection, entry: Entry) -> dict[str, list[int] | None]:
    """What changes when one of a takedown's files is written or exchanged; its time of change cannot be set back."""
    found: dict[str, list[int] | None] = {}
    for name in sorted({str(proof["warc_file"]) for proof in entry.data.get("records") or ()}):
        try:
            stat = locate(collection.archive, name).stat()
            found[name] = [stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
        except (ArchiveError, OSError):
            found[name] = None
    return found


def waits(collection: Collection, entry: Entry) -> bool:
    """Whether all that is left of a takedown's records is in files that are being written."""
    left = {target.position.warc_file for target in remaining(collection, entry)}
    return bool(left) and all(locate(collection.archive, name).name != name for name in left)


def _stands(collection: Collection, place: Position, proof: dict[str, Any]) -> bool:
    """Whether a place holds anything but our note. What is damaged may still be read by somebody, so it counts as
    standing.

    Whole records of others are not ours to take: then the file is another one than that of the takedown.
    """
    data = raw_at(collection.archive, place)
    if not data.strip(b"\0"):
        return False
    if hashlib.sha256(data).hexdigest() == str(proof.get("member_sha256")):
        return True
    found = _record_at(collection, place)
    if found is None:
        return True
    identifier = bare_id(str(proof["id"]))
    if found.position.offset != place.offset or found.position.length > place.length or _is_note(found, identifier):
        return False
    return found.id == identifier or found.get("WARC-Block-Digest") == proof.get("block_digest")


def _record_at(collection: Collection, place: Position) -> Record | None:
    """The first complete record that reaches into a place."""
    for found in scan(locate(collection.archive, place.warc_file), 0 if _torn(collection, place) else place.offset):
        if isinstance(found, Damage) or found.position.offset + found.position.length <= place.offset:
            continue
        return found if found.position.offset < place.offset + place.length else None
    return None


def _torn(collection: Collection, place: Position) -> bool:
    """Whether no record begins at a place: then it may lie inside another one, which a scan of the file shows."""
    try:
        return read_at(collection.archive, place).position.offset != place.offset
    except ArchiveError:
        return True


def _is_note(record: Record, identifier: str) -> bool:
    about = bare_id(record.get("WARC-Refers-To"))
    text = bytes(record.block).strip()
    return record.type == "metadata" and about == identifier and (not text or text.startswith(b"withheld"))


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
            (
                "%s: is being written; its withheld records are hidden, and overwritten when the crawl has ended. "
                "抓取结束后再销毁。"
            ),
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
            stream.seek(target.position.offset)
            stream.write(_note(collection, entry, target, gzip=gzip))
        stream.flush()
        os.fsync(stream.fileno())
    file: dict[str, Any] = {
        "name": name,
        "size": copy.stat().st_size,
        "sha256": sha256_file(copy),
        "sha256_before": before,
    }
    vouched = digests_of(collection.ledger, name)
    if vouched and before not in vouched:
        # The file had been changed by somebody else: that must stay visible.
        file["sha256_vouched"] = vouched[-1]
    return copy, file


def _note(collection: Collection, entry: Entry, target: Target, *, gzip: bool) -> bytes:
    """The bytes that take a record's place. Where its file cuts the place off there may be no room for a note:
    then zeros.
    """
    cut = target.position.length < int(target.proof["length"])
    if cut:
        log.warning(
            "%s: ends inside a withheld record at offset %d; what is left of it is overwritten. 文件不完整，残留部分已覆盖。",
            target.position.warc_file,
            target.position.offset,
        )
    reason, date = str(entry.data.get("reason")), str(entry.data.get("at"))
    try:
        return tombstone(_described(collection, target), reason, date, gzip=gzip)
    except ArchiveError:
        if not cut:
            raise
        return bytes(target.position.length)


def _described(collection: Collection, target: Target) -> Record:
    """The record that is to go; when it is damaged, what the ledger says of it."""
    with suppress(ArchiveError, OSError):
        found = read_at(collection.archive, target.position)
        if found.position.length == target.position.length and found.id == bare_id(target.record_id):
            return found
    identifier = target.record_id if ":" in target.record_id else f"urn:uuid:{target.record_id}"
    return Record(head_of([("WARC-Record-ID", f"<{identifier}>")]), b"", target.position)


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
        f"{record.position.warc_file} offset {record.position.offset}: {size} bytes are too few for a note in "
        "this place"
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
