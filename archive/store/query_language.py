"""The query language of the search: Chinese words as substrings, ``AND OR NOT``, ``"phrases"``, ``NEAR(a b, 10)``.

It is read as people type it (:mod:`archive.store.query_tokens`): operators in any case, full-width signs, ``AND NOT``,
``-word``, ``a | b``, ``a NEAR/5 b``. What must not be there is excluded from what is beside it, in any order.
Any input is safe. An operator that lacks a side is left out, brackets that do not match are dropped, and
:attr:`Query.shown` says what was understood. The result is an FTS5 expression over single characters, so a word of
any length is found exactly.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from archive.store.query import OneCharacter, kept, phrase, phrase_of_pairs
from archive.store.query_tokens import (
    DEFAULT_DISTANCE,
    MINUS,
    Token,
    near_words,
    quotable,
    shown,
    shown_near,
    tokens,
)

NOTHING = '""'
MAX_DEPTH = 50
Variants = Callable[[str], list[str]]
Phrase = Callable[[str], str | None]


@dataclass(slots=True)
class Query:
    """A query, understood.

    :param match: the FTS5 expression over characters (``_turns_fts``)
    :param words: the words that a hit shows, in order, without those after NOT
    :param pairs: the same over pairs of characters (``_pairs_fts``), which is much faster; ``None`` when a word has one
        character, or with NEAR
    :param shown: the query as it was understood, in the plainest form
    :param exact: what :func:`says` must be asked of each turn that the index gives; empty where case counts for nothing
    """

    match: str
    words: list[str] = field(default_factory=list)
    pairs: str | None = None
    shown: str = ""
    exact: str = ""

    @property
    def index(self) -> tuple[str, str]:
        """The index that answers fastest, and what to ask of it."""
        return ("_turns_fts", self.match) if self.pairs is None else ("_pairs_fts", self.pairs)


@dataclass(frozen=True, slots=True)
class _Word:
    text: str


@dataclass(frozen=True, slots=True)
class _Near:
    words: tuple[str, ...]
    distance: int


@dataclass(frozen=True, slots=True)
class _Joined:
    operator: str
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Without:
    left: _Node
    right: _Node


_Node = _Word | _Near | _Joined | _Without


def _same(word: str) -> list[str]:
    return [word]


def parse(text: str, variants: Variants = _same, *, case: bool = False) -> Query:
    """Understand a query.

    :param variants: other spellings of a word that count as it (traditional, full width)
    :param case: words count only in the case that they are asked in; this goes without other spellings
    """
    node = _Parser(text).run()
    if node is None:
        return Query(NOTHING)
    query = Query("", list(_words(node, variants)), shown=_shown(node))
    if case and any(char.lower() != char.upper() for char in text):
        query.exact, node = text, _wider(node)
    query.match = _expression(node, variants, phrase) or NOTHING
    with suppress(OneCharacter):
        query.pairs = _expression(node, variants, phrase_of_pairs) or NOTHING
    return query


def zh(query: str) -> str:
    """A query as an FTS5 expression: ``执法`` → ``"执 法"``; the SQL function of our connections.
    Empty queries match nothing.
    """
    return parse(query).match


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Not:
    """What must not be there; it excludes from what is beside it.

    :param alone: what is meant where nothing is beside it: ``-5`` is a word then
    """

    barred: _Node
    alone: _Node | None = None


_Part = _Node | _Not


class _Parser:
    """Recursive descent; OR binds loosest, then AND (also between words side by side), then NOT."""

    def __init__(self, text: str) -> None:
        self.tokens, self.at = tokens(text), 0

    def run(self) -> _Node | None:
        parts = list[_Part]()
        while self.at < len(self.tokens):
            if (found := self._or(0)) is not None:
                parts.append(found)
            self._skip("close")
        found = _all(parts)
        return found.alone if isinstance(found, _Not) else found

    def _peek(self, *kinds: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].kind in kinds

    def _skip(self, *kinds: str) -> bool:
        found = self._peek(*kinds)
        self.at += found
        return found

    def _or(self, depth: int) -> _Part | None:
        first = self._and(depth)
        if not self._peek("OR"):
            return first
        parts = [first]
        while self._skip("OR"):
            parts.append(self._and(depth))
        # What must not be there has no answer in an index where nothing is beside it.
        plain = [part.alone if isinstance(part, _Not) else part for part in parts]
        return _join("OR", [part for part in plain if part is not None])

    def _and(self, depth: int) -> _Part | None:
        parts = list[_Part]()
        while self.at < len(self.tokens) and not self._peek("close", "OR"):
            sign: Token | None = None
            while self._peek("AND", "NOT"):
                sign = self.tokens[self.at] if self._peek("NOT") else sign
                self.at += 1
            part = self._near(depth)
            if part is not None:
                parts.append(part if sign is None else _negated(part, sign.text))
        return _all(parts)

    def _near(self, depth: int) -> _Part | None:
        left = self._atom(depth)
        while self._peek("infix"):
            distance = self.tokens[self.at].distance
            self.at += 1
            right = self._atom(depth)
            sides = [side for side in (left, right) if side is not None]
            # Blanks inside a word count for nothing; it is shown in brackets.
            words = tuple("".join(side.text.split()) for side in sides if isinstance(side, _Word))
            if len(words) == 2 and all(map(quotable, words)):
                left = _Near(words, DEFAULT_DISTANCE if distance is None else distance)
            else:
                left = _all(sides)
        return left

    def _atom(self, depth: int) -> _Part | None:
        if self.at >= len(self.tokens) or self._peek("close", "AND", "OR", "NOT"):
            return None
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == "infix":
            return None
        if token.kind == "open":
            if depth >= MAX_DEPTH:
                return None
            inside = self._or(depth + 1)
            self._skip("close")
            return inside
        if token.kind == "near":
            return _near(token)
        return _Word(token.text) if phrase(token.text) else None


def _near(token: Token) -> _Node | None:
    words, distance = near_words(token)
    if len(words) < 2:
        return _Word(words[0]) if words else None
    return _Near(words, distance)


def _negated(part: _Part, sign: str) -> _Part:
    if isinstance(part, _Not):
        return part.barred
    alone = _Word(sign + part.text) if sign in MINUS and isinstance(part, _Word) else None
    return _Not(part, alone)


def _all(parts: list[_Part]) -> _Part | None:
    """What must all be there, without what must not be, wherever it is said."""
    wanted = [part for part in parts if not isinstance(part, _Not)]
    barred = _join("OR", [part.barred for part in parts if isinstance(part, _Not)])
    if wanted:
        node = _join("AND", wanted)
        return node if node is None or barred is None else _Without(node, barred)
    if barred is None:
        return None
    alone = [part.alone for part in parts[:1] if isinstance(part, _Not) and part.alone]
    found = _all([*alone, *parts[1:]]) if alone else None
    return _Not(barred, None if isinstance(found, _Not) else found)


def _join(operator: str, parts: list[_Node]) -> _Node | None:
    return parts[0] if len(parts) == 1 else _Joined(operator, tuple(parts)) if parts else None


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _expression(node: _Node, variants: Variants, made: Phrase) -> str:
    """The FTS5 expression of a node; empty where nothing of it is indexed.

    :raises OneCharacter: the index of pairs cannot answer it
    """
    if isinstance(node, _Word):
        return _joined(list(dict.fromkeys(p for v in variants(node.text) if (p := made(v)))), "OR")
    if isinstance(node, _Near):
        if made is phrase_of_pairs:  # the distance counts characters
            raise OneCharacter
        spelled = [list(dict.fromkeys(p for v in variants(word) if (p := made(v)))) for word in node.words]
        return _joined([f"NEAR({' '.join(words)}, {node.distance})" for words in product(*spelled)], "OR")
    if isinstance(node, _Without):
        left, right = _expression(node.left, variants, made), _expression(node.right, variants, made)
        return f"({left} NOT {right})" if left and right else left
    return _joined([e for part in node.parts if (e := _expression(part, variants, made))], node.operator)


def _words(node: _Node, variants: Variants) -> Iterator[str]:
    if isinstance(node, (_Word, _Near)):
        for word in (node.text,) if isinstance(node, _Word) else node.words:
            yield from (v for v in variants(word) if phrase(v))
    else:
        for part in (node.left,) if isinstance(node, _Without) else node.parts:
            yield from _words(part, variants)


def _shown(node: _Node) -> str:
    """A node in the plainest form that is read as the same."""
    if isinstance(node, _Word):
        return shown(node.text)
    if isinstance(node, _Near):
        return shown_near(node.words, node.distance)
    if isinstance(node, _Without):
        return f"{_inside(node.left)} NOT {_inside(node.right)}"
    return f" {node.operator} ".join(map(_inside, node.parts))


def _inside(node: _Node) -> str:
    return f"({_shown(node)})" if isinstance(node, (_Joined, _Without)) else _shown(node)


def _joined(parts: list[str], operator: str) -> str:
    return parts[0] if len(parts) == 1 else f"({f' {operator} '.join(parts)})" if parts else ""


# ── exact case ──────────────────────────────────────────────────────────────────────────────────────────────────────


def says(text: str, query: str) -> bool:
    """Whether a text matches a query in the query's own case, by the rules of the index otherwise.

    The SQL function of our connections. The index knows no case: it gives the turns that may match.
    """
    node = _understood(query)
    return node is not None and _holds(node, kept(text))


@lru_cache(maxsize=64)
def _understood(query: str) -> _Node | None:
    return _Parser(query).run()


def _wider(node: _Node) -> _Node:
    """A node without what must not be there: the index would exclude it in any case."""
    if isinstance(node, _Without):
        return _wider(node.left)
    return _Joined(node.operator, tuple(map(_wider, node.parts))) if isinstance(node, _Joined) else node


def _holds(node: _Node, text: str) -> bool:
    if isinstance(node, _Word):
        return kept(node.text) in text
    if isinstance(node, _Near):
        return _holds_near([kept(word) for word in node.words], node.distance, text)
    if isinstance(node, _Without):
        return _holds(node.left, text) and not _holds(node.right, text)
    return (all if node.operator == "AND" else any)(_holds(part, text) for part in node.parts)


def _holds_near(words: list[str], distance: int, text: str) -> bool:
    """As FTS5 has it: at most so many characters are between the end of each word and the beginning of the last."""
    begins = [[match.start() for match in re.finditer(f"(?={re.escape(word)})", text)] for word in words]

    def before(found: list[int], word: str, last: int) -> bool:
        at = bisect_right(found, last)
        return at > 0 and last - found[at - 1] <= len(word) + distance

    return any(
        all(before(found, word, last) for found, word in zip(begins, words, strict=True))
        for every in begins
        for last in every
    )
