"""What an entry is called: its link's words, or the whole title where these are cut; tooltips and counters are neither."""

from __future__ import annotations

import re

from parsers.header.meta import text_of
from parsers.page.dom import Element
from parsers.page.text import BLANK, collapse, fold, squeeze

_TITLE = re.compile(r"(?:标题|題目|题目|文章标题|信息标题|名称)\s?:\s?(?P<title>[^\r\n]+)")
#: What a tooltip says beside a title.
_LABELS = re.compile(
    r"(?:点击数?|浏览|阅读|发表时间|更新时间|发布时间|发布日期|作者|来源|人气|录入|添加时间)[^:\r\n]{0,4}:"
)
_COUNT = r"(?:点击|浏览|阅读|访问|查看|观看|播放|人气|关注|收藏|点赞|评论|回复|留言|提问|参与|热度|围观|转发|下载|hits?|views?|reads?|clicks?)"
_COUNTER = re.compile(
    rf"{_COUNT}(?:率|量|数|次数|人数|人次|总数|总量)?\s*[:：]?\s*[\[(（【]?\s*\d[\d,.]*\s*万?\s*[\])）】]?\s*(?:人次|次|人|条|个)?"
    rf"|[\[(（【]?(?<![\d\-./:年月日])\d[\d,.]*[ \t]*万?[ \t]*(?:人次|次|人)?[ \t]*(?:已|被)?{_COUNT}(?:过|了|量|数)?[\])）】]?(?!\s*[:：]?\s*[\[(（]?\d)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?m)^[^\S\n]*[\[(（【]?\d[\d,]{0,9}[\])）】]?[^\S\n]*$")


def title_of(anchor: Element, is_action: re.Pattern[str]) -> str:
    """An entry's title.

    :param is_action: what links say that are no title (文字实录, 查看详情): the tooltip may have it
    """
    text = text_of(anchor)
    said = _said(anchor.get("title") or "")
    if not text:
        image = anchor.find(".//img")
        return said or collapse((image.get("alt") if image is not None else "") or "").strip(BLANK)
    if not said:
        return text
    if is_action.match(squeeze(text).strip("[]【】()（）·")):
        return said
    return said if _is_whole(said, text) else text


def _said(tooltip: str) -> str:
    """The title that a tooltip holds, alone or among other things; empty when it holds none."""
    folded = fold(tooltip)
    if labelled := _TITLE.search(folded):
        tooltip = tooltip[labelled.start("title") : labelled.end("title")]
        cut = re.search(r"\s{2,}|&#|(?=" + _LABELS.pattern + ")", fold(tooltip))
        tooltip = tooltip[: cut.start()] if cut else tooltip
    elif _LABELS.search(folded):
        return ""
    return collapse(tooltip).strip(BLANK)


def _is_whole(said: str, text: str) -> bool:
    """Whether a tooltip is what a link's words are cut from, or the title in words that hold more (a date, a summary)."""
    whole, shown = squeeze(said), squeeze(text)
    stem = re.sub(r"(?:\.{2,}|…+|·{2,})$", "", shown)
    bare = re.sub(r"^[^\w]+|^[\[【(（][^\])】）]{1,8}[\])】）]", "", stem)
    if len(whole) > len(shown) or stem != shown:
        return whole.startswith(stem) or (len(bare) >= 2 and bare in whole) or _mostly(bare, whole)
    rest = shown.replace(whole, "", 1)
    return len(whole) >= 4 and len(rest) < len(shown) and not re.sub(r"[\d\W年月日]", "", _COUNTER.sub("", rest))


def _mostly(stem: str, whole: str) -> bool:
    """Whether most of a title's beginning agrees: editors cut it by hand."""
    return len(stem) >= 6 and sum(a == b for a, b in zip(stem, whole, strict=False)) * 10 >= 9 * len(stem)


def without_counters(text: str) -> str:
    """A row's words without what counts its readers, and without numbers that stand alone: both change without the entry."""
    return _NUMBER.sub("", _COUNTER.sub("", text)).strip()
