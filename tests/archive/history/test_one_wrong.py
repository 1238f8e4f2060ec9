"""One wrong file concerns one site: whatever stands in a site file, a report or a line of corrections, the other sites go on."""

import json
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.dump import dump_public
from support.running import fangtan, faults, start
from support.sites.nation import START, Nation, Town

from archive.collection import clock as clocks
from archive.collection.crawldb import connect
from archive.collection.folder import Collection
from archive.collection.settings import ASIDE
from archive.errors import ConfigError
from archive.history import doctor
from archive.history.health import health
from archive.history.timetable import register, timetable
from archive.store.corrections import CORRECTIONS
from archive.store.plain_files import save_runs, save_sites
from archive.store.store import open_store, transaction
from crawler.cli.group import main
from crawler.schedule.scheduler import Scheduler

pytestmark = pytest.mark.long

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
SITE = 'name = "{0}"\nsection = ["http://{0}.example/zxft/"]\nfamily = "trs"\nschedule = "0 3 * * 1"\ndelay = 5\nexpect.interviews = {{ min = 3 }}\n[[layout]]\nuntil = 2022-06-30\n'
BAD_REPORT = "20260101T000000Z-a-beef.json"


def said(collection, *arguments):
    """A command that only reads, in this process."""
    return CliRunner().invoke(main, ["-C", str(collection.root), *arguments])


def broken_files(folder):
    """A file of every kind that no site can be read from; the line that a message names."""
    (folder / "typo.toml").write_text('name = "x"\nsection = ["http://x.example/"]\nshedule = "0 3 * * 1"\n', "utf-8")
    (folder / "date.toml").write_text(
        'name = "x"\nsection = ["http://x2.example/"]\n[[layout]]\nuntil = 2022-06-31\n', "utf-8"
    )
    (folder / "empty.toml").write_bytes(b"")
    (folder / "gbk.toml").write_bytes('name = "县"\n'.encode("gbk"))
    (folder / "types.toml").write_text(
        "name = 1\nsection = 2\nexpect = 3\nbudget = 4\nlayout = 5\nhosts = 6\n", "utf-8"
    )
    (folder / "folder.toml").mkdir()
    (folder / ".hidden.toml").write_bytes(b"[")
    (folder / "link.toml").symlink_to(folder / "nowhere")
    (folder / "12345.toml").write_text('name = "x"\nsection = ["http://x3.example/"]\n', "utf-8")
    return {"typo": 3, "date": 4, "empty": 1, "gbk": 1, "types": 1, "12345": 1}


# ── a county that works beside files that do not ────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def beside(tmp_path_factory):
    """Two towns, crawled beside files of every wrong kind."""
    with Nation({"a": Town("甲县", talks=2), "b": Town("乙县", talks=2)}) as nation:
        collection = Collection(tmp_path_factory.mktemp("beside") / "c").create()
        for name, url in nation.urls.items():
            text = f'name = "{name}"\nsection = ["{url}"]\ndelay = 0\n'
            (collection.sites / f"{name}.toml").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
        lines = broken_files(collection.sites)
        collection.corrections.write_text('{"uid": 1}\n', "utf-8")
        (collection.reports / BAD_REPORT).write_text('{"verdict": []}', "utf-8")
        every = fangtan("crawl", "--delay", "0", "--json", collection=collection.root)
        one = fangtan("crawl", "--delay", "0", "--json", "a", "typo", collection=collection.root)
        yield collection, lines, every, one


def test_the_others_are_crawled_and_the_wrong_ones_named(beside):
    collection, lines, every, one = beside
    assert every.code == 3, every.err
    assert {r["site"]: (r["verdict"], r["interviews"]) for r in every.rows} == {"a": ("ok", 2), "b": ("ok", 2)}
    for name, line in lines.items():
        assert f"sites/{name}.toml:{line}: " in every.err
    assert "folder.toml: cannot be read" in every.err
    assert (one.code, [r["site"] for r in one.rows]) == (3, ["a"])
    assert "typo.toml:3" in one.err
    assert "empty.toml" not in one.err
    del collection


def test_a_good_site_is_crawled_and_only_a_wrong_one_refused(beside):
    collection = beside[0]
    good = fangtan("crawl", "--delay", "0", "--json", "b", collection=collection.root)
    assert (good.code, [r["verdict"] for r in good.rows]) == (0, ["ok"]), good.err
    for name in ("typo", "folder", "link"):
        refused = said(collection, "crawl", name)
        assert refused.exit_code == 2
        assert f"{name}.toml" in refused.stderr


def test_what_reads_goes_on(beside, tmp_path):
    collection, lines, _, _ = beside
    listed = said(collection, "sites", "list", "--json")
    assert (listed.exit_code, [json.loads(row)["id"] for row in listed.stdout.splitlines()]) == (3, ["a", "b"])
    assert all(f"{name}.toml:{line}: " in listed.stderr for name, line in lines.items())
    status = said(collection, "status", "--json")
    health_of = {row["id"]: (row["health"], row["reason"]) for row in map(json.loads, status.stdout.splitlines())}
    assert status.exit_code == 3
    assert (health_of["a"][0], health_of["b"][0]) == ("ok", "ok")
    assert all(
        health_of[name][0] == "broken" and f"{name}.toml:{line}: " in health_of[name][1] for name, line in lines.items()
    )
    plan = said(collection, "schedule", "list", "--json")
    assert plan.exit_code == 0
    assert {json.loads(row)["state"] for row in plan.stdout.splitlines()} == {"on demand", "broken"}
    assert said(collection, "schedule", "next").exit_code == 0
    found = {f.what: f for f in doctor.check_up(collection) if f.state == "bad"}
    assert {f"sites/{name}.toml" for name in lines} <= set(found)
    assert {"corrections", f"reports/{BAD_REPORT}"} <= set(found)
    export = said(collection, "export", "jsonl", "-o", str(tmp_path / "out"))
    assert export.exit_code == 0, export.output
    assert said(collection, "package", "-o", str(tmp_path / "p.wacz")).exit_code == 0
    assert said(collection, "runs").exit_code == 0


def test_the_archive_is_proved_and_made_again(beside, tmp_path):
    collection = Collection(tmp_path / "c")
    shutil.copytree(beside[0].root, collection.root, symlinks=True)
    collection.corrections.unlink()  # the run before has vouched for its line
    found = {(f.check, f.file.rsplit("/")[-1]) for f in faults(collection, reparse=True)}
    odd = {("structure", "folder.toml"), ("structure", "link.toml")}
    assert found == {("report", BAD_REPORT), ("corrections", "corrections.jsonl"), *odd}
    (collection.reports / BAD_REPORT).unlink()
    before = list(dump_public(collection.store))
    assert said(collection, "rebuild").exit_code == 0
    assert [row for row in dump_public(collection.store) if row not in before] == []
    (collection.sites / "a.toml").write_text('name = "a"\nsection = [', "utf-8")  # broken after it was crawled
    left = {("corrections", "corrections.jsonl"), *odd}
    assert {(f.check, f.file.rsplit("/")[-1]) for f in faults(collection)} == left
    found = {(f.check, f.file.rsplit("/")[-1]) for f in faults(collection, reparse=True)}
    assert found == left, "a broken site file is no tampering"
    collection.corrections.write_text("{\n", "utf-8")
    rebuilt = said(collection, "rebuild")
    assert (rebuilt.exit_code, "corrections.jsonl:1" in rebuilt.stderr) == (3, True)
    other = Collection(tmp_path / "other").create()
    collection.corrections.unlink()
    assert said(other, "merge", str(collection.root)).exit_code == 0


def test_a_tick_crawls_what_is_due_and_names_the_rest(tmp_path, clock):
    with Nation({"a": Town("甲县", talks=2)}) as nation:
        collection = Collection(tmp_path / "c").create()
        (collection.sites / "a.toml").write_text(
            f'name = "a"\nsection = ["{nation.urls["a"]}"]\nschedule = "0 3 * * *"\ndelay = 0\n', "utf-8"
        )
        lines = broken_files(collection.sites)
        (collection.root / "fangtan.toml").write_text(
            '[schedule]\nmin_free = 0\n[notify]\nwebhook = [{ url = "nowhere" }]\n', "utf-8"
        )
        assert fangtan("schedule", "tick", collection=collection.root).code == 3
        clock.write_text((START + timedelta(hours=4)).isoformat(), "ascii")
        tick = fangtan("schedule", "tick", "--json", collection=collection.root)
    assert tick.code == 3
    assert [(r["site"], r["verdict"]) for r in tick.rows] == [("a", "ok")]
    assert all(f"{name}.toml:{line}: " in tick.err for name, line in lines.items())
    assert "fangtan.toml:4: notify.webhook" in tick.err


def test_a_tick_of_nothing_but_broken_files_is_refused(collection):
    broken_files(collection.sites)
    assert said(collection, "schedule", "tick").exit_code == 2
    assert said(collection, "sites", "list").exit_code == 2
    assert said(collection, "crawl").exit_code == 2


def test_a_section_that_two_files_name_is_crawled_once_and_named(collection):
    for name in ("a", "b"):
        (collection.sites / f"{name}.toml").write_text(SITE.format("same"), "utf-8")
    (collection.sites / "c.toml").write_text(SITE.format("other"), "utf-8")
    from crawler.chosen import select_sites

    chosen = select_sites(collection, [])
    assert [site.id for site in chosen.sites] == ["a", "c"]
    assert "b.toml:2: http://same.example/zxft/ is the section of a.toml, too" in chosen.left_out[0]
    assert any("is the section of a.toml" in f.found for f in doctor.check_up(collection) if f.what == "sites/b.toml")
    assert [site.id for site in select_sites(collection, ["b"]).sites] == ["b"]


def test_a_site_that_another_process_crawls_leaves_the_others(tmp_path):
    with Nation({"a": Town("甲县", talks=1), "b": Town("乙县", talks=1)}) as nation:
        collection = Collection(tmp_path / "c").create()
        with (
            collection.lock("site-127-0-0-1"),
            collection.lock("site-" + nation.urls["a"].split("/")[2].replace(".", "-").replace(":", "-")),
        ):
            result = fangtan("crawl", "--delay", "0", "--json", *nation.urls.values(), collection=collection.root)
    assert result.code == 3
    assert [r["verdict"] for r in result.rows] == ["ok"]
    assert "in use by process" in result.err


# ── any change of any one file ──────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def put(path, data):
    """A file with other bytes for a while."""
    before = path.read_bytes()
    path.write_bytes(data)
    try:
        yield
    finally:
        path.write_bytes(before)


def mutations(data):
    """The bytes with a piece cut out, put in or put in its place."""
    pieces = st.one_of(
        st.binary(max_size=6),
        st.sampled_from(
            [
                b"nan",
                b"-1",
                b"[",
                b"]",
                b'"',
                b"\n",
                b"= 2021-02-30",
                b"\xff",
                b"true",
                b"{}",
                b"[[1]]",
                b"1e999",
                b"null",
                b"0",
                b"\\ud800",
            ]
        ),
        st.text(max_size=4).map(str.encode),
    )
    return st.tuples(st.integers(0, len(data)), st.integers(0, 12), pieces).map(
        lambda m: data[: m[0]] + m[2] + data[m[0] + m[1] :]
    )


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """Three sites, their reports and corrections; nothing was crawled."""
    collection = Collection(tmp_path_factory.mktemp("three") / "c").create()
    for name in ("a", "b", "c"):
        (collection.sites / f"{name}.toml").write_text(SITE.format(name), "utf-8")
        report = {
            "run": f"20260301T000000Z-{name}-beef", "site": name, "name": name, "started_at": "2026-03-01T00:00:00Z", "ended_at": "2026-03-01T00:01:00Z",
            "verdict": "ok", "reason": None, "pages": 3, "interviews": 2, "listed": 2, "evidence": [], "hosts": {"x": 1}, "section": ["http://x/"],
            "quality": {"read": 2, "transcripts": 1.0, "confidence": 0.9, "size": 900}, "left": 0, "error_list": [{"url": "u", "reason": "r"}],
        }  # fmt: skip
        (collection.reports / f"{report['run']}.json").write_text(json.dumps(report), "utf-8")
    line = {"uid": "u", "field": "title", "old": None, "new": "n", "author": "a", "reason": "r", "date": "2026-01-01"}
    collection.corrections.write_text("".join(json.dumps({**line, "uid": uid}) + "\n" for uid in "uvw"), "utf-8")
    connect(collection.crawl_db).close()
    register(collection, NOW - timedelta(days=20))
    open_store(collection.store).close()
    return collection


MANY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def stored(collection):
    """The rows that are made from plain files."""
    database = open_store(collection.store)
    try:
        with transaction(database) as db:
            save_sites(db, collection)
            save_runs(db, collection)
        return dict(database.conn.execute("SELECT id, name FROM sites")), dict(
            database.conn.execute("SELECT id, verdict FROM runs")
        )
    finally:
        database.conn.close()


@MANY
@given(data=st.data())
def test_no_change_of_a_site_file_stops_another(three, data):
    path = three.sites / "b.toml"
    with put(path, data.draw(mutations(SITE.format("b").encode()))):
        states = {e.id: e.state for e in timetable(three, NOW)}
        assert (states["a"], states["c"], set(states)) == ("due", "due", {"a", "b", "c"})
        names, _ = stored(three)
        assert (names["a"], names["c"]) == ("a", "c")
        assert {r.id: r.health for r in health(three, NOW)}.keys() == {"a", "b", "c"}
        (file,) = [f for f in three.site_files() if f.id == "b"]
        assert bool(file.problems) == (states["b"] == "broken")
        assert all(problem.startswith(f"{path}:") for problem in file.problems)
        listed = said(three, "sites", "list")
        assert {"a", "c"} <= {row.split()[0] for row in listed.stdout.splitlines()}


@MANY
@given(data=st.data())
def test_no_change_of_a_report_stops_another_site(three, data):
    path = three.reports / "20260301T000000Z-b-beef.json"
    with put(path, data.draw(mutations(path.read_bytes()))):
        found = {r.id: r for r in health(three, NOW)}
        assert [found[name].last["verdict"] for name in ("a", "c")] == ["ok", "ok"]
        _, verdicts = stored(three)
        assert len(verdicts) == 3
        assert verdicts["20260301T000000Z-a-beef"] == "ok"


@MANY
@given(data=st.data())
def test_no_change_of_a_correction_stops_another(three, data):
    first, second, third = three.corrections.read_bytes().splitlines(keepends=True)
    with put(three.corrections, first + data.draw(mutations(second)).replace(b"\n", b"") + b"\n" + third):
        found = CORRECTIONS.look(three)
        uids = [correction.uid for _, correction in found.lines]
        assert (uids[0], uids[-1]) == ("u", "w")
        assert len(uids) + len(found.problems) == 3 or b"" in three.corrections.read_bytes().splitlines()


@MANY
@given(data=st.data())
def test_no_change_of_receivers_or_time_stamps_stops_a_crawl(three, data):
    aside = b'[notify]\ndigest = "07:30"\nwebhook = [{ url = "http://a.example/", format = "json" }]\n[timestamp]\nurl = "http://t.example/"\n'
    with put(three.root / "fangtan.toml", b"[schedule]\nparallel = 7\n" + data.draw(mutations(aside))):
        collection = Collection(three.root)
        try:
            assert collection.setting("schedule", "parallel") == 7
        except ConfigError as error:  # no TOML any more, or another table than these
            assert "fangtan.toml:" in str(error)
            assert (
                "no valid TOML" in str(error)
                or "UTF-8" in str(error)
                or "unknown key" in str(error)
                or "schedule" in str(error)
            )
        else:
            assert all("fangtan.toml:" in line for group in ASIDE for line in collection.settings.problems[group])


# ── while the scheduler runs ────────────────────────────────────────────────────────────────────────────────────────

WORKER = """
import json, sys
from archive.collection import clock
from archive.collection.clock import stamp
from archive.collection.crawldb import connect
from pathlib import Path
db = connect(Path(sys.argv[1]))
for line in sys.stdin:
    order = json.loads(line)
    if "crawl" in order:
        site, now = order["crawl"], stamp()
        db.execute("INSERT INTO runs(run, site, state, pid, started_at, heartbeat) VALUES (?, ?, 'done', 1, ?, ?)", (f"{now}-{site}", site, now, now))
        print(json.dumps({"outcome": {"site": site, "exit_code": 0, "day": now[:10]}}), flush=True)
"""


@pytest.fixture
def restored_signals():
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("restored_signals")
def test_a_file_that_breaks_while_the_scheduler_runs_and_one_that_is_mended(collection, clock):
    text = SITE.replace("0 3 * * 1", "0 3 * * *")
    for name in ("a", "b"):
        (collection.sites / f"{name}.toml").write_text(text.format(name), "utf-8")
    (collection.root / "fangtan.toml").write_text("[schedule]\nmin_free = 0\n", "utf-8")
    path = collection.sites / "b.toml"
    heard = []

    def hear(message):
        heard.append(message)
        rounds = sum(m.get("outcome", m).get("site") == "a" for m in heard)
        if message.get("site") == "a":
            if rounds == 2:
                path.write_text(text.format("b") + "delay = -1\n", "utf-8")
                (collection.root / "fangtan.toml").write_text("[schedule]\nmin_free = \n", "utf-8")
            if rounds == 4:
                path.write_text(text.format("b"), "utf-8")

    scheduler = Scheduler(
        collection,
        [sys.executable, "-c", WORKER, str(collection.crawl_db)],
        until=START + timedelta(days=7),
        hear=[hear],
    )
    scheduler.run()
    days = {name: [m["day"] for m in heard if m.get("site") == name] for name in ("a", "b")}
    assert len(days["a"]) == 7, "every day, whatever stands in b's file"
    assert 3 <= len(days["b"]) < 7, "not while its file is broken"
    assert days["b"][-1] == days["a"][-1], "the mended file is taken up"
    told = [m for m in heard if "failed" in m]
    assert [m["failed"] for m in told] == ["b"], "once"
    assert "b.toml:9: " in told[0]["error"]
    del clock


def done_run(db, site, started, state="done", **more):
    row = {"run": f"{site}-{started:%Y%m%dT%H%M%S}", "site": site, "state": state, "pid": 1, "started_at": clocks.stamp(started), "heartbeat": clocks.stamp(started), **more}  # fmt: skip
    db.execute(f"INSERT INTO runs({', '.join(row)}) VALUES ({', '.join('?' for _ in row)})", tuple(row.values()))


def test_a_clock_that_was_a_year_ahead_leaves_no_site_waiting(collection):
    ahead = NOW + timedelta(days=365)
    for name in "abcde":
        (collection.sites / f"{name}.toml").write_text(SITE.format(name), "utf-8")
    register(collection, NOW - timedelta(days=30))
    (collection.sites / "late.toml").write_text(SITE.format("late"), "utf-8")
    register(collection, ahead)  # a site that came while the clock was ahead
    db = connect(collection.crawl_db)
    done_run(db, "a", ahead)
    done_run(db, "b", ahead, "stopped", resume_at=clocks.stamp(ahead + timedelta(hours=1)))
    done_run(db, "c", ahead, "running")
    db.execute(
        "INSERT INTO circuits VALUES ('d.example', 3, ?, ?, 'silent')",
        (clocks.stamp(ahead), clocks.stamp(ahead + timedelta(days=1))),
    )
    db.execute(
        "UPDATE schedule SET crashes = 2, retry_at = ? WHERE site = 'e'", (clocks.stamp(ahead + timedelta(hours=2)),)
    )
    db.close()
    register(collection, NOW)
    entries = {e.id: e for e in timetable(collection, NOW)}
    assert {e.state for name, e in entries.items() if name != "late"} == {"due"}
    assert entries["late"].next_at - NOW < timedelta(days=8)
    db = connect(collection.crawl_db)
    done_run(db, "a", NOW)  # it was crawled once the clock was right
    db.close()
    (again,) = [e for e in timetable(collection, NOW + timedelta(days=8)) if e.id == "a"]
    assert (again.state, again.last["started_at"][:4]) == ("due", "2026"), (
        "the run of the wrong year is not its last one"
    )


# ── a first crawl that was killed ───────────────────────────────────────────────────────────────────────────────────


def test_a_killed_first_crawl_goes_on_without_its_address(tmp_path):
    held, reached = threading.Event(), threading.Event()

    def change(town, path):
        if path == town.path(3) and not held.is_set():
            reached.set()
            held.wait(60)

    with Nation({"a": Town("甲县", change, talks=5)}) as nation:
        collection = Collection(tmp_path / "c")
        words, nothing = ["crawl", nation.urls["a"], "--delay", "0"], subprocess.DEVNULL
        process = start(*words, collection=collection.root, stdout=nothing, stderr=nothing)
        assert reached.wait(100)
        process.kill()
        process.wait()
        held.set()
        assert list(collection.sites.glob("*.toml")) == []
        runs = said(collection, "runs", "--json")
        assert [json.loads(row)["verdict"] for row in runs.stdout.splitlines()] in (["interrupted"], [])
        status = said(collection, "status", "--json")
        (row,) = map(json.loads, status.stdout.splitlines())
        assert (status.exit_code, row["health"], row["state"]) == (3, "incomplete", "on demand")
        assert "--resume" in row["reason"]
        went_on = fangtan("crawl", "--resume", "--delay", "0", "--json", collection=collection.root)
        assert (went_on.code, [r["interviews"] for r in went_on.rows]) == (0, [5]), went_on.err
    assert said(collection, "crawl", "--resume").stderr.count("nothing to resume") == 1
    shown = said(collection, "runs")
    assert "running" not in shown.output
    assert faults(collection, reparse=True) == []


def test_an_interrupted_run_whose_report_is_damaged_is_known_by_its_queue(collection):
    db = connect(collection.crawl_db)
    done_run(db, "x-example", NOW, "running")
    done_run(db, "y-example", NOW, "running")
    db.execute(
        "INSERT INTO frontier(site, fingerprint, url, role, priority, state, request) VALUES ('x-example', x'00', 'http://x.example/ft/', 'seed', 1, 'pending', '{}')"
    )
    db.close()
    (collection.reports / f"x-example-{NOW:%Y%m%dT%H%M%S}.json").write_text("{", "utf-8")
    entries = timetable(collection, NOW)
    assert [(e.id, e.site.section, e.interrupted) for e in entries] == [("x-example", ("http://x.example/ft/",), True)]


def test_files_come_in_beside_one_that_is_refused(beside, tmp_path):
    warcs = sorted(beside[0].archive.glob("*.warc.gz"))
    good, broken, late = (tmp_path / f"{n}.warc.gz" for n in ("good", "broken", "late"))
    shutil.copyfile(warcs[0], good)
    shutil.copyfile(warcs[1], late)
    data = bytearray(warcs[2].read_bytes())
    broken.write_bytes(data[: len(data) // 2])
    junk = tmp_path / "junk.txt"
    junk.write_bytes(b"no archive")
    collection = Collection(tmp_path / "in")
    result = said(collection, "import", str(good), str(junk), str(broken), str(tmp_path / "nowhere.warc"), str(late))
    assert result.exit_code == 5
    assert {p.name for p in collection.archive.glob("*.warc.gz")} == {"good.warc.gz", "late.warc.gz"}
    assert all(name in result.stderr for name in ("junk.txt", "broken.warc.gz", "nowhere.warc"))
    again = said(Collection(tmp_path / "again"), "import", str(good), str(junk))
    assert again.exit_code == 3
    assert said(Collection(tmp_path / "none"), "import", str(junk)).exit_code == 2
    assert faults(collection) == []


# ── values on the command line and in a table of sites ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("delay", ["nan", "inf", "-1", "1e9"])
def test_a_delay_that_is_none_is_refused(collection, delay):
    for command in (["crawl", "a"], ["schedule", "tick"], ["sites", "check"]):
        assert said(collection, *command, "--delay", delay).exit_code == 2


def test_a_table_of_sites_is_checked_before_anything_is_fetched(collection, tmp_path):
    table = tmp_path / "counties.csv"
    rows = [
        "url,schedule,delay,recheck",
        "http://127.0.0.9:9/,99 3 * * *,,",
        "http://127.0.0.9:9/,,-1,",
        "ftp://127.0.0.9/,,,",
        'http://127.0.0.9:9/,,,"[3, 1]"',
    ]
    table.write_text("\n".join(rows) + "\n", "utf-8")
    result = said(collection, "sites", "import", str(table))
    assert result.exit_code == 3
    for line, word in (
        (2, "schedule must be"),
        (3, "delay must be seconds"),
        (4, "http(s) URL"),
        (5, "recheck must be"),
    ):
        assert any(f"counties.csv:{line}: " in row and word in row for row in result.stderr.splitlines())
    assert said(collection, "sites", "add", "http://127.0.0.9:9/", "--yes", "--schedule", "soon").exit_code == 2
    assert list(collection.sites.iterdir()) == []
