"""The reading room: a Datasette plugin with pages for people; Datasette's own tables, SQL and JSON stay beside them.

Registered by :func:`archive.web.serve.application` alone; nothing else imports this package.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.search import zh
from archive.web import captures, finding, lists, research, status, views

#: The longest text or blob that a query may make: ``randomblob`` would take a gigabyte within the time limit.
MAX_LENGTH = 32 << 20
_OURS = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_DATASETTES = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)


def _answering(view: Callable[..., Any]) -> Callable[..., Any]:
    """A page that says so when its time is up, where it does not by itself."""

    async def page(datasette: Datasette, request: Request) -> Any:
        try:
            return await view(datasette, request)
        except views.TooSlow as error:
            return Response.text(f"{error}\n", status=503)

    return page


_PAGES: list[tuple[str, Callable[..., Any]]] = [
    (r"^/$", views.home),
    (r"^/search$", finding.search),
    (r"^/interview/(?P<uid>[0-9a-f]{16})$", views.interview),
    (r"^/interview/(?P<uid>[0-9a-f]{16})/changes$", views.changes),
    (r"^/person$", lists.person),
    (r"^/organization$", lists.organization),
    (r"^/site/(?P<site>[a-z0-9-]{1,80})$", lists.site),
    (r"^/capture/(?P<id>[\w.:-]{1,200})$", captures.capture),
    (r"^/keywords$", research.keyness),
    (r"^/export$", research.exported),
    (r"^/review$", lists.review),
    (r"^/status$", status.status),
]


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    """Our pages."""
    return [(pattern, _answering(view)) for pattern, view in _PAGES]


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Chinese search in every connection, Datasette's own search box included; limits on what a query may make."""
    conn.create_function("zh", 1, zh, deterministic=True)
    conn.create_function("escape_fts", 1, zh, deterministic=True)
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_LENGTH)
    conn.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, 100_000)
    conn.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[Any], Any]:
    """Headers that keep a page of hostile text what it is: text."""
    del datasette

    def wrap(app: Any) -> Any:
        async def wrapped(scope: Any, receive: Any, send: Any) -> None:
            ours = any(re.match(pattern, scope.get("path", "")) for pattern, _ in _PAGES)

            async def say(message: Any) -> None:
                if message["type"] == "http.response.start":
                    policy = _OURS if ours else _DATASETTES
                    message["headers"] = [
                        *message.get("headers", []),
                        (b"content-security-policy", policy.encode()),
                        (b"x-content-type-options", b"nosniff"),
                        (b"referrer-policy", b"no-referrer"),
                    ]
                await send(message)

            await app(scope, receive, say)

        return wrapped

    return wrap
