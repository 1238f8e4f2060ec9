"""Namesakes that may be one person or two, for somebody to decide on.

One name on one site is one id, and nothing joins ids of two sites. Both may be wrong, so these are proposed: an id with
two organisations, and one name on two sites of a prefecture. A decision is a line of ``corrections.jsonl``
(:mod:`archive.store.identity`) and takes the proposal away.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from archive.store.identity import pair

#: A guest's post on a site: how often it was named, from when to when, and one talk with its number among the guests.
_POSTS = """SELECT person, name, organization, title, interviews, since, until, substr(talk, 1, instr(talk, ' ') - 1),
    CAST(substr(talk, instr(talk, ' ') + 1) AS INTEGER), prefecture, is_prefecture
FROM (SELECT p.person AS person, p.name AS name, coalesce(p.organization, '') AS organization,
    coalesce(max(p.title), '') AS title, count(DISTINCT p.interview) AS interviews,
    coalesce(min(nullif(i.date, '')), '') AS since, coalesce(max(i.date), '') AS until,
    min(p.interview || ' ' || p.place) AS talk, coalesce(s.province, '') || coalesce(s.prefecture, '') AS prefecture,
    s.county IS NULL AS is_prefecture
  FROM _participants p JOIN _interviews i ON i.uid = p.interview LEFT JOIN sites s ON s.id = i.site
  WHERE p.listed AND p.person IS NOT NULL AND p.name <> '' GROUP BY p.person, p.name, p.organization, i.site)
ORDER BY person, since, organization"""


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody was when.

    :param since: the date of the first talk with this post, ``until`` of the last one; empty without dates
    :param interview: a talk with it; ``guest`` the number of the guest there
    """

    person: str
    name: str
    organization: str
    title: str
    interviews: int
    since: str
    until: str
    interview: str
    guest: int
    prefecture: str
    is_prefecture: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two posts of one name.

    :param evidence: what speaks for one person or two: ``one_id``, ``prefecture_and_county`` or ``two_counties``;
        ``same_post``; ``at_one_time``, ``in_turn`` or ``undated``
    """

    name: str
    first: Post
    second: Post
    evidence: tuple[str, ...]


def namesakes(db: sqlite3.Connection, limit: int = 100) -> list[Proposal]:
    """Proposals that nobody has decided on: those of one id first, then those with more to speak for one person."""
    decided = {target for (target,) in db.execute("SELECT target FROM _same")}
    apart = set(db.execute("SELECT person, other FROM _apart").fetchall())
    people: dict[str, list[Post]] = defaultdict(list)
    for row in db.execute(_POSTS):
        people[row[0]].append(Post(*row))
    found = [*_of_one_id(people, decided), *(p for p in _of_two(people) if pair(*_ids(p)) not in apart)]
    return sorted(found, key=_order)[:limit]


def _ids(proposal: Proposal) -> tuple[str, str]:
    return proposal.first.person, proposal.second.person


def _order(proposal: Proposal) -> tuple[bool, bool, bool, str, str, str]:
    kind, *more = proposal.evidence
    return (kind != "one_id", "same_post" not in more, kind == "two_counties", proposal.name, *_ids(proposal))


def _of_one_id(people: dict[str, list[Post]], decided: set[str]) -> Iterator[Proposal]:
    """Ids with two organisations: the first post, and the first one that is elsewhere."""
    for person, posts in people.items():
        named = [post for post in posts if post.organization]
        other = next((post for post in named[1:] if not _same_post(post, named[0])), None)
        if other is not None and person not in decided:
            yield Proposal(named[0].name, named[0], other, ("one_id", _when(named[0], other)))


def _of_two(people: dict[str, list[Post]]) -> Iterator[Proposal]:
    """One name under two ids, on two sites of a prefecture."""
    named: dict[tuple[str, str], list[Post]] = defaultdict(list)
    for posts in people.values():
        if posts[0].prefecture:
            named[posts[0].name, posts[0].prefecture].append(posts[0])
    for (name, _), firsts in named.items():
        for one, other in combinations(firsts, 2):
            kind = "prefecture_and_county" if one.is_prefecture != other.is_prefecture else "two_counties"
            a, b = next(((x, y) for x in people[one.person] for y in people[other.person] if _same_post(x, y)), (one, other))  # fmt: skip
            same = ("same_post",) if _same_post(a, b) else ()
            yield Proposal(name, a, b, (kind, *same, _when(a, b)))


def _same_post(one: Post, other: Post) -> bool:
    """Whether one organisation is named, with or without the place before it."""
    short, long = sorted((one.organization, other.organization), key=len)
    return bool(short) and long.endswith(short)


def _when(one: Post, other: Post) -> str:
    if not (one.since and other.since):
        return "undated"
    overlap = one.since[:10] <= other.until[:10] and other.since[:10] <= one.until[:10]
    return "at_one_time" if overlap else "in_turn"
