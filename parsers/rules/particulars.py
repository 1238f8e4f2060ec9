"""Guests whose name, office and post have labels of their own: ``姓名：钱慧``, ``单位：县水务局``, ``职务：副局长``."""

from __future__ import annotations

from collections.abc import Iterator

from parsers.header.labels import Field
from parsers.page.text import squeeze
from parsers.people.mentions import of_that_house
from parsers.people.names import split_post
from parsers.people.values import parse_guests
from parsers.record import Guest

_PERSON = ("person", "guests")
_KEYS = (*_PERSON, "post", "unit")
_APART = 6  # lines between two labels of one person


def particulars(fields: list[Field]) -> Iterator[tuple[Field, Guest]]:
    """The persons whose post has a label beside that of their name, each with the label of the name."""
    for group in _groups([f for f in fields if f.key in _KEYS and not f.foreign]):
        named = [(f, person) for f in group if f.key in _PERSON and (person := _name(f))]
        if len(named) == 1 and (guest := _guest(named[0][1], group)):
            yield named[0][0], guest


def _groups(fields: list[Field]) -> list[list[Field]]:
    """Labels near each other, none of them twice: what is said of one person."""
    groups: list[list[Field]] = []
    for f in fields:
        last = groups[-1] if groups else []
        near = bool(last) and f.label_line.index - last[-1].line.index <= _APART
        if near and all(f.label != other.label for other in last) and not (f.key in _PERSON and _has_person(last)):
            last.append(f)
        else:
            groups.append([f])
    return groups


def _has_person(group: list[Field]) -> bool:
    return any(f.key in _PERSON for f in group)


def _name(f: Field) -> Guest | None:
    """The person whom a label names without a post."""
    if f.key == "person":
        return Guest(squeeze(f.value).strip("、,，"), None, None)
    guests = parse_guests(f.value)
    return guests[0] if len(guests) == 1 and guests[0].name and not guests[0].title else None


def _guest(person: Guest, group: list[Field]) -> Guest | None:
    """A person with the first post of a group, in the unit that has a label of its own."""
    post = next((f.value for f in group if f.key == "post"), None)
    if post is None:
        return None
    unit = next((f.value for f in group if f.key == "unit"), person.organization)
    guest = Guest(person.name, *split_post(post))
    office = of_that_house(guest, unit) if unit else None
    return Guest(person.name, office or guest.organization or unit, guest.title)
