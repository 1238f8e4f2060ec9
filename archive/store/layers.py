"""The files that people lay over the store. Which of their lines are shown, and which belong to captures that are to
be withheld: the ledger names those by digest, never by their words.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from archive.collection.folder import Collection
from archive.ledger.withheld import takedowns
from archive.store.codings import CODINGS, unit_of
from archive.store.corrections import CORRECTIONS, Correction, place_of
from archive.store.identity import OF_PERSONS
from archive.store.names import interview_of
from archive.store.written import LineFile, Lines, digest_of

T = TypeVar("T")
FILES: tuple[LineFile[Any], ...] = (CORRECTIONS, CODINGS)


def shown(db: sqlite3.Connection, collection: Collection, file: LineFile[T]) -> Lines[T]:
    """A file without the lines that are withheld with their interviews.

    Where captures of a takedown are shown again and others are not, those of its lines come back whose value or unit
    is shown.
    """
    found, said = file.look(collection), takedowns(collection)
    hidden = said.corrections
    if doubtful := hidden & said.in_part:
        hidden -= doubtful & still_said(db, collection)
    return Lines(tuple(x for x in found.lines if digest_of(x[1]) not in hidden), found.problems)


def of_withheld(
    db: sqlite3.Connection, collection: Collection, captures: Iterable[str], uids: Iterable[str]
) -> list[str]:
    """Digests of the lines that are about captures which are to be withheld and about nothing that remains.

    :param uids: the interviews that the captures belong to
    """
    said = [correction for _, correction in CORRECTIONS.look(collection).lines]
    ids, among = json.dumps(sorted(captures)), set(uids)
    theirs = [correction for correction in said if interview_of(db, correction.uid) in among]
    gone = [c for group in _by_field(db, theirs) if not _remains(db, group[0], ids) for c in group]
    persons = _only_in(db, ids, among) if any(c.field in OF_PERSONS for c in said) else set()
    gone += [c for c in said if c.field in OF_PERSONS and persons & {c.uid, c.old, c.new}]
    return sorted({*map(digest_of, gone), *_codings_of_withheld(db, collection, ids, among)})


def _codings_of_withheld(db: sqlite3.Connection, collection: Collection, ids: str, among: set[str]) -> Iterator[str]:
    for _, coding in CODINGS.look(collection).lines:
        if interview_of(db, coding.unit) in among and not _is_there(db, coding.unit, ids):
            yield digest_of(coding)


def _is_there(db: sqlite3.Connection, name: str, ids: str) -> bool:
    """Whether a version that remains has a turn or a talk."""
    unit = unit_of(db, name)
    if unit is None:
        return False
    if unit[0] == unit[1]:
        return (
            db.execute(f"SELECT 1 FROM versions v WHERE v.interview = ? AND {_REMAINS}", (unit[0], ids)).fetchone()
            is not None
        )
    query = f"SELECT 1 FROM _turns t JOIN versions v ON v.id = t.version WHERE t.id = ? AND {_REMAINS}"
    return db.execute(query, (unit[1], ids)).fetchone() is not None


def _by_field(db: sqlite3.Connection, said: Iterable[Correction]) -> list[list[Correction]]:
    """The corrections of each field of each talk, whichever of its ids they name; the first of a field leads."""
    groups: dict[tuple[str, str], list[Correction]] = {}
    for correction in said:
        talk = interview_of(db, correction.uid) or correction.uid
        groups.setdefault((talk, correction.field), []).append(correction)
    return list(groups.values())


def still_said(db: sqlite3.Connection, collection: Collection) -> set[str]:
    """Digests of the lines about what the store has, whichever of them are laid over it now."""
    lines = [correction for _, correction in CORRECTIONS.look(collection).lines]
    same = [c for c in lines if c.field in OF_PERSONS]
    of_talks = _by_field(db, (c for c in lines if c.field not in OF_PERSONS))
    said = [c for group in of_talks if _remains(db, group[0], "[]") for c in group]
    said += _of_shown_persons(db, same, said)
    return {*map(digest_of, said), *_codings_said(db, collection)}


def _of_shown_persons(db: sqlite3.Connection, same: list[Correction], said: list[Correction]) -> list[Correction]:
    """Which of the lines about persons are about those that are named."""
    persons = _named(db, said) if same else set[str]()
    return [c for c in same if persons.issuperset(filter(None, (c.uid, c.old, c.new)))]


def _codings_said(db: sqlite3.Connection, collection: Collection) -> Iterator[str]:
    return (digest_of(coding) for _, coding in CODINGS.look(collection).lines if unit_of(db, coding.unit))


def _named(db: sqlite3.Connection, said: Iterable[Correction]) -> set[str]:
    """The persons that the versions of the store and these corrections name."""
    found = {row[0] for row in db.execute(f"SELECT person FROM ({_PARSED})")}
    for correction in said:
        if correction.new is not None and correction.field.startswith("guests["):
            of = "SELECT coalesce(site, '') FROM _interviews WHERE uid = ?"
            row = db.execute(of, (interview_of(db, correction.uid),)).fetchone()
            found |= {f"{row[0]}/{correction.new}"} if row else set()
    return found


#: A version remains when another capture reads like it.
_REMAINS = """EXISTS (SELECT 1 FROM version_captures x JOIN _readings r ON r.capture = x.capture WHERE x.version = v.id
    AND x.part = 'page'
  AND r.content_sha256 = v.content_sha256 AND x.capture NOT IN (SELECT value FROM json_each(?)))"""
_PARSED = """
SELECT coalesce(i.site, '') || '/' || g.name AS person, v.id AS version FROM _guests g
  JOIN versions v ON v.id = g.version JOIN _interviews i ON i.uid = v.interview"""
_PERSONS = f"""{_PARSED}
UNION SELECT coalesce(i.site, '') || '/' || json_extract(g.corrected_name, '$.new'), v.id FROM _guests g
  JOIN versions v ON v.id = g.version
  JOIN _interviews i ON i.uid = v.interview WHERE g.corrected_name IS NOT NULL
UNION SELECT coalesce(i.site, '') || '/' || json_extract(g.corrected_person, '$.new'), v.id FROM _guests g
  JOIN versions v ON v.id = g.version
  JOIN _interviews i ON i.uid = v.interview WHERE g.corrected_person IS NOT NULL"""


def _remains(db: sqlite3.Connection, first: Correction, ids: str) -> bool:
    """Whether a version that remains says what a correction (the first of its field) corrects."""
    place = place_of(db, first.uid, first.field, first.date)
    if place is None:
        return False
    column = "name" if (place.table, place.column) == ("_guests", "person") else place.column
    if place.table == "versions":
        query, values = (
            f"SELECT 1 FROM versions v WHERE v.interview = ? AND v.{column} IS ? AND {_REMAINS}",
            (place.values[0], first.old, ids),
        )
        return db.execute(query, values).fetchone() is not None
    query = (
        f"SELECT 1 FROM {place.table} p JOIN versions v ON v.id = p.version WHERE v.interview = ? AND p.seq = ? "
        f"AND p.{column} IS ? AND {_REMAINS}"
    )
    return db.execute(query, (*place.values, first.old, ids)).fetchone() is not None


def _only_in(db: sqlite3.Connection, ids: str, uids: set[str]) -> set[str]:
    """Persons that only versions name which do not remain."""
    gone = f"SELECT v.id FROM versions v WHERE v.interview IN (SELECT value FROM json_each(?)) AND NOT {_REMAINS}"
    query = f"""WITH named AS ({_PERSONS}), gone AS ({gone})
        SELECT person FROM named WHERE version IN (SELECT id FROM gone) EXCEPT SELECT person FROM named
          WHERE version NOT IN (SELECT id FROM gone)"""
    return {row[0] for row in db.execute(query, (json.dumps(sorted(uids)), ids)) if row[0]}
