"""A long Crawl-delay over several runs: kept from process to process, waited for so long and no longer, and told."""

import asyncio
from datetime import datetime, timedelta

import pytest
from support.running import fangtan
from support.servers.oddserver import PAGE, OddServer, plain

from archive.collection import clock as time
from archive.collection.clock import stamp
from archive.collection.crawldb import connect, look_into
from archive.history.timetable import timetable
from crawler.fetch.pace import Pace
from crawler.fetch.refused import Stopped
from crawler.state.hosts import Hosts
from crawler.state.journal import Journal

HOURS_10 = b"User-agent: *\nCrawl-delay: 36000\nDisallow: /admin/\n"
A_YEAR = b"User-agent: *\nCrawl-delay: 31536000\n"
ROBOTS, SECTION, TALK = "/robots.txt", "/zxft/", "/zxft/1.html"
pytestmark = pytest.mark.usefixtures("clock")


def county(robots, shows=""):
    body = f"<html><head><meta charset='utf-8'><title>在线访谈</title></head><body>{shows}<ul><li><a href='1.html'>第1期访谈：民生</a><span>2021-01-01</span></li></ul></body></html>"  # fmt: skip
    return {ROBOTS: plain(robots), SECTION: plain(body.encode()), TALK: plain(PAGE.format("第1期访谈").encode())}


def site(collection, server, more):
    url = f"http://127.0.0.1:{server.port}/zxft/"
    (collection.sites / "yunling.toml").write_text(f'name = "云岭"\ndelay = 0\nsection = ["{url}"]\n{more}', "utf-8")


def night(collection, server, *command):
    """One run: its report, and what it asked for."""
    before = len(server.log)
    result = fangtan(*(command or ("crawl", "yunling")), "--json", collection=collection.root)
    assert len(result.rows) == 1, result.err
    return result, result.rows[0], [path for path, _, _ in server.log[before:]]


def forward(**more):
    time.move_to(time.now() + timedelta(**more))


@pytest.mark.long
def test_a_delay_longer_than_the_budget_is_got_through_page_by_page(collection):
    with OddServer(county(HOURS_10)) as server:
        site(collection, server, "budget = { minutes = 30 }\n")
        began = time.now()
        first, report, asked = night(collection, server)
        assert asked == [ROBOTS]
        assert (first.code, report["verdict"], report["left"]) == (3, "incomplete", 1)
        assert "before the next request may be made" in report["reason"]
        assert "Crawl-delay: 36000" in report["reason"]
        due = datetime.fromisoformat(report["next_request_at"])
        assert timedelta(hours=10) <= due - began < timedelta(hours=10, minutes=5)

        forward(hours=1)
        _, report, asked = night(collection, server)
        assert asked == [], "not even robots.txt before its time"
        assert abs(datetime.fromisoformat(report["next_request_at"]) - due) < timedelta(seconds=5)

        time.move_to(due)
        _, report, asked = night(collection, server)
        assert asked == [SECTION], "robots.txt is known, and its turn is worth a page"
        assert (report["verdict"], report["got"]) == ("incomplete", 1)
        assert datetime.fromisoformat(report["next_request_at"]) - due >= timedelta(hours=10)

        forward(hours=30)
        _, report, asked = night(collection, server)
        assert asked == [ROBOTS], "a day is over, and something was asked since: it may say something else today"

        server.table[ROBOTS] = plain(b"User-agent: *\nDisallow: /admin/\n")
        forward(hours=20)
        last, report, asked = night(collection, server)
        assert asked == [TALK], "what it said yesterday holds for the one page that it kept us from"
        assert (last.code, report["verdict"], report["next_request_at"]) == (0, "ok", None)


@pytest.mark.long
def test_a_delay_longer_than_the_window_is_got_through_night_by_night(collection):
    with OddServer(county(HOURS_10)) as server:
        site(collection, server, 'schedule = "0 3 * * *"\nwindow = "02:00-05:00"\n')
        fangtan("schedule", "tick", collection=collection.root)
        asked = []
        for _ in range(3):
            (entry,) = timetable(collection, time.now())
            time.move_to(entry.next_at)
            _, report, paths = night(collection, server, "schedule", "tick")
            asked.append(paths)
            if report["left"]:
                assert "the crawl window closes before the next request may be made" in report["reason"]
                assert datetime.fromisoformat(report["next_request_at"]) > time.now()
    assert asked[:2] == [[ROBOTS], [SECTION]]
    assert asked[2] in ([ROBOTS], [TALK])


def test_a_delay_of_a_year_closes_the_site_with_a_word(collection):
    with OddServer(county(A_YEAR)) as server:
        site(collection, server, 'schedule = "0 3 * * *"\n')
        first, report, asked = night(collection, server)
        assert asked == [ROBOTS]
        assert (first.code, report["verdict"], report["left"]) == (4, "blocked", 1)
        assert "is closed to us" in report["reason"]
        assert "Crawl-delay: 31536000" in report["reason"]
        assert "a day at most" in report["fix"]
        (entry,) = timetable(collection, time.now())
        assert entry.state == "waiting"
        assert entry.next_at - time.now() > timedelta(hours=23)

        again, _, asked = night(collection, server)
        assert (again.code, asked) == (4, []), "nothing new is learnt by asking again"

        server.table[ROBOTS] = plain(b"User-agent: *\n")
        forward(hours=25)
        last, report, asked = night(collection, server)
        assert (last.code, report["verdict"]) == (0, "ok")
        assert asked == [ROBOTS, SECTION, TALK]


def test_a_named_host_that_is_closed_costs_its_pictures_only(collection):
    with OddServer({ROBOTS: plain(A_YEAR), "/a.png": plain(b"x")}) as pictures:
        shows = f"<img src='http://localhost:{pictures.port}/a.png'>"
        with OddServer(county(b"User-agent: *\n", shows)) as server:
            site(collection, server, f'hosts = ["localhost:{pictures.port}"]\n')
            result, report, _ = night(collection, server)
        assert [path for path, _, _ in pictures.log] == [ROBOTS]
    assert (result.code, report["verdict"]) == (0, "ok")
    assert [r["role"] for r in report["refusals"]] == ["requisite"]
    assert "is closed to us" in report["refusals"][0]["reason"]


def test_a_delay_of_a_day_is_the_longest_that_is_waited_for():
    pace = Pace(0)
    assert pace.robots("a.example", 86400.0) == 86400.0
    assert pace.robots("a.example", 1e9) == 86400.0


# ── between processes ───────────────────────────────────────────────────────────────────────────────────────────────


async def stands(pace, host):
    """Whether a turn at a host does not come at once."""

    async def ask():
        async with pace.turn(host, lambda: True):
            pass

    asking = asyncio.ensure_future(ask())
    await asyncio.wait({asking}, timeout=0.2)
    while not asking.done() and pace.standing is None:  # noqa: ASYNC110 - nobody else tells that a wait has begun
        await asyncio.sleep(0.01)
    waits = not asking.done()
    pace.stop()
    if waits:
        with pytest.raises(Stopped):
            await asking
    return waits


@pytest.mark.parametrize(
    ("ago", "delay", "crawl_delay", "waits"),
    [
        (60, 300, 0, True), (301, 300, 0, False), (-86400, 300, 0, True), (60, 0, 0, False),
        (60, 0, 300, True), (301, 0, 300, False), (86401, 0, 1e9, False),
    ],
)  # fmt: skip
def test_the_last_request_of_another_process_counts(collection, ago, delay, crawl_delay, waits):
    """Also one that a clock noted that was ahead: it is waited for once, no longer."""
    host = f"h{abs(ago)}-{delay}-{crawl_delay:.0f}-{waits}.example"
    db = connect(collection.crawl_db)
    db.execute(
        "INSERT INTO hosts VALUES (?, ?, 'detail', ?)", (host, stamp(time.now() - timedelta(seconds=ago)), crawl_delay)
    )
    db.close()
    journal = Journal(collection)
    pace = Pace(delay, memory=Hosts(journal, pytest.fail))
    assert asyncio.run(stands(pace, host)) == waits
    journal.close()


def test_what_robots_txt_says_now_replaces_what_it_said(collection):
    journal = Journal(collection)
    memory = Hosts(journal, pytest.fail)
    memory.asked("i.example", "robots")
    memory.keep_delay("i.example", 36000.0)
    journal.checkpoint()
    pace = Pace(0, memory=memory)
    pace.robots("i.example", 0.0)
    assert not asyncio.run(stands(pace, "i.example"))
    assert memory.last("i.example").crawl_delay == 0.0
    journal.close()


def test_an_earlier_crawl_database_gets_what_it_lacks(collection):
    db = connect(collection.crawl_db)
    db.executescript("DROP TABLE hosts; DROP TABLE robots; INSERT INTO circuits VALUES ('a', 1, 'x', 'y', 'z');")
    db.close()
    db = look_into(collection.crawl_db)
    assert db.execute("SELECT count(*) FROM hosts, robots").fetchone() == (0,)
    assert db.execute("SELECT count(*) FROM circuits").fetchone() == (1,)
    db.close()
