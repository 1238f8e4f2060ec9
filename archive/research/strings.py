"""How often each string of so many Chinese characters is said: counted from texts, many at once, or told by the
full-text index.
"""

from __future__ import annotations

import re
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal

from archive.research.occurrences import term_of
from archive.store.query import kept, pairs

_CHARACTERS = r"\u3400-\u9fff\U00020000-\U0003ffff"
RUN = re.compile(f"[{_CHARACTERS}]+")
#: Those that every table of Unicode has since version 6.0, Python's and SQLite's, and common signs.
_KNOWN = r"\u3400-\u4db5\u4e00-\u9fcb\U00020000-\U0002a6d6\U0002a700-\U0002b734\U0002b740-\U0002b81d"
_SIGNS = "，。、；：？！“”‘’（）《》【】—…·!-~"
_UNUSUAL = re.compile(f"[^{_KNOWN}{_SIGNS}]")
_NEW = re.compile(f"(?![{_KNOWN}])[{_CHARACTERS}]")
_OTHERS = re.compile(f"[^{_CHARACTERS}{_SIGNS}]+")
#: As C has strings of so many characters of two bytes: as whole numbers.
_FORMATS: dict[int, Literal["H", "I", "Q"]] = {1: "H", 2: "I", 4: "Q"}
_ENCODING = f"utf-16-{'le' if sys.byteorder == 'little' else 'be'}"
_BETWEEN = "\n".encode(_ENCODING)
#: So many bytes are counted at once.
_AT_ONCE = 1 << 20


Cutter = Callable[[str], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Strings:
    """Cuts a text into overlapping strings of so many Chinese characters inside a run of them."""

    size: int

    def __call__(self, text: str) -> Iterator[str]:
        return chain.from_iterable(map(self._of_run, RUN.findall(text)))

    def _of_run(self, run: str) -> Iterator[str]:
        return map("".join, zip(*(run[at:] for at in range(self.size)), strict=False))


@dataclass(slots=True)
class Tally:
    """Counts what a cutter cuts texts into.

    Strings of one, two and four characters are counted as numbers that C reads out of the bytes of many texts: no
    step of Python for each of them.
    """

    cut: Cutter
    _counted: Counter[str] = field(default_factory=Counter)
    _numbers: Counter[int] = field(default_factory=Counter)
    _waiting: list[bytes] = field(default_factory=list)
    _bytes: int = 0
    #: Characters of a number; 0 where they are none.
    _size: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        if isinstance(self.cut, Strings) and self.cut.size in _FORMATS:
            self._size = self.cut.size

    def add(self, text: str) -> None:
        """Count the strings of a text."""
        data = text.encode(_ENCODING, "surrogatepass") if self._size else b""
        if len(data) != 2 * len(text):  # a character takes four bytes
            self._counted.update(self.cut(text))
            return
        self._waiting += (data, _BETWEEN)
        self._bytes += len(data)
        if self._bytes > _AT_ONCE:
            self._count()

    def _count(self) -> None:
        data, size = memoryview(b"".join(self._waiting)), 2 * self._size
        for at in range(0, size, 2):
            end = len(data) - (len(data) - at) % size
            self._numbers.update(data[at:end].cast(_FORMATS[self._size]))
        self._waiting, self._bytes = [], 0

    def counter(self) -> Counter[str]:
        """How often each string was there."""
        if self._waiting:
            self._count()
        for number, n in self._numbers.items():
            string = number.to_bytes(2 * self._size, sys.byteorder).decode(_ENCODING, "replace")
            if RUN.fullmatch(string):
                self._counted[string] += n
        self._numbers = Counter()
        return self._counted


def in_index(db: sqlite3.Connection, size: int) -> Counter[str] | None:
    """How often each string is in the full-text index of so many characters; ``None`` where there is no such index.

    The index goes on over line feeds and whatever else it has no term for; :func:`beyond` says what of it a text is.
    """
    index = {1: "_turns_fts", 2: "_pairs_fts"}.get(size)
    if index is None:
        return None
    db.execute(f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.terms{index} USING fts5vocab('main', '{index}', 'row')")
    rows = db.execute(f"SELECT term, cnt FROM temp.terms{index} WHERE length(term) = ?", (size,))
    return Counter({term: n for term, n in rows if RUN.fullmatch(term)})


def beyond(text: str, size: int) -> Iterable[tuple[str, int]]:
    """Strings of which the index has more than a text, or fewer: how many more."""
    if not _UNUSUAL.search(text):
        return ()
    if _NEW.search(text):
        more = Counter(filter(_is_indexed, pairs(text) if size > 1 else text))
        more.subtract(Strings(size)(text))
        return more.items()
    return _over_gaps(text) if size > 1 else ()


def _is_indexed(string: str) -> bool:
    return bool(RUN.fullmatch(string)) and all(map(term_of, string))


def _over_gaps(text: str) -> Iterator[tuple[str, int]]:
    """Pairs whose characters have something between them that the index leaves out, as a line feed."""
    for match in _OTHERS.finditer(text):
        pair = text[max(0, match.start() - 1) : match.start()] + text[match.end() : match.end() + 1]
        if len(pair) == len("字字") and RUN.fullmatch(pair) and not kept(match[0]):
            yield pair, 1
