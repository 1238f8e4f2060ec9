"""What the last account misses: asked again in the next run, whatever the re-check policy says."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Owed:
    """An address that is not accounted for.

    :param role: ``detail``, ``list``, or ``requisite`` for a file that has a talk's words
    :param more: of an entry its title, date and words; of a list page its method, body, number and list
    :param nights: the days on which it answered that it is gone
    :param why: how it ended in the last account; ``dead``: it is accounted for as dead, and asked at the pace of
        the re-checks
    """

    key: str
    url: str
    role: str
    more: dict[str, Any]
    nights: tuple[str, ...] = ()
    dead: bool = False
    why: str = ""


def owed(db: sqlite3.Connection, site: str) -> dict[str, Owed]:
    """By key."""
    rows = db.execute("SELECT key, url, role, more, nights, dead, why FROM owed WHERE site = ? ORDER BY rowid", (site,))
    return {r[0]: Owed(r[0], r[1], r[2], json.loads(r[3]), tuple(json.loads(r[4])), bool(r[5]), r[6]) for r in rows}


def keep(db: sqlite3.Connection, site: str, all_of_it: list[Owed]) -> None:
    """What is owed from now on."""
    db.execute("DELETE FROM owed WHERE site = ?", (site,))
    db.executemany(
        "INSERT OR REPLACE INTO owed(site, key, url, role, more, nights, dead, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                site,
                o.key,
                o.url,
                o.role,
                json.dumps(o.more, ensure_ascii=False),
                json.dumps(o.nights),
                int(o.dead),
                o.why,
            )
            for o in all_of_it
        ],
    )
