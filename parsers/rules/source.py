"""Rules of the source: who published the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from parsers.claims.claim import Found, Place
from parsers.header.dates import published
from parsers.header.meta import is_placeholder
from parsers.page.text import BLANK, fold, squeeze
from parsers.patterns import compiled
from parsers.reading import Reading
from parsers.words import pattern

_ENDS = pattern(
    r"\s{2,}|\s(?=[^\s:]{2,6}:)|\s?(?={YEAR})|[|]|\s?(?=[\[【(][^\]】)]{0,12}[\]】)]$)|\s(?=[\[【(]?{PAGE_TAIL})"
)
#: 2015-11-27 18:05 泗荷县信访局 浏览：12
_UNLABELLED = pattern(
    r"{YEAR}\d{1,2}(?:[-/.]|{DATE_UNIT})\d{1,2}{DATE_UNIT}?(?:\s{1,4}\d{1,2}:\d{2}(?::\d{2})?)?"
    r"\s{1,8}(?P<house>[\u4e00-\u9fff]{3,20})\s{1,8}[(\[【]?{PAGE_TAIL}"
)
_NEAR, _ROW = 8, 100  # lines from the heading, characters
_HOUSE = pattern(r"{PUBLISHER_END}$")
_LATIN = compiled(r"[A-Za-z0-9.&'-]{1,40}")
_CUT = compiled(r"\s?(?:\.{2,6}|…{1,2})$")
_SCRIPT = compiled(r"""\b(?:wzly|source|laiyuan|ContentSource)\s*=\s*["']([^"'<>]{2,40})["']""")


def by_label(reading: Reading) -> Iterator[Found]:
    """``来源：…``, up to what stands behind it."""
    for number, f in enumerate(f for f in reading.page.fields if f.key == "source"):
        value = f.value[: _end(fold(f.value))].strip(BLANK + "【[(（")
        if value and len(value) <= 40 and not published(value):
            yield Found(value, Place(f.value, f.line, f.start, f.start + len(value)), f.label, 0.98**number)


def _end(text: str) -> int:
    """Where a source ends: what stands behind it, after a blank even, is the page's own."""
    edge = _ENDS.search(text, 1)
    end = edge.start() if edge else len(text)
    words = [match.span() for match in re.finditer(r"\S+", text[:end])]
    if all(stop - start == 1 for start, stop in words):  # set apart for looks
        return end
    for (_, before), (start, stop) in pairwise(words):
        latin = _LATIN.fullmatch(text, start, stop)
        if not (latin or _HOUSE.search(text[start:stop])):
            return before
    return end


def says_the_same(one: str, other: str) -> bool:
    """Whether two sources are one, perhaps cut: ``县水务局办...``."""
    first, second = (squeeze(fold(text)) for text in (one, other))
    short, long = sorted((_CUT.sub("", first), _CUT.sub("", second)), key=len)
    return first == second or ((_CUT.search(first) or _CUT.search(second)) is not None and long.startswith(short))


def is_whole(one: str, other: str) -> bool:
    """Whether the first of two sources that agree is complete and the second cut."""
    return _CUT.search(other) is not None and _CUT.search(one) is None


def by_tag(reading: Reading) -> Iterator[Found]:
    """``ContentSource``; twice it was the site's own office where the page printed somebody else."""
    if value := reading.page.tags.get("contentsource"):
        yield Found(value, Place(value), "contentsource")


def by_row(reading: Reading) -> Iterator[Found]:
    """A house without a label between the date and the counter of the row below the heading."""
    for line in reading.marks.lines("info"):
        if abs(line.index - reading.heading) > _NEAR or len(line.text) > _ROW:
            continue
        match = _UNLABELLED.search(line.fold)
        if match and _HOUSE.search(match["house"]):
            value = line.text[slice(*match.span("house"))]
            yield Found(value, Place(value, line, *match.span("house")))
            return


def by_script(reading: Reading) -> Iterator[Found]:
    """A variable that a script prints."""
    match = _SCRIPT.search(reading.page.view.scripts)
    if match and not is_placeholder(match[1]):
        yield Found(match[1], Place(match[0]))
