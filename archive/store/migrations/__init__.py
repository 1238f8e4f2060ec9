"""The store's schema: tables in numbered files, all views in one. A released file is never edited; a change is a new
one.

Plain SQLite on purpose: no extension, no custom tokenizer, no STRICT, so that the ``sqlite3`` shell, DB Browser and
stock Datasette read the file.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing, suppress
from functools import cache
from itertools import groupby
from pathlib import Path

from archive.collection.tables import Database, Migrations
from archive.collection.urls import uid_of
from archive.store import listings
from archive.store.descriptions import described
from archive.store.names import REASONS, words_of
from archive.store.packing import FORM, ITS_ORIGINALS, NOTHING, evidence_in, evidence_of, packed
from archive.store.query import paired

__all__ = ["APPLICATION_ID", "NAMES", "begin", "migrate"]

APPLICATION_ID = 0x66746E31  # "ftn1"

_FILES = Path(__file__).parent
_migrations = Migrations("fangtan")


def migrate(db: Database, *, stop_before: str | None = None) -> None:
    """Bring a store up to date, all or nothing: the migrations that it lacks, then its views and descriptions again.

    :param stop_before: leave out this migration, those after it, and the views
    :raises sqlite3.Error: the file cannot be written, or is not what its list of migrations says
    """
    pending = {migration.name for migration in _migrations.pending(db)}
    if not pending:
        return
    from archive.store.derived import derive_all, derive_talks  # noqa: PLC0415 - who only reads a store derives nothing

    connection = db.conn
    assert isinstance(connection, sqlite3.Connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        for (view,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall():
            connection.execute(f'DROP VIEW "{view}"')
        _migrations.apply(db, stop_before=stop_before)
        if stop_before is None:
            _run(connection, "views.sql")
            if pending & _DERIVING:
                derive_all(connection)
            elif "m024_counting" in pending:
                derive_talks(connection)
            _describe(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def begin(connection: sqlite3.Connection) -> None:
    """Make an empty file an empty store, all or nothing.

    A process migrates one in memory and copies it for each file: a part store costs no five hundred statements.

    :raises sqlite3.Error: the file cannot be written
    """

    def free(status: int, *_: int) -> None:
        """Else the copy would wait for a locked file without an end."""
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise sqlite3.OperationalError("database is locked")

    with closing(sqlite3.connect(":memory:")) as empty:
        empty.deserialize(_empty())
        empty.backup(connection, progress=free)


@cache
def _empty() -> bytes:
    """An empty store, as a file holds it."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        # The mark comes with the tables: who is killed behind the copy leaves a store, not a stranger's file.
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        migrate(Database(connection))
        return connection.serialize()


def _run(connection: sqlite3.Connection, file: str) -> None:
    """Statements one by one: ``executescript`` would commit the transaction."""
    statement = ""
    for line in (_FILES / file).read_text("utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


def _index_pairs(connection: sqlite3.Connection) -> None:
    """The second full-text index for the turns that are there."""
    texts = connection.execute("SELECT t.rowid, t.text FROM _turns t JOIN versions v ON v.id = t.version AND v.newest")
    connection.executemany(
        "INSERT INTO _pairs_fts(rowid, text) VALUES (?, ?)", ((row, paired(text)) for row, text in texts)
    )


def _give_ids(connection: sqlite3.Connection) -> None:
    """Turns named by their words, and each id that an interview had."""
    for (version,) in connection.execute("SELECT id FROM versions").fetchall():
        rows = connection.execute(
            "SELECT rowid, text FROM _turns WHERE version = ? ORDER BY seq", (version,)
        ).fetchall()
        named = zip(words_of(text for _, text in rows), rows, strict=True)
        interview = version.rpartition(".")[0]
        connection.executemany(
            "UPDATE _turns SET id = ? WHERE rowid = ?", [(f"{interview}.{words}", row) for words, (row, _) in named]
        )
    claims = connection.execute("SELECT interview, key, reason, since FROM interview_urls ORDER BY since, key")
    connection.executemany(
        "INSERT OR IGNORE INTO _ids VALUES (?, ?, ?, ?, ?, ?)",
        [(uid_of(key), uid, key, reason, REASONS.index(reason), since) for uid, key, reason, since in claims],
    )


def _pack(connection: sqlite3.Connection) -> None:
    """Readings compressed, evidence said shortly; revisits point to what their original said; versions without where
    each turn was found. What has its form already stays, and what is damaged: verify names it.
    """
    for (version,) in connection.execute("SELECT id FROM versions").fetchall():
        (text,) = connection.execute("SELECT evidence FROM versions WHERE id = ?", (version,)).fetchone()
        with suppress(ValueError, AttributeError, TypeError):
            short = evidence_of(evidence_in(text))
            connection.execute("UPDATE versions SET evidence = ? WHERE id = ?", (short, version))
    for (capture,) in connection.execute("SELECT capture FROM _readings").fetchall():
        (kept,) = connection.execute("SELECT record FROM _readings WHERE capture = ?", (capture,)).fetchone()
        with suppress(ValueError, AttributeError, TypeError, zlib.error):
            data = _repacked(kept)
            connection.execute("UPDATE _readings SET record = ? WHERE capture = ?", (data, capture))
    connection.execute(
        """UPDATE _readings SET record = ? FROM captures c JOIN _readings o ON o.capture = c.refers_to
           WHERE c.id = _readings.capture AND c.type = 'revisit' AND c.refers_to <> c.id AND o.record <> x''
             AND o.record = _readings.record""",
        (ITS_ORIGINALS,),
    )


def _list_once(connection: sqlite3.Connection) -> None:
    """What lists say, once for all their captures."""
    query = "SELECT * FROM _items_of_captures ORDER BY fetched_at, capture, position"
    for (capture, page, at), rows in groupby(connection.execute(query).fetchall(), key=lambda row: row[:3]):
        entries = (listings.Entry(key, *said) for _, _, _, key, _, *said in rows)
        listings.keep(connection, capture, page.partition(" ")[0], at, entries)
    connection.execute("DROP TABLE _items_of_captures")


def _repacked(kept: str | bytes) -> bytes:
    """A reading in today's form: it was JSON, then JSON that zlib compressed."""
    if kept in (NOTHING, ITS_ORIGINALS) or (isinstance(kept, bytes) and kept[:1] == FORM):
        return bytes(kept)
    record = json.loads(kept if isinstance(kept, str) else zlib.decompress(kept))
    return packed(record) if record else NOTHING


#: What a migration computes in Python behind its file.
_STEPS: dict[str, Callable[[sqlite3.Connection], None]] = {
    "m006_pairs": _index_pairs,
    "m010_ids": _give_ids,
    "m022_packed": _pack,
    "m028_shortly": _pack,
    "m030_entries": _list_once,
}
#: Migrations behind which everything that is derived from what is shown is derived again, once the views are there.
_DERIVING = {"m016_summaries", "m017_questions", "m020_events", "m031_openings"}
#: The migrations, in order; each is named as its file.
NAMES = sorted(file.stem for file in _FILES.glob("m*.sql"))


def _register(name: str) -> None:
    @_migrations(name=name)
    def apply(db: Database) -> None:
        connection = db.conn
        assert isinstance(connection, sqlite3.Connection)
        _run(connection, f"{name}.sql")
        if step := _STEPS.get(name):
            step(connection)


for _name in NAMES:
    _register(_name)


def _describe(connection: sqlite3.Connection) -> None:
    rows = [
        (
            table if column is None else f"{table}.{column}",
            json.dumps({"en": english, "zh": chinese}, ensure_ascii=False),
        )
        for table, column, (english, chinese) in described(connection)
    ]
    connection.executemany(
        "INSERT INTO store_meta VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value", rows
    )
