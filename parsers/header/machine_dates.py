"""Moments as machines write them, with their own zone: ISO 8601, Java's and JavaScript's ``Date``, HTTP dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from parsers.patterns import compiled

#: Local time of every record.
BEIJING = timezone(timedelta(hours=8))

_ZONE = r"(?P<zone>Z|(?:GMT|UTC?)(?:\s?[+-]\d{1,2}:?(?:\d{2})?)?|[+-]\d{2}:?\d{2}|[A-Z]{3,4})"
_TIME = r"(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,]\d{1,9})?)?(?:\s?(?P<half>[AP])M)?"
_ISO = compiled(
    rf"(?<!\d)(?P<y>[12]\d{{3}})[-./](?P<m>\d{{1,2}})[-./](?P<d>\d{{1,2}})(?:T"
    rf"|\s{{1,3}}){_TIME}\s?{_ZONE}(?![A-Za-z\d])"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = r"(?P<name>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
_WEEKDAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},?\s{1,3}"
#: Fri Dec 03 10:00:00 CST 2021
_JAVA = compiled(
    rf"(?:{_WEEKDAY}){_NAME}\s{{1,3}}(?P<d>\d{{1,2}})\s{{1,3}}{_TIME}\s{{1,3}}(?:{_ZONE}\s{{1,3}})?(?P<y>[12]\d{{3}})",
    re.IGNORECASE,
)
#: Fri Dec 03 2021 10:00:00 GMT+0800
_SCRIPT = compiled(
    rf"(?:{_WEEKDAY})?{_NAME}\s{{1,3}}(?P<d>\d{{1,2}}),?\s{{1,3}}(?P<y>[12]\d{{3}})\s{{1,3}}{_TIME}"
    rf"(?:\s{{1,3}}{_ZONE})?(?![A-Za-z\d])",
    re.IGNORECASE,
)
#: Fri, 03 Dec 2021 02:00:00 GMT
_HTTP = compiled(
    rf"(?:{_WEEKDAY})?(?P<d>\d{{1,2}})[\s-]{{1,3}}{_NAME}[\s-]{{1,3}}(?P<y>[12]\d{{3}})\s{{1,3}}{_TIME}"
    rf"(?:\s{{1,3}}{_ZONE})?(?![A-Za-z\d])",
    re.IGNORECASE,
)
#: China's own time as Java calls it; elsewhere CST is America's.
_OURS = frozenset(["CST", "HKT", "PRC", "CCT"])
_GREENWICH = frozenset(["Z", "GMT", "UTC", "UT", "WET"])


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in Beijing's time, where it stands, and what was odd about it."""

    time: datetime
    start: int
    end: int
    remarks: tuple[str, ...] = ()


def machine_moment(line: str) -> Moment | None:
    """The first moment of a line that a machine wrote; ``None`` without one, or when it is no time of any day.

    A zone that is not known makes no moment: it would be off by hours.
    """
    found = [match for form in (_ISO, _JAVA, _SCRIPT, _HTTP) if (match := form.search(line))]
    if not found:
        return None
    match = min(found, key=lambda m: m.start())
    groups = match.groupdict()
    month = int(groups["m"]) if groups.get("m") else _MONTHS.index(groups["name"].lower()) + 1
    zone, remarks = _zone((groups["zone"] or "").upper())
    if zone is None:
        return None
    try:
        clock = (_hour(int(groups["h"]), groups["half"]), int(groups["mi"]), int(groups["s"] or 0))
        local = datetime(int(groups["y"]), month, int(groups["d"]), *clock, tzinfo=zone).astimezone(BEIJING)
    except (ValueError, OverflowError):
        return None
    return Moment(local, match.start(), match.end(), remarks)


def _hour(hour: int, half: str | None) -> int:
    """The hour of the day of a clock of twelve or of twenty-four hours."""
    if not half or hour > 12:
        return hour
    return hour % 12 + (12 if half.upper() == "P" else 0)


def _zone(name: str) -> tuple[timezone | None, tuple[str, ...]]:
    """A zone by the name or offset that is printed; none is taken as Beijing's, as is CST (with a remark)."""
    if not name:
        return BEIJING, ()
    if name in _OURS:
        return BEIJING, ("zone_assumed",)
    if name in _GREENWICH:
        return UTC, ("zone_converted",)
    offset = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", name)
    if offset is None:
        return None, ()
    minutes = int(offset[2]) * 60 + int(offset[3] or 0)
    if minutes > 14 * 60:
        return None, ()
    zone = timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    return zone, () if zone == BEIJING else ("zone_converted",)
