"""A capture: where it is, what was asked and answered, what the body says, as text."""

from __future__ import annotations

import sqlite3
from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.collection.sql import row_of
from archive.handover.personal import personal_fields
from archive.store.reading import Reader
from archive.warc.records import Position, read_at
from archive.web.context import collection_of, without_folder
from archive.web.views import page, read, replayed
from parsers.errors import FangtanError
from parsers.page.decode import decode
from parsers.page.shape import shape
from parsers.record import Payload, media_type

#: So many characters of a body are shown.
SHOWN = 200_000


async def capture(datasette: Datasette, request: Request) -> Response:
    """One capture of the table ``captures``; withheld ones are not in it."""
    identifier = request.url_vars["id"]
    row = await read(datasette, lambda db: row_of(db, "SELECT * FROM captures WHERE id = ?", (identifier,)))
    if row is None:
        return await page(datasette, request, "fangtan_missing.html", {}, 404)
    facts = await read(datasette, lambda db: _facts(datasette, db, row))
    return await replayed(datasette, request, "fangtan_capture.html", {"c": row, **facts}, row)


def _facts(datasette: Datasette, db: sqlite3.Connection, row: dict[str, Any]) -> dict[str, Any]:
    collection = collection_of(datasette)
    interview = row_of(db, "SELECT interview FROM provenance WHERE record_id = ? LIMIT 1", (row["record_id"],))
    facts: dict[str, Any] = {
        "interview": (interview or {}).get("interview"),
        "head": "",
        "body": "",
        "more": 0,
        "trouble": None,
    }
    try:
        place = Position(row["warc_file"], row["warc_offset"], row["warc_length"])
        head = read_at(collection.archive, place).http.head
        facts["head"] = bytes(head).decode("latin-1")
        payload = Reader(collection).payload(row)
        facts["body"], facts["more"] = _body(payload)
    except FangtanError as error:
        facts["trouble"] = without_folder(collection, str(error))
    return facts


def _body(payload: Payload) -> tuple[str, int]:
    """The text of a body and how many characters are not shown.

    :raises FangtanError: it is no text, or holds what readers must not see
    """
    if shape(payload) == "binary":
        raise FangtanError(f"{media_type(payload.content_type)}: no text, {len(payload.data)} bytes 非文本")
    if personal_fields(payload):
        raise FangtanError("holds fields of persons (addresses, numbers): not shown 含个人信息，不予显示")
    text = decode(payload.data, payload.content_type).text
    return text[:SHOWN], max(0, len(text) - SHOWN)
