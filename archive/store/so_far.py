"""How far a rebuild is: bytes of WARC that its unfinished store has read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass

from archive.collection.crawldb import readonly_uri
from archive.collection.folder import Collection
from archive.store.rebuild import beside


@dataclass(frozen=True, slots=True)
class SoFar:
    """Compressed bytes."""

    read: int
    of: int

    def line(self, seconds: float) -> str:
        """``34 of 210 MB read, 1.2 MB/s, about 2:26 left``.

        :param seconds: how long it took
        """
        rate = self.read / seconds if seconds > 0 else 0.0
        left = int((self.of - self.read) / rate) if rate else None
        ahead = "" if left is None else f", {rate / 1e6:.1f} MB/s, about {left // 60}:{left % 60:02d} left"
        return f"{self.read / 1e6:.0f} of {self.of / 1e6:.0f} MB read{ahead}"


def so_far(collection: Collection) -> SoFar | None:
    """How far the rebuild under way is; ``None`` when none has begun to read."""
    try:
        of = sum(path.stat().st_size for path in collection.warcs())
        with closing(sqlite3.connect(readonly_uri(beside(collection).store), uri=True)) as db:
            (read,) = db.execute("SELECT coalesce(sum(offset), 0) FROM _cursor").fetchone()
    except (sqlite3.Error, OSError):  # not there yet, its place was taken, a file gets another name
        return None
    return SoFar(min(read, of), of)
