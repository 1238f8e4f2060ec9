"""A general archive of many hosts, and the records of it that belong to interviews.

Taken are the pages that are interviews by themselves, the lists of interview sections, the pages that these lists name,
the parts of talks, and every other capture of the same addresses: revisits and answers that a page is gone. So are
addresses that repeat a payload of these, and those whose payload these repeat. With them
come their requests and what else is said of them, and the file's own description. Style sheets, scripts and pictures
stay behind. Records are copied unchanged.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from isal import igzip

import parsers
from archive.collection.processes import pool
from archive.collection.urls import canonical, host_of, is_web
from archive.errors import ArchiveError
from archive.handover.talk_pages import Judged, judge
from archive.store.reading import page_payload
from archive.warc.plain import RECORD_END
from archive.warc.records import Damage, Record, bare_id, scan
from archive.warc.unpack import packed_as
from parsers.errors import FangtanError

_LEVEL = 2
#: So many pages wait for each process at most: bodies are held meanwhile.
_WAITING = 16
Reader = Callable[[parsers.Payload], Callable[[], Judged]]


@dataclass(slots=True)
class Host:
    """What was found on a host.

    :ivar pages: answers 200 that may be pages; ``interviews`` those that are, ``lists`` lists of sections
    :ivar kept: records that come in
    """

    pages: int = 0
    interviews: int = 0
    lists: int = 0
    kept: int = 0


@dataclass(slots=True)
class Sifted:
    """What a general file held.

    :ivar damaged: stretches and records that cannot be read, and why; they concern themselves only
    """

    source: str
    records: int = 0
    kept: int = 0
    hosts: dict[str, Host] = field(default_factory=dict)
    damaged: Counter[str] = field(default_factory=Counter)

    @property
    def pages(self) -> int:
        """Pages that were looked at."""
        return sum(host.pages for host in self.hosts.values())

    @property
    def interviews(self) -> int:
        """Captures that are interviews by themselves."""
        return sum(host.interviews for host in self.hosts.values())

    @property
    def yields(self) -> dict[str, Host]:
        """The hosts of which something comes in, the richest first."""
        found = [(name, host) for name, host in self.hosts.items() if host.kept]
        return dict(sorted(found, key=lambda one: (-one[1].interviews, -one[1].kept, one[0])))

    def host(self, url: str) -> Host:
        """The tally of an address's host."""
        return self.hosts.setdefault(host_of(url), Host())

    def as_dict(self) -> dict[str, Any]:
        """JSON types; of hosts those of which something comes in."""
        yields = {
            name: {"pages": h.pages, "interviews": h.interviews, "lists": h.lists, "kept": h.kept}
            for name, h in self.yields.items()
        }
        counts = {"records": self.records, "pages": self.pages, "interviews": self.interviews, "kept": self.kept}
        return {**counts, "hosts": len(self.hosts), "yields": yields, "damaged": dict(self.damaged.most_common())}


class _Row(NamedTuple):
    """A record: its place, the bytes behind it, its id, the records it is about, a capture's address and key, of a
    revisit the key of the address whose payload it repeats.
    """

    offset: int
    length: int
    ending: int
    id: str
    type: str
    about: tuple[str, ...]
    url: str
    key: str
    repeats: str


@dataclass(slots=True)
class _Seen:
    """All records of a file, and what its pages are, by the number of the row."""

    rows: list[_Row] = field(default_factory=list)
    pages: dict[int, Callable[[], Judged]] = field(default_factory=dict)


def sift(path: Path, target: Path, read: Reader) -> Sifted:
    """Write the records of a file that belong to interviews; nothing is written where there are none.

    :param path: a WARC file whose records have a gzip member each, or a plain one
    :param read: reads a page now, or begins to; see :func:`readers`
    :raises ArchiveError: the file itself cannot be read
    """
    found = Sifted(path.name)
    seen = _look(path, found, read)
    judged = {number: wait() for number, wait in seen.pages.items()}
    keys = _keys(seen, judged, found)
    kept = _kept(seen, keys) if keys else []
    found.kept = len(kept)
    for row in kept:
        if row.key:
            found.host(row.url).kept += 1
    if kept:
        _copy(path, target, kept)
    return found


def _look(path: Path, found: Sifted, read: Reader) -> _Seen:
    seen = _Seen()
    for record in scan(path):
        found.records += 1
        if isinstance(record, Damage):
            if record.whole:
                raise ArchiveError(f"{path}: {record.reason}")
            found.damaged[record.reason] += 1
            continue
        is_capture = is_web(record.target) and record.is_capture
        key = canonical(record.target) if is_capture else ""
        about = tuple(bare_id(record.get(name)) for name in ("WARC-Concurrent-To", "WARC-Refers-To"))
        place = record.position
        if is_capture and (payload := _page(record, found)) is not None:
            found.host(record.target).pages += 1
            seen.pages[len(seen.rows)] = read(payload)
        where = place.offset, place.length, len(record.ending)
        seen.rows.append(_Row(*where, record.id, record.type, about, record.target, key, _repeated(record)))
    return seen


def _repeated(record: Record) -> str:
    url = (record.get("WARC-Refers-To-Target-URI") or "").strip("<>")
    return canonical(url) if record.type == "revisit" and is_web(url) else ""


def _page(record: Record, found: Sifted) -> parsers.Payload | None:
    """The payload of an answer 200 that may be a page."""
    if record.type == "revisit":
        return None
    try:
        message = record.http
        status = message.start_line.split()[1:2]
        return page_payload(message, record.target) if status == [b"200"] else None
    except (FangtanError, ValueError) as error:
        found.damaged[f"no payload: {str(error)[:80]}"] += 1
        return None


def _keys(seen: _Seen, judged: dict[int, Judged], found: Sifted) -> frozenset[str]:
    """The addresses that come in."""
    keys = set[str]()
    for number, page in judged.items():
        if not (page.is_talk or page.section):
            continue
        row = seen.rows[number]
        host = found.host(row.url)
        host.interviews += page.is_talk
        host.lists += page.section
        keys |= {row.key, *page.parts, *page.entries}
    for number, page in judged.items():  # what lists name has parts, too
        if seen.rows[number].key in keys:
            keys.update(page.parts)
    return _with_repeats(seen, frozenset(keys))


def _with_repeats(seen: _Seen, keys: frozenset[str]) -> frozenset[str]:
    """With the addresses that repeat a payload of these, and those whose payload these repeat."""
    pairs = list(_repeats(seen))
    more = keys | {key for key, original in pairs if original in keys}
    return more | {original for key, original in pairs if key in more}


def _repeats(seen: _Seen) -> Iterator[tuple[str, str]]:
    """Addresses of revisits, each with the one whose payload it repeats, as far as that is known."""
    by_id = {row.id: row.key for row in seen.rows if row.key}
    for row in seen.rows:
        if row.type == "revisit" and row.key and (original := row.repeats or by_id.get(row.about[1])):
            yield row.key, original


def _kept(seen: _Seen, keys: frozenset[str]) -> list[_Row]:
    captures = [row for row in seen.rows if row.key in keys]
    ids = {row.id for row in captures}
    asked = {about for row in captures for about in row.about if about}
    return [row for row in seen.rows if _is_kept(row, ids, asked)]


def _is_kept(row: _Row, ids: set[str], asked: set[str]) -> bool:
    if row.key or row.type == "warcinfo":
        return row.id in ids or row.type == "warcinfo"
    return row.id in asked or not ids.isdisjoint(row.about)


def _copy(path: Path, target: Path, rows: list[_Row]) -> None:
    """The records, each in a gzip member; those that have one keep it."""
    packed = packed_as(path) == "gzip"
    with path.open("rb") as source, target.open("wb") as out:
        for row in rows:
            source.seek(row.offset)
            data = source.read(row.length)
            if not packed:
                data = bytes(igzip.compress(data[: row.length - row.ending] + RECORD_END, _LEVEL, mtime=0))
            out.write(data)
        out.flush()
        os.fsync(out.fileno())


@contextmanager
def readers(jobs: int) -> Iterator[Reader]:
    """Who reads pages: this process, or several. Few pages wait at any time."""
    if jobs <= 1:
        yield _at_once
        return
    with pool(jobs) as executor:
        waiting: deque[Future[Judged]] = deque()

        def submit(payload: parsers.Payload) -> Callable[[], Judged]:
            while len(waiting) >= jobs * _WAITING:
                waiting.popleft().result()
            future = executor.submit(judge, payload)
            waiting.append(future)
            return future.result

        yield submit


def _at_once(payload: parsers.Payload) -> Callable[[], Judged]:
    judged = judge(payload)
    return lambda: judged
