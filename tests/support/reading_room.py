"""Asking the reading room in process, as a server would pass requests on."""

import asyncio
from urllib.parse import quote

import httpx

from archive.store.store import open_reader


def ask(app, path, method="GET", base="http://localhost", wrap=lambda app: app, **options):
    """One request to the whole application, as a server would pass it."""

    async def go():
        transport = httpx.ASGITransport(wrap(app.app()))
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.request(method, httpx.URL(base).copy_with(raw_path=path.encode()), **options)

    return asyncio.run(go())


def one(collection, query):
    db = open_reader(collection.store)
    try:
        return db.execute(query).fetchone()[0]
    finally:
        db.close()


def pages(collection):
    """An address of every page of ours that changes with the store only."""
    uid = one(collection, "SELECT interview FROM versions WHERE version_no = 2")
    person, organization = one(collection, "SELECT id FROM persons"), one(collection, "SELECT name FROM organizations")
    site, capture = one(collection, "SELECT site FROM coverage"), one(collection, "SELECT id FROM captures WHERE type = 'response'")  # fmt: skip
    return [
        "/", f"/search?q={quote('群众')}", f"/interview/{uid}", f"/interview/{uid}/changes", f"/person?id={quote(person)}",
        f"/organization?name={quote(organization)}", f"/site/{site}", f"/capture/{capture}", "/keywords?role=guest", "/review",
    ]  # fmt: skip
