"""What the pages know besides the store: the collection it stands in, and where its replay is served."""

from __future__ import annotations

from pathlib import Path
from weakref import WeakKeyDictionary

from datasette.app import Datasette

from archive.collection import Collection

_REPLAYS: WeakKeyDictionary[Datasette, str] = WeakKeyDictionary()


def collection_of(datasette: Datasette) -> Collection:
    """The collection beside the store."""
    return Collection(Path(datasette.get_database("fangtan").path).parent)


def replay_at(datasette: Datasette, address: str) -> None:
    """Remember where ``fangtan replay`` serves this collection."""
    _REPLAYS[datasette] = address.rstrip("/")


def replay_of(datasette: Datasette) -> str | None:
    """Where captures are replayed, without a slash at the end; ``None`` when nobody said."""
    return _REPLAYS.get(datasette)
