"""Whether what conditions name is here at all: a province, a speaker, an organisation. Errors say what is like it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from difflib import get_close_matches

from archive.errors import ConfigError

#: Names that an error shows.
_SHOWN = 5
_PROVINCES = "SELECT DISTINCT province FROM sites WHERE coalesce(province, '') <> '' ORDER BY province"
_NAMES = "SELECT DISTINCT name FROM _participants WHERE name <> '' ORDER BY name"
_NAMED = (
    "SELECT 1 FROM _participants WHERE name = ?1 UNION ALL SELECT 1 FROM turns WHERE ?1 IN (speaker, person) LIMIT 1"
)
_ORGANIZATIONS = "SELECT DISTINCT organization FROM _participants WHERE organization IS NOT NULL ORDER BY organization"
_OF_IT = "SELECT 1 FROM _participants WHERE organization IS NOT NULL AND instr(organization, ?) LIMIT 1"


def province(db: sqlite3.Connection, given: str) -> str:
    """The province that is meant: as given where sites' names of it begin so, or the one that it begins with.

    :raises ConfigError: no site is of such a province; the message names those that are
    """
    names = [row[0] for row in db.execute(_PROVINCES)]
    if any(name.startswith(given) for name in names):
        return given
    longer = [name for name in names if given.startswith(name)]
    if len(longer) == 1:
        return str(longer[0])
    some = f"expected one of {', '.join(names)}" if names else "no site has a province yet"
    raise ConfigError(f"--province {given}: {some}")


def speaker(db: sqlite3.Connection, given: str) -> None:
    """:raises ConfigError: no label says so, and it names nobody; the message has names like it"""
    if not db.execute(_NAMED, (given,)).fetchone():
        raise ConfigError(f"--speaker {given}: nobody of that name speaks" + _like(db, given, _NAMES))


def organization(db: sqlite3.Connection, given: str) -> None:
    """:raises ConfigError: it is part of no guest's organisation; the message has names like it"""
    if not db.execute(_OF_IT, (given,)).fetchone():
        raise ConfigError(f"--organization {given}: no guest is of it" + _like(db, given, _ORGANIZATIONS))


def _like(db: sqlite3.Connection, given: str, names: str) -> str:
    found = like(given, (row[0] for row in db.execute(names)))
    return f"; names like it: {', '.join(found)}" if found else ""


def like(given: str, names: Iterable[str]) -> list[str]:
    """Names that have half of their characters in common with one, in its order; the likest first."""
    own = set(given)
    some = [name for name in names if abs(len(name) - len(given)) <= len(given) and not own.isdisjoint(name)]
    return get_close_matches(given, some, _SHOWN, cutoff=0.5)
