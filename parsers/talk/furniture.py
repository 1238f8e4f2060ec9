"""Lines that are page furniture, not speech, each with the reason it is left out.

Only short lines are furniture: a long sentence that mentions 主办单位 is content.
"""

from __future__ import annotations

import re

from parsers.page.lines import Line
from parsers.patterns import compiled
from parsers.people.names import is_name
from parsers.words import pattern

_MAX = 80
_LONG_CAPTION = 240
_CREDIT = 40  # characters of a credit behind the last words
_EDITOR = pattern(r"{EDITOR}")
_NAMES = r"[^。,，;；:：?？!！()（）]{1,24}"
#: （记者 李青）, （文/图 李青）, （通讯员李青）; （记者提问） and （图片展示） are stage directions.
_SIGNED = compiled(
    rf"^[(（【\[]\s?(?:(?:\S{{0,8}}(?:记者|通讯员)(?:[\s:：/]{{1,2}}{_NAMES}|(?!提|发|问|采|代|现)[\u4e00-\u9fff]{{2,3}})"
    rf"|(?:作者|编辑|实习生|摄影|图片|文字|图|文|图文|文图|供稿|来源|整理|报道|审核|校对)[\s:：/]{{1,2}}{_NAMES})\s?){{1,4}}[)）】\]]$"
)
#: （外事办公室网站）
_OF_SITE = pattern(r"[(（][^()（）。,，:]{2,14}{SITE}[)）]")
#: （柏青）
_BY = compiled(r"^[(（](?P<names>[\u4e00-\u9fff]{2,4}(?:[\s、][\u4e00-\u9fff]{2,4}){0,2})[)）]$")
#: （柏青 整理）
_COMPILED = pattern(r"^[(（][\u4e00-\u9fff·]{2,4}(?:[\s、][\u4e00-\u9fff·]{2,4}){0,2}\s{COMPILED}[)）]$")
_END = pattern(r"{THE_END}", re.IGNORECASE)
_CLOSE = pattern(r"{CLOSED}")
_CAPTION = pattern(r"{CAPTION}")
_PICTURE_BY = pattern(r"{PICTURE_BY}")
_MIDDLE = compiled(r"text-align\s?:\s?center", re.IGNORECASE)
_TERMINAL = pattern(r"{TERMINAL}")
#: What stands below the last turn: whose page it is, and how to reach the house.
_FOOT = pattern(r"copyright|all\s?rights?\s?reserved|[©®]|\(c\)\s?\d{4}|{FOOT}", re.IGNORECASE)
_AFTERWORD = pattern(r"[\s【\[◆■●▲>]{0,4}{AFTERWORD}\s?(?:[】\]]|:|$)")
_MEANWHILE = pattern(r"^\s{0,4}{MEANWHILE}")
_LEAVING = pattern(r"\s{0,4}{LEAVING}")
#: Alone in its line.
_PLACE = pattern(r"^[(【\[]?\s?{SCENE}\s?[)】\]]?$", re.IGNORECASE)
#: A bracket that is all of its line: （接听热线）, （片尾曲）.
_DIRECTION = pattern(r"^[(【\[][^()【】\[\]。]{0,16}{PROGRAMME}[^()【】\[\]]{0,60}[)】\]]$", re.IGNORECASE)
_BUTTON = pattern(r"{BUTTON}")
#: Heads a list of other talks.
RELATED = pattern(r"{RELATED}")
_CHROME = pattern(r"{CHROME}")
_PAGER = pattern(r"{PAGER}")
_FILE = pattern(r"{FILE_LINE}", re.IGNORECASE)
_ANSWER_UNIT = pattern(r"{ANSWER_UNIT}")


def skip_reason(line: Line) -> str | None:
    """Why a line inside the dialogue's container is no speech; ``None`` when it is."""
    text = line.fold
    if len(text) <= _LONG_CAPTION and _PICTURE_BY.search(text):
        return "caption"
    if len(text) > _MAX:
        return None
    for found, reason in (
        (_END, "end"), (_CLOSE, "end"), (_EDITOR, "editor"), (_SIGNED, "editor"), (_COMPILED, "editor"),
        (_CAPTION, "caption"), (_TERMINAL, "furniture"),
        (_CHROME, "furniture"), (_PAGER, "pager"), (_FILE, "attachment"), (_ANSWER_UNIT, "answer_unit"),
        (_PLACE, "stage"), (_DIRECTION, "stage"), (_MEANWHILE, "stage"),
        (_BUTTON, "furniture"),
    ):  # fmt: skip
        if found.search(text):
            return reason
    if (by := _BY.match(text)) and all(map(is_name, re.split(r"[\s、]", by["names"]))):
        return "editor"
    if line.link_share > 0.8 and re.search(r"\d{4}-\d{1,2}-\d{1,2}|^[·•>»]", text):
        return "related"
    return None


def credit_at_end(line: Line, start: int, end: int) -> int:
    """Where a bracket begins that ends a line and names who wrote it: …通知到家长。（记者 小蔓）; ``end`` without one."""
    if line.text[end - 1 : end] not in ("）", ")"):
        return end
    at = max(line.fold.rfind("(", start, end), line.fold.rfind("（", start, end))
    words = line.fold[at:end]
    signed = at > start and end - at <= _CREDIT and (_SIGNED.match(words) or _OF_SITE.fullmatch(words))
    return at if signed else end


def is_foot(line: Line) -> bool:
    """Whether a line below the last label belongs to the page's foot."""
    if _AFTERWORD.match(line.fold) or _LEAVING.match(line.fold):
        return True
    return len(line.text) <= _MAX and bool(_FOOT.search(line.fold))


def is_centred(line: Line) -> bool:
    """Whether a line is in the middle."""
    block = line.block
    return block.get("align") == "center" or _MIDDLE.search(block.get("style") or "") is not None


def is_terminal(line: Line) -> bool:
    """Whether nothing of the talk follows this line (unless another accepted label does)."""
    return len(line.text) <= _MAX and bool(
        _TERMINAL.search(line.fold) or _END.search(line.fold) or _CLOSE.search(line.fold)
    )
