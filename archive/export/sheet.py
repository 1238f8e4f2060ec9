"""The data sheet of an export: what, when, how, gaps and known errors; in words for people, as JSON for programs."""

from __future__ import annotations

import csv
import json
import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import Any

import parsers
from archive import VERSION
from archive.collection.folder import Collection
from archive.errors import ArchiveError
from archive.export.found import COLUMNS
from archive.export.tables import arrow
from archive.ledger import chain as ledger
from archive.research.filters import Filter
from archive.research.pages import Wanted
from archive.store.query_language import parse

_CELLS = """
**Cells.** A text that a spreadsheet program would run as a formula (it begins with =, +, - or @, also in full width or
after blanks) has an apostrophe before it. Programs take it away with `archive.export.cells.bare`. Numbers stay numbers.
"""
_ABOUT = "interviews i LEFT JOIN sites s ON s.id = i.site"


def write(
    collection: Collection, db: sqlite3.Connection, only: Filter, folder: Path, form: str, shape: dict[str, str | None]
) -> dict[str, Any]:
    """``datasheet.json`` and ``datasheet.md``.

    :return: the facts that they tell
    :param shape: what :func:`order_of` says, and what ``tokens`` are
    """
    facts = {**describe(collection, db, only, form), **shape, "rows": _rows(folder, str(shape["unit"]))}
    (folder / "datasheet.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", "utf-8")
    (folder / "datasheet.md").write_text(as_text(facts), "utf-8")
    return facts


def describe(collection: Collection, db: sqlite3.Connection, only: Filter, form: str) -> dict[str, Any]:
    """The facts of an export."""
    condition, values = only.interviews()

    def one(query: str) -> Any:
        return db.execute(query.format(_ABOUT, condition), values).fetchone()[0]

    kinds = dict(
        db.execute(f"SELECT i.kind, count(*) FROM {_ABOUT} WHERE {condition} GROUP BY 1 ORDER BY 1", values).fetchall()
    )
    return {
        "format": form,
        "software": f"fangtan/{VERSION}, {parsers.PARSER}",
        "ledger_head": _head(collection),
        "filter": {k: v for k, v in asdict(only).items() if v is not None},
        "understood": None if only.query is None else parse(only.query, case=only.case is not None).shown,
        "interviews": one("SELECT count(*) FROM {} WHERE {}"),
        "turns": one("SELECT coalesce(sum(i.n_turns), 0) FROM {} WHERE {}"),
        "kinds": kinds,
        "sites": one("SELECT count(DISTINCT i.site) FROM {} WHERE {}"),
        "captured": [one("SELECT min(i.first_seen) FROM {} WHERE {}"), one("SELECT max(i.last_seen) FROM {} WHERE {}")],
        "talks": [one("SELECT min(i.time_start) FROM {} WHERE {}"), one("SELECT max(i.time_start) FROM {} WHERE {}")],
        "without_time": one("SELECT count(*) FROM {} WHERE {} AND i.time_start IS NULL"),
        "without_guests": one(
            "SELECT count(*) FROM {} WHERE {} AND NOT EXISTS (SELECT 1 FROM guests g WHERE g.interview = i.uid)"
        ),
        "low_confidence": one("SELECT count(*) FROM {} WHERE {} AND i.confidence < 0.7"),
        "suspicious": one(
            "SELECT count(*) FROM {} WHERE {} AND EXISTS (SELECT 1 FROM flags f WHERE f.interview = i.uid "
            "AND f.severity <> 'info')"
        ),
        "gone_from_the_web": one("SELECT count(*) FROM {} WHERE {} AND i.gone_at IS NOT NULL"),
        "runs_not_ok": one(
            "SELECT count(*) FROM runs WHERE verdict NOT IN ('ok', 'running') AND site IN (SELECT i.site FROM {} "
            "WHERE {})"
        ),
    }


def order_of(unit: str, wanted: Wanted) -> dict[str, str]:
    """What an export holds a row for, and in which order."""
    if unit == "talks":
        return {"unit": unit, "order": "id"}
    return {"unit": unit, "order": f"random, seed {wanted.seed}" if wanted.order == "random" else wanted.order}


def _rows(folder: Path, unit: str) -> int | None:
    """How many lines or turns an export holds."""
    path = next(folder.glob(f"{unit}.*")) if unit in COLUMNS else None
    if path is None:
        return None
    if path.suffix == ".parquet":
        return int(arrow()[1].read_metadata(path).num_rows)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return sum(1 for _ in csv.reader(stream)) - 1 if path.suffix == ".csv" else sum(1 for _ in stream)


def _head(collection: Collection) -> str | None:
    try:
        entries = ledger.read(collection.ledger)
    except ArchiveError:
        return None
    return entries[-1].hash if entries else None


def as_text(facts: dict[str, Any]) -> str:
    """The sheet for people."""
    kinds = ", ".join(f"{n} {kind}" for kind, n in facts["kinds"].items())
    asked = ", ".join(f"{k} = {v}" for k, v in facts["filter"].items()) or "everything"
    table = (
        f"One row for each of {facts['rows']} {facts['unit']}, in order: {facts['order']}.\n"
        if facts["rows"] is not None
        else ""
    )
    table += f"Tokens are {facts['tokens']}.\n" if facts["tokens"] else ""
    words = f"The query was understood as: {facts['understood']}.\n" if facts["understood"] else ""
    captured, talks = facts["captured"], [day or "unknown" for day in facts["talks"]]
    return f"""# Data sheet

**What.** {facts["interviews"]} interviews ({kinds}) of {facts["sites"]} site(s), {facts["turns"]} turns.
Chosen: {asked}.
{words}{table}
**When.** Captured between {captured[0]} and {captured[1]}; talks between {talks[0]} and {talks[1]}.

**How.** Crawled, kept in WARC, read and exported by {facts["software"]}. Each row names the WARC record it was read
from; ledger head {facts["ledger_head"]}.

**Licence.** The texts are their publishers'. Works of the state's organs that are legislative or administrative in
nature are not protected in China (Copyright Law, article 5); whether a given interview is one of these is for you to
judge.

**Gaps.** {facts["without_time"]} interviews without a time, {facts["without_guests"]} without guests,
{facts["gone_from_the_web"]} gone from the web since, {facts["runs_not_ok"]} crawl run(s) that were not complete.
What was never listed by a site is not here.

**Known errors.** {facts["low_confidence"]} interviews with a value below 0.7 confidence, {facts["suspicious"]} with
words that do not belong there (table `flags`): they are kept as found, not repaired. Labels, names and roles are read
by rules and can be wrong; `fangtan record TURN` shows the bytes.
{_CELLS if facts["format"] in {"csv", "readtext"} else ""}
**Personal data.** Officials are named as published. Citizens appear under the names that the sites print. Fields such
as `ip` that APIs leak are not in here.
"""
