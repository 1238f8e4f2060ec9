"""Pages whose talk is shown by a script only: a word that asks for patience, an empty box of a talk that has taken
place.
"""

from __future__ import annotations

import re

from parsers.families import View
from parsers.page.dom import Element, words_of
from parsers.page.lines import Line
from parsers.page.text import squeeze
from parsers.patterns import compiled
from parsers.words import pattern

_SHORT_LINE, _REPORT, _INTRODUCTION = 24, 300, 150
_LOADING = pattern(r"{LOADING}", re.IGNORECASE)
_SPOKEN = compiled(r"[^:：。]{1,16}[:：].{3,400}[。？！?!]")
_NOT_THE_TALK = pattern(r"{NOT_THE_TALK}")
_ENDED = pattern(r"{ENDED}")
_BOX = compiled(
    r"content|list|record|talk|interview|zoom|wenzi|shilu|dialog|live|chat|msg|message|detail"
    r"|(?:^|[\s_-])(?:con|text|box|ft|qa)(?:$|[\s_-])"
)
_CONTAINERS = ("div", "ul", "ol", "section", "article", "tbody", "dl", "td")


def waits(view: View, lines: list[Line]) -> str | None:
    """The words, or the box, in whose place a script would show the talk; ``None`` on a page that says something
    itself.

    :param lines: the visible ones
    """
    told = sum(len(line.text) for line in lines if line.link_share < 0.3 and ("。" in line.text or len(line.text) > 60))
    if told >= _REPORT or sum(bool(_SPOKEN.match(line.text)) for line in lines) > 1:
        return None
    if patience := _asks_for_patience(lines):
        return patience
    ended = any(_ENDED.search(line.text) for line in lines if len(line.text) <= 2 * _SHORT_LINE)
    waiting = ended and told < _INTRODUCTION and any(map(_is_empty_box, view.root.iter(*_CONTAINERS)))
    return "an empty box" if waiting else None


def _asks_for_patience(lines: list[Line]) -> str | None:
    """正在加载, in place of a talk and not of a film, a map or comments."""
    for line in lines:
        text = squeeze(line.text)
        if len(text) <= _SHORT_LINE and _LOADING.search(text) and not _NOT_THE_TALK.search(text):
            return text
    return None


def _is_empty_box(element: Element) -> bool:
    return bool(_BOX.search(words_of(element))) and not len(element) and not squeeze(element.text or "")
