"""Dates and times as Chinese pages print them: start, end, precision, and never an invented part.

The one exception is the contract's: a talk time without a year takes the year of publication, with a remark.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from parsers.header.date_forms import Clock, Day, clock_at, day_at, number, second_clock_at, short_day_at
from parsers.header.machine_dates import Moment, machine_moment
from parsers.page.text import fold
from parsers.patterns import compiled
from parsers.record import TimeSpan
from parsers.words import pattern, words

__all__ = [
    "Reading",
    "is_finer",
    "is_finer_span",
    "moment",
    "number",
    "published",
    "read",
    "same_moment",
    "same_span",
    "short_moment",
    "year_of",
]

_BETWEEN = pattern(r"{BETWEEN}*")
_TO = pattern(r"{DATE_TO}(?:{SAME_DAY}|(?P<next>{NEXT_DAY}))?\s?")
_DAY = pattern(r"{DATE.day}")
#: 2021-12-03 ~ 12-05, 2021.12.3-5: what is left of a date in figures behind its first half.
_SHORT_DATE = compiled(r"(?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})(?![0-9:])")
_SHORT_DAY = pattern(r"(?P<d>[0-9]{1,2})(?![0-9:./-]|\s?{HOUR_SIGN})")
_DASH_CLOCK = compiled(r"-[0-2]?[0-9]:")
_WEEKDAY = pattern(r"{WEEKDAY}")
_WEEKDAY_BEHIND = pattern(r"\s?\(?\s?{WEEKDAY}\s?\)?")
_RECURRING = pattern(r"{RECURRING}\s?$")
_UNDETERMINED = pattern(r"{UNDETERMINED}")
_NIGHT_BEGINS, _NIGHT_ENDS = 18, 6  # a talk that begins after the one and ends before the other ends on the next day


@dataclass(frozen=True, slots=True)
class Reading:
    """A date string, read. ``span`` is ``None`` when nothing can be asserted; ``remarks`` say what was odd."""

    span: TimeSpan | None
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class _Printed:
    """What a line prints of one date or range, not yet made whole."""

    first: Day
    last: Day
    begin: int
    stop: int
    clocks: list[Clock]
    next_day: bool = False

    @property
    def ranged(self) -> bool:
        """Whether a second date is printed."""
        return self.last is not self.first


def read(text: str, default_year: int | None = None) -> Reading:
    """Read the first date (range) in ``text``.

    :param default_year: the publication's year, used when the text prints none
    """
    line = fold(text[:300])
    found = day_at(line, 0, search=True)
    written = machine_moment(line)
    if written and (found is None or written.start <= found[1]):
        return _of_a_machine(text, written)
    if found is None:
        return Reading(None, ("undetermined" if _UNDETERMINED.search(line) else "no_date",))
    if _RECURRING.search(line, 0, found[1]):
        return Reading(None, ("recurring",))
    return _assemble(text, line, _printed(line, *found), default_year)


def _of_a_machine(text: str, written: Moment) -> Reading:
    start = written.time.strftime("%Y-%m-%dT%H:%M")
    return Reading(TimeSpan(text[written.start : written.end].strip(), start, None, "minute"), written.remarks)


def _printed(line: str, first: Day, begin: int, pos: int) -> _Printed:
    """What follows a date: clock, connector, second date or the next day, second clock."""
    printed = _Printed(first, first, begin, pos, [])
    if first.day:
        _take_clock(line, printed, first_half=True)
    to = _TO.match(line, printed.stop) or _TO.match(line, _between(line, printed.stop))
    if to:
        second = _second_day(line, to.end(), printed) if not to["next"] else None
        if second:
            printed.last, printed.stop = second
            _take_clock(line, printed, first_half=False)
        elif first.day:
            _second_hour(line, to, printed)
    weekday = _WEEKDAY_BEHIND.match(line, printed.stop)
    printed.stop = weekday.end() if weekday else printed.stop
    return printed


def _between(line: str, pos: int) -> int:
    match = _BETWEEN.match(line, pos)
    return match.end() if match else pos


def _take_clock(line: str, printed: _Printed, *, first_half: bool) -> None:
    here = _between(line, printed.stop)
    if first_half and _DASH_CLOCK.match(line, here):
        here += 1  # 2026-09-28-21:50:00
    if clock := clock_at(line, here):
        printed.clocks.append(clock[0])
        printed.stop = clock[1]


def _second_hour(line: str, to: re.Match[str], printed: _Printed) -> None:
    """The second half of a range that names no date: an hour, of the same day or the next."""
    here = _between(line, to.end())
    clock = second_clock_at(line, here) if printed.clocks else clock_at(line, here)
    if clock:
        printed.clocks.append(clock[0])
        printed.stop = clock[1]
    if to["next"]:
        printed.next_day = True
        printed.stop = max(printed.stop, to.end())


def _second_day(line: str, pos: int, printed: _Printed) -> tuple[Day, int] | None:
    """The end date of a range; parts it leaves out come from the first date."""
    first = printed.first
    found = day_at(line, pos, search=False)
    if found and found[0].month and (found[0].day or first.day is None):
        day, _, end = found
        return Day(day.year or first.year, day.month, day.day), end
    if not (first.month and first.day):
        return None
    if match := _DAY.match(line, pos):
        return Day(first.year, first.month, number(match["d"])), match.end()
    if printed.clocks:
        return None
    if match := _SHORT_DATE.match(line, pos):
        return Day(first.year, int(match["m"]), int(match["d"])), match.end()
    if match := _SHORT_DAY.match(line, pos):
        return Day(first.year, first.month, int(match["d"])), match.end()
    return None


def _assemble(text: str, line: str, printed: _Printed, default_year: int | None) -> Reading:
    remarks: list[str] = ["two_digit_year"] if printed.first.short else []
    year = printed.first.year
    if year is None:
        year = default_year
        remarks.append("year_from_publication" if year else "year_unknown")
    wrong = any(not c.possible for c in printed.clocks)
    if wrong or not _valid(printed.first, year) or not _valid(printed.last, printed.last.year or year):
        return Reading(None, ("invalid_date",))
    if year is None:
        return Reading(None, tuple(remarks))
    first = replace(printed.first, year=year)
    last = replace(printed.last, year=printed.last.year or year)
    precision = _precision(first, printed.clocks)
    start = _iso(first, _start_hour(printed), precision)
    end, remark = _end(printed, first, last, precision)
    if end is not None and end < start:
        end, remark = None, "end_before_start"
    remarks += [remark] if remark else []
    weekday = _WEEKDAY.search(line, printed.begin, printed.stop)
    if weekday and not _is_weekday(first, weekday[0]):
        remarks.append("weekday_mismatch")
    return Reading(TimeSpan(text[printed.begin : printed.stop].strip(), start, end, precision), tuple(remarks))


def _is_weekday(day: Day, printed: str) -> bool:
    """Whether a whole date falls on the day of the week that is printed beside it; a part of a date may."""
    if not (day.year and day.month and day.day):
        return True
    said = printed[-1].replace(words("SUNDAY")[0], words("WEEK")[-1])
    return said == words("WEEK")[date(day.year, day.month, day.day).weekday()]


def _valid(day: Day, year: int | None) -> bool:
    try:
        date(year or 2000, day.month or 1, day.day or 1)
    except ValueError:
        return False
    return year is None or 1900 <= year <= 2100


def _precision(first: Day, clocks: list[Clock]) -> str:
    if clocks:
        return "minute" if any(c.minute is not None for c in clocks) else "hour"
    return "year" if first.month is None else "month" if first.day is None else "day"


def _start_hour(printed: _Printed) -> tuple[int, int] | None:
    if not printed.clocks:
        return None
    first = printed.clocks[0]
    return first.of_day(), first.minute or 0


def _end(printed: _Printed, first: Day, last: Day, precision: str) -> tuple[str | None, str]:
    """When a range ends, with a remark."""
    if len(printed.clocks) > 1:
        return _end_with_hour(printed, first, last, precision)
    if printed.ranged:
        return _iso(last, None, "day" if printed.clocks else precision), ""
    if printed.next_day:
        return _iso(_later(first), None, "day"), ""
    return None, ""


def _end_with_hour(printed: _Printed, first: Day, last: Day, precision: str) -> tuple[str | None, str]:
    one, two = printed.clocks[:2]
    start = one.of_day(), one.minute or 0
    end = two.of_day("" if printed.next_day or printed.ranged else one.half if one.late else ""), two.minute or 0
    if printed.next_day:
        return _iso(_later(first), end, precision), ""
    if printed.ranged or end >= start:
        return _iso(last, end, precision), ""
    if not two.half and one.early and two.hour < 12:
        return _iso(first, (two.hour + 12, end[1]), precision), ""
    if start[0] >= _NIGHT_BEGINS and end[0] < _NIGHT_ENDS:
        return _iso(_later(first), end, precision), "end_on_next_day"
    return None, "end_before_start"


def _later(day: Day) -> Day:
    after = date(day.year or 0, day.month or 0, day.day or 0) + timedelta(days=1)
    return Day(after.year, after.month, after.day)


def _iso(day: Day, clock: tuple[int, int] | None, precision: str) -> str:
    """A day cut to a precision; 24:00 is the next day's beginning."""
    if precision == "year":
        return f"{day.year:04d}"
    if precision == "month":
        return f"{day.year:04d}-{day.month:02d}"
    if clock and clock[0] == 24:
        day, clock = _later(day), (0, clock[1])
    text = f"{day.year:04d}-{day.month:02d}-{day.day:02d}"
    if clock is None or precision == "day":
        return text
    return f"{text}T{clock[0]:02d}" + (f":{clock[1]:02d}" if precision == "minute" else "")


@dataclass(frozen=True, slots=True)
class PrintedMoment:
    """A publication date as the record prints it, where it is in its text, and what was odd about it."""

    iso: str
    start: int
    end: int
    remarks: tuple[str, ...] = ()


@lru_cache(maxsize=256)  # several rules ask for the same date
def moment(text: str) -> PrintedMoment | None:
    """The first whole date of a text: ``2021-12-23T11:40:00+08:00`` or ``2021-12-23``; ``None`` without one."""
    line = fold(text[:120])
    found = day_at(line, 0, search=True)
    written = machine_moment(line)
    if written and (found is None or written.start <= found[1]):
        return PrintedMoment(written.time.isoformat(timespec="seconds"), written.start, written.end, written.remarks)
    if found is None:
        return None
    day, begin, pos = found
    if not (day.year and day.month and day.day) or not _valid(day, day.year) or _RECURRING.search(line, 0, begin):
        return None
    remarks = ("two_digit_year",) if day.short else ()
    printed = _Printed(day, day, begin, pos, [])
    _take_clock(line, printed, first_half=True)
    clock = printed.clocks[0] if printed.clocks else None
    if clock is None or clock.minute is None or not clock.possible or _is_no_hour(clock):
        return PrintedMoment(_iso(day, None, "day"), begin, pos, remarks)
    iso = _iso(day, (clock.of_day(), clock.minute), "minute")
    return PrintedMoment(f"{iso}:{clock.second:02d}+08:00", begin, printed.stop, remarks)


def _is_no_hour(clock: Clock) -> bool:
    """00:00:00 is what a database prints of a day alone."""
    return (clock.hour, clock.minute, clock.second) == (0, 0, 0)


def short_moment(text: str) -> PrintedMoment | None:
    """The first day of a text whose year has two digits and no unit (17/3/14); ``None`` without one."""
    found = short_day_at(fold(text[:120]))
    if found is None or not _valid(found[0], found[0].year):
        return None
    day, start, end = found
    return PrintedMoment(_iso(day, None, "day"), start, end, ("two_digit_year",))


def published(text: str) -> str | None:
    """:func:`moment` without its place."""
    found = moment(text)
    return found.iso if found else None


def year_of(iso: str | None) -> int | None:
    """The year of an ISO date; ``None`` for ``None``."""
    return int(iso[:4]) if iso else None


def same_moment(one: str, other: str) -> bool:
    """Whether two publication dates agree to the minute, or to the day where one tells no more."""
    size = 16 if min(len(one), len(other)) > 10 else 10
    return one[:size] == other[:size]


def is_finer(one: str, other: str) -> bool:
    """Whether the first of two dates that agree tells a time and the second only a day."""
    return len(one) > 10 >= len(other)


def same_span(one: TimeSpan, other: TimeSpan) -> bool:
    """Whether two spans agree as far as both tell."""
    ends = one.end is None or other.end is None or _agree(one.end, other.end)
    return ends and _agree(one.start, other.start)


def is_finer_span(one: TimeSpan, other: TimeSpan) -> bool:
    """Whether the first of two spans that agree tells more: a finer start, or an end."""
    return (len(one.start), one.end is not None) > (len(other.start), other.end is not None)


def _agree(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
