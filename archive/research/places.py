"""Where the words of a query are in a text, by the rule of the index: SQLite itself is asked, so the two never differ.

Case counts for nothing unless it is asked for. Blanks, line feeds and combining marks inside a word never count.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing

from archive.store.query import TOKENIZE, is_token, kept, phrase, spaced

Place = tuple[int, int]


def places(texts: Sequence[str], words: Iterable[str], *, case: bool = False) -> list[list[Place]]:
    """For each text the places of all words: offsets of characters, in order, none within another.

    Where two begin at one character, the longer one counts.

    :param case: only the places that are written in the words' own case
    """
    if case:
        return [_ordered(_written(text, [kept(word) for word in words])) for text in texts]
    return [_ordered(found) for found in _indexed(texts, words)]


def _indexed(texts: Sequence[str], words: Iterable[str]) -> list[list[Place]]:
    """The places as the full-text index finds them, by its own rule."""
    phrases = {found: sum(map(is_token, word)) for word in words if (found := phrase(word))}
    every: list[list[Place]] = [[] for _ in texts]
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(f'CREATE VIRTUAL TABLE f USING fts5(text, tokenize="{TOKENIZE}")')
        rows = ((number, spaced(text.replace("\0", " "))) for number, text in enumerate(texts, 1))
        db.executemany("INSERT INTO f(rowid, text) VALUES (?, ?)", rows)
        # Not to be guessed: a text may hold any characters.
        begin, end = (f"\x1e{secrets.token_hex(8)}{sign}" for sign in "<>")
        for expression, size in phrases.items():
            query = "SELECT rowid, highlight(f, 0, ?, ?) FROM f WHERE f MATCH ?"
            for number, marked in db.execute(query, (begin, end, expression)):
                every[number - 1] += _cut(texts[number - 1], _marked(marked, begin, end), size)
    return every


def _written(text: str, words: Iterable[str]) -> Iterator[Place]:
    """The places of words in their own case; of those of one word that overlap, the first."""
    tokens = [at for at, char in enumerate(text) if is_token(char)]
    plain = kept(text)
    for word in filter(None, words):
        for match in re.finditer(re.escape(word), plain):
            yield tokens[match.start()], tokens[match.end() - 1] + 1


def _ordered(found: Iterable[Place]) -> list[Place]:
    return list(_apart(sorted(found, key=lambda place: (place[0], -place[1]))))


def _marked(text: str, begin: str, end: str) -> Iterator[Place]:
    """Offsets in the text as it was before it was spaced and marked."""
    at = 0
    first, *rest = text.split(begin)
    at += len(first)
    for piece in rest:
        inside, _, after = piece.partition(end)
        yield at // 2, (at + len(inside) + 1) // 2
        at += len(inside) + len(after)


def _cut(text: str, found: Iterable[Place], size: int) -> Iterator[Place]:
    """SQLite marks places that overlap as one; the first of them counts, then the next that begins behind it."""
    for start, end in found:
        tokens = [at for at in range(start, end) if is_token(text[at])]
        if len(tokens) <= size:
            yield start, end
            continue
        for first in range(0, len(tokens) - size + 1, size):
            yield tokens[first], tokens[first + size - 1] + 1


def _apart(found: Iterable[Place]) -> Iterator[Place]:
    last = 0
    for start, end in found:
        if start >= last:
            yield start, end
            last = end
