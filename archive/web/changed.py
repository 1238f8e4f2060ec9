"""What the site changed in a talk, from version to version, both readings side by side."""

from __future__ import annotations

import sqlite3
from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.errors import ConfigError
from archive.research.diff import Change, Difference, Side, differences
from archive.store.names import interview_of
from archive.web.views import NotHere, TooSlow, page, read


async def changes(datasette: Datasette, request: Request) -> Response:
    """The changes of a talk; each leads to its place in both versions."""
    uid = request.url_vars["uid"]
    try:
        found = await read(datasette, lambda db: _changed(db, uid) if interview_of(db, uid) == uid else None)
    except TooSlow:
        raise
    except ConfigError:
        found = None
    if found is None:
        raise NotHere(uid)
    return await page(datasette, request, "fangtan_changes.html", {"uid": uid, **found})


def _changed(db: sqlite3.Connection, uid: str) -> dict[str, Any]:
    """The title of an interview and its differences."""
    (title,) = db.execute("SELECT coalesce(title, url) FROM interviews WHERE uid = ?", (uid,)).fetchone()
    return {"title": title, "differences": [_beside(found, uid) for found in differences(db, uid)]}


def _beside(found: Difference, uid: str) -> dict[str, Any]:
    return {
        "facts": found.facts,
        "before": _side(found.before, uid),
        "after": _side(found.after, uid),
        "changes": [_both(change) for change in found.changes],
    }


def _side(side: Side, uid: str) -> dict[str, Any]:
    """A reading; the number of its version where it is one of this talk."""
    interview, _, number = (side.version or "").rpartition(".")
    return {"capture": side.capture, "fetched_at": side.fetched_at, "number": number if interview == uid else None}


def _both(change: Change) -> dict[str, Any]:
    """A change: what the older reading says and what the newer one says, each with the number of its turn."""
    sides = [[piece for piece in change.pieces if piece.op != op] for op in ("added", "removed")]
    return {"what": change.what, "op": change.op, "sides": sides, "seqs": change.seqs}
