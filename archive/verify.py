"""Check an archive against itself: WARC records, ledger, index, store. One fault a line, each with its place.

First form: structure, digests, pairing, ledger chain, index ↔ record, store row ↔ record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from archive import index as cdxj
from archive import ledger
from archive.collection import Collection
from archive.crawldb import committed
from archive.http import entity
from archive.store import open_reader
from archive.warc import OPEN_SUFFIX, Record, digest, hex_of, iterate, sha256_file, whole_length
from parsers.errors import ArchiveError, FangtanError

_REQUIRED = ("WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length")
_TYPES = {"warcinfo", "request", "response", "revisit", "metadata", "resource", "conversion", "continuation"}
_ID = re.compile(r"<urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it must be.

    :param check: the rule, e.g. ``block-digest``
    """

    check: str
    file: str
    offset: int | None
    record: str | None
    expected: str
    found: str

    def __str__(self) -> str:
        where = self.file + (f" offset {self.offset}" if self.offset is not None else "")
        return f"{where}: {self.check}: expected {self.expected}, found {self.found}" + (
            f" (record {self.record})" if self.record else ""
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON types."""
        return asdict(self)


@dataclass(slots=True)
class Summary:
    """What was checked."""

    files: int = 0
    records: int = 0
    bytes: int = 0
    captures: int = 0


class Verifier:
    """Checks a collection; :meth:`faults` yields what is wrong, :attr:`summary` says what was looked at."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.summary = Summary()
        self.ids: dict[str, str] = {}
        self.responses: dict[str, tuple[str, int]] = {}
        self.paired: set[str] = set()
        self.lines: dict[str, Record] = {}
        self.rows: dict[str, dict[str, Any]] = {}
        self.complete = True

    def faults(self) -> Iterator[Fault]:
        """Every fault, files in order of name."""
        yield from self._load_rows()
        yield from self._ledger()
        limits = committed(self.collection.crawl_db)
        for path in sorted(self.collection.archive.glob("*.warc.gz*")):
            if path.name.endswith(".torn"):
                continue
            stop = limits.get(path.name.removesuffix(OPEN_SUFFIX), 0) if path.name.endswith(OPEN_SUFFIX) else None
            yield from self._file(path, stop)
        yield from self._pairing()
        yield from self._index()
        yield from self._leftover_rows()

    # ── ledger ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _ledger(self) -> Iterator[Fault]:
        path = self.collection.ledger
        try:
            entries = {e.data["name"]: e for e in ledger.read(path) if e.data.get("type") == "warc"}
        except ArchiveError as error:
            yield Fault("ledger", str(path), None, None, "an unbroken chain", str(error))
            return
        for name, entry in entries.items():
            file = next(
                (
                    p
                    for p in (self.collection.archive / name, self.collection.archive / (name + OPEN_SUFFIX))
                    if p.exists()
                ),
                None,
            )
            if file is None:
                yield Fault("ledger", str(path), None, None, f"the file {name} (entry {entry.number})", "no such file")
            elif file.stat().st_size != entry.data["size"]:
                yield Fault(
                    "ledger",
                    str(file),
                    None,
                    None,
                    f"{entry.data['size']} bytes (ledger entry {entry.number})",
                    f"{file.stat().st_size} bytes",
                )
            elif (found := sha256_file(file)) != entry.data["sha256"]:
                yield Fault(
                    "ledger",
                    str(file),
                    None,
                    None,
                    f"sha256 {entry.data['sha256']} (ledger entry {entry.number})",
                    found,
                )
        for file in sorted(self.collection.archive.glob("*.warc.gz")):
            if file.name not in entries:
                yield Fault(
                    "ledger",
                    str(file),
                    None,
                    None,
                    "a ledger entry for this closed file",
                    "none; it is not adopted silently",
                )

    # ── records ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _file(self, path: Path, stop: int | None) -> Iterator[Fault]:
        self.summary.files += 1
        first = True
        try:
            for record in iterate(path, 0, stop):
                if first and record.type != "warcinfo":
                    yield self._fault("first-record", path, record, "warcinfo", record.type or "nothing")
                first = False
                yield from self._record(path, record)
        except FangtanError as error:
            self.complete = False
            good = whole_length(path)
            record_id = next(
                (
                    row["id"]
                    for row in self.rows.values()
                    if row["warc_file"] == path.name and row["warc_offset"] == good
                ),
                None,
            )
            yield Fault("structure", str(path), good, record_id, "a whole record in one gzip member", str(error))
        if first and stop != 0:
            yield Fault("empty", str(path), 0, None, "at least a warcinfo record", "no record")

    @staticmethod
    def _fault(check: str, path: Path, record: Record, expected: str, found: str) -> Fault:
        return Fault(check, str(path), record.position.offset, record.id or None, expected, found)

    def _record(self, path: Path, record: Record) -> Iterator[Fault]:
        self.summary.records += 1
        self.summary.bytes += record.position.length
        for name in _REQUIRED:
            if not record.get(name):
                yield self._fault("header", path, record, f"a {name} header", "none")
        if record.type not in _TYPES:
            yield self._fault("type", path, record, "a WARC-Type of the standard", repr(record.type))
        identifier = record.get("WARC-Record-ID") or ""
        if identifier and not _ID.fullmatch(identifier):
            yield self._fault("record-id", path, record, "<urn:uuid:…>", identifier)
        if record.id in self.ids:
            yield self._fault("record-id", path, record, "an id used once", f"also in {self.ids[record.id]}")
        self.ids[record.id] = path.name
        yield from self._date(path, record)
        yield from self._digests(path, record)
        if record.type in ("request", "response", "revisit", "metadata") and not record.get("WARC-Target-URI"):
            yield self._fault("target-uri", path, record, "a WARC-Target-URI", "none")
        if record.type in ("response", "revisit"):
            self.responses[record.id] = (path.name, record.position.offset)
            line = cdxj.line_of(record)
            assert line is not None
            self.lines[line] = record
            yield from self._row(path, record)
        elif record.type == "request":
            self.paired.add((record.get("WARC-Concurrent-To") or "").strip("<>").removeprefix("urn:uuid:"))

    def _date(self, path: Path, record: Record) -> Iterator[Fault]:
        text = record.get("WARC-Date") or ""
        try:
            if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z", text):
                raise ValueError(text)  # noqa: TRY301 - one place for both
            datetime.fromisoformat(text)
        except ValueError:
            yield self._fault("date", path, record, "a W3C date in UTC", repr(text))

    def _digests(self, path: Path, record: Record) -> Iterator[Fault]:
        claimed = record.get("WARC-Block-Digest")
        if not claimed:
            yield self._fault("block-digest", path, record, "a WARC-Block-Digest", "none")
        elif hex_of(claimed) != hex_of(digest(record.block)):
            yield self._fault("block-digest", path, record, claimed, digest(record.block))
        payload = record.get("WARC-Payload-Digest")
        if payload and record.type in ("response", "request"):
            body = entity(record.http) if record.type == "response" else record.http.body
            if hex_of(payload) != hex_of(digest(body)):
                yield self._fault("payload-digest", path, record, payload, digest(body))

    def _pairing(self) -> Iterator[Fault]:
        for identifier, (name, offset) in self.responses.items():
            if identifier not in self.paired:
                yield Fault("request", name, offset, identifier, "a request record concurrent to this response", "none")
        for identifier in sorted(self.paired - set(self.responses)):
            if self.complete:
                yield Fault("request", "archive", None, identifier, "the response that a request record names", "none")

    # ── index and store ─────────────────────────────────────────────────────────────────────────────────────────────

    def _index(self) -> Iterator[Fault]:
        path = self.collection.index
        try:
            indexed = [line for line, _ in cdxj.read(path)]
        except (ValueError, IndexError, OSError, UnicodeDecodeError) as error:
            yield Fault("index", str(path), None, None, "CDXJ lines", str(error))
            return
        if indexed != sorted(indexed):
            yield Fault("index", str(path), None, None, "sorted lines", "a line out of order")
        known = set(indexed)
        for line, record in self.lines.items():
            if line not in known:
                yield Fault("index", str(path), None, record.id, f"the line {line[:160]}", "no such line")
        if self.complete:
            for line in sorted(known - set(self.lines)):
                yield Fault("index", str(path), None, None, "a line that a record backs", line[:160])

    def _load_rows(self) -> Iterator[Fault]:
        try:
            db = open_reader(self.collection.store)
        except FangtanError as error:
            yield Fault("store", str(self.collection.store), None, None, "a readable store", str(error))
            return
        try:
            (state,) = db.execute("PRAGMA integrity_check").fetchone()
            if state != "ok":
                yield Fault("store", str(self.collection.store), None, None, "SQLite's integrity_check ok", state[:200])
            cursor = db.execute(
                "SELECT id, url, status, sha256, fetched_at, type, warc_file, warc_offset, warc_length FROM captures"
            )
            names = [d[0] for d in cursor.description]
            self.rows = {row[0]: dict(zip(names, row, strict=True)) for row in cursor}
        finally:
            db.close()

    def _row(self, path: Path, record: Record) -> Iterator[Fault]:
        row = self.rows.pop(record.id, None)
        store = str(self.collection.store)
        if row is None:
            yield Fault(
                "store",
                store,
                None,
                record.id,
                f"a captures row for the record at {path.name} offset {record.position.offset}",
                "none; run `fangtan rebuild`",
            )
            return
        self.summary.captures += 1
        facts = {
            "url": record.get("WARC-Target-URI"), "status": record.http.status, "fetched_at": record.get("WARC-Date"), "type": record.type,
            "sha256": hex_of(digest(entity(record.http))), "warc_file": record.position.warc_file, "warc_offset": record.position.offset,
            "warc_length": record.position.length,
        }  # fmt: skip
        for name, value in facts.items():
            if row[name] != value:
                yield Fault(
                    "store", store, None, record.id, f"captures.{name} = {value!r} as in the record", repr(row[name])
                )

    def _leftover_rows(self) -> Iterator[Fault]:
        for row in self.rows.values():
            yield Fault(
                "store",
                str(self.collection.store),
                None,
                row["id"],
                f"the record at {row['warc_file']} offset {row['warc_offset']}",
                "no such record there",
            )
