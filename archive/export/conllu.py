"""CoNLL-U: a talk a document, a turn a paragraph, its sentences with their words. What only a tagger knows is ``_``."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from archive.export.apart import made
from archive.export.rows import Interview
from archive.export.tokens import Token, sentences
from archive.export.xml_text import clean
from archive.research.filters import Filter
from archive.research.strings import Cutter


def write(db: sqlite3.Connection, only: Filter, folder: Path, cut: Cutter, jobs: int = 1) -> list[Path]:
    """``fangtan.conllu``."""
    path = folder / "fangtan.conllu"
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(made(db, only, partial(_text, cut=cut), jobs))
    return [path]


def _text(interview: Interview, cut: Cutter) -> str:
    return "".join(f"{line}\n" for line in _lines(interview, cut))


def _lines(interview: Interview, cut: Cutter) -> Iterator[str]:
    before = [f"newdoc id = {interview.facts['uid']}", *_named(interview.facts, ("title", "url", "date", "site"))]
    answered = interview.answered()
    for turn in ({**each, "reply_to": answered.get(each["id"])} for each in interview.turns):
        before += [f"newpar id = {turn['id']}"]
        said_by = [
            *_named(turn, ("speaker", "role", "time", "reply_to")),
            *_named(interview.who(turn), ("person", "organization")),
        ]
        for number, sentence in enumerate(sentences(clean(turn["text"]), cut), 1):
            yield from (f"# {each}" for each in (*before, f"sent_id = {turn['id']}.{number}", *said_by))
            yield f"# text = {''.join(token.form + ' ' * token.space for token in sentence)}"
            yield from (_row(*each, last=each[0] == len(sentence)) for each in enumerate(sentence, 1))
            yield ""
            before = []


def _named(values: dict[str, Any], names: tuple[str, ...]) -> list[str]:
    """Comments for what is known, each on one line."""
    return [f"{name} = {' '.join(clean(str(values[name])).split())}" for name in names if values[name]]


def _row(number: int, token: Token, *, last: bool) -> str:
    glued = "_" if token.space or last else "SpaceAfter=No"
    return "\t".join([str(number), token.form, *"_" * 7, glued])
