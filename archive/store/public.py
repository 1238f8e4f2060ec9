"""The public tables and views of a store, and their content as lines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from archive.store.store import open_reader

#: In the order of the reference.
PUBLIC = (
    "sites",
    "runs",
    "captures",
    "interviews",
    "versions",
    "version_captures",
    "interview_urls",
    "interview_ids",
    "guests",
    "turns",
    "qa",
    "flags",
    "history",
    "provenance",
    "citation",
    "coverage",
    "persons",
    "participants",
    "organizations",
    "announcements",
    "corrections",
)


def dump_public(path: Path) -> Iterable[str]:
    """Every public view, row by row in a stable order: equal stores give equal lines."""
    connection = open_reader(path)
    try:
        for name in PUBLIC:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            rows = sorted(
                json.dumps(row, ensure_ascii=False)
                for row in connection.execute(f"SELECT {', '.join(columns)} FROM {name}")
            )
            yield from (f"{name} {row}" for row in rows)
        for (text,) in connection.execute(
            (
                "SELECT group_concat(id || ' ' || hit, char(10)) FROM (SELECT id, hit FROM find_ranked "
                "WHERE q MATCH ? ORDER BY id)"
            ),
            ('"法"',),
        ):
            yield f"find {text}"
    finally:
        connection.close()
