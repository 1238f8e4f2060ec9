"""Sentences that runs and refusals are made of, in the reader's language.

Reports keep them in English, some with a Chinese tail. ``sentences.toml`` says what each means to a Chinese reader; an
English reader does without the tail.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_PLACE = re.compile(r"\{([a-z]+)\d*\}")
_TAIL = re.compile(r"\s*[\u3400-\u9fff].*$", re.DOTALL)
#: What a place takes, by its name; any text, where it is not among them.
_TAKES = {"n": r"[\d.,%]+", "url": r"https?://\S+?"}
#: An exception's name before its own words.
_ERROR = re.compile(r"(\w+): (.*)", re.DOTALL)
#: Places with sentences that are read in turn.
_READ = ("why", "field", "each")


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence as it is made, and as it is read in each language.

    :param made: as a pattern; most are never compiled
    """

    made: str
    anchor: str
    read: dict[str, str]


def said(lang: str, text: str | None) -> str:
    """A sentence for a reader; what nobody has put into words here stays as it is.

    :param lang: ``en`` or ``zh``
    """
    if not text:
        return ""
    for sentence in _sentences():
        if sentence.anchor in text and (match := _pattern(sentence.made).fullmatch(text)):
            return _PLACE.sub(_filler(lang, match), sentence.read[lang])
    return _of_error(lang, text)


def both(text: str | None) -> list[str]:
    """A sentence in English, then in Chinese where that is another; nothing, where there is none."""
    return list(dict.fromkeys(filter(None, (said("en", text), said("zh", text)))))


def _filler(lang: str, match: re.Match[str]) -> Callable[[re.Match[str]], str]:
    def fill(place: re.Match[str]) -> str:
        given, kind = match[place[0][1:-1]], place[1]
        if kind == "each":
            return ("、" if lang == "zh" else ", ").join(_one(lang, part) for part in given.split(", "))
        return said(lang, given) if kind in _READ else given

    return fill


def _one(lang: str, part: str) -> str:
    """One of several; some are counted: ``3 cut off``."""
    number, _, rest = part.partition(" ")
    return f"{number} {said(lang, rest)}" if number.isdecimal() and rest else said(lang, part)


def _of_error(lang: str, text: str) -> str:
    """What an exception says: its name means something, its own words stay."""
    match = _ERROR.fullmatch(text)
    name = _table().get("errors", {}).get(match[1]) if match and lang == "zh" else None
    return f"{name}（{text}）" if name else text


@cache
def _table() -> dict[str, dict[str, str | list[str]]]:
    return tomllib.loads(files("archive.history").joinpath("sentences.toml").read_text("utf-8"))


@cache
def _sentences() -> tuple[_Sentence, ...]:
    """All sentences, those with the most words of their own first."""
    pairs = {made: read for name, part in _table().items() if name != "errors" for made, read in part.items()}
    return tuple(_sentence(made, pairs[made]) for made in sorted(pairs, key=lambda made: -len(_PLACE.sub("", made))))


def _sentence(made: str, read: str | list[str]) -> _Sentence:
    pieces = re.split(r"(\{[a-z]+\d*\})", made)
    pattern = "".join(_group(piece) if piece.startswith("{") else re.escape(piece) for piece in pieces)
    english, chinese = read if isinstance(read, list) else (_TAIL.sub("", made), read)
    anchor = max((piece for piece in pieces if not piece.startswith("{")), key=len)
    return _Sentence(pattern, anchor, {"en": english, "zh": chinese})


@cache
def _pattern(made: str) -> re.Pattern[str]:
    return re.compile(made, re.DOTALL)


def _group(place: str) -> str:
    name = place[1:-1]
    return f"(?P<{name}>{_TAKES.get(name.rstrip('0123456789'), '.+?')})"
