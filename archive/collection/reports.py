"""Run reports, ``reports/<run>.json``: read in one place, where each fact is what its readers take it for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from archive.collection.crawldb import look_into, without_verdict
from archive.collection.folder import Collection
from archive.errors import ConfigError, StoreError
from parsers.errors import FangtanError

_COUNTS = (
    "pages", "interviews", "new", "changed", "gone", "back", "unchanged", "errors", "declared", "declared_items", "got", "listed", "bytes",
    "exit_code", "turns", "left", "alerts", "flagged",
)  # fmt: skip
_ROWS = ("obstacles", "error_list", "refusals", "challenges")
_LISTS = ("evidence", "section")
_FIGURES = ("transcripts", "confidence", "size", "read")
_TEXTS = ("run", "site", "name", "started_at", "ended_at", "verdict", "reason", "fix", "family", "code_version")
#: What each fact may be; ``None`` is a fact that is not known yet.
_SHAPES: dict[str, type] = {
    **dict.fromkeys(_COUNTS, int),
    **dict.fromkeys(_TEXTS, str),
    **dict.fromkeys(("quality", "hosts"), dict),
    **dict.fromkeys((*_LISTS, *_ROWS), list),
}
_NEEDED = ("run", "site", "started_at", "verdict")
_LARGEST = 2**53


def read_report(path: Path) -> dict[str, Any]:
    """A run's report.

    :raises ConfigError: it cannot be read, or a fact is not what it must be
    """
    try:
        if not path.is_file():
            raise ConfigError(f"{path}: no report of a run: no plain file")
        data = json.loads(path.read_text("utf-8"))
        json.dumps(data, ensure_ascii=False, allow_nan=False).encode()  # the store keeps it so
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: no report of a run: {error}") from error
    wrong = _wrong(data) or ("run is not the file's name" if data["run"] != path.stem else None)
    if wrong is not None:
        raise ConfigError(f"{path}: no report of a run: {wrong}")
    return cast("dict[str, Any]", data)


def _wrong(data: Any) -> str | None:
    """What is not as readers take it; ``None`` when all is."""
    if not isinstance(data, dict):
        return "expected an object"
    return next(_faults(data), None)


def _faults(data: dict[str, Any]) -> Iterator[str]:
    for name in _NEEDED:
        if not data.get(name):
            yield f"{name} is missing"
    for name, shape in _SHAPES.items():
        if not _fits(data.get(name), shape):
            yield f"{name} must be {shape.__name__}, found {str(data[name])[:80]!r}"
    yield from _faults_inside(data)


def _faults_inside(data: dict[str, Any]) -> Iterator[str]:
    """What is wrong inside lists, times and figures, once each fact has its shape."""
    for names, fits, expected in ((_ROWS, _is_row, "rows with an address"), (_LISTS, _is_text, "texts")):
        yield from (f"{name} must hold {expected}" for name in names if not _all(data.get(name), fits))
    for name in ("started_at", "ended_at"):
        if data.get(name) and not _is_moment(data[name]):
            yield f"{name} must be a time, found {data[name]!r}"
    if not _all(map((data.get("quality") or {}).get, _FIGURES), _is_figure):
        yield "quality must hold figures"


def _all(values: Iterable[Any] | None, fits: Callable[[Any], bool]) -> bool:
    return all(map(fits, values or ()))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_figure(value: Any) -> bool:
    return isinstance(value or 0, (int, float))


def _is_row(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("url"), str)


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _fits(value: Any, shape: type) -> bool:
    if value is None:
        return True
    if shape is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST
    return isinstance(value, shape)


def under_way(collection: Collection) -> dict[str, dict[str, Any]]:
    """The runs whose process is alive, as the head of a report: ``reason`` says what they wait for or are at.

    A run is alive while its own process holds its site's lock: the lock alone may be another run's.
    """
    found = {}
    for new in without_verdict(collection.crawl_db):
        if collection.holder(f"site-{new.site}") in (new.pid, 0):
            head = {"run": new.run, "site": new.site, "started_at": new.started_at}
            found[new.run] = {**head, "verdict": "running", "reason": new.standing}
    return found


def as_it_stands(collection: Collection, report: dict[str, Any]) -> dict[str, Any]:
    """A report as its run is now. What a killed run cannot say: that it is ``interrupted``, what waits."""
    if report.get("verdict") != "running" or report.get("run") in under_way(collection):
        return report
    reason = "killed; another run has started since"
    if collection.crawl_db.exists():
        db = look_into(collection.crawl_db)
        try:
            (state,) = db.execute("SELECT max(state) FROM runs WHERE run = ?", (report["run"],)).fetchone()
            query = "SELECT state = 'done', count(*) FROM frontier WHERE site = ? GROUP BY 1"
            done = dict(db.execute(query, (report["site"],)).fetchall()) if state in ("running", "stopped") else {}
        finally:
            db.close()
        if state in ("running", "stopped"):
            reason = (
                f"killed after {done.get(1, 0)} pages, {done.get(0, 0)} URLs wait; continue with `fangtan crawl "
                "--resume`"
            )
        elif state == "done":
            reason = "killed before it was judged; its captures are kept; the next run reads them"
    return {**report, "verdict": "interrupted", "reason": reason}


def unfinished(collection: Collection) -> frozenset[str]:
    """The runs that ``crawl.db`` knows and that have not ended."""
    return _runs_that(collection, "state <> 'done'")


def _runs_that(collection: Collection, condition: str) -> frozenset[str]:
    if not collection.crawl_db.exists():
        return frozenset()
    try:
        db = look_into(collection.crawl_db)
        try:
            return frozenset(run for (run,) in db.execute(f"SELECT run FROM runs WHERE {condition}"))
        finally:
            db.close()
    except (StoreError, sqlite3.Error):
        return frozenset()


class Rewritten:
    """The runs whose reports may be other than the ledger says: they are under way, or were killed."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.open = _runs_that(collection, "state <> 'done' OR verdict IS NULL")
        try:
            self.alive = under_way(collection).keys()
        except (FangtanError, sqlite3.Error):
            self.alive = {}.keys()

    def is_begun(self, run: str) -> bool:
        """Whether a run's report says that it has not ended."""
        try:
            said = run in self.alive or read_report(self.collection.reports / f"{run}.json")["verdict"] == "running"
        except FangtanError:
            return False
        return said

    def is_written(self, run: str) -> bool:
        """Whether the report that is there need not be the one that was entered: the run was continued, or killed."""
        return run in self.alive or (run in self.open and self.is_begun(run))
