"""Takedowns that are left to carry out: seen by reading alone, so that readers write only when there is something to
remove.

Opening the store for writing brings an earlier version's store up to date, which takes minutes and the indexer's lock:
no page may do that.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from archive.collection.crawldb import open_readonly
from archive.collection.folder import Collection
from archive.collection.sqlite_faults import advice
from archive.errors import StoreError
from archive.handover.withhold import hide
from archive.ledger.withheld import takedowns
from archive.store import removal
from archive.store.indexer import Indexer
from archive.store.store import is_current


def rows_left(collection: Collection) -> bool:
    """Whether the store has captures that are withheld, or lacks some that are shown again.

    :raises StoreError: it cannot be read
    """
    said = takedowns(collection)
    return _asked(
        collection, lambda db: bool(removal.present(db, said.held) or removal.absent(db, said.released)), absent=False
    )


def hide_left(collection: Collection) -> None:
    """Take such rows out, or put them back. The store of an earlier version is left to the next command that writes.

    :raises FangtanError: the store cannot be read or written
    """
    if takedowns(collection).entries and rows_left(collection) and _is_current(collection):
        hide(collection)


def bring_up_to_date(collection: Collection) -> bool:
    """Make the store of an earlier version one of today, if a takedown is left to carry out.

    :returns: whether takedowns can be carried out now
    :raises FangtanError: another process holds the indexer's lock, or the store cannot be read or written
    """
    if _is_current(collection):
        return True
    if not (takedowns(collection).unfinished or rows_left(collection)):
        return False
    with collection.lock("indexer"):
        Indexer(collection).close()
    return True


def _is_current(collection: Collection) -> bool:
    return _asked(collection, lambda db: is_current(db, collection.store), absent=True)


def _asked(collection: Collection, question: Callable[[sqlite3.Connection], bool], *, absent: bool) -> bool:
    """The answer of the store; ``absent`` where there is none."""
    if not collection.store.exists():
        return absent
    with _reading(collection) as db:
        return question(db)


@contextmanager
def _reading(collection: Collection) -> Iterator[sqlite3.Connection]:
    try:
        connection = open_readonly(collection.store)
        try:
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StoreError(f"{collection.store}: {error}; {advice(error)}") from error
