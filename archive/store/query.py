"""The query language of the search: Chinese words as substrings, ``AND OR NOT``, ``"phrases"``, ``NEAR(a b, 10)``,
parentheses.

Any input is safe: what is no operator in its place is a word, brackets that do not match are dropped. The result is an
FTS5 expression over single characters, so a word of any length is found exactly.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

_LEX = re.compile(r'"([^"]*)"?|(\()|(\))|NEAR\(([^()]*)\)?|([^\s()"]+)')
_DISTANCE = re.compile(r",\s*(\d{1,4})\s*$")
SEPARATOR = "\x1f"
#: The tokenizer of both indexes, as their tables were made with.
TOKENIZE = "unicode61 remove_diacritics 0 categories 'L* N* Co P* S*'"
NOTHING = '""'
DEFAULT_DISTANCE = 10
MAX_DEPTH = 50

Variants = Callable[[str], list[str]]


def spaced(text: str) -> str:
    """Text as it is indexed: U+001F between all characters."""
    return SEPARATOR.join(text)


def paired(text: str) -> str:
    """Text as the index of pairs has it."""
    return SEPARATOR.join(pairs(text))


def is_token(char: str) -> bool:
    """Whether a character is indexed: letters, digits, punctuation, symbols, private use."""
    category = unicodedata.category(char)
    return category[0] in "LNPS" or category == "Co"


def phrase(word: str) -> str | None:
    """A substring as an FTS5 phrase of its characters; ``None`` when nothing of it is indexed."""
    tokens = [char for char in word if is_token(char)]
    return '"' + " ".join(tokens).replace('"', '""') + '"' if tokens else None


def pairs(text: str) -> list[str]:
    """The pairs of neighbouring indexed characters of a text, overlapping: what the second index holds."""
    tokens = [char for char in text if is_token(char)]
    return [a + b for a, b in pairwise(tokens)]


def phrase_of_pairs(word: str) -> str | None:
    """A substring as an FTS5 phrase of its pairs; ``None`` when nothing of it is indexed.

    :raises _OneCharacter: it has no pairs
    """
    found = pairs(word)
    if not found and phrase(word):
        raise _OneCharacter
    return '"' + " ".join(found).replace('"', '""') + '"' if found else None


class _OneCharacter(Exception):
    """A word that the index of pairs cannot answer."""


@dataclass(slots=True)
class Query:
    """A query, understood.

    :param match: the FTS5 expression over characters (``_turns_fts``)
    :param words: the words that a hit shows, in order, without those after NOT
    :param pairs: the same over pairs of characters (``_pairs_fts``), which is much faster; ``None`` when a word has one
        character, or with NEAR
    """

    match: str
    words: list[str] = field(default_factory=list)
    pairs: str | None = None

    @property
    def index(self) -> tuple[str, str]:
        """The index that answers fastest, and what to ask of it."""
        return ("_turns_fts", self.match) if self.pairs is None else ("_pairs_fts", self.pairs)


def _same(word: str) -> list[str]:
    return [word]


def parse(text: str, variants: Variants = _same) -> Query:
    """Understand a query.

    :param variants: other spellings of a word that count as it (traditional, full width)
    """
    tokens = list(_tokens(text))
    query = _Parser(tokens, variants, phrase).run()
    with suppress(_OneCharacter):
        query.pairs = _Parser(tokens, variants, phrase_of_pairs).run().match
    return query


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # word, phrase, near, open, close
    text: str


def _tokens(text: str) -> Iterator[_Token]:
    for match in _LEX.finditer(text):
        quoted, opened, closed, near, word = match.groups()
        if quoted is not None:
            yield _Token("phrase", quoted)
        elif near is not None:
            yield _Token("near", near)
        elif opened or closed:
            yield _Token("open" if opened else "close", match[0])
        else:
            yield _Token("word", word)


class _Parser:
    """Recursive descent; OR binds loosest, then AND (also between words side by side), then NOT."""

    def __init__(self, tokens: list[_Token], variants: Variants, phrase: Callable[[str], str | None]) -> None:
        self.tokens, self.variants, self.phrase, self.at, self.words = tokens, variants, phrase, 0, list[str]()

    def run(self) -> Query:
        parts = []
        while self.at < len(self.tokens):
            found = self._or(0)
            if found:
                parts.append(found)
            self._skip("close")
        return Query(_joined(parts, "AND") or NOTHING, self.words)

    def _peek(self, kind: str, text: str | None = None) -> bool:
        if self.at >= len(self.tokens):
            return False
        token = self.tokens[self.at]
        return token.kind == kind and (text is None or token.text == text)

    def _skip(self, kind: str, text: str | None = None) -> bool:
        found = self._peek(kind, text)
        self.at += found
        return found

    def _or(self, depth: int) -> str:
        parts = [self._and(depth)]
        while self._peek("word", "OR") and self.at + 1 < len(self.tokens):
            self.at += 1
            parts.append(self._and(depth))
        return _joined([p for p in parts if p], "OR")

    def _and(self, depth: int) -> str:
        parts = [self._not(depth)]
        while self.at < len(self.tokens) and not self._peek("close") and not self._peek("word", "OR"):
            self._skip("word", "AND")
            parts.append(self._not(depth))
        return _joined([p for p in parts if p], "AND")

    def _not(self, depth: int) -> str:
        left = self._atom(depth)
        while left and self._peek("word", "NOT") and self.at + 1 < len(self.tokens):
            self.at += 1
            kept = len(self.words)
            right = self._atom(depth)
            del self.words[kept:]
            if right:
                left = f"({left} NOT {right})"
        return left

    def _atom(self, depth: int) -> str:
        if self.at >= len(self.tokens) or self._peek("close"):
            return ""
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == "open":
            if depth >= MAX_DEPTH:
                return ""
            inside = self._or(depth + 1)
            self._skip("close")
            return inside
        if token.kind == "near":
            return self._near(token.text)
        return self._word(token.text)

    def _word(self, text: str) -> str:
        spellings = dict.fromkeys(p for v in self.variants(text) if (p := self.phrase(v)))
        self.words += [v for v in self.variants(text) if phrase(v)]
        return _joined(list(spellings), "OR")

    def _near(self, text: str) -> str:
        distance = _DISTANCE.search(text)
        words = (text[: distance.start()] if distance else text).split()
        phrases = [p for w in words if (p := self.phrase(w))]
        self.words += [w for w in words if phrase(w)]
        if len(phrases) < 2:
            return phrases[0] if phrases else ""
        if self.phrase is phrase_of_pairs:  # the distance counts characters
            raise _OneCharacter
        return f"NEAR({' '.join(phrases)}, {distance[1] if distance else DEFAULT_DISTANCE})"


def _joined(parts: list[str], operator: str) -> str:
    return parts[0] if len(parts) == 1 else f"({f' {operator} '.join(parts)})" if parts else ""


def zh(query: str) -> str:
    """A query as an FTS5 expression: ``执法`` → ``"执 法"``; the SQL function of our connections.
    Empty queries match nothing.
    """
    return parse(query).match
