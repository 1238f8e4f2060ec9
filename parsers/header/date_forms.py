"""The grammar of printed dates and hours: one day, one hour, at a place in a folded line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from parsers.page.numerals import number_of
from parsers.patterns import compiled
from parsers.words import pattern

_FULL = pattern(r"{DATE.full}")
_SHORT_YEAR = pattern(r"{DATE.short_year}")
_DASHED = compiled(
    r"(?<![0-9])(?P<y>[12][0-9]{3})\s?(?P<sep>[-/.])\s?(?P<m>[0-9]{1,2})(?:\s?(?P=sep)\s?(?P<d>[0-9]{1,2}))?(?![0-9])"
)
#: 14.03.2017: day first. With other signs only where the first number can be no month.
_DAY_FIRST = compiled(
    r"(?<![0-9.])(?:(?P<d>[0-9]{1,2})\.(?P<m>[0-9]{1,2})\.(?P<y>[12][0-9]{3})"
    r"|(?P<d2>1[3-9]|2[0-9]|3[01])(?P<sep>[-/])(?P<m2>[0-9]{1,2})(?P=sep)(?P<y2>[12][0-9]{3}))(?![0-9])"
)
#: 民国110年9月3日, 110-09-03: years since 1911. Without the word only three digits, and a whole date.
_MINGUO = pattern(r"{DATE.minguo}")
_MINGUO_BEGINS = 1911
_CENTURY = 50  # years of two digits below it are this century's
_MONTH_DAY = pattern(r"{DATE.month_day}")
_STAMP = compiled(r"(?<![0-9])(?P<m>[01]?[0-9])-(?P<d>[0-3]?[0-9])(?=\s+[0-2]?[0-9]:)")
_FORMS = (_FULL, _DASHED, _DAY_FIRST, _MINGUO, _SHORT_YEAR, _STAMP, _MONTH_DAY)
_NOT_OURS = pattern(r"{OTHER_CALENDAR}\s?$")

_CLOCK = pattern(r"(?P<half>{HALF})?\s?{CLOCK}(?P<suffix>\s?[AaPp]\.?[Mm]\.?)?")
#: 9-11时: the first hour has no sign of its own.
_BARE_FIRST = pattern(r"(?P<half>{HALF})?\s?(?P<h>{NUMERAL}{1,3})(?={DATE_TO}{HALF}?\s?{NUMERAL}{1,3}\s?{HOUR_SIGN})")
#: 9:00-11: the second has none.
_BARE_SECOND = pattern(r"(?P<half>{HALF})?\s?(?P<h>[0-9]{1,2})(?![0-9:.%/-]|\s?{HOUR_SIGN}|\s?[^\W\d_])")
_LATE = pattern(r"{HALF.afternoon}|{HALF.evening}")
_NOON = pattern(r"{HALF.noon}")
_EVENING = pattern(r"{HALF.evening}")
_SMALL = pattern(r"{HALF.night}")
_MORNING = pattern(r"{HALF.morning}")


@dataclass(frozen=True, slots=True)
class Day:
    """A date as printed; what is not printed is ``None``.

    :param short: its year is printed with two digits
    """

    year: int | None
    month: int | None
    day: int | None
    short: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """An hour as printed; ``half`` says of which half of the day (上午, pm), empty when that is not printed."""

    hour: int
    minute: int | None
    half: str
    second: int = 0

    def of_day(self, inherited: str = "") -> int:
        """The hour of the day, 0 to 24.

        :param inherited: what half of the day was said before, for an hour that says none
        """
        half = self.half or inherited
        if self.hour == 12:
            midnight = _SMALL.fullmatch(half) or half.lower() == "am"
            return 0 if midnight else 24 if _EVENING.fullmatch(half) else 12
        late = _LATE.fullmatch(half) or (_NOON.fullmatch(half) and self.hour < 11)
        return self.hour + 12 if late and self.hour < 12 else self.hour

    @property
    def possible(self) -> bool:
        """Whether a clock can show it; 24:00 is the end of a day."""
        minute = self.minute or 0
        return (self.hour < 24 and minute < 60 and self.second < 60) or (self.hour, minute, self.second) == (24, 0, 0)

    @property
    def late(self) -> bool:
        """Whether it says of itself that it is in the afternoon or evening."""
        return _LATE.fullmatch(self.half) is not None

    @property
    def early(self) -> bool:
        """Whether it says of itself that it is in the morning."""
        return _MORNING.fullmatch(self.half) is not None


def number(text: str) -> int:
    """What a form of dates let through as a number: 23, 廿三, 二〇一二."""
    return number_of(text) or 0


def day_at(line: str, pos: int, *, search: bool) -> tuple[Day, int, int] | None:
    """The first (or, without ``search``, the immediately following) date: value, start, end."""
    found = [(match, form) for form in _FORMS if (match := _first(form, line, pos, search=search))]
    if not found:
        return None
    match, form = min(found, key=lambda one: (one[0].start(), -one[0].end()))
    groups = match.groupdict()
    said = (groups.get(key) or groups.get(f"{key}2") for key in "ymd")
    year, month, day = (number(value) if value else None for value in said)
    short = form.pattern == _SHORT_YEAR.pattern
    if short and year is not None:
        year += 2000 if year < _CENTURY else 1900
    if form.pattern == _MINGUO.pattern and year is not None:
        year += _MINGUO_BEGINS
    return Day(year, month, day, short), match.start(), match.end()


#: 17/3/14, '94-01-17: a date whose year has two digits and no unit. Only what looks for one reads it so.
_SHORT_DASHED = compiled(
    r"(?<![0-9./-])['’]?(?P<y>[0-9]{2})(?P<sep>[-/.])"
    r"(?P<m>0?[1-9]|1[0-2])(?P=sep)(?P<d>0?[1-9]|[12][0-9]|3[01])(?![0-9./-])"
)


def short_day_at(line: str) -> tuple[Day, int, int] | None:
    """The first date of a line with a year of two digits and no unit: value, start, end."""
    match = _SHORT_DASHED.search(line)
    if match is None:
        return None
    year = int(match["y"])
    year += 2000 if year < _CENTURY else 1900
    return Day(year, int(match["m"]), int(match["d"]), short=True), match.start(), match.end()


def _first(form: re.Pattern[str], line: str, pos: int, *, search: bool) -> re.Match[str] | None:
    """The first match of a form that is no date of another calendar."""
    matches: Iterator[re.Match[str]] = (
        form.finditer(line, pos) if search else iter(filter(None, [form.match(line, pos)]))
    )
    return next((m for m in matches if not _NOT_OURS.search(line, max(0, m.start() - 4), m.start())), None)


def clock_at(line: str, pos: int) -> tuple[Clock, int] | None:
    """The hour that stands at a place, with its end; one without a sign of its own where a range gives it one."""
    match = _CLOCK.match(line, pos)
    if match is None:
        bare = _BARE_FIRST.match(line, pos)
        return (Clock(number(bare["h"]), None, _half(bare["half"])), bare.end()) if bare else None
    minute: int | None = None
    if match["mi"]:
        minute = int(match["mi"])
    elif match["halfpast"]:
        minute = 30
    elif match["quarter"]:
        minute = 15 * number(match["quarter"])
    elif match["mi2"]:
        minute = number(match["mi2"])
    half = _half(match["half"] or match["suffix"])
    return Clock(number(match["h"] or match["h2"]), minute, half, int(match["s"] or 0)), match.end()


def second_clock_at(line: str, pos: int) -> tuple[Clock, int] | None:
    """The hour with which a range of hours ends: 9:00-11."""
    bare = _BARE_SECOND.match(line, pos)
    return clock_at(line, pos) or ((Clock(number(bare["h"]), None, _half(bare["half"])), bare.end()) if bare else None)


def _half(said: str | None) -> str:
    return (said or "").strip().replace(".", "")
