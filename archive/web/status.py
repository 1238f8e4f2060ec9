"""What an archivist looks at in the morning: one row a site, those that need a look first."""

from __future__ import annotations

import asyncio

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.collection.clock import now
from archive.collection.times import SHANGHAI
from archive.history.health import health
from archive.web.context import collection_of, without_folder
from archive.web.views import page


async def status(datasette: Datasette, request: Request) -> Response:
    """Health, last good run, next run, and what helps; read from the collection beside the store."""
    collection = collection_of(datasette)
    found = await asyncio.to_thread(health, collection, now())

    def said(text: str | None) -> str | None:
        return None if text is None else without_folder(collection, text)

    rows = [
        {
            "id": row.id, "name": row.name, "health": row.health, "good": row.good, "reason": said(row.reason), "fix": said(row.fix),
            "evidence": [said(line) for line in row.evidence[:8]],
            "since": row.since, "last_good": row.last_good, "interviews": (row.last or {}).get("interviews"), "state": row.state,
            "next": row.next_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if row.next_at else None,
        }
        for row in found
    ]  # fmt: skip
    return await page(datasette, request, "fangtan_status.html", {"rows": rows})
