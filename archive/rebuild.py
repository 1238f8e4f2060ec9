"""Make the store and the index again from WARC and the collection's plain files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archive.collection import Collection
from archive.indexer import Indexer
from archive.losses import Loss, losses


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild read, and what it could not."""

    records: int
    losses: tuple[Loss, ...]


def rebuild(collection: Collection) -> Rebuilt:
    """Rebuild beside the old files, then replace them; a rebuild that fails changes nothing.

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
            indexer.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except BaseException:
            indexer.close()
            _clear(fresh)
            raise
        indexer.close()
        for suffix in ("-wal", "-shm"):
            collection.store.with_name(collection.store.name + suffix).unlink(missing_ok=True)
        fresh.store.replace(collection.store)
        if fresh.index.exists():
            fresh.index.replace(collection.index)
        return Rebuilt(indexer.records, lost)


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
