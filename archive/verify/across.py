"""What only shows across files: record ids used twice, revisits whose original is missing or differs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from archive.fault import Fault
from archive.verify.file import FACTS

_TWICE = (
    "SELECT id, group_concat(file || ' offset ' || at, ', '), min(file), min(at) FROM records WHERE id <> '' "
    "GROUP BY id HAVING count(*) > 1"
)
_LOST = """
SELECT r.file, r.at, r.id, r.refers_to FROM records r
WHERE r.type = 'revisit' AND r.refers_to IS NOT NULL AND NOT EXISTS (SELECT 1 FROM records o
  WHERE o.id = r.refers_to)"""
_NAMED = """
SELECT r.file, r.at, r.id, r.refers_uri, r.refers_date FROM records r
WHERE r.type = 'revisit' AND r.refers_to IS NULL AND r.refers_uri IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM records o WHERE o.type = 'response' AND o.uri = r.refers_uri
    AND substr(o.date, 1, 19) = substr(r.refers_date, 1, 19))"""
_OTHER = """
SELECT r.file, r.at, r.id, r.profile, o.type, o.uri, r.refers_uri, o.date, r.refers_date, o.form, r.form, o.payload,
  r.payload
FROM records r JOIN records o ON o.id = r.refers_to WHERE r.type = 'revisit'
  AND (o.type <> 'response' OR o.uri IS NOT r.refers_uri OR o.date IS NOT r.refers_date
       OR (r.profile LIKE '%identical-payload-digest' AND (o.form IS NOT r.form OR o.payload IS NOT r.payload)))"""


def across(scratch: Path, *, strict: bool, destroyed: frozenset[str] = frozenset()) -> Iterator[Fault]:
    """Faults over the facts that the file checks left in the scratch folder."""
    db = sqlite3.connect(scratch / "all.sqlite", isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode=OFF")
        db.execute("PRAGMA synchronous=OFF")
        db.execute(FACTS)
        for path in sorted(scratch.glob("*.facts")):
            db.execute("ATTACH ? AS part", (str(path),))
            db.execute("INSERT INTO records SELECT * FROM part.records")
            db.execute("DETACH part")
            path.unlink()
        db.execute("CREATE INDEX records_id ON records(id)")
        db.execute("CREATE INDEX records_uri ON records(uri) WHERE type = 'response'")
        for identifier, places, file, at in db.execute(_TWICE):
            yield Fault("record-id", file, at, identifier, "an id used once", f"used at {places[:300]}")
        for file, at, identifier, target in db.execute(_LOST):
            if target in destroyed:
                continue
            yield Fault(
                "revisit",
                file,
                at,
                identifier,
                f"the record {target} that it refers to",
                "none here",
                "fault" if strict else "note",
            )
        for file, at, identifier, uri, date in db.execute(_NAMED):
            yield Fault(
                "revisit",
                file,
                at,
                identifier,
                f"a response of {uri} at {date}",
                "none here",
                "fault" if strict else "note",
            )
        for row in db.execute(_OTHER):
            yield from _differing(*row)
    finally:
        db.close()
        (scratch / "all.sqlite").unlink()


def _differing(
    file: str,
    at: int,
    identifier: str,
    profile: str | None,
    kind: str,
    uri: str,
    named_uri: str,
    date: str,
    named_date: str,
    form: str | None,
    own_form: str | None,
    payload: bytes,
    own_payload: bytes,
) -> Iterator[Fault]:
    pairs: list[tuple[str, bool, str | None]] = [
        ("a response as its original", kind == "response", kind),
        (f"WARC-Refers-To-Target-URI {uri}", uri == named_uri, named_uri),
        (f"WARC-Refers-To-Date {date}", date == named_date, named_date),
    ]
    if (profile or "").endswith("identical-payload-digest"):
        pairs += [
            (f"status and codings of its original, {form}", form == own_form, own_form),
            (
                f"the payload digest of its original, {payload.hex()}",
                payload == own_payload,
                (own_payload or b"").hex(),
            ),
        ]
    for expected, fine, found in pairs:
        if not fine:
            yield Fault("revisit", file, at, identifier, expected, str(found))
