"""From WARC records to rows: the one writer of the store.

It follows the committed positions of the WARC files with a durable cursor, so that crawl, resume, rebuild and reparse
take the same path. :mod:`archive.store.follow` runs it beside the crawl as a process of its own.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import parsers
from archive.collection.folder import Collection
from archive.collection.tables import Database
from archive.collection.urls import canonical
from archive.errors import RecordMissing
from archive.ledger.origins import Origin, Origins
from archive.ledger.withheld import ids_withheld, takedowns, talks_taken_down
from archive.store import listed, originals, overlay, removal
from archive.store.batches import batches
from archive.store.damage import Damages, taken_despite_faults
from archive.store.grouping import content_of, talk_of
from archive.store.interviews import Interviews
from archive.store.leads import Leads
from archive.store.lines import Lines, keep_method, queue
from archive.store.metadata import keep_metadata
from archive.store.packing import pack
from archive.store.plain_files import save_runs, save_sites
from archive.store.reading import UNREAD, Reader, forget, rows_by_id
from archive.store.readings import Readings, code
from archive.store.rekeying import rekey
from archive.store.store import insert_copy, open_store, scrub_later, transaction
from archive.store.unread import Stretch, unread
from archive.store.wholes import circle, wholes
from archive.warc import cdxj
from archive.warc.digests import sha256_hex
from archive.warc.http import entity_sha256
from archive.warc.records import Damage, Position, Record, bare_id, locate, read_at, scan
from parsers.page.decode import declared_charset

log = logging.getLogger(__name__)
_REVISITS = """SELECT c.id FROM captures c JOIN captures o ON o.id = c.refers_to AND o.url = c.url
  JOIN _readings r ON r.capture = c.id WHERE c.refers_to = ? AND c.type = 'revisit'"""


@dataclass(slots=True)
class Indexer:
    """Indexes a collection. One at a time per collection (the caller holds the lock)."""

    collection: Collection
    #: Closed files that need no look any more, for whoever makes one indexer after the other.
    finished: set[str] = field(default_factory=set)
    #: The only files that are read; ``None`` for all.
    only: frozenset[str] | None = None
    readings: Readings = field(default_factory=Readings)
    #: Addresses whose interviews may be others now: see :meth:`archive.store.interviews.Interviews.settle`.
    dirty: dict[str, set[str] | None] = field(default_factory=dict)
    records: int = 0
    missed: bool = False
    withheld: frozenset[str] = frozenset()
    places: frozenset[tuple[str, int]] = frozenset()
    #: Every id of talks of which captures are withheld; ``None`` where there was never a takedown.
    names: frozenset[str] | None = None
    database: Database = field(init=False)

    reader: Reader = field(init=False)
    leads: Leads = field(init=False)
    lines: Lines = field(init=False)
    interviews: Interviews = field(init=False)
    origins: Origins = field(init=False)
    damages: Damages = field(init=False)

    def __post_init__(self) -> None:
        self.database = open_store(self.collection.store)
        self.reader = Reader(self.collection, readings=self.readings)
        self.leads, self.lines = Leads(self.reader), Lines(self.collection)
        self.interviews = Interviews(self.reader, talks_taken_down(self.collection))
        self.origins = Origins(self.collection)
        self.damages = Damages(self.origins, taken_despite_faults(self.collection))
        self._regroup_after_upgrade()

    @property
    def db(self) -> sqlite3.Connection:
        """The connection."""
        connection: sqlite3.Connection = self.database.conn
        return connection

    def _regroup_after_upgrade(self) -> None:
        """A new version of the store may have other keys and join readings otherwise:
        all interviews are formed again, once.
        """
        due = "SELECT 1 FROM store_meta WHERE key = 'regroup'"
        if not self.db.execute(due).fetchone():
            return
        with transaction(self.database) as db:
            if not db.execute(due).fetchone():  # another process was first
                return
            self.leads.unread |= rekey(db, self.interviews, self.lead_again)
            self.resolve(db)
            self.interviews.regroup(db, {row[0] for row in db.execute("SELECT DISTINCT key FROM _readings")})
            overlay.apply(db, self.collection)
            db.execute("DELETE FROM store_meta WHERE key = 'regroup'")

    def lead_again(self, db: sqlite3.Connection, record: Record, row: dict[str, Any]) -> None:
        """Keep where a capture leads, of a record that was indexed before."""
        name = row["warc_file"]
        self._know(locate(self.collection.archive, name), name)
        self.leads.follow(db, record, canonical(row["url"]), self.origins.of(name).site)

    # ── following the files ─────────────────────────────────────────────────────────────────────────────────────────

    def catch_up(self) -> int:
        """Index everything that is committed; the number of records read. What is damaged is noted, and passed over."""
        self.obey()
        before = self.records
        self.missed = False
        cursors = dict(self.db.execute("SELECT warc_file, offset FROM _cursor"))
        for part in unread(self.collection, cursors, self.finished, self.only):
            if part.damage is not None:
                self._note(part.name, part.damage)
                continue
            try:
                self._file(part)
            except FileNotFoundError:
                self.missed = True  # closed and renamed since the folder was listed: the next pass finds it
        return self.records - before

    def read_all(self) -> None:
        """Catch up until nothing is left, files that were renamed meanwhile included."""
        while self.catch_up() or self.missed:
            pass

    def _file(self, part: Stretch) -> None:
        path, name = part.path, part.name
        self.damages.begin_file()
        self.readings.begin(name)
        if part.start:
            self._know(path, name)
        for batch in batches(self._checked(part)):
            self._commit(name, batch)

    def _checked(self, part: Stretch) -> Iterator[Record | Damage]:
        """What a file holds; that the file itself cannot be read is noted at once."""
        for found in scan(part.path, part.start, part.stop):
            checked = self.damages.checked(part.name, found)
            if isinstance(checked, Damage) and checked.whole:
                self._note(part.name, checked)
            else:
                yield checked

    def _know(self, path: Path, name: str) -> None:
        """Learn from a file's first record which run wrote it."""
        if name not in self.origins.known and (first := next(scan(path), None)):
            self.origins.learn(name, first)

    def _commit(self, name: str, batch: list[Record | Damage]) -> None:
        with transaction(self.database) as db, self.reader.holding(batch):
            # A process that withholds a capture says so before it takes the write lock: what is unknown here is deleted
            # after us.
            self.ask()
            for found in batch:
                if isinstance(found, Damage):
                    self.damages.add(db, name, found)
                else:
                    self.damages.beside(db, name, found)
                    self._ingest(db, name, found)
            self.resolve(db)
            captured = {canonical(found.target) for found in batch if isinstance(found, Record) and found.is_capture}
            self._silence(db, captured)
            last = batch[-1]
            end = last.end if isinstance(last, Damage) else last.position.offset + last.position.length
            db.execute(
                "INSERT INTO _cursor VALUES (?, ?) ON CONFLICT(warc_file) DO UPDATE SET offset = excluded.offset",
                (name, end),
            )
            # Once it can be read, what was said of the file itself is over.
            db.execute("DELETE FROM _damage WHERE warc_file = ? AND whole", (name,))
        self.records += sum(isinstance(found, Record) for found in batch)

    def _note(self, name: str, damage: Damage) -> None:
        with transaction(self.database) as db:
            self.ask()
            self.damages.add(db, name, damage)

    def finish(self) -> None:
        """What follows the last record: runs, sites, the CDXJ index."""
        with transaction(self.database) as db:
            save_sites(db, self.collection)
            save_runs(db, self.collection)
            overlay.apply(db, self.collection)
            self.ask()
            removal.forget_damage(db, self.withheld, self.places)
            db.execute("INSERT OR IGNORE INTO store_meta VALUES ('looked_by', ?)", (code(),))
        self.lines.merge(self.database)

    # ── takedowns ───────────────────────────────────────────────────────────────────────────────────────────────────

    def obey(self) -> None:
        """Take out what the ledger withholds and put back what it shows again, where the store says otherwise."""
        said = takedowns(self.collection)
        if removal.present(self.db, said.held) or removal.absent(self.db, said.released):
            with self.collection.lock("publish", wait=True), transaction(self.database) as db:
                self.apply(db)
            self.lines.merge(self.database)
        elif said.released:
            self.lines.merge_left(self.database)

    def apply(self, db: sqlite3.Connection) -> None:
        """The same inside a transaction, the index file's new lines left for later;
        the caller holds the lock ``publish``.
        """
        said = takedowns(self.collection)
        self.ask()
        gone = removal.present(db, said.held)
        about = listed.keys_of(db, removal.keys_of(db, gone))
        if gone:
            removal.unlist(db, self.collection.index, gone, said.places)
            unread, dirty = removal.remove(db, self.interviews, gone)
            self.leads.unread |= unread
            self.dirty |= dict.fromkeys(dirty)
            scrub_later(db)
        removal.forget_damage(db, said.held, said.places)
        back = removal.absent(db, said.released)
        for record in removal.records_of(self.collection, {i: said.released[i] for i in back}):
            name = record.position.warc_file
            self._know(locate(self.collection.archive, name), name)
            self._ingest(db, name, record)
        for name, damage in removal.damage_of(self.collection, {i: said.released[i] for i in back}):
            self.damages.add(db, name, damage)
        self.leads.unread |= removal.dependent(db, back)
        self.resolve(db)
        # Again: an address that was an interview of its own meanwhile belongs to a page again.
        self.interviews.regroup(db, removal.keys_of(db, back))
        self._silence(db, about | listed.keys_of(db, removal.keys_of(db, back)))
        overlay.apply(db, self.collection)

    def _silence(self, db: sqlite3.Connection, keys: set[str]) -> None:
        """What lists say of these addresses is as the takedowns want it: nothing of a talk that is shown nowhere."""
        if self.names is not None:
            listed.settle(db, self.collection, keys | self.leads.listed, self.names, self.lead_again)
            self.resolve(db)
        self.leads.listed.clear()

    def ask(self) -> None:
        """Learn from the ledger what is withheld."""
        said = takedowns(self.collection)
        self.withheld, self.places = frozenset(said.held), said.places
        self.damages.withheld, self.damages.places = self.withheld, self.places
        self.names = ids_withheld(said) if said.entries else None
        self.interviews.together = talks_taken_down(self.collection)

    def close(self) -> None:
        """Close the store."""
        self.db.close()

    # ── one record ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _ingest(self, db: sqlite3.Connection, name: str, record: Record) -> None:
        if record.type == "warcinfo":
            self.origins.learn(name, record)
        elif record.type == "request":
            self.dirty |= self.leads.renamed(db, self.lines.request(db, record))
        elif record.id in self.withheld or (name, record.position.offset) in self.places:
            return
        elif record.is_capture:
            asked = self.lines.asked(record)
            payload, size = entity_sha256(record.http)
            queue(db, record, asked, payload)
            self._capture(db, record, self.origins.of(name), payload, size)
            self.dirty |= self.leads.renamed(db, keep_method(db, record.id, asked))
        elif record.type == "metadata" and record.get("Content-Type") == "application/warc-fields":
            keep_metadata(db, record, self.withheld)
        elif cdxj.indexed(record):
            queue(db, record, None, None)

    def _capture(self, db: sqlite3.Connection, record: Record, origin: Origin, payload: bytes, size: int) -> None:
        message, url = record.http, record.target
        key = canonical(url)
        content_type = message.get("content-type") or ""
        refers_to = bare_id(record.get("WARC-Refers-To")) or None
        digest = payload.hex()
        if record.type == "revisit":
            digest = sha256_hex(record.get("WARC-Payload-Digest") or "") or digest
        insert_copy(
            db,
            "captures",
            {
                "id": record.id, "key": key, "url": url, "method": "GET", "fetched_at": record.get("WARC-Date") or "", "status": message.status,
                "mime": parsers.media_type(content_type) or None, "charset": declared_charset(b"", content_type), "sha256": digest, "bytes": size, "type": record.type,
                "truncated": record.cut, "warc_file": record.position.warc_file, "warc_offset": record.position.offset,
                "warc_length": record.position.length, "record_id": record.get("WARC-Record-ID") or "", "refers_to": refers_to,
                "run": origin.run, "site": origin.site or self.origins.site_of(url), "source": record.get("WARC-Source-URI"),
            },
        )  # fmt: skip
        named = originals.note(db, record) if record.type == "revisit" else url
        settled = originals.settle(db, named or "")
        # A part of any content type wakes the pages that name it.
        self.leads.unread |= wholes(db, key)
        self.leads.follow(db, record, key, origin.site)
        self._follow_repeats(db, {*settled, *originals.repeats(db, [record.id])})

    def _follow_repeats(self, db: sqlite3.Connection, revisits: set[str]) -> None:
        """Revisits whose original came after them lead where its payload leads, as seen from their own address."""
        self.leads.unread |= removal.forget_leads(db, revisits)
        for row in rows_by_id(db, sorted(revisits)).values():
            place = Position(row["warc_file"], row["warc_offset"], row["warc_length"])
            try:
                self.lead_again(db, read_at(self.collection.archive, place), row)
            except RecordMissing:  # its reading says so
                self.leads.unread.add(row["id"])
            db.execute("DELETE FROM _readings WHERE capture = ?", (row["id"],))
            self.dirty[row["key"]] = None

    # ── readings ────────────────────────────────────────────────────────────────────────────────────────────────────

    def resolve(self, db: sqlite3.Connection) -> None:
        """Read what is unread, and form the interviews that follow from it; the caller holds the transaction."""
        rows = rows_by_id(db, self.leads.unread)
        # Of pages that name each other one is the page: what changes one of them may change which.
        for key in {row["key"] for row in rows.values()}:
            for other in circle(db, key):
                self.leads.touch(db, other)
        rows |= rows_by_id(db, self.leads.unread - rows.keys())
        # Revisits copy the reading of the capture they refer to, so they come last.
        for row in sorted(rows.values(), key=lambda row: (row["type"], row["id"])):
            self._read(db, row)
        self.leads.unread.clear()
        self.interviews.settle(db, self.dirty)
        self.dirty.clear()

    def _read(self, db: sqlite3.Connection, row: dict[str, Any]) -> None:
        try:
            kind, record, error = self.reader.reading(db, row)
        except RecordMissing as missing:
            if self.damages.keeps(db, row, missing):
                return
            kind, record, error = "error", None, str(missing)
        if kind == UNREAD:
            self.dirty |= forget(db, row)
        else:
            self._keep(db, row, kind, record, error)

    def _keep(
        self, db: sqlite3.Connection, row: dict[str, Any], kind: str, record: parsers.Record | None, error: str | None
    ) -> None:
        """Keep what a capture says; its revisits say the same."""
        capture = row["id"]
        plain = record.as_dict() if record else None
        content = content_of(plain) if plain else None
        talk = talk_of(record, row["key"], content) if record and content and kind != "part" else None
        said = pack(db, capture, plain, row["refers_to"] if row["type"] == "revisit" else None)
        self.interviews.fresh[capture] = record, plain
        self._touched(db, row)
        db.execute(
            """INSERT INTO _readings VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(capture) DO UPDATE SET
                 kind = excluded.kind, content_sha256 = excluded.content_sha256, talk = excluded.talk,
                   record = excluded.record, error = excluded.error, read_by = excluded.read_by""",
            (capture, row["key"], kind, content, talk, said, error, self.reader.read_by(row)),
        )
        if row["type"] != "revisit":
            self._read_revisits(db, capture)

    def _read_revisits(self, db: sqlite3.Connection, capture: str) -> None:
        """Revisits that were read say what their original says now, unless they are pages of another address."""
        for row in rows_by_id(db, [later for (later,) in db.execute(_REVISITS, (capture,))]).values():
            self._read(db, row)

    def _touched(self, db: sqlite3.Connection, row: dict[str, Any]) -> None:
        """Note that a capture is read: for the first time, or again."""
        again = db.execute("SELECT 1 FROM _readings WHERE capture = ?", (row["id"],)).fetchone()
        known = self.dirty.setdefault(row["key"], set())
        if again or known is None:
            self.dirty[row["key"]] = None
        else:
            known.add(row["id"])


def index_committed(collection: Collection, finished: set[str] | None = None, by: Readings | None = None) -> None:
    """Index the records that are committed, and nothing else; the caller holds the indexer's lock.

    :param finished: closed files that need no look; without it all are looked at
    :param by: who reads pages; the parsers without it
    """
    with closing(Indexer(collection, set() if finished is None else finished, readings=by or Readings())) as indexer:
        indexer.read_all()


def bring_up_to_date(collection: Collection, finished: set[str] | None = None, by: Readings | None = None) -> None:
    """Index what is committed, then runs, sites and the CDXJ; the caller holds the lock, or the store is its own.

    :param finished: as :func:`index_committed` has it, and ``by``
    """
    with closing(Indexer(collection, set() if finished is None else finished, readings=by or Readings())) as indexer:
        indexer.read_all()
        indexer.finish()
