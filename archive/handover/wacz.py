"""WACZ 1.1.1 packages of our own making: Chinese titles and text, revisit originals, equal bytes for equal content,
signed.

Records are copied unchanged, member by member; a WARC file of which everything is taken is copied complete, so that
its digest is the ledger's. The anonymous signature follows wacz-auth 0.1.0.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from archive.collection.crawldb import committed
from archive.collection.files import OPEN_SUFFIX, final_name, sha256_file
from archive.collection.folder import Collection
from archive.collection.sql import row_of
from archive.collection.urls import host_of
from archive.errors import ArchiveError, ConfigError, RecordMissing
from archive.handover.carried import add_part
from archive.handover.content import content_of
from archive.handover.domain import SOFTWARE, Signer, domain_of
from archive.handover.ledger_read import LedgerRead, read_ledger
from archive.handover.lines import Indexed, lines_of
from archive.handover.packed_index import PackedIndex
from archive.handover.pages import add_pages
from archive.handover.selection import Selection, choose, look
from archive.handover.stored_zip import Slice, StoredZip, json_line
from archive.keeping import deposits
from archive.ledger import chain as ledger
from archive.ledger.chain import Entry
from archive.ledger.withheld import takedowns
from archive.store.losses import Loss, losses_at, losses_of_lines, row_of_damage
from archive.store.store import open_reader
from archive.warc.records import Damage, Record, bare_id, fields_block, locate, scan

WACZ_VERSION = "1.1.1"


@dataclass(frozen=True, slots=True)
class Package:
    """A package that was written.

    :param of: what was asked for, as it is in names
    :param content: what it was made from (:func:`archive.handover.content.content_of`)
    :param losses: what could not be packed because of damage; ``missing`` the ids of the captures among it
    """

    path: Path
    name: str
    of: str
    created: str
    head: str
    sha256: str
    captures: int
    pages: int
    left_out: int
    signed: bool
    content: str
    losses: tuple[Loss, ...] = ()
    missing: frozenset[str] = frozenset()

    def as_dict(self) -> dict[str, Any]:
        """JSON types."""
        plain = {**asdict(self), "path": str(self.path), "losses": [loss.as_dict() for loss in self.losses]}
        del plain["missing"], plain["content"]
        return plain


def package(
    collection: Collection,
    target: str | None = None,
    *,
    since: str | None = None,
    output: Path | None = None,
    personal: bool = False,
    enter: bool = True,
    past: LedgerRead | None = None,
) -> Package:
    """Write a package and enter it into the ledger. What is damaged is left out and named, in the package, too.

    :param target: site, run, address, interview; ``None`` for all
    :param personal: include API responses that carry personal data
    :param enter: enter it into the ledger
    :param past: the ledger that it is made from; it is read without it
    :raises ConfigError: nothing to pack, or another file stands at ``output``
    :raises ArchiveError: nothing of it can be read any more
    """
    past = past or read_ledger(collection.ledger)
    if not past.entries:
        raise ConfigError(f"{collection.root}: nothing was captured yet")
    key = ledger.key_of(collection, past.keys)
    db = open_reader(collection.store)
    try:
        chosen = choose(db, collection, target, since)
        head = _head_for(past.entries, chosen.name)
        signer = Signer(key, domain_of(collection), str(head.data.get("at")))
        content = content_of(db, chosen, past.said, signer, personal=personal)
        chosen = look(db, collection, chosen, personal=personal)
        stamp = "".join(filter(str.isalnum, signer.created))
        temporary = (output or collection.packages / "package").with_name(f".{chosen.name}-{stamp}.{os.getpid()}.tmp")
        temporary.parent.mkdir(parents=True, exist_ok=True)
        try:
            warcs, pages = _write(temporary, db, collection, chosen, past, head, signer)
            # What lacks something does not take the name of the complete one.
            name = f"{chosen.name}-{stamp}" + ("-damaged" if warcs.losses else "")
            path = output or collection.packages / f"{name}.wacz"
            made = Package(
                path=path, name=name, of=chosen.name, created=signer.created, head=head.hash, sha256=sha256_file(temporary),
                captures=warcs.captures, pages=pages, left_out=len(chosen.left_out), signed=signer.signs, content=content,
                losses=warcs.losses, missing=frozenset(warcs.missing),
            )  # fmt: skip
            put(temporary, path, made.sha256)
        finally:
            temporary.unlink(missing_ok=True)
    finally:
        db.close()
    if enter:
        enter_made(collection, made)
        deposits.remember(collection, made.path)
    return made


def enter_made(collection: Collection, made: Package) -> None:
    """Enter a package into the ledger, unless it is there. What lacks something is made again: it says no content."""
    content = {} if made.losses else {"content": made.content}
    said = {
        "type": "package", "name": made.path.name, "size": made.path.stat().st_size, "sha256": made.sha256,
        "head": made.head, "of": made.of, **content, **folder_of(collection, made.path),
    }  # fmt: skip

    def new(past: ledger.Past) -> dict[str, Any] | None:
        wanted = said if "folder" in said else {k: v for k, v in said.items() if k != "name"}
        return None if any(wanted.items() <= e.data.items() for e in past.naming(made.sha256.encode())) else said

    ledger.append_new(collection, new)


def _head_for(entries: list[Entry], name: str) -> Entry:
    """The last entry; where nothing but packages was entered since this one was made, the entry that it was made from.

    So equal content gives equal bytes.
    """
    since = takewhile(lambda entry: entry.type == "package", reversed(entries))
    heads = [entry.data.get("head") for entry in since if entry.data.get("of") == name]
    return next((entry for entry in entries if heads and entry.hash == heads[-1]), entries[-1])


def folder_of(collection: Collection, path: Path) -> dict[str, str]:
    """That a package is kept in the collection: then its removal shows."""
    return {"folder": "packages"} if path.resolve().parent == collection.packages.resolve() else {}


def put(temporary: Path, path: Path, sha256: str) -> None:
    """Give a package its name.

    :raises ConfigError: another package is there
    """
    try:
        os.link(temporary, path)  # of two commands at once only one gives the name
    except FileExistsError:
        _same(path, sha256)
    except OSError:  # a file system without hard links
        if path.exists():
            _same(path, sha256)
        temporary.replace(path)
    temporary.unlink(missing_ok=True)


def _same(path: Path, sha256: str) -> None:
    """:raises ConfigError: what is there is another package"""
    if sha256_file(path) != sha256:
        raise ConfigError(f"{path}: another package of that name is there; move it away or name another with --output")


def _write(
    path: Path,
    db: sqlite3.Connection,
    collection: Collection,
    chosen: Selection,
    past: LedgerRead,
    head: Entry,
    signer: Signer,
) -> tuple[_Warcs, int]:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive, tempfile.TemporaryDirectory() as scratch:
        out = StoredZip(archive)
        warcs = _Warcs(db, collection, chosen, Path(scratch))
        warcs.add_to(out)
        warcs.losses += tuple(losses_of_lines(past.wrong))
        pages, main = add_pages(db, chosen.title, out)
        names = [str(r["path"]).partition("/")[2] for r in out.resources if str(r["path"]).startswith("archive/")]
        part = add_part(past, head, names, out)
        out.add_bytes("fangtan/ledger-head.json", _json({**_head(head, past), **part}))
        if warcs.losses:
            out.add_bytes("fangtan/lost.jsonl", b"".join(json_line(loss.as_dict()) for loss in warcs.losses))
        if chosen.left_out:
            rows = [{"capture": i, "url": u, "sha256": s, "fields": list(f)} for i, u, s, f in chosen.left_out]
            out.add_bytes("fangtan/left-out.jsonl", b"".join(map(json_line, rows)))
        resources = sorted(out.resources, key=lambda r: str(r["path"]))
        data = _json(
            {
                "profile": "data-package",
                "resources": resources,
                "wacz_version": WACZ_VERSION,
                "title": chosen.title,
                "description": (
                    f"{warcs.captures} captures, {pages} pages, packed by {SOFTWARE} from ledger head {head.hash}"
                ),
                "created": signer.created,
                "software": SOFTWARE,
                **({"mainPageUrl": main[0], "mainPageDate": main[1]} if main else {}),
            }
        )
        out.add_bytes("datapackage.json", data, listed=False)
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        said = {"path": "datapackage.json", "hash": digest, **signer.sign(digest)}
        out.add_bytes("datapackage-digest.json", _json(said), listed=False)
    return warcs, pages


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _head(head: Entry, past: LedgerRead) -> dict[str, Any]:
    announced = ledger.announced_key(past.keys)
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
        self.index = PackedIndex(scratch)
        self.withheld = takedowns(collection).held
        self.left_out = {row[0] for row in chosen.left_out}
        self.captures = 0
        self.missing: set[str] = set()
        self.losses: tuple[Loss, ...] = ()
        self.damaged: dict[tuple[str, int], dict[str, Any]] = {}

    def add_to(self, out: StoredZip) -> None:
        """Add files and index; captures that are damaged are no longer chosen afterwards."""
        chosen = "FROM captures c JOIN chosen x ON x.id = c.id"
        for (name,) in self.db.execute(f"SELECT DISTINCT c.warc_file {chosen} ORDER BY 1").fetchall():
            ids = {r[0] for r in self.db.execute(f"SELECT c.id {chosen} WHERE c.warc_file = ?", (name,))}
            found = self._add_file(out, name, ids)
            self.captures += len(found)
            self._note_missing(name, ids - found)
        self.db.executemany("DELETE FROM chosen WHERE id = ?", [(i,) for i in sorted(self.missing)])
        rows = [self._named(row) for _, row in sorted(self.damaged.items())]
        self.losses = tuple(losses_at(self.collection, self.db, rows, self.collection.store))
        if not self.captures:
            raise ArchiveError(f"nothing of it can be read: {self.losses[0] if self.losses else 'no record is there'}")
        self.index.write(out)

    def _add_file(self, out: StoredZip, name: str, ids: set[str]) -> set[str]:
        """Add a file, whole when everything in it is taken; the captures that it gave."""
        try:
            path = locate(self.collection.archive, name)
        except RecordMissing as error:
            self.damaged[name, 0] = row_of_damage(name, Damage(0, str(error), whole=True))
            return set()
        first = next(scan(path), None)
        if first is None or (isinstance(first, Damage) and first.whole):
            damage = first or Damage(0, "the file is empty", whole=True)
            self.damaged[name, 0] = row_of_damage(name, damage)
            return set()
        whole = lines_of(self._records(path), name, ids)
        if self._is_whole(name, ids) and whole.found == ids and not any(file == name for file, _ in self.damaged):
            self._put(out, name, path, whole.lines)
        elif whole.found:
            part = self.scratch / name
            self._copy(path, part, whole)  # a request whose response is lost stays behind with it
            self._put(out, name, part, lines_of(self._records(part), name, whole.found).lines)
            part.unlink()
        return whole.found

    def _put(self, out: StoredZip, name: str, path: Path, lines: list[str]) -> None:
        with path.open("rb") as stream:
            out.add(f"archive/{name}", stream)
        self.index.add(lines)

    def _named(self, row: dict[str, Any]) -> dict[str, Any]:
        """A damaged stretch with what the store knows of it, when its own head says nothing."""
        query = "SELECT record, type, url FROM _damage WHERE warc_file = ? AND offset = ?"
        known = row_of(self.db, query, (row["warc_file"], row["offset"])) if row["type"] is None else None
        return {**row, **(known or {})}

    def _note_missing(self, name: str, ids: set[str]) -> None:
        """Captures that were not found, those among them that no damaged stretch accounts for."""
        self.missing |= ids
        spans = [
            (at, None if row["whole"] else at + row["length"])
            for (file, at), row in self.damaged.items()
            if file == name
        ]
        for identifier in ids:
            query = "SELECT warc_offset, warc_length, url, type FROM captures WHERE id = ?"
            at, length, url, kind = self.db.execute(query, (identifier,)).fetchone()
            if not any(start <= at and (end is None or at < end) for start, end in spans):
                damage = Damage(at, "no such record is there", identifier, url, kind, length)
                self.damaged[name, at] = row_of_damage(name, damage)

    def _records(self, path: Path, stop: int | None = None) -> Iterator[Record]:
        """The complete records of a file; what is damaged between them is noted."""
        for found in scan(path, 0, stop):
            if isinstance(found, Record):
                yield found
            else:
                self.damaged[final_name(path), found.offset] = row_of_damage(final_name(path), found)

    def _is_whole(self, name: str, ids: set[str]) -> bool:
        (all_of,) = self.db.execute("SELECT count(*) FROM captures WHERE warc_file = ?", (name,)).fetchone()
        hidden = any(name == f["name"] for e in self.withheld.values() for f in e.data.get("files") or ())
        return (
            self.chosen.whole
            and all_of == len(ids)
            and not hidden
            and not locate(self.collection.archive, name).name.endswith(OPEN_SUFFIX)
        )

    def _copy(self, path: Path, part: Path, chosen: Indexed) -> None:
        """Copy the members of the chosen exchanges, byte for byte."""
        ids = chosen.found
        with path.open("rb") as source, part.open("wb") as target:
            # Of a file that is being written, what is committed.
            stop = (
                committed(self.collection.crawl_db).get(final_name(path), 0)
                if path.name.endswith(OPEN_SUFFIX)
                else None
            )
            foreign = self._foreign_hosts(final_name(path), ids)
            for record in self._records(path, stop):
                wanted = record.id in chosen.asked or self._wanted(record, ids)
                if wanted and (record.id in ids or host_of(record.target) not in foreign):
                    source.seek(record.position.offset)
                    shutil.copyfileobj(Slice(source, record.position.length), target)

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
