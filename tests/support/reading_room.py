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


def uids(collection):
    db = open_reader(collection.store)
    try:
        flagged = db.execute("SELECT interview FROM flags WHERE severity = 'alert' LIMIT 1").fetchone()[0]
        changed = db.execute("SELECT interview FROM versions WHERE version_no = 2").fetchone()[0]
        video = db.execute("SELECT uid FROM interviews WHERE kind = 'video'").fetchone()[0]
    finally:
        db.close()
    return flagged, changed, video


def turn_ids(collection):
    """Ids of turns that are shown."""
    db = open_reader(collection.store)
    try:
        return [row[0] for row in db.execute("SELECT id FROM turns ORDER BY id LIMIT 5")]
    finally:
        db.close()


def more_pages(collection):
    """Addresses of a person's, an organisation's, a site's page and of the review queue."""
    db = open_reader(collection.store)
    try:
        (who,) = db.execute("SELECT id FROM persons ORDER BY interviews DESC, id LIMIT 1").fetchone()
        (name,) = db.execute("SELECT name FROM organizations ORDER BY interviews DESC, name LIMIT 1").fetchone()
        (site,) = db.execute("SELECT site FROM coverage ORDER BY interviews DESC LIMIT 1").fetchone()
    finally:
        db.close()
    return {
        "person": f"/person?id={quote(who)}&",
        "organization": f"/organization?name={quote(name)}&",
        "site": f"/site/{site}?",
        "capture": f"/capture/{captured(collection)[0]}?",
        "keywords": "/keywords?role=guest&",
        "export": "/export?",
        "review": "/review?",
        "status": "/status?",
    }


def captured(collection, condition="mime LIKE 'text/html%'"):
    db = open_reader(collection.store)
    try:
        query = (
            f"SELECT id, url FROM captures WHERE type = 'response' AND status = 200 AND {condition} ORDER BY id LIMIT 1"
        )
        return db.execute(query).fetchone()
    finally:
        db.close()


def addresses(collection):
    """Every page, by a name: an address to which ``lang=`` is added."""
    flagged, changed, _ = uids(collection)
    return {
        **more_pages(collection),
        "home": "/?",
        "search": f"/search?q={quote('群众 OR 企业')}&",
        "interview": f"/interview/{flagged}?",
        "older": f"/interview/{changed}?version=1&",
        "changes": f"/interview/{changed}/changes?",
        "trends": f"/trends?words={quote('群众 企业')}&",
        "map": "/map?",
        "province": "/map?code=62&",
        "queries": "/queries?",
        "happened": "/changes?",
        "cite": f"/cite/{turn_ids(collection)[0]}?",
        **{name: f"/{name}?" for name in ("interviews", "people", "organizations", "sites", "help", "trouble")},
    }


#: Their names: tests are made for each before there is a collection.
NAMES = (
    "home", "search", "interview", "older", "changes", "capture", "keywords", "trends", "interviews", "people", "organizations", "sites",
    "happened", "cite", "help", "trouble", "map", "province", "queries", "export", "person", "organization", "site", "review", "status",
)  # fmt: skip
