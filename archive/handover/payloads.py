"""Every payload of a package: its format, and what a virus scanner says of it."""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.collection.folder import Collection
from archive.collection.sql import row_of
from archive.errors import ArchiveError
from archive.export.cells import Sheet
from archive.handover.scanning import Scanner
from archive.store.reading import Reader
from archive.warc.formats import UNKNOWN, Format, identify

log = logging.getLogger("fangtan")
SHEET = "formats.csv"
COLUMNS = (
    "网址 URL", "采集时间 Captured", "记录号 Record id", "数字摘要 SHA-256", "字节数 Bytes", "标称类型 Served as", "格式标识 PUID",
    "格式 Format", "版本 Version", "类型 Media type", "依据 Evidence", "病毒检测 Malware scan",
)  # fmt: skip
_CHOSEN = """SELECT c.id FROM captures c JOIN chosen x ON x.id = c.id WHERE c.type <> 'revisit' AND c.bytes > 0
ORDER BY c.url, c.fetched_at, c.id"""


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload of a package: its capture's row, its format, and whether it was found clean."""

    row: dict[str, Any]
    format: Format
    scan: str


@dataclass(slots=True)
class Payloads:
    """The payloads of a selection, read once.

    :ivar formats: captures by the PUID of their format
    :ivar format_of: capture → format
    """

    scanner: Scanner | None
    formats: Counter[str] = field(default_factory=Counter)
    format_of: dict[str, Format] = field(default_factory=dict)

    def write(self, db: sqlite3.Connection, collection: Collection, folder: Path) -> None:
        """The sheet of formats.

        :param db: a reader's connection, whose table ``chosen`` holds the selection
        """
        with (folder / SHEET).open("w", encoding="utf-8-sig", newline="") as stream:
            sheet = Sheet(stream, COLUMNS)
            for found in self._read(db, collection):
                row, kind = found.row, found.format
                sheet.write((
                    row["url"], row["fetched_at"], row["record_id"], row["sha256"], row["bytes"], row["mime"], kind.puid, kind.name, kind.version,
                    kind.media_type, kind.by, found.scan,
                ))  # fmt: skip
        if self.scanner is not None:
            for failure in (*self.scanner.found, *self.scanner.failed):
                log.error("%s (%s): %s", failure.url, failure.capture, failure.words)

    def _read(self, db: sqlite3.Connection, collection: Collection) -> Iterator[Payload]:
        reader = Reader(collection)
        for (capture,) in db.execute(_CHOSEN).fetchall():
            row = row_of(db, "SELECT * FROM captures WHERE id = ?", (capture,))
            assert row is not None
            try:
                data = reader.payload(row).data
            except ArchiveError as error:  # a coding that nobody can undo, a bomb
                log.warning("%s (%s): its format is unknown: %s", row["url"], capture, error)
                data = b""
            found = identify(data, row["mime"]) if data else UNKNOWN
            self.formats[found.puid or "unknown"] += 1
            self.format_of[capture] = found
            said = "not checked" if self.scanner is None or not data else self.scanner.scan(data, row["url"], capture)
            yield Payload(row, found, said)
