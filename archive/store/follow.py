"""The indexer as a process beside the crawl: ``python -m archive.store.follow COLLECTION`` waits for the first line of
its standard input, follows until that closes, then finishes what is committed and exits. Through that input comes what
the crawl has read of pages. It gives a sign of life when it has begun, and every second from then on.
"""

from __future__ import annotations

import gc
import os
import sqlite3
import sys
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from archive.collection.crawldb import look_into
from archive.collection.folder import PATIENCE_S, Collection
from archive.collection.sqlite_faults import advice
from archive.errors import StoreError
from archive.store.handed import Handed
from archive.store.indexer import bring_up_to_date, index_committed
from archive.store.readings import code
from parsers.errors import FangtanError

_POLL_S = 0.1
_BEAT_S = 1.0
#: So many new objects before the collector looks at them: a page makes thousands, nearly all of which go by themselves.
_YOUNG = 20_000


def follow(collection: Collection, stop: threading.Event, handed: Handed) -> None:
    """Follow the crawls until ``stop`` is set, then finish what is committed.

    The store is opened, under the lock, for each pass: several crawls may each have a follower, and a rebuild that
    puts another file in its place may come between.
    """
    finished: set[str] = set()
    with closing(_Watch(collection)) as watch:
        while not stop.is_set():
            if not watch.is_new():
                stop.wait(_POLL_S)
                continue
            with collection.lock("indexer", wait=PATIENCE_S):
                index_committed(collection, finished, handed)
    with collection.lock("indexer", wait=PATIENCE_S):
        bring_up_to_date(collection, finished, handed)


@dataclass(slots=True)
class _Watch:
    """Whether there is anything to index: one question to the crawl's database, one look at the folder,
    however many files there are.
    """

    collection: Collection
    db: sqlite3.Connection | None = None
    opened: tuple[int, int] | None = None
    version: int = -1
    positions: dict[str, int] = field(default_factory=dict)
    folder: int = -1

    def is_new(self) -> bool:
        """Whether committed positions have changed since the last call, or files came, went or were renamed."""
        folder, positions = self.collection.archive.stat().st_mtime_ns, self._positions()
        changed = (folder, positions) != (self.folder, self.positions)
        self.folder, self.positions = folder, positions
        return changed

    def _positions(self) -> dict[str, int]:
        if not self._open():
            return {}
        assert self.db is not None
        try:
            (version,) = self.db.execute("PRAGMA data_version").fetchone()
            if version == self.version:
                return self.positions
            self.version = version
            return dict(self.db.execute("SELECT warc_file, offset FROM committed"))
        except sqlite3.Error as error:
            raise StoreError(f"{self.collection.crawl_db}: {error}; {advice(error)}") from error

    def _open(self) -> bool:
        """Have the database open that is there now: a lost one may have been made anew."""
        try:
            state = self.collection.crawl_db.stat()
        except FileNotFoundError:
            self.close()
            return False
        if self.opened != (state.st_dev, state.st_ino):
            self.close()
            self.db, self.opened = look_into(self.collection.crawl_db), (state.st_dev, state.st_ino)
        return True

    def close(self) -> None:
        """Let go of the database."""
        if self.db is not None:
            self.db.close()
        self.db, self.opened, self.version = None, None, -1


def main(arguments: list[str]) -> int:
    """The indexer process."""
    collection = Collection(Path(arguments[0]))
    os.nice(5)  # the crawl comes first: what is fetched is safe, reading it can wait a moment
    heard, stop, handed = threading.Event(), threading.Event(), Handed()
    wanted = False

    def listen() -> None:
        nonlocal wanted
        while data := os.read(0, 1 << 16):  # unbuffered: a buffered reader would hold its lock at exit
            handed.feed(data)
            wanted = True
            heard.set()
        stop.set()
        heard.set()

    threading.Thread(target=listen, daemon=True).start()

    def beat() -> None:
        with suppress(OSError):  # nobody listens
            while True:
                os.write(1, b".")
                time.sleep(_BEAT_S)

    threading.Thread(target=beat, daemon=True).start()
    code()  # it loads the parsers: what is there by now stays, and no collection of garbage looks at it again
    gc.freeze()
    gc.set_threshold(_YOUNG, 10, 10)
    heard.wait()
    if not wanted:
        return 0  # no run came to its beginning
    try:
        follow(collection, stop, handed)
    except FangtanError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the process's only output
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
