"""From any row to its WARC record: headers, digests, request, certificate, how the words were found,
how to check it without us.
"""

from __future__ import annotations

import base64
import binascii
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from archive.collection.folder import Collection
from archive.collection.sql import row_of
from archive.collection.urls import host_of
from archive.errors import ArchiveError, ConfigError, RecordMissing
from archive.ledger.withheld import takedowns, withheld_talk
from archive.store.names import interview_of, turn_of, version_of
from archive.store.packing import record_of
from archive.store.reading import Reader
from archive.verify.quotes import haystack, squeezed
from archive.verify.stock import Check, checks
from archive.warc.records import Damage, Position, Record, bare_id, fields_block, locate, read_at, scan

_FIND = """
SELECT * FROM captures WHERE id = :id OR record_id = :id OR id IN (SELECT capture FROM interviews WHERE uid = :talk)
  OR id IN (SELECT capture FROM versions WHERE id = :version) LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Everything that is known of a capture. ``capture`` is its row, ``text`` how a turn's words were found (or
    ``None``).
    """

    capture: dict[str, Any]
    version: str
    headers: list[tuple[str, str]]
    http: list[str]
    request: list[str] | None
    original: dict[str, Any] | None
    certificate: dict[str, str] | None
    text: dict[str, Any] | None
    checks: list[Check]


def find(collection: Collection, db: sqlite3.Connection, name: str) -> dict[str, Any]:
    """The capture behind a capture's, turn's, version's or interview's id, of today or of earlier.

    :raises ConfigError: it does not exist; says so when it is withheld
    """
    turn = turn_of(db, name)
    version = turn.version if turn else version_of(db, name)
    talk = interview_of(db, name) if "." not in name else None
    row = row_of(db, _FIND, {"id": name, "talk": talk, "version": version})
    if row is not None:
        return row
    held = takedowns(collection).held.get(bare_id(name)) or withheld_talk(collection, name.partition(".")[0])
    if held is not None:
        raise ConfigError(
            f"{name}: withheld since {held.data.get('at')} ({held.data.get('reason')}); ledger entry {held.number}"
        )
    raise ConfigError(f"{name}: no such capture, turn or interview in {collection.store}")


def provenance(collection: Collection, db: sqlite3.Connection, name: str) -> Provenance:
    """What is behind a row.

    :raises ConfigError: no such row
    :raises RecordMissing: its record is not where it should be
    """
    row = find(collection, db, name)
    position = Position(row["warc_file"], row["warc_offset"], row["warc_length"])
    record = read_at(collection.archive, position)
    request = _request(collection, record)
    original = row_of(
        db,
        "SELECT id, url, fetched_at, warc_file, warc_offset, warc_length FROM captures WHERE id = ?",
        (row["refers_to"],),
    )
    return Provenance(
        capture=row,
        version=record.version,
        headers=list(record.headers),
        http=_head(record),
        request=_head(request) if request else None,
        original=original,
        certificate=_certificate(collection, db, row),
        text=_turn(collection, db, name, row),
        checks=checks(collection, record),
    )


def _head(record: Record) -> list[str]:
    return record.http.head.decode("latin-1").rstrip("\r\n").splitlines()


def _request(collection: Collection, record: Record) -> Record | None:
    """The request record beside a response: after it in our files, before or after it in others'."""
    position = record.position
    path = locate(collection.archive, position.warc_file)
    for found in islice(scan(path, position.offset + position.length), 8):
        if (
            not isinstance(found, Damage)
            and found.type == "request"
            and bare_id(found.get("WARC-Concurrent-To")) == record.id
        ):
            return found
    wanted = record.get("WARC-Concurrent-To")
    if wanted:
        return next(
            (
                f
                for f in scan(path, 0, position.offset)
                if not isinstance(f, Damage) and f.get("WARC-Record-ID") == wanted
            ),
            None,
        )
    return None


def _certificate(collection: Collection, db: sqlite3.Connection, row: dict[str, Any]) -> dict[str, str] | None:
    """The server's own certificate, as recorded with the first exchange of that host in the file."""
    found = row_of(
        db,
        (
            "SELECT warc_file, warc_offset, warc_length FROM _metadata WHERE kind = 'tls' AND warc_file = ? "
            "AND host = ? AND warc_offset <= ? ORDER BY warc_offset DESC LIMIT 1"
        ),
        (row["warc_file"], host_of(row["url"]), row["warc_offset"] + (1 << 20)),
    )
    if found is None:
        return None
    try:
        fields = fields_block(read_at(collection.archive, Position(*found.values())).block)
        certificate = x509.load_der_x509_certificate(
            base64.b64decode(fields["certificate-chain"].split(",")[0], validate=True)
        )
    except (RecordMissing, KeyError, ValueError, binascii.Error) as error:
        return {"unreadable": str(error)}
    return {
        "subject": certificate.subject.rfc4514_string(),
        "issuer": certificate.issuer.rfc4514_string(),
        "valid": f"{certificate.not_valid_before_utc:%Y-%m-%d} – {certificate.not_valid_after_utc:%Y-%m-%d}",
        "sha256": certificate.fingerprint(hashes.SHA256()).hex(),
        **{k: fields[k] for k in ("tls-version", "tls-cipher", "certificate-verified") if k in fields},
    }


def _turn(collection: Collection, db: sqlite3.Connection, name: str, row: dict[str, Any]) -> dict[str, Any] | None:
    named = turn_of(db, name)
    if named is None:
        return None
    turn = row_of(
        db,
        (
            "SELECT t.id, t.seq, t.speaker, t.person, t.role, t.text, t.time, v.capture, v.parser, v.id AS version, "
            "v.newest FROM _turns t JOIN versions v ON v.id = t.version WHERE v.id = ? AND t.seq = ?"
        ),
        (named.version, named.seq),
    )
    assert turn is not None
    read = record_of(db, turn.pop("capture")) or {"evidence": {}}
    evidence = read["evidence"].get(f"turns[{turn['seq']}]") or {}
    found = "not found in the payload of this capture (it may be in another part, see `provenance`)"
    read_from = (
        row_of(db, "SELECT * FROM captures WHERE id = ?", (row["refers_to"],)) if row["type"] == "revisit" else row
    )
    if read_from is not None:
        try:
            words = haystack(Reader(collection).payload(read_from))
        except ArchiveError as error:
            return {**turn, "evidence": evidence, "found": f"the payload cannot be read: {error}"}
        missing = [line for line in turn["text"].split("\n") if squeezed(line) not in words]
        if not missing:
            found = "every line of it is in the payload, apart from tags and blanks"
    return {**turn, "evidence": evidence, "found": found}


def as_text(found: Provenance) -> str:
    """The complete story for a terminal."""
    row, original = found.capture, found.original
    lines = [
        f"capture   {row['id']}",
        f"url       {row['url']}",
        f"fetched   {row['fetched_at']}  HTTP {row['status']}  {row['mime'] or ''}",
        f"run       {row['run'] or '(none: imported)'}  site {row['site']}",
        f"record    {row['warc_file']} offset {row['warc_offset']} length {row['warc_length']}",
        f"payload   sha256 {row['sha256']}",
    ]
    if original:
        lines.append(f"revisit   of {original['id']} ({original['fetched_at']}), whose bytes are the page")
    lines += [f"tls       {name}: {value}" for name, value in (found.certificate or {}).items()]
    lines += ["", f"{found.version}", *(f"  {n}: {v}" for n, v in found.headers)]
    lines += ["", "response", *(f"  {line}" for line in found.http)]
    lines += ["", "request", *(f"  {line}" for line in found.request or ["(no request record)"])]
    lines += ["", *_words(found.text)] if found.text else []
    lines += ["", "check it with stock tools"]
    for check in found.checks:
        lines += [f"  # {check.shows}", f"  {check.command}", f"  # must print {check.expected}"]
    return "\n".join(lines)


def _words(turn: dict[str, Any]) -> Iterator[str]:
    """A turn, and how its words were found."""
    evidence = turn["evidence"]
    if not turn["newest"]:
        yield f"is only in version {turn['version'].rpartition('.')[2]}; the page says otherwise now"
    person = f", {turn['person']}" if turn["person"] else ""
    yield f"turn {turn['seq']}  {turn['id']}  {turn['speaker']} ({turn['role']}{person})"
    yield f"  {turn['text'][:200]}"
    yield f"  {turn['found']}"
    method, place = evidence.get("method", "?"), evidence.get("xpath") or "(no path)"
    yield f"  read by {turn['parser']}, rule {method}, at {place}"
    yield f"  quote {evidence.get('before', '')}【{evidence.get('quote', '')}】{evidence.get('after', '')}"
