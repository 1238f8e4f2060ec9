"""The crawling process of a scheduler whose sites are crawled by workers: it opens runs, leases them, and judges them.

A run is opened and judged here, as ever; only what it asks for is asked by a worker. What a worker captured comes in as
a merge does. A lease that runs out is given again, to any worker. What comes under an earlier one is merged, too.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from archive.collection import leases
from archive.collection.folder import Collection
from archive.collection.leases import Lease
from archive.collection.scratch import room_in
from archive.errors import ConfigError, CrawlError
from archive.handover.imports import Intake
from archive.handover.merging import merge
from archive.ledger import chain as ledger
from archive.ledger import keys
from archive.ledger.chain import Entry
from crawler.leases import holder
from crawler.leases.cargo import Ended, bring_back, ended_of, lost_records, pack, pages_of
from crawler.leases.workers import REFUSED_S, Held, Worker, Workers
from crawler.process import Crawling, Observer
from crawler.run.site_run import SiteRun
from parsers.errors import FangtanError

log = logging.getLogger("fangtan")
_LOOK_S = 0.2
#: A lease that fails so often is not tried again in this run.
_TRIES = 3
#: What of a lease's folder is fetched.
_PLAIN = ("ledger.jsonl", "crawl.db", "crawl.db-wal", "ended.pickle")
#: Free bytes that are left when a lease is fetched: it is there twice for a moment.
_SPARE = 64 << 20


class Leasing(Crawling):
    """A process that has sites crawled.

    :param address: of the Dask scheduler
    """

    def __init__(self, collection: Collection, address: str, observe: Observer | None = None) -> None:
        super().__init__(collection, observe)
        self.seconds = float(collection.setting("schedule", "lease"))
        first = next(iter(ledger.lenient(collection.ledger)))
        least = int(collection.setting("schedule", "min_free"))
        self.workers = Workers(address, first.hash[:16], self.seconds, least, self._heard)
        self._noted: dict[str, float] = {}
        self._merging, self._ends = asyncio.Lock(), False
        self._said: dict[str, str] = {}
        self._home: dict[str, bool] = {}  # leases that are merged, and whether the worker keeps its folder

    def take_charge(self) -> asyncio.Future[None]:
        """Look after the workers, too."""
        watching = super().take_charge()
        tasks = [asyncio.ensure_future(self.workers.attend()), asyncio.ensure_future(self._gather_late())]
        watching.add_done_callback(lambda _: [task.cancel() for task in tasks])
        return watching

    def start(self, main: Callable[[], Awaitable[None]]) -> str | None:
        """The same; what is being merged at the end comes to its end."""

        async def settled() -> None:
            try:
                await main()
            finally:
                self._ends = True
                async with self._merging:
                    pass

        return super().start(settled)

    def free_to_crawl(self, run: SiteRun) -> None:
        """Leases are ours: :meth:`fetch` waits for those that are open."""

    # ── one run ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def fetch(self, run: SiteRun) -> None:
        """Have a worker ask for everything; again, where a lease ran out.

        :raises CrawlError: several workers failed at it, or the run is to end and nothing was brought back: another
            scheduler continues it
        """
        failures = 0
        while not (run.guard.ends and not self.stopping) and not await self._freed(run):
            lease = await self._grant(run, await self._worker_for(run))
            if lease is None:
                continue
            held = self.workers.leases[lease.name]
            try:
                await self._over(run, lease, held)
                ended = await self._brought(run, lease) if self._ended_at(lease.name) else None
            finally:
                self.workers.leases.pop(lease.name, None)
                run.elsewhere = {}
            if ended is None:
                failures += held.state == "failed"
                await self._given_up(run, lease, held, failures)
            elif not ended.cut or run.guard.ends:
                ended.give(run, lease.machine)
                return

    async def _given_up(self, run: SiteRun, lease: Lease, held: Held, failures: int) -> None:
        if run.guard.ends and held.state != "failed":
            raise _unfinished(run, f"lease {lease.fence} on {lease.machine} is not back")
        words = f"its worker failed: {held.words}" if held.state == "failed" else "it ran out: its worker is silent"
        log.error("%s: lease %d on %s is over, %s 租约已失效", run.site.id, lease.fence, lease.machine, words)
        self._ran_out(lease, held.state if held.state == "failed" else "ran out")
        if held.state == "failed":
            with suppress(Exception):
                await self.workers.call(held.worker, holder.forget, self.workers.identity, lease.name, keep=True)
            if (worker := self.workers.known.get(held.worker)) is not None:
                worker.refused_until = asyncio.get_running_loop().time() + REFUSED_S
        if failures >= _TRIES:
            raise CrawlError(f"{run.site.id}: {failures} workers failed at it, the last: {held.words}")

    async def _freed(self, run: SiteRun) -> bool:
        """Wait until no earlier lease has the site or a host of it; whether one of these brought the run to its end."""
        while rows := [row for row in leases.open_leases(self.journal.db) if self._is_in_the_way(run, row)]:
            if run.guard.ends:
                raise _unfinished(run, f"lease {rows[0].fence} on {rows[0].machine} is not back")
            for row in (row for row in rows if row.site == run.site.id):
                if await self._taken_up(run, row):
                    return True
            self._say(run, f"waits for lease {rows[0].fence} of {rows[0].machine}, which ends at {rows[0].deadline}")
            await asyncio.sleep(_LOOK_S)
        return False

    async def _taken_up(self, run: SiteRun, row: Lease) -> bool:
        """Bring back what a scheduler before this one leased, once it has ended; whether it came to its end."""
        if row.run == run.run and self.workers.holders(row.name):
            ended = await self._brought(run, row)
            if ended is not None and not ended.cut:
                ended.give(run, row.machine)
                return True
        elif row.is_over and self.workers.are_known and not self.workers.at_work(row.name):
            self._ran_out(row, "ran out")
        return False

    def _is_in_the_way(self, run: SiteRun, row: Lease) -> bool:
        if row.name in self.workers.leases:
            return False
        return row.site == run.site.id or (not row.is_over and bool(row.hosts & run.site.scope))

    async def _worker_for(self, run: SiteRun) -> Worker:
        """The next worker that is free.

        :raises CrawlError: the run is to end
        """
        while not run.guard.ends:
            if (worker := self.workers.free()) is not None:
                self._said.pop(run.site.id, None)
                return worker
            self._say(run, f"waits for a worker: {self.workers.in_the_way()}")
            await asyncio.sleep(_LOOK_S)
        raise _unfinished(run, f"no worker was free ({self.workers.in_the_way()})")

    def _say(self, run: SiteRun, words: str, level: int = logging.INFO) -> None:
        """Show what the run waits for, and log it once."""
        run.elsewhere = {"standing": words}
        if self._said.get(run.site.id) != words:
            self._said[run.site.id] = words
            log.log(level, "%s: %s", run.site.id, words)

    async def _grant(self, run: SiteRun, worker: Worker) -> Lease | None:
        """Begin the run there; ``None`` when the worker refuses."""
        self._announce(worker)
        self.journal.begin()
        lease = leases.grant(
            self.journal.db, run.site.id, run.run, run.site.scope, worker.address, worker.machine, self._row_s
        )
        self.journal.checkpoint()
        loop = asyncio.get_running_loop()
        held = self.workers.leases[lease.name] = Held(worker.address, loop.time() + self.seconds)
        lost = await asyncio.to_thread(lost_records, self.collection, pages_of(run))
        cargo = pack(run, lease, lost)
        at = worker.clock
        held.deadline = loop.time() + self.seconds
        refused: str | None = "it went away"
        try:
            if at is not None and worker.address in self.workers.known:
                until = at + self.seconds
                refused = await self.workers.call(worker.address, holder.begin, self.workers.identity, lease.name, cargo, until)  # fmt: skip
        except (OSError, TimeoutError, CrawlError) as error:  # perhaps it has begun: its visits tell, or its silence
            log.warning("%s: no answer to lease %d (%s)", worker.machine, lease.fence, error)
            return lease
        if refused is None:
            log.info("%s: lease %d, crawled on %s", run.site.id, lease.fence, worker.machine)
            return lease
        log.error("%s: %s refused lease %d: %s; another worker gets it", run.site.id, worker.machine, lease.fence, refused)  # fmt: skip
        worker.refused_until = loop.time() + REFUSED_S
        self.workers.leases.pop(lease.name)
        self._close(lease, "refused")
        return None

    def _announce(self, worker: Worker) -> None:
        """The ledger names the key of each worker, signed with the collection's: what the worker signs is vouched for.

        :raises ArchiveError: the ledger cannot be read
        """
        fingerprint = keys.fingerprint(worker.key)
        said = {
            "type": "worker", "machine": worker.machine, "algorithm": keys.ALGORITHM,
            "public_key": base64.b64encode(worker.key).decode(), "fingerprint": fingerprint,
        }  # fmt: skip

        def unless_known(past: ledger.Past) -> dict[str, Any] | None:
            known = past.naming(fingerprint.encode())
            return None if any(e.type == "worker" and e.data.get("fingerprint") == fingerprint for e in known) else said

        ledger.append_new(self.collection, unless_known)

    # ── while it lasts ──────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _row_s(self) -> float:
        """Seconds that the row has: it is renewed less often than the lease itself, and must not end before it."""
        return self.seconds * 1.25

    def _heard(self, name: str) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._noted.get(name, float("-inf")) >= self.seconds / 4:
            self._noted[name] = now
            self.journal.begin()
            leases.renew(self.journal.db, int(name.partition("-")[0]), self._row_s)

    async def _over(self, run: SiteRun, lease: Lease, held: Held) -> None:
        """Until the worker says that it has ended, or its time is over."""
        loop = asyncio.get_running_loop()
        while held.state == "running" and loop.time() < held.deadline and not self.workers.holders(lease.name):
            held.stop = run.guard.ends
            run.elsewhere = {**held.figures, "run": run.run, "seconds": round(run.seconds, 1), "worker": lease.machine}
            await asyncio.sleep(_LOOK_S)

    def _ended_at(self, name: str) -> list[Worker]:
        held = self.workers.leases.get(name)
        at = self.workers.known.get(held.worker) if held is not None and held.state == "ended" else None
        return [at] if at is not None else self.workers.holders(name)

    def _close(self, lease: Lease, outcome: str) -> None:
        self.journal.begin()
        leases.close(self.journal.db, lease.fence, outcome)
        self.journal.checkpoint()

    def _ran_out(self, lease: Lease, outcome: str) -> None:
        self.journal.begin()
        leases.ran_out(self.journal.db, lease, outcome)
        self.journal.checkpoint()

    # ── back ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _brought(self, run: SiteRun, lease: Lease) -> Ended | None:
        """Fetch what a worker has of a lease in force: captures and rows; ``None`` when it went away meanwhile."""
        while workers := self._ended_at(lease.name):
            try:
                return await self._fetched(workers[0], lease, run)
            except (OSError, TimeoutError, sqlite3.Error, FangtanError) as error:
                self._say(
                    run, f"lease {lease.fence} of {lease.machine} cannot be brought back now: {error}", logging.ERROR
                )
            if run.guard.ends:
                return None
            await asyncio.sleep(max(_LOOK_S, self.workers.beat))
        return None

    async def _fetched(self, worker: Worker, lease: Lease, run: SiteRun | None) -> Ended:
        """One at a time: the disk holds one lease twice for a moment.

        :param run: the run that gets the rows; ``None`` for a late lease, of which only the captures come in
        """
        async with self._merging:
            with room_in(self.collection.root, ".lease-") as room:
                await self._copy(worker, lease, room)
                ended = ended_of(room)
                came = await asyncio.to_thread(self._merge, room, lease, keys.fingerprint(worker.key))
                if run is not None:
                    bring_back(run, room, lease)
        for error in came.refused:
            log.error("%s", error)
            if run is not None:
                ended.tally.error("", str(error), "archive")
        self._home[lease.name] = bool(came.refused)
        await self._forgotten(worker, lease.name)
        return ended

    async def _forgotten(self, worker: Worker, name: str) -> None:
        """Have a worker forget what is merged; where that fails it is asked again."""
        worker.leases.pop(name, None)
        with suppress(OSError, TimeoutError, CrawlError):
            await self.workers.call(worker.address, holder.forget, self.workers.identity, name, keep=self._home[name])

    async def _copy(self, worker: Worker, lease: Lease, room: Path) -> None:
        named = self.workers.identity, lease.name
        files: dict[str, int] = await self.workers.call(worker.address, holder.files, *named)
        free, wanted = shutil.disk_usage(room).free, 2 * sum(files.values()) + _SPARE
        if free < wanted:
            words = f"{free >> 20} MiB of disk are free, {wanted >> 20} MiB are needed"
            raise ConfigError(f"{self.collection.root}: {words} 磁盘空间不足")
        (room / "archive").mkdir()
        for name, size in files.items():
            if not _belongs(name):
                raise CrawlError(f"{worker.machine}: lease {lease.fence} offers {name!r}, which no lease holds")
            with (room / name).open("wb") as stream:
                while (at := stream.tell()) < size:
                    got = await self.workers.call(worker.address, holder.piece, *named, name, at)
                    if not got:
                        raise CrawlError(
                            f"{worker.machine}: {name} of lease {lease.fence} ends at {at} of {size} bytes"
                        )
                    stream.write(got)
        (room / "fangtan.toml").touch()

    def _merge(self, room: Path, lease: Lease, key: str) -> Intake:
        """The captures come in. Each file's entry has what the worker signed, so that anyone can check it."""

        def origin(entry: Entry) -> dict[str, Any]:
            said = {**entry.data, "hash": entry.hash}
            signature = base64.b64encode(entry.signature or b"").decode()
            return {
                "kind": "lease", "file": str(entry.data["name"]), "fangtan-site": lease.site, "fence": lease.fence,
                "worker": key, "said": json.dumps({**said, "signature": signature}, ensure_ascii=False, sort_keys=True),
            }  # fmt: skip

        return merge(self.collection, Collection(room), key=key, origin=origin)

    async def _gather_late(self) -> None:
        """What workers still have of leases that are over comes in as any other capture."""
        while not self._ends:
            await asyncio.sleep(self.workers.beat)
            for worker in list(self.workers.known.values()):
                for name in [n for n, lease in worker.leases.items() if lease["state"] == "ended"]:
                    if name in self._home:
                        await self._forgotten(worker, name)
                    elif not self._ends and (lease := self._late(name)) is not None:
                        await self._bring_late(worker, lease)

    def _late(self, name: str) -> Lease | None:
        """The lease of that name when nobody else brings it back."""
        fence, _, run = name.partition("-")
        if name in self.workers.leases or not fence.isdigit():
            return None
        row = leases.numbered(self.journal.db, int(fence), run)
        if row is None:  # crawl.db was lost
            return Lease(int(fence), run.split("-", 1)[-1].rpartition("-")[0], run, frozenset(), "", "", "", "")
        if row.ended_at is None and (not row.is_over or any(known.run == run for known in self.runs)):
            return None
        return row

    async def _bring_late(self, worker: Worker, lease: Lease) -> None:
        try:
            await self._fetched(worker, replace(lease, machine=lease.machine or worker.machine), None)
        except (OSError, TimeoutError, sqlite3.Error, FangtanError) as error:
            log.warning("%s: what lease %d left there comes in later: %s", worker.machine, lease.fence, error)
            return
        log.warning("%s: lease %d was over; what it captured is merged 迟到的抓取已并入", worker.machine, lease.fence)
        self.journal.begin()
        leases.came_late(self.journal.db, lease.fence)
        self.journal.checkpoint()


def _unfinished(run: SiteRun, words: str) -> CrawlError:
    """The end of a run that is not judged: its row stays, and another scheduler continues it."""
    return CrawlError(f"{run.site.id}: {words}; the run continues later 稍后继续")


def _belongs(name: str) -> bool:
    """Whether a file may come from a worker: one of a lease, in no other folder."""
    folder, _, base = name.rpartition("/")
    return (folder == "archive" and not base.startswith(".") and "\0" not in base) if folder else name in _PLAIN
