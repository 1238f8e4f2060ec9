"""WARC records written byte for byte, one gzip member each, in files that are never half there.

warcio's writer re-parses HTTP headers and so changes bytes; this one passes blocks through untouched. A file is written
as ``name.warc.gz.open``, fsynced in groups, entered into the ledger and renamed when it is closed. An ``.open`` file
that a killed process left is salvaged to its last complete member; it is never appended to.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

from isal import igzip

from archive.collection import clock
from archive.collection.files import OPEN_SUFFIX, fsync_folder, sha256_file
from archive.warc.heads import Headers
from archive.warc.records import Position, whole_length

#: Called with a finished ``.open`` file and its SHA-256.
OnClose = Callable[[Path, str], object]
_LEVEL = 2  # isal: a twentieth of zlib-6's cost at 13 % more bytes


def new_id() -> str:
    """A record id."""
    return f"<urn:uuid:{uuid.uuid4()}>"


def warc_date(when: datetime, version: str = "1.1") -> str:
    """A WARC-Date: microseconds in WARC/1.1, seconds in WARC/1.0."""
    fine = "seconds" if version == "1.0" else "microseconds"
    return when.astimezone(UTC).isoformat(timespec=fine).removesuffix("+00:00") + "Z"


def digest(data: bytes) -> str:
    """``sha256:`` and the Base32 form that WARC tools print."""
    return labelled(hashlib.sha256(data).digest())


def labelled(sha256: bytes) -> str:
    """The same of a digest that is known."""
    return "sha256:" + base64.b32encode(sha256).decode()


def serialise(headers: Headers, block: bytes, version: str = "1.1") -> bytes:
    """A record as one gzip member."""
    lines = [f"WARC/{version}", *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(block)}"]
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")
    return bytes(igzip.compress(head + block + b"\r\n\r\n", _LEVEL, mtime=0))


@dataclass(slots=True, eq=False)
class WarcWriter:
    """Writes one run's WARC files.

    :param folder: the collection's ``archive/``
    :param prefix: first part of the file names, the site's id
    :param info: fields of the warcinfo record that opens each file
    :param on_close: called with the closed ``.open`` path and its SHA-256 before it is renamed (the ledger entry)
    """

    folder: Path
    prefix: str
    info: dict[str, str]
    on_close: OnClose | None = None
    version: str = "1.1"
    max_size: int = 1 << 30
    path: Path | None = field(default=None, init=False)
    warcinfo_id: str = field(default="", init=False)
    _file: BinaryIO | None = field(default=None, init=False)
    _offset: int = field(default=0, init=False)
    _serial: int = field(default=0, init=False)
    _digest: hashlib._Hash = field(init=False)

    @property
    def name(self) -> str:
        """Final name of the current file."""
        assert self.path is not None
        return self.path.name.removesuffix(OPEN_SUFFIX)

    def _open(self) -> None:
        stamp = clock.now().strftime("%Y%m%d%H%M%S%f")[:17]
        name = f"{self.prefix}-{stamp}-{self._serial:05d}-{secrets.token_hex(3)}.warc.gz"
        self._serial += 1
        self.path = self.folder / (name + OPEN_SUFFIX)
        self._file = self.path.open("xb", buffering=0)  # no buffer whose rest a full disk would tear
        self._offset, self._digest = 0, hashlib.sha256()
        self.warcinfo_id = new_id()
        block = "".join(f"{key}: {value}\r\n" for key, value in self.info.items()).encode()
        headers = [
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", self.warcinfo_id),
            ("WARC-Date", warc_date(clock.now(), self.version)),
            ("WARC-Filename", name),
            ("WARC-Block-Digest", digest(block)),
            ("Content-Type", "application/warc-fields"),
        ]
        self._append(serialise(headers, block, self.version))

    def _append(self, data: bytes) -> None:
        """Append all of the bytes or none: a write that fails is taken back, so the file stays complete."""
        assert self._file is not None
        try:
            self._write_all(data)
        except OSError:
            os.ftruncate(self._file.fileno(), self._offset)
            self._file.seek(self._offset)
            raise
        self._offset += len(data)
        self._digest.update(data)  # as it goes: a complete file read again would stop the crawl for seconds

    def _write_all(self, data: bytes) -> None:
        assert self._file is not None
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]

    def write(self, members: list[tuple[Headers, bytes]]) -> list[Position]:
        """Append records that belong together; they land in one file.

        The records are on their way to the disk, not yet safe: :meth:`sync` makes them so.
        """
        if self._file is not None and self._offset >= self.max_size:
            self.close()
        if self._file is None:
            self._open()
        warcinfo = ("WARC-Warcinfo-ID", self.warcinfo_id)
        parts = [serialise([*headers, warcinfo], block, self.version) for headers, block in members]
        ends = list(accumulate(map(len, parts), initial=self._offset))
        self._append(b"".join(parts))
        return [Position(self.name, at, len(part)) for at, part in zip(ends, parts, strict=False)]

    @property
    def is_open(self) -> bool:
        """Whether a file is being written."""
        return self._file is not None

    @property
    def offset(self) -> int:
        """Bytes written to the current file."""
        return self._offset

    def sync(self) -> None:
        """Fsync."""
        if self._file is not None:
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Fsync, enter the file into the ledger, rename it, fsync the folder."""
        if self._file is None or self.path is None:
            return
        self.sync()
        self._file.close()
        self._file = None
        finish(self.path, self._digest.hexdigest(), self.on_close)


def finish(path: Path, sha256: str, on_close: OnClose | None = None) -> Path:
    """Turn a complete ``.open`` file into a final one: ledger entry first, then the rename.

    :param sha256: of its bytes, hexadecimal
    """
    if on_close is not None:
        on_close(path, sha256)
    final = path.with_name(path.name.removesuffix(OPEN_SUFFIX))
    path.rename(final)
    fsync_folder(path.parent)
    return final


def salvage(path: Path, on_close: OnClose | None = None) -> tuple[Path | None, int]:
    """Close an ``.open`` file that a killed process left.

    :returns: the final path (``None`` when nothing whole was in it) and how many torn bytes were moved away in
        ``name.torn`` next to it
    """
    good, size = whole_length(path, exchanges=True), path.stat().st_size
    if good < size:
        with path.open("r+b") as stream:
            stream.seek(good)
            tail = stream.read()
            torn = path.with_name(path.name.removesuffix(OPEN_SUFFIX) + ".torn")
            torn.write_bytes(tail)
            stream.truncate(good)
            os.fsync(stream.fileno())
    if good == 0:
        path.unlink()
        return None, size
    return finish(path, sha256_file(path), on_close), size - good
