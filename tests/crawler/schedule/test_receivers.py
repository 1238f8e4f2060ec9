"""[notify] is checked entry by entry; mail and webhooks are delivered only when the receiver says so."""

import base64
import hashlib
import hmac
import json
import socket
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from support.running import fangtan
from support.servers.receivers import hooks, mail, notify, smtp, webhook
from support.sites.nation import self_signed

from archive.collection import config
from archive.collection.clock import now
from archive.collection.folder import Collection
from archive.collection.receivers import TLS
from archive.collection.receivers import receivers as usable
from archive.collection.settings import GROUPS
from archive.history import doctor
from crawler.cli.group import main
from crawler.schedule.channels import Undelivered, channel
from crawler.schedule.notices import notice, parts

NOTE = notice("test", "[fangtan] 测试", ["云岭县：一切正常"])
LETTER = {"host": "mail.b.example", "from": "a@b.example", "to": ["c@d.example"]}
HOOK = {"url": "https://hook.example/send?key=s3cret", "format": "wecom"}


def receivers(table):
    """The receivers of a table, and what is wrong with the entries that are none."""
    values, wrong = config.check(table, GROUPS["notify"], ("notify",))
    return usable(values), [problem.reason for problem in wrong]


def send(settings, note=NOTE):
    """Send by the only receiver of a table; refused receivers."""
    (receiver,), wrong = receivers(settings)
    assert wrong == []
    there = channel(receiver)
    for part in there.split(note):
        refused = there.send(part, list(there.receivers))
    return refused


# ── settings ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("word", [True, False, 1, "ssl", "TLS", "on", "STARTTLS", "true", "", "none", ["yes"], None])
def test_a_word_for_tls_that_is_not_known_is_refused(word):
    found, (line,) = receivers({"mail": {**LETTER, "tls": word}})
    assert found == []
    assert all(f'"{known}"' in line for known in TLS)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"password_env": "PW"}, "in the clear"),
        ({"password_env": "PW", "tls": "no"}, "in the clear"),
        ({"password_env": "PW", "tls": "no", "host": "127.0.0.1"}, "in the clear"),
        ({"password_env": "PW", "tls": "loopback"}, "this machine"),
        ({"user": "a", "tls": "yes"}, "password_env"),
        ({"password": "geheim"}, "password_env"),
        ({"password_env": "not a name", "tls": "yes"}, "environment variable"),
        ({"host": "smtp://b.example"}, "host"),
        ({"host": "b.example:587"}, "host"),
        ({"host": 7}, "host"),
        ({"host": ""}, "host"),
        ({"port": "25"}, "port"),
        ({"port": True}, "port"),
        ({"port": 0}, "port"),
        ({"port": 70000}, "port"),
        ({"from": "nobody"}, "e-mail"),
        ({"from": "a@b.example, c@d.example"}, "one address"),
        ({"from": ["a@b.example"]}, "from"),
        ({"from": "a@b.example\r\nBcc: x@y.example"}, "from"),
        ({"to": 7}, "to"),
        ({"to": []}, "to"),
        ({"to": [7]}, "e-mail"),
        ({"to": "a@b@c"}, "e-mail"),
        ({"to": "all: a@b.example;"}, "e-mail"),
        ({"to": "a@b.example c@d.example"}, "e-mail"),
        ({"to": ["a@b.example\nBcc: x@y.example"]}, "e-mail"),
        ({"to": "档案@b.example"}, "e-mail"),
        ({"cc": "x@y.example"}, "cc"),
    ],
)
def test_a_wrong_mail_setting_is_named(change, word):
    found, wrong = receivers({"mail": {**LETTER, **change}})
    assert found == []
    assert word in " ".join(wrong)
    assert "geheim" not in " ".join(wrong)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"format": "pigeon"}, "json, dingtalk, wecom, feishu"),
        ({"format": True}, "format"),
        ({"url": "ftp://x"}, "url"),
        ({"url": 7}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://hook.example/a b?s3cret"}, "url"),
        ({"url": "https://me:s3cret@hook.example/"}, "password"),
        ({"url": "http://hook.example/send?key=s3cret"}, "https"),
        ({"secret_env": "S"}, "secret_env"),
        ({"secret": "s3cret"}, "secret"),
    ],
)
def test_a_wrong_webhook_is_named_without_its_address_which_is_a_secret(change, word):
    found, (line,) = receivers({"webhook": [{**HOOK, **change}]})
    assert found == []
    assert word in line
    assert "notify.webhook[1]" in line
    assert "s3cret" not in line


@pytest.mark.parametrize(
    "table",
    [{"mail": "x"}, {"mail": []}, {"webhook": {"url": "https://x"}}, {"webhook": "x"}, {"webhook": [7]}],
)
def test_tables_of_the_wrong_shape_are_named(table):
    found, wrong = receivers(table)
    assert found == []
    assert wrong


def test_each_entry_is_checked_for_itself():
    table = {"mail": {**LETTER, "to": ["good@d.example", "bad"]}, "webhook": [{"url": "ftp://x"}, HOOK, dict(HOOK)]}
    (letter, hook), wrong = receivers(table)
    assert list(letter.receivers.values()) == ["mail to good@d.example"]
    assert list(hook.receivers.values()) == ["wecom at hook.example"]
    assert len(wrong) == 3
    assert "twice" in wrong[2]


def test_two_groups_of_one_service_are_two_receivers():
    found, wrong = receivers({"webhook": [HOOK, {**HOOK, "url": "https://hook.example/send?key=other"}]})
    assert wrong == []
    assert len({key for hook in found for key in hook.receivers}) == 2
    assert "s3cret" not in str([hook.receivers for hook in found])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a@b.example", ["a@b.example"]),
        (["a@b.example"], ["a@b.example"]),
        ("a@b.example, Archiv <c@d.example>", ["a@b.example", "c@d.example"]),
        (["张三 <a@例子.中国>", "a@xn--fsqu00a.xn--fiqs8s"], ["a@xn--fsqu00a.xn--fiqs8s"]),
    ],
)
def test_to_is_an_address_or_a_list(given, expected):
    (letter,), wrong = receivers({"mail": {**LETTER, "to": given}})
    assert wrong == []
    assert [a.addr_spec for a in letter.to] == expected


# ── mail ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def certificate(tmp_path):
    return self_signed(tmp_path, "127.0.0.1", now() + timedelta(days=9))


def settings(server, tls, **more):
    sender = "方坛档案 <a@b.example>"
    return {"mail": {"host": "127.0.0.1", "port": server.port, "tls": tls, "from": sender, "to": "c@d.example", **more}}


@pytest.mark.parametrize("tls", ["starttls", "yes"])
def test_a_password_goes_to_a_server_that_proves_who_it_is(tls, certificate, monkeypatch):
    monkeypatch.setenv("PW", "geheim")
    with smtp(tls, certificate) as server:
        with pytest.raises(Undelivered, match="CERTIFICATE_VERIFY_FAILED"):
            send(settings(server, tls, password_env="PW"))
        assert (server.logins, server.mails) == ([], [])
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        send(settings(server, tls, password_env="PW"))
        send(settings(server, tls, password_env="PW", user="archiv"))
    assert server.logins == [("a@b.example", "geheim"), ("archiv", "geheim")], "a display name is no login"
    assert len(server.mails) == 2


def test_a_certificate_for_another_host_is_none(tmp_path, monkeypatch):
    other = self_signed(tmp_path, "127.0.0.9", now() + timedelta(days=9))
    monkeypatch.setenv("SSL_CERT_FILE", str(other[0]))
    with smtp("starttls", other) as server:
        with pytest.raises(Undelivered, match=r"not valid for '127\.0\.0\.1'"):
            send(settings(server, "starttls"))
        assert server.mails == []


def test_a_server_whose_starttls_was_taken_away_gets_nothing(monkeypatch):
    monkeypatch.setenv("PW", "geheim")
    with smtp("no") as server:
        with pytest.raises(Undelivered, match="STARTTLS"):
            send(settings(server, "starttls", password_env="PW"))
        assert {line.split()[0].upper() for line in server.heard} <= {"EHLO", "QUIT"}


def test_a_server_on_this_machine_may_be_told_the_password_by_a_word_of_its_own(monkeypatch):
    monkeypatch.setenv("PW", "geheim")
    with smtp("no") as server:
        send(settings(server, "loopback", password_env="PW"))
    assert server.logins == [("a@b.example", "geheim")]


def test_a_letter_is_what_rfc_5322_wants():
    subject = "[fangtan] 云岭县：" + "已恢复" * 40
    hostile = notice("health", f"{subject}\r\nBcc: x@y.example", ["云岭县\r\n.\r\nQUIT", "访谈" * 900, "\ud800\x1b[2J"])
    with smtp() as server:
        send(settings(server, "no", to=["张三 <c@d.example>", "e@f.example"]), hostile)
        (letter,) = server.mails
        rcpt = [line for line in server.heard if line.upper().startswith("RCPT")]
    assert letter["Subject"] == f"{subject} Bcc: x@y.example"
    assert letter["Bcc"] is None
    assert str(letter["From"]) == "方坛档案 <a@b.example>"
    assert str(letter["To"]) == "张三 <c@d.example>, e@f.example"
    assert letter["Date"].datetime.utcoffset() == timedelta(hours=8)
    assert letter["Message-ID"].endswith("@b.example>")
    assert letter["MIME-Version"] == "1.0"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().splitlines() == ["云岭县", ".", "QUIT", "访谈" * 900, "[2J"]
    assert len(rcpt) == 2


def test_mail_that_was_taken_is_delivered_whatever_the_farewell():
    with smtp() as server:
        server.farewell = "421 too busy to say bye"
        assert send(settings(server, "no")) == {}
    assert len(server.mails) == 1


def test_who_is_refused_is_told_apart():
    with smtp() as server:
        server.refuses = {"e@f.example"}
        refused = send(settings(server, "no", to=["c@d.example", "e@f.example"]))
        assert refused == {"mail:e@f.example": "550 no such user"}
        server.refuses = {"c@d.example", "e@f.example"}
        assert len(send(settings(server, "no", to=["c@d.example", "e@f.example"]))) == 2
    assert len(server.mails) == 1


# ── webhooks ────────────────────────────────────────────────────────────────────────────────────────────────────────

PORTAL = b"<!DOCTYPE html><title>Sign in to the network</title>"
VENDORS = ("dingtalk", "wecom", "feishu")


@pytest.mark.parametrize(
    ("answer", "taken"),
    [
        ((200, b'{"errcode": 0, "errmsg": "ok"}'), {"dingtalk", "wecom", "json"}),
        ((200, b'{"code": 0, "msg": "success", "data": {}}'), {"feishu", "json"}),
        ((200, b'{"StatusCode": 0, "StatusMessage": "success"}'), {"feishu", "json"}),
        ((200, b'{"StatusCode": 0, "code": 19024}'), set()),
        ((200, b'{"errcode": 310000, "errmsg": "keywords not in content"}'), set()),
        ((200, b'{"code": 9499, "msg": "Bad Request"}'), set()),
        ((200, b'{"errcode": "0"}'), {"json"}),
        ((200, b'{"errcode": false, "code": false}'), {"json"}),
        ((200, b'{"errcode": null}'), {"json"}),
        ((200, b'{"code": 200, "msg": "ok"}'), {"json"}),
        ((200, b'{"ok": false, "error": "channel_not_found"}'), set()),
        ((200, b"[0]"), {"json"}),
        ((200, b"0"), {"json"}),
        ((200, b"ok"), {"json"}),
        ((200, b""), {"json"}),
        ((204, b""), {"json"}),
        ((202, b'{"errcode": 0, "code": 0}'), {"json"}),
        ((200, PORTAL), set()),
        ((200, b"\xef\xbb\xbf  " + PORTAL), set()),
        ((301, b""), set()),
        ((404, b'{"errcode": 0, "code": 0}'), set()),
        ((500, b""), set()),
    ],
)
def test_only_the_answer_that_a_service_defines_is_a_delivery(answer, taken):
    for form in ("json", *VENDORS):
        with webhook(answer) as server:
            try:
                send({"webhook": [{"url": server.url, "format": form}]})
                delivered = True
            except Undelivered:
                delivered = False
            assert len(server.got) == 1
            assert delivered == (form in taken), form


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_no_delivery_and_is_not_followed(status):
    with webhook() as elsewhere, webhook(lambda *_: (status, b"", {"Location": elsewhere.url})) as server:
        for form in ("json", *VENDORS):
            with pytest.raises(Undelivered, match=str(status)):
                send({"webhook": [{"url": server.url, "format": form}]})
        assert elsewhere.got == []


def test_an_answer_that_is_shown_cannot_steer_the_terminal():
    with webhook((200, b"\x1b[2J\r\nERROR: all is well")) as server, pytest.raises(Undelivered) as told:
        send({"webhook": [{"url": f"{server.url}/?key=s3cret", "format": "feishu"}]})
    assert "\x1b" not in str(told.value)
    assert "\n" not in str(told.value)
    assert "s3cret" not in str(told.value)


def test_each_receiver_gets_its_own_form(collection, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    with smtp() as server, webhook() as hook:
        signed = [
            f'{{ url = "{hook.url}/{form}", format = "{form}", secret_env = "HOOK_SECRET" }}'
            for form in ("dingtalk", "feishu")
        ]
        plain = hooks(hook, "json", "wecom").removesuffix("]")
        notify(collection, f"{plain}, {', '.join(signed)}]\n{mail(server)}")
        result = fangtan("notify", collection=collection.root)
        assert result.code == 0, result.err + result.out
        assert result.out.count(": delivered") == 5
        got = {urlsplit(path).path[1:]: (urlsplit(path).query, body) for path, body in hook.got}
        (letter,) = server.mails
    assert got["json"][1]["event"] == "test"
    assert got["dingtalk"][1] == {"msgtype": "text", "text": {"content": got["wecom"][1]["text"]["content"]}}
    asked = {k: v[0] for k, v in parse_qs(got["dingtalk"][0]).items()}
    digest = hmac.new(b"s3cret", f"{asked['timestamp']}\ns3cret".encode(), hashlib.sha256).digest()
    assert asked["sign"] == base64.b64encode(digest).decode()
    feishu = got["feishu"][1]
    assert feishu["msg_type"] == "text"
    assert (
        feishu["sign"]
        == base64.b64encode(hmac.new(f"{feishu['timestamp']}\ns3cret".encode(), b"", hashlib.sha256).digest()).decode()
    )
    assert letter["Subject"] == "[fangtan] test 测试"


def test_feishu_calls_nobody_because_a_page_says_so():
    with webhook() as server:
        send(
            {"webhook": [{"url": server.url, "format": "feishu"}]}, notice("health", "x", ['<at user_id="all">县</at>'])
        )
        ((_, body),) = server.got
    assert "<" not in body["content"]["text"]


# ── long messages ───────────────────────────────────────────────────────────────────────────────────────────────────


def content(body):
    return body["text"]["content"] if "text" in body else body["content"]["text"]


@pytest.mark.parametrize(("form", "most"), [("wecom", 2048), ("dingtalk", 20_000), ("feishu", 20_000)])
def test_a_long_digest_comes_in_numbered_parts_of_whole_lines(form, most):
    lines = [f"- 620{n:03} 第{n}县人民政府: blocked. 栏目页返回反爬页面，未抓取任何内容 <{n}>" for n in range(1000)]
    with webhook() as server:
        send({"webhook": [{"url": server.url, "format": form}]}, notice("digest", "[fangtan] 2026-03-02", lines))
        got = [body for _, body in server.got]
    assert len(got) > 1
    assert all(
        len(content(body).encode()) <= most and len(json.dumps(body, ensure_ascii=False).encode()) <= 20_480
        for body in got
    )
    heads = [content(body).split("\n")[0] for body in got]
    assert heads == [f"[fangtan] 2026-03-02 ({n}/{len(got)})" for n in range(1, len(got) + 1)]
    told = [line for body in got for line in content(body).split("\n")[1:]]
    assert [line.replace("＜", "<") for line in told] == lines


@given(st.lists(st.text(st.sampled_from('汉a"\\é\U0001f600 '), max_size=60), min_size=1), st.text("题x", max_size=90))
def test_no_word_of_a_message_is_lost_between_its_parts(lines, subject):
    def fits(text):
        return len(text.encode()) <= 700

    found = parts(subject, "\n".join(lines), fits)
    assert all(map(fits, found))
    bodies = [text.split("\n", 1)[1] for text in found]
    assert "".join(bodies).replace("\n", "").endswith("".join(lines))


def test_the_generic_webhook_gets_all_in_one():
    long = notice("digest", "x", ["很长的一行"] * 9000, {"sites": 9000})
    with webhook() as server:
        send({"webhook": [{"url": server.url}]}, long)
        ((_, body),) = server.got
    assert body == {"event": "digest", "subject": "x", "text": long.text, "sites": 9000}


# ── one broken receiver ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_wrong_entry_keeps_no_other_from_being_told(collection):
    with webhook() as hook:
        notify(
            collection,
            f'{hooks(hook, "json")}\nmail = {{ host = "127.0.0.1", from = "a@b.example", to = "c@d.example", tls = true }}',
        )
        result = CliRunner().invoke(main, ["-C", str(collection.root), "notify"])
        assert len(hook.got) == 1
    assert result.exit_code == 3
    assert "json at 127.0.0.1" in result.stdout
    assert "notify.mail: tls must be one of" in result.stderr
    found = [f for f in doctor.check_up(collection) if f.what == "notify"]
    assert [f.state for f in found] == ["bad"]


@pytest.mark.parametrize(
    "wrong",
    [
        'webhook = [{ url = "ftp://x" }]',
        'webhook = [{ url = "https://x", format = "pigeon" }]',
        'mail = { host = "x" }',
        "",
    ],
)
def test_no_receiver_that_can_be_used(collection, wrong):
    notify(collection, wrong)
    result = CliRunner().invoke(main, ["-C", str(collection.root), "notify"])
    assert result.exit_code == 2
    assert "fangtan.toml" in result.stderr


def test_an_unreachable_or_empty_channel_is_said(collection, monkeypatch):
    from crawler.schedule.notify import deliver

    monkeypatch.delenv("NO_SUCH_SECRET", raising=False)
    with webhook() as hook, socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: refused, and nobody else gets the port
        closed = f"http://127.0.0.1:{held.getsockname()[1]}/"
        entries = [
            f'{{ url = "{closed}" }}',
            f'{{ url = "{hook.url}", format = "dingtalk", secret_env = "NO_SUCH_SECRET" }}',
            f'{{ url = "{hook.url}/good" }}',
        ]
        notify(collection, f"webhook = [{', '.join(entries)}]")
        answers = list(deliver(Collection(collection.root), NOTE).values())
        assert len(hook.got) == 1
    assert "refused" in answers[0]
    assert "NO_SUCH_SECRET is empty" in answers[1]
    assert answers[2] == "delivered"
