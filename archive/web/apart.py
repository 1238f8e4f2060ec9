"""Questions that read every turn: on a large store each goes to a process of its own, so that no other reader waits.

One runs at a time (:mod:`archive.research.apart` has its bounds). Its page waits a short while, then says how far it
has come and asks again. An answer is kept until the store changes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from datasette.app import Datasette

from archive.collection.processes import environment, module
from archive.errors import ConfigError
from archive.research.apart import BUDGET_S, answer
from archive.web.context import collection_of, freshness_of
from archive.web.freshness import left_out
from archive.web.views import TooSlow, read

#: Turns that are counted at once, in this process.
AT_ONCE = 20_000
#: Seconds that a page waits for an answer; questions that may wait or be remembered.
PATIENCE_S, MOST = 2.0, 16
_TURNS = "SELECT coalesce(sum(turns), 0) FROM _tally WHERE site = '*'"


class Counting(Exception):
    """The answer is not there yet.

    :param percent: of the turns that were read
    """

    def __init__(self, percent: int) -> None:
        super().__init__(percent)
        self.percent = percent


@dataclass(slots=True)
class _Job:
    """A question that is asked, and how many turns were read for it."""

    task: asyncio.Task[Any]
    done: int = 0


@dataclass(slots=True)
class Desk:
    """The questions of one server: each is asked once for a state of the store."""

    jobs: OrderedDict[str, _Job] = field(default_factory=OrderedDict)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def job(self, key: str, store: str, asked: dict[str, Any]) -> _Job:
        """The job of a question, begun where there is none.

        :raises TooSlow: too many wait
        """
        here = asyncio.get_running_loop()
        for name in [name for name, job in self.jobs.items() if job.task.get_loop() is not here]:
            del self.jobs[name]
            self.turn = asyncio.Lock()
        while len(self.jobs) >= MOST:
            oldest = next((name for name, job in self.jobs.items() if job.task.done()), None)
            if oldest is None:
                raise TooSlow("too many questions wait for an answer; try again later 排队的统计过多，请稍后再试")
            del self.jobs[oldest]
        if key not in self.jobs:
            job = _Job(here.create_task(self._answered(key, store, asked)))
            job.task.add_done_callback(_heard)
            self.jobs[key] = job
        self.jobs.move_to_end(key)
        return self.jobs[key]

    async def _answered(self, key: str, store: str, asked: dict[str, Any]) -> Any:
        """:raises ConfigError: it cannot be asked, or takes too much"""
        async with self.turn:
            process = await asyncio.create_subprocess_exec(
                *module("archive.research.apart", store),
                env=environment(),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=1 << 24,
            )
            try:
                return await self._followed(key, process, asked)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    async def _followed(self, key: str, process: asyncio.subprocess.Process, asked: dict[str, Any]) -> Any:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asked).encode())
        process.stdin.close()
        async for line in process.stdout:
            said = json.loads(line)
            if "answer" in said:
                return said["answer"]
            if "error" in said:
                raise ConfigError(said["error"])
            if key in self.jobs:
                self.jobs[key].done = said["done"]
        raise TooSlow(
            f"takes longer than {BUDGET_S} s of processor time; narrow it, or ask on the command line. "
            "统计超时，请缩小范围或改用命令行。"
        )


def _heard(task: asyncio.Task[Any]) -> None:
    """An error that nobody waits for any more is no fault of the server."""
    if not task.cancelled():
        task.exception()


_desks: WeakKeyDictionary[Datasette, Desk] = WeakKeyDictionary()


async def ask(datasette: Datasette, question: str, facts: dict[str, Any], *, large: bool | None = None) -> Any:
    """What answers a question (:func:`archive.research.apart.answer`).

    :param large: it goes to a process of its own; ``None``: so where the store has more than :data:`AT_ONCE` turns
    :raises Counting: it is not there yet; the page is to ask again
    :raises ConfigError: it cannot be asked, or takes too much
    """
    turns = await read(datasette, lambda db: int(db.execute(_TURNS).fetchone()[0]))
    if not (turns > AT_ONCE if large is None else large):
        return await read(datasette, lambda db: answer(db, question, facts))
    asked = {"question": question, "facts": facts}
    key = f"{freshness_of(datasette).tag('apart')} {json.dumps(asked, sort_keys=True)}"
    desk = _desks.setdefault(datasette, Desk())
    job = desk.job(key, str(collection_of(datasette).store), asked)
    done, _ = await asyncio.wait([job.task], timeout=PATIENCE_S)
    if not done:
        left_out()
        raise Counting(min(99, 100 * job.done // max(turns, 1)))
    return job.task.result()
