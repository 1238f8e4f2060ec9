"""A printed moment: a date, a date with a time of day, or a time of day alone."""

from __future__ import annotations

import re
from datetime import date

from parsers.header.date_forms import Day, clock_at, day_at
from parsers.patterns import compiled

_CLOCK = compiled(r"(?<![0-9])(?<![0-9]:)(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2}))?(?![0-9:])")
_LAST_HOUR = 23
_BEFORE_CLOCK = compiled(r"\s{0,8}T?")


def read_time(text: str, pos: int = 0, *, search: bool = True) -> tuple[str, int, int] | None:
    """The first moment of a folded text from ``pos`` on, or the one that stands at ``pos``; its begin and end.

    A date is whole, with its year as four digits: a day whose year is not printed is none. Local time, cut to what is
    printed: ``2021-05-06T10:05:11``, ``2021-05-06``, ``10:05``.
    """
    found = day_at(text, pos, search=search)
    if found and (value := _whole(found[0])):
        return _with_clock(value, text, found[1], found[2])
    if found or search:
        return _clock(_CLOCK.search(text, found[2] if found else pos))
    return _clock(_CLOCK.match(text, pos))


def _whole(day: Day) -> str | None:
    """A date with all its parts that the calendar has."""
    if day.short or not (day.year and day.month and day.day):
        return None
    try:
        return date(day.year, day.month, day.day).isoformat()
    except ValueError:
        return None


def _with_clock(value: str, text: str, start: int, end: int) -> tuple[str, int, int]:
    """A date with the time of day that follows it, if any does."""
    behind = _BEFORE_CLOCK.match(text, end)
    told = clock_at(text, behind.end()) if behind else None
    if told is None or told[0].minute is None or not told[0].possible or told[0].of_day() > _LAST_HOUR:
        return value, start, end
    clock, stop = told
    seconds = f":{clock.second:02}" if text.count(":", end, stop) > 1 else ""
    return f"{value}T{clock.of_day():02}:{clock.minute:02}{seconds}", start, stop


def _clock(match: re.Match[str] | None) -> tuple[str, int, int] | None:
    """A time of day whose date is not printed."""
    if match is None:
        return None
    hour, minute, second = (int(part or 0) for part in match.group("h", "m", "s"))
    if hour > _LAST_HOUR or minute > 59 or second > 59:
        return None
    return f"{hour:02}:{minute:02}" + (f":{second:02}" if match["s"] else ""), match.start(), match.end()
