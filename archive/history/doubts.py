"""What came and may yet be a loss: a little of it is a remark, much of it at once is a difference. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from archive.history.entries import Line, is_other
from archive.history.facts import Capture, Facts
from archive.history.gone import MASS
from archive.history.list_pages import ListPage

#: Entries and list pages.
Last = tuple[tuple[Line, ...], tuple[ListPage, ...]]
#: What is left of an interview's earlier words, at most, where it is worth a word; so many at once are no single edits.
_CUT_DOWN, _MANY = 0.6, 3


class Doubts:
    """What an account has of them.

    :ivar much: differences; ``little``: remarks
    """

    def __init__(self, lines: tuple[Line, ...], last: Last | None, facts: Facts) -> None:
        """:param last: entries and list pages of the last full account"""
        then, pages = last or ((), ())
        self.much: list[str] = []
        self.little: list[str] = []
        self._cut_down(lines, facts)
        new = set(_others(lines)) - set(_others(then))
        if new:
            first = next(line.url for line in lines if line.key in new)
            self.little.append(f"{len(new)} entries are no interviews, the first: {first} 条目不是访谈")
        if facts.partial:
            self._shrunk(pages, facts)

    def _cut_down(self, lines: tuple[Line, ...], facts: Facts) -> None:
        """Interviews that have lost many of their words, and not so many that another text is there."""
        urls = {line.key: line.url for line in lines if line.outcome == "interview"}
        again = [key for key in urls if _is_seen_again(facts.captures.get(key))]
        few = [key for key in again if _is_cut_down(facts.captures[key])]
        if few:
            words = f"{len(few)} of {len(again)} interviews that were fetched again have lost many of their words"
            is_much = len(few) >= max(_MANY, MASS * len(again))
            self._add(f"{words}, the first: {urls[few[0]]} 文字大量减少", is_much=is_much)

    def _shrunk(self, pages: tuple[ListPage, ...], facts: Facts) -> None:
        """Lists that declare less than before, while their entries count as they were."""
        for page in pages:
            now = facts.read.get(page.key)
            if now is not None and page.number == 1:
                items, number = _fewer(page.items, now.items), _fewer(page.pages, now.pages)
                if items:
                    self._add(
                        f"{page.url} declares {now.items} entries, before {page.items} 列表数量减少",
                        is_much=items >= MASS,
                    )
                elif number:
                    self._add(
                        f"{page.url} declares {now.pages} pages, before {page.pages} 列表数量减少",
                        is_much=number >= MASS,
                    )

    def _add(self, words: str, *, is_much: bool) -> None:
        (self.much if is_much else self.little).append(words)


def _fewer(before: int | None, after: int | None) -> float:
    """The share of what was declared that is declared no longer."""
    return max(0.0, 1 - after / before) if before and after is not None else 0.0


def _is_seen_again(one: Capture | None) -> bool:
    return one is not None and one.fresh and one.held


def _is_cut_down(one: Capture) -> bool:
    return one.shorter and one.likeness is not None and one.likeness < _CUT_DOWN


def _others(lines: tuple[Line, ...]) -> Iterator[str]:
    return (line.key for line in lines if is_other(line))
