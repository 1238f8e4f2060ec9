"""The lines of a ledger as they are in the file, and those that have some bytes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from archive.collection.files import require_plain
from archive.errors import ArchiveError


def raw_lines(path: Path, end: int | None = None) -> list[bytes]:
    """The lines with their line feeds; nothing else ends a line. An entry's number counts them from 1.

    :param end: only lines that are complete in so many bytes at the end of the file
    :raises ArchiveError: the file cannot be read
    """
    start, data = _bytes_of(path, end)
    return BytesIO(data).readlines()[1 if start else 0 :]


def lines_with(path: Path, parts: tuple[bytes, ...]) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each complete line that has one of these. Other lines are passed over without a look at each.

    :raises ArchiveError: the file cannot be read
    """
    _, data = _bytes_of(path, None)
    number, begin = 1, 0
    following = {part: data.find(part) for part in parts}
    while hits := [at for at in following.values() if at >= 0]:
        line = data.rfind(b"\n", begin, min(hits)) + 1 or begin
        end = data.find(b"\n", line) + 1
        if not end:
            return  # a write that was cut off
        number += data.count(b"\n", begin, line)
        yield number, data[line:end]
        number, begin = number + 1, end
        following = {part: data.find(part, begin) if 0 <= at < begin else at for part, at in following.items()}


def _bytes_of(path: Path, end: int | None) -> tuple[int, bytes]:
    """Where the reading began, and what came."""
    try:
        with require_plain(path).open("rb") as stream:
            start = 0 if end is None else max(0, stream.seek(0, os.SEEK_END) - end)
            stream.seek(start)
            return start, stream.read()
    except FileNotFoundError:
        return 0, b""
    except OSError as error:
        raise ArchiveError(f"{path}: the ledger cannot be read ({error.strerror})") from error
