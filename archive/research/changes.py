"""What happened to interviews after they were first captured: gone, changed, hijacked since."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from archive.research.diff import differences


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened to an interview.

    :param what: ``gone``, ``changed`` or ``hijacked``
    :param at: when it was seen first
    """

    what: str
    at: str
    uid: str
    site: str | None
    title: str | None
    url: str
    detail: str

    def as_dict(self) -> dict[str, Any]:
        """JSON types."""
        return asdict(self)


_GONE = "SELECT uid, site, title, url, gone_at FROM interviews WHERE gone_at IS NOT NULL"
#: Versions with an earlier one at the same address: what is only elsewhere is no change.
_CHANGED = """
SELECT i.uid, i.site, i.title, c.url, c.fetched_at, v.version_no FROM versions v
  JOIN interviews i ON i.uid = v.interview
JOIN captures c ON c.id = v.capture WHERE EXISTS (
  SELECT 1 FROM versions w JOIN version_captures x ON x.version = w.id AND x.part = 'page'
    JOIN captures d ON d.id = x.capture
  WHERE w.interview = v.interview AND w.version_no < v.version_no AND d.key = c.key)"""
#: Suspicious words in a version, none of them in the one before.
_HIJACKED = """
SELECT i.uid, i.site, i.title, i.url, c.fetched_at, group_concat(DISTINCT f.text) FROM flags f
  JOIN versions v ON v.id = f.version
JOIN interviews i ON i.uid = v.interview JOIN captures c ON c.id = v.capture
WHERE f.severity IN ('warning', 'alert') AND v.version_no > 1 AND NOT EXISTS (
  SELECT 1 FROM flags o JOIN versions w ON w.id = o.version WHERE w.interview = v.interview
    AND w.version_no = v.version_no - 1
  AND o.text = f.text AND o.severity IN ('warning', 'alert'))
GROUP BY v.id"""


def happened(db: sqlite3.Connection, site: str | None = None, since: str | None = None) -> list[Happened]:
    """Everything that happened, oldest first.

    :param since: only what was seen on or after this day
    """
    found = [*_gone(db), *_changed(db), *_hijacked(db)]
    chosen = [h for h in found if (site is None or h.site == site) and (since is None or h.at >= since)]
    return sorted(chosen, key=lambda h: (h.at, h.what, h.uid))


def _gone(db: sqlite3.Connection) -> Iterator[Happened]:
    for uid, site, title, url, at in db.execute(_GONE).fetchall():
        yield Happened("gone", at, uid, site, title, url, "no address of it answers with the interview any more")


def _changed(db: sqlite3.Connection) -> Iterator[Happened]:
    for uid, site, title, url, at, number in db.execute(_CHANGED).fetchall():
        changes = [d for d in differences(db, url) if (d.after.version or "").endswith(f".{number}")]
        facts = [f"{f.before or '—'} → {f.after or '—'}" for d in changes for f in d.facts]
        count = sum(len(d.changes) for d in changes)
        detail = f"version {number}: {count} change(s)" + (f"; {', '.join(facts[:5])}" if facts else "")
        yield Happened("changed", at, uid, site, title, url, detail)


def _hijacked(db: sqlite3.Connection) -> Iterator[Happened]:
    for uid, site, title, url, at, words in db.execute(_HIJACKED).fetchall():
        yield Happened("hijacked", at, uid, site, title, url, f"words that do not belong there: {words[:200]}")
