"""Build the application and serve it: read-only, on loopback by default."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import uvicorn
from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm

from archive import web
from archive.collection.folder import Collection
from archive.store.descriptions import TABLES, describe
from archive.store.store import open_reader
from archive.web import beside, failing
from archive.web.access import guarded
from archive.web.backroom import Lines, attend, backroom
from archive.web.context import PLUGIN

SETTINGS = {
    "sql_time_limit_ms": 3000,
    "max_returned_rows": 2000,
    "facet_time_limit_ms": 500,
    "allow_download": False,
    "default_page_size": 50,
    "max_csv_mb": 50,
    "truncate_cells_html": 400,
    "default_cache_ttl": 0,
}


def metadata(collection: Collection) -> dict[str, Any]:
    """Titles and descriptions in both languages, helper tables hidden."""
    db = open_reader(collection.store)
    try:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
        tables: dict[str, Any] = {name: {"hidden": True} for name in names if name not in TABLES}
        for name, (english, chinese) in TABLES.items():
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({name})")]
            meanings = {c: " ".join(about) for c in columns if (about := describe(name, c))}
            tables[name] = {"description": f"{english} {chinese}", "columns": meanings}
    finally:
        db.close()
    return {"title": "政务访谈档案 Interview archive", "databases": {"fangtan": {"tables": tables}}}


def application(collection: Collection, replay: str | None = None, hosts: Iterable[str] = ()) -> Datasette:
    """Datasette over the store with our pages.

    :param replay: where `fangtan replay` serves the collection
    :param hosts: names by which readers ask, besides the machine's loopback
    :raises StoreError: there is no store that can be read
    """
    about = {**metadata(collection), "plugins": {PLUGIN: {"replay": replay, "hosts": list(hosts)}}}
    if not pm.is_registered(web):
        pm.register(web, PLUGIN)
        pm.register(failing, f"{PLUGIN}-failing")
        pm.register(beside, f"{PLUGIN}-beside")
    failing.replace_datasettes()
    made = Datasette(memory=True, metadata=about, settings=SETTINGS)
    made.remove_database("_memory")
    writable = os.access(collection.store.parent, os.W_OK)
    made.add_database(_Store(made, path=str(collection.store), is_mutable=writable), name="fangtan")
    return made


#: So long a thread that computes keeps the others waiting for each row that they read. Python's own 5 ms add up: an
#: interview page reads hundreds of rows.
SWITCH_S = 0.0002


class _Store(Database):  # type: ignore[misc]  # Datasette has no types
    """The store; what readers ask wrongly is reported to them, not to the operator."""

    def let_go(self) -> None:
        """Forget the connections of all threads, or the old file would stay open: another one has its name."""
        self._all_file_connections.clear()

    async def execute(self, *arguments: Any, **options: Any) -> Any:
        """As Datasette's, without a line on stderr for each wrong query."""
        return await super().execute(*arguments, **{**options, "log_sql_errors": False})


def serve(made: Datasette, port: int, bind: str, tokens: list[str] | None = None) -> None:
    """Serve until interrupted.

    :param tokens: when given, anyone who shows none of them is refused
    """
    sys.setswitchinterval(SWITCH_S)
    app = made.app()
    with backroom(made):
        uvicorn.run(
            guarded(app, tokens) if tokens else app,
            host=bind,
            port=port,
            lifespan="on",
            log_level="warning",
            server_header=False,
        )


def main() -> None:
    """The back room of a server: its door is standard input."""
    os.nice(5)  # where processors are short, readers come first
    root, replay, hosts, level = json.loads(sys.argv[1])
    logging.basicConfig(level=level, handlers=[Lines()], format="%(message)s")  # level and name go beside it
    made = application(Collection(Path(root)), replay, hosts)
    asyncio.run(attend(made.app(), socket.socket(fileno=0)))


if __name__ == "__main__":
    main()
