"""Content and transfer codings: the one list that spider, indexer, import, verify and web undo.

A label is a claim: bytes that contradict it are read as what they are, with a remark. A coding that is not in the list
is an error that is named. Whatever is decoded stays within bounds.
"""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

import brotli

from archive.errors import ArchiveError, DecodedTooLarge

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: What the decoded bytes may measure, and how many times their coded size.
MAX_DECODED = 200 * 1024 * 1024
MAX_RATIO = 200
#: Codings one upon the other; nobody needs more.
MAX_LAYERS = 5
_LEAST = 1 << 20  # a short body may be packed tighter than MAX_RATIO
_STEP = 1 << 16  # bytes fed to a decoder at a time
_FINE = 256  # the same where the stream is damaged: what is before the damage counts
_ALIASES = {"x-gzip": "gzip", "none": "identity", "": "identity"}
_GZIP = b"\x1f\x8b\x08"
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
#: Bytes that no text holds.
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
#: ``Content-Encoding: utf-8`` is a common slip and means nothing.
_CHARSET = re.compile(
    r"utf-?(?:8|16(?:le|be)?)|gb-?(?:2312|k|18030)|big5(?:-hkscs)?|(?:iso-)?8859-\d+|latin-?1|(?:us-)?ascii|windows-\d+"
)
#: Types whose bodies are text: coded bytes without a label are decoded there, and nowhere else (a .gz file is a file).
_TEXT = re.compile(r"text/|application/(?:xhtml\+xml|xml|json|javascript)", re.IGNORECASE)


@dataclass(slots=True)
class Decoded:
    """Bytes as an application sees them.

    :ivar remarks: where they contradicted their label
    """

    data: bytes
    remarks: list[str] = field(default_factory=list)


class _Wrong(Exception):
    """The bytes are not of that coding."""


class _Damaged(Exception):
    """The decoder refused the bytes from ``at`` on."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at


_ERRORS: tuple[type[Exception], ...] = (zlib.error, brotli.error, zstd.ZstdError)


@dataclass(slots=True)
class _Budget:
    """How large the result may be; one for all layers of a body."""

    limit: int
    coded: int

    @classmethod
    def of(cls, coded: int) -> _Budget:
        return cls(min(MAX_DECODED, max(coded * MAX_RATIO, _LEAST)), coded)

    def check(self, size: int) -> None:
        if size > self.limit:
            raise DecodedTooLarge(
                f"decoded body is larger than {self.limit} bytes ({self.coded} compressed): a decompression bomb?"
            )


#: The decoded bytes, whether the stream ended, and what is after its end.
_Result = tuple[bytes, bool, bytes]


class _Engine(Protocol):
    """A decoder of one stream: bytes in, at most so many bytes out;
    they continue without new input until nothing is left.
    """

    def feed(self, data: bytes, limit: int) -> bytes: ...
    def ended(self) -> bool: ...
    def rest(self) -> bytes: ...


class _Zlib:
    def __init__(self, wbits: int) -> None:
        self.engine = zlib.decompressobj(wbits)

    def feed(self, data: bytes, limit: int) -> bytes:
        return self.engine.decompress(data or self.engine.unconsumed_tail, limit)

    def ended(self) -> bool:
        return self.engine.eof

    def rest(self) -> bytes:
        return self.engine.unused_data


class _Brotli:
    def __init__(self) -> None:
        self.engine = brotli.Decompressor()
        self.done = False  # the engine cannot be asked after an error

    def feed(self, data: bytes, limit: int) -> bytes:
        out = bytes(self.engine.process(data, output_buffer_limit=limit))
        self.done = bool(self.engine.is_finished())
        return out

    def ended(self) -> bool:
        return self.done

    def rest(self) -> bytes:
        return b""


class _Zstd:
    def __init__(self) -> None:
        self.engine = zstd.ZstdDecompressor()

    def feed(self, data: bytes, limit: int) -> bytes:
        return bytes(self.engine.decompress(data, limit))

    def ended(self) -> bool:
        return bool(self.engine.eof)

    def rest(self) -> bytes:
        return bytes(self.engine.unused_data)


def _stream(make: Callable[[], _Engine], data: bytes, limit: int) -> _Result:
    """Decode one stream; of a damaged one, what is before the damage, to the byte.

    :raises _Wrong: nothing comes out of it
    """
    out, safe = bytearray(), 0
    for step in (_STEP, _FINE, 1):
        out.clear()
        engine = make()
        try:
            return _fed(engine, data, limit, out, safe, step)
        except _Damaged as damaged:
            safe = damaged.at
            if step == 1 and engine.ended():
                return bytes(out), True, data[safe:]
    if not out:
        raise _Wrong
    return bytes(out), False, b""


def _fed(engine: _Engine, data: bytes, limit: int, out: bytearray, safe: int, step: int) -> _Result:
    """Feed a stream to its decoder: the bytes up to ``safe`` at once, then ``step`` by ``step``."""
    at = 0
    while at < len(data) and len(out) <= limit:
        end = safe if at < safe else at + step
        piece = data[at:end]
        while len(out) <= limit:
            try:
                got = engine.feed(piece, limit + 1 - len(out))
            except _ERRORS as error:
                raise _Damaged(at) from error
            out += got
            piece = b""
            if engine.ended():
                return bytes(out), True, engine.rest() + data[end:]
            if not got:
                break
        at = end
    return bytes(out), False, b""


def _gzip(data: bytes, limit: int) -> _Result:
    """All members, one after the other (RFC 1952, 2.2)."""
    return _joined(data, limit, lambda: _Zlib(31), _is_gzip)


def _joined(data: bytes, limit: int, make: Callable[[], _Engine], begins: Callable[[bytes], object]) -> _Result:
    """Streams of one coding, one behind the other; what is after them is given back."""
    out, rest, ended = bytearray(), data, True
    while begins(rest) and len(out) <= limit and ended:
        try:
            piece, ended, following = _stream(make, rest, limit - len(out))
        except _Wrong:
            if len(rest) == len(data):
                raise
            break
        out += piece
        rest = following
    if len(rest) == len(data):
        raise _Wrong
    return bytes(out), ended, rest


def _deflate(data: bytes, limit: int) -> _Result:
    """With a zlib header as the standard wants it, or without as many servers send it."""
    if len(data) > 1 and data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0:
        try:
            return _stream(lambda: _Zlib(15), data, limit)
        except _Wrong:
            pass
    return _stream(lambda: _Zlib(-15), data, limit)


def _brotli(data: bytes, limit: int) -> _Result:
    return _stream(_Brotli, data, limit)


def _zstd(data: bytes, limit: int) -> _Result:
    """All frames, one after the other; skippable ones hold nothing."""
    return _joined(data, limit, _Zstd, _is_zstd)


def _is_gzip(data: bytes) -> bool:
    return data.startswith(_GZIP)


def _is_zstd(data: bytes) -> bool:
    return data.startswith(_ZSTD) or _ZSTD_SKIPPABLE.match(data) is not None


_DECODERS: dict[str, Callable[[bytes, int], _Result]] = {
    "gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
CODINGS = tuple(_DECODERS)
#: Codings that do not say so in their first bytes.
_MARKLESS = ("deflate", "br")


def labels(values: Iterable[str]) -> list[str]:
    """The codings that header lines name, in the order of their application; names of charsets, a common slip,
    stay as they are.
    """
    names = (name.strip().strip("\"'").lower() for value in values for name in value.split(","))
    found = (_ALIASES.get(name, name) for name in names)
    return [name for name in found if name != "identity"]


def undo(data: bytes, content: Iterable[str], transfer: Iterable[str] = (), content_type: str = "") -> Decoded:
    """Undo the codings of a body whose chunk framing is gone.

    :param content: the values of its Content-Encoding lines; ``transfer``: of Transfer-Encoding
    :param content_type: tells whether coded bytes without a label are decoded
    :raises ArchiveError: an unknown coding, bytes that are neither of their coding nor text, a decompression bomb
    """
    named = labels(content) + [name for name in labels(transfer) if name != "chunked"]
    done = Decoded(data)
    budget = _Budget.of(len(data))
    if len(named) > MAX_LAYERS:
        raise DecodedTooLarge(f"{len(named)} content codings one upon the other, at most {MAX_LAYERS} are undone")
    if not data:
        return done
    text = _TEXT.match(content_type.strip()) is not None
    for name in reversed(named):
        _layer(done, name, budget, text=text)
    for _ in range(MAX_LAYERS) if text else ():
        found = _coded_as(done.data)
        if found is None:
            break
        try:
            _take(done, found, budget)
        except _Wrong:
            break
        done.remarks.append(f"{found} without a label for it")
    return done


def _layer(done: Decoded, name: str, budget: _Budget, *, text: bool) -> None:
    """Undo one coding that a label names.

    :param text: whether the body is to be text: what is neither coded nor text is an error there, else a file of its
        own kind
    """
    if name not in _DECODERS:
        if _CHARSET.fullmatch(name):
            done.remarks.append(f"Content-Encoding names a charset ({name})")
            return
        raise ArchiveError(f"unknown content coding {name[:40]!r}; known are {', '.join(CODINGS)}")
    found = _coded_as(done.data)
    if found is not None and found != name:
        _contradicted(done, name, found, budget)
        return
    if name in _MARKLESS:
        _markless(done, name, budget, text=text)
        return
    try:
        _take(done, name, budget)
    except _Wrong:
        _otherwise(done, name, budget, _MARKLESS, text=text)


def _contradicted(done: Decoded, name: str, found: str, budget: _Budget) -> None:
    """The bytes have the mark of another coding than their label names."""
    try:
        _take(done, found, budget)
    except _Wrong:
        raise _unreadable(name) from None
    done.remarks.append(f"labelled {name}, found {found}")


def _markless(done: Decoded, name: str, budget: _Budget, *, text: bool) -> None:
    """Undo a coding whose bytes have no mark: whatever does not come out whole may be text, or the other one."""
    try:
        out, ended, rest = _DECODERS[name](done.data, budget.limit)
    except _Wrong:
        out, ended, rest = b"", False, b""
    if not ended and len(out) <= budget.limit:
        kept = Decoded(done.data, list(done.remarks))
        try:
            _otherwise(kept, name, budget, tuple(other for other in _MARKLESS if other != name), text=text)
        except ArchiveError:
            if not out:
                raise
        else:
            done.data, done.remarks = kept.data, kept.remarks
            return
    _keep(done, name, budget, (out, ended, rest))


def _otherwise(done: Decoded, name: str, budget: _Budget, others: tuple[str, ...], *, text: bool) -> None:
    """The bytes are not what their label says and have no mark: plain text, or one of the codings without a mark."""
    if _is_text(done.data):
        done.remarks.append(f"labelled {name}, found plain text")
        return
    for other in others:
        try:
            out, ended, _ = _DECODERS[other](done.data, budget.limit)
        except _Wrong:
            continue
        if ended:
            budget.check(len(out))
            done.data = out
            done.remarks.append(f"labelled {name}, found {other}")
            return
    if text:
        raise _unreadable(name)
    done.remarks.append(f"labelled {name}, found another kind of file")


def _unreadable(name: str) -> ArchiveError:
    return ArchiveError(f"labelled with the content coding {name!r}; the bytes are neither that nor text")


def _take(done: Decoded, name: str, budget: _Budget) -> None:
    _keep(done, name, budget, _DECODERS[name](done.data, budget.limit))


def _keep(done: Decoded, name: str, budget: _Budget, result: _Result) -> None:
    out, ended, rest = result
    budget.check(len(out))
    if not ended and not out:
        raise ArchiveError(f"the {name} stream is cut off before anything could be decoded")
    if not ended:
        done.remarks.append(f"the {name} stream is damaged or cut off")
    elif rest.strip(b"\x00"):
        done.remarks.append(f"{len(rest)} bytes after the end of the {name} stream")
    done.data = out


def _coded_as(data: bytes) -> str | None:
    """The coding whose mark is at the beginning."""
    if _is_gzip(data):
        return "gzip"
    return "zstd" if _is_zstd(data) else None


def _is_text(data: bytes) -> bool:
    """Whether bytes look like text in some charset: none of those that no text holds, in the beginning."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not _BINARY.search(data, 0, 1024)
