"""``scrapy crawl fangtan -a url=…``, and scrapyd: a run as ``fangtan crawl`` makes it, in a process that Scrapy has
started.

Settings of the site, self-test, watch, indexer, end and verdict are those of :class:`~crawler.process.Crawling`. What
Scrapy keeps is the command line and the exit code: that one says nothing of the verdict, the report does.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings

from archive.collection.folder import Collection
from archive.errors import CaptureBroken, ConfigError
from crawler.chosen import select_sites
from crawler.fetch.selftest import self_test
from crawler.process import Crawling, attach, site_settings
from crawler.run.options import Options
from crawler.run.site_run import SiteRun
from crawler.spider.spider import InterviewSpider

log = logging.getLogger("fangtan")


class ScrapyInterviewSpider(InterviewSpider):
    """The spider that Scrapy's own commands find."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Begin the run that the arguments name.

        :raises ConfigError: they name none, or something besides
        """
        name = _named(kwargs)
        collection = Collection(Path(crawler.settings.get("FANGTAN_COLLECTION") or "collection"))
        crawling = Crawling(collection)
        try:
            site = select_sites(collection, [name]).sites[0]
            run = crawling.open(site, Options(_delay_of(crawler.settings)))
        except BaseException:
            crawling.journal.close()
            raise
        cookies = site.cookies or _says(crawler.settings, "COOKIES_ENABLED")
        for setting, value in site_settings(collection, replace(site, cookies=cookies)).items():
            crawler.settings.set(setting, value, priority="spider")  # what the command line says itself counts more
        attach(crawler, run)
        _accompany(crawler, crawling, run)
        return super().from_crawler(crawler, *args, **kwargs)


def _named(arguments: dict[str, Any]) -> str:
    """The site or address to crawl; it is taken out of the arguments.

    :raises ConfigError: none, two, or an argument that nothing would heed
    """
    given = [value for key in ("url", "site") if (value := arguments.pop(key, None))]
    unknown = [key for key in arguments if not key.startswith("_")]  # scrapyd adds _job
    if unknown:
        raise ConfigError(f"unknown argument {', '.join(unknown)}; for more than url or site use `fangtan crawl`")
    if len(given) != 1:
        raise ConfigError("name what to crawl, one url or one site: scrapy crawl fangtan -a url=https://…")
    return str(given[0])


def _says(values: BaseSettings, name: str) -> bool:
    """Whether Scrapy's command line turns something on."""
    return values.getpriority(name) == SETTINGS_PRIORITIES["cmdline"] and values.getbool(name)


def _delay_of(values: BaseSettings) -> float | None:
    """The delay that Scrapy's command line names (``-s DOWNLOAD_DELAY=…``): ours from here on,
    Scrapy itself keeps none.
    """
    if values.getpriority("DOWNLOAD_DELAY") != SETTINGS_PRIORITIES["cmdline"]:
        return None
    delay = values.getfloat("DOWNLOAD_DELAY")
    values.set("DOWNLOAD_DELAY", 0, priority="cmdline")
    return delay


def _accompany(crawler: Crawler, crawling: Crawling, run: SiteRun) -> None:
    """What continues beside the run: from before its first request until it is judged."""
    watching: list[asyncio.Future[None]] = []

    async def opened() -> None:
        try:
            await self_test()
        except CaptureBroken as error:
            run.guard.fail(error)
            raise CloseSpider("the capture self-test failed") from error
        crawling.indexer.start()
        watching.append(crawling.take_charge())

    async def closed() -> None:
        outcome = await crawling.judge(run)
        for task in watching:
            task.cancel()
        death = await asyncio.to_thread(crawling.finish)
        log.warning("%s: %s %s", outcome.run, outcome.verdict, outcome.reason or "")
        if death:
            log.error("%s", death)

    crawler.signals.connect(opened, signals.spider_opened, weak=False)
    crawler.signals.connect(closed, signals.spider_closed, weak=False)
