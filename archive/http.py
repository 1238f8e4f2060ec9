"""HTTP/1.x messages as bytes: split, read leniently, decode the body; nothing is ever re-serialised."""

from __future__ import annotations

import hashlib
import mmap
import zlib
from collections.abc import Iterator
from functools import cached_property

from parsers.errors import ArchiveError

MAX_DECODED = 200 * 1024 * 1024
MAX_RATIO = 200
MAX_HEAD = 1 << 20

#: Bytes in memory, or on disk when they are many.
Buffer = bytes | mmap.mmap


class Message:
    """A message taken apart; ``head`` and ``body`` are the exact bytes. What is not asked for is not computed."""

    def __init__(self, block: Buffer, end: int) -> None:
        self.block, self.end = block, end

    @cached_property
    def head(self) -> bytes:
        """Start line and headers with the empty line after them."""
        return self.block[: self.end]

    @property
    def body(self) -> bytes:
        """What follows the head."""
        return self.block[self.end :]

    @property
    def start_line(self) -> bytes:
        """The request or status line."""
        return self.head.partition(b"\n")[0].strip()

    @cached_property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """Names and values as they stand, folded lines joined, lines without a colon left out."""
        found: list[tuple[bytes, bytes]] = []
        for line in self.head.replace(b"\r\n", b"\n").split(b"\n")[1:]:
            if line[:1] in (b" ", b"\t") and found:
                name, value = found[-1]
                found[-1] = (name, value + b" " + line.strip())
            elif b":" in line:
                name, _, value = line.partition(b":")
                found.append((name.strip(), value.strip()))
        return tuple(found)

    @cached_property
    def _first(self) -> dict[bytes, bytes]:
        return {name.lower(): value for name, value in reversed(self.headers)}

    @property
    def status(self) -> int:
        """The status code; 0 when the start line has none."""
        words = self.start_line.split(None, 2)
        return int(words[1]) if len(words) > 1 and words[1][:3].isdigit() and words[1].isdigit() else 0

    def get(self, name: str) -> str | None:
        """The first header of that name, decoded as Latin-1."""
        value = self._first.get(name.lower().encode())
        return None if value is None else value.decode("latin-1")

    @cached_property
    def chunked(self) -> bool:
        """Whether the body carries chunk framing."""
        return b"chunked" in self.head.lower() and "chunked" in (self.get("transfer-encoding") or "").lower()


def split_head(data: Buffer) -> int:
    """Where the body begins; the length of the data when the head is not complete."""
    found = data.find(b"\r\n\r\n", 0, MAX_HEAD)
    bare = data.find(b"\n\n", 0, found + 2 if found >= 0 else MAX_HEAD)
    if bare >= 0:
        return bare + 2
    return found + 4 if found >= 0 else len(data)


def without_interim(data: bytes) -> bytes:
    """The message without 1xx responses before it (they are no capture; 101 never occurs here)."""
    while data[:9].startswith(b"HTTP/1.") and data[9:10] == b"1" and data[9:12] != b"101":
        end = split_head(data)
        if end >= len(data):
            return data
        data = data[end:]
    return data


def read_message(block: Buffer) -> Message:
    """Read a request or response block."""
    return Message(block, split_head(block))


def _chunks(body: Buffer, pos: int) -> Iterator[tuple[int, int]]:
    """Where the chunks of a framed body lie, from ``pos`` on; what was received of the last one when the framing breaks off.

    A body that is not framed at all is one chunk.
    """
    first = pos
    while True:
        end = body.find(b"\n", pos, pos + 4096)
        if end < 0:
            return
        try:
            size = int(body[pos:end].split(b";")[0].strip(), 16)
        except ValueError:
            if pos == first:
                yield first, len(body)
            return
        if size <= 0:
            return
        start = end + 1
        yield start, min(start + size, len(body))
        if start + size > len(body):
            return
        pos = start + size
        pos += 2 if body[pos : pos + 2] == b"\r\n" else 1


def dechunk(body: bytes) -> bytes:
    """The entity inside chunk framing; what was received of it when the framing breaks off."""
    return b"".join(body[start:end] for start, end in _chunks(body, 0))


def entity(message: Message) -> bytes:
    """The spec's payload: the body without transfer coding, with content coding."""
    return dechunk(message.body) if message.chunked else message.body


def entity_sha256(message: Message) -> tuple[bytes, int]:
    """SHA-256 and size of the spec's payload, without copying it."""
    block, digest, size = memoryview(message.block), hashlib.sha256(), 0
    spans = _chunks(message.block, message.end) if message.chunked else ((message.end, len(block)),)
    for start, end in spans:
        digest.update(block[start:end])
        size += end - start
    block.release()
    return digest.digest(), size


def decoded(message: Message) -> bytes:
    """The payload as an application sees it: content coding undone, within limits.

    :raises ArchiveError: the decoded size or ratio exceeds :data:`MAX_DECODED` or :data:`MAX_RATIO`
    """
    data = entity(message)
    for coding in reversed([c.strip().lower() for c in (message.get("content-encoding") or "").split(",")]):
        if coding in ("gzip", "x-gzip", "deflate"):
            data = _inflate(data, coding)
    return data


def _inflate(data: bytes, coding: str) -> bytes:
    if not data:
        return data
    limit = min(MAX_DECODED, max(len(data) * MAX_RATIO, 1 << 20))
    for wbits in (31,) if "gzip" in coding else (15, -15):
        engine = zlib.decompressobj(wbits)
        try:
            out = engine.decompress(data, limit + 1)
        except zlib.error:
            continue
        if len(out) > limit:
            raise ArchiveError(
                f"decoded body is larger than {limit} bytes ({len(data)} compressed): a decompression bomb?"
            )
        return out
    return data
