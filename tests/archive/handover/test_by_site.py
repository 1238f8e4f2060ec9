"""A package of each site: whoever makes it and whoever is the first to be ready, bytes and ledger are those of one process."""

import os
import signal
import zipfile
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from support.cluster import Cluster
from support.foreign import quiet, writer_for
from support.running import copy_of, fangtan, faults
from support.sites.nation import set_clock
from support.talks import record, rows, talk

from archive.collection.folder import Collection
from archive.collection.processes import pool
from archive.errors import ConfigError
from archive.handover import by_site
from archive.handover.by_site import Task, packages
from archive.handover.imports import take
from archive.ledger import chain as ledger

pytestmark = pytest.mark.long

SITES = ("s1", "s2", "s3")


def add(collection, site, day, page):
    """A file of a site comes in."""
    opening = f"{site}的道路{page}修到哪里了？", f"{site}已经修到{page}号桩。"
    url, text = f"http://{site}.gov.cn{page}", talk("明年继续。", title=f"{site}{page}访谈", opening=opening)

    @quiet
    def write(target):
        with target.open("wb") as stream:
            writer = writer_for(stream)
            writer.write_record(record(writer, url, f"{day}T00:00:00Z", text))

    path = collection.root.with_name(f"{site}-{day}.warc.gz")
    write(path)
    take(collection, [path])


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    collection = Collection(tmp_path_factory.mktemp("county") / "kept").create()
    ledger.ensure_key(collection)
    for number, site in enumerate(SITES, 1):
        (collection.sites / f"{site}.toml").write_text(
            f'name = "{site}县"\nsection = ["http://{site}.gov.cn/"]\n', "utf-8"
        )
        add(collection, site, "2024-03-01", f"/{number}.html")
    return collection


@pytest.fixture
def kept(county, tmp_path):
    return copy_of(county, tmp_path / "kept")


def made(collection):
    """The packages by name, and what the ledger says of them, in its order."""
    said = [e.data for e in ledger.lenient(collection.ledger) if e.type == "package"]
    files = {path.name: path.read_bytes() for path in collection.packages.iterdir()}
    return files, [{k: v for k, v in data.items() if k not in ("at", "previous", "key")} for data in said]


@pytest.fixture
def later(tmp_path, monkeypatch):
    """An hour later: packages are named by the time of the entry that they are made from."""
    return lambda: set_clock(tmp_path, monkeypatch, datetime.now(UTC) + timedelta(hours=1))


def outcomes(collection, **more):
    """What became of each site: packed, there, or why not."""
    found = packages(collection, **more)
    return {one.site: one.wrong or ("there" if one.there else "packed") for one in found}


def test_two_processes_make_what_one_makes(county, kept, tmp_path):
    other = copy_of(county, tmp_path / "other")
    one = fangtan("package", "--all", collection=kept.root)
    two = fangtan("package", "--all", "--jobs", "2", "--json", collection=other.root)
    assert (one.code, two.code) == (0, 0), (one.err, two.err)
    assert [row["of"] for row in two.rows] == list(SITES)
    assert made(other) == made(kept)
    files, said = made(kept)
    assert [data["of"] for data in said] == list(SITES)
    assert sorted(files) == sorted(data["name"] for data in said)
    assert [str(f) for f in faults(other)] == []
    alone = fangtan("package", "s2", "-o", tmp_path / "alone.wacz", collection=kept.root)
    assert alone.code == 0, alone.err
    assert (tmp_path / "alone.wacz").read_bytes() in files.values()


class Backwards:
    """An executor that is ready with the last task first."""

    def __init__(self):
        self.tasks = []

    def submit(self, work, *arguments):
        later = Future()
        self.tasks.append((later, work, arguments))
        later.result = lambda: self._all() or Future.result(later)
        return later

    def _all(self):
        while self.tasks:
            later, work, arguments = self.tasks.pop()
            later.set_result(work(*arguments))


def by(monkeypatch, executor):
    @contextmanager
    def workers(_jobs, _dask):
        yield executor

    monkeypatch.setattr(by_site, "workers", workers)


def test_the_order_in_which_they_are_ready_changes_nothing(county, kept, tmp_path, monkeypatch):
    other = copy_of(county, tmp_path / "other")
    assert outcomes(kept) == dict.fromkeys(SITES, "packed")
    by(monkeypatch, Backwards())
    assert outcomes(other, jobs=2) == dict.fromkeys(SITES, "packed")
    assert made(other) == made(kept)


@pytest.fixture(params=["processes", "dask"])
def others(request, tmp_path):
    """How other processes are asked for."""
    if request.param == "processes":
        yield {"jobs": 2}
        return
    pytest.importorskip("distributed")
    cluster = Cluster(tmp_path)
    try:
        cluster.worker()
        cluster.worker()
        yield {"dask": cluster.address}
    finally:
        cluster.close()


def test_other_processes_pack_and_this_one_enters(county, kept, tmp_path, others, monkeypatch):
    other = copy_of(county, tmp_path / "other")
    outcomes(kept)

    def make(_task, _site):
        raise AssertionError("this process packs nothing")

    monkeypatch.setattr(Task, "make", make)
    assert outcomes(other, **others) == dict.fromkeys(SITES, "packed")
    assert made(other) == made(kept)


def _die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_sites_whose_process_was_killed_are_packed_by_this_one(county, kept, tmp_path, monkeypatch):
    other = copy_of(county, tmp_path / "other")
    outcomes(kept)
    with pool(2) as executor:
        submit = executor.submit
        monkeypatch.setattr(executor, "submit", lambda *_: submit(_die))
        by(monkeypatch, executor)
        assert outcomes(other, jobs=2) == dict.fromkeys(SITES, "packed")
    assert made(other) == made(kept)


def test_a_worker_without_the_key_packs_nothing(kept, tmp_path):
    task = Task(str(kept.root), str(tmp_path), None, personal=False, by=None, until=9)
    with pytest.raises(ConfigError, match="key"):
        task.make("s1")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_only_what_is_missing_or_changed_is_made_again(kept, later):
    outcomes(kept)
    before, _ = made(kept)
    again = fangtan("package", "--all", "--jobs", "2", collection=kept.root)
    assert (again.code, again.out.count("nothing has changed since")) == (0, 3), again.err
    assert made(kept)[0] == before
    next(kept.packages.glob("s1-*")).unlink()
    damaged = next(kept.packages.glob("s3-*"))
    damaged.write_bytes(damaged.read_bytes()[:-1])
    damaged.rename(kept.root / "damaged.wacz")
    assert outcomes(kept) == {"s1": "packed", "s2": "there", "s3": "packed"}
    assert made(kept)[0] == before
    later()
    add(kept, "s2", "2024-04-01", "/4.html")
    assert outcomes(kept) == {"s1": "there", "s2": "packed", "s3": "there"}
    assert len(made(kept)[0]) == 4


def test_a_takedown_packs_its_site_again_without_what_is_withheld(kept, later):
    outcomes(kept)
    ((capture,),) = rows(kept, "SELECT id FROM captures WHERE site = 's2'")
    later()
    add(kept, "s2", "2024-04-01", "/4.html")
    result = fangtan("withhold", capture, "--reason", "求撤", collection=kept.root)
    assert result.code == 0, result.err
    before = set(kept.packages.iterdir())
    assert outcomes(kept) == {"s1": "there", "s2": "packed", "s3": "there"}
    (path,) = set(kept.packages.iterdir()) - before
    with zipfile.ZipFile(path) as package:
        held = b"".join(package.read(n) for n in package.namelist() if n.startswith(("archive/", "pages/")))
        pages = package.read("pages/pages.jsonl").decode()
    assert capture.encode() not in held
    assert ("/4.html" in pages, "/2.html" in pages) == (True, False)


def test_a_site_that_fails_is_named_and_the_others_are_packed(kept):
    (path,) = kept.archive.glob("s2-*")
    data = path.read_bytes()
    path.write_bytes(b"")
    result = fangtan("package", "--all", "--jobs", "2", "--json", collection=kept.root)
    assert result.code == 5
    assert "s2: not packed: nothing of it can be read" in result.err
    assert [(row["of"], "sha256" in row) for row in result.rows] == [("s1", True), ("s2", False), ("s3", True)]
    assert len(made(kept)[0]) == 2
    path.write_bytes(data)
    assert outcomes(kept) == {"s1": "there", "s2": "packed", "s3": "there"}


@pytest.mark.parametrize(
    "words", [("--all", "s1"), ("--all", "-o", "x.wacz"), ("--all", "--transfer"), ("--jobs", "2"), ("--all", "--since", "2099-01-01")]
)  # fmt: skip
def test_what_does_not_go_together_is_refused(kept, words):
    result = fangtan("package", *words, collection=kept.root)
    assert result.code == 2, result.out
    assert not list(kept.packages.glob("*.wacz"))


def test_the_ledger_is_read_once_whatever_number_of_packages_is_made(kept, monkeypatch):
    for number in range(30):
        ledger.append(kept, {"type": "run", "name": f"{number}.json", "size": 1, "sha256": "0" * 64})
    lines, parsed, parse = len(ledger.read(kept.ledger)), [], ledger._parse
    monkeypatch.setattr(ledger, "_parse", lambda *given: parsed.append(given[1]) or parse(*given))
    assert set(outcomes(kept).values()) == {"packed"}
    assert lines <= len(parsed) < 2 * lines, "each site would read it again"
