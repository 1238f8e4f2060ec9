"""The index of a large archive in several sorted files, so that a run does not write all of it again.

Up to :data:`ONE_FILE` lines it is one file, ``index.cdxj``. Above, new lines go into files beside it (``index-1.cdxj``
…). A file takes in those that are no larger than what comes, so each line is written again as often as the archive has
doubled since. Together the files are the index: whoever reads reads all of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

from archive.warc import cdxj

#: So many lines stay one file.
ONE_FILE = 100_000
_CHUNK = 1 << 20


def files(index: Path) -> list[Path]:
    """The files of an index that are there, the main one first."""
    beside = sorted(index.parent.glob(f"{index.stem}-*{index.suffix}"))
    return [path for path in (index, *beside) if path.exists()]


def lines(index: Path) -> Iterator[str]:
    """All lines in order. What two files have, as after a merge that was killed, comes once."""
    last, origin = None, -1
    numbered = (_numbered(path, number) for number, path in enumerate(files(index)))
    for line, number in heapq.merge(*numbered):
        if line != last or number == origin:
            yield line
            last, origin = line, number


def _numbered(path: Path, number: int) -> Iterator[tuple[str, int]]:
    for line in cdxj.lines_in(path):
        yield line, number


def add(index: Path, fresh: Iterable[str]) -> None:
    """Add sorted lines, equal ones once. Each file is replaced in one step, and none goes before its lines are in
    another.
    """
    present = files(index)
    if not _is_large(index):
        taken = [path for path in present if path != index]
        cdxj.merge(index, heapq.merge(*map(cdxj.lines_in, taken), fresh))
    else:
        target = _free(index)
        cdxj.merge(target, fresh)
        taken = _no_larger(present, target)
        into = max(taken, key=lambda path: path.stat().st_size)
        taken.remove(into)
        cdxj.merge(into, heapq.merge(*map(cdxj.lines_in, taken)))
    for path in taken:
        path.unlink()


def _is_large(index: Path) -> bool:
    if not index.exists():
        return False
    found = 0
    with index.open("rb") as stream:
        while found <= ONE_FILE and (chunk := stream.read(_CHUNK)):
            found += chunk.count(b"\n")
    return found > ONE_FILE


def _free(index: Path) -> Path:
    names = (index.with_name(f"{index.stem}-{number}{index.suffix}") for number in count(1))
    return next(path for path in names if not path.exists())


def _no_larger(present: list[Path], fresh: Path) -> list[Path]:
    """The new file, and those that are no larger than it and what it takes in."""
    taken, size = [fresh], fresh.stat().st_size
    for path in sorted(present, key=lambda path: path.stat().st_size):
        if path.stat().st_size > size:
            break
        taken.append(path)
        size += path.stat().st_size
    return taken


def replace(fresh: Path, index: Path) -> None:
    """Put an index that was made anew in the place of another."""
    made, before = files(fresh), files(index)
    for path in made:
        path.replace(index.with_name(path.name))
    for path in set(before) - {index.with_name(path.name) for path in made}:
        path.unlink()
