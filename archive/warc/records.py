"""Reading WARC files, ours and others': one gzip member a record, or plain; hostile ones within bounds.

:func:`scan` continues after damage and says where it was; :func:`iterate` stops at the first.
"""

from __future__ import annotations

import mmap
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from archive.collection.files import OPEN_SUFFIX, final_name
from archive.errors import ArchiveError, RecordMissing
from archive.warc import plain
from archive.warc.heads import NAMES, Escaped, Head, Headers, key_of, length_of, number_of, parse_head, read_head
from archive.warc.http import Buffer, Message, Resource, View, read_message
from archive.warc.members import CHUNK, MAX_HEAD, MAX_RECORD, Faulty, Members, mapped
from archive.warc.plain import ENDS, RECORD_END
from archive.warc.resync import Source, following

#: Before the address that was asked: what came from there and is no HTTP response.
BROKEN = "urn:broken-response:"


class Position(NamedTuple):
    """Where a record is: final file name, offset and length of its gzip member (of the record in a plain file)."""

    warc_file: str
    offset: int
    length: int


_position = tuple.__new__  # without the step that names its parameters


class Record:
    """A record read back. ``block`` is the exact content; ``position`` its place; ``ending`` what is behind it.

    :ivar head: bytes of its header, when it was read from a file
    :ivar raw: the block, as long as nobody asks for bytes a view of what was decompressed

    :ivar fields: the first value of each header, under its name as the standard spells it
    :ivar shape: what its header has in common with others of its type, when that is known
    :ivar type: its WARC-Type, empty when missing
    :ivar id: the UUID of its id, without ``<urn:uuid:>``
    """

    __slots__ = ("_headers", "_http", "ending", "fields", "head", "id", "position", "raw", "shape", "type", "version")

    def __init__(self, head: Head, raw: View, position: Position, size: int = 0) -> None:
        """What every check asks for is looked up once.

        :param size: bytes of the header
        """
        self.version, fields, self._headers, shape = head
        self.fields, self.shape = fields, shape
        self.raw, self.position, self.ending, self.head = raw, position, RECORD_END, size
        if shape is not None and shape.own_id:
            self.type, self.id = shape.type, fields["WARC-Record-ID"][10:-1]
        else:
            self.type, self.id = fields.get("WARC-Type", ""), bare_id(fields.get("WARC-Record-ID"))
        self._http: Message | None = None

    @property
    def headers(self) -> Headers:
        """All headers in order."""
        if self._headers is None:
            self._headers = list(self.fields.items())
        return self._headers

    def get(self, name: str) -> str | None:
        """The first WARC header of that name, soonest when it is spelled as the standard spells it."""
        return self.fields.get(name if name in NAMES else key_of(name))

    @property
    def block(self) -> Buffer:
        """The exact content."""
        if isinstance(self.raw, memoryview):
            self.raw = bytes(self.raw)
        return self.raw

    @property
    def repeats(self) -> bool:
        """Whether a header is there more than once."""
        return self._headers is not None and len(self.fields) != len(self._headers)

    @property
    def escaped(self) -> bool:
        """Whether headers were not in UTF-8; addresses among them are percent-encoded here."""
        return isinstance(self._headers, Escaped)

    @property
    def length(self) -> int:
        """The Content-Length, -1 when there is none that makes sense."""
        return length_of(self.headers) if self.repeats else number_of(self.fields.get("Content-Length", ""))

    @property
    def target(self) -> str:
        """The address; old wget writes it in angle brackets."""
        return (self.fields.get("WARC-Target-URI") or "").strip("<>")

    @property
    def cut(self) -> str | None:
        """Why the block is not all of the answer."""
        return self.get("WARC-Truncated") or ("segments" if "WARC-Segment-Number" in self.fields else None)

    @property
    def http(self) -> Message:
        """The block as an HTTP message; a resource record's as the answer that it records."""
        if self._http is None:
            resource = self.type == "resource"
            self._http = Resource(self.raw, self.get("Content-Type") or "") if resource else read_message(self.raw)
        return self._http

    @property
    def is_capture(self) -> bool:
        """Whether the record says what an address answered: a response, a revisit, or a page kept as a resource."""
        if self.type != "resource":
            return self.type in ("response", "revisit")
        is_web = import_module("archive.collection.urls").is_web
        return bool(is_web(self.target)) and self.holds_page

    @property
    def holds_page(self) -> bool:
        """Whether a resource record's block may be a page or its data, by its content."""
        holds_page = import_module("parsers.page.shape").holds_page  # it loads lxml, which few records need
        payload = import_module("parsers.record").Payload
        return bool(holds_page(payload(self.target, bytes(self.raw[: 1 << 20]), self.get("Content-Type"))))


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch that is no complete record; what is known of it when its head could still be read.

    :param length: bytes up to the next complete record, or to the end
    :param whole: the file itself cannot be read (no permission, a folder of that name)
    """

    offset: int
    reason: str
    record_id: str | None = None
    target: str | None = None
    type: str | None = None
    length: int = 0
    whole: bool = False

    @property
    def end(self) -> int:
        """Where reading continues."""
        return self.offset + self.length


def bare_id(value: str | None) -> str:
    """A record id without angle brackets and ``urn:uuid:``; other URIs stay complete."""
    return (value or "").strip("<>").removeprefix("urn:uuid:")


def _record(data: Buffer, position: Position) -> Record:
    """A record from all of its bytes.

    :raises Faulty: no WARC header, or a length that does not fit
    """
    end = data.find(b"\r\n\r\n", 0, MAX_HEAD)
    if data[:5] != b"WARC/" or end < 0:
        raise Faulty(f"expected a WARC header, found {bytes(data[:20])!r}")
    head = read_head(data[:end])
    _, fields, headers, _ = head
    size = len(data) - end - 8
    fits = size >= 0 and fields.get("Content-Length") == str(size) and (headers is None or len(headers) == len(fields))
    if fits and isinstance(data, bytes) and data.endswith(RECORD_END):  # as nearly all
        return Record(head, memoryview(data)[end + 4 : -4], position, end)
    return _complete(Record(head, b"", position, end), data, end + 4)


def _complete(record: Record, data: Buffer, start: int) -> Record:
    """A record of any length, or behind which are other line ends.

    :param start: of its block
    :raises Faulty: the length does not fit
    """
    length, head = record.length, data[: start - 4]
    ends = ENDS.match(data, start + length) if 0 <= length <= len(data) - start else None
    if ends is None or ends.end() != len(data):
        if ends is not None and ends[0] and data[ends.end() : ends.end() + 5] == b"WARC/":
            raise Faulty(
                "several records in one gzip member; no tool can reach a single one (`fangtan recompress` fixes it)",
                head,
            )
        raise Faulty(plain.misfit(head), head)
    record.raw = _window(data, start, length) if isinstance(data, mmap.mmap) else data[start : start + length]
    record.ending = ends[0]
    return record


def _window(whole: mmap.mmap, start: int, length: int) -> Buffer:
    """A block of a spooled record as a file of its own in memory's place."""
    if not length:
        return b""
    with tempfile.TemporaryFile() as out:
        for at in range(start, start + length, CHUNK << 4):
            out.write(whole[at : min(at + (CHUNK << 4), start + length)])
            whole.madvise(mmap.MADV_DONTNEED, 0, at)  # what was copied needs no memory; it is on disk
        return mapped(out)


def scan(
    path: Path, start: int = 0, stop: int | None = None, watch: Callable[[bytes], object] | None = None
) -> Iterator[Record | Damage]:
    """The records of a file from an offset on, up to ``stop``; after damage it continues with the next complete record.

    :param watch: gets the file's bytes as they are read (a digest of the complete file in the same pass); only complete
        when there was no damage
    :raises FileNotFoundError: there is no file of that name any more
    """
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise OSError(0, "no plain file")
        stream = path.open("rb", buffering=0)
    except FileNotFoundError:
        raise
    except OSError as error:
        yield Damage(start, f"the file cannot be read ({error.strerror})", whole=True)
        return
    with stream:
        yield from _scan(Source(stream, state.st_size), final_name(path), start, stop, watch)


def _scan(
    source: Source, name: str, start: int, stop: int | None, watch: Callable[[bytes], object] | None
) -> Iterator[Record | Damage]:
    gzip = source.is_gzip(name)
    reader, at = (_gzip_records if gzip else _plain_records), start
    while at < (source.size if stop is None else stop):
        try:
            yield from reader(source, name, at, stop, watch)
            return
        except _Failed as failure:
            watch = None
            damage = failure.damage
            after = damage.end if damage.length else following(source, damage.offset + 1, stop, gzip=gzip)
            end = source.size if stop is None else min(stop, source.size)
            at = end if after is None else after
            yield replace(damage, length=max(at - damage.offset, 1))


class _Failed(Exception):
    def __init__(self, damage: Damage) -> None:
        super().__init__(damage.reason)
        self.damage = damage


def _damage(at: int, error: Faulty, length: int = 0) -> _Failed:
    """:param length: of the member, when it is complete and only what it holds is wrong"""
    headers = parse_head(error.head)[1] if error.head.startswith(b"WARC/") else []
    found = {n.lower(): v for n, v in headers}
    return _Failed(
        Damage(
            at,
            str(error),
            bare_id(found.get("warc-record-id")) or None,
            (found.get("warc-target-uri") or "").strip("<>") or None,
            found.get("warc-type") or None,
            length,
        )
    )


def _gzip_records(
    source: Source, name: str, at: int, stop: int | None, watch: Callable[[bytes], object] | None
) -> Iterator[Record]:
    members = Members(source, at, watch)
    while stop is None or at < stop:
        length = 0
        try:
            member = members.next()
            if member is None:
                return
            data, length = member
            record = _record(data, _position(Position, (name, at, length)))
        except Faulty as error:
            raise _damage(at, error, length) from error
        yield record
        at += length


def _plain_records(
    source: Source, name: str, at: int, stop: int | None, watch: Callable[[bytes], object] | None
) -> Iterator[Record]:
    """Records of an uncompressed file."""
    while stop is None or at < stop:
        try:
            head = plain.head(source, at)
            if not head:
                return
            end = head.find(b"\r\n\r\n")
            length = length_of(parse_head(head[:end])[1]) if end >= 0 and head.startswith(b"WARC/") else -1
            if length < 0:
                begins = end >= 0 and head.startswith(b"WARC/")
                words = plain.misfit(head[:end]) if begins else f"expected a WARC header, found {head[:20]!r}"
                raise Faulty(words, head[: max(end, 0)])
            if length > MAX_RECORD:
                raise Faulty(f"a record of {length} bytes", head[:end])
            size = end + 4 + length
            data = plain.block(source, at, size + plain.ending(source, at, size, head[:end]), head[:end])
            record = _record(data, Position(name, at, len(data)))
        except Faulty as error:
            raise _damage(at, error) from error
        if watch is not None:
            for piece in range(0, len(data), CHUNK):
                watch(data[piece : piece + CHUNK])
        yield record
        at += len(data)


def iterate(path: Path, start: int = 0, stop: int | None = None) -> Iterator[Record]:
    """The records of a file from an offset on, up to ``stop``.

    :raises ArchiveError: at the first byte that is no complete record
    """
    for found in scan(path, start, stop):
        if isinstance(found, Damage):
            raise ArchiveError(f"{path}: offset {found.offset}: {found.reason}")
        yield found


def locate(folder: Path, name: str) -> Path:
    """The file of that final name, still open or closed.

    :raises RecordMissing: neither exists
    """
    final = folder / name
    for path in (final, final.with_name(name + OPEN_SUFFIX), final):  # it may be closed and renamed between two looks
        if path.exists():
            return path
    raise RecordMissing(f"{folder / name}: the WARC file is missing")


def read_at(folder: Path, position: Position) -> Record:
    """The record at a position.

    :raises RecordMissing: file or record is not there
    """
    path = locate(folder, position.warc_file)
    try:
        found = next(scan(path, position.offset, position.offset + 1), None)
    except FileNotFoundError:  # closed and renamed since
        path = locate(folder, position.warc_file)
        found = next(scan(path, position.offset, position.offset + 1), None)
    if found is None:
        raise RecordMissing(f"{path}: no record at offset {position.offset}, the file ends before")
    if isinstance(found, Damage):
        raise RecordMissing(f"{path}: offset {found.offset}: {found.reason}")
    return found


def raw_at(folder: Path, position: Position) -> bytes:
    """The bytes of a record as they are in the file (its gzip member)."""
    with locate(folder, position.warc_file).open("rb") as stream:
        stream.seek(position.offset)
        return stream.read(position.length)


def whole_length(path: Path, *, exchanges: bool = False) -> int:
    """Where the last complete record of a file ends; damage before it is no part of its tail.

    :param exchanges: complete exchanges instead: a last response whose request record is missing does not count
    """
    end = good = 0
    unpaired: set[str] = set()
    for record in scan(path):
        if isinstance(record, Damage):
            unpaired.clear()  # what is missing may be in there: complete records behind it count again
            continue
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
