"""Talks by the day on which what is shown of them was captured first: the order of feeds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from archive.collection.sql import rows_of
from archive.research.filters import Filter
from archive.store.query_language import NOTHING, Query, parse

_COLUMNS = (
    "n.uid AS uid, i.title AS title, i.url AS url, substr(i.date, 1, 10) AS day, "
    "coalesce(s.name, i.site, '') AS site_name, substr(coalesce(n.captured, ''), 1, 19) || 'Z' AS updated"
)
#: CROSS JOIN: the talks are walked in their order, and the walk ends with the last one that is wanted.
_WALK = """SELECT {} FROM _interviews n CROSS JOIN versions v ON v.interview = n.uid AND v.newest
  CROSS JOIN interviews i ON i.uid = n.uid LEFT JOIN sites s ON s.id = i.site
WHERE {} ORDER BY n.captured DESC, n.uid LIMIT ?"""
#: Searches with more matches walk the talks, too; others are found first and put in order.
_MANY = 3000
#: So many talks are walked for a search that many turns match.
_WALKED = 5000


def newest(db: sqlite3.Connection, only: Filter, limit: int, person: str | None = None) -> list[dict[str, Any]]:
    """The talks that match, what was captured last first: uid, title, url, day, site_name, updated (UTC).

    :param only: role and speaker ask for a turn of that kind
    :param person: a guest's id, ``site/name``
    """
    query = parse(only.query, case=only.case is not None) if only.query is not None else None
    if query is not None and query.match == NOTHING:
        return []
    if query is not None and _is_common(db, query):
        found = list(islice(_walked(db, only, query, person), limit))
        if len(found) == limit or _talks(db) <= _WALKED:
            return found
    condition, values = _condition(only, person)
    return list(rows_of(db, _WALK.format(_COLUMNS, condition), (*values, limit)))


def _condition(only: Filter, person: str | None) -> tuple[str, list[Any]]:
    condition, values = only.interviews()
    if only.site is not None:
        condition, values = f"{condition} AND n.site = ?", [*values, only.site]
    if person is not None:
        condition += " AND n.uid IN (SELECT interview FROM _participants WHERE person = ? AND listed)"
        values.append(person)
    if only.query is None and (only.role is not None or only.speaker is not None):
        of_turn, turn_values = Filter(role=only.role, speaker=only.speaker).of_turns()
        condition += f" AND EXISTS (SELECT 1 FROM turns t WHERE t.interview = n.uid AND {of_turn})"
        values += turn_values
    return condition, values


def _talks(db: sqlite3.Connection) -> int:
    (count,) = db.execute("SELECT coalesce(sum(interviews), 0) FROM _tally WHERE site = '*'").fetchone()
    return int(count)


def _is_common(db: sqlite3.Connection, query: Query) -> bool:
    index, expression = query.index
    some = f"SELECT count(*) FROM (SELECT 1 FROM {index} WHERE {index} MATCH ? LIMIT ?)"
    return int(db.execute(some, (expression, _MANY + 1)).fetchone()[0]) > _MANY


def _walked(db: sqlite3.Connection, only: Filter, query: Query, person: str | None) -> Iterator[dict[str, Any]]:
    """The first talks in which something is found, among those that are walked."""
    index, expression = query.index
    condition, values = _condition(replace(only, query=None, case=None, role=None, speaker=None), person)
    of_turn, turn_values = only.of_turns()
    talks = rows_of(db, _WALK.format(f"{_COLUMNS}, v.id AS version", condition), (*values, _WALKED))
    says = f"""SELECT 1 FROM {index} f JOIN _turns r ON r.rowid = f.rowid JOIN turns t ON t.id = r.id
      WHERE f.{index} MATCH ? AND f.rowid BETWEEN ? AND ? AND r.version = ? AND {of_turn} LIMIT 1"""
    for talk in talks:
        version = talk.pop("version")
        rows = db.execute("SELECT min(rowid), max(rowid) FROM _turns WHERE version = ?", (version,)).fetchone()
        if rows[0] is not None and db.execute(says, (expression, *rows, version, *turn_values)).fetchone():
            yield talk
