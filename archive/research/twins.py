"""Pairs of interviews that may be one talk printed twice, for a person to look at.

The same date, guests and first turns make one interview (:mod:`archive.store.grouping`). Where one of them differs
(another date in a copy, a guest left out, an edited opening) nothing is joined: such pairs are shown.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from parsers.page.text import squeeze

#: At least this share of the shorter talk's turns is in the other one.
LEAST = 0.5
#: Turns shorter than this (谢谢) say nothing about whose they are.
_LONG = 20
#: What opens more talks than this is a formula.
_FORMULA = 4
_CANDIDATES = f"""
WITH opening AS MATERIALIZED (
  SELECT t.interview AS interview, substr(t.text, 1, 30) AS words FROM turns t WHERE t.seq <= 4 AND t.role <> 'host'
    AND length(t.text) >= 30),
few AS (SELECT words FROM opening GROUP BY words HAVING count(*) BETWEEN 2 AND {_FORMULA}),
named AS MATERIALIZED (
  SELECT p.name AS name, substr(i.date, 1, 10) AS day, p.interview AS interview FROM _participants p
    JOIN _interviews i ON i.uid = p.interview
    WHERE p.listed AND p.name <> '' AND i.kind = 'transcript' AND i.date > '')
SELECT DISTINCT min(a.interview, b.interview), max(a.interview, b.interview) FROM few
  JOIN opening a ON a.words = few.words
  JOIN opening b ON b.words = few.words AND b.interview > a.interview
UNION
SELECT min(a.interview, b.interview), max(a.interview, b.interview) FROM named a
  JOIN named b ON b.name = a.name AND b.day = a.day AND b.interview > a.interview
LIMIT 2000"""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two interviews.

    :param common: the share of the shorter one's turns that are in both
    """

    first: str
    second: str
    titles: tuple[str, str]
    days: tuple[str, str]
    common: float


def near_matches(db: sqlite3.Connection, limit: int = 100) -> list[Pair]:
    """Pairs that share at least half of their turns, the most alike first."""
    said: dict[str, set[str]] = {}

    def turns(uid: str) -> set[str]:
        if uid not in said:
            texts = db.execute("SELECT text FROM turns WHERE interview = ?", (uid,))
            said[uid] = {words for (text,) in texts if len(words := squeeze(text)) >= _LONG}
        return said[uid]

    pairs = []
    for a, b in db.execute(_CANDIDATES).fetchall():
        least = min(len(turns(a)), len(turns(b)))
        common = len(turns(a) & turns(b)) / least if least else 0.0
        if common >= LEAST:
            (title_a, day_a), (title_b, day_b) = (
                db.execute("SELECT coalesce(title, url), substr(date, 1, 10) FROM interviews WHERE uid = ?", (u,)).fetchone() for u in (a, b)
            )  # fmt: skip
            pairs.append(Pair(a, b, (title_a, title_b), (day_a, day_b), round(common, 2)))
    return sorted(pairs, key=lambda p: (-p.common, p.first, p.second))[:limit]
