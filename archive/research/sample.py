"""Samples of turns for coders: as many from each stratum as its share, drawn by lot, the same for the same seed."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from archive.errors import ConfigError
from archive.research.counting import grouping
from archive.research.filters import Filter
from archive.research.pages import draw
from archive.research.search import Hit, turns_of

_TURNS = "turns t JOIN interviews i ON i.uid = t.interview LEFT JOIN sites s ON s.id = i.site"


def sample(db: sqlite3.Connection, size: int, by: Sequence[str], seed: str, only: Filter | None = None) -> list[Hit]:
    """So many turns of those that match, stratum by stratum, in order of the lot.

    :param by: groups that make the strata, such as site and year; none for one stratum
    :raises ConfigError: an unknown group, or fewer turns than are asked for
    """
    strata = _strata(db, by, only or Filter())
    held = {stratum: len(names) for stratum, names in strata.items()}
    if sum(held.values()) < size:
        raise ConfigError(f"{size} turns are asked for, {sum(held.values())} match")
    shares = shared(size, held)
    names = [
        name
        for stratum in sorted(strata)
        for name in sorted(strata[stratum], key=lambda n: draw(seed, n))[: shares[stratum]]
    ]
    found = turns_of(db, names)
    return [found[name] for name in names if name in found]


def _strata(db: sqlite3.Connection, by: Sequence[str], only: Filter) -> dict[tuple[str, ...], list[str]]:
    """The ids of the turns that match, by stratum."""
    condition, values = only.turns()
    columns = ", ".join(["t.id", *(grouping(name) for name in by)])
    strata: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, *stratum in db.execute(f"SELECT {columns} FROM {_TURNS} WHERE {condition}", values):
        strata[tuple(part or "" for part in stratum)].append(name)
    return strata


def shared(size: int, held: dict[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    """How many of a sample each stratum gets: its share, rounded by the largest remainder."""
    total = sum(held.values()) or 1
    shares = {stratum: size * n // total for stratum, n in held.items()}
    left = size - sum(shares.values())
    for stratum in sorted(held, key=lambda s: (-(size * held[s] % total), s))[:left]:
        shares[stratum] += 1
    return shares
