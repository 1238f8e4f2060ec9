"""The layout of R's readtext and quanteda: a document a turn, ``doc_id`` and ``text`` first, all else as docvars."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from archive.export.cells import Sheet
from archive.export.rows import interviews
from archive.research.filters import Filter

_OF_TALK = ("title", "url", "kind", "genre", "date", "site", "site_name", "province", "prefecture", "county")
COLUMNS = (
    "doc_id", "text", "interview", "seq", "speaker", "role", "person", "organization", "post", "title", "url", "kind", "genre", "date", "year",
    "site", "site_name", "province", "prefecture", "county", "time", "reply_to",
)  # fmt: skip


def write(db: sqlite3.Connection, only: Filter, folder: Path) -> list[Path]:
    """``readtext.csv``, UTF-8."""
    path = folder / "readtext.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        sheet = Sheet(stream, COLUMNS)
        for interview in interviews(db, only):
            talk = {name: interview.facts[name] for name in _OF_TALK}
            talk["year"] = (talk["date"] or "")[:4] or None
            answered = interview.answered()
            for turn in interview.turns:
                who = interview.who(turn)
                said = {name: turn[name] for name in ("interview", "text", "seq", "speaker", "role", "time")}
                whose = {"person": who["person"], "organization": who["organization"], "post": who["title"]}
                named = {"doc_id": turn["id"], "reply_to": answered.get(turn["id"])}
                sheet.write_row({**talk, **said, **whose, **named})
    return [path]
