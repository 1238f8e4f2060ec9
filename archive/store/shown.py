"""A talk as it is shown, read once for all that is derived of it; and the tables that hold what is derived."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any, NamedTuple


class Guest(NamedTuple):
    """A row of ``guests``."""

    seq: int
    name: str | None
    organization: str | None
    title: str | None
    person: str | None


class Turn(NamedTuple):
    """A row of ``_said``.

    :param length: characters, as SQLite counts them
    """

    number: int
    seq: int
    speaker: str
    person: str | None
    role: str
    text: str
    length: int

    @property
    def name(self) -> str:
        """Who speaks, as far as it is known."""
        return self.speaker if self.person is None else self.person


@dataclass(frozen=True, slots=True)
class Shown:
    """The version of a talk that is shown, corrections included.

    :param site: empty without one
    :param is_new: nothing of it is in the store that was derived before
    """

    interview: str
    site: str
    guests: list[Guest]
    turns: list[Turn]
    is_new: bool


def read(db: sqlite3.Connection, interview: str, *, is_new: bool = False) -> Shown:
    """Guests and turns in their order."""
    guests = db.execute(
        "SELECT seq, name, organization, title, person FROM guests WHERE interview = ? ORDER BY seq", (interview,)
    )
    turns = db.execute(
        "SELECT number, seq, speaker, person, role, text, length(text) FROM _said WHERE interview = ? ORDER BY seq",
        (interview,),
    )
    (site,) = db.execute("SELECT coalesce(site, '') FROM _interviews WHERE uid = ?", (interview,)).fetchone()
    return Shown(interview, site, [Guest(*row) for row in guests], [Turn(*row) for row in turns], is_new)


@dataclass(frozen=True, slots=True)
class Derived:
    """A table with rows of interviews, made of what is shown.

    :param columns: without ``interview``; the first ones order the rows
    """

    table: str
    columns: tuple[str, ...]

    def save(self, db: sqlite3.Connection, interview: str, rows: list[tuple[Any, ...]], *, is_new: bool) -> None:
        """Keep the rows of an interview, sorted; nothing is written where all is so."""
        names = ", ".join(self.columns)
        if not is_new:
            query = f"SELECT {names} FROM {self.table} WHERE interview = ? ORDER BY {names}"
            if db.execute(query, (interview,)).fetchall() == rows:
                return
            db.execute(f"DELETE FROM {self.table} WHERE interview = ?", (interview,))
        marks = ", ".join("?" for _ in self.columns)
        db.executemany(
            f"INSERT INTO {self.table}(interview, {names}) VALUES (?, {marks})", [(interview, *row) for row in rows]
        )
