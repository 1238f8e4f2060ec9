"""Datasette's half in our frame: the same header above its pages, and ids in its cells that lead to ours."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from datasette import hookimpl
from datasette.utils.asgi import Request
from markupsafe import Markup

from archive.store.names import UID, WORDS
from archive.web.words import language, words

_INTERVIEW, _TURN = re.compile(UID), re.compile(f"{UID}\\.{WORDS}")
_CAPTURE, _SITE = re.compile(r"[\w.:-]{1,200}"), re.compile(r"[a-z0-9-]{1,80}")
#: What a column holds, and the address that it leads to.
_COLUMNS = {
    **dict.fromkeys(("uid", "interview", "notice"), (_INTERVIEW, "/interview/")),
    **dict.fromkeys(("capture", "refers_to"), (_CAPTURE, "/capture/")),
    "site": (_SITE, "/site/"),
    **dict.fromkeys(("person", "asker_person", "answerer_person"), (re.compile(".+/.+"), "/person?id=")),
}
#: Ids are of what the table holds.
_IDS = {
    **dict.fromkeys(("interviews", "interview_ids"), (_INTERVIEW, "/interview/")),
    **dict.fromkeys(("turns", "find", "find_ranked"), (_TURN, "/turn/")),
    "captures": (_CAPTURE, "/capture/"),
    "sites": (_SITE, "/site/"),
    "persons": (re.compile(".+/.+"), "/person?id="),
}


@hookimpl
def render_cell(value: Any, column: str, table: str | None) -> Markup | None:
    """A cell that holds the id of one of our pages is a link to it."""
    if isinstance(value, dict):  # Datasette's own, where the column refers to another table
        value = value.get("value")
    kind = _IDS.get(table or "") if column == "id" else _COLUMNS.get(column)
    if kind is None or not isinstance(value, str) or not kind[0].fullmatch(value):
        return None
    return Markup('<a href="{}">{}</a>').format(kind[1] + quote(value, safe=":/"), value)


@hookimpl
def extra_template_vars(request: Request | None) -> dict[str, Any]:
    """What our header needs; a table's address has no place for a language."""
    return {"lang": (lang := language(request)), "w": words(lang)} if request else {}
