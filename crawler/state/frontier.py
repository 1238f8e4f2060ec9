"""A Scrapy scheduler over SQLite: kill -9 loses nothing.

All changes of one moment (capture positions, new links, done marks) are in one open transaction; a checkpoint fsyncs
the WARC file first and commits then. Because operations are in order, whatever prefix a commit holds is consistent: a
URL is only done when its capture is durable and its links are in the table.
"""

from __future__ import annotations

import base64
import json
import logging
import sqlite3
from typing import Any

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

log = logging.getLogger(__name__)
_META = (
    "role",
    "number",
    "by_script",
    "known",
    "refers_to",
    "declared",
    "retry_times",
    "redirect_times",
    "download_slot",
    "download_maxsize",
    "depth_requisite",
    "hops",
    "way",
    "cookies_set",
    "listed",
    "list",
    "probing",
    "of",
    "fragment",
    "via",
)
_HEADERS = (b"Referer", b"If-None-Match", b"If-Modified-Since", b"Content-Type")


def to_row(request: Request) -> str:
    """A request as JSON: plain columns, never a pickle."""
    return json.dumps(
        {
            "method": request.method,
            "body": base64.b64encode(request.body).decode(),
            "callback": request.callback.__name__ if request.callback else None,
            "errback": request.errback.__name__ if request.errback else None,
            "headers": {
                h.decode(): (request.headers[h] or b"").decode("latin-1") for h in _HEADERS if h in request.headers
            },
            "meta": {k: request.meta[k] for k in _META if k in request.meta},
            "dont_filter": request.dont_filter,
        },
        ensure_ascii=False,
    )


class _Stored(Request):
    """A request whose address was made safe before it was stored: once more would cost as much as all else."""

    def _set_url(self, url: str) -> None:
        self._url = url


def from_row(spider: Spider, url: str, priority: int, text: str) -> Request:
    """The request again."""
    data: dict[str, Any] = json.loads(text)
    meta = data["meta"]
    if meta.get("refers_to"):
        meta["refers_to"] = tuple(meta["refers_to"])
    return _Stored(
        url,
        method=data["method"],
        body=base64.b64decode(data["body"]),
        headers=data["headers"],
        callback=getattr(spider, data["callback"]) if data["callback"] else None,
        errback=getattr(spider, data["errback"]) if data["errback"] else None,
        meta=meta,
        priority=priority,
        dont_filter=data["dont_filter"],
    )


class Frontier(BaseScheduler):
    """The queue of one site's run.

    :param db: the crawl database, in manual transaction mode
    :param checkpoint: called when something is worth making durable soon
    """

    def __init__(self, crawler: Crawler) -> None:
        run = crawler.fangtan_run  # type: ignore[attr-defined]
        self.db: sqlite3.Connection = run.db
        self.journal, self.guard = run.journal, run.guard
        self.site: str = run.site.id
        assert crawler.request_fingerprinter is not None
        self.fingerprint = crawler.request_fingerprinter.fingerprint

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Frontier:
        """The scheduler of a crawler that carries a run."""
        return cls(crawler)

    def open(self, spider: Spider) -> None:
        """Requests that were in flight when a run died are pending again."""
        self.spider = spider
        self.journal.begin()
        revived = self.db.execute(
            "UPDATE frontier SET state = 'pending' WHERE site = ? AND state = 'claimed'", (self.site,)
        ).rowcount
        if revived:
            log.info("%d URLs were in flight when the last run ended and are fetched again", revived)

    @property
    def _stops(self) -> bool:
        return bool(self.guard.ends)

    def close(self, reason: str) -> None:
        """Nothing to do: the run checkpoints when it ends."""

    def has_pending_requests(self) -> bool:
        """Whether anything waits for this run; nothing does once it stops.

        A stop may come while Scrapy is still starting, when Scrapy itself ignores it: the spider then ends idle.
        """
        return not self._stops and (
            self.db.execute(
                "SELECT 1 FROM frontier WHERE site = ? AND state = 'pending' LIMIT 1", (self.site,)
            ).fetchone()
            is not None
        )

    def enqueue_request(self, request: Request) -> bool:
        """Store a request; one that is stored already is refused, a retry (``dont_filter``) is made pending again."""
        fingerprint = self.fingerprint(request)
        row = (request.meta.get("role", "page"), request.priority, to_row(request), self.site, fingerprint)
        self.journal.begin()
        if request.dont_filter:
            again = self.db.execute(
                "UPDATE frontier SET state = 'pending', role = ?, priority = ?, request = ? "
                "WHERE site = ? AND fingerprint = ?",
                row,
            ).rowcount
            if again:
                return True
        inserted = self.db.execute(
            "INSERT OR IGNORE INTO frontier(url, state, role, priority, request, site, fingerprint) "
            "VALUES (?, 'pending', ?, ?, ?, ?, ?)",
            (request.url, *row),
        ).rowcount
        return bool(inserted)

    def next_request(self) -> Request | None:
        """The pending request with the highest priority, oldest first; none once the run stops."""
        if self._stops:
            return None
        found = self.db.execute(
            "SELECT id, url, priority, request FROM frontier WHERE site = ? AND state = 'pending' "
            "ORDER BY priority DESC, id LIMIT 1",
            (self.site,),
        ).fetchone()
        if found is None:
            return None
        identifier, url, priority, text = found
        self.journal.begin()
        self.db.execute("UPDATE frontier SET state = 'claimed' WHERE id = ?", (identifier,))
        request = from_row(self.spider, url, priority, text)
        request.meta["frontier_id"] = identifier
        return request
