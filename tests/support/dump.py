"""The public content of a store as lines: equal stores give equal lines."""

import json

from archive.store.descriptions import PUBLIC
from archive.store.store import open_reader


def dump_public(path):
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
