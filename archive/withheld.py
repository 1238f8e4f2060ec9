"""Which captures are withheld: what the ledger says, nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from archive import ledger
from archive.collection import Collection


def withheld_ids(collection: Collection) -> frozenset[str]:
    """Record ids of the captures that are withheld. A broken ledger withholds what its readable entries say.

    A takedown must not be undone by damage elsewhere, so the chain is not asked for here; ``verify`` does that.
    """
    return frozenset(withheld_entries(collection))


def withheld_entries(collection: Collection) -> dict[str, ledger.Entry]:
    """The latest entry about each withheld capture, by record id."""
    return withheld_in(ledger.lenient(collection.ledger))


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
