"""``fangtan verify``: a collection against itself, files of any origin against the standard."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from archive.collection.folder import Collection
from archive.fault import Fault
from archive.verify import Options, Summary, verify_files
from crawler.cli.faults import Found


def whole(collection: Collection, options: Options) -> Found:
    """All checks of a collection."""
    summary = Summary()
    verify_collection = import_module("archive.verify").verify_collection  # a check of files waits for no store
    return _found(verify_collection(collection, summary, options), summary)


def files(paths: tuple[Path, ...], options: Options) -> Found:
    """The checks of files without a collection."""
    summary = Summary()
    return _found(verify_files(paths, summary, options), summary)


def _found(faults: Iterator[Fault], summary: Summary) -> Found:
    return Found(faults, summary.as_dict, lambda: _summed(summary), lambda: not summary.faults)


def _summed(summary: Summary) -> str:
    return (
        f"{summary.files} files, {summary.records} records, {summary.captures} captures, {summary.quotes} quotes, "
        f"{summary.packages} packages checked: {summary.faults or 'no'} fault(s), {summary.notes} note(s)"
        + (f"\nledger head {summary.head}" if summary.head else "")
    )
