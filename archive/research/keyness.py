"""What is said more in one part of the corpus than in the rest, and what is near a word: log-likelihood (Dunning's
G²).

Units are strings of N Chinese characters inside a run of them, so nothing depends on a word list; with the extra
``[words]`` jieba cuts words instead (for lists only; search never does).
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from archive.errors import ConfigError
from archive.research.filters import Filter

RUN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+")
Cutter = Callable[[str], Iterator[str]]
Watch = Callable[[Iterable[Any]], Iterable[Any]]
#: Some text, and whether it is in the part; else it is in the rest.
Piece = tuple[str, bool]
_ALL = "SELECT t.text, {} FROM turns t JOIN interviews i ON i.uid = t.interview LEFT JOIN sites s ON s.id = i.site"


@dataclass(frozen=True, slots=True)
class Key:
    """A unit with its counts in the part and in the rest.

    :param score: G²; negative when the unit is rarer in the part than in the rest
    :param per_10000: its share of the units of the part, times ten thousand; ``rest_per_10000`` likewise
    :param merged: the strings that it stands for (:mod:`archive.research.overlaps`)
    """

    unit: str
    count: int
    rest: int
    score: float
    per_10000: float
    rest_per_10000: float
    merged: tuple[str, ...] = ()


def strings(size: int) -> Cutter:
    """Cut into overlapping strings of so many characters."""

    def of_run(run: str) -> Iterator[str]:
        return map("".join, zip(*(run[at:] for at in range(size)), strict=False))

    # A hundred million strings are cut: no step of Python for each of them.
    return lambda text: chain.from_iterable(map(of_run, RUN.findall(text)))


def jieba_words() -> Cutter:
    """Cut into all that jieba cuts, signs included.

    :raises ConfigError: it is not installed
    """
    _jieba()
    return _all_words


def _all_words(text: str) -> Iterator[str]:
    """A function of this module, so that other processes find it."""
    return iter(_jieba().cut(text))


def _jieba() -> Any:
    try:
        import jieba  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ConfigError("--words needs jieba: pip install 'fangtan[words]'. 分词需要安装 jieba。") from error
    jieba.setLogLevel(60)
    return jieba


def cut_words() -> Cutter:
    """Cut into Chinese words of two characters or more with jieba.

    :raises ConfigError: it is not installed
    """
    all_words = jieba_words()
    return lambda text: (word for word in all_words(text) if RUN.fullmatch(word) and len(word) > 1)


def keywords(
    db: sqlite3.Connection,
    only: Filter,
    cut: Cutter,
    at_least: int = 3,
    against: Filter | None = None,
    watch: Watch = iter,
) -> list[Key]:
    """Units of the turns that match, against other turns; the most distinctive first.

    :param against: the turns to compare with; ``None`` for all others. A turn that is in both parts counts in neither
    :param watch: passes the turns on, and sees how many there were
    :raises ConfigError: a part is empty, or the first one is everything
    """
    return _compared(
        parts(db, only, against, watch),
        cut,
        at_least,
        "two parts are compared: the filters must leave some turns in and some out",
    )


def parts(db: sqlite3.Connection, only: Filter, against: Filter | None = None, watch: Watch = iter) -> Iterator[Piece]:
    """The turns of both parts; those that are in both are left out."""
    (condition, values), (other, others) = only.turns(), ("1", list[Any]()) if against is None else against.turns()
    rows = db.execute(_ALL.format(f"({condition}), ({other})"), [*values, *others])
    for text, inside, outside in watch(rows):
        if inside and (against is None or not outside):
            yield text, True
        elif outside and not inside:
            yield text, False


def _compared(pieces: Iterable[Piece], cut: Cutter, at_least: int, otherwise: str) -> list[Key]:
    """:raises ConfigError: a side is empty; ``otherwise`` says so"""
    part, rest = Counter[str](), Counter[str]()
    for text, inside in pieces:
        (part if inside else rest).update(cut(text))
    if not part or not rest:
        raise ConfigError(otherwise)
    return ranked(part, rest, at_least)


def significant(keys: Iterable[Key], level: float) -> list[Key]:
    """The keys whose difference chance alone would make in at most this share of cases (chi-squared, 1 degree)."""
    return [key for key in keys if math.erfc(math.sqrt(abs(key.score) / 2)) <= level]


def collocations(
    db: sqlite3.Connection,
    word: str,
    only: Filter,
    cut: Cutter,
    window: int = 10,
    at_least: int = 3,
    watch: Watch = iter,
) -> list[Key]:
    """Units within so many characters of a word, against all else in the same turns and the others.

    :raises ConfigError: the word is empty or does not occur
    """
    return _compared(beside(db, word, only, window, watch), cut, at_least, f"{word}: occurs nowhere, or alone")


def beside(db: sqlite3.Connection, word: str, only: Filter, window: int = 10, watch: Watch = iter) -> Iterator[Piece]:
    """The pieces of turns within so many characters of a word, and the others.

    :raises ConfigError: the word is empty
    """
    if not word:
        raise ConfigError("a word is needed")
    condition, values = only.turns()
    rows = db.execute(f"{_ALL.format('1').replace(', 1 FROM', ' FROM')} WHERE {condition}", values)
    for (text,) in watch(rows):
        inside, outside = _around(text, word, window)
        yield from ((piece, True) for piece in inside)
        yield from ((piece, False) for piece in outside)


def _around(text: str, word: str, window: int) -> tuple[list[str], list[str]]:
    """The stretches beside a word, each character once, and the others; the word itself is in neither."""
    inside, outside, at = list[str](), list[str](), 0
    places = [m.start() for m in re.finditer(re.escape(word), text)]
    for n, place in enumerate(places):
        start, end = max(at, place - window), place + len(word)
        outside.append(text[at:start])
        inside.append(text[start:place])
        following = places[n + 1] if n + 1 < len(places) else len(text)
        at = min(end + window, following)
        inside.append(text[end:at])
    outside.append(text[at:])
    return inside, outside


def ranked(part: Counter[str], rest: Counter[str], at_least: int) -> list[Key]:
    """Keys of at least so many occurrences in the part or the rest, by score, then unit."""
    sizes = part.total(), rest.total()
    units: Iterable[str] = {u for c in (part, rest) for u, n in c.items() if n >= at_least}
    keys = [
        Key(
            u,
            part[u],
            rest[u],
            round(g2(part[u], rest[u], *sizes), 3),
            round(10000 * part[u] / max(sizes[0], 1), 3),
            round(10000 * rest[u] / max(sizes[1], 1), 3),
        )
        for u in units
    ]
    return sorted(keys, key=lambda k: (-k.score, k.unit))


def g2(a: int, b: int, size_a: int, size_b: int) -> float:
    """Dunning's log-likelihood of a count in two parts, signed: negative when the first has less than its share."""
    total = size_a + size_b
    score = 0.0
    for count, size in ((a, size_a), (b, size_b)):
        for observed, share in ((count, a + b), (size - count, total - a - b)):
            expected = size * share / total if total else 0
            if observed > 0 and expected > 0:
                score += observed * math.log(observed / expected)
    sign = 1 if a * size_b >= b * size_a else -1
    return sign * 2 * score
