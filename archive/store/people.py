"""Who took part in a talk: the table ``_participants``, from which the views ``participants``, ``persons`` and
``organizations`` are made.
"""

from __future__ import annotations

import sqlite3

#: The guests as they are shown, then whoever else speaks; in stable order. Some labels resolve to nobody: no person.
_SHOWN = """
SELECT coalesce(s.target, coalesce(i.site, '') || '/' || g.person), coalesce(g.name, ''), 'guest',
  g.organization, g.title,
  (SELECT count(*) FROM turns t WHERE t.interview = g.interview AND t.person = g.name),
  (SELECT coalesce(sum(length(t.text)), 0) FROM turns t WHERE t.interview = g.interview AND t.person = g.name),
  1, s.target IS NOT NULL OR g.person IS NOT g.name, g.seq
FROM guests g JOIN _interviews i ON i.uid = g.interview
  LEFT JOIN _same s ON s.person = coalesce(i.site, '') || '/' || g.person
WHERE g.interview = ?1
UNION ALL
SELECT coalesce(s.target, coalesce(i.site, '') || '/' || t.person), coalesce(t.person, t.speaker), t.role, NULL, NULL,
  count(*), sum(length(t.text)), 0, s.target IS NOT NULL, 1000000 + min(t.seq)
FROM turns t JOIN _interviews i ON i.uid = t.interview
  LEFT JOIN _same s ON s.person = coalesce(i.site, '') || '/' || t.person
WHERE t.interview = ?1 AND NOT EXISTS (SELECT 1 FROM guests g WHERE g.interview = t.interview AND g.name = t.person)
GROUP BY coalesce(t.person, t.speaker), t.role
ORDER BY 10"""


def save_people(connection: sqlite3.Connection, interview: str) -> None:
    """The participants of an interview as they are shown, corrections included; nothing is written where all is so."""
    wanted = [(place, *row[:-1]) for place, row in enumerate(connection.execute(_SHOWN, (interview,)).fetchall(), 1)]
    query = """SELECT place, person, name, role, organization, title, turns, characters, listed, corrected
               FROM _participants WHERE interview = ? ORDER BY place"""
    if connection.execute(query, (interview,)).fetchall() == wanted:
        return
    connection.execute("DELETE FROM _participants WHERE interview = ?", (interview,))
    connection.executemany(
        "INSERT INTO _participants VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [(interview, *row) for row in wanted]
    )


def interviews_of(connection: sqlite3.Connection, persons: set[str]) -> set[str]:
    """The interviews that persons took part in, by the ids that they have in the store now."""
    query = "SELECT DISTINCT interview FROM _participants WHERE person = ?"
    return {uid for person in persons for (uid,) in connection.execute(query, (person,))}
