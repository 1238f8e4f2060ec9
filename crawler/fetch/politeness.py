"""Retries, and how they slow a host down."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

from scrapy import Request
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response

from archive.collection.clock import now
from archive.collection.urls import host_of
from crawler.fetch.obstacles import describe
from crawler.state.circuits import LONG_WAIT_S


class BackoffRetry(RetryMiddleware):
    """Retries that also slow the host down: its delay doubles with every failure,
    and its circuit breaker counts them.
    """

    # Scrapy's own takes the spider, too, which is deprecated.
    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """A server that asks us to wait is left alone for so long; one that asks for long is not asked again in this
        run.
        """
        seconds = retry_after(response) if response.status in (429, 503) else 0.0
        request.meta["asked_to_wait"] = seconds
        if seconds > LONG_WAIT_S:
            return response
        run = self.crawler.fangtan_run  # type: ignore[attr-defined]
        if seconds:
            run.guard.pace.hold(host_of(request.url), seconds, f"it asked to wait {seconds:.0f} s (Retry-After)")
        return super().process_response(request, response)

    def _retry(self, request: Request, reason: Any) -> Request | None:
        again = super()._retry(request, reason)
        run = self.crawler.fangtan_run  # type: ignore[attr-defined]
        if again is not None:
            silent = isinstance(reason, BaseException)
            # A robots.txt that cannot be had is counted once, when it is given up.
            if (
                request.meta.get("role") != "robots"
                and run.guard.failed_at(request, describe(reason) if silent else str(reason))
                and silent
            ):
                run.record_failure(request, describe(reason))
            run.guard.pace.failed(host_of(request.url))
        return again


def retry_after(response: Response) -> float:
    """Seconds that a server asks us to wait, a week at most; 0 when it does not."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), 7 * 86400.0)
    try:
        return min(max(0.0, (parsedate_to_datetime(value) - now()).total_seconds()), 7 * 86400.0)
    except (ValueError, TypeError):
        return 0.0
