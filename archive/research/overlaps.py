"""Key strings that overlap are one entry: 群众, 众来 and 来访 stand for 群众来访 where they are seldom said otherwise.

The rule: a key string belongs to the longest string that holds it, consists of key strings only, and is said at least
three quarters as often as the key string itself. Such a string in turn belongs to a longer one by the same rule. What
is often said alone, too, keeps its own entry. Where a key string is rarer in the part, the rest decides. Counts of an
entry are its own, never sums of its strings.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from archive.research.keyness import Key, Piece, g2
from archive.research.occurrences import term_of
from archive.store.query import is_token, phrase_of_pairs

#: So many key strings, the most distinctive ones, are merged.
CANDIDATES = 300
#: A longer string is said at least so often for each time that the key string is.
SHARE = 0.75
#: Characters of the longest entry.
LONGEST = 12
#: So many longer strings are looked up in the index at most, and so many in one question.
_MOST, _TOGETHER = 2000, 100
_Counts = tuple[Counter[str], Counter[str]]


def merged(keys: Sequence[Key], pieces: Iterable[Piece], sizes: tuple[int, int]) -> list[Key]:
    """The entries that key strings of one length make, by score, then unit.

    :param keys: strings as :class:`archive.research.strings.Strings` cuts them
    :param pieces: the texts of both parts, as the keys were counted in; those in which two keys overlap suffice
    :param sizes: how many strings the part and the rest have
    """
    if not keys:
        return []
    named, size = {key.unit: key for key in keys}, len(keys[0].unit)
    longer = _longer(frozenset(named), size, pieces)
    strings: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        side = longer[key.score < 0]
        strings[_whole(key.unit, key.count if key.score >= 0 else key.rest, side)].append(key.unit)
    entries = [named[unit] if unit in named else _entry(unit, longer, sizes) for unit in strings]
    found = [
        replace(key, merged=tuple(sorted(strings[key.unit], key=key.unit.index)) if key.unit not in named else ())
        for key in entries
    ]
    return sorted(found, key=lambda key: (-key.score, key.unit))


def overlapping(db: sqlite3.Connection, keys: Sequence[Key]) -> bytes | None:
    """1 for the number of each turn in which two key strings overlap, and of some others, else 0, by the full-text
    index; ``None`` where it cannot tell, or it would not be worth it.
    """
    following = defaultdict[str, list[str]](list)
    for key in keys:
        following[key.unit[:-1]].append(key.unit[-1])
    longer = [key.unit + last for key in keys for last in following[key.unit[1:]]]
    if len(longer) > _MOST or not all(is_token(char) and term_of(char) for char in set("".join(longer))):
        return None
    found = bytearray()
    for at in range(0, len(longer), _TOGETHER):
        wanted = " OR ".join(filter(None, map(phrase_of_pairs, longer[at : at + _TOGETHER])))
        for (number,) in db.execute("SELECT rowid FROM _pairs_fts WHERE _pairs_fts MATCH ?", (wanted,)):
            found.extend(bytes(max(0, number + 1 - len(found))))
            found[number] = 1
    return bytes(found)


def _longer(names: frozenset[str], size: int, pieces: Iterable[Piece]) -> _Counts:
    """Strings that consist of key strings only, counted in the part and the rest."""
    of_keys = re.compile(f"[{''.join(set().union(*names))}]{{{size + 1},}}")
    stretches = (Counter[str](), Counter[str]())
    for text, inside in pieces:
        for stretch in of_keys.findall(text):
            stretches[not inside].update(_stretches(stretch, size, names))
    counted = (Counter[str](), Counter[str]())
    for side, found in zip(counted, stretches, strict=True):
        for stretch, n in found.items():
            for length in range(size + 1, min(len(stretch), LONGEST) + 1):
                for at in range(len(stretch) - length + 1):
                    side[stretch[at : at + length]] += n
    return counted


def _stretches(run: str, size: int, names: frozenset[str]) -> Iterator[str]:
    """The longest pieces of a run in which every string is a key string; those of one alone are left out."""
    units = list(map("".join, zip(*(run[at:] for at in range(size)), strict=False)))
    if names.isdisjoint(units):
        return
    at = 0
    for is_key, group in groupby(units, names.__contains__):
        n = len(list(group))
        if is_key and n > 1:
            yield run[at : at + n + size - 1]
        at += n


def _whole(unit: str, count: int, side: Counter[str]) -> str:
    """The longest string that a unit belongs to, itself if there is none."""
    while True:
        holding = [s for s, n in side.items() if len(s) > len(unit) and unit in s and n >= SHARE * count]
        if not holding:
            return unit
        unit = min(holding, key=lambda s: (-len(s), -side[s], s))
        count = side[unit]


def _entry(unit: str, counted: _Counts, sizes: tuple[int, int]) -> Key:
    a, b = counted[0][unit], counted[1][unit]
    score = round(g2(a, b, *sizes), 3)
    return Key(unit, a, b, score, round(10000 * a / max(sizes[0], 1), 3), round(10000 * b / max(sizes[1], 1), 3))
