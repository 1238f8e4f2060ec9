"""People's corrections: a plain file of the collection, laid over what the parsers read. The parsed value stays beside
the corrected one.

A line of ``corrections.jsonl`` is ``{"uid", "field", "old", "new", "author", "reason", "date"}``. It holds as long as
the parsed value is still ``old``; when a new reading of the page gave another value it is stale, is not applied, and
``verify`` says so. Words of a turn or of the page are never corrected: they are kept as found.

``uid`` is any id that the talk ever had. A turn is named by its words (``turns[t3f9a0c5d1e2b4a68].role``); a number
(``turns[4].role``, and always ``guests[2]``) counts in what the page said on the line's day, and the correction follows
that turn or guest to where it is now.

Who is who is corrected in two ways: ``guests[N].person`` says that a guest is not the namesake on the same site, and a
line whose ``uid`` is a person (``site/name``) with the field ``same_as`` or ``not_same_as`` says that this one and
another are the same, or two (:mod:`archive.store.identity`).
"""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from archive.collection import clock
from archive.collection.folder import Collection
from archive.errors import ConfigError, StoreError
from archive.store.identity import OF_PERSONS, until_now
from archive.store.names import WORDS, interview_of, read_on, turn_of, words_of
from archive.store.store import shows_withheld
from archive.store.written import LineFile, check_text
from parsers.record import INTERVIEW_KINDS, ROLES

PLAIN = ("kind", "title", "theme", "published_at", "time_start", "time_end", "source")
_PART = re.compile(rf"(guests|turns)\[([1-9]\d{{0,4}}|{WORDS})\]\.(name|organization|title|speaker|person|role)")
COLUMNS = {"guests": ("name", "organization", "title", "person"), "turns": ("speaker", "person", "role")}
#: Forms of a time, and what completes each.
_FORMS = {
    "year": r"\d{4}", "month": r"\d{4}-\d\d", "day": r"\d{4}-\d\d-\d\d", "hour": r"\d{4}-\d\d-\d\dT\d\d", "minute": r"\d{4}-\d\d-\d\dT\d\d:\d\d",
    "moment": r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?\+08:00",
}  # fmt: skip
_REST = {"year": "-01-01", "month": "-01", "day": "", "hour": "", "minute": "", "moment": ""}
_TALK = (
    ("year", "month", "day", "hour", "minute"),
    "a time such as 2021-12-23T10:00, 2021-12-23T10, 2021-12-23, 2021-12 or 2021",
)
#: Fields that are times: the forms they take, in words.
_TIMES = {
    "published_at": (("day", "moment"), "2021-12-23 or 2021-12-23T11:40:00+08:00"),
    "time_start": _TALK,
    "time_end": _TALK,
}
_PERSON = re.compile(r"[^/\s]*/\S[^/]*")


@dataclass(frozen=True, slots=True)
class Correction:
    """One line of the file."""

    uid: str
    field: str
    old: str | None
    new: str | None
    author: str
    reason: str
    date: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field is in the store."""

    table: str
    column: str
    where: str
    values: tuple[Any, ...]


def _parts(field: str) -> tuple[str, str, str] | None:
    """Table, which one, and column of a field of a guest or a turn; ``None`` for a field of the talk.

    :raises ConfigError: no field that can be corrected
    """
    if field in PLAIN:
        return None
    match = _PART.fullmatch(field)
    if match is None or match[3] not in COLUMNS[match[1]] or (match[1] == "guests" and not match[2].isdecimal()):
        parts = [f"{t}[N].{c}" for t, columns in COLUMNS.items() for c in columns]
        raise ConfigError(f"{field}: cannot be corrected; expected one of {', '.join((*PLAIN, *parts))}")
    return match[1], match[2], match[3]


#: The number of a part of the version that is shown.
_NOW = "SELECT p.seq FROM _{} p JOIN versions v ON v.id = p.version WHERE v.interview = ? AND v.newest AND"


def place_of(db: sqlite3.Connection, uid: str, field: str, day: str) -> Place | None:
    """Where the field of a line is in the version that is shown; ``None`` when it has no such place."""
    interview, parts = interview_of(db, uid), _parts(field)
    if parts is None:
        return Place("versions", field, "interview = ? AND newest", (interview,))
    table, which, column = parts
    said = read_on(db, uid, day) if which.isdecimal() else None
    seq = (_turn_now if table == "turns" else _guest_now)(db, interview, which, said)
    if seq is None:
        return None
    newest = "version = (SELECT id FROM versions WHERE interview = ? AND newest)"
    return Place(f"_{table}", column, f"{newest} AND seq = ?", (interview, seq))


def _turn_now(db: sqlite3.Connection, interview: str | None, which: str, said: dict[str, Any] | None) -> int | None:
    """The number that a turn has in the version that is shown.

    :param which: its words' digest, or its number in ``said``, the reading that the correction was made of
    """
    names = words_of(turn["text"] for turn in said["turns"]) if said else []
    words = which if not which.isdecimal() else names[int(which) - 1] if int(which) <= len(names) else None
    row = db.execute(_NOW.format("turns") + " p.id = ?", (interview, f"{interview}.{words}")).fetchone()
    return row[0] if row else None


def _guest_now(db: sqlite3.Connection, interview: str | None, which: str, said: dict[str, Any] | None) -> int | None:
    """The number that a guest has in the version that is shown, found by what was printed of the guest.

    :param which: the number in ``said``, the reading that the correction was made of
    """
    guests = said["guests"] if said else []
    guest = guests[int(which) - 1] if int(which) <= len(guests) else {}
    if not guest:
        return None
    printed = [guest.get(name) for name in ("name", "organization", "title")]
    same = _NOW.format("guests") + " p.name IS ? AND p.organization IS ? AND p.title IS ? ORDER BY p.seq <> ?"
    row = db.execute(same, (interview, *printed, int(which))).fetchone()
    return row[0] if row else None


def _addressed(db: sqlite3.Connection, uid: str, field: str) -> tuple[str, str]:
    """Id of the talk today and the field, of what was named by any id of a talk or a turn, and by numbers as they are
    shown.

    :raises ConfigError: no such talk, turn or field
    """
    turn = turn_of(db, uid)
    if turn is not None and field in COLUMNS["turns"]:
        return turn.interview, f"turns[{turn.id.partition('.')[2]}].{field}"
    interview, parts = interview_of(db, uid), _parts(field)
    if interview is None or turn is not None:
        raise ConfigError(f"{uid}: no interview with {field}")
    if parts is None or parts[0] == "guests" or not parts[1].isdecimal():
        return interview, field
    row = db.execute("SELECT id FROM turns WHERE interview = ? AND seq = ?", (interview, int(parts[1]))).fetchone()
    if row is None:
        raise ConfigError(f"{uid}: no interview with {field}")
    return interview, f"turns[{row[0].partition('.')[2]}].{parts[2]}"


def _parsed(data: dict[str, Any]) -> Correction:
    correction = Correction(**data)
    _check(correction)
    return correction


CORRECTIONS = LineFile(
    "corrections", frozenset({"uid", "field", "old", "new", "author", "reason", "date"}), "uid", _parsed
)


def _check(correction: Correction) -> None:
    """Refuse what cannot be laid over a value.

    :raises ConfigError: says what is wrong
    """
    for name, value in asdict(correction).items():
        check_text(name, value, may_lack=name in ("old", "new"))
    if not correction.author.strip() or not correction.reason.strip():
        raise ConfigError("author and reason must not be empty")
    if not is_time(correction.date, "day"):
        raise ConfigError(f"date {correction.date}: expected a day such as 2026-01-31")
    if correction.field in OF_PERSONS:
        for person in (correction.uid, correction.old, correction.new):
            if person is not None and not _PERSON.fullmatch(person):
                raise ConfigError(f"{person}: expected a person as site/name, such as 620724/殷学文")
    else:
        _parts(correction.field)
        _check_value(correction.field, correction.new)


def _check_value(field: str, new: str | None) -> None:
    if field == "kind" and new not in INTERVIEW_KINDS:
        raise ConfigError(f"kind {new}: expected one of {', '.join(sorted(INTERVIEW_KINDS))}")
    if field.endswith(".role") and new not in ROLES:
        raise ConfigError(f"role {new}: expected one of {', '.join(ROLES)}")
    if field.endswith(".speaker") and not new:
        raise ConfigError("a turn has a speaker; expected a text")
    if field in _TIMES and new is not None:
        _check_time(field, new)


def _check_time(field: str, value: str) -> None:
    forms, example = _TIMES[field]
    if not any(is_time(value, form) for form in forms):
        raise ConfigError(f"{field} {value}: expected {example}")


def is_time(value: str, form: str) -> bool:
    """Whether a text is a time of that form, and a real one."""
    if not re.fullmatch(_FORMS[form], value, re.ASCII):
        return False
    try:
        datetime.fromisoformat(value + _REST[form])
    except ValueError:
        return False
    return True


def value_at(db: sqlite3.Connection, place: Place) -> tuple[str | None, str | None] | None:
    """What was parsed at a place and what is shown there; ``None`` when there is no such place."""
    # A guest is the person of that name until somebody says otherwise.
    column = "name" if (place.table, place.column) == ("_guests", "person") else place.column
    row = db.execute(
        f"SELECT {column}, corrected_{place.column} FROM {place.table} WHERE {place.where}", place.values
    ).fetchone()
    return None if row is None else (row[0], json.loads(row[1])["new"] if row[1] else row[0])


def correct(
    collection: Collection, db: sqlite3.Connection, uid: str, field: str, new: str | None, author: str, reason: str
) -> Correction:
    """Append a correction of the value that the store shows now.

    :raises ConfigError: no such interview or field, nothing changes, or a value that does not fit there
    :raises StoreError: a takedown is not carried out yet
    """
    # A takedown names the corrections that it hides: none may come between what it reads and what it enters.
    with collection.lock("publish", wait=True):
        if shows_withheld(db, collection.store):
            raise StoreError(f"{collection.store}: a takedown is not carried out yet; run the command again")
        correction = _meant(db, uid, field, new, author, reason)
        CORRECTIONS.append(collection, [correction])
    return correction


def _meant(db: sqlite3.Connection, uid: str, field: str, new: str | None, author: str, reason: str) -> Correction:
    """:raises ConfigError: no such interview or field, nothing changes, or a value that cannot stand there"""
    today = clock.now().strftime("%Y-%m-%d")
    if field in OF_PERSONS:
        old = until_now(db, uid, field, new)
    else:
        uid, field = _addressed(db, uid, field)
        place = place_of(db, uid, field, today)
        shown = value_at(db, place) if place else None
        if shown is None:
            raise ConfigError(f"{uid}: no interview with {field}")
        old = shown[1]
    if old == new:
        raise ConfigError(f"{uid} {field}: is {new!r} already")
    correction = Correction(uid, field, old, new, author, reason, today)
    _check(correction)
    return correction
