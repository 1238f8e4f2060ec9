"""Chinese full text: exact at every length, filtered, counted, as a concordance."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from archive.filters import DATE, Filter
from archive.query import NOTHING, Query, parse
from parsers.errors import ConfigError

SEPARATOR = "\x1f"


def spaced(text: str) -> str:
    """Text as it is indexed: U+001F between all characters."""
    return SEPARATOR.join(text)


def zh(query: str) -> str:
    """A query as an FTS5 expression: ``执法`` → ``"执 法"``; the SQL function of our connections. Empty queries match nothing."""
    return parse(query).match


@dataclass(frozen=True, slots=True)
class Hit:
    """A turn that matches."""

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


_FROM = "FROM find t JOIN interviews i ON i.uid = t.interview LEFT JOIN sites s ON s.id = i.site WHERE t.q MATCH ?"


def search(
    connection: sqlite3.Connection,
    query: str | Query,
    limit: int = 20,
    *,
    newest_first: bool = True,
    only: Filter | None = None,
) -> tuple[list[Hit], int]:
    """Turns that match, by date; and how many there are in all."""
    expression = query.match if isinstance(query, Query) else zh(query)
    condition, values = (only or Filter()).turns()
    if expression == NOTHING:
        return [], 0
    total = _total(connection, expression, only, condition, values)
    order = "DESC" if newest_first else "ASC"
    rows = connection.execute(
        f"""SELECT t.id, t.interview, coalesce(i.title, ''), i.url, {DATE} AS date, t.seq, t.speaker, t.role, t.text, t.capture
            {_FROM} AND {condition} ORDER BY date {order}, t.interview, t.seq LIMIT ?""",
        (expression, *values, limit),
    ).fetchall()
    return [Hit(*row) for row in rows], total


def _total(
    connection: sqlite3.Connection, expression: str, only: Filter | None, condition: str, values: list[str]
) -> int:
    if only is None or only.is_empty:  # the index alone can count
        return int(
            connection.execute("SELECT count(*) FROM _turns_fts WHERE _turns_fts MATCH ?", (expression,)).fetchone()[0]
        )
    return int(connection.execute(f"SELECT count(*) {_FROM} AND {condition}", (expression, *values)).fetchone()[0])


# ── concordance ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Line:
    """A place where a word stands, with what stands around it (KWIC)."""

    turn: str
    date: str
    speaker: str
    role: str
    left: str
    hit: str
    right: str


def concordance(hits: list[Hit], query: Query, width: int = 20) -> Iterator[Line]:
    """Every place of every word in the hits, in order of text."""
    pattern = (
        re.compile("|".join(re.escape(w) for w in sorted(set(query.words), key=len, reverse=True)))
        if query.words
        else None
    )
    for hit in hits if pattern else ():
        assert pattern is not None
        for match in pattern.finditer(hit.text):
            left = hit.text[max(0, match.start() - width) : match.start()]
            right = hit.text[match.end() : match.end() + width]
            yield Line(
                hit.turn, hit.date, hit.speaker, hit.role, left.replace("\n", " "), match[0], right.replace("\n", " ")
            )


def columns(text: str) -> int:
    """How many columns a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


# ── counts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

GROUPS = {
    "year": f"substr({DATE}, 1, 4)",
    "month": f"substr({DATE}, 1, 7)",
    "site": "coalesce(s.name, i.site)",
    "province": "coalesce(s.province, '')",
    "role": "t.role",
    "speaker": "coalesce(t.person, t.speaker)",
    "kind": "i.kind",
}


@dataclass(frozen=True, slots=True)
class Count:
    """How often a query matches in a group.

    :param turns: matching turns of ``of`` turns in all; ``interviews`` those they stand in
    :param per_10000: matching turns in ten thousand characters of all turns of the group
    """

    group: str
    turns: int
    interviews: int
    of: int
    per_10000: float


def counts(connection: sqlite3.Connection, query: str | Query, by: str, only: Filter | None = None) -> list[Count]:
    """Matches by year, month, site, province, role, speaker or kind, in order of the group.

    :raises ConfigError: an unknown group
    """
    if by not in GROUPS:
        raise ConfigError(f"--by {by}: expected one of {', '.join(GROUPS)}")
    expression = query.match if isinstance(query, Query) else zh(query)
    condition, values = (only or Filter()).turns()
    rows = connection.execute(
        f"""WITH hits AS MATERIALIZED (SELECT id FROM find WHERE q MATCH ?)
            SELECT {GROUPS[by]} AS grp, count(h.id), count(DISTINCT CASE WHEN h.id IS NOT NULL THEN i.uid END), count(*), sum(length(t.text))
            FROM turns t JOIN interviews i ON i.uid = t.interview LEFT JOIN sites s ON s.id = i.site LEFT JOIN hits h ON h.id = t.id
            WHERE {condition} GROUP BY grp HAVING count(h.id) > 0 ORDER BY grp""",
        (expression, *values),
    ).fetchall()
    return [
        Count(g or "", n, i, of, round(n * 10000 / characters, 3) if characters else 0.0)
        for g, n, i, of, characters in rows
    ]
