"""Rows as dicts, for anyone who asks a database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any


def row_of(db: sqlite3.Connection, query: str, arguments: tuple[Any, ...] | dict[str, Any]) -> dict[str, Any] | None:
    """The first row as a dict, ``None`` without one."""
    cursor = db.execute(query, arguments)
    row = cursor.fetchone()
    return dict(zip((d[0] for d in cursor.description), row, strict=True)) if row else None


def rows_of(
    db: sqlite3.Connection, query: str, arguments: tuple[Any, ...] | dict[str, Any] = ()
) -> Iterator[dict[str, Any]]:
    """The rows as dicts, one at a time."""
    cursor = db.execute(query, arguments)
    names = [d[0] for d in cursor.description]
    for row in cursor:
        yield dict(zip(names, row, strict=True))
