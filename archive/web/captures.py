"""A capture: where it is, what was asked and answered, what the body says, as text with the evidence marked."""

from __future__ import annotations

import sqlite3
from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.collection.sql import row_of
from archive.handover.personal import personal_fields
from archive.store.packing import evidence_in
from archive.store.reading import Reader, held_by
from archive.warc.records import Position, read_at
from archive.web.context import collection_of, without_folder
from archive.web.marks import Quote, pieces, places
from archive.web.views import read, refusal, replayed
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
        return await refusal(datasette, request)
    facts = await read(datasette, lambda db: _facts(datasette, db, row))
    return await replayed(datasette, request, "fangtan_capture.html", {"c": row, **facts}, row)


_READ_AS = """SELECT p.interview, i.title FROM provenance p JOIN interviews i ON i.uid = p.interview
WHERE p.record_id = ? LIMIT 1"""


def _facts(datasette: Datasette, db: sqlite3.Connection, row: dict[str, Any]) -> dict[str, Any]:
    collection = collection_of(datasette)
    interview = row_of(db, _READ_AS, (row["record_id"],))
    facts: dict[str, Any] = {
        "interview": (interview or {}).get("interview"),
        "titled": (interview or {}).get("title"),
        "head": "",
        "body": [],
        "marked": [],
        "more": 0,
        "trouble": None,
    }
    try:
        place = Position(row["warc_file"], row["warc_offset"], row["warc_length"])
        head = read_at(collection.archive, place).http.head
        facts["head"] = bytes(head).decode("latin-1")
        payload = Reader(collection).payload(held_by(db, row))
        text = _body(payload)
        shown, facts["more"] = text[:SHOWN], max(0, len(text) - SHOWN)
        marks = places(shown, _quotes(db, row))
        facts["body"], facts["marked"] = pieces(shown, marks), list(dict.fromkeys(name for *_, name in marks))
    except FangtanError as error:
        facts["trouble"] = without_folder(collection, str(error))
    return facts


_EVIDENCE = """SELECT v.evidence FROM version_captures x JOIN versions v ON v.id = x.version WHERE x.capture = ?
ORDER BY v.newest DESC, v.version_no DESC, v.id LIMIT 1"""


def _quotes(db: sqlite3.Connection, row: dict[str, Any]) -> list[Quote]:
    """What the newest version of a talk quotes from this capture."""
    found = row_of(db, _EVIDENCE, (row["id"],)) or {"evidence": "{}"}
    try:
        said = evidence_in(found["evidence"])["evidence"].items()
        return [
            Quote(name, e["quote"], e["before"], e["after"])
            for name, e in said
            if e.get("payload_sha256") == row["sha256"] and not name.startswith("kind")
        ]
    except (ValueError, KeyError, TypeError, AttributeError):  # damaged: `fangtan verify` names it
        return []


def _body(payload: Payload) -> str:
    """The text of a body.

    :raises FangtanError: it is no text, or holds what readers must not see
    """
    if shape(payload) == "binary":
        raise FangtanError(f"{media_type(payload.content_type)}: no text, {len(payload.data)} bytes 非文本")
    if personal_fields(payload):
        raise FangtanError("holds fields of persons (addresses, numbers): not shown 含个人信息，不予显示")
    return decode(payload.data, payload.content_type).text
