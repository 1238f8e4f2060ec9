"""What a spider asks for: whether, in which role, with which conditions."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request
from scrapy.http import Response

import parsers
from archive.collection.urls import canonical, host_of
from archive.history.facts import KNOWN
from crawler.fetch.scope import refusal
from crawler.spider.answers import Answers
from crawler.state.known import Page, digest_of
from crawler.state.sameness import is_dynamic
from parsers.page.addresses import normal

#: Lists first (they say what there is), then interviews, then what they show.
PRIORITY = {"seed": 50, "list": 40, "part": 30, "detail": 20, "requisite": 0}
#: Roles of pages: what the account is about.
PAGES = ("seed", "list", "detail", "part")
_LISTS_S = 0.1  # how often it is asked whether the lists have come
_MEDIA = re.compile(r"\.(?:mp4|flv|wmv|avi|m3u8|ts|mp3|f4v|mov)(?:$|\?)", re.IGNORECASE)
_ASKED = "asked"
#: How a page ended in the last account that came, and not whole: "not modified" would say nothing of the rest.
_NOT_WHOLE = ("cut off", "empty", "unreadable", "no list", "no file")


class Asking(Answers):
    """The part of the spider that makes requests."""

    # ── what is asked for again ─────────────────────────────────────────────────────────────────────────────────────

    async def _due(self) -> AsyncIterator[Request]:
        """Known interviews that are due."""
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

    def _owed(self) -> Iterator[Request]:
        """What the last account misses: its entries and their files, and in a patch its list pages, too."""
        for owed in self.run.owed.values():
            if owed.dead:
                continue
            if owed.role == "list" and self.run.options.patch:
                more = {name: owed.more[name] for name in ("number", "list") if owed.more.get(name)}
                body = base64.b64decode(owed.more["body"])
                request = self._request(owed.url, "list", method=owed.more["method"], body=body, **more)
            elif owed.role in ("detail", "requisite"):
                item = parsers.ListItem(owed.url, **owed.more) if owed.more else None
                request = self._request(owed.url, owed.role, item=item)
            else:
                continue
            if request is not None:
                yield request

    # ── requests ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _met(self, url: str, role: str, *, item: parsers.ListItem | None = None, referer: str | None = None) -> str:
        """Why an entry is not asked for now (see :class:`archive.history.facts.Row`).

        Empty when it is, or was in this run.
        """
        why = self._why_not(normal(url) or url, role, "GET", item, referer, {})
        return "" if why == _ASKED else why

    def _why_not(
        self, url: str, role: str, method: str, item: parsers.ListItem | None, referer: str | None, meta: dict[str, Any]
    ) -> str:
        """Why scope, bounds or the re-check policy say no; empty when they do not."""
        run = self.run
        if reason := refusal(run.site, url, requisite=role == "requisite"):
            return reason
        if run.guard.circuits.given_up(host_of(url)):
            return "the host has failed again and again"
        key = run.same.key(url, role)
        if method == "GET" and key in run.same.asked and not self._sent_on(url, referer, meta):
            return _ASKED
        if not run.guard.may_queue():
            return f"never asked: {run.guard.stop_reason}"
        if self._is_kept(self._known(url, role, method), role, item):
            return KNOWN
        if role == "detail" and not run.guard.is_within_limit(run.book.key(url)):
            return f"never asked: {run.guard.stop_reason}"
        return ""

    def _is_kept(self, known: Page | None, role: str, item: parsers.ListItem | None) -> bool:
        """Whether what earlier captures have of a page is enough for now."""
        if known is None:
            return False
        if role == "requisite":
            return bool(self.run.has_requisite(known))
        return role in ("detail", "part") and not self.run.is_due(known, digest_of(item) if item else None)

    def _known(self, url: str, role: str, method: str) -> Page | None:
        found: Page | None = self.run.known.get(url) or self.run.same.pages.get(self.run.same.key(url, role))
        return found if method == "GET" else None

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
        why = self._why_not(url, role, method, item, referer, meta)
        if why:
            self._not_asked(url, role, why)
            return None
        known = self._known(url, role, method)
        if method == "GET" and is_dynamic(url):
            run.same.ask(url, role, item if known is None else None)
        headers, refers_to = self._conditions(url, role, known)
        headers.update({"Referer": referer} if referer else {})
        if referer and role in ("detail", "part"):
            meta = {"of": canonical(referer), **meta}
        headers.update({"Content-Type": "application/x-www-form-urlencoded"} if body else {})
        request = Request(
            url,
            method=method,
            body=body,
            headers=headers,
            callback=self._callback(role),
            errback=self.failed,
            priority=PRIORITY[role],
            meta={**self._meta(url, role, item), **({"refers_to": refers_to} if refers_to else {}), **meta},
        )
        if role in PAGES:
            run.book.asked(request)
        return request

    def _meta(self, url: str, role: str, item: parsers.ListItem | None) -> dict[str, Any]:
        """What goes with a request of that role."""
        return {
            "role": role,
            "download_slot": host_of(url),
            **({"listed": digest_of(item)} if item else {}),
            **({"download_maxsize": self.run.guard.max_bytes} if _MEDIA.search(url) else {}),
        }

    def _not_asked(self, url: str, role: str, why: str) -> None:
        """Count what is not asked for."""
        if why == KNOWN and role in ("detail", "part"):
            self.run.tally.skipped_known.add(canonical(url))
        elif why not in (KNOWN, _ASKED) and not why.startswith("never asked"):
            self.run.tally.refused(url, role, why)

    def _conditions(
        self, url: str, role: str, known: Page | None
    ) -> tuple[dict[str, str], tuple[str, str, str] | None]:
        """The headers of a conditional request, and the capture that a 304 to it refers to: it must still be there."""
        # A 304 carries no links: it is only asked for where the last ones are remembered, of a page that came complete.
        if known is None or not _is_remembered(known, url, role):
            return {}, None
        owed = self.run.owed.get(self.run.book.key(url))
        found = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        headers = {name: value for name, value in found.items() if value}
        whole = owed is None or owed.why not in _NOT_WHOLE
        if not headers or not whole or not self.run.originals.is_kept(known.record_id):
            return {}, None
        return headers, (known.record_id, known.date, known.captured_at)

    def _sent_on(self, url: str, referer: str | None, meta: dict[str, Any]) -> bool:
        """Whether a page sends its reader to itself with a session or the like: by a redirect, or once by a link."""
        same = self.run.same
        forwarded = referer is not None and not same.changes(referer) and same.key(referer) == same.key(url)
        return bool(meta.get("hops")) or forwarded

    def _callback(self, role: str) -> Any:
        if role == "seed":
            return self.seed_page
        if self.run.site.browser and role in ("list", "detail"):
            return self.page_with_scripts
        return self.list_page if role == "list" else self.page

    def _emit(self, url: str, role: str, response: Response, **more: Any) -> Iterator[Request]:
        request = self._request(url, role, referer=response.url, **more)
        if request is not None:
            yield request

    def _note(self, request: Request, status: int | None, why: str = "", **more: Any) -> None:
        """What came of a page of the site, for the account."""
        if request.meta.get("role") in PAGES:
            self.run.book.came(request, status, why, **more)

    seed_page: Any
    list_page: Any
    page: Any
    page_with_scripts: Any
    failed: Any


def _is_remembered(known: Page, url: str, role: str) -> bool:
    """Whether the page itself came from that very address, with its links where its role has any."""
    return known.url == url and known.status == 200 and (known.has_links or role == "requisite")
