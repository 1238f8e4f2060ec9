"""robots.txt as RFC 9309 has it: redirects are followed, and what cannot be had allows nothing.

Scrapy's own middleware follows no redirect and takes whatever it did not read for a permission. Here an answer of 2xx
holds its rules, 4xx holds none, and everything else means that the rules cannot be had (5xx, 429, no answer, an answer
that breaks off, redirects without an end): the run stops then, and the scheduler tries again later.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import NoReturn
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import StopDownload
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

import parsers
from archive.collection import clock
from archive.collection.urls import host_of
from crawler.fetch.decoding import OWN_LIMIT, REMARK, UNREADABLE
from crawler.fetch.limits import OwnLimit
from crawler.fetch.obstacles import describe, of_failure
from crawler.fetch.pace import MAX_CRAWL_DELAY_S
from crawler.fetch.politeness import retry_after
from crawler.fetch.refused import Refused, Stopped
from crawler.fetch.robotstxt import MAX_BYTES, Rules, read
from crawler.fetch.scope import refusal
from crawler.run.site_run import SiteRun
from crawler.spider.pages import payload_of
from crawler.spider.side_requests import REDIRECTS
from parsers.errors import FangtanError
from parsers.page.addresses import Base, absolute, located

log = logging.getLogger("fangtan")
FORBIDDEN = "robots.txt"
CANNOT_BE_HAD = "robots.txt cannot be had"
#: Redirects that are followed (the RFC asks for five at least).
MAX_HOPS = 10
#: How long a robots.txt holds within a run.
_AGE = timedelta(hours=24)
#: How long it holds for the one request that its Crawl-delay kept from being made.
_KEPT = timedelta(days=30)
#: The longest Crawl-delay that is kept for a host that no operator named; a longer one is worth not asking for
#: robots.txt in every run.
_PATIENCE_S = 60


class RobotsMiddleware:
    """Asks each server for its robots.txt once a run, before anything else, and obeys it."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.agent: str = crawler.settings["USER_AGENT"]
        self.found: dict[str, tuple[datetime, asyncio.Task[Rules]]] = {}
        self.sizes: WeakKeyDictionary[Request, int] = WeakKeyDictionary()  # of what is coming
        crawler.signals.connect(self._received, signals.bytes_received)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """Scrapy's constructor."""
        return cls(crawler)

    @property
    def run(self) -> SiteRun:
        """The run."""
        run: SiteRun = self.crawler.fangtan_run  # type: ignore[attr-defined]
        return run

    async def process_request(self, request: Request) -> None:
        """Let a request through that the server's robots.txt allows.

        :raises Refused: it forbids the request, or cannot be had and the run continues without this server
        :raises Stopped: it cannot be had, and the run stops
        """
        run = self.run
        if request.meta.get("role") == "robots":
            return
        rules = await self._rules(run, request.url)
        if rules.missing is not None:
            _without(run, request, rules)
        if not rules.allows(request.url):
            raise Refused(FORBIDDEN)
        if rules.delay > MAX_CRAWL_DELAY_S and host_of(request.url) in run.site.scope:
            _close(run, request, rules)
        if _is_too_slow(run, request.url, rules):
            raise Refused(f"Crawl-delay of {rules.delay:.10g} s on a host that only serves what pages show")

    # ── one server ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _rules(self, run: SiteRun, url: str) -> Rules:
        parts = urlsplit(url)
        server, now = f"{parts.scheme}://{parts.netloc}", clock.now()
        known = self.found.get(server)
        if known is None or (known[1].done() and now - known[0] > _AGE):
            kept = self._kept(run, server)
            reading = self._read(run, server) if kept is None else _nothing_to_read(kept[1])
            known = self.found[server] = (now if kept is None else kept[0], asyncio.ensure_future(reading))
        if _is_read(known[1]):
            return known[1].result()
        try:
            return await asyncio.shield(known[1])
        except (Refused, Stopped):
            self.found.pop(server, None)  # nothing was learnt
            raise
        except Exception as error:  # a full disk, a locked database, a bug of ours: nothing that holds for a day
            self.found.pop(server, None)
            log.exception("%s/robots.txt: not read", server)
            run.guard.fail(error)
            raise Stopped(describe(error)) from error

    def _kept(self, run: SiteRun, server: str) -> tuple[datetime, Rules] | None:
        """What an earlier run read, where asking again would cost the turn of a page.

        Else a run that ends before the Crawl-delay does would never get beyond robots.txt.
        """
        kept, last = run.guard.hosts.robots(server), run.guard.hosts.last(host_of(server))
        if kept is None or last is None:
            return None
        rules, age = read(kept.body, self.agent), clock.now() - kept.read_at
        unused = last.role == "robots"  # nothing was asked of the host since
        longest = _KEPT if unused and rules.delay <= MAX_CRAWL_DELAY_S else _AGE
        if not timedelta(0) <= age <= longest or not (unused or rules.delay > _PATIENCE_S):
            return None
        log.info("%s/robots.txt: as it was read on %s", server, kept.read_at)
        self._take(run, server, kept.url, rules)
        return kept.read_at, rules

    async def _read(self, run: SiteRun, server: str) -> Rules:
        """Ask for a server's robots.txt, wherever it leads; its rules hold for the server that was asked."""
        url, seen = f"{server}/robots.txt", set[str]()
        for _hop in range(MAX_HOPS + 1):
            if url in seen:
                return Rules(missing=f"{url}: its redirects run in a circle")
            seen.add(url)
            try:
                response = await self._ask(run, server, url)
            except Stopped:
                raise
            except Refused as error:
                if len(seen) == 1:
                    raise  # the server itself is refused
                return Rules(missing=f"{url}: {error.reason}")
            except OwnLimit as error:
                run.record_failure(Request(url), str(error))
                return _beyond(run, url, str(error))
            except Exception as error:  # noqa: BLE001 - whatever the network does, it is said
                run.record_failure(Request(url), describe(error))
                return Rules(missing=f"{url}: {describe(error)}", cause=error)
            if response.status not in REDIRECTS:
                return self._learnt(run, server, response)
            target = located(url, response.headers.get("Location") or b"")
            if target is None:
                return Rules(missing=f"{url}: HTTP {response.status} to an unusable address")
            url = target
        return Rules(missing=f"{server}/robots.txt: more than {MAX_HOPS} redirects")

    async def _ask(self, run: SiteRun, server: str, url: str) -> Response:
        reason = refusal(run.site, url, requisite=True)
        # A robots.txt may lie at another port of the host that the operator named.
        if reason is not None and urlsplit(url).hostname != urlsplit(server).hostname:
            raise Refused(reason)
        # An answer that breaks off may lack the very rule that matters: it is asked for again, then it counts as
        # missing.
        meta = {
            "role": "robots",
            "download_slot": host_of(url),
            "download_fail_on_dataloss": True,
            # However long it says to be, its beginning is read; ``max_bytes`` of the site file is for pages.
            "download_maxsize": 0,
            "max_taken": MAX_BYTES,
        }
        request = Request(url, meta=meta, callback=NO_CALLBACK, priority=1000)
        assert self.crawler.engine is not None
        return await self.crawler.engine.download_async(request)

    def _received(self, data: bytes, request: Request) -> None:
        """Enough has come of a robots.txt that has no end."""
        if request.meta.get("role") == "robots":
            self.sizes[request] = self.sizes.get(request, 0) + len(data)
            if self.sizes[request] > MAX_BYTES:
                raise StopDownload(fail=False)

    def _learnt(self, run: SiteRun, server: str, response: Response) -> Rules:
        status = response.status
        if 400 <= status < 500 and status != 429:
            self._take(run, server, response.url, Rules())
            return Rules()
        if not 200 <= status < 300:
            return Rules(missing=f"{response.url}: HTTP {status}", retry_after=retry_after(response))
        unreadable = _unreadable(response)
        if unreadable is not None and OWN_LIMIT in response.flags:
            return _beyond(run, response.url, unreadable)
        if unreadable is not None:
            return Rules(missing=f"{response.url}: {unreadable}")
        rules = read(response.body, self.agent)
        self._take(run, server, response.url, rules, response.body)
        return rules

    def _take(self, run: SiteRun, server: str, url: str, rules: Rules, body: bytes | None = None) -> None:
        """What rules say besides what is allowed: sitemaps, a Crawl-delay. With one, the file is kept for the next run.

        :param url: where they were found
        :param body: as they came just now
        """
        host = host_of(server)
        if host in run.site.scope:
            named = (absolute(Base(url), sitemap) for sitemap in rules.sitemaps)
            run.tally.sitemaps.update(dict.fromkeys(whole for whole in named if whole))
        if not _is_too_slow(run, server, rules):
            run.tally.crawl_delay = max(run.tally.crawl_delay, run.guard.pace.robots(host, rules.delay))
        if body is not None or not rules.delay:
            kept = body[: MAX_BYTES + 1] if body is not None and rules.delay else None
            run.guard.hosts.keep_robots(server, url, kept)


def _is_read(reading: asyncio.Task[Rules]) -> bool:
    """Whether a robots.txt is here, as it is for nearly every request."""
    return reading.done() and not reading.cancelled() and reading.exception() is None


async def _nothing_to_read(rules: Rules) -> Rules:
    return rules


def _beyond(run: SiteRun, url: str, reason: str) -> Rules:
    """A robots.txt beyond a limit of fangtan: nothing is allowed, and it is not the server's fault."""
    run.tally.obstacles.add("own_limit", url, reason)
    return Rules(missing=f"{url}: {reason}", own_limit=True)


def _is_too_slow(run: SiteRun, url: str, rules: Rules) -> bool:
    """Whether a foreign host asks for so much patience that the site's own pages would wait for its pictures."""
    return (rules.delay or 0) > _PATIENCE_S and host_of(url) not in run.site.scope


def _close(run: SiteRun, request: Request, rules: Rules) -> NoReturn:
    """A Crawl-delay that nobody can wait for: the host is not crawled. Its pictures alone end no run."""
    host = host_of(request.url)
    reason = (
        f"{host} is closed to us: its robots.txt has Crawl-delay: {rules.delay:.10g}, more than "
        f"{MAX_CRAWL_DELAY_S:g} s (our limit)"
    )
    if request.meta.get("role") == "requisite":
        raise Refused(reason)
    run.tally.obstacles.add("crawl_delay", request.url, reason)
    until = run.guard.circuits.open(host, reason, MAX_CRAWL_DELAY_S, asked=False)
    run.guard.next_request_at = until
    run.guard.stop(f"{reason}; robots.txt is read again on {until[:16]}Z at the earliest", until)
    raise Stopped(reason)


def _unreadable(response: Response) -> str | None:
    """Why an answer of 2xx holds no rules: its coding, or an anti-bot page in its place.
    A web page in its place has none to read.
    """
    for flag in response.flags:
        if flag.startswith(UNREADABLE) or (
            flag.startswith(REMARK) and "cut off" in flag and "download_stopped" not in response.flags
        ):
            return flag
    if not response.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return None
    try:
        challenge = parsers.links(payload_of(response)).challenge
    except FangtanError:
        return None
    return f"an anti-bot page ({challenge}) in its place" if challenge else None


def _without(run: SiteRun, request: Request, rules: Rules) -> NoReturn:
    """What to do where a robots.txt cannot be had: end the run, or continue without this server.

    A named host that has served nothing yet ends no run by what pages show: a site's own host without ``www.`` is often
    dead.
    """
    reason = f"{CANNOT_BE_HAD}: {rules.missing}"
    role, host = request.meta.get("role", ""), host_of(request.url)
    named = host in run.site.scope and (role != "requisite" or run.known.has_served(host))
    if named or role in ("seed", "list"):
        if rules.own_limit:
            run.guard.stop(reason, "next")
            raise Stopped(reason)
        if rules.cause is not None:
            run.tally.obstacles.add(of_failure(rules.cause), request.url, describe(rules.cause))
        run.tally.obstacles.add("robots_unreachable", request.url, reason)
        until = run.guard.next_request_at = run.guard.circuits.open(host, reason, rules.retry_after)
        run.guard.stop(f"{reason}; the next try is not before {until[:16]}Z", until)
        raise Stopped(reason)
    if host in run.site.scope:
        run.tally.error(request.url, reason, role)
    raise Refused(reason)
