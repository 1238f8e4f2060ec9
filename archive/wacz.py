"""WACZ 1.1.1 packages of our own making: Chinese titles and text, revisit originals, equal bytes for equal content, signed.

Records are copied as they stand, member by member; a WARC file of which everything is taken is copied whole, so that its digest is
the ledger's. The anonymous signature follows wacz-auth 0.1.0.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import re
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from archive import index as cdxj
from archive import ledger
from archive.collection import VERSION, Collection
from archive.crawldb import committed
from archive.keys import Key, to_raw
from archive.ledger import Entry
from archive.records import OPEN_SUFFIX, Position, Record, bare_id, fields_block, final_name, iterate, locate
from archive.selection import Selection, select
from archive.store import open_reader
from archive.urls import host_of
from archive.warc import sha256_file
from archive.withheld import withheld_entries
from parsers.errors import ConfigError

SOFTWARE = f"fangtan/{VERSION}"
WACZ_VERSION = "1.1.1"
_BLOCK_LINES = 300
#: What a Data Package lets stand in a resource's name.
_NOT_SLUG = re.compile(r"[^-a-z0-9._]+")
#: Entries that a package is made of; one that records a package changes nothing about the next.
_CONTENT = ("key", "warc", "run", "withhold", "release")


@dataclass(slots=True)
class _Zip:
    """A ZIP of stored entries with fixed times, each with its digest."""

    zip: zipfile.ZipFile
    resources: list[dict[str, Any]] = field(default_factory=list)

    def add(self, path: str, source: BinaryIO, *, listed: bool = True) -> None:
        """Copy a stream in."""
        info = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
        info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_STORED, 0o644 << 16, 3
        # With its size known beforehand a member gets no ZIP64 field that only its local header has: wabac would read past the data.
        info.file_size = source.seek(0, io.SEEK_END)
        source.seek(0)
        digest, size = hashlib.sha256(), 0
        with self.zip.open(info, "w") as out:
            while data := source.read(1 << 20):
                digest.update(data)
                size += len(data)
                out.write(data)
        if listed:
            self.resources.append(
                {
                    "name": _NOT_SLUG.sub("-", path.rsplit("/", 1)[-1].lower()),
                    "path": path,
                    "hash": f"sha256:{digest.hexdigest()}",
                    "bytes": size,
                }
            )

    def add_bytes(self, path: str, data: bytes, *, listed: bool = True) -> None:
        """Add what is in memory."""
        self.add(path, io.BytesIO(data), listed=listed)


@dataclass(frozen=True, slots=True)
class Package:
    """A package that was written."""

    path: Path
    name: str
    created: str
    head: str
    sha256: str
    captures: int
    pages: int
    left_out: int
    signed: bool


def package(
    collection: Collection,
    target: str | None = None,
    *,
    since: str | None = None,
    output: Path | None = None,
    personal: bool = False,
    enter: bool = True,
) -> Package:
    """Write a package and enter it into the ledger.

    :param target: site, run, address, interview; ``None`` for all
    :param personal: include API responses that carry personal data
    :param enter: enter it into the ledger
    :raises ConfigError: nothing to pack, or another file stands at ``output``
    :raises ArchiveError: a WARC file is damaged, or the ledger's chain is broken
    """
    entries = ledger.read(collection.ledger)
    head = next((e for e in reversed(entries) if e.type in _CONTENT), None)
    if head is None:
        raise ConfigError(f"{collection.root}: nothing was captured yet")
    key = ledger.key_of(collection, entries)
    db = open_reader(collection.store)
    try:
        chosen = select(db, collection, target, since, personal=personal)
        stamp = "".join(c for c in str(head.data.get("at")) if c.isalnum())
        name = f"{chosen.name}-{stamp}"
        path = output or collection.packages / f"{name}.wacz"
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.tmp")
        try:
            captures, pages = _write(temporary, db, collection, chosen, head, key)
            made = Package(
                path,
                name,
                str(head.data.get("at")),
                head.hash,
                sha256_file(temporary),
                captures,
                pages,
                len(chosen.left_out),
                key is not None,
            )
            if path.exists() and sha256_file(path) != made.sha256:
                raise ConfigError(
                    f"{path}: another package of that name is there; move it away or name another with --output"
                )
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    finally:
        db.close()
    if enter and not any(e.type == "package" and e.data.get("sha256") == made.sha256 for e in entries):
        ledger.add_file(collection, "package", path, {"head": head.hash})
    return made


def _write(
    path: Path, db: sqlite3.Connection, collection: Collection, chosen: Selection, head: Entry, key: Key | None
) -> tuple[int, int]:
    created = str(head.data.get("at"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive, tempfile.TemporaryDirectory() as scratch:
        out = _Zip(archive)
        captures = _Warcs(db, collection, chosen, Path(scratch)).add_to(out)
        pages, main = _pages(db, chosen, out)
        out.add_bytes("fangtan/ledger-head.json", _json(_head(head, collection)))
        if chosen.left_out:
            rows = [{"capture": i, "url": u, "sha256": s, "fields": list(f)} for i, u, s, f in chosen.left_out]
            out.add_bytes(
                "fangtan/left-out.jsonl", b"".join(json.dumps(r, ensure_ascii=False).encode() + b"\n" for r in rows)
            )
        resources = sorted(out.resources, key=lambda r: str(r["path"]))
        data = _json(
            {
                "profile": "data-package",
                "resources": resources,
                "wacz_version": WACZ_VERSION,
                "title": chosen.title,
                "description": f"{captures} captures, {pages} pages, packed by {SOFTWARE} from ledger head {head.hash}",
                "created": created,
                "software": SOFTWARE,
                **({"mainPageUrl": main[0], "mainPageDate": main[1]} if main else {}),
            }
        )
        out.add_bytes("datapackage.json", data, listed=False)
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        signed = {"signedData": _signature(digest, created, key)} if key else {}
        out.add_bytes(
            "datapackage-digest.json", _json({"path": "datapackage.json", "hash": digest, **signed}), listed=False
        )
    return captures, pages


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _signature(digest: str, created: str, key: Key) -> dict[str, str]:
    return {
        "hash": digest,
        "created": created,
        "software": SOFTWARE,
        "version": "0.1.0",
        "signature": base64.b64encode(to_raw(key.sign(digest.encode()))).decode(),
        "publicKey": base64.b64encode(key.public).decode(),
    }


def _head(head: Entry, collection: Collection) -> dict[str, Any]:
    announced = ledger.announced_key(ledger.read(collection.ledger))
    return {
        "head": head.hash,
        "entry": head.number,
        "at": head.data.get("at"),
        "signature": base64.b64encode(head.signature).decode() if head.signature else None,
        "public_key": announced.data.get("public_key") if announced else None,
    }


class _Warcs:
    """The WARC files of a package, and the index over them."""

    def __init__(self, db: sqlite3.Connection, collection: Collection, chosen: Selection, scratch: Path) -> None:
        self.db, self.collection, self.chosen, self.scratch = db, collection, chosen, scratch
        self.lines = scratch / "index.cdxj"
        self.withheld = withheld_entries(collection)
        self.left_out = {row[0] for row in chosen.left_out}
        self.committed = committed(collection.crawl_db)

    def add_to(self, out: _Zip) -> int:
        """Add files and index; the number of captures."""
        captures = 0
        names = [
            r[0]
            for r in self.db.execute(
                "SELECT DISTINCT c.warc_file FROM captures c JOIN chosen x ON x.id = c.id ORDER BY 1"
            )
        ]
        for name in names:
            ids = {
                r[0]
                for r in self.db.execute(
                    "SELECT c.id FROM captures c JOIN chosen x ON x.id = c.id WHERE c.warc_file = ?", (name,)
                )
            }
            captures += len(ids)
            path = locate(self.collection.archive, name)
            if self._is_whole(name, ids):
                with path.open("rb") as stream:
                    out.add(f"archive/{name}", stream)
                self._index(path, name, ids)
            else:
                part = self.scratch / name
                self._copy(path, part, ids)
                with part.open("rb") as stream:
                    out.add(f"archive/{name}", stream)
                self._index(part, name, ids)
                part.unlink()
        self._add_index(out)
        return captures

    def _is_whole(self, name: str, ids: set[str]) -> bool:
        (all_of,) = self.db.execute("SELECT count(*) FROM captures WHERE warc_file = ?", (name,)).fetchone()
        hidden = any(name == f["name"] for e in self.withheld.values() for f in e.data.get("files") or ())
        return (
            self.chosen.whole
            and all_of == len(ids)
            and not hidden
            and not locate(self.collection.archive, name).name.endswith(OPEN_SUFFIX)
        )

    def _copy(self, path: Path, part: Path, ids: set[str]) -> None:
        """Copy the members of the chosen exchanges, byte for byte."""
        with path.open("rb") as source, part.open("wb") as target:
            # Of a file that is being written, what is committed.
            stop = self.committed.get(final_name(path), 0) if path.name.endswith(OPEN_SUFFIX) else None
            foreign = self._foreign_hosts(final_name(path), ids)
            for record in iterate(path, 0, stop):
                if self._wanted(record, ids) and (record.id in ids or host_of(record.target) not in foreign):
                    source.seek(record.position.offset)
                    shutil.copyfileobj(_Slice(source, record.position.length), target)

    def _foreign_hosts(self, name: str, ids: set[str]) -> set[str]:
        """Hosts of a file's captures that are of other sites: a file from elsewhere may hold many."""
        rows = self.db.execute("SELECT id, url FROM captures WHERE warc_file = ?", (name,)).fetchall()
        return {host_of(url) for _, url in rows} - {host_of(url) for identifier, url in rows if identifier in ids}

    def _wanted(self, record: Record, ids: set[str]) -> bool:
        if record.type == "warcinfo":
            return True
        if record.type in ("response", "revisit"):
            return record.id in ids
        about = bare_id(record.get("WARC-Concurrent-To") or record.get("WARC-Refers-To"))
        if record.type == "metadata" and "certificate-chain" in fields_block(record.block):
            return True
        if not about:
            return self.chosen.whole and record.type != "request"
        return about in ids

    def _index(self, path: Path, name: str, ids: set[str]) -> None:
        lines, held = [], None
        for record in iterate(path):
            if record.type == "request" and held is not None and bare_id(record.get("WARC-Concurrent-To")) == held.id:
                lines[-1] = cdxj.line_of(held, record) or lines[-1]
            held = None
            if cdxj.indexed(record) and (record.type not in ("response", "revisit") or record.id in ids):
                held = Record(
                    record.headers,
                    record.block,
                    Position(name, record.position.offset, record.position.length),
                    record.version,
                )
                lines.append(cdxj.line_of(held) or "")
        cdxj.merge(self.lines, sorted(lines))

    def _add_index(self, out: _Zip) -> None:
        """The compressed index in blocks of lines, and where each block begins."""
        blocks, idx, offset = (
            self.scratch / "index.cdx.gz",
            ['!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}'],
            0,
        )
        with blocks.open("wb") as target:
            for block in _blocks(self.lines):
                data = gzip.compress("".join(block).encode(), 9, mtime=0)
                target.write(data)
                key = block[0].split("{", 1)[0].strip()
                idx.append(
                    f"{key} {json.dumps({'offset': offset, 'length': len(data), 'digest': f'sha256:{hashlib.sha256(data).hexdigest()}'})}"
                )
                offset += len(data)
        with blocks.open("rb") as stream:
            out.add("indexes/index.cdx.gz", stream)
        out.add_bytes("indexes/index.idx", ("\n".join(idx) + "\n").encode())


class _Slice(io.RawIOBase):
    """The next bytes of a stream, no more."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        super().__init__()
        self.stream, self.size = stream, size

    def read(self, size: int = -1) -> bytes:
        data = self.stream.read(self.size if size < 0 else min(size, self.size))
        self.size -= len(data)
        return data


def _blocks(path: Path) -> Iterator[list[str]]:
    block: list[str] = []
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            block.append(line)
            if len(block) == _BLOCK_LINES:
                yield block
                block = []
    if block:
        yield block


_PAGES = """
SELECT v.id, c.url, c.fetched_at, v.title, v.kind, c.id, i.url = c.url AND v.newest FROM versions v JOIN _interviews i ON i.uid = v.interview
JOIN captures c ON c.id = v.capture JOIN chosen x ON x.id = c.id WHERE c.method = 'GET' ORDER BY c.fetched_at, c.id"""
_OTHER_PAGES = """
SELECT c.url, c.fetched_at, c.id, s.name FROM captures c JOIN chosen x ON x.id = c.id LEFT JOIN sites s ON s.id = c.site
WHERE c.type <> 'revisit' AND c.status = 200 AND c.method = 'GET' AND c.mime LIKE '%html%'
  AND c.id NOT IN (SELECT capture FROM versions) ORDER BY c.fetched_at, c.id"""


def _pages(db: sqlite3.Connection, chosen: Selection, out: _Zip) -> tuple[int, tuple[str, str] | None]:
    """``pages.jsonl`` (interviews, each version a page) and ``extraPages.jsonl`` (lists and others)."""
    scratch = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the package
    header = {"format": "json-pages-1.0", "id": "pages", "title": chosen.title, "hasText": True}
    scratch.write(_line(header))
    main: tuple[str, str] | None = None
    count = 0
    for version, url, at, title, kind, capture, is_main in db.execute(_PAGES).fetchall():
        turns = db.execute("SELECT speaker, text FROM _turns WHERE version = ? ORDER BY seq", (version,)).fetchall()
        text = "\n".join(f"{speaker}：{words}" for speaker, words in turns)
        scratch.write(_line({"id": capture, "url": url, "ts": at, "title": title or url, "text": text, "kind": kind}))
        main = (url, at) if is_main or main is None else main
        count += 1
    others = db.execute(_OTHER_PAGES).fetchall()
    extra = [_line({"id": capture, "url": url, "ts": at, "title": name or url}) for url, at, capture, name in others]
    main = main or (others[0][:2] if others else None)
    if not count:
        scratch.writelines(extra)
        count, extra = len(extra), []
    scratch.seek(0)
    with scratch:
        out.add("pages/pages.jsonl", scratch)
    if extra:
        header = {"format": "json-pages-1.0", "id": "extra-pages", "title": "Other pages"}
        out.add_bytes("pages/extraPages.jsonl", b"".join([_line(header), *extra]))
    return count, main


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
