"""What happened to interviews after they were first captured: gone, changed, hijacked since."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from archive.research.diff import differences


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened to an interview.

    :param what: ``gone``, ``changed`` or ``hijacked``
    :param at: when it was seen first
    """

    what: str
    at: str
    uid: str
    site: str | None
    title: str | None
    url: str
    detail: str

    def as_dict(self) -> dict[str, Any]:
        """JSON types."""
        return asdict(self)


#: A place in the order of what happened: time, interview, what, number of the version.
Place = tuple[str, str, str, int]
#: Behind everything.
END: Place = ("~", "", "", 0)
#: Both halves read their index from the newest on; a gone talk is an event of no version.
_LATEST = """SELECT e.at, e.uid, e.what, e.number, e.detail, i.site, i.title, i.url FROM (
  SELECT * FROM (SELECT at, interview AS uid, what, version_no AS number, detail FROM _events
    WHERE (at, interview, what, version_no) < (?1, ?2, ?3, ?4)
    ORDER BY at DESC, interview DESC, what DESC, version_no DESC LIMIT ?5)
  UNION ALL
  SELECT * FROM (SELECT gone_at, uid, 'gone', 0, '' FROM _interviews
    WHERE gone_at <= ?1 AND (gone_at, uid, 'gone', 0) < (?1, ?2, ?3, ?4) ORDER BY gone_at DESC, uid DESC LIMIT ?5)
  ORDER BY 1 DESC, 2 DESC, 3 DESC, 4 DESC LIMIT ?5) e
  JOIN interviews i ON i.uid = e.uid ORDER BY 1 DESC, 2 DESC, 3 DESC, 4 DESC"""


#: The same of one site, which holds few talks beside the archive.
_LATEST_OF_SITE = """SELECT e.at, e.uid, e.what, e.number, e.detail, i.site, i.title, i.url FROM (
  SELECT v.at, v.interview AS uid, v.what, v.version_no AS number, v.detail FROM _interviews n
    CROSS JOIN _events v ON v.interview = n.uid WHERE n.site = ?1
  UNION ALL SELECT gone_at, uid, 'gone', 0, '' FROM _interviews WHERE site = ?1 AND gone_at IS NOT NULL
  ORDER BY 1 DESC, 2 DESC, 3 DESC, 4 DESC LIMIT ?2) e
  JOIN interviews i ON i.uid = e.uid ORDER BY 1 DESC, 2 DESC, 3 DESC, 4 DESC"""


def latest_of_site(db: sqlite3.Connection, site: str, limit: int) -> list[Happened]:
    """What happened last to the talks of a site, the newest first."""
    rows = db.execute(_LATEST_OF_SITE, (site, limit))
    return [Happened(what, at, uid, of, title, url, detail) for at, uid, what, _, detail, of, title, url in rows]


def latest(db: sqlite3.Connection, limit: int, before: Place = END) -> Iterator[tuple[Happened, Place]]:
    """What happened last, the newest first, each with its place.

    :param limit: so many at most; -1 for all
    :param before: what happened before this place
    """
    for at, uid, what, number, detail, site, title, url in db.execute(_LATEST, (*before, limit)):
        yield Happened(what, at, uid, site, title, url, detail), (at, uid, what, number)


def happened(db: sqlite3.Connection, site: str | None = None, since: str | None = None) -> list[Happened]:
    """Everything that happened, oldest first, in words.

    :param since: only what was seen on or after this day
    """
    found = [(h, place) for h, place in latest(db, -1) if site is None or h.site == site]
    chosen = [_told(db, h, place[3]) for h, place in found if since is None or h.at >= since]
    return sorted(chosen, key=lambda h: (h.at, h.what, h.uid))


def _told(db: sqlite3.Connection, what: Happened, number: int) -> Happened:
    """With the address that it was seen at, and details in words."""
    if what.what == "changed":
        return replace(what, url=what.detail, detail=_counted(db, what.detail, number))
    if what.what == "hijacked":
        return replace(what, detail=f"words that do not belong there: {what.detail[:200]}")
    return replace(what, detail="no address of it answers with the interview any more")


def _counted(db: sqlite3.Connection, url: str, number: int) -> str:
    """How many changes led to a version, and what numbers and names they changed."""
    changes = [d for d in differences(db, url) if (d.after.version or "").endswith(f".{number}")]
    facts = [f"{f.before or '—'} → {f.after or '—'}" for d in changes for f in d.facts][:5]
    count = sum(len(d.changes) for d in changes)
    return "; ".join(filter(None, (f"version {number}: {count} change(s)", ", ".join(facts))))
