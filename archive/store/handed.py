"""What the crawling process has read of pages, for the indexer beside it: a page is asked once where it leads.

Each page is a line in the pipe between the two. All that a reading hangs on names it, the parsers' code included.
What does not come, comes late or comes from other code is read from WARC, as a rebuild reads it, with the same answer.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field

from archive.store.readings import Readings, code, inputs_of, links_from, said_by
from parsers.record import Links, Payload

#: So many bytes wait for their pages at most: what waits longest goes first.
_WAITING = 16 << 20


def line_of(payload: Payload, family: str | None, links: Links) -> bytes:
    """The line that hands over the links of a page.

    :param links: what :func:`parsers.links` says of it, without script files
    """
    said = json.dumps(said_by(links), ensure_ascii=False, separators=(",", ":"))
    return b"%s %s\n" % (_name(payload, family), said.encode())


def _name(payload: Payload, family: str | None) -> bytes:
    return f"{code()}:{inputs_of('links', [payload], None, family)}".encode()


@dataclass(slots=True)
class Handed(Readings):
    """Takes what was handed over; asks the parsers for all else."""

    _waiting: dict[bytes, bytes] = field(default_factory=dict, init=False, repr=False)
    _size: int = field(default=0, init=False, repr=False)
    _rest: bytes = field(default=b"", init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def feed(self, data: bytes) -> None:
        """Take up what came through the pipe, in pieces of any size; another thread than the reading one may do so."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in filter(None, lines):
            name, _, said = line.partition(b" ")
            with self._lock:
                self._size += len(said) - len(self._waiting.pop(name, b""))
                self._waiting[name] = said
                while self._size > _WAITING:
                    self._size -= len(self._waiting.pop(next(iter(self._waiting))))

    def links(self, payload: Payload, family: str | None) -> Links:
        """As :func:`parsers.links`, without what the store does not ask for."""
        with self._lock:
            said = self._waiting.pop(_name(payload, family), None) if self._waiting else None
            self._size -= len(said or b"")
        return Readings.links(self, payload, family) if said is None else links_from(json.loads(said))
