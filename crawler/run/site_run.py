"""One run of one site: what it is told, what it counts, what it writes."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

import parsers
from archive.collection import clock
from archive.collection.clock import stamp
from archive.collection.folder import Collection
from archive.collection.sites import Site
from archive.collection.urls import canonical, host_of
from archive.warc.exchange import Exchange, metadata, reading
from archive.warc.write import WarcWriter, warc_date
from crawler.fetch.addresses import Addresses
from crawler.fetch.obstacles import Obstacles, describe, of_failure
from crawler.fetch.pace import Pace
from crawler.run import guard, recorder
from crawler.run.begin import open_run
from crawler.state.circuits import Circuits
from crawler.state.journal import Journal
from crawler.state.known import Known, Page
from crawler.state.sameness import Sameness

log = logging.getLogger("fangtan")


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line adds to the site file.

    :param delay: seconds between requests; 0 also turns off what slow servers bring about
    :param limit: at most so many interview pages
    :param recheck: fetch every known interview again, due or not
    :param sweep: read every list page, known entries or not
    :param until: when the crawl window closes: the run stops then and keeps its queue
    """

    delay: float | None = None
    limit: int | None = None
    recheck: bool = False
    resume: bool = False
    fresh: bool = False
    sweep: bool = False
    until: datetime | None = None


@dataclass
class SiteRun:
    """State of a run; the spider, the frontier and the download handler talk to it."""

    collection: Collection
    site: Site
    journal: Journal
    options: Options
    run: str = ""
    resumed: bool = False
    interrupted: bool = False
    single_page: bool = False
    pages: int = 0
    asked: int = 0
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
    indexer_died: str | None = None
    stop_reason: str | None = None
    stopped: bool = False
    closed: bool = False
    resume_at: str | None = None
    left: int = 0
    sweep: bool = True
    stopped_at_known: bool = False
    on_stop: Callable[[], None] | None = None
    skipped_known: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    list_urls: list[str] = field(default_factory=list)  # first pages of the lists that were found
    sitemaps: dict[str, None] = field(default_factory=dict)  # that robots.txt names, in its order
    repeats: int = 0
    errors: list[dict[str, str]] = field(default_factory=list)
    refusals: list[dict[str, str]] = field(default_factory=list)
    challenges: list[dict[str, str]] = field(default_factory=list)
    obstacles: Obstacles = field(default_factory=Obstacles)
    hosts: dict[str, int] = field(default_factory=dict)
    salvaged: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    certificates: set[tuple[Any, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.started = clock.now()
        self.heartbeat, self._began = self.started, time.monotonic()
        self.known = Known(self.journal.db, self.site.id, stamp(self.started))
        self.same = Sameness()
        self.circuits = Circuits(self.journal, self.site)
        own = self.collection.site_file(self.site.id)
        #: Whether the section that the site file names is crawled, not another address of the site.
        self.whole_site = own is None or own.site is None or own.site.section == self.site.section
        self.pace = Pace(self._delay(), lambda wait: guard.weigh(self, wait))
        self.addresses = Addresses(frozenset(urlsplit(f"//{host}").hostname or "" for host in self.site.scope))
        self.standing: str | None = None
        self.stack = ExitStack()
        self.writer: WarcWriter | None = None

    def _delay(self) -> float:
        """Seconds between two requests to a host: command line, site file or collection."""
        for delay in (self.options.delay, self.site.delay):
            if delay is not None:
                return delay
        return float(self.collection.setting("defaults", "delay"))

    @property
    def db(self) -> sqlite3.Connection:
        """The crawl database."""
        return self.journal.db

    @property
    def continues(self) -> bool:
        """Whether an earlier run goes on: with its queue, or anew when it was killed before it had one."""
        return self.resumed or self.interrupted

    @property
    def seconds(self) -> float:
        """How long it has been at work."""
        return time.monotonic() - self._began

    def begin(self) -> None:
        """See :meth:`Journal.begin`."""
        self.journal.begin()

    @property
    def max_pages(self) -> int:
        """Requests after which nothing more is queued."""
        return self.site.max_pages or int(self.collection.setting("defaults", "max_pages"))

    @property
    def max_bytes(self) -> int:
        """Largest body that is fetched."""
        return self.site.max_bytes or int(self.collection.setting("defaults", "max_bytes"))

    # ── beginning and end ───────────────────────────────────────────────────────────────────────────────────────────

    def open(self) -> None:
        """See :func:`crawler.run.begin.open_run`."""
        open_run(self)

    def warc_setting(self, key: str) -> Any:
        """A setting of ``[warc]``."""
        return self.collection.setting("warc", key)

    def close(self) -> None:
        """Close the WARC file; the queue stays when URLs are still waiting."""
        try:
            self.journal.checkpoint()
            if self.writer is not None:
                self.writer.close()
            self.begin()
            if self.writer is not None and not self.writer.is_open:
                self.db.execute("DELETE FROM committed WHERE warc_file LIKE ?", (f"{self.site.id}-%",))
            self.left = self.waiting()
            if self.stopped and not self.left:
                self.stop_reason = None  # it was done anyway
            state = "stopped" if self.left or self.fatal is not None else "done"
            if state == "done":
                self.db.execute("DELETE FROM frontier WHERE site = ?", (self.site.id,))
            self.db.execute(
                "UPDATE runs SET state = ?, heartbeat = ?, ended_at = ?, resume_at = ?, standing = NULL WHERE run = ?",
                (state, stamp(), stamp(), self.resume_at, self.run),
            )
            self.journal.checkpoint()
        except (OSError, sqlite3.Error) as error:
            self.fatal = self.fatal or error
        self.closed = True
        if self.writer in self.journal.writers:
            self.journal.writers.remove(self.writer)

    def forget(self) -> None:
        """End a run that was opened and is not wanted."""
        (self.collection.reports / f"{self.run}.json").unlink(missing_ok=True)
        self.begin()
        self.db.execute("DELETE FROM runs WHERE run = ?", (self.run,))
        self.journal.checkpoint()
        self.release()

    def judged(self, verdict: str) -> None:
        """Note the verdict beside the run."""
        self.begin()
        self.db.execute("UPDATE runs SET verdict = ? WHERE run = ?", (verdict, self.run))
        self.journal.checkpoint()

    def release(self) -> None:
        """Give the site's lock back."""
        self.stack.close()

    def keep_readings(self, rows: Iterable[tuple[str, str, str, str]]) -> None:
        """Write what was read in new versions (address, record as JSON, parser, record id) into a WARC file of its own."""
        if self.writer is None or self.fatal is not None:
            return
        version = self.warc_setting("version")
        for url, record, parser, record_id in rows:
            self.writer.write([reading(url, warc_date(clock.now(), version), record, parser, record_id)])
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
        """See :func:`crawler.run.recorder.record`."""
        return recorder.record(self, request, exchange)

    def fail(self, error: BaseException) -> None:
        """Something that makes going on pointless or dangerous: a full disk, a broken tee."""
        if self.fatal is None:
            self.fatal = error
            self.pace.stop()
            log.error("%s: the run stops: %s", self.site.id, describe(error))
            if self.on_stop is not None:
                self.on_stop()

    def stop(self, reason: str, resume_at: str | None = None) -> None:
        """End on purpose: what is in flight is finished and kept, the queue waits. A run that is closed has nothing to stop.

        :param resume_at: when the scheduler goes on: at once (``None``), at a time (UTC, ISO), with the next date (``next``)
        """
        if not self.stopped and not self.closed and self.fatal is None:
            self.stopped, self.stop_reason, self.resume_at = True, reason, resume_at
            self.pace.stop()
            log.warning("%s: stops: %s", self.site.id, reason)
            if self.on_stop is not None:
                self.on_stop()

    def watch(self) -> None:
        """See :func:`crawler.run.guard.watch`."""
        guard.watch(self)

    def may_ask(self, request: Request) -> bool:
        """See :func:`crawler.run.guard.may_ask`."""
        return guard.may_ask(self, request)

    # ── the spider's side ───────────────────────────────────────────────────────────────────────────────────────────

    def is_due(self, page: Page, listed: str | None = None) -> bool:
        """Whether a known interview is fetched again in this run.

        :param listed: digest of what a list says of it now; another than the last time makes it due
        """
        if self.options.recheck or (listed and page.listed and listed != page.listed):
            return True
        return page.is_due(self.started, self.site.recheck or self.collection.setting("schedule", "recheck"))

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
        size = self.site.budget.get("bytes")
        if size is not None and self.bytes >= size:
            self.stop(f"the budget of {size} bytes is used up", "next")
        log.info("%d %s %s", response.status, request.meta.get("role", ""), response.url)

    def done(self, request: Request) -> None:
        """A request's callback is exhausted."""
        identifier = request.meta.get("frontier_id")
        if identifier is not None:
            self.begin()
            self.db.execute("UPDATE frontier SET state = 'done' WHERE id = ? AND state = 'claimed'", (identifier,))

    def keep_links(self, request: Request, links: parsers.Links) -> None:
        """Remember where a page led."""
        if request.method == "GET":
            self.begin()
            self.known.keep_links(request.url, links)

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
        self.obstacles.add("challenge", request.url, rule)
        self.failed_at(request, f"an anti-bot page ({rule})")

    def answered(self, request: Request) -> None:
        """The host does answer."""
        self.circuits.answered(host_of(request.url))

    def failed_at(self, request: Request, reason: str, retry_after: float = 0.0) -> bool:
        """The host failed once more; when that is once too often (``True``), the run stops and the queue waits."""
        broken = self.circuits.failed(host_of(request.url), reason, retry_after)
        if broken is not None:
            self.stop(broken[1], broken[0])
        return broken is not None

    def error(self, url: str, reason: str, role: str = "") -> None:
        """A page that did not come as it should."""
        self.errors.append({"url": url, "reason": reason, "role": role})

    def limited(self, request: Request, reason: str) -> None:
        """An answer beyond a limit of ours; its server did answer."""
        self.error(request.url, reason, request.meta.get("role", ""))
        self.obstacles.add("own_limit", request.url, reason)
        self.answered(request)
        self.record_failure(request, reason)

    def unreachable(self, request: Request, failure: Failure) -> None:
        """No response at all: said in the report and, as a metadata record, in the WARC file."""
        reason = describe(failure.value)
        self.error(request.url, reason, request.meta.get("role", ""))
        self.obstacles.add(of_failure(failure.value), request.url, reason)
        self.failed_at(request, reason)
        self.record_failure(request, reason)

    def record_failure(self, request: Request, reason: str) -> None:
        """A metadata record for a fetch without any response."""
        if self.writer is not None and self.fatal is None:
            self.begin()
            date = warc_date(clock.now(), self.warc_setting("version"))
            self.writer.write([metadata(request.url, date, {"fetch-error": reason, "method": request.method})])
