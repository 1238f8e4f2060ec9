"""Lines in another language below those that they repeat: press offices print each turn in Chinese and in English."""

from __future__ import annotations

from collections.abc import Collection

from parsers.page.lines import Line
from parsers.patterns import compiled

_HAN = compiled(r"[\u3400-\u9fff]")
_WORD = compiled(r"[A-Za-z]{2,}")
_WORDS = 4  # of a sentence, at least: a name of a firm or an address has fewer
_SHORTEST = 3 * _WORDS - 1  # characters of such a sentence: words of two letters and what is between them
_LONG = 16  # characters of a line that counts
_LEAST = 2
_SHARE = 3  # of so many lines one at least is a translation


def translated(lines: list[Line]) -> Collection[int]:
    """The indexes of sentences in another language, where many of a page's Chinese lines have one; else nothing."""
    other = frozenset([line.index for line in lines if len(line.text) >= _SHORTEST and _is_foreign(line.text)])
    if len(other) < _LEAST:
        return ()
    chinese = sum(len(line.text) >= _LONG and _HAN.search(line.text) is not None for line in lines)
    return other if chinese / _SHARE <= len(other) <= chinese * 2 else ()


def _is_foreign(text: str) -> bool:
    """Whether a line is a sentence without a Chinese character."""
    return _HAN.search(text) is None and len(_WORD.findall(text)) >= _WORDS
