"""What bounds a run: its crawl window, budgets, the disk, hosts that fail. It says what may be asked, when to stop."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from scrapy import Request

from archive.collection import clock
from archive.collection.clock import stamp
from archive.collection.folder import Collection
from archive.collection.sites import Site
from archive.collection.times import SHANGHAI, window
from archive.collection.urls import host_of
from crawler.fetch.addresses import Addresses
from crawler.fetch.obstacles import describe
from crawler.fetch.pace import Pace, Wait
from crawler.run.options import Options
from crawler.run.tally import Tally
from crawler.state.circuits import Circuits
from crawler.state.hosts import Hosts
from crawler.state.journal import Journal

log = logging.getLogger("fangtan")


class Guard:
    """The bounds of one run.

    :ivar run: the run's id, once it has one
    :ivar most: :attr:`max_pages`, as it was last looked up: every link asks for it
    :ivar stopped: it ends on purpose, its queue waits; ``fatal``: what made going on pointless or dangerous
    :ivar resume_at: when the scheduler continues: at once (``None``), at a time (UTC, ISO), at the next date (``next``)
    :ivar next_request_at: before that (UTC, ISO) the host over which the run stopped is not to be asked
    :ivar leased_until: when the lease under which it crawls runs out (monotonic); unless it is renewed
    :ivar on_stop: called when the run is to end
    """

    def __init__(self, collection: Collection, site: Site, journal: Journal, options: Options, tally: Tally) -> None:
        self.collection, self.site, self.journal, self.options, self.tally = collection, site, journal, options, tally
        self.run = ""
        self.started = self.heartbeat = clock.now()
        self.circuits = Circuits(journal, site)
        self.hosts = Hosts(journal, self.fail)
        self.pace = Pace(self.delay, self.weigh, self.hosts)
        self.addresses = Addresses(frozenset(urlsplit(f"//{host}").hostname or "" for host in site.scope))
        self.standing: str | None = None
        self.asked, self.most = 0, self.max_pages
        self.details: set[str] = set()
        self.stopped = self.closed = False
        self.stop_reason: str | None = None
        self.resume_at: str | None = None
        self.next_request_at: str | None = None
        self.fatal: BaseException | None = None
        self.leased_until: float | None = None
        self.on_stop: Callable[[], None] | None = None

    # ── bounds ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def delay(self) -> float:
        """Seconds between two requests to a host: command line, site file or collection."""
        for delay in (self.options.delay, self.site.delay):
            if delay is not None:
                return delay
        return float(self.collection.setting("defaults", "delay"))

    @property
    def max_pages(self) -> int:
        """Requests after which nothing more is queued."""
        return self.site.max_pages or int(self.collection.setting("defaults", "max_pages"))

    @property
    def max_bytes(self) -> int:
        """Largest body that is fetched."""
        return self.site.max_bytes or int(self.collection.setting("defaults", "max_bytes"))

    @property
    def ends(self) -> bool:
        """Whether nothing more is asked."""
        return self.stopped or self.fatal is not None

    def may_ask(self, request: Request) -> bool:
        """Whether a request may go out now: not after a stop, nor beyond the lease or the budget of pages."""
        self.weigh_lease()
        if self.stopped or request.meta.get("role") == "robots":  # it is asked for in any case
            return not self.stopped
        budget = self.site.budget.get("pages")
        if budget is not None and self.asked >= budget:
            self.stop(f"the budget of {budget} pages is used up", "next")
            return False
        self.asked += 1
        return True

    def may_queue(self) -> bool:
        """Whether one more request may be queued."""
        if self.tally.pages >= self.most:
            self.stop_reason = f"more than {self.most} pages (max_pages)"
            return False
        return True

    def is_within_limit(self, key: str) -> bool:
        """Whether an interview page may be queued, by what distinguishes it."""
        if self.options.limit is not None and key not in self.details and len(self.details) >= self.options.limit:
            self.stop_reason = f"--limit {self.options.limit} reached"
            return False
        self.details.add(key)
        return True

    def weigh_lease(self) -> None:
        """End the run when its lease is about to run out: another worker may get the site then."""
        if self.leased_until is not None and time.monotonic() >= self.leased_until:
            self.stop("the lease ran out: the scheduler was not heard of")

    def weigh_bytes(self) -> None:
        """End the run when its budget of bytes is used up."""
        size = self.site.budget.get("bytes")
        if size is not None and self.tally.bytes >= size:
            self.stop(f"the budget of {size} bytes is used up", "next")

    # ── end ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def fail(self, error: BaseException) -> None:
        """Something that makes going on pointless or dangerous: a full disk, a broken tee."""
        if self.fatal is None:
            self.fatal = error
            self.pace.stop()
            log.error("%s: the run stops: %s", self.site.id, describe(error))
            if self.on_stop is not None:
                self.on_stop()

    def stop(self, reason: str, resume_at: str | None = None) -> None:
        """End on purpose: what is in flight is finished and kept, the queue waits.

        A run that is closed has nothing to stop.

        :param resume_at: when the scheduler continues: at once (``None``), at a time (UTC, ISO), with the next date
            (``next``)
        """
        if not self.ends and not self.closed:
            self.stopped, self.stop_reason, self.resume_at = True, reason, resume_at
            waits = [stamp(wait.until) for wait in self.pace.waits.values() if wait.until is not None]
            self.next_request_at = min([*waits, *filter(None, [self.next_request_at])], default=None)
            self.pace.stop()
            log.warning("%s: stops: %s", self.site.id, reason)
            if self.on_stop is not None:
                self.on_stop()

    # ── hosts ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def answered(self, request: Request) -> None:
        """The host does answer."""
        self.circuits.answered(host_of(request.url))

    def failed_at(self, request: Request, reason: str, retry_after: float = 0.0) -> bool:
        """The host failed again; when that is once too often (``True``), the run stops and the queue waits."""
        broken = self.circuits.failed(host_of(request.url), reason, retry_after)
        if broken is not None:
            self.stop(broken[1], broken[0])
        return broken is not None

    # ── time and disk ───────────────────────────────────────────────────────────────────────────────────────────────

    def watch(self) -> None:
        """Called every second or so: the heartbeat, the window, the time budget, the disk."""
        now, self.most = clock.now(), self.max_pages
        self.weigh_lease()
        self._note(now)
        if self.options.until is not None and now >= self.options.until:
            self.stop(f"the crawl window has closed{self._opening(now)}")
        minutes = self.site.budget.get("minutes")
        if minutes is not None and now - self.started >= timedelta(minutes=minutes):
            self.stop(f"the budget of {minutes} minutes is used up", "next")
        free = shutil.disk_usage(self.collection.root).free
        if free < self.collection.setting("schedule", "min_free"):
            words = f"only {free >> 20} MiB of disk are free; free some space 磁盘空间不足"
            self.stop(words, stamp(now + timedelta(hours=1)))

    def _note(self, now: datetime) -> None:
        """The heartbeat, and what the run waits for."""
        if now - self.heartbeat >= timedelta(seconds=10):
            self.heartbeat = now
            self.journal.begin()
            self.journal.db.execute("UPDATE runs SET heartbeat = ? WHERE run = ?", (stamp(now), self.run))
        if self.pace.standing != self.standing:
            self.standing = self.pace.standing
            self.journal.begin()
            self.journal.db.execute("UPDATE runs SET standing = ? WHERE run = ?", (self.standing, self.run))

    def _opening(self, now: datetime) -> str:
        """When the crawl window opens again, in words."""
        if not self.site.window:
            return ""
        return f"; it opens at {window(self.site.window).opening(now).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"

    def weigh(self, wait: Wait) -> None:
        """A wait that ends after the crawl window or the budget of time ends the run now."""
        minutes = self.site.budget.get("minutes")
        if wait.until is None or self.ends:
            return
        until = stamp(wait.until)
        if self.options.until is not None and wait.until >= self.options.until:
            self.next_request_at = until
            self.stop(f"the crawl window closes before the next request may be made: {wait}", until)
        elif minutes is not None and wait.until >= self.started + timedelta(minutes=minutes):
            self.next_request_at = until
            self.stop(f"the budget of {minutes} minutes ends before the next request may be made: {wait}", "next")
