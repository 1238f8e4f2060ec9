"""Where a capture leads: its redirect, its parts, its list entries; and which captures are to be read again for it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

import parsers
from archive.collection.urls import canonical, request_key
from archive.store import listings
from archive.store.reading import Reader, page_payload
from archive.store.store import insert
from archive.store.wholes import circle, wholes
from archive.warc.http import Message, payload_of
from archive.warc.records import Record
from parsers.errors import FangtanError
from parsers.page.addresses import located
from parsers.page.shape import is_document

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Leads:
    """Keeps what captures lead to.

    :param unread: ids of captures that are to be read, or read again
    :param listed: addresses of which lists have said something, since they were last asked for
    """

    reader: Reader
    unread: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)

    def follow(self, db: sqlite3.Connection, record: Record, key: str, site: str | None) -> None:
        """Keep where a capture leads.

        :param site: the site that its file was written for
        """
        message = record.http
        location = message.get("location")
        if message.status in (301, 302, 303, 307, 308) and location:
            self._redirect(db, record, key, location)
        if record.type == "revisit":
            other = self._elsewhere(db, record.id)
            if other is None:
                self.unread.add(record.id)
                return
            message = other
        if message.status < 300 or message.status >= 400:
            links = self._links(db, record, message, key, site)
            if links is not None:
                posts = (request_key(post.url, post.method, post.body) for post in links.posts)
                self._parts(db, record, key, (*map(canonical, links.parts), *posts))
                self._items(db, record, key, links.items if links.is_list else ())

    def renamed(self, db: sqlite3.Connection, capture: str | None) -> dict[str, None]:
        """A capture is known by its request now: the pages that name it so are read again, and it is no page of its
        address.

        :returns: the addresses whose interviews may be others
        """
        before: dict[str, None] = {}
        for (key,) in db.execute("SELECT key FROM captures WHERE id = ?", (capture,)).fetchall():
            self.unread |= wholes(db, key)
            read = db.execute("DELETE FROM _readings WHERE capture = ? RETURNING key", (capture,)).fetchall()
            before |= dict.fromkeys(row[0] for row in read)
            self.unread.update([capture] if read and capture else ())
        return before

    def touch(self, db: sqlite3.Connection, key: str) -> None:
        """All captures of an address are to be read again."""
        self.unread.update(row[0] for row in db.execute("SELECT id FROM captures WHERE key = ?", (key,)))

    def _redirect(self, db: sqlite3.Connection, record: Record, key: str, location: str) -> None:
        address = located(record.target, location.encode("latin-1"))
        if address is None:
            return
        target = canonical(address)
        self.unread.add(record.id)
        if target != key:
            since = record.get("WARC-Date") or ""
            row = {"capture": record.id, "key": key, "url": record.target, "target_key": target, "since": since}
            insert(db, "_redirects", row, ignore=True)
            self.touch(db, target)

    def _elsewhere(self, db: sqlite3.Connection, capture: str) -> Message | None:
        try:
            return self.reader.message(db, capture)
        except FangtanError:
            return None  # its reading says what is wrong

    def _links(
        self, db: sqlite3.Connection, record: Record, message: Message, key: str, site: str | None
    ) -> parsers.Links | None:
        """The links of a page; ``None`` for what is no page, or cannot be read: its reading says so.

        :param message: has the payload: the record's own, or that of another address
        """
        family = self.reader.family(site, record.get("WARC-Date") or "")
        try:
            payload = page_payload(message, record.target)
            if payload is None:
                self._filed(db, record, message, key)
                return None
            if payload.data.startswith(_ZIP) and not _asked_for(db, key):
                return None
            self.unread.add(record.id)
            return self.reader.readings.links(payload, family)
        except FangtanError:
            self.unread.add(record.id)  # its reading says what is wrong
        except Exception:  # as in Reader.reading
            log.exception("%s", record.target)
        return None

    def _filed(self, db: sqlite3.Connection, record: Record, message: Message, key: str) -> None:
        """A file that nobody reads and that a list names is an interview by what the list says of it."""
        named = db.execute("SELECT 1 FROM _items WHERE key = ? LIMIT 1", (key,)).fetchone()
        if named and is_document(payload_of(message, record.target)):
            self.unread.add(record.id)

    def _parts(self, db: sqlite3.Connection, record: Record, key: str, parts: Iterable[str]) -> None:
        for position, part in enumerate(dict.fromkeys(parts)):
            if part == key:
                continue
            if not db.execute("SELECT 1 FROM _parts WHERE part_key = ?", (part,)).fetchone() or circle(db, part):
                self.touch(db, part)  # until now it was a page in its own right
            insert(db, "_parts", {"capture": record.id, "part_key": part, "position": position}, ignore=True)

    def _items(self, db: sqlite3.Connection, record: Record, page: str, items: Iterable[parsers.ListItem]) -> None:
        fetched = record.get("WARC-Date") or ""
        entries = [listings.Entry(canonical(i.url), i.url, i.title, i.date, i.text) for i in items]
        listings.keep(db, record.id, page, fetched, entries)
        for key in dict.fromkeys(entry.key for entry in entries):
            self.listed.add(key)
            for target in _aimed(db, key):
                self._listed(db, target, fetched)
                if circle(db, target):
                    self.touch(db, target)  # a list decides which of them is the page

    def _listed(self, db: sqlite3.Connection, key: str, date: str) -> None:
        """Captures for which this list says what the page is: none named it between them and the list."""
        for query in (_FOLLOWING, _PRECEDING):
            self.unread.update(row[0] for row in db.execute(query, {"key": key, "date": date}))


_FOLLOWING = f"""SELECT c.id FROM captures c WHERE c.key = :key AND c.fetched_at >= :date
  AND NOT EXISTS ({listings.NAMED_BETWEEN})"""
#: Before the first list that names it, each capture is told by that list.
_PRECEDING = f"""SELECT c.id FROM captures c WHERE c.key = :key AND c.fetched_at < :date
  AND NOT EXISTS ({listings.NAMED_BEFORE})"""
_ZIP = b"PK\x03\x04"


def _asked_for(db: sqlite3.Connection, key: str) -> bool:
    """Whether a file is a list's entry or a page's part; others are enclosures, and no pages in their own right."""
    query = "SELECT 1 FROM _items WHERE key = :key UNION ALL SELECT 1 FROM _parts WHERE part_key = :key LIMIT 1"
    return db.execute(query, {"key": key}).fetchone() is not None


def _aimed(db: sqlite3.Connection, key: str) -> list[str]:
    """The address and those it redirects to."""
    targets = db.execute("SELECT DISTINCT target_key FROM _redirects WHERE key = ?", (key,))
    return [key, *(row[0] for row in targets)]
