"""A run that stands still says until when, and ends when it is told to."""

import asyncio
import json
import signal
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.running import fangtan, start
from support.servers.oddserver import OddServer, plain

from archive.collection import clock
from archive.collection.crawldb import look_into
from crawler.fetch.pace import Pace
from crawler.fetch.refused import Stopped

DAY = 86400.0


async def turn(pace, host, log=None):
    async with pace.turn(host, lambda: True):
        if log is not None:
            log.append(time.monotonic())


async def standing(pace):
    while pace.standing is None:  # noqa: ASYNC110 - nobody else tells that a wait has begun
        await asyncio.sleep(0.01)


def test_a_wait_of_a_day_can_be_seen_and_ended():
    async def main():
        pace = Pace(0)
        await turn(pace, "a.example")
        assert pace.robots("a.example", DAY) == DAY
        waiting = asyncio.ensure_future(turn(pace, "a.example"))
        await standing(pace)
        assert "a.example" in pace.standing
        assert "Crawl-delay: 86400" in pace.standing
        assert pace.waits["a.example"].until - clock.now() > timedelta(hours=23)
        await turn(pace, "b.example")  # nobody else waits
        pace.stop()
        with pytest.raises(Stopped):
            await waiting
        assert pace.standing is None

    asyncio.run(main())


def test_a_run_that_waits_behind_another_one_ends_too():
    """Two runs of one host: the first holds the turn for a day, the second is told to stop."""

    async def main():
        first, second = Pace(0), Pace(0)
        await turn(first, "c.example")
        first.robots("c.example", DAY)
        holding = asyncio.ensure_future(turn(first, "c.example"))
        await standing(first)
        behind = asyncio.ensure_future(turn(second, "c.example"))
        await asyncio.sleep(0)
        second.stop()
        with pytest.raises(Stopped):
            await behind
        assert not holding.done()
        first.stop()
        with pytest.raises(Stopped):
            await holding
        third = Pace(0)
        await turn(third, "c.example")  # the turn was given back both times

    asyncio.run(main())


async def until(holds):
    for _ in range(3000):  # a busy machine is given time
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


def test_a_run_that_stands_behind_another_one_says_so(monkeypatch, caplog):
    """In its state and once in the log, with what the other one waits for; no longer than it does stand there."""
    monkeypatch.setattr("crawler.fetch.pace._SHOWN_S", 0.02)

    async def main():
        first, second = Pace(0), Pace(0)
        entered, leave = asyncio.Event(), asyncio.Event()

        async def slow():
            async with first.turn("g.example", lambda: True):
                entered.set()
                await leave.wait()

        asking = asyncio.ensure_future(slow())
        await entered.wait()
        behind = [asyncio.ensure_future(turn(second, "g.example")) for _ in range(3)]
        await until(lambda: second.standing)
        assert second.standing == "waits for g.example: another run has its turn there"
        assert first.standing is None
        first.robots("g.example", DAY)
        waiting = asyncio.ensure_future(turn(first, "g.example"))
        leave.set()
        await asyncio.gather(asking, *behind)
        assert second.standing is None, "its own turns are none to stand behind"
        await until(lambda: first.standing)
        again = asyncio.ensure_future(turn(second, "g.example"))
        await until(lambda: second.standing)
        assert "another run has its turn there; its robots.txt has Crawl-delay: 86400" in second.standing
        assert second.standing.startswith("waits until ")
        first.stop()
        with pytest.raises(Stopped):
            await waiting
        await again
        assert second.standing is None

    asyncio.run(main())
    assert [r.message for r in caplog.records].count("waits for g.example: another run has its turn there") == 1


def test_a_wait_behind_another_run_that_makes_no_sense_ends(monkeypatch):
    monkeypatch.setattr("crawler.fetch.pace._SHOWN_S", 0.02)

    async def main():
        told = []
        first = Pace(0)
        second = Pace(0, lambda wait: (told.append(wait), second.stop()))
        await turn(first, "h.example")
        first.robots("h.example", DAY)
        holding = asyncio.ensure_future(turn(first, "h.example"))
        await standing(first)
        with pytest.raises(Stopped):
            await turn(second, "h.example")
        assert told[0].until - clock.now() > timedelta(hours=23)
        first.stop()
        with pytest.raises(Stopped):
            await holding

    asyncio.run(main())


def test_a_wait_that_makes_no_sense_is_told_before_it_begins():
    async def main():
        told = []
        pace = Pace(0, lambda wait: (told.append(wait), pace.stop()))
        await turn(pace, "d.example")
        pace.hold("d.example", 90, "it asked to wait 90 s (Retry-After)")
        with pytest.raises(Stopped):
            await turn(pace, "d.example")
        assert [wait.why for wait in told] == ["it asked to wait 90 s (Retry-After)"]

    asyncio.run(main())


@given(
    st.floats(0.5, 100),
    st.lists(st.one_of(st.just("failed"), st.tuples(st.floats(0, 500), st.booleans())), max_size=20),
    st.floats(0, 1e12),
)
def test_a_delay_is_never_less_than_anybody_asked_for(delay, happened, crawl_delay):
    pace = Pace(delay)
    pace.robots("e.example", crawl_delay)
    for event in happened:
        if event == "failed":
            pace.failed("e.example")
        else:
            pace.answered("e.example", event[0], good=event[1])
    at, _ = pace._next("e.example", 0.0)
    assert max(delay, min(crawl_delay, DAY)) <= at <= max(delay, 60.0, min(crawl_delay, DAY))


def test_no_delay_is_brought_about_where_none_is_wanted():
    pace = Pace(0)
    pace.failed("f.example")
    pace.answered("f.example", 30.0, good=True)
    assert pace._next("f.example", 0.0)[0] == 0


ROBOTS = plain(b"User-agent: *\nCrawl-delay: 86400\n")


def sites(collection, url, more=""):
    (collection.sites / "yunling.toml").write_text(f'name = "云岭"\nsection = ["{url}/zxft/"]\n{more}', "utf-8")


def test_sigterm_ends_a_run_that_waits_and_its_queue_is_kept(collection):
    with OddServer({"/robots.txt": ROBOTS}) as server:
        sites(collection, f"http://127.0.0.1:{server.port}")
        run = start("crawl", "--json", "--delay", "0", "yunling", collection=collection.root)
        try:
            end, seen = time.monotonic() + 60, ""
            while "Crawl-delay" not in seen and time.monotonic() < end:
                seen = fangtan("runs", collection=collection.root).out
            listed = fangtan("schedule", "list", collection=collection.root).out
            run.send_signal(signal.SIGTERM)
            out, err = run.communicate(timeout=60)
        finally:
            run.kill()
    assert "waits until" in seen
    assert "Crawl-delay: 86400" in listed
    assert "Crawl-delay: 86400" in err, "it is told without -v"
    report = json.loads(out)
    assert (run.returncode, report["verdict"], report["left"]) == (3, "incomplete", 1)
    assert fangtan("runs", "--json", collection=collection.root).rows[0]["verdict"] == "incomplete"
    db = look_into(collection.crawl_db)
    assert db.execute("SELECT state, standing FROM runs").fetchall() == [("stopped", None)]
    db.close()


def test_a_wait_beyond_the_budget_of_time_ends_the_run(collection):
    with OddServer({"/robots.txt": ROBOTS}) as server:
        sites(collection, f"http://127.0.0.1:{server.port}", "budget = { minutes = 30 }\n")
        result = fangtan("crawl", "--json", "--delay", "0", "yunling", collection=collection.root)
    assert (result.code, result.rows[0]["verdict"], result.rows[0]["left"]) == (3, "incomplete", 1)
    assert "Crawl-delay: 86400" in result.rows[0]["reason"]
    assert "30 minutes" in result.rows[0]["reason"]


def test_adding_a_site_tells_its_wait_and_ends_with_its_crawl(collection):
    with OddServer({"/robots.txt": ROBOTS}) as server:
        url = f"http://127.0.0.1:{server.port}/zxft/"
        adding = start("sites", "add", "--yes", "--delay", "0", url, collection=collection.root)
        try:
            told = adding.stderr.readline()  # nothing else is said before
            adding.send_signal(signal.SIGTERM)
            out, err = adding.communicate(timeout=60)
        finally:
            adding.kill()
    assert "Crawl-delay: 86400" in told
    assert adding.returncode not in (0, 1)
    assert "asked to stop" in out + err
