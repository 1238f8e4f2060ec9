"""What people say laid over the store: where each correction is, and why another does not hold; codes beside."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable, Iterator

from archive.collection.folder import Collection
from archive.ledger.withheld import withheld_talk
from archive.store import codings
from archive.store.codings import CODINGS
from archive.store.corrections import COLUMNS, CORRECTIONS, PLAIN, Correction, place_of, value_at
from archive.store.derived import derive
from archive.store.identity import OF_PERSONS, Known
from archive.store.layers import shown
from archive.store.names import interview_of
from archive.store.people import interviews_of
from archive.store.store import insert, open_store, transaction

log = logging.getLogger("fangtan")
#: Why a correction does not hold.
NO_TALK = "no talk of that id is here"
WITHHELD = "the talk is withheld"
NO_PLACE = "the version that is shown has no such turn or guest"
OTHERWISE = "the page reads otherwise by now"
NOT_SO = "it does not fit what is said of these persons before"


def lags(db: sqlite3.Connection, collection: Collection) -> bool:
    """Whether the files have lines that the store has not."""
    there = {number for (number,) in db.execute("SELECT number FROM corrections")}
    if codings.held(db) != codings.placed(db, shown(db, collection, CODINGS))[0]:
        return True
    return {number for number, _ in shown(db, collection, CORRECTIONS).lines} != there


def lay(collection: Collection) -> None:
    """Lay corrections and codings over the store.

    :raises StoreError: it cannot be written
    """
    with collection.lock("indexer", wait=True):
        database = open_store(collection.store)
        try:
            with transaction(database) as connection:
                apply(connection, collection)
        finally:
            database.conn.close()


def apply(db: sqlite3.Connection, collection: Collection) -> None:
    """Lay the files over the store; the caller holds the transaction. Applying them again changes nothing;
    broken lines are passed over.
    """
    _codings(db, collection)
    talks = _corrected(db)
    _clear(db)
    known = Known()
    found = shown(db, collection, CORRECTIONS)
    _name(found.problems)
    for number, correction in found.lines:
        if correction.field in OF_PERSONS:
            parsed, trouble = None, None if known.hears(db, correction) else NOT_SO
        else:
            parsed, trouble = _laid(db, correction)
        if trouble == NO_TALK and withheld_talk(collection, correction.uid):
            trouble = WITHHELD
        insert(
            db,
            "corrections",
            {
                "number": number, "interview": interview_of(db, correction.uid) or correction.uid, "field": correction.field, "old": correction.old, "new": correction.new,
                "author": correction.author, "reason": correction.reason, "date": correction.date, "parsed": parsed, "applied": int(trouble is None),
                "uid": correction.uid, "trouble": trouble,
            },
        )  # fmt: skip

    for uid in sorted(talks | _corrected(db) | interviews_of(db, known.keep(db))):
        derive(db, uid)


def _codings(db: sqlite3.Connection, collection: Collection) -> None:
    found = shown(db, collection, CODINGS)
    _name(found.problems)
    codings.save(db, found)


def _name(problems: Iterable[str]) -> None:
    for problem in problems:
        log.warning("%s; this line is passed over 该行未采用", problem)


def _clear(db: sqlite3.Connection) -> None:
    """Take everything off that is laid over the store."""
    for table, columns in (("versions", PLAIN), ("_guests", COLUMNS["guests"]), ("_turns", COLUMNS["turns"])):
        marks = " OR ".join(f"corrected_{c} IS NOT NULL" for c in columns)
        db.execute(f"UPDATE {table} SET {', '.join(f'corrected_{c} = NULL' for c in columns)} WHERE {marks}")
    db.execute("DELETE FROM corrections")


def _laid(db: sqlite3.Connection, correction: Correction) -> tuple[str | None, str | None]:
    """Lay a correction beside the value it corrects; what was parsed there,
    and why it does not hold (``None`` when it does).
    """
    if interview_of(db, correction.uid) is None:
        return None, NO_TALK
    place = place_of(db, correction.uid, correction.field, correction.date)
    value = value_at(db, place) if place else None
    if place is None or value is None:
        return None, NO_PLACE
    parsed, current = value
    if correction.old != current:
        return parsed, OTHERWISE
    laid = json.dumps({"new": correction.new}, ensure_ascii=False)
    db.execute(f"UPDATE {place.table} SET corrected_{place.column} = ? WHERE {place.where}", (laid, *place.values))
    return parsed, None


def _corrected(db: sqlite3.Connection) -> set[str]:
    """The interviews of which a turn or a guest is corrected."""
    found = set[str]()
    for table in ("turns", "guests"):
        marks = " OR ".join(f"t.corrected_{c} IS NOT NULL" for c in COLUMNS[table])
        query = f"SELECT DISTINCT v.interview FROM _{table} t CROSS JOIN versions v ON v.id = t.version WHERE v.newest"
        found |= {uid for (uid,) in db.execute(f"{query} AND ({marks})")}
    return found


def stale(db: sqlite3.Connection) -> Iterator[tuple[str, str, str, str, str]]:
    """Corrections that are not applied: (id as the line has it, field, old, parsed, why)."""
    yield from db.execute(
        "SELECT uid, field, coalesce(old, ''), coalesce(parsed, ''), trouble FROM corrections WHERE NOT applied "
        "ORDER BY number"
    ).fetchall()
