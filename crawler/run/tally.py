"""What a run counts: the facts of its report."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from scrapy import Request
from scrapy.http import Response

import parsers
from archive.collection.urls import canonical
from crawler.fetch.obstacles import Obstacles
from crawler.run.skew import Skew

log = logging.getLogger("fangtan")
_MAX_REFUSALS = 10_000
#: So many rows of each list are in the report.
_SHOWN = 500


@dataclass
class Tally:
    """Counts, and lists of what did not come; it decides nothing.

    :ivar pages_of: pages that the pager of a list declares, by its first page; ``items_of``: entries
    :ivar list_urls: first pages of the lists that were found
    :ivar listed: entries of the lists, by canonical address
    :ivar led_to: pages by the address (canonical) to which they were redirected
    :ivar sitemaps: those that robots.txt names, in its order
    :ivar skew: how far the clock is from the servers'
    """

    single_page: bool = False
    pages: int = 0
    bytes: int = 0
    lists: int = 0
    not_modified: int = 0
    crawl_delay: float = 0.0
    family: str = "generic"
    site_name: str | None = None
    stopped_at_known: bool = False
    left: int = 0
    repeats: int = 0
    pages_of: dict[str, int] = field(default_factory=dict)
    items_of: dict[str, int] = field(default_factory=dict)
    skipped_known: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    list_urls: list[str] = field(default_factory=list)
    led_to: dict[str, list[str]] = field(default_factory=dict)
    sitemaps: dict[str, None] = field(default_factory=dict)
    sections: list[str] = field(default_factory=list)  # that the given pages name
    errors: list[dict[str, str]] = field(default_factory=list)
    refusals: list[dict[str, str]] = field(default_factory=list)
    challenges: list[dict[str, str]] = field(default_factory=list)
    obstacles: Obstacles = field(default_factory=Obstacles)
    hosts: dict[str, int] = field(default_factory=dict)
    salvaged: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    skew: Skew = field(default_factory=Skew)

    def arrived(self, request: Request, response: Response) -> None:
        """A response of any status has come."""
        self.pages += 1
        key = str(response.status)
        self.statuses[key] = self.statuses.get(key, 0) + 1
        log.info("%d %s %s", response.status, request.meta.get("role", ""), response.url)

    def captured(self, host: str, size: int) -> None:
        """An exchange was kept."""
        self.bytes += size
        self.hosts[host] = self.hosts.get(host, 0) + 1

    def learn(self, links: parsers.Links) -> None:
        """Family and name of the site, from its own pages."""
        if links.family != "generic" and self.family == "generic":
            self.family = links.family
        self.site_name = self.site_name or links.site_name

    def list_page(self, request: Request, links: parsers.Links, *, first: str, fresh: bool) -> None:
        """Count a list page.

        :param first: its list, by the key of the first page
        :param fresh: it names an entry that its list has not named before
        """
        items = {canonical(i.url) for i in links.items}
        number = request.meta.get("number", 1)
        if items and not fresh and number > 1:
            self.repeats += 1
        if not items or (not fresh and number > 1):
            return
        self.lists += 1
        self.listed |= items
        if number == 1:
            self.list_urls.append(request.url)
        self._declare(first, links)

    def _declare(self, first: str, links: parsers.Links) -> None:
        """What the pager of a list says, once a list; nothing is made up where it says nothing."""
        for counts, value in ((self.pages_of, links.declared), (self.items_of, links.declared_items)):
            if value is not None:
                counts.setdefault(first, value)

    def recall(self, fact: dict[str, Any]) -> None:
        """Count a list page that the run has read before it was interrupted."""
        self.lists += bool(fact["keys"])
        self.listed |= set(fact["keys"])
        for counts, value in ((self.pages_of, fact["pages"]), (self.items_of, fact["items"])):
            if value is not None:
                counts.setdefault(fact["list"], value)

    @property
    def declared(self) -> int | None:
        """List pages that pagers declare."""
        return sum(self.pages_of.values()) if self.pages_of else None

    @property
    def declared_items(self) -> int | None:
        """Entries that pagers declare."""
        return sum(self.items_of.values()) if self.items_of else None

    def refused(self, url: str, role: str, reason: str) -> None:
        """A URL that is not fetched on purpose."""
        if len(self.refusals) < _MAX_REFUSALS:
            self.refusals.append({"url": url, "role": role, "reason": reason})

    def challenged(self, request: Request, rule: str) -> None:
        """A challenge page was served and recorded; it is not evaded."""
        self.challenges.append({"url": request.url, "role": request.meta.get("role", ""), "rule": rule})
        self.obstacles.add("ban" if rule.startswith("ban:") else "challenge", request.url, rule)

    def error(self, url: str, reason: str, role: str = "") -> None:
        """A page that did not come as it should."""
        self.errors.append({"url": url, "reason": reason, "role": role})

    def facts(self) -> dict[str, Any]:
        """The counts as the report has them."""
        return {
            "pages": self.pages, "bytes": self.bytes, "statuses": dict(sorted(self.statuses.items())), "not_modified": self.not_modified,
            "family": self.family, "declared": self.declared, "got": self.lists, "declared_items": self.declared_items,
            "listed": len(self.listed), "skipped_known": len(self.skipped_known), "list_urls": self.list_urls[:20], "sections": self.sections[:20],
            "repeated_list_pages": self.repeats, "crawl_delay": self.crawl_delay or None, "errors": len(self.errors),
            "error_list": self.errors[:_SHOWN], "refusals": self.refusals[:_SHOWN], "challenges": self.challenges[:_SHOWN],
            "obstacles": self.obstacles.as_list(), "hosts": dict(sorted(self.hosts.items())), "stopped_at_known": self.stopped_at_known,
            "single_page": self.single_page, "left": self.left, "salvaged": self.salvaged, "clock_ahead": self.skew.seconds,
        }  # fmt: skip
