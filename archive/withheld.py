"""Which captures are withheld: what the ledger says, nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from archive import ledger
from archive.collection import Collection
from parsers.errors import ArchiveError


def withheld_ids(collection: Collection) -> frozenset[str]:
    """Record ids of the captures that are withheld. A broken ledger withholds what its readable entries say.

    A takedown must not be undone by damage elsewhere, so the chain is not asked for here; ``verify`` does that.
    """
    return frozenset(withheld_entries(collection))


def withheld_entries(collection: Collection) -> dict[str, ledger.Entry]:
    """The latest entry about each withheld capture, by record id."""
    return withheld_in(_readable(collection))


def withheld_in(entries: Iterable[ledger.Entry]) -> dict[str, ledger.Entry]:
    """The same of entries that are at hand."""
    found: dict[str, ledger.Entry] = {}
    for entry in entries:
        for identifier in entry.data.get("captures") or ():
            if entry.type == "withhold":
                found[str(identifier)] = entry
            elif entry.type == "release":
                found.pop(str(identifier), None)
    return found


def _readable(collection: Collection) -> list[ledger.Entry]:
    try:
        return ledger.read(collection.ledger)
    except ArchiveError:
        return ledger.lenient(collection.ledger)
