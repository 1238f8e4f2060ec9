"""What is to be crawled when: site files, the run table and the clock, nothing else. Asked twice,
it answers the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from archive.collection import times
from archive.collection.clock import stamp
from archive.collection.crawldb import connect, look_into
from archive.collection.folder import Collection
from archive.collection.reports import read_report
from archive.collection.sites import Site, ad_hoc
from archive.collection.sql import rows_of
from archive.errors import ConfigError

_UNFINISHED = ("running", "stopped")
#: What was noted further ahead of now than this was noted by a clock that went wrong, and is void.
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """A site as the scheduler sees it.

    :param state: ``running``, ``due``, ``waiting``, ``paused``, ``on demand`` (no schedule), ``broken`` (its file
        cannot be read)
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
    def interrupted(self) -> bool:
        """Whether its last run was killed or stopped, and continues."""
        return self.last is not None and self.last["state"] in _UNFINISHED

    @property
    def rank(self) -> tuple[int, str, str]:
        """Higher priority first, then who has waited longest."""
        return -(self.site.priority if self.site else 0), stamp(self.next_at) if self.next_at else "", self.id


def timetable(collection: Collection, now: datetime) -> list[Entry]:
    """All sites of the collection, by id; after them those that have no file and an interrupted run."""
    remembered = _Remembered.read(collection, now)
    found: list[Entry] = []
    for file in collection.site_files():
        if file.site is None or file.problems:
            last = remembered.last.get(file.id)
            found.append(Entry(file.id, None, "broken", None, "\n".join(file.problems), last))
        else:
            found.append(_entry(collection, file.site, remembered, now))
    filed = {entry.id for entry in found}
    for name, last in sorted(remembered.last.items()):
        if name not in filed and last["state"] in _UNFINISHED and (site := _without_file(collection, last)) is not None:
            found.append(_on_demand(collection, site, last))
    return found


def _without_file(collection: Collection, last: dict[str, Any]) -> Site | None:
    """The site of a run that was begun with an address, as its report tells it; else as its queue does."""
    try:
        report = read_report(collection.reports / f"{last['run']}.json")
        section, name = tuple(report.get("section") or ()), report.get("name")
    except ConfigError:
        section, name = (), None
    if not section:
        db = look_into(collection.crawl_db)
        try:
            query = "SELECT url FROM frontier WHERE site = ? AND role = 'seed' ORDER BY id"
            section = tuple(row["url"] for row in rows_of(db, query, (last["site"],)))
        finally:
            db.close()
    try:
        return replace(ad_hoc(section[0], name), id=last["site"], section=section) if section else None
    except ConfigError:  # a damaged report: the site cannot be known
        return None


def _on_demand(collection: Collection, site: Site, last: dict[str, Any] | None) -> Entry:
    """A site that is crawled when somebody says so."""
    if collection.locked(f"site-{site.id}"):
        return _running(site, last)
    interrupted = last is not None and last["state"] in _UNFINISHED
    why = "interrupted; continue with `fangtan crawl --resume`" if interrupted else "no schedule"
    return Entry(site.id, site, "on demand", None, why, last)


def _running(site: Site, last: dict[str, Any] | None) -> Entry:
    since = f"since {last['started_at'][:16]}Z" if last else "by hand"
    standing = f"; {last['standing']}" if last and last["standing"] else ""
    return Entry(site.id, site, "running", None, since + standing, last)


def _entry(collection: Collection, site: Site, known: _Remembered, now: datetime) -> Entry:
    last = known.last.get(site.id)
    plan = known.plans.get(site.id, {})
    if collection.locked(f"site-{site.id}"):
        return _running(site, last)
    if plan.get("paused_at"):
        note = f": {plan['note']}" if plan.get("note") else ""
        return Entry(site.id, site, "paused", None, f"since {plan['paused_at'][:16]}Z{note}", last)
    expression = site.schedule or collection.setting("defaults", "schedule")
    if expression is None:
        return _on_demand(collection, site, last)
    at, why = _base(collection, site, expression, last, plan, now)
    for until, reason in known.obstacles(site, now):
        at, why = (until, reason) if until >= at else (at, why)
    opening = times.window(site.window).opening(max(at, now)) if site.window else now
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
    """The date before back-off and window: when an interrupted run continues, or the first after the last start."""
    if last is not None and last["state"] == "running":
        return min(datetime.fromisoformat(last["heartbeat"]), now), "a run was killed and continues"
    if last is not None and last["state"] == "stopped" and last["resume_at"] != "next":
        noted = datetime.fromisoformat(last["heartbeat"])
        at = datetime.fromisoformat(last["resume_at"] or last["heartbeat"])
        return (at if noted <= now + _AHEAD else now), "a run was stopped and continues"
    fire = times.next_fire(expression, _after(last, plan, now))
    spread = times.jitter(site.id, fire, times.next_fire(expression, fire), collection.setting("schedule", "jitter"))
    return fire + spread, f"schedule {expression}"


def _after(last: dict[str, Any] | None, plan: dict[str, Any], now: datetime) -> datetime:
    """Since when dates count: the last start, or since the site is known;
    what a clock that was ahead has noted does not.
    """
    since = min(datetime.fromisoformat(plan["since"]), now) if plan else now
    started = datetime.fromisoformat(last["started_at"]) if last else since
    return max(since, started) if started <= now + _AHEAD else since


@dataclass(frozen=True, slots=True)
class _Remembered:
    """What the crawl database says of sites and hosts."""

    plans: dict[str, dict[str, Any]]
    last: dict[str, dict[str, Any]]
    circuits: dict[str, tuple[datetime, str]]

    @classmethod
    def read(cls, collection: Collection, now: datetime) -> _Remembered:
        """From the crawl database, where there is one."""
        if not collection.crawl_db.exists():
            return cls({}, {}, {})
        db = look_into(collection.crawl_db)
        latest = stamp(now + _AHEAD)
        try:
            return cls(
                {r["site"]: r for r in rows_of(db, "SELECT * FROM schedule")},
                # The last run that began; of a run that continues later, its own row. Runs of a clock that was ahead come before all.
                {r["site"]: r for r in rows_of(db, "SELECT * FROM runs WHERE state <> 'dead' ORDER BY started_at <= ?, started_at, run", (latest,))},
                {
                    r["host"]: (datetime.fromisoformat(r["retry_at"]), f"{r['host']} is left alone: {r['reason']}")
                    for r in rows_of(db, "SELECT * FROM circuits WHERE opened_at <= ?", (latest,))
                },
            )  # fmt: skip
        finally:
            db.close()

    def obstacles(self, site: Site, now: datetime) -> Iterable[tuple[datetime, str]]:
        """Until when a site is left alone, and why."""
        yield from (self.circuits[host] for host in site.scope if host in self.circuits)
        plan = self.plans.get(site.id, {})
        until = datetime.fromisoformat(plan["retry_at"]) if plan.get("retry_at") else now
        if now < until <= now + _AHEAD:
            yield until, f"its run has crashed {plan['crashes']} time(s)"


def register(collection: Collection, now: datetime) -> None:
    """Remember since when the scheduler knows each site: dates before that are not run late."""
    db = connect(collection.crawl_db)
    try:
        for file in collection.site_files():
            db.execute("INSERT OR IGNORE INTO schedule(site, since) VALUES (?, ?)", (file.id, stamp(now)))
        # A clock that was ahead: from its dates on, nothing would come for as long as it was.
        db.execute("UPDATE schedule SET since = ? WHERE since > ?", (stamp(now), stamp(now + _AHEAD)))
    finally:
        db.close()


def pause(collection: Collection, names: Iterable[str], now: datetime, note: str | None = None) -> None:
    """Sites that the scheduler is to leave alone, until :func:`unpause`.

    :raises ConfigError: an unknown site; none is paused then
    """
    _set(collection, names, now, "paused_at = ?, note = ?", (stamp(now), note))


def unpause(collection: Collection, names: Iterable[str], now: datetime) -> None:
    """The scheduler continues with them; dates that passed meanwhile are run once, late.

    :raises ConfigError: an unknown site
    """
    _set(collection, names, now, "paused_at = ?, note = ?, crashes = 0, retry_at = NULL", (None, None))


def _set(collection: Collection, names: Iterable[str], now: datetime, change: str, values: tuple[Any, ...]) -> None:
    wanted = list(names)
    for name in wanted:
        if collection.site_file(name) is None:
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
    """The process that crawled these sites died without a word: the next try comes later each time,
    after a day at most.
    """
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
