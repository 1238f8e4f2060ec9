"""The reading room: a Datasette plugin with pages for people; Datasette's own tables, SQL and JSON stay beside them.

Registered by :func:`archive.web.serve.application` alone; nothing else imports this package.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.store.names import UID
from archive.store.query_language import says, zh
from archive.web import (
    answers,
    captures,
    catalogue,
    changed,
    feeds,
    finding,
    lists,
    maps,
    moved,
    research,
    sheets,
    status,
    trends,
    views,
)
from archive.web.backroom import sent_back
from archive.web.context import freshness_of, hosts_of
from archive.web.door import FORM, App, Message, Receive, Scope, Send, door
from archive.web.freshness import Whole, is_held
from archive.web.obedience import obedient
from archive.web.sheets import guarded_csv
from archive.web.words import language

View = Callable[[Datasette, Request], Any]
#: The longest text or blob that a query may make: ``randomblob`` would take a gigabyte within the time limit.
MAX_LENGTH = 32 << 20
_OURS = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_DATASETTES = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)


def _answering(view: View, *, fixed: bool) -> View:
    """A page that says so when its time is up, where it does not by itself.

    :param fixed: it changes with the store only, so that a reader who holds it hears that it is still the same
    """

    async def page(datasette: Datasette, request: Request) -> Any:
        tag = _tag(datasette, request) if fixed else None
        if tag and is_held(request.headers.get("if-none-match"), tag):
            return Response("", status=304, headers={"ETag": tag})
        try:
            with Whole() as whole:
                answer = await view(datasette, request)
        except views.TooSlow as error:
            return await views.too_slow(datasette, request, error)
        except views.NotHere as error:
            return await moved.elsewhere(datasette, request, str(error))
        if tag and whole and isinstance(answer, Response) and answer.status == 200:
            answer.headers["ETag"] = tag
        return answer

    return page


def _tag(datasette: Datasette, request: Request) -> str | None:
    """An entity tag: the store, the address, the language."""
    return freshness_of(datasette).tag(request.path, request.query_string, language(request))


#: Address, page, and whether the page changes with the store only.
_PAGES: list[tuple[str, View, bool]] = [
    (r"^/$", views.home, True),
    (r"^/search$", finding.search, True),
    (r"^/search\.(?P<form>csv|jsonl)$", sheets.found, False),
    (r"^/search\.json$", answers.search, True),
    (r"^/interviews\.atom$", feeds.talks, False),
    (r"^/changes\.atom$", feeds.changes, False),
    (r"^/queries$", feeds.queries, False),
    (r"^/queries/(?P<name>[\w%-]{1,800})\.atom$", feeds.query, False),
    (rf"^/interview/(?P<uid>{UID})\.json$", answers.interview, True),
    (r"^/person\.json$", answers.person, True),
    (rf"^/interview/(?P<uid>{UID})$", views.interview, True),
    (rf"^/interview/(?P<uid>{UID})/changes$", changed.changes, True),
    (rf"^/turn/(?P<id>{UID}\.[0-9a-t.-]{{1,40}})$", moved.turn, False),
    (rf"^/cite/(?P<id>{UID}(?:\.[0-9a-t.-]{{1,40}})?)$", views.cite, True),
    (r"^/person$", lists.person, True),
    (r"^/organization$", lists.organization, True),
    (r"^/site/(?P<site>[a-z0-9-]{1,80})$", lists.site, True),
    (r"^/capture/(?P<id>[\w.:-]{1,200})$", captures.capture, True),
    (r"^/trends$", trends.trends, True),
    (r"^/keywords$", research.keyness, True),
    (r"^/export$", research.exported, False),
    (r"^/review$", lists.review, True),
    (r"^/trouble$", views.trouble, True),
    (r"^/map$", maps.tile_map, True),
    (r"^/help$", catalogue.help_page, True),
    (r"^/(?P<list>interviews|people|organizations|sites|changes)$", catalogue.catalogue, True),
    (r"^/status$", status.status, False),
]
#: Pages that search or count: they are made in the back room, as Datasette's are.
_SEARCHING = {
    finding.search, sheets.found, answers.search, feeds.talks, feeds.query, trends.trends, research.keyness, research.exported,
    lists.review, catalogue.catalogue,
}  # fmt: skip
_ROUTES = [re.compile(pattern) for pattern, _, _ in _PAGES]
_BACK = [re.compile(pattern) for pattern, view, _ in _PAGES if view in _SEARCHING] + [re.compile("/fangtan")]


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    """Our pages."""
    return [(pattern, _answering(view, fixed=fixed)) for pattern, view, fixed in _PAGES]


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Chinese search in every connection, Datasette's own search box included; limits on what a query may make."""
    conn.create_function("zh", 1, zh, deterministic=True)
    conn.create_function("says", 2, says, deterministic=True)
    conn.create_function("escape_fts", 1, zh, deterministic=True)
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_LENGTH)
    conn.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, 100_000)
    conn.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)


@hookimpl
def skip_csrf(scope: Scope) -> bool:
    """The form has a token of its own, which needs no cookie; nothing else may be posted to."""
    return bool(scope["path"] == FORM)


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[App], App]:
    """The door, guarded cells, and headers that keep a page of hostile text what it is: text."""

    async def framed(scope: Scope, status: int, words: str) -> bytes:
        answer = await views.refusal(datasette, Request({**scope, "csrftoken": str}, None), status, words)
        return str(answer.body).encode()

    def wrap(app: App) -> App:
        pages = _with_headers(obedient(moved.following(guarded_csv(app), datasette), datasette))
        return door(sent_back(pages, datasette, _is_back), _ROUTES, hosts_of(datasette), framed)

    return wrap


def _is_back(path: str) -> bool:
    return any(route.match(path) for route in _BACK)


def _with_headers(app: App) -> App:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        ours = any(route.match(path) for route in _ROUTES)
        lasting = path.startswith("/-/static")
        shown = any(name == b"authorization" for name, _ in scope.get("headers", ()))

        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {
                    **message,
                    "headers": _headers(message.get("headers", []), ours=ours, private=shown, lasting=lasting),
                }
            await send(message)

        await app(scope, receive, say)

    return wrapped


def _headers(
    given: Iterable[tuple[bytes, bytes]], *, ours: bool, private: bool, lasting: bool
) -> list[tuple[bytes, bytes]]:
    """The headers of an answer with ours: a page may be kept, but is asked for again,
    since a takedown may have come.
    """
    lines = [(bytes(name).lower(), name, value) for name, value in given]
    held = {name: bytes(value) for name, _, value in lines}
    varying = [part.strip() for part in held.get(b"vary", b"").split(b",")]
    varying += [b"Cookie", b"Authorization", b"Accept-Language" if ours else b""]
    caching = b"max-age=600" if lasting else b"no-cache"
    if b"no-store" in held.get(b"cache-control", b"") and b"etag" not in held:
        caching = b"no-store"
    return [
        *((name, value) for plain, name, value in lines if plain not in (b"cache-control", b"vary")),
        (b"cache-control", (b"private, " if private else b"") + caching),
        (b"vary", b", ".join(dict.fromkeys(filter(None, varying)))),
        (b"content-security-policy", (_OURS if ours else _DATASETTES).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
    ]
