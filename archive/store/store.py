"""The store: open it safely, write captures and interviews into it.

Everything here is derived from WARC and the collection's plain files; :mod:`archive.store.rebuild` makes it again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from archive.collection.crawldb import alone, open_readonly, refuse_others
from archive.collection.folder import Collection
from archive.collection.sqlite_faults import advice, is_damaged, is_of_the_disk
from archive.collection.tables import Database
from archive.errors import StoreError
from archive.ledger.withheld import withheld_ids
from archive.store.migrations import APPLICATION_ID, NAMES, begin, migrate
from archive.store.names import words_of
from archive.store.query import paired, spaced
from archive.store.query_language import says, zh
from parsers.record import Record

#: So long a reader waits for a takedown that another process carries out.
TAKEDOWN_S = 30.0


def check(connection: sqlite3.Connection, path: Path, *, migrated: bool = False) -> None:
    """Refuse what is no fangtan store, or one that a newer or interrupted version left.

    :raises StoreError: it is one of these
    :raises sqlite3.Error: the file cannot be read
    """
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    # Asked last: a store in the making has its mark before it has a table.
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID and (names or application):
        raise StoreError(
            f"{path}: not a fangtan store (application_id {application:#x}); move it away, `fangtan rebuild` "
            "makes a new one from WARC"
        )
    if "_sqlite_migrations" in names:
        lacking, unknown = _migrations_of(connection)
        if migrated and lacking:
            raise StoreError(
                f"{path}: made by an older fangtan (without {min(lacking)}); `fangtan rebuild` or the next crawl "
                "brings it up to date"
            )
        if unknown:
            raise StoreError(
                f"{path}: made by a newer fangtan (migration {min(unknown)}); update fangtan, or move the file "
                "away and run `fangtan rebuild`"
            )


def definitions_in(connection: sqlite3.Connection) -> dict[str, str | None]:
    """The definition of each table, view, index and trigger of a store, by type and name."""
    query = "SELECT type || ' ' || name, sql FROM sqlite_master WHERE substr(name, 1, 7) <> 'sqlite_'"
    return dict(connection.execute(query))


def definitions() -> dict[str, str | None]:
    """The definitions that a new store has."""
    with closing(sqlite3.connect(":memory:")) as connection:
        begin(connection)
        return definitions_in(connection)


def _migrations_of(connection: sqlite3.Connection) -> tuple[set[str], set[str]]:
    """The migrations that a store lacks, and those that this version does not know."""
    known = set(NAMES)
    query = "SELECT name FROM _sqlite_migrations WHERE migration_set = 'fangtan'"
    applied = {row[0] for row in connection.execute(query)}
    return known - applied, applied - known


def is_current(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether opening the store for writing would leave it as it is: nothing to migrate, nothing to form again.

    :raises StoreError: foreign, or a newer version's
    """
    check(connection, path)
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'").fetchone():
        return False
    due = "SELECT 1 FROM store_meta WHERE key = 'regroup'"
    return not _migrations_of(connection)[0] and not connection.execute(due).fetchone()


def open_store(path: Path) -> Database:
    """Open the store for writing: migrated, WAL, foreign keys on.

    :raises StoreError: foreign, damaged, locked or read-only file
    """
    try:
        with alone(path):
            database = _opened(path)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}; {advice(error)}") from error
    return database


def _opened(path: Path) -> Database:
    refuse_others(path)
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    try:
        check(connection, path)
        if not connection.execute("PRAGMA page_count").fetchone()[0]:
            begin(connection)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        database = Database(connection)
        if not connection.execute("PRAGMA application_id").fetchone()[0]:
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        migrate(database)
        connection.execute("PRAGMA foreign_keys=ON")
    except BaseException:
        connection.close()
        raise
    return database


def open_reader(path: Path) -> sqlite3.Connection:
    """Open the store read-only, with ``zh()`` for searches.

    :raises StoreError: no store, or it is foreign, half-migrated or damaged, or it holds what the ledger withholds
    """
    if not path.exists():
        raise StoreError(f"{path}: no store yet; crawl something or run `fangtan rebuild`")
    try:
        connection = open_readonly(path)
        check(connection, path, migrated=True)
        connection.execute("SELECT 1 FROM interviews LIMIT 1")
    except sqlite3.Error as error:
        damaged = is_damaged(error) or not is_of_the_disk(error)
        derived = "half-migrated or damaged? The store is derived: move it away and run `fangtan rebuild`"
        raise StoreError(f"{path}: {error}; {derived if damaged else advice(error)}") from error
    _wait_for_takedowns(connection, path)
    connection.create_function("zh", 1, zh, deterministic=True)
    connection.create_function("says", 2, says, deterministic=True)
    return connection


def shows_withheld(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the store has captures that the ledger beside it withholds."""
    held = withheld_ids(Collection(path.parent))
    query = "SELECT 1 FROM captures WHERE id IN (SELECT value FROM json_each(?)) LIMIT 1"
    return bool(held) and connection.execute(query, (json.dumps(sorted(held)),)).fetchone() is not None


def _wait_for_takedowns(connection: sqlite3.Connection, path: Path) -> None:
    """Nobody reads what is withheld: a takedown under way is waited for.

    :raises StoreError: it does not end
    """
    until = monotonic() + TAKEDOWN_S
    while shows_withheld(connection, path):
        if monotonic() > until:
            connection.close()
            raise StoreError(
                f"{path}: holds captures that the ledger withholds; run `fangtan rebuild` where the folder can "
                "be written. 存在应撤下的内容，请先重建。"
            )
        sleep(0.05)


@contextmanager
def transaction(database: Database) -> Iterator[sqlite3.Connection]:
    """One immediate transaction.

    :raises StoreError: the file is locked by another program, read-only, or the disk is full
    """
    connection: sqlite3.Connection = database.conn
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    except BaseException as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if isinstance(error, sqlite3.OperationalError):
            raise StoreError(f"the store cannot be written: {error}; {advice(error)}") from error
        raise


def insert(connection: sqlite3.Connection, table: str, row: dict[str, Any], *, ignore: bool = False) -> None:
    """Insert a row; ``ignore`` leaves an existing one alone (REPLACE would corrupt the full-text index)."""
    names = ", ".join(row)
    marks = ", ".join("?" for _ in row)
    connection.execute(
        f"INSERT {'OR IGNORE ' if ignore else ''}INTO {table} ({names}) VALUES ({marks})", tuple(row.values())
    )


#: What differs between the copies of a record.
_OF_A_COPY = ("warc_file", "warc_offset", "warc_length", "run", "site")


def insert_copy(connection: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    """Insert the row of a record. Of one that several files hold, the copy counts that a rebuild reads first: the first
    by file and place, whichever came in first.
    """
    changes = ", ".join(f"{name} = excluded.{name}" for name in _OF_A_COPY if name in row)
    connection.execute(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' for _ in row)}) "
        f"ON CONFLICT(id) DO UPDATE SET {changes} "
        f"WHERE (excluded.warc_file, excluded.warc_offset) < ({table}.warc_file, {table}.warc_offset) "
        "ON CONFLICT DO NOTHING",
        tuple(row.values()),
    )


#: The full-text indexes and what they hold for a text.
INDEXES = (("_turns_fts", spaced), ("_pairs_fts", paired))


def index_versions(connection: sqlite3.Connection, versions: Iterable[str]) -> None:
    """Put the turns of versions into the full-text index, in the order of their numbers: out of order, or with other
    statements in between, FTS5 writes a segment for each piece.
    """
    query = "SELECT rowid, text FROM _turns WHERE version = ?"
    rows = sorted(row for version in versions for row in connection.execute(query, (version,)))
    for table, prepared in INDEXES:
        connection.executemany(
            f"INSERT INTO {table}(rowid, text) VALUES (?, ?)", [(rowid, prepared(text)) for rowid, text in rows]
        )


def unindex_version(connection: sqlite3.Connection, version: str) -> None:
    """Take a version's turns out of the full-text index, with the text they went in with."""
    rows = connection.execute("SELECT rowid, text FROM _turns WHERE version = ?", (version,)).fetchall()
    for table, prepared in INDEXES:
        connection.executemany(
            f"INSERT INTO {table}({table}, rowid, text) VALUES ('delete', ?, ?)",
            [(rowid, prepared(text)) for rowid, text in rows],
        )


def add_version(connection: sqlite3.Connection, row: dict[str, Any], record: Record) -> None:
    """A version with its guests, turns and flags; immutable from then on."""
    insert(connection, "versions", row)
    version = row["id"]
    connection.executemany(
        "INSERT INTO _guests(version, seq, name, organization, title) VALUES (?, ?, ?, ?, ?)",
        [(version, n, g.name, g.organization, g.title) for n, g in enumerate(record.guests, 1)],
    )
    connection.executemany(
        "INSERT INTO _turns(id, version, seq, speaker, person, role, text, time) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (f"{row['interview']}.{words}", version, t.seq, t.speaker, t.person, t.role, t.text, t.time)
            for words, t in zip(words_of(t.text for t in record.turns), record.turns, strict=True)
        ],
    )
    connection.executemany(
        "INSERT INTO flags VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                row["interview"],
                version,
                n,
                row["capture"],
                f.rule,
                f.severity,
                f.where,
                f.text,
                f.start,
                f.end,
                f.suggestion,
            )
            for n, f in enumerate(record.flags, 1)
        ],
    )


def scrub_later(connection: sqlite3.Connection) -> None:
    """Note, in the transaction that deletes withheld words, that the file is to be written again."""
    connection.execute(
        "INSERT INTO store_meta VALUES ('scrub', 'due') ON CONFLICT(key) DO UPDATE SET value = excluded.value"
    )


def scrub_is_due(path: Path) -> bool:
    """Whether words that were withheld may still be in free pages.

    :raises StoreError: the store cannot be read
    """
    try:
        connection = open_readonly(path)
        try:
            return connection.execute("SELECT 1 FROM store_meta WHERE key = 'scrub'").fetchone() is not None
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}; {advice(error)}") from error


#: So long a command waits for a reader that keeps the log of a file that is written again already.
_LOG_WAIT_MS = 2000


def tighten(connection: sqlite3.Connection) -> None:
    """Write a store's file again as small as it can be; no transaction is open.

    :raises sqlite3.Error: another program holds it, or the disk is full
    """
    for table, _ in INDEXES:
        connection.execute(f"INSERT INTO {table}({table}) VALUES ('optimize')")
    connection.execute("VACUUM")


def _rewrite(connection: sqlite3.Connection) -> None:
    tighten(connection)
    connection.execute("UPDATE store_meta SET value = 'log' WHERE key = 'scrub'")


def scrub(path: Path) -> None:
    """Write the store's file again without what was deleted: words in free pages, in the full-text indexes and in the
    write-ahead log. Where another program's reading keeps the log, only the log is left to the next call.

    :raises StoreError: another program holds it, or the disk is full; nothing is lost
    """
    database = open_store(path)
    connection: sqlite3.Connection = database.conn
    try:
        if connection.execute("SELECT value FROM store_meta WHERE key = 'scrub'").fetchone() != ("log",):
            _rewrite(connection)
        connection.execute(f"PRAGMA busy_timeout={_LOG_WAIT_MS}")
        if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            raise StoreError(
                f"{path}: another program has been reading it for long, so deleted words stay in its log; end that "
                "program and run `fangtan verify`"
            )
        connection.execute("DELETE FROM store_meta WHERE key = 'scrub'")
    except sqlite3.Error as error:
        raise StoreError(
            f"{path}: {error}; deleted words are still in the file. Run any command again when there is room"
        ) from error
    finally:
        connection.close()
