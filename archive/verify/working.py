"""Checks beside each other, in as many processes as there are cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TypeVar

from archive.fault import Summary
from archive.verify.task import Result

#: Bytes; for less, starting processes takes longer than the work.
WORTH = 8 << 20
T = TypeVar("T")
R = TypeVar("R")


def run(function: Callable[[T], R], tasks: list[T], jobs: int) -> Iterator[R]:
    """Results in the order of the tasks, from as many processes as there are cores."""
    workers = min(jobs or os.cpu_count() or 1, len(tasks))
    if not jobs and sum(getattr(t, "size", WORTH) for t in tasks) < WORTH:
        workers = 1
    if workers <= 1:
        yield from map(function, tasks)
        return
    with import_module("archive.collection.processes").pool(workers) as pool:
        yield from pool.map(function, tasks)


def count(summary: Summary, result: Result) -> None:
    """Add what the pass over a file found."""
    summary.files += 1
    summary.records += result.records
    summary.bytes += result.bytes
    summary.captures += result.captures
