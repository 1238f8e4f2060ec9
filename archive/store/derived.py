"""What the store keeps beside the turns of a talk, made of what is shown: participants, questions and answers, and what
happened to it since.
"""

from __future__ import annotations

import sqlite3

from archive.store.events import save_events
from archive.store.people import save_people
from archive.store.qa import save_qa


def derive(connection: sqlite3.Connection, interview: str) -> None:
    """Keep what follows from the version that is shown and its corrections; the caller holds the transaction."""
    save_people(connection, interview)
    save_qa(connection, interview)
    save_events(connection, interview)


def derive_all(connection: sqlite3.Connection) -> None:
    """The same for every interview of a store that an earlier version wrote; dates and sums with it."""
    connection.execute(
        """UPDATE _interviews SET (date, kind, turns, characters) = (
             SELECT coalesce(i.time_start, i.published_at, ''), i.kind, i.n_turns, i.characters FROM interviews i
             WHERE i.uid = _interviews.uid)
           WHERE EXISTS (SELECT 1 FROM versions v WHERE v.interview = _interviews.uid AND v.newest)"""
    )
    for (uid,) in connection.execute("SELECT uid FROM _interviews ORDER BY uid").fetchall():
        derive(connection, uid)
