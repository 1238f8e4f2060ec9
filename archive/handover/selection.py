"""Which captures a package or an export takes: all, a site, a run, an address, an interview, since a day."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from dataclasses import dataclass, replace

import parsers
from archive.collection.folder import Collection
from archive.collection.sql import row_of
from archive.collection.urls import canonical, is_web, request_key
from archive.errors import ConfigError
from archive.handover.pages import WITH_PAYLOAD
from archive.handover.personal import personal_fields
from archive.ledger.withheld import withheld_ids
from archive.store.names import interview_of
from archive.store.reading import Reader, held_by
from parsers.errors import FangtanError

_SINCE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T[\d:.]+Z)?)?)?")


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for, put into the temporary table ``chosen(id, shape, named)``: a capture, what its body is by its
    content, and 0 for the record of another address whose payload is repeated: its page is not asked for.

    :param whole: everything there is (of the sites chosen), failed fetches included
    :param asked: what was asked for, in words
    :param left_out: captures known to carry personal data: (id, url, sha256, fields)
    :param runs: SQL condition on the table ``runs``, and its values: the crawls that this selection is of
    """

    name: str
    title: str
    whole: bool
    asked: str
    left_out: tuple[tuple[str, str, str, tuple[str, ...]], ...] = ()
    runs: tuple[str, tuple[str, ...]] = ("1", ())


@dataclass(frozen=True, slots=True)
class _Target:
    """What a name means: a condition on ``captures c``, and which runs belong to it."""

    name: str
    title: str
    whole: bool
    query: str
    arguments: tuple[str, ...] = ()
    #: A site's runs are all of its runs, those that brought nothing too; a page's runs are those that fetched it.
    runs: str | None = None

    def crawls(self, since: str | None) -> tuple[str, tuple[str, ...]]:
        """Condition on ``runs`` and its values."""
        condition = self.runs or f"runs.id IN (SELECT c.run FROM captures c WHERE {self.query})"
        if since:
            return f"{condition} AND coalesce(runs.ended_at, runs.started_at) >= ?", (*self.arguments, since)
        return condition, self.arguments


def select(
    db: sqlite3.Connection, collection: Collection, target: str | None, since: str | None, *, personal: bool = False
) -> Selection:
    """:func:`choose` and :func:`look`."""
    return look(db, collection, choose(db, collection, target, since), personal=personal)


def choose(db: sqlite3.Connection, collection: Collection, target: str | None, since: str | None) -> Selection:
    """Fill ``chosen`` with the ids of the captures, the originals of revisits included.

    :param db: a reader's connection; gets a temporary table
    :param target: site id, run id, address or interview uid; ``None`` for everything
    :raises ConfigError: nothing of that name
    """
    _check(since)
    db.execute("CREATE TEMP TABLE IF NOT EXISTS chosen (id TEXT PRIMARY KEY, shape TEXT, named INTEGER DEFAULT 1)")
    db.execute("DELETE FROM chosen")
    found = _target(db, target)
    query, arguments, name = found.query, found.arguments, found.name
    if since:
        query, arguments, name = f"{query} AND c.fetched_at >= ?", (*arguments, since), f"{name}-since-{since[:10]}"
    db.execute(f"INSERT OR IGNORE INTO chosen(id) SELECT c.id FROM captures c WHERE {query}", arguments)
    if not found.whole:
        _requisites(db, collection)
    _originals(db, withheld_ids(collection))
    asked = f"{target or collection.root}" + (f" since {since}" if since else "")
    return Selection(name, found.title, found.whole and not since, asked, runs=found.crawls(since))


def look(db: sqlite3.Connection, collection: Collection, chosen: Selection, *, personal: bool = False) -> Selection:
    """Read every chosen response once, and leave out those with personal data.

    :raises ConfigError: nothing is left to take
    """
    left_out = _look(db, collection)
    left_out = () if personal else left_out
    for identifier, _, _, _ in left_out:
        db.execute(
            "DELETE FROM chosen WHERE id = ? OR id IN (SELECT id FROM captures WHERE refers_to = ?)",
            (identifier, identifier),
        )
    if not db.execute("SELECT 1 FROM chosen LIMIT 1").fetchone():
        raise ConfigError(f"{chosen.asked}: no capture to take")
    return replace(chosen, left_out=left_out)


def sites_of(db: sqlite3.Connection, since: str | None = None) -> list[str]:
    """The ids of the sites that have captures, in order."""
    _check(since)
    rows = db.execute(
        "SELECT DISTINCT site FROM captures WHERE site IS NOT NULL AND fetched_at >= ? ORDER BY site", (since or "",)
    )
    return [site for (site,) in rows]


def _check(since: str | None) -> None:
    if since is not None and not _SINCE.fullmatch(since):
        raise ConfigError(f"--since {since}: expected a date such as 2026-11 or 2026-11-25")


def _originals(db: sqlite3.Connection, withheld: frozenset[str]) -> None:
    """Take in what revisits refer to; those whose original is withheld have nothing to show, and stay out."""
    db.execute(
        "DELETE FROM chosen WHERE id IN (SELECT id FROM captures WHERE type = 'revisit' "
        "AND refers_to IN (SELECT value FROM json_each(?)))",
        (json.dumps(sorted(withheld)),),
    )
    db.execute(
        "INSERT OR IGNORE INTO chosen(id, named) SELECT o.id, max(o.url = c.url) FROM captures c "
        "JOIN chosen x ON x.id = c.id JOIN captures o ON o.id = c.refers_to GROUP BY o.id"
    )


def _target(db: sqlite3.Connection, target: str | None) -> _Target:
    if target is None:
        return _Target("collection", "政务访谈 interview archive", True, "1", runs="1")
    site = row_of(db, "SELECT id, name FROM sites WHERE id = ?", (target,))
    if site or db.execute("SELECT 1 FROM captures WHERE site = ? LIMIT 1", (target,)).fetchone():
        name = site["name"] if site else target
        return _Target(target, f"{name} 政务访谈", True, "c.site = ?", (target,), "runs.site = ?")
    if db.execute("SELECT 1 FROM captures WHERE run = ? LIMIT 1", (target,)).fetchone():
        return _Target(target, f"Run {target}", True, "c.run = ?", (target,), "runs.id = ?")
    interview = row_of(db, "SELECT uid, title, url FROM interviews WHERE uid = ?", (interview_of(db, target),))
    if interview is None and is_web(target):
        key = canonical(target)
        interview = row_of(
            db,
            (
                "SELECT i.uid, i.title, i.url FROM interviews i JOIN interview_urls u ON u.interview = i.uid "
                "WHERE u.key = ?"
            ),
            (key,),
        )
        if interview is None:
            return _Target(f"url-{_slug(key)}", target, False, "c.key IN (?)", (key,))
    if interview:
        query = """(c.key IN (SELECT key FROM interview_urls WHERE interview = ?) OR c.id IN (
            SELECT x.capture FROM version_captures x JOIN versions v ON v.id = x.version WHERE v.interview = ?))"""
        return _Target(interview["uid"], interview["title"] or interview["url"], False, query, (interview["uid"],) * 2)
    raise ConfigError(
        f"{target}: no site, run, address or interview of that name; see `fangtan sites list` and `fangtan runs`"
    )


def _slug(key: str) -> str:
    """A key as a file name."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _requisites(db: sqlite3.Connection, collection: Collection) -> None:
    """What the chosen pages need to look like themselves: style sheets, scripts, images, attachments."""
    reader = Reader(collection)
    pages = db.execute(
        f"SELECT c.id FROM captures c JOIN chosen x ON x.id = c.id {WITH_PAYLOAD} AND c.status = 200 ORDER BY c.id"
    ).fetchall()
    for (identifier,) in pages:
        row = row_of(db, "SELECT * FROM captures WHERE id = ?", (identifier,))
        assert row is not None
        try:
            payload = reader.text(held_by(db, row))
            if payload is None or parsers.shape(payload) != "html":
                continue
            links = parsers.links(payload)
        except FangtanError:
            continue
        posts = (request_key(post.url, post.method, post.body) for post in links.posts)
        for key in (*map(canonical, (*links.requisites, *links.parts)), *posts):
            db.execute("INSERT OR IGNORE INTO chosen(id) SELECT id FROM captures WHERE key = ?", (key,))


def _look(db: sqlite3.Connection, collection: Collection) -> tuple[tuple[str, str, str, tuple[str, ...]], ...]:
    """Read every chosen response once, in the order of the files: note its shape; those that carry personal data."""
    reader, found = Reader(collection), []
    rows = db.execute(
        f"SELECT c.id FROM captures c JOIN chosen x ON x.id = c.id {WITH_PAYLOAD} ORDER BY c.warc_file, c.warc_offset"
    ).fetchall()
    for (identifier,) in rows:
        row = row_of(db, "SELECT * FROM captures WHERE id = ?", (identifier,))
        assert row is not None
        try:
            payload = reader.text(held_by(db, row))
        except FangtanError:
            continue
        shape = parsers.shape(payload) if payload else "binary"
        db.execute("UPDATE chosen SET shape = ? WHERE id = ?", (shape, identifier))
        if payload and (fields := personal_fields(payload)):
            found.append((row["fetched_at"], identifier, row["url"], row["sha256"], fields))
    return tuple((identifier, url, digest, fields) for _, identifier, url, digest, fields in sorted(found))
