"""What must be compared across files: one row a record, in a SQLite file of the scratch folder."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import Any

from archive.verify.record import Checked
from archive.verify.segments import row_of
from archive.verify.task import Task
from archive.warc.digests import claim
from archive.warc.http import Message
from archive.warc.records import Record, bare_id

#: ``file`` is 1 until the parts are put together: the number of a row of ``files``.
TABLES = (
    "CREATE TABLE files (number INTEGER PRIMARY KEY, name TEXT, strict INTEGER, own INTEGER)",
    """CREATE TABLE records (id TEXT, at INTEGER, type TEXT, uri TEXT, date TEXT, block BLOB,
      form TEXT, payload BLOB, claimed TEXT, file INTEGER DEFAULT 1)""",
    """CREATE TABLE revisits (id TEXT, at INTEGER, refers_to TEXT, refers_uri TEXT, refers_date TEXT, profile TEXT,
      form TEXT, payload BLOB, claimed TEXT, file INTEGER DEFAULT 1)""",
    """CREATE TABLE segments (id TEXT, at INTEGER, type TEXT, origin TEXT, number INTEGER, total INTEGER, uri TEXT,
      length INTEGER, file INTEGER DEFAULT 1)""",
)
#: Columns that a file's check fills.
COLUMNS = {
    "records": "id, at, type, uri, date, block, form, payload, claimed",
    "revisits": "id, at, refers_to, refers_uri, refers_date, profile, form, payload, claimed",
    "segments": "id, at, type, origin, number, total, uri, length",
}
#: Rows that are held in memory, and bytes of the headers that they are from.
_HELD, _BYTES = 16_000, 8 << 20
_Row = tuple[Any, ...]


class Facts:
    """The facts of one file.

    :param name: its final name
    """

    def __init__(self, task: Task, name: str) -> None:
        self.task, self.name = task, name
        self._rows: dict[str, list[_Row]] = {table: [] for table in COLUMNS}
        self._records = self._rows["records"]
        self._bytes = 0
        self._db: sqlite3.Connection | None = None

    def add(self, record: Record, checked: Checked) -> None:
        """Keep what others may be compared with."""
        kind, at, fields, message = record.type, record.position.offset, record.fields, checked.message
        head = payload = claimed = None
        if kind != "request":
            head, payload, claimed = _head(record, message), checked.payload, fields.get("WARC-Payload-Digest")
            self._bytes += message.end if message is not None else 0
        block = checked.block or hashlib.sha256(record.raw).digest()
        row = record.id, at, kind, record.target, fields.get("WARC-Date"), block, head, payload, claimed
        self._records.append(row)
        if kind == "revisit":
            self._rows["revisits"].append((record.id, at, *_referred(record), head, payload, claimed))
        if "WARC-Segment-Number" in fields and (segment := row_of(record)):
            self._rows["segments"].append(segment)
        self._bytes += record.head
        if len(self._records) >= _HELD or self._bytes > _BYTES:
            self._flush()

    def close(self, *, strict: bool) -> None:
        """Leave the rows in the scratch folder, unless there is nothing to compare them with.

        :param strict: how the file was checked
        """
        if self.task.alone and self._db is None and self._apart():
            return
        db = self._flush()
        db.execute("INSERT INTO files VALUES (1, ?, ?, ?)", (self.name, strict, self.task.own is True))
        db.execute("COMMIT")
        db.close()

    def _apart(self) -> bool:
        """Whether no record names or repeats another one."""
        ids = [row[0] for row in self._rows["records"] if row[0]]
        related = self._rows["revisits"] or self._rows["segments"]
        return not related and len(set(ids)) == len(ids)

    def _flush(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = opened(
                str(self.task.scratch / f"{self.name}.{self.task.part[0] if self.task.part else 0}.facts")
            )
            for table in TABLES:
                self._db.execute(table)
            self._db.execute("BEGIN")
        for table, rows in self._rows.items():
            names = COLUMNS[table]
            settled = rows if table == "segments" else [_settled(row, revisit=table == "revisits") for row in rows]
            self._db.executemany(f"INSERT INTO {table} ({names}) VALUES (?{', ?' * names.count(',')})", settled)
            rows.clear()
        self._bytes = 0
        return self._db


def opened(path: str) -> sqlite3.Connection:
    """A scratch file: nobody needs it after a crash."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=OFF")
    db.execute("PRAGMA synchronous=OFF")
    return db


def _head(record: Record, message: Message | None) -> bytes | str | None:
    """The head of an HTTP message, the form of a resource; ``None`` without either."""
    if message is None or not len(message.block):
        return None
    return _form(message) if record.type == "resource" else message.head


def _settled(row: _Row, *, revisit: bool) -> _Row:
    """A row as it is kept: what a revisit shares with its original is put in form."""
    return *row[:6], *_shared(revisit or row[2] == "revisit", *row[6:])


def _shared(
    revisit: bool, head: bytes | str | None, payload: bytes | None, text: str | None
) -> tuple[str | None, bytes | None, str | None]:
    """What a revisit shares with its original: form, payload, and the payload digest that it claims, in one writing.

    :param head: of the message, or its form
    :param text: the payload digest as the record has it
    """
    algorithm, known = claim(text) if text else ("", None)
    claimed = None if known is None else f"{algorithm}:{known.hex()}"
    sure = not revisit or (known is not None and algorithm == "sha256")
    form = _form(Message(head, len(head))) if isinstance(head, bytes) else head
    return form, payload if sure else None, claimed


def _form(message: Message) -> str:
    """Status and codings, which a revisit shares with its original."""
    return f"{message.status} {message.joined('transfer-encoding') or '-'} {message.joined('content-encoding') or '-'}"


def _referred(record: Record) -> tuple[str | None, ...]:
    return (
        bare_id(record.fields.get("WARC-Refers-To")) or None,
        (record.fields.get("WARC-Refers-To-Target-URI") or "").strip("<>") or None,
        record.fields.get("WARC-Refers-To-Date"),
        record.fields.get("WARC-Profile"),
    )
