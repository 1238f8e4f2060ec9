"""Notices against real receivers on loopback: an SMTP server, a webhook server; once for each trouble."""

import base64
import hashlib
import hmac
import json
import socketserver
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import fangtan
from nation import CHALLENGE, START, Nation, Town, day
from test_schedule import collection_for, run

from archive.health import health, health_of
from crawler.notify import digest


class _Smtp(socketserver.StreamRequestHandler):
    """Enough of RFC 5321 to take mail."""

    def handle(self):
        def say(text):
            self.wfile.write(f"{text}\r\n".encode())

        say("220 loopback")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                say("354 go on")
                data = b""
                while (row := self.rfile.readline()) != b".\r\n":
                    data += row.removeprefix(b".") if row.startswith(b"..") else row
                self.server.mails.append(message_from_bytes(data, policy=policy.default))
            if verb == b"QUIT":
                say("221 bye")
                return
            say("250 ok")


@contextmanager
def smtp():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        server.mails, server.daemon_threads = [], True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.got.append((self.path, body))
        status, answer = self.server.answer
        self.send_response(status)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass


@contextmanager
def webhook():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Hook) as server:
        server.got, server.answer, server.daemon_threads = [], (200, b'{"errcode": 0}'), True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


def notify(collection, text):
    config = collection.root / "fangtan.toml"
    config.write_text(f"{config.read_text('utf-8')}\n[notify]\n{text}\n", "utf-8")


def hooks(server, *forms, secret=""):
    port = server.server_address[1]
    return "webhook = [" + ", ".join(f'{{ url = "http://127.0.0.1:{port}/{f}", format = "{f}"{secret} }}' for f in forms) + "]"  # fmt: skip


def test_each_receiver_gets_its_own_form(collection, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    with smtp() as mail, webhook() as hook:
        notify(
            collection,
            hooks(hook, "json", "dingtalk", "wecom", "feishu", secret=', secret_env = "HOOK_SECRET"')
            + f'\nmail = {{ host = "127.0.0.1", port = {mail.server_address[1]}, from = "a@b.example", to = ["c@d.example"] }}',
        )
        result = fangtan("notify", collection=collection.root)
        assert result.code == 0, result.err + result.out
        assert result.out.count("delivered") == 5
        got = {urlsplit(path).path[1:]: (urlsplit(path).query, body) for path, body in hook.got}
        (letter,) = mail.mails
    assert got["json"][1]["event"] == "test"
    assert got["dingtalk"][1] == {"msgtype": "text", "text": {"content": got["wecom"][1]["text"]["content"]}}
    asked = {k: v[0] for k, v in parse_qs(got["dingtalk"][0]).items()}
    digest = hmac.new(b"s3cret", f"{asked['timestamp']}\ns3cret".encode(), hashlib.sha256).digest()
    assert asked["sign"] == base64.b64encode(digest).decode()
    feishu = got["feishu"][1]
    assert feishu["msg_type"] == "text"
    assert feishu["sign"] == base64.b64encode(hmac.new(f"{feishu['timestamp']}\ns3cret".encode(), b"", hashlib.sha256).digest()).decode()  # fmt: skip
    assert letter["Subject"] == "[fangtan] test 测试"
    assert letter["To"] == "c@d.example"


@pytest.mark.parametrize("answer", [(500, b"no"), (200, b'{"errcode": 310000, "errmsg": "sign not match"}'), (200, b'{"code": 9499}')])  # fmt: skip
def test_what_a_receiver_does_not_take_is_said(collection, answer):
    with webhook() as hook:
        hook.answer = answer
        notify(collection, hooks(hook, "dingtalk"))
        result = fangtan("notify", collection=collection.root)
    assert result.code == 3
    assert "delivered" not in result.out


@pytest.mark.parametrize(
    "wrong",
    ['webhook = [{ url = "ftp://x" }]', 'webhook = [{ url = "http://x", format = "pigeon" }]', 'mail = { host = "x" }', 'mail = { host = "x", from = "a", to = ["b"], cc = "c" }', "colour = 1"],
)  # fmt: skip
def test_wrong_settings_are_refused_before_the_night(collection, wrong):
    notify(collection, wrong)
    result = fangtan("schedule", "tick", collection=collection.root)
    assert result.code == 2
    assert "fangtan.toml" in result.err


def test_no_receiver(collection):
    assert fangtan("notify", collection=collection.root).code == 2


def _shield(town, path):
    """Blocked on two nights, then good again."""
    del town, path
    return CHALLENGE if 1 <= day() < 3 else None


@pytest.mark.usefixtures("clock")
def test_a_trouble_is_told_once_and_its_end_once(tmp_path):
    with Nation({"a": Town("盾山县", _shield), "b": Town("好县")}) as nation, webhook() as hook:
        collection = collection_for(nation, tmp_path, delay=0)
        notify(collection, hooks(hook, "json") + '\ndigest = "07:30"')
        run(collection, 4.5)
        got = [body for _, body in hook.got]
    changes = [(b["id"], b["health"]) for b in got if b["event"] == "health"]
    assert changes == [("a", "blocked"), ("a", "ok")]
    first = next(b for b in got if b["event"] == "health")
    assert "anti-bot" in first["text"]
    assert "→" in first["text"]
    digests = [b for b in got if b["event"] == "digest"]
    assert len(digests) == 5, "one a morning, the first before any run"
    assert [len(d["bad"]) for d in digests][1:4] == [1, 1, 0]
    assert digests[1]["runs"] == 2


@pytest.mark.usefixtures("clock")
def test_a_receiver_that_was_down_is_told_later(tmp_path):
    with Nation({"a": Town("盾山县", lambda _town, _path: CHALLENGE if day() >= 0 else None)}) as nation, webhook() as hook:  # fmt: skip
        collection = collection_for(nation, tmp_path, delay=0)
        notify(collection, hooks(hook, "json"))
        hook.answer = (503, b"")
        run(collection, 1)
        assert len(hook.got) == 1
        hook.answer = (200, b"ok")
        run(collection, 2)
        run(collection, 3)
    assert [b["health"] for _, b in hook.got] == ["blocked", "blocked"], "tried again once, then told"
    assert START + timedelta(days=3) > START


@pytest.mark.usefixtures("clock")
def test_a_digest_that_nobody_takes_is_not_sent_again_and_again(collection):
    from crawler.notify import Notifier

    with webhook() as hook:
        notify(collection, hooks(hook, "json") + '\ndigest = "07:30"')
        hook.answer = (503, b"")
        notifier, morning = Notifier(collection), START + timedelta(hours=8)
        for _ in range(3):
            notifier.tick(morning)
        assert len(hook.got) == 1
        hook.answer = (200, b"ok")
        Notifier(collection).tick(morning)
        Notifier(collection).tick(morning)
        assert len(hook.got) == 2, "the next scheduler delivers it, once"


def _reports_of(collection, count):
    """So many sites with two reports each, the last one of today."""
    for n in range(count):
        (collection.sites / f"s{n}.toml").write_text(
            f'name = "第{n}县"\nsection = ["http://127.0.0.{n + 1}/"]\n', "utf-8"
        )
        for hour in (1, 2):
            run = f"20261126T0{hour}0000Z-s{n}-aaaa"
            report = {"run": run, "site": f"s{n}", "verdict": "ok", "ended_at": f"2026-11-26T0{hour}:10:00Z", "new": n}
            (collection.reports / f"{run}.json").write_text(json.dumps(report), "utf-8")


def test_each_report_is_read_once_for_a_digest_and_those_of_one_site_for_a_notice(collection, monkeypatch):
    """A nation has thousands of sites: their reports are not read again for each of them."""
    _reports_of(collection, 5)
    read, load = [], json.loads
    monkeypatch.setattr("archive.health.json.loads", lambda text: read.append(text) or load(text))
    moment = datetime(2026, 11, 26, 12, tzinfo=UTC)
    told = digest(collection, moment)
    assert "10 run(s) in 24 hours: 10 ok" in told.text
    assert "20 new" in told.text
    assert len(read) == 10
    read.clear()
    assert health_of(collection, "s3", moment) == next(r for r in health(collection, moment) if r.id == "s3")
    assert len(read) == 2 + 10
    assert health_of(collection, "nobody", moment) is None
