"""How many pages and entries a page declares: in its words, in attributes and hidden fields, in its scripts' variables.

Words are read over the borders of elements (``共<b>61</b>条``), but only where nothing else is said there: a sentence
that holds "61条" counts something of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from lxml import etree

from parsers.families.base import View
from parsers.page.dom import Element, Survey, words_of
from parsers.page.numerals import SIGN, number_of
from parsers.page.text import collapse, fold, squeeze, unfolded
from parsers.patterns import compiled
from parsers.record import Declared
from parsers.words import source

_MOST = 160  # characters of a text that may be a pager
_UNIT = r"(?:[条條篇个個项項期场場次集则則件部段份档檔笔])"
_NOUN = r"(?:记录|信息|访谈|文章|数据|新闻|节目|结果|内容|视频|直播|在线访谈|往期访谈|实录|主题|话题|资料|资讯)"
_N = r"(\d{1,6})(?!\d)"
#: Behind a word that says "in all" a number may stand in Chinese numerals.
_ANY = rf"(\d{{1,6}}(?!\d)|{SIGN}{{1,9}})"
_ALL = source("{IN_ALL}")
#: A sentence that says only how many talks there are.
_HELD = source("{HELD_SO_OFTEN}")
_EACH = source("{EACH_OF_THEM}")
_PAGES = compiled(
    rf"(?:共|总共|共有|共计|总计|合计|of)\s?{_ANY}\s?页"
    rf"|(?:总页数?|共?页数|总共页数|页码总数|pages|total ?pages?|page ?count)\s?[:=为]?\s?(?:\d{{1,4}}\s?/\s?)?{_ANY}(?!\s?条)"
    rf"|(?:第|页次|页码)?\s?:?\s?\d{{1,4}}\s?页?\s?/\s?(?:共|总)?\s?{_N}\s?页"
    rf"|(?:第|页次|页码)\s?:?\s?\d{{1,4}}\s?/\s?{_N}"
    rf"|page\s?\d{{1,4}}\s?(?:of|/)\s?{_N}",
    re.IGNORECASE,
)
_ENTRIES = compiled(
    rf"\d{{1,6}}\s?(?:[-~至到]|to)\s?\d{{1,6}}\s?{_UNIT}?\s?(?:/|of|,|，)\s?(?:共|总)?\s?{_N}(?!\s?页(?![数次码]))"
    rf"|(?:共|总共|共有|共计|总计|合计|累计|全部)\s?:?\s?{_ANY}\s?(?:{_UNIT}\s?{_NOUN}?|{_NOUN})"
    rf"|{_HELD}\s?{_NOUN}?\s?{_ANY}\s?{_UNIT}\s?{_NOUN}?|{_EACH}\s?\(\s?{_N}\s?\)"
    rf"|(?:总(?:记录|信息|条|访谈|数据|文章|期|场|个)?数量?|总(?:量|计|共)|(?:记录|信息|访谈|文章|数据)(?:总数|数|条数)|总条目"
    rf"|共计)\s?[:=为]?\s?{_ANY}(?!\s?页(?![数次码]))"
    rf"|(?<!每页)(?<!每页[\s:])(?<!显示)(?<!显示[\s:])(?<!\d){_N}\s?(?:{_UNIT}\s?{_NOUN}|[条條](?!\s?/))"
    rf"|\b(?:total|totals|records|items|entries|results|count)\b\s?(?:records?|items?|entries|results?)?"
    rf"\s?[:=]?\s?{_N}(?!\s?页(?![数次码]))"
    rf"|(?<!\d){_N}\s?(?:records|items|entries|results)\b",
    re.IGNORECASE,
)
_OF = compiled(r"(?<![\d/\-.:])(\d{1,4})\s?/\s?(\d{1,4})(?![\d/\-.:])")
#: A date or a row of numbers, which declares nothing.
_FIGURES = compiled(r"[\d\s.:-]*")
_CURRENT = compiled(r"第\s?(\d{1,4})\s?(?:页|/)|(?:当前(?:页|第)?|页次|页码|page)\s?:?\s?(\d{1,4})", re.IGNORECASE)
#: What else is in a pager.
_FURNITURE = compiled(
    rf"{_HELD}(?:\s?{_NOUN})?(?:\s?{SIGN}{{1,9}})?"
    rf"|{_ALL}{SIGN}{{1,9}}|首\s?页|尾\s?页|末\s?页|最[前后]一?页|[上下前后後]一?[页组]|[上下]\d+页|第一页|最后一?页|当前|每页|显示|showing|转到|跳转|跳至|前往"
    rf"|到第|确定|页码|页次|总页数|翻页|分页|GO|next|prev(?:ious)?|first|last|pages?|of|\bto\b|total|records?|items?|entries|results?"
    rf"|count|"
    rf"{_NOUN}|{_UNIT}|[第共总页有计合累全部数量为到至]|\d|\W|_",
    re.IGNORECASE,
)
_INLINE = frozenset(
    ("a", "b", "big", "em", "font", "i", "input", "label", "option", "q", "select", "small", "span", "strong", "u")
)
_SILENT = frozenset(("script", "style", "title", "noscript", "head", "textarea", "template"))
_WORD = compiled(
    r"pag(?:e|er|ing|ination|inator)?s?\b|pag[-_]|[-_]pag|page|fenye|fanye|(?:^|[\s_-])fy(?:$|[\s_-])", re.IGNORECASE
)

_PAGE_NAMES = frozenset(
    ["pagecount", "countpage", "totalpage", "totalpages", "pagetotal", "pagescount", "pagecounts", "allpage", "allpages", "maxpage", "lastpage", "pageall", "totalpagecount", "pagenumtotal", "totalpagenum", "pages", "pagesum", "sumpage", "logictotalpage"]
)  # fmt: skip
_ENTRY_NAMES = frozenset(
    ["totalcount", "totalrecord", "totalrecords", "totalnum", "totalnumber", "totalitems", "totalitem", "totalrows", "totalrow", "totalsize", "totaldata", "recordcount", "recordscount", "recordtotal", "recordnum", "rowcount", "rowscount", "itemcount", "itemscount", "infocount", "allcount", "countall", "datacount", "listcount", "counttotal", "articlecount", "totalelements", "totalcounts", "numberofitems", "total"]
)  # fmt: skip
#: One of these is in each of the names.
_STEMS = ("page", "total", "count", "record", "number")
_VARIABLE = compiled(
    r"(?<![\w$])(?:(?:var|let|const)\s{1,9}|(?:window|this"
    r"|self)\.)?(?P<name>[A-Za-z_]\w{2,30})\s{0,4}=(?!=)\s{0,4}(?:parseInt\("
    r"|Number\()?\s{0,4}[\"']?(?P<number>\d{1,6})[\"']?\s{0,4}(?=[;,)\n\r}]|//|/\*|$)"
)


#: The same as a field of an object: a call's options, a page's state, what machines read.
_FIELD = compiled(
    r"(?<![\w$.])[\"']?(?P<name>[A-Za-z_]\w{2,30})[\"']?"
    r"\s{0,4}:\s{0,4}[\"']?(?P<number>\d{1,6})[\"']?\s{0,4}(?=[,}\n\r])"
)
#: Beside one of these a bare ``total`` counts what is shown in pages.
_PAGED = compiled(r"(?:page_?(?:size|no|num|number|index)|per_?page|limit)[\"']?\s{0,4}:", re.IGNORECASE)
_BRACE = compiled(r"[{}]")
_BESIDE = 300  # characters of an object before and behind a field
_GROUPED = compiled(r"(?<![\d,])\d{1,3}(?:,\d{3})+(?![\d,])")


@dataclass(frozen=True, slots=True)
class Counts:
    """What a page declares of its list.

    :param current: the number of this page, where the page says it in words
    """

    pages: int | None = None
    entries: int | None = None
    current: int | None = None
    declarations: tuple[Declared, ...] = ()


def counts_of(view: View) -> Counts:
    """The numbers that a page declares: those in words, else in attributes, else in scripts."""
    return view.once(_counts)


def _counts(view: View) -> Counts:
    said: list[Declared] = []
    current: int | None = None
    for zone, element in view.once(_zones):
        here, number = ([], None) if _FIGURES.fullmatch(zone) else _said(zone, element)
        said += here
        current = current or number
    beside = [*_attributes(view), *_scripted(view.scripts)]
    pages, entries = (_declared(what, said, beside) for what in ("pages", "entries"))
    return Counts(pages, entries, current, tuple(dict.fromkeys((*said, *beside))))


def _declared(what: str, said: list[Declared], beside: list[Declared]) -> int | None:
    """The largest number in words: pagers that disagree are told by it. Else the first of attributes and scripts."""
    numbers = [declared.number for declared in said if declared.what == what]
    return max(numbers) if numbers else next((d.number for d in beside if d.what == what), None)


#: Without one of these a text declares nothing; a first look, for most texts hold none.
_DIGIT = compiled(source(r"\d|(?:{IN_ALL_END}|{HELD_END}|：)\s{0,9}") + SIGN)


def _zones(view: View) -> list[tuple[str, Element]]:
    return list(_zones_in(view.survey))


def _zones_in(survey: Survey) -> Iterator[tuple[str, Element]]:
    """Texts that say nothing but what pagers say, as large as can be, with the element that holds them.

    Only what holds a number is looked at.
    """
    tags, ends = survey.tags, survey.ends
    text, begins, stops = survey.flat
    sizes = _sizes(survey)
    number = (-1, 0)
    place = 0
    while place < len(tags):
        if number[0] < begins[place]:
            number = _number_from(text, begins[place])
        tag = tags[place]
        if not isinstance(tag, str) or tag in _SILENT or not sizes[place] or number[1] > stops[place]:
            place = ends[place]
            continue
        element = survey.elements[place]
        if whole := _whole(survey, place, sizes):
            yield whole, element
            place = ends[place]
            continue
        for run in _runs(survey, place, sizes):
            if pure := _pure(run):
                yield pure, element
        place += 1


def _number_from(text: str, at: int) -> tuple[int, int]:
    """Where the next number begins and ends; behind the text where there is none."""
    found = _DIGIT.search(text, at)
    return found.span() if found else (len(text), len(text) + 1)


def _whole(survey: Survey, place: int, sizes: list[int]) -> str | None:
    """All that an element says, if pagers say it; ``None`` for any other."""
    size = sizes[place]
    if size > 4 * _MOST:
        return None
    text, begins, stops = survey.flat
    begin, stop = begins[place], stops[place]
    if size == stop - begin and _alien().search(text, begin, stop):
        return None  # a first look, where no script is in the text: most elements say something else
    return _pure(_texts(survey.elements[place]))


def _sizes(survey: Survey) -> list[int]:
    """How many characters stand inside each element, without what no reader sees.

    What is inside an element that no reader sees is never asked for.
    """
    _, begins, stops = survey.flat
    unseen = [0] * (len(survey.tags) + 1)
    place = 0
    while place < len(survey.tags):
        if survey.tags[place] in _SILENT:
            unseen[place + 1] = stops[place] - begins[place]
            place = survey.ends[place]
        else:
            place += 1
    before = list(accumulate(unseen))
    return [
        stop - begin - before[end] + before[place]
        for place, (begin, stop, end) in enumerate(zip(begins, stops, survey.ends, strict=True))
    ]


def pager_texts(view: View) -> Iterator[Element]:
    """The elements that say nothing but what pagers say."""
    yield from dict.fromkeys(element for _, element in view.once(_zones))


def is_pager_name(words: str) -> bool:
    """Whether an element's class or id says that it is a pager."""
    return _WORD.search(words) is not None


def _texts(element: Element) -> list[str]:
    """The texts inside an element, without its scripts."""
    found: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, inner in walk:
        if event != "start":
            if inner is not element:
                found.append(str(inner.tail or ""))
        elif inner.tag in _SILENT:
            walk.skip_subtree()
        else:
            found.append(_written(inner))
    return found


def _written(element: Element) -> str:
    """What stands in an element: its text, or the number that is written into a field."""
    if element.tag == "input" and (element.get("type") or "text").lower() in ("text", "number"):
        return f" {element.get('value') or ''} "
    return str(element.text or "")


def _runs(survey: Survey, place: int, sizes: list[int]) -> Iterator[list[str]]:
    """The inline texts of an element between its blocks."""
    run = [survey.texts[place] or ""]
    child, end = place + 1, survey.ends[place]
    while child < end:
        tag = survey.tags[child]
        if tag in _INLINE and sizes[child] <= 4 * _MOST:
            run += _texts(survey.elements[child])
        elif isinstance(tag, str) and tag not in _SILENT:
            if len(run) > 1 or run[0]:
                yield run
            run = []
        run.append(survey.tails[child] or "")
        child = survey.ends[child]
    if len(run) > 1 or run[0]:
        yield run


def _pure(texts: list[str]) -> str | None:
    """A text that holds a number and beside it only what pagers say; ``None`` for any other."""
    raw = " ".join(texts)
    if not _DIGIT.search(raw) or _alien().search(raw):
        return None
    text = fold(" ".join(collapse(t).strip() for t in texts if t.strip()))
    text = _GROUPED.sub(lambda match: match[0].replace(",", ""), text)
    if len(text) > _MOST:
        return None
    return text if not _FURNITURE.sub("", text) else None


@cache
def _alien() -> re.Pattern[str]:
    """A letter of which no word of a pager is made, in whatever form."""
    forms = unfolded(re.findall(r"\w", _FURNITURE.pattern))
    return re.compile(f"[^\\W\\d_{''.join(sorted(forms))}]", re.IGNORECASE)


def _said(text: str, element: Element) -> tuple[list[Declared], int | None]:
    """What a pager's text declares, and the number of the page."""
    found: list[Declared] = []
    for what, pattern in (("pages", _PAGES), ("entries", _ENTRIES)):
        match = pattern.search(text)
        if match:
            found.append(Declared(what, number_of(next(g for g in match.groups() if g)) or 0, match[0].strip()))
    current = _CURRENT.search(text)
    number = int(next(g for g in current.groups() if g)) if current else None
    shares = _OF.findall(text)
    if len(shares) == 1 and int(shares[0][0]) <= int(shares[0][1]) and (found or _is_pager(text, element)):
        number = number or int(shares[0][0])
        if not any(d.what == "pages" for d in found):
            found.append(Declared("pages", int(shares[0][1]), "/".join(shares[0])))
    return found, number


def _is_pager(text: str, element: Element) -> bool:
    """Whether ``3/12`` in a text is no date: the text says more than that, or its element's name says page."""
    if re.search(r"页|next|prev", text, re.IGNORECASE) or len(re.findall(r"\d+", text)) > 3:
        return True
    around = (element, *element.iter("span", "li", "em", "b", "div"), *list(element.iterancestors())[:2])
    return any(_WORD.search(words_of(e)) for e in around if e.tag not in ("body", "html"))


def _attributes(view: View) -> Iterator[Declared]:
    """Hidden fields (``<input id="pageCount" value="6">``) and the attributes of an element that is called a pager."""
    for field in view.root.iter("input"):
        value = (field.get("value") or "").strip()
        if not value.isdecimal() or len(value) > 6 or (field.get("type") or "").lower() not in ("hidden", ""):
            continue
        for name in filter(None, (field.get("id"), field.get("name"))):
            if what := _meaning(name, bare=True):
                yield Declared(what, int(value), f"{name}={value}")
                break
    none = -1  # the place of the last element that counts something, and is no pager
    for place, attribute, said in view.survey.told:
        text = said.strip()
        if place == none or not text.isdecimal() or len(text) > 6 or not (what := _meaning(attribute, bare=True)):
            continue
        if not _is_named_pager(view.survey.elements[place]):
            none = place
            continue
        yield Declared(what, int(text), f'{attribute}="{text}"')


def _is_named_pager(element: Element) -> bool:
    return _WORD.search(words_of(element)) is not None or "pagina" in element.tag


def _scripted(scripts: str) -> Iterator[Declared]:
    """What scripts declare, be it in variables or in fields of objects; most declare nothing."""
    lowered = scripts.lower()
    if any(stem in lowered for stem in _STEMS):
        yield from _variables(scripts)
        yield from _fields(scripts)


def _variables(scripts: str) -> Iterator[Declared]:
    """``var totalCount = 61``; a bare ``total`` says too little there."""
    for match in _VARIABLE.finditer(scripts):
        if (what := _meaning(match["name"], bare=False)) and int(match["number"]):
            yield Declared(what, int(match["number"]), squeeze(match[0]))


def _fields(scripts: str) -> Iterator[Declared]:
    """``{totalCount: 61, …}``; a bare ``total`` where the same object speaks of pages."""
    for match in _FIELD.finditer(scripts):
        number, name = int(match["number"]), match["name"]
        if not number or not (what := _meaning(name, bare=True)):
            continue
        if _meaning(name, bare=False) or _PAGED.search(_object(scripts, match.start(), match.end())):
            yield Declared(what, number, squeeze(match[0]))


def _object(scripts: str, begin: int, end: int) -> str:
    """What stands beside a field in its object, without objects in it."""
    before = _BRACE.split(scripts[max(0, begin - _BESIDE) : begin])[-1]
    return f"{before}{_BRACE.split(scripts[end : end + _BESIDE], maxsplit=1)[0]}"


def _meaning(name: str, *, bare: bool) -> str | None:
    """What a name counts; ``None`` when it counts nothing of a list."""
    plain = re.sub(r"^:?(?:data-)?|[-_:]", "", name.lower())
    if plain in ("total", "pages", "count") and not bare:
        return None
    if plain in _PAGE_NAMES:
        return "pages"
    return "entries" if plain in _ENTRY_NAMES else None
