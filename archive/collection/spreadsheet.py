"""Tables as spreadsheet programs save them: GBK or Unicode, commas, semicolons or tabs, blank lines."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from archive.errors import ConfigError

_DELIMITERS = ",;\t，；"
_BLANKS = " \t\r\n\u3000\xa0\ufeff"
#: Number of a line in its file, and its cells.
Line = tuple[int, list[str]]


def readings(file: Path, most: int) -> Iterator[list[Line]]:
    """The lines of a file that are not blank, read by each sign that may separate cells, the likeliest first.

    :param most: bytes that the file may have
    :raises ConfigError: it cannot be read
    """
    text = _text(file, most)
    for delimiter in sorted(_DELIMITERS, key=text[:4096].count, reverse=True):
        yield list(_cells(file, text, delimiter))


def head_of(lines: list[Line]) -> str:
    """The first line, for a message."""
    return ",".join(lines[0][1] if lines else ())[:120]


def _text(file: Path, most: int) -> str:
    try:
        with file.open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error
    if len(data) > most:
        raise ConfigError(f"{file}: more than {most} bytes")
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")  # what Excel calls Unicode text
    for codec in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise ConfigError(f"{file}: expected text as CSV, in UTF-8 or GBK; save the sheet as CSV. 请另存为 CSV 文件。")


def _cells(file: Path, text: str, delimiter: str) -> Iterator[Line]:
    """The lines that are not blank, each with its number."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            held = [cell.strip(_BLANKS) for cell in cells]
            if any(held) and not re.fullmatch(r"sep=.?", "".join(held)):
                yield reader.line_num, held
    except csv.Error as error:
        raise ConfigError(f"{file}:{reader.line_num}: {error}") from error
