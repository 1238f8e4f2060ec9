"""A file to check, and what the pass over it found; both go from one process to another."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from archive.fault import Fault, Listed


@dataclass(frozen=True, slots=True)
class Task:
    """A file to check.

    :param stop: committed length of an open file; ``None`` for a closed one
    :param own: the file is ours: strict checks; ``None``: what its warcinfo says
    :param lines: SQLite file with the index's lines; ``store`` the store; ``None`` without one to compare with
    :param lines_own: the index is fangtan's, its lines are as ours are; else they are compared by what they mean
    :param digest: the digest of the complete file is asked for
    :param withheld: record ids that index and store must not have
    :param destroyed: record ids whose bytes were destroyed on purpose
    :param alone: no other file is checked beside it
    :param part: first byte and end of what is checked of it, both at records; ``None``: all of it
    """

    path: Path
    scratch: Path
    stop: int | None = None
    own: bool | None = None
    lines: Path | None = None
    lines_own: bool = True
    store: Path | None = None
    digest: bool = False
    withheld: frozenset[str] = frozenset()
    destroyed: frozenset[str] = frozenset()
    alone: bool = False
    part: tuple[int, int] | None = None

    @property
    def size(self) -> int:
        """Bytes to read; 0 for what is no file that can be read."""
        if self.stop is not None:
            return self.stop
        try:
            return self.path.stat().st_size
        except OSError:
            return 0


@dataclass(slots=True)
class Result:
    """What the pass over a file found."""

    path: Path
    faults: list[Fault] = field(default_factory=list)
    records: int = 0
    captures: int = 0
    bytes: int = 0
    size: int = 0
    sha256: str | None = None
    damaged: bool = False

    listed: Listed = field(default_factory=Listed)

    def add(self, fault: Fault) -> None:
        """Keep a fault; beyond so many of its kind they are only counted."""
        if self.listed.take(fault):
            self.faults.append(fault)
