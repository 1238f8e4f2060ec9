"""How often words are said in ten thousand characters: by year, month, province, role or another group."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from archive.errors import ConfigError
from archive.research.counting import grouping, numbers, times
from archive.research.filters import Filter
from archive.research.occurrences import occurrences
from archive.research.places import places
from archive.research.search import matches
from archive.store.query import is_token
from archive.store.query_language import Query, parse

MOST_WORDS = 5
_BATCH = 500
_TURNS = "turns t JOIN interviews i ON i.uid = t.interview LEFT JOIN sites s ON s.id = i.site"
_TALKS = "interviews i LEFT JOIN sites s ON s.id = i.site"


@dataclass(frozen=True, slots=True)
class Point:
    """A word in a group.

    :param count: how often it is said
    :param characters: of everything said in the group
    :param per_10000: times in ten thousand characters
    """

    word: str
    group: str
    count: int
    characters: int
    per_10000: float


def trends(db: sqlite3.Connection, words: Sequence[str], by: str, only: Filter | None = None) -> list[Point]:
    """Every word in every group in which anything is said, 0 included, in order of the words and groups.

    A talk without a date is in no year or month.

    :raises ConfigError: no word, one without letters, too many, or an unknown group
    """
    words, only = list(dict.fromkeys(words)), only or Filter()
    if not 0 < len(words) <= MOST_WORDS:
        raise ConfigError(f"{len(words)} words: name 1 to {MOST_WORDS}")
    queries = [parse(f'"{word}"') for word in words]
    if empty := [word for word in words if not any(map(is_token, word))]:
        raise ConfigError(f"{empty[0]!r}: name a word; this one is blank")
    group = grouping(by)
    spoken = _spoken(db, by, group, only)
    points = []
    for word, query in zip(words, queries, strict=True):
        said = _counted(db, word, query, by, only)
        if said is None:
            said = _said(db, query, group, only)
        points += [
            Point(word, name, said[name], characters, round(said[name] * 10000 / characters, 3))
            for name, characters in spoken.items()
        ]
    return points


def _spoken(db: sqlite3.Connection, by: str, group: str, only: Filter) -> dict[str, int]:
    """Characters by group, in order of the group."""
    condition, values = only.turns()
    tables, characters = _TURNS, "sum(length(t.text))"
    if "t." not in f"{group} {condition}":  # each talk knows how much is said in it
        tables, characters = _TALKS, "sum(i.characters)"
    rows = db.execute(
        f"SELECT {group} AS g, {characters} FROM {tables} WHERE {condition} GROUP BY g ORDER BY g", values
    )
    dated = by in ("year", "month")
    return {name or "": n for name, n in rows if n and (name or not dated)}


def _counted(db: sqlite3.Connection, word: str, query: Query, by: str, only: Filter) -> Counter[str] | None:
    """How often a word is said in each group, by the index; ``None`` where it cannot tell."""
    if by == "speaker" or only.case is not None or (said := occurrences(db, word)) is None:
        return None
    if not only.is_empty:
        said = Counter({number: said[number] for number in numbers(db, query, only) if number in said})
    return times(db, said, by)


def _said(db: sqlite3.Connection, query: Query, group: str, only: Filter) -> Counter[str]:
    """The same, from the words of each turn."""
    said, found = Counter[str](), matches(db, query, only, f"t.text, {group}")
    while rows := list(islice(found, _BATCH)):
        for (_, name), at in zip(rows, places([text for text, _ in rows], query.words), strict=True):
            said[name or ""] += len(at)
    return said
