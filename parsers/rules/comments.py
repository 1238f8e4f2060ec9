"""Turns that are no talk: what readers wrote below an article, and below a talk's own element."""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.page.lines import Line, within
from parsers.page.text import fold, squeeze
from parsers.patterns import compiled
from parsers.reading import Reading
from parsers.talk.dialogue import Piece
from parsers.words import pattern

_NAMELESS = pattern("{COMMENTS.nameless}")
_REPLIES = pattern("..{REPLIED}$")
_HEAD = pattern("^(?:{COMMENTS.head}|{COMMENTS.left})$")
_IS_TALK = pattern("{COMMENTS.talk}")
_OPENS = pattern("{COMMENTS.talk}|{INVITE}")  # a host who is called by his name
_OPENING = 400  # characters of the first turn
_PATH = compiled(r"zxft|fangtan|interview|ftzb|ftsl", re.IGNORECASE)
_OF_A_TALK = pattern(r"{TALK}|{VISIT.seat}|{PRESENT}|{ASKED}|{INVITE}")
_PROSE = 24  # characters of a paragraph of an article
_LINKS = 0.5
_LEADS = ("host", "reporter")
_TURNS = 2  # of a talk at least


def are_comments(reading: Reading, about: str) -> bool:
    """Whether the turns are what readers wrote on a page that speaks of no talk: below an article that names none of
    them.

    :param about: the folded words of title and column
    """
    pieces, prose = reading.dialogue.pieces, [line.fold for line in _above(reading, _PROSE)]
    if _IS_TALK.search(about) or _PATH.search(reading.page.payload.url) or _is_led(reading, prose):
        return False
    if any(_NAMELESS.search(piece.label.key) for piece in pieces):
        return True
    if _OPENS.search(fold(pieces[0].text()[:_OPENING])):
        return False
    told = any(map(_IS_TALK.search, prose)) if prose else _is_told_shortly(reading, about)
    return not told and (any(map(_is_citizen_or_answer, pieces)) or not any(_inside(reading)))


def _is_told_shortly(reading: Reading, about: str) -> bool:
    """Whether the title, or a line above the turns that heads no comments, speaks of a talk."""
    lines = (line.fold for line in _above(reading, 0) if not _HEAD.match(line.fold))
    return any(map(_OF_A_TALK.search, [about, *lines]))


def _is_citizen_or_answer(piece: Piece) -> bool:
    return piece.voice.role == "netizen" or _REPLIES.search(piece.label.key) is not None


def _is_led(reading: Reading, prose: list[str]) -> bool:
    """Whether a header names who is there, or somebody speaks who leads a talk or is named above it."""
    opening = fold(reading.dialogue.pieces[0].text()[:_OPENING])
    headed = any(f.key in ("guests", "host") for f in reading.page.fields)
    return headed or any(p.voice.role in _LEADS or _is_named(p, [*prose, opening]) for p in reading.dialogue.pieces)


def _above(reading: Reading, least: int) -> Iterator[Line]:
    """The lines above the first turn that are no links; of some length, paragraphs and leads alone."""
    first = reading.dialogue.first_line
    for line in reading.visible:
        if (
            line.index < first
            and len(line.text) >= least
            and line.link_share <= _LINKS
            and (not least or "。" in line.text or line.fold.endswith(":"))
        ):
            yield line


def _is_named(piece: Piece, prose: list[str]) -> bool:
    """Whether the text above the turns names who speaks."""
    person = squeeze(piece.voice.person or piece.label.key)
    return piece.voice.role in ("guest", "unknown") and len(person) > 1 and any(person in text for text in prose)


def _inside(reading: Reading) -> list[bool]:
    """Whether each turn is in the article's own element; that of a body without marks is not known."""
    body = reading.page.body
    return [body.rule == "density" or within(body.element, p.line.block) for p in reading.dialogue.pieces]


def talk_ends(reading: Reading) -> int | None:
    """Index of the first turn below the article's element, where the talk is inside and others speak below it."""
    pieces, inside = reading.dialogue.pieces, _inside(reading)
    first = inside.index(False) if False in inside else 0
    if first < _TURNS or any(inside[first:]):
        return None
    names = {piece.label.key for piece in pieces[:first]}
    led = any(p.voice.role in _LEADS or p.label.key in names for p in pieces[first:])
    return None if led else pieces[first].line.index
