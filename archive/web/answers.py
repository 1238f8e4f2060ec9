"""Our pages as JSON, for programs: a page of a search, an interview, a person; the same rules hold as for the pages."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.errors import ConfigError
from archive.export.rows import version_of
from archive.export.tables import whole
from archive.research.counting import total
from archive.research.pages import page as page_of
from archive.web.finding import WIDTH, conditions, filtered, ordered, query_of, wanted, words_of
from archive.web.lists import person_of
from archive.web.views import NotHere, read, refused


def _json(value: Any, status: int = 200) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, status=status, content_type="application/json; charset=utf-8")


async def search(datasette: Datasette, request: Request) -> Response:
    """A page of a search: its turns, its lines, the address of the next page."""
    text = words_of(request)
    asked = {"q": text, **conditions(request), **ordered(request)}
    try:
        only, order = await read(datasette, filtered(request).check), wanted(request)
        query = query_of(request)
        found = await read(datasette, lambda db: page_of(db, query, order, only, WIDTH))
        n = await read(datasette, lambda db: total(db, query, only))
    except ConfigError as error:
        return _json({"error": str(error)}, refused(error))
    following = urlencode({k: v for k, v in {**asked, "after": found.next}.items() if v})
    return _json(
        {
            "query": text,
            "understood": query.shown,
            "filter": {k: v for k, v in conditions(request).items() if v},
            "order": order.order,
            "seed": order.seed,
            "case": bool(asked["case"]),
            "total": n,
            "first": found.first,
            "turns": [asdict(hit) for hit in found.hits],
            "lines": [asdict(line) for line in found.lines],
            "next": f"/search.json?{following}" if found.next else None,
        }
    )


async def interview(datasette: Datasette, request: Request) -> Response:
    """An interview as a line of the export has it, with the number of the version that is shown."""
    uid, version = request.url_vars["uid"], request.args.get("version") or ""
    found = await read(datasette, lambda db: version_of(db, uid, version))
    if found is None:
        raise NotHere(uid)
    return _json({**whole(found.interview), "version": found.number, "newest": found.newest})


async def person(datasette: Datasette, request: Request) -> Response:
    """A person with posts, a page of the interviews, turns, the address of the next page."""
    asked, after = (request.args.get("id") or "")[:200], (request.args.get("after") or "")[:300]

    def facts(db: sqlite3.Connection) -> dict[str, Any] | None:
        found = person_of(db, asked, after)
        if not found:
            return None
        following = urlencode({"id": asked, "after": found["next"]})
        return {**found, "next": f"/person.json?{following}" if found["next"] else None}

    return await _or_missing(datasette, facts)


async def _or_missing(datasette: Datasette, facts: Callable[[sqlite3.Connection], dict[str, Any] | None]) -> Response:
    found = await read(datasette, facts)
    return _json({"error": "Nothing of that name. 没有这一项。"}, 404) if found is None else _json(found)
