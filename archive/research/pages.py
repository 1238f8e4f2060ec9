"""Pages of matches, to any depth, in five orders.

A page is asked for by the place where the one before it ended, never by a number of matches to skip. What a crawl
adds meanwhile shifts nothing: no match is shown twice, and none is left out.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from archive.errors import ConfigError
from archive.research.counting import asked
from archive.research.filters import DATE, Filter
from archive.research.places import places
from archive.research.search import Hit, Line, concordance, first_page, line_at, matches, turns_of
from archive.store.query_language import NOTHING, Query

#: By date; by the characters before or behind a match; drawn by chance.
ORDERS = ("newest", "oldest", "left", "right", "random")
#: So many characters of the context decide an order.
CONTEXT = 20
_BATCH = 500
_MOST = 1 << 53


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page.

    :param order: one of :data:`ORDERS`; ``left`` and ``right`` give a line for each match, the others turns
    :param seed: the draw of ``random``; the same seed draws the same turns, and more of them from a larger archive
    :param after: the ``next`` of the page before; ``None`` for the first
    :param limit: turns (lines where the context decides) on the page
    :raises ConfigError: an unknown order; the message names the choices
    """

    order: str = "newest"
    seed: str = "0"
    after: str | None = None
    limit: int = 50

    def __post_init__(self) -> None:
        if self.order not in ORDERS:
            raise ConfigError(f"--sort {self.order}: expected one of {', '.join(ORDERS)}")

    @property
    def is_of_lines(self) -> bool:
        """Whether a match, not a turn, has its place in the order."""
        return self.order in ("left", "right")


@dataclass(slots=True)
class Page:
    """A page of matches.

    :param hits: turns; where the context decides the order, those of the lines, one for each line
    :param lines: the concordance of the page, in its order
    :param first: the number of the first turn or line of the page, from 1
    :param next: names the following page; ``None`` on the last one
    """

    hits: list[Hit] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    first: int = 1
    next: str | None = None


def page(
    db: sqlite3.Connection, query: str | Query, wanted: Wanted, only: Filter | None = None, width: int = CONTEXT
) -> Page:
    """A page of the turns that match.

    :param width: characters on each side of a match in the lines
    :raises ConfigError: ``after`` is no place in this order
    """
    query, only = asked(query, only)
    shown, after = _opened(wanted)
    if query.match == NOTHING:
        return Page()
    if wanted.is_of_lines:
        return _by_context(db, query, wanted, only, width, shown, after)
    hits, ends = (_drawn if wanted.order == "random" else _by_date)(db, query, wanted, only, after)
    hits = hits[: wanted.limit]
    return Page(hits, list(concordance(hits, query, width)), shown + 1, _next(wanted, shown, ends))


def _by_date(
    db: sqlite3.Connection, query: Query, wanted: Wanted, only: Filter, after: tuple[Any, ...] | None
) -> tuple[list[Hit], list[Any]]:
    """Turns of a page and one more; where each of them ends a page."""
    place = None if after is None else (str(after[0]), str(after[1]), int(after[2]))
    newest = wanted.order == "newest"
    hits = first_page(db, query, wanted.limit + 1, newest_first=newest, only=only, after=place)
    return hits, [(hit.date, hit.interview, hit.seq) for hit in hits]


def _drawn(
    db: sqlite3.Connection, query: Query, wanted: Wanted, only: Filter, after: tuple[Any, ...] | None
) -> tuple[list[Hit], list[Any]]:
    """As :func:`_by_date`, by lot."""
    keys = _least((draw(wanted.seed, name) for (name,) in matches(db, query, only, "t.id")), wanted, after)
    found = turns_of(db, [key[1] for key in keys])
    return [found[name] for _, name in keys if name in found], keys


def _by_context(
    db: sqlite3.Connection,
    query: Query,
    wanted: Wanted,
    only: Filter,
    width: int,
    shown: int,
    after: tuple[Any, ...] | None,
) -> Page:
    keys = _least(_contexts(db, query, wanted.order, only), wanted, after)
    pairs = list(_lines(db, keys[: wanted.limit], width))
    return Page([hit for hit, _ in pairs], [line for _, line in pairs], shown + 1, _next(wanted, shown, keys))


def _lines(db: sqlite3.Connection, keys: list[Any], width: int) -> Iterator[tuple[Hit, Line]]:
    found = turns_of(db, [key[1] for key in keys])
    for _, name, start, end in keys:
        if name in found:
            yield found[name], line_at(found[name], start, end, width)


def _contexts(db: sqlite3.Connection, query: Query, order: str, only: Filter) -> Iterator[tuple[str, str, int, int]]:
    """Of every match: what decides its place, its turn, its offsets."""
    found_turns = matches(db, query, only, "t.id, t.text")
    while rows := list(islice(found_turns, _BATCH)):
        texts = [text for _, text in rows]
        for (name, text), found in zip(rows, places(texts, query.words, case=bool(query.exact)), strict=True):
            for start, end in found:
                beside = text[max(0, start - CONTEXT) : start][::-1] if order == "left" else text[end : end + CONTEXT]
                yield beside.replace("\n", " "), name, start, end


def draw(seed: str, name: str) -> tuple[str, str]:
    """A turn's lot: the same for ever, whatever else is in the archive."""
    return hashlib.sha256(f"{seed}\n{name}".encode()).hexdigest(), name


def _least(keys: Iterator[Any], wanted: Wanted, after: tuple[Any, ...] | None) -> list[Any]:
    """The first keys behind a place, one more than the page shows."""
    return heapq.nsmallest(wanted.limit + 1, keys if after is None else (key for key in keys if key > after))


# ── everything, in order ────────────────────────────────────────────────────────────────────────────────────────────


def all_lines(
    db: sqlite3.Connection, query: str | Query, wanted: Wanted, only: Filter | None = None, width: int = CONTEXT
) -> Iterator[Line]:
    """Every line of a search in its order; the words are fetched batch by batch.

    :param wanted: its limit and its place count for nothing
    """
    query, only = asked(query, only)
    if query.match == NOTHING:
        return
    if not wanted.is_of_lines:
        for hits in _batches(db, query, wanted, only):
            yield from concordance(hits, query, width)
        return
    keys = sorted(_contexts(db, query, wanted.order, only))
    for at in range(0, len(keys), _BATCH):
        yield from (line for _, line in _lines(db, keys[at : at + _BATCH], width))


def all_turns(db: sqlite3.Connection, query: str | Query, wanted: Wanted, only: Filter | None = None) -> Iterator[Hit]:
    """Every turn of a search, each once, in its order; where the context decides, at the place of its first line."""
    query, only = asked(query, only)
    if query.match != NOTHING:
        for hits in _batches(db, query, wanted, only):
            yield from hits


def _batches(db: sqlite3.Connection, query: Query, wanted: Wanted, only: Filter) -> Iterator[list[Hit]]:
    if wanted.is_of_lines:
        names = list(dict.fromkeys(key[1] for key in sorted(_contexts(db, query, wanted.order, only))))
    elif wanted.order == "random":
        names = [key[1] for key in sorted(draw(wanted.seed, name) for (name,) in matches(db, query, only, "t.id"))]
    else:
        rows = sorted(matches(db, query, only, f"t.seq, {DATE}, t.interview, t.id"), key=lambda row: int(row[0]))
        rows.sort(key=lambda row: row[1:3], reverse=wanted.order == "newest")
        names = [row[3] for row in rows]
    for at in range(0, len(names), _BATCH):
        found = turns_of(db, some := names[at : at + _BATCH])
        yield [found[name] for name in some if name in found]


# ── the place where a page ends ─────────────────────────────────────────────────────────────────────────────────────

_SHAPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("newest", "oldest"), (str, str, int)),
    **dict.fromkeys(("left", "right"), (str, str, int, int)),
    "random": (str, str),
}


def _next(wanted: Wanted, shown: int, ends: list[Any]) -> str | None:
    if len(ends) <= wanted.limit:
        return None
    place = [wanted.order, wanted.seed, shown + wanted.limit, *ends[wanted.limit - 1]]
    return base64.urlsafe_b64encode(json.dumps(place, ensure_ascii=False).encode()).decode().rstrip("=")


def _opened(wanted: Wanted) -> tuple[int, tuple[Any, ...] | None]:
    """How many were shown before, and the place behind which the page begins.

    :raises ConfigError: it is no place in this order
    """
    if wanted.after is None:
        return 0, None
    try:
        order, seed, shown, *place = json.loads(base64.b64decode(_padded(wanted.after), b"-_", validate=True))
        fits = (order, seed) == (wanted.order, wanted.seed) and _fit(_SHAPES[order], place) and _fit((int,), [shown])
    except (ValueError, TypeError, KeyError, RecursionError):
        fits = False
    if not fits:
        raise ConfigError("--after: this is no end of a page in this order; take it from the page before")
    return shown, tuple(place)


def _fit(shape: tuple[type, ...], values: list[Any]) -> bool:
    """Whether SQLite can be asked for these values.

    :raises UnicodeEncodeError: half a character
    """
    "".join(value for value in values if isinstance(value, str)).encode()
    numbers = [value for value in values if isinstance(value, int)]
    return tuple(map(type, values)) == shape and all(0 <= number < _MOST for number in numbers)


def _padded(text: str) -> bytes:
    return text.encode("ascii", "replace") + b"=" * (-len(text) % 4)
