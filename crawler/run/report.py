"""A run's report: ``reports/<run>.json``, created when it begins, replaced as a whole when it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import parsers
from archive.collection import clock
from archive.collection.folder import VERSION, write_atomically
from archive.history.report_page import html_of
from archive.ledger import chain as ledger

if TYPE_CHECKING:
    from crawler.run.site_run import SiteRun


def facts_of(run: SiteRun) -> dict[str, Any]:
    """What the run knows of itself, for its verdict and its report."""
    return {
        "run": run.run, "site": run.site.id, "name": run.site_name or run.site.name, "section": list(run.site.section),
        "started_at": run.started.strftime("%Y-%m-%dT%H:%M:%SZ"), "resumed": run.resumed, "pages": run.pages, "bytes": run.bytes,
        "statuses": dict(sorted(run.statuses.items())), "not_modified": run.not_modified, "family": run.family, "declared": run.declared,
        "got": run.lists, "declared_items": run.declared_items, "listed": len(run.listed), "skipped_known": len(run.skipped_known),
        "list_urls": run.list_urls[:20], "repeated_list_pages": run.repeats, "crawl_delay": run.crawl_delay or None, "errors": len(run.errors),
        "error_list": run.errors[:500], "refusals": run.refusals[:500], "challenges": run.challenges[:500], "obstacles": run.obstacles.as_list(),
        "hosts": dict(sorted(run.hosts.items())), "sweep": run.sweep, "stopped_at_known": run.stopped_at_known, "single_page": run.single_page, "whole_site": run.whole_site,
        "left": run.left, "salvaged": run.salvaged, "stop_reason": run.stop_reason, "code_version": f"fangtan/{VERSION} {parsers.PARSER}",
    }  # fmt: skip


def write_report(run: SiteRun, verdict: str, reason: str | None, more: dict[str, Any]) -> dict[str, Any]:
    """Write ``reports/<run>.json`` as a whole."""
    ended = None if verdict == "running" else clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    data = {**facts_of(run), "ended_at": ended, "verdict": verdict, "reason": reason, **more}
    path = run.collection.reports / f"{run.run}.json"
    write_atomically(path, json.dumps(data, ensure_ascii=False, indent=1).encode())
    if verdict != "running":
        write_atomically(path.with_suffix(".html"), html_of(data).encode())
        ledger.add_file(run.collection, "run", path, {"run": run.run, "verdict": verdict})
    return data
