"""A tree as printed lines, each with its provenance.

A line is what a reader sees between two breaks (block elements, ``br``, table cells, list entries). Its text is verbatim
but for white space, which is collapsed as a browser does; its fold (same length) is what patterns match. Segments lead
from any offset back to the element that held the text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from lxml import etree

from parsers.dom import Element, is_hidden
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


@dataclass(slots=True)
class _Buffer:
    pieces: list[str] = field(default_factory=list)
    size: int = 0
    segments: list[tuple[int, int, Element]] = field(default_factory=list)
    open_leads: list[Element] = field(default_factory=list)
    lead_ends: list[int] = field(default_factory=list)
    linked: int = 0
    strong: int = 0
    blank: bool = True


class _Walker:
    """Collects lines from start/end events; no recursion, so nesting depth costs nothing."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.lines: list[Line] = []
        self.buffer = _Buffer()
        self.blocks: list[Element] = []
        self.links = self.strong = self.hidden = self.pre = 0

    def text(self, raw: str | None, element: Element) -> None:
        if not raw:
            return
        if self.pre and "\n" in raw:
            first, *rest = raw.split("\n")
            self.text(first, element)
            for piece in rest:
                self.flush()
                self.text(piece, element)
            return
        piece = collapse(raw)
        buffer = self.buffer
        if piece.startswith(" ") and (not buffer.pieces or buffer.pieces[-1].endswith(" ")):
            piece = piece[1:]
        if not piece:
            return
        buffer.pieces.append(piece)
        end = buffer.size + len(piece)
        buffer.segments.append((buffer.size, end, element))
        if self.links:
            buffer.linked += len(piece)
        if self.strong:
            buffer.strong += len(piece)
        if buffer.blank and piece.strip(BLANK):
            buffer.blank = False
        buffer.size = end

    def flush(self) -> None:
        buffer = self.buffer
        if not buffer.pieces:
            if buffer.open_leads or buffer.lead_ends:
                self.buffer = _Buffer()
            return
        self.buffer = _Buffer()
        if buffer.blank:
            return
        whole = "".join(buffer.pieces)
        left = len(whole) - len(whole.lstrip(BLANK))
        text = whole.strip(BLANK)
        if len(self.lines) >= MAX_LINES:
            raise PageTooLarge(self.url, f"more than {MAX_LINES} lines (MAX_LINES)")
        segments = [
            (max(start - left, 0), min(end - left, len(text)), element)
            for start, end, element in buffer.segments
            if end > left and start - left < len(text)
        ]
        self.lines.append(
            Line(
                index=len(self.lines),
                text=text,
                fold=fold(text),
                block=self.blocks[-1],
                segments=segments,
                lead_ends=tuple(end - left for end in buffer.lead_ends if end > left),
                linked=min(buffer.linked, len(text)),
                strong=buffer.strong,
                hidden=self.hidden > 0,
            )
        )

    def start(self, element: Element) -> None:
        tag = element.tag
        if tag in _BLOCKS:
            self.flush()
            self.blocks.append(element)
            if tag == "pre":
                self.pre += 1
        elif tag == "br":
            self.flush()
        elif tag == "a":
            self.links += 1
        if tag in _EMPHASIS:
            self.strong += 1
        if tag in _LABEL_TAGS and self.buffer.blank:
            self.buffer.open_leads.append(element)
        if is_hidden(element):
            if not self.hidden:
                self.flush()
            self.hidden += 1
        self.text(element.text, element)

    def end(self, element: Element) -> None:
        tag = element.tag
        leads = self.buffer.open_leads if tag in _LABEL_TAGS and not self.buffer.blank else ()
        if any(lead is element for lead in leads):
            self.buffer.lead_ends.append(self.buffer.size)
        if is_hidden(element):
            if self.hidden == 1:
                self.flush()
            self.hidden -= 1
        if tag in _BLOCKS:
            self.flush()
            self.blocks.pop()
            if tag == "pre":
                self.pre -= 1
        elif tag == "a":
            self.links -= 1
        if tag in _EMPHASIS:
            self.strong -= 1


def lines_of(root: Element, url: str) -> list[Line]:
    """The printed lines of a tree, in document order, hidden ones included (and marked).

    :raises PageTooLarge: more than :data:`~parsers.limits.MAX_LINES` lines
    """
    walker = _Walker(url)
    walker.blocks.append(root)
    events = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in events:
        if event == "start":
            if element.tag in _DROPPED and element is not root:
                events.skip_subtree()
                continue
            walker.start(element)
        elif event == "end":
            if element.tag not in _DROPPED or element is root:
                walker.end(element)
            if element is not root:
                walker.text(element.tail, element.getparent())
        else:
            walker.text(element.tail, element.getparent())
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
