"""From options to an exit code: start Scrapy and the indexer, and judge each run when it ends.

``scrapy crawl`` exits 0 when every request fails; here every run ends with a verdict.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

import crawler.fetch.short_stack  # noqa: F401 - before anything else loads Scrapy's TLS
from archive.collection import leases
from archive.collection.folder import Collection
from archive.collection.sites import Site
from archive.errors import ClockError, ConfigError
from archive.ledger import chain as ledger
from archive.ledger.times import refuse_backwards
from archive.store.store import open_store
from crawler import settings as project
from crawler.fetch.selftest import self_test
from crawler.run.begin import lock_site, open_run, salvage_left
from crawler.run.end import Outcome, conclude
from crawler.run.indexing import Indexer
from crawler.run.options import Options
from crawler.run.site_run import SiteRun
from crawler.spider.spider import InterviewSpider
from crawler.state.journal import Journal
from parsers.errors import FangtanError

log = logging.getLogger("fangtan")
Observer = Callable[[list[SiteRun]], None]


#: Nearly no section needs cookies.
_COOKIES = {"crawler.fetch.cookies.Cookies": 700}


def site_settings(collection: Collection, site: Site) -> dict[str, Any]:
    """What the collection and a site file say, as Scrapy's settings."""
    legacy = {"DOWNLOADER_CLIENT_TLS_CIPHERS": "ALL:@SECLEVEL=0", "DOWNLOAD_TLS_MIN_VERSION": "TLSv1.0"}
    return {
        "USER_AGENT": collection.user_agent,
        "DOWNLOAD_MAXSIZE": site.max_bytes or collection.setting("defaults", "max_bytes"),
        "FANGTAN_TLS": site.tls,
        **({"DOWNLOADER_MIDDLEWARES": _COOKIES} if site.cookies else {}),
        **(legacy if site.tls == "legacy" else {}),
    }


def settings_for(collection: Collection, site: Site) -> Settings:
    """Scrapy settings of a site's run: project, collection, site file, in rising order."""
    values = _base_settings()
    values.setdict(site_settings(collection, site), priority="cmdline")
    return values


class Crawling:
    """A process that crawls: one Scrapy, one journal, one indexer beside it, any number of runs.

    :param observe: called with the runs under way twice a second
    :param indexer: who indexes beside the crawl; a process of its own unless it is given
    """

    def __init__(self, collection: Collection, observe: Observer | None = None, indexer: Indexer | None = None) -> None:
        collection.create()
        ledger.ensure_key(collection)
        open_store(collection.store).close()
        self.collection, self.observe = collection, observe
        self.journal = Journal(collection)
        self.runs: list[SiteRun] = []
        self.stopping = False
        self._concluding = threading.Lock()
        self.indexer = indexer or Indexer(collection)
        self.indexer.on_death = self._indexer_died

    def open(self, site: Site, options: Options) -> SiteRun:
        """Begin (or continue) a site's run.

        :raises ConfigError: another process crawls the site
        :raises archive.errors.ClockError: the clock runs backwards
        """
        run = SiteRun(self.collection, site, self.journal, options)
        with self._begun(run):
            salvage_left(run)
        return run

    async def open_beside(self, site: Site, options: Options) -> SiteRun:
        """The same while other runs continue: what a killed run left is read in a thread."""
        run = SiteRun(self.collection, site, self.journal, options)
        with self._begun(run):
            await asyncio.to_thread(salvage_left, run)
        return run

    @contextmanager
    def _begun(self, run: SiteRun) -> Iterator[None]:
        """Compare the clock with the ledger and lock the site before the block, begin the run after it."""
        try:
            if not run.options.clock_is_right:
                refuse_backwards(self.collection.ledger)
            lock_site(run)
            self.free_to_crawl(run)
            yield
            open_run(run)
        except BaseException:
            run.release()
            raise
        run.hand = self.indexer.hand
        self.runs.append(run)

    def free_to_crawl(self, run: SiteRun) -> None:
        """Whether no worker of a cluster has the site or a host of it; what was leased and is over is closed.

        :raises ConfigError: a lease is in force
        """
        if run.options.lease:
            return
        for lease in leases.open_leases(run.db):
            if not lease.is_over and (lease.site == run.site.id or lease.hosts & run.site.scope):
                raise ConfigError(
                    f"{run.site.id}: leased to a worker on {lease.machine} until {lease.deadline} "
                    f"(lease {lease.fence}); wait until then. 该网站正由集群节点抓取。"
                )
        for lease in leases.of_site(run.db, run.site.id):
            leases.ran_out(run.db, lease)

    async def perform(self, run: SiteRun) -> Outcome:
        """Crawl, then index and judge in a thread, while other runs continue."""
        try:
            self.indexer.start()
            await self.fetch(run)
        except BaseException:
            self._leave(run)
            raise
        return await self.judge(run)

    async def fetch(self, run: SiteRun) -> None:
        """Ask for everything that the run is to ask for."""
        if not self.stopping:
            crawler = Crawler(InterviewSpider, settings_for(self.collection, run.site))
            attach(crawler, run)
            await self.process.crawl(crawler)

    async def judge(self, run: SiteRun) -> Outcome:
        """End a run that has crawled."""
        try:
            run.close()
            outcome = await asyncio.to_thread(self._conclude, run)
            run.judged(outcome.verdict)
            return outcome
        finally:
            self._leave(run)

    def _leave(self, run: SiteRun) -> None:
        self.runs.remove(run)
        run.release()

    def _conclude(self, run: SiteRun) -> Outcome:
        """One at a time: the store has one writer."""
        with self._concluding:
            self.indexer.look(wait=True)
            return conclude(self.collection, run)

    def _indexer_died(self, death: str) -> None:
        """It concerns every run of that time; the next run starts another one."""
        log.error("%s", death)
        for run in list(self.runs):
            run.indexer_died = run.indexer_died or death

    def stop(self) -> None:
        """End gracefully: what is in flight is finished and kept, the queues wait."""
        self.stopping = True
        for run in list(self.runs):
            run.guard.stop("the process was asked to stop")

    def start(self, main: Callable[[], Awaitable[None]]) -> str | None:
        """Run ``main`` in the reactor; may be called once a process.

        :returns: how the indexer failed after the runs were judged, in words
        :raises CrawlError: the capture tee is broken: nothing was fetched
        """
        self.process = AsyncCrawlerProcess(_base_settings())
        _hush()
        gc.freeze()  # what is loaded by now stays: it is not looked through again and again
        self.indexer.start()
        began = time.monotonic()
        broken: list[BaseException] = []
        tasks: list[asyncio.Future[None]] = []

        async def everything() -> None:
            watching = self.take_charge()
            try:
                await self_test()
                await main()
            except BaseException as error:  # noqa: BLE001 - raised again below, once the reactor has stopped
                broken.append(error)
            finally:
                watching.cancel()
                reactor.callLater(0, reactor.stop)

        reactor, before = _reactor(), {number: signal.getsignal(number) for number in _ENDING}
        # The loop holds tasks by weak references only: without a name of its own the task could be collected while it
        # waits.
        reactor.callWhenRunning(lambda: tasks.append(asyncio.ensure_future(everything())))
        try:
            self.process.start(stop_after_crawl=False, install_signal_handlers=False)
        finally:
            for number, handler in before.items():  # the loop hears nothing any more
                signal.signal(number, handler)
            death = self.finish()
        if broken:
            raise broken[0]
        log.info("crawled in %.1f s", time.monotonic() - began)
        return death

    def take_charge(self) -> asyncio.Future[None]:
        """Look after the runs and hear SIGTERM, from within the reactor;
        cancelled when there is nothing left to look after.
        """
        for number in _ENDING:
            asyncio.get_running_loop().add_signal_handler(number, self._asked_to_stop)
        return asyncio.ensure_future(self._watch())

    def finish(self) -> str | None:
        """Let the indexer finish, and close what is open.

        :returns: how the indexer failed after the runs were judged, in words
        """
        death = self.indexer.finish()
        for run in self.runs:
            run.release()
        with suppress(sqlite3.Error, OSError):
            self.journal.close()
        return death

    def _asked_to_stop(self) -> None:
        if self.stopping:
            log.warning("asked to stop again: ends at once; what was captured is safe, the queue waits")
            _reactor().stop()
        self.stop()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            self.indexer.look()
            for run in list(self.runs):
                try:
                    run.guard.watch()
                except (OSError, sqlite3.Error) as error:  # else nobody would watch any run from here on
                    run.guard.fail(error)
            self._show()

    def _show(self) -> None:
        """Progress; anyone who looked on may be gone."""
        try:
            if self.observe is not None:
                self.observe(list(self.runs))
        except OSError as error:
            log.warning("progress is shown no longer: %s", error)
            self.observe = None


#: What ends a crawl gracefully.
_ENDING = (signal.SIGTERM, signal.SIGINT)


@dataclass(slots=True)
class Crawled:
    """What came of a crawl: the runs that were judged, and the sites that had none, in words."""

    outcomes: list[Outcome] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def crawl(
    collection: Collection, chosen: list[Site], options: Options, observe: Observer | None, indexer: Indexer
) -> Crawled:
    """Crawl sites, each with its own run, at the same time (politeness is per host). What fails for one leaves the
    others alone.

    :param indexer: who indexes beside the crawl
    :raises FangtanError: before anything is fetched: an unusable folder, a broken capture tee, the only site is locked
    """
    crawling = Crawling(collection, observe, indexer)
    crawled = Crawled()
    wanted = _opened(crawling, chosen, options, crawled)

    async def all_of_them() -> None:
        found = await asyncio.gather(*(crawling.perform(run) for run in wanted), return_exceptions=True)
        for run, outcome in zip(wanted, found, strict=True):
            if isinstance(outcome, Outcome):
                crawled.outcomes.append(outcome)
            elif isinstance(outcome, Exception):
                log.error("%s: its run failed", run.site.id, exc_info=_of_ours(outcome))
                crawled.failed.append(f"{run.site.id}: {type(outcome).__name__}: {outcome}")
            else:
                raise outcome

    if wanted:
        if death := crawling.start(all_of_them):
            crawled.failed.append(death)
    else:
        crawling.journal.close()
    return crawled


def _of_ours(error: Exception) -> Exception | None:
    """An error whose cause is not outside: the words of others say what to do."""
    return None if isinstance(error, (OSError, FangtanError)) else error


def _opened(crawling: Crawling, chosen: list[Site], options: Options, crawled: Crawled) -> list[SiteRun]:
    """The runs to be performed; sites that another process crawls are reported and left out.

    :raises ConfigError: no other site was named, or the clock runs backwards
    """
    wanted: list[SiteRun] = []
    for site in chosen:
        try:
            run = crawling.open(site, options)
        except BaseException as error:
            if isinstance(error, ConfigError) and not isinstance(error, ClockError) and len(chosen) > 1:
                crawled.failed.append(f"{site.id}: {error}")
                continue
            for other in crawling.runs:
                other.release()
            raise
        else:
            if options.resume and not run.continues:
                log.warning("%s: nothing to resume", site.id)
                run.forget()
                crawling.runs.remove(run)
            else:
                wanted.append(run)
    return wanted


def _base_settings() -> Settings:
    values = Settings()
    values.setmodule(project, priority="project")
    return values


def _hush() -> None:
    """Scrapy opens its loggers wide: of lines that nobody asked for none is made."""
    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        logging.getLogger("scrapy").setLevel(logging.WARNING)


def _reactor() -> Any:
    """Twisted's reactor: importing it installs one, so it is done when Scrapy has installed the right one."""
    return import_module("twisted.internet.reactor")


def attach(crawler: Crawler, run: SiteRun) -> None:
    """Give a Scrapy crawler the run it crawls for, and the run the way to stop the crawler."""
    stops: list[asyncio.Future[None]] = []  # the loop alone would not keep a task

    async def stop() -> None:
        # Before its engine runs, Scrapy would take the stop for done and never end. The frontier gives nothing by then:
        # the spider ends by being idle.
        with suppress(RuntimeError):  # no engine yet
            if crawler.engine.running:
                await crawler.stop_async()

    def on_stop() -> None:
        asyncio.get_event_loop().call_soon(lambda: stops.append(asyncio.ensure_future(stop())))

    run.guard.on_stop = on_stop
    crawler.fangtan_run = run  # type: ignore[attr-defined]


def exit_code(outcomes: list[Outcome], failed: list[str]) -> int:
    """One code for several runs: the first of 1, 4, 3 that occurs; a site without a run is incomplete."""
    codes = {o.exit_code for o in outcomes} | ({3} if failed else set())
    return next((c for c in (1, 4, 3) if c in codes), 0)
