"""Dates and times as Chinese pages print them: start, end, precision, and never an invented part.

The one exception is the contract's: a talk time without a year takes the year of publication, with a remark.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from parsers.page.text import fold
from parsers.record import TimeSpan

_DIGITS = {"〇": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_N = r"[0-9〇一二三四五六七八九十]"
_FULL = re.compile(
    rf"(?<![0-9])(?P<y>{_N}{{4}})\s?年\s?(?:(?P<m>{_N}{{1,3}})\s?月份?\s?(?:(?P<d>{_N}{{1,3}})\s?[日号]?)?)?"
)
_DASHED = re.compile(
    r"(?<![0-9])(?P<y>[12][0-9]{3})\s?([-/.])\s?(?P<m>[0-9]{1,2})(?:\s?\2\s?(?P<d>[0-9]{1,2}))?(?![0-9])"
)
_MONTH_DAY = re.compile(
    rf"(?<![0-9〇一二三四五六七八九十])(?P<m>{_N}{{1,3}})\s?月份?\s?(?:(?P<d>{_N}{{1,3}})\s?[日号])?"
)
_SHORT = re.compile(r"(?<![0-9])(?P<m>[01]?[0-9])-(?P<d>[0-3]?[0-9])(?=\s+[0-2]?[0-9]:)")
_DAY = re.compile(rf"(?P<d>{_N}{{1,3}})\s?[日号]")
_HALF = r"上午|下午|早上|早晨|清晨|中午|晚上|晚间|傍晚|凌晨|[AaPp]\.?[Mm]\.?|晚|早"
_CLOCK = re.compile(
    rf"(?P<half>{_HALF})?\s?(?:(?P<h>[0-9]{{1,2}})\s?:\s?(?P<mi>[0-9]{{2}})(?:\s?:\s?[0-9]{{2}})?(?![0-9])(?:\.[0-9]{{1,3}})?"
    rf"|(?P<h2>{_N}{{1,3}}|两)\s?[时点]\s?(?:钟|整|(?P<halfpast>半)|(?P<quarter>[一三])刻|(?P<mi2>{_N}{{1,3}})\s?分?(?:\s?{_N}{{1,3}}\s?秒)?)?)"
    r"(?P<suffix>\s?[AaPp][Mm])?"
)
_WEEKDAY = re.compile(r"(?:星期|周|礼拜)([一二三四五六日天])")
_FILLER = re.compile(
    r"(?:\s|[(](?=\s?(?:[上下早晚中凌]|\d{1,2}\s?[:时点]))|[,，、;；T日]|\(?\s?(?:星期|周|礼拜)[一二三四五六日天]\s?\)?|(?:北京时间))*"
)
_CONNECTOR = re.compile(r"\s?(?:[-~]{1,3}|至|到)\s?(?:当日|当天)?\s?")
_UNDETERMINED = re.compile(r"待定|另行通知|暂定|未定")


@dataclass(frozen=True, slots=True)
class _Day:
    year: int | None
    month: int | None
    day: int | None


@dataclass(frozen=True, slots=True)
class _Clock:
    hour: int
    minute: int | None
    half: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A date string, read. ``span`` is ``None`` when nothing can be asserted; ``remarks`` say what was odd."""

    span: TimeSpan | None
    remarks: tuple[str, ...] = ()


def number(text: str) -> int:
    """Arabic or Chinese numeral below 100, or a digit sequence such as 二〇一二."""
    if text.isdecimal():
        return int(text)
    if text == "两":
        return 2
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (_DIGITS.get(tens, int(tens) if tens.isdecimal() else 1)) * 10 + (number(ones) if ones else 0)
    value = 0
    for char in text:
        value = value * 10 + (int(char) if char.isdecimal() else _DIGITS.get(char, 0))
    return value


def _day_at(text: str, pos: int, *, search: bool) -> tuple[_Day, int, int] | None:
    """The first (or, without ``search``, the immediately following) date: value, start, end."""
    found: list[tuple[int, int, _Day]] = []
    for pattern in (_FULL, _DASHED, _SHORT, _MONTH_DAY):
        match = pattern.search(text, pos) if search else pattern.match(text, pos)
        if match:
            groups = match.groupdict()
            values = [number(groups[key]) if groups.get(key) else None for key in ("y", "m", "d")]
            found.append((match.start(), -match.end(), _Day(*values)))
    if not found:
        return None
    start, end, day = min(found, key=lambda item: item[:2])
    return day, start, -end


def _clock_at(text: str, pos: int) -> tuple[_Clock, int] | None:
    match = _CLOCK.match(text, pos)
    if not match:
        return None
    hour = number(match["h"] or match["h2"])
    minute: int | None
    if match["mi"]:
        minute = int(match["mi"])
    elif match["halfpast"]:
        minute = 30
    elif match["quarter"]:
        minute = 15 if match["quarter"] == "一" else 45
    else:
        minute = number(match["mi2"]) if match["mi2"] else None
    half = (match["half"] or match["suffix"] or "").strip().lower().replace(".", "")
    return _Clock(hour, minute, half), match.end()


def _hour24(clock: _Clock, half: str) -> int:
    afternoon = half in ("下午", "晚上", "晚间", "傍晚", "晚", "pm") or (half == "中午" and clock.hour < 11)
    if afternoon and clock.hour < 12:
        return clock.hour + 12
    if half in ("凌晨", "am") and clock.hour == 12:
        return 0
    return clock.hour


def _valid(day: _Day, year: int | None) -> bool:
    try:
        date(year or 2000, day.month or 1, day.day or 1)
    except ValueError:
        return False
    return year is None or 1900 <= year <= 2100


def _iso(year: int, day: _Day, clock: tuple[int, int] | None, precision: str) -> str:
    if precision == "year":
        return f"{year:04d}"
    if precision == "month":
        return f"{year:04d}-{day.month:02d}"
    text = f"{year:04d}-{day.month:02d}-{day.day:02d}"
    if clock is None or precision == "day":
        return text
    return f"{text}T{clock[0]:02d}" + (f":{clock[1]:02d}" if precision == "minute" else "")


def _second_day(text: str, pos: int, first: _Day) -> tuple[_Day, int] | None:
    """The end date of a range; parts it leaves out come from the first date."""
    found = _day_at(text, pos, search=False)
    if found and found[0].month and (found[0].day or first.day is None):
        day, _, end = found
        return _Day(day.year or first.year, day.month, day.day), end
    match = _DAY.match(text, pos)
    if match and first.month and first.day:
        return _Day(first.year, first.month, number(match["d"])), match.end()
    return None


def read(text: str, default_year: int | None = None) -> Reading:
    """Read the first date (range) in ``text``.

    :param default_year: the publication's year, used when the text prints none
    """
    line = fold(text[:300])
    found = _day_at(line, 0, search=True)
    if found is None:
        remark = "undetermined" if _UNDETERMINED.search(line) else "no_date"
        return Reading(None, (remark,))
    first, begin, pos = found
    last, clocks, stop = _tail(line, first, pos)
    return _assemble(text, line, begin, stop, first, last, clocks, default_year)


def _tail(line: str, first: _Day, pos: int) -> tuple[_Day, list[_Clock], int]:
    """What follows a date: clock, connector, second date, second clock."""
    last, clocks, stop = first, [], pos
    if first.day is None and not (connector := _CONNECTOR.match(line, pos)):
        return last, [], pos
    for attempt in range(2):
        here = _FILLER.match(line, stop).end()  # type: ignore[union-attr]
        if attempt == 0 and line[here : here + 1] == "-" and re.match(r"-[0-2][0-9]:", line[here:]):
            here += 1  # 2026-09-28-21:50:00
        clock = _clock_at(line, here) if first.day else None
        if clock:
            clocks.append(clock[0])
            stop = clock[1]
        if attempt:
            break
        connector = _CONNECTOR.match(line, stop) or _CONNECTOR.match(line, _FILLER.match(line, stop).end())  # type: ignore[union-attr]
        if not connector:
            break
        second = _second_day(line, connector.end(), first)
        if second:
            last, stop = second
        elif first.day and _clock_at(line, _FILLER.match(line, connector.end()).end()):  # type: ignore[union-attr]
            stop = connector.end()
        else:
            break
    weekday = re.compile(r"\s?\(?\s?(?:星期|周)[一二三四五六日天]\s?\)?").match(line, stop)
    return last, clocks, weekday.end() if weekday else stop


def _assemble(
    text: str, line: str, begin: int, stop: int, first: _Day, last: _Day, clocks: list[_Clock], default_year: int | None
) -> Reading:
    raw = text[begin:stop].strip()
    remarks: list[str] = []
    year = first.year
    if year is None:
        year = default_year
        remarks.append("year_from_publication" if year else "year_unknown")
    if (
        not _valid(first, year)
        or not _valid(last, last.year or year)
        or any(c.hour > 24 or (c.minute or 0) > 59 for c in clocks)
    ):
        return Reading(None, ("invalid_date",))
    if year is None:
        return Reading(None, tuple(remarks))
    precision = "year" if first.month is None else "month" if first.day is None else "day"
    start_clock = end_clock = None
    ranged = last is not first
    if clocks:
        precision = "minute" if any(c.minute is not None for c in clocks) else "hour"
        start_clock = (_hour24(clocks[0], clocks[0].half), clocks[0].minute or 0)
        if len(clocks) > 1:
            end_clock, remark = _end_clock(clocks, start_clock, ranged=ranged)
            remarks += [remark] if remark else []
    end = None
    last_year = last.year or year
    if end_clock or (ranged and len(clocks) != 1):
        end = _iso(last_year, last, end_clock, precision)
    elif ranged:
        end = _iso(last_year, last, None, "day")
    start = _iso(year, first, start_clock, precision)
    if end is not None and end < start:
        end = None
        remarks.append("end_before_start")
    if first.day and first.month and (weekday := _WEEKDAY.search(line, begin, stop)):
        expected = "一二三四五六日"[date(year, first.month, first.day).weekday()]
        if weekday[1].replace("天", "日") != expected:
            remarks.append("weekday_mismatch")
    return Reading(TimeSpan(raw, start, end, precision), tuple(remarks))


def _end_clock(clocks: list[_Clock], start: tuple[int, int], *, ranged: bool) -> tuple[tuple[int, int] | None, str]:
    first, second = clocks[0], clocks[1]
    hour = _hour24(
        second, second.half or (first.half if first.half in ("下午", "晚上", "晚", "pm", "傍晚", "晚间") else "")
    )
    end = (hour, second.minute or 0)
    if end < start and not ranged:
        if not second.half and first.half in ("上午", "早上", "am", "早") and hour < 12:
            return (hour + 12, end[1]), ""
        return None, "end_before_start"
    return end, ""


def published(text: str) -> str | None:
    """A publication date as the record prints it: ``2021-12-23T11:40:00+08:00`` or ``2021-12-23``; ``None`` without one."""
    line = fold(text[:80])
    found = _day_at(line, 0, search=True)
    if found is None:
        return None
    day, _, pos = found
    if not (day.year and day.month and day.day) or not _valid(day, day.year):
        return None
    here = _FILLER.match(line, pos).end()  # type: ignore[union-attr]
    if re.match(r"-[0-2][0-9]:", line[here:]):
        here += 1
    iso = f"{day.year:04d}-{day.month:02d}-{day.day:02d}"
    clock = _clock_at(line, here)
    if clock is None or clock[0].minute is None or clock[0].hour > 23 or clock[0].minute > 59:
        return iso
    seconds = re.compile(r"\s?[0-9]{1,2}\s?:\s?[0-9]{2}\s?:\s?([0-5][0-9])").match(line, here)
    hour = _hour24(clock[0], clock[0].half)
    return f"{iso}T{hour:02d}:{clock[0].minute:02d}:{seconds[1] if seconds else '00'}+08:00"


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
