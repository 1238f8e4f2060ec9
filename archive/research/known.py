"""Whether what conditions name is here at all: a site, a province, a speaker, an organisation.

Errors name the choices, or what is like it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from difflib import get_close_matches

from archive.collection.sites import slug
from archive.errors import ConfigError

#: Names that an error shows.
_SHOWN = 5
_SITE = "SELECT 1 FROM sites WHERE id = ?1 UNION ALL SELECT 1 FROM _interviews WHERE site = ?1 LIMIT 1"
#: Sites by name, host or county.
_SITES = "SELECT id FROM sites WHERE ?1 IN (name, host, county) ORDER BY id LIMIT 20"
#: Of some sites only their captures are known; their ids are made of their hosts.
_CAPTURED = "SELECT DISTINCT site FROM _tally WHERE site NOT IN ('', '*') AND site NOT IN (SELECT id FROM sites)"
_CHOICES = "SELECT id FROM sites ORDER BY id LIMIT 20"
_PROVINCES = "SELECT DISTINCT province FROM sites WHERE coalesce(province, '') <> '' ORDER BY province"
_NAMES = "SELECT DISTINCT name FROM _participants WHERE name <> '' ORDER BY name"
#: The talks in which somebody may speak, by an index each: by name or id, by a label that says otherwise, as corrected.
SPEAKING = """SELECT interview FROM _participants WHERE name = ?1
UNION ALL SELECT interview FROM _participants WHERE person = ?1
UNION ALL SELECT v.interview FROM _turns t JOIN versions v ON v.id = t.version
  WHERE t.speaker = ?1 AND t.person IS NOT NULL AND t.person <> t.speaker
UNION ALL SELECT v.interview FROM _turns t JOIN versions v ON v.id = t.version
  WHERE (t.corrected_speaker IS NOT NULL OR t.corrected_person IS NOT NULL OR t.corrected_role IS NOT NULL)
    AND ?1 IN (json_extract(t.corrected_speaker, '$.new'), json_extract(t.corrected_person, '$.new'))"""
_NAMED = f"""SELECT 1 FROM _participants WHERE person = ?1 UNION ALL SELECT 1 FROM _participants WHERE name = ?1
UNION ALL SELECT 1 FROM turns WHERE interview IN ({SPEAKING}) AND ?1 IN (speaker, person) LIMIT 1"""
_ORGANIZATIONS = "SELECT DISTINCT organization FROM _participants WHERE organization IS NOT NULL ORDER BY organization"
_OF_IT = "SELECT 1 FROM _participants WHERE organization IS NOT NULL AND instr(organization, ?) LIMIT 1"


def site(db: sqlite3.Connection, given: str) -> str:
    """The id of a site that is named by its id, name, host or county.

    :raises ConfigError: no such site, or several; the message names some
    """
    if db.execute(_SITE, (given,)).fetchone():
        return given
    named, captured = _column(db, _SITES, given), _column(db, _CAPTURED)
    named += [site for site in captured if site == slug(f"http://{given}")]
    if len(named) == 1:
        return named[0]
    some = named or sorted([*_column(db, _CHOICES), *captured])[:20]
    choices = f"expected one of {', '.join(some)}" if some else "the store has no site yet"
    raise ConfigError(f"--site {given}: {choices}; see `fangtan sites list`")


def _column(db: sqlite3.Connection, query: str, *values: str) -> list[str]:
    return [str(row[0]) for row in db.execute(query, values)]


def province(db: sqlite3.Connection, given: str) -> str:
    """The province that is meant: as given where sites' names of it begin so, or the one that it begins with.

    :raises ConfigError: no site is of such a province; the message names those that are
    """
    names = _column(db, _PROVINCES)
    if any(name.startswith(given) for name in names):
        return given
    longer = [name for name in names if given.startswith(name)]
    if len(longer) == 1:
        return longer[0]
    some = f"expected one of {', '.join(names)}" if names else "no site has a province yet"
    raise ConfigError(f"--province {given}: {some}")


def speaker(db: sqlite3.Connection, given: str) -> None:
    """:raises ConfigError: no label says so, and it names nobody; the message has names like it"""
    if not db.execute(_NAMED, (given,)).fetchone():
        raise ConfigError(f"--speaker {given}: nobody of that name speaks" + _like(db, given, _NAMES))


def speaks_in(db: sqlite3.Connection, given: str, most: int) -> int:
    """In how many talks somebody may speak, counted up to a bound."""
    return int(db.execute(f"SELECT count(*) FROM (SELECT 1 FROM ({SPEAKING}) LIMIT ?2)", (given, most)).fetchone()[0])


def organization(db: sqlite3.Connection, given: str) -> None:
    """:raises ConfigError: it is part of no guest's organisation; the message has names like it"""
    if not db.execute(_OF_IT, (given,)).fetchone():
        raise ConfigError(f"--org {given}: no guest is of it" + _like(db, given, _ORGANIZATIONS))


def _like(db: sqlite3.Connection, given: str, names: str) -> str:
    found = like(given, _column(db, names))
    return f"; names like it: {', '.join(found)}" if found else ""


def like(given: str, names: Iterable[str]) -> list[str]:
    """Names that have half of their characters in common with one, in its order; the likest first."""
    own = set(given)
    some = [name for name in names if abs(len(name) - len(given)) <= len(given) and not own.isdisjoint(name)]
    return get_close_matches(given, some, _SHOWN, cutoff=0.5)
