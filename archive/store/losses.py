"""What damage has cost: noted in the store while it is built, and reported in words of addresses and interviews.

One damaged record costs what it held, and nothing else: :mod:`archive.store.damage` notes the places, :func:`losses`
tells of them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from archive.collection.crawldb import open_readonly
from archive.collection.files import OPEN_SUFFIX
from archive.collection.folder import Collection
from archive.collection.sql import rows_of
from archive.errors import ArchiveError, RecordMissing
from archive.ledger import chain as ledger
from archive.warc import tiers
from archive.warc.records import Damage, Position, fields_block, read_at

_KINDS = {
    "response": "capture of", "revisit": "capture (a revisit) of", "request": "request for", "metadata": "note on",
    "warcinfo": "file's description", "resource": "capture of",
}  # fmt: skip
#: Every loss of a file that is gone is named up to so many.
MAX_NAMED = 1000


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that is kept in the archive and cannot be read.

    :param file: the file, relative to the collection
    :param offset: where in it, in bytes; ``None`` for the file itself
    :param record: id of the record, when it is known
    :param url: its address, when it is known
    :param lost: what is not in the store (or package) because of it, in words
    """

    file: str
    offset: int | None
    record: str | None
    url: str | None
    reason: str
    lost: str

    def __str__(self) -> str:
        where = self.file + (f" offset {self.offset}" if self.offset is not None else "")
        return f"{where}: {self.reason}; lost: {self.lost}" + (f" (record {self.record})" if self.record else "")

    def as_dict(self) -> dict[str, Any]:
        """JSON types."""
        return asdict(self)


def losses(collection: Collection, db: sqlite3.Connection, before: Path | None = None) -> list[Loss]:
    """What the store lacks because of damage.

    :param db: the store that was built
    :param before: an earlier store, which may still know what was where
    """
    damaged = [*rows_of(db, "SELECT * FROM _damage ORDER BY warc_file, offset"), *_missing(collection)]
    reports = db.execute("SELECT id, reason FROM runs WHERE verdict = 'unreadable' ORDER BY id").fetchall()
    return [*losses_at(collection, db, damaged, before), *_in_ledger(collection), *_in_reports(reports)]


def losses_at(
    collection: Collection, db: sqlite3.Connection, damaged: Sequence[dict[str, Any]], before: Path | None
) -> list[Loss]:
    """The losses of damaged stretches, given as rows of ``_damage``."""
    with _Memory(collection, before, {row["warc_file"] for row in damaged}) as memory:
        telling = _Telling(collection, db, memory)
        return [loss for row in damaged if not telling.told(row) for loss in telling.of(row)]


def row_of_damage(name: str, damage: Damage) -> dict[str, Any]:
    """A damaged stretch as a row of ``_damage``."""
    return {
        "warc_file": name, "offset": damage.offset, "length": damage.length, "whole": int(damage.whole), "reason": damage.reason,
        "record": damage.record_id, "type": damage.type, "url": damage.target,
    }  # fmt: skip


def _missing(collection: Collection) -> Iterator[dict[str, Any]]:
    """What the ledger names and is not there: files, and ends of files; as rows of ``_damage``."""
    present = {path.name: path for path in collection.warcs()}
    named = {str(e.data.get("name")): e for e in _entries(collection) if e.type == "warc"}
    for name, entry in sorted(named.items()):
        if name not in present:
            if name + OPEN_SUFFIX not in present:
                reason = f"the file is not there, and the ledger's entry {entry.number} names it"
                yield row_of_damage(name, Damage(0, reason, whole=True))
            continue
        size, said = _size(present[name]), entry.data.get("size")
        if isinstance(said, int) and 0 < size < said:
            reason = f"the file ends here; the ledger's entry {entry.number} says that it has {said} bytes"
            yield row_of_damage(name, Damage(size, reason, length=said - size))


def _size(path: Path) -> int:
    """Bytes of a file; 0 for what is no file, which was noted when it was opened."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0


def _entries(collection: Collection) -> list[ledger.Entry]:
    try:
        return ledger.lenient(collection.ledger)
    except ArchiveError:
        return []


def _in_ledger(collection: Collection) -> list[Loss]:
    """Lines of the ledger that cannot be read, or do not fit."""
    try:
        wrong = ledger.examined(collection.ledger)[1]
    except ArchiveError as error:
        wrong = [str(error)]
    return losses_of_lines(wrong)


def losses_of_lines(wrong: Iterable[str]) -> list[Loss]:
    """The same of places in words, as the ledger's reader has them."""
    return [_line(words, "what the entry says") for words in wrong]


def _in_reports(rows: Iterable[tuple[str, str]]) -> Iterator[Loss]:
    for run, reason in rows:
        words = reason.rpartition(f"{run}.json: ")[2]
        yield Loss(f"reports/{run}.json", None, None, None, words, "what the run did; its captures are read as ever")


def _line(words: str, lost: str) -> Loss:
    place, _, reason = words.partition(": ")
    return Loss(Path(place).name, None, None, None, reason, lost)


class _Memory:
    """What an earlier store and the index know of the places that are damaged."""

    def __init__(self, collection: Collection, before: Path | None, files: set[str]) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in files}
        self.db: sqlite3.Connection | None = None
        if files and before is not None and before.exists():
            self._from_store(before)
        if files and not any(self.rows.values()):
            self._from_index(collection.index)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.db is not None:
            self.db.close()

    def _from_store(self, path: Path) -> None:
        """An earlier store may be of another schema, or damaged: then it knows nothing."""
        try:
            self.db = open_readonly(path)
            for name in self.rows:
                query = "SELECT id, url, fetched_at AS at, type, warc_offset AS offset FROM captures WHERE warc_file = ? UNION ALL SELECT id, url, at, 'metadata', warc_offset FROM _metadata WHERE warc_file = ? ORDER BY 5"  # fmt: skip
                self.rows[name] = list(rows_of(self.db, query, (name, name)))
        except sqlite3.Error:
            self.rows = {name: [] for name in self.rows}

    def _from_index(self, path: Path) -> None:
        for part in tiers.files(path):
            with suppress(OSError), part.open("rb") as stream:
                for line in stream:
                    self._index_line(line)

    def _index_line(self, line: bytes) -> None:
        try:
            stamp, data = line.decode().split(" ", 2)[1:]
            fields = json.loads(data)
            if fields["filename"] in self.rows:
                kind = "revisit" if fields.get("mime") == "warc/revisit" else "response"
                at = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:{stamp[10:12]}:{stamp[12:14]}"
                self.rows[fields["filename"]].append(
                    {"id": None, "url": str(fields["url"]), "at": at, "type": kind, "offset": int(fields["offset"])}
                )
        except (ValueError, KeyError, IndexError, TypeError, RecursionError):
            return  # a damaged line; the index is made again

    def within(self, name: str, start: int, end: int | None) -> list[dict[str, Any]]:
        """The records known to be in a stretch of a file."""
        return [r for r in self.rows.get(name, ()) if r["offset"] >= start and (end is None or r["offset"] < end)]

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the earlier store; none when it does not know."""
        try:
            return self.db.execute(query, values).fetchall() if self.db is not None else []
        except sqlite3.Error:
            return []


class _Telling:
    """Damaged stretches in words."""

    def __init__(self, collection: Collection, db: sqlite3.Connection, memory: _Memory) -> None:
        self.collection, self.db, self.memory = collection, db, memory

    def told(self, row: dict[str, Any]) -> bool:
        """Whether a file is shorter only because of bytes that are missing where its damage was noted."""
        name, start = row["warc_file"], row["offset"]
        noted = self.db.execute(
            "SELECT count(*), total(offset = ?) FROM _damage WHERE warc_file = ?", (start, name)
        ).fetchone()
        return bool(noted[0] and not noted[1] and not self.memory.within(name, start, None))

    def of(self, row: dict[str, Any]) -> Iterator[Loss]:
        """The losses of one damaged stretch: each record that is known to have been there, else the stretch itself."""
        name, start, file = row["warc_file"], row["offset"], f"archive/{row['warc_file']}"
        known = self.memory.within(name, start, None if row["whole"] else start + row["length"])
        if not known or (row["record"] and len(known) == 1):
            yield self._stretch(row, file, known[0] if known else {})
            return
        for there in known[:MAX_NAMED]:
            lost = self._words(there["id"], there["url"], there["at"], there["type"])
            yield Loss(file, there["offset"], there["id"], there["url"], row["reason"], lost)
        if len(known) > MAX_NAMED:
            yield Loss(file, start, None, None, row["reason"], f"{len(known) - MAX_NAMED} more records")

    def _stretch(self, row: dict[str, Any], file: str, there: dict[str, Any]) -> Loss:
        record, url = row["record"] or there.get("id"), row["url"] or there.get("url")
        kind = row["type"] or there.get("type")
        if kind is None and not row["offset"] and not row["whole"] and self._others(row["warc_file"]):
            kind = "warcinfo"
        nothing = "all that the file holds" if row["whole"] else f"{row['length']} bytes of which nothing else is known"
        lost = self._words(record, url, there.get("at"), kind) or nothing
        return Loss(file, None if row["whole"] else row["offset"], record, url, row["reason"], lost)

    def _others(self, name: str) -> bool:
        """Whether the file gave anything at all: what is lost at its beginning is then its first record."""
        return self.db.execute("SELECT 1 FROM captures WHERE warc_file = ? LIMIT 1", (name,)).fetchone() is not None

    def _words(self, record: str | None, url: str | None, at: str | None, kind: str | None) -> str:
        if kind == "warcinfo":
            return (
                "the file's description of itself; run and site of its captures are taken from the ledger and its name"
            )
        if not (record or url):
            return ""
        words = [
            f"the {_KINDS.get(kind or '', 'record of')} {url or 'an unknown address'}"
            + (f" of {at[:19]}" if at else "")
        ]
        if record and kind in (None, "response", "revisit", "resource"):
            words += [*self._interviews(record), *self._parts(record), *self._revisits(record, url)]
        return ", ".join(words)

    def _interviews(self, record: str) -> Iterator[str]:
        rows = self.memory.ask("SELECT interview, version_no, title FROM versions WHERE capture = ?", record)
        for uid, number, title in rows:
            left = self.db.execute("SELECT 1 FROM _interviews WHERE uid = ?", (uid,)).fetchone()
            yield f"{f'version {number} of ' if left else ''}the interview {uid} 《{title or 'no title'}》"
        if not rows and (title := self._title_at_the_time(record)) is not None:
            yield f"the interview 《{title}》"

    def _title_at_the_time(self, record: str) -> str | None:
        """The title that was read when the page was crawled: a record of its own in WARC."""
        query = "SELECT warc_file, warc_offset, warc_length FROM _metadata WHERE about = ? AND kind = 'record' LIMIT 1"
        place = self.db.execute(query, (record,)).fetchone()
        if place is None:
            return None
        try:
            fields = fields_block(read_at(self.collection.archive, Position(*place)).block)
            return str(json.loads(fields["record"])["title"] or "no title")
        except (RecordMissing, ValueError, KeyError, TypeError, RecursionError):
            return None

    def _parts(self, record: str) -> Iterator[str]:
        query = (
            "SELECT DISTINCT v.interview FROM version_captures x JOIN versions v ON v.id = x.version "
            "WHERE x.capture = ? AND x.part IN ('part', 'api')"
        )
        for (uid,) in self.memory.ask(query, record):
            yield f"a part of the interview {uid}"
        for (entries,) in self.memory.ask("SELECT json_array_length(entries) FROM _lists WHERE capture = ?", record):
            if entries:
                yield f"a list of {entries} entries"

    def _revisits(self, record: str, url: str | None) -> Iterator[str]:
        query = "SELECT id, url FROM captures WHERE refers_to = ? AND type = 'revisit' ORDER BY fetched_at, id"
        found = self.db.execute(query, (record,)).fetchall()
        later = [capture for capture, address in found if address == url]
        for capture, address in found:
            if address != url:
                yield f"the page of {address}, which has the same payload ({capture})"
                yield from self._interviews(capture)
        if later:
            yield (
                f"the page of {len(later)} later capture(s) that say it was the same "
                f"({', '.join(later[:5])}{' …' if later[5:] else ''})"
            )
