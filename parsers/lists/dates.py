"""The date of a list's row: what is beside the link before what its title says, the last one of several."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from parsers.page.dom import Element
from parsers.page.text import collapse, fold
from parsers.patterns import compiled

_FULL = compiled(
    r"(?<!\d)((?:19|20)\d\d)\s?(?:[-/.·]|年)\s?(\d{1,2})\s?(?:[-/.·]|月)\s?(\d{1,2})(?!\d)"
    r"|(?<![\d-])((?:19|20)\d\d)((?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?![\d_])"
)
#: A day that stands apart from its month: ``<b>25</b><i>2021-09</i>``, ``<i>2021.09</i><b>25</b>``.
_DAY_FIRST = compiled(r"(?<![\d:.-])(\d{1,2})日?\s+((?:19|20)\d\d)\s?(?:[-/.]|年)\s?(\d{1,2})(?:月)?(?![\d-])")
_DAY_LAST = compiled(r"(?<!\d)((?:19|20)\d\d)\s?(?:[-/.]|年)\s?(\d{1,2})月?\s+(\d{1,2})日?(?![\d:])")
#: A year that stands apart: ``<i>09-25</i><b>2021</b>``.
_YEAR_LAST = compiled(r"(?<![\d-])(\d{1,2})[-/.月]\s?(\d{1,2})日?\s+((?:19|20)\d\d)年?(?![\d-])")
_SHORT = compiled(r"(?<![\d:./-])\[?\(?(\d{1,2})\s?(?:[-/.]|月)\s?(\d{1,2})日?\)?\]?(?![\d:./-])")
_TWO_DIGITS = compiled(r"(?<!\d)(\d\d)(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})(?!\d)")
#: What an address says of a day: ``t20170925_1``, ``/2017/09/25/``, ``/20170925/``, ``/201709/``.
_IN_ADDRESS = compiled(
    r"(?<!\d)((?:19|20)\d\d)(?:(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])?|[-/]?(0[1-9]|1[0-2])[-/]?(0[1-9]|[12]\d|3[01])"
    r"|[-/](\d{1,2})[-/](\d{1,2}))(?!\d)"
)


def _day(year: str | int, month: str | int, day: str | int) -> str | None:
    if 1 <= int(month) <= 12 and 1 <= int(day) <= 31:
        return f"{int(year):04d}-{int(month):02d}-{int(day):02d}"
    return None


def dates_in(text: str) -> list[str]:
    """The full dates of a text, as ``YYYY-MM-DD``, in their order."""
    text = fold(collapse(text))[:600]
    found = [
        (m.start(), _day(m[1], m[2], m[3]) if m[1] else _day(m[4], m[5][:2], m[5][2:])) for m in _FULL.finditer(text)
    ]
    if not found:
        found += [(m.start(), _day(m[2], m[3], m[1])) for m in _DAY_FIRST.finditer(text)]
        found += [(m.start(), _day(m[1], m[2], m[3])) for m in _DAY_LAST.finditer(text)]
        found += [(m.start(), _day(m[3], m[1], m[2])) for m in _YEAR_LAST.finditer(text)]
    return [day for _, day in sorted(found, key=lambda at: at[0]) if day]


def date_of(text: str) -> str | None:
    """The first full date of a text."""
    return next(iter(dates_in(text)), None)


def row_date(row: Iterable[Element], anchors: list[Element], url: str) -> str | None:
    """The date of a row.

    :param row: its elements
    :param anchors: the links of the entry; a date that fills an element inside one is beside its title, too
    :param url: where the entry leads: it has the year of a date that is printed without one
    """
    beside, inside = _split(row, anchors)
    for texts in (beside, inside):
        if found := dates_in(" ".join(texts)):
            return found[-1]
        if texts is beside and (short := _short(" ".join(texts), anchors, url)):
            return short
    return None


def _split(row: Iterable[Element], anchors: list[Element]) -> tuple[list[str], list[str]]:
    """A row's texts: those beside the title, and those of the title."""
    titles = set(anchors)
    beside: list[str] = []
    inside: list[str] = []
    for element in row:
        for text, owner in _texts(element):
            in_title = owner in titles or any(e in titles for e in owner.iterancestors())
            (inside if in_title and not _is_date(owner) else beside).append(text)
    return beside, inside


def _texts(element: Element) -> Iterator[tuple[str, Element]]:
    """The texts inside an element without its scripts, each with what holds it."""
    for holder in element.iter():
        if (
            isinstance(holder.tag, str)
            and holder.tag not in ("script", "style")
            and (text := str(holder.text or "")).strip()
        ):
            yield text, holder
        parent = holder.getparent() if holder is not element else None
        if parent is not None and (text := str(holder.tail or "")).strip():
            yield text, parent


_DATE_ALONE = compiled(r"[\s\[\]()\d年月日./:-]+")
_NAMED = compiled(r"date|time|sj|rq|riqi|day|month|year", re.IGNORECASE)


def _is_date(element: Element) -> bool:
    """Whether an element inside a link holds a date and nothing else."""
    if element.tag == "a":
        return False
    text = fold("".join(t for t in element.itertext() if isinstance(t, str)))
    return bool(re.search(r"\d", text)) and (
        _DATE_ALONE.fullmatch(text) is not None or bool(_NAMED.search(element.get("class") or ""))
    )


def _short(text: str, anchors: list[Element], url: str) -> str | None:
    """A date without a year, with the year that the address or the link's tooltip gives to the same day."""
    shorts = [(int(m[1]), int(m[2])) for m in _SHORT.finditer(fold(collapse(text)))]
    for month, day in reversed(shorts):
        for year, known_month, known_day in _known(anchors, url):
            if known_month == month and known_day in (None, day):
                return _day(year, month, day)
    return None


def _known(anchors: list[Element], url: str) -> Iterable[tuple[int, int, int | None]]:
    """Year, month and day that an address or a tooltip says; the day may be missing."""
    for anchor in anchors:
        tooltip = fold(anchor.get("title") or "")
        for found in dates_in(tooltip):
            yield int(found[:4]), int(found[5:7]), int(found[8:])
        for match in _TWO_DIGITS.finditer(tooltip):
            yield 2000 + int(match[1]), int(match[2]), int(match[3])
    for match in _IN_ADDRESS.finditer(url.partition("//")[2].partition("/")[2]):
        year, month, *day = (int(group) for group in match.groups() if group)
        yield year, month, next(iter(day), None)
