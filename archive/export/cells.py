"""Cells of CSV files that no spreadsheet program takes for a formula.

These files hold words of strangers. A program such as Excel runs a cell that begins with ``=``, ``+``, ``-`` or
``@``; some skip blanks before it, and Chinese input methods write the signs in full width. Such a text gets an
apostrophe in front.
:func:`bare` takes it away again; numbers stay numbers. JSON Lines and Parquet hold the words as they are.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from typing import IO, Any, Generic, TypeVar

S = TypeVar("S", bound=IO[str])
#: Blanks, control characters and marks without width that programs skip or drop before they look at a cell.
_BLANK = r"\s\x00-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_SIGN = "=+\\-@＝＋－＠﹦﹢﹣﹫\u2212"
_FORMULA = re.compile(rf"'*(?:[\t\r\n]|[{_BLANK}]*[{_SIGN}])")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?%?")


def guarded(value: Any) -> Any:
    """A value as it is written: a text that begins a formula with an apostrophe before it, all else as it is.

    Text that already has apostrophes before such a beginning gets one more, so that :func:`bare` finds the original.
    """
    if not isinstance(value, str) or not _FORMULA.match(value) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def bare(text: str) -> str:
    """A text as it was before :func:`guarded`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


class Sheet(Generic[S]):
    """A CSV file with a header line; every cell is guarded.

    :param headed: whether the header line is written; lines of a file that begins elsewhere have none
    """

    def __init__(self, stream: S, columns: Iterable[str], *, headed: bool = True) -> None:
        self.stream, self.columns = stream, tuple(columns)
        self._writer = csv.writer(stream)
        if headed:
            self.write(self.columns)

    def write(self, cells: Iterable[Any]) -> None:
        """Write a line of cells in the order of the columns."""
        self._writer.writerow([guarded(cell) for cell in cells])

    def write_row(self, row: Mapping[str, Any]) -> None:
        """Write a line from a mapping by column; an unknown or missing column is a ``KeyError``."""
        if unknown := row.keys() - set(self.columns):
            raise KeyError(f"no such column: {', '.join(sorted(unknown))}")
        self.write(row[name] for name in self.columns)
