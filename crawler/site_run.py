"""One run of one site: what it is told, what it counts, what it writes."""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import secrets
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

import parsers
from archive import ledger
from archive.collection import VERSION, Collection, write_atomically
from archive.exchange import Earlier, Exchange, certificate, metadata, reading, records_of
from archive.records import OPEN_SUFFIX
from archive.sites import Site
from archive.urls import canonical, host_of
from archive.warc import WarcWriter, salvage, warc_date
from crawler.due import is_due
from crawler.journal import Journal

log = logging.getLogger("fangtan")


CONFORMS = {
    "1.0": "http://bibnum.bnf.fr/WARC/WARC_ISO_28500_version1_latestdraft.pdf",
    "1.1": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
}


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line adds to the site file.

    :param delay: seconds between requests; 0 also turns AutoThrottle off
    :param limit: at most so many interview pages
    """

    delay: float | None = None
    limit: int | None = None
    recheck: bool = False
    resume: bool = False
    fresh: bool = False


def now_text() -> str:
    """Now, UTC, ISO with microseconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass
class SiteRun:
    """State of a run; the spider, the frontier and the download handler talk to it."""

    collection: Collection
    site: Site
    journal: Journal
    options: Options
    run: str = ""
    resumed: bool = False
    single_page: bool = False
    pages: int = 0
    bytes: int = 0
    details: int = 0
    lists: int = 0
    not_modified: int = 0
    crawl_delay: float = 0.0
    family: str = "generic"
    site_name: str | None = None
    declared: int | None = None
    declared_items: int | None = None
    fatal: BaseException | None = None
    stop_reason: str | None = None
    on_fatal: Callable[[], None] | None = None
    skipped_known: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    list_urls: list[str] = field(default_factory=list)  # first pages of the lists that were found
    repeats: int = 0
    errors: list[dict[str, str]] = field(default_factory=list)
    refusals: list[dict[str, str]] = field(default_factory=list)
    challenges: list[dict[str, str]] = field(default_factory=list)
    salvaged: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    certificates: set[tuple[Any, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.started = datetime.now(UTC)
        self.stack = ExitStack()
        self.writer: WarcWriter | None = None

    @property
    def db(self) -> sqlite3.Connection:
        """The crawl database."""
        return self.journal.db

    def begin(self) -> None:
        """See :meth:`Journal.begin`."""
        self.journal.begin()

    def soon(self) -> None:
        """See :meth:`Journal.soon`."""
        self.journal.soon()

    @property
    def max_pages(self) -> int:
        """Requests after which nothing more is queued."""
        return self.site.max_pages

    # ── beginning and end ───────────────────────────────────────────────────────────────────────────────────────────

    def open(self) -> None:
        """Take the site's lock, salvage what a killed run left, continue its queue or begin anew.

        :raises parsers.errors.ConfigError: another process crawls the site
        """
        self.stack.enter_context(self.collection.lock(f"site-{self.site.id}"))
        self._salvage()
        self.begin()
        row = self.db.execute("SELECT run FROM runs WHERE site = ? AND state = 'running'", (self.site.id,)).fetchone()
        pending = self.db.execute(
            "SELECT count(*) FROM frontier WHERE site = ? AND state <> 'done'", (self.site.id,)
        ).fetchone()[0]
        if self.options.fresh or not pending:
            self.db.execute("DELETE FROM frontier WHERE site = ?", (self.site.id,))
            pending = 0
        if row and pending:
            self.run, self.resumed = row[0], True
            self.db.execute("UPDATE runs SET pid = ?, heartbeat = ? WHERE run = ?", (os.getpid(), now_text(), self.run))
        else:
            self.db.execute("UPDATE runs SET state = 'dead' WHERE site = ? AND state = 'running'", (self.site.id,))
            self.run = f"{self.started:%Y%m%dT%H%M%S}Z-{self.site.id}-{secrets.token_hex(2)}"
            self.db.execute(
                "INSERT INTO runs VALUES (?, ?, 'running', ?, ?, ?)",
                (self.run, self.site.id, os.getpid(), now_text(), now_text()),
            )
        self._restore()
        self.journal.checkpoint()
        config = self.collection.config
        info = {
            "software": f"fangtan/{VERSION}",
            "format": f"WARC File Format {self._warc('version', '1.1')}",
            "operator": config.get("operator") or "not configured",
            "http-header-user-agent": self.collection.user_agent,
            "robots": "obey",
            "conformsTo": CONFORMS[self._warc("version", "1.1")],
            "fangtan-run": self.run,
            "fangtan-site": self.site.id,
            "fangtan-config": self.config_digest(),
        }
        collection = self.collection

        def on_close(warc: Any) -> None:
            ledger.add_warc(collection, warc)

        self.writer = WarcWriter(
            self.collection.archive,
            self.site.id,
            info,
            on_close,
            self._warc("version", "1.1"),
            self._warc("max_size", 1 << 30),
        )
        self.journal.writers.append(self.writer)
        self.report("running", None, {})

    def config_digest(self) -> str:
        """SHA-256 over the site and the collection's settings as this run uses them."""
        import hashlib  # noqa: PLC0415

        return hashlib.sha256(
            json.dumps([repr(self.site), self.collection.config], sort_keys=True, default=str).encode()
        ).hexdigest()

    def _warc(self, key: str, default: Any) -> Any:
        return self.collection.config.get("warc", {}).get(key, default)

    def _salvage(self) -> None:
        pattern = re.compile(
            rf"{re.escape(self.site.id)}-\d{{17}}-\d{{5}}-[0-9a-f]{{6}}\.warc\.gz{re.escape(OPEN_SUFFIX)}"
        )
        for path in sorted(self.collection.archive.glob(f"{self.site.id}-*{OPEN_SUFFIX}")):
            if not pattern.fullmatch(path.name):
                continue
            final, torn = salvage(path, lambda warc: ledger.add_warc(self.collection, warc))
            self.salvaged.append({"file": (final or path).name, "torn_bytes": torn})
            log.warning("%s: salvaged from an interrupted run, %d torn bytes set aside", (final or path).name, torn)

    def _restore(self) -> None:
        """A continued run knows again what its list pages said."""
        if not self.resumed:
            return
        # Only pages whose links are all out: one that was in flight is read again, and must then look new.
        rows = self.db.execute(
            """SELECT k.links FROM known k JOIN frontier f ON f.site = k.site AND f.url = k.url AND f.state = 'done'
               WHERE k.site = ? AND k.role IN ('list', 'seed') AND k.links IS NOT NULL""",
            (self.site.id,),
        )
        for (text,) in rows:
            data = json.loads(text)
            if data["is_list"] or data["is_section"]:
                self.listed |= {canonical(row[0]) for row in data["items"]}
                self.lists += 1
                self.declared = self.declared or data["declared"]
                self.declared_items = self.declared_items or data["declared_items"]
                self.family = data["family"] if data["family"] != "generic" else self.family

    def close(self) -> None:
        """Close the WARC file; the queue stays when URLs are still waiting."""
        try:
            self.journal.checkpoint()
            if self.writer is not None:
                self.writer.close()
            self.begin()
            if self.writer is not None and not self.writer.is_open:
                self.db.execute("DELETE FROM committed WHERE warc_file LIKE ?", (f"{self.site.id}-%",))
            if not self.waiting() and self.fatal is None:
                self.db.execute("DELETE FROM frontier WHERE site = ?", (self.site.id,))
                self.db.execute("UPDATE runs SET state = 'done', heartbeat = ? WHERE run = ?", (now_text(), self.run))
            self.journal.checkpoint()
        except (OSError, sqlite3.Error) as error:
            self.fatal = self.fatal or error

    def release(self) -> None:
        """Give the site's lock back."""
        if self.writer in self.journal.writers:
            self.journal.writers.remove(self.writer)
        self.stack.close()

    def keep_readings(self, rows: Iterable[tuple[str, str, str, str]]) -> None:
        """Write what was read in new versions (address, record as JSON, parser, record id) into a WARC file of its own."""
        if self.writer is None or self.fatal is not None:
            return
        version = self._warc("version", "1.1")
        for url, record, parser, record_id in rows:
            self.writer.write([reading(url, warc_date(datetime.now(UTC), version), record, parser, record_id)])
        self.writer.close()

    def waiting(self) -> int:
        """URLs not done yet."""
        return int(
            self.db.execute(
                "SELECT count(*) FROM frontier WHERE site = ? AND state <> 'done'", (self.site.id,)
            ).fetchone()[0]
        )

    # ── the download handler's side ─────────────────────────────────────────────────────────────────────────────────

    def sink(self, request: Request, exchange: Exchange) -> dict[str, Any]:
        """Keep an exchange; returns what the spider needs to know of it."""
        assert self.writer is not None
        self.begin()
        if exchange.method == "GET":
            exchange.earlier = self._earlier(request.url)
        version = self._warc("version", "1.1")
        members, captured = records_of(exchange, version)
        chain = (host_of(exchange.url), exchange.tls.get("chain", ""))
        if chain[1] and (self.writer.path, *chain) not in self.certificates:
            members.append(certificate(captured.url, captured.date, exchange.tls, f"<urn:uuid:{captured.record_id}>"))
        self.writer.write(members)
        self.certificates.add((self.writer.path, *chain))
        self.bytes += len(exchange.response)
        role = request.meta.get("role", "robots")
        now = now_text()
        if captured.method == "GET" and captured.status == 304 and exchange.refers_to:
            self.db.execute(
                "UPDATE known SET checked_at = ?, checks = checks + 1 WHERE site = ? AND url = ?",
                (now, self.site.id, request.url),
            )
            self.not_modified += 1
        elif captured.type == "revisit":
            self.db.execute(
                "UPDATE known SET checked_at = ?, checks = checks + 1, etag = ?, last_modified = ? WHERE site = ? AND url = ?",
                (now, captured.etag, captured.last_modified, self.site.id, request.url),
            )
        elif captured.method == "GET":
            self.db.execute(
                """INSERT INTO known(site, url, role, status, record_id, date, etag, last_modified, sha256, first_seen, checked_at, form)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(site, url) DO UPDATE SET status = excluded.status,
                     record_id = excluded.record_id, date = excluded.date, etag = excluded.etag, last_modified = excluded.last_modified,
                     sha256 = excluded.sha256, checked_at = excluded.checked_at, form = excluded.form, checks = checks + 1""",
                (
                    self.site.id,
                    request.url,
                    role,
                    captured.status,
                    captured.record_id,
                    captured.date,
                    captured.etag,
                    captured.last_modified,
                    captured.sha256,
                    now,
                    now,
                    captured.form,
                ),
            )
        self.soon()
        return {"record_id": captured.record_id, "sha256": captured.sha256, "status": captured.status}

    def _earlier(self, url: str) -> Earlier | None:
        """The address's last response record, which a response with an equal payload refers to."""
        row = self.db.execute(
            "SELECT record_id, date, status, sha256, form FROM known WHERE site = ? AND url = ? AND form IS NOT NULL",
            (self.site.id, url),
        ).fetchone()
        return Earlier(row[0], row[1], url, row[2], row[3], row[4]) if row else None

    def fail(self, error: BaseException) -> None:
        """Something that makes going on pointless or dangerous: a full disk, a broken tee."""
        if self.fatal is None:
            self.fatal = error
            log.error("%s: the run stops: %s", self.site.id, describe(error))
            if self.on_fatal is not None:
                self.on_fatal()

    # ── the spider's side ───────────────────────────────────────────────────────────────────────────────────────────

    def known(self, url: str) -> dict[str, Any] | None:
        """What earlier runs know of a URL (not what this run fetched)."""
        row = self.db.execute(
            "SELECT url, role, status, record_id, date, etag, last_modified, sha256, first_seen, checked_at, links IS NOT NULL"
            " FROM known WHERE site = ? AND url = ? AND checked_at < ?",
            (self.site.id, url, self.started.strftime("%Y-%m-%dT%H:%M:%S.%fZ")),
        ).fetchone()
        names = (
            "url",
            "role",
            "status",
            "record_id",
            "date",
            "etag",
            "last_modified",
            "sha256",
            "first_seen",
            "checked_at",
            "has_links",
        )
        return dict(zip(names, row, strict=True)) if row else None

    def is_due(self, known: dict[str, Any]) -> bool:
        """Whether a known interview is fetched again in this run."""
        if self.options.recheck or known["status"] != 200:
            return True
        return is_due(
            datetime.fromisoformat(known["first_seen"]), datetime.fromisoformat(known["checked_at"]), self.started
        )

    def within_limit(self) -> bool:
        """Whether one more interview page may be queued."""
        if self.options.limit is not None and self.details >= self.options.limit:
            self.stop_reason = f"--limit {self.options.limit} reached"
            return False
        self.details += 1
        return True

    def arrived(self, request: Request, response: Response) -> None:
        """A response of any status has come."""
        self.pages += 1
        key = str(response.status)
        self.statuses[key] = self.statuses.get(key, 0) + 1
        log.info("%d %s %s", response.status, request.meta.get("role", ""), response.url)

    def done(self, request: Request) -> None:
        """A request's callback is exhausted."""
        identifier = request.meta.get("frontier_id")
        if identifier is not None:
            self.begin()
            self.db.execute("UPDATE frontier SET state = 'done' WHERE id = ? AND state = 'claimed'", (identifier,))
            self.soon()

    def keep_links(self, request: Request, links: parsers.Links) -> None:
        """Remember where a page led, for the day it answers 304."""
        from crawler.spider import links_to_json  # noqa: PLC0415 - spider imports nothing of this module at run time

        if request.method == "GET":
            self.begin()
            self.db.execute(
                "UPDATE known SET links = ? WHERE site = ? AND url = ?",
                (links_to_json(links), self.site.id, request.url),
            )

    def stored_links(self, request: Request) -> parsers.Links | None:
        """Where an unchanged page led when it was last read."""
        from crawler.spider import links_from_json  # noqa: PLC0415

        row = self.db.execute(
            "SELECT links FROM known WHERE site = ? AND url = ?", (self.site.id, request.url)
        ).fetchone()
        return links_from_json(row[0]) if row and row[0] else None

    def learn(self, links: parsers.Links) -> None:
        """Family and name of the site, from its own pages."""
        if links.family != "generic" and self.family == "generic":
            self.family = links.family
        self.site_name = self.site_name or links.site_name

    def list_page(self, request: Request, links: parsers.Links) -> bool:
        """Count a list page; ``False`` when it says nothing new (the end of paging, or a page that repeats)."""
        items = {canonical(i.url) for i in links.items}
        fresh = bool(items - self.listed)
        if not items:
            # A shell: its entries are served elsewhere.
            return bool(links.pages) and request.meta.get("number", 1) == 1
        if not fresh and request.meta.get("number", 1) > 1:
            self.repeats += 1
            return False
        self.lists += 1
        self.listed |= items
        if request.meta.get("number", 1) == 1:
            self.list_urls.append(request.url)
            self.declared = (self.declared or 0) + (links.declared or 1)
            if links.declared_items:
                self.declared_items = (self.declared_items or 0) + links.declared_items
        return True

    def refused(self, url: str, role: str, reason: str) -> None:
        """A URL that is not fetched on purpose."""
        if len(self.refusals) < 10_000:
            self.refusals.append({"url": url, "role": role, "reason": reason})

    def blocked(self, request: Request, rule: str) -> None:
        """A challenge page was served and recorded; it is not evaded."""
        self.challenges.append({"url": request.url, "role": request.meta.get("role", ""), "rule": rule})

    def error(self, url: str, reason: str, role: str = "") -> None:
        """A page that did not come as it should."""
        self.errors.append({"url": url, "reason": reason, "role": role})

    def unreachable(self, request: Request, failure: Failure) -> None:
        """No response at all: said in the report and, as a metadata record, in the WARC file."""
        reason = describe(failure.value)
        self.error(request.url, reason, request.meta.get("role", ""))
        if self.writer is not None and self.fatal is None:
            self.begin()
            self.writer.write(
                [
                    metadata(
                        request.url,
                        warc_date(datetime.now(UTC), self._warc("version", "1.1")),
                        {"fetch-error": reason, "method": request.method},
                    )
                ]
            )
            self.soon()

    # ── the report ──────────────────────────────────────────────────────────────────────────────────────────────────

    def report(self, verdict: str, reason: str | None, more: dict[str, Any]) -> dict[str, Any]:
        """Write ``reports/<run>.json`` as a whole."""
        data = {
            "run": self.run, "site": self.site.id, "name": self.site_name or self.site.name, "section": list(self.site.section), "started_at": self.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "ended_at": None if verdict == "running" else datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "verdict": verdict, "reason": reason,
            "resumed": self.resumed, "pages": self.pages, "bytes": self.bytes, "statuses": dict(sorted(self.statuses.items())), "not_modified": self.not_modified,
            "family": self.family, "declared": self.declared, "got": self.lists, "declared_items": self.declared_items, "listed": len(self.listed),
            "skipped_known": len(self.skipped_known), "list_urls": self.list_urls[:20], "repeated_list_pages": self.repeats, "crawl_delay": self.crawl_delay or None, "errors": len(self.errors),
            "error_list": self.errors[:500], "refusals": self.refusals[:500], "challenges": self.challenges[:500], "salvaged": self.salvaged,
            "stop_reason": self.stop_reason, "code_version": f"fangtan/{VERSION} {parsers.PARSER}", **more,
        }  # fmt: skip
        path = self.collection.reports / f"{self.run}.json"
        write_atomically(path, json.dumps(data, ensure_ascii=False, indent=1).encode())
        if verdict != "running":
            ledger.add_file(self.collection, "run", path, {"run": self.run, "verdict": verdict})
        return data


def describe(error: BaseException | None) -> str:
    """An error in words an operator can act on."""
    if error is None:
        return ""
    inner = getattr(error, "reasons", None)
    if inner:
        return "; ".join(describe(getattr(reason, "value", reason)) for reason in inner)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "the disk is full (nothing captured so far is lost); free some space, then continue with `fangtan crawl --resume`. 磁盘已满。"
    text = " ".join(str(error).split()) or type(error).__name__
    name = type(error).__name__
    hints = {
        "dh key too small": 'the server\'s DH key is too small: set tls = "legacy" in the site file',
        "unsafe legacy renegotiation": 'the server needs legacy renegotiation: set tls = "legacy" in the site file',
        "no protocols available": 'the server speaks an old TLS only: set tls = "legacy" in the site file',
    }
    hint = next((h for k, h in hints.items() if k in text), None)
    return f"{name}: {hint or text}"
