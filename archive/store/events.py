"""What happened to a talk after it was captured first: the table ``_events``. That it is gone, the talk itself says."""

from __future__ import annotations

import sqlite3

from archive.store.shown import Derived

#: Versions with an earlier one at the same address: what is only elsewhere is no change.
_CHANGED = """SELECT c.fetched_at, 'changed', v.version_no, c.url FROM versions v
  JOIN captures c ON c.id = v.capture
WHERE v.interview = ?1 AND v.version_no > 1 AND EXISTS (
  SELECT 1 FROM versions w JOIN version_captures x ON x.version = w.id AND x.part = 'page'
    JOIN captures d ON d.id = x.capture
  WHERE w.interview = v.interview AND w.version_no < v.version_no AND d.key = c.key)"""
#: Suspicious words in a version, none of them in the one before.
_HIJACKED = """SELECT c.fetched_at, 'hijacked', v.version_no, group_concat(DISTINCT f.text) FROM flags f
  JOIN versions v ON v.id = f.version JOIN captures c ON c.id = v.capture
WHERE f.interview = ?1 AND f.severity IN ('warning', 'alert') AND v.version_no > 1 AND NOT EXISTS (
  SELECT 1 FROM flags o JOIN versions w ON w.id = o.version WHERE w.interview = v.interview
    AND w.version_no = v.version_no - 1
  AND o.text = f.text AND o.severity IN ('warning', 'alert'))
GROUP BY v.id"""
_EVENTS = Derived("_events", ("at", "what", "version_no", "detail"))
_HAS_SEVERAL = "SELECT 1 FROM versions WHERE interview = ? AND version_no > 1 LIMIT 1"


def save_events(db: sqlite3.Connection, interview: str, *, is_new: bool) -> None:
    """Keep the changes of an interview, from its versions."""
    queries = (_CHANGED, _HIJACKED) if db.execute(_HAS_SEVERAL, (interview,)).fetchone() else ()
    rows = sorted(row for query in queries for row in db.execute(query, (interview,)))
    _EVENTS.save(db, interview, rows, is_new=is_new)
