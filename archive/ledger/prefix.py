"""How far a ledger was read: the bytes up to there need not be read as entries again before the next one is chained.

A note beside the ledger has the digest of these bytes. Whoever appends compares it with the bytes themselves, so damage
and edits are seen, whatever size and date the file has. Who can write the collection can write the note, too: so
nothing that judges a ledger asks it. It says where the last entry and the last key are; these are read from the ledger.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from archive.collection.files import require_plain

#: The note's name, beside the ledger; it may be deleted.
NAME = ".ledger-read.json"
#: So many lines behind the note are read again each time; then the note is made anew.
BEHIND = 200
_CHUNK = 1 << 20
Appearance = tuple[int, int, int]


def appearance(path: Path) -> Appearance | None:
    """What tells a file from what it was before: inode, size, time of the last change; ``None`` without one."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def drop_cut_line(stream: BinaryIO) -> None:
    """A last line without its newline is a write that was cut off."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - 1))
    if size and stream.read(1) != b"\n":
        stream.seek(0)
        os.ftruncate(stream.fileno(), stream.read().rfind(b"\n") + 1)


@dataclass(frozen=True, slots=True)
class Prefix:
    """The beginning of a ledger, whose chain is complete.

    :param size: bytes; ``sha256`` their digest, hexadecimal
    :param entries: lines in them
    :param last: where the last entry begins; ``key`` the last one that announces a key, ``key_number`` its number
    """

    size: int = 0
    sha256: str = hashlib.sha256().hexdigest()
    entries: int = 0
    last: int | None = None
    key: int | None = None
    key_number: int = 0


class Reading:
    """A ledger that is read on from where the note ends.

    :ivar prefix: what the note says; nothing where it does not fit the bytes
    """

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self.path, self.stream, self.prefix = path, stream, _noted(path)
        self._digest = hashlib.sha256()
        left = self.prefix.size
        while left and (chunk := stream.read(min(left, _CHUNK))):
            self._digest.update(chunk)
            left -= len(chunk)
        if self._digest.hexdigest() != self.prefix.sha256:
            self.forget()

    def forget(self) -> None:
        """Read everything, whatever the note says."""
        self.prefix, self._digest = Prefix(), hashlib.sha256()

    def named(self) -> tuple[tuple[int, bytes], tuple[int, bytes]]:
        """The last entry of the prefix and the one with its last key: number and line, empty where there is none."""
        known = self.prefix
        last = self._line_at(known.last)
        if known.last is not None and known.last + len(last) != known.size:
            self.forget()
            return (0, b""), (0, b"")
        return (known.entries, last), (known.key_number, self._line_at(known.key))

    def _line_at(self, offset: int | None) -> bytes:
        if offset is None:
            return b""
        self.stream.seek(offset)
        return self.stream.readline()

    def behind(self) -> Iterator[tuple[int, bytes]]:
        """The complete lines behind the prefix, each with its offset."""
        offset = self.prefix.size
        self.stream.seek(offset)
        for line in self.stream:
            if not line.endswith(b"\n"):
                return  # a write that was cut off
            self._digest.update(line)
            yield offset, line
            offset += len(line)

    def note(self, behind: list[tuple[int, bytes]], announced: int | None) -> None:
        """Keep how far the ledger was read. Without the note, or with half of it, nothing is lost but time.

        :param behind: the lines behind the prefix
        :param announced: number of the entry among them that announces the key in force
        """
        if len(behind) <= BEHIND:
            return
        known, (last, line) = self.prefix, behind[-1]
        key = behind[announced - known.entries - 1][0] if announced else known.key
        number = announced or known.key_number
        size, lines = last + len(line), known.entries + len(behind)
        made = Prefix(size, self._digest.hexdigest(), lines, last, key, number)
        temporary = self.path.with_name(f"{NAME}.{os.getpid()}.tmp")
        with suppress(OSError):
            temporary.write_text(json.dumps(asdict(made)), "utf-8")
            temporary.replace(self.path.with_name(NAME))


def _noted(path: Path) -> Prefix:
    try:
        found = Prefix(**json.loads(require_plain(path.with_name(NAME)).read_bytes()))
        whole = all(isinstance(n, int) and n >= 0 for n in (found.size, found.entries, found.key_number))
        inside = all(n is None or (isinstance(n, int) and 0 <= n < found.size) for n in (found.last, found.key))
    except (OSError, ValueError, TypeError, RecursionError):
        return Prefix()
    return found if whole and inside and found.last is not None else Prefix()
