"""The scheduler: hands due sites to a worker process, waits, and reports what came of it.

The timetable is the record: a scheduler that is killed at any moment is replaced by another that reads the same tables.
Sites that share a host never run at the same time.
"""

from __future__ import annotations

import json
import logging
import queue
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from archive.collection import clock, times
from archive.collection.crawldb import look_into
from archive.collection.folder import Collection
from archive.collection.processes import environment
from archive.history.timetable import Entry, crashed, ended, register, timetable
from archive.ledger.times import refuse_backwards
from crawler.schedule.fixity import FixityCheck
from crawler.schedule.notify import Notifier
from parsers.errors import FangtanError

log = logging.getLogger("fangtan")
#: Longest sleep: site files and the clock may change meanwhile.
_LONGEST_S = 30.0
#: How often running workers are looked after.
_LOOK_S = 5.0
#: A worker without work ends after so many seconds, and gives its memory back.
_IDLE_S = 60.0
#: A worker whose runs give no sign of life for so long hangs, and is killed; its runs continue in another.
_HANGS = timedelta(minutes=10)
#: A site that could not be begun (crawled by hand at the moment) is left alone for so long.
_BUSY_S = 60.0


@dataclass
class Scheduler:
    """One at a time for a collection; the caller holds its ``scheduler`` lock.

    :param until_idle: end when nothing is due and nothing runs (``tick``), instead of waiting for the next date
    :param until: end then
    :param worker: the command that starts a worker
    :param known: what the check of all files is told of the ledger, as words of ``verify``
    :param hear: gets each outcome (the run's report), each failure (``{"failed", "error"}``) and what a check of
        all files found (``{"files": faults in words}``)
    :param notifier: sends notices
    :param show: gets the progress of the runs under way
    """

    collection: Collection
    worker: list[str]
    known: list[str] = field(default_factory=list)
    until_idle: bool = False
    until: datetime | None = None
    hear: list[Callable[[dict[str, Any]], None]] = field(default_factory=list)
    notifier: Notifier | None = None
    show: Callable[[dict[str, dict[str, Any]]], None] = lambda _: None

    def __post_init__(self) -> None:
        self.running: dict[str, Entry] = {}
        self.progress: dict[str, dict[str, Any]] = {}
        self.busy: dict[str, float] = {}
        self.process: subprocess.Popen[str] | None = None
        # Simple: the signal handler puts something in, whatever the main thread is at.
        self.messages: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self.idle_since = time.monotonic()
        self.stopping = self.told_to_stop = False
        self.trouble: str | None = None
        self.broken: dict[str, str] = {}
        self.files = FixityCheck(self.collection, lambda lines: self.messages.put({"files": lines}), known=self.known)

    def run(self) -> None:
        """Until there is nothing left to do, the time is over, or SIGTERM comes."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._asked_to_stop)
        try:
            while not (self.stopping and not self.running):
                now = clock.now()
                register(self.collection, now)
                entries = timetable(self.collection, now)
                self._name_broken(entries)
                if self._turn(entries, now):
                    break
                self._wait(entries, now)
            if self.notifier is not None:
                self.notifier.alive()
        finally:
            self.files.end()
            self._end_worker()
            if self.notifier is not None:
                self.notifier.close()

    def _turn(self, entries: list[Entry], now: datetime) -> bool:
        """Hand out what is due, send notices, pass a stop on; whether there is nothing left to do."""
        over = self.until is not None and now >= self.until
        if not self.stopping and not over:
            self._hand_out(entries, now)
            self.files.begin(now)
        idle = self.trouble is not None or not self._due(entries)
        if self.notifier is not None:
            self.notifier.tick(now, idle=idle and not self.running)
        self._pass_a_stop_on()
        return not self.running and (over or (self.until_idle and idle and not self.files.running))

    def _pass_a_stop_on(self) -> None:
        if self.stopping and not self.told_to_stop:
            self.told_to_stop = True
            self._order({"stop": True})

    def _asked_to_stop(self, *_: object) -> None:
        log.warning("asked to stop: %d run(s) finish what is in flight and keep their queues", len(self.running))
        self.stopping = True
        self.messages.put(None)

    def _name_broken(self, entries: Iterable[Entry]) -> None:
        """Site files that cannot be used are reported once; a fixed one is taken up like any other."""
        broken = {entry.id: entry.why for entry in entries if entry.state == "broken"}
        for site, why in broken.items():
            if self.broken.get(site) != why:
                log.error("%s", why)
                self._tell({"failed": site, "error": why})
        self.broken = broken

    # ── who is next ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _due(self, entries: Iterable[Entry]) -> list[Entry]:
        """Due sites in order of rank, without those whose host is being crawled."""
        taken = {host for entry in self.running.values() if entry.site for host in entry.site.scope}
        found = []
        for entry in sorted((e for e in entries if e.state == "due" and self._is_free(e)), key=lambda e: e.rank):
            assert entry.site is not None
            if not taken & entry.site.scope:
                taken |= entry.site.scope
                found.append(entry)
        return found

    def _is_free(self, entry: Entry) -> bool:
        busy = self.busy.get(entry.id, 0.0) > time.monotonic()
        return entry.site is not None and entry.id not in self.running and not busy

    def _hand_out(self, entries: Iterable[Entry], now: datetime) -> None:
        free = self.collection.setting("schedule", "parallel") - len(self.running)
        for entry in self._due(entries)[: max(0, free)]:
            if not self._may_begin():
                return
            assert entry.site is not None
            until = times.window(entry.site.window).closing(now).isoformat() if entry.site.window else None
            self.running[entry.id] = entry
            log.info("%s: begins (%s)", entry.id, entry.why)
            self._order({"crawl": entry.id, "until": until}, start=True)

    def _may_begin(self) -> bool:
        """Whether runs may start; what keeps all of them from it is told once."""
        kind, reason = self._in_the_way()
        if kind is not None and kind != self.trouble:
            log.error("%s", reason)
            self._tell({"failed": "", "error": reason, "trouble": kind})
        elif kind is None and self.notifier is not None:
            self.notifier.over()
        self.trouble = kind
        return kind is None

    def _in_the_way(self) -> tuple[str | None, str]:
        """The kind of trouble and its words; ``None`` without any."""
        free = shutil.disk_usage(self.collection.root).free
        if free < self.collection.setting("schedule", "min_free"):
            return "disk", f"only {free >> 20} MiB of disk are free: no run starts; free some space 磁盘空间不足"
        try:
            refuse_backwards(self.collection.ledger)
        except FangtanError as error:
            return "clock", str(error)
        return None, ""

    # ── the worker ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _order(self, order: dict[str, Any], *, start: bool = False) -> None:
        if self.process is None:
            if not start:
                return
            self.process = subprocess.Popen(
                self.worker, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", bufsize=1, start_new_session=True
            )  # fmt: skip
            self.listener = threading.Thread(target=self._listen, args=(self.process,), daemon=True)
            self.listener.start()
        assert self.process.stdin is not None
        with suppress(OSError):  # it died: its silence is heard
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                with suppress(ValueError):
                    self.messages.put(json.loads(line))
        self.messages.put({"silence": process.pid})

    def _wait(self, entries: Iterable[Entry], now: datetime) -> None:
        """Until a message comes or a date does."""
        following = self._following(entries, now)
        at_rest = not (self.running or self.stopping or self.files.running)
        if at_rest and clock.rehearsed() and not self._due(entries):
            if following is None:
                self.stopping = True
            else:
                clock.move_to(following)
            return
        deadline = time.monotonic() + (_LOOK_S if self.running else _LONGEST_S)
        if following is not None:
            deadline = min(deadline, time.monotonic() + max(0.05, (following - now).total_seconds()))
        if not self._heard_until(deadline):
            self._look_after(clock.now())

    def _following(self, entries: Iterable[Entry], now: datetime) -> datetime | None:
        """The next date of a site, of the digest, or of the end."""
        dates = [e.next_at for e in entries if e.id not in self.running]
        dates += [self.notifier.due(now) if self.notifier is not None else None, self.files.due(), self.until]
        return min((d for d in dates if d is not None and d > now), default=None)

    def _heard_until(self, deadline: float) -> bool:
        """Whether a message came that may change who is next; progress is shown meanwhile."""
        while (seconds := deadline - time.monotonic()) > 0:
            try:
                message = self.messages.get(timeout=seconds)
            except queue.Empty:
                break
            if message is None or "progress" not in message:
                self._message(message)
                return True
            self.progress = message["progress"]
            self.show(self.progress)
        return False

    def _message(self, message: dict[str, Any] | None) -> None:
        if message is None:
            return
        if "outcome" in message:
            site = message["outcome"]["site"]
            ended(self.collection, site)
            self._done(site)
            self._tell(message["outcome"])
        elif "failed" in message:
            self.busy[message["failed"]] = time.monotonic() + _BUSY_S
            self._done(message["failed"])
            self._tell(message)
        elif "files" in message:
            self.files.over()
            self._tell(message)
        elif self.process is not None and message.get("silence") == self.process.pid:
            self._crash()

    def _done(self, site: str) -> None:
        self.running.pop(site, None)
        self.progress.pop(site, None)
        self.idle_since = time.monotonic()

    def _tell(self, message: dict[str, Any]) -> None:
        for told in self.hear:
            told(message)
        if self.notifier is not None:
            self.notifier.heard(message)

    def _look_after(self, now: datetime) -> None:
        """End an idle worker, kill a hanging one."""
        if self.process is None:
            return
        if not self.running:
            if time.monotonic() - self.idle_since > _IDLE_S:
                self._end_worker()
            return
        db = look_into(self.collection.crawl_db)
        try:
            (last,) = db.execute(
                "SELECT max(heartbeat) FROM runs WHERE state = 'running' AND pid = ?", (self.process.pid,)
            ).fetchone()
        finally:
            db.close()
        if last is not None and now - datetime.fromisoformat(last) > _HANGS:
            log.error(
                "the worker (process %d) has hung since %s and is killed; its runs continue", self.process.pid, last
            )
            self.process.kill()

    def _crash(self) -> None:
        """The worker is gone without a word: its runs are found dead by their locks and continue later."""
        assert self.process is not None
        code = self.process.wait()
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()
        self.process = None
        lost = sorted(self.running)
        if lost:
            log.error("the worker ended with exit code %d while it crawled %s", code, ", ".join(lost))
            crashed(self.collection, lost, clock.now())
        for site in lost:
            self._done(site)
            self._tell({"failed": site, "error": f"the worker ended with exit code {code}; the run continues later"})

    def _end_worker(self) -> None:
        if self.process is None:
            return
        self._order({"end": True})
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()
        code = self.process.wait()
        self.listener.join()
        self.process = None
        if code:
            error = f"the worker ended with exit code {code}; the log has its words 抓取进程异常退出"
            self._tell({"failed": "", "error": error, "trouble": "worker"})
