"""Collections whose store was generated; they have no archive."""

from archive.collection.folder import Collection
from benchmarks.big_store import build


def generated(folder, *size):
    """A collection with a store of so many turns.

    :param size: turns, and sites if need be, as ``benchmarks.big_store.build`` has them
    """
    build(folder / "fangtan.db", *size)
    (folder / "fangtan.toml").touch()
    return Collection(folder)
