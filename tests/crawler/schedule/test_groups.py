"""What is told together, what is told of no site, who is left in peace, and what cron's crawl tells."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from click.testing import CliRunner
from support.running import fangtan
from support.servers.receivers import hooks, notify, webhook
from support.sites.nation import START, Nation, Town, day, page

from archive.collection import clock as clocks
from archive.collection.clock import stamp
from archive.collection.folder import Collection
from archive.collection.muted import mute, muted, unmute
from archive.errors import ConfigError
from archive.history.account import Account
from archive.history.account_file import account_file
from archive.history.entries import Line
from crawler.cli.group import main
from crawler.schedule.notices import digest
from crawler.schedule.notify import Notifier

MORNING = START + timedelta(hours=8)
pytestmark = pytest.mark.usefixtures("clock")


def ended(collection, name, verdict="incomplete", *, rules=("connection",), host=None, answered=False, **more):
    """A site whose run has just ended, and what the scheduler hears of it."""
    host = host or f"{name}.example"
    (collection.sites / f"{name}.toml").write_text(f'name = "{name}县"\nsection = ["http://{host}/ft/"]\n', "utf-8")
    run = f"{MORNING:%Y%m%dT%H%M%S}Z-{name}-0001"
    report = {
        "run": run, "site": name, "verdict": verdict, "started_at": stamp(MORNING), "ended_at": stamp(MORNING), "reason": "页面未取得",
        "section": [f"http://{host}/ft/"], "hosts": {host: 3} if answered else {},
        "obstacles": [{"rule": rule, "url": f"http://{host}/ft/", "count": 1} for rule in rules], **more,
    }  # fmt: skip
    (collection.reports / f"{run}.json").write_text(json.dumps(report), "utf-8")
    return report


def told(collection, *outcomes):
    notifier = Notifier(Collection(collection.root))
    for outcome in outcomes:
        notifier.heard(outcome)
    notifier.close()


def names(hook):
    """Event and sites of each message of a generic webhook."""
    found = []
    for _, body in hook.got:
        rows = body.get("notices", [body])
        found.append(sorted((row["event"], tuple(row.get("sites", [row.get("id")]))) for row in rows))
    return found


def test_a_notice_names_the_entries_that_are_missing(collection):
    """So many, then how many more; what a page calls itself begins no line of its own."""
    report = ended(collection, "a", answered=True)
    title = "第{n}期\r\nSubject: x"
    lines = [Line(str(n), f"http://a.example/{n}", title.format(n=n), "", "error", "HTTP 500") for n in range(23)]
    lines.append(Line("x", "http://a.example/x", "有的一期", "", "interview", uid="u"))
    rows = Account(tuple(lines)).rows()
    account_file(collection, report["run"]).write_text("".join(f"{row}\n" for row in rows), "utf-8")
    with webhook() as hook:
        notify(collection, hooks(hook, "json"))
        told(collection, report)
        body = hook.got[0][1]
    assert "23 entries are missing" in body["text"]
    assert "- error: 第0期 Subject: x  http://a.example/0\n" in body["text"]
    assert "有的一期" not in body["text"]
    assert f"- 3 more 另有: fangtan runs {report['run']} --account" in body["text"]
    assert len(body["missing"]) == 20


# ── our own network ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_where_no_site_answers_one_message_blames_nobody(collection):
    with webhook() as hook:
        notify(collection, hooks(hook, "json"))
        told(collection, *(ended(collection, name, rules=("dns", "robots_unreachable")) for name in "abc"))
        assert names(hook) == [[("network", ("a", "b", "c"))]]
        assert "is it our own network?" in hook.got[0][1]["subject"]
        assert "页面未取得" not in hook.got[0][1]["text"]
        told(collection, *(ended(collection, name, "ok", rules=(), answered=True) for name in "abc"))
        assert len(hook.got) == 2
        assert hook.got[1][1]["subject"] == "[fangtan] 3 sites good again 已恢复: a, b, c"


@pytest.mark.parametrize(
    "other",
    [
        {"answered": True},
        {"rules": ("connection", "challenge")},
        {"verdict": "ok", "rules": (), "answered": True},
        {"rules": ()},
    ],
)
def test_one_site_that_answers_says_that_the_network_is_well(collection, other):
    with webhook() as hook:
        notify(collection, hooks(hook, "json"))
        told(collection, ended(collection, "a"), ended(collection, "b"), ended(collection, "c", **other))
        events = {event for event, _ in names(hook)[0]}
    assert events == {"health"}


def test_one_host_that_is_down_is_not_our_network(collection):
    with webhook() as hook:
        notify(collection, hooks(hook, "json"))
        told(collection, *(ended(collection, name, host="county.example") for name in "ab"))
        assert names(hook) == [[("health", ("a",)), ("health", ("b",))]]


def test_a_message_groups_sites_by_their_health(collection):
    with webhook() as hook:
        notify(collection, hooks(hook, "json", "wecom"))
        told(
            collection,
            ended(collection, "a", "blocked", answered=True),
            ended(collection, "b", "incomplete", answered=True),
            ended(collection, "c", "blocked", answered=True),
        )
        bodies = dict(hook.got)
    text = bodies["/json"]["text"]
    assert bodies["/json"]["subject"] == "[fangtan] 2 sites blocked: a, c; b: incomplete"
    assert text.index("(a): blocked") < text.index("(c): blocked") < text.index("(b): incomplete")
    assert len(hook.got) == 2, "one message a receiver"


# ── muted ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_a_muted_site_nobody_is_told_until_it_is_unmuted(collection):
    with webhook() as hook:
        notify(collection, hooks(hook, "json"))
        bad = [ended(collection, "a", "blocked"), ended(collection, "b", "blocked", answered=True)]
        mute(collection, ["a"], None)
        told(collection, *bad)
        assert [body["id"] for _, body in hook.got] == ["b"]
        assert "\n- a " not in digest(collection, MORNING).text
        assert "muted: a" in digest(collection, MORNING).text
        unmute(collection, ["a"])
        told(collection)
        assert [body["id"] for _, body in hook.got] == ["b", "a"]


def test_a_snoozed_site_is_told_when_the_time_is_over(collection):
    with webhook() as hook:
        notify(collection, hooks(hook, "json"))
        bad = ended(collection, "a", "blocked")
        mute(collection, ["a"], clocks.now() + timedelta(days=2))
        told(collection, bad)
        assert hook.got == []
        clocks.move_to(clocks.now() + timedelta(days=3))
        told(collection)
        assert [body["id"] for _, body in hook.got] == ["a"]
    assert muted(collection) == {}


def test_mute_and_unmute_by_the_command(collection):
    ended(collection, "a", "blocked")

    def said(*words):
        return CliRunner().invoke(main, ["-C", str(collection.root), *words])

    assert said("notify", "--mute", "a", "--until", "2036-12-01").output == "a: muted until 2036-12-01 00:00\n"
    assert "notices are muted until 2036-12-01" in said("status").output
    assert said("notify", "--unmute", "a").output == ""
    assert said("notify", "--mute", "a").output == "a: muted for good\n"
    assert said("notify", "--mute", "z").exit_code == 2
    assert said("notify", "--mute", "a", "--until", "soon").exit_code == 2
    assert said("notify", "--until", "2036-12-01").exit_code == 2
    with pytest.raises(ConfigError):
        mute(collection, ["a", "z"], None)


# ── a crawl from cron ───────────────────────────────────────────────────────────────────────────────────────────────


class _Switch(BaseHTTPRequestHandler):
    """A dead man's switch: it counts who asks."""

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def switch():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Switch) as server:
        server.asked = []
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


def _gone(town, path):
    """The first talk is gone from the second day on."""
    return page(town.name, "404", "您访问的页面不存在", 404) if path == town.path(1) and day() >= 1 else None


@pytest.mark.long
def test_a_crawl_from_cron_tells_what_is_gone_and_that_it_lives(collection, switch):
    with Nation({"a": Town("甲县", _gone, talks=2)}) as nation, webhook() as hook:
        text = f'name = "甲县"\nsection = ["{nation.urls["a"]}"]\n'
        (collection.sites / "a.toml").write_text(text, "utf-8")
        ping = f'ping = "http://127.0.0.1:{switch.server_address[1]}/secret"'
        notify(collection, f"{hooks(hook, 'json')}\n{ping}")
        assert fangtan("crawl", "--delay", "0", collection=collection.root).code == 0
        assert (hook.got, switch.asked) == ([], ["/secret"]), "a good beginning needs no words"
        clocks.move_to(START + timedelta(days=2))
        result = fangtan("crawl", "--delay", "0", "--recheck", collection=collection.root)
        again = fangtan("crawl", "--delay", "0", "--no-notify", collection=collection.root)
    rows = [row for _, body in hook.got for row in body.get("notices", [body])]
    assert [row["event"] for row in rows].count("gone") == 1, result.err + again.err
    told_of = next(row for row in rows if row["event"] == "gone")
    assert (told_of["site"], len(told_of["interviews"])) == ("a", 1)
    assert told_of["interviews"][0]["url"].endswith(nation.sites["a"].path(1))
    assert len(switch.asked) == 2, "not after --no-notify"
    assert "secret" not in result.err


def test_a_crawl_that_could_not_begin_is_told(collection):
    (collection.sites / "a.toml").write_text("name = 7\n", "utf-8")
    (collection.sites / "b.toml").write_text('name = "乙县"\nsection = ["http://127.0.0.1:9/ft/"]\n', "utf-8")
    with webhook() as hook:
        notify(collection, hooks(hook, "json"))
        result = fangtan("crawl", "--delay", "0", collection=collection.root)
    assert result.code == 4
    (body,) = [body for _, body in hook.got]
    assert sorted(row["event"] for row in body["notices"]) == ["health", "scheduler"]


def test_a_ping_that_fails_is_in_the_log_without_its_address(collection, caplog):
    notify(collection, 'ping = "http://127.0.0.1:9/secret"')
    notifier = Notifier(collection)
    notifier.alive()
    notifier.close()
    assert "the ping of 127.0.0.1 failed" in caplog.text
    assert "secret" not in caplog.text
