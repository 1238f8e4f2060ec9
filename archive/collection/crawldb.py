"""``crawl.db``: the frontier, the live runs, and what is known of each URL.

Not derived and not archived: losing it costs a re-crawl, never a capture. The one rule of durability: a WARC file is
fsynced before the transaction commits that says what is in it (``committed``), so the store never follows a promise.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from archive.collection.disk_faults import in_words
from archive.collection.files import instead
from archive.collection.sqlite_faults import advice_for_crawl_db
from archive.errors import StoreError

APPLICATION_ID = 0x66745763  # "ftWc"
#: A run is ``running`` (or was killed: its site's lock is free), ``stopped`` on purpose with URLs waiting, ``done``, or
#: ``dead`` (killed, its queue dropped).
_RUNS = """
CREATE TABLE IF NOT EXISTS runs (
  run TEXT PRIMARY KEY, site TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('running','stopped','done','dead')),
  pid INTEGER NOT NULL, started_at TEXT NOT NULL, heartbeat TEXT NOT NULL, ended_at TEXT, resume_at TEXT, verdict TEXT,
  sweep INTEGER NOT NULL DEFAULT 0, standing TEXT, recheck INTEGER NOT NULL DEFAULT 0,
  patch INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX IF NOT EXISTS one_running_run ON runs(site) WHERE state = 'running';
CREATE INDEX IF NOT EXISTS runs_site ON runs(site, started_at);
"""
#: What the scheduler remembers of sites and hosts (times are UTC, ISO).
_SCHEDULE = """
CREATE TABLE IF NOT EXISTS schedule (
  site TEXT PRIMARY KEY, since TEXT NOT NULL, paused_at TEXT, note TEXT,
  crashes INTEGER NOT NULL DEFAULT 0, retry_at TEXT);
CREATE TABLE IF NOT EXISTS circuits (
  host TEXT PRIMARY KEY, trips INTEGER NOT NULL, opened_at TEXT NOT NULL, retry_at TEXT NOT NULL, reason TEXT NOT NULL);
"""
#: What is to be reported of sites (and of the scheduler, ``*``), what each receiver got, the rest of a message that
#: was begun, and how many messages it got in a minute. Nothing is reported of muted sites.
_NOTICES = """
CREATE TABLE IF NOT EXISTS troubles (subject TEXT PRIMARY KEY, words TEXT NOT NULL, error TEXT, since TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS told (
  receiver TEXT NOT NULL, subject TEXT NOT NULL, words TEXT NOT NULL, told_at TEXT NOT NULL,
  PRIMARY KEY (receiver, subject));
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, receiver TEXT NOT NULL, message TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pace (receiver TEXT PRIMARY KEY, minute TEXT NOT NULL, sent INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS muted (site TEXT PRIMARY KEY, until TEXT);
"""
#: The last request to each host, and its Crawl-delay; the robots.txt files that have one.
_HOSTS = """
CREATE TABLE IF NOT EXISTS hosts (
  host TEXT PRIMARY KEY, asked_at TEXT NOT NULL, role TEXT NOT NULL, crawl_delay REAL NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS robots (
  server TEXT PRIMARY KEY, read_at TEXT NOT NULL, url TEXT NOT NULL, body BLOB NOT NULL);
"""
#: What a run asked for and what came, fact by fact (crawler/run/book.py); what the last account misses
#: (crawler/state/owed.py).
_ACCOUNT = """
CREATE TABLE IF NOT EXISTS facts (
  n INTEGER PRIMARY KEY, site TEXT NOT NULL, run TEXT NOT NULL, kind TEXT NOT NULL, fact TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS facts_run ON facts(run, kind, n);
CREATE INDEX IF NOT EXISTS facts_site ON facts(site);
CREATE TABLE IF NOT EXISTS owed (
  site TEXT NOT NULL, key TEXT NOT NULL, url TEXT NOT NULL, role TEXT NOT NULL, more TEXT NOT NULL,
  nights TEXT NOT NULL, dead INTEGER NOT NULL, why TEXT NOT NULL, PRIMARY KEY (site, key));
"""
#: Sites that workers of a cluster crawl; the fence number is never given twice (archive/collection/leases.py).
_LEASES = """
CREATE TABLE IF NOT EXISTS leases (
  fence INTEGER PRIMARY KEY AUTOINCREMENT, site TEXT NOT NULL, run TEXT NOT NULL, hosts TEXT NOT NULL,
  worker TEXT NOT NULL, machine TEXT NOT NULL, granted_at TEXT NOT NULL, deadline TEXT NOT NULL, ended_at TEXT,
  outcome TEXT);
CREATE INDEX IF NOT EXISTS leases_open ON leases(site) WHERE ended_at IS NULL;
"""
_BY_PAYLOAD = "CREATE INDEX IF NOT EXISTS known_payload ON known(sha256);\n"
#: The turns that watched queries have found, each with the batch in which it was new (crawler/schedule/watches.py).
_WATCHES = """
CREATE TABLE IF NOT EXISTS watches (
  name TEXT PRIMARY KEY, asked TEXT NOT NULL, batch INTEGER NOT NULL, store TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS hits (
  name TEXT NOT NULL, turn TEXT NOT NULL, batch INTEGER NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (name, turn)) WITHOUT ROWID;
"""
SCHEMA = f"""{_RUNS}{_SCHEDULE}{_NOTICES}{_HOSTS}{_ACCOUNT}{_WATCHES}{_LEASES}
CREATE TABLE IF NOT EXISTS frontier (
  id INTEGER PRIMARY KEY, site TEXT NOT NULL, fingerprint BLOB NOT NULL, url TEXT NOT NULL, role TEXT NOT NULL,
  priority INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('pending','claimed','done')),
  request TEXT NOT NULL, UNIQUE (site, fingerprint));
CREATE INDEX IF NOT EXISTS frontier_next ON frontier(site, state, priority DESC, id);
CREATE TABLE IF NOT EXISTS committed (warc_file TEXT PRIMARY KEY, offset INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS known (
  site TEXT NOT NULL, url TEXT NOT NULL, role TEXT NOT NULL, status INTEGER NOT NULL, record_id TEXT NOT NULL,
  date TEXT NOT NULL, etag TEXT, last_modified TEXT, sha256 TEXT NOT NULL, first_seen TEXT NOT NULL,
  checked_at TEXT NOT NULL, checks INTEGER NOT NULL DEFAULT 1,
  links TEXT, form TEXT, listed TEXT, since TEXT, original TEXT, PRIMARY KEY (site, url));
{_BY_PAYLOAD}"""


def connect(path: Path) -> sqlite3.Connection:
    """Open (or make) a crawl database; transactions are explicit.

    :raises StoreError: the file is no crawl database, or cannot be opened
    """
    try:
        with alone(path):
            return _opened(path)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}; {advice_for_crawl_db(error)}") from error


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One at a time: of two that make or upgrade the same database at once, one would meet half of it.

    :raises StoreError: the folder cannot be written
    """
    lock = path.with_name(f".{path.name}.lock")
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(f"{in_words(error)} 无法写入") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def refuse_others(path: Path) -> None:
    """Look at what stands in the place of a database and of its logs, before SQLite waits for a pipe without end.

    :raises sqlite3.OperationalError: something else than a file
    """
    for suffix in ("", "-journal", "-wal", "-shm"):
        if (found := instead(path.with_name(path.name + suffix))) is not None:
            raise sqlite3.OperationalError(f"no plain file{suffix and f' {path.name}{suffix}'}: {found}")


def _opened(path: Path) -> sqlite3.Connection:
    refuse_others(path)
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != APPLICATION_ID:
        raise StoreError(f"{path}: not a fangtan crawl database (application_id {application:#x}); move it away")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    if not tables:
        connection.executescript(f"BEGIN IMMEDIATE; PRAGMA application_id={APPLICATION_ID}; {SCHEMA} COMMIT;")
    else:
        _upgrade(connection)
        connection.execute(_BY_PAYLOAD)
    return connection


#: Columns of ``runs`` that earlier versions lack.
_LATER = {
    "standing": "TEXT",
    "recheck": "INTEGER NOT NULL DEFAULT 0",
    "patch": "INTEGER NOT NULL DEFAULT 0",
}


def _upgrade(connection: sqlite3.Connection) -> None:
    """Give an older crawl database what it lacks; its queue and what it knows are kept."""
    known, runs = _columns(connection, "known"), _columns(connection, "runs")
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    steps = [
        f"ALTER TABLE known ADD COLUMN {name} TEXT;"
        for name in ("form", "listed", "since", "original")
        if name not in known
    ]
    if "resume_at" not in runs:
        columns = "run, site, state, pid, started_at, heartbeat"
        steps += [
            "DROP INDEX IF EXISTS one_running_run; ALTER TABLE runs RENAME TO runs_before;",
            _RUNS,
            f"INSERT INTO runs({columns}) SELECT {columns} FROM runs_before; DROP TABLE runs_before;",
            _SCHEDULE,
        ]
    else:
        steps += [f"ALTER TABLE runs ADD COLUMN {name} {kind};" for name, kind in _LATER.items() if name not in runs]
    if "told" not in tables:
        # What was reported before names no receiver: each gets the present troubles once.
        before = "INSERT INTO troubles SELECT site, health, NULL, told_at FROM notices;" if "notices" in tables else ""
        steps += [_NOTICES, before, "DROP TABLE IF EXISTS notices; DROP TABLE IF EXISTS digests;"]
    elif "muted" not in tables:
        steps.append(_NOTICES)
    later = (("hosts", _HOSTS), ("owed", _ACCOUNT), ("watches", _WATCHES), ("leases", _LEASES))
    steps += [made for table, made in later if table not in tables]
    if steps:
        connection.executescript(f"BEGIN IMMEDIATE; {' '.join(steps)} COMMIT;")


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}


def committed(path: Path) -> dict[str, int]:
    """For each WARC file: up to which byte its records are safe."""
    if not path.exists():
        return {}
    connection = look_into(path)
    try:
        return dict(connection.execute("SELECT warc_file, offset FROM committed"))
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}; {advice_for_crawl_db(error)}") from error
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest run of a site that has no verdict yet: it is under way, or its process died.

    :param pid: the process that made it
    :param standing: what it waits for or is at, in words
    """

    run: str
    site: str
    pid: int
    started_at: str
    standing: str | None


def without_verdict(path: Path) -> list[Newest]:
    """The newest run of each site, where nobody has judged it; by id."""
    if not path.exists():
        return []
    connection = look_into(path)
    try:
        rows = connection.execute(
            """SELECT run, site, pid, started_at, standing, verdict, state FROM runs WHERE state <> 'dead'
               ORDER BY state = 'running', started_at"""
        ).fetchall()
    finally:
        connection.close()
    newest = {row[1]: row for row in rows}
    return sorted((Newest(*row[:5]) for row in newest.values() if row[5] is None), key=lambda found: found.run)


def look_into(path: Path) -> sqlite3.Connection:
    """A crawl database for a short look.

    On a writable disk it is opened as ever: a read-only opening leaves ``-wal`` and ``-shm`` behind.

    :raises StoreError: it cannot be opened
    """
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        return connect(path)
    try:
        return open_readonly(path)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}; {advice_for_crawl_db(error)}") from error


def open_readonly(path: Path) -> sqlite3.Connection:
    """Open a database that is only read, on a read-only disk too.

    :raises sqlite3.Error: it cannot be opened
    """
    return sqlite3.connect(readonly_uri(path), uri=True, timeout=30)


def readonly_uri(path: Path) -> str:
    """The URI that opens a database for reading.

    On a read-only disk SQLite cannot share a WAL and must take the file as it is.

    :raises sqlite3.Error: it cannot be opened either way
    """
    refuse_others(path)
    uri = path.resolve().as_uri()
    connection = sqlite3.connect(f"{uri}?mode=ro", uri=True, timeout=30)
    try:
        connection.execute("PRAGMA schema_version")  # it reads the file, and no definition
    except sqlite3.OperationalError:
        wal = path.with_name(path.name + "-wal")
        if wal.exists() and wal.stat().st_size:
            raise
        return f"{uri}?immutable=1"
    finally:
        connection.close()
    return f"{uri}?mode=ro"
