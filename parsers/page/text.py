"""Length-preserving folding: patterns match the fold, output is cut from the original by the same offsets.

NFKC is no help here: it changes lengths and leaves U+2236 (RATIO, the colon of the seed page) alone.
"""

from __future__ import annotations

import json
import re
from typing import Any

#: Characters that HTML pages use as blanks, zero-width ones included.
BLANK = " \t\r\n\f\v\u00a0\u3000\u200b\u200c\u200d\u2060\ufeff\u00ad\u2002\u2003\u2009\u202f\ue5e5"
_TRADITIONAL = (
    "訪談時間嘉賓題網領導書記縣長點鐘發佈來源體內話動員單錄會視頻實結束開間問題記者觀眾聽眾黨組團隊處縣區鎮鄉學習務業產農業財稅監"
    "審計環護質檢統計漁應急醫療險險檔兒婦殘聯總協調專職師顧問護親屬論壇預告徵集東風華國際關於聲貿銀經營擴傳將爲為們個對過還這進說認謝請"
    "辦與責輯圖資訊庫號頁讀習導復復戶誰網絡轉載"
)
_SIMPLIFIED = (
    "访谈时间嘉宾题网领导书记县长点钟发布来源体内话动员单录会视频实结束开间问题记者观众听众党组团队处县区镇乡学习务业产农业财税监"
    "审计环护质检统计渔应急医疗险险档儿妇残联总协调专职师顾问护亲属论坛预告征集东风华国际关于声贸银经营扩传将为为们个对过还这进说认谢请"
    "办与责辑图资讯库号页读习导复复户谁网络转载"
)


def _table() -> dict[str, str]:
    table = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    table.update(zip(_TRADITIONAL, _SIMPLIFIED, strict=True))
    table.update(dict.fromkeys(BLANK, " "))
    table.update(dict.fromkeys("\uff1a\u2236\ufe30\ufe55\u02d0\ua789\ufe13", ":"))
    table.update(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d\u2500", "-"))
    table.update(dict.fromkeys("\uff5e\u301c\u223c", "~"))
    table.update(dict.fromkeys("\u2022\u30fb\u2027\u2219\u318d\uff65", "·"))
    table.update(dict.fromkeys("○◯零Ｏ", "〇"))
    return {key: value for key, value in table.items() if key != value}


#: What is folded to what; no result is folded any further, so that the order does not matter.
_FOLDED = _table()
_FOLDABLE = re.compile(f"[{''.join(map(re.escape, _FOLDED))}]")
_BLANKS = re.compile(f"[{BLANK}]+")
_SPACE = " \t\r\n\f"
_SPACE_RUN = re.compile(f"[{_SPACE}]+")
_CJK = "\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\u3000-\u303f\u201c\u201d\u2018\u2019\u2026\u2014"
# CSS Text 3, segment break transformation: a line break in the source between two wide characters is no blank.
_BREAK = re.compile(rf"(?<=[{_CJK}])[ \t]*[\r\n][ \t\r\n\f]*(?=[{_CJK}])")


def fold(text: str) -> str:
    """The text with full-width forms, blanks, colons, dashes and traditional characters unified; same length."""
    # str.translate asks the table for every character; a text holds few of its keys, and str.replace is fast.
    for character in _FOLDED.keys() & text if _FOLDABLE.search(text) else ():
        text = text.replace(character, _FOLDED[character])
    return text


def squeeze(text: str) -> str:
    """The text without any blank (labels are padded for looks: ``主 持 人``)."""
    return _BLANKS.sub("", text)


def collapse(text: str) -> str:
    """White space as a browser renders it: runs become one blank, source line breaks inside Chinese text vanish."""
    core = text.strip(_SPACE)
    if "\n" in core or "\r" in core:
        core = _SPACE_RUN.sub(" ", _BREAK.sub("", core))
    elif "  " in core or "\t" in core or "\f" in core:
        core = _SPACE_RUN.sub(" ", core)
    if core == text:
        return text
    return f"{' ' * (text[0] in _SPACE)}{core}{' ' * (text[-1] in _SPACE and bool(core))}"


def clip(text: str, size: int = 20) -> str:
    """The first ``size`` characters."""
    return text[:size]


def whole_characters(value: Any) -> Any:
    """A JSON value without halves of characters: an escape may name a lone surrogate, which no file can hold."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.loads(text.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    return value
