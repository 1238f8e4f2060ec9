"""Pages whose talk is shown by a script only: a word that asks for patience, an empty box of a talk that has taken
place.
"""

from __future__ import annotations

import re

from parsers.families import View
from parsers.page.dom import Element, words_of
from parsers.page.lines import Line
from parsers.page.text import squeeze

_SHORT_LINE, _REPORT, _INTRODUCTION = 24, 300, 150
_LOADING = re.compile(
    r"(?:加载|载入|读取|获取)中|正在(?:努力|拼命|为您)?(?:加载|载入|读取|获取)|^(?:数据|内容|实录)?请(?:稍[候等]|耐心等待)|^loading|(?:内容|数据|实录)加载",
    re.IGNORECASE,
)
_SPOKEN = re.compile(r"[^:：。]{1,16}[:：].{3,400}[。？！?!]")
_NOT_THE_TALK = re.compile(r"更多|视频|播放|评论|验证码|地图|天气")
_ENDED = re.compile(r"已(?:经)?结束|已完成|(?:直播|访谈|活动)结束|已直播|往期访谈|历史访谈")
_BOX = re.compile(
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
