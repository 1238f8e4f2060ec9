"""The query language of the search: Chinese words as substrings, ``AND OR NOT``, ``"phrases"``, ``NEAR(a b, 10)``.

It is read as people type it: operators in any case, full-width signs, ``AND NOT``, ``-word``, ``a NEAR/5 b``.
Any input is safe. An operator that lacks a side is left out, brackets that do not match are dropped, and
:attr:`Query.shown` says what was understood. The result is an FTS5 expression over single characters, so a word of
any length is found exactly.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

from archive.store.query import OneCharacter, kept, phrase, phrase_of_pairs

NOTHING = '""'
DEFAULT_DISTANCE = 10
MAX_DEPTH = 50
_OPERATORS = ("AND", "OR", "NOT")
#: Quotes and brackets of both widths. Quotes of Chinese texts (“ 「) begin a phrase only where a word would begin.
_LEX = re.compile(
    r'["＂]([^"＂]*)["＂]?|“([^”"＂]*)[”"＂]?|「([^」"＂]*)」?|『([^』"＂]*)』?'
    r"|(?i:near)\s?[(（]([^()（）]*)[)）]?|([(（])|([)）])|([^\s()（）\"＂]+)"
)
_DISTANCE = re.compile(r"([,，、\s])\s*(\d{1,4})\s*$")
_BETWEEN = re.compile(r"[\s,，、\"＂]+")
_SIGN = re.compile(r"[,，、\"＂()（）]")
_INFIX = re.compile(r"NEAR(?:/(\d{1,4}))?")

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
    node = _Parser(list(_tokens(text))).run()
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
class _Token:
    kind: str  # word, phrase, near, infix, open, close, AND, OR, NOT
    text: str


def _tokens(text: str) -> Iterator[_Token]:
    for match in _LEX.finditer(text):
        *quoted, near, opened, closed, word = match.groups()
        found = next((q for q in quoted if q is not None), None)
        if found is not None:
            yield _Token("phrase", found)
        elif near is not None:
            yield _Token("near", near)
        elif opened or closed:
            yield _Token("open" if opened else "close", match[0])
        else:
            yield from _of_word(word)


def _of_word(word: str) -> Iterator[_Token]:
    """A run of characters: an operator, a word, or a word that must not be there."""
    plain = unicodedata.normalize("NFKC", word).upper()
    if plain in _OPERATORS:
        yield _Token(plain, word)
    elif _INFIX.fullmatch(plain):
        yield _Token("infix", plain)
    elif plain.startswith("-") and phrase(word[1:]) and word[1] not in "-－":
        yield _Token("NOT", "-")
        yield _Token("word", word[1:])
    else:
        yield _Token("word", word)


class _Parser:
    """Recursive descent; OR binds loosest, then AND (also between words side by side), then NOT."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens, self.at = tokens, 0

    def run(self) -> _Node | None:
        parts = []
        while self.at < len(self.tokens):
            if (found := self._or(0)) is not None:
                parts.append(found)
            self._skip("close")
        return _join("AND", parts)

    def _peek(self, *kinds: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].kind in kinds

    def _skip(self, *kinds: str) -> bool:
        found = self._peek(*kinds)
        self.at += found
        return found

    def _or(self, depth: int) -> _Node | None:
        parts = [self._and(depth)]
        while self._skip("OR"):
            parts.append(self._and(depth))
        return _join("OR", [p for p in parts if p is not None])

    def _and(self, depth: int) -> _Node | None:
        found: list[_Node] = []
        while self.at < len(self.tokens) and not self._peek("close", "OR"):
            if self._skip("AND"):
                continue
            if self._peek("NOT") and not (self.tokens[self.at].text == "-" and not found):
                while self._skip("AND", "NOT"):
                    pass
                self._without(found, self._near(depth))
            elif (part := self._near(depth)) is not None:
                found.append(part)
        return _join("AND", found)

    def _without(self, found: list[_Node], right: _Node | None) -> None:
        """What must not be there, taken from what is before it; alone it has no answer in an index."""
        if right is None or not found:
            return
        if len(found) == 1 and isinstance(found[0], _Without):
            # One list of exclusions, not a tree as deep as they are many.
            earlier = found[0].right
            more = earlier.parts if isinstance(earlier, _Joined) and earlier.operator == "OR" else (earlier,)
            found[:] = [_Without(found[0].left, _Joined("OR", (*more, right)))]
        else:
            found[:] = [_Without(_join("AND", found) or right, right)]

    def _near(self, depth: int) -> _Node | None:
        left = self._atom(depth)
        while self._peek("infix"):
            found = _INFIX.fullmatch(self.tokens[self.at].text)
            self.at += 1
            right = self._atom(depth)
            sides = [side for side in (left, right) if side is not None]
            # Blanks inside a word count for nothing; signs would be read as what is between words.
            words = tuple("".join(side.text.split()) for side in sides if isinstance(side, _Word))
            if found and len(words) == 2 and not any(map(_SIGN.search, words)):
                left = _Near(words, int(found[1] or DEFAULT_DISTANCE))
            else:
                left = _join("AND", sides)
        return left

    def _atom(self, depth: int) -> _Node | None:
        if self.at >= len(self.tokens) or self._peek("close", "AND", "OR"):
            return None
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == "NOT":
            if token.text != "-":
                return None
            self.at += 1  # ``-5`` with nothing before it is a word
            return _Word(f"-{self.tokens[self.at - 1].text}")
        if token.kind == "infix":
            return None
        if token.kind == "open":
            if depth >= MAX_DEPTH:
                return None
            inside = self._or(depth + 1)
            self._skip("close")
            return inside
        if token.kind == "near":
            return _near(token.text)
        return _Word(token.text) if phrase(token.text) else None


def _near(text: str) -> _Node | None:
    distance = _DISTANCE.search(text)
    words = _indexed(text[: distance.start()] if distance else text)
    if distance and distance[1].isspace() and len(words) < 2:  # two words, one of them a number
        distance, words = None, _indexed(text)
    if len(words) < 2:
        return _Word(words[0]) if words else None
    return _Near(words, int(distance[2]) if distance else DEFAULT_DISTANCE)


def _indexed(text: str) -> tuple[str, ...]:
    return tuple(word for word in _BETWEEN.split(text) if phrase(word))


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
        return f"NEAR({' '.join(p for w in node.words if (p := made(w)))}, {node.distance})"
    if isinstance(node, _Without):
        left, right = _expression(node.left, variants, made), _expression(node.right, variants, made)
        return f"({left} NOT {right})" if left and right else left
    return _joined([e for part in node.parts if (e := _expression(part, variants, made))], node.operator)


def _words(node: _Node, variants: Variants) -> Iterator[str]:
    if isinstance(node, _Word):
        yield from (v for v in variants(node.text) if phrase(v))
    elif isinstance(node, _Near):
        yield from node.words
    else:
        for part in (node.left,) if isinstance(node, _Without) else node.parts:
            yield from _words(part, variants)


def _shown(node: _Node) -> str:
    """A node in the plainest form that is read as the same."""
    if isinstance(node, _Word):
        plain = re.fullmatch(r"[^\s()（）\"＂“「『-][^\s()（）\"＂]*", node.text)
        return node.text if plain and not _is_operator(node.text) else f'"{node.text}"'
    if isinstance(node, _Near):
        return f"NEAR({' '.join(node.words)}, {node.distance})"
    if isinstance(node, _Without):
        return f"{_inside(node.left)} NOT {_inside(node.right)}"
    return f" {node.operator} ".join(map(_inside, node.parts))


def _inside(node: _Node) -> str:
    return f"({_shown(node)})" if isinstance(node, (_Joined, _Without)) else _shown(node)


def _is_operator(word: str) -> bool:
    plain = unicodedata.normalize("NFKC", word).upper()
    return plain in _OPERATORS or _INFIX.fullmatch(plain) is not None


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
    return _Parser(list(_tokens(query))).run()


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
