"""Files of lines that people write, one JSON object a line: corrections and codings. Lines are added at the end, and
the ledger vouches for each. A takedown names the lines that go with it by digest, never by their words.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Callable, Container, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from archive.collection.folder import Collection, write_atomically
from archive.errors import ConfigError
from archive.ledger import chain as ledger
from archive.ledger.plain import enter_lines

T = TypeVar("T")
MAX_VALUE = 2000
_UNREADABLE = (ValueError, TypeError, ConfigError, RecursionError)


@dataclass(frozen=True, slots=True)
class Lines(Generic[T]):
    """The file as it was found.

    :param lines: number of the line and what it says, in order
    :param problems: what is wrong with the other lines, each with file and line
    """

    lines: tuple[tuple[int, T], ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineFile(Generic[T]):
    """One of the files.

    :param kind: its name without the ending; the type of its entries in the ledger
    :param keys: those of each line
    :param about: the one with the id that a line is about
    :param parse: what the object of a line says; raises ``ConfigError`` or ``TypeError`` for one that cannot be
    """

    kind: str
    keys: frozenset[str]
    about: str
    parse: Callable[[dict[str, Any]], T]

    def path(self, collection: Collection) -> Path:
        """Where it is in a collection."""
        return collection.root / f"{self.kind}.jsonl"

    def look(self, collection: Collection) -> Lines[T]:
        """What it says; a line that cannot be read leaves out itself only."""
        path = self.path(collection)
        if not path.exists():
            return Lines()
        if not path.is_file():
            return Lines(problems=(f"{path}: cannot be read (no plain file)",))
        try:
            data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
        except OSError as error:
            return Lines(problems=(f"{path}: cannot be read ({error.strerror})",))
        lines, problems = [], []
        for number, line in enumerate(data.split(b"\n"), 1):
            try:
                if line.strip():
                    lines.append((number, self._said(line)))
            except _UNREADABLE as error:
                problems.append(f"{path}:{number}: {error}")
        return Lines(tuple(lines), tuple(problems))

    def read(self, collection: Collection) -> list[T]:
        """What it says, in order of the file, which must be right.

        :raises ConfigError: a line that cannot be read, with its number
        """
        found = self.look(collection)
        if found.problems:
            raise ConfigError("\n".join(found.problems))
        return [said for _, said in found.lines]

    def digests(self, collection: Collection) -> list[str]:
        """What the ledger says of the lines, in order: of each the digest of what it says, else of its bytes.

        :raises OSError: it cannot be read
        """
        path = self.path(collection)
        return self.digests_in(path.read_bytes()) if path.is_file() else []

    def digests_in(self, data: bytes) -> list[str]:
        """The same of a file that was read."""
        lines = data.removeprefix(codecs.BOM_UTF8).split(b"\n")
        return [self._digest_in(line) or hashlib.sha256(line).hexdigest() for line in lines if line.strip()]

    def append(self, collection: Collection, fresh: Iterable[T]) -> None:
        """Write lines behind those that are there; the caller holds the lock ``publish``.
        The file is replaced in one step, then the ledger gets the lines.

        :raises ConfigError: the ledger could not be signed; nothing is written
        """
        ledger.key_of(collection, ledger.lenient(collection.ledger, naming=(b'"public_key"',)))
        path = self.path(collection)
        before = path.read_bytes() if path.exists() else b""
        if before and not before.endswith(b"\n"):  # the last line was written by hand, without its end
            before += b"\n"
        lines = "".join(map(_line, fresh))
        write_atomically(path, before + lines.encode())
        enter_lines(collection, self.kind, self.digests(collection))

    def drop(self, collection: Collection, digests: Container[str]) -> None:
        """Take lines out of the file in one step; those that cannot be read stay."""
        path = self.path(collection)
        if not path.exists():
            return
        with collection.lock("publish", wait=True):
            lines = re.findall(rb"[^\n]*\n|[^\n]+$", path.read_bytes())
            left = [line for line in lines if self._digest_in(line) not in digests]
            if len(left) < len(lines):
                write_atomically(path, b"".join(left))

    def _said(self, line: bytes) -> T:
        data = json.loads(line.decode("utf-8"))
        if not isinstance(data, dict) or set(data) != self.keys:
            raise ConfigError(f"expected the keys {', '.join(sorted(self.keys))}")
        return self.parse(data)

    def _digest_in(self, line: bytes) -> str | None:
        try:
            return digest_of(self._said(line.removeprefix(codecs.BOM_UTF8)))
        except _UNREADABLE:
            return None


def _line(said: Any) -> str:
    return json.dumps(asdict(said), ensure_ascii=False) + "\n"


def digest_of(said: Any) -> str:
    """SHA-256 of what a line says (a dataclass), by which a takedown names it without its words."""
    return hashlib.sha256(json.dumps(asdict(said), ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def check_text(name: str, value: Any, *, may_lack: bool = False) -> None:
    """Refuse what is no short text.

    :raises ConfigError: says what is wrong
    """
    if value is None and may_lack:
        return
    if not isinstance(value, str):
        raise ConfigError(f"{name}: expected a text")
    if len(value) > MAX_VALUE:
        raise ConfigError(f"{name}: longer than {MAX_VALUE} characters")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise ConfigError(f"{name}: half of a character in it")
