"""A list's entry that is a file nobody reads (.doc, .wps, .pdf, .xls …): an interview by what the list says of it."""

from __future__ import annotations

import hashlib

from parsers.claims.confidence import confidence
from parsers.interview import PARSER
from parsers.page.shape import is_document
from parsers.record import Evidence, ListItem, Payload, Record


def read_file(payload: Payload, context: ListItem | None) -> Record | None:
    """The record of a file: title and date are the list's; ``None`` where the payload is none, or no list names it."""
    if context is None or not is_document(payload):
        return None
    digest = hashlib.sha256(payload.data).hexdigest()
    values = {"title": context.title or None, "published_at": context.date}
    said = {field: value for field, value in values.items() if value}
    return Record(
        payload.url,
        "attachment",
        title=values["title"],
        published_at=values["published_at"],
        evidence={field: Evidence("list", value, value, payload_sha256=digest) for field, value in said.items()},
        confidence={"kind": confidence("kind", "file", "alone")} | {f: confidence(f, "list", "alone") for f in said},
        attachments=(payload.url,),
        parser=PARSER,
    )
