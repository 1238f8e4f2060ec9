"""Atom feeds (RFC 4287): the talks that conditions or a search choose, those that came in last first."""

from __future__ import annotations

import sqlite3
from typing import Any
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from lxml import etree

from archive.collection.sql import rows_of
from archive.errors import ConfigError
from archive.export.xml_text import clean
from archive.research.filters import Filter
from archive.web.finding import conditions, filtered, ordered, with_query, words_of
from archive.web.views import name_of, read, refused

ATOM = "http://www.w3.org/2005/Atom"
#: No prefix.
_NAMES: Any = {None: ATOM}
SHOWN = 50
#: A talk's entry is of the day on which its newest version was captured.
_TALKS = """SELECT i.uid, i.title, i.url, substr(i.date, 1, 10) AS day, coalesce(s.name, i.site, '') AS site_name,
    substr(n.captured, 1, 19) || 'Z' AS updated
FROM (SELECT i.uid, i.captured FROM _talks i LEFT JOIN sites s ON s.id = i.site WHERE {}
    ORDER BY i.captured DESC, i.uid LIMIT ?) n
  CROSS JOIN interviews i ON i.uid = n.uid LEFT JOIN sites s ON s.id = i.site ORDER BY n.captured DESC, i.uid"""
#: A feed of nothing was never updated, but must say when.
_NEVER = "1970-01-01T00:00:00Z"


async def talks(datasette: Datasette, request: Request) -> Response:
    """The talks of a site, a speaker, an organisation, a search, as a feed."""
    words = words_of(request)
    asked = {"q": words, **conditions(request), "case": ordered(request)["case"]}
    try:
        only = await read(datasette, (with_query if words else filtered)(request).check)
        rows = await read(datasette, lambda db: _rows(db, only))
    except ConfigError as problem:
        return Response.text(f"{problem}\n", status=refused(problem))
    said = {name: value for name, value in asked.items() if value}
    body = _feed(f"{request.scheme}://{request.host}", said, name_of(datasette) or "fangtan", rows)
    return Response(body, content_type="application/atom+xml; charset=utf-8")


def _rows(db: sqlite3.Connection, only: Filter) -> list[dict[str, Any]]:
    condition, values = only.interviews()
    return list(rows_of(db, _TALKS.format(condition), (*values, SHOWN)))


def _feed(server: str, asked: dict[str, str], archive: str, rows: list[dict[str, Any]]) -> bytes:
    """The document. Ids do not name the server, so that they stay when it moves."""
    query = urlencode(sorted(asked.items()))
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap=_NAMES)
    _text(feed, "id", uuid5(NAMESPACE_URL, f"fangtan:feed?{query}").urn)
    _text(feed, "title", " · ".join([archive, *asked.values()]))
    _text(feed, "updated", rows[0]["updated"] if rows else _NEVER)
    _text(etree.SubElement(feed, f"{{{ATOM}}}author"), "name", archive)
    _link(feed, "self", f"{server}/interviews.atom?{query}")
    _link(feed, "alternate", f"{server}/{'search' if 'q' in asked else 'interviews'}?{query}")
    for row in rows:
        entry = etree.SubElement(feed, f"{{{ATOM}}}entry")
        _text(entry, "id", uuid5(NAMESPACE_URL, f"fangtan:interview/{row['uid']}").urn)
        _text(entry, "title", row["title"] or row["url"])
        _text(entry, "updated", row["updated"])
        _text(entry, "summary", " · ".join(filter(None, (row["day"], row["site_name"]))))
        _link(entry, "alternate", f"{server}/interview/{row['uid']}")
    return etree.tostring(feed, xml_declaration=True, encoding="utf-8")


def _text(parent: Any, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}{name}").text = clean(text)


def _link(parent: Any, rel: str, address: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}link", rel=rel, href=address)
