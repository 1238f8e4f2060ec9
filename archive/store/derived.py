"""What the store keeps beside the turns of a talk, made of what is shown: participants, questions and answers, the
roles of its turns, and what happened to it since.
"""

from __future__ import annotations

import sqlite3

from archive.store.events import save_events
from archive.store.people import save_people
from archive.store.qa import save_qa
from archive.store.roles import save_roles
from archive.store.shown import read


def derive(connection: sqlite3.Connection, interview: str, *, is_new: bool = False) -> None:
    """Keep what follows from the version that is shown and its corrections; the caller holds the transaction.

    :param is_new: nothing of it was derived before
    """
    talk = read(connection, interview, is_new=is_new)
    save_qa(connection, talk, save_people(connection, talk))
    save_roles(connection, talk)
    save_events(connection, interview, is_new=is_new)


def derive_talks(connection: sqlite3.Connection) -> None:
    """What the row of each interview says of the version that is shown, in a store that an earlier version wrote."""
    connection.execute(
        """UPDATE _interviews SET (date, kind, turns, characters, genre, captured) = (
             SELECT coalesce(i.time_start, i.published_at, ''), i.kind, i.n_turns, i.characters, i.genre, c.fetched_at
             FROM interviews i JOIN captures c ON c.id = i.capture WHERE i.uid = _interviews.uid)
           WHERE EXISTS (SELECT 1 FROM versions v WHERE v.interview = _interviews.uid AND v.newest)"""
    )
    for (uid,) in connection.execute("SELECT uid FROM _interviews ORDER BY uid").fetchall():
        save_roles(connection, read(connection, uid))


def derive_all(connection: sqlite3.Connection) -> None:
    """Everything that is derived, for every interview of a store that an earlier version wrote."""
    derive_talks(connection)
    for (uid,) in connection.execute("SELECT uid FROM _interviews ORDER BY uid").fetchall():
        derive(connection, uid)
