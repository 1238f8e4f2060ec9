"""A clock that is wrong: no run begins behind what the ledger knows, and a difference to the servers is noted."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.running import fangtan
from support.servers.oddserver import PAGE, OddServer, plain

from archive.collection import clock as clocks
from archive.collection.folder import Collection
from archive.errors import ClockError
from archive.ledger import chain as ledger
from archive.ledger.times import TOLERANCE, refuse_backwards
from archive.store.store import open_reader
from crawler.run.skew import Skew

pytestmark = pytest.mark.long

NOW = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
LIST = "<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul><li><a href='1.html'>第1期访谈：民生</a><span>2021-01-01</span></li></ul></body></html>"


def dated(body, says):
    """A page whose server gives the time that ``says`` returns; none where that is nothing."""

    def answer(_request):
        moment = says()
        return plain(body, "HTTP/1.1 200 OK", *([f"Date: {format_datetime(moment, usegmt=True)}"] if moment else []))

    return answer


def county(says):
    pages = {"/robots.txt": b"", "/zxft/": LIST.encode(), "/zxft/1.html": PAGE.format("第1期访谈").encode()}
    return {path: dated(body, says) for path, body in pages.items()}


def crawl(collection, server, *more):
    return fangtan(
        "crawl", "--delay", "0", "--json", *more, f"http://127.0.0.1:{server.port}/zxft/", collection=collection.root
    )


def first_seen(collection):
    db = open_reader(collection.store)
    try:
        return [row[0] for row in db.execute("SELECT first_seen FROM interviews")]
    finally:
        db.close()


def test_no_run_begins_behind_the_ledger_and_nothing_changes(collection, clock):
    with OddServer(county(clocks.now)) as server:
        assert crawl(collection, server).code == 0
        seen, files = first_seen(collection), sorted(collection.archive.iterdir())
        lines, asked = collection.ledger.read_bytes(), len(server.log)
        clock.write_text((NOW - timedelta(days=365)).isoformat(), "ascii")
        refused = crawl(collection, server, "--recheck")
        assert refused.code == 2
        assert "the clock runs backwards" in refused.err
        assert "2025-03-01T16:0" in refused.err
        assert "2026-03-01T16:0" in refused.err
        assert "--clock-is-right" in refused.err
        assert (len(server.log), collection.ledger.read_bytes()) == (asked, lines)
        assert (first_seen(collection), sorted(collection.archive.iterdir())) == (seen, files)
        clock.write_text((NOW + timedelta(days=1)).isoformat(), "ascii")
        assert crawl(collection, server).code == 0


def test_a_clock_that_was_a_year_ahead_keeps_no_run_from_beginning(collection, clock):
    """The servers said so then."""
    with OddServer(county(lambda: NOW)) as server:
        clock.write_text((NOW + timedelta(days=365)).isoformat(), "ascii")
        ahead = crawl(collection, server)
        assert ahead.code == 0
        assert abs(ahead.rows[0]["clock_ahead"] - 365 * 86400) < 600
        clock.write_text(NOW.isoformat(), "ascii")
        assert crawl(collection, server, "--recheck").code == 0
        assert first_seen(collection)[0][:10] == "2026-03-01"


def test_the_operators_word_counts_where_no_server_tells_the_time(collection, clock):
    with OddServer(county(lambda: None)) as server:
        clock.write_text((NOW + timedelta(days=365)).isoformat(), "ascii")
        assert crawl(collection, server).rows[0]["clock_ahead"] is None
        clock.write_text(NOW.isoformat(), "ascii")
        assert crawl(collection, server).code == 2
        assert crawl(collection, server, "--clock-is-right").code == 0
        assert crawl(collection, server).code == 0, "it has been said"


def test_the_scheduler_begins_nothing_and_says_why_once(collection, clock):
    with OddServer(county(clocks.now)) as server:
        for name in ("yunling", "qingshi"):
            url = f"http://127.0.0.1:{server.port}/zxft/"
            text = f'name = "{name}"\ndelay = 0\nsection = ["{url}"]\nschedule = "0 3 * * *"\n'
            (collection.sites / f"{name}.toml").write_text(text, "utf-8")
        fangtan("schedule", "tick", collection=collection.root)
        later = NOW + timedelta(days=400)
        with pytest.MonkeyPatch.context() as patch:
            wrong = clock.with_name("ahead")
            wrong.write_text(later.isoformat(), "ascii")
            patch.setenv("FANGTAN_CLOCK", str(wrong))
            ledger.append(collection, {"type": "fixity"})
        clock.write_text((NOW + timedelta(days=2)).isoformat(), "ascii")
        tick = fangtan("schedule", "tick", "--json", collection=collection.root)
        assert (tick.code, tick.rows, server.log) == (3, [], [])
        told = [line.split()[0] for line in tick.err.splitlines() if "the clock runs backwards" in line]
        assert told == ["ERROR", "scheduler:"], "once for all sites: in the log, and to who listens"


@pytest.mark.parametrize(("days", "side"), [(3, "ahead of"), (-3, "behind")])
def test_a_difference_to_the_servers_is_noted(tmp_path, days, side):
    collection = Collection(tmp_path / "c").create()
    with OddServer(county(lambda: datetime.now(UTC) - timedelta(days=days))) as server:
        result = crawl(collection, server)
    (report,) = result.rows
    assert (result.code, report["verdict"]) == (0, "ok"), "which of the two is wrong is not known"
    assert abs(report["clock_ahead"] - days * 86400) < 600
    (note,) = [o for o in report["obstacles"] if o["rule"] == "clock"]
    assert "3 days, 0:00:00" in note["detail"]
    assert side in note["detail"]
    entry = next(e for e in reversed(ledger.read(collection.ledger)) if e.type == "run")
    assert entry.data["clock_ahead"] == report["clock_ahead"]


def entries(path, *said):
    """A ledger of entries at these offsets from NOW; a run's with what its servers said."""
    lines = []
    for at, more in said:
        body = {"at": (NOW + at).strftime("%Y-%m-%dT%H:%M:%SZ"), "type": "fixity", **more}
        lines.append(json.dumps({**body, "hash": ledger.hash_of(body)}) + "\n")
    path.write_text("".join(lines), "utf-8")


RUN, DAY = {"type": "run", "name": "r.json"}, timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ([], False),
        ([(-DAY, {})], False),
        ([(TOLERANCE - 5 * SECOND, {})], False),
        ([(TOLERANCE + 5 * SECOND, {})], True),
        ([(DAY, {}), (-300 * DAY, {})], True),  # something else wrote with the wrong clock since
        ([(DAY, {}), (-300 * DAY, RUN)], True),
        ([(DAY, {}), (-DAY, {**RUN, "clock_ahead": 0})], False),  # servers told the time since
        ([(DAY, {**RUN, "clock_ahead": 0})], True),
        ([(DAY, {**RUN, "clock_ahead": 86400})], False),
        ([(DAY, {**RUN, "clock_ahead": 86400}), (2 * DAY, {})], True),
        ([(DAY, {**RUN, "clock_ahead": -86400})], True),
        ([(-DAY, {**RUN, "clock_ahead": -86400})], False),
        ([(DAY, {"type": "key"})], False),
        ([(-DAY, {}), (DAY, {"type": "key"})], False),
        ([(DAY, {"at": "no time"})], False),
        ([(DAY, {"at": None})], False),
        ([(DAY, {**RUN, "clock_ahead": 10**30})], False),  # no entry at all: its shape is wrong
    ],
)
def test_what_the_ledger_knows_of_the_time(tmp_path, clock, said, refused):
    del clock
    path = tmp_path / "ledger.jsonl"
    entries(path, *said)
    if refused:
        with pytest.raises(ClockError, match="backwards"):
            refuse_backwards(path)
    else:
        refuse_backwards(path)


def test_only_the_end_of_a_large_ledger_is_read(tmp_path, clock):
    del clock
    path = tmp_path / "ledger.jsonl"
    entries(path, (DAY, {"note": "x" * 700_000}), (-DAY, {"note": "y" * 700_000}))
    refuse_backwards(path)
    refuse_backwards(tmp_path / "none.jsonl")


def heard(*answers):
    skew = Skew()
    for date, more in answers:
        skew.heard(f"HTTP/1.1 200 OK\r\nDate: {date}\r\n{more}\r\n".encode("utf-8", "replace"), NOW)
    return skew.seconds


def text(moment):
    return format_datetime(moment, usegmt=True)


def test_one_server_that_agrees_is_enough_and_a_caches_answer_is_as_old_as_it_says():
    assert heard() is None
    assert heard((text(NOW - DAY), "")) == 86400
    assert heard((text(NOW + DAY), "")) == -86400
    assert heard((text(NOW - DAY), ""), (text(NOW - 2 * SECOND), ""), (text(NOW + DAY), "")) == 0
    assert heard((text(NOW - DAY), "Age: 86390\r\n")) == 0
    assert heard((text(NOW - DAY), "Age: -7\r\n")) == 86400
    assert heard((text(NOW - DAY), "Age: ９\r\n")) == 86400
    assert heard(("Sun, 01 Mar 2026 16:00:00", "")) == 0
    assert heard(("Fri, 31 Dec 9999 23:59:59 GMT", "")) is None
    assert heard(("Wed, 01 Jan 1800 00:00:00 GMT", "")) is None


@given(st.text(max_size=60), st.text(max_size=12))
def test_whatever_a_server_says_is_no_date_is_none(date, age):
    found = heard((date, f"Age: {age}\r\n"))
    assert found is None or abs(found) < 10**10
