"""Nothing in the current folder is executed; an indexer that dies makes the run fail."""

import ast
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from support.running import HERE, STARTER, environment, fangtan, faults
from support.sites.nation import Nation, Town
from support.ticks import collection_for, start, wait_until

from archive.collection import processes
from archive.collection.crawldb import connect
from archive.collection.folder import Collection
from archive.errors import ConfigError

pytestmark = pytest.mark.long

ROOT = HERE.parent
#: What Python itself imports when it starts processes, or for ``-m`` and ``-c``.
_PYTHONS = ("contextlib", "multiprocessing", "pickle", "pkgutil", "runpy", "sitecustomize", "socket", "struct", "threading", "usercustomize")  # fmt: skip


def _imported():
    """The names of all modules that our code imports, the first parts."""
    names = set(_PYTHONS)
    for package in ("archive", "crawler", "parsers"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    names |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names.add(node.module.partition(".")[0])
    return names


def sow(folder, marker):
    """Everything by which a received folder could have its code run; whatever runs leaves its name in the marker."""
    folder.mkdir(parents=True, exist_ok=True)

    def code(name):
        return f"import io\nwith io.open({str(marker)!r}, 'a') as stream:\n    stream.write({name!r} + '\\n')\n"

    names = _imported()
    assert {"click", "json", "sqlite_utils", "scrapy", "archive", "crawler", "parsers"} <= names
    for name in names - {"archive", "crawler", "parsers"}:
        (folder / f"{name}.py").write_text(code(name), "utf-8")
    for name in ("archive", "crawler", "parsers"):  # a collection has a folder archive
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "__init__.py").write_text(code(name), "utf-8")
    (folder / "evil_settings.py").write_text(code("scrapy.cfg"), "utf-8")
    (folder / "scrapy.cfg").write_text("[settings]\ndefault = evil_settings\n", "utf-8")
    (folder / "plugins").mkdir(exist_ok=True)
    (folder / "plugins" / "evil.py").write_text(code("plugins"), "utf-8")
    (folder / "evil_plugin.py").write_text(code("entry point"), "utf-8")
    info = folder / "evil-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n", "utf-8")
    groups = ("datasette", "sqlite_utils", "apscheduler.triggers")
    (info / "entry_points.txt").write_text("".join(f"[{g}]\nevil = evil_plugin\n" for g in groups), "utf-8")
    for name in ("metadata.json", "datasette.json"):
        (folder / name).write_text(json.dumps({"plugins_dir": "plugins"}), "utf-8")
    (folder / "config.yaml").write_text("collections: {evil: ./archive}\n", "utf-8")
    for program in (".venv-replay/bin/wayback", "wayback", "openssl", "chromium"):
        path = folder / program
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\necho program {program} >> {marker}\n", "utf-8")
        path.chmod(0o755)


@pytest.mark.usefixtures("clock")
def test_no_code_of_the_current_folder_is_executed(tmp_path):
    """A received collection, in which somebody stands, full of modules named like all that is imported."""
    marker, program = tmp_path / "executed", Path(sys.executable).with_name("fangtan")
    assert program.exists()
    path = os.pathsep.join(("", ".", os.environ["PATH"]))
    there = {**environment(), "PATH": path}
    with Nation({"a": Town("甲县", talks=3)}) as nation:
        collection = collection_for(nation, tmp_path, delay=0)
        sow(collection.root, marker)

        def run(*arguments):
            return subprocess.run([program, "-C", ".", *arguments], cwd=collection.root, env=there, capture_output=True, text=True, timeout=120, check=False)  # fmt: skip

        crawled = run("crawl", "a", "--delay", "0", "--json")
        assert crawled.returncode == 0, crawled.stderr
        assert json.loads(crawled.stdout)["interviews"] == 3
        for arguments in (("schedule", "tick"), ("verify", "--jobs", "2", "--reparse"), ("sites", "check", "a", "--delay", "0"), ("doctor",)):  # fmt: skip
            done = run(*arguments)
            assert "Traceback" not in done.stderr, arguments
            assert not marker.exists(), (arguments, marker.read_text())
        assert "pywb" in done.stdout
        assert str(collection.root / ".venv-replay") not in done.stdout
    served = f"import sys; from crawler.cli.group import main; from archive.web.serve import application; from archive.collection.folder import Collection; from pathlib import Path; application(Collection(Path({str(collection.root)!r})))"  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-P", "-c", served], cwd=collection.root, env=there, check=False, timeout=120
    )
    assert done.returncode == 0
    assert not marker.exists(), marker.read_text()


@pytest.mark.parametrize("more", ["", ".", "sub"])
def test_a_process_leaves_the_current_folder_before_it_imports(tmp_path, more):
    """``python -m crawler`` and careless entries of PYTHONPATH."""
    marker = tmp_path / "executed"
    for folder in (tmp_path, tmp_path / "sub"):
        folder.mkdir(exist_ok=True)
        for name in ("click", "archive", "sqlite_utils"):
            (folder / f"{name}.py").write_text(f"open({str(marker)!r}, 'a').write({name!r})\n", "utf-8")
    path = os.pathsep.join((more, environment()["PYTHONPATH"]))
    done = subprocess.run([sys.executable, "-m", "crawler", "--version"], cwd=tmp_path, env={**environment(), "PYTHONPATH": path}, capture_output=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not marker.exists()


def test_the_environment_of_our_processes(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(("", "x", "/y", ".", str(tmp_path))))
    monkeypatch.setenv("PATH", os.pathsep.join(("", ".", str(tmp_path))))
    monkeypatch.chdir(tmp_path)
    found = processes.environment(MORE="1")
    assert found["PYTHONPATH"] == os.pathsep.join(("/y", str(tmp_path)))
    assert (found["PYTHONSAFEPATH"], found["MORE"]) == ("1", "1")
    assert processes.module("archive.store.follow", "x")[1:] == ["-P", "-m", "archive.store.follow", "x"]
    assert processes.program("tool") is None
    tool = tmp_path / "tool"
    tool.touch(0o755)
    assert processes.program("none", "tool") == tool
    monkeypatch.setenv("PATH", ".")
    assert processes.program("tool") is None


def test_every_process_is_started_by_one_of_these_ways():
    """Who starts one otherwise must say here why it is safe."""
    allowed = {
        "archive/collection/processes.py",
        "archive/handover/replay.py",  # pywb: a program by its path, in a folder of its own
        "archive/handover/replay_check.py",  # only names a process of replay.py
        "archive/ledger/timestamp.py",  # openssl, by its path
        "archive/web/apart.py", "archive/web/backroom.py",  # module()
        "crawler/demo/command.py", "crawler/leases/holder.py", "crawler/run/indexing.py", "crawler/schedule/fixity.py", "crawler/schedule/scheduler.py",  # module()
        "crawler/onboarding/surveying.py",  # what onboard.py gives it: module(), too
    }  # fmt: skip
    words = ("subprocess", "multiprocessing", "sys.executable", "shutil.which", "os.exec", "os.spawn", "os.system")
    found = {
        path.relative_to(ROOT).as_posix()
        for package in ("archive", "crawler", "parsers")
        for path in (ROOT / package).rglob("*.py")
        if any(word in path.read_text("utf-8") for word in words)
    }
    assert found - {"crawler/schedule/units.py"} == allowed, "units.py names the program beside sys.executable"
    for name in (
        "crawler/demo/command.py",
        "crawler/run/indexing.py",
        "crawler/onboarding/onboard.py",
        "crawler/schedule/fixity.py",
        "crawler/schedule/scheduler.py",
    ):
        assert "environment(" in (ROOT / name).read_text("utf-8")


def test_scrapy_in_a_checkout_still_finds_the_project():
    command = [sys.executable, "-m", "scrapy", "list"]
    quiet = {**environment(), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.split() == ["fangtan"], done.stderr


# ── the indexer ─────────────────────────────────────────────────────────────────────────────────────────────────────

EARLY = {
    "killed": "was killed by SIGKILL",
    "cannot import": "ended by itself with exit code 1",
    "ends well, but early": "ended by itself with exit code 0",
}


@pytest.fixture(scope="module")
def site():
    with Nation({"a": Town("甲县", talks=2)}) as nation:
        yield nation


@pytest.mark.parametrize("death", EARLY)
def test_a_run_whose_indexer_dies_is_not_ok(death, site, tmp_path, monkeypatch):
    monkeypatch.setenv("FANGTAN_TEST_INDEXER", death)
    result = fangtan("crawl", site.urls["a"], "--delay", "0", "--json", collection=tmp_path / "c")
    (report,) = result.rows
    assert (result.code, report["verdict"], report["exit_code"]) == (3, "incomplete", 3)
    assert EARLY[death] in report["reason"]
    assert "fangtan rebuild" in report["reason"]
    monkeypatch.delenv("FANGTAN_TEST_INDEXER")
    assert fangtan("rebuild", collection=tmp_path / "c").code == 0
    assert faults(Collection(tmp_path / "c")) == []


#: The command line with less patience than we have.
IMPATIENT = "import crawler.run.indexing as i; i.SILENT_S = 2.0; from crawler.cli import main; main()"


def test_a_run_whose_indexer_hangs_ends_and_is_not_ok(site, tmp_path, monkeypatch):
    """Stopped by a signal it cannot hear: it is killed, and said."""
    monkeypatch.setenv("FANGTAN_TEST_INDEXER", "hangs")
    done = fangtan("crawl", site.urls["a"], "--delay", "0", "--json", collection=tmp_path / "c", script=IMPATIENT)
    report = json.loads(done.out)
    assert (done.code, report["verdict"], report["exit_code"]) == (3, "incomplete", 3)
    assert "gave no sign of life" in report["reason"]
    assert report["interviews"] == 2, "what was captured is indexed all the same"
    assert _indexer(Collection(tmp_path / "c")) is None


#: An indexer that takes the lock and is stopped, before or after it was told that there is no more.
HOLDER = """
import os, signal, sys
from archive.collection.folder import Collection
from archive.collection.crawldb import connect
from pathlib import Path
with Collection(Path(sys.argv[1])).lock("indexer"):
    os.write(1, b".")
    sys.argv[2] == "at the end" and os.read(0, 1)
    os.kill(os.getpid(), signal.SIGSTOP)
"""


@pytest.mark.parametrize("when", ["in the midst", "at the end"])
def test_an_indexer_that_hangs_gives_its_lock_back(collection, monkeypatch, when):
    from crawler.run import indexing

    monkeypatch.setattr(indexing, "module", lambda _, root: [sys.executable, "-c", HOLDER, root, when])
    told, taken = [], threading.Event()
    indexer = indexing.Indexer(collection, lambda death: told.append((death, taken.is_set())))
    indexer.start()
    indexer.look(wait=True)
    monkeypatch.setattr(indexing, "SILENT_S", 0.5)
    assert told == []

    def conclude():
        with collection.lock("indexer", wait=60):
            taken.set()

    concluding = threading.Thread(target=conclude)
    concluding.start()
    if when == "at the end":
        assert "no sign of life" in indexer.finish()
    else:
        wait_until(lambda: indexer.look() or indexer.process is None, "the hung indexer is found out")
    concluding.join(60)
    assert taken.is_set()
    ((death, late),) = told
    assert "gave no sign of life for 0.5 s and was killed" in death
    assert not late, "it was told before the lock was free"


def test_a_healthy_indexer_gives_signs_of_life_while_it_waits(collection, monkeypatch):
    """It stands in line for its lock, longer than silence is borne."""
    from crawler.run import indexing

    indexer = indexing.Indexer(collection)
    connect(collection.crawl_db).close()
    with collection.lock("indexer"):
        indexer.start()
        indexer.look(wait=True)
        monkeypatch.setattr(indexing, "SILENT_S", 20.0)
        heard = []
        wait_until(lambda: indexer.look() or heard.append(indexer._silence) or heard.count(0.0) > 3, "it is heard")
        assert indexer.process is not None
    assert indexer.finish() is None
    assert indexer.death is None


def test_an_indexer_that_no_run_came_to_need_touches_nothing(collection):
    """It loads beside Scrapy, before it is known whether there is anything to crawl."""
    from crawler.run import indexing

    indexer = indexing.Indexer(collection)
    with collection.lock("indexer"):
        indexer.load()
        indexer.look(wait=True)
        assert indexer.finish() is None
    assert not collection.store.exists()


def test_a_lock_that_does_not_become_free_is_waited_for_so_long_and_no_longer(collection):
    with collection.lock("indexer"), pytest.raises(ConfigError, match=str(os.getpid())), collection.lock("indexer", wait=0.05):  # fmt: skip
        pass
    with collection.lock("indexer", wait=60):
        assert collection.locked("indexer")
    assert not collection.locked("indexer"), "whoever gave up has left the line"


def test_an_indexer_that_fails_at_the_end_fails_the_command(site, tmp_path, monkeypatch):
    monkeypatch.setenv("FANGTAN_TEST_INDEXER", "ends badly when it is done")
    result = fangtan("crawl", site.urls["a"], "--delay", "0", "--json", collection=tmp_path / "c")
    assert result.code == 3
    assert "the indexer ended by itself with exit code 9" in result.err


@pytest.mark.usefixtures("clock")
def test_a_scheduler_tells_of_a_dead_indexer(site, tmp_path, monkeypatch):
    collection = collection_for(site, tmp_path, delay=0)
    fangtan("schedule", "tick", collection=collection.root)
    (collection.sites / "a.toml").write_text((collection.sites / "a.toml").read_text("utf-8").replace("0 3 * * *", "* * * * *"), "utf-8")  # fmt: skip
    from archive.collection import clock

    clock.move_to(clock.now().replace(hour=23))
    monkeypatch.setenv("FANGTAN_TEST_INDEXER", "killed")
    result = fangtan("schedule", "tick", "--json", collection=collection.root)
    (report,) = result.rows
    assert (result.code, report["verdict"]) == (3, "incomplete")
    assert "SIGKILL" in report["reason"]


@pytest.mark.usefixtures("clock")
def test_an_indexer_that_is_killed_in_the_midst_fails_this_run_and_not_the_next(tmp_path):
    """One long-lived worker: the next run starts another indexer."""
    with Nation({"a": Town("甲县", talks=4), "b": Town("乙县", talks=2)}) as nation:
        collection = collection_for(nation, tmp_path, settings="parallel = 1", delay=0.5)
        process = start(collection, "tick", "--json")
        process.communicate(timeout=60)
        from archive.collection import clock

        clock.move_to(clock.now().replace(hour=20))
        process = start(collection, "tick", "--json")
        wait_until(lambda: _indexer(collection) is not None and len(nation.requests) > 4, "the crawl is under way")
        os.kill(_indexer(collection), signal.SIGKILL)
        out, err = process.communicate(timeout=120)
    reports = {r["site"]: r for r in map(json.loads, out.splitlines())}
    assert reports["a"]["verdict"] == "incomplete"
    assert "SIGKILL" in reports["a"]["reason"]
    assert reports["b"]["verdict"] == "ok", err
    assert process.returncode == 3


def test_a_worker_whose_scheduler_is_gone_ends_its_runs_in_peace(tmp_path):
    """Killed between two messages: nobody hears the outcome, and it is written down all the same."""
    with Nation({"a": Town("甲县", talks=3), "b": Town("乙县", talks=2)}) as nation:
        collection = collection_for(nation, tmp_path, delay=0)
        orders = ({"crawl": "a"}, {"crawl": "b"}, {"crawl": "gone"}, {"end": True})
        (stdin, ordering), (nobody_reads, stdout) = os.pipe(), os.pipe()
        os.write(ordering, "".join(json.dumps(order) + "\n" for order in orders).encode())
        with (tmp_path / "said").open("w") as stderr:
            words = ["-C", str(collection.root), "schedule", "work"]
            worker = STARTER.start(words, environment(), stdin=stdin, stdout=stdout, stderr=stderr.fileno())
            for end in (stdin, ordering, nobody_reads, stdout):
                os.close(end)
            assert worker.wait(120) == 0, (tmp_path / "said").read_text("utf-8")
    assert "Traceback" not in (tmp_path / "said").read_text("utf-8")
    reports = [json.loads(path.read_text("utf-8")) for path in collection.reports.glob("*.json")]
    assert sorted((r["site"], r["verdict"], r["interviews"]) for r in reports) == [("a", "ok", 3), ("b", "ok", 2)]


def _indexer(collection):
    """The process id of the indexer of a collection."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if process.joinpath("comm").read_text("utf-8") == "follow\n" and any(
                file.resolve() == collection.crawl_db.resolve() for file in process.joinpath("fd").iterdir()
            ):
                return int(process.name)
    return None
