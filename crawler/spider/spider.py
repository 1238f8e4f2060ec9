"""The one spider: section or home page → list pages → interviews → what they need to be shown.

It reads pages for links only; records are made from WARC by the indexer.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

import parsers
from archive.collection.urls import canonical, host_of
from archive.errors import ConfigError
from crawler.fetch.limits import OwnLimit
from crawler.fetch.obstacles import REFUSED
from crawler.fetch.refused import Refused, Stopped
from crawler.fetch.scope import refusal
from crawler.spider import sitemaps
from crawler.spider.answers import Answers
from crawler.spider.pages import payload_of
from crawler.spider.side_requests import REDIRECTS, Aside
from crawler.state.known import Page, digest_of
from crawler.state.sameness import is_dynamic
from parsers.page.addresses import normal
from parsers.page.shape import is_style, shape

log = logging.getLogger(__name__)
#: Lists first (they say what there is), then interviews, then what they show.
PRIORITY = {"seed": 50, "list": 40, "part": 30, "detail": 20, "requisite": 0}
_MAX_LIST_PAGES = 2000
_MAX_NESTED = 4  # style sheets in style sheets, frames in frames
_LISTS_S = 0.1  # how often it is asked whether the lists have come
_MEDIA = re.compile(r"\.(?:mp4|flv|wmv|avi|m3u8|ts|mp3|f4v|mov)(?:$|\?)", re.IGNORECASE)


class InterviewSpider(Answers):
    """Crawls one site; what it is to do stands in ``crawler.fangtan_run``."""

    name = "fangtan"

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Take the run that is attached to the crawler."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.run = crawler.fangtan_run  # type: ignore[attr-defined]
        spider.aside = Aside(crawler, spider.run)
        spider.script_texts, spider.scripts_of = {}, {}
        crawler.signals.connect(spider.crashed, signals.spider_error)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """The section's pages, and the known interviews that are due; where an interrupted run goes on, those that it had no time to queue."""
        for url in self.run.site.section if not self.run.resumed else ():
            request = self._request(url, "seed")
            if request is not None:
                yield request
        if self.run.options.limit is None and self.run.whole_site:
            later: list[Page] = []
            for page in self.run.known.pages("detail"):
                if is_dynamic(page.url):
                    later.append(page)
                elif self.run.is_due(page) and (request := self._request(page.url, "detail")) is not None:
                    yield request
            async for request in self._after_lists(later):
                yield request

    async def _after_lists(self, pages: list[Page]) -> AsyncIterator[Request]:
        """Known pages whose addresses may have changed: once the lists have said what they are called today."""
        run = self.run
        while pages and run.known.lists_wait() and not run.guard.ends:  # noqa: ASYNC110 - the queue is a table
            await asyncio.sleep(_LISTS_S)
        for page in sorted(pages, key=lambda p: p.checked_at, reverse=True):
            if run.is_due(run.same.pages.get(run.same.key(page.url), page)) and not run.same.is_superseded(page):
                request = self._request(page.url, "detail")
                if request is not None:
                    yield request

    # ── requests ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _request(
        self,
        url: str,
        role: str,
        *,
        method: str = "GET",
        body: bytes = b"",
        referer: str | None = None,
        item: parsers.ListItem | None = None,
        **meta: Any,
    ) -> Request | None:
        """A request of that role, or ``None`` (counted) when scope, bounds or the re-check policy say no.

        :param item: what a list says of the page
        """
        run, url = self.run, normal(url) or url
        if not self._may_ask(url, role):
            return None
        key, known = run.same.key(url, role), None
        if method == "GET":
            if key in run.same.asked and not self._sent_on(url, referer, meta):
                return None
            known = run.known.get(url) or run.same.pages.get(key)
        if known and not self._is_due(known, url, role, item):
            return None
        if role == "detail" and not run.guard.within_limit():
            return None
        if method == "GET" and is_dynamic(url):
            run.same.ask(url, role, item if known is None else None)
        headers, refers_to = self._conditions(known, url, role)
        headers |= {"Referer": referer} if referer else {}
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        return Request(
            url,
            method=method,
            body=body,
            headers=headers,
            callback=self._callback(role),
            errback=self.failed,
            priority=PRIORITY[role],
            meta=self._meta(url, role, item, refers_to) | meta,
        )

    def _meta(
        self, url: str, role: str, item: parsers.ListItem | None, refers_to: tuple[str, str, str] | None
    ) -> dict[str, Any]:
        """What handler and callbacks are told of a request."""
        told: dict[str, Any] = {
            "role": role,
            "handle_httpstatus_all": True,
            "download_slot": host_of(url),
            "refers_to": refers_to,
            "listed": digest_of(item) if item else None,
            "download_maxsize": self.run.guard.max_bytes if _MEDIA.search(url) else None,
        }
        return {name: value for name, value in told.items() if value is not None}

    def _conditions(
        self, known: Page | None, url: str, role: str
    ) -> tuple[dict[str, str], tuple[str, str, str] | None]:
        """The headers of a conditional request, and the capture that a 304 to it refers to: it must still be there.

        A 304 carries no links: it is only asked for where the last ones are remembered.
        """
        if known is None or known.url != url or known.status != 200 or not (known.has_links or role == "requisite"):
            return {}, None
        found = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        headers = {name: value for name, value in found.items() if value}
        if not headers or not self.run.originals.is_kept(known.record_id):
            return {}, None
        return headers, (known.record_id, known.date, known.url)

    def _may_ask(self, url: str, role: str) -> bool:
        """Whether scope, circuits and bounds allow a request; what they refuse is counted."""
        run = self.run
        reason = refusal(run.site, url, requisite=role == "requisite")
        if reason is None and run.guard.circuits.given_up(host_of(url)):
            reason = "the host has failed again and again"
        if reason is not None:
            run.tally.refused(url, role, reason)
            return False
        queue: bool = run.guard.may_queue()
        return queue

    def _is_due(self, known: Page, url: str, role: str, item: parsers.ListItem | None) -> bool:
        """Whether a known address is asked for again."""
        if role == "requisite":
            return not self.run.has_requisite(known)
        if role in ("detail", "part") and not self.run.is_due(known, digest_of(item) if item else None):
            self.run.tally.skipped_known.add(canonical(url))
            return False
        return True

    def _sent_on(self, url: str, referer: str | None, meta: dict[str, Any]) -> bool:
        """Whether a page sends its reader to itself with a session or the like: by a redirect, or once by what stands on it."""
        same = self.run.same
        forwarded = referer is not None and not same.changes(referer) and same.key(referer) == same.key(url)
        return bool(meta.get("hops")) or forwarded

    def _callback(self, role: str) -> Any:
        if role == "seed":
            return self.seed_page
        if self.run.site.browser and role in ("list", "detail"):
            return self.page_with_scripts
        return self.list_page if role == "list" else self.page

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

    async def list_page(self, response: Response) -> None:
        """As :meth:`page`; where a list's pager leads nowhere that the page says, its script files are read with it."""
        await self._read_scripts(response)
        if not self.run.guard.ends:  # else the list waits for the next run
            self.page(response)

    async def seed_page(self, response: Response) -> None:
        """As :meth:`page`; where the given page is no interview and names no section, the site's maps are asked."""
        await self._read_scripts(response)
        maps = self._maps_to_ask(response)
        if maps is not None:
            self._mapped = await sitemaps.sections(self.aside.map, response.url, self.run.tally.sitemaps, maps)
            if self.run.guard.ends:
                return  # the maps were not asked to the end: the seed waits for the next run
        if self.run.site.browser:
            await self.page_with_scripts(response)
        else:
            self.page(response)

    _mapped: tuple[parsers.ListItem, ...] = ()

    async def page_with_scripts(self, response: Response) -> None:
        """As :meth:`page`, and where a page says nothing without its scripts, what these fetch."""
        request, engine = response.request, self.crawler.engine
        assert request is not None
        assert engine is not None
        for following in self._follow(response, request):
            engine.crawl(following)
        if self._says_nothing(response, request) and not await self._show(response, request):
            return  # its scripts were not asked to the end: the page waits for the next run
        self.run.done(request)

    async def _show(self, response: Response, request: Request) -> bool:
        """Have a page's scripts fetch what they need; whether the run lasted until they had it."""
        run, engine = self.run, self.crawler.engine
        assert engine is not None
        if run.guard.ends:
            return False
        try:
            visit = await self._browser().visit(response.url, response if response.status == 200 else None)
        except ConfigError as error:  # no Chromium: every such page would fail the same
            run.guard.fail(error)
            return False
        for answer in visit.answers:
            for following in self._fetched_by_script(answer):
                engine.crawl(following)
        self._shown(response, request, visit.answers)
        if visit.trouble is not None and not visit.stopped:
            run.tally.error(response.url, visit.trouble, request.meta["role"])
        return not visit.stopped

    def _fetched_by_script(self, answer: Response) -> Iterator[Request]:
        """A list that a script fetched; a talk needs nothing more: the indexer reads it from WARC."""
        assert answer.request is not None
        links = self._links(answer) if answer.status == 200 or answer.status in REFUSED else None
        own = host_of(answer.url) in self.run.site.scope
        if own and not self._arrived_whole(answer, answer.request, links):
            return
        if links is not None and links.items:
            self.run.tally.single_page = False
            yield from self._list(answer, answer.request, links)

    def _follow(self, response: Response, request: Request) -> Iterator[Request]:
        role = request.meta["role"]
        self.run.arrived(request, response)
        if response.status in REDIRECTS:
            self.run.guard.answered(request)
            yield from self._redirect(response, request, role)
            return
        links = self.run.known.links(request.url) if response.status == 304 else self._links(response)
        if not self._arrived_whole(response, request, links) or links is None:
            return
        if role in ("list", "seed", "detail", "part"):
            self.run.keep_links(request, links)
        handler = {"seed": self._seed, "list": self._list, "detail": self._detail, "part": self._detail}.get(
            role, self._requisite
        )
        yield from handler(response, request, links)

    def _seed(self, response: Response, request: Request, links: parsers.Links) -> Iterator[Request]:
        """The given page: the section's list itself, a home page that links to it, or one interview."""
        self.run.tally.learn(links)
        if links.is_section and (links.items or links.pages):
            yield from self._list(response, request, links)
            return
        sections = [s for s in links.sections or self._mapped if refusal(self.run.site, s.url) is None]
        for section in links.sections:
            if (reason := refusal(self.run.site, section.url)) is not None:
                self.run.tally.refused(section.url, "section", reason)
        if sections:
            for section in sections:
                self.run.tally.sections.append(section.url)
                yield from self._emit(section.url, "list", response, hops=0)
        elif links.is_list:
            yield from self._list(response, request, links)
        else:
            self.run.tally.single_page = True
            yield from self._detail(response, request, links)
            return
        yield from self._requisites(response, links)

    def _list(self, response: Response, request: Request, links: parsers.Links) -> Iterator[Request]:
        """A list page: its entries, the next page unless it repeats what was seen, sub-sections."""
        run = self.run
        run.tally.learn(links)
        hops = request.meta.get("hops", 0)
        if self._is_parent(response, request, links):
            links = replace(links, items=())  # what else it leads to are no interviews
        run.same.look_at(links.items)
        fresh = run.tally.list_page(request, links)
        known = self._all_known(links)
        sections = self._below(response, request, links)
        followed = {canonical(section.url) for section in sections}
        for item in links.items:
            if canonical(item.url) in followed:
                continue
            yield from self._emit(item.url, "detail", response, item=item)
            run.known.keep_listed(item)
        if fresh:
            yield from self._further(response, request, links, known=known)
        for section in sections:
            yield from self._emit(section.url, "list", response, hops=hops + 1)
        yield from self._requisites(response, links)

    def _further(self, response: Response, request: Request, links: parsers.Links, *, known: bool) -> Iterator[Request]:
        """The next list pages; none behind a page of which all is known, unless the run reads every list."""
        run = self.run
        if links.pager == "script-unknown":
            run.tally.error(response.url, "a further list page is behind a script that is not understood", "list")
        if known and links.pages and not run.sweep:
            run.tally.stopped_at_known = True
        elif request.meta.get("number", 1) < _MAX_LIST_PAGES:
            hops = request.meta.get("hops", 0)
            for page in links.pages:
                more = {"method": page.method, "body": page.body, "number": page.number, "hops": hops}
                yield from self._emit(page.url, "list", response, **more)

    def _all_known(self, links: parsers.Links) -> bool:
        """Whether a list page that runs from new to old names nothing that earlier runs have not seen: older pages do not, either."""
        run = self.run
        dates = [item.date for item in links.items]
        printed = [date for date in dates if date]
        if not dates or len(printed) < len(dates) or printed != sorted(printed, reverse=True):
            return False
        own = [item for item in links.items if refusal(run.site, item.url) is None]
        return all(run.known.seen(item.url) or run.same.key(item.url) in run.same.pages for item in own)

    def _detail(self, response: Response, request: Request, links: parsers.Links) -> Iterator[Request]:
        """An interview page (or part): further parts, and what it shows."""
        del request
        for part in links.parts:
            yield from self._emit(part, "part", response)
        for post in links.posts:
            yield from self._emit(post.url, "part", response, method=post.method, body=post.body)
        yield from self._requisites(response, links)

    def _requisite(self, response: Response, request: Request, links: parsers.Links) -> Iterator[Request]:
        """What a style sheet, or the document of a frame, needs itself."""
        depth = request.meta.get("depth_requisite", 0)
        payload = payload_of(response)
        if depth < _MAX_NESTED and response.status == 200 and (is_style(payload) or shape(payload) == "html"):
            yield from self._requisites(response, links, depth + 1)

    def _requisites(self, response: Response, links: parsers.Links, depth: int = 0) -> Iterator[Request]:
        for url in links.requisites:
            yield from self._emit(url, "requisite", response, depth_requisite=depth)

    def _emit(self, url: str, role: str, response: Response, **more: Any) -> Iterator[Request]:
        request = self._request(url, role, referer=response.url, **more)
        if request is not None:
            yield request

    def crashed(self, failure: Failure, response: Response) -> None:
        """A bug of ours met a page: it is named in the report, and the run goes on without the page. Scrapy logs the traceback.

        A disk or database that fails is no page's fault: the run stops, and the page stays in the queue.
        """
        if failure.check(OSError, sqlite3.Error):
            self.run.guard.fail(failure.value)
        elif response.request is not None:
            self.run.tally.error(
                response.url, f"our bug: {failure.value!r}, please report it", response.request.meta.get("role", "")
            )
            self.run.done(response.request)

    def failed(self, failure: Failure) -> None:
        """No response: refused, beyond a limit of ours, or the network's fault. Each is said, none is swallowed."""
        request: Request = failure.request  # type: ignore[attr-defined]
        if failure.check(Stopped):
            return  # stays claimed, and is pending again when the run goes on
        if isinstance(failure.value, OwnLimit):
            self.run.limited(request, str(failure.value))
        elif isinstance(failure.value, Refused):
            self.run.tally.refused(request.url, request.meta["role"], failure.value.reason)
            if failure.value.reason.startswith("private address") and host_of(request.url) in self.run.site.scope:
                self.run.tally.obstacles.add("dns", request.url, failure.value.reason)
                self.run.tally.error(request.url, failure.value.reason, request.meta["role"])
                self.run.guard.failed_at(request, failure.value.reason)
        else:
            self.run.unreachable(request, failure)
        self.run.done(request)
