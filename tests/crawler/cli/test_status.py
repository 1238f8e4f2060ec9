"""What `status` and `runs` say: on 80 columns, and of runs whose process is dead."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from rich.cells import cell_len
from support.running import start

from archive.collection import clock
from archive.collection.clock import stamp
from archive.collection.crawldb import connect
from archive.collection.reports import under_way
from archive.history.stale import stale
from archive.history.timetable import register
from crawler.cli.group import main
from crawler.run.site_run import INDEXING

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


def site(collection, name, title="云岭县人民政府", more=""):
    text = f'name = "{title}"\nsection = ["http://127.0.0.1/{name}/"]\n{more}'
    (collection.sites / f"{name}.toml").write_text(text, "utf-8")


def row(collection, run, site, state, *, pid=0, verdict=None, standing=None, began=NOW):
    db = connect(collection.crawl_db)
    db.execute(
        "INSERT INTO runs(run, site, state, pid, started_at, heartbeat, verdict, standing) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (run, site, state, pid or os.getpid(), stamp(began), stamp(began), verdict, standing),
    )
    db.close()


def report(collection, site, verdict, **more):
    run = f"{NOW:%Y%m%dT%H%M%S}Z-{site}-0001"
    data = {
        "run": run, "site": site, "started_at": stamp(NOW), "ended_at": stamp(NOW), "verdict": verdict, **more,
    }  # fmt: skip
    (collection.reports / f"{run}.json").write_text(json.dumps(data), "utf-8")
    return run


def said(collection, *words, **environment):
    return CliRunner().invoke(main, ["-C", str(collection.root), *words], env={"COLUMNS": "80", **environment})


# ── runs under way ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_is_under_way_while_its_own_process_holds_the_lock(collection):
    row(collection, "r1", "a", "running")
    assert under_way(collection) == {}, "killed"
    with collection.lock("site-a"):
        assert list(under_way(collection)) == ["r1"]
        assert under_way(collection)["r1"]["verdict"] == "running"


def test_the_lock_of_a_later_run_makes_no_dead_run_alive(collection):
    row(collection, "r1", "a", "dead", began=NOW - timedelta(days=1))
    row(collection, "r0", "a", "done", began=NOW - timedelta(days=2))
    row(collection, "r2", "a", "running")
    with collection.lock("site-a"):
        assert list(under_way(collection)) == ["r2"]


def test_the_lock_of_another_process_makes_no_dead_run_alive(collection):
    row(collection, "r1", "a", "running", pid=os.getpid() + 1)
    with collection.lock("site-a"):
        assert under_way(collection) == {}


def test_a_run_that_was_judged_is_over_though_its_process_lives(collection):
    row(collection, "r1", "a", "done", verdict="ok")
    with collection.lock("site-a"):
        assert under_way(collection) == {}


def test_while_pages_are_indexed_the_run_says_so(collection):
    site(collection, "a")
    row(collection, "r1", "a", "done", standing=INDEXING)
    with collection.lock("site-a"):
        assert under_way(collection)["r1"]["reason"] == INDEXING
        assert "indexed" in said(collection, "status").output


# ── status ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "names", [("620724", "620725"), ("a", "www-yunling-gov-cn"), ("a", "interviews-of-a-county-" * 3)]
)
def test_status_fits_80_columns_with_a_header_and_an_end(collection, names):
    for name in names:
        site(collection, name, "云岭县人民政府门户网站在线访谈栏目" * 2, 'schedule = "0 3 * * 1"\n')
    words = "预告页面返回了首页内容，" * 12 + "https://www.yunling.gov.cn/" + "x" * 120
    report(collection, names[1], "incomplete", interviews=12_345, reason=words, fix="write more " * 20)
    report(collection, names[0], "ok", interviews=7)
    result = said(collection, "status")
    lines = result.output.splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert lines[0].split()[0] == "health"
    assert lines[-1] == "1 of 2 sites need a look"
    assert all(any(name in line for line in lines) for name in names), "each identifier can be copied"
    assert "12345" in result.output
    assert "2026-03-02" in result.output
    assert "".join(line.strip() for line in lines).count("x" * 120) == 1, "nothing is cut off"
    assert result.exit_code == 3
    assert not any(line != line.rstrip() for line in lines)


def test_status_says_what_broke_and_what_helps_in_both_languages(collection):
    site(collection, "a")
    reason = "http://x.cn/: an anti-bot page (status:521) instead of content, 1 in all; recorded, not evaded"
    report(
        collection,
        "a",
        "blocked",
        reason=reason,
        fix="the server finds us too quick: raise delay in the site file 请降低频率",
    )
    words = "".join(line.strip() for line in said(collection, "status").output.splitlines())
    assert "an anti-bot page" in words
    assert "返回反爬验证页（状态码 521）而非正文" in words
    assert "→ 服务器认为请求过快：请加大站点文件中的 delay" in words
    assert "请降低频率" not in words, "no sentence has a tail of another language"


@pytest.mark.parametrize(("later", "health", "code"), [(False, "blocked", 4), (True, "incomplete", 3)])
def test_a_run_that_ended_and_left_a_queue_says_why(collection, later, health, code):
    """Its queue waits, and it was judged; of a run that was killed after it nobody has said anything."""
    site(collection, "s1")
    why = "robots.txt cannot be had: http://127.0.0.1/robots.txt: HTTP 503"
    run = report(collection, "s1", "blocked", reason=why, left=3)
    row(collection, run, "s1", "stopped", verdict="blocked")
    if later:
        row(collection, f"{run}-later", "s1", "running", began=NOW + timedelta(hours=1))
    result = CliRunner().invoke(main, ["-C", str(collection.root), "status", "--json"])
    (shown,) = map(json.loads, result.stdout.splitlines())
    assert (shown["health"], result.exit_code) == (health, code)
    assert shown["reason"] == ("interrupted; continue with `fangtan crawl --resume`" if later else why)


def test_a_reader_that_stops_is_no_bug(collection):
    for number in range(3):
        site(collection, f"s{number}")
    reading, writing = os.pipe()
    os.close(reading)
    try:
        running = start("status", collection=collection.root, stdout=writing)
    finally:
        os.close(writing)
    _, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (0, "")


def test_status_is_coloured_on_a_terminal_only(collection):
    site(collection, "a")
    assert "\x1b" not in said(collection, "status").output
    assert "\x1b[" in said(collection, "status", FORCE_COLOR="1", TERM="xterm-256color").output
    assert "\x1b" not in said(collection, "status", NO_COLOR="1", TERM="xterm-256color").output


def test_what_a_page_says_cannot_steer_the_terminal(collection):
    site(collection, "a", title="云岭[red]县[/red]")
    report(collection, "a", "incomplete", name="云\x1b[2J岭", reason="\x1b]0;x\x07[bold]词[/bold]")
    output = said(collection, "status").output
    assert "\x1b" not in output
    assert "[red]" in output
    assert "[bold]词[/bold]" in output


# ── status --stale ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_stale_is_silent_while_sites_are_crawled(collection, clock_at):
    clock_at(NOW)
    site(collection, "a")
    row(collection, "r1", "a", "done", verdict="blocked", began=NOW - timedelta(days=7))
    result = said(collection, "status", "--stale")
    assert (result.exit_code, result.output) == (0, "")
    assert said(collection, "status", "--stale", "6").exit_code == 3
    clock_at(NOW + timedelta(days=2))
    result = said(collection, "status", "--stale")
    assert result.exit_code == 3
    assert result.output.startswith("a: its last run began 2026-02-23")


def test_stale_names_dates_that_passed_and_runs_that_hang(collection):
    site(collection, "a", more='schedule = "0 3 * * *"\n')
    site(collection, "b")
    site(collection, "c", more='schedule = "0 3 * * *"\n')
    for name in "ac":
        row(collection, f"r{name}", name, "done", verdict="incomplete", began=NOW)
    row(collection, "rb", "b", "running", began=NOW)
    register(collection, NOW)
    with collection.lock("site-b"):
        assert list(stale(collection, NOW + timedelta(minutes=30), 8)) == []
        assert list(stale(collection, NOW + timedelta(hours=12), 8)) == ["b"]
        found = stale(collection, NOW + timedelta(days=3), 8)
    assert "due since 2026-03-03" in found["a"]
    assert "hangs" in found["b"]


@pytest.fixture
def clock_at(monkeypatch):
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)
