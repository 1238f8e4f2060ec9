"""``scrapy crawl fangtan -a url=…``: the door for Scrapy's own command line, and for scrapyd."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.settings import SETTINGS_PRIORITIES, Settings

from archive.collection.folder import Collection
from archive.errors import ConfigError
from crawler.process import Crawling, attach, select_sites
from crawler.run.end import conclude
from crawler.run.options import Options
from crawler.spider.spider import InterviewSpider

log = logging.getLogger("fangtan")


class ScrapyInterviewSpider(InterviewSpider):
    """The spider with a run that it makes itself."""

    name = "fangtan"

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """:raises ConfigError: neither ``url`` nor ``site`` was given"""
        _attach(crawler, kwargs.pop("url", None) or kwargs.pop("site", None))
        return super().from_crawler(crawler, *args, **kwargs)


def _delay_of(values: Settings) -> float | None:
    """The delay that Scrapy's command line names (``-s DOWNLOAD_DELAY=…``): ours from here on, Scrapy itself keeps none."""
    if values.getpriority("DOWNLOAD_DELAY") != SETTINGS_PRIORITIES["cmdline"]:
        return None
    delay = values.getfloat("DOWNLOAD_DELAY")
    values.set("DOWNLOAD_DELAY", 0, priority="cmdline")
    return delay


def _attach(crawler: Crawler, name: str | None) -> None:
    """A run of its own; it is judged when the spider closes.

    :raises ConfigError: neither ``url`` nor ``site`` was given
    """
    if not name:
        raise ConfigError("name what to crawl: scrapy crawl fangtan -a url=https://…")
    crawling = Crawling(Collection(Path(crawler.settings.get("FANGTAN_COLLECTION") or "collection")))
    run = crawling.open(select_sites(crawling.collection, [name]).sites[0], Options(_delay_of(crawler.settings)))
    attach(crawler, run)

    def closed() -> None:
        run.close()
        outcome = conclude(crawling.collection, run)
        run.judged(outcome.verdict)
        run.release()
        crawling.journal.close()
        log.warning("%s: %s %s", outcome.run, outcome.verdict, outcome.reason or "")

    crawler.signals.connect(closed, signals.spider_closed, weak=False)
