"""The one spider: section or home page → list pages → interviews → what they need to be shown.

It reads pages for links only; records are made from WARC by the indexer.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

import parsers
from archive.urls import canonical, host_of
from crawler.scope import refusal
from parsers.errors import FangtanError

log = logging.getLogger(__name__)
#: Lists first (they say what there is), then interviews, then what they show.
PRIORITY = {"seed": 50, "list": 40, "part": 30, "detail": 20, "requisite": 0}
_MAX_LIST_PAGES = 2000
_MAX_SECTION_HOPS = 2
_MAX_REDIRECTS = 5
#: Answers of firewalls: their bodies tell a challenge from an ordinary error.
_REFUSED = (403, 405, 412, 429, 503, 512, 521)
_MEDIA = re.compile(r"\.(?:mp4|flv|wmv|avi|m3u8|ts|mp3|f4v|mov)(?:$|\?)", re.IGNORECASE)


class InterviewSpider(Spider):
    """Crawls one site; what it is to do stands in ``crawler.fangtan_run``."""

    name = "fangtan"

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> InterviewSpider:
        """Attach the run; ``scrapy crawl fangtan -a url=…`` makes one here."""
        if not hasattr(crawler, "fangtan_run"):
            from crawler.run import attach_for_scrapy  # noqa: PLC0415 - run.py imports this module

            attach_for_scrapy(crawler, kwargs.pop("url", None) or kwargs.pop("site", None))
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.run = crawler.fangtan_run  # type: ignore[attr-defined]
        return spider

    run: Any

    async def start(self) -> AsyncIterator[Request]:
        """The section's pages, unless an interrupted run left a queue."""
        if self.run.resumed:
            return
        for url in self.run.site.section:
            request = self._request(url, "seed")
            if request is not None:
                yield request

    # ── requests ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _request(
        self, url: str, role: str, *, method: str = "GET", body: bytes = b"", referer: str | None = None, **meta: Any
    ) -> Request | None:
        """A request of that role, or ``None`` (counted) when scope, bounds or the re-check policy say no."""
        run = self.run
        reason = refusal(run.site, url, requisite=role == "requisite")
        if reason is not None:
            run.refused(url, role, reason)
            return None
        if run.pages >= run.max_pages:
            run.stop_reason = f"more than {run.max_pages} pages (max_pages)"
            return None
        known = run.known(url) if method == "GET" else None
        if known and role == "requisite" and known["status"] == 200:
            return None
        if known and role in ("detail", "part") and not run.is_due(known):
            run.skipped_known.add(canonical(url))
            return None
        if role == "detail" and not run.within_limit():
            return None
        headers = {"Referer": referer} if referer else {}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        refers_to = None
        # A 304 carries no links: it is only asked for where the last ones are remembered.
        usable = known and known["status"] == 200 and (known["has_links"] or role == "requisite")
        if known and usable and (known["etag"] or known["last_modified"]):
            if known["etag"]:
                headers["If-None-Match"] = known["etag"]
            if known["last_modified"]:
                headers["If-Modified-Since"] = known["last_modified"]
            refers_to = (known["record_id"], known["date"], known["url"])
        return Request(
            url,
            method=method,
            body=body,
            headers=headers,
            callback=self.page,
            errback=self.failed,
            priority=PRIORITY[role],
            meta={
                "role": role,
                "handle_httpstatus_all": True,
                "download_slot": host_of(url),
                **({"refers_to": refers_to} if refers_to else {}),
                **({"download_maxsize": run.site.max_bytes} if _MEDIA.search(url) else {}),
                **meta,
            },
        )

    # ── responses ───────────────────────────────────────────────────────────────────────────────────────────────────

    def page(self, response: Response) -> None:
        """Any response of any role; the frontier is told when the last link is stored.

        Links go to the engine at once instead of being yielded: Scrapy queues what a callback yields and runs on, so a
        commit between could hold the page as done without its last link, the next list page.
        """
        assert response.request is not None
        engine = self.crawler.engine
        assert engine is not None
        for request in self._follow(response, response.request):
            engine.crawl(request)
        self.run.done(response.request)

    def _follow(self, response: Response, request: Request) -> Iterator[Request]:
        role = request.meta["role"]
        self.run.arrived(request, response)
        if response.status in (301, 302, 303, 307, 308):
            yield from self._redirect(response, request, role)
            return
        if response.status == 304:
            links = self.run.stored_links(request)
        elif response.status >= 400 and role != "seed":
            links = self._links(response) if response.status in _REFUSED else None
            if links and links.challenge:
                self.run.blocked(request, links.challenge)
            elif response.status >= 500 or response.status in _REFUSED:
                self.run.error(response.url, f"HTTP {response.status}", role)
            return
        else:
            links = self._links(response)
        if links is None:
            return
        if links.challenge:
            self.run.blocked(request, links.challenge)
            return
        if role in ("list", "seed", "detail", "part"):
            self.run.keep_links(request, links)
        handler = {"seed": self._seed, "list": self._list, "detail": self._detail, "part": self._detail}.get(
            role, self._requisite
        )
        yield from handler(response, request, links)

    def _links(self, response: Response) -> parsers.Links | None:
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        try:
            payload = parsers.Payload(response.url, response.body, content_type, response.status)
            return parsers.links(payload, family=self.run.site.family_on(datetime.now(UTC).date()))
        except FangtanError as error:
            self.run.error(response.url, str(error))
            return None

    def _redirect(self, response: Response, request: Request, role: str) -> Iterator[Request]:
        location = (response.headers.get("Location") or b"").decode("utf-8", "replace").strip()
        hops = request.meta.get("hops", 0) + 1
        try:
            target = urljoin(response.url, location)
            urlsplit(target).port  # noqa: B018 - raises on rubbish
        except ValueError:
            self.run.error(response.url, f"redirect to an unusable address {location[:100]!r}")
            return
        if not location or hops > _MAX_REDIRECTS:
            self.run.error(
                response.url, f"more than {_MAX_REDIRECTS} redirects" if location else "redirect without Location"
            )
            return
        following = self._request(target, role, hops=hops)
        if following is not None:
            yield following

    def _seed(self, response: Response, request: Request, links: parsers.Links) -> Iterator[Request]:
        """The given page: the section's list itself, a home page that links to it, or one interview."""
        self.run.learn(links)
        if response.status >= 400:
            self.run.error(response.url, f"HTTP {response.status}", "seed")
            return
        if links.is_section and (links.items or links.pages):
            yield from self._list(response, request, links)
            return
        sections = [s for s in links.sections if refusal(self.run.site, s.url) is None]
        if sections:
            for section in sections:
                yield from self._emit(section.url, "list", response, hops=0)
        elif links.is_list:
            yield from self._list(response, request, links)
        else:
            self.run.single_page = True
            yield from self._detail(response, request, links)
            return
        yield from self._requisites(response, links)

    def _list(self, response: Response, request: Request, links: parsers.Links) -> Iterator[Request]:
        """A list page: its entries, the next page unless it repeats what was seen, sub-sections."""
        run = self.run
        run.learn(links)
        hops = request.meta.get("hops", 0)
        fresh = run.list_page(request, links)
        for item in links.items:
            yield from self._emit(item.url, "detail", response)
        number = request.meta.get("number", 1)
        if fresh and number < _MAX_LIST_PAGES:
            for page in links.pages:
                yield from self._emit(
                    page.url, "list", response, method=page.method, body=page.body, number=page.number, hops=hops
                )
        if hops < _MAX_SECTION_HOPS and number == 1:
            here = urlsplit(response.url).path.rsplit("/", 1)[0]
            for section in links.sections:
                related = urlsplit(section.url).path.startswith(here + "/") or not links.items
                if related and canonical(section.url) != canonical(response.url):
                    yield from self._emit(section.url, "list", response, hops=hops + 1)
        yield from self._requisites(response, links)

    def _detail(self, response: Response, request: Request, links: parsers.Links) -> Iterator[Request]:
        """An interview page (or part): further parts, and what it shows."""
        del request
        for part in links.parts:
            yield from self._emit(part, "part", response)
        yield from self._requisites(response, links)

    def _requisite(self, response: Response, request: Request, links: parsers.Links) -> Iterator[Request]:
        """A style sheet's own requisites."""
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1").lower()
        if "css" in content_type and request.meta.get("depth_requisite", 0) < 3:
            yield from self._requisites(response, links)

    def _requisites(self, response: Response, links: parsers.Links) -> Iterator[Request]:
        for url in links.requisites:
            yield from self._emit(url, "requisite", response)

    def _emit(self, url: str, role: str, response: Response, **more: Any) -> Iterator[Request]:
        request = self._request(url, role, referer=response.url, **more)
        if request is not None:
            yield request

    def failed(self, failure: Failure) -> None:
        """No response: refused by robots.txt, or the network's fault. Either is said, none is swallowed."""
        request: Request = failure.request  # type: ignore[attr-defined]
        if failure.check(IgnoreRequest):
            self.run.refused(request.url, request.meta["role"], "robots.txt")
        else:
            self.run.unreachable(request, failure)
        self.run.done(request)


def links_to_json(links: parsers.Links) -> str:
    """What a list page led to, kept for the day it answers 304."""
    return json.dumps(
        {
            "items": [[i.url, i.title, i.date, i.text] for i in links.items],
            "pages": [[p.url, p.method, p.body.decode("latin-1"), p.number] for p in links.pages],
            "sections": [[s.url, s.title] for s in links.sections],
            "parts": list(links.parts),
            "requisites": list(links.requisites),
            "is_list": links.is_list,
            "is_section": links.is_section,
            "declared": links.declared,
            "declared_items": links.declared_items,
            "family": links.family,
            "site_name": links.site_name,
        },
        ensure_ascii=False,
    )


def links_from_json(text: str) -> parsers.Links:
    """The inverse of :func:`links_to_json`."""
    data = json.loads(text)
    return parsers.Links(
        items=tuple(parsers.ListItem(*row) for row in data.pop("items")),
        pages=tuple(
            parsers.PageRequest(url, method, body.encode("latin-1"), number)
            for url, method, body, number in data.pop("pages")
        ),
        sections=tuple(parsers.ListItem(*row) for row in data.pop("sections")),
        parts=tuple(data.pop("parts")),
        requisites=tuple(data.pop("requisites")),
        **data,
    )
