"""What only shows across files: record ids used twice, revisits whose original is missing or differs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.fault import Fault, Level
from archive.verify.facts import COLUMNS, opened
from archive.verify.payloads import Payloads, Place
from archive.verify.segments import check_segments

#: Copies of a record in several files share all that it says of itself.
_SAME = "type || ' ' || ifnull(uri, '') || ' ' || ifnull(date, '') || ' ' || hex(block)"
#: Of the first place: SQLite takes plain columns from the row that has the only min().
_TWICE = f"""
SELECT id, name, at, min(name || printf(' %020d', at)), group_concat(name || ' offset ' || at, ', '),
  count(DISTINCT {_SAME}), sum(own)
FROM records JOIN files ON number = file
WHERE id IN (SELECT id FROM records WHERE id <> '' GROUP BY id HAVING count(*) > 1) GROUP BY id"""
_LOST = """
SELECT name, r.at, r.id, r.refers_to, strict FROM revisits r JOIN files ON number = r.file
WHERE r.refers_to IS NOT NULL AND NOT EXISTS (SELECT 1 FROM records o WHERE o.id = r.refers_to)"""
#: The captures of the second that a revisit names.
_SECOND = """o.type IN ('response', 'resource') AND o.uri = r.refers_uri
  AND substr(o.date, 1, 19) = substr(r.refers_date, 1, 19)"""
_NAMED = f"""
SELECT name, r.at, r.id, r.refers_uri, r.refers_date, strict FROM revisits r JOIN files ON number = r.file
WHERE r.refers_to IS NULL AND r.refers_uri IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM records o WHERE {_SECOND})"""
#: Revisits whose digest no capture of that second claims, each with these captures.
_UNLIKE = f"""
SELECT name, r.at, r.id, r.claimed, (SELECT json_group_array(o.id) FROM records o WHERE {_SECOND})
FROM revisits r JOIN files ON number = r.file
WHERE r.refers_to IS NULL AND r.refers_uri IS NOT NULL AND r.claimed IS NOT NULL
  AND r.profile LIKE '%identical-payload-digest' AND EXISTS (SELECT 1 FROM records o WHERE {_SECOND})
  AND NOT EXISTS (SELECT 1 FROM records o WHERE {_SECOND} AND (o.claimed = r.claimed OR o.payload = r.payload))"""
#: Revisits that name no original.
_NAMELESS = """
SELECT name, r.at, r.id, r.claimed FROM revisits r JOIN files ON number = r.file
WHERE r.refers_to IS NULL AND r.refers_uri IS NULL AND NOT strict AND r.profile LIKE '%identical-payload-digest'
  AND NOT EXISTS (SELECT 1 FROM records o
    WHERE (o.claimed = r.claimed OR o.payload = r.payload) AND o.type IN ('response', 'resource'))"""
#: Revisits whose original is behind them, by place in one file or by date.
_LATER = """
SELECT name, r.at, r.id, r.refers_to, o.file = r.file AND o.at > r.at, strict, m.date, o.date
FROM revisits r JOIN records o ON o.id = r.refers_to JOIN records m ON m.id = r.id AND m.file = r.file AND m.at = r.at
JOIN files ON number = r.file
WHERE r.id <> r.refers_to AND (o.file = r.file AND o.at > r.at
  OR length(m.date) > 19 AND length(o.date) > 19 AND substr(m.date, 1, 19) < substr(o.date, 1, 19))"""
_REPEATED = """
SELECT r.id, o.id FROM revisits r JOIN records o ON o.id = r.refers_to AND o.type = 'revisit' ORDER BY r.id"""
_PLACE = "SELECT name, at FROM records JOIN files ON number = file WHERE id = ? AND type = 'revisit'"
_BY_URI = "SELECT 1 FROM revisits WHERE refers_to IS NULL AND refers_uri IS NOT NULL LIMIT 1"
_BY_NOTHING = "SELECT 1 FROM revisits WHERE refers_to IS NULL AND refers_uri IS NULL LIMIT 1"
_FACTS = "type uri date form payload claimed"
_OTHER = f"""
SELECT name, r.at, r.id, r.profile, strict, o.id, r.refers_uri, r.refers_date, r.form, r.payload, r.claimed,
  {", ".join(f"o.{name}" for name in _FACTS.split())}
FROM revisits r JOIN records o ON o.id = r.refers_to JOIN files ON number = r.file
WHERE o.type <> 'response' OR o.uri IS NOT r.refers_uri OR o.date IS NOT r.refers_date OR o.form IS NOT r.form
  OR o.payload IS NOT r.payload OR o.claimed IS NOT r.claimed"""


def across(scratch: Path, place: Place, *, strict: bool, destroyed: frozenset[str] = frozenset()) -> Iterator[Fault]:
    """Faults over the facts that the file checks left in the scratch folder.

    :param place: where a file of a name is; few are read again
    """
    parts = sorted(scratch.glob("*.facts"))
    if not parts:
        return
    db = opened(str(parts.pop(0).rename(scratch / "all.sqlite")))
    try:
        for number, path in enumerate(parts, 2):
            db.execute("ATTACH ? AS part", (str(path),))
            db.execute("INSERT INTO files SELECT ?, name, strict, own FROM part.files", (number,))
            for table, names in COLUMNS.items():
                db.execute(f"INSERT INTO {table} ({names}, file) SELECT {names}, ? FROM part.{table}", (number,))
            db.execute("DETACH part")
            path.unlink()
        db.execute("CREATE INDEX records_id ON records(id)")
        if db.execute(_BY_URI).fetchone():
            db.execute("CREATE INDEX records_uri ON records(uri)")
        if db.execute(_BY_NOTHING).fetchone():
            db.execute("CREATE INDEX records_claimed ON records(claimed)")
            db.execute("CREATE INDEX records_payload ON records(payload)")
        payloads = Payloads(db, place)
        yield from _twice(db)
        yield from _lost(db, strict=strict, destroyed=destroyed)
        yield from _circles(db)
        yield from _later(db)
        for row in db.execute(_OTHER):
            pair = _Pair(row[0], row[1], row[2], row[3] or "", bool(row[4]), row[5], row[6:11], row[11:])
            yield from _differing(pair, payloads)
        yield from _unlike(db, payloads)
        yield from check_segments(db, place, scratch, kept=strict)
    finally:
        db.close()
        (scratch / "all.sqlite").unlink()


def _twice(db: sqlite3.Connection) -> Iterator[Fault]:
    """Ids that records share. The same record may come in with more than one file of others."""
    for identifier, file, at, _, places, contents, own in db.execute(_TWICE):
        level: Level = "fault" if contents > 1 or own > 1 else "note"
        found = f"{'used' if level == 'fault' else 'the same record'} at {places[:300]}"
        yield Fault("record-id", file, at, identifier, "an id used once", found, level)


def _lost(db: sqlite3.Connection, *, strict: bool, destroyed: frozenset[str]) -> Iterator[Fault]:
    """Revisits whose original is not here. Of a file of others it may be in another one."""
    for file, at, identifier, target, own in db.execute(_LOST):
        if target not in destroyed:
            level: Level = "fault" if strict and own else "note"
            wanted = f"the record {target} that it refers to"
            yield Fault("revisit", file, at, identifier, wanted, "none here", level)
    for file, at, identifier, uri, date, own in db.execute(_NAMED):
        level = "fault" if strict and own else "note"
        yield Fault("revisit", file, at, identifier, f"a response of {uri} at {date}", "none here", level)


def _circles(db: sqlite3.Connection) -> Iterator[Fault]:
    """Revisits that lead to themselves, by way of others or at once: no record has the payload."""
    next_of = dict(db.execute(_REPEATED).fetchall())
    known: dict[str, bool] = {}
    for first in next_of:
        trail: dict[str, None] = {}
        at = first
        while at in next_of and at not in known and at not in trail:
            trail[at] = None
            at = next_of[at]
        known |= dict.fromkeys(trail, known.get(at, at in trail))
        if known[first]:
            file, offset = db.execute(_PLACE, (first,)).fetchone()
            wanted = "a record with the payload behind what it refers to"
            yield Fault("revisit", file, offset, first, wanted, f"revisits that lead back to {at}")


def _later(db: sqlite3.Connection) -> Iterator[Fault]:
    """Revisits of what was captured after them. A clock may have been wrong; places in a file of fangtan are not."""
    for file, at, identifier, target, behind, strict, date, other in db.execute(_LATER):
        level: Level = "fault" if behind and strict else "note"
        found = "one behind it in the file" if behind else f"one of {other}"
        yield Fault("revisit", file, at, identifier, f"the record {target} before it ({date})", found, level)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A revisit and the record that it names.

    :param of: the id of that record
    :param revisit: address and date that it names, its form, payload and claimed digest
    :param original: type, address, date, form, payload and claimed digest
    """

    file: str
    at: int
    identifier: str
    profile: str
    strict: bool
    of: str
    revisit: tuple[Any, ...]
    original: tuple[Any, ...]


def _differing(pair: _Pair, payloads: Payloads) -> Iterator[Fault]:
    pairs = _of_ours(pair) if pair.strict else _of_others(pair)
    for expected, fine, found in pairs:
        if not fine:
            yield Fault("revisit", pair.file, pair.at, pair.identifier, expected, str(found))
    claim = pair.revisit[4]
    if claim and not pair.strict and pair.profile.endswith("identical-payload-digest"):
        yield from _other_payload(pair.file, pair.at, pair.identifier, claim, _known(pair, claim, payloads))


def _known(pair: _Pair, claim: str, payloads: Payloads) -> frozenset[str]:
    """Digests of an original's payload, one of the algorithm of a claim among them where there is one."""
    payload, said = pair.original[4:]
    known = frozenset(text for text in (said, payload and f"sha256:{payload.hex()}") if text)
    algorithm = claim.partition(":")[0]
    same = claim in known or (said or "").startswith(f"{algorithm}:")
    return known if same else payloads.digests(pair.of, algorithm)


def _other_payload(file: str, at: int, identifier: str, claim: str, known: frozenset[str]) -> Iterator[Fault]:
    """What a revisit claims of its payload, where no digest known of its original is that one."""
    if not known:
        wanted, found = "the payload that it repeats, to compare its digest with", f"{claim}: cannot be checked"
        yield Fault("revisit", file, at, identifier, wanted, found, "note")
    elif claim not in known:
        like = sorted(digest for digest in known if digest.startswith(claim.partition(":")[0]))
        yield Fault("revisit", file, at, identifier, f"the payload digest of its original, {' or '.join(like)}", claim)


def _unlike(db: sqlite3.Connection, payloads: Payloads) -> Iterator[Fault]:
    """Revisits that name address and date, or nothing."""
    for file, at, identifier, claim, originals in db.execute(_UNLIKE):
        known = [payloads.digests(one, claim.partition(":")[0]) for one in json.loads(originals)]
        yield from _other_payload(file, at, identifier, claim, frozenset().union(*known) if all(known) else frozenset())
    for file, at, identifier, claim in db.execute(_NAMELESS):
        wanted = "the record that it repeats, by id, by address and date, or by its digest"
        yield Fault("revisit", file, at, identifier, wanted, f"{claim or 'nothing'}: cannot be checked", "note")


def _of_ours(pair: _Pair) -> Iterator[tuple[str, bool, object]]:
    """We name everything, and repeat only what equals its original."""
    named_uri, named_date, own_form, own_payload, _ = pair.revisit
    kind, uri, date, form, payload, _ = pair.original
    yield "a response as its original", kind == "response", kind
    yield f"WARC-Refers-To-Target-URI {uri}", uri == named_uri, named_uri
    yield f"WARC-Refers-To-Date {date}", date == named_date, named_date
    if pair.profile.endswith("identical-payload-digest"):
        yield f"status and codings of its original, {form}", form == own_form, own_form
        wanted = f"the payload digest of its original, {(payload or b'').hex()}"
        yield wanted, payload == own_payload, (own_payload or b"").hex()


def _of_others(pair: _Pair) -> Iterator[tuple[str, bool, object]]:
    """What a revisit says must hold; it may say less than ours, and have no block."""
    named_uri, named_date = pair.revisit[:2]
    kind, uri, date = pair.original[:3]
    yield "a capture as its original", kind in ("response", "resource", "revisit"), kind
    yield f"WARC-Refers-To-Target-URI {uri}", named_uri in (None, uri), named_uri
    yield f"WARC-Refers-To-Date {date}", named_date is None or named_date[:19] == str(date)[:19], named_date
