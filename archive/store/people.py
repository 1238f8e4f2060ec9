"""Who took part in a talk: the table ``_participants``, from which the views ``participants``, ``persons`` and
``organizations`` are made.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from archive.store.shown import Derived, Shown, Turn

_PARTICIPANTS = Derived(
    "_participants",
    ("place", "person", "name", "role", "organization", "title", "turns", "characters", "listed", "corrected"),
)


class Participant(NamedTuple):
    """A row of ``_participants`` without the interview."""

    place: int
    person: str | None
    name: str
    role: str
    organization: str | None
    title: str | None
    turns: int
    characters: int
    listed: int
    corrected: int


def save_people(db: sqlite3.Connection, talk: Shown) -> list[Participant]:
    """Keep the participants of a talk: the guests, then whoever else speaks; in stable order."""
    found = [Participant(place, *row) for place, row in enumerate((*_guests(db, talk), *_others(db, talk)), 1)]
    _PARTICIPANTS.save(db, talk.interview, list(found), is_new=talk.is_new)
    return found


def _guests(db: sqlite3.Connection, talk: Shown) -> Iterator[tuple[Any, ...]]:
    for guest in talk.guests:
        said = [turn.length for turn in talk.turns if guest.name is not None and turn.person == guest.name]
        person, is_target = _person(db, talk.site, guest.person)
        corrected = is_target or guest.person != guest.name
        about = guest.name or "", "guest", guest.organization, guest.title
        yield person, *about, len(said), sum(said), 1, int(corrected)


def _others(db: sqlite3.Connection, talk: Shown) -> Iterator[tuple[Any, ...]]:
    """Some labels resolve to nobody: no person."""
    guests, said = {guest.name for guest in talk.guests} - {None}, dict[tuple[str, str], list[Turn]]()
    for turn in talk.turns:
        if turn.person not in guests:
            said.setdefault((turn.name, turn.role), []).append(turn)
    for (name, role), turns in said.items():
        person, is_target = _person(db, talk.site, turns[0].person)
        yield person, name, role, None, None, len(turns), sum(turn.length for turn in turns), 0, int(is_target)


def _person(db: sqlite3.Connection, site: str, name: str | None) -> tuple[str | None, bool]:
    """The id of a person, and whether people say that it is another one's."""
    if name is None:
        return None, False
    person = f"{site}/{name}"
    row = db.execute("SELECT target FROM _same WHERE person = ?", (person,)).fetchone()
    return (row[0], True) if row else (person, False)


def interviews_of(db: sqlite3.Connection, persons: set[str]) -> set[str]:
    """The interviews that persons took part in, by the ids that they have in the store now."""
    query = "SELECT DISTINCT interview FROM _participants WHERE person = ?"
    return {uid for person in persons for (uid,) in db.execute(query, (person,))}
