"""What lists say of withheld talks leaves ``crawl.db``, too: remembered links, entries that are owed, facts of a run.

The addresses stay, with a mark in the place of their words: nothing is asked for twice over it. Where a talk is shown
again, the links of the list that names it are forgotten. The next run then asks for that list without conditions.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from collections.abc import Callable, Iterator
from typing import TypeAlias

from archive.collection.crawldb import connect
from archive.collection.folder import Collection
from archive.collection.urls import canonical, uid_of
from archive.errors import StoreError
from archive.handover.accounts import WITHHELD, hidden
from archive.ledger.withheld import takedowns

log = logging.getLogger("fangtan")
_BUSY_MS = 2000  # how long the free pages of the database wait for a crawl; then the next command tries again
#: Whether the talk at an address (by its key) is withheld.
Withheld: TypeAlias = Callable[[str], bool]


def settle(collection: Collection) -> None:
    """Bring ``crawl.db`` in line with the takedowns, where that was not done since the last one.

    :raises StoreError: the database cannot be opened or written
    """
    if not collection.crawl_db.exists():
        return
    db, mark = connect(collection.crawl_db), _mark(collection)
    try:
        if db.execute("PRAGMA user_version").fetchone()[0] != mark:
            _settle(db, hidden(collection).talks)
            _clear_free_pages(db, mark)
    except sqlite3.Error as error:
        raise StoreError(f"{collection.crawl_db}: {error}; the next command tries again") from error
    finally:
        db.close()


def unsettle(db: sqlite3.Connection) -> None:
    """A run may have written such words since: the next :func:`settle` looks at all of ``crawl.db``."""
    db.execute("PRAGMA user_version = 0")


def _mark(collection: Collection) -> int:
    """A number for what is withheld now."""
    names = "\n".join(sorted(takedowns(collection).vouched.held))
    return int(hashlib.sha256(names.encode()).hexdigest()[:7], 16)


def _settle(db: sqlite3.Connection, talks: frozenset[str]) -> None:
    def is_withheld(key: str) -> bool:
        return uid_of(key) in talks

    db.execute("BEGIN IMMEDIATE")
    for table, column, changes in (("known", "links", _links), ("owed", "more", _owed), ("facts", "fact", _facts)):
        found = list(changes(db, is_withheld))
        db.executemany(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", found)
    db.execute("COMMIT")


def _links(db: sqlite3.Connection, is_withheld: Withheld) -> Iterator[tuple[str | None, int]]:
    """Remembered links without such words; none at all where words are missing that may be said again."""
    for rowid, text in db.execute("SELECT rowid, links FROM known WHERE links IS NOT NULL"):
        links = json.loads(text)
        shut = [(item, is_withheld(canonical(item[0]))) for item in links.get("items", ())]
        differing = {withheld for item, withheld in shut if withheld is not (item[1] == WITHHELD)}
        if False in differing:
            yield None, rowid
        elif differing:
            items = [[item[0], WITHHELD, item[2], ""] if withheld else item for item, withheld in shut]
            yield json.dumps({**links, "items": items}, ensure_ascii=False), rowid


def _owed(db: sqlite3.Connection, is_withheld: Withheld) -> Iterator[tuple[str, int]]:
    for rowid, key, text in db.execute("SELECT rowid, key, more FROM owed WHERE role = 'detail'"):
        more = json.loads(text)
        if is_withheld(key) and more.get("title") not in ("", WITHHELD):
            yield json.dumps({**more, "title": WITHHELD, "text": ""}, ensure_ascii=False), rowid


def _facts(db: sqlite3.Connection, is_withheld: Withheld) -> Iterator[tuple[str, int]]:
    for rowid, text in db.execute("SELECT n, fact FROM facts WHERE kind = 'row'"):
        fact = json.loads(text)
        if is_withheld(fact["key"]) and fact["title"] != WITHHELD:
            yield json.dumps({**fact, "title": WITHHELD, "text": ""}, ensure_ascii=False), rowid


def _clear_free_pages(db: sqlite3.Connection, mark: int) -> None:
    """The words were also in pages that are free now, and in the log; a crawl that is at work keeps them that long."""
    db.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    try:
        db.execute("VACUUM")
        db.execute(f"PRAGMA user_version = {mark}")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError as error:
        log.warning("crawl.db: words of withheld talks are in its free pages until the next command: %s", error)
