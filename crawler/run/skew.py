"""How far this machine's clock is from the servers', by the Date headers of their answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from archive.collection import clock
from archive.ledger.times import TOLERANCE
from archive.warc.http import read_message, without_interim

_LONGEST = 40  # characters of a date
#: A server's date that is further away is no date; a ledger's field cannot hold it.
_FURTHEST = timedelta(days=36500)


@dataclass(slots=True)
class Skew:
    """The smallest difference that any answer of a run showed. Many servers are wrong; one that agrees is enough.

    :ivar ahead: by how much the clock is ahead of that server's (negative: behind); ``None`` before any said a date
    :ivar told: the operator's word that the clock is right, which counts more
    """

    ahead: timedelta | None = None
    told: bool = False

    def heard(self, answer: bytes, asked: datetime) -> None:
        """Learn from an answer; one that a cache kept is as old as its Age says. Once a server agrees none is asked.

        :param answer: its bytes
        :param asked: when the request went out, by this machine's clock
        """
        if self.ahead is not None and abs(self.ahead) <= TOLERANCE:
            return
        message = read_message(without_interim(answer))
        date = _date(message.get("date"))
        if date is None:
            return
        ahead = asked - date - _age(message.get("age"))
        if abs(ahead) < _FURTHEST and (self.ahead is None or abs(ahead) < abs(self.ahead)):
            self.ahead = ahead

    @property
    def seconds(self) -> int | None:
        """Seconds ahead for report and ledger: 0 within the tolerance, ``None`` where nobody told the time."""
        if self.told:
            return 0
        if self.ahead is None:
            return None
        return int(self.ahead.total_seconds()) if abs(self.ahead) > TOLERANCE else 0

    @property
    def words(self) -> str | None:
        """The difference as a remark; ``None`` without one, and of a rehearsal's clock, which is meant to differ."""
        seconds = self.seconds
        if not seconds or clock.rehearsed():
            return None
        side = "ahead of" if seconds > 0 else "behind"
        apart = timedelta(minutes=round(abs(seconds) / 60))
        return f"this machine's clock is {apart} {side} the servers': compare it with a time server 请核对系统时钟"


def _date(text: str | None) -> datetime | None:
    """An HTTP date; ``None`` of anything else."""
    try:
        found = parsedate_to_datetime((text or "")[:_LONGEST])
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _age(text: str | None) -> timedelta:
    """Seconds that a cache says to have kept the answer; none where it says no number."""
    said = (text or "").strip()
    return timedelta(seconds=int(said)) if said.isascii() and said.isdigit() and len(said) < 9 else timedelta()
