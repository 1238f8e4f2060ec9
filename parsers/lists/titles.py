"""What an entry is called: its link's words, or the complete title where these are cut; tooltips
and counters are neither.
"""

from __future__ import annotations

import re

from parsers.families import View
from parsers.header.meta import text_of
from parsers.page.dom import Element
from parsers.page.text import BLANK, collapse, fold, squeeze
from parsers.patterns import compiled

_TITLE = compiled(r"(?:标题|題目|题目|文章标题|信息标题|名称)\s?:\s?(?P<title>[^\r\n]+)")
#: What a tooltip says beside a title.
_LABELS = compiled(
    r"(?:点击数?|浏览|阅读|发表时间|更新时间|发布时间|发布日期|作者|来源|人气|录入|添加时间)[^:\r\n]{0,4}:"
)
_COUNT = r"(?:点击|浏览|阅读|访问|查看|观看|播放|人气|关注|收藏|点赞|评论|回复|留言|提问|参与|热度|围观|转发|下载|hits?|views?|reads?|clicks?)"
_COUNTER = compiled(
    rf"{_COUNT}(?:率|量|数|次数|人数|人次|总数|总量)?\s*[:：]?\s*[\[(（【]?\s*\d[\d,.]*\s*万?\s*[\])）】]?\s*(?:人次|次|人|条|个)?"
    rf"|[\[(（【]?(?<![\d\-./:年月日])\d[\d,.]*[ \t]*万?[ \t]*(?:人次|次|人)?[ \t]*(?:已|被)?"
    rf"{_COUNT}(?:过|了|量|数)?[\])）】]?(?!\s*[:：]?\s*[\[(（]?\d)",
    re.IGNORECASE,
)
_NUMBER = compiled(r"(?m)^[^\S\n]*[\[(（【]?\d[\d,]{0,9}[\])）】]?[^\S\n]*$")


#: What links say that are no title: the tooltip may have it.
ACTION = compiled(
    r"^(?:首页|上一页|下一页|尾页|末页|上页|下页|更多|详细|详情|查看|视频|实录|图片|回放|提问|我要提问|预约提问|查看详情|点击进入|进入访谈|返回|打印|关闭|登录|注册"
    r"|(?:文字|图文|访谈|在线|完整)实录|(?:查看|观看|在线|访谈|精彩)(?:视频|回放|实录|全文|更多)|[上下]一[篇条则个]|\d+|[<>»«\[\]\d\s.…]+)[>»…+]*$"
)


def title_in(view: View, anchor: Element) -> str:
    """The title of a link of the page, as :func:`title_of`; each is made once."""
    known = view.titles.get(anchor)
    if known is None:
        known = view.titles[anchor] = title_of(anchor, view.survey.inner(anchor))
    return known


def is_action(title: str) -> bool:
    """Whether a title says what a click does (查看详情), or counts."""
    return ACTION.match(squeeze(title).strip("[]【】()（）·")) is not None


def title_of(anchor: Element, inner: str | None = None) -> str:
    """An entry's title.

    :param inner: the text inside the link, where it is known
    """
    text = text_of(anchor) if inner is None else collapse(inner).strip(BLANK)
    said = _said(anchor.get("title") or "")
    if said == text:
        return said or _pictured(anchor)
    if not text or not said:
        return text or said
    if is_action(text):
        return said
    return said if _is_whole(said, text) else text


def _pictured(anchor: Element) -> str:
    """What the picture in a link is called."""
    image = anchor.find(".//img")
    return collapse((image.get("alt") if image is not None else "") or "").strip(BLANK)


def _said(tooltip: str) -> str:
    """The title that a tooltip holds, alone or among other things; empty when it holds none."""
    folded = fold(tooltip) if tooltip else ""
    if ":" not in folded:  # no label
        return collapse(tooltip).strip(BLANK)
    if labelled := _TITLE.search(folded):
        tooltip = tooltip[labelled.start("title") : labelled.end("title")]
        cut = re.search(r"\s{2,}|&#|(?=" + _LABELS.pattern + ")", fold(tooltip))
        tooltip = tooltip[: cut.start()] if cut else tooltip
    elif _LABELS.search(folded):
        return ""
    return collapse(tooltip).strip(BLANK)


def _is_whole(said: str, text: str) -> bool:
    """Whether a tooltip is what a link's words are cut from, or the title in words that hold more
    (a date, a summary).
    """
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
    """A row's words without what counts its readers, and without numbers that stand alone: both
    change without the entry.
    """
    return _NUMBER.sub("", _COUNTER.sub("", text)).strip()
