"""Whether a page is one article: then what it links beside its text is no list, and what follows it
is the next article.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import accumulate

from parsers.families import Family, View
from parsers.header.meta import text_of
from parsers.page.addresses import parts
from parsers.page.dom import Element, Survey
from parsers.page.text import fold, squeeze
from parsers.patterns import compiled

ARTICLE_ADDRESS = compiled(
    r"(?:t\d{6,}(?:_\d+)?|art_\w+|content_\d+|post_\d+|/[0-9a-f]{32}|/\d{3,}/\d{3,}|/\d{6,}"
    r"|/[0-9a-f]{8}-[0-9a-f-]{27})\.s?html?$"
    r"|/\d{5,}/index\.s?html?$|[?&](?:id|wbnewsid|newsid|articleid|interviewid|infoid|contentid|docid)=\w+$"
    r"|/(?:show|view|detail|content|article|info)[\w-]*\.(?:asp|aspx|jsp|php|do)\?",
    re.IGNORECASE,
)
_INDEX = compiled(r"(?:/|/(?:index|list|default|more|main|col|channel|common_list|node)\w*\.\w{2,6})$", re.IGNORECASE)
_NUMBERED = compiled(r"/\w{0,12}\d+\.\w{3,6}$|/\d{6,}/?$")
#: Each begins with a character of its own, so the engine passes all other places at once.
_INFO = compiled(
    r"来源\s?:|发布(?:时间|日期)\s?:|发表(?:时间|日期)\s?:|更新(?:时间|日期)\s?:|添加(?:时间|日期)\s?:|时间发布\s?:|字体\s?:|字号\s?:|【字体"
    r"|浏览次数\s?:|阅读次数\s?:|责任编辑\s?:|打印本页|【打印】|扫一扫在手机"
)
_BESIDE = compiled(r"[上下前后]一(?:篇|条信息|则)")
_SPOKEN = compiled(r"^\[?【?(?P<who>[^\s:。，；？！、“”]{1,12})】?\]?\s?:\s?(?P<words>.{6,})")
_FIELD = compiled(
    r"访谈|主题|时间|日期|地点|嘉宾简介|简介|摘要|内容|来源|背景|状态|单位|电话|地址|编辑|作者|附件|标题|链接|网址|介绍|导语|提示"
)
_SENTENCE = compiled(r"[。？！]")
_BLOCKS = frozenset(["p", "div", "dd", "dt", "td", "li", "section", "span"])
_SILENT = frozenset(("script", "style", "title", "option", "noscript"))
_ENOUGH = 3
_MANY = 8  # rows that each have what an article has once


def is_article(view: View, tags: dict[str, str], family: Family, rows: Collection[Element], *, paged: bool) -> bool:
    """Whether what a page says of itself, its address, its date line and its words are an article's.

    :param rows: what looks like the rows of a list; their words are not the page's own
    :param paged: whether it has a pager
    """
    entries = len(rows)
    title = squeeze(tags.get("articletitle", ""))
    headed = len(title) > 5 and title != squeeze(tags.get("columnname", "")) and title in _headings(view)
    address = parts(view.url)
    own = f"{address.path}?{address.query}" if address.query else address.path
    by_address = bool(ARTICLE_ADDRESS.search(own) or family.article.search(view.url))
    if _INDEX.search(address.path) and not address.query and not by_address:
        return headed and not paged and entries < _MANY
    against = max(_ENOUGH - 1, 2 * paged + (entries > _MANY) + (entries > 2 * _MANY))
    return _exceed(_points(view, own, rows, headed=headed, by_address=by_address), against)


def _exceed(points: Iterator[int], against: int) -> bool:
    """Whether points come to more than that; once they do, no further sign is looked for."""
    return any(score > against for score in accumulate(points))


def _headings(view: View) -> set[str]:
    found = {squeeze(text_of(e)) for e in view.root.iter("h1", "h2", "h3", "title")}
    return found | {part for text in found for part in re.split(r"[-_|—]+", text)}


def _points(view: View, own: str, rows: Collection[Element], *, headed: bool, by_address: bool) -> Iterator[int]:
    """What each sign counts, the cheapest first."""
    yield 2 * headed
    yield 2 if by_address else bool(_NUMBERED.search(own))
    text = fold(_unlinked(view.survey, rows))
    yield len(_SENTENCE.findall(text)) >= 3
    yield 2 * bool(_BESIDE.search(text))
    yield 2 * (1 <= len(_INFO.findall(text)) < _MANY)
    yield 2 * _is_talk(view.survey, rows)


def _unlinked(survey: Survey, rows: Collection[Element]) -> str:
    """The text outside links, scripts and rows."""
    found: list[str] = []
    tags, ends, texts, tails = survey.tags, survey.ends, survey.texts, survey.tails
    open_: list[int] = []
    place = 0
    while place < len(tags):
        tag = tags[place]
        open_.append(place)
        if survey.elements[place] in rows or not isinstance(tag, str) or tag in _SILENT:
            place = ends[place]
        else:
            if tag != "a":
                found.append(texts[place] or "")
            place += 1
        while open_ and ends[open_[-1]] <= place:
            found.append(tails[open_.pop()] or "")
    return " ".join(found)


def _is_talk(survey: Survey, rows: Collection[Element]) -> bool:
    """Whether at least three lines are somebody's words, with two of them the same speaker's."""
    speakers: list[str] = []
    folded = survey.folded
    _, begins, stops = survey.flat
    for block, tag, begin, stop in zip(survey.elements, survey.tags, begins, stops, strict=True):
        end = min(stop, begin + 300)
        if tag not in _BLOCKS or folded.find(":", begin, end) < 0:
            continue
        if len(block) > 12 or any(child.tag in _BLOCKS and child.tag != "span" for child in block):
            continue
        if block.tag == "span" and (parent := block.getparent()) is not None and parent.tag in _BLOCKS:
            continue
        spoken = _SPOKEN.match(folded[begin:end].strip())
        if spoken and not _FIELD.search(spoken["who"]) and not any(e in rows for e in (block, *block.iterancestors())):
            speakers.append(spoken["who"])
    return len(speakers) >= 3 and len(set(speakers)) < len(speakers)
