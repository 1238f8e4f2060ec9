"""Title, publication date and source of a page: meta tags first, then printed labels, then position."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from parsers.header.dates import published
from parsers.header.labels import Field
from parsers.page.dom import Element, Survey
from parsers.page.lines import Line
from parsers.page.text import BLANK, collapse, fold, squeeze
from parsers.words import pattern

_PLACEHOLDER = pattern(r"^[\s\-_—]*$|[{}$]|<[^<>]{0,200}>|^\[.*\]$|^{PLACEHOLDER}$", re.IGNORECASE)
_SUFFIX = re.compile(r"\s{0,8}[-_|—–>]+\s{0,8}")
_SOURCE_SCRIPT = re.compile(r"""\b(?:wzly|source|laiyuan|ContentSource)\s*=\s*["']([^"'<>]{2,40})["']""")


@dataclass(frozen=True, slots=True)
class Found:
    """A value with the rule that found it and, when printed, its place."""

    value: str
    method: str
    raw: str
    line: Line | None = None
    start: int = 0
    end: int = 0


def meta_tags(root: Element) -> dict[str, str]:
    """``<meta name=… content=…>`` by lower-case name; the first usable content wins, placeholders are dropped."""
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        name = (element.get("name") or element.get("property") or "").strip().lower()
        content = collapse(element.get("content") or "").strip(BLANK)
        if name and content and not _PLACEHOLDER.search(content):
            found.setdefault(name, content)
    return found


def text_of(element: Element) -> str:
    """An element's text as printed, without scripts."""
    parts = [
        text
        for node in element.iter()
        if isinstance(node.tag, str) and node.tag not in ("script", "style")
        for text in ([node.text] if node.text else [])
    ]
    if len(parts) <= 1 and not len(element):
        return collapse(element.text or "").strip(BLANK)
    return collapse("".join(t for t in element.itertext() if isinstance(t, str))).strip(BLANK)


def head_title(root: Element) -> str:
    """The text of ``<title>``, empty when there is none."""
    element = root.find(".//title")
    return text_of(element) if element is not None else ""


_TITLE_WORD = re.compile(
    r"(?:^|[\s_\-])(?:title|tit|[a-z]{0,5}bt|biaoti|article[-_]?title|art[-_]?title|arc[-_]?title|wztit|content[-_]?title|news[-_]?title|xl[-_]?tit|zwbt|h1|artitle|detail[-_]?title)(?:$|[\s_\-\d])"
)


_TITLED = frozenset(["div", "p", "td", "span", "h2", "h3", "strong", "font"])


@lru_cache(maxsize=8192)
def _names_title(name: str) -> bool:
    return _TITLE_WORD.search(name.lower()) is not None


def _titled(survey: Survey) -> list[Element]:
    """Elements whose class or id says that they hold a title, in document order."""
    named = {e for name, found in survey.by_class.items() if _names_title(name) for e in found}
    named |= {e for name, e in survey.by_id.items() if _names_title(name)}
    return [e for e in survey.elements if e in named and e.tag in _TITLED] if named else []


def title_of(root: Element, survey: Survey, lines: list[Line], tags: dict[str, str], before: int) -> list[Found]:
    """Candidates for the article's heading, best first.

    :param before: index of the first body line; a heading stands above the text it heads
    """
    found: list[Found] = []
    by_block = {line.block: line for line in reversed(lines)}
    found += [Found(tags[key], f"meta:{key}", tags[key]) for key in ("articletitle", "pagetitle") if key in tags]
    headings = list(root.iter("h1", "ucaptitle"))
    for element in [*headings, *_titled(survey), *root.iter("h2")]:
        text = text_of(element)
        if not 2 <= len(squeeze(text)) <= 120 or (element.find(".//a") is not None and element.tag not in ("h1", "h2")):
            continue
        heading = by_block.get(element) or next((ln for ln in lines if ln.text == text), None)
        if heading is None:
            continue
        line = heading
        if line.block is element and line.text != text:
            text = _heading_lines(lines, line)
        if line.index > before + 3 or (
            re.match(r"^.{2,8}:", line.fold) and line.fold[:4] in ("访谈时间", "访谈嘉宾", "访谈主题")
        ):
            continue
        if CHANNEL.fullmatch(squeeze(text)):
            continue
        found.append(Found(text, f"element:{element.tag}", text, line, 0, len(text)))
    head = head_title(root)
    said = [part for part in _SUFFIX.split(head) if part.strip(BLANK)]
    vague = not said or CHANNEL.fullmatch(squeeze(said[0])) is not None  # the page's own title names but its column
    if not found and (printed := _above_info(lines, before, emphasised=not vague)):
        found.append(Found(printed.text, "above-info", printed.text, printed, 0, len(printed.text)))
    if head:
        for line in lines[: before + 3]:
            text = line.text.strip(BLANK)
            if (
                len(text) >= 6
                and text in head
                and text != head
                and not any(f.value == text for f in found)
                and line.link_share < 0.5
            ):
                found.append(Found(text, "line-in-title", text, line, 0, len(text)))
        if said:
            found.append(Found(said[0].strip(BLANK), "head-title", head))
    return found


def _above_info(lines: list[Line], before: int, *, emphasised: bool) -> Line | None:
    """The line right above the page's info row: the heading of a page that marks none as such."""
    for line, below in pairwise(lines[: before + 1]):
        if not _INFO_ROW.search(below.fold[:200]) or not 4 <= len(line.text) <= 60:
            continue
        plain = ":" not in line.fold and not line.linked and not CHANNEL.fullmatch(squeeze(line.text))
        if plain and (not emphasised or line.strong >= 0.8 * len(line.text)):
            return line
    return None


_INFO_ROW = re.compile(
    r"(?:来源|作者|点击|浏览|字体|字号).*\d{4}[-/.年]\d|\d{4}[-/.年]\d.*(?:来源|作者|点击|浏览|字体|字号)"
)
_INFO_LINE = re.compile(r"来源|发布|时间|日期|点击|浏览|字体|字号|作者|\d{4}[-/.年]\d")


def _heading_lines(lines: list[Line], first: Line) -> str:
    """A heading of several lines up to the first that is the page's info row."""
    words = [first.text]
    for line in lines[first.index + 1 : first.index + 4]:
        if line.block is not first.block or _INFO_LINE.search(line.fold):
            break
        words.append(line.text)
    return " ".join(words)


#: Names of sections and of page areas, which head a column and never a talk.
CHANNEL = pattern(r"{CHANNEL}")


def published_of(
    tags: dict[str, str], fields: list[Field], lines: list[Line], before: int, heading: int = 0
) -> Found | None:
    """When the page was published: meta tags, then a label, then a bare date near the title.

    :param fields: all of the page's labels, those of other talks in the margin (marked ``foreign``) included
    :param before: index of the first body line; ``heading``: index of the title's line

    Archive banners (归档时间) and the talk's own date never count.
    """
    labelled = [f for f in fields if f.key == "published" and not f.foreign]
    printed = _nearest(labelled, lines, before)
    meta = next(
        (
            Found(p, f"meta:{k}", tags[k])
            for k in ("pubdate", "firstpublishedtime", "publishdate", "article:published_time", "others")
            if k in tags and (p := published(tags[k]))
        ),
        None,
    )
    if meta:
        return meta
    if printed:
        return printed
    taken = {f.line.index for f in fields if f.foreign or f.key not in ("source", "other")}
    for line in sorted(
        lines[max(0, before - 12) : before + 1], key=lambda ln: (ln.index < heading, abs(ln.index - heading))
    ):
        if line.index in taken:
            continue
        value = published(line.text) if len(line.text) <= 80 and re.match(r"^\D{0,12}\d{4}[-/.年]", line.fold) else None
        if value and "归档" not in line.text and "访谈" not in line.text[:6]:
            return Found(value, "position", line.text, line, 0, len(line.text))
    return None


def _nearest(labelled: list[Field], lines: list[Line], before: int) -> Found | None:
    for field in labelled:
        info = any(
            re.search(r"来源|点击|浏览|字体|字号|打印|作者|阅读|分享", line.fold)
            for line in lines[max(0, field.line.index - 1) : field.line.index + 2]
        )
        if field.label in ("时间", "日期") and not info:
            continue
        value = published(field.value)
        if value and field.line.index <= before + 2:
            return Found(value, f"label:{field.label}", field.value, field.line, field.start, field.end)
    return None


def source_of(tags: dict[str, str], fields: list[Field], scripts: str) -> Found | None:
    """Who published the text: ContentSource, the label 来源, a script variable."""
    if "contentsource" in tags:
        return Found(tags["contentsource"], "meta:contentsource", tags["contentsource"])
    for field in fields:
        if field.key == "source":
            value = re.split(r"\s{2,}|\s(?=[^\s:]{2,6}:)|\s(?=\d{4}[-年/])|[|｜]", fold(field.value))[0]
            value = field.value[: len(value)].strip(BLANK + "【[(（")
            if value and len(value) <= 40 and not published(value):
                return Found(
                    value, f"label:{field.label}", field.value, field.line, field.start, field.start + len(value)
                )
    match = _SOURCE_SCRIPT.search(scripts)
    if match and not _PLACEHOLDER.search(match[1]):
        return Found(match[1], "script", match[0])
    return None
