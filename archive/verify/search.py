"""The full-text indexes of a store: FTS5's own check of each, and whether it finds the words of the turns.

FTS5's check is a statement that writes. It runs on a copy of the index in the scratch folder; the store is only read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from archive.collection.crawldb import readonly_uri
from archive.fault import Fault, of_file
from archive.store.store import INDEXES

_SHADOWS = ("data", "idx", "docsize", "config")
_TURNS = "FROM kept._turns t JOIN kept.versions v ON v.id = t.version AND v.newest"
#: So many turns are looked for where not all are compared, and so many characters of each.
_SAMPLE, _WORDS = 25, 60
_MAX = 50
#: So often a store that a crawl writes is looked at.
_ATTEMPTS = 3


def check_search(store: Path, scratch: Path, *, whole: bool) -> Iterator[Fault]:
    """Every full-text index of a store.

    :param whole: compare all of it with the turns, not a sample
    """
    for table, prepared in INDEXES:
        for attempt in range(_ATTEMPTS):
            path = scratch / f"{table}.{attempt}.sqlite"
            found = _check(path, store, table, prepared, whole=whole)
            path.unlink(missing_ok=True)
            if found is not None:
                yield from found
                break
        else:
            yield of_file("search", f"{store} {table}", "a store that nobody writes for a while", "a crawl", "note")


def _check(path: Path, store: Path, table: str, prepared: Callable[[str], str], *, whole: bool) -> list[Fault] | None:
    """The faults of an index; ``None`` when the store was written meanwhile, so that they may be none."""
    room = sqlite3.connect(path.resolve().as_uri(), uri=True, isolation_level=None)
    try:
        room.execute("PRAGMA synchronous=OFF")
        room.execute("ATTACH ? AS kept", (readonly_uri(store),))
        before = room.execute("PRAGMA kept.data_version").fetchone()
        try:
            found = list(_Index(room, table, prepared, str(store)).faults(whole=whole))
        except sqlite3.Error as error:
            where, words = f"{store} {table}", f"{error}; run `fangtan rebuild`"
            found = [of_file("search", where, "a full-text index that can be read", words)]
        return found if not found or before == room.execute("PRAGMA kept.data_version").fetchone() else None
    except sqlite3.Error as error:
        return [of_file("search", str(store), "a store that can be read", str(error))]
    finally:
        room.close()


class _Index:
    """A full-text index, and a copy of it beside which the words stand that it should hold."""

    def __init__(self, room: sqlite3.Connection, table: str, prepared: Callable[[str], str], store: str) -> None:
        self.room, self.table, self.prepared = room, table, prepared
        self.where = f"{store} {table}"

    def faults(self, *, whole: bool) -> Iterator[Fault]:
        self._copy(whole=whole)
        try:
            query = f"INSERT INTO {self.table}({self.table}, rank) VALUES ('integrity-check', ?)"
            self.room.execute(query, (int(whole),))
        except sqlite3.DatabaseError as error:
            yield of_file("search", self.where, "FTS5's integrity-check ok", f"{error}; run `fangtan rebuild`")
        yield from self._compared() if whole else self._sampled()

    def _copy(self, *, whole: bool) -> None:
        """The index as it is, with the words as its content: FTS5 compares the two when it is asked to."""
        row = self.room.execute("SELECT sql FROM kept.sqlite_master WHERE name = ?", (self.table,)).fetchone()
        columns, _, options = str(row and row[0]).partition("(")[2].partition(",")
        if "tokenize" not in options:
            raise sqlite3.DatabaseError(f"no full-text index {self.table}")
        tokenizer = options[options.index("tokenize") :]
        self.room.execute("CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT)")
        self.room.execute(f"CREATE VIRTUAL TABLE {self.table} USING fts5({columns}, content=words, {tokenizer}")
        self.room.execute("BEGIN")
        for shadow in (f"{self.table}_{name}" for name in _SHADOWS):
            self.room.execute(f"DELETE FROM main.{shadow}")
            self.room.execute(f"INSERT INTO main.{shadow} SELECT * FROM kept.{shadow}")
        if whole:
            rows = (
                (row, self.prepared(text))
                for row, text in self.room.execute(f"SELECT t.rowid, CAST(t.text AS TEXT) {_TURNS}")
            )
            self.room.executemany("INSERT INTO words VALUES (?, ?)", list(rows))
        self.room.execute("COMMIT")

    def _sampled(self) -> Iterator[Fault]:
        """Turns from the complete store, each looked for by its words."""
        count = f"SELECT t.rowid {_TURNS} ORDER BY 1"
        rows = [row for (row,) in self.room.execute(count)]
        for row in rows[:: max(1, len(rows) // _SAMPLE)]:
            found = self.room.execute("SELECT id, text FROM kept._turns WHERE rowid = ?", (row,)).fetchone()
            identifier, text = found or (f"rowid {row}", "")
            if not isinstance(text, str):
                yield self._missed(identifier)
                continue
            words = self.prepared(text[len(text) // 3 :][:_WORDS]).replace('"', " ")
            if any(map(str.isalnum, words)) and not self._finds(row, words):
                yield self._missed(identifier)

    def _finds(self, row: int, words: str) -> bool:
        query = f"SELECT 1 FROM kept.{self.table} WHERE {self.table} MATCH ? AND rowid = ?"
        return self.room.execute(query, (f'"{words}"', row)).fetchone() is not None

    def _compared(self) -> Iterator[Fault]:
        """Each word of each turn, in both directions."""
        (sql,) = self.room.execute("SELECT sql FROM sqlite_master WHERE name = ?", (self.table,)).fetchone()
        self.room.execute(str(sql).replace(self.table, "wanted", 1))
        self.room.execute("INSERT INTO wanted(wanted) VALUES ('rebuild')")
        for name, table in (("here", self.table), ("there", "wanted")):
            self.room.execute(f"CREATE VIRTUAL TABLE {name} USING fts5vocab({table}, instance)")
        for one, other in (("there", "here"), ("here", "there")):
            query = f"SELECT DISTINCT doc FROM (SELECT term, doc, offset FROM {one} EXCEPT SELECT term, doc, offset FROM {other}) LIMIT {_MAX}"  # fmt: skip
            for (row,) in self.room.execute(query).fetchall():
                found = self.room.execute("SELECT id FROM kept._turns WHERE rowid = ?", (row,)).fetchone()
                yield self._missed(found[0] if found else f"rowid {row}")

    def _missed(self, turn: str) -> Fault:
        return Fault("search", self.where, None, turn, "the words of the turn, no others", "it is not found by them; run `fangtan rebuild`")  # fmt: skip
