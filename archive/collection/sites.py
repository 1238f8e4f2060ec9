"""Site files: what is known of a site, as data. What may be in one is the table :data:`FIELDS`,
once for all uses.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import date
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from archive.collection import config, kinds
from archive.collection.config import Place, Problem, Scalar, Setting, Several, Table
from archive.collection.divisions import PROVINCES
from archive.collection.urls import canonical, host_of
from archive.errors import BrokenSite, ConfigError
from parsers.page.addresses import ascii_host, readable_host

#: Longest name of a site that is taken from its own pages.
MAX_NAME = 100
_ID = re.compile(r"\w[\w-]{0,119}")


@dataclass(frozen=True, slots=True)
class Layout:
    """A dated override: holds for captures up to ``until`` (inclusive)."""

    until: date
    family: str | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """One site; what its attributes mean is in :data:`FIELDS`.

    :param id: 6-digit GB/T 2260 division code, or a slug of the host
    :param expect_min: ``expect.interviews.min``; ``expect_max`` likewise
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
    max_pages: int | None = None
    max_bytes: int | None = None
    province: str | None = None
    prefecture: str | None = None
    county: str | None = None
    browser: bool = False
    cookies: bool = False
    priority: int = 0
    group: str | None = None
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
    def own_name(self) -> str | None:
        """The name that the operator gave it; ``None`` when it is only its host."""
        return self.name if self.name not in (readable_host(self.section[0]), self.host) else None

    @property
    def scope(self) -> frozenset[str]:
        """The hosts that the operator named, in the site file or as an address: all of them may be crawled.
        ``www.`` makes no difference.
        """
        return _scope(self.section, self.hosts)

    def family_on(self, day: date) -> str | None:
        """The family in force on a day (layouts are dated, so old captures stay parseable)."""
        fitting = [layout for layout in self.layouts if day <= layout.until]
        return min(fitting, key=lambda layout: layout.until).family if fitting else self.family


@lru_cache(maxsize=4096)  # every link of every page asks for it
def _scope(section: tuple[str, ...], hosts: tuple[str, ...]) -> frozenset[str]:
    named = {*(host_of(u) for u in section), *(ascii_host(h) for h in hosts)}
    return frozenset(named | {h.removeprefix("www.") for h in named} | {f"www.{h}" for h in named if h[:1].isalpha()})


# ── the fields ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _bounds(values: Mapping[str, Any]) -> str | None:
    low, high = values.get("min"), values.get("max")
    return "min must not be above max" if low is not None and high is not None and low > high else None


def _days_differ(layouts: Any) -> bool:
    return len({layout.until for layout in layouts}) == len(layouts)


_COUNT = kinds.whole("interviews", 0)


class _Family:
    """The name of a CMS family. The families are loaded when a file names one: few commands look at site files."""

    partial = False

    @property
    def words(self) -> str:
        """See :class:`~archive.collection.config.Kind`."""
        return self._names().words

    def check(self, value: Any, place: Place) -> tuple[Any, list[Problem]]:
        """See :class:`~archive.collection.config.Kind`."""
        return self._names().check(value, place)

    @staticmethod
    def _names() -> Scalar:
        return kinds.one_of(family.name for family in import_module("parsers.families").families())


_FAMILY = _Family()
_EXPECT = Table(
    (
        Setting(
            "interviews",
            Table(
                (Setting("min", _COUNT, "Fewer, and the run is incomplete."), Setting("max", _COUNT, "More, and it is incomplete.")),
                whole=_bounds,
            ),
            "Bounds of the number of interviews.",
        ),
    )
)  # fmt: skip
_BUDGET = Table(
    (
        Setting("pages", kinds.whole("pages", 1), "Requests."),
        Setting("bytes", kinds.whole("bytes", 1), "Bytes received."),
        Setting("minutes", kinds.whole("minutes", 1, 1_000_000), "Minutes."),
    )
)
_LAYOUT = Table(
    (
        Setting("until", kinds.day(), "Its last day.", required=True),
        Setting("family", _FAMILY, "The family until then; detected when it is left out."),
    ),
    make=lambda values: Layout(**values),
)
#: Every key of a site file: name, what it must be, meaning, example. Load, check, dump and docs/settings.md come from
#: it.
FIELDS: tuple[Setting, ...] = (
    Setting("name", kinds.text(), "The site's name as it calls itself.", required=True, example='"高台县人民政府"'),
    Setting(
        "section", Several("a list of http(s) URLs", kinds.url(), order=lambda u: len(set(u)) == len(u)), "List pages of the section, or the home page.",
        required=True, example='["https://www.gaotai.gov.cn/hdjl/zwft/"]',
    ),
    Setting("hosts", Several("a list of host names", kinds.host(), 0), "Hosts in scope besides those of `section`.", example='["hd.gaotai.gov.cn"]'),
    Setting("family", _FAMILY, "CMS family; detected when it is left out.", example='"trs"'),
    Setting("province", kinds.text(), "Province.", example='"甘肃省"'),
    Setting("prefecture", kinds.text(), "Prefecture.", example='"张掖市"'),
    Setting("county", kinds.text(), "County.", example='"高台县"'),
    Setting("group", kinds.text(), "Its group: `[group.<name>]` in `fangtan.toml` holds what the file does not say.", example='"trs"'),
    Setting("schedule", kinds.cron_line(), "When it is crawled; Asia/Shanghai.", example='"0 3 * * 1"'),
    Setting("window", kinds.hours(), "A run works only in these hours; Asia/Shanghai.", example='"22:00-06:00"'),
    Setting("priority", kinds.whole("an integer", -1000, 1000), "Sites with higher ones are crawled first.", example="5"),
    Setting("delay", kinds.seconds(), "Seconds between two requests; robots.txt may only raise it.", example="5.0"),
    Setting("budget", _BUDGET, "A run stops after so much; the rest follows with the next date.", example="{ pages = 500, minutes = 120 }"),
    Setting("sweep", kinds.whole("days", 1, 36_500), "Days after which a run reads every list page again.", example="30"),
    Setting("recheck", kinds.days(), "Days after the first capture when an interview is looked at again; then yearly.", example="[3, 10, 30, 180]"),
    Setting("max_pages", kinds.whole("pages", 1), "Requests of a run after which nothing more is queued.", example="20000"),
    Setting("max_bytes", kinds.whole("bytes", 1024), "Largest body that is fetched.", example="52428800"),
    Setting("tls", kinds.one_of(("strict", "legacy")), "`legacy` lets servers in that need small DH keys or old renegotiation.", example='"legacy"'),
    Setting("browser", kinds.flag(), "Chromium runs the scripts of pages that say nothing without.", example="true"),
    Setting("cookies", kinds.flag(), "Cookies of the site are sent back to it, for a site that shows nothing without; the archive keeps them.", example="true"),
    Setting("expect", _EXPECT, "How many interviews there should be.", example="{ interviews = { min = 20 } }"),
    Setting("layout", Several("a list of [[layout]] tables with different days", _LAYOUT, order=_days_differ), "Families of earlier years, chosen by capture date.", example='[{ until = 2022-06-30, family = "powereasy" }]'),
)  # fmt: skip
#: What a site says of itself alone; a group may hold all other keys.
_OWN = ("name", "section", "hosts", "county", "group", "expect", "layout")
SHARED = tuple(setting for setting in FIELDS if setting.name not in _OWN)
#: Keys whose attributes have another shape or name than the file gives them.
_RESHAPED = ("expect", "layout")
_DEFAULTS = {f.name: f.default for f in fields(Site) if f.default is not MISSING}


def attributes(values: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a site from the values of its file."""
    found = {key: value for key, value in values.items() if key not in _RESHAPED}
    if "expect" in values:
        bounds = values["expect"].get("interviews", {})
        found |= {"expect_min": bounds.get("min"), "expect_max": bounds.get("max")}
    if "layout" in values:
        found["layouts"] = values["layout"]
    return found


def _values(site: Site) -> dict[str, Any]:
    """The values of its file from a site; the inverse of :func:`attributes`.
    What is as it is by default is left out.
    """
    bounds = {"min": site.expect_min, "max": site.expect_max}
    values: dict[str, Any] = {"layout": site.layouts}
    if any(bound is not None for bound in bounds.values()):
        values["expect"] = {"interviews": bounds}
    for setting in FIELDS:
        if setting.name not in _RESHAPED and getattr(site, setting.name) != _DEFAULTS.get(setting.name):
            values[setting.name] = getattr(site, setting.name)
    return {key: value for key, value in values.items() if value not in ({}, ())}


# ── reading and writing ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A site file as it was found.

    :param site: the site as far as the file can be used: ``None`` when name or section cannot
    :param problems: what is wrong, each with file and line; empty when all is right
    :param lines: the keys in it, each with its line
    """

    path: Path
    site: Site | None
    problems: tuple[str, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The site's id."""
        return self.path.stem


#: Per file: what it looked like when it was read, and what was read.
_known: dict[Path, tuple[tuple[int, ...], SiteFile]] = {}
#: A file that was touched so lately may be touched again and look the same.
_LATELY_NS = 2_000_000_000


def read(path: Path) -> SiteFile:
    """Read a site file, or know it from before; what is right of a broken one is kept beside what is wrong."""
    try:
        stat = path.stat()
    except OSError:
        return _read(path)
    looks = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    if path in _known and _known[path][0] == looks:
        return _known[path][1]
    found = _read(path)
    if time.time_ns() - stat.st_ctime_ns > _LATELY_NS:
        _known[path] = looks, found
    return found


def _read(path: Path) -> SiteFile:
    problems = [f"{path}:1: {reason}"] if (reason := _wrong_id(path.stem)) else []
    try:
        return parse(path, config.read_text(path))
    except ConfigError as error:
        return SiteFile(path, None, (*problems, str(error)))


def parse(path: Path, text: str) -> SiteFile:
    """A site file from its text."""
    problems = [f"{path}:1: {reason}"] if (reason := _wrong_id(path.stem)) else []
    try:
        data = config.parse_toml(path, text)
    except ConfigError as error:
        return SiteFile(path, None, (*problems, str(error)))
    values, wrong = config.check(data, FIELDS)
    problems += [problem.said(path, text) for problem in wrong]
    usable = "name" in values and "section" in values
    site = Site(id=path.stem, **attributes(values)) if usable else None
    lines = {key: config.line_of(text, (key,)) for key in data}
    return SiteFile(path, site, tuple(problems), lines)


def grouped(file: SiteFile, groups: Mapping[str, Mapping[str, Any]] | None) -> SiteFile:
    """A site file with what its group says where the file itself says nothing.

    :param groups: ``[group.<name>]`` of ``fangtan.toml``: name → key → value; ``None``: it cannot be read
    """
    if file.site is None or file.site.group is None or groups is None:
        return file
    shared = groups.get(file.site.group)
    if shared is None:
        known = ", ".join(sorted(groups)) or "no group"
        where = f"{file.path}:{file.lines.get('group', 1)}"
        reason = f"{where}: fangtan.toml has no [group.{file.site.group}]; it has {known}"
        return replace(file, problems=(*file.problems, reason))
    more = {key: value for key, value in shared.items() if key not in file.lines}
    return replace(file, site=replace(file.site, **more))


def load(path: Path) -> Site:
    """Read a site file that must be right.

    :raises BrokenSite: broken TOML, an unknown key, a value that cannot be; names file and line
    """
    found = read(path)
    if found.site is None or found.problems:
        raise BrokenSite("\n".join(found.problems))
    return found.site


def _wrong_id(name: str) -> str | None:
    """What is wrong with a file's name, which is the site's id."""
    if not _ID.fullmatch(name):
        return f"the file's name is the site's id: letters, digits, - and _ only; found {name[:80]!r}"
    if name.isdecimal() and (len(name) != 6 or name[:2] not in PROVINCES):
        return f"a division code (GB/T 2260) has six digits, the first two a province's; found {name[:80]!r}"
    return None


def is_id(name: str) -> bool:
    """Whether a text may be a site's id, and so the name of its file."""
    return _wrong_id(name) is None


def _check(site: Site) -> None:
    """Refuse a site that was made from something else than a file, and that a file could not hold."""
    plain = {key: _plain(value) for key, value in _values(site).items()}
    wrong = [_wrong_id(site.id), *(problem.reason for problem in config.check(plain, FIELDS)[1])]
    if reasons := [reason for reason in wrong if reason]:
        raise ConfigError(f"site {site.id}: {'; '.join(reasons)}")


def _plain(value: Any) -> Any:
    """A value as TOML would give it."""
    if isinstance(value, Layout):
        return {"until": value.until, **({"family": value.family} if value.family else {})}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    return value


def dump(site: Site) -> str:
    """A site as TOML; reading it gives the same site.

    :raises ConfigError: a value that a site file may not hold
    """
    _check(site)
    values = _values(site)
    return "".join(f"{s.name} = {config.toml_of(values[s.name])}\n" for s in FIELDS if s.name in values)


# ── sites without a file ────────────────────────────────────────────────────────────────────────────────────────────


def slug(url: str) -> str:
    """A site id for a URL without a division code."""
    return re.sub(r"[^a-z0-9]+", "-", host_of(url)).strip("-")


def ad_hoc(url: str, name: str | None = None) -> Site:
    """A site made from a URL alone.

    :raises ConfigError: the URL is invalid
    """
    _, wrong = kinds.url().check(url, ())
    if wrong:
        raise ConfigError(f"{url}: expected an http(s) URL or the id of a site, see `fangtan sites list`")
    return Site(slug(url), name or readable_host(url), (url,))


def tidy_name(text: str | None) -> str | None:
    """A name that a page gives its site, as a site file may hold it; ``None`` when nothing is left."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text or "").split())
    return words[:MAX_NAME].strip() or None


def overlapping(files: list[SiteFile]) -> Iterator[tuple[SiteFile, str]]:
    """Files that name a section which a file before them names, too, and what to say of it:
    its pages would be crawled twice.
    """
    first: dict[str, SiteFile] = {}
    for file in files:
        for url in file.site.section if file.site else ():
            other = first.setdefault(canonical(url), file)
            if other is not file:
                place = f"{file.path}:{file.lines.get('section', 1)}"
                yield file, f"{place}: {url} is the section of {other.path.name}, too; remove one of the two"
                break
