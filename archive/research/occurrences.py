"""How often a word is said in each turn, from the full-text indexes alone: no turn is read.

An index knows the place of each of its terms in each turn. A word of two characters is a term of the index of pairs;
a longer one is there where its pairs follow each other.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections import Counter
from contextlib import closing
from functools import lru_cache

from archive.store.query import TOKENIZE, kept, pairs

#: A place: the turn's number times this, and the term's number in the turn, which is smaller.
_TURN = 1 << 32


def occurrences(db: sqlite3.Connection, word: str) -> Counter[int] | None:
    """How often a word is in each turn that has it, by the turn's number; of places that overlap, the first counts.

    :param word: with one character at least that is indexed
    :returns: ``None`` where the index has other terms than the word's pairs: SQLite knows a character of it otherwise
    """
    size = len(kept(word))
    index, units = ("_pairs_fts", pairs(word)) if size > 1 else ("_turns_fts", [kept(word)])
    terms = list(filter(None, map(term_of, units)))
    if len(terms) < len(units):
        return None
    if len(terms) == 1 and len(set(terms[0])) == size:  # it cannot overlap itself
        return Counter(_column(db, index, "doc", terms[0]))
    found = set(_column(db, index, f"doc * {_TURN} + offset", terms[0]))
    for step, term in enumerate(terms[1:], 1):
        found &= {place - step for place in _column(db, index, f"doc * {_TURN} + offset", term)}
    return _apart(sorted(found), size)


def _apart(found: list[int], size: int) -> Counter[int]:
    """Places that do not overlap, counted by turn."""
    said, free = Counter[int](), 0
    for place in found:
        if place >= free:
            said[place // _TURN] += 1
            free = place + size
    return said


def _column(db: sqlite3.Connection, index: str, value: str, term: str) -> array[int]:
    """A value for each place of a term."""
    db.execute(f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.places{index} USING fts5vocab('main', '{index}', 'instance')")
    rows = db.execute(f"SELECT {value} FROM temp.places{index} WHERE term = ?", (term,))
    return array("q", (row[0] for row in rows))


@lru_cache(maxsize=4096)
def term_of(unit: str) -> str | None:
    """What the indexes have for a character or a pair; ``None`` unless it is one term of them."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(f'CREATE VIRTUAL TABLE f USING fts5(text, tokenize="{TOKENIZE}")')
        db.execute("CREATE VIRTUAL TABLE v USING fts5vocab('f', 'row')")
        db.execute("INSERT INTO f VALUES (?)", (unit,))
        terms = [row[0] for row in db.execute("SELECT term FROM v")]
    return str(terms[0]) if len(terms) == 1 else None
