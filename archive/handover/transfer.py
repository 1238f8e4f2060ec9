"""Transfer packages for archives: a BagIt bag with the WACZ, the records as JSON, a metadata sheet and a four-property report.

What it supports of DA/T 80-2019 and GB/T 42147, and what nobody has verified, stands in docs/archives.md.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import bagit

from archive.collection.folder import Collection
from archive.collection.sql import rows_of
from archive.errors import ConfigError
from archive.export.cells import Sheet
from archive.handover.selection import Selection, select
from archive.handover.wacz import SOFTWARE, Package, package
from archive.ledger import chain as ledger
from archive.store.store import open_reader
from archive.verify import Summary, verify_files
from archive.verify.chain import check_chain
from archive.verify.fault import Fault, of_file

#: Column of the sheet (Chinese / English) and where it comes from.
COLUMNS = (
    ("标识符 Identifier", "uid"), ("版本 Version", "version_no"), ("网站 Website", "site"), ("网址 URL", "url"), ("题名 Title", "title"),
    ("类型 Kind", "kind"), ("访谈主题 Theme", "theme"), ("访谈时间 Interview time", "time_start"), ("嘉宾 Guests", "guests"),
    ("发布日期 Published", "published_at"), ("来源 Source", "source"), ("对话数 Turns", "n_turns"), ("采集时间 Captured", "fetched_at"),
    ("消失时间 Gone", "gone_at"), ("HTTP状态 HTTP status", "status"), ("字符编码 Encoding", "encoding"), ("字节数 Bytes", "bytes"),
    ("数字摘要 SHA-256", "sha256"), ("WARC文件 WARC file", "warc_file"), ("偏移 Offset", "warc_offset"), ("长度 Length", "warc_length"),
    ("记录号 Record id", "record_id"), ("解析器 Parser", "parser"), ("标记 Flags", "flags"),
)  # fmt: skip
_ROWS = """
SELECT i.uid, v.version_no, coalesce(s.name, i.site) AS site, i.url, v.title, v.kind, v.theme, v.time_start,
  (SELECT group_concat(trim(coalesce(g.organization, '') || ' ' || coalesce(g.title, '') || ' ' || coalesce(g.name, '')), '；')
   FROM (SELECT * FROM _guests WHERE version = v.id ORDER BY seq) g) AS guests,
  v.published_at, v.source, v.n_turns, c.fetched_at, i.gone_at, c.status, v.encoding, c.bytes, c.sha256, c.warc_file, c.warc_offset,
  c.warc_length, c.record_id, v.parser, (SELECT count(*) FROM flags f WHERE f.version = v.id AND f.severity <> 'info') AS flags, v.id AS id, v.capture AS capture
FROM versions v JOIN _interviews i ON i.uid = v.interview JOIN captures c ON c.id = v.capture JOIN chosen x ON x.id = c.id
LEFT JOIN sites s ON s.id = i.site ORDER BY i.uid, v.version_no"""

_TAMPERED = """
SELECT count(DISTINCT f.interview) FROM flags f JOIN version_captures p ON p.version = f.version AND p.part = 'page'
JOIN chosen x ON x.id = p.capture WHERE f.severity IN ('warning', 'alert')"""


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the four-property report."""

    property: str
    item: str
    result: str
    detail: str


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
    :raises ConfigError: nothing to pack, or something stands at ``output``
    """
    collection.packages.mkdir(exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix=".transfer-", dir=collection.packages))
    room.chmod(0o755)
    try:
        made = package(
            collection,
            target,
            since=since,
            output=room / "wacz" / "archive.handover.wacz",
            personal=personal,
            enter=False,
        )
        final = output or collection.packages / f"{made.name}-transfer"
        if final.exists():
            raise ConfigError(f"{final}: is there already; move it away or name another with --output")
        named = made.path.rename(made.path.with_name(f"{made.name}.wacz"))
        db = open_reader(collection.store)
        try:
            chosen = select(db, collection, target, since, personal=personal)
            db.executemany("DELETE FROM chosen WHERE id = ?", [(i,) for i in sorted(made.missing)])
            interviews = _sheet(db, room / "metadata.csv")
            _records(db, room / "records")
            checks = list(_four_properties(db, collection, chosen, named, made, interviews))
        finally:
            db.close()
        _report(room, checks)
        info = {
            "Source-Organization": collection.setting("", "operator") or "not configured",
            "External-Description": chosen.title,
            "External-Identifier": made.name,
            "Bagging-Date": made.created[:10],
            "Bag-Software-Agent": SOFTWARE,
        }
        bagit.make_bag(str(room), info, checksums=["sha256"])
        room.rename(final)
    except BaseException:
        shutil.rmtree(room, ignore_errors=True)
        raise
    ledger.add_file(collection, "package", final / "tagmanifest-sha256.txt", {"bag": final.name, "head": made.head})
    return final, made


def _sheet(db: sqlite3.Connection, path: Path) -> int:
    """One line an interview's version; UTF-8 with a signature, so that spreadsheet programs read the Chinese."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        sheet = Sheet(stream, (title for title, _ in COLUMNS))
        for row in rows_of(db, _ROWS):
            sheet.write(row[name] for _, name in COLUMNS)
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
        (record,) = db.execute("SELECT record FROM _readings WHERE capture = ?", (row["capture"],)).fetchone()
        sources = [dict(zip(("part", "url", "fetched_at", "sha256", "record_id"), r, strict=True)) for r in db.execute(
            "SELECT x.part, c.url, c.fetched_at, c.sha256, c.record_id FROM version_captures x JOIN captures c ON c.id = x.capture WHERE x.version = ? ORDER BY c.fetched_at, c.id, x.part",
            (row["id"],))]  # fmt: skip
        current["versions"].append({"version_no": row["version_no"], "record": json.loads(record), "captures": sources})
    _write_record(folder, current)


def _write_record(folder: Path, data: dict[str, Any] | None) -> None:
    if data is not None:
        (folder / f"{data['uid']}.json").write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _four_properties(
    db: sqlite3.Connection, collection: Collection, chosen: Selection, wacz: Path, made: Package, rows: int
) -> Iterator[Check]:
    """真实性 authenticity, 完整性 integrity, 可用性 usability, 安全性 safety: what was checked, and what was not.

    Everything that is counted is counted of the selection; the ledger is the whole collection's.
    """
    summary = Summary()
    faults = [f for f in verify_files([wacz], summary) if f.level == "fault"]
    chain = [f for f in check_chain(collection, key=None, heads=()) if f.level == "fault"]
    names = ("真实性 authenticity", "完整性 integrity", "可用性 usability", "安全性 safety")
    yield _check(
        names[0],
        "WARC记录摘要 digests of all records",
        _of(faults, "block-digest", "payload-digest"),
        f"{summary.records} records",
    )
    yield _check(names[0], "账本链与签名 ledger chain and signatures", chain, f"head {made.head}")
    yield _check(
        names[0],
        "数据包签名 package signature",
        [] if made.signed else [_unsigned(wacz)],
        "ECDSA P-384, wacz-auth 0.1.0",
    )
    yield _check(
        names[1],
        "WACZ结构与清单 structure and listed digests",
        _like(faults, "package-"),
        f"{made.captures} captures, {made.pages} pages",
    )
    yield _check(
        names[1],
        "WARC结构与索引 record structure and index",
        _of(faults, "structure", "index", "record-id", "request", "revisit"),
        f"{summary.records} records",
    )
    yield Check(
        names[1],
        "受损记录 records that are damaged",
        "不合格 fail" if made.losses else "合格 pass",
        f"{len(made.losses)} loss(es), see fangtan/lost.jsonl in the WACZ",
    )
    yield Check(names[1], "元数据表 metadata sheet", "合格 pass" if rows else "不合格 fail", f"{rows} rows")
    condition, values = chosen.runs
    (incomplete,) = db.execute(
        f"SELECT count(*) FROM runs WHERE verdict NOT IN ('ok', 'running') AND {condition}", values
    ).fetchone()
    yield Check(
        names[1],
        "采集运行结论 verdicts of the crawls",
        "合格 pass" if not incomplete else "注意 note",
        f"{incomplete} run(s) not ok, see runs",
    )
    unread = db.execute(
        "SELECT count(*) FROM _readings r JOIN chosen x ON x.id = r.capture WHERE r.kind = 'error'"
    ).fetchone()[0]
    yield Check(
        names[2],
        "可解析 pages that can be read",
        "合格 pass" if not unread else "注意 note",
        f"{unread} page capture(s) that cannot be read",
    )
    yield Check(names[2], "格式开放 open formats", "合格 pass", "WARC (ISO 28500), WACZ 1.1.1, CSV, JSON")
    (tampered,) = db.execute(_TAMPERED).fetchone()
    yield Check(
        names[3],
        "疑似篡改 words that do not belong there",
        "合格 pass" if not tampered else "注意 note",
        f"{tampered} interview(s) flagged",
    )
    yield Check(
        names[3], "个人信息 personal data in API responses", "合格 pass", f"{made.left_out} response(s) left out"
    )
    yield Check(
        names[3],
        "病毒检测 malware scan",
        "未检测 not checked",
        "scan the bag with your own tools before it is accepted",
    )


def _unsigned(wacz: Path) -> Fault:
    return of_file("package-signature", str(wacz), "a signature", "none")


def _of(faults: list[Fault], *checks: str) -> list[Fault]:
    return [f for f in faults if f.check in checks]


def _like(faults: list[Fault], prefix: str) -> list[Fault]:
    return [f for f in faults if f.check.startswith(prefix)]


def _check(name: str, item: str, faults: list[Fault], detail: str) -> Check:
    if faults:
        return Check(name, item, "不合格 fail", f"{len(faults)} fault(s), the first: {faults[0]}")
    return Check(name, item, "合格 pass", detail)


def _report(room: Path, checks: list[Check]) -> None:
    (room / "four-properties.json").write_text(
        json.dumps([asdict(c) for c in checks], ensure_ascii=False, indent=1) + "\n", "utf-8"
    )
    with (room / "four-properties.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        sheet = Sheet(stream, ("特性 Property", "检测项 Item", "结果 Result", "说明 Detail"))
        for c in checks:
            sheet.write((c.property, c.item, c.result, c.detail))
