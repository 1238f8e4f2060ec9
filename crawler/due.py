"""When a known interview is worth a look again: interviews are amended, and netizens are answered late."""

from __future__ import annotations

from datetime import datetime, timedelta

#: Days after the first capture; yearly from then on.
MILESTONES = (3, 10, 30, 180)


def is_due(first_seen: datetime, checked_at: datetime, now: datetime) -> bool:
    """Whether a milestone lies between the last check and now."""
    age = checked_at - first_seen
    days = next((d for d in MILESTONES if timedelta(days=d) > age), None)
    if days is not None:
        return now - first_seen >= timedelta(days=days)
    return now - checked_at >= timedelta(days=365)
