"""What follows a run's last page: index, judge, keep the readings, write the report."""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from dataclasses import dataclass, replace
from importlib import import_module
from statistics import median
from typing import Any

from archive.collection.folder import PATIENCE_S, Collection
from archive.collection.sites import Site, tidy_name
from archive.history.health import history
from archive.history.verdict import Verdict, judge
from archive.ledger import chain as ledger
from archive.ledger.plain import enter_lines, enter_settings
from archive.store.indexer import bring_up_to_date, index_committed
from archive.store.layers import FILES
from archive.store.packing import SAID, text_of
from archive.store.reading import OUR_BUG
from archive.store.store import open_reader
from crawler.fetch.obstacles import describe
from crawler.run.accounting import make_account
from crawler.run.report import facts_of, write_report
from crawler.run.site_run import SiteRun
from parsers.errors import FangtanError

log = logging.getLogger("fangtan")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    site: Site
    run: str
    verdict: str
    reason: str | None
    exit_code: int
    report: dict[str, Any]


def conclude(collection: Collection, run: SiteRun) -> Outcome:
    """Index what the run captured, judge it, write its report; the run is closed."""
    try:
        with collection.lock("indexer", wait=PATIENCE_S):
            index_committed(collection)
        _own_bugs(collection, run)
        _own_damage(collection, run)
        if words := run.tally.skew.words:
            run.tally.obstacles.add("clock", run.site.section[0], words)
        made = make_account(collection, run)
        facts = {
            **facts_of(run), **_counts(run), "fatal": describe(run.guard.fatal) or None, "seen": made.seen, "account": made.summary(),
        }  # fmt: skip
        verdict = judge(facts, history(collection, run.site.id, before=run.run), run.site)
        if run.indexer_died:
            verdict = _without_indexer(verdict, run.indexer_died)
        more = {**facts, "evidence": verdict.evidence, "fix": verdict.fix, "exit_code": verdict.code}
        report = write_report(run, verdict.verdict, verdict.reason, more, made)
        outcome = Outcome(run.site, run.run, verdict.verdict, verdict.reason, verdict.code, report)
        _keep_readings(collection, run)
        _remember_site(run)
        with collection.lock("indexer", wait=PATIENCE_S):
            bring_up_to_date(collection)
    except (FangtanError, sqlite3.Error, OSError) as error:
        return _unindexed(run, error)
    _enter_plain_files(collection)
    _stamp(collection)
    return outcome


def _without_indexer(verdict: Verdict, death: str) -> Verdict:
    """A run beside which the indexer died is not good, whatever it got; what else is wrong with it comes first."""
    if verdict.code:
        return replace(verdict, evidence=[*verdict.evidence, death])
    return Verdict("incomplete", death, 3, verdict.evidence, "fangtan rebuild")


def _own_damage(collection: Collection, run: SiteRun) -> None:
    """What cannot be read again of the files that this run wrote: it was fetched, and is not there."""
    db = open_reader(collection.store)
    try:
        query = """SELECT warc_file, offset, reason, coalesce(url, '') FROM _damage
                   WHERE warc_file IN (SELECT DISTINCT warc_file FROM captures WHERE run = ?) ORDER BY 1, 2"""
        for name, offset, reason, url in db.execute(query, (run.run,)).fetchall():
            run.tally.error(url, f"damaged in archive/{name} at offset {offset}: {reason}", "archive")
    finally:
        db.close()


def _own_bugs(collection: Collection, run: SiteRun) -> None:
    """Pages that our code failed on are errors of the run; nobody else would tell of them."""
    db = open_reader(collection.store)
    try:
        query = """SELECT c.url, r.error FROM _readings r JOIN captures c ON c.id = r.capture
                   WHERE c.run = ? AND r.error LIKE ? || '%'"""
        for url, error in db.execute(query, (run.run, OUR_BUG)):
            run.tally.error(url, error, "detail")
    finally:
        db.close()


def _unindexed(run: SiteRun, error: BaseException) -> Outcome:
    """The captures are safe, but nothing could be read from them."""
    log.error("%s: %s", run.site.id, error)
    reason = (
        f"the store could not be written ({describe(error)}); every capture is safe in WARC, run `fangtan rebuild`. "
        "抓取内容已安全保存。"
    )
    report = write_report(run, "incomplete", reason, {"exit_code": 3})
    return Outcome(run.site, run.run, "incomplete", reason, 3, report)


def _enter_plain_files(collection: Collection) -> None:
    """What people changed since the last run goes into the ledger; a crawl does not fail over it."""
    try:
        enter_settings(collection)
        for file in FILES:
            enter_lines(collection, file.kind, file.digests(collection))
    except (FangtanError, OSError) as error:
        log.warning("settings, corrections and codings are not entered into the ledger: %s", error)


def _stamp(collection: Collection) -> None:
    """Have the ledger's head stamped, where an authority is configured; a crawl does not fail over it."""
    if collection.config.get("timestamp") and (entry := ledger.last(collection)):
        try:
            import_module("archive.ledger.timestamp").stamp(collection, entry)  # ASN.1, which few crawls need
        except FangtanError as error:
            log.warning("the ledger's head is not time-stamped: %s", error)


_READINGS = f"""
SELECT c.url, {SAID}, v.parser, c.record_id
FROM versions v JOIN captures c ON c.id = v.capture JOIN _readings r ON r.capture = c.id
WHERE c.run = ? ORDER BY c.fetched_at, c.id"""


def _keep_readings(collection: Collection, run: SiteRun) -> None:
    """What the parser read in new versions goes into WARC, too: on record from today, whatever later parsers say."""
    if run.guard.fatal is not None:
        return
    db = open_reader(collection.store)
    try:
        rows = db.execute(_READINGS, (run.run,))
        run.recorder.keep_readings((url, text_of(said), parser, record_id) for url, said, parser, record_id in rows)
    except OSError as error:
        log.warning("%s: the readings are not kept in WARC: %s", run.site.id, error)
    finally:
        db.close()


def _remember_site(run: SiteRun) -> None:
    """A URL crawled ad hoc becomes a site of the collection once it has answered as one."""
    if run.tally.lists and not run.tally.single_page:
        # Without a family: a file written after its captures were read must not change how a rebuild reads them.
        run.collection.add_site(replace(run.site, name=tidy_name(run.tally.site_name) or run.site.name))


_COUNTS = {
    "interviews": "SELECT count(*) FROM interviews i WHERE i.site = :site",
    "turns": "SELECT count(*) FROM turns t JOIN interviews i ON i.uid = t.interview WHERE i.site = :site",
    "captures": "SELECT count(*) FROM captures WHERE run = :run",
    "new": """SELECT count(*) FROM versions v JOIN captures c ON c.id = v.capture
              WHERE c.run = :run AND v.version_no = 1""",
    # What another address of a talk says besides, found in the run that found the talk, is no change.
    "changed": """SELECT count(DISTINCT v.interview) FROM versions v JOIN captures c ON c.id = v.capture
                  WHERE c.run = :run AND EXISTS (
                    SELECT 1 FROM versions w JOIN captures d ON d.id = w.capture
                    WHERE w.interview = v.interview AND w.version_no < v.version_no
                      AND (d.key = c.key OR d.run IS NOT :run))""",
    "gone": """SELECT count(*) FROM interviews i
               WHERE i.site = :site
                 AND EXISTS (SELECT 1 FROM captures c WHERE c.run = :run AND c.fetched_at = i.gone_at)""",
    # Back: an address of the interview answers now, and its last answer before this run was that it was gone.
    "back": """SELECT count(DISTINCT u.interview)
               FROM interview_urls u JOIN interviews i ON i.uid = u.interview AND i.gone_at IS NULL
               JOIN captures c ON c.key = u.key AND c.run = :run AND c.status < 400
               WHERE i.site = :site AND (
                 SELECT p.status FROM captures p
                 WHERE p.key = u.key AND p.run IS NOT :run AND p.fetched_at < c.fetched_at
                 ORDER BY p.fetched_at DESC LIMIT 1) IN (404, 410)""",
    "unchanged": """SELECT count(DISTINCT v.interview)
                    FROM version_captures x JOIN versions v ON v.id = x.version JOIN captures c ON c.id = x.capture
                    WHERE c.run = :run AND x.part = 'page' AND v.capture <> x.capture""",
    "alerts": """SELECT count(DISTINCT f.interview) FROM flags f JOIN captures c ON c.id = f.capture
                 WHERE c.run = :run AND f.severity IN ('alert', 'warning')""",
    "flagged": """SELECT count(DISTINCT f.interview) FROM flags f
                  JOIN versions v ON v.id = f.version AND v.newest JOIN interviews i ON i.uid = f.interview
                  WHERE i.site = :site AND f.severity IN ('alert', 'warning')""",
}
#: The interviews that a run read, changed or not.
_READ = """SELECT DISTINCT v.id, v.kind, v.confidence, v.title, v.theme, v.time_start, c.bytes,
  EXISTS (SELECT 1 FROM _guests g WHERE g.version = v.id) AS guests
FROM captures c JOIN version_captures x ON x.capture = c.id AND x.part = 'page' JOIN versions v ON v.id = x.version
WHERE c.run = ?"""


def _counts(run: SiteRun) -> dict[str, Any]:
    db = open_reader(run.collection.store)
    try:
        values = {"run": run.run, "site": run.site.id}
        counts: dict[str, Any] = {name: int(db.execute(query, values).fetchone()[0]) for name, query in _COUNTS.items()}
        return {**counts, "quality": _quality(db.execute(_READ, (run.run,)).fetchall())}
    finally:
        db.close()


def _quality(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    """What the pages read are like: kinds, confidence, empty fields, sizes; shares from 0 to 1."""
    if not rows:
        return {"read": 0}
    talks = [r for r in rows if r[1] == "transcript"]
    sure = [r[2] for r in rows if r[2] is not None]
    kinds = dict(sorted(Counter(r[1] for r in rows).items()))
    return {
        "read": len(rows), "kinds": kinds, "transcripts": round(len(talks) / len(rows), 3),
        "confidence": round(sum(sure) / len(sure), 3) if sure else None, "size": int(median(r[6] for r in rows)),
        "without": {name: _share_without(talks, column) for name, column in _FIELDS},
    }  # fmt: skip


#: Fields that a talk should have, with their columns in ``_READ``.
_FIELDS = (("title", 3), ("theme", 4), ("time", 5), ("guests", 7))


def _share_without(talks: list[tuple[Any, ...]], column: int) -> float | None:
    """The share of talks that lack a field, from 0 to 1; ``None`` of no talks."""
    return round(sum(not r[column] for r in talks) / len(talks), 3) if talks else None
