"""What is to be crawled when: site files, the run table and the clock, nothing else. Asked twice, it answers the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive import sites, times
from archive.clock import stamp
from archive.collection import Collection
from archive.crawldb import connect, look_into
from archive.sites import Site
from parsers.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Entry:
    """A site as the scheduler sees it.

    :param state: ``running``, ``due``, ``waiting``, ``paused``, ``on demand`` (no schedule), ``broken`` (its file cannot be read)
    :param next_at: when it is crawled next; ``None``: not by itself
    :param why: what ``next_at`` comes from
    :param last: the last run: id, start (of the session that continued it, when one did), state, verdict
    """

    id: str
    site: Site | None
    state: str
    next_at: datetime | None
    why: str
    last: dict[str, Any] | None = None

    @property
    def rank(self) -> tuple[int, str, str]:
        """Higher priority first, then who has waited longest."""
        return -(self.site.priority if self.site else 0), stamp(self.next_at) if self.next_at else "", self.id


def timetable(collection: Collection, now: datetime) -> list[Entry]:
    """All sites of the collection, by id."""
    remembered = _Remembered.read(collection)
    found: list[Entry] = []
    for path in sorted(collection.sites.glob("*.toml")):
        try:
            site = sites.load(path)
        except ConfigError as error:
            found.append(Entry(path.stem, None, "broken", None, str(error)))
            continue
        found.append(_entry(collection, site, remembered, now))
    return found


def _entry(collection: Collection, site: Site, known: _Remembered, now: datetime) -> Entry:
    last = known.last.get(site.id)
    plan = known.plans.get(site.id, {})
    if collection.locked(f"site-{site.id}"):
        return Entry(site.id, site, "running", None, f"since {last['started_at'][:16]}Z" if last else "by hand", last)
    if plan.get("paused_at"):
        note = f": {plan['note']}" if plan.get("note") else ""
        return Entry(site.id, site, "paused", None, f"since {plan['paused_at'][:16]}Z{note}", last)
    expression = site.schedule or collection.setting("defaults", "schedule")
    if expression is None:
        interrupted = last is not None and last["state"] in ("running", "stopped")
        why = "interrupted; continue with `fangtan crawl --resume`" if interrupted else "no schedule"
        return Entry(site.id, site, "on demand", None, why, last)
    at, why = _base(collection, site, expression, last, plan, now)
    for until, reason in known.obstacles(site):
        if until > at:
            at, why = until, reason
    if site.window:
        opening = times.window(site.window).opening(max(at, now))
        if opening > max(at, now):
            at, why = opening, f"{why}; its window opens"
    return Entry(site.id, site, "due" if at <= now else "waiting", at, why, last)


def _base(
    collection: Collection,
    site: Site,
    expression: str,
    last: dict[str, Any] | None,
    plan: dict[str, Any],
    now: datetime,
) -> tuple[datetime, str]:
    """The date before back-off and window: where an interrupted run goes on, or the first date after the last start."""
    if last is not None and last["state"] == "running":
        return datetime.fromisoformat(last["heartbeat"]), "a run was killed and goes on"
    if last is not None and last["state"] == "stopped" and last["resume_at"] != "next":
        return datetime.fromisoformat(last["resume_at"] or last["heartbeat"]), "a run was stopped and goes on"
    since = datetime.fromisoformat(plan["since"]) if plan else now
    after = max(since, datetime.fromisoformat(last["started_at"])) if last else since
    fire = times.next_fire(expression, after)
    spread = times.jitter(site.id, fire, times.next_fire(expression, fire), collection.setting("schedule", "jitter"))
    return fire + spread, f"schedule {expression}"


@dataclass(frozen=True, slots=True)
class _Remembered:
    """What the crawl database says of sites and hosts."""

    plans: dict[str, dict[str, Any]]
    last: dict[str, dict[str, Any]]
    circuits: dict[str, tuple[datetime, str]]

    @classmethod
    def read(cls, collection: Collection) -> _Remembered:
        """From the crawl database, where there is one."""
        if not collection.crawl_db.exists():
            return cls({}, {}, {})
        db = look_into(collection.crawl_db)
        try:
            return cls(
                {r["site"]: r for r in _rows(db, "SELECT * FROM schedule")},
                # The last run that began; of a run that goes on later, its own row.
                {r["site"]: r for r in _rows(db, "SELECT * FROM runs WHERE state <> 'dead' ORDER BY started_at, run")},
                {
                    r["host"]: (datetime.fromisoformat(r["retry_at"]), f"{r['host']} is left alone: {r['reason']}")
                    for r in _rows(db, "SELECT * FROM circuits")
                },
            )
        finally:
            db.close()

    def obstacles(self, site: Site) -> Iterable[tuple[datetime, str]]:
        """Until when a site is left alone, and why."""
        yield from (self.circuits[host] for host in site.scope if host in self.circuits)
        plan = self.plans.get(site.id, {})
        if plan.get("retry_at"):
            yield datetime.fromisoformat(plan["retry_at"]), f"its run has crashed {plan['crashes']} time(s)"


def _rows(db: sqlite3.Connection, query: str) -> list[dict[str, Any]]:
    cursor = db.execute(query)
    names = [c[0] for c in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def register(collection: Collection, now: datetime) -> None:
    """Remember since when the scheduler knows each site: dates before that are not made up for."""
    db = connect(collection.crawl_db)
    try:
        for path in collection.sites.glob("*.toml"):
            db.execute("INSERT OR IGNORE INTO schedule(site, since) VALUES (?, ?)", (path.stem, stamp(now)))
    finally:
        db.close()


def pause(collection: Collection, names: Iterable[str], now: datetime, note: str | None = None) -> None:
    """Sites that the scheduler is to leave alone, until :func:`unpause`.

    :raises ConfigError: an unknown site; none is paused then
    """
    _set(collection, names, now, "paused_at = ?, note = ?", (stamp(now), note))


def unpause(collection: Collection, names: Iterable[str], now: datetime) -> None:
    """The scheduler goes on with them; dates that passed meanwhile are made up for once.

    :raises ConfigError: an unknown site
    """
    _set(collection, names, now, "paused_at = ?, note = ?, crashes = 0, retry_at = NULL", (None, None))


def _set(collection: Collection, names: Iterable[str], now: datetime, change: str, values: tuple[Any, ...]) -> None:
    wanted = list(names)
    for name in wanted:
        if not (collection.sites / f"{name}.toml").exists():
            raise ConfigError(f"{name}: no such site; see `fangtan sites list`")
    register(collection, now)
    db = connect(collection.crawl_db)
    try:
        db.execute("BEGIN IMMEDIATE")
        for name in wanted:
            db.execute(f"UPDATE schedule SET {change} WHERE site = ?", (*values, name))
        db.execute("COMMIT")
    finally:
        db.close()


def crashed(collection: Collection, names: Iterable[str], now: datetime) -> None:
    """The process that crawled these sites died without a word: the next try comes later each time, after a day at most."""
    db = connect(collection.crawl_db)
    try:
        for name in names:
            db.execute("UPDATE schedule SET crashes = crashes + 1 WHERE site = ?", (name,))
            row = db.execute("SELECT crashes FROM schedule WHERE site = ?", (name,)).fetchone()
            hours = min(2 ** (row[0] - 1), 24) if row else 1
            until = stamp(datetime.fromtimestamp(now.timestamp() + 3600 * hours, now.tzinfo))
            db.execute("UPDATE schedule SET retry_at = ? WHERE site = ?", (until, name))
    finally:
        db.close()


def ended(collection: Collection, name: str) -> None:
    """A run of the site came to an end of its own: earlier crashes are forgotten."""
    db = connect(collection.crawl_db)
    try:
        db.execute("UPDATE schedule SET crashes = 0, retry_at = NULL WHERE site = ?", (name,))
    finally:
        db.close()
