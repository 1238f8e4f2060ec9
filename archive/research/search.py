"""Chinese full text: exact at every length, filtered, counted, as a concordance."""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from archive.errors import ConfigError
from archive.research.filters import DATE, FIND, Filter
from archive.research.places import places
from archive.store.query_language import NOTHING, Query, parse


@dataclass(frozen=True, slots=True)
class Hit:
    """A turn that matches.

    :param date: of the talk; empty where the page gives none
    :param site: the id of its site
    :param county: the county of its site; the site's name where the county is not known
    :param post: organisation and title of a guest who speaks; else empty
    """

    turn: str
    interview: str
    title: str
    url: str
    date: str
    seq: int
    speaker: str
    role: str
    text: str
    capture: str
    site: str = ""
    county: str = ""
    post: str = ""


_POST = """(SELECT trim(coalesce(g.organization, '') || ' ' || coalesce(g.title, '')) FROM guests g
    WHERE g.interview = t.interview AND g.name = t.person ORDER BY g.seq LIMIT 1)"""
_SHOWN = (
    f"SELECT t.id, t.interview, coalesce(i.title, ''), i.url, {DATE} AS date, t.seq, t.speaker, t.role, t.text, "
    f"t.capture, coalesce(i.site, ''), coalesce(nullif(s.county, ''), s.name, i.site, ''), coalesce({_POST}, '')"
)
_INTERVIEW = "JOIN interviews i ON i.uid = t.interview LEFT JOIN sites s ON s.id = i.site"
#: In order of the index; CROSS JOIN keeps SQLite from beginning elsewhere.
_TALKS = """SELECT v.id, n.date, n.uid FROM _interviews n
    CROSS JOIN versions v ON v.interview = n.uid AND v.newest CROSS JOIN interviews i ON i.uid = n.uid
    LEFT JOIN sites s ON s.id = i.site"""
_IN_TALK = f"{DATE} = ? AND t.interview = ?"
#: Date, interview and number of a turn.
After = tuple[str, str, int]
#: More matches than this are not sorted: the talks are walked in order of date, and the first of them hold enough.
_WALK_FROM = 3000
_WALK_AT_MOST = 4000


def search(
    connection: sqlite3.Connection,
    query: str | Query,
    limit: int = 20,
    *,
    newest_first: bool = True,
    only: Filter | None = None,
) -> tuple[list[Hit], int]:
    """Turns that match, by date; and how many there are in all."""
    return first_page(connection, query, limit, newest_first=newest_first, only=only), total(connection, query, only)


def first_page(
    connection: sqlite3.Connection,
    query: str | Query,
    limit: int = 20,
    *,
    newest_first: bool = True,
    only: Filter | None = None,
    after: After | None = None,
) -> list[Hit]:
    """The first turns that match, by date.

    :param after: date, interview and number of the turn behind which they begin
    """
    query, only = asked(query, only)
    if query.match == NOTHING:
        return []
    order = "DESC" if newest_first else "ASC"
    index, expression = query.index
    some = connection.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM {index} WHERE {index} MATCH ? LIMIT ?)", (expression, _WALK_FROM + 1)
    ).fetchone()[0]
    rows = _walked(connection, query, only, order, limit, after) if some > max(_WALK_FROM, limit) else None
    if rows is None:
        condition, values = only.turns()
        if after is not None:
            condition = f"{condition} AND ({_behind(f'{DATE}, t.interview', order)} OR ({_IN_TALK} AND t.seq > ?))"
            values = [*values, *after[:2], *after]
        # Sorted without the words, which are fetched for those that are shown.
        rows = connection.execute(
            f"""WITH page AS MATERIALIZED (SELECT t.id AS id FROM {FIND[index]} t {_INTERVIEW} WHERE t.q MATCH ?
                AND {condition}
                  ORDER BY {DATE} {order}, t.interview {order}, t.seq LIMIT ?)
                {_SHOWN} FROM page p JOIN turns t ON t.id = p.id {_INTERVIEW}
                  ORDER BY date {order}, t.interview {order}, t.seq""",
            (expression, *values, limit),
        ).fetchall()
    return [Hit(*row) for row in rows]


def asked(query: str | Query, only: Filter | None) -> tuple[Query, Filter]:
    """The query, parsed if it is not yet, and the conditions; exact case is one of them."""
    only = only or Filter()
    query = query if isinstance(query, Query) else parse(query, case=only.case is not None)
    return query, replace(only, case=query.exact) if query.exact else only


def _behind(talk: str, order: str, equal: str = "") -> str:
    """A condition for talks behind one of a date and an id, in an order."""
    return f"({talk}) {'<' if order == 'DESC' else '>'}{equal} (?, ?)"


def _walked(
    connection: sqlite3.Connection, query: Query, only: Filter, order: str, limit: int, after: After | None
) -> list[tuple[Any, ...]] | None:
    """The first matches by walking the talks in order of date; ``None`` when too many talks have none."""
    index, expression = query.index
    condition, values = only.interviews()
    of_turn, turn_values = only.of_turns()
    if after is not None:
        behind = _behind("coalesce(n.date, ''), n.uid", order, "=")
        condition = f"{condition} AND {behind}"
        values = [*values, *after[:2]]
    talks = connection.execute(f"{_TALKS} WHERE {condition} ORDER BY n.date {order}, n.uid {order}", values)
    in_talk = f"""{_SHOWN} FROM {index} f JOIN _turns r ON r.rowid = f.rowid JOIN turns t ON t.id = r.id {_INTERVIEW}
        WHERE f.{index} MATCH ? AND f.rowid BETWEEN ? AND ? AND r.version = ? AND t.seq > ? AND {of_turn}
        ORDER BY t.seq"""
    rows: list[tuple[Any, ...]] = []
    for number, (version, *talk) in enumerate(talks, 1):
        first, last = connection.execute(
            "SELECT min(rowid), max(rowid) FROM _turns WHERE version = ?", (version,)
        ).fetchone()
        if first is not None:
            begun = after[2] if after is not None and (talk[0] or "", talk[1]) == after[:2] else -1
            rows += connection.execute(in_talk, (expression, first, last, version, begun, *turn_values))
        if len(rows) >= limit:
            return rows[:limit]
        if number == _WALK_AT_MOST:
            return None
    return rows


def total(connection: sqlite3.Connection, query: str | Query, only: Filter | None = None) -> int:
    """How many turns match."""
    query, only = asked(query, only)
    if query.match == NOTHING:
        return 0
    index, expression = query.index
    if only.is_empty:  # the index alone can count
        statement, values = f"SELECT count(*) FROM {index} WHERE {index} MATCH ?", list[Any]()
    else:
        condition, values = only.turns()
        statement = f"SELECT count(*) FROM {FIND[index]} t {_INTERVIEW} WHERE t.q MATCH ? AND {condition}"
    return int(connection.execute(statement, (expression, *values)).fetchone()[0])


def matches(connection: sqlite3.Connection, query: Query, only: Filter, columns: str) -> Iterator[tuple[Any, ...]]:
    """Columns of all turns (``t``) that match, one row at a time, in no order."""
    index, expression = query.index
    condition, values = only.turns()
    yield from connection.execute(
        f"SELECT {columns} FROM {FIND[index]} t {_INTERVIEW} WHERE t.q MATCH ? AND {condition}", (expression, *values)
    )


def turns_of(connection: sqlite3.Connection, names: list[str]) -> dict[str, Hit]:
    """The turns of these ids, those that are still there."""
    query = f"{_SHOWN} FROM turns t {_INTERVIEW} WHERE t.id IN (SELECT value FROM json_each(?))"
    return {row[0]: Hit(*row) for row in connection.execute(query, (json.dumps(names),))}


# ── concordance ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Line:
    """A place where a word is, with what is around it (KWIC).

    :param start: the offset of the word in its turn, in characters
    """

    turn: str
    date: str
    speaker: str
    role: str
    left: str
    hit: str
    right: str
    start: int = 0
    interview: str = ""
    title: str = ""
    url: str = ""
    site: str = ""
    county: str = ""
    post: str = ""


def concordance(hits: list[Hit], query: Query, width: int = 20) -> Iterator[Line]:
    """Every place of every word in the hits, in order of text."""
    for hit, found in zip(hits, places([hit.text for hit in hits], query.words, case=bool(query.exact)), strict=True):
        for start, end in found:
            yield line_at(hit, start, end, width)


def line_at(hit: Hit, start: int, end: int, width: int) -> Line:
    """The line of one place in a turn."""
    left, word, right = (
        text.replace("\n", " ")
        for text in (hit.text[max(0, start - width) : start], hit.text[start:end], hit.text[end : end + width])
    )
    of_talk = (hit.interview, hit.title, hit.url, hit.site, hit.county, hit.post)
    return Line(hit.turn, hit.date, hit.speaker, hit.role, left, word, right, start, *of_talk)


def columns(text: str) -> int:
    """How many columns a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


# ── counts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

#: What a group is: of a talk, or of each of its turns.
_TALK_GROUPS = {
    "year": f"substr({DATE}, 1, 4)",
    "month": f"substr({DATE}, 1, 7)",
    "site": "coalesce(s.name, i.site)",
    "province": "coalesce(s.province, '')",
    "kind": "i.kind",
    "genre": "coalesce(i.genre, '')",
}
_TURN_GROUPS = {"role": "t.role", "speaker": "coalesce(t.person, t.speaker)"}
GROUPS = (*_TALK_GROUPS, *_TURN_GROUPS)


def grouping(by: str) -> str:
    """What a group is, in SQL over turns ``t``, interviews ``i`` and sites ``s``.

    :raises ConfigError: an unknown group
    """
    if by not in GROUPS:
        raise ConfigError(f"--by {by}: expected one of {', '.join(GROUPS)}")
    return _TALK_GROUPS.get(by) or _TURN_GROUPS[by]


def facets(
    connection: sqlite3.Connection, query: str | Query, only: Filter | None = None
) -> dict[str, list[tuple[str, str, int]]]:
    """Matching turns by role, kind, site and province: (value, name, turns), most first."""
    query, only = asked(query, only)
    index, expression = query.index
    said, words = Filter(case=only.case).of_turns()
    condition, values = only.without_case().turns()
    turned = only.speaker or only.organization  # each speaker counts by itself
    rows = connection.execute(
        f"""WITH hits AS MATERIALIZED (SELECT t.interview AS interview, t.role AS role, t.speaker AS speaker,
            t.person AS person, count(*) AS n
              FROM {FIND[index]} t WHERE t.q MATCH ? AND {said} GROUP BY 1, 2{", 3, 4" if turned else ""})
            SELECT t.role, i.kind, coalesce(i.site, ''), coalesce(s.name, i.site, ''), coalesce(s.province, ''),
              sum(t.n)
            FROM hits t {_INTERVIEW} WHERE {condition} GROUP BY 1, 2, 3, 4, 5""",
        (expression, *words, *values),
    ).fetchall()
    found: dict[str, dict[tuple[str, str], int]] = {"role": {}, "kind": {}, "site": {}, "province": {}}
    for role, kind, site, name, province, n in rows:
        for facet, key in (
            ("role", (role, role)),
            ("kind", (kind, kind)),
            ("site", (site, name)),
            ("province", (province, province)),
        ):
            if key[0]:
                found[facet][key] = found[facet].get(key, 0) + n
    return {
        facet: sorted(((value, name, n) for (value, name), n in counted.items()), key=lambda row: (-row[2], row[0]))
        for facet, counted in found.items()
    }


@dataclass(frozen=True, slots=True)
class Count:
    """How often a query matches in a group.

    :param turns: matching turns of ``of`` turns in all; ``interviews`` those that have them
    :param per_10000: matching turns in ten thousand characters of all turns of the group
    """

    group: str
    turns: int
    interviews: int
    of: int
    per_10000: float


def counts(connection: sqlite3.Connection, query: str | Query, by: str, only: Filter | None = None) -> list[Count]:
    """Matches by year, month, site, province, role, speaker, kind or genre, in order of the group.

    :raises ConfigError: an unknown group
    """
    grouping(by)
    query, only = asked(query, only)
    index, expression = query.index
    condition, values = only.interviews()
    found, found_values = only.of_turns()
    of_turn, turn_values = only.without_case().of_turns()
    group = _TURN_GROUPS.get(by, "''")
    spoken = f"SELECT t.interview, {group}, count(*), sum(length(t.text)) FROM turns t WHERE {of_turn} GROUP BY 1, 2"
    if by not in _TURN_GROUPS and not turn_values:  # each talk knows how much is said in it
        spoken = "SELECT uid, '', n_turns, characters FROM interviews"
    rows = connection.execute(
        f"""WITH hits(interview, part, n) AS MATERIALIZED (SELECT t.interview, {group}, count(*) FROM {FIND[index]} t
            WHERE t.q MATCH ? AND {found} GROUP BY 1, 2),
            spoken(interview, part, turns, characters) AS MATERIALIZED ({spoken})
            SELECT {_TALK_GROUPS.get(by, "w.part")} AS grp, sum(coalesce(h.n, 0)) AS found,
              count(DISTINCT h.interview), sum(w.turns), sum(w.characters)
            FROM spoken w JOIN interviews i ON i.uid = w.interview LEFT JOIN sites s ON s.id = i.site
            LEFT JOIN hits h ON h.interview = w.interview AND h.part = w.part
            WHERE {condition} GROUP BY grp HAVING found > 0 ORDER BY grp""",
        (expression, *found_values, *(turn_values if "?" in spoken else ()), *values),
    ).fetchall()
    return [
        Count(g or "", n, i, of, round(n * 10000 / characters, 3) if characters else 0.0)
        for g, n, i, of, characters in rows
    ]
