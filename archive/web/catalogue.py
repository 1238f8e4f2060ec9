"""Lists with pages: interviews, people, organisations, sites, changes. Each begins where the one before ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.collection.sql import row_of, rows_of
from archive.errors import ConfigError
from archive.research.changes import END, Place, latest
from archive.research.filters import Filter
from archive.web.finding import conditions, filtered
from archive.web.views import as_they_stand, page, read
from archive.web.words import language

SHOWN = 50
_BEHIND = "(coalesce(i.day, ''), i.uid) < (?, ?)"
_TALKS = """SELECT i.uid, i.title, i.url, i.kind, substr(i.date, 1, 10) AS day, coalesce(s.name, i.site) AS site_name,
    coalesce(i.date, '') || '~' || i.uid AS place
FROM (SELECT i.uid, i.day FROM _talks i LEFT JOIN sites s ON s.id = i.site WHERE {}
    ORDER BY i.day DESC, i.uid DESC LIMIT ?) n
  CROSS JOIN interviews i ON i.uid = n.uid LEFT JOIN sites s ON s.id = i.site ORDER BY n.day DESC, n.uid DESC"""
_PEOPLE = """SELECT DISTINCT person FROM _participants WHERE listed AND person > ? ORDER BY person LIMIT ?"""
_ORGANIZATIONS = "SELECT DISTINCT organization FROM _participants WHERE organization > ? ORDER BY organization LIMIT ?"
_ORGANIZATION = """SELECT organization AS name, count(DISTINCT interview) AS interviews,
    count(DISTINCT nullif(name, '')) AS guests, organization AS place FROM _participants WHERE organization = ?"""
#: Sites that are known or have talks, in order of their ids; there are a few thousand at most.
_SITES = """SELECT k.site, coalesce(s.name, k.site) AS name, s.province, s.prefecture, s.county,
    (SELECT coalesce(sum(t.interviews), 0) FROM _tally t WHERE t.site = k.site) AS interviews,
    r.id AS run, r.verdict, r.reason, r.ended_at AS ended, k.site AS place
FROM (SELECT id AS site FROM sites WHERE id > ?1 UNION SELECT site FROM _tally WHERE site > ?1 AND site <> '*'
    ORDER BY 1 LIMIT ?2) k
  LEFT JOIN sites s ON s.id = k.site LEFT JOIN runs r ON r.id = (SELECT max(id) FROM runs WHERE site = k.site)
ORDER BY k.site"""
Rows = list[dict[str, Any]]
Lister = Callable[[sqlite3.Connection, Filter, str, int], Rows]


def interviews(db: sqlite3.Connection, only: Filter, after: str, limit: int) -> Rows:
    """Interviews by date, the newest first."""
    condition, values = only.interviews()
    if after:
        day, _, uid = after.rpartition("~")
        condition, values = f"{condition} AND {_BEHIND}", [*values, day, uid]
    return list(rows_of(db, _TALKS.format(condition), (*values, limit)))


def people(db: sqlite3.Connection, _: Filter, after: str, limit: int) -> Rows:
    """Persons who were guests, by site and name."""
    names = [name for (name,) in db.execute(_PEOPLE, (after, limit))]
    found = (row_of(db, "SELECT *, id AS place FROM persons WHERE id = ?", (name,)) for name in names)
    return [row for row in found if row]


def organizations(db: sqlite3.Connection, _: Filter, after: str, limit: int) -> Rows:
    """Organisations of guests, by name."""
    names = [name for (name,) in db.execute(_ORGANIZATIONS, (after, limit))]
    return [next(rows_of(db, _ORGANIZATION, (name,))) for name in names]


def sites(db: sqlite3.Connection, _: Filter, after: str, limit: int) -> Rows:
    """Sites with what is held of them and how their last run ended, by id."""
    return list(rows_of(db, _SITES, (after, limit)))


def changes(db: sqlite3.Connection, _: Filter, after: str, limit: int) -> Rows:
    """What happened to interviews after they were captured, the newest first."""
    return [
        {**what.as_dict(), "number": place[3], "place": "~".join(map(str, place))}
        for what, place in latest(db, limit, _place(after))
    ]


def _place(text: str) -> Place:
    """:raises ConfigError: it is none"""
    at, *named = text.split("~")
    if not text:
        return END
    if len(named) != 3 or not named[2].isdecimal() or len(named[2]) > 9:
        raise ConfigError(f"after={text[:40]}: no place in this list 分页参数有误")
    return at, named[0], named[1], int(named[2])


LISTS: dict[str, Lister] = {
    "interviews": interviews,
    "people": people,
    "organizations": organizations,
    "sites": sites,
    "changes": changes,
}


#: The heads of their columns, among the words.
HEADS = {
    "interviews": ("date", "title", "kind", "site"),
    "people": ("name", "posts", "interviews", "site"),
    "organizations": ("name", "interviews", "guests"),
    "sites": ("site", "place", "interviews", "verdict", "last_run"),
    "changes": ("time", "title", "happened", "site"),
}


def _named(db: sqlite3.Connection, rows: Rows) -> Rows:
    """Rows with the names of their sites."""
    known = {row["site"] for row in rows}
    asked = f"SELECT id, name FROM sites WHERE id IN ({', '.join('?' * len(known))})"
    names = dict(db.execute(asked, tuple(known)).fetchall())
    return [{**row, "site_name": names.get(row["site"]) or row["site"]} for row in rows]


async def catalogue(datasette: Datasette, request: Request) -> Response:
    """A page of a list."""
    name, after = request.url_vars["list"], (request.args.get("after") or "")[:300]
    error, rows = None, Rows()
    try:
        only = await read(datasette, filtered(request).check)
        rows = await read(datasette, lambda db: LISTS[name](db, only, after, SHOWN + 1))
    except ConfigError as problem:
        error = str(problem)
    if name == "sites":
        rows = await as_they_stand(datasette, rows)
    if name in ("people", "changes"):
        rows = await read(datasette, lambda db: _named(db, rows))
    facts = {
        **_around(rows, {**conditions(request), "lang": language(request)}),
        "list": name,
        "heads": HEADS[name],
        "lists": list(LISTS),
        "begun": bool(after),
        "chosen": "、".join(filter(None, conditions(request).values())) if name == "interviews" else "",
        "error": error,
    }
    return await page(datasette, request, "fangtan_catalogue.html", facts, 400 if error else 200)


def _around(rows: Rows, asked: dict[str, str]) -> dict[str, Any]:
    """The rows of a page, and the queries that lead to the first page and the next."""
    again = {k: v for k, v in asked.items() if v}
    following = urlencode({**again, "after": rows[SHOWN - 1]["place"]}) if len(rows) > SHOWN else ""
    return {"rows": rows[:SHOWN], "again": urlencode(again), "following": following}


#: Searches that the help shows; each runs.
EXAMPLES = ("群众", "群众 企业", "群众 OR 企业", "群众 NOT 企业", '"依法行政"', "NEAR(群众 满意, 10)")


async def help_page(datasette: Datasette, request: Request) -> Response:
    """How to search, read, cite and take home, with examples that run."""
    return await page(datasette, request, "fangtan_help.html", {"examples": EXAMPLES})
