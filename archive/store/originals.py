"""Revisits and their originals: those that name it by address and date only (other programs write them), and those
of another address.

Two captures of one address may have the same second. Which of them is meant depends on the captures, never on the
order in which files came in: a store that was brought up to date file by file equals one that is rebuilt.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from archive.store.store import insert
from archive.warc.records import Record, bare_id

#: Revisits that name an address, each with the captures it may mean, the likeliest first: the same bytes are the
#: strongest sign, then the same fraction of a second.
_MEANT = """SELECT n.capture, c.refers_to, o.id FROM _named_originals n JOIN captures c ON c.id = n.capture
  LEFT JOIN captures o ON o.url = n.url AND o.type = 'response'
    AND substr(o.fetched_at, 1, 19) = substr(n.date, 1, 19)
  WHERE n.url = ? ORDER BY o.sha256 IS c.sha256 DESC, o.fetched_at = n.date DESC, o.id"""


def note(db: sqlite3.Connection, revisit: Record) -> str | None:
    """Keep what a revisit says of its original, unless it names the record.

    :returns: the original's address, as the revisit gives it
    """
    url = revisit.get("WARC-Refers-To-Target-URI")
    if not url or bare_id(revisit.get("WARC-Refers-To")):
        return None
    date = revisit.get("WARC-Refers-To-Date") or ""
    insert(db, "_named_originals", {"capture": revisit.id, "url": url, "date": date}, ignore=True)
    return url


def repeats(db: sqlite3.Connection, captures: Iterable[str]) -> dict[str, str]:
    """The revisits by which other addresses repeat the payloads of captures, each with its original: they have no other
    body.
    """
    query = """SELECT r.id, o.id FROM json_each(?) given JOIN captures o ON o.id = given.value
      JOIN captures r ON r.refers_to = o.id AND r.type = 'revisit' AND r.url <> o.url"""
    return dict(db.execute(query, (json.dumps(sorted(captures)),)).fetchall())


def settle(db: sqlite3.Connection, url: str) -> set[str]:
    """Let the revisits that name this address refer to their originals.

    :returns: the captures whose original is another one now; they are to be read again
    """
    meant: dict[str, tuple[str | None, str | None]] = {}
    for revisit, before, found in db.execute(_MEANT, (url,)):
        meant.setdefault(revisit, (before, found))
    changed = [(found, revisit) for revisit, (before, found) in meant.items() if found != before]
    db.executemany("UPDATE captures SET refers_to = ? WHERE id = ?", changed)
    return {revisit for _, revisit in changed}
