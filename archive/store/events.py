"""What happened to a talk after it was captured first: the table ``_events``. That it is gone, the talk itself says."""

from __future__ import annotations

import sqlite3

#: Versions with an earlier one at the same address: what is only elsewhere is no change.
_CHANGED = """SELECT c.fetched_at, v.interview, 'changed', v.version_no, c.url FROM versions v
  JOIN captures c ON c.id = v.capture
WHERE v.interview = ?1 AND v.version_no > 1 AND EXISTS (
  SELECT 1 FROM versions w JOIN version_captures x ON x.version = w.id AND x.part = 'page'
    JOIN captures d ON d.id = x.capture
  WHERE w.interview = v.interview AND w.version_no < v.version_no AND d.key = c.key)"""
#: Suspicious words in a version, none of them in the one before.
_HIJACKED = """SELECT c.fetched_at, v.interview, 'hijacked', v.version_no, group_concat(DISTINCT f.text) FROM flags f
  JOIN versions v ON v.id = f.version JOIN captures c ON c.id = v.capture
WHERE f.interview = ?1 AND f.severity IN ('warning', 'alert') AND v.version_no > 1 AND NOT EXISTS (
  SELECT 1 FROM flags o JOIN versions w ON w.id = o.version WHERE w.interview = v.interview
    AND w.version_no = v.version_no - 1
  AND o.text = f.text AND o.severity IN ('warning', 'alert'))
GROUP BY v.id"""
_COLUMNS = "at, interview, what, version_no, detail"


def save_events(connection: sqlite3.Connection, interview: str) -> None:
    """The changes of an interview, from its versions; nothing is written where all is so."""
    wanted = sorted(row for query in (_CHANGED, _HIJACKED) for row in connection.execute(query, (interview,)))
    query = f"SELECT {_COLUMNS} FROM _events WHERE interview = ? ORDER BY 1, 2, 3, 4"
    if connection.execute(query, (interview,)).fetchall() == wanted:
        return
    connection.execute("DELETE FROM _events WHERE interview = ?", (interview,))
    connection.executemany(f"INSERT INTO _events({_COLUMNS}) VALUES (?, ?, ?, ?, ?)", wanted)
