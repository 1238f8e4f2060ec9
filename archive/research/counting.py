"""How many turns match: exact at any size, without reading a turn.

The full-text index gives the numbers of the turns that match. A talk's turns have numbers that follow each other, and
its row says the role of each (:mod:`archive.store.roles`). So conditions and groups of a common word are answered
from one row of each talk; only what a speaker or an organisation said is looked up turn by turn.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import accumulate, compress
from typing import Any

from archive.errors import ConfigError
from archive.research.filters import DATE, Filter
from archive.store.query_language import NOTHING, Query, parse
from archive.store.roles import LETTERS

_FROM_TALKS = "_talks i LEFT JOIN sites s ON s.id = i.site"
#: The talks of some turns, by the numbers of these.
_OF_TURNS = "i.uid IN (SELECT t.interview FROM json_each(?) j JOIN _said t ON t.number = j.value)"
#: For so few turns their talks are looked up; for more, all talks are read in a row.
_FEW = 2000
#: Numbers that no talk of those asked for has.
_NONE = " "
_ROLE_OF = {ord(letter): role for role, letter in LETTERS.items()}


def asked(query: str | Query, only: Filter | None) -> tuple[Query, Filter]:
    """The query, parsed if it is not yet, and the conditions; exact case is one of them."""
    only = only or Filter()
    query = query if isinstance(query, Query) else parse(query, case=only.case is not None)
    return query, replace(only, case=query.exact) if query.exact else only


def total(db: sqlite3.Connection, query: str | Query, only: Filter | None = None) -> int:
    """How many turns match."""
    query, only = asked(query, only)
    index, expression = query.index
    if only.is_empty and query.match != NOTHING:  # the index alone can count
        statement = f"SELECT count(*) FROM {index} WHERE {index} MATCH ?"
        return int(db.execute(statement, (expression,)).fetchone()[0])
    return len(numbers(db, query, only))


def numbers(db: sqlite3.Connection, query: Query, only: Filter) -> array[int]:
    """The numbers of all turns that match, in order."""
    if query.match == NOTHING:
        return array("q")
    index, expression = query.index
    found = _column(db, f"SELECT rowid AS n FROM {index} WHERE {index} MATCH ? ORDER BY rowid", (expression,))
    if found and (only.role is not None or only.interviews()[1]):
        mask = _mask(_letters(found, talks(db, only, found)), only.role)
        found = array("q", compress(found, map(mask.__getitem__, found)))
    of_turn, values = replace(only, role=None).of_turns()
    if found and values:
        said = f"SELECT t.number AS n FROM json_each(?) j CROSS JOIN _said t ON t.number = j.value WHERE {of_turn}"
        found = _column(db, f"{said} ORDER BY 1", (_listed(found), *values))
    return found


def _column(db: sqlite3.Connection, statement: str, values: Sequence[Any]) -> array[int]:
    """The numbers that a statement gives, as its column ``n``."""
    # Handed over as one text: a row for each number would take twice as long.
    return array("q", json.loads(db.execute(f"SELECT json_group_array(n) FROM ({statement})", values).fetchone()[0]))


def _listed(found: array[int]) -> str:
    return json.dumps(found.tolist())


def talks(db: sqlite3.Connection, only: Filter, found: array[int], columns: str = "") -> list[tuple[Any, ...]]:
    """Talks that conditions choose: the number of the first turn, the letters of all, and columns of ``i`` and ``s``.
    In order of the numbers.

    :param found: numbers of turns; where they are few, only their talks
    """
    condition, values = only.interviews()
    if len(found) <= _FEW:
        condition, values = f"{_OF_TURNS} AND {condition}", [_listed(found), *values]
    statement = f"""SELECT i.first_turn, i.roles{columns and f", {columns}"} FROM {_FROM_TALKS}
        WHERE {condition} AND i.first_turn IS NOT NULL ORDER BY i.first_turn"""
    return db.execute(statement, values).fetchall()


def _letters(found: array[int], rows: Sequence[tuple[Any, ...]]) -> bytes:
    """For each number up to the last one found: the letter of the turn's role.

    :param rows: of :func:`talks`; a turn of no such talk has :data:`_NONE`
    """
    pieces, at = list[str](), 0
    for first, roles, *_ in rows:
        if first > at:
            pieces.append(_NONE * (first - at))
        pieces.append(roles)
        at = first + len(roles)
    pieces.append(_NONE * max(0, found[-1] + 1 - at))
    return "".join(pieces).encode()


def _mask(letters: bytes, role: str | None) -> bytes:
    """1 for each letter of the role, or for any letter; else 0."""
    wanted = LETTERS[role] if role else "".join(LETTERS.values())
    return letters.translate(bytes(int(chr(code) in wanted) for code in range(256)))


def shares(found: array[int], rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, int]]:
    """For each talk the places of its numbers among those found: the first one, and the one behind the last.

    :param rows: of :func:`talks`, in order
    """
    at = 0
    for first, roles, *_ in rows:
        if at < len(found) and found[at] < first:
            at = bisect_left(found, first, at)
        begun, at = at, bisect_left(found, first + len(roles), at, min(len(found), at + len(roles)))
        yield begun, at


# ── groups ──────────────────────────────────────────────────────────────────────────────────────────────────────────

#: What a group is: of a talk, or of each of its turns.
_TALK_GROUPS = {
    "year": f"substr({DATE}, 1, 4)",
    "month": f"substr({DATE}, 1, 7)",
    "site": "coalesce(s.name, i.site, '')",
    "province": "coalesce(s.province, '')",
    "kind": "i.kind",
    "genre": "coalesce(i.genre, '')",
}
_TURN_GROUPS = {"role": "t.role", "speaker": "coalesce(t.person, t.speaker)"}
GROUPS = (*_TALK_GROUPS, *_TURN_GROUPS)
#: Matching turns, talks that have them.
_Found = dict[str, tuple[int, int]]
#: Turns and characters of everything said.
_Spoken = dict[str, tuple[int, int]]


def grouping(by: str) -> str:
    """What a group is, in SQL over turns ``t``, interviews ``i`` and sites ``s``.

    :raises ConfigError: an unknown group
    """
    if by not in GROUPS:
        raise ConfigError(f"--by {by}: expected one of {', '.join(GROUPS)}")
    return _TALK_GROUPS.get(by) or _TURN_GROUPS[by]


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


def counts(db: sqlite3.Connection, query: str | Query, by: str, only: Filter | None = None) -> list[Count]:
    """Matches by year, month, site, province, role, speaker, kind or genre, in order of the group.

    :raises ConfigError: an unknown group
    """
    grouping(by)
    query, only = asked(query, only)
    numbered = numbers(db, query, only)
    if not numbered:
        return []
    found = {"role": _found_by_role, "speaker": _found_by_speaker}.get(by, _found_by_talk)(db, numbered, by)
    spoken = _spoken(db, by, only.without_case())
    return [
        Count(group, n, talks_with, *_share(n, *spoken.get(group, (0, 0))))
        for group, (n, talks_with) in sorted(found.items())
    ]


def _share(n: int, turns: int, characters: int) -> tuple[int, float]:
    return turns, round(n * 10000 / characters, 3) if characters else 0.0


def _found_by_talk(db: sqlite3.Connection, found: array[int], by: str) -> _Found:
    rows = talks(db, Filter(), found, _TALK_GROUPS[by])
    turns, with_it = Counter[str](), Counter[str]()
    for (begun, ended), (*_, group) in zip(shares(found, rows), rows, strict=True):
        if ended > begun:
            turns[group] += ended - begun
            with_it[group] += 1
    return {group: (n, with_it[group]) for group, n in turns.items()}


def _found_by_role(db: sqlite3.Connection, found: array[int], _by: str) -> _Found:
    rows = talks(db, Filter(), found)
    letters = _letters_of(found, rows)
    with_it = Counter(letter for begun, ended in shares(found, rows) for letter in set(letters[begun:ended]))
    return {_ROLE_OF[letter]: (n, with_it[letter]) for letter, n in Counter(letters).items()}


def times(db: sqlite3.Connection, said: Counter[int], by: str) -> Counter[str]:
    """How often something is said in each group, from how often it is said in each turn.

    :param said: times by the turn's number
    :param by: any group but ``speaker``, of which talks do not tell
    """
    found = array("q", sorted(said))
    each, groups = [said[number] for number in found], Counter[str]()
    if found and by == "role":
        for letter, n in zip(_letters_of(found, talks(db, Filter(), found)), each, strict=True):
            groups[_ROLE_OF[letter]] += n
    elif found:
        rows, sums = talks(db, Filter(), found, _TALK_GROUPS[by]), [0, *accumulate(each)]
        for (begun, ended), (*_, group) in zip(shares(found, rows), rows, strict=True):
            groups[group or ""] += sums[ended] - sums[begun]
    return groups


def _letters_of(found: array[int], rows: Sequence[tuple[Any, ...]]) -> bytes:
    """The letter of each turn that was found."""
    return bytes(map(_letters(found, rows).__getitem__, found))


def _found_by_speaker(db: sqlite3.Connection, found: array[int], by: str) -> _Found:
    statement = f"""SELECT {_TURN_GROUPS[by]}, count(*), count(DISTINCT t.interview)
        FROM json_each(?) j CROSS JOIN _said t ON t.number = j.value GROUP BY 1"""
    return {group: (n, with_it) for group, n, with_it in db.execute(statement, (_listed(found),))}


def _spoken(db: sqlite3.Connection, by: str, only: Filter) -> _Spoken:
    """What is said in each group, whether it matches or not."""
    if by == "speaker" or only.speaker is not None or only.organization is not None:
        return _counted(db, by, only)
    if by == "role":
        return _spoken_by_role(db, only)
    each = _of_role(only.role) if only.role else ("i.n_turns", "i.characters")
    rows = _summed(db, only, each, _TALK_GROUPS[by], "" if only.role else _tallied(only, by))
    return {group: (turns, characters) for turns, characters, group in rows}


def _counted(db: sqlite3.Connection, by: str, only: Filter) -> _Spoken:
    """The same, turn by turn: talks do not tell who of them said how much."""
    condition, values = only.turns()
    said = db.execute(
        f"""SELECT {grouping(by)}, count(*), sum(length(t.text)) FROM {_FROM_TALKS}
            CROSS JOIN _said t ON t.interview = i.uid WHERE {condition} GROUP BY 1""",
        values,
    )
    return {group: (turns, characters) for group, turns, characters in said}


def _spoken_by_role(db: sqlite3.Connection, only: Filter) -> _Spoken:
    roles = [only.role] if only.role else list(LETTERS)
    *sums, _group = next(_summed(db, only, [value for role in roles for value in _of_role(role)]))
    return dict(zip(roles, zip(sums[::2], sums[1::2], strict=True), strict=True))


def _tallied(only: Filter, by: str) -> str:
    """Sums that are kept already, in the shape of talks; empty where these cannot tell what is asked for."""
    given = {f.name for f in fields(only) if getattr(only, f.name) is not None} | {by}
    if given - {"year", "kind", "site", "province"} or (only.year is not None and len(only.year) > len("2020")):
        return ""
    sites = "<>" if given & {"site", "province"} else "="
    return f"""(SELECT nullif(site, '') AS site, kind, nullif(year, '') AS date, turns AS n_turns, characters
        FROM _tally WHERE site {sites} '*') i LEFT JOIN sites s ON s.id = i.site"""


def _of_role(role: str) -> tuple[str, str]:
    """Turns and characters of a role in a talk, in SQL."""
    return f"length(i.roles) - length(replace(i.roles, '{LETTERS[role]}', ''))", f"i.said_{role}"


def _summed(
    db: sqlite3.Connection, only: Filter, values: Sequence[str], group: str = "''", tables: str = ""
) -> Iterator[tuple[Any, ...]]:
    """Sums over the talks that are asked for, group by group; the group behind them."""
    condition, given = only.interviews()
    sums = ", ".join(f"coalesce(sum({value}), 0)" for value in values)
    grouped = f"FROM {tables or _FROM_TALKS} WHERE {condition} GROUP BY g"
    yield from db.execute(f"SELECT {sums}, {group} AS g {grouped}", given)


def facets(
    db: sqlite3.Connection, query: str | Query, only: Filter | None = None
) -> dict[str, list[tuple[str, str, int]]]:
    """Matching turns by role, kind, site and province: (value, name, turns), most first."""
    query, only = asked(query, only)
    found = numbers(db, query, only)
    counted: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in ("role", "kind", "site", "province")}
    if found:
        columns = "i.kind, coalesce(i.site, ''), coalesce(s.name, i.site, ''), coalesce(s.province, '')"
        rows = talks(db, Filter(), found, columns)
        for letter, n in Counter(_letters_of(found, rows)).items():
            counted["role"][_ROLE_OF[letter], _ROLE_OF[letter]] = n
        for (begun, ended), (_, _, kind, site, name, province) in zip(shares(found, rows), rows, strict=True):
            for facet, key in (("kind", (kind, kind)), ("site", (site, name)), ("province", (province, province))):
                if ended > begun and key[0]:
                    counted[facet][key] += ended - begun
    return {
        facet: sorted(((value, name, n) for (value, name), n in values.items()), key=lambda row: (-row[2], row[0]))
        for facet, values in counted.items()
    }
