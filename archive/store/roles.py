"""The roles of a talk's turns in one row: which numbers its turns have in the full-text indexes, the role of each as a
letter, and how many characters each role says. Counts of a search are made of it.
"""

from __future__ import annotations

import sqlite3

from archive.errors import StoreError
from parsers.record import ROLES

#: A role's letter in ``_interviews.roles``.
LETTERS = {"host": "h", "guest": "g", "netizen": "n", "reporter": "r", "narrator": "v", "unknown": "u"}
_SAID = "SELECT number, role, length(text) FROM _said WHERE interview = ? ORDER BY number"
_COLUMNS = ", ".join(("first_turn", "roles", *(f"said_{role}" for role in ROLES)))
_MARKS = ", ".join("?" for _ in range(2 + len(ROLES)))


def save_roles(connection: sqlite3.Connection, interview: str) -> None:
    """The roles of the turns that are shown, corrections included; nothing is written where all is so.

    :raises StoreError: the numbers of the turns do not follow each other; no version of fangtan writes such a store
    """
    said = connection.execute(_SAID, (interview,)).fetchall()
    first = said[0][0] if said else None
    if said and said[-1][0] - said[0][0] + 1 != len(said):
        raise StoreError(f"{interview}: its turns do not follow each other in the store; run `fangtan rebuild`")
    characters = [sum(n for _, of, n in said if of == role) for role in ROLES]
    wanted = (first, "".join(LETTERS[role] for _, role, _ in said), *characters)
    connection.execute(
        f"UPDATE _interviews SET ({_COLUMNS}) = ({_MARKS}) WHERE uid = ? AND ({_COLUMNS}) IS NOT ({_MARKS})",
        (*wanted, interview, *wanted),
    )
