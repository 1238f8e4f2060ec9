"""Chinese full text: exact at every length, filtered, as a concordance."""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Any

from archive.research import known
from archive.research.counting import asked, numbers, shares, talks, total
from archive.research.filters import DATE, FIND, Filter
from archive.research.places import places
from archive.store.query_language import NOTHING, Query


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
    f"t.id, t.interview, coalesce(i.title, ''), i.url, {DATE} AS date, t.seq, t.speaker, t.role, t.text, "
    f"t.capture, coalesce(i.site, ''), coalesce(nullif(s.county, ''), s.name, i.site, ''), coalesce({_POST}, '')"
)
#: Where these are among them.
_UID, _DATE, _SEQ = 1, 4, 5
_INTERVIEW = "JOIN interviews i ON i.uid = t.interview LEFT JOIN sites s ON s.id = i.site"
#: In order of the index; CROSS JOIN keeps SQLite from beginning elsewhere.
_TALKS = """SELECT i.first_turn, length(i.roles), n.date, n.uid FROM _interviews n
    CROSS JOIN _talks i ON i.uid = n.uid LEFT JOIN sites s ON s.id = i.site"""
_IN_TALK = f"{DATE} = ? AND t.interview = ?"
#: Date, interview and number of a turn.
After = tuple[str, str, int]
#: More matches than this are not sorted: the talks are walked in order of date, and the first of them hold enough.
#: Where the first ones hold too few, every talk is asked how many it has.
_WALK_FROM = 3000
_WALK_AT_MOST = 500
#: So many turns are looked up at once.
_BATCH = 5000


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
    if some > max(_WALK_FROM, limit):
        rows = _walked(connection, query, only, order, limit, after)
        if rows is None:
            rows = _of_all_talks(connection, query, only, order, limit, after)
    else:
        condition, values = only.turns()
        if after is not None:
            condition = f"{condition} AND ({_behind(f'{DATE}, t.interview', order)} OR ({_IN_TALK} AND t.seq > ?))"
            values = [*values, *after[:2], *after]
        # Sorted without the words, which are fetched for those that are shown.
        rows = connection.execute(
            f"""WITH page AS MATERIALIZED (SELECT t.id AS id FROM {FIND[index]} t {_INTERVIEW} WHERE t.q MATCH ?
                AND {condition}
                  ORDER BY {DATE} {order}, t.interview {order}, t.seq LIMIT ?)
                SELECT {_SHOWN} FROM page p JOIN turns t ON t.id = p.id {_INTERVIEW}
                  ORDER BY date {order}, t.interview {order}, t.seq""",
            (expression, *values, limit),
        ).fetchall()
    return [Hit(*row) for row in rows]


def _behind(talk: str, order: str, equal: str = "") -> str:
    """A condition for talks behind one of a date and an id, in an order."""
    return f"({talk}) {'<' if order == 'DESC' else '>'}{equal} (?, ?)"


def _walked(
    connection: sqlite3.Connection, query: Query, only: Filter, order: str, limit: int, after: After | None
) -> list[tuple[Any, ...]] | None:
    """The first matches by walking the talks in order of date; ``None`` when too many talks have none."""
    index, expression = query.index
    condition, values = _of_talks(connection, only)
    indexed, bounds = _indexed(only)
    condition, values = f"{condition} AND {indexed}", [*values, *bounds]
    of_turn, turn_values = only.of_turns()
    if after is not None:
        behind = _behind("coalesce(n.date, ''), n.uid", order, "=")
        condition = f"{condition} AND {behind}"
        values = [*values, *after[:2]]
    talks = connection.execute(f"{_TALKS} WHERE {condition} ORDER BY n.date {order}, n.uid {order}", values)
    in_talk = f"""SELECT {_SHOWN} FROM {index} f JOIN _said t ON t.number = f.rowid {_INTERVIEW}
        WHERE f.{index} MATCH ? AND f.rowid BETWEEN ? AND ? AND t.seq > ? AND {of_turn}
        ORDER BY t.seq"""
    rows: list[tuple[Any, ...]] = []
    for number, (first, turns, *talk) in enumerate(talks, 1):
        if turns:
            begun = after[2] if after is not None and (talk[0] or "", talk[1]) == after[:2] else -1
            rows += connection.execute(in_talk, (expression, first, first + turns - 1, begun, *turn_values))
        if len(rows) >= limit:
            return rows[:limit]
        if number == _WALK_AT_MOST:
            return None
    return rows


def _of_talks(connection: sqlite3.Connection, only: Filter) -> tuple[str, list[Any]]:
    """Which talks are walked. Where somebody speaks in many, those of others are passed over as they come."""
    if only.speaker is None or known.speaks_in(connection, only.speaker, _WALK_AT_MOST) == _WALK_AT_MOST:
        return only.interviews()
    return only.of_talks()


def _indexed(only: Filter) -> tuple[str, list[Any]]:
    """What is asked of site and date, as indexes of talks can be asked: no talk beside it is walked over."""
    first = max(filter(None, (only.year, only.since)), default=None)
    last = min((f"{date}~" for date in (only.year, only.until) if date), default=None)  # behind every hour of a day
    bounds = [
        (f"n.{bound} ?", value)
        for bound, value in (("site =", only.site), ("date >=", first), ("date <=", last))
        if value
    ]
    return " AND ".join(["1", *(bound for bound, _ in bounds)]), [value for _, value in bounds]


def _of_all_talks(
    connection: sqlite3.Connection, query: Query, only: Filter, order: str, limit: int, after: After | None
) -> list[tuple[Any, ...]]:
    """The first matches where few talks have some: those of the first talks, in order, that have enough."""
    found, reverse = numbers(connection, query, only), order == "DESC"
    rows = talks(connection, Filter(), found, "coalesce(i.date, ''), i.uid")
    places = ((date, uid, *share) for share, (_, _, date, uid) in zip(shares(found, rows), rows, strict=True))
    stretches = _enough(sorted(places, reverse=reverse), limit, after, reverse=reverse)
    chosen = [number for begun, ended in stretches for number in found[begun:ended]]
    shown = sorted(_rows(connection, chosen, _SHOWN), key=itemgetter(_SEQ))
    shown.sort(key=itemgetter(_DATE, _UID), reverse=reverse)
    first_one = (row for row in shown if after is None or (row[_DATE], row[_UID]) != after[:2] or row[_SEQ] > after[2])
    return list(islice(first_one, limit))


def _enough(
    places: Iterable[tuple[str, str, int, int]], limit: int, after: After | None, *, reverse: bool
) -> Iterator[tuple[int, int]]:
    """The stretches of the first talks that have so many matches, the one behind whose turn to begin with them."""
    for date, uid, begun, ended in places:
        at_end = after is not None and (date, uid) == after[:2]
        if after is None or at_end or ((date, uid) > after[:2]) != reverse:
            yield begun, ended
            limit -= 0 if at_end else ended - begun
        if limit <= 0:
            return


def matches(connection: sqlite3.Connection, query: Query, only: Filter, columns: str) -> Iterator[tuple[Any, ...]]:
    """Columns of all turns (``t``) that match, one row at a time, in order of the index."""
    yield from _rows(connection, numbers(connection, query, only), columns)


def _rows(connection: sqlite3.Connection, found: Sequence[int], columns: str) -> Iterator[tuple[Any, ...]]:
    """Columns of turns, by their numbers."""
    for at in range(0, len(found), _BATCH):
        some = json.dumps(list(found[at : at + _BATCH]))
        yield from connection.execute(
            f"SELECT {columns} FROM json_each(?) j CROSS JOIN _said t ON t.number = j.value {_INTERVIEW}", (some,)
        )


def turns_of(connection: sqlite3.Connection, names: list[str]) -> dict[str, Hit]:
    """The turns of these ids, those that are still there."""
    query = f"SELECT {_SHOWN} FROM turns t {_INTERVIEW} WHERE t.id IN (SELECT value FROM json_each(?))"
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
