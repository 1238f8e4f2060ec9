"""What bounds a run: its crawl window, its budgets, the disk."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scrapy import Request

from archive.collection import clock
from archive.collection.clock import stamp
from archive.collection.times import SHANGHAI, window
from crawler.fetch.pace import Wait

if TYPE_CHECKING:
    from crawler.run.site_run import SiteRun


def watch(run: SiteRun) -> None:
    """Called every second or so: the heartbeat, the window, the time budget, the disk."""
    now = clock.now()
    if now - run.heartbeat >= timedelta(seconds=10):
        run.heartbeat = now
        run.begin()
        run.db.execute("UPDATE runs SET heartbeat = ? WHERE run = ?", (stamp(now), run.run))
    if run.pace.standing != run.standing:
        run.standing = run.pace.standing
        run.begin()
        run.db.execute("UPDATE runs SET standing = ? WHERE run = ?", (run.standing, run.run))
    if run.options.until is not None and now >= run.options.until:
        run.stop(f"the crawl window has closed{_opening(run, now)}")
    minutes = run.site.budget.get("minutes")
    if minutes is not None and now - run.started >= timedelta(minutes=minutes):
        run.stop(f"the budget of {minutes} minutes is used up", "next")
    free = shutil.disk_usage(run.collection.root).free
    if free < run.collection.setting("schedule", "min_free"):
        run.stop(
            f"only {free >> 20} MiB of disk are free; free some space 磁盘空间不足", stamp(now + timedelta(hours=1))
        )


def _opening(run: SiteRun, now: datetime) -> str:
    """When the crawl window opens again, in words."""
    if not run.site.window:
        return ""
    return f"; it opens at {window(run.site.window).opening(now).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def weigh(run: SiteRun, wait: Wait) -> None:
    """A wait that ends after the crawl window or the budget of time ends the run now."""
    minutes = run.site.budget.get("minutes")
    if wait.until is None:
        return
    if run.options.until is not None and wait.until >= run.options.until:
        run.stop(f"the crawl window closes before its end: {wait}", stamp(wait.until))
    elif minutes is not None and wait.until >= run.started + timedelta(minutes=minutes):
        run.stop(f"the budget of {minutes} minutes ends before it does: {wait}", "next")


def may_ask(run: SiteRun, request: Request) -> bool:
    """Whether a request may go out now: not after a stop, nor beyond the budget of pages."""
    if run.stopped or request.meta.get("role") == "robots":  # it is asked for in any case
        return not run.stopped
    budget = run.site.budget.get("pages")
    if budget is not None and run.asked >= budget:
        run.stop(f"the budget of {budget} pages is used up", "next")
        return False
    run.asked += 1
    return True
