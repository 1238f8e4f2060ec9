"""What a spider asks of a page: where it leads, whether it says anything without its scripts or its site's maps."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from scrapy import Request, Spider, signals
from scrapy.http import Response

import parsers
from archive.collection import clock
from archive.collection.times import SHANGHAI
from archive.collection.urls import canonical
from archive.errors import ArchiveError
from crawler.fetch.browser import Browser
from crawler.fetch.decoding import REMARK, UNREADABLE
from crawler.spider.side_requests import Aside
from parsers.errors import FangtanError
from parsers.families.following import by_form
from parsers.lists.elsewhere import is_front
from parsers.lists.entries import SECTION
from parsers.page.addresses import is_directory, parts
from parsers.page.decode import decode

_TITLE = re.compile(r"<title[^<>]{0,100}>([^<]{0,500})", re.IGNORECASE)
_OPENED = re.compile(rb"<(?:html|body)\b", re.IGNORECASE)
_CLOSED = re.compile(rb"</(?:html|body)\s*>", re.IGNORECASE)
_MAX_SECTION_HOPS = 2
#: The addresses of home pages.


def may_lead_below(request: Request) -> bool:
    """Whether a list's page leads to other lists: the first page of one that is not itself far below the section."""
    return bool(request.meta.get("hops", 0) < _MAX_SECTION_HOPS and request.meta.get("number", 1) <= 1)


def numbered(request: Request, links: parsers.Links) -> parsers.Links:
    """The links of a list page whose "next page" leads behind it: of pages without numbers the parsers see no order."""
    number = request.meta.get("number", 1)
    if links.pager != "next-link":
        return links
    return replace(links, pages=tuple(replace(page, number=max(page.number, number + 1)) for page in links.pages))


def payload_of(response: Response) -> parsers.Payload:
    """A response as the parsers take it.

    :raises ArchiveError: its codings could not be undone
    """
    flags = response.flags or []
    unreadable = next((flag for flag in flags if flag.startswith(UNREADABLE)), None)
    if unreadable is not None:
        raise ArchiveError(unreadable.removeprefix(UNREADABLE))
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    refresh = response.headers.get("Refresh")
    return parsers.Payload(
        response.url,
        response.body,
        content_type,
        response.status,
        refresh=refresh.decode("latin-1") if refresh is not None else None,
        link=b", ".join(response.headers.getlist("Link")).decode("latin-1") or None,
        remarks=tuple(flag.removeprefix(REMARK) for flag in flags if flag.startswith(REMARK)),
    )


def _keys(items: tuple[parsers.ListItem, ...]) -> set[str]:
    return {canonical(item.url) for item in items}


def splits_a_character(body: bytes) -> bool:
    """Whether a body ends inside a character of UTF-8; what is no UTF-8 before that says nothing."""
    end = body[-200:]
    for begin in range(min(4, len(end))):
        try:
            end[begin:].decode("utf-8")
        except UnicodeDecodeError as error:
            if error.start == 0:  # the rest of a character that begins before
                continue
            return error.reason == "unexpected end of data"
        return False
    return False


def _is_closed(response: Response) -> bool:
    return _CLOSED.search(response.body[-2000:]) is not None


def _head(response: Response) -> str:
    """What a page calls itself in its head; empty where it has none, or came as "not modified"."""
    payload = payload_of(response)
    title = _TITLE.search(decode(payload.data, payload.content_type).text)
    return title[1].strip() if title else ""


def _is_astray(url: str, links: parsers.Links) -> bool:
    return is_front(url) or canonical(url) in {canonical(item.url) for item in links.items}


class PageReader(Spider):
    """The part of the spider that reads."""

    run: Any
    aside: Aside
    #: Script files that are read with pages, by their addresses; and which of them belong to a page.
    script_texts: dict[str, str]
    scripts_of: dict[str, tuple[str, ...]]
    #: What the first page of a list calls itself, by the list's key, where it is a section; and whether it is closed.
    heads: dict[str, str]
    closed: dict[str, bool]
    #: The requisites of a list's first page, by the list's key.
    shown: dict[str, frozenset[str]]
    #: The pages of responses that are here: what is asked of one again finds it opened.
    opened: WeakKeyDictionary[Response, parsers.Opened]

    def _opened(self, response: Response) -> parsers.Opened:
        """The page of a response, as the indexer will read it: with the family that the site's file states today.

        :raises ArchiveError: its codings could not be undone
        """
        if response not in self.opened:
            family = self.run.site.family_on(clock.now().astimezone(SHANGHAI).date())
            self.opened[response] = parsers.Opened(payload_of(response), family)
        return self.opened[response]

    def _links(self, response: Response) -> parsers.Links | None:
        try:
            links = self._read_links(response)
            self.run.hand(self._opened(response))
            return links
        except FangtanError as error:
            assert response.request is not None
            self.run.tally.error(response.url, str(error), response.request.meta.get("role", ""))
            self.run.book.came(response.request, response.status, str(error))
            return None

    def _read_links(self, response: Response) -> parsers.Links:
        scripts = "\n".join(self.script_texts.get(url, "") for url in self.scripts_of.get(response.url, ()))
        links = self._opened(response).links(scripts)
        request = response.request
        if request is not None and request.method == "POST" and links.family == "json" and links.items:
            following = by_form(request.url, request.body, links.declared)
            return replace(links, pages=(following,) if following is not None and not links.pages else links.pages)
        if links.pager == "script-list" and self.run.site.browser:
            return replace(links, ways_on=(), pager="")  # the browser runs that script
        return links

    async def _read_scripts(self, response: Response) -> None:
        """Fetch the script files that may write what a page lacks: its menu, its pager. They are read with the page."""
        try:
            links = self._read_links(response) if response.status == 200 else None
        except FangtanError:
            return  # said when the page itself is read
        for url in links.scripts if links is not None else ():
            if url not in self.script_texts:
                self.script_texts[url] = await self._text_of(url)
        self.scripts_of[response.url] = links.scripts if links is not None else ()

    async def _text_of(self, url: str) -> str:
        """The text of a script file; empty when it does not come."""
        answer = await self.aside.file(url)
        if answer is None or answer.status != 200:
            return ""
        try:
            payload = payload_of(answer)
        except ArchiveError:
            return ""
        return decode(payload.data, payload.content_type).text

    def _is_parent(self, response: Response, request: Request, links: parsers.Links) -> bool:
        """Whether a page is no list but leads to one (互动交流): it names a section, another than itself, and is none."""
        if links.is_section or links.is_list or request.meta.get("number", 1) > 1:
            return False
        named = {canonical(section.url) for section in links.sections if SECTION.search(section.title)}
        return bool(named) and canonical(response.url) not in named and request.meta.get("hops", 0) < _MAX_SECTION_HOPS

    def _learn_head(self, response: Response, request: Request, links: parsers.Links) -> None:
        """Keep what the first page of a list calls itself, whether it is closed, its requisites: for further pages."""
        if "list" not in request.meta:
            key = self.run.book.key_of(request)
            self.heads[key] = _head(response) if links.is_section else ""
            self.closed[key] = _is_closed(response)
            self.shown[key] = frozenset(links.requisites)

    def _breaks_off(self, response: Response, request: Request) -> bool:
        """Whether a page ends inside a tag or a character, or a list's further page is not closed, as its first one
        is.
        """
        body = response.body
        if response.status != 200 or self._opened(response).shape != "html" or not _OPENED.search(body):
            return False
        inside = body.rfind(b"<") > body.rfind(b">") or splits_a_character(body)
        like_its_first = self.closed.get(request.meta.get("list", ""), False)
        return inside or (like_its_first and not _is_closed(response))

    def _sent_on_to(self, request: Request, links: parsers.Links) -> str | None:
        """Where a further page of a list sends its reader by itself: it shows nothing."""
        further = request.meta["role"] == "list" and request.meta.get("number", 1) > 1
        if not further or links.items or links.pages:
            return None
        return next((section.url for section in links.sections if section.title == "forward"), None)

    def _is_no_list(self, response: Response, request: Request, links: parsers.Links) -> bool:
        """Whether a further page of a list is a page of another kind: an article, an error in words, another channel.

        A list's page without entries says what it is by its head; what a script adds to a list has no head.
        """
        if request.meta["role"] != "list" or request.meta.get("number", 1) < 2:
            return False
        if links.items:
            return self._is_of_another_channel(response, request, links)
        if links.pages or links.is_list:
            return False
        return (links.obstacle or "").startswith(("soft_404", "failed")) or self._is_of_another_kind(response, links)

    def _is_of_another_channel(self, response: Response, request: Request, links: parsers.Links) -> bool:
        """Whether a list has another head than the first page of its list, and does not speak of interviews."""
        first = self.heads.get(request.meta.get("list", ""), "")
        return bool(first) and not links.is_section and _head(response) not in ("", first)

    def _is_of_another_kind(self, response: Response, links: parsers.Links) -> bool:
        """Whether a page that names no entry has a head, and that speaks of no interviews."""
        if response.status == 304:
            return not links.is_section and bool(links.sections or links.requisites or links.site_name)
        if self._opened(response).shape in ("binary", "text"):
            return bool(response.body.strip())
        title = _head(response)
        return bool(title) and not (links.is_section and SECTION.search(title))

    def _astray(self, request: Request, links: parsers.Links) -> str | None:
        """Where the pager of a list leads in place of a list page: to the home page, to one of the list's entries."""
        if 0 < (links.declared_items or 0) <= len(links.items) or is_front(request.url):
            return None
        first = request.meta.get("list") or self.run.book.key_of(request)
        astray = (page.url for page in links.pages if page.method == "GET" and _is_astray(page.url, links))
        return next((url for url in astray if self.run.book.key(url) != first), None)

    def _below(self, response: Response, request: Request, links: parsers.Links) -> list[parsers.ListItem]:
        """The sections to which a list's first page leads, its years and the like: directories and lists, not talks.

        A further page without entries leads to the frames that may hold them.
        """
        if not may_lead_below(request):
            return [] if links.items else self._frames(request, links)
        here = parts(response.url).path.rsplit("/", 1)[0]
        listed = _keys(links.items) - _keys(links.lists)
        return [
            section
            for section in (*links.sections, *links.lists)
            if (section in links.lists or parts(section.url).path.startswith(here + "/") or not links.items)
            and canonical(section.url) != canonical(response.url)
            and (canonical(section.url) not in listed or is_directory(section.url))
        ]

    def _frames(self, request: Request, links: parsers.Links) -> list[parsers.ListItem]:
        """The frames of a further page that the first page of its list does not have."""
        shown = self.shown.get(request.meta.get("list", ""), frozenset())
        is_near = request.meta.get("hops", 0) < _MAX_SECTION_HOPS
        return [s for s in links.sections if s.title == "iframe" and s.url not in shown] if is_near else []

    def _maps_to_ask(self, response: Response) -> tuple[str, ...] | None:
        """The maps for people that a page names, if it is no interview and names no section; else ``None``."""
        if response.status != 200:
            return None
        try:
            links = self._read_links(response)
        except FangtanError:
            return None  # said when the page itself is read
        if links.sections or links.is_section or links.challenge or links.obstacle:
            return None
        front = is_front(response.url)
        return links.maps if front or (not links.items and self._tells_nothing(response)) else None

    def _says_nothing(self, response: Response, request: Request) -> bool:
        """Whether an ordinary answer (a challenge is none) lists nothing, or says nothing as an interview."""
        links = self.run.known.links(request.url)
        if response.status not in (200, 304) or links is None:
            return False
        if links.challenge or (links.obstacle and not links.obstacle.startswith(("behind_script", "empty"))):
            return False
        if request.meta["role"] != "detail":
            return not links.items
        return response.status == 200 and self._tells_nothing(response)

    def _tells_nothing(self, response: Response) -> bool:
        """Whether a page is no interview."""
        try:
            record = self._opened(response).record()
        except FangtanError:
            return False
        return not record.turns and record.kind in ("other", "offsite")

    def _tells(self, answer: Response) -> bool:
        """Whether what a script fetched is a talk or a list."""
        try:
            return bool(self._read_links(answer).items or self._opened(answer).record().turns)
        except FangtanError:
            return False

    def _browser(self) -> Browser:
        if self._chromium is None:
            self._chromium = Browser(self.aside.for_script, self.crawler.settings["USER_AGENT"])
            self.crawler.signals.connect(self._chromium.close, signals.spider_closed, weak=False)
        return self._chromium

    _chromium: Browser | None = None
