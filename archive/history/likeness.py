"""How much of a text is still there in another. Pure, and linear in both: what sites answer may be made to cost."""

from __future__ import annotations

import re
from collections import Counter

_GRAM = 4  # characters: shorter strings recur in any two texts


def share_left(then: str, here: str) -> float | None:
    """The share of a text's strings of four characters that another text has, too (0–1).

    ``None`` for texts too short to say.
    """
    if len(then) < _GRAM or len(here) < _GRAM:
        return None
    before = _grams(then)
    return round((before & _grams(here)).total() / before.total(), 3)


def _grams(text: str) -> Counter[str]:
    return Counter(text[at : at + _GRAM] for at in range(len(text) - _GRAM + 1))


#: Words that say of a list entry that it is a talk, or when it was, and that any talk may say.
_OF_ANY = re.compile(
    r"在线|网上|网络|嘉宾|视频|政务|专题|现场|图文|文字|访谈|对话|直播|实录|专访|做客|预告|回顾|栏目|节目|系列|发布会|新闻|座谈|热线|公告|通知|简介|简讯"
    r"|第[\d一二三四五六七八九十百零两]+[期场次讲集季回届]|\d{4}年(?:\d{1,2}月(?:\d{1,2}[日号])?)?|\d{1,2}月\d{1,2}[日号]|\d+"
    r"|县长|市长|区长|镇长|局长|主任|书记|部长|负责人|谈|访|关于|有关|相关|情况|问题|工作|解读|介绍|政策|如何|怎样|怎么|什么|全县|我县|我市|全市|我区|全区|县委|县政府|人民政府"
)
#: Characters: shorter titles say too little to tell one talk from another; these say it for sure.
_CORE, _SURE = 4, 6
#: So much at least counts as said by a page that has three characters in a row, or where a title is short.
_SOMEWHERE = 0.25


def title_said(title: str, lead: str, text: str) -> float | None:
    """How much of a list entry's title its page says where it begins (0–1), by pairs of characters.

    :param title: folded, as the others
    :param lead: titles and first words of the page; ``text``: all its own words
    :returns: ``None`` for titles that say too little of their own
    """
    core = [piece for piece in _OF_ANY.split(title) if len(piece) > 1]
    size = sum(map(len, core))
    if size < _CORE or not lead:
        return None
    share = _share(core, 2, lead)
    return max(share, _SOMEWHERE) if size < _SURE or _share(core, 3, text) else share


def _share(pieces: list[str], size: int, text: str) -> float:
    """The share of the strings of a size in some pieces that a text has."""
    strings = {piece[at : at + size] for piece in pieces for at in range(len(piece) - size + 1)}
    return round(sum(string in text for string in strings) / len(strings), 3) if strings else 0.0
