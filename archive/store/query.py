"""Text as the two full-text indexes have it: single characters, and pairs of neighbours."""

from __future__ import annotations

import re
import sys
import unicodedata
from array import array
from functools import lru_cache
from operator import add

SEPARATOR = "\x1f"
#: Four bytes a character, as this machine orders them.
_WIDE = f"utf-32-{sys.byteorder[0]}e"
#: What is no character of usual prose: all of that is indexed.
UNUSUAL = re.compile(r"[^\u4e00-\u9fff\uff01-\uff5e\u3001-\u3003!-~“”‘’…—]")
#: The tokenizer of both indexes, as their tables were made with.
TOKENIZE = "unicode61 remove_diacritics 0 categories 'L* N* Co P* S*'"


def spaced(text: str) -> str:
    """Text as it is indexed: U+001F between all characters."""
    return SEPARATOR.join(text)


def paired(text: str) -> str:
    """Text as the index of pairs has it: as :func:`pairs`, with U+001F between.

    It is laid out in an array: a tenth of the time of a list of pairs.
    """
    tokens = array("I", kept(text).encode(_WIDE, "surrogatepass"))
    if len(tokens) < len("字字"):
        return ""
    laid = array("I", [ord(SEPARATOR)]) * (3 * len(tokens) - 4)
    laid[::3], laid[1::3] = tokens[:-1], tokens[1:]
    return laid.tobytes().decode(_WIDE, "surrogatepass")


@lru_cache(maxsize=65_536)
def is_token(char: str) -> bool:
    """Whether a character is indexed: letters, digits, punctuation, symbols, private use."""
    category = unicodedata.category(char)
    return category[0] in "LNPS" or category == "Co"


def kept(text: str) -> str:
    """The characters of a text that are indexed."""
    for char in set(UNUSUAL.findall(text)):
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
