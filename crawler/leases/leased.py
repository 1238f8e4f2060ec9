"""The process that crawls one site on a worker, in a collection of its own: ``schedule work --leased``.

Orders are JSON lines on stdin: ``{"until": SECONDS}`` (the lease, monotonic), ``{"stop": true}``. Figures go out. When
the input ends, its worker is gone: it stops. What it captured waits for anyone who fetches it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from archive.collection.folder import Collection
from archive.collection.sites import Site
from archive.errors import CrawlError
from crawler.leases.cargo import Ended, arrive, keep_ended, options_of
from crawler.process import Crawling
from crawler.run.indexing import Indexer
from crawler.run.options import Options
from crawler.run.site_run import SiteRun

log = logging.getLogger("fangtan")
#: The share of a lease in which no request begins any more: those in flight come to their end.
_REST = 1 / 3
#: How a process ends whose lease is over while it still waits for an answer.
_OVER = 75


class NoIndexer(Indexer):
    """Nobody indexes on a worker: that is done where the archive is."""

    def start(self) -> None:
        """Nothing."""


class Lease:
    """The time that is left.

    :ivar until: monotonic, which all processes of a machine share
    :ivar told: whether the scheduler asked the run to stop
    """

    def __init__(self, until: float, seconds: float) -> None:
        self.until, self.seconds = until, seconds
        self.fetching, self.told = True, False
        threading.Thread(target=self._end_hard, daemon=True).start()

    @property
    def last_request(self) -> float:
        """From when on no request begins."""
        return self.until - self.seconds * _REST

    @property
    def ran_out(self) -> bool:
        """Whether it is too late to renew it."""
        return time.monotonic() >= self.last_request

    def _end_hard(self) -> None:
        """A request that is in flight when the lease is over ends with the process; what it captured is safe."""
        while (left := self.until - time.monotonic()) > 0 or not self.fetching:
            time.sleep(max(0.05, min(left, 1.0)))
        log.error("the lease is over: the process ends; what it captured is safe")
        os._exit(_OVER)


def crawl(collection: Collection, until: float) -> None:
    """Crawl the site of a lease, and write down how it ended.

    :param until: when the lease runs out (monotonic); one that has run out closes what a killed process left
    :raises CrawlError: the capture tee is broken
    """
    site, options = options_of(collection)
    terms = options.lease
    if terms is None:
        raise CrawlError(f"{collection.root}: no lease here")
    heard = _Heard.waiting()
    until = max([until, *heard.renewals()])
    lease = Lease(until, terms.seconds) if time.monotonic() < until else None
    if lease is not None:
        arrive(collection, terms)
    crawling = Crawling(collection, _figures, indexer=NoIndexer(collection))
    made: list[Ended] = []

    async def main() -> None:
        if lease is None:
            crawling.stop()
        made.append(await _crawl(crawling, site, options, lease, heard))

    if death := crawling.start(main):
        raise CrawlError(death)
    keep_ended(collection, made[0])


async def _crawl(crawling: Crawling, site: Site, options: Options, lease: Lease | None, heard: _Heard) -> Ended:
    hearing = asyncio.ensure_future(_hear(crawling, lease, heard)) if lease is not None else None
    run = await crawling.open_beside(site, options)
    if lease is not None:
        run.guard.leased_until = lease.last_request
    await crawling.fetch(run)
    if lease is not None and hearing is not None:
        lease.fetching = False
        hearing.cancel()
    run.close()
    crawling.runs.remove(run)
    run.release()
    return Ended.of(run, cut=_was_cut(crawling, run, lease))


def _was_cut(crawling: Crawling, run: SiteRun, lease: Lease | None) -> bool:
    """Whether the run ended before its time, and nobody asked for it."""
    if lease is None:
        return True
    by_us = lease.ran_out or (crawling.stopping and not lease.told)
    return by_us and not (run.tally.pages and not run.tally.left)


def _obey(crawling: Crawling, lease: Lease, order: dict[str, Any]) -> None:
    if order.get("stop"):
        lease.told = True
        crawling.stop()
    if "until" in order:  # however late it is read: the site is nobody else's before that moment
        lease.until = max(lease.until, float(order["until"]))
        for run in crawling.runs:
            run.guard.leased_until = lease.last_request


@dataclass(slots=True)
class _Heard:
    """The orders that came while this process was being started, which may take long, and the rest of a line."""

    orders: list[dict[str, Any]]
    rest: bytes

    @classmethod
    def waiting(cls) -> _Heard:
        """Those that wait to be read."""
        os.set_blocking(sys.stdin.fileno(), False)
        got = b""
        with suppress(BlockingIOError):
            while more := os.read(sys.stdin.fileno(), 1 << 16):
                got += more
        *lines, rest = got.split(b"\n")
        return cls([json.loads(line) for line in lines], rest)

    def renewals(self) -> list[float]:
        """Until when the lease was renewed."""
        return [float(order["until"]) for order in self.orders if "until" in order]


async def _hear(crawling: Crawling, lease: Lease, heard: _Heard) -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(heard.rest)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    for order in heard.orders:
        _obey(crawling, lease, order)
    while line := await reader.readline():
        _obey(crawling, lease, json.loads(line))
    log.warning("the worker is gone: the run stops; what it captured waits to be fetched")
    crawling.stop()


def _figures(runs: list[SiteRun]) -> None:
    for run in runs:
        sys.stdout.write(json.dumps(run.figures, ensure_ascii=False) + "\n")
        sys.stdout.flush()
