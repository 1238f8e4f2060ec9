"""The lines of corrections that the ledger vouches for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib import import_module

from archive.collection.folder import Collection
from archive.fault import Fault, of_file
from archive.keeping.holdings import Ledger
from archive.ledger.plain import entered_lines


def check_corrections(collection: Collection, said: Ledger) -> Iterator[Fault]:
    """Whether each line that was entered is there."""
    entered = entered_lines(e for e in said.entries if e.type != "corrections" or said.said.trust.holds(e))
    if not entered:
        return
    try:
        # It loads the store, which few checks need.
        here = Counter(import_module("archive.store.corrections").digests(collection))
    except OSError as error:
        here, found = Counter(), str(error.strerror)
    else:
        found = "changed or removed"
    gone = sum((Counter(digest for digest, _ in entered) - here).values())
    if gone:
        wanted = f"{len(entered)} line(s) that the ledger vouches for"
        yield of_file("corrections", str(collection.corrections), wanted, f"{gone} {found}")
