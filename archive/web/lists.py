"""Pages of lists: a person, an organisation, a site, and what waits for a person's eye."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.collection.sql import row_of, rows_of
from archive.web.apart import Counting, ask
from archive.web.freshness import left_out
from archive.web.views import TooSlow, as_they_stand, in_time, page, read, refusal

LOW = 0.7
#: Talks of a page.
SHOWN = 100
_TALKS = """SELECT DISTINCT i.uid, i.title, i.url, i.kind, substr(i.date, 1, 10) AS day, p.organization,
    p.title AS post, nullif(p.name, '') AS name, coalesce(i.date, '') || '~' || i.uid AS place
FROM (SELECT DISTINCT i.day, i.uid FROM _participants p JOIN _talks i ON i.uid = p.interview WHERE p.listed AND {0}
    AND (i.day, i.uid) < (?, ?) ORDER BY i.day DESC, i.uid DESC LIMIT ?) n
  CROSS JOIN _participants p ON p.interview = n.uid AND p.listed JOIN interviews i ON i.uid = n.uid
WHERE {0} ORDER BY n.day DESC, n.uid DESC, p.place"""
_TALKS_IN_ALL = """SELECT count(DISTINCT i.uid) FROM _participants p JOIN _interviews i ON i.uid = p.interview
WHERE p.listed AND {}"""
#: Behind any day.
_END = ("~", "~")


async def _or_missing(datasette: Datasette, request: Request, template: str, facts: dict[str, Any] | None) -> Response:
    if facts is None:
        return await refusal(datasette, request)
    return await page(datasette, request, template, facts)


async def person(datasette: Datasette, request: Request) -> Response:
    """A person: posts over time, interviews, answers."""
    asked, after = (request.args.get("id") or "")[:200], (request.args.get("after") or "")[:300]

    found = await read(datasette, lambda db: person_of(db, asked, after))
    if found:
        found["ways"] = _ways(request, found["next"])
    return await _or_missing(datasette, request, "fangtan_person.html", found)


def _ways(request: Request, following: str) -> dict[str, str]:
    """The addresses of the first page, where this is another one, and of the next."""
    asked = {name: request.args[name] for name in request.args if name != "after"}
    return {
        "first": f"{request.path}?{urlencode(asked)}" if request.args.get("after") else "",
        "next": f"{request.path}?{urlencode({**asked, 'after': following})}" if following else "",
    }


def _talks_of(
    db: sqlite3.Connection, condition: str, values: tuple[str, ...], after: str
) -> tuple[list[dict[str, Any]], str]:
    """A page of talks with the posts of those asked for, the newest first; the place behind which the next begins."""
    day, _, uid = after.rpartition("~")
    place = (day, uid) if after else _END
    rows = list(rows_of(db, _TALKS.format(condition), (*values, *place, SHOWN + 1, *values)))
    talks = list(dict.fromkeys(row["uid"] for row in rows))
    shown = [row for row in rows if row["uid"] in talks[:SHOWN]]
    following = shown[-1]["place"] if len(talks) > SHOWN else ""
    return [{name: value for name, value in row.items() if name != "place"} for row in shown], following


def person_of(db: sqlite3.Connection, asked: str, after: str = "") -> dict[str, Any] | None:
    """Who somebody is, a page of the talks with posts, how much was said; ``None`` when nobody has this id.

    :param after: the ``next`` of the page before
    """
    same = db.execute("SELECT target FROM _same WHERE person = ?", (asked,)).fetchone()
    identifier = same[0] if same else asked
    who = row_of(db, "SELECT * FROM persons WHERE id = ?", (identifier,))
    if who is None:
        return None
    spoken = (
        "SELECT coalesce(sum(turns), 0) AS turns, coalesce(sum(characters), 0) AS characters "
        "FROM participants WHERE person = ?"
    )
    talks, following = _talks_of(db, "p.person = ?", (identifier,), after)
    return {"who": who, "talks": talks, "spoken": row_of(db, spoken, (identifier,)), "next": following}


async def organization(datasette: Datasette, request: Request) -> Response:
    """An organisation: its guests and interviews, on one site or on all."""
    name, site_id = (request.args.get("name") or "")[:200], (request.args.get("site") or "")[:80]
    after = (request.args.get("after") or "")[:300]

    def facts(db: sqlite3.Connection) -> dict[str, Any] | None:
        condition = "p.organization = ?" + (" AND i.site = ?" if site_id else "")
        values = (name, site_id) if site_id else (name,)
        (n,) = db.execute(_TALKS_IN_ALL.format(condition), values).fetchone()
        talks, following = _talks_of(db, condition, values, after)
        return {"name": name, "talks": talks, "n": n, "ways": _ways(request, following)} if n else None

    return await _or_missing(datasette, request, "fangtan_organization.html", await read(datasette, facts))


_YEARS = """SELECT year, sum(interviews) AS n,
    sum(CASE kind WHEN 'transcript' THEN interviews ELSE 0 END) AS transcripts, sum(gone) AS gone
FROM _tally WHERE site = ? GROUP BY 1 ORDER BY year = '', 1"""
_RUNS = (
    "SELECT id AS run, site, started_at, verdict, reason, interviews, new, changed, gone, errors, declared, got "
    "FROM runs WHERE site = ? ORDER BY id DESC LIMIT 50"
)


_SILENCE = """SELECT date(before) AS before, date(day) AS after,
    CAST(julianday(day) - julianday(before) AS INTEGER) AS days FROM (
  SELECT substr(date, 1, 10) AS day, lag(substr(date, 1, 10)) OVER (ORDER BY date) AS before FROM _interviews
    WHERE site = ? AND length(date) >= 10)
WHERE before IS NOT NULL ORDER BY days DESC LIMIT 1"""
_NOT_TEXT = """SELECT coalesce(sum(interviews), 0) AS n FROM _tally
WHERE site = ? AND kind IN ('video', 'attachment', 'offsite')"""
_PARTIAL = "SELECT count(*) AS n FROM runs WHERE site = ? AND verdict NOT IN ('ok', 'running')"


def _gaps(db: sqlite3.Connection, identifier: str, years: list[int]) -> dict[str, Any]:
    """What is not held, as far as the archive itself knows."""
    silence = list(rows_of(db, _SILENCE, (identifier,)))
    return {
        "years": [y for y in range(min(years), max(years)) if y not in years] if years else [],
        "silence": silence[0] if silence and silence[0]["days"] > 0 else None,
        "not_text": next(rows_of(db, _NOT_TEXT, (identifier,)))["n"],
        "partial": next(rows_of(db, _PARTIAL, (identifier,)))["n"],
    }


async def site(datasette: Datasette, request: Request) -> Response:
    """A site: what is held of each year, and how its runs ended."""
    identifier = request.url_vars["site"]

    def facts(db: sqlite3.Connection) -> dict[str, Any] | None:
        known = list(rows_of(db, "SELECT * FROM sites WHERE id = ?", (identifier,)))
        years, runs = list(rows_of(db, _YEARS, (identifier,))), list(rows_of(db, _RUNS, (identifier,)))
        if not (known or years or runs):
            return None
        about = known[0] if known else {"id": identifier, "name": identifier, "host": "", "family": None}
        return {
            "site": about,
            "years": years,
            "most": max((y["n"] for y in years), default=1),
            "runs": runs,
            "gaps": _gaps(db, identifier, [int(y["year"]) for y in years if y["year"].isdecimal()]),
        }

    found = await read(datasette, facts)
    if found is not None:
        found["runs"] = await as_they_stand(datasette, found["runs"])
    return await _or_missing(datasette, request, "fangtan_site.html", found)


_LOW = """SELECT i.uid, i.title, i.url, i.kind, i.confidence FROM versions v JOIN interviews i ON i.uid = v.interview
WHERE v.newest AND v.confidence < ? ORDER BY v.confidence, v.interview LIMIT 100"""
_FLAGGED = """SELECT i.uid, i.title, f.field, f.rule, f.severity, f.text, f.suggestion FROM flags f
    JOIN versions v ON v.id = f.version AND v.newest
JOIN interviews i ON i.uid = f.interview WHERE f.severity <> 'info' ORDER BY f.severity, f.interview, f.seq LIMIT 200"""
_ABSTAINED = """SELECT i.uid, i.title, json_extract(v.evidence, '$.abstained') AS abstained FROM versions v
    JOIN interviews i ON i.uid = v.interview
WHERE v.newest AND CASE WHEN json_valid(v.evidence) THEN json_extract(v.evidence, '$.abstained') <> '{}' END
    ORDER BY v.interview LIMIT 200"""

#: Values that another rule contradicts and that are not sure.
_CLOSE = """SELECT i.uid, i.title, e.key AS field, json_extract(e.value, '$.quote') AS quote,
    json_extract(e.value, '$.rejected') AS rejected, json_extract(v.evidence, '$.confidence.' || e.key) AS confidence
FROM (SELECT interview, evidence FROM versions WHERE newest AND contested IS NOT NULL AND contested < ?1
    ORDER BY contested, interview LIMIT 200) v
  JOIN interviews i ON i.uid = v.interview, json_each(v.evidence, '$.evidence') e
WHERE json_array_length(e.value, '$.rejected') > 0
    AND json_extract(v.evidence, '$.confidence.' || e.key) < ?1 ORDER BY 6, i.uid LIMIT 200"""
_SURE = 0.9


async def review(datasette: Datasette, request: Request) -> Response:
    """What a person should look at: low confidence, values not asserted or contested, suspicious words,
    corrections that no longer hold.
    """
    facts = {name: await in_time(datasette, find, list[Any](), part) for name, (find, part) in _WAITING.items()}
    for question in ("twins", "namesakes"):
        try:
            facts[question] = await ask(datasette, question, {})
        except (Counting, TooSlow):
            left_out(question)
            facts[question] = []
    return await page(datasette, request, "fangtan_review.html", facts)


def _abstained(db: sqlite3.Connection) -> list[dict[str, Any]]:
    return [
        {
            **row,
            "values": [
                {"field": name, "reason": a["reason"], "candidates": "；".join(a["candidates"])}
                for name, a in json.loads(row["abstained"]).items()
            ],
        }
        for row in list(rows_of(db, _ABSTAINED))
    ]


_STALE = """SELECT c.interview, i.title, c.field, c.old, c.parsed, c.author FROM corrections c
    LEFT JOIN interviews i ON i.uid = c.interview WHERE NOT c.applied ORDER BY c.number LIMIT 100"""
#: What waits for a person's eye: what the page calls it, what asks for it, and its heading among the words.
_WAITING: dict[str, tuple[Callable[[sqlite3.Connection], list[Any]], str]] = {
    "low": (lambda db: list(rows_of(db, _LOW, (LOW,))), "low"),
    "flagged": (lambda db: list(rows_of(db, _FLAGGED)), "suspicious"),
    "abstained": (_abstained, "abstained"),
    "contested": (
        lambda db: [
            {**row, "rejected": "；".join(json.loads(row["rejected"]))} for row in rows_of(db, _CLOSE, (_SURE,))
        ],
        "contested",
    ),
    "stale": (lambda db: list(rows_of(db, _STALE)), "stale"),
}
