"""Site files: what is known of a site, as data. Unknown keys are refused with their line."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from archive.times import cron, window
from archive.urls import host_of, is_web
from parsers.errors import ConfigError
from parsers.families import by_name, families

_KEYS: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "section": list,
    "hosts": list,
    "family": str,
    "schedule": str,
    "delay": (int, float),
    "window": str,
    "tls": str,
    "max_pages": int,
    "max_bytes": int,
    "province": str,
    "prefecture": str,
    "county": str,
    "priority": int,
    "budget": dict,
    "browser": bool,
    "sweep": int,
    "recheck": list,
    "expect": dict,
    "layout": list,
}
_BUDGET_KEYS = {"pages", "bytes", "minutes"}
_LAYOUT_KEYS = {"until", "since", "family", "section"}


@dataclass(frozen=True, slots=True)
class Layout:
    """A dated override: holds for captures up to ``until`` (inclusive)."""

    until: date
    family: str | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """One site.

    :param id: 6-digit GB/T 2260 division code, or a slug of the host
    :param section: list page(s) of the section, or the home page
    :param hosts: hosts in scope besides those of ``section``
    :param schedule: cron expression, Asia/Shanghai; ``window`` the hours of the day in which it may be crawled
    :param browser: let Chromium run the scripts of pages that have no content without
    :param priority: sites with higher ones are crawled first
    :param budget: ``pages``, ``bytes`` or ``minutes`` after which a run stops; the next one goes on
    :param sweep: days after which a run reads every list page again
    :param recheck: days after the first capture when an interview is looked at again
    :param tls: ``strict`` or ``legacy`` (small DH keys, legacy renegotiation; recorded in each capture)
    """

    id: str
    name: str
    section: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    family: str | None = None
    schedule: str | None = None
    delay: float | None = None
    window: str | None = None
    tls: str = "strict"
    max_pages: int = 20_000
    max_bytes: int = 50 * 1024 * 1024
    province: str | None = None
    prefecture: str | None = None
    county: str | None = None
    browser: bool = False
    priority: int = 0
    budget: dict[str, int] = field(default_factory=dict, hash=False)
    sweep: int | None = None
    recheck: tuple[int, ...] = ()
    expect_min: int | None = None
    expect_max: int | None = None
    layouts: tuple[Layout, ...] = field(default=())

    @property
    def host(self) -> str:
        """Host of the first section address."""
        return host_of(self.section[0])

    @property
    def scope(self) -> frozenset[str]:
        """All hosts that may be crawled; ``www.`` makes no difference."""
        named = {*(host_of(u) for u in self.section), *(h.lower() for h in self.hosts)}
        return frozenset(
            named | {h.removeprefix("www.") for h in named} | {f"www.{h}" for h in named if h[:1].isalpha()}
        )

    def family_on(self, day: date) -> str | None:
        """The family in force on a day (layouts are dated, so old captures stay parseable)."""
        fitting = [layout for layout in self.layouts if day <= layout.until]
        return min(fitting, key=lambda layout: layout.until).family if fitting else self.family


def slug(url: str) -> str:
    """A site id for a URL without a division code."""
    return re.sub(r"[^a-z0-9]+", "-", host_of(url)).strip("-")


def ad_hoc(url: str, name: str | None = None) -> Site:
    """A site made from a URL alone."""
    if not is_web(url):
        raise ConfigError(f"{url}: expected an http(s) URL or the id of a site, see `fangtan sites list`")
    return Site(slug(url), name or host_of(url), (url,))


def _line_of(text: str, key: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*\[*\s*{re.escape(key)}\b", line):
            return number
    return 1


def load(path: Path) -> Site:
    """Read a site file.

    :raises ConfigError: broken TOML, an unknown key, a wrong type; names file and line
    """
    try:
        text = path.read_text("utf-8")
        data = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error

    def fail(key: str, reason: str) -> ConfigError:
        return ConfigError(f"{path}:{_line_of(text, key)}: {reason}")

    for key, value in data.items():
        if key not in _KEYS:
            raise fail(key, f"unknown key {key!r}; known are {', '.join(sorted(_KEYS))}")
        if not isinstance(value, _KEYS[key]) or (isinstance(value, bool) and _KEYS[key] is not bool):
            raise fail(key, f"{key} must be {_KEYS[key]}, found {value!r}")
    for key in ("name", "section"):
        if not data.get(key):
            raise fail(key, f"{key} is required")
    for url in data["section"]:
        if not isinstance(url, str) or not is_web(url):
            raise fail("section", f"section must list http(s) URLs, found {url!r}")
    if (family := data.get("family")) and by_name(family) is None:
        raise fail("family", f"unknown family {family!r}; known are {', '.join(f.name for f in families())}")
    if data.get("tls", "strict") not in ("strict", "legacy"):
        raise fail("tls", f'tls must be "strict" or "legacy", found {data["tls"]!r}')
    _check_times(data, fail)
    return Site(
        id=path.stem,
        section=tuple(data["section"]),
        hosts=tuple(data.get("hosts", ())),
        delay=float(data["delay"]) if "delay" in data else None,
        recheck=tuple(data.get("recheck", ())),
        expect_min=_expect(data, "min", fail),
        expect_max=_expect(data, "max", fail),
        layouts=tuple(_layout(row, fail) for row in data.get("layout", ())),
        **{
            k: data[k]
            for k in (
                "name",
                "family",
                "schedule",
                "window",
                "tls",
                "max_pages",
                "max_bytes",
                "browser",
                "priority",
                "budget",
                "sweep",
                "province",
                "prefecture",
                "county",
            )
            if k in data
        },
    )


def _check_times(data: dict[str, Any], fail: Any) -> None:
    """Schedule, window, budget, sweep and re-checks: what the scheduler needs to be right before the night."""
    try:
        if "schedule" in data:
            cron(data["schedule"])
        if "window" in data:
            window(data["window"])
    except ConfigError as error:
        raise fail("schedule" if "schedule" in str(error) else "window", str(error)) from error
    budget = data.get("budget", {})
    if set(budget) - _BUDGET_KEYS or not all(isinstance(v, int) and v > 0 for v in budget.values()):
        raise fail("budget", f"budget takes pages, bytes and minutes as positive numbers, found {budget!r}")
    for key, value in (("recheck", data.get("recheck", [])), ("sweep", [data.get("sweep", 1)])):
        if not are_days(value):
            raise fail(key, f"{key}: expected days, ascending, found {data[key]!r}")


def are_days(value: object) -> bool:
    """Whether a setting is a list of days, ascending."""
    whole = isinstance(value, list) and all(isinstance(d, int) and not isinstance(d, bool) and d > 0 for d in value)
    return whole and list(value) == sorted(value)  # type: ignore[call-overload]


def _expect(data: dict[str, Any], bound: str, fail: Any) -> int | None:
    interviews = data.get("expect", {}).get("interviews", {})
    unknown = set(data.get("expect", {})) - {"interviews"} | set(interviews) - {"min", "max"}
    if unknown:
        raise fail(
            "expect",
            f"unknown key in expect: {', '.join(sorted(unknown))}; known is interviews = {{ min = N, max = N }}",
        )
    value = interviews.get(bound)
    if value is not None and not isinstance(value, int):
        raise fail("expect", f"expect.interviews.{bound} must be a number, found {value!r}")
    return value


def _layout(row: dict[str, Any], fail: Any) -> Layout:
    unknown = set(row) - _LAYOUT_KEYS
    if unknown:
        raise fail(min(unknown), f"unknown key in [[layout]]: {', '.join(sorted(unknown))}")
    until = row.get("until")
    if isinstance(until, datetime):
        until = until.date()
    if not isinstance(until, date):
        raise fail("until", f"[[layout]] needs until = YYYY-MM-DD, found {until!r}")
    if row.get("family") and by_name(row["family"]) is None:
        raise fail("family", f"unknown family {row['family']!r}")
    return Layout(until, row.get("family"))


def dump(site: Site) -> str:
    """A site as a commented TOML file."""

    def text(value: str) -> str:
        escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" for c in value)
        return f'"{escaped}"'

    rows = [f"name = {text(site.name)}", "section = [" + ", ".join(text(u) for u in site.section) + "]"]
    if site.hosts:
        rows.append("hosts = [" + ", ".join(text(h) for h in site.hosts) + "]  # in scope besides the section's own")
    if site.family:
        rows.append(f"family = {text(site.family)}  # detected; delete the line to detect anew")
    rows += [
        f"{key} = {text(getattr(site, key))}"
        for key in ("province", "prefecture", "county", "schedule", "window")
        if getattr(site, key)
    ]
    rows += [f"{key} = {getattr(site, key)}" for key in ("priority", "sweep") if getattr(site, key)]
    if site.browser:
        rows.append("browser = true")
    if site.recheck:
        rows.append(f"recheck = {list(site.recheck)}")
    if site.budget:
        rows.append("budget = { " + ", ".join(f"{k} = {v}" for k, v in site.budget.items()) + " }")
    if site.delay is not None:
        rows.append(f"delay = {site.delay}")
    if site.tls != "strict":
        rows.append(f"tls = {text(site.tls)}")
    if site.expect_min is not None:
        rows.append(f"expect.interviews = {{ min = {site.expect_min} }}")
    return "\n".join(rows) + "\n"
