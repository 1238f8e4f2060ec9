"""What earlier runs know of a site's addresses: the table ``known`` of the crawl database."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import parsers
from archive.collection.clock import stamp
from archive.collection.urls import canonical, uid_of
from archive.handover.accounts import WITHHELD
from archive.warc.exchange import Captured, Earlier
from crawler.state.due import MILESTONES, is_due
from parsers.lists.titles import without_counters
from parsers.record import ListItem

#: Answers that say that a page is gone; it is asked for again at milestones of its own, the first after a day.
GONE = (404, 410)
_MISSING = """json_extract(links, '$.challenge') IS NOT NULL
    OR coalesce(json_extract(links, '$.obstacle'), 'soft_404') NOT LIKE 'soft_404%'"""
_COLUMNS = (
    "url, role, status, record_id, date, etag, last_modified, first_seen, checked_at, "
    "links IS NOT NULL, since, listed, " + _MISSING + ", original"
)
_EARLIER = "record_id, date, coalesce(original, url), status, sha256, form"
#: So many records are asked whether they can still be read before a payload is kept again.
_TRIED = 3


@dataclass(frozen=True, slots=True)
class Page:
    """An address as it was last met; times are UTC, ISO.

    :param since: when it began to answer with this kind of status
    :param listed: digest of what a list last said of it
    :param missing: something was in the page's place
    :param original: address of the record, where its payload was kept under another one
    """

    url: str
    role: str
    status: int
    record_id: str
    date: str
    etag: str | None
    last_modified: str | None
    first_seen: str
    checked_at: str
    has_links: bool
    since: str | None
    listed: str | None
    missing: bool = False
    original: str | None = None

    @property
    def captured_at(self) -> str:
        """The address of its record: another one where the two served the same payload."""
        return self.original or self.url

    def is_due(self, now: datetime, milestones: Sequence[int] = MILESTONES) -> bool:
        """Whether it is asked for again."""
        checked = datetime.fromisoformat(self.checked_at)
        if self.status in GONE:
            return is_due(datetime.fromisoformat(self.since or self.first_seen), checked, now, (1, *milestones))
        if self.status >= 400 or self.missing:
            return True
        return is_due(datetime.fromisoformat(self.first_seen), checked, now, milestones)


@dataclass(frozen=True, slots=True)
class Known:
    """A site's known addresses; what this run itself fetched is not among them.

    :param before: the run's beginning
    :param withheld: ids of talks whose words are not written down
    """

    db: sqlite3.Connection
    site: str
    before: str
    withheld: frozenset[str] = frozenset()

    def get(self, url: str) -> Page | None:
        """The address, when an earlier run fetched it and this one did not."""
        row = self.db.execute(
            f"SELECT {_COLUMNS} FROM known WHERE site = ? AND url = ? AND checked_at < ?",
            (self.site, url, self.before),
        ).fetchone()
        return Page(*row) if row else None

    def seen(self, url: str) -> bool:
        """Whether an earlier run has met the address."""
        query = "SELECT 1 FROM known WHERE site = ? AND url = ? AND first_seen < ?"
        return self.db.execute(query, (self.site, url, self.before)).fetchone() is not None

    def has_served(self, host: str) -> bool:
        """Whether any page of that host was ever fetched."""
        query = (
            "SELECT 1 FROM known WHERE site = ? AND role <> 'robots' AND status < 400 AND substr(url, 1, ?) = ? LIMIT 1"
        )
        starts = (f"{scheme}://{host}/" for scheme in ("http", "https"))
        return any(self.db.execute(query, (self.site, len(start), start)).fetchone() for start in starts)

    def pages(self, role: str) -> Iterator[Page]:
        """All of one role, oldest first."""
        rows = self.db.execute(
            f"SELECT {_COLUMNS} FROM known WHERE site = ? AND role = ? AND checked_at < ? ORDER BY first_seen, url",
            (self.site, role, self.before),
        ).fetchall()
        yield from (Page(*row) for row in rows)

    def listed(self) -> Iterator[tuple[str, str, str]]:
        """Interview pages with parameters that a list led to: address, digests of its answer and entry."""
        query = """SELECT url, sha256, listed FROM known
                   WHERE site = ? AND status = 200 AND role = 'detail' AND listed IS NOT NULL
                   AND instr(url, '?') AND json_extract(links, '$.obstacle', '$.challenge') IS '[null,null]'"""
        yield from self.db.execute(query, (self.site,)).fetchall()

    def queued(self) -> Iterator[tuple[str, str]]:
        """What a continued run has asked for or is about to: address and role."""
        yield from self.db.execute("SELECT url, role FROM frontier WHERE site = ?", (self.site,))

    def lists_wait(self) -> bool:
        """Whether a list page of this run is still to come."""
        query = "SELECT 1 FROM frontier WHERE site = ? AND role IN ('seed', 'list') AND state <> 'done' LIMIT 1"
        return self.db.execute(query, (self.site,)).fetchone() is not None

    def count(self, role: str) -> int:
        """How many addresses of a role answered."""
        query = "SELECT count(*) FROM known WHERE site = ? AND role = ? AND status < 400"
        return int(self.db.execute(query, (self.site, role)).fetchone()[0])

    def earlier(self, url: str) -> Earlier | None:
        """The record of what the address answered last, which a response with an equal payload refers to."""
        row = self.db.execute(
            f"SELECT {_EARLIER} FROM known WHERE site = ? AND url = ? AND form IS NOT NULL", (self.site, url)
        ).fetchone()
        return Earlier(*row) if row else None

    def elsewhere(self, status: int, sha256: str, form: str, since: str) -> list[Earlier]:
        """Records of any address of any site with that answer, the oldest first.

        :param since: the beginning of the open transaction: what other sites note in it is not on the disk yet
        """
        rows = self.db.execute(
            f"""SELECT DISTINCT {_EARLIER} FROM known WHERE sha256 = ? AND status = ? AND form = ?
                AND (site = ? OR checked_at < ?) ORDER BY date, record_id LIMIT {_TRIED}""",
            (sha256, status, form, self.site, since),
        )
        return [Earlier(*row) for row in rows]

    def sha256(self, url: str) -> str | None:
        """Digest of the address's last payload."""
        row = self.db.execute("SELECT sha256 FROM known WHERE site = ? AND url = ?", (self.site, url)).fetchone()
        return row[0] if row else None

    def keep(self, url: str, role: str, captured: Captured, listed: str | None = None) -> None:
        """A response record was written, or a revisit of a record of another address.

        :param listed: digest of what the list that led to it says of it
        """
        now, other = stamp(), captured.elsewhere
        form = None if captured.truncated else captured.form  # nothing refers to what broke off, whatever it holds
        self.db.execute(
            """INSERT INTO known(site, url, role, status, record_id, date, etag, last_modified, sha256, first_seen, checked_at, form, since, listed, original)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(site, url) DO UPDATE SET
                 since = CASE WHEN (status >= 400) = (excluded.status >= 400) THEN coalesce(since, first_seen) ELSE excluded.since END,
                 status = excluded.status, record_id = excluded.record_id, date = excluded.date, etag = excluded.etag,
                 last_modified = excluded.last_modified, sha256 = excluded.sha256, checked_at = excluded.checked_at,
                 form = excluded.form, original = excluded.original, checks = checks + 1, listed = coalesce(excluded.listed, listed)""",
            (
                self.site, url, role, captured.status, other.record_id if other else captured.record_id, other.date if other else captured.date,
                captured.etag, captured.last_modified, captured.sha256, now, now, form, now, listed, other.url if other else None,
            ),
        )  # fmt: skip

    def unchanged(self, url: str, captured: Captured | None) -> None:
        """The address answered as before: 304 (``None``), or with the same payload and perhaps other validators."""
        self.db.execute(
            "UPDATE known SET checked_at = ?, checks = checks + 1 WHERE site = ? AND url = ?",
            (stamp(), self.site, url),
        )
        if captured is not None:
            self.db.execute(
                "UPDATE known SET etag = ?, last_modified = ? WHERE site = ? AND url = ?",
                (captured.etag, captured.last_modified, self.site, url),
            )

    def keep_links(self, url: str, links: parsers.Links) -> None:
        """Remember where a page led, for the day it answers 304."""
        if self.withheld:
            links = replace(links, items=tuple(without_words(item, self.withheld) for item in links.items))
        text = links_to_json(links)
        self.db.execute("UPDATE known SET links = ? WHERE site = ? AND url = ?", (text, self.site, url))

    def links(self, url: str) -> parsers.Links | None:
        """Where an unchanged page led when it was last read."""
        row = self.db.execute("SELECT links FROM known WHERE site = ? AND url = ?", (self.site, url)).fetchone()
        return links_from_json(row[0]) if row and row[0] else None

    def keep_listed(self, item: ListItem) -> None:
        """What a list says of an address."""
        if item.title == WITHHELD:
            return
        said = digest_of(item)
        self.db.execute(
            "UPDATE known SET listed = ? WHERE site = ? AND url = ? AND listed IS NOT ?",
            (said, self.site, item.url, said),
        )


def without_words(item: ListItem, withheld: frozenset[str]) -> ListItem:
    """A list entry as it is written down: without its words where its talk is withheld."""
    if not withheld or uid_of(canonical(item.url)) not in withheld:
        return item
    return replace(item, title=WITHHELD, text="")


@lru_cache(maxsize=1024)  # asked several times of each entry of a list
def digest_of(item: ListItem) -> str | None:
    """Digest of a list entry: title, date and the words beside them (such as 预告 or 已结束), no counters.

    ``None`` where its words were not written down: what the list says of it now is not known.
    """
    if item.title == WITHHELD:
        return None
    words = without_counters(item.text)
    return hashlib.sha256("\0".join((item.title, item.date or "", words)).encode()).hexdigest()[:16]


def links_to_json(links: parsers.Links) -> str:
    """What a list page led to, kept for the day it answers 304."""
    return json.dumps(
        {
            "items": [[i.url, i.title, i.date, i.text] for i in links.items],
            "repeated": list(links.repeated),
            "pages": [_request_row(page) for page in links.pages],
            "further": [_request_row(page) for page in links.further],
            "declarations": [[d.what, d.number, d.words] for d in links.declarations],
            "ways_on": [[way.target, way.words] for way in links.ways_on],
            "sections": [[s.url, s.title] for s in links.sections],
            "lists": [[s.url, s.title] for s in links.lists],
            "maps": list(links.maps),
            "parts": list(links.parts),
            "fragments": list(links.fragments),
            "posts": [_request_row(post) for post in links.posts],
            "posted_lists": [_request_row(post) for post in links.posted_lists],
            "requisites": list(links.requisites),
            "challenge": links.challenge,
            "obstacle": links.obstacle,
            "vacant": links.vacant,
            "is_list": links.is_list,
            "is_section": links.is_section,
            "declared": links.declared,
            "declared_items": links.declared_items,
            "family": links.family,
            "site_name": links.site_name,
            "pager": links.pager,
        },
        ensure_ascii=False,
    )


def links_from_json(text: str) -> parsers.Links:
    """The inverse of :func:`links_to_json`."""
    data = json.loads(text)
    return parsers.Links(
        items=tuple(parsers.ListItem(*row) for row in data.pop("items")),
        repeated=tuple(data.pop("repeated", ())),
        pages=tuple(_request(*row) for row in data.pop("pages")),
        further=tuple(_request(*row) for row in data.pop("further", ())),
        declarations=tuple(parsers.Declared(*row) for row in data.pop("declarations", ())),
        ways_on=tuple(parsers.WayOn(*row) for row in data.pop("ways_on", ())),
        sections=tuple(parsers.ListItem(*row) for row in data.pop("sections")),
        lists=tuple(parsers.ListItem(*row) for row in data.pop("lists", ())),
        maps=tuple(data.pop("maps", ())),
        parts=tuple(data.pop("parts")),
        fragments=tuple(data.pop("fragments", ())),
        posts=tuple(_request(*row) for row in data.pop("posts", ())),
        posted_lists=tuple(_request(*row) for row in data.pop("posted_lists", ())),
        requisites=tuple(data.pop("requisites")),
        **data,
    )


def _request_row(page: parsers.PageRequest) -> list[Any]:
    return [page.url, page.method, page.body.decode("latin-1"), page.number, page.guessed]


def _request(url: str, method: str, body: str, number: int, guessed: bool = False) -> parsers.PageRequest:
    return parsers.PageRequest(url, method, body.encode("latin-1"), number, guessed)
