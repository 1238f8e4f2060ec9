"""Transfer packages for archives: a BagIt bag with the WACZ, the records as JSON, a metadata sheet and a four-property
report.

What it supports of DA/T 80-2019 and GB/T 42147, and what nobody has verified, is in docs/archives.md.
"""

from __future__ import annotations

import json
import re
import sqlite3
import zipfile
import zlib
from pathlib import Path
from typing import Any

import bagit

from archive.collection.folder import Collection
from archive.collection.scratch import named, room_in
from archive.collection.sql import rows_of
from archive.errors import ConfigError
from archive.export.cells import Sheet
from archive.handover import four_properties, mets, premis
from archive.handover.domain import SOFTWARE
from archive.handover.ocfl import Said, Version, add_version
from archive.handover.payloads import Payloads
from archive.handover.premis import Told
from archive.handover.scanning import scanner_of
from archive.handover.selection import Selection, select
from archive.handover.wacz import Package, folder_of, package
from archive.keeping import deposits
from archive.ledger import chain as ledger
from archive.ledger.chain import add_file
from archive.ledger.vouching import MANIFEST
from archive.store.packing import record_of
from archive.store.store import open_reader
from archive.warc.formats import UNKNOWN

#: Column of the sheet (Chinese / English) and where it comes from.
COLUMNS = (
    ("标识符 Identifier", "uid"), ("版本 Version", "version_no"), ("网站 Website", "site"), ("网址 URL", "url"), ("题名 Title", "title"),
    ("类型 Kind", "kind"), ("访谈主题 Theme", "theme"), ("访谈时间 Interview time", "time_start"), ("嘉宾 Guests", "guests"),
    ("发布日期 Published", "published_at"), ("来源 Source", "source"), ("对话数 Turns", "n_turns"), ("采集时间 Captured", "fetched_at"),
    ("消失时间 Gone", "gone_at"), ("HTTP状态 HTTP status", "status"), ("字符编码 Encoding", "encoding"), ("字节数 Bytes", "bytes"), ("格式标识 PUID", "puid"),
    ("数字摘要 SHA-256", "sha256"), ("WARC文件 WARC file", "warc_file"), ("偏移 Offset", "warc_offset"), ("长度 Length", "warc_length"),
    ("记录号 Record id", "record_id"), ("解析器 Parser", "parser"), ("标记 Flags", "flags"),
)  # fmt: skip
#: Files that say when they were made: alone they are no reason for a version.
UNSTABLE = ("four-properties.csv", "four-properties.json", premis.NAME, mets.NAME)
_ROWS = """
SELECT i.uid, v.version_no, coalesce(s.name, i.site) AS site, i.url, v.title, v.kind, v.theme, v.time_start,
  (SELECT group_concat(trim(coalesce(g.organization, '') || ' ' || coalesce(g.title, '') || ' ' || coalesce(g.name,
    '')), '；')
   FROM (SELECT * FROM _guests WHERE version = v.id ORDER BY seq) g) AS guests,
  v.published_at, v.source, v.n_turns, c.fetched_at, i.gone_at, c.status, v.encoding, c.bytes, c.sha256, c.warc_file,
    c.warc_offset,
  c.warc_length, c.record_id, v.parser, (SELECT count(*) FROM flags f WHERE f.version = v.id
    AND f.severity <> 'info') AS flags, v.id AS id, v.capture AS capture,
  CASE c.type WHEN 'revisit' THEN c.refers_to ELSE c.id END AS holder
FROM versions v JOIN _interviews i ON i.uid = v.interview JOIN captures c ON c.id = v.capture
  JOIN chosen x ON x.id = c.id
LEFT JOIN sites s ON s.id = i.site ORDER BY i.uid, v.version_no"""
_SOURCES = """
SELECT x.part, c.url, c.fetched_at, c.sha256, c.record_id FROM version_captures x JOIN captures c ON c.id = x.capture
WHERE x.version = ? ORDER BY c.fetched_at, c.id, x.part"""


def transfer(
    collection: Collection,
    target: str | None = None,
    *,
    since: str | None = None,
    output: Path | None = None,
    personal: bool = False,
) -> tuple[Path, Package]:
    """Write a transfer package and enter it into the ledger.

    :returns: the bag's folder, and the WACZ in it
    :raises ConfigError: nothing to pack, or something is at ``output``
    """
    collection.packages.mkdir(exist_ok=True)
    with room_in(collection.packages, ".transfer-") as room:
        return _transfer(collection, target, since, output, room, personal=personal)


def deposit(
    collection: Collection, target: str | None, *, since: str | None, root: Path, personal: bool = False
) -> tuple[Version, Package]:
    """Add a version to an object of OCFL: what a transfer package has, the WACZ as its files.

    :param root: the storage root, which is made if it is missing
    :returns: the version, and what is in it
    :raises ConfigError: nothing to pack, or the root cannot be used
    """
    collection.packages.mkdir(exist_ok=True)
    with collection.lock("ocfl", wait=True), room_in(collection.packages, ".ocfl-") as room:
        made, chosen = _fill(collection, target, since, room, personal=personal)
        _unpack(room / "wacz")
        _list(collection, made, chosen, room)
        (first, *_) = ledger.lenient(collection.ledger)
        said = Said(
            created=made.created,
            message=f"{chosen.title}: {made.captures} captures, {len(made.losses)} losses, by {SOFTWARE}",
            user=(_operator(collection), _address(collection)),
            owner=f"(ledger {first.hash[:16]})",
        )
        version = add_version(root.absolute(), chosen.name, room, said, unstable=UNSTABLE)
        deposits.remember(collection, version.path)
        return version, made


def _unpack(folder: Path) -> None:
    """The members of the package as files: what did not change since is stored once. `zip -0` makes a WACZ of them."""
    for packed in folder.glob("*.wacz"):
        with zipfile.ZipFile(packed) as members:
            members.extractall(folder)
        packed.unlink()


def _transfer(
    collection: Collection, target: str | None, since: str | None, output: Path | None, room: Path, *, personal: bool
) -> tuple[Path, Package]:
    if output is not None and output.exists():
        raise _there(output)
    made, chosen = _fill(collection, target, since, room, personal=personal)
    final = output or collection.packages / f"{made.name}-transfer"
    if final.exists():
        raise _there(final)
    _list(collection, made, chosen, room)
    info = {
        "Source-Organization": _operator(collection),
        "External-Description": chosen.title,
        "External-Identifier": made.name,
        "Bagging-Date": made.created[:10],
        "Bag-Software-Agent": SOFTWARE,
    }
    bagit.make_bag(str(room), info, checksums=["sha256"])
    named(room, final)
    add_file(
        collection,
        "package",
        final / MANIFEST,
        {"bag": final.name, "head": made.head, "of": chosen.name, **folder_of(collection, final)},
    )
    deposits.remember(collection, final)
    return final, made


def _there(path: Path) -> ConfigError:
    return ConfigError(f"{path}: is there already; move it away or name another with --output")


def _list(collection: Collection, made: Package, chosen: Selection, room: Path) -> None:
    """What is there, and what became of it."""
    mets.write(
        room, mets.Described(made.name, chosen.title, made.created, _operator(collection), SOFTWARE), premis.NAME
    )


def _operator(collection: Collection) -> str:
    return str(collection.setting("", "operator") or "not configured")


def _address(collection: Collection) -> str:
    """The operator's contact as a URI."""
    contact = str(collection.setting("", "contact") or "")
    return contact if "://" in contact else f"mailto:{contact or 'not-configured@invalid'}"


def _fill(
    collection: Collection, target: str | None, since: str | None, room: Path, *, personal: bool
) -> tuple[Package, Selection]:
    """Write what is handed over into an empty folder."""
    scanner = scanner_of(collection)
    made = package(
        collection,
        target,
        since=since,
        output=room / "wacz" / "archive.wacz",
        personal=personal,
        enter=False,
    )
    named = made.path.rename(made.path.with_name(f"{made.name}.wacz"))
    db = open_reader(collection.store)
    try:
        chosen = select(db, collection, target, since, personal=personal)
        db.executemany("DELETE FROM chosen WHERE id = ?", [(i,) for i in sorted(made.missing)])
        payloads = Payloads(scanner)
        payloads.write(db, collection, room)
        interviews = _sheet(db, room / "metadata.csv", payloads)
        _records(db, room / "records")
        checks = four_properties.check(db, collection, chosen, named, made, rows=interviews, payloads=payloads)
        told = Told(
            db,
            _members(named),
            ledger.lenient(collection.ledger),
            _operator(collection),
            payloads,
            checks,
        )
        premis.write(told, room)
    finally:
        db.close()
    four_properties.write(room, checks)
    return made, chosen


def _members(wacz: Path) -> list[dict[str, Any]]:
    """The files of a package with their digests, as its list of resources has them."""
    with zipfile.ZipFile(wacz) as members:
        found: list[dict[str, Any]] = json.loads(members.read("datapackage.json"))["resources"]
        for file in (f for f in found if str(f["path"]).startswith("archive/")):
            with members.open(str(file["path"])) as stream:
                file["version"] = _version(stream.read(4096))
    return found


def _version(head: bytes) -> str:
    """The WARC version that a file begins with."""
    plain = zlib.decompressobj(47).decompress(head, 64) if head.startswith(b"\x1f\x8b") else head
    said = re.match(rb"WARC/(\d\.\d)", plain)
    return said[1].decode() if said else ""


def _sheet(db: sqlite3.Connection, path: Path, payloads: Payloads) -> int:
    """One line an interview's version; UTF-8 with a signature, so that spreadsheet programs read the Chinese."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        sheet = Sheet(stream, (title for title, _ in COLUMNS))
        for row in rows_of(db, _ROWS):
            found = payloads.format_of.get(row["holder"], UNKNOWN)
            sheet.write({**row, "puid": found.puid}[name] for _, name in COLUMNS)
            count += 1
    return count


def _records(db: sqlite3.Connection, folder: Path) -> None:
    """A JSON file an interview: each version's record, and the captures behind it."""
    folder.mkdir()
    current: dict[str, Any] | None = None
    for row in rows_of(db, _ROWS):
        if current is None or current["uid"] != row["uid"]:
            _write_record(folder, current)
            current = {"uid": row["uid"], "url": row["url"], "site": row["site"], "versions": []}
        record = record_of(db, row["capture"])
        sources = list(rows_of(db, _SOURCES, (row["id"],)))
        current["versions"].append({"version_no": row["version_no"], "record": record, "captures": sources})
    _write_record(folder, current)


def _write_record(folder: Path, data: dict[str, Any] | None) -> None:
    if data is not None:
        (folder / f"{data['uid']}.json").write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", "utf-8")
