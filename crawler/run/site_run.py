"""One run of one site: what it is given, and the three that do its work: tally, recorder, guard."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

import parsers
from archive.collection.clock import stamp
from archive.collection.folder import Collection
from archive.collection.sites import Site
from archive.handover.accounts import hidden
from archive.handover.crawl_words import unsettle
from archive.history.facts import Facts
from crawler.fetch.obstacles import describe, of_failure
from crawler.run.book import Book
from crawler.run.guard import Guard
from crawler.run.options import Options
from crawler.run.recorder import Recorder
from crawler.run.skew import Skew
from crawler.run.tally import Tally
from crawler.state import owed
from crawler.state.journal import Journal
from crawler.state.known import Known, Page
from crawler.state.originals import Originals
from crawler.state.owed import Owed
from crawler.state.sameness import Sameness

#: What a run is at when nothing more is fetched.
INDEXING = "fetched; its pages are being indexed 正在建立索引"


class SiteRun:
    """A run. :func:`crawler.run.begin.open_run` opens it, :func:`crawler.run.end.conclude` judges it.

    :ivar hand: gives the indexer what is read of a page
    :ivar tally: what it counts; ``recorder``: what keeps what it fetches; ``guard``: what bounds it
    :ivar book: the facts of its account; ``facts`` and ``requests`` are read from it when the run is closed
    :ivar read_before: in a patch, the list pages that the last account has
    :ivar owed: what the last account misses, by key; ``owes``: what this run's account misses, once it is made
    :ivar elsewhere: figures of the worker that crawls for it, where one does
    :ivar wrote_withheld: a takedown of its time named talks whose words it may have written down
    :ivar run: its id
    :ivar resumed: it continues with a queue; ``interrupted``: an earlier run did not come to its end
    :ivar sweep: it reads every list page
    """

    def __init__(self, collection: Collection, site: Site, journal: Journal, options: Options) -> None:
        self.collection, self.site, self.journal, self.options = collection, site, journal, options
        self.run = ""
        self.resumed = self.interrupted = False
        self.sweep = True
        self.indexer_died: str | None = None
        self.hand: Callable[[parsers.Opened], None] = lambda _: None
        self.tally = Tally(skew=Skew(told=options.clock_is_right))
        self.guard = Guard(collection, site, journal, options, self.tally)
        self.started, self._began = self.guard.started, time.monotonic()
        lease = options.lease
        withheld = lease.withheld if lease else hidden(collection).talks
        self.known = Known(journal.db, site.id, stamp(self.started), withheld)
        self.originals = Originals(collection, lease.hidden) if lease else Originals(collection)
        self.originals.read.update(dict.fromkeys(lease.lost if lease else (), False))
        self.elsewhere: dict[str, Any] = {}
        version, payloads = (collection.setting("warc", name) for name in ("version", "payload_digest"))
        self.recorder = Recorder(
            journal, self.known, self.originals, self.tally, version, every_payload=payloads == "always"
        )
        self.same = Sameness()
        self.book = Book(journal, site.id, self.same.key, self.known.withheld)
        self.owed: dict[str, Owed] = {}
        self.read_before: frozenset[str] = frozenset()
        self.owes: list[Owed] | None = None
        self.wrote_withheld = False
        self.facts = Facts()
        self.requests: dict[str, dict[str, Any]] = {}
        own = collection.site_file(site.id)
        #: Whether the section that the site file names is crawled, not another address of the site.
        self.whole_site = own is None or own.site is None or own.site.section == site.section
        self.stack = ExitStack()

    @property
    def db(self) -> sqlite3.Connection:
        """The crawl database."""
        return self.journal.db

    @property
    def continues(self) -> bool:
        """Whether an earlier run continues: with its queue, or from the start when it was killed before it had one."""
        return self.resumed or self.interrupted

    @property
    def seconds(self) -> float:
        """How long it has been at work."""
        return time.monotonic() - self._began

    @property
    def standing(self) -> str | None:
        """What it waits for or is at, in words; ``None`` while it fetches."""
        return INDEXING if self.guard.closed else self.guard.pace.standing

    @property
    def figures(self) -> dict[str, Any]:
        """Pages done and waiting, seconds since the run began, entries listed, errors, what it waits for."""
        return {
            "run": self.run, "pages": self.tally.pages, "waiting": self.waiting(), "seconds": round(self.seconds, 1),
            "listed": len(self.tally.listed), "errors": len(self.tally.errors), "standing": self.standing, **self.elsewhere,
        }  # fmt: skip

    def waiting(self) -> int:
        """URLs not done yet."""
        query = "SELECT count(*) FROM frontier WHERE site = ? AND state <> 'done'"
        return int(self.db.execute(query, (self.site.id,)).fetchone()[0])

    # ── end ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def close(self) -> None:
        """Close the WARC file; the queue stays when URLs are still waiting."""
        guard, writer = self.guard, self.recorder.writer
        try:
            self.journal.checkpoint()
            self.recorder.close()
            self.journal.begin()
            if writer is not None and not writer.is_open:
                self.db.execute("DELETE FROM committed WHERE warc_file LIKE ?", (f"{self.site.id}-%",))
            left = self.tally.left = self.waiting()
            self.facts, self.requests = self.book.facts(), self.book.requests()
            if guard.stopped and not left:
                guard.stop_reason = None  # it was done anyway
            state = "stopped" if left or guard.fatal is not None else "done"
            if state == "done":
                self.db.execute("DELETE FROM frontier WHERE site = ?", (self.site.id,))
            self.db.execute(
                "UPDATE runs SET state = ?, heartbeat = ?, ended_at = ?, resume_at = ?, standing = ? WHERE run = ?",
                (state, stamp(), stamp(), guard.resume_at, INDEXING, self.run),
            )
            self.journal.checkpoint()
        except (OSError, sqlite3.Error) as error:
            guard.fatal = guard.fatal or error
        guard.closed = True
        if writer in self.journal.writers:
            self.journal.writers.remove(writer)

    def forget(self) -> None:
        """End a run that was opened and is not wanted."""
        (self.collection.reports / f"{self.run}.json").unlink(missing_ok=True)
        self.journal.begin()
        self.db.execute("DELETE FROM runs WHERE run = ?", (self.run,))
        self.journal.checkpoint()
        self.release()

    def judged(self, verdict: str) -> None:
        """Note the verdict beside the run, and what the next one asks for again."""
        self.journal.begin()
        self.db.execute("UPDATE runs SET verdict = ?, standing = NULL WHERE run = ?", (verdict, self.run))
        if self.owes is not None:
            owed.keep(self.db, self.site.id, self.owes)
        if self.wrote_withheld:
            unsettle(self.db)
        self.journal.checkpoint()

    def release(self) -> None:
        """Give the site's lock back."""
        self.originals.close()
        self.stack.close()

    # ── what concerns more than one of the three ────────────────────────────────────────────────────────────────────

    def is_due(self, page: Page, listed: str | None = None) -> bool:
        """Whether a known interview is fetched again in this run: one that was lost always is.

        :param listed: digest of what a list says of it now; another than the last time makes it due
        """
        owed = self.owed.get(self.book.key(page.url))
        if owed is not None and not owed.dead:
            return True
        if self.options.recheck or (listed and page.listed and listed != page.listed):
            return True
        if self.originals.is_lost(page.record_id):
            return True
        return page.is_due(self.started, self.site.recheck or self.collection.setting("schedule", "recheck"))

    def has_requisite(self, page: Page) -> bool:
        """Whether what pages need (a picture, a style sheet) is not asked for again: it came once, or is not due."""
        if self.book.key(page.url) in self.owed:
            return False
        settled = page.status == 200 or not page.is_due(self.started)
        return settled and not self.originals.is_lost(page.record_id)

    def arrived(self, request: Request, response: Response) -> None:
        """A response of any status has come."""
        self.guard.weigh_bytes()
        self.tally.arrived(request, response)

    def done(self, request: Request) -> None:
        """A request's callback is exhausted."""
        identifier = request.meta.get("frontier_id")
        if identifier is not None:
            self.journal.begin()
            self.db.execute("UPDATE frontier SET state = 'done' WHERE id = ? AND state = 'claimed'", (identifier,))

    def keep_links(self, request: Request, links: parsers.Links) -> None:
        """Remember where a page led."""
        if request.method == "GET":
            self.keep_links_of(request.url, links)

    def keep_links_of(self, url: str, links: parsers.Links) -> None:
        """Remember where an address led, or what is in its place."""
        self.journal.begin()
        self.known.keep_links(url, links)

    def keep_for_later(self, request: Request) -> None:
        """A request that could not be answered now waits for the next run."""
        self.journal.begin()
        query = "UPDATE frontier SET state = 'pending' WHERE id = ? AND state = 'claimed'"
        self.db.execute(query, (request.meta.get("frontier_id"),))

    def blocked(self, request: Request, rule: str) -> None:
        """A challenge page was served and recorded; it is not evaded."""
        self.tally.challenged(request, rule)
        self.guard.failed_at(request, f"an anti-bot page ({rule})")

    def limited(self, request: Request, reason: str) -> None:
        """An answer beyond a limit of ours; its server did answer."""
        self.tally.error(request.url, reason, request.meta.get("role", ""))
        self.tally.obstacles.add("own_limit", request.url, reason)
        self.guard.answered(request)
        self.record_failure(request, reason)

    def unreachable(self, request: Request, failure: Failure) -> None:
        """No response at all: said in the report and, as a metadata record, in the WARC file."""
        reason = describe(failure.value)
        self.tally.error(request.url, reason, request.meta.get("role", ""))
        self.tally.obstacles.add(of_failure(failure.value), request.url, reason)
        self.guard.failed_at(request, reason)
        self.record_failure(request, reason)

    def record_failure(self, request: Request, reason: str) -> None:
        """A metadata record for a fetch without any response, while anything can be written."""
        if self.guard.fatal is None:
            self.recorder.failure(request, reason)
