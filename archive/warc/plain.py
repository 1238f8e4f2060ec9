"""Records of uncompressed WARC files: their head, what is behind them, their bytes."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator

from archive.warc.http import Buffer
from archive.warc.members import MAX_HEAD, SPOOL, Faulty, mapped
from archive.warc.resync import Source

#: What is behind a record. Other line ends are a fault (``record-end``); the record can be read.
RECORD_END = b"\r\n\r\n"
#: Line ends, as many as a damaged writer may leave.
ENDS = re.compile(rb"[\r\n]{0,64}")
_LENGTH = re.compile(rb"content-length[ \t]*:", re.IGNORECASE)


def head(source: Source, at: int) -> bytes:
    """The file's bytes from there on, the record's header among them if there is one; empty at the end of the file."""
    source.seek(at)
    head = source.read(4096)
    while head and b"\r\n\r\n" not in head and len(head) < MAX_HEAD:
        more = source.read(65536)
        if not more:
            break
        head += more
    return head


def misfit(head: bytes) -> str:
    """Why a record cannot be as long as its header says, in words."""
    lines = head.split(b"\n")
    if not lines[0].endswith(b"\r"):
        return f"a header whose lines end in line feeds alone: {head[:20]!r}"
    lengths = [line.partition(b":")[2].strip() for line in lines if _LENGTH.match(line)]
    if len(lengths) != 1:
        return f"{len(lengths)} Content-Length headers"
    if not lengths[0].isdigit():
        return f"a Content-Length that is no number of bytes: {lengths[0][:40].decode('utf-8', 'replace')!r}"
    return "the record is not as long as its Content-Length says"


def ending(source: Source, at: int, size: int, head: bytes) -> int:
    """How many bytes of line ends are behind a record of so many bytes, before the next one or the end of the file.

    It is looked at before the record is read: a file of many heads with false lengths costs no more than its size.
    """
    if at + size > source.size:
        raise Faulty(f"the record is cut off after {source.size - at} of {size + len(RECORD_END)} bytes", head)
    source.seek(at + size)
    try:
        behind = source.read(80)
    except Faulty:
        return len(RECORD_END)  # what the disk does not give is named when the record is read
    ends = ENDS.match(behind)
    found = ends[0] if ends else b""
    if found != RECORD_END and behind[len(found) : len(found) + 5] not in (b"", b"WARC/"):
        raise Faulty("the record is not as long as its Content-Length says", head)
    if found in (b"", b"\r", b"\r\n\r") and len(found) == len(behind):
        raise Faulty(f"the record is cut off after {size + len(found)} of {size + len(RECORD_END)} bytes", head)
    return len(found)


def block(source: Source, at: int, size: int, head: bytes) -> Buffer:
    """The bytes of a record; many of them in a temporary file."""
    source.seek(at)
    pieces = _pieces(source, size, head)
    if size <= SPOOL:
        return b"".join(pieces)
    with tempfile.TemporaryFile() as spool:
        spool.writelines(pieces)
        return mapped(spool)


def _pieces(source: Source, size: int, head: bytes) -> Iterator[bytes]:
    """The next bytes of a record; ``head`` is what is known of it should they end too soon."""
    rest = size
    while rest:
        piece = source.read(min(rest, 1 << 20))
        if not piece:
            raise Faulty(f"the record is cut off after {size - rest} of {size} bytes", head)
        yield piece
        rest -= len(piece)
