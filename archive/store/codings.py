"""Codings: what coders say of turns and talks, in a plain file of the collection. No word of the archive changes.

A line of ``codings.jsonl`` is ``{"unit", "coder", "values", "date"}``: the id of a turn or a talk, and a code for each
variable. What a coder says later (by date, then by line) of the same unit and variable holds in its place; ``null``
takes a code back. The file keeps all of it. ``unit`` is any id that the turn or talk ever had.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from archive.collection import clock
from archive.collection.folder import Collection
from archive.errors import ConfigError, StoreError
from archive.store.corrections import is_time
from archive.store.names import interview_of, turn_of
from archive.store.store import shows_withheld
from archive.store.written import LineFile, Lines, check_text

MAX_NAME = 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_COLUMNS = "interview, unit, variable, coder, value, date, number"


@dataclass(frozen=True, slots=True)
class Coding:
    """One line of the file.

    :param unit: id of a turn or a talk
    :param values: variable → code
    """

    unit: str
    coder: str
    values: dict[str, str | None]
    date: str


def _parsed(data: dict[str, Any]) -> Coding:
    coding = Coding(**data)
    check_text("unit", coding.unit)
    check_name("coder", coding.coder)
    if not isinstance(coding.values, dict) or not coding.values:
        raise ConfigError("values: expected an object with a code for each variable")
    for variable, code in coding.values.items():
        check_name("variable", variable)
        check_code(variable, code)
    check_text("date", coding.date)
    if not is_time(coding.date, "day"):
        raise ConfigError(f"date {coding.date}: expected a day such as 2026-01-31")
    return coding


def check_name(what: str, name: Any) -> None:
    """:raises ConfigError: no name of a coder or a variable: one line of text without blanks around it"""
    check_text(what, name)
    if not name or name != name.strip() or len(name) > MAX_NAME or _CONTROL.search(name):
        raise ConfigError(f"{what} {name[:MAX_NAME]!r}: expected one line of at most {MAX_NAME} characters")


def check_code(variable: str, code: Any) -> None:
    """:raises ConfigError: no code: a text that is not blank; nothing takes a code back"""
    check_text(variable, code, may_lack=True)
    if code is not None and not code.strip():
        raise ConfigError(f"{variable}: a code must not be blank")


CODINGS = LineFile("codings", frozenset({"unit", "coder", "values", "date"}), "unit", _parsed)


def unit_of(db: sqlite3.Connection, name: str) -> tuple[str, str] | None:
    """Talk and unit today, of any id that a turn or a talk ever had; ``None`` if it names neither."""
    if "." in name:
        turn = turn_of(db, name)
        return (turn.interview, turn.id) if turn else None
    interview = interview_of(db, name)
    return (interview, interview) if interview else None


# ── codes come in ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a coder's sheet.

    :param number: line of the sheet
    """

    number: int
    unit: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Taken:
    """What came in.

    :param lines: units with new codes; codes that were said already are not said again
    :param known: rows that say nothing new
    :param problems: rows that were not taken, each in words
    """

    lines: int
    known: int
    problems: tuple[str, ...]


def code(collection: Collection, db: sqlite3.Connection, rows: Iterable[Row], coder: str) -> Taken:
    """Append a coder's codes to the file. A row that cannot be taken leaves out itself only.

    :raises ConfigError: no name of a coder
    :raises StoreError: a takedown is not carried out yet
    """
    check_name("coder", coder)
    today = clock.now().strftime("%Y-%m-%d")
    # As with corrections: no line comes between what a takedown reads and what it enters.
    with collection.lock("publish", wait=True):
        if shows_withheld(db, collection.store):
            raise StoreError(f"{collection.store}: a takedown is not carried out yet; run the command again")
        said = dict(_said(db, CODINGS.look(collection), coder))
        fresh, problems, seen, known = [], [], dict[str, Row](), 0
        for row in rows:
            try:
                unit = _checked(db, row, seen)
            except ConfigError as error:
                problems.append(f"line {row.number}: {error}")
                continue
            new = {v: c for v, c in row.values.items() if said.get((unit, v)) != c}
            known += not new
            if new:
                fresh.append(Coding(unit, coder, dict(new), today))
        if fresh:
            CODINGS.append(collection, fresh)
    return Taken(len(fresh), known, tuple(problems))


def _said(db: sqlite3.Connection, found: Lines[Coding], coder: str) -> Iterable[tuple[tuple[str, str], str | None]]:
    """What a coder says until now: unit and variable → code."""
    for _, coding in _in_time(found):
        if coding.coder == coder and (unit := unit_of(db, coding.unit)):
            yield from (((unit[1], variable), value) for variable, value in coding.values.items())


def _in_time(found: Lines[Coding]) -> list[tuple[int, Coding]]:
    """Lines in order of their days: a merge puts older ones behind newer ones."""
    return sorted(found.lines, key=lambda line: (line[1].date, line[0]))


def _checked(db: sqlite3.Connection, row: Row, seen: dict[str, Row]) -> str:
    """The unit of a row, by its id of today.

    :param seen: the rows before, by unit
    :raises ConfigError: it cannot be taken
    """
    if not row.unit:
        raise ConfigError("no unit: expected the id of a turn or a talk")
    unit = unit_of(db, row.unit)
    if unit is None:
        raise ConfigError(f"{row.unit[:MAX_NAME]}: no turn or talk of that id is here")
    for variable, value in row.values.items():
        check_code(variable, value)
    if seen.setdefault(unit[1], row).values != row.values:
        raise ConfigError(f"{row.unit}: line {seen[unit[1]].number} has other codes of it")
    return unit[1]


# ── codes in the store ──────────────────────────────────────────────────────────────────────────────────────────────


def placed(db: sqlite3.Connection, found: Lines[Coding]) -> tuple[list[tuple[Any, ...]], list[str]]:
    """The codes in force as rows of the store, and the units of lines that lead nowhere."""
    rows: dict[tuple[str, str, str], tuple[Any, ...]] = {}
    nowhere: list[str] = []
    for number, coding in _in_time(found):
        unit = unit_of(db, coding.unit)
        if unit is None:
            nowhere.append(coding.unit)
            continue
        for variable, value in coding.values.items():
            key = (unit[1], variable, coding.coder)
            rows.pop(key, None)
            if value is not None:
                rows[key] = (*unit, variable, coding.coder, value, coding.date, number)
    return sorted(rows.values()), nowhere


def held(db: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """The codes that the store has, likewise."""
    return sorted(db.execute(f"SELECT {_COLUMNS} FROM _codings").fetchall())


def save(db: sqlite3.Connection, found: Lines[Coding]) -> None:
    """Bring the store's codes up to date; the caller holds the transaction."""
    wanted: Sequence[tuple[Any, ...]] = placed(db, found)[0]
    if held(db) != wanted:
        db.execute("DELETE FROM _codings")
        db.executemany(f"INSERT INTO _codings({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", wanted)
