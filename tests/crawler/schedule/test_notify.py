"""Who is told what, and how often: each trouble once to each receiver, one message a tick."""

import json
import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest
from support.running import fangtan
from support.servers.receivers import hooks, mail, notify, smtp, webhook
from support.sites.nation import CHALLENGE, START, Nation, Town, day
from support.ticks import collection_for, run

from archive.collection import clock as clocks
from archive.collection.crawldb import connect
from archive.collection.folder import Collection
from archive.collection.reports import read_report
from archive.history.health import health, health_of
from crawler.schedule.notices import digest
from crawler.schedule.notify import Notifier

pytestmark = pytest.mark.long

MORNING = START + timedelta(hours=8)


def blocked(site, verdict="blocked"):
    return {"site": site, "verdict": verdict, "run": f"20260302-{site}-1"}


def sites(collection, *names):
    for name in names:
        text = f'name = "{name}县"\nsection = ["http://127.0.0.1/{name}/"]\n'
        (collection.sites / f"{name}.toml").write_text(text, "utf-8")


def told(collection, moment=MORNING, *outcomes):
    """A scheduler of its own hears outcomes, ends, and waits for the receivers."""
    notifier = Notifier(Collection(collection.root))
    for outcome in outcomes:
        notifier.heard(outcome)
    notifier.tick(moment, idle=True)
    notifier.close()


# ── with real crawls ────────────────────────────────────────────────────────────────────────────────────────────────


def _shield(town, path):
    """Blocked on two nights, then good again."""
    del town
    return CHALLENGE if 1 <= day() < 3 and path != "/robots.txt" else None


@pytest.mark.usefixtures("clock")
def test_a_trouble_is_told_once_and_its_end_once(tmp_path):
    """A receiver that takes nothing changes nothing for the other; a wrong entry neither."""
    with (
        Nation({"a": Town("盾山县", _shield), "b": Town("好县")}) as nation,
        webhook() as hook,
        webhook((503, b"")) as down,
    ):
        collection = collection_for(nation, tmp_path, delay=0)
        entries = hooks(hook, "json").removesuffix("]")
        notify(
            collection,
            f'{entries}, {{ url = "{down.url}/", format = "wecom" }}, {{ url = "ftp://x" }}]\ndigest = "07:30"',
        )
        result = run(collection, 4.5)
        got = [body for _, body in hook.got]
    assert result.code in (3, 4)
    assert "notify.webhook[3]: url" in result.err
    assert len(down.got) >= 1
    changes = [(b["id"], b["health"]) for b in got if b["event"] == "health"]
    assert changes == [("a", "blocked"), ("a", "ok")]
    first = next(b for b in got if b["event"] == "health")
    assert "anti-bot" in first["text"]
    assert "返回反爬验证页" in first["text"], "what is wrong is said in Chinese, too"
    assert "→" in first["text"]
    digests = [b for b in got if b["event"] == "digest"]
    assert len(digests) == 5, "one a morning, the first before any run"
    assert [len(d["bad"]) for d in digests][1:4] == [1, 1, 0]
    assert digests[1]["runs"] == 2


@pytest.mark.usefixtures("clock")
def test_many_troubles_of_one_tick_are_one_message(tmp_path):
    towns = {name: Town(f"盾{name}县", lambda _town, _path: CHALLENGE) for name in ("a", "b", "c", "d")}
    with Nation(towns) as nation, webhook() as hook, smtp() as server:
        collection = collection_for(nation, tmp_path, delay=0)
        notify(collection, f"{hooks(hook, 'json', 'dingtalk')}\n{mail(server)}\n")
        fangtan("schedule", "tick", collection=collection.root)
        clocks.move_to(START + timedelta(hours=3, minutes=15))
        result = fangtan("schedule", "tick", collection=collection.root)
        got = dict(hook.got)
        assert len(hook.got) == 2
        assert len(server.mails) == 1
    assert result.code == 4
    assert sorted(n["id"] for n in got["/json"]["notices"]) == ["a", "b", "c", "d"]
    assert {n["event"] for n in got["/json"]["notices"]} == {"health"}
    assert all(f"({name}): blocked" in got["/dingtalk"]["text"]["content"] for name in towns)
    assert server.mails[0]["Subject"] == "[fangtan] 4 sites blocked: a, b, c and 1 more"


# ── each receiver for itself ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("clock")
def test_who_refuses_is_told_once_when_it_takes_messages_again(collection):
    sites(collection, "a", "b")
    with webhook() as good, webhook((200, b'{"errcode": 310000}')) as bad:
        notify(
            collection,
            f'{hooks(good, "dingtalk").removesuffix("]")}, {hooks(bad, "wecom").removeprefix("webhook = [")}\ndigest = "07:30"',
        )
        for hours in (0, 1, 24, 25):
            told(collection, MORNING + timedelta(hours=hours), blocked("a"))
        told(collection, MORNING + timedelta(hours=26), blocked("b"))
        assert len(good.got) == 3, "two digests, the first with the trouble of a; the trouble of b"
        assert len(bad.got) == 5, "tried again by each scheduler"
        bad.answer = (200, b'{"errcode": 0}')
        for hours in (27, 28):
            told(collection, MORNING + timedelta(hours=hours), blocked("a"), blocked("b"))
        assert len(good.got) == 3
        (_, last) = bad.got[-1]
        assert len(bad.got) == 6, "told once"
    words = last["text"]["content"]
    assert words.startswith("[fangtan] 2026-03-03: ")
    assert "2026-03-02" not in words.split("\n")[0], "yesterday's digest is no news"


@pytest.mark.usefixtures("clock")
def test_each_address_of_a_mail_remembers_for_itself(collection):
    sites(collection, "a")
    with smtp() as server:
        notify(collection, mail(server, '["good@d.example", "bad@d.example"]'))
        server.refuses = {"bad@d.example"}
        for _ in range(3):
            told(collection, MORNING, blocked("a"))
        assert len(server.mails) == 1
        server.refuses, server.heard[:] = set(), []
        for _ in range(2):
            told(collection, MORNING, blocked("a"))
        assert len(server.mails) == 2
        rcpt = [line.split("<")[1] for line in server.heard if line.upper().startswith("RCPT")]
    assert rcpt == ["bad@d.example>"]


@pytest.mark.usefixtures("clock")
def test_a_new_receiver_is_told_what_is_wrong_now(collection):
    sites(collection, "a", "b")
    with webhook() as old, webhook() as new:
        notify(collection, hooks(old, "json"))
        told(collection, MORNING, blocked("a"), blocked("b", "ok"))
        config = collection.root / "fangtan.toml"
        config.write_text(config.read_text("utf-8").replace(old.url, new.url), "utf-8")
        told(collection, MORNING)
        told(collection, MORNING)
        assert [body["id"] for _, body in old.got] == ["a"]
        assert [body["id"] for _, body in new.got] == ["a"], "b is well, which is no news"


@pytest.mark.usefixtures("clock")
def test_a_trouble_that_was_over_before_anybody_heard_of_it_is_no_news(collection):
    sites(collection, "a")
    with webhook((503, b"")) as hook:
        notify(collection, hooks(hook, "json"))
        told(collection, MORNING, blocked("a"))
        hook.answer = (200, b"")
        told(collection, MORNING, blocked("a", "ok"))
        assert len(hook.got) == 1


@pytest.mark.usefixtures("clock")
def test_a_full_disk_is_one_trouble_however_full(collection):
    def full(mib):
        return {"failed": "", "error": f"only {mib} MiB", "trouble": "disk"}

    with webhook() as hook:
        notify(collection, hooks(hook, "json"))
        for mib in (7, 6, 5):
            told(collection, MORNING, full(mib))
        assert [body["error"] for _, body in hook.got] == ["only 7 MiB"]
        Notifier(collection).over()
        told(collection, MORNING, full(4))
        assert len(hook.got) == 2


@pytest.mark.usefixtures("clock")
def test_a_site_that_is_no_more_is_passed_over(collection):
    with webhook() as hook:
        notify(collection, hooks(hook, "json"))
        told(collection, MORNING, blocked("gone"))
        assert hook.got == []


@pytest.mark.usefixtures("clock")
def test_a_receiver_that_failed_is_left_alone_for_a_while(collection):
    sites(collection, "a")
    with webhook((503, b"")) as hook:
        notify(collection, hooks(hook, "json"))
        notifier = Notifier(collection)
        notifier.heard(blocked("a"))
        for _ in range(3):
            notifier.tick(MORNING, idle=True)
        notifier.close()
        assert len(hook.got) == 1


def test_while_sites_are_crawled_notices_wait_for_more(collection):
    sites(collection, "a")
    with webhook() as hook:
        notify(collection, hooks(hook, "json"))
        notifier = Notifier(collection)
        notifier.heard(blocked("a"))
        notifier.tick(MORNING, idle=False)
        assert not notifier.threads
        notifier.since -= 600  # as if ten minutes had passed
        notifier.tick(MORNING, idle=False)
        notifier.close()
        assert len(hook.got) == 1


def test_a_receiver_that_hangs_holds_up_nobody(collection, monkeypatch):
    monkeypatch.setattr("crawler.schedule.notify._WAIT_S", 0.5)
    sites(collection, "a")
    release, arrived = threading.Event(), threading.Event()

    def hang(*_):
        arrived.set()
        release.wait(60)
        return 200, b"", {}

    with webhook() as good, webhook(hang) as bad:
        notify(collection, f'webhook = [{{ url = "{bad.url}" }}, {{ url = "{good.url}" }}]')
        notifier = Notifier(collection)
        notifier.heard(blocked("a"))
        notifier.close()
        assert arrived.wait(60)
        notifier.tick(MORNING, idle=True)
        assert len(good.got) == 1
        assert len(bad.got) == 1, "one at a time"
        release.set()
        for thread in notifier.threads.values():
            thread.join(60)
        told(collection, MORNING, blocked("a"))
        assert (len(good.got), len(bad.got)) == (1, 1), "late, but told"


def test_a_receiver_that_is_written_down_while_the_scheduler_runs_is_told(collection):
    sites(collection, "a")
    with webhook() as hook:
        notify(collection, "webhook = []")
        notifier = Notifier(collection)
        notify(collection, "")  # no TOML any more: [notify] twice; the earlier settings hold
        notifier.tick(MORNING, idle=True)
        config = collection.root / "fangtan.toml"
        text = config.read_text("utf-8").partition("\n[notify]\n")[0]
        config.write_text(f"{text}\n[notify]\n{hooks(hook, 'json')}\n", "utf-8")
        notifier.tick(MORNING, idle=True)
        notifier.heard(blocked("a"))
        notifier.close()
        assert len(hook.got) == 1


# ── long messages, and how many ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("clock")
def test_the_rest_of_a_long_message_follows_and_is_not_begun_anew(collection):
    """A digest of many parts: ten a minute, and on after a failure in the middle, without a repeat."""
    for number in range(400):
        path = collection.sites / f"s{number:03}.toml"
        path.write_text("name = 7\n", "utf-8")  # broken: each has a line in the digest
    with webhook() as hook:
        notify(collection, f'{hooks(hook, "wecom")}\ndigest = "07:30"')
        hook.answer = lambda *_: (200, b'{"errcode": 45009}' if len(hook.got) == 4 else b'{"errcode": 0}', {})
        told(collection)
        assert len(hook.got) == 4
        told(collection)
        assert len(hook.got) == 10, "what the service takes in a minute"
        told(collection)
        assert len(hook.got) == 10
        for minute in range(1, 9):
            clocks.move_to(START + timedelta(minutes=minute))
            told(collection)
        heads = [body["text"]["content"].split("\n")[0] for _, body in hook.got]
        words = "\n".join(body["text"]["content"] for _, body in hook.got)
    total = len(heads) - 1
    assert total > 10
    numbers = [1, 2, 3, 4, *range(4, total + 1)]
    assert [head.rpartition(" ")[2] for head in heads] == [f"({n}/{total})" for n in numbers], (
        "the fourth was refused once"
    )
    assert all(f"- s{number:03} " in words for number in range(400))


def test_what_an_older_crawl_database_remembers_is_taken_over(collection):
    connect(collection.crawl_db).close()
    with sqlite3.connect(collection.crawl_db) as db:
        for table in ("troubles", "told", "outbox", "pace"):
            db.execute(f"DROP TABLE {table}")
        db.execute("CREATE TABLE notices (site TEXT PRIMARY KEY, health TEXT NOT NULL, told_at TEXT NOT NULL)")
        db.execute("CREATE TABLE digests (day TEXT PRIMARY KEY, sent_at TEXT NOT NULL)")
        db.execute("INSERT INTO notices VALUES ('a', 'blocked', '2026-03-01')")
    db.close()
    sites(collection, "a")
    with webhook() as hook:
        notify(collection, hooks(hook, "json"))
        told(collection, MORNING, blocked("a", "ok"))
        told(collection, MORNING, blocked("a"))
        assert [body["id"] for _, body in hook.got] == ["a"]


def _reports_of(collection, count):
    """So many sites with two reports each, the last one of today."""
    for n in range(count):
        (collection.sites / f"s{n}.toml").write_text(
            f'name = "第{n}县"\nsection = ["http://127.0.0.{n + 1}/"]\n', "utf-8"
        )
        for hour in (1, 2):
            run = f"20261126T0{hour}0000Z-s{n}-aaaa"
            report = {
                "run": run,
                "site": f"s{n}",
                "verdict": "ok",
                "started_at": f"2026-11-26T0{hour}:00:00Z",
                "ended_at": f"2026-11-26T0{hour}:10:00Z",
                "new": n,
            }
            (collection.reports / f"{run}.json").write_text(json.dumps(report), "utf-8")


def test_each_report_is_read_once_for_a_digest_and_those_of_one_site_for_a_notice(collection, monkeypatch):
    """A nation has thousands of sites: their reports are not read again for each of them."""
    _reports_of(collection, 5)
    read = []
    monkeypatch.setattr("archive.history.health.read_report", lambda path: read.append(path) or read_report(path))
    moment = datetime(2026, 11, 26, 12, tzinfo=UTC)
    told = digest(collection, moment)
    assert "10 run(s) in 24 hours: 10 ok" in told.text
    assert "20 new" in told.text
    assert len(read) == 10
    read.clear()
    assert health_of(collection, "s3", moment) == next(r for r in health(collection, moment) if r.id == "s3")
    assert len(read) == 2 + 10
    assert health_of(collection, "nobody", moment) is None
