"""The lines that people write and the ledger vouches for: corrections and codings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from archive.collection.folder import Collection
from archive.fault import Fault, of_file
from archive.keeping.holdings import Ledger
from archive.ledger.chain import Entry
from archive.ledger.plain import entered_lines
from archive.store.written import LineFile


def files() -> tuple[LineFile[Any], ...]:
    """The files that have such lines. They load the store, which few checks need."""
    found: tuple[LineFile[Any], ...] = import_module("archive.store.layers").FILES
    return found


def entered(said: Ledger, kind: str) -> list[tuple[str, Entry]]:
    """The lines of a file that must be there, as entries say that somebody vouches for."""
    return entered_lines((e for e in said.entries if e.type != kind or said.said.trust.holds(e)), kind)


def check_lines(collection: Collection, said: Ledger) -> Iterator[Fault]:
    """Whether each line that was entered is there."""
    if not any("lines" in entry.data for entry in said.entries):
        return
    for file in files():
        lines = entered(said, file.kind)
        if not lines:
            continue
        try:
            here = Counter(file.digests(collection))
        except OSError as error:
            here, found = Counter(), str(error.strerror)
        else:
            found = "changed or removed"
        gone = sum((Counter(digest for digest, _ in lines) - here).values())
        if gone:
            wanted = f"{len(lines)} line(s) that the ledger vouches for"
            yield of_file(file.kind, str(file.path(collection)), wanted, f"{gone} {found}")
