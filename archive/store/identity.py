"""Who is who, as people say: ``same_as`` makes two persons one, ``not_same_as`` keeps two namesakes apart.

``A same_as A`` says that whoever has this id is one person, with all posts. What nobody has decided is proposed in the
review queue (:mod:`archive.research`); nothing else joins persons of two sites.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Protocol

from archive.errors import ConfigError

SAME, APART = "same_as", "not_same_as"
#: Fields of a person (``site/name``).
OF_PERSONS = (SAME, APART)


class Said(Protocol):
    """A correction of persons."""

    @property
    def uid(self) -> str: ...
    @property
    def field(self) -> str: ...
    @property
    def old(self) -> str | None: ...
    @property
    def new(self) -> str | None: ...


@dataclass(slots=True)
class Known:
    """What the lines so far say: who each person is, and pairs that are two persons."""

    same: dict[str, str] = field(default_factory=dict)
    apart: set[tuple[str, str]] = field(default_factory=set)

    def hears(self, db: sqlite3.Connection, said: Said) -> bool:
        """Take up a line; whether it holds."""
        return self._joins(db, said) if said.field == SAME else self._parts(db, said)

    def last(self, person: str) -> str:
        """Who a person is in the end: one ``same_as`` may lead on. It never leads in a circle, but to itself."""
        while self.same.get(person, person) != person:
            person = self.same[person]
        return person

    def _joins(self, db: sqlite3.Connection, said: Said) -> bool:
        if self.same.get(said.uid) != said.old:
            return False
        if said.new is None:
            return self.same.pop(said.uid, None) is not None
        circle = said.new != said.uid and self.last(said.new) == said.uid
        if circle or not is_person(db, said.uid) or not is_person(db, said.new):
            return False
        self.same[said.uid] = said.new
        return True

    def _parts(self, db: sqlite3.Connection, said: Said) -> bool:
        if said.old is not None:
            if pair(said.uid, said.old) not in self.apart:
                return False
            self.apart.discard(pair(said.uid, said.old))
        if said.new is None:
            return said.old is not None
        if said.new == said.uid or not is_person(db, said.uid) or not is_person(db, said.new):
            return False
        self.apart.add(pair(said.uid, said.new))
        return True

    def keep(self, db: sqlite3.Connection) -> set[str]:
        """Write it into the store; the persons of whom something else was said before."""
        same = {person: self.last(person) for person in self.same}
        before = dict(db.execute("SELECT person, target FROM _same"))
        db.execute("DELETE FROM _same")
        db.executemany("INSERT INTO _same VALUES (?, ?)", sorted(same.items()))
        db.execute("DELETE FROM _apart")
        db.executemany("INSERT INTO _apart VALUES (?, ?)", sorted(self.apart))
        return {name for both in before.items() ^ same.items() for name in both}


def pair(one: str, other: str) -> tuple[str, str]:
    """Two persons in one order."""
    return (one, other) if one <= other else (other, one)


def is_person(db: sqlite3.Connection, person: str) -> bool:
    """Whether a guest of an interview is that person (``site/name``)."""
    site, _, name = person.partition("/")
    query = """SELECT 1 FROM guests g JOIN _interviews i ON i.uid = g.interview
        WHERE coalesce(i.site, '') = ? AND g.person = ? LIMIT 1"""
    return db.execute(query, (site, name)).fetchone() is not None


_SAID = "SELECT c.new FROM corrections c WHERE c.interview = ? AND c.field = ? AND c.applied"
_IN_FORCE = {
    SAME: f"{_SAID} ORDER BY c.number DESC",
    APART: f"""{_SAID} AND EXISTS (SELECT 1 FROM _apart a
        WHERE (a.person, a.other) IN ((c.interview, c.new), (c.new, c.interview))) ORDER BY c.number DESC""",
}


def until_now(db: sqlite3.Connection, person: str, what: str, new: str | None) -> str | None:
    """What is said of a person until now.

    :param what: one of :data:`OF_PERSONS`
    :raises ConfigError: nobody of that id, or it cannot be said of the two
    """
    row = db.execute(_IN_FORCE[what], (person, what)).fetchone()
    old: str | None = row[0] if row else None
    # What is in force can be taken back, also when other corrections have left nobody of that name.
    taken_back = new is None and old is not None
    for named in (person, new):
        if named is not None and not taken_back and not is_person(db, named):
            raise ConfigError(f"{named}: no person of that id; see the table persons")
    if new is not None:
        _fits(db, person, what, new)
    return old if what == SAME or new is None else None  # a person may be kept apart from several


def _fits(db: sqlite3.Connection, person: str, what: str, new: str) -> None:
    """:raises ConfigError: two persons cannot be both, and nobody is another than himself"""
    circle = db.execute("SELECT 1 FROM _same WHERE person = ? AND target = ?", (new, person)).fetchone()
    if what == SAME and circle:
        raise ConfigError(f"{person} {what} {new}: is so already")
    if what == APART and person == new:
        raise ConfigError(f"{person} {what} {new}: give the guest of the talk another name (guests[N].person)")
    kept_apart = db.execute("SELECT 1 FROM _apart WHERE (person, other) = (?, ?)", pair(person, new)).fetchone()
    if kept_apart:
        raise ConfigError(f"{person} {what} {new}: they are kept apart already; `correct {person} {APART} --nothing`")
