"""Gzip members, one after the other, decompressed within bounds: large ones through a temporary file, bombs refused."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, BinaryIO, Protocol

from isal import isal_zlib

from archive.errors import ArchiveError
from archive.warc.http import Buffer

#: A member larger than this is read through a temporary file, so that memory stays flat.
SPOOL = 16 << 20
#: Nothing real is larger or packed tighter; what is, is taken for a decompression bomb.
MAX_RECORD = 4 << 30
MAX_RATIO = 500
MAX_HEAD = 1 << 20
#: What is read at once: larger pieces are fresh pages of memory each time.
CHUNK = 1 << 16
#: Most records are smaller when they are packed. What follows them is not handed to a decoder that would copy it.
_SMALL = 1 << 14
#: Bytes of a gzip header, and where the end of a request's member is looked for.
_HEADER, _TINY = 10, 1 << 10

#: Higher bits of a gzip header's flags mean nothing; isal passes over them, gunzip refuses the file.
_LAST_FLAG = b"\x1f"
_decoder = isal_zlib.decompressobj
GZIP_ERROR: Any = isal_zlib.error


class Faulty(ArchiveError):
    """A stretch that is no record; ``head`` is what could be read of it."""

    def __init__(self, reason: str, head: bytes = b"") -> None:
        super().__init__(reason)
        self.head = head


class Readable(Protocol):
    """A file, or what is before one."""

    def seek(self, at: int, /) -> object:
        """Go there."""

    def read(self, size: int, /) -> bytes:
        """The next bytes."""


class Members:
    """The gzip members of a stream, one after the other, each decompressed within bounds."""

    def __init__(self, stream: Readable, offset: int, watch: Callable[[bytes], object] | None = None) -> None:
        stream.seek(offset)
        self.stream, self.watch = stream, watch
        self._bytes, self._data, self._at = b"", memoryview(b""), 0

    def _piece(self, size: int) -> memoryview:
        """The next bytes, at most so many, not copied; none at the end."""
        if self._at >= len(self._bytes):
            self._filled()
        piece = self._data[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def _filled(self) -> bytes:
        """The next bytes of the stream."""
        data = self.stream.read(CHUNK)
        self._bytes, self._data, self._at = data, memoryview(data), 0
        if self.watch is not None and data:
            self.watch(data)
        return data

    def next(self) -> tuple[Buffer, int] | None:
        """The next member and its length in the file; ``None`` at the end.

        :raises Faulty: no complete member there
        """
        whole, begun = self._bytes, self._at
        if begun >= len(whole):
            whole, begun = self._filled(), 0
            if not whole:
                return None
        if whole[begun + 3 : begun + 4] > _LAST_FLAG:
            raise Faulty("no gzip member: unknown flags in its header")
        end = whole.find(whole[begun : begun + _HEADER], begun + _HEADER, begun + _TINY)
        try:
            if end > 0:  # a small member, it seems: what follows it is not handed over
                engine = _decoder(31)
                out = engine.decompress(whole[begun:end], 1 << 22)
                if engine.eof and not engine.unused_data:
                    self._at = end
                    return out, end - begun
            engine, data = _decoder(31), self._piece(_SMALL)
            out = engine.decompress(data, 1 << 22)
        except GZIP_ERROR as error:
            raise Faulty(f"no whole gzip member ({error})") from error
        if engine.eof:
            rest = len(engine.unused_data)
            self._at -= rest
            return out, len(data) - rest
        with ExitStack() as stack:
            return self._rest(engine, out, len(data), stack)

    def _rest(self, engine: Any, piece: bytes, fed: int, stack: ExitStack) -> tuple[Buffer, int]:
        """A member that is larger than its first piece."""
        out = _Spool(stack)
        while True:
            rest = len(engine.unused_data) if engine.eof else len(engine.unconsumed_tail)
            size, used = out.size + len(piece), fed - rest
            if size > MAX_RECORD or (size > SPOOL and size > used * MAX_RATIO):
                raise Faulty(f"a decompression bomb? {size} bytes out of {used}", out.head())
            out.add(piece)
            if engine.eof:
                self._at -= rest
                return out.buffer(), used
            data = engine.unconsumed_tail
            if not data:
                data = self._piece(CHUNK)
                fed += len(data)
            if not data:
                raise Faulty(f"the gzip member is cut off after {used} bytes", out.head())
            try:
                piece = engine.decompress(data, 1 << 22)
            except GZIP_ERROR as error:
                raise Faulty(f"no whole gzip member ({error})", out.head()) from error


class _Spool:
    """What was decompressed: in memory, beyond :data:`SPOOL` in a temporary file."""

    def __init__(self, stack: ExitStack) -> None:
        self.size = 0
        self._stack, self._out = stack, list[bytes]()
        self._file: BinaryIO | None = None

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        if self._file is None and self.size > SPOOL:
            self._file = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
            self._file.writelines(self._out)
            del self._out[1:]
        if self._file is not None:
            self._file.write(piece)
        else:
            self._out.append(piece)

    def buffer(self) -> Buffer:
        if self._file is not None:
            return mapped(self._file)
        return self._out[0] if len(self._out) == 1 else b"".join(self._out)

    def head(self) -> bytes:
        """What was decompressed of a WARC head before the damage."""
        data = b"".join(self._out[:2])[:MAX_HEAD]
        return data[: max(data.find(b"\r\n\r\n"), 0)] or data[:4096]


def mapped(spool: BinaryIO) -> mmap.mmap:
    """A temporary file in memory's place; the mapping outlives the file object."""
    spool.flush()
    return mmap.mmap(spool.fileno(), 0, access=mmap.ACCESS_READ)
