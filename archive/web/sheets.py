"""CSV over the web: downloads of one search, and Datasette's CSV, in which no cell begins a formula."""

from __future__ import annotations

import csv
import io
import json
import re
from codecs import getincrementaldecoder
from collections.abc import Callable
from dataclasses import astuple, fields
from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.errors import ConfigError
from archive.export.cells import guarded
from archive.research.search import Hit, first_page
from archive.store.query_language import parse
from archive.web.door import App, Receive, Scope, Send
from archive.web.finding import MOST, filtered
from archive.web.views import read

_BATCH = 100
_COLUMNS = tuple(f.name for f in fields(Hit))
_FIELD = re.compile(r'"((?:[^"]+|"")*)"|[^,\r\n"]+')


def _csv_line(cells: tuple[Any, ...]) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerow([guarded(cell) for cell in cells])
    return stream.getvalue()


def _json_line(cells: tuple[Any, ...]) -> str:
    return json.dumps(dict(zip(_COLUMNS, cells, strict=True)), ensure_ascii=False) + "\n"


_FORMS: dict[str, tuple[str, str, Callable[[tuple[Any, ...]], str]]] = {
    "csv": ("text/csv; charset=utf-8", "\ufeff" + _csv_line(_COLUMNS), _csv_line),
    "jsonl": ("application/jsonl; charset=utf-8", "", _json_line),
}


class _Streamed:
    """Lines that are sent as they are made; anyone who leaves ends it."""

    def __init__(self, hits: list[Hit], form: str) -> None:
        self.hits, self.form = hits, form

    async def asgi_send(self, send: Send) -> None:
        """Send it."""
        kind, head, line = _FORMS[self.form]
        headers = [
            (b"content-type", kind.encode()),
            (b"content-disposition", f'attachment; filename="search.{self.form}"'.encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": head.encode(), "more_body": True})
        for at in range(0, len(self.hits), _BATCH):
            lines = "".join(line(astuple(hit)) for hit in self.hits[at : at + _BATCH])
            await send({"type": "http.response.body", "body": lines.encode("utf-8", "replace"), "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def found(datasette: Datasette, request: Request) -> Response | _Streamed:
    """The turns of one search, newest first, as CSV or JSON Lines."""
    text = (request.args.get("q") or "").strip()[:200]
    try:
        query, only = parse(text), await read(datasette, filtered(request).check)
        hits = await read(datasette, lambda db: first_page(db, query, MOST, only=only))
    except ConfigError as error:
        return Response.text(f"{error}\n", status=400)
    return _Streamed(hits, request.url_vars["form"])


# ── Datasette's ─────────────────────────────────────────────────────────────────────────────────────────────────────


def guarded_csv(app: App) -> App:
    """An application whose CSV answers have guarded cells; it writes them line by line,
    however they are cut on the way.
    """

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/fangtan") or not scope["path"].endswith(".csv"):
            await app(scope, receive, send)
            return
        lines = _Lines()
        plain = False

        async def say(message: Any) -> None:
            nonlocal plain
            if message["type"] == "http.response.start":
                kinds = [value for name, value in message["headers"] if name.lower() == b"content-type"]
                plain = message["status"] == 200 and bool(kinds) and kinds[0].startswith((b"text/plain", b"text/csv"))
            elif plain:
                more = bool(message.get("more_body"))
                message = {**message, "body": lines.guard(message.get("body", b""), last=not more)}
            await send(message)

        await app(scope, receive, say)

    return wrapped


class _Lines:
    """CSV as the ``csv`` module writes it, guarded line by line."""

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8")()
        self._kept = ""

    def guard(self, data: bytes, *, last: bool) -> bytes:
        """What can be sent of the lines that have come so far."""
        self._kept += self._decoder.decode(data, last)
        end = len(self._kept) if last else self._break(len(self._kept))
        while not last and end and self._kept.count('"', 0, end) % 2:  # inside a quoted cell
            end = self._break(end - 2)
        whole, self._kept = self._kept[:end], self._kept[end:]
        return _FIELD.sub(_field, whole).encode()

    def _break(self, stop: int) -> int:
        """Where the last line before a place ends; 0 when none does."""
        at = self._kept.rfind("\r\n", 0, stop)
        return at + 2 if at >= 0 else 0


def _field(match: re.Match[str]) -> str:
    if match[1] is None:
        return str(guarded(match[0]))
    text = match[1].replace('""', '"')
    return '"{}"'.format(str(guarded(text)).replace('"', '""'))
