"""The same injected words on many pages of one site: what a single page cannot prove, recurrence does.

Two sources: words that the parsers flagged, and strings at a place where 关于 or an organ's name must be (a slot) in
several interviews of a site. One page with one odd slot says little; a mirror swaps the same word everywhere.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from parsers.integrity.injected import slot_heads

#: A slot's string must be in so many interviews of a site; two suffice when it is half Latin, as brands are.
ENOUGH, ENOUGH_ALIEN = 3, 2


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A string on several pages of a site.

    :param rule: ``flagged`` (the parsers said so) or ``slot`` (only recurrence says so)
    :param examples: up to five interviews' uids
    """

    site: str
    text: str
    rule: str
    interviews: int
    occurrences: int
    examples: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def recurrences(db: sqlite3.Connection, site: str | None = None) -> list[Recurrence]:
    """All recurrences, the widest spread first; reads one interview at a time."""
    seen: dict[tuple[str, str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for where, uid, text, rule in _strings(db, site):
        seen[where, text, rule][uid] += 1
    found = [
        Recurrence(where, text, rule, len(counts), sum(counts.values()), tuple(sorted(counts)[:5]))
        for (where, text, rule), counts in seen.items()
        if len(counts) >= _enough(rule, text)
    ]
    flagged = {(f.site, f.text) for f in found if f.rule == "flagged"}
    found = [f for f in found if f.rule == "flagged" or (f.site, f.text) not in flagged]
    return sorted(found, key=lambda f: (-f.interviews, f.site, f.text))


def _enough(rule: str, text: str) -> int:
    """In how many interviews a text must occur."""
    if rule == "flagged":
        return 1
    return ENOUGH_ALIEN if _alien(text) else ENOUGH


def _strings(db: sqlite3.Connection, site: str | None) -> Iterator[tuple[str, str, str, str]]:
    query = """SELECT i.site, i.uid, f.text FROM flags f JOIN interviews i ON i.uid = f.interview
               WHERE f.severity IN ('alert', 'warning') AND f.version IN (SELECT id FROM versions WHERE newest)
               AND (:site IS NULL OR i.site = :site)"""
    for where, uid, text in db.execute(query, {"site": site}):
        yield where, uid, text, "flagged"
    query = """SELECT i.site, i.uid, t.text FROM turns t JOIN interviews i ON i.uid = t.interview
               WHERE :site IS NULL OR i.site = :site ORDER BY i.uid, t.seq"""
    for where, uid, text in db.execute(query, {"site": site}):
        for head in slot_heads(text):
            yield where, uid, head, "slot"


def _alien(text: str) -> bool:
    return sum(c.isascii() and c.isalpha() for c in text) >= 3
