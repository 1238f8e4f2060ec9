"""A tree as printed lines, each with its provenance.

A line is what a reader sees between two breaks (block elements, ``br``, table cells, list entries). Its text is verbatim
but for white space, which is collapsed as a browser does; its fold (same length) is what patterns match. Segments lead
from any offset back to the element that held the text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lxml import etree

from parsers.dom import Element, hidden_elements
from parsers.errors import PageTooLarge
from parsers.limits import MAX_LINES
from parsers.text import BLANK, collapse, fold

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "cite-block",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "frameset",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "iframe",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
        "ucapcontent",
        "video",
        "audio",
        "object",
        "embed",
    ]
)
_DROPPED = frozenset(
    ["script", "style", "template", "head", "select", "textarea", "noscript", "svg", "math", "xml", "datastore"]
)
_LABEL_TAGS = frozenset(
    [
        "a",
        "b",
        "strong",
        "font",
        "span",
        "em",
        "i",
        "u",
        "label",
        "cite",
        "h6",
        "big",
        "small",
        "ins",
        "var",
        "th",
        "dt",
    ]
)
_EMPHASIS = frozenset(["b", "strong", "em", "u", "h1", "h2", "h3", "h4", "h5", "h6", "th"])


@dataclass(slots=True, eq=False)
class Line:
    """One printed line.

    :param segments: ``(start, end, element)``: characters start..end stand in ``element`` (its text or a child's tail)
    :param lead_ends: offsets at which inline elements end that begin where the line begins
    :param linked: how many characters are inside links
    """

    index: int
    text: str
    fold: str
    block: Element
    segments: list[tuple[int, int, Element]]
    lead_ends: tuple[int, ...] = ()
    linked: int = 0
    strong: int = 0
    hidden: bool = False

    @property
    def link_share(self) -> float:
        """Share of the characters that are inside links."""
        return self.linked / (len(self.text) or 1)


_BLOCK, _BREAK, _LINK, _LEAD, _STRONG, _DROP, _PRE = 1, 2, 4, 8, 16, 32, 64


def _kinds() -> dict[str, int]:
    """What a tag does to the line it stands in, as bits: most elements are decided by one look-up."""
    table: dict[str, int] = {}
    for bit, tags in (
        (_BLOCK, _BLOCKS), (_BREAK, ["br"]), (_LINK, ["a"]), (_LEAD, _LABEL_TAGS), (_STRONG, _EMPHASIS), (_DROP, _DROPPED), (_PRE, ["pre"]),
    ):  # fmt: skip
        for tag in tags:
            table[tag] = table.get(tag, 0) | bit
    return table


_KINDS = _kinds()


class _Walker:
    """The line being printed, and those that are; a flat object, since this is the hottest loop of the parsers."""

    __slots__ = ("blank", "blocks", "ends", "hiding", "leads", "lines", "linked", "links", "pieces", "pre", "segments", "size", "strong", "strong_size", "url")  # fmt: skip

    def __init__(self, url: str, root: Element) -> None:
        self.url = url
        self.lines: list[Line] = []
        self.blocks: list[Element] = [root]
        self.hiding: list[Element] = []
        self.links = self.strong = self.pre = 0
        self.clear()

    def clear(self) -> None:
        self.pieces: list[str] = []
        self.segments: list[tuple[int, int, Element]] = []
        self.leads: list[Element] = []  # inline elements that begin where the line begins
        self.ends: list[int] = []
        self.size = self.linked = self.strong_size = 0
        self.blank = True

    def text(self, raw: str, element: Element) -> None:
        if self.pre and "\n" in raw:
            first, *rest = raw.split("\n")
            self.text(first, element)
            for piece in rest:
                if self.pieces:
                    self.flush()
                self.text(piece, element)
            return
        piece = collapse(raw)
        if piece[:1] == " " and (not self.pieces or self.pieces[-1][-1] == " "):
            piece = piece[1:]
        if not piece:
            return
        self.pieces.append(piece)
        start = self.size
        self.size = end = start + len(piece)
        self.segments.append((start, end, element))
        if self.links:
            self.linked += end - start
        if self.strong:
            self.strong_size += end - start
        if self.blank and piece.strip(BLANK):
            self.blank = False

    def flush(self) -> None:
        if self.blank:
            self.clear()
            return
        whole = "".join(self.pieces) if len(self.pieces) > 1 else self.pieces[0]
        text = whole.strip(BLANK)
        size = len(text)
        if len(self.lines) >= MAX_LINES:
            raise PageTooLarge(self.url, f"more than {MAX_LINES} lines (MAX_LINES)")
        segments, ends = self.segments, self.ends
        if size != self.size:
            left = whole.index(text)
            ends = [end - left for end in ends if end > left]
            segments = [
                (max(start - left, 0), min(end - left, size), element)
                for start, end, element in segments
                if end > left and start - left < size
            ]
        self.lines.append(
            Line(
                len(self.lines),
                text,
                fold(text),
                self.blocks[-1],
                segments,
                tuple(ends),
                min(self.linked, size),
                self.strong_size,
                bool(self.hiding),
            )
        )
        self.clear()

    def start(self, element: Element, kind: int) -> None:
        if kind & _BLOCK:
            self.leads = []
            self.blocks.append(element)
            if kind & _PRE:
                self.pre += 1
        elif kind & _LINK:
            self.links += 1
        if kind & _STRONG:
            self.strong += 1
        if kind & _LEAD and self.blank:
            self.leads.append(element)

    def end(self, element: Element, kind: int) -> None:
        if self.leads and not self.blank and kind & _LEAD and element in self.leads:
            self.ends.append(self.size)
        if kind & _BLOCK:
            if self.pieces:
                self.flush()
            self.blocks.pop()
            if kind & _PRE:
                self.pre -= 1
        elif kind & _LINK:
            self.links -= 1
        if kind & _STRONG:
            self.strong -= 1

    def hide(self, element: Element) -> None:
        if not self.hiding and self.pieces:
            self.flush()
        self.hiding.append(element)

    def show(self) -> None:
        if len(self.hiding) == 1 and self.pieces:
            self.flush()
        self.hiding.pop()


def lines_of(root: Element, url: str) -> list[Line]:  # noqa: PLR0912 - the hottest loop, flat on purpose
    """The printed lines of a tree, in document order, hidden ones included (and marked).

    One flat loop over start and end events: no recursion, so nesting depth costs nothing, and no call for most elements.

    :raises PageTooLarge: more than :data:`~parsers.limits.MAX_LINES` lines
    """
    walker = _Walker(url, root)
    hiding = walker.hiding
    hidden = set(hidden_elements(root))
    kind_of = _KINDS.get
    events = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in events:
        if event == "start":
            kind = kind_of(element.tag, 0)
            if kind:
                if kind & _DROP and element is not root:
                    events.skip_subtree()
                    continue
                if kind & (_BLOCK | _BREAK) and walker.pieces:
                    walker.flush()
                if kind != _BREAK:
                    walker.start(element, kind)
            if hidden and element in hidden:
                walker.hide(element)
            if text := element.text:
                walker.text(text, element)
            continue
        if event == "end":
            kind = kind_of(element.tag, 0)
            if hiding and hiding[-1] is element:
                walker.show()
            if kind and kind != _BREAK and (not kind & _DROP or element is root):
                walker.end(element, kind)
            if element is root:
                continue
        if text := element.tail:
            walker.text(text, element.getparent())
    if walker.pieces:
        walker.flush()
    return walker.lines


def ancestors(element: Element) -> list[Element]:
    """The element and its ancestors, outermost first."""
    chain = [element, *element.iterancestors()]
    chain.reverse()
    return chain


def common_ancestor(elements: list[Element], share: float = 1.0) -> Element:
    """The deepest element that holds at least ``share`` of the given ones.

    Walks down from the root: the child that still holds enough of them is the next candidate.
    """
    chains = [ancestors(element) for element in elements]
    needed = max(1, math.ceil(len(chains) * share))
    depth = 0
    best = chains[0][0]
    while True:
        depth += 1
        groups: dict[Element, list[list[Element]]] = {}
        for chain in chains:
            if len(chain) > depth:
                groups.setdefault(chain[depth], []).append(chain)
        if not groups:
            return best
        child, members = max(groups.items(), key=lambda pair: len(pair[1]))
        if len(members) < needed:
            return best
        best, chains = child, members


def within(container: Element, element: Element) -> bool:
    """Whether ``element`` is ``container`` or inside it."""
    return element is container or any(a is container for a in element.iterancestors())


def lines_within(container: Element, lines: list[Line]) -> list[Line]:
    """The lines whose block is ``container`` or inside it."""
    members = set(container.iter())
    return [line for line in lines if line.block in members]
