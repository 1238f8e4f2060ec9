"""The statement that reads a table: with conditions on its talks, joined to them, in stable order."""

from __future__ import annotations

import sqlite3
from typing import Any

from archive.errors import ConfigError
from archive.research.filters import Filter

#: What a row gets of its talk and site.
_TALK = (
    "i.title AS talk_title, i.url AS talk_url, i.kind AS talk_kind, i.genre AS talk_genre, i.date AS talk_date, "
    "CAST(substr(i.date, 1, 4) AS INTEGER) AS year, i.site AS site, "
)
_SITE = "s.name AS site_name, s.province AS province, s.prefecture AS prefecture, s.county AS county"
_PERSON = ", p.person AS person_id, p.organization AS organization, p.title AS post"
#: What a code gets of its turn; a talk that is coded whole has none.
_CODED = ", u.seq AS seq, u.speaker AS speaker, u.role AS role, u.text AS text"
#: Who says a turn: the participant of that name, best in that role.
_WHO = """ LEFT JOIN _participants p ON p.interview = t.interview AND p.place = (
  SELECT min(o.place + CASE WHEN o.role = t.role THEN 0 ELSE 1000000 END) % 1000000 FROM _participants o
  WHERE o.interview = t.interview AND o.name = coalesce(t.person, t.speaker))"""
_ORDER = (
    "interview", "unit", "variable", "coder", "uid", "site", "seq", "question_seq", "answer_seq", "version_no", "number", "id", "name", "person", "role",
)  # fmt: skip


def query_of(connection: sqlite3.Connection, table: str, only: Filter, *, joined: bool) -> tuple[str, list[Any]]:
    """The statement and its values.

    :raises ConfigError: the table has no talks to join or to choose by, or no turns
    """
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    alias = {"turns": "t", "interviews": "i", "sites": "s"}.get(table, "x")
    of_talk = table == "interviews" or "interview" in columns
    if not of_talk and (joined or not only.is_empty):
        raise ConfigError(f"{table}: has no talks to join or to choose by; read it whole")
    if table != "turns" and (only.role or only.speaker) and only.query is None:
        raise ConfigError(f"{table}: role and speaker choose turns; ask the table turns, or name a query, too")
    shown, origin = [f"{alias}.{name}" for name in columns if not name.startswith("corrected_")], f"{table} {alias}"
    condition, values = only.turns() if table == "turns" else only.interviews()
    if of_talk and (joined or not only.is_empty):
        origin += "" if table == "interviews" else f" JOIN interviews i ON i.uid = {alias}.interview"
        origin += " LEFT JOIN sites s ON s.id = i.site"
    if joined:
        more = {"turns": (_PERSON, _WHO), "codings": (_CODED, " LEFT JOIN turns u ON u.id = x.unit")}.get(
            table, ("", "")
        )
        shown.append((_SITE if table == "interviews" else _TALK + _SITE) + more[0])
        origin += more[1]
    order = [f"{alias}.{name}" for name in _ORDER if name in columns] or ["1"]
    return f"SELECT {', '.join(shown)} FROM {origin} WHERE {condition} ORDER BY {', '.join(order)}", values
