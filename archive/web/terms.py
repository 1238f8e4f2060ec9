"""What programs call things, in the reader's language: verdicts, fields, rules, reasons; all else stays as it is."""

from __future__ import annotations

import re
from datetime import datetime

from markupsafe import Markup

from archive.collection.times import SHANGHAI

#: Word of a program: words for English readers, for Chinese readers.
TERMS: dict[str, tuple[str, str]] = {
    "ok": ("ok", "正常"), "incomplete": ("incomplete", "不完整"), "blocked": ("blocked", "被拦截"), "tampered": ("tampered", "疑似篡改"), "layout changed": ("layout changed", "版面变更"),
    "running": ("running", "抓取中"), "interrupted": ("interrupted", "中断"),
    "alert": ("alert", "警报"), "warning": ("warning", "警告"), "info": ("remark", "备注"),
    "title": ("title", "题名"), "theme": ("theme", "主题"), "time": ("time", "时间"), "guests": ("guests", "嘉宾"), "source": ("source", "来源"), "published_at": ("published", "发布时间"), "kind": ("kind", "类型"), "turns": ("turns", "发言"), "genre": ("genre", "体裁"), "speaker": ("speaker", "发言者"), "role": ("role", "角色"), "person": ("person", "人物"), "body": ("page", "页面"),
    "word_substitution": ("word substitution", "词语替换"), "pinyin_interpolation": ("pinyin between characters", "夹入拼音"), "inserted_prose": ("inserted prose", "插入文字"), "spun_text": ("spun text", "洗稿文字"), "unlawful_offer": ("unlawful offer", "违法兜售"), "cloaking": ("cloaking", "隐蔽跳转"), "copied_page": ("copied page", "仿冒页面"), "hidden_link": ("hidden link", "隐藏链接"), "search_words": ("search words", "堆砌搜索词"), "identity_mismatch": ("identity mismatch", "身份标识不符"), "title_mismatch": ("title mismatch", "题名不符"),
    "advertised_link": ("advertised link", "推广链接"), "behind-script": ("shown by a script", "由脚本显示"), "structure": ("structure of the page", "页面结构"), "charset": ("character set", "字符编码"),
    "reverse_order": ("printed in reverse order", "倒序刊登"), "unknown_label": ("unknown label", "未识别的标签"), "html": ("page", "页面"),
    "date_two_digit_year": ("year of two digits", "两位数年份"), "date_year_unknown": ("year unknown", "年份不详"), "date_weekday_mismatch": ("weekday does not fit", "星期与日期不符"),
    "api": ("data", "数据接口"), "part": ("part of the page", "分段"), "response": ("response", "响应"), "revisit": ("revisit of", "重复内容，同于"), "resource": ("resource", "资源"), "disconnect": ("cut off", "连接中断"), "length": ("longer than the limit", "超出长度限制"),
    "same day, same theme": ("same day, same theme", "同日、同主题"), "same day, same organization": ("same day, same organisation", "同日、同单位"),
    "label": ("label", "标签"), "meta": ("meta tag", "meta 标记"), "element": ("element", "元素"), "lines-of-title": ("lines of the title", "标题各行"), "above-info": ("above the info line", "信息栏上方"), "line-in-title": ("line in the title", "标题中的行"),
    "head-title": ("title of the window", "窗口标题"), "list": ("list", "列表"), "info-row": ("info line", "信息栏"), "position": ("position", "位置"), "foot": ("foot of the page", "页脚"), "script": ("script", "脚本"), "biography": ("biography", "简介"),
    "sentence": ("sentence", "语句"), "introduced": ("introduction", "介绍"), "only-person": ("the only person", "唯一人物"), "own-label": ("a label of his own", "本人标签"), "row": ("row of a table", "表格行"), "short-year": ("year of two digits", "两位数年份"), "dateline": ("dateline", "电头"),
    "release": ("foot of a release", "新闻稿末尾"), "byline": ("byline", "署名行"), "board": ("line of a forum", "论坛发帖行"), "heading": ("in the heading", "标题中"), "spelt": ("label with its spelling", "夹注拼音的标签"), "last-words": ("last words of the text", "文末"),
    "inserted_name": ("a name that splits a word", "书名号拆开的词"),
    "probable_missing_label": ("a label is probably missing", "疑缺发言者标签"), "date_year_from_publication": ("year taken from the publication", "年份取自发布时间"),
    "the evidence is too weak": ("the evidence is too weak", "依据不足"), "several values with equal claims": ("several values with equal claims", "多个取值难分高下"), "it cannot be read": ("it cannot be read", "无法识读"),
    "same name, same site": ("same name, same site", "同站同名"), "by correction": ("by correction", "经更正"),
    "number": ("number", "数字"), "turn": ("turn", "发言"), "guest": ("guest", "嘉宾"), "organization": ("organisation", "单位"), "text": ("text", "文字"), "name": ("name", "姓名"), "page": ("page", "页面"),
    "replaced": ("replaced", "改写"), "added": ("added", "新增"), "removed": ("removed", "删除"), "changed": ("changed", "改动"),
}  # fmt: skip
_INDEXED = re.compile(r"(\w+)\[(\d+)\](.*)")
#: One of several.
_ONE = {"turns": "turn", "guests": "guest"}


def term(lang: str, name: str | None) -> str:
    """A program's word for a reader; ``turns[4]`` is turn 4, ``guests[1].person`` the person of guest 1."""
    if not name:
        return ""
    if match := _INDEXED.fullmatch(name):
        one, part = _ONE.get(match[1], match[1]), match[3].lstrip(".")
        return " · ".join(filter(None, (f"{term(lang, one)} {match[2]}", term(lang, part))))
    return TERMS[name][lang == "zh"] if name in TERMS else name


def day(moment: str | None) -> Markup:
    """A point in time for a reader, on one line: the day, and the hour where one is known, without seconds. A time of
    day that another zone than the talk's own gives says so.
    """
    text = (moment or "").replace("T", " ", 1)
    if not text:
        return Markup("")
    timed = re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d", text)
    shown = text[:16] if timed else text[:10]
    zone = " UTC" if timed and text.endswith("Z") else ""
    return Markup('<time datetime="{}">{}{}</time>').format(moment, shown, zone)


def run_day(moment: str | None, *, hours: bool = False) -> Markup:
    """When a run was, in Beijing's time, as the commands say it.

    Captures are in UTC, as WARC and citations have them.
    """
    if not moment:
        return Markup("")
    here = datetime.fromisoformat(moment).astimezone(SHANGHAI)
    return Markup('<time datetime="{}">{}</time>').format(
        moment, f"{here:%Y-%m-%d %H:%M}" if hours else f"{here:%Y-%m-%d}"
    )
