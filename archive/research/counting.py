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
    query, only = asked(query, only)
    if query.match == NOTHING:
        return array("q")
    index, expression = query.index
    matching = f"SELECT rowid AS n FROM {index} WHERE {index} MATCH ?"
    found = _column(db, f"{matching} LIMIT ?", (expression, _FEW + 1))
    of = only if len(found) > _FEW else replace(only, speaker=None)  # few turns are looked up themselves
    of_talks = _asks_of_talks(of)
    if len(found) > _FEW and of_talks:  # SQLite asks for each number whether it is wanted: no other is handed over
        found = _column(db, f"{matching} AND substr(?, rowid + 1, 1) = x'01'", (expression, _of_talks(db, of)))
    elif len(found) > _FEW:
        found = _column(db, matching, (expression,))
    elif found and of_talks:
        mask = _mask(_letters(talks(db, of, found), found[-1] + 1), of.role)
        found = array("q", compress(found, map(mask.__getitem__, found)))
    of_turn, values = replace(only, role=None).of_turns()
    if found and values:
        said = f"SELECT t.number AS n FROM json_each(?) j CROSS JOIN _said t ON t.number = j.value WHERE {of_turn}"
        found = _column(db, said, (_listed(found), *values))
    return found


def _asks_of_talks(only: Filter) -> bool:
    """Whether talks tell something of what conditions ask."""
    return only.role is not None or bool(only.of_talks()[1])


def chosen(db: sqlite3.Connection, only: Filter) -> bytes:
    """1 for the number of each turn that conditions choose, else 0."""
    mask = _of_talks(db, only)
    of_turn, values = replace(only, role=None).of_turns()
    if not values:
        return mask
    said = f"SELECT t.number AS n FROM _said t WHERE substr(?, t.number + 1, 1) = x'01' AND {of_turn}"
    found = bytearray(len(mask))
    for number in _column(db, said, (mask, *values)):
        found[number] = 1
    return bytes(found)


def _of_talks(db: sqlite3.Connection, only: Filter) -> bytes:
    """The same, without what is asked of a turn besides its role."""
    return _mask(_letters(talks(db, only, None)), only.role)


def _column(db: sqlite3.Connection, statement: str, values: Sequence[Any]) -> array[int]:
    """The numbers that a statement gives, as its column ``n``, in order."""
    # Handed over as one text: a row for each number would take twice as long. An index gives them in order already.
    (listed,) = db.execute(f"SELECT json_group_array(n) FROM ({statement})", values).fetchone()
    return array("q", sorted(json.loads(listed)))


def _listed(found: array[int]) -> str:
    return json.dumps(found.tolist())


def talks(db: sqlite3.Connection, only: Filter, found: array[int] | None, columns: str = "") -> list[tuple[Any, ...]]:
    """Talks that conditions choose: the number of the first turn, the letters of all, and columns of ``i`` and ``s``.
    In order of the numbers.

    :param found: numbers of turns; where they are few, only their talks
    """
    condition, values = only.of_talks()
    if found is not None and len(found) <= _FEW:
        condition, values = f"{_OF_TURNS} AND {condition}", [_listed(found), *values]
    statement = f"""SELECT i.first_turn, i.roles{columns and f", {columns}"} FROM {_FROM_TALKS}
        WHERE {condition} AND i.first_turn IS NOT NULL ORDER BY i.first_turn"""
    return db.execute(statement, values).fetchall()


def _letters(rows: Sequence[tuple[Any, ...]], length: int = 0) -> bytes:
    """For each number the letter of the turn's role, up to the last one of these talks or so many at least.

    :param rows: of :func:`talks`; a turn of no such talk has :data:`_NONE`
    """
    pieces, at = list[str](), 0
    for first, roles, *_ in rows:
        if first > at:
            pieces.append(_NONE * (first - at))
        pieces.append(roles)
        at = first + len(roles)
    pieces.append(_NONE * max(0, length - at))
    return "".join(pieces).encode()


def _mask(letters: bytes, role: str | None) -> bytes:
    """1 for each letter of the role, or for any letter; else 0."""
    wanted = LETTERS[role] if role else "".join(LETTERS.values())
    return letters.translate(bytes(int(chr(code) in wanted) for code in range(256)))


def shares(found: array[int], rows: Sequence[tuple[Any, ...]]) -> list[tuple[int, int]]:
    """For each talk the places of its numbers among those found: the first one, and the one behind the last.

    :param rows: of :func:`talks`, in order
    """
    places, at, every = list[tuple[int, int]](), 0, len(found)
    for first, roles, *_ in rows:
        if at < every and found[at] < first:
            at = bisect_left(found, first, at)
        begun, at = at, bisect_left(found, first + len(roles), at, min(every, at + len(roles)))
        places.append((begun, at))
    return places


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
#: Groups that the talk's site has, and these of each site.
_OF_SITE = ("site", "province")
_SITES = "SELECT id, coalesce(name, id), coalesce(province, '') FROM sites"
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


def counts(
    db: sqlite3.Connection, query: str | Query, by: str, only: Filter | None = None, found: array[int] | None = None
) -> list[Count]:
    """Matches by year, month, site, province, role, speaker, kind or genre, in order of the group.

    :param found: the numbers of the turns that match, where they are known
    :raises ConfigError: an unknown group
    """
    grouping(by)
    query, only = asked(query, only)
    numbered = numbers(db, query, only) if found is None else found
    if not numbered:
        return []
    groups = {"role": _found_by_role, "speaker": _found_by_speaker}.get(by, _found_by_talk)(db, numbered, by)
    spoken = _spoken(db, by, only.without_case())
    return [
        Count(group, n, talks_with, *_share(n, *spoken.get(group, (0, 0))))
        for group, (n, talks_with) in sorted(groups.items())
    ]


def _share(n: int, turns: int, characters: int) -> tuple[int, float]:
    return turns, round(n * 10000 / characters, 3) if characters else 0.0


def _found_by_talk(db: sqlite3.Connection, found: array[int], by: str) -> _Found:
    rows = talks(db, Filter(), found, "coalesce(i.site, '')" if by in _OF_SITE else _TALK_GROUPS[by])
    turns, with_it = _summed_up(found, rows)
    if by in _OF_SITE:
        names = {site: group for site, *group in db.execute(_SITES)}
        groups = {site: names.get(site, (site, ""))[_OF_SITE.index(by)] for site in turns}
        turns, with_it = _renamed(turns, groups), _renamed(with_it, groups)
    return {group: (n, with_it[group]) for group, n in turns.items()}


def _summed_up(found: array[int], rows: Sequence[tuple[Any, ...]]) -> tuple[dict[str, int], dict[str, int]]:
    """Turns that were found, and talks that have them, by the last column of the talks."""
    turns, with_it = dict[str, int](), dict[str, int]()
    for (begun, ended), (*_, group) in zip(shares(found, rows), rows, strict=True):
        if ended > begun:
            turns[group] = turns.get(group, 0) + ended - begun
            with_it[group] = with_it.get(group, 0) + 1
    return turns, with_it


def _renamed(counted: dict[str, int], names: dict[str, str]) -> dict[str, int]:
    sums = Counter[str]()
    for key, n in counted.items():
        sums[names[key]] += n
    return sums


def _found_by_role(db: sqlite3.Connection, found: array[int], _by: str) -> _Found:
    rows = talks(db, Filter(), found)
    letters, with_it = _letters_of(found, rows), Counter[int]()
    # Many talks have the same roles in the same order.
    for roles, n in Counter(letters[begun:ended] for begun, ended in shares(found, rows)).items():
        for letter in set(roles):
            with_it[letter] += n
    return {_ROLE_OF[letter]: (letters.count(letter), n) for letter, n in with_it.items()}


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
    return bytes(map(_letters(rows, found[-1] + 1).__getitem__, found))


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
    roles, (condition, values) = [only.role] if only.role else list(LETTERS), only.interviews()
    characters = ", ".join(f"coalesce(sum(i.said_{role}), 0)" for role in roles)
    letters, *said = db.execute(
        f"SELECT coalesce(group_concat(i.roles, ''), ''), {characters} FROM {_FROM_TALKS} WHERE {condition}", values
    ).fetchone()
    return {role: (letters.count(LETTERS[role]), n) for role, n in zip(roles, said, strict=True)}


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


#: What a search is narrowed by.
FACETS = ("role", "kind", "site", "province")


def facets(
    db: sqlite3.Connection, query: str | Query, only: Filter | None = None, found: array[int] | None = None
) -> dict[str, list[tuple[str, str, int]]]:
    """Matching turns by role, kind, site and province: (value, name, turns), most first.

    :param found: the numbers of the turns that match, where they are known
    """
    query, only = asked(query, only)
    found = numbers(db, query, only) if found is None else found
    counted = _counted_facets(db, found) if found else {name: Counter() for name in FACETS}
    return {
        facet: sorted(((value, name, n) for (value, name), n in values.items()), key=lambda row: (-row[2], row[0]))
        for facet, values in counted.items()
    }


def _counted_facets(db: sqlite3.Connection, found: array[int]) -> dict[str, Counter[tuple[str, str]]]:
    """Turns by value and name of each facet."""
    counted: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in FACETS}
    rows = talks(db, Filter(), found, "i.kind || ' ' || coalesce(i.site, '')")
    letters = _letters_of(found, rows)
    for letter in set(letters):
        counted["role"][_ROLE_OF[letter], _ROLE_OF[letter]] = letters.count(letter)
    names = {site: named for site, *named in db.execute(_SITES)}
    for key, n in _summed_up(found, rows)[0].items():
        kind, _, site = key.partition(" ")
        name, province = names.get(site, (site, ""))
        for facet, value in (("kind", (kind, kind)), ("site", (site, name)), ("province", (province, province))):
            if value[0]:
                counted[facet][value] += n
    return counted
