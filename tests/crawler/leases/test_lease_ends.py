"""What ends a crawl on workers before its time: SIGTERM, a killed coordinator, a scheduler that goes. Nothing is lost."""

import signal
from datetime import timedelta

import pytest
from support.cluster import Cluster, asked, kill, leases, until
from support.running import fangtan, faults
from support.sites.nation import START, Nation, Town, set_clock
from support.ticks import collection_for, start

from archive.collection.crawldb import connect
from archive.collection.leases import close, grant
from archive.store.store import open_reader

pytest.importorskip("distributed")
pytestmark = pytest.mark.long
SETTINGS = "parallel = 8\nlease = 12"


@pytest.fixture
def begun(tmp_path, monkeypatch):
    """A site that is due, and a cluster with one worker."""
    with Nation({"a": Town("甲县")}) as nation:
        set_clock(tmp_path, monkeypatch)
        cluster = Cluster(tmp_path)
        try:
            cluster.worker()
            collection = collection_for(nation, tmp_path, delay=1.5, settings=SETTINGS)
            fangtan("schedule", "tick", collection=collection.root)
            set_clock(tmp_path, monkeypatch, START + timedelta(days=1))
            yield nation, cluster, collection
        finally:
            cluster.close()


def under_way(collection, cluster, nation):
    """A scheduler in the middle of the site."""
    scheduler = start(collection, "run", "--dask", cluster.address, "--json")
    until(lambda: len(nation.of("a")) >= 4)
    return scheduler


def assert_whole(nation, collection):
    """Each page was asked for once, robots.txt once a session, and is kept once."""
    assert {path for path, times in asked(nation, "a").items() if times > 1} <= {"/robots.txt"}
    db = open_reader(collection.store)
    try:
        assert db.execute("SELECT count(*) FROM interviews").fetchone() == (7,)
        assert db.execute("SELECT count(DISTINCT run) FROM captures").fetchone() == (1,)
    finally:
        db.close()
    assert faults(collection, reparse=True) == []


def test_sigterm_brings_back_what_workers_have_and_the_next_tick_continues(begun):
    nation, cluster, collection = begun
    scheduler = under_way(collection, cluster, nation)
    scheduler.send_signal(signal.SIGTERM)
    out, err = scheduler.communicate(timeout=120)
    assert '"stop_reason": "the process was asked to stop"' in out, err
    assert [row[3] for row in leases(collection)] == ["brought back"]
    done = fangtan("schedule", "tick", "--dask", cluster.address, collection=collection.root)
    assert done.code == 0, done.err
    assert_whole(nation, collection)


def test_a_killed_coordinator_is_followed_by_another_that_takes_up_its_leases(begun):
    nation, cluster, collection = begun
    scheduler = under_way(collection, cluster, nation)
    kill(scheduler)
    scheduler.communicate()
    done = fangtan("schedule", "tick", "--dask", cluster.address, collection=collection.root)
    assert done.code == 0, done.err
    assert [row[3] for row in leases(collection)] == ["brought back"] * len(leases(collection))
    assert_whole(nation, collection)


def test_a_site_that_is_leased_is_not_crawled_by_hand(tmp_path):
    with Nation({"a": Town("甲县"), "b": Town("乙县")}) as nation:
        collection = collection_for(nation, tmp_path)
        db = connect(collection.crawl_db)
        host = nation.urls["a"].split("/")[2]
        lease = grant(db, "c", "20260302T000000Z-c-0000", [host], "tcp://10.0.0.7:40000", "node7", 600)
        refused = fangtan("crawl", "a", collection=collection.root)
        assert refused.code == 2
        assert "leased to a worker on node7 until" in refused.err
        assert fangtan("crawl", "b", collection=collection.root).code == 0
        close(db, lease.fence, "ran out")
        db.close()
        assert fangtan("crawl", "a", collection=collection.root).code == 0


def test_a_scheduler_that_goes_costs_no_capture(begun, tmp_path):
    nation, cluster, collection = begun
    scheduler = under_way(collection, cluster, nation)
    kill(cluster.scheduler)
    scratch = cluster.workers[0].scratch
    until(lambda: list(scratch.glob("*/*/ended.pickle")), "the worker stops by itself")
    scheduler.send_signal(signal.SIGTERM)
    _, err = scheduler.communicate(timeout=120)
    assert "is not back; the run continues later" in err
    (tmp_path / "again").mkdir()
    again = Cluster(tmp_path / "again")
    try:
        again.worker(FANGTAN_SCRATCH=str(scratch))
        done = fangtan("schedule", "tick", "--dask", again.address, collection=collection.root)
        assert done.code == 0, done.err
    finally:
        again.close()
    assert_whole(nation, collection)
