"""Where the article's body stands: the family's selectors, then everybody's, then text density."""

from __future__ import annotations

import re
from dataclasses import dataclass

from parsers.families import Family, families
from parsers.page.dom import Element, Survey, words_of
from parsers.page.lines import Line

_NOT_BODY = re.compile(r"foot|header|nav|menu|crumb|sidebar|copyright|related|recommend")


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
        sums: dict[Element, list[int]] = {}
        for line in lines:
            both = sums.setdefault(line.block, [0, 0])
            both[0] += len(line.text) - line.linked
            both[1] += line.linked
        for element in reversed(survey.elements):  # what stands inside an element comes after it
            if (own := sums.get(element)) and (parent := element.getparent()) is not None:
                both = sums.setdefault(parent, [0, 0])
                both[0] += own[0]
                both[1] += own[1]
        self.plain = {element: both[0] for element, both in sums.items()}
        self.linked = {element: both[1] for element, both in sums.items()}


def find_body(index: Index, family: Family, root: Element) -> Body:
    """The body element; empty decoys and link farms are passed over.

    A selector counts when its element holds text; the fullest match wins, so that an empty ``#content_container`` that a
    firewall injected loses against the real one.
    """
    total = index.plain.get(root, 0) or 1
    everyone = [s for f in families() if f is not family for s in f.selectors]
    for selector in dict.fromkeys((*family.selectors, *everyone)):
        found = [
            e
            for e in index.survey.find(selector)
            if index.plain.get(e, 0) and index.linked.get(e, 0) <= index.plain.get(e, 0)
        ]
        if not found:
            continue
        best = max(found, key=lambda e: index.plain.get(e, 0))
        if index.plain[best] >= 0.25 * total or (index.plain[best] >= 12 and selector in family.selectors):
            return Body(best, f"selector:{selector}")
    return Body(_densest(index, root), "density")


def _densest(index: Index, root: Element) -> Element:
    """Walk down while one child holds most of the unlinked text."""
    element = root
    while True:
        children = [c for c in element if isinstance(c.tag, str) and not _NOT_BODY.search(words_of(c))]
        if not children:
            return element
        best = max(children, key=lambda e: index.plain.get(e, 0) - index.linked.get(e, 0))
        held, whole = index.plain.get(best, 0), index.plain.get(element, 1)
        if best.tag in ("p", "span", "table", "a", "tr") or held < 0.6 * whole:
            return element
        # On a short page an info row outweighs a body of one sentence and a link: most of little says nothing.
        if held < _SHORT and any(index.plain.get(c, 0) for c in children if c is not best):
            return element
        element = best
