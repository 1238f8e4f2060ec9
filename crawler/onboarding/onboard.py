"""A site from one of its addresses: crawl a little of it into a scratch collection, look at what came, write it down.

The crawl is the ordinary one (robots.txt, delays, WARC, parsers), so what is shown is what later runs will find.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import parsers
from archive.collection import sites
from archive.collection.config import toml_of
from archive.collection.divisions import PROVINCES
from archive.collection.folder import Collection, write_atomically
from archive.collection.processes import environment, module
from archive.collection.settings import Settings
from archive.collection.sites import Site
from archive.collection.urls import host_of
from archive.errors import ConfigError, CrawlError
from archive.store.store import open_reader
from archive.warc.http import payload_of
from archive.warc.records import Position, read_at
from crawler.onboarding.siblings import are_siblings
from crawler.onboarding.surveying import run_and_tell
from parsers.integrity.identity import marks_of
from parsers.page.decode import decode

SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """One interview that was tried."""

    url: str
    payload: parsers.Payload
    record: parsers.Record


@dataclass(frozen=True, slots=True)
class Survey:
    """What a site looks like today."""

    site: Site
    report: dict[str, Any]
    exit_code: int
    samples: tuple[Sample, ...] = ()
    code: str | None = None
    sections: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()  # sections that the site file does not name, and why

    @property
    def trouble(self) -> str:
        """What is wrong: the run's reason, or its verdict; for one interview, that its section is not known."""
        if not self.sections:
            return (
                f"{self.site.section[0]} is one interview and names no section: "
                "give the section's address, or the home page's"
            )
        return str(self.report["reason"] or self.report["verdict"])

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "id": self.site.id, "name": self.site.name, "section": list(self.sections), "family": self.site.family, "site_code": self.code,
            "verdict": self.report["verdict"], "reason": self.report["reason"], "listed": self.report.get("listed"), "declared": self.report.get("declared"),
            "declared_items": self.report.get("declared_items"),
            "left_out": [{"url": url, "reason": reason} for url, reason in self.left_out],
            "samples": [
                {
                    "url": s.url, "kind": s.record.kind, "title": s.record.title, "guests": [g.name for g in s.record.guests if g.name],
                    "turns": len(s.record.turns), "confidence": round(min(s.record.confidence.values(), default=0), 2),
                }
                for s in self.samples
            ],
        }  # fmt: skip


@dataclass(slots=True)
class _Found:
    samples: list[Sample] = field(default_factory=list)
    code: str | None = None


@contextmanager
def _scratch(collection: Collection) -> Iterator[Collection]:
    """A collection that is thrown away, with this one's operator and settings."""
    folder = Path(tempfile.mkdtemp(prefix="fangtan-survey-"))
    try:
        write_atomically(folder / "fangtan.toml", _settings(collection.settings).encode())
        yield Collection(folder).create()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settings(found: Settings) -> str:
    """The settings that a survey shares with its collection: who asks and how slowly,
    but neither key nor time stamps.
    """
    lines = []
    for group in ("", "warc", "defaults"):
        lines += [f"[{group}]"] if group else []
        lines += [f"{name} = {toml_of(value)}" for name, value in found.values[group].items()]
    return "\n".join(lines) + "\n"


def survey(collection: Collection, site: Site, delay: float | None = None) -> Survey:
    """Crawl the section's lists and at most three interviews; a section on another host of the same owner is followed
    there.

    :raises FangtanError: what a crawl raises before it fetches anything
    """
    found = _survey(collection, site, delay)
    named = [r["url"] for r in found.report.get("refusals", ()) if r["role"] == "section"]
    if found.samples or not named:
        return found
    near = tuple(url for url in named if are_siblings(url, site.section[0]))
    if not near:
        return found
    there = replace(sites.ad_hoc(near[0]), section=near[:3], hosts=(host_of(site.section[0]),))
    return _survey(collection, there, delay)


def _survey(collection: Collection, site: Site, delay: float | None) -> Survey:
    with _scratch(collection) as scratch:
        report, code = _crawl(scratch, site, delay)
        found = _look(scratch)
        sections = tuple(report.get("list_urls") or ()) or (() if report.get("single_page") else site.section)
        family = report.get("family")
        named = replace(
            site,
            id=_identifier(site, found.code),
            name=sites.tidy_name(report.get("name")) or site.name,
            section=sections or site.section,
            family=family if family not in (None, "generic", "json") else None,
            province=PROVINCES.get((found.code or "")[:2]) if (found.code or "").isdecimal() else None,
        )
        return Survey(
            named, report, code, tuple(found.samples), found.code, sections, _left_out(report, site, sections)
        )


def _left_out(report: Mapping[str, Any], site: Site, sections: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The sections that the site names and the site file does not, each with the reason."""
    found: dict[str, str] = {}
    for refused in report.get("refusals", ()):
        if refused["role"] in ("section", "list"):
            elsewhere = host_of(refused["url"]) not in site.scope
            found[refused["url"]] = _OFF_SITE if elsewhere else refused["reason"]
    for error in report.get("error_list", ()):
        if error["role"] == "list":
            found.setdefault(error["url"], error["reason"])
    for url in report.get("sections", ()):
        found.setdefault(url, "it lists no interview")
    return tuple((url, reason) for url, reason in found.items() if url not in sections)


_OFF_SITE = "on another host: `fangtan sites add` it, if it is this county's"


def _crawl(scratch: Collection, site: Site, delay: float | None) -> tuple[dict[str, Any], int]:
    """A crawl in a process of its own: Twisted's reactor starts once a process, and several sites may be looked at."""
    write_atomically(scratch.sites / f"{site.id}.toml", sites.dump(replace(site, group=None)).encode())
    command = module("crawler", "-C", str(scratch.root), "crawl", site.id, "--json", "--limit", str(SAMPLES))  # fmt: skip
    if delay is not None:
        command += ["--delay", str(delay)]
    # The keys are thrown away with the rest.
    there = environment(FANGTAN_KEYS=str(scratch.root / "keys"))
    code, output, log = run_and_tell(command, there)
    try:
        report: dict[str, Any] = json.loads(output[-1])
    except (IndexError, ValueError) as error:
        said = [line for line in log if line.strip()] or ["no report"]
        raise CrawlError(f"{site.section[0]}: {said[-1]}") from error
    return report, code


def _identifier(site: Site, code: str | None) -> str:
    return code[:6] if code and code.isdecimal() and site.id == sites.slug(site.section[0]) else site.id


def _look(scratch: Collection) -> _Found:
    """Samples and identity marks from the captures themselves."""
    found = _Found()
    db = open_reader(scratch.store)
    try:
        pages = {row[0] for row in db.execute("SELECT capture FROM interviews")}
        rows = db.execute(
            "SELECT id, url, mime, warc_file, warc_offset, warc_length FROM captures WHERE status = 200 "
            "AND type <> 'revisit' ORDER BY fetched_at, id"
        ).fetchall()
    finally:
        db.close()
    for capture, url, mime, *place in rows:
        record = read_at(scratch.archive, Position(*place))
        payload = payload_of(record.http, url)
        if parsers.shape(payload) != "html":
            continue
        found.code = found.code or marks_of(decode(payload.data, mime).text).site_code
        if capture in pages and len(found.samples) < SAMPLES:
            found.samples.append(Sample(url, payload, parsers.parse([payload])))
    return found


def describe(found: Survey) -> Iterator[str]:
    """The survey in lines for a terminal."""
    data = found.as_dict()
    yield f"{data['name']}  ({data['id']})"
    yield f"  family   {data['family'] or 'generic'}"
    yield f"  section  {' '.join(data['section'])}"
    declared = f", the pager declares {data['declared']} page(s)" if data["declared"] else ""
    yield f"  entries  {data['listed']} listed so far{declared}"
    for sample in data["samples"]:
        guests = "、".join(sample["guests"]) or "no guest"
        yield (
            f"  tried    {sample['kind']}: {sample['title']} · {guests} · {sample['turns']} turns · confidence "
            f"{sample['confidence']}"
        )
        yield f"           {sample['url']}"
    if not found.sections or (found.report["reason"] and not _only_limited(found)):
        yield f"  trouble  {found.trouble}"
    for url, reason in found.left_out:
        yield f"  left out {url}  ({reason})"


def _only_limited(found: Survey) -> bool:
    """The survey itself stops after some interviews: that is no trouble of the site."""
    return "--limit" in (found.report["reason"] or "")


def usable(found: Survey) -> bool:
    """Whether at least one interview was read, and where it is listed is known."""
    return bool(found.samples and found.sections)


def site_file(found: Survey, given: Mapping[str, Any]) -> str:
    """The text of the site file.

    :param given: attributes that hold instead of what was found
    :raises ConfigError: a value that cannot be in one
    """
    site = replace(found.site, **given)
    head = (
        f"# Found by `fangtan sites add` on {found.report['started_at'][:10]}: "
        f"{found.report.get('listed')} entries "
        f"listed, {len(found.samples)} read.\n"
    )
    return head + sites.dump(site) + "".join(_hints(site, found))


def write_site(collection: Collection, found: Survey, text: str) -> Path:
    """Write the site file.

    :raises ConfigError: there is one of that id already, or the file could not be used
    """
    return place_site(collection, found.site.id, text)


def place_site(collection: Collection, name: str, text: str) -> Path:
    """Write a site file that loads again, and of whose sections no other file knows.

    :raises ConfigError: there is one of that id already, or the file could not be used
    """
    check_site(collection, name, text)
    path = collection.sites / f"{name}.toml"
    write_atomically(path, text.encode())
    return path


def check_site(collection: Collection, name: str, text: str) -> Site:
    """What a site file would say if it were written.

    :raises ConfigError: there is one of that id already, or the file could not be used
    """
    path = collection.sites / f"{name}.toml"
    if os.path.lexists(path):
        raise ConfigError(f"{path}: there is a site of that id; edit it, or remove it first")
    new = sites.grouped(sites.parse(path, text), collection.settings.values["group"])
    twice = [said for file, said in sites.overlapping([*collection.site_files(), new]) if file is new]
    if new.site is None or new.problems or twice:
        raise ConfigError("\n".join([*new.problems, *twice]))
    return new.site


def _hints(site: Site, found: Survey) -> Iterator[str]:
    """What an archivist may want to add, as comments."""
    yield "# More keys: docs/operations.md. For example:\n"
    if not site.schedule:
        yield '# schedule = "0 3 * * 1"  # cron, Asia/Shanghai: Mondays at three\n'
    yield '# window = "22:00-06:00"  # crawl only then\n'
    if listed := found.report.get("declared_items") or found.report.get("listed"):
        yield f"# expect.interviews = {{ min = {listed} }}  # fewer, and the run is incomplete\n"


def differences(site: Site, found: Survey) -> list[str]:
    """What the live site does not confirm of its file."""
    return list(_differences(site, found))


def _is_unsure(sample: Sample) -> bool:
    return min(sample.record.confidence.values(), default=0) < 0.6


def _listed(report: dict[str, Any]) -> int:
    """How many entries the section has: as it declares, else as its list pages name."""
    return report.get("declared_items") or report.get("listed") or 0


def _differences(site: Site, found: Survey) -> Iterator[str]:
    report = found.report
    if not found.samples:
        yield f"no interview could be read: {found.trouble}"
    elif report["verdict"] in ("blocked", "tampered"):
        yield str(report["reason"])
    if site.family and report.get("family") not in (site.family, None):
        yield f"family is {report.get('family')}, the file says {site.family}"
    if (sample := next(filter(_is_unsure, found.samples), None)) is not None:
        yield f"low confidence: {sample.url}"
    listed = _listed(report)
    if site.expect_min is not None and listed < site.expect_min:
        yield f"{listed} entries, the file expects at least {site.expect_min}"
