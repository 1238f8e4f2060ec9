"""Where words of a class stand on a page: they are looked for in all lines together, as far as a rule reads on.

Most lines are links of menus and footers, which hold none of them. A rule that asks for marks never sees those lines.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate

from parsers.page.lines import Line
from parsers.patterns import compiled
from parsers.words import source

#: What rules look for in every line: the kinds of marks, with their patterns.
KINDS = {
    "date": r"{YEAR}|\.[12]\d{3}(?!\d)|[12]\d{3}$",
    "host": "{HOST}",
    "info": "{INFO_ROW}",
    "invitation": "{INVITE|VISIT}",
}
#: Characters of the longest line that is looked at; the dates of sentences are their own affair.
LONGEST = {"date": 120}
#: What is in every mark of a kind and is found faster than the mark: a first look.
_FIRST = {"date": compiled(source("{YEAR_FIGURE}" * 4))}
_PATTERNS = {kind: compiled(source(template), re.MULTILINE) for kind, template in KINDS.items()}


class Marks:
    """The marks of a page's lines."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._found: dict[str, tuple[list[Line], Iterator[Line]]] = {}

    @cached_property
    def _sheet(self) -> tuple[str, list[int]]:
        """All lines in one text, and where each begins in it; the last place is that of the text's end."""
        folds = [line.fold for line in self._lines]
        return "\n".join(folds), [0, *accumulate([len(text) + 1 for text in folds])]

    def lines(self, kind: str, *, hidden: bool = False) -> Iterator[Line]:
        """The lines that hold words of a kind, in printed order.

        :param hidden: lines that no reader sees count as well
        :raises KeyError: :data:`KINDS` has no such kind
        """
        pattern = _PATTERNS[kind]
        if kind not in self._found:
            self._found[kind] = [], self._scan(pattern, _FIRST.get(kind, pattern), LONGEST.get(kind))
        return (line for line in _shared(*self._found[kind]) if hidden or not line.hidden)

    def _scan(self, pattern: re.Pattern[str], first: re.Pattern[str], longest: int | None) -> Iterator[Line]:
        """The lines of a kind, by one search from hit to hit in all of them."""
        text, begins = self._sheet
        at = 0
        while match := first.search(text, at):
            number = bisect_right(begins, match.start()) - 1
            at = begins[number + 1]
            line = self._lines[number]
            if longest and len(line.fold) > longest:
                continue
            # A hit may end in another line than it begins.
            if (first is pattern and match.end() < at) or pattern.search(line.fold):
                yield line


def _shared(known: list[Line], further: Iterator[Line]) -> Iterator[Line]:
    """What was found so far, then what is found further; other readers may read on in between."""
    at = 0
    while True:
        if at == len(known):
            if (line := next(further, None)) is None:
                return
            known.append(line)
        yield known[at]
        at += 1
