"""From options to an exit code: start Scrapy and the indexer, wait, judge.

``scrapy crawl`` exits 0 when every request fails; here every run ends with a verdict.
"""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from archive import ledger, sites, timestamp
from archive.collection import Collection
from archive.indexer import bring_up_to_date
from archive.sites import Site
from archive.store import open_reader, open_store
from crawler import settings as project
from crawler.journal import Journal
from crawler.selftest import self_test
from crawler.site_run import Options, SiteRun, describe
from crawler.spider import InterviewSpider
from parsers.errors import ConfigError, CrawlError, FangtanError

log = logging.getLogger("fangtan")
Observer = Callable[[list[SiteRun]], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    site: Site
    run: str
    verdict: str
    reason: str | None
    exit_code: int
    report: dict[str, Any]


def settings_for(collection: Collection, site: Site, options: Options) -> Settings:
    """Scrapy settings of a site's run: project, collection, site file, command line, in rising order."""
    values = Settings()
    values.setmodule(project, priority="project")
    delay = options.delay
    if delay is None:
        delay = site.delay
    if delay is None:
        delay = float(collection.config.get("defaults", {}).get("delay", 5.0))
    values.set("DOWNLOAD_DELAY", delay, priority="cmdline")
    values.set("AUTOTHROTTLE_START_DELAY", delay, priority="cmdline")
    values.set("AUTOTHROTTLE_ENABLED", delay > 0, priority="cmdline")
    values.set("USER_AGENT", collection.user_agent, priority="cmdline")
    values.set("DOWNLOAD_MAXSIZE", site.max_bytes, priority="cmdline")
    values.set("FANGTAN_TLS", site.tls, priority="cmdline")
    if site.tls == "legacy":
        values.set("DOWNLOADER_CLIENT_TLS_CIPHERS", "ALL:@SECLEVEL=0", priority="cmdline")
        values.set("DOWNLOAD_TLS_MIN_VERSION", "TLSv1.0", priority="cmdline")
    return values


def select_sites(collection: Collection, names: Iterable[str]) -> list[Site]:
    """Sites by id or URL; all of the collection's when none is named. A URL makes a site file when it is new.

    :raises ConfigError: an unknown id, a broken site file, nothing to crawl
    """
    names = list(names)
    if not names:
        found = collection.all_sites()
        if not found:
            raise ConfigError(
                f"{collection.sites}: no site to crawl; name a URL: fangtan crawl https://www.….gov.cn/hdjl/zxft/"
            )
        return found
    chosen: list[Site] = []
    for name in names:
        site = collection.site(name) or shipped_site(name)
        if site is None:
            site = sites.ad_hoc(name)
            known = collection.site(site.id)
            if known is not None:
                site = replace(known, section=tuple(dict.fromkeys((name,)))) if name not in known.section else known
        chosen.append(site)
    return chosen


def shipped_site(name: str) -> Site | None:
    """A site file that comes with fangtan: ``sites/`` of the checkout, ``crawler/shipped_sites`` of the wheel."""
    here = Path(__file__).parent
    for folder in (here.parent / "sites", here / "shipped_sites"):
        path = folder / f"{name}.toml"
        if name.isalnum() and path.exists():
            return sites.load(path)
    return None


def crawl(
    collection: Collection, chosen: list[Site], options: Options, observe: Observer | None = None
) -> list[Outcome]:
    """Crawl sites, each with its own run, at the same time (politeness is per host).

    :raises FangtanError: before anything is fetched: a locked site, an unusable folder, a broken capture tee
    """
    collection.create()
    ledger.ensure_key(collection)
    open_store(collection.store).close()
    journal = Journal(collection)
    runs: list[SiteRun] = []
    try:
        for site in chosen:
            run = SiteRun(collection, site, journal, options)
            run.open()
            runs.append(run)
            if options.resume and not run.resumed:
                log.warning("%s: nothing to resume", site.id)
        indexer = _start_indexer(collection)
        began = time.monotonic()
        _run_scrapy([r for r in runs if not options.resume or r.resumed], observe)
        for run in runs:
            run.close()
        failure = _finish_indexer(indexer)
        log.info("crawled in %.1f s", time.monotonic() - began)
        finished = [run for run in runs if not options.resume or run.resumed]
        if failure is not None:
            return [_unindexed(run, failure) for run in finished]
        outcomes = [_judge(run) for run in finished]
        _keep_readings(collection, finished)
        _save(collection, runs)
        _stamp(collection)
        return outcomes
    finally:
        for run in runs:
            run.release()
        with suppress(Exception):
            journal.close()


def _stamp(collection: Collection) -> None:
    """Have the ledger's head stamped, where an authority is configured; a crawl does not fail over it."""
    if collection.config.get("timestamp", {}).get("url"):
        try:
            timestamp.stamp(collection, ledger.read(collection.ledger)[-1])
        except FangtanError as error:
            log.warning("the ledger's head is not time-stamped: %s", error)


def _run_scrapy(runs: list[SiteRun], observe: Observer | None) -> None:
    if not runs:
        return
    process = AsyncCrawlerProcess(settings_for(runs[0].collection, runs[0].site, runs[0].options))
    crawlers = [_crawler(run) for run in runs]
    broken: list[BaseException] = []

    async def everything() -> None:
        try:
            await self_test(process)
            ticker = asyncio.ensure_future(_tick(runs, observe)) if observe else None
            await asyncio.gather(*(process.crawl(crawler) for crawler in crawlers))
            if ticker:
                ticker.cancel()
        except CrawlError as error:
            broken.append(error)
        finally:
            loop.callLater(0, loop.stop)

    loop = _reactor()
    loop.callWhenRunning(lambda: asyncio.ensure_future(everything()))
    process.start(stop_after_crawl=False)
    if broken:
        raise broken[0]


def _reactor() -> Any:
    """Twisted's reactor: importing it installs one, so it is done when Scrapy has installed the right one."""
    from twisted.internet import reactor  # noqa: PLC0415

    return reactor


async def _tick(runs: list[SiteRun], observe: Observer) -> None:
    while True:
        await asyncio.sleep(0.5)
        observe(runs)


def _crawler(run: SiteRun) -> Crawler:
    crawler = Crawler(InterviewSpider, settings_for(run.collection, run.site, run.options))
    _attach(crawler, run)
    return crawler


def _attach(crawler: Crawler, run: SiteRun) -> None:
    def stop() -> None:
        asyncio.get_event_loop().call_soon(lambda: asyncio.ensure_future(crawler.stop_async()))

    run.on_fatal = stop
    crawler.fangtan_run = run  # type: ignore[attr-defined]
    crawler.fangtan_sink = run.sink  # type: ignore[attr-defined]
    crawler.fangtan_fail = run.fail  # type: ignore[attr-defined]


def attach_for_scrapy(crawler: Crawler, name: str | None) -> None:
    """``scrapy crawl fangtan -a url=…``: a run for Scrapy's own command line; it indexes when the spider closes.

    :raises ConfigError: neither ``url`` nor ``site`` was given
    """
    from scrapy import signals  # noqa: PLC0415

    if not name:
        raise ConfigError("name what to crawl: scrapy crawl fangtan -a url=https://…")
    collection = Collection(Path(crawler.settings.get("FANGTAN_COLLECTION") or "collection")).create()
    run = SiteRun(collection, select_sites(collection, [name])[0], Journal(collection), Options())
    run.open()
    _attach(crawler, run)

    def closed() -> None:
        run.close()
        with collection.lock("indexer", wait=True):
            bring_up_to_date(collection)
        outcome = _judge(run)
        _keep_readings(collection, [run])
        _save(collection, [run])
        run.release()
        run.journal.close()
        log.warning("%s: %s %s", outcome.run, outcome.verdict, outcome.reason or "")

    crawler.signals.connect(closed, signals.spider_closed, weak=False)


def _start_indexer(collection: Collection) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "archive.indexer", str(collection.root.resolve())], stdin=subprocess.PIPE
    )


def _finish_indexer(indexer: subprocess.Popen[bytes]) -> str | None:
    """Let the indexer finish; why it could not, when it could not."""
    assert indexer.stdin is not None
    with suppress(BrokenPipeError):
        indexer.stdin.close()
    code = indexer.wait()
    return (
        f"the indexer ended with exit code {code}; every capture is safe in WARC, run `fangtan rebuild`. 抓取内容已安全保存。"
        if code
        else None
    )


_READINGS = """
SELECT c.url, r.record, v.parser, c.record_id FROM versions v JOIN captures c ON c.id = v.capture JOIN _readings r ON r.capture = c.id
WHERE c.run = ? ORDER BY c.fetched_at, c.id"""


def _keep_readings(collection: Collection, runs: list[SiteRun]) -> None:
    """What the parser read in the new versions goes into WARC, too: on record from this day, whatever later parsers say."""
    db = open_reader(collection.store)
    try:
        for run in runs:
            try:
                run.keep_readings(db.execute(_READINGS, (run.run,)))
            except OSError as error:
                log.warning("%s: the readings are not kept in WARC: %s", run.site.id, error)
    finally:
        db.close()


def _save(collection: Collection, runs: list[SiteRun]) -> None:
    """What the store says of runs and sites, once the reports and site files are written."""
    for run in runs:
        _remember_site(run)
    with collection.lock("indexer", wait=True):
        bring_up_to_date(collection)


def _remember_site(run: SiteRun) -> None:
    """A URL crawled ad hoc becomes a site of the collection once it has answered as one."""
    if run.lists and not run.single_page:
        # Without a family: a file written after its captures were read must not change how a rebuild reads them.
        run.collection.add_site(replace(run.site, name=run.site_name or run.site.name))


_COUNTS = {
    "interviews": "SELECT count(*) FROM interviews i WHERE i.site = :site",
    "turns": "SELECT count(*) FROM turns t JOIN interviews i ON i.uid = t.interview WHERE i.site = :site",
    "captures": "SELECT count(*) FROM captures WHERE run = :run",
    "new": "SELECT count(*) FROM versions v JOIN captures c ON c.id = v.capture WHERE c.run = :run AND v.version_no = 1",
    "changed": "SELECT count(DISTINCT v.interview) FROM versions v JOIN captures c ON c.id = v.capture WHERE c.run = :run AND v.version_no > 1",
    "gone": "SELECT count(*) FROM interviews i WHERE i.site = :site AND EXISTS (SELECT 1 FROM captures c WHERE c.run = :run AND c.fetched_at = i.gone_at)",
    "unchanged": """SELECT count(DISTINCT v.interview) FROM version_captures x JOIN versions v ON v.id = x.version JOIN captures c ON c.id = x.capture
                    WHERE c.run = :run AND x.part = 'page' AND v.capture <> x.capture""",
    "alerts": """SELECT count(DISTINCT f.interview) FROM flags f JOIN captures c ON c.id = f.capture
                 WHERE c.run = :run AND f.severity IN ('alert', 'warning')""",
}


def _judge(run: SiteRun) -> Outcome:
    """The verdict: counts from the store, causes from the run."""
    db = open_reader(run.collection.store)
    try:
        counts = {
            name: int(db.execute(query, {"run": run.run, "site": run.site.id}).fetchone()[0])
            for name, query in _COUNTS.items()
        }
    finally:
        db.close()
    verdict, reason, code = _verdict(run, counts)
    report = run.report(verdict, reason, {**counts, "exit_code": code})
    return Outcome(run.site, run.run, verdict, reason, code, report)


def _unindexed(run: SiteRun, failure: str) -> Outcome:
    """The captures are safe, but nothing could be read from them."""
    report = run.report("incomplete", failure, {"exit_code": 3})
    return Outcome(run.site, run.run, "incomplete", failure, 3, report)


def _verdict(run: SiteRun, counts: dict[str, int]) -> tuple[str, str | None, int]:
    section = set(run.site.section)
    robots = [r for r in run.refusals if r["reason"] == "robots.txt"]
    listing_refused = [r for r in robots if r["url"] in section or r["role"] in ("seed", "list")]
    if run.fatal is not None:
        return "incomplete", describe(run.fatal), 3
    if listing_refused and not run.lists:
        return "blocked", f"{listing_refused[0]['url']}: robots.txt refuses the section", 4
    if run.challenges:
        first = run.challenges[0]
        return (
            "blocked",
            f"{first['url']}: an anti-bot page ({first['rule']}) instead of content, {len(run.challenges)} in all; recorded, not evaded",
            4,
        )
    if counts["alerts"]:
        return (
            "tampered",
            f"{counts['alerts']} interview(s) with words or links that do not belong there; see `fangtan search` and the flags table",
            4,
        )
    return _completeness(run, counts)


def _completeness(run: SiteRun, counts: dict[str, int]) -> tuple[str, str | None, int]:
    waiting = run.waiting()
    if waiting:
        return "incomplete", f"interrupted; {waiting} URLs wait, continue with `fangtan crawl --resume`", 3
    serious = [e for e in run.errors if e["role"] != "requisite"]
    if serious and run.pages <= len(serious):
        return "incomplete", f"{serious[0]['url']}: {serious[0]['reason']}", 3
    if not run.lists and not run.single_page:
        return "incomplete", f"{run.site.section[0]}: no list of interviews found; name the section's own address", 3
    if run.single_page and not counts["interviews"]:
        return "incomplete", f"{run.site.section[0]}: neither an interview nor a list of interviews", 3
    if not counts["interviews"]:
        return "incomplete", f"{len(run.listed)} entries listed, none of them is an interview", 3
    if serious:
        return "incomplete", f"{len(serious)} page(s) failed, the first: {serious[0]['url']}: {serious[0]['reason']}", 3
    if run.stop_reason:
        return "incomplete", run.stop_reason, 3
    site = run.site
    if site.expect_min is not None and counts["interviews"] < site.expect_min:
        return "incomplete", f"{counts['interviews']} interviews, the site file expects at least {site.expect_min}", 3
    if site.expect_max is not None and counts["interviews"] > site.expect_max:
        return "incomplete", f"{counts['interviews']} interviews, the site file expects at most {site.expect_max}", 3
    if run.declared_items and len(run.listed) < 0.8 * run.declared_items:
        return "incomplete", f"the pager declares {run.declared_items} entries, {len(run.listed)} were listed", 3
    earlier = _listed_before(run)
    if earlier and len(run.listed) < 0.5 * earlier:
        return (
            "incomplete",
            f"{len(run.listed)} entries listed, an earlier run listed {earlier}: has the layout changed?",
            3,
        )
    return "ok", None, 0


def _listed_before(run: SiteRun) -> int:
    best = 0
    for path in run.collection.reports.glob(f"*-{run.site.id}-*.json"):
        with suppress(OSError, ValueError, KeyError):
            data = json.loads(path.read_text("utf-8"))
            if data["site"] == run.site.id and data["run"] != run.run and data["verdict"] != "running":
                best = max(best, int(data.get("listed") or 0))
    return best


def exit_code(outcomes: list[Outcome]) -> int:
    """One code for several runs: the first of 1, 4, 3 that occurs."""
    codes = {o.exit_code for o in outcomes}
    return next((c for c in (1, 4, 3) if c in codes), 0)
