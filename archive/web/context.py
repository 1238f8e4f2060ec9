"""What the pages know besides the store: the collection it stands in, and where its replay is served."""

from __future__ import annotations

from pathlib import Path

from datasette.app import Datasette

from archive.collection import Collection

#: Our plugin's name, under which Datasette keeps its configuration.
PLUGIN = "fangtan"


def collection_of(datasette: Datasette) -> Collection:
    """The collection beside the store."""
    return Collection(Path(datasette.get_database("fangtan").path).parent)


def replay_of(datasette: Datasette) -> str | None:
    """Where ``fangtan replay`` serves this collection, without a slash at the end; ``None`` when nobody said."""
    address = (datasette.plugin_config(PLUGIN) or {}).get("replay")
    return address.rstrip("/") if address else None
