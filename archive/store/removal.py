"""Captures out of the store and back into it: which rows go, which pages must be read again, which lines leave the
index.

What remains is what a rebuild from all other records would give; nothing else is read again.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Collection as Collected
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from archive.collection.folder import Collection
from archive.collection.urls import uid_of
from archive.errors import ArchiveError
from archive.ledger.chain import Entry
from archive.ledger.withheld import Takedowns, names_of
from archive.store import listed, listings, originals
from archive.store.interviews import Interviews
from archive.store.wholes import wholes
from archive.warc import tiers
from archive.warc.cdxj import lines_in
from archive.warc.records import Damage, Position, Record, bare_id, locate, scan

#: File name (as JSON) and offset of a CDXJ line.
_PLACE = re.compile(r'"offset": "(\d+)", "filename": ("(?:[^"\\]|\\.)*")')
_IDS = "(SELECT value FROM json_each(?))"
#: Captures that are read with the help of others, which are found by what these say: list entries, redirects, parts,
#: originals.
_DEPENDENT = (
    f"SELECT id FROM captures WHERE key IN (SELECT part_key FROM _parts WHERE capture IN {_IDS})",
    f"SELECT id FROM captures WHERE key IN (SELECT target_key FROM _redirects WHERE capture IN {_IDS})",
    f"""SELECT id FROM captures WHERE key IN (SELECT key FROM _listed WHERE capture IN {_IDS} UNION
          SELECT r.target_key FROM _listed i JOIN _redirects r ON r.key = i.key WHERE i.capture IN {_IDS})""",
    f"SELECT id FROM captures WHERE type = 'revisit' AND refers_to IN {_IDS}",
)


def present(db: sqlite3.Connection, ids: Iterable[str]) -> list[str]:
    """Those of the captures that the store still has something of."""
    query = f"""SELECT id FROM captures WHERE id IN {_IDS} UNION
                SELECT about FROM _metadata WHERE kind = 'record' AND about IN {_IDS} ORDER BY 1"""
    wanted = json.dumps(sorted(ids))
    return [row[0] for row in db.execute(query, (wanted, wanted))]


def dependent(db: sqlite3.Connection, ids: Collected[str]) -> set[str]:
    """Captures other than these whose reading hangs on one of these."""
    wanted = json.dumps(sorted(ids))
    found = {row[0] for query in _DEPENDENT for row in db.execute(query, (wanted,) * query.count("?"))}
    for key in keys_of(db, ids):
        found |= wholes(db, key)
    return found - set(ids)


def keys_of(db: sqlite3.Connection, ids: Iterable[str]) -> set[str]:
    """The canonical addresses of captures."""
    query = f"SELECT DISTINCT key FROM captures WHERE id IN {_IDS}"
    return {row[0] for row in db.execute(query, (json.dumps(sorted(ids)),))}


def remove(db: sqlite3.Connection, interviews: Interviews, ids: Collected[str]) -> tuple[set[str], set[str]]:
    """Delete every row that comes from these captures; the caller holds the transaction.

    :returns: captures to read again, and addresses whose interviews are to be formed again
    """
    unread = forget_leads(db, _revisits(db, ids)) | dependent(db, ids)
    dirty = {other for key in keys_of(db, ids) for other in interviews.component(db, key)}
    wanted = (json.dumps(sorted(ids)),)
    for (uid,) in db.execute(f"SELECT DISTINCT interview FROM versions WHERE capture IN {_IDS}", wanted).fetchall():
        interviews.delete(db, uid)
    for table in ("version_captures", "_readings", "_parts", "_redirects", "_named_originals"):
        db.execute(f"DELETE FROM {table} WHERE capture IN {_IDS}", wanted)
    listings.forget(db, sorted(ids))
    db.execute(f"DELETE FROM _metadata WHERE kind = 'record' AND about IN {_IDS}", wanted)
    _unqueue(db, ids)
    addresses = [row[0] for row in db.execute(f"SELECT DISTINCT url FROM captures WHERE id IN {_IDS}", wanted)]
    db.execute(f"DELETE FROM captures WHERE id IN {_IDS}", wanted)
    return unread.union(*(originals.settle(db, address) for address in addresses)), dirty


def _revisits(db: sqlite3.Connection, ids: Collected[str]) -> set[str]:
    query = f"SELECT id FROM captures WHERE type = 'revisit' AND refers_to IN {_IDS}"
    return {row[0] for row in db.execute(query, (json.dumps(sorted(ids)),))} - set(ids)


def forget_leads(db: sqlite3.Connection, revisits: Collected[str]) -> set[str]:
    """Delete where revisits lead: their original, which says so, is another one or none.

    :returns: captures to read again
    """
    if not revisits:
        return set()
    unread = dependent(db, revisits)
    db.execute(f"DELETE FROM _parts WHERE capture IN {_IDS}", (json.dumps(sorted(revisits)),))
    listings.forget(db, sorted(revisits))
    return unread


def _unqueue(db: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Drop the captures' index lines that are not in the file yet."""
    places = {(row[0], row[1]) for row in _places(db, ids)}
    queued = [line for (line,) in db.execute("SELECT line FROM _index_queue") if place_of(line) in places]
    db.executemany("DELETE FROM _index_queue WHERE line = ?", [(line,) for line in queued])


def forget_damage(db: sqlite3.Connection, ids: Iterable[str], places: Iterable[tuple[str, int]]) -> None:
    """Drop what the store says of damage in withheld records: it names their addresses, and nobody misses them."""
    db.execute(f"DELETE FROM _damage WHERE record IN {_IDS}", (json.dumps(sorted(ids)),))
    db.executemany("DELETE FROM _damage WHERE warc_file = ? AND offset = ?", sorted(places))


def _places(db: sqlite3.Connection, ids: Iterable[str]) -> Iterator[tuple[str, int]]:
    query = f"SELECT warc_file, warc_offset FROM captures WHERE id IN {_IDS}"
    yield from db.execute(query, (json.dumps(sorted(ids)),)).fetchall()


def unlist(
    db: sqlite3.Connection, index: Path, ids: Iterable[str], known: Collected[tuple[str, int]] = frozenset()
) -> None:
    """Take the captures' lines out of the index, each file of which is replaced in one step; the caller holds the lock
    ``publish``.

    :param known: further places of their records, of second copies
    """
    drop_lines(index, {*_places(db, ids), *known})


def drop_lines(index: Path, places: Collected[tuple[str, int]]) -> None:
    """Take the lines of the records at these places out of an index."""
    for path in tiers.files(index) if places else ():
        _drop_lines(path, places)


def _drop_lines(index: Path, places: Collected[tuple[str, int]]) -> None:
    if not any(place_of(line) in places for line in lines_in(index)):
        return
    temporary = index.with_name(f".{index.name}.{os.getpid()}.tmp")
    with temporary.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(f"{line}\n" for line in lines_in(index) if place_of(line) not in places)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(index)


def absent(db: sqlite3.Connection, entries: dict[str, Entry]) -> list[str]:
    """Those of the captures that are shown again, were read once, and have no row.

    :param entries: the takedown of each
    """
    query = "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM captures) ORDER BY 1"
    missing = [row[0] for row in db.execute(query, (json.dumps(sorted(entries)),))]
    read = dict(db.execute("SELECT warc_file, offset FROM _cursor")) if missing else {}
    return [
        i
        for i in missing
        for p in proofs_of(entries[i], i)
        if p["id"] == i and p["offset"] < read.get(p["warc_file"], 0)
    ]


def proofs_of(entry: Entry, identifier: str) -> list[dict[str, Any]]:
    """What a takedown says of the records of a capture: the capture's own and its readings."""
    return [p for p in entry.data.get("records") or () if identifier in (p.get("id"), p.get("about"))]


def records_of(collection: Collection, entries: dict[str, Entry]) -> Iterator[Record]:
    """The records of captures that are shown again, by the places that their takedowns name; the requests with them.

    What is damaged or gone is left out: it cannot be shown.
    """
    for identifier, entry in sorted(entries.items()):
        for proof in proofs_of(entry, identifier):
            place = Position(str(proof["warc_file"]), int(proof["offset"]), int(proof["length"]))
            with suppress(ArchiveError, OSError):
                yield from _exchange(collection.archive, place, str(proof["id"]))


def damage_of(collection: Collection, entries: dict[str, Entry]) -> Iterator[tuple[str, Damage]]:
    """What cannot be read of captures that are shown again, each with the name of its file."""
    for identifier, entry in sorted(entries.items()):
        for proof in proofs_of(entry, identifier):
            with suppress(ArchiveError, OSError):
                name = str(proof["warc_file"])
                found = next(scan(locate(collection.archive, name), int(proof["offset"])), None)
                if isinstance(found, Damage):
                    yield name, found


def _exchange(folder: Path, place: Position, identifier: str) -> Iterator[Record]:
    """A record and, when it is a response, the request that belongs to it, in the order of the file."""
    path = locate(folder, place.warc_file)
    following = scan(path, place.offset)
    record = next(following, None)
    if not isinstance(record, Record) or record.id != identifier:
        return
    if asked := record.get("WARC-Concurrent-To"):  # archives of others: the request is before its response
        for earlier in scan(path, 0, place.offset):
            if isinstance(earlier, Record) and earlier.type == "request" and earlier.get("WARC-Record-ID") == asked:
                yield earlier
    yield record
    request = next(following, None)
    if isinstance(request, Record) and bare_id(request.get("WARC-Concurrent-To")) == identifier:
        yield request


def place_of(line: str) -> tuple[str, int] | None:
    """File and offset that a CDXJ line names."""
    found = _PLACE.search(line)
    return (json.loads(found[2]), int(found[1])) if found else None


def naming(db: sqlite3.Connection, said: Takedowns, captures: Iterable[str], held: Iterable[str]) -> tuple[str, ...]:
    """The captures of lists that name the pages of these captures: of all nights, for each prints the titles.

    :param held: likewise, captures that are withheld already: the ledger knows what their talks are called
    """
    own = "SELECT DISTINCT key FROM captures WHERE id IN (SELECT value FROM json_each(?))"
    keys = listed.keys_of(db, (row[0] for row in db.execute(own, (json.dumps(sorted(captures)),))))
    if names := set[str]().union(*(names_of(said.held[one], one) for one in held)):
        keys |= {key for (key,) in db.execute("SELECT DISTINCT key FROM _items") if uid_of(key) in names}
    query = f"SELECT DISTINCT capture FROM _listed WHERE key IN {_IDS} AND capture NOT IN {_IDS} ORDER BY capture"
    found = db.execute(query, (json.dumps(sorted(keys)), json.dumps(sorted(captures))))
    return tuple(row[0] for row in found)
