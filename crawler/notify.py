"""Notices to people: when a site's health changes, and once a day. Never twice for the same trouble.

What was told stands in the crawl database and only once it was delivered: a receiver that is down is tried again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import os
import smtplib
import sqlite3
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from archive.clock import now, stamp
from archive.collection import Collection
from archive.crawldb import connect
from archive.health import Health, health, health_of
from archive.times import SHANGHAI
from archive.urls import is_web
from parsers.errors import ConfigError

log = logging.getLogger("fangtan")
_TIMEOUT_S = 20
#: A digest that was not taken is tried again after so many seconds.
_AGAIN_S = 600
_MAIL_KEYS = {"host", "port", "from", "to", "user", "password_env", "tls"}
_HOOK_KEYS = {"url", "format", "secret_env"}


class Undelivered(Exception):
    """A receiver did not take a notice."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told.

    :param event: ``health``, ``scheduler``, ``digest`` or ``test``
    :param data: the same for machines (the generic webhook)
    """

    event: str
    subject: str
    text: str
    data: dict[str, Any] = field(default_factory=dict)


Channel = Callable[[Notice], None]


def channels(collection: Collection) -> dict[str, Channel]:
    """The receivers that ``[notify]`` names, by a name for messages.

    :raises ConfigError: something is missing or unknown
    """
    config = collection.config.get("notify", {})
    found: dict[str, Channel] = {}
    mail = config.get("mail")
    if mail is not None:
        if not isinstance(mail, dict) or set(mail) - _MAIL_KEYS or not all(mail.get(k) for k in ("host", "from", "to")):
            raise ConfigError(f"fangtan.toml: notify.mail needs host, from and to, and takes {', '.join(sorted(_MAIL_KEYS))}; found {mail!r}")  # fmt: skip
        found[f"mail to {', '.join(mail['to'])}"] = lambda notice: _mail(mail, notice)
    for hook in config.get("webhook", ()):
        if not isinstance(hook, dict) or set(hook) - _HOOK_KEYS or not is_web(str(hook.get("url", ""))):  # fmt: skip
            raise ConfigError(
                f"fangtan.toml: notify.webhook is a list of {{ url, format, secret_env }}; found {hook!r}"
            )
        form = hook.get("format", "json")
        if form not in _FORMATS:
            raise ConfigError(f"fangtan.toml: notify.webhook: format must be one of {', '.join(_FORMATS)}, found {form!r}")  # fmt: skip
        host = urllib.parse.urlsplit(hook["url"]).netloc
        found[f"{form} at {host}"] = lambda notice, hook=hook: _webhook(hook, notice)  # type: ignore[misc]
    return found


def _secret(variable: str | None) -> str | None:
    if not variable:
        return None
    value = os.environ.get(variable)
    if not value:
        raise Undelivered(f"the environment variable {variable} is empty")
    return value


def _mail(config: dict[str, Any], notice: Notice) -> None:
    message = EmailMessage()
    message["Subject"] = " ".join(notice.subject.split())
    message["From"], message["To"] = config["from"], ", ".join(config["to"])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(notice.text)
    tls = config.get("tls", "no")
    kind = smtplib.SMTP_SSL if tls == "yes" else smtplib.SMTP
    try:
        with kind(config["host"], int(config.get("port") or 0), timeout=_TIMEOUT_S) as server:
            if tls == "starttls":
                server.starttls()
            password = _secret(config.get("password_env"))
            if password is not None:
                server.login(config.get("user") or config["from"], password)
            refused = server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise Undelivered(f"{config['host']}: {error}") from error
    if refused:
        log.warning("mail: refused for %s", ", ".join(refused))


def _plain(notice: Notice, _: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    return {"event": notice.event, "subject": notice.subject, "text": notice.text, **notice.data}, {}


def _dingtalk(notice: Notice, hook: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    query: dict[str, str] = {}
    if secret := _secret(hook.get("secret_env")):
        at = str(round(time.time() * 1000))
        sign = hmac.new(secret.encode(), f"{at}\n{secret}".encode(), hashlib.sha256).digest()
        query = {"timestamp": at, "sign": base64.b64encode(sign).decode()}
    return {"msgtype": "text", "text": {"content": f"{notice.subject}\n{notice.text}"}}, query


def _wecom(notice: Notice, _: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    # WeCom takes at most 2048 bytes of text.
    content = f"{notice.subject}\n{notice.text}".encode()[:2048].decode("utf-8", "ignore")
    return {"msgtype": "text", "text": {"content": content}}, {}


def _feishu(notice: Notice, hook: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": f"{notice.subject}\n{notice.text}"}}
    if secret := _secret(hook.get("secret_env")):
        at = str(int(time.time()))
        sign = hmac.new(f"{at}\n{secret}".encode(), b"", hashlib.sha256).digest()
        body |= {"timestamp": at, "sign": base64.b64encode(sign).decode()}
    return body, {}


_FORMATS = {"json": _plain, "dingtalk": _dingtalk, "wecom": _wecom, "feishu": _feishu}


def _webhook(hook: dict[str, Any], notice: Notice) -> None:
    body, query = _FORMATS[hook.get("format", "json")](notice, hook)
    url = hook["url"]
    if query:
        url += ("&" if "?" in url else "?") + urllib.parse.urlencode(query)
    data = json.dumps(body, ensure_ascii=False).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json; charset=utf-8"})  # noqa: S310 - http(s) only, checked
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - likewise
            text = answer.read(65536).decode("utf-8", "replace")
    except (OSError, urllib.error.URLError, ValueError) as error:
        raise Undelivered(f"{urllib.parse.urlsplit(url).netloc}: {error}") from error
    try:
        answered = json.loads(text)
        code = answered.get("errcode", answered.get("code", 0)) if isinstance(answered, dict) else 0
    except ValueError:
        code = 0
    if code:
        raise Undelivered(f"{urllib.parse.urlsplit(url).netloc}: {text[:200]}")


def deliver(collection: Collection, notice: Notice) -> list[str]:
    """Send to every receiver.

    :returns: what failed, in words; empty when all took it
    :raises ConfigError: ``[notify]`` is wrong
    """
    failed = []
    for name, send in channels(collection).items():
        try:
            send(notice)
        except Undelivered as error:
            failed.append(f"{name}: {error}")
            log.warning("notice not delivered: %s: %s", name, error)
    return failed


class Notifier:
    """What the scheduler tells; see :class:`crawler.scheduler.Scheduler`.

    :raises ConfigError: ``[notify]`` is wrong: said before the night, not in it
    """

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.wanted = bool(channels(collection))
        self.not_before = float("-inf")
        self.digest_at = _time_of(collection.setting("notify", "digest"))

    def heard(self, message: dict[str, Any]) -> None:
        """An outcome or a failure: told when it changes a site's health."""
        if not self.wanted:
            return
        if "failed" in message:
            self._once(message["failed"] or "*", message["error"], lambda: _failure(message))
            return
        row = health_of(self.collection, message["site"], now())
        if row is not None:
            self._once(row.id, row.health, lambda: _change(row), quiet=row.good)

    def _once(self, site: str, told: str, make: Callable[[], Notice], *, quiet: bool = False) -> None:
        """Tell unless that was told last; a good beginning needs no words."""
        db = connect(self.collection.crawl_db)
        try:
            row = db.execute("SELECT health FROM notices WHERE site = ?", (site,)).fetchone()
            if row is not None and row[0] == told:
                return
            if (row is None and quiet) or not deliver(self.collection, make()):
                _remember(db, site, told)
        finally:
            db.close()

    def due(self, moment: datetime) -> datetime | None:
        """When the next digest is to be sent."""
        if self.digest_at is None or not self.wanted:
            return None
        local = moment.astimezone(SHANGHAI)
        today = local.replace(hour=self.digest_at[0], minute=self.digest_at[1], second=0, microsecond=0)
        return today if not self._sent(today) else today + timedelta(days=1)

    def tick(self, moment: datetime) -> None:
        """Send the digest when it is time: once a day, whoever asks."""
        at = self.due(moment)
        if at is None or at > moment or time.monotonic() < self.not_before:
            return
        if deliver(self.collection, digest(self.collection, moment)):
            self.not_before = time.monotonic() + _AGAIN_S
        else:
            db = connect(self.collection.crawl_db)
            try:
                db.execute("INSERT OR IGNORE INTO digests VALUES (?, ?)", (f"{at:%Y-%m-%d}", stamp(moment)))
            finally:
                db.close()

    def _sent(self, at: datetime) -> bool:
        db = connect(self.collection.crawl_db)
        try:
            return db.execute("SELECT 1 FROM digests WHERE day = ?", (f"{at:%Y-%m-%d}",)).fetchone() is not None
        finally:
            db.close()


def _remember(db: sqlite3.Connection, site: str, told: str) -> None:
    db.execute(
        """INSERT INTO notices VALUES (?, ?, ?) ON CONFLICT(site) DO UPDATE SET
             health = excluded.health, told_at = excluded.told_at""",
        (site, told, stamp()),
    )


def _time_of(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    hour, _, minute = str(text).partition(":")
    if not (hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):
        raise ConfigError(f'fangtan.toml: notify.digest must be a time such as "07:30", found {text!r}')
    return int(hour), int(minute)


def _change(row: Health) -> Notice:
    words = "good again 已恢复" if row.good else row.health
    lines = [f"{row.name} ({row.id}): {words}"]
    lines += [row.reason] if row.reason else []
    lines += [f"→ {row.fix}"] if row.fix else []
    lines += [f"· {line}" for line in row.evidence[:8]]
    lines.append(f"run {(row.last or {}).get('run')}; last good run ended {row.last_good or 'never'}")
    return Notice("health", f"[fangtan] {row.id}: {words}", "\n".join(lines), row.as_dict())


def _failure(message: dict[str, Any]) -> Notice:
    site = message["failed"] or "scheduler"
    return Notice("scheduler", f"[fangtan] {site}: not crawled", f"{site}: {message['error']}", {"site": message["failed"] or None, "error": message["error"]})  # fmt: skip


def digest(collection: Collection, moment: datetime) -> Notice:
    """The last 24 hours in some lines: what came in, what is broken."""
    rows = health(collection, moment)
    since = f"{moment - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    runs = [r for row in rows for r in row.runs if (r.get("ended_at") or "") > since]
    sums = {k: sum(int(r.get(k) or 0) for r in runs) for k in ("new", "changed", "gone", "back")}
    bad = [row for row in rows if not row.good]
    verdicts = ", ".join(f"{n} {v}" for v, n in sorted(Counter(r["verdict"] for r in runs).items()))
    lines = [
        f"{len(runs)} run(s) in 24 hours: {verdicts or 'none'}",
        " · ".join(f"{n} {k}" for k, n in sums.items()),
        f"{len(rows) - len(bad)} of {len(rows)} sites well",
        *(f"- {row.id} {row.name}: {row.health}. {row.reason or ''}" for row in bad[:50]),
    ]
    data = {"runs": len(runs), **sums, "sites": len(rows), "bad": [row.as_dict() for row in bad]}
    day = f"{moment.astimezone(SHANGHAI):%Y-%m-%d}"
    return Notice("digest", f"[fangtan] {day}: {len(bad)} of {len(rows)} sites need a look", "\n".join(lines), data)
