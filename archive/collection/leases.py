"""Leases: which worker of a cluster crawls a site, until when, under which number. They are rows of ``crawl.db``.

A lease has a fence number. None is given twice; a later lease of a site has a higher one. A lease is open until its
site is brought back or its time is over. What comes under one that is closed is captures, and nothing else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from archive.collection import clock
from archive.collection.clock import stamp

_COLUMNS = "fence, site, run, hosts, worker, machine, deadline, ended_at"


@dataclass(frozen=True, slots=True)
class Lease:
    """A site that a worker crawls.

    :param hosts: those that nobody else may ask meanwhile
    :param deadline: when it runs out unless it is renewed (UTC, ISO)
    :param ended_at: since when it is closed; ``None`` while it is open
    """

    fence: int
    site: str
    run: str
    hosts: frozenset[str]
    worker: str
    machine: str
    deadline: str
    ended_at: str | None = None

    @property
    def name(self) -> str:
        """What its folder is called: no lease of any collection has another one's."""
        return f"{self.fence}-{self.run}"

    @property
    def is_over(self) -> bool:
        """Whether its time is over."""
        return self.deadline <= stamp()


def grant(
    db: sqlite3.Connection, site: str, run: str, hosts: Iterable[str], worker: str, machine: str, seconds: float
) -> Lease:
    """A new lease; those that were open of that site are closed."""
    close_all(db, site, "given to another worker")
    deadline = stamp(clock.now() + timedelta(seconds=seconds))
    found = frozenset(hosts)
    cursor = db.execute(
        """INSERT INTO leases(site, run, hosts, worker, machine, granted_at, deadline)
           VALUES (?, ?, ?, ?, ?, ?, ?)""",
        (site, run, " ".join(sorted(found)), worker, machine, stamp(), deadline),
    )
    assert cursor.lastrowid is not None
    return Lease(cursor.lastrowid, site, run, found, worker, machine, deadline)


def renew(db: sqlite3.Connection, fence: int, seconds: float) -> None:
    """The worker was heard of: its lease and its run live on."""
    now = clock.now()
    deadline = stamp(now + timedelta(seconds=seconds))
    db.execute("UPDATE leases SET deadline = ? WHERE fence = ? AND ended_at IS NULL", (deadline, fence))


def close(db: sqlite3.Connection, fence: int, outcome: str) -> None:
    """A lease is over."""
    db.execute(
        "UPDATE leases SET ended_at = ?, outcome = ? WHERE fence = ? AND ended_at IS NULL", (stamp(), outcome, fence)
    )


def ran_out(db: sqlite3.Connection, lease: Lease, outcome: str = "ran out") -> None:
    """A lease is over, and nobody knows when its worker last asked its hosts: it may have been just now."""
    close(db, lease.fence, outcome)
    db.executemany(
        """INSERT INTO hosts(host, asked_at, role) VALUES (?, ?, 'detail')
           ON CONFLICT(host) DO UPDATE SET asked_at = excluded.asked_at""",
        [(host, stamp()) for host in sorted(lease.hosts)],
    )


def came_late(db: sqlite3.Connection, fence: int) -> None:
    """What was captured under a lease that is over has been merged."""
    close(db, fence, "")
    db.execute("UPDATE leases SET outcome = 'merged late' WHERE fence = ?", (fence,))


def close_all(db: sqlite3.Connection, site: str, outcome: str) -> None:
    """All leases of a site are over."""
    for lease in of_site(db, site):
        close(db, lease.fence, outcome)


def open_leases(db: sqlite3.Connection) -> list[Lease]:
    """Those that are not closed, in order of their numbers."""
    return _found(db, "ended_at IS NULL")


def of_site(db: sqlite3.Connection, site: str) -> list[Lease]:
    """Those of a site that are not closed."""
    return _found(db, "site = ? AND ended_at IS NULL", site)


def numbered(db: sqlite3.Connection, fence: int, run: str) -> Lease | None:
    """The lease of that number and run, open or closed."""
    return next(iter(_found(db, "fence = ? AND run = ?", fence, run)), None)


def _found(db: sqlite3.Connection, which: str, *values: object) -> list[Lease]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM leases WHERE {which} ORDER BY fence", values)
    return [
        Lease(fence, site, run, frozenset(hosts.split()), worker, machine, deadline, ended)
        for fence, site, run, hosts, worker, machine, deadline, ended in rows
    ]
