"""Circuit breakers: a host that fails again and again is left alone, for longer each time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from archive.collection import clock
from archive.collection.clock import stamp
from archive.collection.sites import Site
from archive.collection.times import SHANGHAI
from crawler.state.journal import Journal

#: Consecutive failures after which a host is left alone.
BREAK_AFTER = 5
#: A server that asks us to wait longer than this is left alone until then.
LONG_WAIT_S = 120.0
_FIRST_S, _LONGEST_S = 3600.0, 86400.0


@dataclass(slots=True)
class Circuits:
    """The hosts of one run; those of the site's own that were given up are in the crawl database with the time to try
    again.

    A circuit that an earlier run opened is half open: one failure opens it again, one answer closes it.
    """

    journal: Journal
    site: Site
    streaks: dict[str, int] = field(default_factory=dict)
    half_open: set[str] = field(default_factory=set)

    def begin(self) -> None:
        """Know what earlier runs left open."""
        self.half_open = {row[0] for row in self.journal.db.execute("SELECT host FROM circuits")}

    def answered(self, host: str) -> None:
        """The host does answer."""
        self.streaks[host] = 0
        if host in self.half_open:
            self.half_open.discard(host)
            self.journal.begin()
            self.journal.db.execute("DELETE FROM circuits WHERE host = ?", (host,))

    def failed(self, host: str, reason: str, retry_after: float = 0.0) -> tuple[str, str] | None:
        """The host failed again.

        :param retry_after: seconds that the server asked us to wait
        :returns: (when to try again, why) when that was once too often for a host of the site
        """
        self.streaks[host] = self.streaks.get(host, 0) + 1
        if host not in self.site.scope:
            return None
        if retry_after > LONG_WAIT_S:
            until = self.open(host, reason, retry_after)
            return until, _asked(host, until, reason)
        if self.streaks[host] < (1 if host in self.half_open else BREAK_AFTER):
            return None
        until = self.open(host, reason)
        times = f"{self.streaks[host]} failure(s) in a row"
        return until, f"{host} is left alone until {until[:16]}Z after {times}: {reason}"

    def open(self, host: str, reason: str, retry_after: float = 0.0, *, asked: bool = True) -> str:
        """Leave a host alone: for as long as it asks itself, else for an hour, twice as long each time, a day at most.

        :param asked: whether the host itself named that time; else it is ours, and its robots.txt says so again
        :returns: when to try again (UTC, ISO)
        """
        self.journal.begin()
        row = self.journal.db.execute("SELECT trips FROM circuits WHERE host = ?", (host,)).fetchone()
        named = retry_after > LONG_WAIT_S
        trips = 0 if named and asked else (row[0] if row else 0) + 1
        wait = retry_after if named else min(_FIRST_S * 2 ** min(trips - 1, 10), _LONGEST_S)
        until = stamp(clock.now() + timedelta(seconds=wait))
        self.journal.db.execute(
            """INSERT INTO circuits VALUES (?, ?, ?, ?, ?) ON CONFLICT(host) DO UPDATE SET
                 trips = excluded.trips, opened_at = excluded.opened_at, retry_at = excluded.retry_at,
                   reason = excluded.reason""",
            (host, trips, stamp(), until, reason),
        )
        self.half_open.add(host)
        return until

    def asked_for(self) -> tuple[str, str] | None:
        """(when to try again, why), while a host of the site has asked to be left alone (``trips`` is 0 then)."""
        now = stamp()
        rows = self.journal.db.execute(
            "SELECT host, retry_at, reason FROM circuits WHERE trips = 0 AND opened_at <= ? AND retry_at > ?",
            (now, now),
        )
        found = max(((until, host, reason) for host, until, reason in rows if host in self.site.scope), default=None)
        return (found[0], _asked(found[1], found[0], found[2])) if found else None

    def given_up(self, host: str) -> bool:
        """Whether nothing more is asked of a host beside the site's own in this run."""
        return host not in self.site.scope and self.streaks.get(host, 0) >= BREAK_AFTER


def _asked(host: str, until: str, reason: str) -> str:
    at = datetime.fromisoformat(until).astimezone(SHANGHAI)
    return f"{host} asks to be left alone until {at:%Y-%m-%d %H:%M} (Retry-After): {reason}"
