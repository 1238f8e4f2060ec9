"""Sites of which nothing is reported. They are crawled and judged as before."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime

from archive.collection.clock import stamp
from archive.collection.crawldb import connect, look_into
from archive.collection.folder import Collection
from archive.errors import ConfigError


def muted(collection: Collection) -> dict[str, str | None]:
    """The muted sites, and until when (UTC, ISO; ``None``: until :func:`unmute`)."""
    if not collection.crawl_db.exists():
        return {}
    with closing(look_into(collection.crawl_db)) as db:
        query = "SELECT site, until FROM muted WHERE until IS NULL OR until > ? ORDER BY site"
        return dict(db.execute(query, (stamp(),)).fetchall())


def mute(collection: Collection, names: Iterable[str], until: datetime | None) -> None:
    """Report nothing of these sites, until a time or (``None``) until :func:`unmute`.

    :param until: with a time zone
    :raises ConfigError: an unknown site; nothing is muted then
    """
    wanted = list(names)
    for name in wanted:
        if collection.site_file(name) is None:
            raise ConfigError(f"{name}: no such site; see `fangtan sites list`")
    with closing(connect(collection.crawl_db)) as db:
        rows = [(name, stamp(until.astimezone(UTC)) if until else None) for name in wanted]
        db.executemany("INSERT OR REPLACE INTO muted(site, until) VALUES (?, ?)", rows)


def unmute(collection: Collection, names: Iterable[str]) -> None:
    """Report these sites again: what is wrong now is reported with the next tick."""
    with closing(connect(collection.crawl_db)) as db:
        db.executemany("DELETE FROM muted WHERE site = ?", [(name,) for name in names])
