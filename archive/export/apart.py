"""What interviews are written as, made by one process or by several: it comes in the same order, so files are equal."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from archive.collection import processes
from archive.errors import ArchiveError
from archive.export.rows import Interview, interviews, uids_of
from archive.research.filters import Filter
from archive.store.store import open_reader

T = TypeVar("T")
#: So many interviews are one task; of each process so many tasks wait, so that memory stays small.
_TOGETHER, _AHEAD = 32, 3


def made(db: sqlite3.Connection, only: Filter, make: Callable[[Interview], T], jobs: int) -> Iterator[T]:
    """What a function makes of each interview that matches, in order of uid.

    :param make: a function of a module, so that other processes find it
    :param jobs: processes; with one, this process makes all of it
    :raises ArchiveError: another process was killed, or lacked memory
    """
    found = uids_of(db, only) if jobs > 1 else []
    tasks = [found[n : n + _TOGETHER] for n in range(0, len(found), _TOGETHER)]
    if len(tasks) <= 1:
        yield from map(make, interviews(db, only))
        return
    store = Path(db.execute("PRAGMA database_list").fetchone()[2])
    try:
        with processes.pool(min(jobs, len(tasks))) as pool:
            futures = (pool.submit(_made, store, only, uids, make) for uids in tasks)
            yield from _in_order(futures, jobs * _AHEAD)
    except BrokenProcessPool as error:
        raise ArchiveError("a process that makes the export was killed; try fewer with --jobs") from error


def _in_order(futures: Iterator[Future[list[T]]], ahead: int) -> Iterator[T]:
    """Results as they were asked for; a task is handed out when there is room for it."""
    waiting = deque[Future[list[T]]]()
    for future in futures:
        waiting.append(future)
        if len(waiting) > ahead:
            yield from waiting.popleft().result()
    while waiting:
        yield from waiting.popleft().result()


def _made(store: Path, only: Filter, uids: Sequence[str], make: Callable[[Interview], T]) -> list[T]:
    with closing(open_reader(store)) as db:
        return [make(interview) for interview in interviews(db, only, uids)]
