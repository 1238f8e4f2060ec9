"""What sort of talk a page is about, by its title, its column and its first words: independent of its kind."""

from __future__ import annotations

from collections.abc import Iterable

from parsers.page.text import fold_name, squeeze
from parsers.words import pattern

_PRESS = pattern(r"{GENRE.press}")
_HOTLINE = pattern(r"{GENRE.hotline}")
_TALK = pattern(r"{GENRE.interview}")


def is_press(texts: Iterable[str | None]) -> bool:
    """Whether words of a page's head say that it is a press conference's."""
    return any(_PRESS.search(_words(text)) for text in texts if text)


def _words(text: str) -> str:
    """A text as patterns read it: folded, without blanks and the spelling of its characters."""
    return squeeze(fold_name(text))


def genre_of(head: Iterable[str | None], opening: str = "") -> str:
    """``press_conference``, ``hotline`` or ``interview``.

    :param head: title, column and theme
    :param opening: the first words of the body; they decide only where the head says nothing
    """
    for text in (" ".join(_words(text) for text in head if text), _words(opening)):
        if _PRESS.search(text):
            return "press_conference"
        if _HOTLINE.search(text):
            return "hotline"
        if _TALK.search(text):
            return "interview"
    return "interview"
