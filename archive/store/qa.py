"""Questions and the answers that follow them: the table ``_qa``, which says what turns they are; the view ``qa`` has
their words.

An opening greets and a closing thanks or takes leave. Neither asks anything, though the theme that it names may; no
question comes before the one or behind the other. A follow-up is by the asker of the question before, which was
answered, and begins with that answer (那么, 您刚才提到). All else that is answered is a question; so is what a citizen
asks and nobody answers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from archive.store.people import Participant
from archive.store.shown import Derived, Shown, Turn
from parsers.talk import questions

_QA = Derived("_qa", ("question_seq", "answer_seq", "kind", "relayed", "asker", "answerer"))


@dataclass(frozen=True, slots=True)
class _Said:
    """What questions and answers are recognised by.

    :param place: of the speaker among the participants
    """

    seq: int
    speaker: str
    role: str
    text: str
    place: int | None

    @property
    def asks(self) -> bool:
        """Whether the turn is in the place of a question."""
        return self.role in ("host", "netizen", "reporter") or (
            self.role == "unknown" and self.speaker.rstrip("0123456789") in ("问", "Q", "q", "提问")
        )


@dataclass(slots=True)
class _Question:
    """A turn in the place of a question, and what answers it."""

    turn: _Said
    answers: list[_Said]

    @property
    def is_relayed(self) -> bool:
        """Whether a host asks for a citizen."""
        return self.turn.role == "host" and questions.is_relayed(self.turn.text)

    @property
    def puts_something(self) -> bool:
        """Whether it is more than a greeting or a farewell."""
        return self.turn.role != "host" or self.is_relayed or questions.asks_beside_names(self.turn.text)


def save_qa(db: sqlite3.Connection, talk: Shown, people: list[Participant]) -> None:
    """Keep the questions of a talk, from its turns and participants as they are shown."""
    turns = [_Said(t.seq, t.speaker, t.role, t.text, _place(t, people)) for t in talk.turns]
    _QA.save(db, talk.interview, sorted(_rows(_paired(turns))), is_new=talk.is_new)


def _place(turn: Turn, people: list[Participant]) -> int | None:
    """Of the first participant who may be the speaker."""
    return next((p.place for p in people if p.name == turn.name and (p.listed or p.role == turn.role)), None)


def _paired(turns: list[_Said]) -> list[_Question]:
    """Each turn in the place of a question with the guests' turns up to the next one."""
    found: list[_Question] = []
    for turn in turns:
        if turn.asks:
            found.append(_Question(turn, []))
        elif turn.role == "guest" and found:
            found[-1].answers.append(turn)
    return found


def _rows(found: list[_Question]) -> Iterator[tuple[int, int, str, int, int | None, int | None]]:
    """Rows without the interview; ``answer_seq`` is 0 for a citizen's question that nobody answers."""
    for question, kind in zip(found, _kinds(found), strict=True):
        turn, relayed = question.turn, int(question.is_relayed)
        for answer in question.answers:
            yield turn.seq, answer.seq, kind, relayed, turn.place, answer.place
        if not question.answers and (turn.role != "host" or relayed):
            yield turn.seq, 0, kind, relayed, turn.place, None


def _kinds(found: list[_Question]) -> list[str]:
    """What each question is."""
    real = [n for n, question in enumerate(found) if question.puts_something]
    first, last = (real[0], real[-1]) if real else (len(found), -1)
    return [_kind(found, n, first, last) for n in range(len(found))]


def _kind(found: list[_Question], n: int, first: int, last: int) -> str:
    """What one question is.

    :param first: the first question that puts something; ``last`` likewise
    """
    text = found[n].turn.text
    opens = n < first and questions.greets(text)
    if n > last and questions.takes_leave(text) and not opens:
        return "closing"
    if opens:
        return "opening"
    return "follow-up" if n > first and _follows_up(found[n].turn, found[n - 1]) else "question"


def _follows_up(turn: _Said, before: _Question) -> bool:
    """Whether who asked before takes up the answer."""
    same = (before.turn.speaker, before.turn.role) == (turn.speaker, turn.role)
    return same and bool(before.answers) and questions.takes_up(turn.text)
