"""Atom feeds (RFC 4287) of talks that conditions, a search or a saved query choose, and of changes; newest first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlencode
from uuid import NAMESPACE_URL, uuid5

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from lxml import etree

from archive.errors import ConfigError
from archive.export.xml_text import clean
from archive.research import saved
from archive.research.changes import Happened, latest, latest_of_site
from archive.research.filters import Filter
from archive.research.newest import newest
from archive.web.context import collection_of, without_folder
from archive.web.finding import conditions, filtered, ordered, with_query, words_of
from archive.web.views import name_of, page, read, refused

ATOM = "http://www.w3.org/2005/Atom"
#: No prefix.
_NAMES: Any = {None: ATOM}
SHOWN = 50
#: A feed of nothing was never updated, but must say when.
_NEVER = "1970-01-01T00:00:00Z"
_HAPPENED = {"changed": "changed 已改动", "gone": "gone 已消失", "hijacked": "injected words 疑似植入"}


@dataclass(frozen=True, slots=True)
class _Feed:
    """What is said of a feed itself.

    :param name: of which its id is made; it does not name the server, so the id stays when it moves
    :param here: its address, and ``page`` that of the page it is of; both without the server
    """

    name: str
    title: str
    here: str
    page: str


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    title: str
    updated: str
    summary: str
    page: str


async def talks(datasette: Datasette, request: Request) -> Response:
    """The talks of a site, a person, a speaker, an organisation, a search."""
    words, person = words_of(request), (request.args.get("person") or "").strip()[:200]
    asked = {"q": words, "person": person, **conditions(request), "case": ordered(request)["case"]}
    said = {name: value for name, value in asked.items() if value}
    try:
        asks = (with_query if words else filtered)(request)
        only = await read(datasette, lambda db: asks.check(db, later=True))
        rows = await read(datasette, lambda db: newest(db, only, SHOWN, _today(db, person) or None))
    except ConfigError as problem:
        return Response.text(f"{problem}\n", status=refused(problem))
    query = urlencode(sorted(said.items()))
    shown = f"/person?{urlencode({'id': person})}" if person else f"/{'search' if words else 'interviews'}?{query}"
    title = " · ".join([_archive(datasette), *said.values()])
    return _answer(datasette, request, _Feed(f"feed?{query}", title, f"/interviews.atom?{query}", shown), _talks(rows))


def _today(db: sqlite3.Connection, person: str) -> str:
    """Who a person is said to be."""
    row = db.execute("SELECT target FROM _same WHERE person = ?", (person,)).fetchone()
    return str(row[0]) if row else person


async def query(datasette: Datasette, request: Request) -> Response:
    """The talks in which a saved query finds something."""
    name = unquote(request.url_vars["name"])
    try:
        asked = saved.read(collection_of(datasette), name)
        only = await read(datasette, lambda db: asked.talks.check(db, later=True))
        rows = await read(datasette, lambda db: newest(db, only, SHOWN))
    except ConfigError as problem:
        said = without_folder(collection_of(datasette), str(problem))
        return Response.text(f"{said}\n", status=refused(problem))
    title = f"{_archive(datasette)} · {asked.title}"
    here = f"/queries/{quote(name)}.atom"
    return _answer(
        datasette, request, _Feed(f"query/{name}", title, here, f"/search?{urlencode(asked.address)}"), _talks(rows)
    )


async def changes(datasette: Datasette, request: Request) -> Response:
    """What happened to talks after they were captured first: of all, or of a site."""
    site = (request.args.get("site") or "").strip()[:80]
    try:
        only = await read(datasette, Filter(site=site or None).check)
        found = await read(datasette, lambda db: _happened(db, only.site))
    except ConfigError as problem:
        return Response.text(f"{problem}\n", status=refused(problem))
    here = "changes" + (f"?{urlencode({'site': site})}" if site else "")
    title = " · ".join(filter(None, [_archive(datasette), "changes 变动", site]))
    feed = _Feed(here, title, here.replace("changes", "/changes.atom", 1), f"/site/{site}" if site else "/changes")
    return _answer(datasette, request, feed, map(_change, found))


def _happened(db: sqlite3.Connection, site: str | None) -> list[Happened]:
    return latest_of_site(db, site, SHOWN) if site else [h for h, _ in latest(db, SHOWN)]


def _change(what: Happened) -> _Entry:
    title = f"{_HAPPENED.get(what.what, what.what)}: {what.title or what.url}"
    where = f"/interview/{what.uid}" + ("" if what.what == "gone" else "/changes")
    return _Entry(f"change/{what.uid}/{what.what}/{what.at}", title, _moment(what.at), what.detail or what.url, where)


def _moment(at: str) -> str:
    return f"{at[:19]}Z" if len(at) >= 19 else f"{at[:10]}T00:00:00Z"


def _talks(rows: list[dict[str, Any]]) -> list[_Entry]:
    return [
        _Entry(
            f"interview/{row['uid']}",
            row["title"] or row["url"],
            row["updated"] if len(row["updated"]) == len(_NEVER) else _NEVER,
            " · ".join(filter(None, (row["day"], row["site_name"]))),
            f"/interview/{row['uid']}",
        )
        for row in rows
    ]


def _archive(datasette: Datasette) -> str:
    return name_of(datasette) or "fangtan"


def _answer(datasette: Datasette, request: Request, feed: _Feed, entries: Iterable[_Entry]) -> Response:
    """The document."""
    server, shown = f"{request.scheme}://{request.host}", list(entries)
    root = etree.Element(f"{{{ATOM}}}feed", nsmap=_NAMES)
    _text(root, "id", _urn(feed.name))
    _text(root, "title", feed.title)
    _text(root, "updated", max((entry.updated for entry in shown), default=_NEVER))
    _text(etree.SubElement(root, f"{{{ATOM}}}author"), "name", _archive(datasette))
    _link(root, "self", f"{server}{feed.here}")
    _link(root, "alternate", f"{server}{feed.page}")
    for entry in shown:
        one = etree.SubElement(root, f"{{{ATOM}}}entry")
        _text(one, "id", _urn(entry.name))
        _text(one, "title", entry.title)
        _text(one, "updated", entry.updated)
        _text(one, "summary", entry.summary)
        _link(one, "alternate", f"{server}{entry.page}")
    body = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return Response(body, content_type="application/atom+xml; charset=utf-8")


def _urn(name: str) -> str:
    return uuid5(NAMESPACE_URL, f"fangtan:{name}").urn


def _text(parent: Any, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}{name}").text = clean(text)


def _link(parent: Any, rel: str, address: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}link", rel=rel, href=address)


async def queries(datasette: Datasette, request: Request) -> Response:
    """The saved queries, each with its search and its feed."""
    found, wrong = saved.look(collection_of(datasette))
    facts = {
        "queries": [
            {
                "title": q.title,
                "query": q.asked["query"],
                "conditions": {k: v for k, v in q.address.items() if k != "q"},
                "search": urlencode(q.address),
                "feed": f"/queries/{quote(q.name)}.atom",
            }
            for q in found
        ],
        "wrong": len(wrong),
    }
    return await page(datasette, request, "fangtan_queries.html", facts)
