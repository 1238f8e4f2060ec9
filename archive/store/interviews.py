"""From readings to interviews: which captures form one, its versions, addresses and the captures behind them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import parsers
from archive.collection.sql import row_of
from archive.store.again import alone, seen_again
from archive.store.derived import derive
from archive.store.grouping import Interview, PageCapture, group
from archive.store.listings import SAID_BEFORE
from archive.store.names import REASONS, claims, words_of
from archive.store.packing import evidence_of, record_of
from archive.store.reading import Reader, elsewhere
from archive.store.store import add_version, index_versions, unindex_version
from parsers.page.shape import DATA

#: The addresses that the captures of a page name as its parts, and those that the parts name.
_READ_PARTS = """SELECT c.id, c.url, c.fetched_at, r.content_sha256, c.sha256 FROM _readings r
    JOIN captures c ON c.id = r.capture
WHERE r.key = ? AND r.kind = 'part' AND r.content_sha256 <> ''"""
_PARTS = """
WITH RECURSIVE parts(key) AS (
  SELECT p.part_key FROM _readings r JOIN _parts p ON p.capture = r.capture WHERE r.key = ?
  UNION SELECT p.part_key FROM parts w JOIN captures c ON c.key = w.key JOIN _parts p ON p.capture = c.id)
SELECT w.key, min(c.url), min(c.fetched_at) FROM parts w JOIN captures c ON c.key = w.key GROUP BY w.key"""


#: The addresses that carry a talk that this one carries: from one talk, and one address, to the next, however often
#: they were captured.
_SAME_TALK = """
WITH RECURSIVE
  talks(talk) AS (
    SELECT min(talk) FROM _readings WHERE key = ?1 AND talk IS NOT NULL
    UNION ALL SELECT (SELECT min(r.talk) FROM _readings r WHERE r.key = ?1 AND r.talk > talks.talk) FROM talks
    WHERE talks.talk IS NOT NULL),
  found(talk, key) AS (
    SELECT talk, (SELECT min(r.key) FROM _readings r WHERE r.talk = talks.talk) FROM talks WHERE talk IS NOT NULL
    UNION ALL SELECT talk, (SELECT min(r.key) FROM _readings r WHERE r.talk = found.talk AND r.key > found.key)
    FROM found WHERE key IS NOT NULL)
SELECT DISTINCT key FROM found WHERE key IS NOT NULL"""


class _Words:
    """The names of the turns of readings, asked for only where addresses are compared."""

    def __init__(self, db: sqlite3.Connection, captures: list[PageCapture]) -> None:
        self.db, self.read, self.known = db, {c.content: c.capture for c in captures}, dict[str, frozenset[str]]()

    def names(self, content: str) -> frozenset[str]:
        """The names of the turns of the reading with this content."""
        if content not in self.known:
            turns = (record_of(self.db, self.read.get(content)) or {"turns": []})["turns"]
            self.known[content] = frozenset(words_of(turn["text"] for turn in turns))
        return self.known[content]


@dataclass(slots=True)
class Interviews:
    """Writes the interviews of the store."""

    reader: Reader
    #: Ids that one talk had when it was taken down, with the time
    #: (:func:`archive.ledger.withheld.talks_taken_down`).
    together: list[dict[str, str]] = field(default_factory=list)
    #: Whether versions that stand already are written again: their words may be the same, what is known of them not.
    anew: bool = False
    #: What was read since interviews were formed last, by capture, also in plain JSON types: nobody unpacks it again.
    fresh: dict[str, tuple[parsers.Record | None, dict[str, Any] | None]] = field(default_factory=dict)
    #: Versions that are shown now and whose words go into the full-text indexes together.
    _unindexed: dict[str, None] = field(default_factory=dict)

    def settle(self, db: sqlite3.Connection, read: Mapping[str, set[str] | None]) -> None:
        """Form what follows from captures that were read.

        :param read: for each address its captures that were read for the first time; ``None`` where anything else
            has changed
        """
        others = set[str]()
        self._unindexed.clear()
        for key, new in read.items():
            page = alone(db, new) if new else None
            if page is not None:
                self._write(db, {key}, group([page], _Words(db, [page]).names))
            elif not new or not seen_again(db, key, new, self._beside):
                others.add(key)
        self._regroup(db, others)
        self.fresh.clear()

    def regroup(self, db: sqlite3.Connection, keys: set[str]) -> None:
        """Form the interviews of these addresses again, and of those that carry the same talk."""
        self._unindexed.clear()
        self._regroup(db, keys)

    def _regroup(self, db: sqlite3.Connection, keys: set[str]) -> None:
        """The same; the words of all that is shown since go into the full-text indexes together."""
        todo = set(keys)
        while todo:
            component = self.component(db, min(todo))
            todo -= component
            todo |= self._parted(db, component)
            captures = [c for key in sorted(component) for c in self._page_captures(db, key)]
            captures += self._loose_parts(db, captures)
            self._write(db, component, group(captures, _Words(db, captures).names))
        index_versions(db, self._unindexed)
        self._unindexed.clear()

    def component(self, db: sqlite3.Connection, key: str) -> set[str]:
        """All addresses that carry a talk in common with this one."""
        found, queue = {key}, [key]
        while queue:
            rows = db.execute(_SAME_TALK, (queue.pop(),))
            fresh = {row[0] for row in rows} - found
            found |= fresh
            queue += sorted(fresh)
        return found

    @staticmethod
    def _parted(db: sqlite3.Connection, keys: set[str]) -> set[str]:
        """Addresses that shared an interview with these and no longer do: they form their own."""
        marks = ",".join("?" for _ in keys)
        rows = db.execute(
            f"""SELECT key FROM _ids WHERE reason IN ('page', 'same talk') AND interview IN (
                  SELECT interview FROM _ids WHERE key IN ({marks}) AND reason IN ('page', 'same talk'))""",
            tuple(sorted(keys)),
        )
        return {row[0] for row in rows} - keys

    def _page_captures(self, db: sqlite3.Connection, key: str) -> list[PageCapture]:
        marks = self.reader.sources(db, key)
        listed = any(db.execute("SELECT 1 FROM _items WHERE key = ? LIMIT 1", (k,)).fetchone() for k in marks)
        rows = db.execute(
            (
                "SELECT r.capture, c.url, c.fetched_at, r.kind, r.content_sha256, r.talk FROM _readings r "
                "JOIN captures c ON c.id = r.capture WHERE r.key = ?"
            ),
            (key,),
        )
        return [
            PageCapture(capture, key, url, fetched, "gone" if kind == "moved" else kind, content, talk, listed)
            for capture, url, fetched, kind, content, talk in rows
        ]

    def _loose_parts(self, db: sqlite3.Connection, pages: list[PageCapture]) -> list[PageCapture]:
        """Readings of parts that no capture of their page was read with, as when the page itself did not come."""
        used, digests = set[str](), set[str]()
        for page in pages:
            row = row_of(db, "SELECT * FROM captures WHERE id = ?", (page.capture,))
            chosen = list(self.reader.part_captures(db, row, {row["key"]})) if row else []
            used |= {c["id"] for c in chosen}
            digests |= {c["sha256"] for c in chosen}
        return [part for part, digest in _read_parts(db, pages) if part.capture not in used and digest not in digests]

    def _write(self, db: sqlite3.Connection, keys: set[str], interview: Interview | None) -> None:
        marks = ",".join("?" for _ in keys)
        query = f"SELECT interview FROM _ids WHERE key IN ({marks}) AND reason IN ('page', 'same talk')"
        old = {row[0] for row in db.execute(query, tuple(sorted(keys)))}
        for uid in old - ({interview.uid} if interview else set()):
            self.delete(db, uid)
        if interview is None:
            return
        there = db.execute("SELECT 1 FROM _interviews WHERE uid = ?", (interview.uid,)).fetchone()
        kept = self._keep(db, interview) if there else 0
        speaking = interview.versions[interview.newest - 1].captures[0]
        site = db.execute("SELECT site FROM captures WHERE id = ?", (speaking,)).fetchone()[0]
        db.execute(
            """INSERT INTO _interviews(uid, site, url, first_seen, last_seen, gone_at) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT(uid) DO UPDATE SET
                 site = excluded.site, url = excluded.url, first_seen = excluded.first_seen,
                   last_seen = excluded.last_seen, gone_at = excluded.gone_at""",
            (interview.uid, site, interview.url, interview.first_seen, interview.last_seen, interview.gone_at),
        )
        self._urls(db, interview, keys)
        for version in interview.versions[kept:]:
            self._version(db, interview, version.number, version.captures[0], is_new=not kept)
        if kept:
            self._show(db, interview)
        for version in interview.versions:
            self._captures(db, f"{interview.uid}.{version.number}", version.captures)
        derive(db, interview.uid, is_new=not kept)

    def _keep(self, db: sqlite3.Connection, interview: Interview) -> int:
        """How many versions are in the store as they should be; where one is not, all of them go."""
        if self.anew:
            self.delete(db, interview.uid)
            return 0
        wanted = [(v.number, v.content, v.captures[0]) for v in interview.versions]
        query = "SELECT version_no, content_sha256, capture FROM versions WHERE interview = ? ORDER BY version_no"
        present = db.execute(query, (interview.uid,)).fetchall()
        query = "SELECT count(*) FROM versions WHERE interview = ? AND parser <> ?"
        (older,) = db.execute(query, (interview.uid, parsers.PARSER)).fetchone()
        if not present or [tuple(p) for p in present] != wanted[: len(present)] or older:
            self.delete(db, interview.uid)
            return 0
        return len(present)

    def _urls(self, db: sqlite3.Connection, interview: Interview, keys: set[str]) -> None:
        """The interview's addresses and ids, those included that another interview has the better claim to:
        it may go.
        """
        rows = list(interview.keys)
        for key in sorted(keys):
            for source, url, since in db.execute(
                "SELECT key, url, min(since) FROM _redirects WHERE target_key = ? GROUP BY key", (key,)
            ):
                rows.append((source, url, "redirect", since))
            rows += [(part, url, "part", since) for part, url, since in db.execute(_PARTS, (key,))]
        captured = [
            (key, url, since)
            for key in dict.fromkeys(row[0] for row in rows)
            for url, since in db.execute("SELECT url, min(fetched_at) FROM captures WHERE key = ? GROUP BY url", (key,))
        ]
        db.execute("DELETE FROM _ids WHERE interview = ?", (interview.uid,))
        db.executemany(
            "INSERT INTO _ids(id, interview, key, url, reason, place, since) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (c.id, interview.uid, c.key, c.url, c.reason, REASONS.index(c.reason), c.since)
                for c in claims(interview.uid, rows, captured, self.together)
            ],
        )

    def delete(self, db: sqlite3.Connection, uid: str) -> None:
        """Take an interview out, its words out of the full-text indexes first."""
        for (version,) in db.execute("SELECT id FROM versions WHERE interview = ? AND newest", (uid,)).fetchall():
            self._unindex(db, version)
        db.execute("DELETE FROM _interviews WHERE uid = ?", (uid,))

    def _unindex(self, db: sqlite3.Connection, version: str) -> None:
        if version in self._unindexed:
            del self._unindexed[version]
        else:
            unindex_version(db, version)

    def _version(
        self, db: sqlite3.Connection, interview: Interview, number: int, capture: str, *, is_new: bool
    ) -> None:
        """Write a version; of an interview that is not here yet at once as it is shown."""
        newest = is_new and number == interview.newest
        (content,) = db.execute("SELECT content_sha256 FROM _readings WHERE capture = ?", (capture,)).fetchone()
        record, plain = self._said(db, capture)
        version = f"{interview.uid}.{number}"
        time = record.time
        known = list(record.confidence.values())
        add_version(
            db,
            {
                "id": version, "interview": interview.uid, "version_no": number, "capture": capture, "parser": record.parser,
                "content_sha256": content, "newest": int(newest), "kind": record.kind, "genre": record.genre, "title": record.title, "theme": record.theme,
                "published_at": record.published_at, "time_text": time.text if time else None, "time_start": time.start if time else None,
                "time_end": time.end if time else None, "time_precision": time.precision if time else None, "source": record.source,
                "n_turns": len(record.turns), "characters": sum(len(t.text) for t in record.turns), "confidence": round(min(known), 3) if known else None, "contested": _contested(record), "family": record.family, "encoding": record.encoding,
                "evidence": evidence_of(plain),
            },
            record,
        )  # fmt: skip
        if newest:
            self._unindexed[version] = None

    def _said(self, db: sqlite3.Connection, capture: str) -> tuple[parsers.Record, dict[str, Any]]:
        """What a capture of a version says, also in plain JSON types."""
        record, plain = self.fresh.get(capture, (None, None))
        if record is None or plain is None:
            plain = record_of(db, capture) or {}
            record = parsers.Record.from_dict(plain)
        return record, plain

    def _show(self, db: sqlite3.Connection, interview: Interview) -> None:
        """Make one version the one that is shown and searched."""
        wanted = f"{interview.uid}.{interview.newest}"
        shown = [
            row[0] for row in db.execute("SELECT id FROM versions WHERE interview = ? AND newest", (interview.uid,))
        ]
        if shown == [wanted]:
            return
        for version in shown:
            self._unindex(db, version)
            db.execute("UPDATE versions SET newest = 0 WHERE id = ?", (version,))
        db.execute("UPDATE versions SET newest = 1 WHERE id = ?", (wanted,))
        self._unindexed[wanted] = None

    def _captures(self, db: sqlite3.Connection, version: str, captures: tuple[str, ...]) -> None:
        """What a version was read from: its pages, their parts, the lists that named them."""
        wanted = {(c, "page") for c in captures}
        for capture in captures:
            row = row_of(db, "SELECT * FROM captures WHERE id = ?", (capture,))
            if row is not None:
                wanted |= self._beside(db, row)
        query = "SELECT capture, part FROM version_captures WHERE version = ?"
        present = {tuple(r) for r in db.execute(query, (version,))}
        db.executemany(
            "DELETE FROM version_captures WHERE version = ? AND capture = ? AND part = ?",
            [(version, *x) for x in sorted(present - wanted)],
        )
        db.executemany(
            "INSERT INTO version_captures VALUES (?, ?, ?)", [(version, *x) for x in sorted(wanted - present)]
        )

    def _beside(self, db: sqlite3.Connection, row: dict[str, Any]) -> set[tuple[str, str]]:
        """The parts of a page's capture, and the list that named it last before."""
        parts = self.reader.part_captures(db, row, {row["key"]})
        found = {
            (part["id"], "api" if self.reader.shape(elsewhere(db, part) or part) in DATA else "part") for part in parts
        }
        listed = db.execute(SAID_BEFORE, (row["key"], row["fetched_at"])).fetchone()
        return found | ({(listed[1], "list")} if listed else set())


def _read_parts(db: sqlite3.Connection, pages: list[PageCapture]) -> Iterator[tuple[PageCapture, str]]:
    """The parts that pages name, as they were read, each with its payload's digest."""
    keys = {part for page in pages for part, _, _ in db.execute(_PARTS, (page.key,))} - {p.key for p in pages}
    for key in sorted(keys):
        for capture, url, at, content, digest in db.execute(_READ_PARTS, (key,)):
            yield PageCapture(capture, key, url, at, "part", content, None, listed=False), digest


def _contested(record: parsers.Record) -> float | None:
    """The lowest confidence of the values that another rule contradicts."""
    known = record.confidence
    return min((known[name] for name, e in record.evidence.items() if e.rejected and name in known), default=None)
