"""The roles of a talk's turns in one row: which numbers its turns have in the full-text indexes, the role of each as a
letter, and how many characters each role says. Counts of a search are made of it.
"""

from __future__ import annotations

import sqlite3

from archive.errors import StoreError
from archive.store.shown import Shown
from parsers.record import ROLES

#: A role's letter in ``_interviews.roles``.
LETTERS = {"host": "h", "guest": "g", "netizen": "n", "reporter": "r", "narrator": "v", "unknown": "u"}
_COLUMNS = ", ".join(("first_turn", "roles", *(f"said_{role}" for role in ROLES)))
_MARKS = ", ".join("?" for _ in range(2 + len(ROLES)))


def save_roles(db: sqlite3.Connection, talk: Shown) -> None:
    """Keep the roles of the turns that are shown; nothing is written where all is so.

    :raises StoreError: the numbers of the turns do not follow each other; no version of fangtan writes such a store
    """
    said = sorted(talk.turns)  # by number
    first = said[0].number if said else None
    if said and said[-1].number - said[0].number + 1 != len(said):
        raise StoreError(f"{talk.interview}: its turns do not follow each other in the store; run `fangtan rebuild`")
    characters = [sum(turn.length for turn in said if turn.role == role) for role in ROLES]
    wanted = (first, "".join(LETTERS[turn.role] for turn in said), *characters)
    db.execute(
        f"UPDATE _interviews SET ({_COLUMNS}) = ({_MARKS}) WHERE uid = ? AND ({_COLUMNS}) IS NOT ({_MARKS})",
        (*wanted, talk.interview, *wanted),
    )
