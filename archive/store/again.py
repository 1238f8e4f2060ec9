"""A page that was captured again and says what it said before: the interview is seen once more, and nothing is formed
anew.

What this does equals what forming the interview again would do; it costs the same after a thousand captures as after
one. Wherever something else could follow, it does nothing and says so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable
from typing import Any

import parsers
from archive.collection.sql import row_of, rows_of
from archive.store.grouping import PageCapture
from parsers.record import INTERVIEW_KINDS

_JOINED = "SELECT interview FROM _ids WHERE key = ? AND reason IN ('page', 'same talk')"
_ROW = """SELECT c.id, c.key, c.url, c.type, c.refers_to, c.fetched_at, r.kind, r.content_sha256 AS content, r.talk
FROM captures c JOIN _readings r ON r.capture = c.id WHERE """
_BEFORE = f"""{_ROW} c.key = ? AND (c.fetched_at, c.id) < (?, ?) ORDER BY c.fetched_at DESC, c.id DESC LIMIT 1"""
_BEHIND = f"""{_ROW} c.key = ? AND (c.fetched_at, c.id) >= (?, ?) ORDER BY c.fetched_at, c.id"""
#: The version that a page's last capture belongs to, where it stands under its own content.
_HOLDING = """SELECT v.id FROM version_captures x
  JOIN versions v ON v.id = x.version JOIN _interviews i ON i.uid = v.interview
WHERE x.capture = ? AND x.part = 'page' AND v.interview = ? AND v.content_sha256 = ? AND i.gone_at IS NULL"""
_OLDER = "SELECT 1 FROM versions WHERE interview = ? AND parser <> ? LIMIT 1"
#: From a capture's row: what else its version was read from, each with its part.
Beside = Callable[[sqlite3.Connection, dict[str, Any]], set[tuple[str, str]]]


#: A page that was captured once and has nothing to do with another: no earlier reading, talk, id, redirect or part.
_ALONE = """SELECT c.id, r.key, c.url, c.fetched_at, r.kind, r.content_sha256, r.talk,
  EXISTS (SELECT 1 FROM _items i WHERE i.key = r.key)
FROM _readings r JOIN captures c ON c.id = r.capture
WHERE r.capture = ?1 AND c.type <> 'revisit' AND r.kind NOT IN ('part', 'moved')
  AND NOT EXISTS (SELECT 1 FROM _readings x WHERE x.key = r.key AND x.capture <> r.capture)
  AND NOT EXISTS (SELECT 1 FROM _readings x WHERE x.talk = r.talk AND x.key <> r.key)
  AND NOT EXISTS (SELECT 1 FROM _ids x WHERE x.key = r.key AND x.reason IN ('page', 'same talk'))
  AND NOT EXISTS (SELECT 1 FROM _redirects x WHERE x.target_key = r.key)
  AND NOT EXISTS (SELECT 1 FROM _parts x WHERE x.capture = r.capture)"""


def alone(db: sqlite3.Connection, fresh: Collection[str]) -> PageCapture | None:
    """The page of captures that were read for the first time, where it is one that nothing else can change.

    :param fresh: as :func:`seen_again` has it
    """
    row = db.execute(_ALONE, tuple(fresh)).fetchone() if len(fresh) == 1 else None
    if row is None:
        return None
    capture, key, url, at, kind, content, talk, listed = row
    return PageCapture(capture, key, url, at, kind, content, talk, listed=bool(listed))


def seen_again(db: sqlite3.Connection, key: str, fresh: Iterable[str], beside: Beside) -> bool:
    """Note captures of an address that were read for the first time, if nothing but that follows from them.

    :param fresh: these captures; no other capture of the address was read
    :returns: whether it is done; else the interviews of the address are to be formed again
    """
    new = _rows(db, fresh)
    place = (key, new[0]["fetched_at"], new[0]["id"])
    before, behind = row_of(db, _BEFORE, place), list(rows_of(db, _BEHIND, place))
    if behind != new or _name_parts(db, new):
        return False
    joined = [row[0] for row in db.execute(_JOINED, (key,))]
    if not joined:
        return all(_is_nothing(row, before) for row in new)
    return len(joined) == 1 and before is not None and _noted(db, joined[0], before, new, beside)


def _rows(db: sqlite3.Connection, captures: Iterable[str]) -> list[dict[str, Any]]:
    found = (row for capture in captures for row in rows_of(db, f"{_ROW} c.id = ?", (capture,)))
    return sorted(found, key=lambda row: (row["fetched_at"], row["id"]))


def _name_parts(db: sqlite3.Connection, rows: list[dict[str, Any]]) -> bool:
    said = [i for row in rows for i in (row["id"], row["refers_to"]) if i]
    return any(db.execute("SELECT 1 FROM _parts WHERE capture = ? LIMIT 1", (i,)).fetchone() for i in said)


def _is_nothing(row: dict[str, Any], before: dict[str, Any] | None) -> bool:
    """Whether a capture of what is no interview is none either, and joins the page to no other."""
    joins = row["talk"] is not None and (before is None or before["talk"] != row["talk"])
    return not joins and row["kind"] not in INTERVIEW_KINDS and row["kind"] != "part"


def _noted(db: sqlite3.Connection, uid: str, before: dict[str, Any], new: list[dict[str, Any]], beside: Beside) -> bool:
    holding = db.execute(_HOLDING, (before["id"], uid, before["content"])).fetchone()
    if holding is None or before["kind"] not in INTERVIEW_KINDS:
        return False
    if db.execute(_OLDER, (uid, parsers.PARSER)).fetchone():
        return False
    if any(row[name] != before[name] for row in new for name in ("url", "kind", "content", "talk")):
        return False
    last = new[-1]["fetched_at"]
    db.execute("UPDATE _interviews SET last_seen = max(last_seen, ?) WHERE uid = ?", (last, uid))
    rows = {pair for row in new for pair in {(row["id"], "page"), *beside(db, row)}}
    db.executemany(
        "INSERT OR IGNORE INTO version_captures VALUES (?, ?, ?)", [(holding[0], *pair) for pair in sorted(rows)]
    )
    return True
