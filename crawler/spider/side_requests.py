"""Requests in the midst of reading a page: what its scripts ask for, the maps of its site.

Each is a request of fangtan like any other: in scope, allowed by robots.txt, in its turn, captured.
"""

from __future__ import annotations

from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from archive.collection.urls import host_of
from crawler.fetch.limits import OwnLimit
from crawler.fetch.refused import Refused, Stopped
from crawler.fetch.scope import refusal
from crawler.run.site_run import SiteRun
from parsers.page.addresses import located

REDIRECTS = (301, 302, 303, 307, 308)
MAX_REDIRECTS = 5
_KEPT_HEADERS = ("referer", "content-type", "accept", "x-requested-with")


class Aside:
    """Asks at once and waits for the answer, which is no page of the crawl itself."""

    def __init__(self, crawler: Crawler, run: SiteRun) -> None:
        self.crawler = crawler
        self.run = run

    async def for_script(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Response | None:
        """What a script asks for; ``None`` when it is refused or does not come, which is said.

        What a foreign host does not give is no loss of the site's, as with pictures.

        :raises Stopped: the run ends
        """
        reason = refusal(self.run.site, url, requisite=True)
        if reason is None and method not in ("GET", "POST"):
            reason = f"method {method}"
        kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
        try:
            return await self._ask("script", url, reason, method=method, body=body, headers=kept)
        except Refused as error:
            self.run.tally.refused(url, "script", error.reason)
        except Exception as error:
            # Scrapy's engine says it in other words when it has ended.
            if isinstance(error, Stopped) or self.run.guard.ends:
                raise Stopped("the run has stopped") from error
            self._failed(method, url, error)
        return None

    def _failed(self, method: str, url: str, error: Exception) -> None:
        """Nothing came of what a script asks for: our limit, or the network's fault."""
        role = "script" if host_of(url) in self.run.site.scope else "requisite"
        request = Request(url, method=method, meta={"role": role})
        if isinstance(error, OwnLimit):
            self.run.limited(request, str(error))
        else:
            self.run.unreachable(request, Failure(error))

    async def map(self, url: str) -> Response | None:
        """A sitemap of the site, redirects followed; ``None`` when it is refused or no answer comes."""
        return await self._follow(url, "sitemap")

    async def file(self, url: str) -> Response | None:
        """A script file of the site that is read with a page; as :meth:`map`."""
        return await self._follow(url, "script")

    async def _follow(self, url: str, role: str) -> Response | None:
        for _hop in range(MAX_REDIRECTS):
            try:
                response = await self._ask(role, url, refusal(self.run.site, url))
            except Stopped:
                return None
            except Refused as error:
                self.run.tally.refused(url, role, error.reason)
                return None
            except Exception as error:  # noqa: BLE001 - said, whatever the network does: the page continues
                self.run.unreachable(Request(url, meta={"role": role}), Failure(error))
                return None
            if response is None or response.status not in REDIRECTS:
                return response
            target = located(url, response.headers.get("Location") or b"")
            if target is None:
                return None
            url = target
        return None

    async def _ask(self, role: str, url: str, reason: str | None, **what: Any) -> Response | None:
        if reason is not None:
            self.run.tally.refused(url, role, reason)
            return None
        meta = {"role": role, "download_slot": host_of(url)}
        request = Request(url, meta=meta, dont_filter=True, **what)
        assert self.crawler.engine is not None
        response = await self.crawler.engine.download_async(request)
        self.run.arrived(request, response)
        return response
