"""Reading on behind damage: bytes that cannot be read are passed over,
and the next record is found by its beginning.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from io import RawIOBase

from isal import isal_zlib

from archive.warc.members import GZIP_ERROR, Faulty

MAGIC = b"\x1f\x8b\x08"
_PLAIN = b"WARC/1."
_PIECE, _BLOCK = 1 << 16, 1 << 12
#: After so many blocks that cannot be read one after the other, the steps grow.
_PATIENCE = 64
_HEAD = 1 << 16
_NEAR = 1 << 11  # most heads end here
_WARCINFO = re.compile(rb"^WARC-Warcinfo-ID:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_RECORD_ID = re.compile(rb"^WARC-Record-ID:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_TYPE = re.compile(rb"^WARC-Type:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_LENGTH = re.compile(rb"^Content-Length:[ \t]*\d+[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_OURS = re.compile(rb"^software:[ \t]*fangtan/", re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True)
class Source:
    """A file that is read unbuffered; what the disk does not give is damage, not an end.

    :param stream: opened with ``buffering=0``
    :param size: bytes of the file when it was opened
    """

    stream: RawIOBase
    size: int
    _owners: list[bytes | None] = field(default_factory=list)

    def owner(self, *, gzip: bool) -> bytes | None:
        """The id of the warcinfo record that each record of the file names (:func:`_owner`), read once."""
        if not self._owners:
            self._owners.append(_owner(self, gzip=gzip))
        return self._owners[0]

    def seek(self, at: int) -> None:
        """Go there."""
        self.stream.seek(at)

    def read(self, size: int) -> bytes:
        """The next bytes: fewer at the end, or before bytes that the disk does not give.

        :raises Faulty: the disk does not give the very next ones
        """
        at = self.stream.tell()
        try:
            return self.stream.read(size) or b""
        except OSError as error:
            self.stream.seek(at)
            if size <= _BLOCK:
                raise Faulty(f"the disk does not give these bytes ({error.strerror or error})") from error
        pieces: list[bytes] = []
        with suppress(Faulty):
            while size > 0 and (piece := self.read(min(size, _BLOCK))):
                pieces.append(piece)
                size -= len(piece)
        return b"".join(pieces) if pieces else self.read(_BLOCK)

    def is_gzip(self, name: str) -> bool:
        """Whether the file holds gzip members; where its first bytes do not tell, its name does."""
        self.seek(0)
        try:
            head = self.read(len(_PLAIN))
        except Faulty:
            head = b""
        if head.startswith((MAGIC, _PLAIN[:5])):
            return head.startswith(MAGIC)
        return name.endswith(".gz")


def following(source: Source, start: int, stop: int | None, *, gzip: bool) -> int | None:
    """Where the next record begins at or after ``start`` and before ``stop``; ``None`` without one.

    A page may hold records of its maker's invention. In a file of fangtan each record names the file's warcinfo record,
    whose id no page can know: a beginning that does not is passed over.
    """
    mark, end = (MAGIC if gzip else _PLAIN), source.size if stop is None else min(stop, source.size)
    owner = source.owner(gzip=gzip)
    at, tail, failed = start, b"", 0
    while at < end:
        source.seek(at)
        try:
            data = source.read(_PIECE)
        except Faulty:
            at += _BLOCK << min(8, max(0, failed - _PATIENCE))
            tail, failed = b"", failed + 1
            continue
        failed = 0
        window = tail + data
        found = window.find(mark)
        while found >= 0 and (offset := at - len(tail) + found) < end:
            if _begins(source, offset, owner, gzip=gzip):
                return offset
            found = window.find(mark, found + 1)
        if not data:
            return None
        at += len(data)
        tail = window[-(len(mark) - 1) :]
    return None


def _head_at(source: Source, offset: int, *, gzip: bool) -> bytes:
    """The WARC header at an offset; empty when none begins there, or none that ends within bounds."""
    for size in (_NEAR, _HEAD):
        source.seek(offset)
        try:
            data = source.read(size)
            out = bytes(isal_zlib.decompressobj(wbits=31).decompress(data, _HEAD)) if gzip else data
        except (Faulty, GZIP_ERROR):
            return b""
        if not out.startswith(b"WARC/"):
            return b""
        if b"\r\n\r\n" in out:
            return out[: out.find(b"\r\n\r\n") + 2]
    return b""


def _begins(source: Source, offset: int, owner: bytes | None, *, gzip: bool) -> bool:
    """Whether a record begins there: by its head alone, damage further on is reported when it is read."""
    if not gzip and offset and not _behind_blank_line(source, offset):
        return False
    head = _head_at(source, offset, gzip=gzip)
    if not head or not _TYPE.search(head) or not _LENGTH.search(head):
        return False
    named = _WARCINFO.search(head)
    return owner is None or (named is not None and named[1] == owner)


def _behind_blank_line(source: Source, offset: int) -> bool:
    source.seek(offset - 4)
    try:
        return source.read(4) == b"\r\n\r\n"
    except Faulty:
        return False


def _owner(source: Source, *, gzip: bool) -> bytes | None:
    """The id of the warcinfo record that each record of the file names; ``None`` when it is no file of fangtan,
    or that record is lost.
    """
    head = _head_at(source, 0, gzip=gzip)
    kind, identifier = _TYPE.search(head), _RECORD_ID.search(head)
    if kind is None or identifier is None or kind[1] != b"warcinfo":
        return None
    source.seek(0)
    try:
        data = source.read(_HEAD)
        out = bytes(isal_zlib.decompressobj(wbits=31).decompress(data, _HEAD)) if gzip else data
    except (Faulty, GZIP_ERROR):
        return None
    return identifier[1] if _OURS.search(out[len(head) : len(head) + 4096]) else None
