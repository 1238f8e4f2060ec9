"""The indexer as a process beside the crawl: ``python -m archive.store.follow COLLECTION`` reads until its standard
input closes, then finishes what is committed and exits. It gives a sign of life when it has begun, and every second
from then on.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from archive.collection.crawldb import committed
from archive.collection.folder import PATIENCE_S, Collection
from archive.store.indexer import bring_up_to_date, index_committed
from parsers.errors import FangtanError

_POLL_S = 0.1
_BEAT_S = 1.0


def follow(collection: Collection, stop: threading.Event) -> None:
    """Follow the crawls until ``stop`` is set, then finish what is committed.

    The store is opened, under the lock, for each pass: several crawls may each have a follower, and a rebuild that
    puts another file in its place may come between.
    """
    seen: object = None
    while not stop.is_set():
        state = _committed_state(collection)
        if state == seen:
            stop.wait(_POLL_S)
            continue
        seen = state
        with collection.lock("indexer", wait=PATIENCE_S):
            index_committed(collection)
    with collection.lock("indexer", wait=PATIENCE_S):
        bring_up_to_date(collection)


def _committed_state(collection: Collection) -> tuple[dict[str, int], int]:
    """What there is to index, to see that it has changed: committed positions, and when files last came,
    went or were renamed.
    """
    return committed(collection.crawl_db), collection.archive.stat().st_mtime_ns


def main(arguments: list[str]) -> int:
    """The indexer process."""
    collection = Collection(Path(arguments[0]))
    os.nice(5)  # the crawl comes first: what is fetched is safe, reading it can wait a moment
    stop = threading.Event()

    def wait_for_end() -> None:
        while os.read(0, 4096):  # unbuffered: a buffered reader would hold its lock at exit
            pass
        stop.set()

    threading.Thread(target=wait_for_end, daemon=True).start()

    def beat() -> None:
        with suppress(OSError):  # nobody listens
            while True:
                os.write(1, b".")
                time.sleep(_BEAT_S)

    threading.Thread(target=beat, daemon=True).start()
    try:
        follow(collection, stop)
    except FangtanError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the process's only output
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
