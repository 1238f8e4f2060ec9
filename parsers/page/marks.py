"""Where words of a class stand on a page: each class is looked for once, in all lines together, when a rule first asks.

Most lines are links of menus and footers, which hold none of them. A rule that asks for marks never sees those lines.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from parsers.page.lines import Line
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
_FIRST = {"date": re.compile(source("{YEAR_FIGURE}{4}"))}
_PATTERNS = {kind: re.compile(source(template), re.MULTILINE) for kind, template in KINDS.items()}


class Marks:
    """The marks of a page's lines."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._found: dict[str, tuple[Line, ...]] = {}

    def lines(self, kind: str, *, hidden: bool = False) -> list[Line]:
        """The lines that hold words of a kind, in printed order.

        :param hidden: lines that no reader sees count as well
        :raises KeyError: :data:`KINDS` has no such kind
        """
        if kind not in self._found:
            longest = LONGEST.get(kind)
            lines = [x for x in self._lines if len(x.fold) <= longest] if longest else self._lines
            for pattern in (_FIRST[kind], _PATTERNS[kind]) if kind in _FIRST else (_PATTERNS[kind],):
                lines = list(_scan(lines, pattern))
            self._found[kind] = tuple(lines)
        return [line for line in self._found[kind] if hidden or not line.hidden]


def _scan(lines: Sequence[Line], pattern: re.Pattern[str]) -> Iterator[Line]:
    """The lines in which a pattern finds something, by one search from hit to hit in all of them."""
    text = "\n".join(line.fold for line in lines)
    begins = [0, *accumulate(len(line.fold) + 1 for line in lines)]
    at = 0
    while match := pattern.search(text, at):
        number = bisect_right(begins, match.start()) - 1
        at = begins[number + 1]
        if match.end() < at or pattern.search(lines[number].fold):  # or it ends in another line than it begins
            yield lines[number]
