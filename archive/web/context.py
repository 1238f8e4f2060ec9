"""What the pages know besides the store: the collection it is in, and where its replay is served."""

from __future__ import annotations

from pathlib import Path
from weakref import WeakKeyDictionary

from datasette.app import Datasette

from archive.collection.folder import Collection
from archive.web.freshness import Freshness

#: Our plugin's name, under which Datasette keeps its configuration.
PLUGIN = "fangtan"


def collection_of(datasette: Datasette) -> Collection:
    """The collection beside the store."""
    return Collection(Path(datasette.get_database("fangtan").path).parent)


def without_folder(collection: Collection, text: str) -> str:
    """A message with names of files as they are inside the collection:
    where it is on this machine is nobody's business.
    """
    for root in (collection.root.resolve(), collection.root.absolute(), collection.root):
        text = text.replace(f"{root}/", "")
    return text


def hosts_of(datasette: Datasette) -> list[str]:
    """The names and addresses that this server is asked by, besides the machine's loopback."""
    return list((datasette.plugin_config(PLUGIN) or {}).get("hosts") or ())


def freshness_of(datasette: Datasette) -> Freshness:
    """What distinguishes one state of the store from another; one for each server."""
    store = Path(datasette.get_database("fangtan").path)
    return _freshness.setdefault(datasette, Freshness(store))


_freshness: WeakKeyDictionary[Datasette, Freshness] = WeakKeyDictionary()


def replay_of(datasette: Datasette) -> str | None:
    """Where ``fangtan replay`` serves this collection, without a slash at the end; ``None`` when nobody said."""
    address = (datasette.plugin_config(PLUGIN) or {}).get("replay")
    return address.rstrip("/") if address else None
