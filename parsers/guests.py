"""Who the guests are: from labels, from sentences before the talk, from the labels of the turns."""

from __future__ import annotations

from dataclasses import dataclass, field

from parsers.document import Page
from parsers.header.labels import Field
from parsers.page.lines import Line, within
from parsers.people.aliases import NO_NAMES, resolve, surname_and_title
from parsers.people.names import biography, introduced, invited, is_name, named_as, parse_guests
from parsers.people.sentences import context_fields, unique, visited
from parsers.record import Evidence, Guest, ListItem
from parsers.talk.dialogue import Dialogue
from parsers.words import pattern

_INVITATION = pattern(r"{INVITE}|{VISIT}")


@dataclass(slots=True)
class Named:
    """Guests with where they were found.

    :param evidence: by the record's keys (``guests``, ``guests[1]``)
    :param confidence: of all of them together
    """

    guests: list[Guest] = field(default_factory=list)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    confidence: float = 0.0


def roster(page: Page, visible: list[Line], context: ListItem | None) -> list[Guest]:
    """Everybody the page names, before it is known which header belongs to the talk."""
    named: list[Guest] = []
    fields = [f for f in page.fields if f.key == "guests"]
    inside = [f for f in fields if within(page.body.element, f.label_line.block)]
    for value in (f.value for f in inside or fields):
        named += [g for g in parse_guests(value) if g not in named]
    if not any(g.name for g in named):
        for line in visible:
            if len(line.text) < 3000 and _INVITATION.search(line.fold):
                named += [g for g in invited(line.text) or visited(line.text) if g not in named]
            if len(named) > 20:
                break
    if not named and context:
        named = [g for f in context_fields(context) if f[0] == "guests" for g in parse_guests(f[1])]
    return unique(named)


def same_block(fields: list[Field], chosen: Field | None) -> list[Field]:
    """The chosen field and those of its kind on the lines beside it: 嘉宾1 and 嘉宾2, one label a guest."""
    if chosen is None:
        return []
    near = [chosen]
    for f in fields:
        if f.key == chosen.key and f is not chosen and abs(f.label_line.index - chosen.label_line.index) <= len(near):
            near.append(f)
    return sorted(near, key=lambda f: (f.label_line.index, f.start))


def elsewhere(page: Page, lines: list[Line], opening: list[Line], dialogue: Dialogue) -> Named:
    """Guests from the opening: the lines before the first answer, or the prose of a notice or report.

    :param lines: those whose sentences may tell of the visit
    :param opening: all visible lines
    """
    for f in page.fields:
        if f.label == "嘉宾简介" and (guest := biography(f.value)):
            return Named([guest], {"guests": page.evidence(f"label:{f.label}", f.value, f.line, f.start, f.end)}, 0.97)
    limit = dialogue.pieces[0].line.index + 6 if dialogue.pieces else 10**9
    for line in lines:
        if line.index > limit:
            break
        found = invited(line.text) or visited(line.text)
        if found:
            told = page.evidence("sentence", line.text, line, 0, min(len(line.text), 80))
            more = [
                g
                for g in by_introduction(page, opening, dialogue, found).guests
                if all(g.name != f.name for f in found)
            ]
            return Named(unique([*found, *more]), {"guests": told}, 0.9)
    return by_introduction(page, opening, dialogue, [])


def by_introduction(page: Page, lines: list[Line], dialogue: Dialogue, known: list[Guest]) -> Named:
    """Speakers whose post the title, the opening or the host's words give, those called 赵局长 included."""
    first = dialogue.first_line
    pieces = dialogue.pieces
    opening = [(line, line.text) for line in lines if line.index < first]
    opening += [(p.line, p.text()) for p in pieces if p.voice.role in ("host", "reporter", "narrator")][:6]
    named = Named(confidence=0.85)
    for name in dict.fromkeys(p.label.name for p in pieces if p.voice.role in ("guest", "unknown")):
        called = None if is_name(name) else surname_and_title(name)
        if (called and resolve(name, known)) or not (called or is_name(name)):
            continue
        own = [(p.line, p.text()) for p in pieces if p.label.name == name and "我是" in p.text()[:60]]
        for line, text in [*opening, *own[:1]]:
            full = named_as(called[0], text) if called else name
            guest = introduced(full, text) if full else None
            if guest and full and (not called or resolve(name, [guest])):
                named.guests.append(guest)
                at = max(line.text.find(full), 0)
                named.evidence.setdefault("guests", page.evidence("introduced", text[:200], line, at, at + len(full)))
                break
    return named


def from_labels(page: Page, dialogue: Dialogue) -> Named:
    """Without any header: speakers labelled with post and name introduce themselves."""
    named = Named(confidence=0.8)
    for piece in dialogue.pieces:
        if piece.voice.role != "guest" or piece.label.name.endswith(NO_NAMES):
            continue
        parsed = parse_guests(piece.label.name)
        if parsed and parsed[0].name and parsed[0].title and parsed[0] not in named.guests:
            named.guests.append(parsed[0])
            key = f"guests[{len(named.guests)}]"
            named.evidence[key] = page.evidence(
                "label", piece.label.name, piece.line, piece.label.start, piece.label.body
            )
    if named.guests:
        named.evidence["guests"] = named.evidence["guests[1]"]
    return named
