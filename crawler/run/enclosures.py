"""Files that hold a talk's words: whether what came in their place is one."""

from __future__ import annotations

import sqlite3
from typing import Any

from archive.collection.sql import rows_of
from archive.collection.urls import canonical
from archive.errors import ArchiveError
from archive.store.reading import Reader
from parsers.errors import FangtanError

#: All captures of an address and of those that it redirects to, the last first; a revisit is its original.
_CAME = """
WITH RECURSIVE way(key, hop) AS (
  VALUES (:key, 0)
  UNION SELECT r.target_key, w.hop + 1 FROM way w JOIN _redirects r ON r.key = w.key WHERE w.hop < 5)
SELECT o.* FROM way w JOIN captures c ON c.key = w.key AND c.method = 'GET'
JOIN captures o ON o.id = coalesce(c.refers_to, c.id) ORDER BY w.hop DESC, c.fetched_at DESC, c.id DESC
"""


def missing_file(db: sqlite3.Connection, reader: Reader, record: dict[str, Any] | None) -> tuple[str, str] | None:
    """The first file that a page names and that never came as one: its address, and what came."""
    for url in (record or {}).get("attachments", ()):
        came = list(rows_of(db, _CAME, {"key": canonical(url)}))
        if not any(_is_file(reader, row) for row in came):
            return url, _instead(came)
    return None


def _is_file(reader: Reader, row: dict[str, Any]) -> bool:
    """Whether an answer is a complete file; a page that is served in its place is none, whatever its status."""
    if row["status"] != 200 or not row["bytes"] or row["truncated"]:
        return False
    try:
        return row["mime"] != "text/html" or not _is_markup(reader.payload(row).data)
    except (FangtanError, ArchiveError):
        return False


def _is_markup(data: bytes) -> bool:
    return data[:500].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _instead(came: list[dict[str, Any]]) -> str:
    if not came:
        return "it was not captured"
    first = came[0]
    if first["status"] != 200:
        return f"HTTP {first['status']}"
    return "cut off" if first["truncated"] else "a page came in its place" if first["bytes"] else "empty"
