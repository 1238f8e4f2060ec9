"""Fixtures: real servers on loopback, real crawls in processes of their own (Twisted's reactor runs once a process)."""

import gc
import importlib.util
import json
import os
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, settings
from support.commands import room  # noqa: F401 - a fixture of two files
from support.disk import shim  # noqa: F401 - a fixture of many files
from support.once import once, shared
from support.opened import opened  # noqa: F401 - a fixture of many files
from support.running import HERE, Result, fangtan
from support.talks import kept  # noqa: F401 - a fixture of many files
from support.tools import needs

from archive.collection.folder import Collection
from crawler.demo import build, hanweb_site
from crawler.demo.server import County

_guard = importlib.util.spec_from_file_location("guard", HERE / "support" / "guard" / "sitecustomize.py")
_guard.loader.exec_module(importlib.util.module_from_spec(_guard))


# No property is judged by wall time: a busy machine is no fault.
_IN_CI = bool(os.environ.get("CI"))
settings.register_profile("steady", deadline=None, derandomize=_IN_CI, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


def pytest_addoption(parser):
    parser.addoption(
        "--accept", action="store_true", help="rewrite tests/pages/*/expected.json from what the parsers say now"
    )


#: Files that take longest, the longest first: begun first, they leave no worker alone at the end.
LONGEST = ("test_schedule", "test_browser", "test_takedown", "test_web", "test_looks", "test_families", "test_processes", "test_kill", "test_replay_check", "test_damage", "test_proof", "test_replay", "test_tools", "test_bad_input", "test_gaps", "test_timestamp")  # fmt: skip


def pytest_configure(config):
    """With ``--dist loadfile`` files are handed out as they are sorted here, not by how many tests they have."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish():
    """Six thousand tests and what they import stay until the end: the garbage collector need not look at them again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    for mark in item.iter_markers("needs"):
        needs(*mark.args)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """In CI everything is there: a test that was skipped has failed."""
    report = yield
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"{item.nodeid} was skipped in CI: {report.longrepr}"
    return report


@pytest.fixture(scope="session", autouse=True)
def _keys(tmp_path_factory):
    """Signing keys of test collections lie apart, not in the user's folder; all workers have the same."""
    before = os.environ.get("FANGTAN_KEYS")
    os.environ["FANGTAN_KEYS"] = str(shared(tmp_path_factory) / "keys")
    yield
    if before is None:
        del os.environ["FANGTAN_KEYS"]
    else:
        os.environ["FANGTAN_KEYS"] = before


@pytest.fixture
def clock(tmp_path, monkeypatch):
    """A clock that stands at the nation's beginning; this process and those it starts read it."""
    from support.sites.nation import set_clock

    return set_clock(tmp_path, monkeypatch)


@pytest.fixture
def collection(tmp_path):
    return Collection(tmp_path / "collection").create()


@pytest.fixture
def county():
    with County(build(), hanweb_site.answer_post) as running:
        yield running


@dataclass
class Crawled:
    """:ivar county: as it was crawled; its servers have ended"""

    collection: Collection
    county: County
    first: Result
    second: Result


@pytest.fixture(scope="session")
def crawled(tmp_path_factory):
    """The county crawled twice, the second time some days later. Tests that change files copy the folder."""
    folder = once(tmp_path_factory, "county", _crawl_twice)
    noted = json.loads((folder / "results.json").read_text())
    county = County(build(), hanweb_site.answer_post, noted["ports"])
    county.generation = 1
    return Crawled(Collection(folder / "collection"), county, *(Result(*told) for told in noted["results"]))


def _crawl_twice(folder):
    collection = Collection(folder / "collection").create()
    with County(build(), hanweb_site.answer_post) as county:
        first = fangtan("crawl", "--delay", "0", "--json", *county.urls, collection=collection.root)
        county.generation = 1
        second = fangtan("crawl", "--delay", "0", "--json", "--recheck", *county.urls, collection=collection.root)
        noted = {"ports": county.ports, "results": [[r.code, r.out, r.err] for r in (first, second)]}
    (folder / "results.json").write_text(json.dumps(noted))
