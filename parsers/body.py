"""Where the article's body stands: the family's selectors, then everybody's, then text density."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from parsers.dom import Element, words_of
from parsers.families import Family, families
from parsers.lines import Line

_NOT_BODY = re.compile(r"foot|header|nav|menu|crumb|sidebar|copyright|related|recommend")


_NAMED: Callable[[Element], list[Element]] = etree.XPath(  # type: ignore[assignment]
    "descendant-or-self::*[@id or @class]"
)


_SHORT = 120  # characters


@dataclass(frozen=True, slots=True)
class Body:
    """The body element with the rule that found it."""

    element: Element
    rule: str


class Index:
    """Elements by id and class, and how much text each holds."""

    def __init__(self, root: Element, lines: list[Line]) -> None:
        self.root = root
        self.by_id: dict[str, Element] = {}
        self.by_class: dict[str, list[Element]] = {}
        for element in _NAMED(root):
            if identifier := element.get("id"):
                self.by_id.setdefault(identifier, element)
            if names := element.get("class"):
                for name in names.split():
                    self.by_class.setdefault(name, []).append(element)
        self.plain: dict[Element, int] = {}
        self.linked: dict[Element, int] = {}
        # Neighbouring lines share their ancestors: sum up by block first.
        sums: dict[Element, list[int]] = {}
        for line in lines:
            both = sums.setdefault(line.block, [0, 0])
            both[0] += len(line.text) - line.linked
            both[1] += line.linked
        parents: dict[Element, list[int]] = {}
        for block, (plain, linked) in sums.items():
            self._add(block, plain, linked)
            parent = block.getparent()
            if parent is not None:
                both = parents.setdefault(parent, [0, 0])
                both[0] += plain
                both[1] += linked
        for parent, (plain, linked) in parents.items():
            for element in (parent, *parent.iterancestors()):
                self._add(element, plain, linked)

    def _add(self, element: Element, plain: int, linked: int) -> None:
        self.plain[element] = self.plain.get(element, 0) + plain
        self.linked[element] = self.linked.get(element, 0) + linked

    def find(self, selector: str) -> list[Element]:
        """Elements for ``#id``, ``#prefix*``, ``.class`` or a tag name."""
        if selector.startswith("#"):
            if selector.endswith("*"):
                prefix = selector[1:-1]
                return [e for i, e in self.by_id.items() if i.startswith(prefix)]
            found = self.by_id.get(selector[1:])
            return [found] if found is not None else []
        if selector.startswith("."):
            return self.by_class.get(selector[1:], [])
        return list(self.root.iter(selector))


def find_body(index: Index, family: Family, root: Element) -> Body:
    """The body element; empty decoys and link farms are passed over.

    A selector counts when its element holds text; the fullest match wins, so that an empty ``#content_container`` that a
    firewall injected loses against the real one.
    """
    total = index.plain.get(root, 0) or 1
    everyone = [s for f in families() if f is not family for s in f.selectors]
    for selector in dict.fromkeys((*family.selectors, *everyone)):
        found = [
            e for e in index.find(selector) if index.plain.get(e, 0) and index.linked.get(e, 0) <= index.plain.get(e, 0)
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
