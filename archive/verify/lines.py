"""An index as a SQLite file, so that any number of its lines can be compared with records file by file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Self

from archive.fault import Fault, of_file

_BATCH = 2000
#: No file is that long, and SQLite counts no further.
_FURTHEST = 1 << 62
#: No line of an index or of a list of pages is longer; what is left of it is passed over.
MAX_LINE = 1 << 20
#: A compressed index may say so much more than it measures, and this in any case.
_RATIO, _LEAST = 200, 64 << 20


def lines_of(stream: BinaryIO, size: int) -> Iterator[str]:
    """The lines of a text of another's making, each within bounds, without their ends.

    :param size: bytes that the text measures where it is stored
    :raises ValueError: it measures many times that: a decompression bomb
    """
    read, inside = 0, False
    while line := stream.readline(MAX_LINE):
        read += len(line)
        if read > max(size * _RATIO, _LEAST):
            raise ValueError(f"{read} bytes out of {size}: a decompression bomb?")
        if not inside:
            yield line.rstrip(b"\n").decode("utf-8", "surrogateescape")
        inside = not line.endswith(b"\n")


def load_lines(target: Path, lines: Iterable[str], where: str) -> Iterator[Fault]:
    """Load the lines of one index; see :class:`Loading`."""
    with Loading(target) as loading:
        yield from loading.load(lines, where)


class Loading:
    """CDXJ lines on their way into ``lines(file, at, url, line)``.

    :param name_of: the file that a line's ``filename`` names
    """

    def __init__(self, target: Path, name_of: Callable[[str], str] = lambda name: name) -> None:
        self.name_of = name_of
        self.db = sqlite3.connect(target, isolation_level=None)
        self.db.execute("PRAGMA journal_mode=OFF")
        self.db.execute("PRAGMA synchronous=OFF")
        self.db.execute("CREATE TABLE lines (file TEXT, at INTEGER, url TEXT, line TEXT)")
        self.db.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.execute("COMMIT")
        self.db.execute("CREATE INDEX lines_at ON lines(file, at)")
        self.db.execute("CREATE INDEX lines_url ON lines(url)")
        self.db.close()

    def load(self, lines: Iterable[str], where: str) -> Iterator[Fault]:
        """Load one index; faults for lines that are invalid, are out of order or stand twice."""
        batch: list[tuple[str, int, str, str]] = []
        previous, disorder = "", False
        for number, line in enumerate(lines, 1):
            if not disorder and (line == previous or line.partition("{")[0] < previous.partition("{")[0]):
                disorder = True
                found = f"{line[:100]} after {previous[:100]}"
                yield of_file("index", f"{where}:{number}", "sorted lines, each once", found)
            previous = line
            try:
                batch.append(_row(line, self.name_of))
            except ValueError as error:
                yield of_file("index", f"{where}:{number}", "a CDXJ line", str(error))
            if len(batch) >= _BATCH:
                self._put(batch)
        self._put(batch)

    def _put(self, batch: list[tuple[str, int, str, str]]) -> None:
        self.db.executemany("INSERT INTO lines VALUES (?, ?, ?, ?)", batch)
        batch.clear()


def _row(line: str, name_of: Callable[[str], str]) -> tuple[str, int, str, str]:
    parts = line.split(" ", 2)
    try:
        line.encode()  # bytes that are no text
        fields = json.loads(parts[2])
        f"{fields['filename']}{fields['url']}".encode()  # escapes may hold half a character
        at = int(fields["offset"])
        if not 0 <= at < _FURTHEST:
            raise ValueError(at)
        return name_of(str(fields["filename"])), at, str(fields["url"]), line
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise ValueError(repr(line[:80])) from error
