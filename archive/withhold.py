"""Lawful takedown: captures hidden from store, web, replay and packages; the ledger keeps the proof.

One transaction marks the ledger and deletes the rows. With ``destroy`` the bytes go, too (:mod:`archive.overwrite`). Killed anywhere, a takedown is
finished by the next command, whichever it is (:func:`finish`).
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

from archive import corrections, ledger, overwrite, removal
from archive.collection import Collection
from archive.holders import holding
from archive.indexer import Indexer
from archive.ledger import Entry
from archive.names import interview_of, known_as, turn_of
from archive.reading import rows_of
from archive.records import Position, Record, raw_at, read_at
from archive.store import open_store, scrub, transaction
from archive.withheld import Takedowns, names_talk, takedowns
from archive.withheld_corrections import of_withheld
from parsers.errors import ArchiveError, ConfigError, FangtanError

log = logging.getLogger("fangtan")
_PLACE = "warc_file, warc_offset, warc_length"
_IDS = "(SELECT value FROM json_each(?))"
#: So long a takedown waits for the indexer to finish what it reads.
_INDEXER_S = 10.0


@dataclass(frozen=True, slots=True)
class Withheld:
    """What was withheld.

    :param destroyed: the bytes are gone; ``False`` while a file that is written has to wait
    :param packages: packages of the collection that hold the captures, made earlier
    :param listed: captures of list pages that name the pages; each is a capture of its own
    """

    entry: Entry
    captures: tuple[str, ...]
    destroyed: bool
    packages: tuple[str, ...]
    listed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What a takedown names: captures to withhold, and takedowns that name them already."""

    fresh: tuple[str, ...]
    earlier: tuple[Entry, ...]
    uids: tuple[str, ...]


def withhold(collection: Collection, targets: list[str], reason: str, *, destroy: bool = False) -> Withheld:
    """Hide captures, each named by its id, by a turn or by an interview (then everything behind it).

    :param destroy: overwrite the records' bytes
    :raises ConfigError: an unknown name, no reason, or all of it is withheld already
    """
    if not reason.strip():
        raise ConfigError("--reason: say why, it goes into the ledger; 请写明原因，将记入账本")
    finished = finish(collection)
    _read_on(collection)
    indexer = Indexer(collection)
    try:
        with collection.lock("publish", wait=True), transaction(indexer.database) as db:
            chosen = _choose(db, takedowns(collection), targets)
            data = _entry_of(collection, db, chosen, reason.strip(), destroy=destroy)
            if data is None:
                return _already(collection, chosen, finished, targets, destroy=destroy)
            listed = tuple(_listed(db, data["captures"]))
            entry = ledger.append(collection, data)
            indexer.apply(db)
    finally:
        indexer.close()
    if destroy:
        finish(collection)
    return _outcome(collection, entry, listed)


def _already(
    collection: Collection, chosen: _Chosen, finished: list[Entry], targets: list[str], *, destroy: bool
) -> Withheld:
    """A takedown that an earlier command began and this one finished is what was asked for."""
    last = chosen.earlier[-1]
    if not finished and not (destroy and last.data.get("destroy")):
        raise ConfigError(f"{', '.join(targets)}: withheld already (ledger entry {last.number})")
    return _outcome(collection, last, ())


def _outcome(collection: Collection, entry: Entry, listed: tuple[str, ...]) -> Withheld:
    captures = tuple(map(str, entry.data["captures"]))
    latest = [takedowns(collection).held[c] for c in captures if c in takedowns(collection).held]
    gone = bool(latest) and all(e.data.get("destroyed") for e in latest)
    return Withheld(latest[-1] if latest else entry, captures, gone, holding(collection, entry), listed)


def release(collection: Collection, captures: list[str], reason: str) -> Entry:
    """Show withheld captures again.

    :raises ConfigError: one of them is not withheld, or its bytes were destroyed
    """
    finish(collection)
    known = takedowns(collection).held
    for identifier in captures:
        if identifier not in known:
            raise ConfigError(f"{identifier}: not withheld")
        if known[identifier].data.get("destroyed"):
            raise ConfigError(
                f"{identifier}: its bytes were destroyed on {known[identifier].data.get('at')}; nothing can be shown again"
            )
    entry = ledger.append(collection, {"type": "release", "captures": captures, "reason": reason})
    finish(collection)
    return entry


# ── finishing ───────────────────────────────────────────────────────────────────────────────────────────────────────


def finish(collection: Collection) -> list[Entry]:
    """Make the collection be as its ledger says: rows and index lines of withheld captures go, bytes that are to be destroyed go.

    :returns: the takedowns there was something left to do for
    :raises FangtanError: the store or the ledger cannot be written
    """
    said = takedowns(collection)
    if not said.entries:
        return []
    found = hide(collection)
    todo = _to_destroy(collection, said)
    if todo:
        with collection.lock("indexer", wait=True):
            for entry in _to_destroy(collection, takedowns(collection)):
                _destroy(collection, entry)
    return [*found, *todo]


def hide(collection: Collection) -> list[Entry]:
    """The first half of :func:`finish`: rows and index lines go, at once.

    :returns: the takedowns that were not carried out yet
    """
    said = takedowns(collection)
    if not said.entries or not collection.store.exists():
        return []
    indexer = Indexer(collection)
    try:
        shown = removal.present(indexer.db, said.held)
        indexer.obey()
    finally:
        indexer.close()
    return list({said.held[i].number: said.held[i] for i in shown}.values())


def _to_destroy(collection: Collection, said: Takedowns) -> list[Entry]:
    """Takedowns whose bytes are to go, and those whose bytes came back (from a backup)."""
    back = [e for e in said.destroyed if any(overwrite.remaining(collection, e))]
    return [*said.unfinished, *back]


def _destroy(collection: Collection, entry: Entry) -> None:
    """Bytes, words in the store's free pages, corrections; then the ledger says that it is done. The caller holds the indexer's lock."""
    try:
        whole = overwrite.overwrite(collection, entry)
    except OSError as error:
        raise ArchiveError(
            f"{collection.archive}: {error.strerror}; the captures are hidden, their bytes are still there. The next command tries again"
        ) from error
    corrections.drop(collection, frozenset(map(str, entry.data.get("corrections") or ())))
    if not whole:
        return
    if collection.store.exists():
        _number_corrections(collection)
        scrub(collection.store)
    for leftover in collection.root.glob(
        ".rebuild.*"
    ):  # of a rebuild that was killed: a running one holds the lock that we hold
        leftover.unlink()
    data = {k: v for k, v in entry.data.items() if k not in ("at", "previous", "destroy")}
    files = overwrite.files_of(collection, entry)
    ledger.append(collection, {**data, "destroyed": True, "files": files, "packages": list(holding(collection, entry))})


def _number_corrections(collection: Collection) -> None:
    """The store counts the lines of the file, which are fewer now."""
    database = open_store(collection.store)
    try:
        with transaction(database) as db:
            corrections.apply(db, collection)
    finally:
        database.conn.close()


# ── what a takedown names ───────────────────────────────────────────────────────────────────────────────────────────


def _read_on(collection: Collection) -> None:
    """Index what is captured already, so that a capture made before the takedown does not come after it."""
    until = monotonic() + _INDEXER_S
    while True:
        try:
            with collection.lock("indexer"):
                indexer = Indexer(collection)
                try:
                    indexer.read_all()
                finally:
                    indexer.close()
            return
        except ConfigError:
            if monotonic() > until:
                return  # a rebuild: it obeys the ledger before it shows anything
            sleep(0.1)
        except FangtanError as error:
            log.warning("%s: not all captures could be read before the takedown", error)
            return


def _choose(db: sqlite3.Connection, said: Takedowns, targets: Iterable[str]) -> _Chosen:
    """:raises ConfigError: a name of nothing"""
    fresh, earlier, uids = set[str](), dict[int, Entry](), set[str]()
    for target in targets:
        found = _captures(db, target)
        held = _held(said, target)
        if not found and not held:
            raise ConfigError(f"{target}: no such capture, turn or interview")
        fresh |= found
        earlier |= held
        if "." not in target and (uid := interview_of(db, target)):
            uids.add(uid)
    return _Chosen(tuple(sorted(fresh)), tuple(earlier[n] for n in sorted(earlier)), tuple(sorted(uids)))


def _captures(db: sqlite3.Connection, target: str) -> set[str]:
    named = "SELECT id FROM captures WHERE id = :t OR record_id = :t"
    turn = "SELECT v.capture FROM _turns t JOIN versions v ON v.id = t.version WHERE t.id = :t"
    interview = """SELECT id FROM captures WHERE key IN (SELECT key FROM interview_urls WHERE interview = :t) UNION
                   SELECT x.capture FROM version_captures x JOIN versions v ON v.id = x.version WHERE v.interview = :t AND x.part <> 'list'"""
    said = turn_of(db, target)
    talk = None if "." in target else interview_of(db, target)
    # A turn's words go with every version that has them.
    for query, name in ((named, target), (turn, said and said.id), (interview, talk)):
        if found := {row[0] for row in db.execute(query, {"t": name})}:
            return found
    return set()


def _held(said: Takedowns, target: str) -> dict[int, Entry]:
    """The takedowns that name a capture, a turn or an interview, the latest of each capture."""
    name, uid = target.removeprefix("<urn:uuid:").removesuffix(">"), target.split(".", 1)[0]
    return {e.number: e for c, e in said.held.items() if c == name or names_talk(e, uid)}


def _entry_of(
    collection: Collection, db: sqlite3.Connection, chosen: _Chosen, reason: str, *, destroy: bool
) -> dict[str, Any] | None:
    """The ledger entry; ``None`` when nothing is left to be said.

    What is withheld already is named again when its bytes are to be destroyed and were kept until now.
    """
    again = [e for e in chosen.earlier if destroy and not e.data.get("destroyed") and not e.data.get("destroy")]
    if not chosen.fresh and not again:
        return None
    touched = set(chosen.uids) | _interviews(db, chosen.fresh)
    data: dict[str, Any] = {
        "captures": list(chosen.fresh),
        "interviews": sorted(touched),
        "ids": known_as(db, chosen.fresh),
        "records": [_proof(collection, row) for row in _rows(db, chosen.fresh)],
        "corrections": of_withheld(db, collection, chosen.fresh, touched),
    }
    for entry in again:
        for name, found in data.items():
            found += [x for x in entry.data.get(name) or () if x not in found]
    names = sorted({str(p["warc_file"]) for p in data["records"]})
    intent = {"destroy": True} if destroy else {}
    return {
        "type": "withhold",
        **data,
        "reason": reason,
        "destroyed": False,
        **intent,
        "files": [{"name": n} for n in names],
    }


def _interviews(db: sqlite3.Connection, ids: Iterable[str]) -> set[str]:
    query = f"SELECT DISTINCT v.interview FROM version_captures x JOIN versions v ON v.id = x.version WHERE x.part <> 'list' AND x.capture IN {_IDS}"
    return {row[0] for row in db.execute(query, (json.dumps(sorted(ids)),))}


def _rows(db: sqlite3.Connection, ids: Iterable[str]) -> list[dict[str, Any]]:
    """The captures' rows, and the places of what the parser read at the time in pages that they are or are parts of."""
    wanted = json.dumps(sorted(ids))
    captures = rows_of(
        db,
        f"SELECT id, type, fetched_at, NULL AS about, {_PLACE} FROM captures WHERE id IN {_IDS} ORDER BY id",
        (wanted,),
    )
    readings = rows_of(
        db,
        f"""SELECT id, 'metadata' AS type, at AS fetched_at, about, {_PLACE} FROM _metadata WHERE kind = 'record' AND about IN (
              SELECT value FROM json_each(?) UNION SELECT v.capture FROM version_captures x JOIN versions v ON v.id = x.version
              WHERE x.part IN ('part', 'api') AND x.capture IN {_IDS}) ORDER BY id""",
        (wanted, wanted),
    )
    return [*captures, *readings]


def _proof(collection: Collection, row: dict[str, Any]) -> dict[str, Any]:
    """What proves later that a capture was this one: its place and digests, not its words."""
    place = Position(row["warc_file"], row["warc_offset"], row["warc_length"])
    proof: dict[str, Any] = {
        "id": row["id"], "type": row["type"], "date": row["fetched_at"], "warc_file": place.warc_file, "offset": place.offset, "length": place.length,
    }  # fmt: skip
    if row["about"]:
        proof["about"] = row["about"]
    try:
        proof["member_sha256"] = hashlib.sha256(raw_at(collection.archive, place)).hexdigest()
        proof["block_digest"] = read_at(collection.archive, place).get("WARC-Block-Digest")
    except (ArchiveError, OSError) as error:
        proof["damaged"] = f"the record could not be read: {type(error).__name__}"
    return proof


def proof_of(collection: Collection, record: Record, about: str) -> dict[str, Any]:
    """The same of a record that no row speaks of.

    :param about: the capture that it is, or is a reading of
    """
    place, reading = record.position, about != record.id
    row = {
        "id": record.id,
        "type": record.type,
        "fetched_at": record.get("WARC-Date"),
        "about": about if reading else None,
    }
    return _proof(
        collection, {**row, "warc_file": place.warc_file, "warc_offset": place.offset, "warc_length": place.length}
    )


def _listed(db: sqlite3.Connection, ids: Iterable[str]) -> list[str]:
    """Captures of lists that name the pages, the newest of each list."""
    query = f"""SELECT i.capture FROM _items i JOIN captures l ON l.id = i.capture WHERE i.key IN (SELECT key FROM captures WHERE id IN {_IDS})
                AND i.capture NOT IN {_IDS} GROUP BY l.key HAVING l.fetched_at = max(l.fetched_at) ORDER BY 1"""
    return [row[0] for row in db.execute(query, (json.dumps(sorted(ids)),) * 2)]
