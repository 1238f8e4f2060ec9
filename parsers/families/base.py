"""What a CMS family is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urljoin

from parsers.dom import Element
from parsers.record import PageRequest


@dataclass(frozen=True, slots=True)
class Paging:
    """What a pager declares: the next pages, how many pages there are, how many entries."""

    pages: tuple[PageRequest, ...] = ()
    declared: int | None = None
    declared_items: int | None = None
    rule: str = ""


@dataclass(frozen=True)
class View:
    """A page as families see it: URL, base, tree and decoded source."""

    url: str
    base: str
    root: Element
    raw: str

    @cached_property
    def scripts(self) -> str:
        """The text of all inline scripts."""
        return "\n".join(s.text or "" for s in self.root.iter("script"))

    def join(self, href: str) -> str:
        """An absolute URL."""
        return urljoin(self.base, href)


@dataclass(frozen=True, slots=True)
class When:
    """A pattern that is only tried where a literal stands: one that begins with what every page has is slow.

    :param literal: stands in whatever the pattern finds
    """

    literal: str
    pattern: re.Pattern[str]


#: Any of these words, or a pattern.
Mark = tuple[str, ...] | re.Pattern[str] | When


def _bears(text: str, mark: Mark) -> bool:
    if isinstance(mark, tuple):
        return any(word in text for word in mark)
    if isinstance(mark, When):
        return mark.literal in text and mark.pattern.search(text) is not None
    return mark.search(text) is not None


@dataclass(frozen=True)
class Family:
    """A CMS family.

    :param marks: ``(weight, rule name, literals or a pattern over the source or URL)``; literals are found much faster
    :param selectors: where the article's body stands, best first: ``#id``, ``#prefix*``, ``.class`` or a tag
    """

    name: str = "generic"
    marks: tuple[tuple[int, str, Mark], ...] = ()
    selectors: tuple[str, ...] = ()
    article: re.Pattern[str] = field(default=re.compile(r"(?!)"))

    def fingerprint(self, view: View) -> tuple[int, str]:
        """The weight of the marks found on the page, and the heaviest mark's rule."""
        hits = [(w, rule) for w, rule, mark in self.marks if _bears(view.raw, mark) or _bears(view.url, mark)]
        return (sum(w for w, _ in hits), max(hits)[1]) if hits else (0, "")

    def fragments(self, view: View) -> Iterator[str]:
        """Mark-up that the page carries outside its tree (data islands) and that holds list entries."""
        del view
        yield from ()

    def paging(self, view: View) -> Paging:
        """How the list goes on; empty when it does not."""
        del view
        return Paging()
