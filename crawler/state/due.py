"""When a known page is worth a look again: interviews are amended, netizens are answered late,
what went may come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

#: Days after the first capture; yearly from then on.
MILESTONES = (3, 10, 30, 180)
#: A daily run is never to the minute a day after the last one.
_TOLERANCE = timedelta(hours=1)


def is_due(origin: datetime, checked_at: datetime, now: datetime, milestones: Sequence[int] = MILESTONES) -> bool:
    """Whether a milestone is between the last check and now.

    :param origin: the first capture; for a page that is gone, the first answer that said so
    :param milestones: days after ``origin``, ascending
    """
    if checked_at > now:  # noted by a clock that was ahead
        return True
    origin = min(origin, checked_at)
    age = checked_at - origin
    days = next((d for d in milestones if timedelta(days=d) - _TOLERANCE > age), None)
    if days is not None:
        return now - origin >= timedelta(days=days) - _TOLERANCE
    return now - checked_at >= timedelta(days=365) - _TOLERANCE
