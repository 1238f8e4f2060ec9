"""How a run begins: the site's lock, what a killed run left, its queue or a new one, the WARC file it will write."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import secrets
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from archive import VERSION
from archive.collection import leases
from archive.collection.clock import stamp
from archive.collection.files import OPEN_SUFFIX
from archive.handover.crawl_words import unsettle
from archive.ledger import chain as ledger
from archive.warc.write import WarcWriter, salvage
from crawler.run.accounting import read_pages
from crawler.run.report import write_report
from crawler.run.site_run import SiteRun
from crawler.state import owed
from crawler.state.sameness import Sameness
from parsers.record import ListItem

log = logging.getLogger("fangtan")
CONFORMS = {
    "1.0": "http://bibnum.bnf.fr/WARC/WARC_ISO_28500_version1_latestdraft.pdf",
    "1.1": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
}


def lock_site(run: SiteRun) -> None:
    """Take the site's lock.

    :raises archive.errors.ConfigError: another process crawls the site
    """
    run.stack.enter_context(run.collection.lock(f"site-{run.site.id}"))


def _suffix(started: datetime) -> str:
    """Four hexadecimal digits: by milliseconds, so that ids of a site's runs sort as they began, and by chance."""
    moment = started.microsecond or time.time_ns() // 1000 % 1_000_000  # a clock may stand still
    return f"{moment // 1000:03x}{secrets.token_hex(1)[0]}"


def open_run(run: SiteRun) -> None:
    """Continue the queue that a killed run left, or begin again; the site is locked, and its files are salvaged."""
    run.journal.begin()
    row = run.db.execute(
        "SELECT run, sweep, recheck, patch FROM runs WHERE site = ? AND state IN ('running', 'stopped') "
        "ORDER BY started_at DESC LIMIT 1",
        (run.site.id,),
    ).fetchone()
    pending = run.waiting()
    if run.options.fresh or not pending:
        run.db.execute("DELETE FROM frontier WHERE site = ?", (run.site.id,))
        pending = 0
    run.interrupted = row is not None and not run.options.fresh
    if row and (pending or _is_leased(run)):
        run.run, run.resumed, run.sweep = row[0], bool(pending), bool(row[1])
        run.options = replace(run.options, recheck=run.options.recheck or bool(row[2]), patch=bool(row[3]))
    else:
        run.run = f"{run.started:%Y%m%dT%H%M%S}Z-{run.site.id}-{_suffix(run.started)}"
        run.sweep = _sweep_is_due(run)
    run.db.execute(
        "UPDATE runs SET state = 'dead' WHERE site = ? AND state IN ('running', 'stopped') AND run <> ?",
        (run.site.id, run.run),
    )
    run.db.execute(
        """INSERT INTO runs(run, site, state, pid, started_at, heartbeat, sweep, recheck, patch)
             VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?)
           ON CONFLICT(run) DO UPDATE SET state = 'running', pid = excluded.pid, started_at = excluded.started_at,
             heartbeat = excluded.heartbeat, ended_at = NULL, resume_at = NULL, verdict = NULL, standing = NULL,
             recheck = excluded.recheck""",
        (
            run.run,
            run.site.id,
            os.getpid(),
            stamp(),
            stamp(),
            run.sweep and run.whole_site,
            run.options.recheck,
            run.options.patch,
        ),
    )
    run.guard.run = run.run
    run.guard.circuits.begin()
    run.same = _sameness(run)
    run.book.same = run.same.key
    run.book.open(run.run)
    run.owed = owed.owed(run.db, run.site.id)
    _patch(run)
    _doubt(run)
    _restore(run)
    run.journal.checkpoint()
    _open_warc(run)
    write_report(run, "running", None, {})
    if asked := run.guard.circuits.asked_for():
        run.guard.stop(asked[1], asked[0])


def _is_leased(run: SiteRun) -> bool:
    """Whether the run continues although it has no queue here: a worker has it, or this is the worker."""
    return run.options.lease is not None or bool(leases.of_site(run.db, run.site.id))


def _sameness(run: SiteRun) -> Sameness:
    lease = run.options.lease
    return lease.same if lease else Sameness.learn(run.known, run.collection.store)


def _patch(run: SiteRun) -> None:
    """A run that asks only for what the last account misses knows what that one has."""
    if run.options.patch:
        lease = run.options.lease
        run.tally.stopped_at_known = True
        run.read_before = lease.read_before if lease else read_pages(run.collection, run)


def _open_warc(run: SiteRun) -> None:
    """The WARC file that the run writes, with who fetches, how and why."""
    version = run.recorder.version
    info = {
        "software": f"fangtan/{VERSION}",
        "format": f"WARC File Format {version}",
        "operator": run.collection.setting("", "operator") or "not configured",
        "http-header-user-agent": run.collection.user_agent,
        "robots": "obey",
        "conformsTo": CONFORMS[version],
        "fangtan-run": run.run,
        "fangtan-site": run.site.id,
        "fangtan-config": _config_digest(run),
        **({"fangtan-fence": str(run.options.lease.fence)} if run.options.lease else {}),
    }
    collection = run.collection

    def on_close(warc: Path, sha256: str) -> None:
        ledger.add_warc(collection, warc, sha256, {"run": run.run, "site": run.site.id})

    max_size = run.collection.setting("warc", "max_size")
    run.recorder.open(WarcWriter(run.collection.archive, run.site.id, info, on_close, version, max_size))


def _sweep_is_due(run: SiteRun) -> bool:
    """Whether this run reads every list page: asked for, or the last run that did is too long ago."""
    if run.options.patch:
        return False
    if run.options.sweep or run.options.recheck or run.options.fresh:
        return True
    after = stamp(run.started - timedelta(days=run.site.sweep or run.collection.setting("schedule", "sweep")))
    query = """SELECT 1 FROM runs WHERE site = ? AND state = 'done' AND sweep AND verdict IN ('ok', 'tampered')
               AND started_at > ? AND started_at < ? LIMIT 1"""
    # A run that began after now was timed by a clock that was ahead: it says nothing of when the next sweep is due.
    return run.db.execute(query, (run.site.id, after, stamp(run.started))).fetchone() is None


def _config_digest(run: SiteRun) -> str:
    """SHA-256 over the site and the collection's settings as this run uses them."""
    return hashlib.sha256(
        json.dumps([repr(run.site), run.collection.config], sort_keys=True, default=str).encode()
    ).hexdigest()


def salvage_left(run: SiteRun) -> None:
    """Close the WARC files that a killed run left.

    It reads them whole, and nothing of the crawl database: it may run in a thread.
    """
    pattern = re.compile(rf"{re.escape(run.site.id)}-\d{{17}}-\d{{5}}-[0-9a-f]{{6}}\.warc\.gz{re.escape(OPEN_SUFFIX)}")
    for path in sorted(run.collection.archive.glob(f"{run.site.id}-*{OPEN_SUFFIX}")):
        if not pattern.fullmatch(path.name):
            continue
        try:
            final, torn = salvage(path, lambda warc, sha256: ledger.add_warc(run.collection, warc, sha256))
        except OSError as error:
            words = "%s: cannot be salvaged now (%s); the next run tries again"
            log.error(words, path, error.strerror)  # noqa: TRY400 - the disk's error, no bug of ours
            continue
        run.tally.salvaged.append({"file": (final or path).name, "torn_bytes": torn})
        log.warning("%s: salvaged from an interrupted run, %d torn bytes moved away", (final or path).name, torn)


def _doubt(run: SiteRun) -> None:
    """A run that was killed may have written words that are withheld now."""
    if run.interrupted and run.known.withheld:
        unsettle(run.db)


def _restore(run: SiteRun) -> None:
    """A continued run knows again what its list pages said."""
    if not run.resumed:
        return
    run.tally.stopped_at_known = not run.sweep
    for fact in run.book.done_lists():
        run.tally.recall(fact)
    # Only pages whose links are all out: one that was in flight is read again, and must then look new.
    rows = run.db.execute(
        """SELECT k.links FROM known k JOIN frontier f ON f.site = k.site AND f.url = k.url AND f.state = 'done'
           WHERE k.site = ? AND k.role IN ('list', 'seed') AND k.links IS NOT NULL""",
        (run.site.id,),
    )
    queued = {url for url, _ in run.known.queued()}
    for (text,) in rows:
        data = json.loads(text)
        run.same.restore((ListItem(*row) for row in data["items"]), queued)
        if data["is_list"] or data["is_section"]:
            run.tally.family = data["family"] if data["family"] != "generic" else run.tally.family
