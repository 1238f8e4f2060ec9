"""Reports of runs in the ledger, each with the files beside it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from archive.collection.folder import Collection, write_atomically
from archive.ledger.chain import append, said_of

#: What is beside a run's report, by the end of its name: the page, the account.
BESIDE = (".html", ".account.jsonl")


def write_run(collection: Collection, report: Path, data: bytes, more: dict[str, Any]) -> None:
    """Write the report of a run that has ended, once the ledger vouches for it and for the files beside it.

    A kill between the two leaves a report that says that its run has not ended, as after any other kill. The other
    order would leave one that says how it ended, and for which nobody ever vouches.
    """
    ready = report.with_name(f".{report.name}.{os.getpid()}.tmp")
    try:
        write_atomically(ready, data)
        _enter(collection, report, said_of(ready), more)
        ready.replace(report)
    finally:
        ready.unlink(missing_ok=True)


def add_run(collection: Collection, report: Path, more: dict[str, Any]) -> None:
    """Enter a run's report that is there, and the files beside it."""
    _enter(collection, report, said_of(report), more)


def _enter(collection: Collection, report: Path, said: dict[str, Any], more: dict[str, Any]) -> None:
    beside = [said_of(path) for end in BESIDE if (path := report.with_suffix(end)).is_file()]
    append(collection, {"type": "run", **said, "name": report.name, **more, "files": beside})
