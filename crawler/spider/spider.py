"""The one spider: section or home page → list pages → interviews → what they need to be shown.

It reads pages for links only; records are made from WARC by the indexer.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any, Self
from weakref import WeakKeyDictionary

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

import parsers
from archive.collection.urls import canonical, host_of
from archive.errors import ConfigError
from archive.history.facts import NO_LIST, SECTION
from crawler.fetch.limits import OwnLimit
from crawler.fetch.obstacles import REFUSED, describe
from crawler.fetch.refused import Refused, Stopped
from crawler.fetch.scope import refusal
from crawler.spider import sitemaps
from crawler.spider.answers import instead
from crawler.spider.asking import Asking
from crawler.spider.pages import may_lead_below, numbered, payload_of
from crawler.spider.side_requests import REDIRECTS, Aside
from parsers.page.shape import is_style, shape

log = logging.getLogger(__name__)
_MAX_LIST_PAGES = 2000
_SINGLE = "single"
#: Rules of pagers: what is not read over them; those whose addresses are read out of scripts.
_BEHIND = {"script-unknown": "a further list page", "script-list": "its list"}
_SCRIPTED = ("asked", "load-more")
_MAX_NESTED = 4  # style sheets in style sheets, frames in frames


class InterviewSpider(Asking):
    """Crawls one site; what it is to do is in ``crawler.fangtan_run``."""

    name = "fangtan"

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Take the run that is attached to the crawler."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.run = crawler.fangtan_run  # type: ignore[attr-defined]
        spider.aside = Aside(crawler, spider.run)
        spider.script_texts, spider.scripts_of, spider.heads, spider.shown = {}, {}, {}, {}
        spider.closed, spider.opened = {}, WeakKeyDictionary()
        crawler.signals.connect(spider.crashed, signals.spider_error)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """The section's pages, what the last account misses, and the known interviews that are due.

        Where an interrupted run continues, only those that it had no time to queue.
        """
        run = self.run
        for request in self._seeds() if not run.resumed and not run.options.patch else ():
            yield request
        for request in self._owed() if run.whole_site and not run.resumed else ():
            yield request
        if run.options.limit is None and run.whole_site and not run.options.patch:
            async for request in self._due():
                yield request

    def _seeds(self) -> Iterator[Request]:
        for url in self.run.site.section:
            if (request := self._request(url, "seed")) is not None:
                yield request

    # ── responses ───────────────────────────────────────────────────────────────────────────────────────────────────

    def page(self, response: Response) -> None:
        """Any response of any role; the frontier hears when the last link is stored.

        Links go to the engine at once instead of being yielded: Scrapy queues what a callback yields and runs on, so a
        commit between could hold the page as done without its last link, the next list page.
        """
        assert response.request is not None
        engine = self.crawler.engine
        assert engine is not None
        for request in self._follow(response, response.request):
            engine.crawl(request)
        self._end(response.request)

    def _end(self, request: Request) -> None:
        """A page is done. A given page that led to no list, by its scripts neither, is the one entry."""
        if request.meta.get(_SINGLE):
            self.run.book.single(request)
        self.run.done(request)

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
        self._end(request)

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
            for following in self._fetched_by_script(answer, request):
                engine.crawl(following)
        self._shown(response, request, visit.answers)
        if visit.trouble is not None and not visit.stopped:
            run.tally.error(response.url, visit.trouble, request.meta["role"])
        return not visit.stopped

    def _fetched_by_script(self, answer: Response, page: Request) -> Iterator[Request]:
        """A list that a page's script fetched; a talk needs nothing more: the indexer reads it from WARC."""
        assert answer.request is not None
        links = self._links(answer) if answer.status == 200 or answer.status in REFUSED else None
        own = host_of(answer.url) in self.run.site.scope
        if own and not self._arrived_whole(answer, answer.request, links):
            return
        if links is not None and links.items:
            self.run.tally.single_page = page.meta[_SINGLE] = False
            yield from self._list(answer, answer.request, links)

    def _follow(self, response: Response, request: Request) -> Iterator[Request]:
        role = request.meta["role"]
        self.run.arrived(request, response)
        if response.status in REDIRECTS:
            self.run.guard.answered(request)
            yield from self._redirect(response, request, role)
            return
        links = self.run.known.links(request.url) if response.status == 304 else self._links(response)
        if links is not None or response.status >= 300:  # else it is said why it cannot be read
            self._note(request, response.status, instead(links), cut=self._is_cut(response, request))
        if not self._arrived_whole(response, request, links) or links is None:
            yield from self._behind(request)
            return
        if role in ("list", "seed", "detail", "part"):
            self.run.keep_links(request, links)
        handler = {"seed": self._seed, "list": self._listed, "detail": self._detail, "part": self._detail}.get(
            role, self._requisite
        )
        yield from handler(response, request, links)

    def _listed(self, response: Response, request: Request, links: parsers.Links) -> Iterator[Request]:
        """What came where a list page was asked for: it, what leads to it, or a page of another kind."""
        if (target := self._sent_on_to(request, links)) is not None:
            yield from self._sent_by_page(target, response, request)
        elif self._is_no_list(response, request, links):
            self._note(request, response.status, NO_LIST)
            yield from self._behind(request)
        else:
            yield from self._list(response, request, links)

    def _behind(self, request: Request, *, probing: bool = False) -> Iterator[Request]:
        """A list page that did not come does not end the reading: the pages behind it, if shown, are asked for.

        :param probing: it repeats what was seen, and a "next page" leads on: from there nothing leads on again
        """
        number = request.meta.get("number", 1)
        if request.meta["role"] != "list" or number < 2 or (probing and request.meta.get("probing")):
            return
        page = self.run.book.behind(self._first(request), number)
        if page is not None:
            meta: dict[str, Any] = {name: request.meta[name] for name in ("list", "hops") if name in request.meta}
            meta |= {"probing": True} if probing else {}
            found = self._request(page.url, "list", method=page.method, body=page.body, number=page.number, **meta)
            if found is not None:
                yield found

    def _seed(self, response: Response, request: Request, links: parsers.Links) -> Iterator[Request]:
        """The given page: the section's list itself, a home page that links to it, or one interview."""
        self.run.tally.learn(links)
        if links.is_section and (links.items or links.pages or links.ways_on):
            yield from self._list(response, request, links)
            return
        if sections := self._sections(links):
            for section in sections:
                self.run.tally.sections.append(section.url)
                yield from self._emit(section.url, "list", response, hops=0)
        elif links.is_list:
            yield from self._list(response, request, links)
        else:
            self.run.tally.single_page = request.meta[_SINGLE] = True
            yield from self._detail(response, request, links)
            return
        yield from self._requisites(response, links)

    def _sections(self, links: parsers.Links) -> list[parsers.ListItem]:
        """The sections that the given page names, else its site's maps; those out of scope are counted."""
        for section in links.sections:
            if (reason := refusal(self.run.site, section.url)) is not None:
                self.run.tally.refused(section.url, "section", reason)
        return [s for s in links.sections or self._mapped if refusal(self.run.site, s.url) is None]

    def _list(self, response: Response, request: Request, links: parsers.Links) -> Iterator[Request]:
        """A list page: its entries, the next page unless it repeats what was seen, sub-sections."""
        run = self.run
        run.tally.learn(links)
        self._learn_head(response, request, links)
        hops = request.meta.get("hops", 0)
        if self._is_parent(response, request, links):
            links = replace(links, items=())  # what else it leads to are no interviews
        run.same.look_at(links.items)
        fresh = run.book.is_fresh(request, links)
        run.tally.list_page(request, links, first=self._first(request), fresh=fresh)
        known = self._all_known(links) and not run.sweep and not run.options.patch
        if known and (links.lists or links.posted_lists):
            run.tally.stopped_at_known = True
            links = replace(links, lists=(), posted_lists=())  # earlier years, the full list: all of it is older
        sections = self._below(response, request, links)
        yield from self._entries(response, request, links, sections)
        yield from self._next_pages(response, request, links, fresh=fresh, known=known)
        for section in sections:
            yield from self._emit(section.url, "list", response, hops=hops + 1)
        for page in links.posted_lists if may_lead_below(request) else ():
            more = {"method": page.method, "body": page.body, "number": page.number}
            yield from self._emit(page.url, "list", response, hops=hops + 1, **more)
        yield from self._requisites(response, links)

    def _entries(
        self, response: Response, request: Request, links: parsers.Links, sections: list[parsers.ListItem]
    ) -> Iterator[Request]:
        """What a list page names; the book has each entry, asked for or not."""
        run, followed = self.run, {canonical(section.url) for section in sections}
        for item in links.items:
            if canonical(item.url) in followed:
                run.book.row(item, request, SECTION)
                continue
            met = self._met(item.url, "detail", item=item, referer=response.url)
            run.book.row(item, request, met)
            if not met:
                yield from self._emit(item.url, "detail", response, item=item)
            run.known.keep_listed(item)

    def _next_pages(
        self, response: Response, request: Request, links: parsers.Links, *, fresh: bool, known: bool
    ) -> Iterator[Request]:
        """How a list continues: unless it names nothing new, or nothing but what earlier runs know."""
        run, number, links = self.run, request.meta.get("number", 1), numbered(request, links)
        first = self._first(request)
        run.book.further(first, links)
        unread = self._unread(request, links)
        if not self._goes_on(request, links, fresh=fresh):
            yield from self._behind(request, probing=links.pager == "next-link")
        elif known and links.pages:
            run.tally.stopped_at_known = True
        elif number >= _MAX_LIST_PAGES:
            unread = f"a list of more than {_MAX_LIST_PAGES} pages (our limit)" if links.pages else unread
        else:
            yield from self._further(response, request, links, first)
        run.book.read(request, links, fresh=fresh or number == 1, unread=unread)
        if unread:
            run.tally.error(response.url, unread, "list")

    def _goes_on(self, request: Request, links: parsers.Links, *, fresh: bool) -> bool:
        """Whether a list page may have others behind it, and leads to them."""
        begins = request.meta.get("number", 1) == 1 and (not links.items or "list" in request.meta)
        more = fresh or begins  # what a script asks for may begin with the rows that the page shows
        return more and self._astray(request, links) is None

    def _further(self, response: Response, request: Request, links: parsers.Links, first: str) -> Iterator[Request]:
        """The pages that a list page leads to, but those that were read before an interruption."""
        for page in links.pages:
            if self.run.book.key(page.url, page.method, page.body) in self.run.read_before:
                continue
            scripted = {"by_script": True} if page.guessed and links.pager in _SCRIPTED else {}
            meta = {"number": page.number, "hops": request.meta.get("hops", 0), "list": first, **scripted}
            yield from self._emit(page.url, "list", response, method=page.method, body=page.body, **meta)

    def _first(self, request: Request) -> str:
        """Key of the first page of the list that a list page belongs to."""
        return str(request.meta.get("list") or self.run.book.key_of(request))

    def _unread(self, request: Request, links: parsers.Links) -> str:
        """Why a list page does not say all that it should, in words."""
        if (astray := self._astray(request, links)) is not None:
            return f"its pager leads to {astray}, which is no list page"
        if links.pager in _BEHIND:
            return f"{_BEHIND[links.pager]} is behind a script that is not understood"
        given = request.meta["role"] == "seed" or links.is_list or links.is_section
        first = given and request.meta.get("number", 1) == 1
        return "names no entry" if first and _leads_nowhere(links, request.meta.get("hops", 0)) else ""

    def _all_known(self, links: parsers.Links) -> bool:
        """Whether a list page that runs from new to old names only what earlier runs have seen: so do older pages."""
        run = self.run
        if not _runs_down([item.date for item in links.items]):
            return False
        own = [item for item in links.items if refusal(run.site, item.url) is None]
        return all(run.known.seen(item.url) or run.same.key(item.url) in run.same.pages for item in own)

    def _detail(self, response: Response, request: Request, links: parsers.Links) -> Iterator[Request]:
        """An interview page (or part): further parts, and what it shows."""
        del request
        for part in links.parts:
            yield from self._emit(part, "part", response, fragment=part in links.fragments)
        for post in links.posts:
            yield from self._emit(post.url, "part", response, method=post.method, body=post.body, fragment=True)
        yield from self._requisites(response, links)

    def _requisite(self, response: Response, request: Request, links: parsers.Links) -> Iterator[Request]:
        """What a style sheet, the document of a frame, or a manifest needs itself."""
        depth = request.meta.get("depth_requisite", 0)
        payload = payload_of(response)
        if depth < _MAX_NESTED and response.status == 200 and (is_style(payload) or shape(payload) in ("html", "json")):
            yield from self._requisites(response, links, depth + 1)

    def _requisites(self, response: Response, links: parsers.Links, depth: int = 0) -> Iterator[Request]:
        for url in links.requisites:
            yield from self._emit(url, "requisite", response, depth_requisite=depth)

    def crashed(self, failure: Failure, response: Response) -> None:
        """A bug of ours met a page: it is named in the report, and the run continues. Scrapy logs the traceback.

        A disk or database that fails is no page's fault: the run stops, and the page stays in the queue.
        """
        if failure.check(OSError, sqlite3.Error):
            self.run.guard.fail(failure.value)
        elif response.request is not None:
            why = f"our bug: {failure.value!r}, please report it"
            self.run.tally.error(response.url, why, response.request.meta.get("role", ""))
            self._note(response.request, None, why)
            self.run.done(response.request)

    def failed(self, failure: Failure) -> None:
        """No response: refused, beyond a limit of ours, or the network's fault. Each is said, none is swallowed."""
        request: Request = failure.request  # type: ignore[attr-defined]
        if failure.check(Stopped):
            return  # stays claimed, and is pending again when the run continues
        if isinstance(failure.value, OwnLimit):
            self.run.limited(request, str(failure.value))
            self._note(request, None, str(failure.value))
        elif isinstance(failure.value, Refused):
            self.run.tally.refused(request.url, request.meta["role"], failure.value.reason)
            self._note(request, None, failure.value.reason, refused=True)
            if failure.value.reason.startswith("private address") and host_of(request.url) in self.run.site.scope:
                self.run.tally.obstacles.add("dns", request.url, failure.value.reason)
                self.run.tally.error(request.url, failure.value.reason, request.meta["role"])
                self.run.guard.failed_at(request, failure.value.reason)
        else:
            self.run.unreachable(request, failure)
            self._note(request, None, describe(failure.value))
        for following in self._behind(request):
            assert self.crawler.engine is not None
            self.crawler.engine.crawl(following)
        self.run.done(request)


def _leads_nowhere(links: parsers.Links, hops: int) -> bool:
    """Whether a list has no entry, names no other page, and does not say that it is empty.

    :param hops: how far it is from the section: a month without talks is one list among others
    """
    among_others = hops and (links.lists or links.posted_lists)
    return not (links.items or links.pages or links.sections or links.vacant or among_others)


def _runs_down(dates: list[str | None]) -> bool:
    """Whether every entry has a date, the newest first."""
    printed = [date for date in dates if date]
    return bool(dates) and len(printed) == len(dates) and printed == sorted(printed, reverse=True)
