"""The four-property report of a transfer package (DA/T 70, GB/T 42147): what was checked, and what was not.

真实性 authenticity, 完整性 integrity, 可用性 usability, 安全性 safety. Everything that is counted is counted of the selection; the
ledger is the complete collection's.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from archive.collection.folder import Collection
from archive.export.cells import Sheet
from archive.fault import Fault, of_file
from archive.handover.payloads import SHEET, Payloads
from archive.handover.scanning import Scanner
from archive.handover.selection import Selection
from archive.handover.wacz import Package
from archive.verify import Options, Summary, trusted, verify_files
from archive.verify.chain import check_chain

AUTHENTICITY, INTEGRITY = "真实性 authenticity", "完整性 integrity"
USABILITY, SAFETY = "可用性 usability", "安全性 safety"
PASS, FAIL, NOTE, NOT_CHECKED = "合格 pass", "不合格 fail", "注意 note", "未检测 not checked"
DIGESTS, STRUCTURE = "WARC记录摘要 digests of all records", "WARC结构与索引 record structure and index"
_INCOMPLETE = "SELECT count(*) FROM runs WHERE verdict NOT IN ('ok', 'running') AND {}"
_UNREAD = "SELECT count(*) FROM _readings r JOIN chosen x ON x.id = r.capture WHERE r.kind = 'error'"
_TAMPERED = """
SELECT count(DISTINCT f.interview) FROM flags f JOIN version_captures p ON p.version = f.version AND p.part = 'page'
JOIN chosen x ON x.id = p.capture WHERE f.severity IN ('warning', 'alert')"""


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the report."""

    property: str
    item: str
    result: str
    detail: str


def check(
    db: sqlite3.Connection,
    collection: Collection,
    chosen: Selection,
    wacz: Path,
    made: Package,
    *,
    rows: int,
    payloads: Payloads,
) -> list[Check]:
    """The report of a selection that is packed in ``wacz``.

    :param db: a reader's connection, whose table ``chosen`` holds the selection
    :param rows: lines of the metadata sheet
    :param payloads: what was told of the payloads
    """
    summary = Summary()
    faults = [f for f in verify_files([wacz], summary, Options(roots=trusted(collection))) if f.level == "fault"]
    chain = [f for f in check_chain(collection, key=None, heads=()) if f.level == "fault"]
    unsigned = [] if made.signed else [of_file("package-signature", str(wacz), "a signature", "none")]
    records = f"{summary.records} records"
    digests, structure = (
        _of(faults, "block-digest", "payload-digest"),
        [f for f in faults if f.check.startswith("package-")],
    )
    built = _of(faults, "structure", "index", "record-id", "request", "revisit")
    captures = f"{made.captures} captures, {made.pages} pages"
    return [
        _judged(AUTHENTICITY, DIGESTS, digests, records),
        _judged(AUTHENTICITY, "账本链与签名 ledger chain and signatures", chain, f"head {made.head}"),
        _judged(AUTHENTICITY, "数据包签名 package signature", unsigned, "ECDSA P-384, wacz-auth 0.1.0"),
        _judged(INTEGRITY, "WACZ结构与清单 structure and listed digests", structure, captures),
        _judged(INTEGRITY, STRUCTURE, built, records),
        *_of_selection(db, chosen, made, rows, payloads),
    ]


def _of_selection(
    db: sqlite3.Connection, chosen: Selection, made: Package, rows: int, payloads: Payloads
) -> Iterator[Check]:
    losses = f"{len(made.losses)} loss(es), see fangtan/lost.jsonl in the WACZ"
    yield Check(INTEGRITY, "受损记录 records that are damaged", FAIL if made.losses else PASS, losses)
    yield Check(INTEGRITY, "元数据表 metadata sheet", PASS if rows else FAIL, f"{rows} rows")
    condition, values = chosen.runs
    (incomplete,) = db.execute(_INCOMPLETE.format(condition), values).fetchone()
    yield _noted(INTEGRITY, "采集运行结论 verdicts of the crawls", incomplete, "run(s) not ok, see runs")
    (unread,) = db.execute(_UNREAD).fetchone()
    yield _noted(USABILITY, "可解析 pages that can be read", unread, "page capture(s) that cannot be read")
    yield _noted(USABILITY, "格式识别 formats that PRONOM names", payloads.formats["unknown"], f"unknown, see {SHEET}")
    yield Check(USABILITY, "格式开放 open formats", PASS, "WARC (ISO 28500), WACZ 1.1.1, CSV, JSON")
    (tampered,) = db.execute(_TAMPERED).fetchone()
    yield _noted(SAFETY, "疑似篡改 words that do not belong there", tampered, "interview(s) flagged")
    left_out = f"{made.left_out} response(s) left out"
    yield Check(SAFETY, "个人信息 personal data in API responses", PASS, left_out)
    yield _scanned(payloads.scanner)


def _scanned(scanner: Scanner | None) -> Check:
    """What the virus scanner said; what it did not judge is not checked, whatever it said of the rest."""
    item = "病毒检测 malware scan"
    if scanner is None:
        return Check(SAFETY, item, NOT_CHECKED, "scan the bag with your own tools before it is accepted")
    told = f"{scanner.clean} payload(s) clean, {scanner.version or 'clamd'}"
    if scanner.found:
        first = scanner.found[0]
        return Check(SAFETY, item, FAIL, f"{len(scanner.found)} found, the first: {first.words} in {first.url}; {told}")
    if scanner.failed:
        first = scanner.failed[0]
        words = f"{len(scanner.failed)} not judged, the first: {first.url} ({first.words}); {told}"
        return Check(SAFETY, item, NOTE if scanner.clean else NOT_CHECKED, words)
    return Check(SAFETY, item, PASS, told)


def _of(faults: list[Fault], *checks: str) -> list[Fault]:
    return [f for f in faults if f.check in checks]


def _judged(name: str, item: str, faults: list[Fault], detail: str) -> Check:
    if faults:
        return Check(name, item, FAIL, f"{len(faults)} fault(s), the first: {faults[0]}")
    return Check(name, item, PASS, detail)


def _noted(name: str, item: str, count: int, what: str) -> Check:
    return Check(name, item, NOTE if count else PASS, f"{count} {what}")


def write(folder: Path, checks: list[Check]) -> None:
    """The report as JSON and as a sheet."""
    lines = json.dumps([asdict(c) for c in checks], ensure_ascii=False, indent=1) + "\n"
    (folder / "four-properties.json").write_text(lines, "utf-8")
    with (folder / "four-properties.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        sheet = Sheet(stream, ("特性 Property", "检测项 Item", "结果 Result", "说明 Detail"))
        for line in checks:
            sheet.write((line.property, line.item, line.result, line.detail))
