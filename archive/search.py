"""Chinese full text: exact substring search at every length, as FTS5 phrases of single characters."""

from __future__ import annotations

import sqlite3
import unicodedata
from dataclasses import dataclass

SEPARATOR = "\x1f"


def spaced(text: str) -> str:
    """Text as it is indexed: U+001F between all characters."""
    return SEPARATOR.join(text)


def _is_token(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LNPS" or category == "Co"


def zh(query: str) -> str:
    """A substring as an FTS5 query: ``执法`` → ``"执 法"``. Blanks separate words that must all occur.

    Any input is safe: characters that are no tokens are dropped, quotes are doubled. An empty query matches nothing.
    """
    phrases = []
    for word in query.split():
        tokens = [char for char in word if _is_token(char)]
        if tokens:
            phrases.append('"' + " ".join(tokens).replace('"', '""') + '"')
    return " AND ".join(phrases) or '""'


@dataclass(frozen=True, slots=True)
class Hit:
    """A turn that matches."""

    turn: str
    interview: str
    title: str
    url: str
    date: str
    seq: int
    speaker: str
    role: str
    text: str
    capture: str


def search(
    connection: sqlite3.Connection, query: str, limit: int = 20, *, newest_first: bool = True
) -> tuple[list[Hit], int]:
    """Turns that contain the query, by date; and how many there are in all.

    :param query: words separated by blanks; each is searched as a substring, all must occur in one turn
    """
    expression = zh(query)
    (total,) = connection.execute("SELECT count(*) FROM find WHERE q MATCH ?", (expression,)).fetchone()
    order = "DESC" if newest_first else "ASC"
    rows = connection.execute(
        f"""SELECT f.id, f.interview, coalesce(i.title, ''), i.url, coalesce(i.time_start, i.published_at, i.first_seen) AS date,
              f.seq, f.speaker, f.role, f.text, f.capture
            FROM find f JOIN interviews i ON i.uid = f.interview WHERE f.q MATCH ?
            ORDER BY date {order}, f.interview, f.seq LIMIT ?""",
        (expression, limit),
    ).fetchall()
    return [Hit(*row) for row in rows], total
