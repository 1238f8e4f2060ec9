"""Quoted evidence in the source of a page: where the words stand between tags, entities and blanks."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from parsers.page.text import squeeze

#: Markup, an entity, blanks, or a character; each part of a source is one of these, in one pass.
_PIECE = re.compile(r"<[^<>]*>|&#?\w{1,10};|\s+|.", re.DOTALL)
#: So many marks are set, of quotes of so many characters.
_MOST, _LONGEST = 200, 2000
Mark = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that a value was read from, with what is before and behind them.

    :param name: of the field
    """

    name: str
    quote: str
    before: str = ""
    after: str = ""


@dataclass(slots=True)
class _Shown:
    """What a source shows, without blanks; of each character the place in the source where it begins and ends."""

    text: str = ""
    places: list[tuple[int, int]] = field(default_factory=list)


def _shown(source: str) -> _Shown:
    shown, chars = _Shown(), list[str]()
    for piece in _PIECE.finditer(source):
        said = piece[0]
        if said[0] == "<" and len(said) > 1:
            continue
        meant = html.unescape(said)
        for n, char in enumerate(meant):
            if squeeze(char):
                chars.append(char)
                at = piece.start() + n
                shown.places.append((at, at + 1) if meant == said else piece.span())
    shown.text = "".join(chars)
    return shown


def places(source: str, quotes: Iterable[Quote]) -> list[Mark]:
    """Where quotes stand in a source: (start, end, field), in order; where two overlap, the first one counts.

    A quote is looked for in what is shown, with its surroundings, then alone; then in attributes and scripts.
    """
    shown, found = _shown(source), list[Mark]()
    for quote in quotes:
        if place := _place(source, shown, quote):
            found.append((*place, quote.name))
    kept, end = list[Mark](), 0
    for mark in sorted(found[:_MOST]):
        if mark[0] >= end:
            kept.append(mark)
            end = mark[1]
    return kept


def _place(source: str, shown: _Shown, quote: Quote) -> tuple[int, int] | None:
    before, words, after = (squeeze(text) for text in (quote.before, quote.quote, quote.after))
    if not words or len(words) > _LONGEST:
        return None
    for left, right in ((before, after), (before, ""), ("", after), ("", "")):
        at = shown.text.find(left + words + right)
        if at >= 0:
            start = at + len(left)
            return shown.places[start][0], shown.places[start + len(words) - 1][1]
    at = source.find(quote.quote)
    return (at, at + len(quote.quote)) if at >= 0 else None


def pieces(source: str, marks: Iterable[Mark]) -> list[tuple[str, str]]:
    """The source in pieces, each with the field that it is evidence of, or with nothing."""
    cut, at = list[tuple[str, str]](), 0
    for start, end, name in marks:
        cut += [(source[at:start], ""), (source[start:end], name)]
        at = end
    return [piece for piece in [*cut, (source[at:], "")] if piece[0]]
