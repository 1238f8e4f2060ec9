"""Crawl-delay, and back-off after failures."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response

from archive.clock import now
from archive.urls import host_of
from crawler.circuits import LONG_WAIT_S
from crawler.obstacles import describe

_MAX_DELAY = 60.0


def _slots(crawler: Crawler) -> dict[str, Any]:
    assert crawler.engine is not None
    slots: dict[str, Any] = crawler.engine.downloader.slots
    return slots


class CrawlDelay:
    """Raises a host's delay to what its robots.txt asks for (Scrapy only parses it)."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.agent = crawler.settings["USER_AGENT"]
        crawler.signals.connect(self.robots_parsed, signals.robots_parsed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CrawlDelay:
        """Scrapy's constructor."""
        return cls(crawler)

    def robots_parsed(self, robotparser: Any, request: Request) -> None:
        """A robots.txt was read; ``request`` is the page that made us read it."""
        parser = getattr(robotparser, "rp", None)
        run = getattr(self.crawler, "fangtan_run", None)
        if parser is not None and run is not None:
            run.sitemaps.update(dict.fromkeys(list(parser.sitemaps)[:100]))
        delay = parser.crawl_delay(self.agent) if parser is not None else None
        if delay:
            if run is not None:
                run.crawl_delay = max(run.crawl_delay, float(delay))
            for key in {host_of(request.url), urlsplit(request.url).hostname or ""}:
                assert self.crawler.engine is not None
                settings = self.crawler.engine.downloader.per_slot_settings.setdefault(key, {})
                settings["delay"] = max(
                    float(settings.get("delay", self.crawler.settings.getfloat("DOWNLOAD_DELAY"))), float(delay)
                )
                slot = _slots(self.crawler).get(key)
                if slot is not None:
                    slot.delay = max(slot.delay, float(delay))
            throttle = (
                next((m for m in self.crawler.extensions.middlewares if hasattr(m, "mindelay")), None)
                if self.crawler.extensions
                else None
            )
            if throttle is not None:
                throttle.mindelay = max(throttle.mindelay, float(delay))


class BackoffRetry(RetryMiddleware):
    """Retries that also slow the host down: its delay doubles with every failure, and its circuit breaker counts them."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]  # the spider argument is deprecated
        """A server that asks us to wait for long is not asked again at once."""
        if response.status in (429, 503) and retry_after(response) >= LONG_WAIT_S:
            return response
        return super().process_response(request, response)

    def _retry(self, request: Request, reason: Any) -> Request | None:
        again = super()._retry(request, reason)
        if again is not None:
            run = getattr(self.crawler, "fangtan_run", None)
            if (
                run is not None and "role" in request.meta
            ):  # robots.txt is asked for anew with each page of a host that is down
                silent = isinstance(reason, BaseException)
                if run.failed_at(request, describe(reason) if silent else str(reason)) and silent:
                    run.record_failure(request, describe(reason))
            slot = _slots(self.crawler).get(request.meta.get("download_slot", ""))
            if slot is not None and self.crawler.settings.getfloat("DOWNLOAD_DELAY") > 0:
                slot.delay = min(slot.delay * 2, _MAX_DELAY)
        return again


def retry_after(response: Response) -> float:
    """Seconds that a server asks us to wait, a week at most; 0 when it does not."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isdigit():
        return min(float(value[:9]), 7 * 86400.0)
    try:
        return min(max(0.0, (parsedate_to_datetime(value) - now()).total_seconds()), 7 * 86400.0)
    except (ValueError, TypeError):
        return 0.0
