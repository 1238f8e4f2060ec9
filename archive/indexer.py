"""From WARC records to rows: the one writer of the store.

It follows the committed positions of the WARC files with a durable cursor, so that crawl, resume, rebuild and reparse take
the same path. Runs beside the crawl as a process of its own: ``python -m archive.indexer COLLECTION`` reads until its
standard input closes, then finishes what is committed and exits.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from sqlite_utils import Database

import parsers
from archive import index as cdxj
from archive.collection import Collection
from archive.crawldb import committed
from archive.grouping import Interview, PageCapture, content_of, group, talk_of
from archive.http import decoded, entity
from archive.sites import Site
from archive.store import (
    add_version,
    index_version,
    insert,
    open_store,
    qa_pairs,
    save_runs,
    save_sites,
    transaction,
    unindex_version,
)
from archive.urls import canonical
from archive.warc import OPEN_SUFFIX, Position, Record, fields_block, hex_of, iterate, read_at
from parsers.decode import declared_charset
from parsers.errors import ArchiveError, FangtanError, PageError
from parsers.limits import MAX_PARTS

_BATCH = 64
_POLL_S = 0.1


#: The captures that name an address as their part, and those that name these in turn.
_WHOLES = """
WITH RECURSIVE wholes(capture) AS (
  SELECT capture FROM _parts WHERE part_key = ?
  UNION SELECT p.capture FROM wholes w JOIN captures c ON c.id = w.capture JOIN _parts p ON p.part_key = c.key)
SELECT capture FROM wholes"""
#: The addresses that the captures of a page name as its parts, and those that the parts name.
_PARTS = """
WITH RECURSIVE parts(key) AS (
  SELECT p.part_key FROM _readings r JOIN _parts p ON p.capture = r.capture WHERE r.key = ?
  UNION SELECT p.part_key FROM parts w JOIN captures c ON c.key = w.key JOIN _parts p ON p.capture = c.id)
SELECT w.key, min(c.url), min(c.fetched_at) FROM parts w JOIN captures c ON c.key = w.key GROUP BY w.key"""


@dataclass(slots=True)
class _File:
    """Where the records of a WARC file come from."""

    run: str | None = None
    site: str | None = None


@dataclass(slots=True)
class Indexer:
    """Indexes a collection. One at a time per collection (the caller holds the lock)."""

    collection: Collection
    dirty: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)
    files: dict[str, _File] = field(default_factory=dict)
    records: int = 0
    missed: bool = False
    database: Database = field(init=False)

    stated: dict[str | None, Site | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.database = open_store(self.collection.store)

    @property
    def db(self) -> sqlite3.Connection:
        """The connection."""
        connection: sqlite3.Connection = self.database.conn
        return connection

    # ── following the files ─────────────────────────────────────────────────────────────────────────────────────────

    def catch_up(self) -> int:
        """Index everything that is committed; the number of records read."""
        before = self.records
        self.missed = False
        limits = committed(self.collection.crawl_db)
        cursors = dict(self.db.execute("SELECT warc_file, offset FROM _cursor"))
        for path in sorted(self.collection.archive.glob("*.warc.gz*")):
            name = path.name.removesuffix(OPEN_SUFFIX)
            if path.name.endswith(".torn"):
                continue
            stop = limits.get(name, 0) if path.name.endswith(OPEN_SUFFIX) else None
            start = cursors.get(name, 0)
            try:
                if start < (path.stat().st_size if stop is None else stop):
                    self._file(path, name, start, stop)
            except FileNotFoundError:
                self.missed = True  # closed and renamed since the folder was listed: the next pass finds it
        return self.records - before

    def _file(self, path: Path, name: str, start: int, stop: int | None) -> None:
        if start and name not in self.files:
            first = next(iterate(path), None)
            self.files[name] = _origin(first) if first else _File()
        batch: list[Record] = []
        for record in iterate(path, start, stop):
            batch.append(record)
            if len(batch) >= _BATCH:
                self._commit(name, batch)
                batch = []
        if batch:
            self._commit(name, batch)

    def _commit(self, name: str, batch: list[Record]) -> None:
        with transaction(self.database) as db:
            for record in batch:
                self._ingest(db, name, record)
            self._resolve(db)
            last = batch[-1].position
            db.execute(
                "INSERT INTO _cursor VALUES (?, ?) ON CONFLICT(warc_file) DO UPDATE SET offset = excluded.offset",
                (name, last.offset + last.length),
            )
        self.records += len(batch)

    def finish(self) -> None:
        """What follows the last record: runs, sites, the CDXJ index."""
        with transaction(self.database) as db:
            save_sites(db, self.collection)
            save_runs(db, self.collection)
        cdxj.merge(self.collection.index, [*self.lines, *self._unindexed()])
        self.lines.clear()

    def _unindexed(self) -> Iterator[str]:
        """Lines that a killed indexer had in memory only."""
        known = {(f["filename"], f["offset"]) for _, f in cdxj.read(self.collection.index)}
        known |= {(f["filename"], f["offset"]) for f in (json.loads(line.split(" ", 2)[2]) for line in self.lines)}
        for name, offset, length in self.db.execute("SELECT warc_file, warc_offset, warc_length FROM captures"):
            if (name, str(offset)) not in known:
                line = cdxj.line_of(read_at(self.collection.archive, Position(name, offset, length)))
                if line:
                    yield line

    def close(self) -> None:
        """Close the store."""
        self.db.close()

    # ── one record ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _ingest(self, db: sqlite3.Connection, name: str, record: Record) -> None:
        if record.type == "warcinfo":
            self.files[name] = _origin(record)
        elif record.type == "request":
            self._request(db, record)
        elif record.type in ("response", "revisit"):
            line = cdxj.line_of(record)
            assert line is not None
            self.lines.append(line)
            self._capture(db, record, self.files.get(name) or _File())

    def _request(self, db: sqlite3.Connection, record: Record) -> None:
        message = record.http
        method = message.start_line.split(b" ")[0].decode("latin-1") or "GET"
        target = (record.get("WARC-Concurrent-To") or "").strip("<>").removeprefix("urn:uuid:")
        if method == "GET" and not message.body:
            return
        digest = sha256(message.body).hexdigest()
        db.execute(
            "UPDATE captures SET method = ?, request_sha256 = ?, key = key || ' ' || ? || ' ' || ? WHERE id = ? AND request_sha256 IS NULL",
            (method, digest, method, digest[:16], target),
        )

    def _capture(self, db: sqlite3.Connection, record: Record, origin: _File) -> None:
        message = record.http
        url = record.get("WARC-Target-URI") or ""
        key = canonical(url)
        content_type = message.get("content-type") or ""
        mime = parsers.media_type(content_type)
        payload = entity(message)
        digest = hex_of(record.get("WARC-Payload-Digest") or "") or _sha256(payload)
        refers_to = (record.get("WARC-Refers-To") or "").strip("<>").removeprefix("urn:uuid:") or None
        insert(
            db,
            "captures",
            {
                "id": record.id, "key": key, "url": url, "method": "GET", "fetched_at": record.get("WARC-Date") or "", "status": message.status,
                "mime": mime or None, "charset": declared_charset(b"", content_type), "sha256": digest, "bytes": len(payload), "type": record.type,
                "truncated": record.get("WARC-Truncated"), "warc_file": record.position.warc_file, "warc_offset": record.position.offset,
                "warc_length": record.position.length, "record_id": record.get("WARC-Record-ID") or "", "refers_to": refers_to,
                "run": origin.run, "site": origin.site,
            },
            ignore=True,
        )  # fmt: skip
        # A part of any content type wakes the pages that name it.
        self.unread.update(row[0] for row in db.execute(_WHOLES, (key,)))
        location = message.get("location")
        if message.status in (301, 302, 303, 307, 308) and location:
            self._redirect(db, record, key, url, location)
        if record.type == "revisit":
            self.unread.add(record.id)
        elif mime in parsers.PAGE_TYPES and message.status != 304 and (message.status < 300 or message.status >= 400):
            self._links(db, record, key, content_type, origin.site)

    def _redirect(self, db: sqlite3.Connection, record: Record, key: str, url: str, location: str) -> None:
        try:
            target = canonical(urljoin(url, location))
        except ValueError:
            return
        self.unread.add(record.id)
        if target != key:
            row = {
                "capture": record.id,
                "key": key,
                "url": url,
                "target_key": target,
                "since": record.get("WARC-Date") or "",
            }
            insert(db, "_redirects", row, ignore=True)
            self._touch(db, target)

    def _family(self, site: str | None, fetched_at: str) -> str | None:
        """The family that the site's file states for the day of a capture."""
        if site not in self.stated:
            try:
                self.stated[site] = self.collection.site(site) if site else None
            except FangtanError:
                self.stated[site] = None
        found = self.stated[site]
        try:
            return found.family_on(date.fromisoformat(fetched_at[:10])) if found else None
        except ValueError:
            return None

    def _links(
        self, db: sqlite3.Connection, record: Record, key: str, content_type: str, origin_site: str | None
    ) -> None:
        self.unread.add(record.id)
        try:
            payload = parsers.Payload(
                record.get("WARC-Target-URI") or "", decoded(record.http), content_type, record.http.status
            )
            links = parsers.links(payload, family=self._family(origin_site, record.get("WARC-Date") or ""))
        except FangtanError:
            return
        for position, part in enumerate(dict.fromkeys(canonical(p) for p in links.parts)):
            if part != key:
                insert(db, "_parts", {"capture": record.id, "part_key": part, "position": position}, ignore=True)
        if links.is_list:
            fetched = record.get("WARC-Date") or ""
            for position, item in enumerate(links.items):
                item_key = canonical(item.url)
                row = {
                    "capture": record.id,
                    "key": item_key,
                    "position": position,
                    "url": item.url,
                    "title": item.title,
                    "date": item.date,
                    "text": item.text,
                }
                insert(db, "_items", row, ignore=True)
                self._listed(db, item_key, fetched)

    def _listed(self, db: sqlite3.Connection, key: str, date: str) -> None:
        """A list seen after its article gives a context to captures that had none."""
        rows = db.execute(
            """SELECT c.id FROM captures c WHERE c.key = ? AND c.fetched_at < ? AND NOT EXISTS (
                 SELECT 1 FROM _items i JOIN captures l ON l.id = i.capture WHERE i.key = c.key AND l.fetched_at <= c.fetched_at)""",
            (key, date),
        ).fetchall()
        self.unread.update(row[0] for row in rows)

    def _touch(self, db: sqlite3.Connection, key: str) -> None:
        self.unread.update(row[0] for row in db.execute("SELECT id FROM captures WHERE key = ?", (key,)))

    # ── readings ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _resolve(self, db: sqlite3.Connection) -> None:
        # Revisits copy the reading of the capture they refer to, so they come last.
        rows = [
            r
            for c in sorted(self.unread)
            if (r := db.execute("SELECT type, id FROM captures WHERE id = ?", (c,)).fetchone())
        ]
        for _, capture in sorted(rows):
            self._read(db, capture)
        self.unread.clear()
        self._regroup(db)

    def _read(self, db: sqlite3.Connection, capture: str) -> None:
        row = _row(db, "SELECT * FROM captures WHERE id = ?", (capture,))
        assert row is not None
        kind, record, error = self._reading(db, row)
        content = content_of(record) if record else None
        talk = talk_of(record) if record else None
        text = json.dumps(record.as_dict(), ensure_ascii=False) if record else "null"
        db.execute(
            """INSERT INTO _readings VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT(capture) DO UPDATE SET
                 kind = excluded.kind, content_sha256 = excluded.content_sha256, talk = excluded.talk, record = excluded.record, error = excluded.error""",
            (capture, row["key"], kind, content, talk, text, error),
        )
        self.dirty.add(row["key"])
        if row["type"] != "revisit":
            for (later,) in db.execute(
                "SELECT id FROM captures WHERE refers_to = ? AND type = 'revisit'", (capture,)
            ).fetchall():
                if db.execute("SELECT 1 FROM _readings WHERE capture = ?", (later,)).fetchone():
                    self._read(db, later)

    def _reading(self, db: sqlite3.Connection, row: dict[str, Any]) -> tuple[str, parsers.Record | None, str | None]:
        status = row["status"]
        if row["type"] == "revisit":
            original = _row(db, "SELECT kind, record FROM _readings WHERE capture = ?", (row["refers_to"],))
            if original is None:
                return "error", None, "revisit of a capture that is not here"
            data = json.loads(original["record"])
            return original["kind"], parsers.Record.from_dict(data) if data else None, None
        if 300 <= status < 400:
            return "moved", None, None
        if status in (404, 410):
            return "gone", None, None
        if row["truncated"]:
            return "error", None, f"truncated ({row['truncated']})"
        try:
            payloads = [self._payload(row), *self._part_payloads(db, row)]
            family = self._family(row["site"], row["fetched_at"])
            record = parsers.parse(payloads, self._context(db, row), family=family)
        except PageError as error:
            return "error", None, error.reason
        except ArchiveError as error:
            return "error", None, str(error)
        if record.kind == "soft_404":
            return "gone", None, None
        if status >= 400 or record.kind == "challenge":
            return "error", None, f"{record.kind} ({status})"
        if db.execute("SELECT 1 FROM _parts WHERE part_key = ?", (row["key"],)).fetchone():
            return "part", None, None
        return record.kind, record, None

    def _payload(self, row: dict[str, Any]) -> parsers.Payload:
        record = read_at(self.collection.archive, Position(row["warc_file"], row["warc_offset"], row["warc_length"]))
        message = record.http
        return parsers.Payload(row["url"], decoded(message), message.get("content-type"), message.status)

    def _part_payloads(self, db: sqlite3.Connection, row: dict[str, Any]) -> Iterator[parsers.Payload]:
        for chosen in self._part_captures(db, row, {row["key"]}):
            yield self._payload(chosen)

    def _part_captures(self, db: sqlite3.Connection, row: dict[str, Any], seen: set[str]) -> Iterator[dict[str, Any]]:
        """The parts in their order, and the parts that a part names (the next page of a JSON talk)."""
        for (part,) in db.execute(
            "SELECT part_key FROM _parts WHERE capture = ? ORDER BY position", (row["id"],)
        ).fetchall():
            chosen = self._part_capture(db, part, row) if part not in seen else None
            if chosen and len(seen) < MAX_PARTS:
                seen.add(part)
                yield chosen
                yield from self._part_captures(db, chosen, seen)

    def _part_capture(self, db: sqlite3.Connection, part: str, row: dict[str, Any]) -> dict[str, Any] | None:
        """The capture of a part that belongs to this capture of the page: the first one after it, else the last before."""
        query = "SELECT * FROM captures WHERE key = ? AND status = 200 AND type = 'response' AND truncated IS NULL AND fetched_at"
        after = _row(db, f"{query} >= ? ORDER BY fetched_at, id LIMIT 1", (part, row["fetched_at"]))
        return after or _row(db, f"{query} < ? ORDER BY fetched_at DESC, id LIMIT 1", (part, row["fetched_at"]))

    def _sources(self, db: sqlite3.Connection, key: str) -> list[str]:
        return [
            key,
            *(
                r[0]
                for r in db.execute("SELECT DISTINCT key FROM _redirects WHERE target_key = ? ORDER BY key", (key,))
            ),
        ]

    def _context(self, db: sqlite3.Connection, row: dict[str, Any]) -> parsers.ListItem | None:
        """What the list said at the time: the latest list before the capture, else the first after it."""
        best: list[tuple[bool, Any, str, dict[str, Any]]] = []
        for key in self._sources(db, row["key"]):
            cursor = db.execute(
                "SELECT i.url, i.title, i.date, i.text, c.fetched_at, c.id FROM _items i JOIN captures c ON c.id = i.capture WHERE i.key = ?",
                (key,),
            )
            for url, title, day, text, fetched, capture in cursor:
                best.append(
                    (
                        fetched > row["fetched_at"],
                        fetched,
                        capture,
                        {"url": url, "title": title, "date": day, "text": text},
                    )
                )
        if not best:
            return None
        earlier = [b for b in best if not b[0]]
        chosen = max(earlier, key=lambda b: b[1:3]) if earlier else min(best, key=lambda b: b[1:3])
        return parsers.ListItem(**chosen[3])

    # ── interviews ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _regroup(self, db: sqlite3.Connection) -> None:
        todo = set(self.dirty)
        self.dirty.clear()
        while todo:
            component = self._component(db, min(todo))
            todo -= component
            captures = [c for key in sorted(component) for c in self._page_captures(db, key)]
            self._write(db, component, group(captures))

    def _component(self, db: sqlite3.Connection, key: str) -> set[str]:
        """All addresses that carry a talk in common with this one."""
        found, queue = {key}, [key]
        while queue:
            rows = db.execute(
                "SELECT DISTINCT b.key FROM _readings a JOIN _readings b ON b.talk = a.talk WHERE a.key = ? AND a.talk IS NOT NULL",
                (queue.pop(),),
            )
            fresh = {row[0] for row in rows} - found
            found |= fresh
            queue += sorted(fresh)
        return found

    def _page_captures(self, db: sqlite3.Connection, key: str) -> list[PageCapture]:
        marks = self._sources(db, key)
        listed = any(db.execute("SELECT 1 FROM _items WHERE key = ? LIMIT 1", (k,)).fetchone() for k in marks)
        rows = db.execute(
            "SELECT r.capture, c.url, c.fetched_at, r.kind, r.content_sha256, r.talk FROM _readings r JOIN captures c ON c.id = r.capture WHERE r.key = ?",
            (key,),
        )
        return [
            PageCapture(capture, key, url, fetched, "gone" if kind == "moved" else kind, content, talk, listed)
            for capture, url, fetched, kind, content, talk in rows
        ]

    def _write(self, db: sqlite3.Connection, keys: set[str], interview: Interview | None) -> None:
        marks = ",".join("?" for _ in keys)
        old = {
            r[0]
            for r in db.execute(
                f"SELECT interview FROM interview_urls WHERE key IN ({marks}) AND reason IN ('page', 'same talk')",
                tuple(sorted(keys)),
            )
        }
        for uid in old - ({interview.uid} if interview else set()):
            self._delete(db, uid)
        if interview is None:
            return
        wanted = [(v.number, v.content, v.captures[0]) for v in interview.versions]
        present = db.execute(
            "SELECT version_no, content_sha256, capture FROM versions WHERE interview = ? ORDER BY version_no",
            (interview.uid,),
        ).fetchall()
        parser = db.execute(
            "SELECT count(*) FROM versions WHERE interview = ? AND parser <> ?", (interview.uid, parsers.PARSER)
        ).fetchone()[0]
        if [tuple(p) for p in present] != wanted[: len(present)] or parser:
            self._delete(db, interview.uid)
            present = []
        site = db.execute("SELECT site FROM captures WHERE id = ?", (wanted[0][2],)).fetchone()[0]
        db.execute(
            """INSERT INTO _interviews VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT(uid) DO UPDATE SET
                 url = excluded.url, first_seen = excluded.first_seen, last_seen = excluded.last_seen, gone_at = excluded.gone_at""",
            (interview.uid, site, interview.url, interview.first_seen, interview.last_seen, interview.gone_at),
        )
        self._urls(db, interview, keys)
        for version in interview.versions[len(present) :]:
            self._version(db, interview, version.number, version.captures[0])
        for version in interview.versions:
            self._captures(db, f"{interview.uid}.{version.number}", version.captures)

    def _urls(self, db: sqlite3.Connection, interview: Interview, keys: set[str]) -> None:
        db.execute("DELETE FROM interview_urls WHERE interview = ?", (interview.uid,))
        rows = list(interview.keys)
        for key in sorted(keys):
            for source, url, since in db.execute(
                "SELECT key, url, min(since) FROM _redirects WHERE target_key = ? GROUP BY key", (key,)
            ):
                rows.append((source, url, "redirect", since))
            rows += [(part, url, "part", since) for part, url, since in db.execute(_PARTS, (key,))]
        for key, url, reason, since in rows:
            insert(
                db,
                "interview_urls",
                {"interview": interview.uid, "key": key, "url": url, "reason": reason, "since": since},
                ignore=True,
            )

    def _delete(self, db: sqlite3.Connection, uid: str) -> None:
        for (version,) in db.execute("SELECT id FROM versions WHERE interview = ? AND newest", (uid,)).fetchall():
            unindex_version(db, version)
        db.execute("DELETE FROM _interviews WHERE uid = ?", (uid,))
        db.execute("DELETE FROM interview_urls WHERE interview = ?", (uid,))

    def _version(self, db: sqlite3.Connection, interview: Interview, number: int, capture: str) -> None:
        row = _row(db, "SELECT record, content_sha256 FROM _readings WHERE capture = ?", (capture,))
        assert row is not None
        record = parsers.Record.from_dict(json.loads(row["record"]))
        for (version,) in db.execute(
            "SELECT id FROM versions WHERE interview = ? AND newest", (interview.uid,)
        ).fetchall():
            unindex_version(db, version)
            db.execute("UPDATE versions SET newest = 0 WHERE id = ?", (version,))
        version = f"{interview.uid}.{number}"
        time = record.time
        known = list(record.confidence.values())
        add_version(
            db,
            {
                "id": version, "interview": interview.uid, "version_no": number, "capture": capture, "parser": record.parser,
                "content_sha256": row["content_sha256"], "newest": 1, "kind": record.kind, "title": record.title, "theme": record.theme,
                "published_at": record.published_at, "time_text": time.text if time else None, "time_start": time.start if time else None,
                "time_end": time.end if time else None, "time_precision": time.precision if time else None, "source": record.source,
                "n_turns": len(record.turns), "confidence": round(min(known), 3) if known else None, "family": record.family, "encoding": record.encoding,
                "evidence": json.dumps({k: v for k, v in record.as_dict().items() if k in ("evidence", "confidence", "abstained", "skipped")}, ensure_ascii=False, sort_keys=True),
            },
            record,
        )  # fmt: skip
        index_version(db, version)
        db.execute("DELETE FROM qa WHERE interview = ?", (interview.uid,))
        db.executemany(
            "INSERT OR IGNORE INTO qa VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(interview.uid, *pair) for pair in qa_pairs(record)],
        )

    def _captures(self, db: sqlite3.Connection, version: str, captures: tuple[str, ...]) -> None:
        wanted = {(c, "page") for c in captures}
        for capture in captures:
            row = _row(db, "SELECT * FROM captures WHERE id = ?", (capture,))
            for chosen in self._part_captures(db, row, {row["key"]}) if row else ():
                wanted.add((chosen["id"], "api" if "html" not in (chosen["mime"] or "html") else "part"))
            listed = db.execute(
                "SELECT i.capture FROM _items i JOIN captures l ON l.id = i.capture WHERE i.key = ? AND l.fetched_at <= ? ORDER BY l.fetched_at DESC, l.id LIMIT 1",
                ((row or {}).get("key"), (row or {}).get("fetched_at")),
            ).fetchone()
            wanted |= {(listed[0], "list")} if listed else set()
        present = {
            tuple(r) for r in db.execute("SELECT capture, part FROM version_captures WHERE version = ?", (version,))
        }
        db.executemany(
            "DELETE FROM version_captures WHERE version = ? AND capture = ? AND part = ?",
            [(version, *x) for x in sorted(present - wanted)],
        )
        db.executemany(
            "INSERT INTO version_captures VALUES (?, ?, ?)", [(version, *x) for x in sorted(wanted - present)]
        )


def _origin(record: Record) -> _File:
    info = fields_block(record.block) if record.type == "warcinfo" else {}
    return _File(info.get("fangtan-run"), info.get("fangtan-site"))


def _row(db: sqlite3.Connection, query: str, arguments: tuple[Any, ...]) -> dict[str, Any] | None:
    cursor = db.execute(query, arguments)
    row = cursor.fetchone()
    return dict(zip((d[0] for d in cursor.description), row, strict=True)) if row else None


def _sha256(data: bytes) -> str:
    return sha256(data).hexdigest()


def run_until(indexer: Indexer, stop: threading.Event) -> None:
    """Follow the crawl until ``stop`` is set, then finish what is committed."""
    while not stop.is_set():
        if not indexer.catch_up():
            stop.wait(_POLL_S)
    while indexer.catch_up() or indexer.missed:
        pass
    indexer.finish()


def main(arguments: list[str]) -> int:
    """The indexer process."""
    collection = Collection(Path(arguments[0]))
    os.nice(5)  # the crawl comes first: what is fetched is safe, reading it can wait a moment
    stop = threading.Event()

    def wait_for_end() -> None:
        while os.read(0, 4096):  # unbuffered: a buffered reader would hold its lock at exit
            pass
        stop.set()

    threading.Thread(target=wait_for_end, daemon=True).start()
    try:
        with collection.lock("indexer", wait=True):
            indexer = Indexer(collection)
            try:
                run_until(indexer, stop)
            finally:
                indexer.close()
    except FangtanError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the process's only output
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
