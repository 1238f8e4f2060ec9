"""Rules of the guests: labels, sentences before the talk, the labels of the turns.

To add a rule, write a function ``(Reading) -> Iterator[Found]`` whose value is a tuple of guests and give it a row in
:mod:`parsers.rules.table`. Two claims agree when one names no person but those of the other; the larger one is asserted.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsers.claims.claim import Found, Place
from parsers.header.labels import Field
from parsers.page.lines import within
from parsers.people.aliases import NO_NAMES, resolve, surname_and_title
from parsers.people.names import biography, introduced, invited, is_name, named_as, parse_guests
from parsers.people.sentences import context_fields, persons, unique, visited
from parsers.reading import Reading, place_of
from parsers.record import Guest
from parsers.words import pattern, word_set

_INVITATION = pattern(r"{INVITE}|{VISIT}")
_BIOGRAPHY = word_set("BIOGRAPHY")
_MYSELF = pattern(r"{MYSELF}")
_FURTHER = 0.7  # what a label is worth one rank further from the talk


def roster(reading: Reading) -> list[Guest]:
    """Everybody the page names, before it is known which header belongs to the talk."""
    page, context = reading.page, reading.context
    named: list[Guest] = []
    fields = [f for f in page.fields if f.key == "guests"]
    inside = [f for f in fields if within(page.body.element, f.label_line.block)]
    for value in (f.value for f in inside or fields):
        named += [g for g in parse_guests(value) if g not in named]
    if not any(g.name for g in named):
        for line in reading.visible:
            if len(line.text) < 3000 and _INVITATION.search(line.fold):
                named += [g for g in invited(line.text) or visited(line.text) if g not in named]
            if len(named) > 20:
                break
    if not named and context:
        named = [g for f in context_fields(context) if f[0] == "guests" for g in parse_guests(f[1])]
    return unique(named)


def by_label(reading: Reading) -> Iterator[Found]:
    """``嘉宾：…``, with the labels of the kind on the lines beside it: 嘉宾1 and 嘉宾2, one label a guest."""
    told: set[int] = set()
    for f, rank in reading.fields("guests"):
        if id(f) in told:
            continue
        block = _block(reading.page.fields, f)
        told |= {id(other) for other in block}
        if guests := persons([g for other in block for g in parse_guests(other.value)]):
            yield Found(tuple(guests), place_of(f), f.label, _FURTHER**rank)


def _block(fields: list[Field], chosen: Field) -> list[Field]:
    """A field and those of its kind on the lines beside it."""
    near = [chosen]
    for f in fields:
        if f.key == chosen.key and f is not chosen and abs(f.label_line.index - chosen.label_line.index) <= len(near):
            near.append(f)
    return sorted(near, key=lambda f: (f.label_line.index, f.start))


def by_biography(reading: Reading) -> Iterator[Found]:
    """``嘉宾简介：钱慧，女，汉族，现任…``."""
    for f in reading.page.fields:
        if f.label in _BIOGRAPHY and (guest := biography(f.value)):
            yield Found((guest,), place_of(f), f.label)
            return


def by_sentence(reading: Reading) -> Iterator[Found]:
    """The sentence that tells of the visit: before the talk and in its first lines, or in the prose of a notice or report."""
    pieces = reading.dialogue.pieces
    limit = pieces[0].line.index + 6 if pieces else 10**9
    for line in reading.visible if reading.kind == "transcript" else reading.body:
        if line.index > limit:
            break
        if found := invited(line.text) or visited(line.text):
            more = [g for g, _ in _introduced(reading, found) if all(g.name != other.name for other in found)]
            place = Place(line.text, line, 0, min(len(line.text), 80))
            yield Found(tuple(unique([*found, *more])), place)
            return


def by_introduction(reading: Reading) -> Iterator[Found]:
    """Speakers whose post the title, the opening or the host's words give, those called 赵局长 included."""
    if found := _introduced(reading, []):
        yield Found(tuple(guest for guest, _ in found), found[0][1])


def _introduced(reading: Reading, known: list[Guest]) -> list[tuple[Guest, Place]]:
    first, pieces = reading.dialogue.first_line, reading.dialogue.pieces
    opening = [(line, line.text) for line in reading.visible if line.index < first]
    opening += [(p.line, p.text()) for p in pieces if p.voice.role in ("host", "reporter", "narrator")][:6]
    guests: list[tuple[Guest, Place]] = []
    for name in dict.fromkeys(p.label.name for p in pieces if p.voice.role in ("guest", "unknown")):
        called = None if is_name(name) else surname_and_title(name)
        if (called and resolve(name, known)) or not (called or is_name(name)):
            continue
        own = [(p.line, p.text()) for p in pieces if p.label.name == name and _MYSELF.search(p.text()[:60])]
        for line, text in [*opening, *own[:1]]:
            full = named_as(called[0], text) if called else name
            guest = introduced(full, text) if full else None
            if guest and full and (not called or resolve(name, [guest])):
                at = max(line.text.find(full), 0)
                guests.append((guest, Place(text[:200], line, at, at + len(full))))
                break
    return guests


def by_own_label(reading: Reading) -> Iterator[Found]:
    """Without any header: speakers labelled with post and name introduce themselves."""
    guests: dict[Guest, Place] = {}
    for piece in reading.dialogue.pieces:
        if piece.voice.role != "guest" or piece.label.name.endswith(NO_NAMES):
            continue
        parsed = parse_guests(piece.label.name)
        if parsed and parsed[0].name and parsed[0].title and parsed[0] not in guests:
            guests[parsed[0]] = Place(piece.label.name, piece.line, piece.label.start, piece.label.body)
    if guests:
        yield Found(tuple(guests), next(iter(guests.values())), parts=tuple(guests.values()))


def by_list(reading: Reading) -> Iterator[Found]:
    """``嘉宾：…`` in the row of the list."""
    for key, value in context_fields(reading.context) if reading.context else []:
        if key == "guests" and (guests := parse_guests(value)):
            yield Found(tuple(guests), Place(value))


def agree(one: tuple[Guest, ...], other: tuple[Guest, ...]) -> bool:
    """Whether two lists speak of the same persons: one names none that the other lacks."""
    first, second = ({g.name or g.organization for g in guests} for guests in (one, other))
    return first <= second or second <= first


def names_more(one: tuple[Guest, ...], other: tuple[Guest, ...]) -> bool:
    """Whether the first of two lists that agree names somebody whom the second lacks."""
    return len(one) > len(other)


def shown(guests: tuple[Guest, ...]) -> str:
    """Guests as one string: ``县水务局局长 赵一鸣；县司法局 钱慧``."""
    posts = [f"{g.organization or ''}{g.title or ''}" for g in guests]
    return "；".join(" ".join(part for part in (post, g.name) if part) for post, g in zip(posts, guests, strict=True))
