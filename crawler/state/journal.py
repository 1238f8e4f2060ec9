"""The crawl's one transaction: what is in it becomes durable after the WARC bytes it speaks of, never before."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from dataclasses import dataclass, field

from archive.collection.clock import stamp
from archive.collection.crawldb import connect
from archive.collection.folder import Collection
from archive.warc.write import WarcWriter

#: Group commit: short enough that two crawls on one database never wait long, long enough for some twenty pages at full
#: speed.
GROUP_S = 0.05


@dataclass(slots=True)
class Journal:
    """The open transaction of a crawling process, shared by its runs.

    :ivar begun: when the open transaction began
    """

    collection: Collection
    writers: list[WarcWriter] = field(default_factory=list)
    db: sqlite3.Connection = field(init=False)
    begun: str = field(default="", init=False)
    _timer: asyncio.TimerHandle | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.db = connect(self.collection.crawl_db)

    def begin(self) -> None:
        """Open the transaction unless it is open.

        While the reactor runs it is committed within :data:`GROUP_S`, so that nobody waits for the lock as long as a
        page takes to come. Before and after, the caller ends it with :meth:`checkpoint`.
        """
        if not self.db.in_transaction:
            self.db.execute("BEGIN IMMEDIATE")
            self.begun = stamp()
        if self._timer is None:
            with suppress(RuntimeError):  # no reactor yet, or no more
                self._timer = asyncio.get_running_loop().call_later(GROUP_S, self.checkpoint)

    def checkpoint(self) -> None:
        """Fsync the WARC files, then commit what is in them."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self.db.in_transaction:
            return
        for writer in self.writers:
            if writer.is_open:
                writer.sync()
                self.db.execute(
                    "INSERT INTO committed VALUES (?, ?) ON CONFLICT(warc_file) DO UPDATE SET offset = excluded.offset",
                    (writer.name, writer.offset),
                )
        self.db.execute("COMMIT")

    def close(self) -> None:
        """Commit and close."""
        self.checkpoint()
        self.db.close()
