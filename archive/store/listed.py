"""What lists say of talks that are withheld and shown nowhere: it leaves the store, and comes back with the talk.

A list page is a capture of its own; only its words on such a talk go. Its address stays, so that the account balances.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection as Collected
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from archive.collection.folder import Collection
from archive.collection.sql import rows_of
from archive.collection.urls import uid_of
from archive.errors import RecordMissing
from archive.store import listings
from archive.store.names import interview_of
from archive.store.rekeying import Relate
from archive.warc.records import Position, read_at

_IDS = "(SELECT value FROM json_each(?))"
_NAMING = f"SELECT key FROM _redirects WHERE target_key IN {_IDS}"


def keys_of(db: sqlite3.Connection, keys: Iterable[str]) -> set[str]:
    """Under which keys lists may name these addresses: their own, and those that redirect to them."""
    own = set(keys)
    return own | {row[0] for row in db.execute(_NAMING, (json.dumps(sorted(own)),))}


def settle(
    db: sqlite3.Connection, collection: Collection, keys: Iterable[str], withheld: Collected[str], relate: Relate
) -> None:
    """Bring what lists say of these addresses in line with the takedowns.

    :param withheld: every id of talks of which captures are withheld
    :param relate: writes the entries of a list again, where words were taken out of a talk that is shown again
    """
    hidden = _hidden(db, keys, withheld)
    for row in _silent(db, set(keys) - hidden):
        place = Position(row["warc_file"], row["warc_offset"], row["warc_length"])
        with suppress(RecordMissing):  # then its entries stay without these words
            record = read_at(collection.archive, place)
            listings.forget(db, [row["id"]])
            relate(db, record, row)
            again = db.execute("SELECT key FROM _listed WHERE capture = ?", (row["id"],)).fetchall()
            hidden |= _hidden(db, (key for (key,) in again), withheld)
    if hidden:
        listings.silence(db, hidden)


def _hidden(db: sqlite3.Connection, keys: Iterable[str], withheld: Collected[str]) -> set[str]:
    """Those addresses whose talk is withheld and shown nowhere."""
    return {key for key in set(keys) if (uid := uid_of(key)) in withheld and interview_of(db, uid) is None}


def _silent(db: sqlite3.Connection, shown: set[str]) -> list[dict[str, Any]]:
    """The captures of lists that have entries without words among these addresses."""
    query = f"""SELECT * FROM captures WHERE id IN
                (SELECT capture FROM _listed WHERE key IN {_IDS} AND title = '' AND text = '')"""
    return list(rows_of(db, query, (json.dumps(sorted(shown)),)))
