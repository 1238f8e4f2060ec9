"""A printed moment: a date, a date with a time of day, or a time of day alone."""

from __future__ import annotations

import re
from datetime import date

from parsers.header.date_forms import clock_at, day_at

_CLOCK = re.compile(r"(?<![0-9])(?<![0-9]:)(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2}))?(?![0-9:])")
_BEFORE_CLOCK = re.compile(r"\s{0,8}T?")


def read_time(text: str, pos: int = 0, *, search: bool = True) -> tuple[str, int, int] | None:
    """The first moment of a folded text from ``pos`` on, or the one that stands at ``pos``; its begin and end.

    A date is whole, with its year as four digits: a day whose year is not printed is none. Local time, cut to what is
    printed: ``2021-05-06T10:05:11``, ``2021-05-06``, ``10:05``.
    """
    found = day_at(text, pos, search=search)
    day = found[0] if found else None
    if found is None or day is None or day.short or not (day.year and day.month and day.day):
        return _clock(_CLOCK.search(text, found[2] if found else pos) if search or found else _CLOCK.match(text, pos))
    _, start, end = found
    try:
        value = date(day.year, day.month, day.day).isoformat()
    except ValueError:
        return None
    behind = _BEFORE_CLOCK.match(text, end)
    told = clock_at(text, behind.end()) if behind else None
    if told and told[0].minute is not None and told[0].possible and told[0].of_day() < 24:
        seconds = f":{told[0].second:02}" if text.count(":", end, told[1]) > 1 else ""
        value, end = f"{value}T{told[0].of_day():02}:{told[0].minute:02}{seconds}", told[1]
    return value, start, end


def _clock(match: re.Match[str] | None) -> tuple[str, int, int] | None:
    """A time of day whose date is not printed."""
    if match is None:
        return None
    hour, minute, second = (int(part or 0) for part in match.group("h", "m", "s"))
    if hour > 23 or minute > 59 or second > 59:
        return None
    return f"{hour:02}:{minute:02}" + (f":{second:02}" if match["s"] else ""), match.start(), match.end()
