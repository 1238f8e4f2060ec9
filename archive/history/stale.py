"""Sites that nobody crawls, whatever their last run was like: for a cron job that is silent while all is well."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from archive.collection.folder import Collection
from archive.collection.times import SHANGHAI
from archive.history.timetable import Entry, timetable

#: A date may pass by so much: a run of the night, a restart.
_PASSED = timedelta(hours=24)
#: A run notes every ten seconds that it is alive; one that has not for so long hangs.
_SILENT = timedelta(hours=1)


def stale(collection: Collection, now: datetime, days: float) -> dict[str, str]:
    """For each stale site why it is, in words.

    :param days: a site without a schedule is stale when it had no run for so long
    """
    return {entry.id: why for entry in timetable(collection, now) for why in _reasons(entry, now, days)}


def _reasons(entry: Entry, now: datetime, days: float) -> Iterator[str]:
    """Why a site is stale; nothing for one that is crawled, paused or broken (that is reported otherwise)."""
    if entry.state == "due" and entry.next_at is not None and now - entry.next_at > _PASSED:
        yield f"due since {_said(entry.next_at)}: no scheduler crawls it 调度进程未运行"
    elif entry.state == "running" and entry.last is not None:
        yield from _hangs(entry.last, now)
    elif entry.state == "on demand":
        yield from _forgotten(entry.last, now, days)


def _hangs(run: dict[str, Any], now: datetime) -> Iterator[str]:
    sign = datetime.fromisoformat(run["heartbeat"])
    if now - sign > _SILENT and not run["ended_at"]:
        yield f"its run hangs: the last sign of life came {_said(sign)} 抓取进程没有响应"


def _forgotten(last: dict[str, Any] | None, now: datetime, days: float) -> Iterator[str]:
    began = datetime.fromisoformat(last["started_at"]) if last else None
    if began is None or now - began > timedelta(days=days):
        run = f"its last run began {_said(began)}" if began else "it was never crawled"
        yield f"{run}, and it has no schedule 长期未抓取"


def _said(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
