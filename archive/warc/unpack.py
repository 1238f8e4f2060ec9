"""Files as libraries hold them, unpacked: gzip in one member, zstd with or without a dictionary, ARC. Within bounds."""

from __future__ import annotations

import re
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from archive.errors import ArchiveError
from archive.warc.members import MAX_RATIO, MAX_RECORD, SPOOL

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
#: The skippable frame at the beginning of a ``.warc.zst`` that holds its dictionary.
_DICTIONARY = b"\x5d\x2a\x4d\x18"
_MAX_DICTIONARY = 64 << 20
_PIECE, _OUT = 1 << 16, 1 << 20
#: What all of a file may measure unpacked.
_MOST = 64 * MAX_RECORD
ARC = b"filedesc:"


def form_of(path: Path) -> str:
    """What is in a file, by its first bytes: ``warc``, ``arc``, or empty; compression is looked through.

    :raises ArchiveError: it cannot be unpacked
    """
    with path.open("rb") as stream:
        head = next(iter(plain(stream)), b"")[:16]
    return "arc" if head.startswith(ARC) else "warc" if head.startswith(b"WARC/") else ""


def packed_as(path: Path) -> str:
    """How a file is compressed: ``gzip``, ``zstd``, or empty."""
    with path.open("rb") as stream:
        head = stream.read(4)
    if head.startswith(GZIP):
        return "gzip"
    return "zstd" if head == ZSTD or _SKIPPABLE.match(head) else ""


def plain(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of a file without its compression, piece by piece.

    :raises ArchiveError: it is damaged or cut off, or measures far more than it may
    """
    head = stream.read(4)
    stream.seek(0)
    if head.startswith(GZIP):
        pieces = _gzip(stream)
    elif head == ZSTD or _SKIPPABLE.match(head):
        pieces = _zstd(stream)
    else:
        pieces = iter(lambda: stream.read(_OUT), b"")
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > min(_MOST, max(stream.tell() * MAX_RATIO, SPOOL)):
            raise ArchiveError(f"a decompression bomb? {size} bytes out of {stream.tell()}")
        yield piece


def _gzip(stream: BinaryIO) -> Iterator[bytes]:
    """All members, one behind the other."""
    data = stream.read(_PIECE)
    while data:
        engine = zlib.decompressobj(31)
        while not engine.eof:
            try:
                piece = engine.decompress(data, _OUT)
            except zlib.error as error:
                raise ArchiveError(f"no complete gzip member ({error})") from error
            if piece:
                yield piece
            data = engine.unconsumed_tail
            if not engine.eof and not data and not (data := stream.read(_PIECE)):
                raise ArchiveError("the gzip member is cut off")
        data = engine.unused_data or stream.read(_PIECE)


def _zstd(stream: BinaryIO) -> Iterator[bytes]:
    """All frames; skippable ones hold nothing but the dictionary that may come first."""
    dictionary = _dictionary(stream)
    data = stream.read(_PIECE)
    while data:
        if len(data) < 8:
            data += stream.read(_PIECE)
        if _SKIPPABLE.match(data):
            data = _skipped(stream, data)
            continue
        engine = zstd.ZstdDecompressor(zstd_dict=dictionary)
        yield from _frame(stream, engine, data)
        data = bytes(engine.unused_data) or stream.read(_PIECE)


def _frame(stream: BinaryIO, engine: zstd.ZstdDecompressor, data: bytes) -> Iterator[bytes]:
    while not engine.eof:
        try:
            piece = engine.decompress(data, _OUT)
        except zstd.ZstdError as error:
            raise ArchiveError(f"no complete zstd frame ({error})") from error
        if piece:
            yield piece
        data = b""
        if not engine.eof and engine.needs_input and not (data := stream.read(_PIECE)):
            raise ArchiveError("the zstd frame is cut off")


def _skipped(stream: BinaryIO, data: bytes) -> bytes:
    """What follows a skippable frame."""
    end = 8 + struct.unpack("<I", data[4:8])[0]
    while len(data) < end:
        if not (more := stream.read(min(_PIECE, end - len(data)))):
            raise ArchiveError("the zstd frame is cut off")
        end -= len(data)
        data = more
    return data[end:] or stream.read(_PIECE)


def _dictionary(stream: BinaryIO) -> zstd.ZstdDict | None:
    """The dictionary at the beginning of a ``.warc.zst``; it may be compressed itself."""
    head = stream.read(8)
    if head[:4] != _DICTIONARY or len(head) < 8:
        stream.seek(0)
        return None
    size = struct.unpack("<I", head[4:])[0]
    data = stream.read(min(size, _MAX_DICTIONARY))
    if len(data) < size:
        raise ArchiveError("the dictionary of the zstd file is cut off or too large")
    try:
        if data.startswith(ZSTD):
            data = zstd.ZstdDecompressor().decompress(data, _MAX_DICTIONARY)
        return zstd.ZstdDict(bytes(data))
    except (zstd.ZstdError, ValueError) as error:
        raise ArchiveError(f"the dictionary of the zstd file cannot be read ({error})") from error
