"""The workers of a Dask scheduler: who is there, who can be used, what each says of its leases.

A lease is renewed by each visit. It then runs out so many seconds after the worker's last answer, by the worker's own
clock: a visit that arrives late renews nothing beyond that. So no clock is compared with another one.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any

from archive.collection import clock
from archive.errors import ConfigError, CrawlError
from crawler.leases import holder

log = logging.getLogger("fangtan")
#: So long a scheduler may take to answer, in seconds.
ANSWER_S = 20.0
#: A worker that refused a lease is not asked again for so long.
REFUSED_S = 60.0
#: So long a connection may take to end.
_CLOSE_S = 5.0
#: Seconds by which a worker's clock may differ.
_CLOCK_S = 60.0


@dataclass(slots=True)
class Held:
    """A lease that we gave and have not brought back.

    :ivar deadline: when its worker has stopped if it is not heard of before (monotonic)
    :ivar state: what the worker says: ``running``, ``ended``, ``failed``
    """

    worker: str
    deadline: float
    state: str = "running"
    words: str = ""
    stop: bool = False
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Worker:
    """A worker as it was last heard of.

    :ivar clock: its own, at its last answer; ``None`` before the first one
    :ivar wrong: why it cannot be used, in words
    """

    address: str
    slots: int
    machine: str = ""
    key: bytes = b""
    clock: float | None = None
    free: int = 0
    wrong: str | None = None
    refused_until: float = 0.0
    leases: dict[str, dict[str, Any]] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None


def _distributed() -> Any:
    """:raises ConfigError: Dask is not installed"""
    try:
        return import_module("distributed")
    except ImportError as error:
        raise ConfigError("Dask is not installed: pip install 'fangtan[cluster]'") from error


class Workers:
    """Those of one scheduler.

    :param seconds: how long a lease holds without a word
    :param min_free: bytes of disk that a worker must have
    :param heard: called with the name of a lease of ours when its worker was heard of
    :ivar leases: those that we gave, by name
    """

    def __init__(
        self, address: str, identity: str, seconds: float, min_free: int, heard: Callable[[str], None]
    ) -> None:
        self.address, self.identity, self.seconds, self.min_free, self.heard = (
            address, identity, seconds, min_free, heard,
        )  # fmt: skip
        self.beat = min(2.0, seconds / 10)
        self.known: dict[str, Worker] = {}
        self.leases: dict[str, Held] = {}
        self.client: Any = None
        self._said = ""

    # ── who is there ────────────────────────────────────────────────────────────────────────────────────────────────

    async def attend(self) -> None:
        """Look after the workers, and come back to a scheduler that was away; until it is cancelled."""
        distributed = _distributed()
        while True:
            client = distributed.Client(self.address, asynchronous=True, timeout=ANSWER_S, set_as_default=False)
            try:
                self.client = await client
                self._say("")
                await self._look_after()
            except Exception as error:  # noqa: BLE001 - whatever Dask raises, the connection is made again
                self._say(f"{self.address}: the Dask scheduler does not answer ({error}); leases that run out wait")
            finally:
                await self._dismiss(client)
            await asyncio.sleep(self.beat)

    async def _look_after(self) -> None:
        while True:
            if self.client.status != "running":
                raise OSError("the connection broke")
            asked = self.client.scheduler.identity(n_workers=-1)
            present = (await asyncio.wait_for(asked, ANSWER_S))["workers"]
            for address in self.known.keys() - present.keys():
                self._leave(address)
            for address in present.keys() - self.known.keys():
                worker = self.known[address] = Worker(address, int(present[address]["nthreads"]))
                worker.task = asyncio.ensure_future(self._visit(worker))
            await asyncio.sleep(self.beat)

    async def _dismiss(self, client: Any) -> None:
        """Let go of a scheduler; one that is away does not hold us."""
        self.client = None
        for address in list(self.known):
            self._leave(address)
        with suppress(OSError, TimeoutError):
            await asyncio.wait_for(client.close(), _CLOSE_S)

    def _leave(self, address: str) -> None:
        worker = self.known.pop(address)
        if worker.task is not None:
            worker.task.cancel()

    async def _visit(self, worker: Worker) -> None:
        while True:
            try:
                if not worker.machine:
                    self._met(worker, await self.call(worker.address, holder.look))
                if worker.wrong is None:
                    await self._ask(worker)
            except Exception as error:  # noqa: BLE001 - whatever a worker says, the others go on
                self._failed(worker, error)
            await asyncio.sleep(self.beat)

    def _failed(self, worker: Worker, error: Exception) -> None:
        """A worker that is away may come back; one that says an error is asked again who it is."""
        if isinstance(error, OSError) and error.errno is None:
            log.info("%s does not answer: %s", worker.address, error)
            return
        worker.machine = ""
        self._wrong(worker, f"fangtan cannot be used there ({type(error).__name__}: {error})")

    def _met(self, worker: Worker, said: dict[str, Any]) -> None:
        worker.machine, worker.key = str(said["machine"]), base64.b64decode(said["key"])
        apart = abs((clock.now() - datetime.fromisoformat(said["now"])).total_seconds())
        if said["code"] != holder.code():
            self._wrong(worker, f"it has another fangtan ({said['version']}, {said['code']}; here {holder.code()})")
        elif apart > _CLOCK_S:
            self._wrong(worker, f"its clock is {apart:.0f} s away from ours")
        else:
            worker.wrong = None

    def _wrong(self, worker: Worker, words: str) -> None:
        if worker.wrong != words:
            log.error("%s: %s; it gets no site 该节点不会分到网站", worker.machine or worker.address, words)
        worker.wrong = words

    async def _ask(self, worker: Worker) -> None:
        ours = {name: held for name, held in self.leases.items() if held.worker == worker.address}
        at = worker.clock
        until = {} if at is None else dict.fromkeys(ours, at + self.seconds)
        stop = [name for name, held in ours.items() if held.stop]
        said = await self.call(worker.address, holder.visit, self.identity, until, stop)
        now = asyncio.get_running_loop().time()
        worker.clock, worker.free, worker.leases = said["clock"], said["free"], said["leases"]
        for name, held in ours.items():
            if (state := worker.leases.get(name)) is not None:
                held.state, held.words = state["state"], state.get("words", "")
                held.figures = state.get("figures") or held.figures
                held.deadline = now + self.seconds
                self.heard(name)

    async def call(self, address: str, ask: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """What a worker answers.

        :raises OSError: it is not there
        :raises TimeoutError: it does not answer in time
        """
        if self.client is None:
            raise CrawlError(f"{self.address}: the scheduler is away")
        asked = self.client.run(ask, *arguments, workers=[address], on_error="return", **named)
        found = (await asyncio.wait_for(asked, ANSWER_S))[address]
        if isinstance(found, BaseException):
            raise found
        return found

    # ── who gets a lease ────────────────────────────────────────────────────────────────────────────────────────────

    def free(self) -> Worker | None:
        """The worker with the most room for one more site; ``None`` when there is none."""
        now = asyncio.get_running_loop().time()
        fit = [w for w in self.known.values() if w.clock is not None and w.wrong is None and w.refused_until <= now]
        fit = [w for w in fit if w.free >= self.min_free and self._room(w) > 0]
        return max(fit, key=self._room, default=None)

    def _room(self, worker: Worker) -> int:
        running = {name for name, lease in worker.leases.items() if lease.get("own") and lease["state"] == "running"}
        given = {name for name, held in self.leases.items() if held.worker == worker.address}
        return worker.slots - len(given | running)

    def holders(self, name: str) -> list[Worker]:
        """The workers that have a lease which has ended."""
        return [w for w in self.known.values() if w.leases.get(name, {}).get("state") == "ended"]

    def at_work(self, name: str) -> bool:
        """Whether a worker crawls by that lease, or clears up after one that did."""
        return any(w.leases.get(name, {}).get("state") == "running" for w in self.known.values())

    @property
    def are_known(self) -> bool:
        """Whether each that is there has said what it has."""
        return bool(self.known) and all(w.clock is not None or w.wrong is not None for w in self.known.values())

    def in_the_way(self) -> str:
        """Why no worker gets a site, in words."""
        if self.client is None:
            return "the scheduler is away"
        found = [words for worker in self.known.values() if (words := self._against(worker))]
        return "; ".join(found) or ("all are at work" if self.known else "the scheduler has no worker")

    def _against(self, worker: Worker) -> str | None:
        name = worker.machine or worker.address
        if worker.wrong is not None:
            return f"{name}: {worker.wrong}"
        if worker.clock is None:
            return f"{name} is being asked who it is"
        return f"{name}: only {worker.free >> 20} MiB of disk are free" if worker.free < self.min_free else None

    def _say(self, words: str) -> None:
        """Once, until it is over."""
        if words and not self._said:
            log.error("%s 调度器无响应", words)
        elif self._said and not words:
            log.warning("%s: the Dask scheduler answers again", self.address)
        self._said = words
