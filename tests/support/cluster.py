"""A real Dask scheduler and its workers, each a process of its own."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil
from support.running import environment

WAIT_S = 120


def until(ready, what="not in time"):
    """What becomes true in time."""
    end = time.monotonic() + WAIT_S
    while not (found := ready()):
        assert time.monotonic() < end, what
        time.sleep(0.05)
    return found


def leases(collection):
    """Number, site, run and outcome of each."""
    with sqlite3.connect(collection.crawl_db) as db:
        return db.execute("SELECT fence, site, run, outcome FROM leases ORDER BY fence").fetchall()


def asked(nation, site):
    """How often each page was asked for, by the server's log."""
    return Counter(request.path for request in nation.of(site))


class Cluster:
    """A scheduler; workers are added by :meth:`worker`, each with a folder of its own, as on a machine of its own."""

    def __init__(self, folder):
        self.folder, self.workers, self.count = folder, [], 0
        self.file = folder / "scheduler.json"
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-jupyter"
        )
        until(lambda: self.file.exists() and self.file.read_text("utf-8").rstrip().endswith("}"))
        self.address = json.loads(self.file.read_text("utf-8"))["address"]

    def _start(self, *words, **more):
        there = {**environment(), "PYTHONWARNINGS": "ignore", "DASK_DISTRIBUTED__WORKER__DAEMON": "False", **more}
        command = [sys.executable, "-m", "dask", *words, "--scheduler-file", str(self.file)]
        self.count += 1
        with (self.folder / f"{self.count}.log").open("wb") as log:
            return subprocess.Popen(command, env=there, stdout=log, stderr=log, cwd=self.folder)

    def worker(self, threads=1, **more):
        """One more."""
        scratch = self.folder / f"machine-{self.count}"
        place = ("--host", "127.0.0.1", "--no-dashboard", "--local-directory", str(self.folder))
        named = {"FANGTAN_SCRATCH": str(scratch), **more}
        process = self._start("worker", "--no-nanny", "--nthreads", str(threads), *place, **named)
        process.scratch = Path(named["FANGTAN_SCRATCH"])
        self.workers.append(process)
        return process

    def close(self):
        """Kill them all."""
        for process in (*self.workers, self.scheduler):
            kill(process)


def kill(process):
    """kill -9 a process and what it has started, as when a machine goes."""
    with suppress(psutil.NoSuchProcess):
        below = psutil.Process(process.pid).children(recursive=True)
        for one in (psutil.Process(process.pid), *below):
            with suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGKILL)
    with suppress(ChildProcessError):
        process.wait()
