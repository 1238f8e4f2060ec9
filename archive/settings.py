"""``fangtan.toml``: what may stand in it is the table :data:`GROUPS`, once for reading, checking and the reference page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive import config
from archive.config import Problem, Scalar, Setting, Several, Table
from parsers.errors import ConfigError


def _ascii(value: Any) -> str:
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise ValueError
    return value


#: How a webhook wants its notices.
NOTICE_FORMATS = ("json", "dingtalk", "wecom", "feishu")
_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\W_](?:[\w.-]*[^\W_])?")


def mail_address() -> Scalar:
    """An e-mail address, without a name."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not _ADDRESS.fullmatch(value) or ".." in value:
            raise ValueError
        return value

    return Scalar("an e-mail address such as archive@example.org", read)


def is_contact(value: str) -> bool:
    """Whether a webmaster can reach somebody by it: a URL or an e-mail address."""
    return any(not kind.check(value, ())[1] for kind in (config.url(), mail_address()))


@dataclass(frozen=True, slots=True)
class _Receivers:
    """One e-mail address, or a list of them."""

    words: str = "an e-mail address, or a list of them"
    partial: bool = False

    def check(self, value: Any, place: config.Place) -> tuple[Any, list[Problem]]:
        several = Several(self.words, mail_address())
        return several.check([value] if isinstance(value, str) else value, place)


_MAIL = Table(
    (
        Setting("host", config.host(), "The mail server.", required=True),
        Setting("port", config.whole("a port", 1, 65_535), "Its port."),
        Setting("tls", config.one_of(("no", "yes", "starttls")), "How the connection is secured."),
        Setting("from", mail_address(), "The sender.", required=True),
        Setting("to", _Receivers(), "The receivers.", required=True),
        Setting("user", config.text(), "The login."),
        Setting("password_env", config.text("the name of an environment variable"), "Where the password stands."),
    )
)
_WEBHOOK = Table(
    (
        Setting("url", config.url(), "The address.", required=True),
        Setting("format", config.one_of(NOTICE_FORMATS), "How the receiver wants it."),
        Setting("secret_env", config.text("the name of an environment variable"), "Where the secret stands."),
    )
)

#: Every setting by its table; "" are those before the first table.
GROUPS: dict[str, tuple[Setting, ...]] = {
    "": (
        Setting("operator", config.text(empty=True), "Who crawls; goes into the user agent and into every WARC file.", example='"高台县档案馆"'),
        Setting("contact", config.text(empty=True), "How a webmaster reaches you: a URL or an e-mail address.", example='"archive@example.org"'),
        Setting("user_agent", Scalar("printable ASCII characters", _ascii), "The whole user agent, instead of the one made of version, contact and operator."),
    ),
    "warc": (
        Setting("version", config.one_of(("1.0", "1.1")), "`1.0` for GB/T 33994-2017 (ISO 28500:2009).", "1.1", example='"1.1"'),
        Setting("max_size", config.whole("bytes", 1000), "Bytes after which a new file is begun.", 1 << 30, example="1073741824"),
    ),
    "defaults": (
        Setting("delay", config.seconds(), "Seconds between two requests to one host; robots.txt may only raise it.", 5.0, example="5.0"),
        Setting("schedule", config.cron_line(), "When sites without a schedule of their own are crawled; Asia/Shanghai.", example='"0 3 * * 1"'),
        Setting("max_pages", config.whole("pages", 1), "Requests of a run after which nothing more is queued.", 20_000, example="20000"),
        Setting("max_bytes", config.whole("bytes", 1024), "Largest body that is fetched.", 50 << 20, example="52428800"),
    ),
    "schedule": (
        Setting("parallel", config.whole("a number of sites", 1, 1000), "Sites crawled at the same time.", 4, example="4"),
        Setting("jitter", config.seconds(7 * 86_400), "Seconds over which dates that coincide are spread.", 600, example="600"),
        Setting("sweep", config.whole("days", 1, 36_500), "Days after which a run reads every list page again.", 30, example="30"),
        Setting("recheck", config.days(), "Days after the first capture when an interview is looked at again; then yearly.", (3, 10, 30, 180), example="[3, 10, 30, 180]"),
        Setting("min_free", config.whole("bytes", 0, 2**63), "Bytes of free disk under which no run starts and running ones stop.", 2 << 30, example="2147483648"),
    ),
    "key": (Setting("path", config.text("a path"), "The signing key's file; by default in the user's data folder."),),
    "timestamp": (
        Setting("url", config.url(), "RFC 3161 authority that stamps the ledger's head after each crawl."),
        Setting("ca", config.text("a path"), "Its root certificate, for verify.", example='"ca.pem"'),
    ),
    "notify": (
        Setting("digest", config.clock_time(), "A daily summary at this time; Asia/Shanghai.", example='"07:30"'),
        Setting("mail", _MAIL, "Notices by mail."),
        Setting("webhook", Several("a list of tables with url, format, secret_env", _WEBHOOK, 0, partial=True), "Notices by webhook."),
    ),
}  # fmt: skip
#: Groups that a crawl can do without: what is wrong there stops nothing else, and is told by those who need the group.
ASIDE = ("timestamp", "notify")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a collection.

    :param data: the file as TOML gives it
    :param values: group → setting → value, only of right ones that the file names
    :param problems: group → what is wrong there, with file and line
    """

    data: dict[str, Any]
    values: dict[str, dict[str, Any]]
    problems: dict[str, tuple[str, ...]]

    def get(self, group: str, name: str) -> Any:
        """A setting, or what holds without it."""
        if name in (found := self.values[group]):
            return found[name]
        return next(setting.default for setting in GROUPS[group] if setting.name == name)


def read(path: Path) -> Settings:
    """Read ``fangtan.toml``; without a file everything is as by default.

    :raises ConfigError: no TOML, or something wrong in a group that every crawl needs; names file and line
    """
    text = config.read_text(path) if path.exists() else ""
    data = config.parse_toml(path, text)
    values: dict[str, dict[str, Any]] = {}
    problems: dict[str, tuple[str, ...]] = {}
    for group in GROUPS:
        values[group], wrong = _group(data, group)
        problems[group] = tuple(problem.said(path, text) for problem in wrong)
    found = Settings(data, values, problems)
    serious = [line for group, lines in problems.items() if group not in ASIDE for line in lines]
    if serious:
        raise ConfigError("\n".join(serious))
    return found


def _group(data: Mapping[str, Any], group: str) -> tuple[dict[str, Any], list[Problem]]:
    if group:
        table = data.get(group, {})
        if not isinstance(table, dict):
            return {}, [Problem((group,), f"[{group}] must be a table; found {config.shown(table)}")]
        return config.check(table, GROUPS[group], (group,))
    tables = tuple(Setting(name, config.anything(), "") for name in GROUPS if name)
    values, wrong = config.check(data, (*GROUPS[""], *tables))
    return {key: value for key, value in values.items() if key not in GROUPS}, wrong
