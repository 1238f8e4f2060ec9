"""A tree as printed lines, each with its provenance.

A line is what a reader sees between two breaks (block elements, ``br``, table cells, list entries). Its text is
verbatim but for white space, which is collapsed as a browser does; its fold (same length) is what patterns match.
Segments lead from any offset back to the element that held the text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from parsers.errors import PageTooLarge
from parsers.limits import MAX_LINES
from parsers.page.breaks import BLOCK, BREAKS, CHANGES, DROP, HIDE, LEAD, LINK, NO_ENTRY, PRE, SET_APART, kinds_of
from parsers.page.dom import Element, Survey
from parsers.page.text import BLANK, collapse, fold

_EMPHASIS = frozenset(["b", "strong", "em", "u", "h1", "h2", "h3", "h4", "h5", "h6", "th"])


@dataclass(slots=True, eq=False)
class Line:
    """One printed line.

    :param holder: the element that holds all of it (in its text or a child's tail), else its segments
    :param lead_ends: offsets at which inline elements end that begin where the line begins
    :param linked: how many characters are inside links
    """

    index: int
    text: str
    fold: str
    block: Element
    holder: Element | list[tuple[int, int, Element]]
    lead_ends: tuple[int, ...] = ()
    linked: int = 0
    hidden: bool = False

    @property
    def segments(self) -> list[tuple[int, int, Element]]:
        """``(start, end, element)``: the characters start..end are in ``element``."""
        return self.holder if isinstance(self.holder, list) else [(0, len(self.text), self.holder)]

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


#: A link that holds more than this is no navigation: somebody set a whole text inside it.
_LINK_LINES, _LINK_SIZE = 5, 400
#: Where a label may end that fills its line, made once: one for each line would count towards a garbage collection.
_ENDS = tuple((size,) for size in range(_LINK_SIZE + 1))


_SPACE = " \t\r\n\f"
#: A text node or a part of one, the element that it is in, whether that is in a link.
_Piece = tuple[str, Element, bool]


def lines_of(survey: Survey, url: str) -> list[Line]:
    """The printed lines of a tree, in document order, hidden ones included (and marked).

    :raises PageTooLarge: more than :data:`~parsers.limits.MAX_LINES` lines
    """
    lines = _Cutter(survey).cut()
    if len(lines) > MAX_LINES:
        raise PageTooLarge(url, f"more than {MAX_LINES} lines (MAX_LINES)")
    # All at once: most of folding is finding out what there is to fold. No text node holds a NUL.
    for line, folded in zip(lines, fold("\0".join([line.text for line in lines])).split("\0"), strict=bool(lines)):
        line.fold = folded
    return lines


class _Cutter:
    """A walk over the elements of a tree, with what is open and the line that is being printed.

    :ivar blocks: the block elements around the place that was reached
    :ivar hiding: how many of the elements around it are hidden
    :ivar links: likewise links; ``began``: at which line each begins
    :ivar pre: whether line feeds are breaks; ``flows``: whether they were, outside each element that changes it
    :ivar pieces: of the line being printed; ``blank``: none of them holds a character that is seen
    :ivar leads: places of inline elements that begin where the line begins
    :ivar ends: after how many pieces one of them ends
    """

    __slots__ = (
        "began", "blank", "blocks", "ends", "flows", "hiding", "kinds", "leads", "lines", "links", "pieces", "pre", "survey",
    )  # fmt: skip

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.kinds = kinds_of(survey)
        self.lines: list[Line] = []
        self.blocks = [survey.elements[0]]
        self.pieces: list[_Piece] = []
        self.leads: set[int] = set()
        self.ends: list[int] = []
        self.began: list[int] = []
        self.flows: list[bool] = []
        self.hiding = self.links = 0
        self.pre = False
        self.blank = True

    def cut(self) -> list[Line]:
        """All lines. Nesting depth costs nothing; elements that neither begin nor end anything need no call."""
        elements, stops, texts, tails = self.survey.elements, self.survey.ends, self.survey.texts, self.survey.tails
        kinds, say = self.kinds, self.say
        open_: list[int] = []
        place, count, until = 0, len(kinds), -1  # ``until``: where the innermost open element ends
        while place < count or open_:
            if until == place:
                left = open_.pop()
                until = stops[open_[-1]] if open_ else -1
                if kinds[left]:
                    self.end(left, kinds[left])
            elif (kind := kinds[place]) & DROP:
                left, place = place, stops[place]
                self.drop(kind)
            elif stops[place] == place + 1 and not (kind & SET_APART or self.pre):
                left, place = place, place + 1
                self.leaf(left, kind)
            elif kind == BLOCK and self.entry(place):
                left, place = place, place + 2
            else:
                if kind:
                    self.begin(place, kind)
                if raw := texts[place]:
                    say(raw, elements[place])
                open_.append(place)
                until = stops[place]
                place += 1
                continue
            if open_ and (raw := tails[left]):
                say(raw, elements[open_[-1]])
        self.flush()
        return self.lines

    def drop(self, kind: int) -> None:
        """An element whose text nobody sees is passed."""
        if kind & BLOCK:
            self.flush()

    def leaf(self, place: int, kind: int) -> None:
        """An element without children, from its begin to its end: most are."""
        raw, element = self.survey.texts[place], self.survey.elements[place]
        if kind & BREAKS:
            self.flush()
        if kind & BLOCK:
            self.leads.clear()
            self.single(raw or "", element, element, kind | LINK * bool(self.links))
        elif raw and (self.pieces or raw.strip(_SPACE)):
            self.pieces.append((raw, element, bool(self.links or kind & LINK)))
            if self.blank and raw.strip(BLANK):
                self.blank = False
                if kind & LEAD:
                    self.ends.append(len(self.pieces))

    def entry(self, place: int) -> bool:
        """A block that holds an inline element and nothing else, as entries of menus do: its line, at once.

        :returns: whether it is one
        """
        survey, inner = self.survey, place + 1
        if self.pre or survey.ends[place] != inner + 1:
            return False
        kind, raw = self.kinds[inner], survey.texts[inner]
        before, behind = survey.texts[place], survey.tails[inner]
        beside = (before and before.strip(_SPACE)) or (behind and behind.strip(_SPACE))
        if beside or not raw or kind & NO_ENTRY:
            return False
        if self.pieces:
            self.flush()
        self.leads.clear()
        self.single(raw, survey.elements[inner], survey.elements[place], kind | LINK * bool(self.links))
        return True

    def begin(self, place: int, kind: int) -> None:
        """An element opens."""
        if kind & BREAKS:
            if self.pieces:
                self.flush()
            if kind & BLOCK:
                self.leads.clear()
                self.blocks.append(self.survey.elements[place])
        if kind & CHANGES:
            self.flows.append(self.pre)
            self.pre = bool(kind & PRE)
        if kind & LINK:
            self.links += 1
            self.began.append(len(self.lines))
        if kind & LEAD and self.blank:
            self.leads.add(place)
        if kind & HIDE:
            if not self.hiding:
                self.flush()
            self.hiding += 1

    def end(self, place: int, kind: int) -> None:
        """An element closes."""
        if kind & HIDE:
            if self.hiding == 1:
                self.flush()
            self.hiding -= 1
        if kind & LEAD and place in self.leads and not self.blank:
            self.ends.append(len(self.pieces))
        if kind & BLOCK:
            if self.pieces:
                self.flush()
            self.blocks.pop()
        if kind & CHANGES:
            self.pre = self.flows.pop()
        if kind & LINK:
            self.links -= 1
            first = self.began.pop()
            if len(self.lines) - first > 1:
                _unlink(self.lines[first:])

    def say(self, raw: str, element: Element) -> None:
        """Add the text of a node to the line being printed; a blank where a line begins is none."""
        if not self.pieces and not raw.strip(_SPACE):
            return
        if self.pre and "\n" in raw:
            for number, row in enumerate(raw.split("\n")):
                if number:
                    self.flush()
                if row:
                    self.say(row, element)
            return
        self.pieces.append((raw, element, self.links > 0))
        if self.blank and raw.strip(BLANK):
            self.blank = False

    def flush(self) -> None:
        """The line being printed is complete, and the next begins."""
        pieces = self.pieces
        if not pieces:
            return
        if not self.blank:
            if len(pieces) > 1:
                line = _joined(len(self.lines), pieces, self.ends, self.blocks[-1])
                line.linked = line.linked if line.linked <= _LINK_SIZE else 0
                line.hidden = self.hiding > 0
                self.lines.append(line)
            else:
                raw, element, linked = pieces[0]
                self.single(raw, element, self.blocks[-1], LINK * linked | LEAD * bool(self.ends))
            self.blank = True
        pieces.clear()
        self.ends.clear()
        self.leads.clear()

    def single(self, raw: str, element: Element, block: Element, kind: int) -> None:
        """The line that one text node makes; none where it is blank.

        :param kind: ``LEAD`` where it is an inline element's, or that of a block in which a label may stand; ``LINK``
            where it is in a link
        """
        text = raw if raw.isalnum() else collapse(raw).strip(BLANK)
        if not text:
            return
        size = len(text)
        inside = size if kind & LINK and size <= _LINK_SIZE else 0
        ends = (_ENDS[size] if size <= _LINK_SIZE else (size,)) if kind & LEAD else ()
        self.lines.append(Line(len(self.lines), text, text, block, element, ends, inside, self.hiding > 0))


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
