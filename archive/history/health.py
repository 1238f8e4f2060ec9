"""How each site is: what an archivist looks at in the morning. Read from site files, run reports and the run table."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from archive.collection import times
from archive.collection.folder import Collection
from archive.collection.reports import read_report
from archive.errors import ConfigError
from archive.handover.replay_results import noted, remark
from archive.history.timetable import Entry, timetable
from archive.history.verdict import VERDICTS

#: Health is the last run's verdict, or one of the words that come before any: ``new`` (never crawled), ``late`` (good,
#: but
#: its date is long past), ``broken`` (the site file cannot be read).
STATES = (*VERDICTS, "new", "late", "broken")
#: A date may pass by so much before a site is called late: a run of the night, a restart.
_LATE = timedelta(hours=24)
#: So many of a site's last reports are looked at.
_RECENT = 12


@dataclass(frozen=True, slots=True)
class Health:
    """One site.

    :param health: one of :data:`STATES`; ``since`` the start of the first run in a row with that verdict
    :param last: report of the last run that ended; ``last_good`` the end of the last good one
    :param runs: its last reports, oldest first, at most twelve
    :param state: what the scheduler says of it (:class:`archive.history.timetable.Entry`)
    """

    id: str
    name: str
    health: str
    since: str | None
    reason: str | None
    evidence: list[str]
    fix: str | None
    last: dict[str, Any] | None
    last_good: str | None
    state: str
    next_at: datetime | None
    why: str
    runs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Nothing to do."""
        return self.health in ("ok", "new")

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "id": self.id, "name": self.name, "health": self.health, "since": self.since, "reason": self.reason, "evidence": self.evidence,
            "fix": self.fix, "last_run": (self.last or {}).get("run"), "last_ended": (self.last or {}).get("ended_at"), "last_good": self.last_good,
            "state": self.state, "next_at": self.next_at.astimezone(times.SHANGHAI).isoformat(timespec="minutes") if self.next_at else None, "why": self.why,
            "interviews": (self.last or {}).get("interviews"),
        }  # fmt: skip


def health(collection: Collection, now: datetime) -> list[Health]:
    """All sites, those that need a look first."""
    reports = _reports(collection, now)
    replayed = noted(collection)
    rows = [
        _health(entry, reports.get(entry.id, []), replayed.get(entry.id), now) for entry in timetable(collection, now)
    ]
    return sorted(rows, key=lambda r: (r.good, r.health == "late", r.id))


def health_of(collection: Collection, site: str, now: datetime) -> Health | None:
    """One site, of whose reports alone are read; ``None`` without one of that id."""
    entry = next((e for e in timetable(collection, now) if e.id == site), None)
    if entry is None:
        return None
    return _health(entry, history(collection, site, limit=_RECENT), noted(collection).get(site), now)


def history(collection: Collection, site: str, *, before: str = "~", limit: int = 50) -> list[dict[str, Any]]:
    """Reports of a site's runs that have ended, oldest first; at most so many.

    :param before: only of runs earlier than this one
    """
    names = (p.stem for p in collection.reports.glob(f"*-{site}-*.json") if p.stem < before)
    return _read(collection, site, sorted(names, reverse=True), limit)


def _reports(collection: Collection, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """The last reports of each site."""
    names: dict[str, list[str]] = {}
    # What a clock that was ahead has dated comes after all others.
    latest = f"{now + timedelta(days=1):%Y%m%dT%H%M%S}Z"
    for path in sorted(collection.reports.glob("*.json"), key=lambda p: (p.stem <= latest, p.stem), reverse=True):
        site = path.stem.partition("-")[2].rpartition("-")[0]
        names.setdefault(site, []).append(path.stem)
    return {site: _read(collection, site, runs, _RECENT) for site, runs in names.items()}


def _read(collection: Collection, site: str, runs: Iterable[str], limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for run in runs:
        if len(found) == limit:
            break
        with suppress(ConfigError):  # `fangtan runs` and doctor name it
            data = read_report(collection.reports / f"{run}.json")
            if data["site"] == site and data["verdict"] != "running":
                found.append(data)
    return found[::-1]


def _health(entry: Entry, reports: list[dict[str, Any]], replayed: dict[str, Any] | None, now: datetime) -> Health:
    last = reports[-1] if reports else {}
    word, reason = _word(entry, last, now)
    good = [r for r in reports if r.get("verdict") == "ok"]
    return Health(
        id=entry.id,
        name=str(
            (entry.site and entry.site.own_name) or last.get("name") or (entry.site.name if entry.site else entry.id)
        ),
        health=word,
        since=_same_since(reports),
        reason=reason,
        evidence=[*(last.get("evidence") or ()), *filter(None, [remark(replayed)])],
        fix=last.get("fix"),
        last=last or None,
        last_good=good[-1].get("ended_at") if good else None,
        state=entry.state,
        next_at=entry.next_at,
        why=entry.why,
        runs=reports,
    )


def _word(entry: Entry, last: dict[str, Any], now: datetime) -> tuple[str, str | None]:
    """One of :data:`STATES` and why, from the last report and what the scheduler says."""
    verdict, reason = str(last.get("verdict", "new")), last.get("reason")
    if entry.state == "broken":
        return "broken", entry.why
    if entry.state == "on demand" and _waits(entry, last):
        return "incomplete", (reason if verdict == "incomplete" else None) or entry.why
    if verdict in ("ok", "new") and entry.state == "due" and entry.next_at is not None and now - entry.next_at > _LATE:
        since = f"{entry.next_at.astimezone(times.SHANGHAI):%Y-%m-%d %H:%M}"
        return "late", f"due since {since}: does a scheduler run? 调度进程是否在运行？"
    return verdict, reason


def _waits(entry: Entry, last: dict[str, Any]) -> bool:
    """Whether a run left a queue and no word: one that ended has said in its report why it stopped."""
    ended = entry.last is not None and last.get("run") == entry.last["run"]
    return entry.interrupted and not (ended and last.get("reason"))


def _same_since(reports: list[dict[str, Any]]) -> str | None:
    """Since when the verdict is what it is, as far as the last reports go back."""
    since = None
    for report in reversed(reports):
        if report["verdict"] != reports[-1]["verdict"]:
            break
        since = report.get("started_at")
    return since
