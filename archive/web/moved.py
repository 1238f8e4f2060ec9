"""Ids of earlier days in addresses: anyone who asks by one is sent on to where it leads now,
or sees that the talk is withheld.
"""

from __future__ import annotations

import re
import sqlite3
from urllib.parse import parse_qsl, quote, urlencode

from datasette.app import Datasette
from datasette.utils import tilde_decode, tilde_encode
from datasette.utils.asgi import Request, Response

from archive.ledger.withheld import withheld_talk
from archive.store.names import today, turn_of
from archive.web.context import collection_of
from archive.web.door import App, Receive, Scope, Send
from archive.web.views import in_time, read, refusal

#: Datasette's pages of the store, and what in their addresses may be an id.
_TABLES = re.compile(r"/fangtan/\w+(?:\.\w+)?(?:/([\w~-]+)(\.\w+)?)?")
_ASKED = re.compile(r"(?:id|uid|interview|version|notice)(?:__exact)?")


async def elsewhere(datasette: Datasette, request: Request, uid: str) -> Response:
    """The answer where no interview has this id now: the address with today's id, a word on a takedown,
    or that there is none.
    """
    now = await read(datasette, lambda db: today(db, uid))
    if now is None:
        return await _missing(datasette, request, uid.partition(".")[0])
    if now == uid:  # it has no such version
        return await refusal(datasette, request)
    return Response.redirect(_with_query(request.path.replace(uid, now, 1), request.query_string), 301)


async def _missing(datasette: Datasette, request: Request, uid: str) -> Response:
    """Nothing is shown under an id: because it is withheld, or because there is no such thing."""
    entry = withheld_talk(collection_of(datasette), uid)
    if entry is None:
        return await refusal(datasette, request)
    since = str(entry.data.get("at"))[:10]
    return await refusal(
        datasette, request, 404, f"This talk is withheld (taken down) since {since}, ledger entry {entry.number}."
    )


async def turn(datasette: Datasette, request: Request) -> Response:
    """The place of a turn: in the version that is shown, else in the newest one that has its words."""
    name = request.url_vars["id"]
    found = await read(datasette, lambda db: turn_of(db, name))
    if found is None:
        return await _missing(datasette, request, name.partition(".")[0])
    if found.id != name:
        return Response.redirect(_with_query(f"/turn/{found.id}", request.query_string), 301)
    asked = [(k, v) for k, v in parse_qsl(request.query_string) if k != "version"]
    if not found.newest:
        asked.append(("version", str(found.version_no)))
    place = _with_query(f"/interview/{found.interview}", urlencode(asked))
    return Response.redirect(f"{place}#{name.partition('.')[2]}")


async def of_tables(datasette: Datasette, path: str, query: str) -> str | None:
    """Where Datasette's pages of rows with earlier ids have moved; ``None`` when the address needs no change."""
    match = _TABLES.fullmatch(path)
    if match is None:
        return None
    asked = parse_qsl(query, keep_blank_values=True)
    row = tilde_decode(match[1]) if match[1] else None
    named = {value for key, value in asked if _ASKED.fullmatch(key)}
    now = await _moved(datasette, named | ({row} if row else set()))
    if not now:
        return None
    if row in now:
        path = f"{path[: match.start(1)]}{tilde_encode(now[row])}{match[2] or ''}"
    fresh = [(key, now.get(value, value) if _ASKED.fullmatch(key) else value) for key, value in asked]
    return _with_query(quote(path, safe="/~.-_"), urlencode(fresh))


async def _moved(datasette: Datasette, names: set[str]) -> dict[str, str]:
    """Today's id of each name that is an earlier one."""
    if not any(re.match("[0-9a-f]{16}", name) for name in names):
        return {}

    def moved(db: sqlite3.Connection) -> dict[str, str]:
        return {name: now for name in names if (now := today(db, name)) and now != name}

    return await in_time(datasette, moved, dict[str, str]())


def following(app: App, datasette: Datasette) -> App:
    """Datasette's pages of rows, found by earlier ids, too."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            query = scope.get("query_string", b"").decode("latin-1")
            place = await of_tables(datasette, scope["path"], query)
            if place is not None:
                await Response.redirect(place, 301).asgi_send(send)
                return
        await app(scope, receive, send)

    return wrapped


def _with_query(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
