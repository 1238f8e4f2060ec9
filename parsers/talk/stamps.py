"""When each turn was said or written, where the page prints it: on the turn's own line, in a field (提问时间, 答复日期),
or on a line of its own beside the turn.

A field says whether it is the question's or the answer's. Whose a bare line is only the order of the page tells. Where
that leaves it open, no turn has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from parsers.page.lines import Line, ancestors
from parsers.record import Skipped
from parsers.talk.dialogue import Dialogue, Piece, Stamp
from parsers.talk.forms import ONLY_DATE, ONLY_TIME, trailing_time
from parsers.talk.times import read_time
from parsers.words import pattern

_FIELD = pattern(r"(?:(?P<asked>{SENT})|{REPLIED})\s?{MOMENT}\s{0,4}:?\s{0,4}")
#: Fields with their dates at the end of a speech; they are looked for in its last characters.
_AT_END = pattern(
    r"(?:\s{0,8}(?P<bracket>[\[(【])?\s{0,4}{SENT|REPLIED}\s?{MOMENT}\s{0,4}:?\s{0,4}"
    r"[0-9](?:[0-9:/.\s-]|{DATE_UNIT}|{HALF}){4,24}(?(bracket)[\])】])){1,2}\s{0,4}$"
)
_REACH = 100
_LEADS_TO = pattern(r"{MOMENT}\s?:?$")
#: So many characters of a span are read for its times.
_LONGEST = 80
#: So many lines above and below a talk's box may be its head and its foot.
_AROUND = 12
_SIDES = ("asked", "answered")
#: So many times make a habit of the page.
_HABIT = 2


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a line that may hold times.

    :param turn: how many turns had begun
    :param own: it is on a line of the last of these
    """

    line: Line
    start: int
    end: int
    turn: int
    own: bool = False


def strip_times(dialogue: Dialogue) -> Iterator[Span]:
    """Times leave the ends of speeches: bracketed ones always, others where they are the page's habit."""
    ends = [p.parts[-1] for p in dialogue.pieces if p.parts]
    clocks = sum(_time_at_end(*end) is not None for end in ends)
    fields = sum(_fields_at_end(*end) is not None for end in ends)
    habits = (fields >= _HABIT, 2 * clocks >= len(dialogue.pieces))
    for turn, piece in enumerate(dialogue.pieces, 1):
        for number, (line, start, end) in enumerate(piece.parts):
            if match := _at_end(line, start, end, habits, last=number + 1 == len(piece.parts)):
                piece.parts[number] = (line, start, match.start())
                dialogue.skipped.append(Skipped("timestamp", line.text[match.start() : end], turn))
                yield Span(line, match.start(), end, turn, own=True)


def _at_end(line: Line, start: int, end: int, habits: tuple[bool, bool], *, last: bool) -> re.Match[str] | None:
    """The fields or the time with which a part of a speech ends, where it leaves the text.

    :param habits: whether fields, and whether bare times, are the page's habit
    """
    fields = _fields_at_end(line, start, end) if last else None
    match, habit = (fields, habits[0]) if fields else (_time_at_end(line, start, end), habits[1])
    return match if match and (match["bracket"] or habit) else None


def _time_at_end(line: Line, start: int, end: int) -> re.Match[str] | None:
    """A time that ends a speech, and no words lead to it (办理时间：, 会议于)."""
    match = trailing_time(line.fold, start, end)
    led = match and not match["bracket"] and _LEADS_TO.search(line.fold, max(start, match.start() - 4), match.start())
    return None if led else match


def _fields_at_end(line: Line, start: int, end: int) -> re.Match[str] | None:
    begin = max(start, end - _REACH)
    return _AT_END.search(line.fold, begin, end) if _FIELD.search(line.fold, begin, end) else None


def beside(pieces: list[Piece], lines: list[Line], inside: list[Line]) -> Iterator[Span]:
    """Lines right above and below the box of a talk that is one question and its answer: a letter's head and foot."""
    if not inside or sum(not _answers(piece) for piece in pieces) != 1:
        return
    first, last = inside[0].index, inside[-1].index
    above = [line for line in lines if line.index < first][-_AROUND:]
    below = [line for line in lines if line.index > last][:_AROUND]
    for near, turn in ((above, 0), (below, len(pieces))):
        yield from (Span(line, 0, len(line.text), turn) for line in near)


def give_times(pieces: list[Piece], spans: list[Span]) -> None:
    """Give each piece the time that is printed for it; ``pieces`` are in the order of the page."""
    fields, bare = [], []
    head: Span | None = None
    for span in spans:
        side = _side_of(head) if head and head.line.index + 1 == span.line.index else ""
        head = span
        for stamp in _stamps(span, side):
            if stamp.side:
                fields.append((span, stamp))
            elif span.own:
                _give(pieces[span.turn - 1], stamp)
            else:
                bare.append((span.turn, stamp))
    _give_fields(pieces, fields)
    _give_bare(pieces, bare)


def _give(piece: Piece | None, stamp: Stamp) -> None:
    """The first time that is printed for a turn is its time."""
    if piece is not None and piece.when is None:
        piece.when = stamp


def _side_of(span: Span) -> str:
    """What a line that is nothing but a field's name says of the time in the next cell."""
    name = _FIELD.fullmatch(span.line.fold.strip())
    return "" if name is None else _SIDES[name["asked"] is None]


def _stamps(span: Span, side: str) -> Iterator[Stamp]:
    """The times of a span: those of its fields; else its only one, where it is nothing but a time.

    :param side: what the cell before says of it
    """
    text = span.line.fold[: min(span.end, span.start + _LONGEST)]
    fields = list(_FIELD.finditer(text, span.start))
    for match in fields:
        if stamp := _read(span.line, text, match.end(), _SIDES[match["asked"] is None]):
            yield stamp
    if not fields and (span.own or ONLY_TIME.match(text) or ONLY_DATE.match(text)):
        stamp = _read(span.line, text, span.start, "")
        yield from [replace(stamp, side=side)] if stamp else []


def _read(line: Line, text: str, pos: int, side: str) -> Stamp | None:
    """The time behind a place: right behind it for a field, else the first one."""
    found = read_time(text, pos, search=not side)
    return Stamp(found[0], line, found[1], found[2], side) if found else None


def _answers(piece: Piece) -> bool:
    return piece.voice.role == "guest"


def _give_fields(pieces: list[Piece], fields: list[tuple[Span, Stamp]]) -> None:
    """Fields stand beside the turn that they are about, or those of an entry stand together, above it or below it."""
    asked, answered = ({span.turn for span, stamp in fields if stamp.side == side} for side in _SIDES)
    together = asked & answered
    habit = (0 in together) - (len(pieces) in together)
    for span, stamp in fields:
        lean = _lean(pieces, span)
        between = not lean and span.turn in together and _answers(pieces[span.turn - 1])
        if habit or not between:  # else nothing tells whose they are
            _give(_whose(pieces, span.turn, stamp, habit if between else lean), stamp)


def _lean(pieces: list[Piece], span: Span) -> int:
    """Whether a field is in one box with the turn before it (-1) or with the one behind it (1)."""
    if span.own:
        return -_answers(pieces[span.turn - 1])
    if span.turn in (0, len(pieces)):
        return -1 if span.turn else 1
    before, behind = (_shared(span.line, piece.line) for piece in pieces[span.turn - 1 : span.turn + 1])
    return (behind > before) - (behind < before)


def _shared(line: Line, other: Line) -> int:
    """How many elements hold both lines."""
    return sum(a is b for a, b in zip(ancestors(line.block), ancestors(other.block), strict=False))


def _whose(pieces: list[Piece], turn: int, stamp: Stamp, lean: int) -> Piece | None:
    """The piece that a field is about."""
    answers = stamp.side == "answered"
    before, behind = pieces[:turn][::-1], pieces[turn:]
    if lean < 0:
        return _first(before[:1] if answers else before, answers=answers)
    if lean > 0:
        return _first(behind, answers=answers)
    current = _first(before[:1], answers=answers)
    if current and (current.when is None or current.when.value == stamp.value):
        return current
    return _first(behind[:1] if answers else behind, answers=answers)


def _first(pieces: list[Piece], *, answers: bool) -> Piece | None:
    """The first of these that answers, or that asks."""
    return next((piece for piece in pieces if _answers(piece) == answers), None)


def _give_bare(pieces: list[Piece], bare: list[tuple[int, Stamp]]) -> None:
    """A line that is nothing but a time belongs to the turn above it, where one stands below the last turn, or to the
    one below it, where one stands above the first.
    """
    gaps = dict(bare)
    if len(gaps) < max(_HABIT, len(pieces) / 2) or len(gaps) < len(bare) or (0 in gaps) == (len(pieces) in gaps):
        return
    for turn, stamp in bare:
        _give(pieces[turn if 0 in gaps else turn - 1], stamp)
