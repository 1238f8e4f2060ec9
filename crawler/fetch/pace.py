"""How often a host is asked: one request at a time, and between two of them the longest delay that anybody asks for.

Scrapy 2.19 counts a transfer only once its task runs, so without a delay it starts all of a queue at once; it keeps the
delay for each crawler apart, and a request that waits in its queue can neither be seen nor ended. So Scrapy's own
delays are off.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from archive.collection import clock
from archive.collection.times import SHANGHAI
from crawler.fetch.refused import Stopped
from crawler.state.hosts import Hosts

log = logging.getLogger("fangtan")
#: Longest delay that a slow or failing server brings about by itself.
_MAX_SLOW = 60.0
#: Longest Crawl-delay that is waited for; a host that asks for more is not crawled.
MAX_CRAWL_DELAY_S = 86400.0
#: Waits that are shown, and waits that are worth a line in the log.
_SHOWN_S, _SAID_S = 10.0, 60.0


@dataclass(slots=True)
class _Gate:
    """A host as all runs of the process see it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0  # for the lock
    ended: float = float("-inf")
    known: datetime | None = None  # the last request that a process has noted, as it was counted into ``ended``
    holder: Pace | None = None
    wait: Wait | None = None  # the holder's

    @property
    def is_free(self) -> bool:
        """Whether nobody has the lock or waits for it."""
        return not (self.waiting or self.lock.locked())


_GATES: defaultdict[str, _Gate] = defaultdict(_Gate)


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a run waits, and until when (``None``: nobody knows)."""

    host: str
    until: datetime | None
    why: str

    def __str__(self) -> str:
        until = f" until {self.until.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}" if self.until else ""
        return f"waits{until} for {self.host}: {self.why}"


@dataclass
class Pace:
    """The delays of one run, and its turns.

    :param delay: seconds between two requests to a host; 0 also turns off what slow and failing servers bring about
    :param too_long: asked before a wait that is worth showing; ends the run when it makes no sense to wait
    :param memory: what other processes know of hosts
    """

    delay: float
    too_long: Callable[[Wait], object] = lambda _: None
    memory: Hosts | None = None
    asked: dict[str, float] = field(default_factory=dict)
    before: dict[str, float] = field(default_factory=dict)  # as an earlier run was asked
    slow: dict[str, float] = field(default_factory=dict)
    held: dict[str, tuple[float, str]] = field(default_factory=dict)
    waits: dict[str, Wait] = field(default_factory=dict)
    behind: dict[str, Wait] = field(default_factory=dict)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _said: set[tuple[str, str]] = field(default_factory=set)

    # ── delays ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def robots(self, host: str, seconds: float) -> float:
        """The Crawl-delay of a host's robots.txt (0: it has none); it may only raise the delay, and replaces what an
        earlier run was told.

        :returns: the seconds that are kept: :data:`MAX_CRAWL_DELAY_S` at most
        """
        self.asked[host] = max(self.asked.get(host, 0.0), min(seconds, MAX_CRAWL_DELAY_S))
        if self.memory is not None:
            self.memory.keep_delay(host, self.asked[host])
        return self.asked[host]

    def answered(self, host: str, latency: float, *, good: bool) -> None:
        """A host that answers slowly is asked more slowly (Scrapy's AutoThrottle, for one request at a time).

        :param good: the answer was a page; errors are small and quick, and must not speed us up
        """
        before = self.slow.get(host, self.delay)
        after = max(self.delay, min(max(latency, (before + latency) / 2), _MAX_SLOW))
        if self.delay > 0 and (good or after > before):
            self.slow[host] = after

    def failed(self, host: str) -> None:
        """A host that failed is asked half as often."""
        if self.delay > 0:
            self.slow[host] = max(self.delay, min(self.slow.get(host, self.delay) * 2, _MAX_SLOW))

    def hold(self, host: str, seconds: float, why: str) -> None:
        """Leave a host alone for some seconds from now on."""
        self.held[host] = (max(time.monotonic() + seconds, self.held.get(host, (0.0, ""))[0]), why)

    def _asked_by(self, host: str) -> float:
        return self.asked.get(host, self.before.get(host, 0.0))

    def _next(self, host: str, ended: float) -> tuple[float, str]:
        """When a host may be asked (monotonic), and what that comes from."""
        own, asked = self.slow.get(host, self.delay), self._asked_by(host)
        why = f"its robots.txt has Crawl-delay: {asked:g}" if asked > own else f"{own:.1f} s between two requests"
        return max((ended + max(own, asked), why), self.held.get(host, (float("-inf"), "")))

    # ── turns ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def turn(self, host: str, may_ask: Callable[[], bool], role: str = "") -> AsyncIterator[None]:
        """The time in which a host is ours: from the end of one request to the beginning of the next the delay is kept.

        :param may_ask: asked when the turn has come
        :param role: what the request is for
        :raises Stopped: the run stops, or may not ask any more
        """
        gate = _GATES[host]
        await self._acquire(host, gate)
        gate.holder = self
        try:
            while not self.stopping.is_set():
                self._remember(host, gate)
                at, why = self._next(host, gate.ended)
                if (seconds := at - time.monotonic()) <= 0:
                    break
                await self._wait(host, gate, seconds, why)
            if self.stopping.is_set() or not may_ask():
                raise Stopped(f"{host}: the run has stopped")
            try:
                yield
            finally:
                gate.ended = time.monotonic()
                if self.memory is not None:
                    self.memory.asked(host, role)
        finally:
            gate.holder = None
            gate.lock.release()

    def _remember(self, host: str, gate: _Gate) -> None:
        """Count in the last request of another process, or of an earlier one."""
        last = self.memory.last(host) if self.memory is not None else None
        if last is None or last.at == gate.known:
            return
        gate.known = last.at
        gate.ended = max(gate.ended, time.monotonic() - max(0.0, (clock.now() - last.at).total_seconds()))
        self.before.setdefault(host, min(last.crawl_delay, MAX_CRAWL_DELAY_S))

    async def _acquire(self, host: str, gate: _Gate) -> None:
        """The host's lock, unless the run stops first: another run may hold it for as long as it waits itself."""
        if gate.is_free and not self.stopping.is_set():
            await gate.lock.acquire()  # nobody has it: this does not wait
            return
        gate.waiting += 1
        taking, stopping = asyncio.ensure_future(gate.lock.acquire()), asyncio.ensure_future(self.stopping.wait())
        try:
            while not taking.done() and not stopping.done():
                await asyncio.wait({taking, stopping}, timeout=_SHOWN_S, return_when=asyncio.FIRST_COMPLETED)
                if not taking.done() and not stopping.done():
                    self._stand_behind(host, gate)
        finally:
            gate.waiting -= 1
            self.behind.pop(host, None)
            stopping.cancel()
            if not taking.done():
                taking.cancel()
        if not taking.done() or taking.cancelled():
            raise Stopped("the run has stopped")

    def _stand_behind(self, host: str, gate: _Gate) -> None:
        """Show that another run has the host's turn, and what that one waits for;
        a turn of our own is none to tell of.
        """
        if gate.holder is self:
            self.behind.pop(host, None)
            return
        why = "another run has its turn there" + (f"; {gate.wait.why}" if gate.wait else "")
        wait = Wait(host, gate.wait.until if gate.wait else None, why)
        if self.behind.get(host) != wait:
            self.behind[host] = wait
            self.too_long(wait)
            self._tell(wait)

    async def _wait(self, host: str, gate: _Gate, seconds: float, why: str) -> None:
        wait = Wait(host, clock.now() + timedelta(seconds=seconds), why)
        if seconds >= _SHOWN_S:
            self.waits[host] = gate.wait = wait
        if seconds >= _SHOWN_S or self._asked_by(host):
            self.too_long(wait)
        if seconds >= _SAID_S:
            self._tell(wait)
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            gate.wait = None
            self.waits.pop(host, None)

    def _tell(self, wait: Wait) -> None:
        """A line in the log, once for each reason."""
        if (wait.host, wait.why) not in self._said:
            self._said.add((wait.host, wait.why))
            log.warning("%s", wait)

    def stop(self) -> None:
        """End all waits."""
        self.stopping.set()

    @property
    def standing(self) -> str | None:
        """What the run waits for, in words."""
        return "; ".join(map(str, [*self.waits.values(), *self.behind.values()])) or None
