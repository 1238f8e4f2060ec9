"""A check-up of the machine and of a collection: what would go wrong, said before it does, with what to do about it."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from archive.collection.clock import now
from archive.collection.crawldb import look_into
from archive.collection.files import OPEN_SUFFIX
from archive.collection.folder import Collection
from archive.collection.reports import read_report
from archive.collection.settings import ASIDE, Settings, is_contact
from archive.collection.sites import overlapping
from archive.errors import ConfigError
from archive.handover.replay import wayback
from archive.history.timetable import timetable
from archive.ledger import chain as ledger
from archive.ledger import keys
from archive.research import saved
from archive.store.layers import FILES
from archive.store.store import open_reader
from parsers.errors import FangtanError

#: Below this a crawl may fill the disk in a night.
LOW_DISK = 2 << 30
OURS = ("archive", "crawler", "fangtan", "parsers")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    :param state: ``ok``, ``note`` (something optional is not there) or ``bad`` (something will fail)
    :param advice: what to do; empty when there is nothing to do
    """

    state: str
    what: str
    found: str
    advice: str = ""


def check_up(collection: Collection) -> Iterator[Finding]:
    """Everything, the machine first."""
    yield from _machine()
    if not (collection.root / "fangtan.toml").exists():
        yield Finding("note", "collection", f"none at {collection.root}", f"fangtan init {collection.root}")
        return
    yield from _settings(collection)
    yield from _disk(collection)
    yield from _key(collection)
    yield from _runs(collection)
    yield from _schedule(collection)
    yield from _store(collection)


def _machine() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    fine = sys.version_info >= (3, 11)
    yield Finding("ok" if fine else "bad", "Python", version, "" if fine else "fangtan needs Python 3.11 or newer")
    yield Finding("ok", "SQLite", sqlite3.sqlite_version)
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE f USING fts5(t)")
        yield Finding("ok", "full text", "FTS5")
    except sqlite3.OperationalError:
        yield Finding("bad", "full text", "this SQLite has no FTS5", "use another Python: search cannot work without")
    finally:
        connection.close()
    yield from _names()
    if importlib.metadata.packages_distributions().get("pysqlite3"):
        yield Finding(
            "bad",
            "pysqlite3",
            "installed",
            "remove it: sqlite-utils would take it, and it cannot limit what a query makes",
        )
    try:
        yield Finding("ok", "pywb", str(wayback()))
    except ConfigError:
        yield Finding("note", "pywb", "not here", "for `fangtan replay`: make replay")


def _names() -> Iterator[Finding]:
    """Another distribution that owns one of our plain top-level names would shadow us."""
    owners = importlib.metadata.packages_distributions()
    for name in OURS:
        others = sorted(set(owners.get(name, [])) - {"fangtan"})
        if others:
            yield Finding(
                "bad",
                f"package {name}",
                f"belongs to {', '.join(others)}, too",
                "uninstall that, or use an environment of its own",
            )


def _settings(collection: Collection) -> Iterator[Finding]:
    yield from _fangtan_toml(collection)
    files = collection.site_files()
    for file in files:
        for problem in file.problems:
            yield Finding("bad", f"sites/{file.path.name}", problem, "fix the line; other sites are crawled meanwhile")
    for file, said in overlapping(files):
        yield Finding("bad", f"sites/{file.path.name}", said, "its pages are fetched twice")
    for written in FILES:
        for problem in written.look(collection).problems:
            yield Finding("bad", written.kind, problem, "fix the line; the others work meanwhile")
    for problem in saved.look(collection)[1]:
        yield Finding("bad", "queries", problem, "fix the file; other queries work meanwhile")
    for path in sorted(collection.reports.glob("*.json")):
        try:
            read_report(path)
        except ConfigError as error:
            yield Finding("bad", f"reports/{path.name}", str(error), "bring it back from a backup")


def _fangtan_toml(collection: Collection) -> Iterator[Finding]:
    try:
        found = collection.settings
    except ConfigError as error:
        for line in str(error).splitlines():
            yield Finding("bad", "fangtan.toml", line, "fix the line")
        return
    for group in ASIDE:
        for line in found.problems[group]:
            yield Finding("bad", group, line, "fix the line; crawls continue without it")
    authority = found.get("timestamp", "ca")
    if authority and not (collection.root / authority).is_file():
        yield Finding("bad", "fangtan.toml", f"timestamp.ca: {authority}: no such file", "name the root certificate")
    yield _contact(collection, found)


def _contact(collection: Collection, found: Settings) -> Finding:
    """Whether webmasters learn who crawls."""
    missing = [name for name in ("operator", "contact") if not found.get("", name)]
    contact = found.get("", "contact")
    if missing:
        fix = "say who crawls and how a webmaster reaches you 请填写运行机构与联系方式"
        return Finding("bad", "fangtan.toml", f"{' and '.join(missing)} empty", fix)
    if not is_contact(contact):
        fix = "a webmaster needs a URL or an e-mail address 请填写网址或邮箱"
        return Finding("note", "fangtan.toml", f"contact is {contact!r}", fix)
    return Finding("ok", "fangtan.toml", collection.user_agent)


def _disk(collection: Collection) -> Iterator[Finding]:
    usage = shutil.disk_usage(collection.root)
    found = f"{usage.free / 2**30:.1f} GiB free of {usage.total / 2**30:.1f}"
    yield Finding(
        "bad" if usage.free < LOW_DISK else "ok",
        "disk",
        found,
        "free some space before the next crawl 磁盘空间不足" if usage.free < LOW_DISK else "",
    )
    writable = os.access(collection.root, os.W_OK)
    yield Finding(
        "ok" if writable else "note",
        "folder",
        str(collection.root.resolve()),
        "" if writable else "read-only: reading and verify work, crawls do not",
    )


def _key(collection: Collection) -> Iterator[Finding]:
    try:
        entries = ledger.read(collection.ledger)
    except FangtanError as error:
        yield Finding("bad", "ledger", str(error), "fangtan verify")
        return
    announced = ledger.announced_key(entries)
    if announced is None:
        yield Finding("note", "signing key", "the ledger has none", "the next crawl or `fangtan init` makes one")
        return
    try:
        key = ledger.key_of(collection, entries)
    except FangtanError as error:
        yield Finding("bad", "signing key", str(error), "until then no command enters anything")
        return
    short = keys.fingerprint(announced.public_key)[:16]
    if key is None:
        yield Finding(
            "bad",
            "signing key",
            f"{short}… is not here",
            "bring it back, or begin another one: fangtan ledger --new-key",
        )
    elif key.path.resolve().is_relative_to(collection.root.resolve()):
        yield Finding(
            "note",
            "signing key",
            f"{key.path} is inside the collection",
            "anyone who copies the folder copies the key; move it and set [key] path",
        )
    else:
        yield Finding("ok", "signing key", f"{short}… in {key.path}")


def _runs(collection: Collection) -> Iterator[Finding]:
    open_files = [p.name for p in collection.warcs() if p.name.endswith(OPEN_SUFFIX)]
    if collection.crawl_db.exists():
        try:
            db = look_into(collection.crawl_db)
        except FangtanError as error:
            yield Finding("bad", "crawl.db", str(error))
            return
        rows = db.execute("SELECT site, pid, heartbeat FROM runs WHERE state = 'running' ORDER BY site").fetchall()
        db.close()
        for site, pid, heartbeat in rows:
            if collection.holder(f"site-{site}") in (pid, 0):
                yield Finding("ok", f"run of {site}", f"under way, process {pid}")
            else:
                yield Finding(
                    "bad",
                    f"run of {site}",
                    f"interrupted, last sign of life {heartbeat}",
                    "continue it: fangtan crawl --resume",
                )
    elif open_files:
        yield Finding("bad", "open WARC files", ", ".join(open_files), "the next crawl of the site salvages them")
    torn = [p.name for p in collection.archive.glob("*.torn")]
    if torn:
        yield Finding("note", "torn tails", ", ".join(torn), "left by a killed run; inspect them or delete them")


def _schedule(collection: Collection) -> Iterator[Finding]:
    """Whether somebody looks at the timetable, where there is one."""
    try:
        entries = timetable(collection, now())
    except FangtanError as error:
        yield Finding("bad", "schedule", str(error), "fix the line")
        return
    planned = [e for e in entries if e.next_at is not None]
    if not planned:
        return
    overdue = [e.id for e in planned if e.state == "due"]
    if collection.locked("scheduler"):
        yield Finding("ok", "schedule", f"{len(planned)} site(s), a scheduler is at work")
    elif overdue:
        yield Finding(
            "bad", "schedule", f"due: {', '.join(overdue[:5])}; no scheduler is at work", "fangtan schedule tick, or schedule install"
        )  # fmt: skip
    else:
        yield Finding(
            "note",
            "schedule",
            f"{len(planned)} site(s), no scheduler is at work now",
            "fine with cron ticks; else schedule install",
        )


def _store(collection: Collection) -> Iterator[Finding]:
    if not collection.store.exists():
        captured = bool(collection.warcs())
        yield Finding(
            "bad" if captured else "note", "store", "none yet", "fangtan rebuild" if captured else "crawl something"
        )
        return
    try:
        db = open_reader(collection.store)
        (count,) = db.execute("SELECT count(*) FROM interviews").fetchone()
        db.close()
    except FangtanError as error:
        yield Finding("bad", "store", str(error), "fangtan rebuild")
        return
    yield Finding("ok", "store", f"{count} interviews")
