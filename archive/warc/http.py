"""HTTP/1.x messages as bytes: split, read leniently, decode the body; nothing is ever re-serialised."""

from __future__ import annotations

import hashlib
import mmap
import re
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # decoders and what pages hold: who only reads records waits for neither
    from archive.warc.codings import Decoded
    from parsers.record import Payload

MAX_HEAD = 1 << 20
#: The line before a chunk: its size, perhaps extensions. What begins otherwise carries no chunk framing.
_SIZE_LINE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\n]{0,4096})?\r?\n")

#: SHA-256 of no bytes, which is the payload of most requests.
NOTHING = sha256().digest()
_PIECE = 1 << 16  # bytes of a payload at a time
_TINY, _MANY = 16, 16  # bytes of chunks, and how many in a row make it worth reading them together
#: The chunk of no bytes that ends a chunked body, and the trailers behind it.
_LAST_CHUNK = re.compile(rb"(?:^|\n)0+[^\n]*\r?\n(?:[^\n]+\r?\n)*\r?\n$")
_BLANK = re.compile(rb"\n\r?\n")
#: A start line with a status code: its second word.
_STATUS = re.compile(rb"[ \t\r\f\v]*[^ \t\r\f\v\n]+[ \t\r\f\v]+([0-9]{1,9})(?![^ \t\r\f\v\n])")
#: A length in a head of small letters, as nearly all servers write it.
_LENGTH = re.compile(rb"\ncontent-length:[ \t]*+([0-9]{1,18}+)[ \t]*+\r?\n")
#: A header line that is not folded, behind the start line.
_FIELD = re.compile(rb"\n([^:\n]*):([^\n]*)")

#: Bytes in memory, or on disk when they are many.
Buffer = bytes | mmap.mmap
#: The same, or a part of it that was not copied.
View = Buffer | memoryview


class Message:
    """A message taken apart; ``head`` and ``body`` are the exact bytes. What is not asked for is not computed.

    :ivar head: start line and headers with the empty line after them
    """

    _headers: tuple[tuple[bytes, bytes], ...] | None = None
    _by_name: dict[bytes, bytes] | None = None
    _status = -1
    _low: bytes | None = None
    _chunked: bool | None = None

    def __init__(self, block: View, end: int) -> None:
        self.block, self.end, self.head = block, end, bytes(block[:end])

    @property
    def body(self) -> bytes:
        """What follows the head."""
        return bytes(self.block[self.end :])

    @property
    def start_line(self) -> bytes:
        """The request or status line."""
        return self.head.partition(b"\n")[0].strip()

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """Names and values unchanged, folded lines joined, lines without a colon left out."""
        if self._headers is None:
            found = _unfolded(self.head) if self._folded else _FIELD.findall(self.head)
            self._headers = tuple([(name.strip(), value.strip()) for name, value in found])
        return self._headers

    @property
    def _folded(self) -> bool:
        return b"\n " in self.head or b"\n\t" in self.head

    @property
    def _first(self) -> dict[bytes, bytes]:
        if self._by_name is None:
            self._by_name = {name.lower(): value for name, value in reversed(self.headers)}
        return self._by_name

    @property
    def status(self) -> int:
        """The status code; 0 when the start line has none."""
        if self._status < 0:
            found = _STATUS.match(self.head)
            self._status = int(found[1]) if found else 0
        return self._status

    def _may_have(self, wanted: bytes) -> bool:
        """Whether a header of that name can be there: most that are asked for are not, and need no list of headers."""
        low = self._low
        if low is None:
            low = self._low = self.head.lower()
        return wanted in low

    def get(self, name: str) -> str | None:
        """The first header of that name, decoded as Latin-1."""
        wanted = name.lower().encode()
        value = self._found(wanted) if self._may_have(wanted) else None
        return None if value is None else value.decode("latin-1")

    def _found(self, wanted: bytes) -> bytes | None:
        """A header that may be there. A plain line with the only mention of it is found without a list of headers."""
        low, line = self._low or b"", b"\n" + wanted + b":"
        at = low.find(line)
        if at < 0 or low.count(wanted) > 1 or self._folded:
            return self._first.get(wanted)
        return self.head[at + len(line) :].partition(b"\n")[0].strip()

    def all(self, name: str) -> tuple[str, ...]:
        """Every header of that name, decoded as Latin-1."""
        wanted = name.lower().encode()
        if not self._may_have(wanted):
            return ()
        return tuple(value.decode("latin-1") for found, value in self.headers if found.lower() == wanted)

    def joined(self, name: str) -> str | None:
        """Every header of that name as one; they mean the same in one line or in several (RFC 9110, 5.3)."""
        return ", ".join(self.all(name)) or None

    @property
    def length(self) -> int | None:
        """The Content-Length; ``None`` without a number."""
        if not self._may_have(b"content-length"):
            return None
        low = self._low or b""
        found = _LENGTH.search(low)  # a plain line with the only mention of it, as nearly always
        if found is not None and low.count(b"content-length") == 1 and not self._folded:
            return int(found[1])
        text = (self.get("content-length") or "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

    @property
    def chunked(self) -> bool:
        """Whether the body carries chunk framing: the header says so, and the body begins so (other recorders undo
        it).
        """
        if self._chunked is None:
            said = self._may_have(b"chunked") and "chunked" in (self.joined("transfer-encoding") or "").lower()
            self._chunked = said and (self.end >= len(self.block) or _SIZE_LINE.match(self.block, self.end) is not None)
        return self._chunked


def _unfolded(head: bytes) -> list[tuple[bytes, bytes]]:
    """The headers of a head with folded lines."""
    found: list[tuple[bytes, bytes]] = []
    for line in head.replace(b"\r\n", b"\n").split(b"\n")[1:]:
        if line[:1] in (b" ", b"\t") and found:
            name, value = found[-1]
            found[-1] = (name, value + b" " + line.strip())
        elif b":" in line:
            name, _, value = line.partition(b":")
            found.append((name.strip(), value.strip()))
    return found


class Resource(Message):
    """A resource record's block as the answer that it records: no head, all body."""

    def __init__(self, block: View, content_type: str) -> None:
        super().__init__(block, 0)
        self._low = b"content-type"
        self.content_type = content_type

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The content type."""
        return ((b"Content-Type", self.content_type.encode("latin-1", "replace")),)

    @property
    def status(self) -> int:
        """It is there."""
        return 200


def split_head(data: View) -> int:
    """Where the body begins; the length of the data when the head is not complete."""
    blank = _BLANK.search(data, 0, MAX_HEAD)
    return blank.end() if blank else len(data)


def is_answer(data: View) -> bool:
    """Whether a response has a status line and its complete head; what has not is no HTTP message to any reader."""
    blank = _BLANK.search(data, 0, MAX_HEAD)
    return data[:5] == b"HTTP/" and blank is not None and bool(Message(data, blank.end()).status)


def is_complete(message: Message) -> bool:
    """Whether the body is as long as its framing says."""
    status = message.status
    if status in (204, 304) or 100 <= status < 200:
        return True
    if message.chunked:
        tail = bytes(message.block[max(message.end, len(message.block) - 4096) :])
        return tail.endswith(b"\n0\r\n\r\n") or _LAST_CHUNK.search(tail) is not None
    wanted = message.length
    return wanted is None or len(message.block) - message.end >= wanted


def without_interim(data: bytes) -> bytes:
    """The message without 1xx responses before it (they are no capture; 101 never occurs here)."""
    at = 0
    while data[at : at + 7] == b"HTTP/1." and data[at + 9 : at + 10] == b"1" and data[at + 9 : at + 12] != b"101":
        blank = _BLANK.search(data, at, at + MAX_HEAD)
        if blank is None:
            break
        at = blank.end()
    return data[at:] if at else data


def read_message(block: View) -> Message:
    """Read a request or response block."""
    blank = _BLANK.search(block, 0, MAX_HEAD)
    return Message(block, blank.end() if blank else len(block))


def _chunks(body: View, pos: int) -> Iterator[View]:
    """The data of the chunks of a framed body, from ``pos`` on; what was received of the last one when the framing
    breaks off. Tiny chunks of one size, one behind the other, come together.
    """
    view, tiny = memoryview(body), 0
    while line := _SIZE_LINE.match(body, pos):
        size, start = int(line[1], 16), line.end()
        if not size:
            return
        tiny = tiny + 1 if size <= _TINY else 0
        yield view[start : start + size]
        pos = start + size
        if pos >= len(body):
            return
        pos += 2 if body[pos : pos + 2] == b"\r\n" else 1
        if tiny >= _MANY and (run := _alike(bytes(line[0]), size).match(body, pos)):
            yield _data_of(view[pos : run.end()], len(line[0]), size)
            pos = run.end()


@lru_cache(maxsize=64)
def _alike(line: bytes, size: int) -> re.Pattern[bytes]:
    """Chunks with such a size line, as many as a piece has bytes."""
    return re.compile(rb"(?:%s[\s\S]{%d}\r\n){1,%d}+" % (re.escape(line), size, _PIECE))


def _data_of(run: memoryview, line: int, size: int) -> bytes:
    """The data of chunks of one size, with size lines of one length."""
    each = line + size + 2
    data = bytearray(len(run) // each * size)
    for number in range(size):
        data[number::size] = run[line + number :: each]
    return bytes(data)


def pieces(message: Message) -> Iterator[bytes]:
    """The spec's payload (the body without chunk framing, with content coding), in pieces of moderate size: a body in a
    million chunks costs no more memory than one in a single chunk.
    """
    block = message.block
    if not message.chunked:
        yield from (bytes(block[at : at + _PIECE]) for at in range(message.end, len(block), _PIECE))
        return
    out = bytearray()
    for data in _chunks(block, message.end):
        for at in range(0, len(data), _PIECE):
            out += data[at : at + _PIECE]
            if len(out) >= _PIECE:
                yield bytes(out)
                out.clear()
    yield bytes(out)


def entity(message: Message) -> bytes:
    """The spec's payload: the body without chunk framing, with content coding."""
    return b"".join(pieces(message)) if message.chunked else message.body


def entity_digest(message: Message, *algorithms: str) -> tuple[tuple[bytes, ...], int]:
    """Digests of the spec's payload by algorithms of hashlib, and its size, without holding a copy of it."""
    digests, size = [hashlib.new(name) for name in algorithms], 0
    for piece in pieces(message):
        size += len(piece)
        for digest in digests:
            digest.update(piece)
    return tuple(digest.digest() for digest in digests), size


def entity_sha256(message: Message) -> tuple[bytes, int]:
    """SHA-256 and size of the spec's payload, without copying it."""
    size = len(message.block) - message.end
    if size <= 0:
        return NOTHING, 0
    if isinstance(message.block, mmap.mmap):
        (found,), size = entity_digest(message, "sha256")
        return found, size
    view = memoryview(message.block)
    if not message.chunked:
        return sha256(view[message.end :]).digest(), size
    digest, size = sha256(), 0
    for data in _chunks(view, message.end):
        digest.update(data)
        size += len(data)
    return digest.digest(), size


def decoded(message: Message) -> Decoded:
    """The payload as an application sees it: transfer and content codings undone, within bounds.

    :raises ArchiveError: an unknown coding, bytes that cannot be decoded, a decompression bomb
    """
    content, transfer = message.all("content-encoding"), message.all("transfer-encoding")
    undo = import_module("archive.warc.codings").undo
    found: Decoded = undo(entity(message), content, transfer, message.get("content-type") or "")
    return found


def payload_of(message: Message, url: str) -> Payload:
    """A message as the parsers take it.

    :raises ArchiveError: see :func:`decoded`
    """
    found = decoded(message)
    payload: Payload = import_module("parsers.record").Payload(
        url,
        found.data,
        message.get("content-type"),
        message.status,
        refresh=message.get("refresh"),
        link=", ".join(message.all("link")) or None,
        remarks=tuple(found.remarks),
    )
    return payload
