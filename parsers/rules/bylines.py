"""Publication dates that have company in their line: an author, a periodical, a board's sign, the brackets of a
heading; and those that a press office prints below its release in two lines.

These rules are asked where no label, row or line of its own tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from parsers.claims.claim import Found, Place
from parsers.header.dates import PrintedMoment, moment
from parsers.page.lines import Line
from parsers.page.text import unspelt
from parsers.patterns import compiled
from parsers.people.names import is_name
from parsers.reading import Reading
from parsers.rules.published import dated, near_heading
from parsers.words import pattern

_LINE, _FOOT, _AROUND_HEADING = 60, 16, 6  # characters of a line; lines below the text; lines beside the heading
_OF_A_TALK = pattern(r"{TALK}|{VISIT.seat}|{ON_AIR}|{PRESS_NAME}|{TO_COME}")
_OPENS = pattern(r"^\s{0,4}(?:date\s{1,2}|[\[(【]\s?|{SITE_ADDRESS}\s{1,4})?$")
#: Behind a date with a clock: the one word that says which column or house printed it; a room says when a talk is.
_COLUMN = pattern(r"^\s{1,8}[\u4e00-\u9fffA-Za-z]{2,12}\s{0,4}$")
_ROOM = pattern(r"{ROOM_OF_TALKS}\s{0,4}$")
#: admin 县情 2019-04-18 257: a board's account and column before the day, and how often it was read behind.
_ACCOUNT = compiled(r"^\s{0,4}[A-Za-z][A-Za-z0-9_-]{2,15}\s{1,4}(?:[\u4e00-\u9fff]{2,10}\s{1,4})?$")
_READ = pattern(r"^\s{1,4}(?:{READ_TIMES}|\d{1,7})\s{0,4}$")
_HOUSE_BEFORE = compiled(r"^[^\s。,，:：;；!?]{2,12}\s{0,4}[(]\s?$")
_HOUSE_AND_BUTTONS = pattern(
    r"\s{0,4}(?:[^\s。,:;!?]{1,14}{MEDIUM_END}[^\s。,:;!?]{0,4}|[^\s:。]{2,5}:\s?[^\s:。,]{2,6})\s{1,4}\n"
    r"(?:\s{1,8}[^\s。,:;!?]{2,8}){0,4}\s{0,4}"
)
_SENT_IN = pattern(r"^\s{0,4}{SENT_IN}\s{1,4}$")
_CLOSES = compiled(r"^\s?[)]\s{0,4}$")
_BEHIND = pattern(r"^\s{0,4}(?:{BYLINE}|[^\s。,:;!?]{1,12}{PUBLISHER_END}|《[^《》]{2,12}》.{0,16})?\s{0,4}$")
_POSTED = pattern(r"{POSTED}\s?:?\s{0,4}$")
_IN_BRACKETS = compiled(r"[(（]\s?[^()（）]{8,24}[)）]\s{0,4}$")
_WEEKDAY = pattern(r"^\s?[(（]?{WEEKDAY}?[)）]?\s?$")
_ZONE_CLOCK = pattern(r"^\s{0,4}{ZONE_CLOCK}\s{0,4}$")
_ZONE = pattern(r"^\s{0,4}{ZONE_NAME}")


def by_byline(reading: Reading) -> Iterator[Found]:
    """``2016-04-11 09:50:46周宁``, ``2021-02-20 云岭之声``, ``云岭国际 (2004年05月08日 20:49)`` near below the heading."""
    for line, found in dated(reading):
        if line.index == reading.heading or len(line.text) > _LINE or not near_heading(reading, line):
            continue
        if not _OF_A_TALK.search(line.fold) and _has_company(line, found):
            yield _found(line, found)
            return


def _has_company(line: Line, found: PrintedMoment) -> bool:
    """Whether what is beside a date is who wrote or published the text, and nothing that is told."""
    before, behind = line.fold[: found.start], line.fold[found.end :]
    if not f"{before}{behind}".strip():
        return False
    if "T" in found.iso and _HOUSE_AND_BUTTONS.fullmatch(f"{before}\n{behind}"):
        return True
    if _SENT_IN.match(before):
        return _BEHIND.match(behind) is not None
    if _HOUSE_BEFORE.match(before):
        return _CLOSES.match(behind) is not None
    return bool((_OPENS.match(before) and _is_maker(behind, found)) or (_ACCOUNT.match(before) and _READ.match(behind)))


def _is_maker(behind: str, found: PrintedMoment) -> bool:
    """Whether what is behind a date is a house, a person, or a column whose programme wrote the hour, too."""
    clocked = "T" in found.iso
    if clocked and _ROOM.search(behind):
        return False
    return bool(_BEHIND.match(behind) or (clocked and _COLUMN.match(behind)) or is_name(behind.strip()))


def by_board(reading: Reading) -> Iterator[Found]:
    """``清风 发表于 2009-1-20 08:05:59``: the first post of a board, beside its heading."""
    for line in reading.marks.lines("date"):
        if reading.has_heading and abs(line.index - reading.heading) > _AROUND_HEADING:
            continue
        found = moment(line.text) if len(line.text) <= _LINE else None
        if found and _POSTED.search(line.fold[: found.start]):
            yield _found(line, found)
            return


def by_heading(reading: Reading) -> Iterator[Found]:
    """``……接听日见闻（2005年09月07日）``: a day in brackets ends the heading of no talk."""
    title = reading.value("title") or ""
    told = _IN_BRACKETS.search(title)
    found = moment(told[0]) if told and not _OF_A_TALK.search(unspelt(title)) else None
    if told and found and found.start <= 1 and len(told[0].strip()) - found.end <= 1:
        yield Found(found.iso, Place(told[0]), remarks=found.remarks)


def by_release(reading: Reading) -> Iterator[Found]:
    """``2014年9月19日(星期五)`` and below it ``香港时间9时28分``: how a press office ends its release."""
    for line, below in pairwise(reading.visible[-_FOOT:]):
        found = moment(line.text)
        if found is None or not _ZONE_CLOCK.match(below.fold) or not _is_alone(line, found):
            continue
        whole = moment(f"{line.text[found.start : found.end]} {_ZONE.sub('', below.fold)}") or found
        yield Found(whole.iso, Place(line.text, line, found.start, found.end), remarks=whole.remarks)
        return


def _is_alone(line: Line, found: PrintedMoment) -> bool:
    """Whether nothing is in a date's line but the day of the week."""
    return not line.fold[: found.start].strip() and _WEEKDAY.match(line.fold[found.end :]) is not None


def _found(line: Line, found: PrintedMoment) -> Found:
    place = Place(line.text[found.start : found.end].strip(), line, found.start, found.end)
    return Found(found.iso, place, remarks=found.remarks)
