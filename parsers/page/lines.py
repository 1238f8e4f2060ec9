"""A tree as printed lines, each with its provenance.

A line is what a reader sees between two breaks (block elements, ``br``, table cells, list entries). Its text is
verbatim but for white space, which is collapsed as a browser does; its fold (same length) is what patterns match.
Segments lead from any offset back to the element that held the text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from parsers.errors import PageTooLarge
from parsers.limits import MAX_LINES
from parsers.page.dom import Element, Survey
from parsers.page.text import BLANK, collapse, fold

_BLOCKS = (
    "address", "article", "aside", "audio", "blockquote", "body", "caption", "center", "cite-block", "dd", "details", "dialog",
    "dir", "div", "dl", "dt", "embed", "fieldset", "figcaption", "figure", "footer", "form", "frameset", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "hgroup", "hr", "html", "iframe", "legend", "li", "listing", "main", "menu", "nav", "object", "ol", "optgroup",
    "option", "p", "plaintext", "pre", "search", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "ucapcontent", "ul", "video", "xmp",
)  # fmt: skip
#: What no reader sees as text: code, forms, and the words in place of a player or frame.
_DROPPED = (
    "script", "style", "template", "head", "select", "textarea", "noscript", "svg", "math", "xml", "datastore", "audio", "canvas",
    "datalist", "iframe", "meter", "noembed", "noframes", "progress", "rp", "title", "video",
)  # fmt: skip
_PREFORMATTED = ("pre", "listing", "plaintext", "xmp")
#: Inline elements that may hold a label: where one ends that begins with its line, a label may end.
_LABEL_TAGS = (
    "a", "b", "big", "cite", "dt", "em", "font", "h6", "i", "ins", "label", "small", "span", "strong", "th", "u", "var",
)  # fmt: skip
_EMPHASIS = frozenset(["b", "strong", "em", "u", "h1", "h2", "h3", "h4", "h5", "h6", "th"])


@dataclass(slots=True, eq=False)
class Line:
    """One printed line.

    :param segments: ``(start, end, element)``: characters start..end is in ``element`` (its text or a child's tail)
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
    hidden: bool = False

    @property
    def link_share(self) -> float:
        """Share of the characters that are inside links."""
        return self.linked / (len(self.text) or 1)

    @property
    def strong(self) -> int:
        """How many characters are emphasised by bold, italic or heading elements."""
        return sum(end - start for start, end, element in self.segments if _emphasised(element, self.block))


def _emphasised(element: Element, block: Element) -> bool:
    return any(e.tag in _EMPHASIS for e in (block, element, *element.iterancestors()))


_BLOCK, _BREAK, _LINK, _LEAD, _DROP, _PRE, _FLOWS = 1, 2, 4, 8, 16, 32, 64
#: A link that holds more than this is no navigation: somebody set a whole text inside it.
_LINK_LINES, _LINK_SIZE = 5, 400


def _kinds() -> dict[str, int]:
    """What a tag does to the line it is in, as bits: most elements are decided by one look-up."""
    table: dict[str, int] = {}
    for bit, tags in (
        (_BLOCK, _BLOCKS), (_BREAK, ("br",)), (_LINK, ("a",)), (_LEAD, _LABEL_TAGS),
        (_DROP, _DROPPED), (_PRE, _PREFORMATTED),
    ):  # fmt: skip
        for tag in tags:
            table[tag] = table.get(tag, 0) | bit
    return table


_KINDS = _kinds()
_DISPLAY = re.compile(r"(?:^|[;\s])display\s*:\s*([a-z-]+)")
_WHITE_SPACE = re.compile(r"(?:^|[;\s])white-space\s*:\s*([a-z-]+)")
#: Values of ``display`` that begin a line of their own, and those that stand within one.
_OWN_LINE = frozenset(["block", "flex", "flow-root", "grid", "list-item", "table"])
_IN_LINE = frozenset(["inline", "inline-block", "contents"])


def styled(styles: Iterable[tuple[Element, str]]) -> dict[Element, int]:
    """What elements do to the line they are in, as bits, where their own style (lower-case) changes that."""
    return {element: kind for element, style in styles if (kind := _styled(element, style)) is not None}


def _styled(element: Element, style: str) -> int | None:
    before = kind = _KINDS.get(element.tag, 0)
    if match := _DISPLAY.search(style):
        if match[1] in _OWN_LINE:
            kind |= _BLOCK
        elif match[1] in _IN_LINE:
            kind &= ~_BLOCK
    if match := _WHITE_SPACE.search(style):
        keeps = match[1] in ("pre", "pre-wrap", "pre-line", "break-spaces")
        kind = kind & ~_CHANGES | (_PRE if keeps else _FLOWS)
    return kind if kind != before else None


_BREAKS = _BLOCK | _BREAK
_CHANGES = _PRE | _FLOWS
_SPACE = " \t\r\n\f"
#: A text node or a part of one, the element that it is in, whether that is in a link.
_Piece = tuple[str, Element, bool]


def lines_of(survey: Survey, url: str) -> list[Line]:  # noqa: C901, PLR0912, PLR0915 - the hottest loop, flat on purpose
    """The printed lines of a tree, in document order, hidden ones included (and marked).

    One flat loop over what the survey holds: no recursion, so nesting depth costs nothing, and no call for most
    elements.

    :raises PageTooLarge: more than :data:`~parsers.limits.MAX_LINES` lines
    """
    elements, tags, ends_at, texts, tails = survey.elements, survey.tags, survey.ends, survey.texts, survey.tails
    hidden = set(survey.hidden)
    kinds = styled(survey.styles)
    lines: list[Line] = []
    blocks = [elements[0]]
    hiding: list[Element] = []
    pieces: list[_Piece] = []  # of the line being printed
    leads: set[Element] = set()  # inline elements that begin where the line begins
    ends: list[int] = []  # after how many pieces one of them ends
    began: list[int] = []  # at which line each open link begins
    flows: list[bool] = []  # whether line feeds were breaks, outside each element that changes it
    links = 0
    pre = False
    blank = True

    def flush() -> None:
        nonlocal blank
        if not blank:
            index = len(lines)
            if index >= MAX_LINES:
                raise PageTooLarge(url, f"more than {MAX_LINES} lines (MAX_LINES)")
            if len(pieces) == 1:
                raw, element, linked = pieces[0]
                text = collapse(raw).strip(BLANK)
                size = len(text)
                places = (size,) if ends else ()
                inside = size if linked and size <= _LINK_SIZE else 0
                line = Line(index, text, text, blocks[-1], [(0, size, element)], places, inside, bool(hiding))
            else:
                line = _joined(index, pieces, ends, blocks[-1])
                if line.linked > _LINK_SIZE:
                    line.linked = 0
                line.hidden = bool(hiding)
            lines.append(line)
        pieces.clear()
        if ends:
            ends.clear()
        if leads:
            leads.clear()
        blank = True

    def text_of(raw: str, element: Element) -> None:
        nonlocal blank
        if pre and "\n" in raw:
            for number, row in enumerate(raw.split("\n")):
                if number and pieces:
                    flush()
                if row:
                    text_of(row, element)
            return
        pieces.append((raw, element, links > 0))
        if blank and raw.strip(BLANK):
            blank = False

    kind_of = _KINDS.get
    open_: list[tuple[int, int]] = []  # the elements being walked: place and kind
    place, count = 0, len(elements)
    while True:
        while open_ and ends_at[open_[-1][0]] <= place:
            closed, kind = open_.pop()
            if hiding and hiding[-1] is elements[closed]:
                if pieces and len(hiding) == 1:
                    flush()
                hiding.pop()
            if leads and not blank and kind & _LEAD and elements[closed] in leads:
                ends.append(len(pieces))
            if kind & _BLOCK:
                if pieces:
                    flush()
                blocks.pop()
            if kind & _CHANGES:
                pre = flows.pop()
            if kind & _LINK:
                links -= 1
                first = began.pop()
                if len(lines) - first > 1:
                    _unlink(lines[first:])
            raw = tails[closed]
            if raw and open_ and (pieces or raw.strip(_SPACE)):
                text_of(raw, elements[open_[-1][0]])
        if place == count:
            break
        tag = tags[place]
        element = elements[place]
        if (kind := kind_of(tag, -1)) < 0:
            kind = 0 if isinstance(tag, str) else _DROP  # a comment
        if kinds and element in kinds:
            kind = kinds[element]
        if kind & _DROP and place:
            if kind & _BLOCK and pieces:
                flush()
            raw = tails[place]
            if raw and (pieces or raw.strip(_SPACE)):
                text_of(raw, elements[open_[-1][0]])
            place = ends_at[place]
            continue
        if kind & _BREAKS:
            if pieces:
                flush()
            if kind & _BLOCK:
                if leads:
                    leads.clear()
                blocks.append(element)
        if kind & _CHANGES:
            flows.append(pre)
            pre = bool(kind & _PRE)
        if kind & _LINK:
            if element.get("href") is None:
                kind &= ~_LINK  # a mark to jump to
            else:
                links += 1
                began.append(len(lines))
        if blank and kind & _LEAD:
            leads.add(element)
        if hidden and element in hidden:
            if pieces and not hiding:
                flush()
            hiding.append(element)
        raw = texts[place]
        if raw and (pieces or raw.strip(_SPACE)):  # a blank where a line begins is none
            text_of(raw, element)
        open_.append((place, kind))
        place += 1
    if pieces:
        flush()
    # All at once: most of folding is finding out what there is to fold. No text node holds a NUL.
    for line, folded in zip(lines, fold("\0".join(line.text for line in lines)).split("\0"), strict=bool(lines)):
        line.fold = folded
    return lines


def _unlink(lines: list[Line]) -> None:
    """Lines of one link: too many, or too much text, for an entry of a menu or list."""
    if len(lines) > _LINK_LINES or (lines and sum(line.linked for line in lines) > _LINK_SIZE):
        for line in lines:
            line.linked = 0


def _joined(index: int, pieces: list[_Piece], ends: list[int], block: Element) -> Line:
    """The line that several pieces make, without the blanks around it."""
    texts: list[str] = []
    segments: list[tuple[int, int, Element]] = []
    sizes = [0]  # of the line after each piece
    size = linked = 0
    for raw, element, in_link in pieces:
        text = collapse(raw)
        if text[0] == " " and (not texts or texts[-1][-1] == " "):
            text = text[1:]
        if text:
            texts.append(text)
            segments.append((size, size + len(text), element))
            size += len(text)
            linked += len(text) * in_link
        sizes.append(size)
    whole = "".join(texts)
    text = whole.strip(BLANK)
    places = [sizes[number] for number in ends]
    if len(text) != size:
        left, size = whole.index(text), len(text)
        places = [place - left for place in places if place > left]
        segments = [
            (max(start - left, 0), min(end - left, size), element)
            for start, end, element in segments
            if end > left and start - left < size
        ]
    return Line(index, text, text, block, segments, tuple(places), min(linked, size))


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
