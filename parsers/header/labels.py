"""Printed metadata: ``访谈时间：…`` in all its positions.

A label may share its line with others, its value may stand on the next line or in the next cell, its colon may be
missing where an element ends. ``主持人：李青`` in a header is metadata, ``主持人：大家好`` is a turn: the value decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from parsers.page.dom import Element, inner_text
from parsers.page.lines import Line
from parsers.page.text import BLANK, fold, squeeze
from parsers.people.names import is_name, parse_guests

LABELS: dict[str, list[str]] = {
    "theme": ["访谈主题", "本期主题", "本期话题", "访谈话题", "访谈内容", "访谈题目", "节目主题", "活动主题", "直播主题", "交流主题", "在线主题", "本次主题", "主题", "话题", "议题"],
    "guests": ["访谈嘉宾", "做客嘉宾", "作客嘉宾", "上线嘉宾", "特邀嘉宾", "本期嘉宾", "受访嘉宾", "邀请嘉宾", "直播嘉宾", "在线嘉宾", "参访嘉宾", "出席嘉宾", "访谈对象", "受访人", "受访者", "访谈人", "访谈领导", "上线领导", "做客领导", "参与嘉宾", "嘉宾", "访谈单位", "上线单位", "参与单位", "受访单位", "做客单位", "发布人", "新闻发布人"],
    "time": ["访谈时间", "直播时间", "播出时间", "录制时间", "上线时间", "活动时间", "访谈日期", "在线时间", "交流时间", "节目时间", "举办时间", "播放时间", "时间"],
    "host": ["主持人", "主持", "访谈主持", "节目主持", "嘉宾主持", "主持嘉宾", "特约主持", "特邀主持", "访谈主持人", "节目主持人", "本期主持"],
    "reporter": ["采访人", "采访记者", "采访者"],
    "published": ["发布时间", "发布日期", "信息时间", "信息日期", "公布时间", "公布日期", "刊发时间", "刊发日期", "上传时间", "创建时间", "创建日期", "生成日期", "编辑时间", "提交时间", "上网时间", "发布于", "发布", "发表时间", "发表日期", "发文时间", "发文日期", "发稿时间", "添加时间", "录入时间", "公开日期", "公开时间", "成文日期", "更新时间", "更新日期", "日期", "时间"],
    "archived": ["归档时间", "归档日期"],
    "source": ["信息来源", "稿件来源", "文章来源", "内容来源", "来源单位", "来源", "稿源", "出处"],
    "place": ["访谈地点", "直播地点", "地点"],
    "state": ["访谈状态", "状态"],
    "summary": ["访谈摘要", "内容摘要", "访谈简介", "内容简介", "访谈背景", "访谈导语", "嘉宾简介", "导语", "摘要", "简介", "背景介绍", "编者按", "概要"],
    "other": ["作者", "编辑", "责任编辑", "审核", "点击数", "点击次数", "点击量", "点击", "浏览次数", "浏览量", "浏览", "阅读次数", "阅读量", "阅读", "访问量", "字体", "字号", "视力保护色", "分享", "期数", "节目名称", "栏目", "预计时长", "访谈形式", "直播地址", "索引号", "发文机关", "发文机构", "文号", "主题词", "有效性", "信息索引", "关键词", "关键字", "承办单位", "主办单位", "答复单位", "办理单位", "回复单位"],
}  # fmt: skip
#: Labels that are also ordinary words or speakers: metadata only when the value proves it.
_NEEDS_PROOF = frozenset(
    [
        "嘉宾",
        "主持人",
        "主持",
        "主题",
        "话题",
        "时间",
        "地点",
        "日期",
        "状态",
        "简介",
        "阅读",
        "访谈对象",
        "访谈人",
        "受访者",
        "受访人",
    ]
)
_KEYS = [(label, key) for key, labels in LABELS.items() for label in labels]
_BY_LABEL: dict[str, list[str]] = {}
for _label, _key in _KEYS:
    _BY_LABEL.setdefault(_label, []).append(_key)
_ANY = "|".join(r"\s{0,4}".join(label) for label in sorted(_BY_LABEL, key=len, reverse=True)).replace(
    r"嘉\s{0,4}宾|", r"嘉\s{0,4}宾[1-9一二三四五六]?|"
)
# No optional bracket in front: a pattern that begins with a literal is found many times faster.
_FIELD = re.compile(rf"(?P<label>{_ANY})\s{{0,4}}[】\]]?\s{{0,4}}:\s{{0,8}}[】\]]?")
_BOXED = re.compile(rf"[【\[〔]\s?(?P<label>{_ANY})\s?[】\]〕]\s{{0,4}}:?\s{{0,8}}")
_EDGE = frozenset(" ;；|,，、。【[(（]】)）*◆●■▲·>")
_BARE = re.compile(rf"^[【\[◆●■▲*·\s]*(?P<label>{_ANY})[】\]\s]*$")
_OPENS = re.compile(rf"[【\[〔]?\s?(?:{_ANY})")
_ACTION = re.compile(
    r"\s{0,8}[\[【(（](?:预约提问|我要提问|在线提问|提问|点击[^\]】)）]{0,12}|查看[^\]】)）]{0,8}|[^\]】)）]{0,6}(?:实录|回放|视频))[\]】)）]\s{0,8}$"
)
_SENTENCE = re.compile(r"[。?？!！]|大家好|你好|您好|网友们|朋友们|欢迎|谢谢")


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A label with its value: ``value`` is verbatim, ``start``/``end`` its offsets in ``line`` (where the value stands).

    :param foreign: it stands in an entry that links elsewhere, so it speaks of another talk
    """

    key: str
    label: str
    value: str
    line: Line
    start: int
    end: int
    label_line: Line
    extra: tuple[Line, ...] = ()
    foreign: bool = False


def _unnumbered(label: str) -> str:
    """``嘉宾1`` → ``嘉宾``."""
    return re.sub(r"(?<=宾)[1-9一二三四五六]$", "", squeeze(label))


def _keys(label: str) -> list[str]:
    return _BY_LABEL[_unnumbered(label)]


def _proved(label: str, key: str, value: str) -> bool:
    """Whether a doubtful label's value is of the label's kind."""
    label = _unnumbered(label)
    if label not in _NEEDS_PROOF and key not in ("time", "published", "archived", "reporter"):
        return not (key == "guests" and _SENTENCE.search(value[:60]))
    if key == "guests":
        return len(value) <= 120 and not _SENTENCE.search(value) and bool(parse_guests(value))
    if key in ("host", "reporter"):
        return bool(host_names(value))
    if key in ("time", "published", "archived"):
        return bool(re.search(r"[0-9〇一二三四五六七八九十][年月点时:\-/.]|待定|另行", fold(value[:40])))
    return len(value) <= 60 and not re.search(r"[。?？!！]", value[:-1])


def _words(value: str) -> list[str]:
    """The words of a value without what stands in brackets; a name set apart for looks (``李 青``) is one word."""
    bare = re.sub(r"[(（][^()（）]{0,40}[)）]", "", value.strip(BLANK))
    words = [w for w in re.split(r"[、,，;；/\s]+", bare) if w]
    return ["".join(words)] if len(words) > 1 and all(len(w) == 1 for w in words) else words


def is_names(value: str) -> bool:
    """Whether a value consists of one to four personal names and nothing else."""
    words = [] if _SENTENCE.search(value) else _words(value)
    return 0 < len(words) <= 4 and all(is_name(w, strict=len(w) == 4) or is_name(w) for w in words)


_NEWSROOM = re.compile(r"融媒|电视|广播|电台|网|日报|晚报|报社|宣传|新闻|信息|办公室|中心|主持|主播|播音|记者|编辑")
_CALLS = re.compile(r"^(?:有请|请|下面|接下来|邀请|欢迎|那么|好|让|先)")


def host_names(value: str) -> list[str]:
    """The names of a header's hosts: ``李青``, ``县融媒体中心 孙蕾``; nothing where other words stand, a host may speak of others."""
    if is_names(value):
        return _words(value)
    if len(value) > 40 or _SENTENCE.search(value) or _CALLS.search(value) or not _NEWSROOM.search(value):
        return []
    guests = parse_guests(value)
    if guests and all(g.name and is_name(g.name) and (g.organization or g.title) for g in guests):
        return [g.name for g in guests if g.name]
    house, *names = re.split(r"[\s:：]+", value.strip(BLANK), maxsplit=1)
    return _words(names[0]) if names and _NEWSROOM.search(house) and is_names(names[0]) else []


def fields_of(lines: list[Line]) -> list[Field]:
    """Every metadata label of a page with its value, in printed order."""
    found: list[Field] = []
    for number, line in enumerate(lines):
        if (size := len(line.text)) > 400 or line.linked > 0.9 * size:
            continue
        found += _on_line(lines, number, line)
    return [replace(f, foreign=True) if in_entry(f.label_line) else f for f in found]


def in_entry(line: Line) -> bool:
    """Whether a label stands in an entry that links to another page: a list of other talks in the margin."""
    for depth, element in enumerate((line.block, *line.block.iterancestors())):
        parent = element.getparent()
        if depth == 4 or parent is None or element.tag in ("body", "html", "form", "table", "tbody"):
            return False
        if element.tag in ("li", "dd", "tr", "dl") and _links_away(element):
            return any(other is not element and other.tag == element.tag and _links_away(other) for other in parent)
    return False


def _links_away(element: Element) -> bool:
    """Whether an element holds a link whose text could be a title."""
    for anchor in element.iter("a"):
        text = squeeze(inner_text(anchor))
        if anchor.get("href") and len(text) >= 5 and not _ACTION.fullmatch(f"[{text}]"):
            return True
    return False


def _on_line(lines: list[Line], number: int, line: Line) -> list[Field]:
    matches = _matches(line)
    if not matches:
        return _edged(lines, number, line) or _bare(lines, number, line)
    found: list[Field] = []
    for at, match in enumerate(matches):
        start = match.end()
        end = matches[at + 1].start() if at + 1 < len(matches) else len(line.text)
        end -= line.fold[start:end].endswith(("【", "["))
        end = _edge(line, match["label"], start, end)
        action = _ACTION.search(line.fold, start, end)
        if action and action.end() == end:
            end = action.start()
        raw = line.text[start:end]
        value = _unboxed(raw.strip(BLANK + ";；|｜"))
        start += raw.find(value) if value else 0
        label = match["label"]
        if value:
            found += _accept(lines, number, label, value, line, start)
        elif at + 1 == len(matches):
            found += _on_next(lines, number, label)
    return found


def _matches(line: Line) -> list[re.Match[str]]:
    """The labels of a line with what sets them off, in printed order."""
    text = line.fold
    found: list[re.Match[str]] = []
    if "【" in text or "[" in text or "〔" in text:
        found = [m for m in _BOXED.finditer(text) if m.start() == 0 or _begins_field(line, m.start())]
    if ":" in text:
        boxed = [m.span() for m in found]
        found += [
            m
            for m in _FIELD.finditer(text)
            if (m.start() == 0 or _begins_field(line, m.start()))
            and not any(start <= m.start() < end for start, end in boxed)
        ]
    return sorted(found, key=lambda m: m.start())


_OTHER_LABEL = re.compile(r"[\u4e00-\u9fff]{2,6}\s?:")


def _edge(line: Line, label: str, start: int, end: int) -> int:
    """Where a value of the info row ends: where another element begins with a label that no list knows."""
    if _keys(label)[0] in ("theme", "guests", "summary"):
        return end  # these may hold a colon: 住建局局长：钱慧
    edges = (begin for begin, _, _ in line.segments if start < begin < end)
    return next((begin for begin in edges if _OTHER_LABEL.match(line.fold, begin, end)), end)


def _unboxed(value: str) -> str:
    """A value without the bracket that its label opened: ``【来源：县网】``."""
    for opening, closing in ("【】", "[]", "（）", "()", "〔〕"):
        value = value.removesuffix(opening).rstrip(BLANK)
        if value.endswith(closing) and opening not in value:
            value = value[:-1].rstrip(BLANK)
    return value


def _begins_field(line: Line, start: int) -> bool:
    """Whether a label may stand here: after a separator or at an element's edge, and not inside prose."""
    edge = line.fold[start - 1] in _EDGE or any(begin == start for begin, _, _ in line.segments)
    return edge and start <= 120 and not re.search(r"[。?？!！]", line.fold[:start])


def _accept(lines: list[Line], number: int, label: str, value: str, line: Line, start: int) -> list[Field]:
    keys = _keys(label)
    if keys == ["time", "published"] and _is_info(lines, number):
        keys = ["published"]
    for key in keys:
        if _proved(label, key, value):
            extra = _more_guests(lines, number) if key == "guests" else ()
            whole = "\n".join([value, *(more.text for more in extra)])
            return [Field(key, squeeze(label), whole, line, start, start + len(value), lines[number], extra)]
    return []


_INFO = re.compile(r"来源|点击|浏览|作者|字体|字号|打印|阅读")


def _is_info(lines: list[Line], number: int) -> bool:
    """Whether a line belongs to the page's info row, where a bare 时间 is the publication's."""
    here = lines[number]
    around = [line for line in lines[max(0, number - 1) : number + 2] if line is here or line.block is here.block]
    return any(_INFO.search(line.fold) for line in around)


def _more_guests(lines: list[Line], number: int) -> tuple[Line, ...]:
    """Guests listed one a line below their label."""
    extra: list[Line] = []
    for line in lines[number + 1 : number + 12]:
        if (
            ":" in line.fold
            or _OPENS.match(line.fold)
            or len(line.text) > 40
            or line.link_share > 0.5
            or re.search(r"[。?？!！,，]", line.text)
        ):
            break
        guests = parse_guests(line.text)
        if len(guests) != 1 or not guests[0].name or not guests[0].title:
            break
        extra.append(line)
    return tuple(extra)


def _edged(lines: list[Line], number: int, line: Line) -> list[Field]:
    """A label without colon that fills an inline element at the head of its line: ``<label>访谈时间</label><span>…</span>``."""
    for end in line.lead_ends:
        match = _BARE.match(line.fold[:end]) if 0 < end <= 14 else None
        value = line.text[end:].strip(BLANK)
        if match and value and len(squeeze(match["label"])) >= 4:
            return _accept(lines, number, match["label"], value, line, line.text.index(value, end))
    return []


def _bare(lines: list[Line], number: int, line: Line) -> list[Field]:
    """A label without colon fills its element: the value is the next line (next cell, ``dd``)."""
    match = _BARE.match(line.fold)
    if (
        not match
        or squeeze(match["label"]) in _NEEDS_PROOF - {"主题", "时间", "嘉宾", "主持人"}
        or len(_keys(match["label"])) == 0
    ):
        return []
    if line.block.tag not in ("td", "th", "dt", "li", "p", "div", "span", "h4", "h5"):
        return []
    if "host" in _keys(match["label"]) and line.block.tag not in ("td", "th", "dt"):
        return []
    return _on_next(lines, number, match["label"], cell_only=len(squeeze(match["label"])) < 4)


def _on_next(lines: list[Line], number: int, label: str, *, cell_only: bool = False) -> list[Field]:
    if number + 1 >= len(lines):
        return []
    after = lines[number + 1]
    here = lines[number]
    same_row = here.block.tag in ("td", "th", "dt") and here.block.getnext() is after.block
    if len(after.text) > 200 or _FIELD.match(after.fold) or _BARE.match(after.fold):
        return []
    guest = "guests" in _keys(label) and any(g.name and g.title for g in parse_guests(after.text))
    if not same_row and not guest and re.match(r"[^\s]{1,12}:", after.fold):
        return []
    if cell_only and not (here.block.tag in ("td", "th", "dt") and after.block.tag in ("td", "dd")):
        return []
    action = _ACTION.search(after.fold)
    end = action.start() if action else len(after.text)
    value = after.text[:end].strip(BLANK)
    if not value:
        return []
    for key in _keys(label):
        if _proved(label, key, value):
            extra = _more_guests(lines, number + 1) if key == "guests" else ()
            whole = "\n".join([value, *(more.text for more in extra)])
            return [Field(key, squeeze(label), whole, after, 0, len(value), here, extra)]
    return []
