"""A run's report: ``reports/<run>.json``, created when it begins, replaced in one step when it ends."""

from __future__ import annotations

import json
from typing import Any

import parsers
from archive import VERSION
from archive.collection import clock
from archive.collection.folder import write_atomically
from archive.history.account import Account
from archive.history.report_page import html_of
from archive.ledger.run_reports import write_run
from archive.ledger.times import AHEAD
from crawler.run.site_run import SiteRun


def facts_of(run: SiteRun) -> dict[str, Any]:
    """What the run knows of itself, for its verdict and its report."""
    return {
        "run": run.run, "site": run.site.id, "name": run.site.own_name or run.tally.site_name or run.site.name, "section": list(run.site.section),
        "started_at": run.started.strftime("%Y-%m-%dT%H:%M:%SZ"), "resumed": run.resumed, "sweep": run.sweep, "patch": run.options.patch, "whole_site": run.whole_site,
        **run.tally.facts(), "stop_reason": run.guard.stop_reason, "next_request_at": run.guard.next_request_at,
        "code_version": f"fangtan/{VERSION} {parsers.PARSER}",
    }  # fmt: skip


def write_report(
    run: SiteRun, verdict: str, reason: str | None, more: dict[str, Any], made: Account | None = None
) -> dict[str, Any]:
    """Write ``reports/<run>.json`` in one step; of a run that has ended its page, too.

    :param made: the run's account, where it has one
    """
    ended = None if verdict == "running" else clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    data = {**facts_of(run), "ended_at": ended, "verdict": verdict, "reason": reason, **more}
    path = run.collection.reports / f"{run.run}.json"
    written = json.dumps(data, ensure_ascii=False, indent=1).encode()
    if verdict == "running":
        write_atomically(path, written)
        return data
    write_atomically(path.with_suffix(".html"), html_of(data, made).encode())
    ahead = run.tally.skew.seconds
    told = {} if ahead is None else {AHEAD: ahead}
    write_run(run.collection, path, written, {"run": run.run, "verdict": verdict, **told})
    return data
