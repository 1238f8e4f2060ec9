"""``fangtan.toml``: what may be in it is the table :data:`GROUPS`, once for reading,
checking and the reference page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.collection import config, kinds
from archive.collection.config import Problem, Scalar, Setting, Several
from archive.collection.receivers import MailEntry, WebhookEntries, time_of
from archive.collection.sites import FIELDS, SHARED
from archive.errors import ConfigError


def _ascii(value: Any) -> str:
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise ValueError
    return value


_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\W_](?:[\w.-]*[^\W_])?")


def is_contact(value: str) -> bool:
    """Whether a webmaster can reach somebody by it: a URL or an e-mail address."""
    return not kinds.url().check(value, ())[1] or _ADDRESS.fullmatch(value.removeprefix("mailto:")) is not None


#: Every setting by its table; "" are those before the first table.
GROUPS: dict[str, tuple[Setting, ...]] = {
    "": (
        Setting("operator", kinds.text(empty=True), "Who crawls; goes into the user agent and into every WARC file.", example='"高台县档案馆"'),
        Setting("contact", kinds.text(empty=True), "How a webmaster reaches you: a URL or an e-mail address.", example='"archive@example.org"'),
        Setting("user_agent", Scalar("printable ASCII characters", _ascii), "The complete user agent, instead of one made of version, contact and operator."),
    ),
    "warc": (
        Setting("version", kinds.one_of(("1.0", "1.1")), "`1.0` for GB/T 33994-2017 (ISO 28500:2009).", "1.1", example='"1.1"'),
        Setting("payload_digest", kinds.one_of(("unchunked", "always")), "`always`: chunked bodies get a `WARC-Payload-Digest`, too. It leaves the chunk framing out, as the standard says; `warcio check` reads it otherwise.", "unchunked", example='"always"'),
        Setting("max_size", kinds.whole("bytes", 1000), "Bytes after which a new file is begun.", 1 << 30, example="1073741824"),
    ),
    "defaults": (
        Setting("delay", kinds.seconds(), "Seconds between two requests to one host; robots.txt may only raise it.", 5.0, example="5.0"),
        Setting("schedule", kinds.cron_line(), "When sites without a schedule of their own are crawled; Asia/Shanghai.", example='"0 3 * * 1"'),
        Setting("max_pages", kinds.whole("pages", 1), "Requests of a run after which nothing more is queued.", 20_000, example="20000"),
        Setting("max_bytes", kinds.whole("bytes", 1024), "Largest body that is fetched.", 50 << 20, example="52428800"),
    ),
    "group": SHARED,
    "schedule": (
        Setting("parallel", kinds.whole("a number of sites", 1, 1000), "Sites crawled at the same time.", 4, example="4"),
        Setting("jitter", kinds.seconds(7 * 86_400), "Seconds over which dates that coincide are spread.", 600, example="600"),
        Setting("sweep", kinds.whole("days", 1, 36_500), "Days after which a run reads every list page again.", 30, example="30"),
        Setting("recheck", kinds.days(), "Days after the first capture when an interview is looked at again; then yearly.", (3, 10, 30, 180), example="[3, 10, 30, 180]"),
        Setting("lease", kinds.whole("seconds", 2, 3600), "Seconds for which a worker of `schedule run --dask` may crawl without a word from the scheduler.", 60, example="60"),
        Setting("min_free", kinds.whole("bytes", 0, 2**63), "Bytes of free disk under which no run starts and running ones stop.", 2 << 30, example="2147483648"),
    ),
    "fixity": (
        Setting("every", kinds.whole("days", 1, 3650), "Days after which the scheduler compares all files with the ledger again; without it, it never does.", example="7"),
    ),
    "key": (Setting("path", kinds.text("a path"), "The signing key's file; by default in the user's data folder."),),
    "signature": (
        Setting("domain", kinds.text("a domain"), "Packages are signed in the name of this domain, too, and stamped by the authority of `[timestamp]`.", example='"archive.example.org"'),
        Setting("certificate", kinds.text("a path"), "Its certificate and those that lead to the root: PEM, its own first.", example='"/etc/letsencrypt/live/archive.example.org/fullchain.pem"'),
        Setting("key", kinds.text("a path"), "The certificate's private key: PEM without a password.", example='"/etc/letsencrypt/live/archive.example.org/privkey.pem"'),
        Setting("ca", kinds.text("a path"), "The root certificate, for verify, where browsers do not know it.", example='"root.pem"'),
    ),
    "timestamp": (
        Setting("url", kinds.url(), "RFC 3161 authority that stamps the ledger's head after each crawl."),
        Setting("ca", kinds.text("a path"), "Its root certificate, for verify.", example='"ca.pem"'),
    ),
    "scan": (
        Setting("clamd", kinds.socket_of(), "A clamd that is asked for each payload of a transfer package.", example='"/run/clamav/clamd.ctl"'),
    ),
    "notify": (
        Setting("digest", Scalar('a time such as "07:30"', time_of), "A daily summary at this time; Asia/Shanghai.", example='"07:30"'),
        Setting("ping", kinds.url(), "A URL that is asked after each tick, and every ten minutes: its owner warns when nobody asks.", example='"https://hc-ping.com/…"'),
        Setting("watch", Several("a list of names of saved queries", kinds.text("the name of a saved query")), "Saved queries whose new turns are reported.", example='["water"]'),
        Setting("mail", MailEntry(), "Notices by mail."),
        Setting("webhook", WebhookEntries(), "Notices by webhook."),
    ),
}  # fmt: skip
#: Groups that a crawl can do without: a fault there stops nothing else; anyone who needs the group reports it.
ASIDE = ("timestamp", "scan", "notify")


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
    if group == "group":
        return _groups(data.get(group, {}))
    if group:
        table = data.get(group, {})
        if not isinstance(table, dict):
            return {}, [Problem((group,), f"[{group}] must be a table; found {type(table).__name__}")]
        return config.check(table, GROUPS[group], (group,))
    tables = tuple(Setting(name, kinds.anything(), "") for name in GROUPS if name)
    values, wrong = config.check(data, (*GROUPS[""], *tables))
    return {key: value for key, value in values.items() if key not in GROUPS}, wrong


def _groups(tables: Any) -> tuple[dict[str, Any], list[Problem]]:
    """``[group.<name>]``: settings that sites share, by the name of the group."""
    if not isinstance(tables, dict):
        return {}, [Problem(("group",), f"[group] must hold tables: [group.trs]; found {type(tables).__name__}")]
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, table in tables.items():
        if not isinstance(table, dict):
            problems.append(Problem(("group", name), f"[group.{name}] must be a table; found {type(table).__name__}"))
            continue
        values[name], wrong = config.check(table, SHARED, ("group", name))
        problems += wrong
    return values, problems


_HEAD = ("| key | must be | meaning | example |", "| --- | --- | --- | --- |")


#: Groups whose tables have names of their own: one example is enough.
TITLES = {"group": "group.trs"}


def page() -> str:
    """docs/settings.md."""
    lines = [
        "# Every setting",
        "",
        (
            "Generated by `python -m archive.collection.settings`. A value that does not fit is named with its file "
            "and line."
        ),
        "",
        "## A site file: `sites/<id>.toml`",
        "",
        (
            "The file's name is the site's id: a division code (GB/T 2260) or a short name of letters, digits, `-` "
            "and `_`."
        ),
        "",
        *_HEAD,
        *config.markdown(FIELDS),
        "",
        "## `fangtan.toml`",
    ]
    for group, table in GROUPS.items():
        lines += [
            "",
            f"### [{TITLES.get(group, group)}]" if group else "### Before the first table",
            "",
            *_HEAD,
            *config.markdown(table),
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - the program's output
