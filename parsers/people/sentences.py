"""What sentences and list rows tell of a talk: its day, its visitors, its host."""

from __future__ import annotations

import re

from parsers.page.text import BLANK, fold
from parsers.patterns import compiled
from parsers.record import Guest, ListItem
from parsers.words import pattern

I_AM_HOST = compiled(
    r"我是(?:本期|本次|今天|今天的|节目|栏目|你们的|本台)?(?:节目)?主持人\s?(?P<name>[\u4e00-\u9fff]{2,4})(?=[,，。!！;；、\s]|$)"
)
TOLD = pattern(
    r"(?:^|[。?!;；)）\]】:：,，\s])(?P<when>(?:\d{4}年)?\d{1,2}月\d{1,2}日[^。,，;；]{0,24}?)(?=[,，]|\s"
    r"|[^\d\s。,，;；]{0,40}(?:做客|作客|走进))"
    r"[^。]{0,80}?(?:做客|作客|走进|来到|接受|参加|出席|主持)[^。]{0,40}?(?:{VENUE}|在线)"
)
_CONTEXT = compiled(
    r"(访谈主题|主题|访谈嘉宾|嘉宾|访谈时间|时间|直播时间)\s*[:：]\s*(.+?)(?=\s*(?:访谈主题|主题|访谈嘉宾|嘉宾|访谈时间|直播时间|时间|状态|摘要)\s*[:：]|$)",
    re.DOTALL,
)


def context_fields(context: ListItem) -> list[tuple[str, str]]:
    """Labels inside a list row."""
    keys = {
        "访谈主题": "theme",
        "主题": "theme",
        "访谈嘉宾": "guests",
        "嘉宾": "guests",
        "访谈时间": "time",
        "直播时间": "time",
        "时间": "time",
    }
    return [(keys[m[1]], m[2].strip(BLANK)) for m in _CONTEXT.finditer(fold(context.text)) if m[2].strip(BLANK)]


def unique(guests: list[Guest]) -> list[Guest]:
    """Each person once, the fullest mention; organisations that merely repeat a person's are dropped."""
    kept: list[Guest] = []
    for guest in guests:
        same = next((k for k in kept if k.name == guest.name and guest.name), None)
        if same is None and guest not in kept:
            kept.append(guest)
        elif same and not (same.organization or same.title) and (guest.organization or guest.title):
            kept[kept.index(same)] = guest
    return kept


def persons(guests: list[Guest]) -> list[Guest]:
    """Each person once; a unit that has a line of its own (上线单位) is no guest besides the persons it sends."""
    kept = unique(guests)
    return [g for g in kept if g.name or g.title] or kept


def tells_more(guest: Guest, known: Guest) -> bool:
    """Whether the post of somebody is the fuller one, or names a division of the office: 国台办新闻局副局长."""
    if fullness(guest) != fullness(known):
        return fullness(guest) > fullness(known)
    office, whole = guest.organization or "", known.organization or ""
    return len(office) > len(whole) > 0 and office.startswith(whole)


def fullness(guest: Guest) -> int:
    """How much a guest's post tells: a title is worth two offices."""
    return 2 * bool(guest.title) + bool(guest.organization)


def is_same(one: Guest, other: Guest) -> bool:
    """Whether two guests are one person, by their names: 塔伯特 is 斯特罗·塔伯特."""
    first, second = one.name or "", other.name or ""
    return first == second or first.endswith(f"·{second}") or second.endswith(f"·{first}")
