"""Build the application and serve it: read-only, on loopback unless told otherwise."""

from __future__ import annotations

import os
from typing import Any

import uvicorn
from datasette.app import Datasette
from datasette.plugins import pm

from archive import web
from archive.collection import Collection
from archive.descriptions import TABLES, describe
from archive.store import open_reader
from archive.web.access import guarded
from archive.web.context import PLUGIN

SETTINGS = {
    "sql_time_limit_ms": 3000,
    "max_returned_rows": 2000,
    "facet_time_limit_ms": 500,
    "allow_download": False,
    "default_page_size": 50,
    "max_csv_mb": 50,
    "truncate_cells_html": 400,
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


def application(collection: Collection, replay: str | None = None) -> Datasette:
    """Datasette over the store with our pages.

    :param replay: where `fangtan replay` serves the collection

    :raises StoreError: there is no store that can be read
    """
    about = {**metadata(collection), "plugins": {PLUGIN: {"replay": replay}}}
    if not pm.is_registered(web):
        pm.register(web, PLUGIN)
    writable = os.access(collection.store.parent, os.W_OK)
    files = {"files": [str(collection.store)]} if writable else {"immutables": [str(collection.store)]}
    return Datasette(**files, metadata=about, settings=SETTINGS)


def serve(made: Datasette, port: int, bind: str, tokens: list[str] | None = None) -> None:
    """Serve until interrupted.

    :param tokens: when given, whoever shows none of them is refused
    """
    uvicorn.run(
        guarded(made.app(), tokens) if tokens else made.app(),
        host=bind,
        port=port,
        lifespan="on",
        log_level="warning",
        server_header=False,
    )
