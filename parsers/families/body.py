"""Where the article's body stands: the family's selectors, then everybody's, then text density."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from parsers.families import Family, families
from parsers.page.dom import Element, Survey, words_of
from parsers.page.lines import Line
from parsers.patterns import compiled

_NOT_BODY = compiled(r"foot|header|nav|menu|crumb|sidebar|copyright|related|recommend")


_SHORT = 120  # characters


@dataclass(frozen=True, slots=True)
class Body:
    """The body element with the rule that found it."""

    element: Element
    rule: str


class Index:
    """How much text each element holds."""

    def __init__(self, survey: Survey, lines: list[Line]) -> None:
        self.survey = survey
        places = survey.places
        plain, linked = [0] * (len(survey.tags) + 1), [0] * (len(survey.tags) + 1)
        for line in lines:
            place = places[line.block] + 1
            plain[place] += len(line.text) - line.linked
            linked[place] += line.linked
        #: How many characters are before each place; what an element holds is between its place and its end.
        self._plain, self._linked = list(accumulate(plain)), list(accumulate(linked))

    def plain(self, element: Element) -> int:
        """How many characters outside links an element holds."""
        place = self.survey.places[element]
        return self._plain[self.survey.ends[place]] - self._plain[place]

    def linked(self, element: Element) -> int:
        """How many characters inside links an element holds."""
        place = self.survey.places[element]
        return self._linked[self.survey.ends[place]] - self._linked[place]


def find_body(index: Index, family: Family, root: Element) -> Body:
    """The body element; empty decoys and link farms are passed over.

    A selector counts when its element holds text; the fullest match wins, so that an empty ``#content_container`` that
    a firewall injected loses against the real one.
    """
    total = index.plain(root) or 1
    everyone = [s for f in families() if f is not family for s in f.selectors]
    for selector in dict.fromkeys((*family.selectors, *everyone)):
        found = [e for e in index.survey.find(selector) if (plain := index.plain(e)) and index.linked(e) <= plain]
        if not found:
            continue
        best = max(found, key=index.plain)
        if index.plain(best) >= 0.25 * total or (index.plain(best) >= 12 and selector in family.selectors):
            return Body(best, f"selector:{selector}")
    return Body(_densest(index, root), "density")


def _densest(index: Index, root: Element) -> Element:
    """Walk down while one child holds most of the unlinked text."""
    element = root
    while True:
        children = [c for c in element if isinstance(c.tag, str) and not _NOT_BODY.search(words_of(c))]
        if not children:
            return element
        best = max(children, key=lambda e: index.plain(e) - index.linked(e))
        held, whole = index.plain(best), index.plain(element)
        if not whole and not index.linked(element):  # nothing to walk down to
            return element
        if best.tag in ("p", "span", "table", "a", "tr") or held < 0.6 * whole:
            return element
        # On a short page an info row outweighs a body of one sentence and a link: most of little says nothing.
        if held < _SHORT and any(index.plain(c) for c in children if c is not best):
            return element
        element = best
