"""Text as the two full-text indexes have it: single characters, and pairs of neighbours."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from operator import add

SEPARATOR = "\x1f"
#: The tokenizer of both indexes, as their tables were made with.
TOKENIZE = "unicode61 remove_diacritics 0 categories 'L* N* Co P* S*'"


def spaced(text: str) -> str:
    """Text as it is indexed: U+001F between all characters."""
    return SEPARATOR.join(text)


def paired(text: str) -> str:
    """Text as the index of pairs has it."""
    return SEPARATOR.join(pairs(text))


@lru_cache(maxsize=65_536)
def is_token(char: str) -> bool:
    """Whether a character is indexed: letters, digits, punctuation, symbols, private use."""
    category = unicodedata.category(char)
    return category[0] in "LNPS" or category == "Co"


def kept(text: str) -> str:
    """The characters of a text that are indexed."""
    for char in set(text):  # few, and most are kept
        if not is_token(char):
            text = text.replace(char, "")
    return text


def phrase(word: str) -> str | None:
    """A substring as an FTS5 phrase of its characters; ``None`` when nothing of it is indexed."""
    tokens = [char for char in word if is_token(char)]
    return '"' + " ".join(tokens).replace('"', '""') + '"' if tokens else None


def pairs(text: str) -> list[str]:
    """The pairs of neighbouring indexed characters of a text, overlapping: what the second index holds."""
    tokens = kept(text)
    return list(map(add, tokens, tokens[1:]))


def phrase_of_pairs(word: str) -> str | None:
    """A substring as an FTS5 phrase of its pairs; ``None`` when nothing of it is indexed.

    :raises OneCharacter: it has no pairs
    """
    found = pairs(word)
    if not found and phrase(word):
        raise OneCharacter
    return '"' + " ".join(found).replace('"', '""') + '"' if found else None


class OneCharacter(Exception):
    """A word that the index of pairs cannot answer."""
