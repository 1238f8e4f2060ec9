"""Make the store and the index again from WARC and the collection's plain files."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from archive.collection.folder import Collection
from archive.collection.scratch import IMPORT_ROOM, sweep, sweep_copies
from archive.collection.sqlite_faults import advice, is_damaged
from archive.errors import StoreError
from archive.ledger.vouching import ORIGINALS
from archive.store.indexer import Indexer
from archive.store.losses import Loss, losses
from archive.store.parts import Parts
from archive.store.readings import Folded, Readings
from archive.store.store import check, tighten, transaction
from archive.warc import tiers

log = logging.getLogger("fangtan")
#: So long a rebuild waits for another program that writes the store, in seconds.
_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild read, and what it could not."""

    records: int
    losses: tuple[Loss, ...]


def rebuild(collection: Collection, parts: Parts | None = None) -> Rebuilt:
    """Rebuild beside the old files, then put the new content into their place; a rebuild that fails changes nothing.

    The store's file stays the same one: its new content comes in one transaction, so that readers who have it open see
    the old content before and the new one after.

    Damage does not make it fail: everything else is read, and what was lost is named.

    Only a damaged store is replaced as a file. One of another program or of a newer fangtan is left alone.

    :param parts: readings that were made apart; what they lack is read here
    :raises parsers.errors.FangtanError: the collection is in use or cannot be written, or the store is another
        program's
    """
    with collection.lock("indexer", wait=True):
        _refuse_foreign(collection.store)
        remove_leftovers(collection)
        fresh = beside(collection)
        _make(fresh.store.parent)
        readings = Folded(parts.of) if parts else Readings()
        indexer = Indexer(fresh, readings=readings)
        try:
            indexer.read_all()
            indexer.finish()
            lost = tuple(losses(collection, indexer.db, collection.store))
            _tighten(indexer.db, fresh.store)
            with collection.lock("publish", wait=True):
                # Takedowns wait from here on; those that came while we read are carried out before anything is shown.
                with transaction(indexer.database) as db:
                    indexer.apply(db)
                _publish(indexer.db, collection)
                if fresh.index.exists():
                    collection.index.parent.mkdir(parents=True, exist_ok=True)  # a backup lacks it
                    tiers.replace(fresh.index, collection.index)
        finally:
            indexer.close()
            if isinstance(readings, Folded):
                readings.close()
            remove_leftovers(collection)
        return Rebuilt(indexer.records, lost)


def _tighten(fresh: sqlite3.Connection, path: Path) -> None:
    """:raises StoreError: the disk is full; the store that is shown is as it was"""
    try:
        tighten(fresh)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}; {advice(error)}. The store is as it was") from error


def _publish(fresh: sqlite3.Connection, collection: Collection) -> None:
    """:raises StoreError: the store is not ours to fill, locked, or there is no room; it is as it was"""
    try:
        live = _ours(collection.store)
        try:
            live.execute("PRAGMA journal_mode=WAL")
            fresh.backup(live, progress=_give_up)
            with suppress(sqlite3.Error):  # the new content is in the log already
                live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            live.close()
    except sqlite3.Error as error:
        if not is_damaged(error):
            raise StoreError(f"{collection.store}: {error}; {advice(error)}. The store is as it was") from error
        log.warning("%s: damaged (%s); the rebuilt store takes its place as another file", collection.store, error)
        fresh.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        beside(collection).store.replace(_without_log(collection.store))


def _ours(store: Path) -> sqlite3.Connection:
    """A connection to fill: what it holds need not be brought up to date first.

    :raises StoreError: another program's file, or a newer fangtan's
    :raises sqlite3.Error: it cannot be opened
    """
    connection = sqlite3.connect(store, timeout=_WAIT_S, isolation_level=None)
    try:
        check(connection, store)
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_foreign(store: Path) -> None:
    """Say at once, not after an hour of reading, that the store's file is not ours to fill."""
    if store.exists():
        with suppress(sqlite3.Error):  # damaged: it will be replaced; any other cause may be over by then
            _ours(store).close()


def _give_up(status: int, _left: int, _total: int) -> None:
    """SQLite's copy would try endlessly while another program writes; each try waits for the lock already."""
    if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = status
        raise error


def _without_log(store: Path) -> Path:
    for suffix in ("-wal", "-shm"):
        store.with_name(store.name + suffix).unlink(missing_ok=True)
    return store


def remove_leftovers(collection: Collection) -> None:
    """Remove what a killed rebuild left, and killed imports; the caller holds the indexer's lock, so no rebuild is at
    work.
    """
    sweep(collection.root, IMPORT_ROOM)
    for copies in (collection.archive, collection.root / ORIGINALS):
        sweep_copies(copies)
    if (folder := beside(collection).store.parent).exists():
        shutil.rmtree(folder)


def _make(folder: Path) -> None:
    """:raises StoreError: it cannot be made"""
    try:
        folder.mkdir()
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}; the store is as it was") from error


def beside(collection: Collection) -> Collection:
    """Where a rebuild derives: on the same disk, so that a file can take the other's place."""
    return collection.derived_in(collection.root / ".rebuild")
