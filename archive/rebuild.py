"""Make the store and the index again from WARC and the collection's plain files."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from archive.collection import Collection
from archive.indexer import Indexer
from archive.losses import Loss, losses
from archive.store import open_store, transaction
from parsers.errors import StoreError

log = logging.getLogger("fangtan")


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild read, and what it could not."""

    records: int
    losses: tuple[Loss, ...]


def rebuild(collection: Collection) -> Rebuilt:
    """Rebuild beside the old files, then put the new content into their place; a rebuild that fails changes nothing.

    The store's file stays the same one: its new content comes in one transaction, so that readers who have it open see the old
    content before and the new one after, whoever they are.

    Damage does not make it fail: everything else is read, and what was lost is named.

    :raises parsers.errors.FangtanError: the collection is in use or cannot be written
    """
    with collection.lock("indexer", wait=True):
        fresh = _Rebuilt(collection.root)
        _clear(fresh)
        indexer = Indexer(fresh)
        try:
            indexer.read_all()
            indexer.finish()
            lost = tuple(losses(collection, indexer.db, collection.store))
            with collection.lock("publish", wait=True):
                # Takedowns wait from here on; those that came while we read are carried out before anything is shown.
                with transaction(indexer.database) as db:
                    indexer.apply(db)
                _publish(indexer.db, collection)
                if fresh.index.exists():
                    fresh.index.replace(collection.index)
        finally:
            indexer.close()
            _clear(fresh)
        return Rebuilt(indexer.records, lost)


def _publish(fresh: sqlite3.Connection, collection: Collection) -> None:
    try:
        live: sqlite3.Connection = open_store(collection.store).conn
        try:
            fresh.backup(live)
            live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            live.close()
    except (StoreError, sqlite3.Error) as error:
        log.warning(
            "%s: cannot be written (%s); the rebuilt store takes its place as another file", collection.store, error
        )
        fresh.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _Rebuilt(collection.root).store.replace(_without_log(collection.store))


def _without_log(store: Path) -> Path:
    for suffix in ("-wal", "-shm"):
        store.with_name(store.name + suffix).unlink(missing_ok=True)
    return store


class _Rebuilt(Collection):
    """The same collection with derived files under temporary names."""

    @property
    def store(self) -> Path:
        """The store in the making."""
        return self.root / ".rebuild.db"

    @property
    def index(self) -> Path:
        """The index in the making."""
        return self.root / ".rebuild.cdxj"


def _clear(collection: Collection) -> None:
    """Remove what a rebuild left."""
    for leftover in collection.root.glob(".rebuild.*"):
        leftover.unlink()
