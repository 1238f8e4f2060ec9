"""Reading WARC files, ours and others': one gzip member a record, or plain; hostile ones within bounds.

:func:`scan` goes on after damage and says where it was; :func:`iterate` stops at the first.
"""

from __future__ import annotations

import mmap
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from isal import isal_zlib

from archive.http import Buffer, Message, Resource, read_message
from archive.members import CHUNK, GZIP_ERROR, MAX_HEAD, MAX_RECORD, SPOOL, Faulty, Members, mapped
from archive.urls import is_web
from parsers.errors import ArchiveError, RecordMissing
from parsers.record import PAGE_TYPES, media_type

OPEN_SUFFIX = ".open"
_MAGIC = b"\x1f\x8b\x08"
_FOLD = re.compile(r"\n[ \t]+")

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record stands: final file name, offset and length of its gzip member (of the record in a plain file)."""

    warc_file: str
    offset: int
    length: int


@dataclass(slots=True)
class Record:
    """A record read back. ``block`` is the exact content; ``position`` its place."""

    headers: Headers
    block: Buffer
    position: Position
    version: str = "WARC/1.1"
    _first: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._first = {name.lower(): value for name, value in reversed(self.headers)}

    def get(self, name: str) -> str | None:
        """The first WARC header of that name."""
        return self._first.get(name.lower())

    @property
    def repeats(self) -> bool:
        """Whether a header stands there more than once."""
        return len(self._first) != len(self.headers)

    @property
    def type(self) -> str:
        """The record's WARC-Type, empty when missing."""
        return self.get("WARC-Type") or ""

    @property
    def id(self) -> str:
        """The UUID of the record id, without ``<urn:uuid:>``."""
        return bare_id(self.get("WARC-Record-ID"))

    @property
    def target(self) -> str:
        """The address; old wget writes it in angle brackets."""
        return (self.get("WARC-Target-URI") or "").strip("<>")

    @property
    def http(self) -> Message:
        """The block as an HTTP message; a resource record's as the answer that it stands for."""
        if self.type == "resource":
            return Resource(self.block, self.get("Content-Type") or "")
        return read_message(self.block)

    @property
    def is_capture(self) -> bool:
        """Whether the record says what an address answered: a response, a revisit, or a page kept as a resource."""
        if self.type != "resource":
            return self.type in ("response", "revisit")
        return is_web(self.target) and media_type(self.get("Content-Type")) in PAGE_TYPES - {""}


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch that is no whole record. ``record_id`` and ``target`` are known when its head could still be read."""

    offset: int
    reason: str
    record_id: str | None = None
    target: str | None = None


def bare_id(value: str | None) -> str:
    """A record id without angle brackets and ``urn:uuid:``; other URIs stay whole."""
    return (value or "").strip("<>").removeprefix("urn:uuid:")


def final_name(path: Path) -> str:
    """The file's name without the suffix that an open one has."""
    return path.name.removesuffix(OPEN_SUFFIX)


def parse_head(head: bytes) -> tuple[str, Headers]:
    """Version line and headers; folded lines are joined."""
    text = head.decode("utf-8", "replace").replace("\r\n", "\n")
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    version, _, rest = text.partition("\n")
    headers = []
    for line in rest.split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers.append((name.strip(), value.strip()))
    return version, headers


def content_length(headers: Headers) -> int:
    """The Content-Length, -1 when there is none that makes sense."""
    found = [v for n, v in headers if n.lower() == "content-length"]
    return int(found[0]) if len(found) == 1 and re.fullmatch(r"[0-9]{1,18}", found[0]) else -1


def _record(data: Buffer, position: Position) -> Record:
    """A record from all of its bytes.

    :raises Faulty: no WARC header, or a length that does not fit
    """
    end = data.find(b"\r\n\r\n", 0, MAX_HEAD)
    if data[:5] != b"WARC/" or end < 0:
        raise Faulty(f"expected a WARC header, found {bytes(data[:20])!r}")
    version, headers = parse_head(data[:end])
    length = content_length(headers)
    start = end + 4
    rest = len(data) - start - length
    if length < 0 or rest != 4 or data[start + length :] != b"\r\n\r\n":
        if length >= 0 and rest > 9 and data[start + length : start + length + 9] == b"\r\n\r\nWARC/":
            raise Faulty(
                "several records in one gzip member; no tool can reach a single one (`warcio recompress` mends it)",
                data[:end],
            )
        raise Faulty("the record is not as long as its Content-Length says", data[:end])
    if isinstance(data, mmap.mmap):
        return Record(headers, _window(data, start, length), position, version)
    return Record(headers, data[start : start + length], position, version)


def _window(whole: mmap.mmap, start: int, length: int) -> Buffer:
    """A block of a spooled record as a file of its own in memory's place."""
    if not length:
        return b""
    with tempfile.TemporaryFile() as out:
        for at in range(start, start + length, CHUNK << 4):
            out.write(whole[at : min(at + (CHUNK << 4), start + length)])
        return mapped(out)


def is_gzip(path: Path) -> bool:
    """Whether the file begins with a gzip member."""
    with path.open("rb") as stream:
        return stream.read(3) == _MAGIC


def scan(
    path: Path, start: int = 0, stop: int | None = None, watch: Callable[[bytes], object] | None = None
) -> Iterator[Record | Damage]:
    """The records of a file from an offset on, up to ``stop``; after damage it goes on with the next whole record.

    :param watch: gets the file's bytes as they are read (a digest of the whole file in the same pass); only complete
        when there was no damage
    """
    if path.stat().st_size == 0:
        return
    reader = _gzip_records if is_gzip(path) else _plain_records
    at = start
    with path.open("rb") as stream:
        while stop is None or at < stop:
            try:
                for record in reader(stream, final_name(path), at, stop, watch):
                    at = record.position.offset + record.position.length
                    yield record
                return
            except _Failed as failure:
                yield failure.damage
                watch = None
                following = _resume(stream, failure.damage.offset + 1, gzip=reader is _gzip_records)
                if following is None:
                    return
                at = following


class _Failed(Exception):
    def __init__(self, damage: Damage) -> None:
        super().__init__(damage.reason)
        self.damage = damage


def _damage(at: int, error: Faulty) -> _Failed:
    headers = parse_head(error.head)[1] if error.head.startswith(b"WARC/") else []
    found = {n.lower(): v for n, v in headers}
    return _Failed(
        Damage(at, str(error), bare_id(found.get("warc-record-id")) or None, found.get("warc-target-uri") or None)
    )


def _gzip_records(
    stream: BinaryIO, name: str, at: int, stop: int | None, watch: Callable[[bytes], object] | None
) -> Iterator[Record]:
    members = Members(stream, at, watch)
    while stop is None or at < stop:
        try:
            member = members.next()
            if member is None:
                return
            record = _record(member[0], Position(name, at, member[1]))
        except Faulty as error:
            raise _damage(at, error) from error
        yield record
        at += member[1]


def _plain_records(
    stream: BinaryIO, name: str, at: int, stop: int | None, watch: Callable[[bytes], object] | None
) -> Iterator[Record]:
    """Records of an uncompressed file."""
    while stop is None or at < stop:
        stream.seek(at)
        head = stream.read(4096)
        while head and b"\r\n\r\n" not in head and len(head) < MAX_HEAD:
            more = stream.read(65536)
            if not more:
                break
            head += more
        if not head:
            return
        end = head.find(b"\r\n\r\n")
        length = content_length(parse_head(head[:end])[1]) if end >= 0 and head.startswith(b"WARC/") else -1
        try:
            if length < 0:
                raise Faulty(f"expected a WARC header, found {head[:20]!r}", head[: max(end, 0)])
            if length > MAX_RECORD:
                raise Faulty(f"a record of {length} bytes", head[:end])
            data = _plain_block(stream, at, end + 4 + length + 4, head[:end])
            record = _record(data, Position(name, at, len(data)))
        except Faulty as error:
            raise _damage(at, error) from error
        if watch is not None:
            for piece in range(0, len(data), CHUNK):
                watch(data[piece : piece + CHUNK])
        yield record
        at += len(data)


def _plain_block(stream: BinaryIO, at: int, size: int, head: bytes) -> Buffer:
    stream.seek(at)
    if size <= SPOOL:
        data = stream.read(size)
        if len(data) < size:
            raise Faulty(f"the record is cut off after {len(data)} of {size} bytes", head)
        return data
    with tempfile.TemporaryFile() as spool:
        rest = size
        while rest:
            piece = stream.read(min(rest, 1 << 20))
            if not piece:
                raise Faulty(f"the record is cut off after {size - rest} of {size} bytes", head)
            spool.write(piece)
            rest -= len(piece)
        return mapped(spool)


def _resume(stream: BinaryIO, start: int, *, gzip: bool) -> int | None:
    """Where the next whole record begins at or after ``start``."""
    mark = _MAGIC if gzip else b"WARC/1."
    at, tail = start, b""
    stream.seek(start)
    while True:
        data = stream.read(1 << 20)
        if not data:
            return None
        window = tail + data
        found = window.find(mark)
        while found >= 0:
            offset = at - len(tail) + found
            if _begins(stream, offset, gzip=gzip):
                return offset
            found = window.find(mark, found + 1)
        at += len(data)
        tail = window[-(len(mark) - 1) :]
        stream.seek(at)


def _begins(stream: BinaryIO, offset: int, *, gzip: bool) -> bool:
    """Whether a record begins there: by its head alone, damage further on is reported when it is read."""
    stream.seek(offset)
    data = stream.read(4096)
    if not gzip:
        return data.startswith(b"WARC/1.")
    try:
        return bytes(isal_zlib.decompressobj(wbits=31).decompress(data, 64)).startswith(b"WARC/")
    except GZIP_ERROR:
        return False


def iterate(path: Path, start: int = 0, stop: int | None = None) -> Iterator[Record]:
    """The records of a file from an offset on, up to ``stop``.

    :raises ArchiveError: at the first byte that is no whole record
    """
    for found in scan(path, start, stop):
        if isinstance(found, Damage):
            raise ArchiveError(f"{path}: offset {found.offset}: {found.reason}")
        yield found


def locate(folder: Path, name: str) -> Path:
    """The file of that final name, still open or closed.

    :raises RecordMissing: neither exists
    """
    for path in (folder / name, folder / (name + OPEN_SUFFIX)):
        if path.exists():
            return path
    raise RecordMissing(f"{folder / name}: the WARC file is missing")


def read_at(folder: Path, position: Position) -> Record:
    """The record at a position.

    :raises RecordMissing: file or record is not there
    """
    path = locate(folder, position.warc_file)
    found = next(scan(path, position.offset, position.offset + 1), None)
    if found is None:
        raise RecordMissing(f"{path}: no record at offset {position.offset}, the file ends before")
    if isinstance(found, Damage):
        raise RecordMissing(f"{path}: offset {found.offset}: {found.reason}")
    return found


def raw_at(folder: Path, position: Position) -> bytes:
    """The bytes of a record as they stand in the file (its gzip member)."""
    with locate(folder, position.warc_file).open("rb") as stream:
        stream.seek(position.offset)
        return stream.read(position.length)


def whole_length(path: Path, *, exchanges: bool = False) -> int:
    """How many bytes of a file are whole records.

    :param exchanges: whole exchanges instead: a last response whose request record is missing does not count
    """
    end = good = 0
    unpaired: set[str] = set()
    for record in scan(path):
        if isinstance(record, Damage):
            break
        end = record.position.offset + record.position.length
        if record.type in ("response", "revisit"):
            unpaired.add(record.id)
        elif record.type == "request":
            unpaired.discard(bare_id(record.get("WARC-Concurrent-To")))
        good = good if unpaired else end
    return good if exchanges else end


def fields_block(block: Buffer) -> dict[str, str]:
    """An ``application/warc-fields`` block as a dict."""
    found = {}
    for line in bytes(block[:MAX_HEAD]).decode("utf-8", "replace").splitlines():
        name, colon, value = line.partition(":")
        if colon:
            found[name.strip()] = value.strip()
    return found
