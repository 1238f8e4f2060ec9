"""Rules of the source: who published the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from parsers.claims.claim import Found, Place
from parsers.header.dates import published
from parsers.header.meta import is_placeholder
from parsers.page.text import BLANK, fold, squeeze, unspelt
from parsers.patterns import compiled
from parsers.people.spelling import Bare
from parsers.reading import Reading
from parsers.words import pattern

_ENDS = pattern(
    r"\s{2,}|\s(?=[^\s:]{2,6}:)|\s?(?={YEAR})|[|]"
    r"|\s?(?=[\[【(](?![^\u4e00-\u9fff)]{1,7}[)])[^\]】)]{0,12}[\]】)]$)"
    r"|\s(?=[\[【(]?{PAGE_TAIL})|\s(?={COUNT_TAIL})|(?={EDITOR_TAIL})"
)
_MOMENT = r"{YEAR}\d{1,2}(?:[-/.]|{DATE_UNIT})\d{1,2}{DATE_UNIT}?(?:\s{1,4}\d{1,2}:\d{2}(?::\d{2})?)?"
#: 2015-11-27 18:05 泗荷县信访局 浏览：12
_UNLABELLED = pattern(_MOMENT + r"\s{1,8}(?P<house>[\u4e00-\u9fff]{3,20})\s{1,8}[)\]】]?\s?[(\[【]?{PAGE_TAIL}")
_NEAR, _ROW = 8, 100  # lines from the heading, characters
_HOUSE = pattern(r"{PUBLISHER_END}$")
_LAST = 3  # lines at the text's end
_LAST_WORDS = pattern(r"[。!?”][(\s]{0,4}{FIELD.source}\s?:\s{0,4}(?P<house>[^\s。,:;()《》]{2,20})[)\s]{0,4}$")
_LABELLED = pattern(
    r"(?:^|\s)\s{0,8}{FIELD.source}\s?:\s{0,4}(?P<house>[^\s。,:;()《》]{2,20}?)(?=\s|$|{EDITOR_TAIL}|{EDITING})"
)
_BYLINE = pattern(
    r"^\s{0,8}(?P<site>{SITE_ADDRESS}\s{1,4})?"
    + _MOMENT
    + r"\s{1,8}(?P<house>[^\s。,:;()《》\d]{1,14}(?:{MEDIUM_END}|(?(site)[^\s\d]|(?!))))\s{0,4}$"
)
_LATIN = compiled(r"[A-Za-z0-9.&'-]{1,40}")
_CUT = compiled(r"\s?(?:\.{2,6}|…{1,2})$")
_SCRIPT = compiled(r"""\b(?:wzly|source|laiyuan|ContentSource)\s*=\s*["']([^"'<>]{2,40})["']""")


def by_label(reading: Reading) -> Iterator[Found]:
    """``来源：…``, up to what stands behind it."""
    for number, f in enumerate(f for f in reading.page.fields if f.key == "source"):
        value = f.value[: _end(fold(f.value))].strip(BLANK + "【[(（")
        if value and len(value) <= 40 and not published(value) and not any(map(is_placeholder, (f.value, value))):
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


def by_spelt_label(reading: Reading) -> Iterator[Found]:
    """``來(lái)源:國(guó)防網(wǎng)``: a label whose own characters are spelt, near the heading."""
    for line in reading.visible[max(reading.heading, 0) : reading.heading + _NEAR]:
        bare = unspelt(line.fold) if len(line.text) <= 2 * _ROW else line.fold
        told = _LABELLED.search(bare) if bare != line.fold else None
        if told:
            value = Bare(line.text).part(*told.span("house"))
            yield Found(value, Place(value, line))
            return


def by_byline(reading: Reading) -> Iterator[Found]:
    """``2021-02-20 云岭之声``: a house behind the date, alone in the line below the heading; behind the site's address
    any name.
    """
    for line in reading.marks.lines("date"):
        told = _BYLINE.match(line.fold) if 0 < line.index - reading.heading <= _NEAR and reading.has_heading else None
        if told:
            value = line.text[slice(*told.span("house"))]
            yield Found(value, Place(value, line, *told.span("house")))
            return


def by_last_words(reading: Reading) -> Iterator[Found]:
    """``……还属首次。来源：云岭网``: behind the last sentence of the text."""
    for line in reversed(reading.body[-_LAST:]):
        told = _LAST_WORDS.search(line.fold)
        if told and _HOUSE.search(told["house"]):
            span = told.span("house")
            yield Found(line.text[slice(*span)], Place(line.text[slice(*span)], line, *span))
            return


def by_script(reading: Reading) -> Iterator[Found]:
    """A variable that a script prints."""
    match = _SCRIPT.search(reading.page.view.scripts)
    if match and not is_placeholder(match[1]):
        yield Found(match[1], Place(match[0]))
