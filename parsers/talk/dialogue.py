"""A talk in the making: its pieces, and what is done to them once all are there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from parsers.page.dom import Element, words_of
from parsers.page.lines import Line, ancestors, common_ancestor, within
from parsers.page.text import BLANK, clip, squeeze
from parsers.patterns import compiled
from parsers.people.names import is_name
from parsers.record import Flag, Guest, Skipped, Turn
from parsers.talk.forms import Label, differ_by_one
from parsers.talk.furniture import credit_at_end
from parsers.talk.roles import Voice
from parsers.talk.speakers import Lexicon

_TWIN = 2  # labels of which a copy consists at least
_STAMP = 40  # the longest timestamp is shorter


@dataclass(frozen=True, slots=True)
class Stamp:
    """A printed time.

    :param value: ``2021-05-06T10:05:11``, cut to what is printed; ``10:05`` where no date is
    :param side: ``asked`` or ``answered`` where a field says so
    """

    value: str
    line: Line
    start: int
    end: int
    side: str


@dataclass(slots=True)
class Piece:
    """A turn in the making: label, voice, the lines (with offsets) that hold its words, and when it was said."""

    label: Label
    voice: Voice
    line: Line
    parts: list[tuple[Line, int, int]] = field(default_factory=list)
    when: Stamp | None = None

    def text(self) -> str:
        """The words, paragraphs joined by a newline."""
        texts = (line.text[start:end].strip(BLANK) for line, start, end in self.parts)
        return "\n".join(t for t in texts if t)


@dataclass(slots=True)
class Dialogue:
    """The talk of a page; ``container`` is ``None`` when there is none, ``others`` are boxes inside it about other
    talks.

    :ivar learned: who answers was not known before the talk was read
    """

    url: str = ""
    container: Element | None = None
    pieces: list[Piece] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    others: list[Element] = field(default_factory=list)
    lexicon: Lexicon | None = None
    first_line: int = -1
    learned: bool = False


def one_of_twins(marked: list[Line], labels: Mapping[int, Label | None], lines: list[Line]) -> list[Line]:
    """The first copy, where a page carries its talk once for each width of a screen."""
    names = [label.key if (label := labels[line.index]) else "" for line in marked]
    for copies in (2, 3):
        size, rest = divmod(len(marked), copies)
        if rest or size < _TWIN or names != copies * names[:size] or not _begin_alike(marked[::size]):
            continue
        below = {line.index: after.fold for line, after in pairwise(lines)}
        keys = [
            (name, squeeze(line.fold), squeeze(below.get(line.index, "")))
            for name, line in zip(names, marked, strict=True)
        ]
        parts = [keys[at : at + size] for at in range(0, len(keys), size)]
        # What follows the last turn of a copy is the page's.
        if any([*part[:-1], part[-1][:2]] != [*parts[0][:-1], parts[0][-1][:2]] for part in parts[1:]):
            continue
        first = common_ancestor([line.block for line in marked[:size]])
        if not any(within(first, line.block) for line in marked[size:]):
            return marked[:size]
    return marked


def _begin_alike(lines: list[Line]) -> bool:
    """Whether lines say the same: a first look at copies, by their first lines."""
    return len({squeeze(line.fold) for line in lines}) == 1


def drop_duplicates(dialogue: Dialogue, container: Element) -> None:
    """A block whose turns all stand elsewhere on the page is a copy (history area, print area)."""
    groups = _boxes(dialogue.pieces, container)
    copies = [members for element, members in groups.items() if len(members) >= 2 or _is_copy(element)]
    if len(groups) < 2 or not copies:
        return
    keys = {id(piece): (piece.label.name, squeeze(piece.text())) for piece in dialogue.pieces}
    left = Counter(keys.values())
    dropped: set[int] = set()
    for members in sorted(copies, key=lambda pieces: -pieces[0].line.index):
        own = Counter(keys[id(piece)] for piece in members)
        if all(left[key] > count for key, count in own.items()):
            left -= own
            dropped |= {id(piece) for piece in members}
            dialogue.skipped += [Skipped("duplicate", piece.text(), 0) for piece in members]
    dialogue.pieces = [piece for piece in dialogue.pieces if id(piece) not in dropped]


def _boxes(pieces: list[Piece], container: Element) -> dict[Element, list[Piece]]:
    """The turns in each child of the talk's container; those in none of them are the container's own."""
    depth = len(ancestors(container))
    groups: dict[Element, list[Piece]] = {}
    for piece in pieces:
        chain = ancestors(piece.line.block)
        groups.setdefault(chain[depth] if len(chain) > depth else container, []).append(piece)
    return groups


def _is_copy(element: Element) -> bool:
    """Whether an element's name says that it repeats a talk."""
    words = words_of(element)
    return "histor" in words or "copy" in words


def put_in_order(dialogue: Dialogue) -> None:
    """Newest-first talks carry descending timestamps on every turn: put them in spoken order."""
    stamps = []
    for piece in dialogue.pieces:
        last = piece.parts[-1][0] if piece.parts else piece.line
        whole = f"{piece.line.fold[-_STAMP:]} {last.fold[-_STAMP:]}"
        found = re.findall(
            r"(?:(\d{1,2})[-/.月](\d{1,2})日?\s*)?(\d{1,2}):(\d{2})(?::(\d{2}))?\s*[\])）】]?\s*$", whole
        )
        if not found:
            return
        stamps.append(tuple(int(x or 0) for x in found[-1]))
    if len(stamps) > 2 and stamps[0] > stamps[-1] and all(a >= b for a, b in pairwise(stamps)):
        dialogue.pieces.reverse()
        dialogue.flags.append(Flag("reverse_order", "info", "", "html"))


def identify(dialogue: Dialogue, guests: list[Guest]) -> None:
    """Take over the guests that the talk itself revealed: who is meant by each label, and whose role that settles."""
    lexicon = dialogue.lexicon
    if lexicon is None:
        return
    lexicon.identify(guests)
    before = [turn.person for turn in dialogue.turns]
    dialogue.turns = [
        replace(turn, person=lexicon.person(turn.speaker, voice), role=voice.role)
        for turn, piece in zip(dialogue.turns, dialogue.pieces, strict=True)
        if (voice := lexicon.voices.get(piece.label.key, piece.voice))
    ]
    dialogue.learned = before != [turn.person for turn in dialogue.turns]


def without_credit(dialogue: Dialogue) -> None:
    """The last words may end with a bracket that names who wrote them down."""
    parts = dialogue.pieces[-1].parts if dialogue.pieces else []
    if not parts:
        return
    line, start, end = parts[-1]
    stop = start + len(line.text[start:end].rstrip(BLANK))
    if (at := credit_at_end(line, start, stop)) < stop:
        parts[-1] = (line, start, at)
        dialogue.skipped.append(Skipped("editor", line.text[at:end], len(dialogue.pieces)))


def number(dialogue: Dialogue, lexicon: Lexicon) -> None:
    kept: list[Piece] = []
    for piece in dialogue.pieces:
        if piece.text():
            kept.append(piece)
        else:
            dialogue.skipped.append(Skipped("empty_label", piece.label.name, len(kept)))
    dialogue.pieces = kept
    dialogue.turns = [
        Turn(
            seq,
            p.label.name,
            lexicon.person(p.label.key, p.voice),
            p.voice.role,
            p.text(),
            p.when.value if p.when else None,
        )
        for seq, p in enumerate(kept, 1)
    ]


_GREETING = compiled(r"^(?:主持人好|谢谢主持人|好的[,，]?主持人|主持人[,，]|各位网友[,，:]?|网友们好)")


def remark(dialogue: Dialogue, labels: dict[int, Label | None], inside: list[Line], lexicon: Lexicon) -> None:
    """Probable missing or misspelt labels are remarks with the candidate, never turns."""
    dialogue.flags += [*_greeted(dialogue), *_odd_labels(dialogue, labels, inside, lexicon)]


def _greeted(dialogue: Dialogue) -> Iterator[Flag]:
    """Paragraphs that greet the one in whose turn they stand: the label before them is missing."""
    for turn, piece in zip(dialogue.turns, dialogue.pieces, strict=True):
        for line, start, end in piece.parts[1:] if piece.voice.role in ("host", "netizen") else []:
            if _GREETING.match(line.fold[start:end]) and line is not piece.line:
                yield Flag("probable_missing_label", "info", clip(line.text[start:end]), f"turns[{turn.seq}]")


def _odd_labels(
    dialogue: Dialogue, labels: dict[int, Label | None], inside: list[Line], lexicon: Lexicon
) -> Iterator[Flag]:
    """Lines in turns that begin with the name of nobody who speaks."""
    turns = [*zip(dialogue.turns, dialogue.pieces, strict=True)]
    spoken = {part[0].index: f"turns[{turn.seq}]" for turn, piece in reversed(turns) for part in piece.parts}
    for line in inside:
        label = labels.get(line.index) if line.index in spoken else None
        if label is None or lexicon.voice(label) or not _may_be_name(label):
            continue
        near = next((known for known in lexicon.voices if differ_by_one(label.key, known)), None)
        if near and (is_name(label.name, strict=False) or near.startswith("主持")) and len(label.name) > 2:
            yield Flag("probable_missing_label", "info", label.name, spoken[line.index], suggestion=near)
        elif lexicon.rejected.get(label.key, 0) >= 2 and is_name(label.name):
            yield Flag("unknown_label", "info", label.name, spoken[line.index])


def _may_be_name(label: Label) -> bool:
    """Whether a label is set off firmly and no longer than a name."""
    return label.style in ("colon", "bracket") and 2 <= len(label.name) <= 8
