"""A query as it is typed, cut into words, phrases, brackets and operators of any case, width and form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from archive.store.query import phrase
from parsers.patterns import compiled

DEFAULT_DISTANCE = 10
_OPERATORS = {"AND": "AND", "&": "AND", "&&": "AND", "OR": "OR", "NOT": "NOT"}
#: What excludes the word, phrase or bracket that it is written before.
MINUS = "-－﹣−–"
_APART = ",，、;；"
#: Quotes of both widths, and brackets. Quotes of Chinese texts (“ 「) begin a phrase only where a word would begin.
_OPEN = r"[\"＂“「『〝‘'＇„«]"
_QUOTED = (
    r'["＂]([^"＂]*)["＂]?|“([^”"＂]*)[”"＂]?|「([^」"＂]*)」?|『([^』"＂]*)』?|〝([^〞〟"＂]*)[〞〟]?'
    # An apostrophe and what looks like one are quotes only where they are closed at the end of a word.
    r"|(?:‘([^’\"＂]*)’|['＇]([^'＇\"＂]*)['＇]|„([^“”\"＂]*)[“”]|«([^»\"＂]*)»)(?=[\s()（）|｜~～,，、;；]|$)"
)
_NEAR = r"(?i:near)(?:\s?[/／]\s?(?P<distance>\d{1,4}))?\s?[(（](?P<near>[^()（）]*)[)）]?"
_LEX = compiled(
    rf"(?:{_QUOTED})(?:[~～](?P<within>\d{{1,4}}))?|{_NEAR}"
    rf"|(?<![^\s(（|｜])(?P<minus>[{MINUS}])(?={_OPEN}|[(（]|(?i:near)\s?[(（])"
    r"|(?P<open>[(（])|(?P<close>[)）])|(?P<or>[|｜]+)|(?P<word>[^\s()（）\"＂|｜]+)"
)
_INFIX = compiled(r"(?:NEAR[/:~=]?|[WN]/)(\d{1,4})|NEAR")
_DISTANCE = compiled(rf"([{_APART}\s])\s*(\d{{1,4}})\s*$")
_WITHIN = compiled(rf"{_QUOTED}|([^\s{_APART}\"＂]+)")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query.

    :param kind: word, phrase, near, infix, open, close, AND, OR, NOT
    :param text: a word or phrase; what is in the brackets of NEAR; ``-`` and the like, where NOT is written so
    :param distance: of ``near`` and ``infix``, where it is given beside them
    """

    kind: str
    text: str
    distance: int | None = None


def tokens(text: str) -> list[Token]:
    """The pieces of a query. Commas between them are no part of the words."""
    found = list[Token]()
    for match in _LEX.finditer(text):
        kind = match.lastgroup or ""
        quoted = _first(match)
        if match["word"]:
            word = match["word"].lstrip(_APART) if found else match["word"]
            found += _of_word(word.rstrip(_APART) if text[match.end() :].strip() else word)
        elif match["near"] is not None:
            found.append(_near(match["near"], match["distance"]))
        elif quoted is None:
            found.append(Token({"or": "OR", "minus": "NOT"}.get(kind, kind), match[0]))
        elif match["within"] and quotable(quoted):
            found.append(Token("near", quoted, int(match["within"])))
        else:
            found.append(Token("phrase", quoted))
    return found


def _first(match: re.Match[str]) -> str | None:
    """What is in quotes."""
    named = set(match.re.groupindex.values())
    return next((g for n, g in enumerate(match.groups(), 1) if g is not None and n not in named), None)


def _near(text: str, distance: str | None) -> Token:
    if distance is None and re.fullmatch(r"\s*\d{1,3}\s*", text):  # a NEAR(5) b
        return Token("infix", "NEAR", int(text))
    return Token("near", text, int(distance) if distance else None)


def _of_word(word: str) -> Iterator[Token]:
    """A run of characters: an operator, a word, or a word that must not be there."""
    plain = unicodedata.normalize("NFKC", word).upper()
    if plain in _OPERATORS:
        yield Token(_OPERATORS[plain], word)
    elif infix := _INFIX.fullmatch(plain):
        yield Token("infix", word, int(infix[1]) if infix[1] else None)
    elif word[:1] in MINUS and phrase(word[1:]) and word[1] not in MINUS:
        yield Token("NOT", word[0])
        yield Token("word", word[1:])
    elif word:
        yield Token("word", word)


def near_words(token: Token) -> tuple[tuple[str, ...], int]:
    """The words of a NEAR, and how many characters may be between them. Blanks inside a word count for nothing."""
    found = _DISTANCE.search(token.text) if token.distance is None else None
    words = _words(token.text[: found.start()] if found else token.text)
    if found and found[1].isspace() and len(words) < 2:  # two words, one of them a number
        found, words = None, _words(token.text)
    return words, int(found[2]) if found else DEFAULT_DISTANCE if token.distance is None else token.distance


def _words(text: str) -> tuple[str, ...]:
    pieces = (next(filter(None, match.groups()), "") for match in _WITHIN.finditer(text))
    return tuple("".join(piece.split()) for piece in pieces if phrase(piece))


def quotable(word: str) -> bool:
    """Whether a word can be in ``"quotes"`` inside the brackets of NEAR."""
    return re.search(r"[\"＂()（）]", word) is None


def shown(word: str) -> str:
    """A word so that it is read as itself: in ``"quotes"`` where it has to be."""
    # A quote at its beginning would be closed by one of a later word.
    plain = not re.match(_OPEN, word) and tokens(f"x {word} x")[1:-1] == [Token("word", word)]
    return word if plain else f'"{word}"'


def shown_near(words: tuple[str, ...], distance: int) -> str:
    """A NEAR so that it is read as itself."""
    plain = (word if not re.match(_OPEN, word) and _words(word) == (word,) else f'"{word}"' for word in words)
    return f"NEAR({' '.join(plain)}, {distance})"
