"""Parts made by the workers of a real Dask scheduler: one is killed at work, one is slow, one comes late."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from support.dump import dump_public
from support.running import environment, fangtan
from support.talks import talk, written

from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.store.part_places import Near
from archive.store.parts import Parts, workers
from archive.store.rebuild import rebuild

distributed = pytest.importorskip("distributed")
WAIT_S = 120


def until(ready):
    """What becomes true in time."""
    end = time.monotonic() + WAIT_S
    while not (found := ready()):
        assert time.monotonic() < end, "not in time"
        time.sleep(0.05)
    return found


@pytest.fixture
def cluster(tmp_path):
    """The address of a scheduler with three workers, each a process of its own, and what starts one more."""
    file, started = tmp_path / "scheduler.json", []
    there = {**environment(), "PYTHONWARNINGS": "ignore", "DASK_DISTRIBUTED__WORKER__DAEMON": "False"}

    def start(*words):
        command = [sys.executable, "-m", "dask", *words, "--scheduler-file", str(file)]
        with (tmp_path / f"{len(started)}.log").open("wb") as log:
            started.append(subprocess.Popen(command, env=there, stdout=log, stderr=log, cwd=tmp_path))

    start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-jupyter")
    until(lambda: file.exists() and file.read_text("utf-8").rstrip().endswith("}"))
    place = ("--host", "127.0.0.1", "--no-dashboard", "--local-directory", str(tmp_path))

    def one_more():
        start("worker", "--no-nanny", "--nthreads", "1", *place)

    for _ in range(3):
        one_more()
    yield json.loads(file.read_text("utf-8"))["address"], one_more
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def sites(tmp_path):
    """Six sites, each with a file; what one process makes of them."""
    collection = Collection(tmp_path / "kept").create()
    ledger.ensure_key(collection)
    for n in range(6):
        pages = [
            (f"/{n}-{m}.html", "2024-03-01", talk(f"第{n}县修了{m}公里。", title=f"第{n}期访谈")) for m in range(4)
        ]
        written(collection.archive / f"s{n}-20240301000000000-00000-0000aa.warc.gz", pages)
    rebuild(collection)
    return collection, list(dump_public(collection.store)), collection.index.read_bytes()


@pytest.mark.long
def test_workers_that_die_stand_still_or_come_late_change_nothing(cluster, sites, tmp_path):
    (address, one_more), (collection, store, index) = cluster, sites
    made = tmp_path / "parts"
    with distributed.Client(address) as client, workers(1, address) as executor:
        client.wait_for_workers(3, timeout=WAIT_S)
        pids = client.run(os.getpid)
        parts = Parts(collection, Near(made), executor)
        parts.begin()
        killed = until(lambda: [worker for worker, tasks in client.processing().items() if tasks])[0]
        slow = next(worker for worker in pids if worker != killed)
        os.kill(pids[killed], signal.SIGKILL)
        os.kill(pids[slow], signal.SIGSTOP)
        one_more()
        until(lambda: len(client.scheduler_info()["workers"]) == 3 and killed not in client.scheduler_info()["workers"])
        until(lambda: len(list(made.glob("*.readings"))) >= 2)
        os.kill(pids[slow], signal.SIGCONT)
        rebuild(collection, parts)
    assert parts.failed == []
    assert len(list((tmp_path / "parts").glob("*.readings"))) == 6
    assert (list(dump_public(collection.store)), collection.index.read_bytes()) == (store, index)
    # The command, with those that are left: nothing is made again, and the fold is the same.
    again = fangtan("rebuild", "--dask", address, "--parts", tmp_path / "parts", collection=collection.root)
    assert again.code == 0, again.err
    assert list(dump_public(collection.store)) == store
