"""What is said more in one part of the corpus than in the rest, and what is near a word: log-likelihood (Dunning's
G²).

How often something is said in all, the full-text index tells. So only the smaller part is counted, string by string.

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
from itertools import zip_longest
from operator import mul
from typing import Any

from archive.errors import ConfigError
from archive.research.counting import chosen
from archive.research.filters import Filter
from archive.research.strings import RUN, Cutter, Strings, Tally, beyond, in_index

Watch = Callable[[Iterable[Any]], Iterable[Any]]
#: Some text, and whether it is in the part; else it is in the rest.
Piece = tuple[str, bool]
#: Turns whose number a mask has, as it has them; SQLite reads no others.
_TURNS = "SELECT text, substr(?1, rowid + 1, 1) FROM _turns WHERE substr(?1, rowid + 1, 1) > x'00' ORDER BY rowid"
_PART, _REST = b"\x01", b"\x02"


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


class Keys(list[Key]):
    """Keys by score, then unit.

    :param sizes: how many units the part and the rest have
    """

    def __init__(self, keys: Iterable[Key], sizes: tuple[int, int]) -> None:
        super().__init__(keys)
        self.sizes = sizes


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
) -> Keys:
    """Units of the turns that match, against other turns; the most distinctive first.

    :param against: the turns to compare with; ``None`` for all others. A turn that is in both parts counts in neither
    :param watch: passes the turns on, and sees how many there were
    :raises ConfigError: a part is empty, or the first one is everything
    """
    sides = _sides(db, only, against)
    pieces = _pieces(db, sides, watch)
    if against is None and isinstance(cut, Strings) and (every := in_index(db, cut.size)) is not None:
        part, rest = _smaller_counted(pieces, cut, sides, every)
    else:
        part, rest = _counted(pieces, cut)
    return _ranked(part, rest, at_least, "two parts are compared: the filters must leave some turns in and some out")


def parts(
    db: sqlite3.Connection, only: Filter, against: Filter | None = None, within: bytes | None = None
) -> Iterator[Piece]:
    """The turns of both parts; those that are in both are left out.

    :param within: of these turns, by a byte for each number; else of all
    """
    sides = _sides(db, only, against)
    return _pieces(db, sides if within is None else _both(sides, within), iter)


def _sides(db: sqlite3.Connection, only: Filter, against: Filter | None) -> bytes:
    """For each number of a turn whether it is in the part, in the rest, or in neither (0)."""
    inside, outside = chosen(db, only), chosen(db, against or Filter())
    # Of the pairs (in the part, in the rest): 0, 1, 2, and 3, which is the part where the rest is all others.
    both = bytes(a + 2 * b for a, b in zip_longest(inside, outside, fillvalue=0))
    return both.translate(bytes.maketrans(b"\x03", b"\x01" if against is None else b"\x00"))


def _both(sides: bytes, within: bytes) -> bytes:
    return bytes(map(mul, sides, within))


def _pieces(db: sqlite3.Connection, sides: bytes, watch: Watch) -> Iterator[Piece]:
    for text, side in watch(db.execute(_TURNS, (sides,))):
        yield text, side == _PART


def _counted(pieces: Iterable[Piece], cut: Cutter) -> tuple[Counter[str], Counter[str]]:
    part, rest = Tally(cut), Tally(cut)
    for text, inside in pieces:
        (part if inside else rest).add(text)
    return part.counter(), rest.counter()


def _smaller_counted(
    pieces: Iterable[Piece], cut: Strings, sides: bytes, every: Counter[str]
) -> tuple[Counter[str], Counter[str]]:
    """The units of both parts, where they are all that there is: the larger one has what the index has besides."""
    small, few = sides.count(_PART) <= sides.count(_REST), Tally(cut)
    for text, inside in pieces:
        if inside is small:
            few.add(text)
        _without(every, beyond(text, cut.size))
    counted = few.counter()
    _without(every, counted.items())
    return (counted, every) if small else (every, counted)


def _without(every: Counter[str], units: Iterable[tuple[str, int]]) -> None:
    for unit, n in units:
        every[unit] -= n


def _ranked(part: Counter[str], rest: Counter[str], at_least: int, otherwise: str) -> Keys:
    """:raises ConfigError: a side is empty; ``otherwise`` says so"""
    sizes = part.total(), rest.total()
    if not all(sizes):
        raise ConfigError(otherwise)
    return Keys(ranked(part, rest, at_least), sizes)


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
) -> Keys:
    """Units within so many characters of a word, against all else in the same turns and the others.

    :raises ConfigError: the word is empty or does not occur
    """
    if not word:
        raise ConfigError("a word is needed")
    texts = (text for text, _ in _pieces(db, chosen(db, only), watch))
    if only.is_empty and isinstance(cut, Strings) and (every := in_index(db, cut.size)) is not None:
        part, rest = _near_counted(texts, word, window, cut, every)
    else:
        part, rest = _counted(_beside(texts, word, window), cut)
    return _ranked(part, rest, at_least, f"{word}: occurs nowhere, or alone")


def beside(
    db: sqlite3.Connection, word: str, only: Filter, window: int = 10, within: bytes | None = None
) -> Iterator[Piece]:
    """The pieces of turns within so many characters of a word, and the others.

    :param within: of these turns, by a byte for each number; else of all
    """
    mask = chosen(db, only)
    pieces = _pieces(db, mask if within is None else _both(mask, within), iter)
    return _beside((text for text, _ in pieces), word, window)


def _beside(texts: Iterable[str], word: str, window: int) -> Iterator[Piece]:
    for text in texts:
        inside, outside = _around(text, word, window)
        yield from ((piece, True) for piece in inside)
        yield from ((piece, False) for piece in outside)


def _near_counted(
    texts: Iterable[str], word: str, window: int, cut: Strings, every: Counter[str]
) -> tuple[Counter[str], Counter[str]]:
    """The units beside a word, and of all other pieces: what the index has but for strings that reach out of these."""
    part, reaching = Tally(cut), Tally(cut)
    for text in texts:
        _without(every, beyond(text, cut.size))
        if word in text:
            for piece in _around(text, word, window)[0]:
                part.add(piece)
            for piece in _reaching(text, word, window, cut.size):
                reaching.add(piece)
    _without(every, reaching.counter().items())
    return part.counter(), every


def _bands(text: str, word: str, window: int) -> Iterator[tuple[int, int, int, int]]:
    """For each place of a word: where what is near begins, the word begins and ends, what is near ends."""
    at, places = 0, [m.start() for m in re.finditer(re.escape(word), text)]
    for place, following in zip(places, [*places[1:], len(text)], strict=False):
        start, end = max(at, place - window), place + len(word)
        at = min(end + window, following)
        yield start, place, end, at


def _around(text: str, word: str, window: int) -> tuple[list[str], list[str]]:
    """The stretches beside a word, each character once, and the others; the word itself is in neither."""
    inside, outside, at = list[str](), list[str](), 0
    for start, place, end, last in _bands(text, word, window):
        outside.append(text[at:start])
        inside += (text[start:place], text[end:last])
        at = last
    outside.append(text[at:])
    return inside, outside


def _reaching(text: str, word: str, window: int, size: int) -> Iterator[str]:
    """Stretches that have, once, each string of so many characters that is not wholly in a piece outside."""
    bands = list[list[int]]()
    for start, _, _, last in _bands(text, word, window):
        if bands and start - bands[-1][1] < size:  # no string is between them
            bands[-1][1] = last
        else:
            bands.append([start, last])
    for start, last in bands:
        yield text[max(0, start - size + 1) : last + size - 1]


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
