"""When a site is crawled: cron expressions, crawl windows, jitter. Pure functions of text and time, Asia/Shanghai."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from archive.errors import ConfigError

SHANGHAI = ZoneInfo("Asia/Shanghai")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


@lru_cache(maxsize=1024)
def cron(text: str) -> Any:
    """The trigger of a cron expression, an APScheduler ``CronTrigger``; that is loaded with the first one.

    :raises ConfigError: it is not one
    """
    fields = _MACROS.get(text.strip().lower(), text).split()
    if len(fields) != 5:
        raise ConfigError(f'schedule {text!r}: expected five fields, minute hour day month weekday, as in "0 3 * * 1"')
    minute, hour, day, month, weekday = fields
    if day != "*" and weekday != "*":
        # cron takes either, APScheduler both: neither may guess what was meant.
        raise ConfigError(f"schedule {text!r}: name a day of the month or a weekday, not both")
    try:
        return import_module("apscheduler.triggers.cron").CronTrigger(
            minute=minute, hour=hour, day=day, month=month, day_of_week=_weekdays(weekday), timezone=SHANGHAI
        )
    except ValueError as error:
        raise ConfigError(f"schedule {text!r}: {error}") from error


def _weekdays(field: str) -> str:
    """Weekday numbers as names: cron's week begins on Sunday (0 and 7), APScheduler's on Monday."""
    if field == "*":
        return field
    found = [_DAYS[n % 7] for part in field.lower().split(",") for n in _span(part)]
    return ",".join(dict.fromkeys(found))


def _span(part: str) -> range:
    """The days of one part, such as ``1-5``, ``fri-mon`` or ``*/2``; Sunday is 0, or 7 where the week continues."""
    match = re.fullmatch(r"(\*|[a-z]{3}|\d)(?:-([a-z]{3}|\d))?(?:/(\d))?", part)
    step = int(match[3] or 1) if match else 0
    if match is None or not step:
        raise ValueError(f"weekday {part!r}")
    first, last = match[1], match[2]
    if first == "*":
        return range(0, 7, step)
    low = _number(first)
    high = _number(last) if last else 6 if match[3] else low
    return range(low, (high if high >= low else high + 7) + 1, step)


def _number(day: str) -> int:
    if day.isdigit():
        if int(day) > 7:
            raise ValueError(f"weekday {day!r}")
        return int(day)
    return _DAYS.index(day)


def next_fire(expression: str, after: datetime) -> datetime:
    """The first date after a moment.

    :raises ConfigError: the expression never fires (30 February)
    """
    found = cron(expression).get_next_fire_time(after, after)
    if found is None:
        raise ConfigError(f"schedule {expression!r}: there is no such date")
    return found  # type: ignore[no-any-return]


def jitter(key: str, fire: datetime, following: datetime, limit: float) -> timedelta:
    """How much later than its date a site is crawled: the same for each asking,
    at most half of the time to the next date.
    """
    digest = hashlib.sha256(f"{key} {fire.isoformat()}".encode()).digest()
    share = int.from_bytes(digest[:4]) / 2**32
    return timedelta(seconds=share * min(limit, (following - fire).total_seconds() / 2))


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of the day, Asia/Shanghai; one that ends before it begins goes over midnight."""

    start: time
    end: time

    def contains(self, moment: datetime) -> bool:
        """Whether a moment is in it."""
        at = moment.astimezone(SHANGHAI).time()
        return self.start <= at < self.end if self.start < self.end else at >= self.start or at < self.end

    def opening(self, moment: datetime) -> datetime:
        """The moment itself when it is in the window, else the next opening."""
        if self.contains(moment):
            return moment
        local = moment.astimezone(SHANGHAI)
        today = datetime.combine(local.date(), self.start, SHANGHAI)
        return today if today >= local else today + timedelta(days=1)

    def closing(self, moment: datetime) -> datetime:
        """The next closing after a moment."""
        local = moment.astimezone(SHANGHAI)
        today = datetime.combine(local.date(), self.end, SHANGHAI)
        return today if today > local else today + timedelta(days=1)


@lru_cache(maxsize=1024)
def window(text: str) -> Window:
    """A crawl window such as ``22:00-06:00``.

    :raises ConfigError: it is not one
    """
    match = re.fullmatch(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)", text.strip())
    try:
        if match is None:
            raise ValueError("expected hours")
        found = Window(time(int(match[1]), int(match[2])), time(int(match[3]) % 24, int(match[4])))
    except ValueError as error:
        raise ConfigError(f'window {text!r}: {error}, as in "22:00-06:00"') from error
    if found.start == found.end:
        raise ConfigError(f"window {text!r}: it begins when it ends; leave it out to crawl at any hour")
    return found
