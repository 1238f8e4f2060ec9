"""Workers that cannot be used are named with the cause; the sites go to others. Without any they wait."""

import errno
import shutil
import signal
from datetime import timedelta

import pytest
from support.cluster import Cluster, kill, leases, until
from support.running import ROOT, environment, fangtan, faults
from support.sites.nation import START, Nation, Town, set_clock
from support.ticks import collection_for, start

pytest.importorskip("distributed")
pytestmark = pytest.mark.long


@pytest.fixture
def due(tmp_path, monkeypatch):
    """A site that is due."""
    with Nation({"a": Town("甲县")}) as nation:
        set_clock(tmp_path, monkeypatch)
        collection = collection_for(nation, tmp_path, settings="lease = 10")
        fangtan("schedule", "tick", collection=collection.root)
        set_clock(tmp_path, monkeypatch, START + timedelta(days=1))
        yield collection


def before(folder):
    """The environment of a worker that finds what is in a folder first."""
    return {"PYTHONPATH": f"{folder}:{environment()['PYTHONPATH']}"}


def without_package(folder):
    (folder / "none" / "crawler").mkdir(parents=True)
    (folder / "none" / "crawler" / "__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'crawler'\")")
    return before(folder / "none")


def of_another_version(folder):
    for name in ("archive", "crawler", "parsers"):
        shutil.copytree(ROOT / name, folder / "other" / name)
    with (folder / "other" / "archive" / "errors.py").open("a") as stream:
        stream.write("#\n")
    return before(folder / "other")


def without_a_folder(_):
    return {"FANGTAN_SCRATCH": "/dev/full"}


def with_a_wrong_clock(folder):
    """Two hours behind."""
    path = folder / "wrong-clock"
    path.write_text((START + timedelta(hours=22)).isoformat(), "ascii")
    return {"FANGTAN_CLOCK": str(path)}


def test_each_is_named_and_the_good_one_gets_the_site(due, tmp_path):
    cluster = Cluster(tmp_path)
    try:
        for bad in (without_package, of_another_version, without_a_folder, with_a_wrong_clock):
            cluster.worker(**bad(tmp_path))
        log = tmp_path / "scheduler.log"
        with log.open("wb") as stream:
            scheduler = start(due, "run", "--dask", cluster.address, stdout=stream.fileno(), stderr=stream.fileno())
        until(lambda: log.read_text().count("it gets no site") == 4)
        said = log.read_text()
        assert "fangtan cannot be used there (Exception: ModuleNotFoundError" in said
        assert "it has another fangtan" in said
        assert "/dev/full" in said
        assert "s away from ours" in said
        assert leases(due) == []
        cluster.worker()
        until(lambda: [row for row in leases(due) if row[3] == "brought back"])
        scheduler.send_signal(signal.SIGTERM)
        scheduler.communicate()
        assert "  ok" in log.read_text()
        assert len(leases(due)) == 1
    finally:
        cluster.close()


def test_a_worker_whose_disk_fills_costs_no_capture_and_another_completes_the_site(shim, due, tmp_path):
    cluster = Cluster(tmp_path)
    try:
        full = {"FANGTAN_FAULT_ERRNO": str(errno.ENOSPC), "FANGTAN_FAULT_AFTER": "60"}
        bad = cluster.worker(LD_PRELOAD=shim.environment["LD_PRELOAD"], FANGTAN_FAULT_IN="/machine-", **full)
        log = tmp_path / "scheduler.log"
        with log.open("wb") as stream:
            scheduler = start(due, "run", "--dask", cluster.address, stdout=stream.fileno(), stderr=stream.fileno())
        until(lambda: [row for row in leases(due) if row[3]], "the full one ends its lease")
        kill(bad)
        cluster.worker()
        until(lambda: "  ok" in log.read_text(), "another completes it")
        scheduler.send_signal(signal.SIGTERM)
        scheduler.communicate()
        assert "Traceback" not in log.read_text(), log.read_text()
        assert "No space left on device" in log.read_text()
        assert faults(due, reparse=True) == []
    finally:
        cluster.close()


def test_a_scheduler_that_does_not_answer_is_said_before_anything_begins(due):
    done = fangtan("schedule", "run", "--dask", "nonsense://x", collection=due.root)
    assert (done.code, done.out) == (2, "")
    assert "no Dask scheduler answers there" in done.err
    assert leases(due) == []
