"""The scheduler with real crawls on loopback; the clock is rehearsed, so that nights pass in seconds."""

import json
import os
import signal
import sqlite3
import subprocess
import urllib.request
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from support.running import environment, fangtan, faults
from support.sites.nation import DAYS, LONG, NIGHTS, START, TOWNS, Nation, Town, build, self_signed, set_clock
from support.ticks import DELAY, collection_for, run, start, wait_until

from archive.collection.crawldb import APPLICATION_ID, connect
from archive.collection.folder import Collection
from archive.history.timetable import timetable
from archive.store.store import open_reader

pytestmark = pytest.mark.long

# ── the fortnight ───────────────────────────────────────────────────────────────────────────────────────────────────


class Fortnight:
    """:ivar status: of all sites, before some of them were paused; in rows and in words"""

    def __init__(self, nation, collection):
        self.nation, self.collection = nation, collection
        rows = run(collection, NIGHTS).rows
        self.status = [fangtan("status", *as_rows, collection=collection.root) for as_rows in (["--json"], [])]
        if NIGHTS < DAYS:
            for site in nation.sites.keys() - set(LONG):
                assert fangtan("schedule", "pause", site, collection=collection.root).code == 0
            rows += run(collection, DAYS).rows
        self.reports = defaultdict(list)
        for report in rows:
            self.reports[report["site"]].append(report)

    def day_of(self, site, fact):
        """Days since the beginning when a run of the site first counted something."""
        first = next(r for r in self.reports[site] if r.get(fact))
        return (datetime.fromisoformat(first["started_at"]) - START) / timedelta(days=1)


@pytest.fixture(scope="module")
def fortnight(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nation")
    with pytest.MonkeyPatch.context() as patch:
        set_clock(folder, patch)
        with Nation(
            build(),
            certificate=self_signed(folder, f"127.0.1.{list(TOWNS).index('expired') + 1}", START - timedelta(days=9)),
        ) as nation:
            collection = collection_for(nation, folder)
            yield Fortnight(nation, collection)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_site_ran_every_night_unless_it_was_left_alone(fortnight):
    assert len(fortnight.reports) == len(fortnight.nation.sites) > 20
    for site, reports in fortnight.reports.items():
        patient = site in ("silent", "errors", "challenge", "banned", "busy", "login")
        nights = DAYS if site in LONG else NIGHTS
        assert len(reports) == nights or (patient and len(reports) >= nights // 2), (site, len(reports))


@pytest.mark.slow
@pytest.mark.parametrize("site", sorted(TOWNS))
def test_every_planted_obstacle_has_its_verdict(fortnight, site):
    verdicts = {r["verdict"] for r in fortnight.reports[site]}
    expected = TOWNS[site][1]
    assert fortnight.reports[site][0]["verdict"] == "ok"
    assert expected in verdicts
    assert verdicts <= {"ok", expected, *(("incomplete",) if expected == "blocked" else ())}, verdicts
    if expected != "ok":
        first = next(r for r in fortnight.reports[site] if r["verdict"] != "ok")
        assert first["verdict"] == expected
        assert first["reason"]
        assert first["fix"]
        assert 4.5 <= (datetime.fromisoformat(first["started_at"]) - START) / timedelta(days=1) <= 10.5, (
            "the first night after"
        )


@pytest.mark.slow
def test_still_sites_are_ok_once_their_dead_entry_counts_as_dead(fortnight):
    """Three nights over a week that it answers 404; until then it is missing."""
    still = {site: reports for site, reports in fortnight.reports.items() if site.startswith("still-")}
    assert still
    for site, reports in still.items():
        verdicts = [r["verdict"] for r in reports]
        good = verdicts.index("ok")
        assert set(verdicts[good:]) == {"ok"}, site
        assert good in (0, 7), (site, verdicts)
        assert all("1 error" in r["reason"] for r in reports[:good]), site
        assert sum(r["changed"] + r["gone"] for r in reports) == 0, site
        assert sum(r["new"] for r in reports) == reports[0]["new"], site


@pytest.mark.slow
def test_what_changed_is_found_within_its_policy(fortnight):
    late_new = next(r for r in fortnight.reports["new"][1:] if r["new"])
    assert (datetime.fromisoformat(late_new["started_at"]) - START) / timedelta(days=1) < 6.2, "new on day 5"
    assert fortnight.day_of("edited", "changed") < 3.2, (
        "edited on day 1.5, looked at again three days after the first capture"
    )
    assert fortnight.day_of("late", "changed") < 10.2, "answered on day 8, looked at again after ten days"
    assert fortnight.day_of("gone", "gone") < 3.2
    assert fortnight.day_of("back", "gone") < 3.2
    assert fortnight.day_of("back", "back") < 4.2, "what is gone is asked for again after a day"
    assert fortnight.day_of("notice", "changed") < 6.2, "the list's words changed on day 6, its page was not due"
    assert 9.9 < fortnight.day_of("hijacked", "alerts") < 10.2


@pytest.mark.slow
def test_the_store_tells_the_same_stories(fortnight):
    db = open_reader(fortnight.collection.store)
    try:

        def rows(sql, *values):
            return db.execute(sql, values).fetchall()

        assert rows("SELECT count(*) FROM interviews WHERE site = 'new'") == [(8,)]
        assert rows(
            "SELECT max(version_no) FROM versions v JOIN interviews i ON i.uid = v.interview WHERE i.site = 'edited'"
        ) == [(2,)]
        assert rows("SELECT count(*) FROM interviews WHERE site = 'gone' AND gone_at IS NOT NULL") == [(1,)]
        assert rows("SELECT count(*) FROM interviews WHERE site = 'back' AND gone_at IS NOT NULL") == [(0,)]
        kinds = [k for (k,) in rows("SELECT v.kind FROM versions v JOIN interviews i ON i.uid = v.interview WHERE i.site = 'notice' AND i.title LIKE '%第6期' ORDER BY v.version_no")]  # fmt: skip
        assert kinds == ["notice", "transcript"]
        assert rows("SELECT count(*) FROM turns WHERE text LIKE '%年底前全部入户%'") == [(1,)]
    finally:
        db.close()


@pytest.mark.slow
def test_remarks_do_not_make_a_run_bad(fortnight):
    changed = [r for r in fortnight.reports["remark"] if r["obstacles"]]
    assert [o["rule"] for r in changed for o in r["obstacles"]] == ["robots_changed"]
    assert "robots" in " ".join(changed[0]["evidence"])
    certificate = fortnight.reports["expired"][0]
    assert certificate["obstacles"][0]["rule"] == "certificate_expired"
    assert certificate["verdict"] == "ok"


@pytest.mark.slow
def test_requests_to_a_host_never_overlap_and_keep_the_delay(fortnight):
    by_host = defaultdict(list)
    for request in fortnight.nation.requests:
        by_host[request.host].append(request)
    assert max(map(len, by_host.values())) > 1
    for host, requests in by_host.items():
        requests.sort(key=lambda r: r.began)
        for one, other in pairwise(requests):
            assert other.began >= one.ended, host
            # The server sees what the client sent some moments ago, with a loaded machine between.
            assert other.began - one.began >= DELAY - 0.025, (host, one, other)


@pytest.mark.slow
def test_a_quiet_night_costs_the_lists_and_robots(fortnight):
    """A night on which nothing is due: the third one."""
    asked = needed = 0

    def is_talk(site, path):
        reply = site.reply(path)
        return reply is not None and b"<h1>" in reply.body

    for name, site in fortnight.nation.sites.items():
        if TOWNS.get(name, (None, "ok"))[1] not in ("ok", "blocked"):
            continue
        requests = fortnight.nation.of(name)
        first = {r.path for r in requests if r.at < START + timedelta(hours=12) and r.status == 200}
        night = [r for r in requests if START + timedelta(hours=48) < r.at < START + timedelta(hours=60)]
        assert not any(is_talk(site, r.path) for r in night), name
        # A POST cannot be asked conditionally.
        again = [r for r in night if r.status in (200, 304) and r.path != "/robots.txt" and r.method == "GET"]
        assert all(r.conditional for r in again), name
        asked += len(night)
        # Newest first and dated: there the first list page tells that nothing is new.
        lists = {p for p in first if p != "/robots.txt" and not is_talk(site, p)}
        # An entry that answers 404 is asked again each night until it counts as dead.
        needed += 1 + (1 if name in TOWNS else len(lists) + 1)
    assert asked <= 1.1 * needed, (asked, needed)


@pytest.mark.slow
def test_a_fortnight_verifies(fortnight):
    assert faults(fortnight.collection, reparse=True) == []


@pytest.mark.slow
def test_status_names_the_trouble_first(fortnight):
    result, told = fortnight.status
    health = {r["id"]: r["health"] for r in result.rows}
    for site, (_, expected) in TOWNS.items():
        if expected != "tampered":
            assert health[site] == expected or (expected == "blocked" and health[site] == "incomplete"), site
    bad = [r["health"] not in ("ok", "new", "late") for r in result.rows]
    assert bad == sorted(bad, reverse=True)
    assert result.code == 4
    assert "anti-bot" in told.out
    assert "→" in told.out, "with what to do"


# ── small ones ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def town(clock):  # noqa: ARG001 - it lives by the clock
    with Nation({"a": Town("甲县", talks=12)}) as nation:
        yield nation


def test_tick_is_idempotent(tmp_path, town, clock):
    collection = collection_for(town, tmp_path)
    assert fangtan("schedule", "tick", collection=collection.root).out == "", "its date has not come"
    clock.write_text((START + timedelta(hours=4)).isoformat(), "ascii")
    first = fangtan("schedule", "tick", "--json", collection=collection.root)
    assert [r["verdict"] for r in first.rows] == ["ok"], first.rows
    assert first.code == 0
    assert fangtan("schedule", "tick", collection=collection.root).out == ""


def test_a_date_missed_by_days_is_made_up_for_once(tmp_path, town, clock):
    collection = collection_for(town, tmp_path)
    fangtan("schedule", "tick", collection=collection.root)
    clock.write_text((START + timedelta(days=5, hours=9)).isoformat(), "ascii")
    assert len(fangtan("schedule", "tick", "--json", collection=collection.root).rows) == 1
    assert fangtan("schedule", "tick", "--json", collection=collection.root).rows == []


def test_the_doctor_sees_that_nobody_looks_at_the_timetable(tmp_path, town, clock):
    def said():
        rows = fangtan("doctor", "--json", collection=collection.root).rows
        return [(r["state"], r["found"]) for r in rows if r["what"] == "schedule"]

    collection = collection_for(town, tmp_path)
    fangtan("schedule", "tick", collection=collection.root)
    assert said()[0][0] == "note"
    clock.write_text((START + timedelta(hours=9)).isoformat(), "ascii")
    ((state, found),) = said()
    assert (state, "due: a" in found) == ("bad", True)
    with collection.lock("scheduler"):
        assert said()[0][0] == "ok"


def test_a_collection_without_any_schedule_is_told_so(collection):
    assert "no site has a schedule" in fangtan("schedule", "tick", collection=collection.root).err


def test_two_schedulers_of_one_collection(tmp_path, town, clock):
    del clock
    collection = collection_for(town, tmp_path)
    with collection.lock("scheduler"):
        tick = fangtan("schedule", "tick", collection=collection.root)
        second = fangtan("schedule", "run", collection=collection.root)
    assert (tick.code, second.code) == (0, 2)
    assert "another scheduler" in tick.err
    assert "scheduler is in use" in second.err


def test_pause_and_resume(tmp_path, town, clock):
    collection = collection_for(town, tmp_path)
    fangtan("schedule", "tick", collection=collection.root)
    assert fangtan("schedule", "pause", "a", "--note", "asked to wait", collection=collection.root).code == 0
    clock.write_text((START + timedelta(hours=9)).isoformat(), "ascii")
    assert fangtan("schedule", "tick", "--json", collection=collection.root).rows == []
    assert "asked to wait" in fangtan("schedule", "list", collection=collection.root).out
    fangtan("schedule", "resume", "a", collection=collection.root)
    assert len(fangtan("schedule", "tick", "--json", collection=collection.root).rows) == 1
    assert fangtan("schedule", "pause", "nobody", collection=collection.root).code == 2


def test_list_and_next(tmp_path, town, clock):
    del clock
    collection = collection_for(town, tmp_path)
    (collection.sites / "b.toml").write_text('name = "b"\nsection = ["http://127.0.9.9/"]\n', "utf-8")
    (collection.sites / "c.toml").write_text('name = "c"\nsektion = []\n', "utf-8")
    rows = {r["id"]: r for r in fangtan("schedule", "list", "--json", collection=collection.root).rows}
    assert {k: r["state"] for k, r in rows.items()} == {"a": "waiting", "b": "on demand", "c": "broken"}
    assert "sektion" in rows["c"]["why"]
    (following,) = fangtan("schedule", "next", "--json", collection=collection.root).rows
    assert following["id"] == "a"
    due = datetime.fromisoformat(following["next_at"]) - START
    assert timedelta(hours=3) <= due <= timedelta(hours=3, minutes=10)


def test_a_run_stops_when_its_window_closes_and_goes_on_when_it_opens(tmp_path, town, clock):
    collection = collection_for(town, tmp_path, delay=0.4, window="02:00-03:30")
    fangtan("schedule", "tick", collection=collection.root)
    clock.write_text((START + timedelta(hours=3, minutes=29, seconds=58)).isoformat(), "ascii")
    first = fangtan("schedule", "tick", "--json", collection=collection.root).rows[0]
    assert first["verdict"] == "incomplete"
    assert "window" in first["reason"]
    assert first["left"] > 0
    (entry,) = timetable(collection, datetime.fromisoformat(clock.read_text("ascii")) + timedelta(minutes=5))
    assert (entry.state, entry.next_at) == ("waiting", START + timedelta(days=1, hours=2))
    clock.write_text((START + timedelta(days=1, hours=2, minutes=1)).isoformat(), "ascii")
    second = fangtan("schedule", "tick", "--json", collection=collection.root).rows[0]
    assert second["resumed"]
    assert (second["verdict"], second["interviews"]) == ("ok", 12)


def test_a_run_that_is_stopped_while_scrapy_starts_ends(tmp_path, town):
    """Scrapy ignores a stop before its engine runs; the run must not wait for ever."""
    script = (
        "import sys\n"
        "from crawler import process\n"
        "attach = process.attach\n"
        "def stopped(crawler, site_run):\n"
        "    attach(crawler, site_run)\n"
        "    site_run.guard.stop('the crawl window has closed')\n"
        "process.attach = stopped\n"
        "from crawler.cli.group import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    done = fangtan("crawl", "--json", "--delay", "0", town.urls["a"], collection=tmp_path / "c", script=script)
    report = json.loads(done.out.splitlines()[-1])
    assert (done.code, report["verdict"], report["left"]) == (3, "incomplete", 1), done.err
    assert "window" in report["reason"]
    went_on = fangtan("crawl", "--json", "--delay", "0", town.urls["a"], collection=tmp_path / "c").rows[0]
    assert (went_on["resumed"], went_on["interviews"]) == (True, 12)


def test_a_budget_is_kept_and_the_rest_follows_with_the_next_date(tmp_path, town, clock):
    collection = collection_for(town, tmp_path, delay=0.01)
    path = collection.sites / "a.toml"
    path.write_text(f"{path.read_text('utf-8')}budget = {{ pages = 5 }}\n", "utf-8")
    result = run(collection, 3.5)
    assert [r["pages"] for r in result.rows][:2] == [5, 5]
    assert "budget of 5 pages" in result.rows[0]["reason"]
    assert [r["verdict"] for r in result.rows] == ["incomplete", "incomplete", "ok", "ok"]
    assert result.rows[2]["interviews"] == 12
    paths = [r.path for r in town.requests if r.path != "/robots.txt" and r.at < START + timedelta(days=3)]
    assert len(paths) == len(set(paths)), "nothing twice"
    del clock


def test_one_page_by_hand_is_no_run_of_the_site(tmp_path, town, clock):
    """It neither counts as a sweep nor looks like a vanished list, and leaves due interviews alone."""
    root = tmp_path / "c"
    assert fangtan("crawl", "--delay", "0", town.urls["a"], collection=root).code == 0
    before = len(town.requests)
    clock.write_text((START + timedelta(days=5)).isoformat(), "ascii")
    page = town.urls["a"].removesuffix("/hdjl/zxft/") + town.sites["a"].path(3)
    result = fangtan("crawl", "--delay", "0", "--json", page, collection=root)
    assert result.rows[0]["verdict"] == "ok", result.rows[0]["reason"]
    assert [r.path for r in town.requests[before:]] == ["/robots.txt", town.sites["a"].path(3)]


def test_sites_on_one_host_take_turns(tmp_path, clock):
    """Two site files with the same host; and the delay holds between them."""
    with Nation({"a": Town("甲县")}) as nation:
        collection = collection_for(nation, tmp_path)
        text = (collection.sites / "a.toml").read_text("utf-8")
        (collection.sites / "b.toml").write_text(text.replace('name = "a"', 'name = "b"\npriority = 5'), "utf-8")
        fangtan("schedule", "tick", collection=collection.root)
        clock.write_text((START + timedelta(hours=4)).isoformat(), "ascii")
        rows = fangtan("schedule", "tick", "--json", collection=collection.root).rows
        assert [r["site"] for r in rows] == ["b", "a"], "the higher priority first"
        requests = sorted(nation.requests, key=lambda r: r.began)
        for one, other in pairwise(requests):
            assert other.began >= one.ended


def test_sigterm_finishes_what_is_in_flight_and_keeps_the_queue(tmp_path, town, clock):
    collection = collection_for(town, tmp_path, delay=0.3)
    process, _ = under_way(collection, town, clock)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    report = json.loads(out)
    assert process.returncode == 3, err
    assert "asked to stop" in report["reason"]
    assert report["left"] > 0
    assert not list(collection.archive.glob("*.open"))
    assert faults(collection) == []
    rest = fangtan("schedule", "tick", "--json", collection=collection.root).rows[0]
    assert (rest["resumed"], rest["verdict"], rest["interviews"]) == (True, "ok", 12)
    paths = [r.path for r in town.requests if r.path != "/robots.txt"]
    assert len(paths) == len(set(paths)), "nothing twice"


def under_way(collection, town, clock):
    """A tick whose crawl has begun, and its worker's pid."""
    fangtan("schedule", "tick", collection=collection.root)
    clock.write_text((START + timedelta(hours=4)).isoformat(), "ascii")
    process = start(collection, "tick", "--json")
    wait_until(lambda: len(town.requests) >= 4, "the crawl did not begin")
    db = connect(collection.crawl_db)
    (worker,) = db.execute("SELECT pid FROM runs WHERE state = 'running'").fetchone()
    db.close()
    return process, worker


@pytest.mark.parametrize("victim", ["scheduler", "worker", "both"])
def test_a_killed_scheduler_is_replaced_by_the_next(tmp_path, town, clock, victim):
    collection = collection_for(town, tmp_path, delay=0.2)
    process, worker = under_way(collection, town, clock)
    if victim in ("scheduler", "both"):
        process.kill()
    if victim in ("worker", "both"):
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
    if victim == "worker":
        _, err = process.communicate(timeout=60)
        assert "worker ended" in err
        (entry,) = timetable(collection, START + timedelta(hours=4, minutes=5))
        assert entry.state == "waiting", "not at once again: it may be its fault"
        clock.write_text((START + timedelta(hours=6)).isoformat(), "ascii")
    else:
        process.communicate(timeout=60)
    wait_until(lambda: not collection.locked("site-a"), "the worker goes on without its scheduler")
    row = fangtan("schedule", "tick", "--json", collection=collection.root).rows[0]
    assert (row["resumed"], row["verdict"], row["interviews"]) == (True, "ok", 12)
    assert faults(collection, reparse=True) == []


def test_a_worker_that_hangs_is_killed_and_its_run_goes_on(tmp_path, town, clock):
    """Stopped by a signal, it gives no sign of life; the clock moves on."""
    collection = collection_for(town, tmp_path, delay=0.2)
    process, worker = under_way(collection, town, clock)
    os.kill(worker, signal.SIGSTOP)
    clock.write_text((START + timedelta(hours=5)).isoformat(), "ascii")
    _, err = process.communicate(timeout=90)
    assert "has hung" in err
    assert "worker ended" in err
    clock.write_text((START + timedelta(hours=8)).isoformat(), "ascii")
    row = fangtan("schedule", "tick", "--json", collection=collection.root).rows[0]
    assert (row["resumed"], row["verdict"], row["interviews"]) == (True, "ok", 12)


def test_no_run_starts_on_a_full_disk(tmp_path, town, clock):
    collection = collection_for(town, tmp_path)
    fangtan("schedule", "tick", collection=collection.root)
    config = collection.root / "fangtan.toml"
    config.write_text(config.read_text("utf-8").replace("min_free = 1000", f"min_free = {1 << 60}"), "utf-8")
    clock.write_text((START + timedelta(hours=4)).isoformat(), "ascii")
    tick = fangtan("schedule", "tick", "--json", collection=collection.root)
    assert (tick.code, tick.rows) == (3, [])
    assert "disk" in tick.err
    process = start(collection, "run", "--json")
    wait_until(lambda: process.poll() is not None or process.stderr.readline().count("disk"), "it says why")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert town.requests == []


def test_metrics_are_openmetrics_text(tmp_path, town, clock, monkeypatch):
    from prometheus_client.openmetrics.parser import text_string_to_metric_families

    collection = collection_for(town, tmp_path)
    fangtan("schedule", "tick", collection=collection.root)
    clock.write_text((START + timedelta(hours=4)).isoformat(), "ascii")
    fangtan("schedule", "tick", collection=collection.root)
    monkeypatch.delenv("FANGTAN_CLOCK")
    process = start(collection, "run", "--metrics", "0")
    try:
        line = process.stderr.readline()
        address = line.split()[-1]
        request = urllib.request.Request(address, headers={"Accept": "application/openmetrics-text; version=1.0.0"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
            text = answer.read().decode()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    values = {(s.name, s.labels.get("health"), s.labels.get("site")): s.value for f in text_string_to_metric_families(text) for s in f.samples}  # fmt: skip
    assert values["fangtan_interviews", None, "a"] == 12
    assert values["fangtan_health", "late", "a"] == 1, "no scheduler has run since"
    assert values["fangtan_disk_free_bytes", None, None] > 0


def test_units_and_crontab(tmp_path, town):
    import shutil

    collection = collection_for(town, tmp_path)
    lines = fangtan("schedule", "install", "--cron", collection=collection.root).out
    assert lines.startswith("*/10 * * * * ")
    folder = tmp_path / "units"
    assert fangtan("schedule", "install", "--into", folder, collection=collection.root).code == 0
    assert sorted(p.name for p in folder.iterdir()) == ["fangtan-tick.service", "fangtan-tick.timer", "fangtan.service"]
    command = lines.split("* * * * ", 1)[1].split(" >> ")[0]
    done = subprocess.run(
        command, shell=True, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    if shutil.which("systemd-analyze"):
        for unit in folder.iterdir():
            checked = subprocess.run(
                ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
            )
            assert checked.returncode == 0, checked.stderr
            assert unit.name not in checked.stderr, checked.stderr


@pytest.mark.parametrize(
    "wrong", ['parallel = "four"', "parallel = 0", "jitter = -5", 'sweep = "x"', "recheck = 3", "recheck = [10, 3]", 'min_free = "2 GiB"', "parallel = true"]
)  # fmt: skip
def test_a_setting_of_the_wrong_kind_is_refused_by_name(collection, wrong):
    (collection.root / "fangtan.toml").write_text(f"[schedule]\n{wrong}\n", "utf-8")
    result = fangtan("schedule", "tick", collection=collection.root)
    assert result.code == 2
    assert f"schedule.{wrong.split(' ', maxsplit=1)[0]} must be" in result.err


def test_a_table_that_is_none_is_refused(collection):
    (collection.root / "fangtan.toml").write_text("schedule = 3\n", "utf-8")
    result = fangtan("schedule", "tick", collection=collection.root)
    assert (result.code, "[schedule] must be a table" in result.err) == (2, True)


@pytest.mark.parametrize("wrong", ["sweep = 0", "recheck = [10, 3]", "recheck = ['a']", "budget = { pages = 0 }", "window = '22-6'", "browser = 1", "priority = true"])  # fmt: skip
def test_a_site_file_with_a_wrong_kind_is_refused_with_its_line(collection, wrong):
    (collection.sites / "x.toml").write_text(f'name = "x"\nsection = ["http://a.example/"]\n{wrong}\n', "utf-8")
    result = fangtan("sites", "list", collection=collection.root)
    assert result.code == 2
    assert "x.toml:3: " in result.err


def test_the_clock_must_be_one(tmp_path, monkeypatch):
    monkeypatch.setenv("FANGTAN_CLOCK", str(tmp_path / "nowhere"))
    assert fangtan("schedule", "list", collection=Collection(tmp_path / "c").create().root).code == 2
    assert datetime.now(UTC).tzinfo


_BEFORE = """
CREATE TABLE runs (
  run TEXT PRIMARY KEY, site TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('running','done','dead')),
  pid INTEGER NOT NULL, started_at TEXT NOT NULL, heartbeat TEXT NOT NULL);
CREATE UNIQUE INDEX one_running_run ON runs(site) WHERE state = 'running';
CREATE TABLE frontier (
  id INTEGER PRIMARY KEY, site TEXT NOT NULL, fingerprint BLOB NOT NULL, url TEXT NOT NULL, role TEXT NOT NULL,
  priority INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('pending','claimed','done')),
  request TEXT NOT NULL, UNIQUE (site, fingerprint));
CREATE TABLE committed (warc_file TEXT PRIMARY KEY, offset INTEGER NOT NULL);
CREATE TABLE known (
  site TEXT NOT NULL, url TEXT NOT NULL, role TEXT NOT NULL, status INTEGER NOT NULL, record_id TEXT NOT NULL, date TEXT NOT NULL,
  etag TEXT, last_modified TEXT, sha256 TEXT NOT NULL, first_seen TEXT NOT NULL, checked_at TEXT NOT NULL, checks INTEGER NOT NULL DEFAULT 1,
  links TEXT, form TEXT, PRIMARY KEY (site, url));
INSERT INTO runs VALUES ('r1', 'a', 'done', 1, '2026-01-01', '2026-01-01'), ('r2', 'a', 'running', 1, '2026-01-02', '2026-01-02');
INSERT INTO frontier(site, fingerprint, url, role, priority, state, request) VALUES ('a', x'00', 'http://a.example/', 'seed', 1, 'pending', '{}');
"""


def test_a_crawl_database_of_an_earlier_version_is_upgraded_and_loses_nothing(tmp_path):
    path = tmp_path / "crawl.db"
    old = sqlite3.connect(path)
    old.executescript(f"PRAGMA application_id={APPLICATION_ID}; {_BEFORE}")
    old.close()
    for _ in range(2):
        db = connect(path)
        assert db.execute("SELECT run, state, resume_at, sweep, recheck, patch FROM runs ORDER BY run").fetchall() == [("r1", "done", None, 0, 0, 0), ("r2", "running", None, 0, 0, 0)]  # fmt: skip
        assert db.execute("SELECT count(*) FROM frontier").fetchone() == (1,)
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(
                "INSERT INTO runs(run, site, state, pid, started_at, heartbeat) VALUES ('r3', 'a', 'running', 1, 'x', 'x')"
            )
        db.execute("UPDATE runs SET state = 'stopped' WHERE run = 'none'")
        db.execute("SELECT listed, since FROM known")
        db.execute("SELECT * FROM schedule, circuits, troubles, told, outbox, pace")
        db.close()
