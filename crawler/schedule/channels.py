"""How notices reach people: mail and webhooks. A channel says of each receiver whether it took the message."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import smtplib
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, make_msgid
from functools import partial
from http.client import HTTPException
from typing import Any

from archive.collection import clock
from archive.collection.receivers import Mail, Receiver, Webhook, is_loopback
from archive.collection.times import SHANGHAI
from crawler.schedule.notices import Notice, parts, plain

#: Longest wait for each answer of a server.
TIMEOUT_S = 20
#: Bytes of text a message that the services take: WeCom 2,048, DingTalk 20,000, Feishu 20 kB of the complete request.
_WECOM_BYTES = 2048
_TEXT_BYTES = 18_000


class Undelivered(Exception):
    """Nobody took the message; says why. Never holds an address of a webhook, which is a secret."""

    def __init__(self, words: str) -> None:
        super().__init__(" ".join(plain(words).split()))


@dataclass(frozen=True, slots=True)
class Channel:
    """One entry of ``[notify]``.

    :param receivers: whom it reaches: name in the crawl database → name in messages
    :param split: a notice as the messages that carry it
    :param send: sends one message to some of the receivers; gives those that were refused, with the reason.
        Raises :class:`Undelivered`.
    """

    receivers: dict[str, str]
    split: Callable[[Notice], list[Notice]]
    send: Callable[[Notice, Collection[str]], dict[str, str]]


def channel(receiver: Receiver) -> Channel:
    """The channel to a receiver."""
    if isinstance(receiver, Mail):
        return Channel(receiver.receivers, lambda notice: [notice], partial(_send_mail, receiver))
    return Channel(receiver.receivers, partial(_split, receiver), partial(_post, receiver))


def _secret(variable: str | None) -> str | None:
    if variable is None:
        return None
    value = os.environ.get(variable)
    if not value:
        raise Undelivered(f"the environment variable {variable} is empty")
    return value


# ── mail ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _send_mail(mail: Mail, notice: Notice, receivers: Collection[str]) -> dict[str, str]:
    names = {key: address.addr_spec for key, address in zip(mail.receivers, mail.to, strict=True) if key in receivers}
    refused: Any
    try:
        password = _secret(mail.password_env)
        server = _connected(mail)
        try:
            if password is not None and mail.user is not None:
                server.login(mail.user, password)
            refused = server.send_message(_letter(mail, notice), mail.sender.addr_spec, list(names.values()))
            with suppress(OSError):  # it is delivered, whatever the server says to a farewell
                server.quit()
        finally:
            server.close()
    except smtplib.SMTPRecipientsRefused as error:
        refused = error.recipients
    except smtplib.SMTPResponseException as error:
        raise Undelivered(f"{mail.host}: {_reply((error.smtp_code, error.smtp_error))}") from error
    except (OSError, ValueError) as error:
        raise Undelivered(f"{mail.host}: {error or type(error).__name__}") from error
    return {key: _reply(refused[name]) for key, name in names.items() if name in refused}


def _connected(mail: Mail) -> smtplib.SMTP:
    """A connection as safe as ``tls`` says; a certificate that is wrong for the host ends it, and nothing is sent."""
    if mail.tls == "yes":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_S)
    try:
        if mail.tls == "starttls":
            server.starttls(context=ssl.create_default_context())
        if mail.tls == "loopback" and not is_loopback(str(server.sock.getpeername()[0])):  # type: ignore[union-attr]
            raise Undelivered(f"{mail.host} is not on this machine")
    except BaseException:
        server.close()
        raise
    return server


def _letter(mail: Mail, notice: Notice) -> EmailMessage:
    letter = EmailMessage(policy=SMTP_POLICY)
    letter["Date"] = format_datetime(clock.now().astimezone(SHANGHAI))
    letter["Message-ID"] = make_msgid(domain=mail.sender.domain.strip("[]").replace(":", "."))
    letter["From"], letter["To"] = mail.sender, mail.to
    letter["Subject"] = notice.subject
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(notice.text, cte="base64")  # every server takes it, and no line is too long
    return letter


def _reply(answer: Any) -> str:
    code, words = answer
    return f"{code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}"


# ── webhooks ────────────────────────────────────────────────────────────────────────────────────────────────────────


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A POST that is sent elsewhere becomes a GET without the message."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def _split(hook: Webhook, notice: Notice) -> list[Notice]:
    """What the service takes at once; the generic webhook has no limit and gets all data."""
    if hook.format == "json":
        return [notice]
    subject, text = notice.subject, notice.text
    if hook.format == "feishu":  # it would read <at user_id="all"> as a call to everybody
        subject, text = subject.replace("<", "＜"), text.replace("<", "＜")
    limit = _WECOM_BYTES if hook.format == "wecom" else _TEXT_BYTES
    texts = parts(subject, text, lambda part: len(json.dumps(part, ensure_ascii=False).encode()) <= limit)
    return [Notice(notice.event, *_halves(part)) for part in texts]


def _halves(text: str) -> tuple[str, str]:
    head, _, rest = text.partition("\n")
    return head, rest


def _post(hook: Webhook, notice: Notice, receivers: Collection[str]) -> dict[str, str]:
    del receivers  # there is one
    body, query = _FORMS[hook.format](notice, _secret(hook.secret_env))
    url = hook.url + ("&" if "?" in hook.url else "?") + urllib.parse.urlencode(query) if query else hook.url
    data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    kind = {"Content-Type": "application/json; charset=utf-8"}
    request = urllib.request.Request(url, data, kind)  # noqa: S310 - http(s) only, checked
    try:
        with _OPENER.open(request, timeout=TIMEOUT_S) as answer:
            status, text = answer.status, answer.read(65536).decode("utf-8-sig", "replace")
    except urllib.error.HTTPError as error:
        error.close()
        raise Undelivered(f"{hook.host} answers {error.code} {error.reason}") from None
    except OSError as error:
        raise Undelivered(f"{hook.host}: {getattr(error, 'reason', None) or error or type(error).__name__}") from None
    except (HTTPException, ValueError) as error:  # their words may hold the address
        raise Undelivered(f"{hook.host}: {type(error).__name__}") from None
    if not _ANSWERS[hook.format](status, text):
        said = text[:200].strip() or "nothing"
        raise Undelivered(f"{hook.host} does not say that it took the message; it answers {status}: {said}")
    return {}


def _plain(notice: Notice, secret: str | None) -> tuple[dict[str, Any], dict[str, str]]:
    del secret
    return notice.as_dict(), {}


def _dingtalk(notice: Notice, secret: str | None) -> tuple[dict[str, Any], dict[str, str]]:
    query: dict[str, str] = {}
    if secret:
        at = str(round(time.time() * 1000))
        sign = hmac.new(secret.encode(), f"{at}\n{secret}".encode(), hashlib.sha256).digest()
        query = {"timestamp": at, "sign": base64.b64encode(sign).decode()}
    return {"msgtype": "text", "text": {"content": f"{notice.subject}\n{notice.text}"}}, query


def _wecom(notice: Notice, secret: str | None) -> tuple[dict[str, Any], dict[str, str]]:
    del secret
    return {"msgtype": "text", "text": {"content": f"{notice.subject}\n{notice.text}"}}, {}


def _feishu(notice: Notice, secret: str | None) -> tuple[dict[str, Any], dict[str, str]]:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": f"{notice.subject}\n{notice.text}"}}
    if secret:
        at = str(int(time.time()))
        sign = hmac.new(f"{at}\n{secret}".encode(), b"", hashlib.sha256).digest()
        body |= {"timestamp": at, "sign": base64.b64encode(sign).decode()}
    return body, {}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _is_zero(value: Any) -> bool:
    return type(value) is int and value == 0


def _errcode(status: int, text: str) -> bool:
    """DingTalk and WeCom: 200 and ``{"errcode": 0, …}``."""
    answer = _json(text)
    return status == 200 and isinstance(answer, dict) and _is_zero(answer.get("errcode"))


def _code(status: int, text: str) -> bool:
    """Feishu: 200 and ``{"code": 0, …}``, or ``{"StatusCode": 0, …}`` as it answered before."""
    answer = _json(text)
    if status != 200 or not isinstance(answer, dict):
        return False
    codes = [answer[key] for key in ("code", "StatusCode") if key in answer]
    return bool(codes) and all(map(_is_zero, codes))


def _any_2xx(status: int, text: str) -> bool:
    """The generic webhook: any 2xx, but for a page (a captive portal, a login) and JSON that says no."""
    if not 200 <= status < 300 or text.lstrip().startswith("<"):
        return False
    answer = _json(text)
    if not isinstance(answer, dict):
        return True
    refused = any(answer.get(key) is False for key in ("ok", "success"))
    return not refused and all(answer.get(key, 0) in (0, 200, "0", "200", None) for key in ("errcode", "code"))


_FORMS = {"json": _plain, "dingtalk": _dingtalk, "wecom": _wecom, "feishu": _feishu}
_ANSWERS = {"json": _any_2xx, "dingtalk": _errcode, "wecom": _errcode, "feishu": _code}
