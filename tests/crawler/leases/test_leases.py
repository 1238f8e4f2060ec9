"""Sites crawled by three workers of a real Dask scheduler: one is killed, its site goes to another, it comes back late."""

import gzip
import re
from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest
from support.cluster import Cluster, asked, kill, leases, until
from support.running import fangtan, faults
from support.sites.nation import START, Nation, Town, set_clock
from support.ticks import collection_for, start

from archive.ledger import chain as ledger
from archive.store.store import open_reader

pytest.importorskip("distributed")
pytestmark = pytest.mark.long
DELAY = 0.4
SITES = "abc"
SETTINGS = "parallel = 8\nlease = 12"


def assert_delays(nation):
    """From the end of one request to the beginning of the next, by the server's log."""
    by_host = defaultdict(list)
    for request in nation.requests:
        by_host[request.host].append(request)
    for requests in by_host.values():
        for earlier, later in pairwise(sorted(requests, key=lambda r: r.began)):
            assert later.began - earlier.ended >= DELAY * 0.9, (earlier, later)


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A night in which one of three machines is lost in the middle of a site; it is back the next day."""
    folder = tmp_path_factory.mktemp("leases")
    with pytest.MonkeyPatch.context() as patch, Nation({name: Town(f"{name}县") for name in SITES}) as nation:
        set_clock(folder, patch)
        cluster = Cluster(folder)
        try:
            for _ in range(3):
                cluster.worker()
            collection = collection_for(nation, folder, delay=DELAY, settings=SETTINGS)
            fangtan("schedule", "tick", collection=collection.root)  # the sites are known from today on
            set_clock(folder, patch, START + timedelta(days=1))
            scheduler = start(collection, "tick", "--dask", cluster.address)
            lost = until(lambda: next((w for w in cluster.workers if len(nation.of(site_of(w))) >= 4), None))
            site = site_of(lost)
            kill(lost)
            out, err = scheduler.communicate(timeout=120)
            yield Night(folder, patch, nation, cluster, collection, lost, site, scheduler.returncode, out, err)
        finally:
            cluster.close()


def site_of(worker):
    """The site that a worker crawls, by its folder."""
    names = [path.name for path in worker.scratch.glob("*/[0-9]*-*")]
    return re.fullmatch(r"\d+-\w+-(\w)-\w+", names[0])[1] if names else "a"


class Night:
    def __init__(self, *values):
        (self.folder, self.patch, self.nation, self.cluster, self.collection, self.lost, self.site, self.code, self.out, self.err) = values  # fmt: skip


def test_every_page_is_kept_once_whatever_machine_is_lost(night):
    assert night.code == 0, night.err
    assert night.out.count("  ok") == 3, night.out
    given = leases(night.collection)
    assert [outcome for _, _, _, outcome in given].count("brought back") == 3
    assert [site for _, site, _, outcome in given if outcome == "ran out"] == [night.site]
    assert f"{night.site}: lease" in night.err
    db = open_reader(night.collection.store)
    try:
        assert db.execute("SELECT url, count(*) FROM captures GROUP BY url HAVING count(*) > 1").fetchall() == []
        assert db.execute("SELECT site, count(*) FROM interviews GROUP BY site").fetchall() == [(s, 7) for s in SITES]
        assert {run for (run,) in db.execute("SELECT DISTINCT run FROM captures")} == {run for _, _, run, _ in given}
    finally:
        db.close()
    for site in SITES:
        # What the lost machine alone had is asked for again, and nothing else is.
        assert max(asked(night.nation, site).values()) == (2 if site == night.site else 1)


def test_delays_hold_over_machines(night):
    assert_delays(night.nation)


def test_each_file_names_its_fence_and_what_its_worker_signed(night):
    assert faults(night.collection, reparse=True) == []
    fences = {fence for fence, *_, outcome in leases(night.collection) if outcome == "brought back"}
    entries = ledger.read(night.collection.ledger)
    came = [e for e in entries if e.type == "warc" and (e.data.get("origin") or {}).get("kind") == "lease"]
    assert {e.data["origin"]["fence"] for e in came} == fences
    for entry in came:
        with gzip.open(night.collection.archive / entry.data["name"]) as stream:
            first = stream.read(2000).decode()
        assert f"fangtan-fence: {entry.data['origin']['fence']}\r\n" in first
    workers = [e.data["fingerprint"] for e in entries if e.type == "worker"]
    assert len(set(workers)) == len(workers) == 3
    assert {e.data["origin"]["worker"] for e in came} <= set(workers)
    assert all(e.signature for e in entries)


def test_a_file_that_its_worker_did_not_sign_is_a_fault(night):
    from archive.verify.leased import check_leased

    entries = ledger.read(night.collection.ledger)
    assert list(check_leased("ledger.jsonl", entries)) == []
    came = next(e for e in entries if (e.data.get("origin") or {}).get("kind") == "lease")
    came.data["sha256"] = "0" * 64
    assert "another file" in str(*check_leased("ledger.jsonl", entries))
    assert "none announces" in str(next(check_leased("ledger.jsonl", [came])))
    came.data["origin"]["said"] = came.data["origin"]["said"].replace('"size": ', '"size": 1')
    assert "does not verify" in str(*check_leased("ledger.jsonl", entries))


def test_what_comes_late_is_merged_as_any_other(night):
    before = captures(night.collection)
    night.cluster.worker(FANGTAN_SCRATCH=str(night.lost.scratch))
    for day in range(2, 6):
        set_clock(night.folder, night.patch, START + timedelta(days=day))
        done = fangtan("schedule", "tick", "--dask", night.cluster.address, collection=night.collection.root)
        assert done.code == 0, done.err
        if late := [row for row in leases(night.collection) if row[3] == "merged late"]:
            break
    assert [site for _, site, _, _ in late] == [night.site]
    db = open_reader(night.collection.store)
    try:
        assert db.execute("SELECT count(*) FROM interviews").fetchone() == (21,)
    finally:
        db.close()
    assert captures(night.collection) > before
    assert not list(night.lost.scratch.glob("*/[0-9]*-*"))
    assert faults(night.collection, reparse=True) == []


def captures(collection):
    db = open_reader(collection.store)
    try:
        return db.execute("SELECT count(*) FROM captures").fetchone()[0]
    finally:
        db.close()
