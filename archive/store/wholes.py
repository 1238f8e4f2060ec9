"""Pages and their parts: which of them name which, and who is the page where they name each other."""

from __future__ import annotations

import json
import sqlite3

_WHOLES = """
WITH RECURSIVE wholes(capture) AS (
  SELECT capture FROM _parts WHERE part_key = ?
  UNION SELECT p.capture FROM wholes w JOIN captures c ON c.id = w.capture JOIN _parts p ON p.part_key = c.key)
SELECT capture FROM wholes"""
_NAMING = f"SELECT DISTINCT key FROM captures WHERE id IN ({_WHOLES})"
_NAMED = """
WITH RECURSIVE named(key) AS (
  SELECT p.part_key FROM captures c JOIN _parts p ON p.capture = c.id WHERE c.key = ?
  UNION SELECT p.part_key FROM named n JOIN captures c ON c.key = n.key JOIN _parts p ON p.capture = c.id)
SELECT key FROM named"""
#: A page that a list links to (or to what redirects to it) comes first, then the one that was captured first.
_HEAD = """
SELECT c.key FROM captures c WHERE c.key IN (SELECT value FROM json_each(?)) AND c.id IN (SELECT capture FROM _parts)
ORDER BY NOT EXISTS (SELECT 1 FROM _items i WHERE i.key = c.key OR i.key IN (SELECT r.key FROM _redirects r
  WHERE r.target_key = c.key)),
  c.fetched_at, c.id LIMIT 1"""


def wholes(db: sqlite3.Connection, key: str) -> set[str]:
    """The captures that name an address as their part, and those that name these in turn."""
    return {row[0] for row in db.execute(_WHOLES, (key,))} if _is_named(db, key) else set()


def is_part(db: sqlite3.Connection, key: str) -> bool:
    """Whether an address is a part of a page; of addresses that name each other and that no other page names,
    one is the page.
    """
    if not _is_named(db, key):
        return False
    naming = _naming(db, key)
    if key not in naming:
        return bool(naming)
    among = _circle(db, key, naming)
    return bool(naming - among) or db.execute(_HEAD, (json.dumps(sorted(among)),)).fetchone()[0] != key


def circle(db: sqlite3.Connection, key: str) -> set[str]:
    """The addresses that name each other as parts, over however many steps, and this one;
    none where it names none of those that name it.
    """
    if not _is_named(db, key):
        return set()
    naming = _naming(db, key)
    return _circle(db, key, naming) if key in naming else set()


def _circle(db: sqlite3.Connection, key: str, naming: set[str]) -> set[str]:
    return naming & {row[0] for row in db.execute(_NAMED, (key,))}


def _is_named(db: sqlite3.Connection, key: str) -> bool:
    """Whether a page names an address as its part: of most addresses none does, and nothing else is asked."""
    return db.execute("SELECT 1 FROM _parts WHERE part_key = ? LIMIT 1", (key,)).fetchone() is not None


def _naming(db: sqlite3.Connection, key: str) -> set[str]:
    return {row[0] for row in db.execute(_NAMING, (key,))}
