"""CSV over the web: downloads of one search, and Datasette's CSV, in which no cell begins a formula."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.errors import ConfigError
from archive.export.cells import guarded
from archive.export.found import COLUMNS, UNITS, rows
from archive.export.rows import INTERVIEW, interviews, line
from archive.research.filters import Filter
from archive.research.pages import Wanted
from archive.web.door import App, Receive, Scope, Send
from archive.web.finding import MOST, wanted, with_query
from archive.web.views import read, refused

_BATCH = 100
_FIELD = re.compile(r'"((?:[^"]+|"")*)"|[^,\r\n"]+')


def _csv_line(cells: Iterable[Any]) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerow([guarded(cell) for cell in cells])
    return stream.getvalue()


class _Streamed:
    """Rows that are sent as they are written; anyone who leaves ends it."""

    def __init__(self, rows: list[dict[str, Any]], columns: tuple[str, ...], form: str) -> None:
        self.rows, self.columns, self.form = rows, columns, form

    async def asgi_send(self, send: Send) -> None:
        """Send it."""
        kind = {"csv": "text/csv", "jsonl": "application/jsonl"}[self.form]
        headers = [
            (b"content-type", f"{kind}; charset=utf-8".encode()),
            (b"content-disposition", f'attachment; filename="search.{self.form}"'.encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        head = "\ufeff" + _csv_line(self.columns) if self.form == "csv" else ""
        await send({"type": "http.response.body", "body": head.encode(), "more_body": True})
        for at in range(0, len(self.rows), _BATCH):
            lines = "".join(map(self._line, self.rows[at : at + _BATCH]))
            await send({"type": "http.response.body", "body": lines.encode("utf-8", "replace"), "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def _line(self, row: dict[str, Any]) -> str:
        return _csv_line(row[name] for name in self.columns) if self.form == "csv" else line(row)


async def found(datasette: Datasette, request: Request) -> Response | _Streamed:
    """The lines, turns or talks of one search in its order, as CSV or JSON Lines."""
    unit = request.args.get("unit") or "turns"
    try:
        only = await read(datasette, with_query(request).check)
        order = wanted(request)
        if unit not in UNITS:
            raise ConfigError(f"unit {unit[:20]}: expected one of {', '.join(UNITS)}")
        rows = await read(datasette, lambda db: list(islice(_rows(db, only, unit, order), MOST)))
    except ConfigError as error:
        return Response.text(f"{error}\n", status=refused(error))
    return _Streamed(rows, COLUMNS.get(unit, INTERVIEW), request.url_vars["form"])


def _rows(db: sqlite3.Connection, only: Filter, unit: str, order: Wanted) -> Iterator[dict[str, Any]]:
    """What a search found; talks in order of their ids."""
    return (talk.facts for talk in interviews(db, only)) if unit == "talks" else rows(db, only, unit, order)


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
