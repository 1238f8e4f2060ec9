"""Turns as sentences of tokens: words that jieba cuts, or single characters without it; nothing of the text is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from archive.research.strings import Cutter

_RUN = re.compile(
    r"[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]+(?:[.．'’-][0-9A-Za-z０-９Ａ-Ｚａ-ｚ]+)*|\S[\u0300-\u036f\u200d\ufe00-\ufe0f]*"
)
_SENTENCE = re.compile(r"[^。！？!?；;\n]*(?:[。！？!?；;]+[”’」』）)\"]*|\n|$)")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or sign.

    :param space: whether a blank stands behind it
    """

    form: str
    space: bool


def characters(text: str) -> Iterator[str]:
    """Chinese characters and signs one by one, Latin words and numbers whole."""
    return (match[0] for match in _RUN.finditer(text))


def sentences(text: str, cut: Cutter) -> Iterator[list[Token]]:
    """The sentences of a turn; one without any sign but blanks is none. A line feed ends a sentence, too."""
    for match in _SENTENCE.finditer(text):
        if found := list(_tokens(match[0].strip(), cut)):
            yield found


def _tokens(sentence: str, cut: Cutter) -> Iterator[Token]:
    parts = sentence.split()
    for n, part in enumerate(parts):
        forms = list(cut(part))
        for place, form in enumerate(forms, 1):
            yield Token(form, place == len(forms) and n + 1 < len(parts))
