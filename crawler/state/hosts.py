"""When each host was last asked, and how long its robots.txt asks us to wait: kept in ``crawl.db``,
so that the next process knows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from archive.collection.clock import stamp
from crawler.state.journal import Journal


@dataclass(frozen=True, slots=True)
class Asked:
    """The last request to a host, by any process.

    :param at: when it ended
    :param role: what it was for (``robots`` for a robots.txt)
    :param crawl_delay: seconds, as the host's robots.txt last said
    """

    at: datetime
    role: str
    crawl_delay: float


@dataclass(frozen=True, slots=True)
class Kept:
    """A robots.txt as it was read.

    :param url: where it was found, behind redirects
    """

    read_at: datetime
    url: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Hosts:
    """The tables ``hosts`` and ``robots`` of the crawl database.

    :param fail: called when the database cannot be written
    """

    journal: Journal
    fail: Callable[[BaseException], None]

    def last(self, host: str) -> Asked | None:
        """The last request to a host; ``None`` when none is known."""
        query = "SELECT asked_at, role, crawl_delay FROM hosts WHERE host = ?"
        row = self.journal.db.execute(query, (host,)).fetchone()
        return Asked(datetime.fromisoformat(row[0]), row[1], row[2]) if row else None

    def asked(self, host: str, role: str) -> None:
        """A request to a host has ended just now."""
        try:
            self.journal.begin()
            self.journal.db.execute(
                """INSERT INTO hosts(host, asked_at, role) VALUES (?, ?, ?)
                   ON CONFLICT(host) DO UPDATE SET asked_at = excluded.asked_at, role = excluded.role""",
                (host, stamp(), role),
            )
        except (OSError, sqlite3.Error) as error:  # it must not pass for the failure of the request
            self.fail(error)

    def keep_delay(self, host: str, seconds: float) -> None:
        """What the host's robots.txt asks for now; 0 when it asks for nothing."""
        self.journal.begin()
        self.journal.db.execute("UPDATE hosts SET crawl_delay = ? WHERE host = ?", (seconds, host))

    def robots(self, server: str) -> Kept | None:
        """The robots.txt of a server (scheme and host) that has a Crawl-delay."""
        row = self.journal.db.execute("SELECT read_at, url, body FROM robots WHERE server = ?", (server,)).fetchone()
        return Kept(datetime.fromisoformat(row[0]), row[1], row[2]) if row else None

    def keep_robots(self, server: str, url: str, body: bytes | None) -> None:
        """A robots.txt was read.

        :param body: what is kept; ``None``: nothing
        """
        self.journal.begin()
        if body is None:
            self.journal.db.execute("DELETE FROM robots WHERE server = ?", (server,))
        else:
            self.journal.db.execute(
                """INSERT INTO robots VALUES (?, ?, ?, ?) ON CONFLICT(server) DO UPDATE SET
                     read_at = excluded.read_at, url = excluded.url, body = excluded.body""",
                (server, stamp(), url, body),
            )
