"""Questions and the answers that follow them: the table ``qa``."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Said:
    """What questions and answers are recognised by."""

    seq: int
    speaker: str
    role: str
    text: str

    @property
    def asks(self) -> bool:
        return self.role in ("host", "netizen", "reporter") or (
            self.role == "unknown" and self.speaker.rstrip("0123456789") in ("问", "Q", "q", "提问")
        )


def save_qa(connection: sqlite3.Connection, interview: str) -> None:
    """The table ``qa`` of an interview, from its turns as they are shown, corrections included."""
    connection.execute("DELETE FROM qa WHERE interview = ?", (interview,))
    turns = connection.execute(
        "SELECT seq, speaker, role, text FROM turns WHERE interview = ? ORDER BY seq", (interview,)
    ).fetchall()
    connection.executemany(
        "INSERT INTO qa VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(interview, *pair) for pair in _pairs(_Said(*turn) for turn in turns)],
    )


def _pairs(turns: Iterable[_Said]) -> Iterator[tuple[int, int, str, str, str | None, str | None]]:
    """Questions with the answers that follow them: (question seq, answer seq or 0, asker, question, answerer,
    answer).
    """
    question: _Said | None = None
    answered = False
    for turn in (*turns, None):
        if turn is None or turn.asks:
            if question and not answered and question.role != "host":
                yield question.seq, 0, question.speaker, question.text, None, None
            question, answered = turn, False
        elif turn.role == "guest" and question:
            yield question.seq, turn.seq, question.speaker, question.text, turn.speaker, turn.text
            answered = True
