"""Derive the store again from WARC and compare every public view, row by row, inside SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from archive.collection.crawldb import readonly_uri
from archive.collection.folder import Collection
from archive.fault import Fault, of_file
from archive.store.descriptions import PUBLIC
from archive.store.indexer import bring_up_to_date
from archive.store.packing import ITS_ORIGINALS, text_of
from archive.store.parts import readers
from archive.warc import cdxj, tiers
from parsers.errors import FangtanError
from parsers.record import ROLES

_MAX = 50
#: Behind the public views: turns and guests of all versions, each page's record as packages hand it on, lists as they
#: were, metadata records, redirects, events, and the summaries from which counts are answered. The id of a turn may
#: begin with any id of its talk; what numbers rows in the order of their coming is left out.
_BEHIND = {
    "_turns": "version, seq, speaker, person, role, text, time, substr(id, instr(id, '.') + 1)",
    "_guests": "version, seq, name, organization, title",
    "_readings": "capture, key, kind, content_sha256, talk, error, said(record)",
    "_listed": "capture, position, list, fetched_at, key, url, title, date, text",
    "_metadata": "id, about, kind, url, host, at, fields, warc_file, warc_offset, warc_length",
    "_redirects": "capture, key, url, target_key, since",
    "_interviews": "uid, date, kind, turns, characters, genre, captured, roles, "
    + ", ".join(f"said_{role}" for role in ROLES),
    "_tally": "site, year, kind, interviews, gone, turns, characters",
    "_totals": "name, n",
    "_events": "at, interview, what, version_no, detail",
    "_qa": "interview, question_seq, answer_seq, kind, relayed, asker, answerer",
}


def _unreadable_sites(collection: Collection, db: sqlite3.Connection) -> Iterator[Fault]:
    """A site file that cannot be read is no tampering: what the store knows of the site is taken as it is,
    and that is said.
    """
    for file in collection.site_files():
        if file.site is None:
            db.execute("DELETE FROM main.sites WHERE id = ?", (file.id,))
            db.execute("INSERT INTO main.sites SELECT * FROM kept.sites WHERE id = ?", (file.id,))
            said = "; ".join(file.problems)
            yield of_file("reparse", str(file.path), "a site file to compare the store's row with", said, "note")


def check_reparse(collection: Collection, scratch: Path, jobs: int = 1) -> Iterator[Fault]:
    """Rows that the store has and WARC does not give, and the other way round.

    :param jobs: processes that read
    """
    fresh = collection.derived_in(scratch)
    try:
        with readers(collection, jobs, folder=scratch / "parts") as readings:
            bring_up_to_date(fresh, by=readings)
    except FangtanError as error:
        yield of_file("reparse", str(collection.archive), "records that can be read again", str(error))
        return
    db = sqlite3.connect(fresh.store.resolve().as_uri(), uri=True, isolation_level=None)
    try:
        db.create_function("said", 1, _said, deterministic=True)
        db.execute("ATTACH ? AS kept", (readonly_uri(collection.store),))
        yield from _unreadable_sites(collection, db)
        for name in (*PUBLIC, *_BEHIND):
            yield from _table(db, collection, name)
    finally:
        db.close()
    if collection.index.exists() and not _same_lines(collection.index, fresh.index):
        yield of_file("reparse", str(collection.index), "the index that WARC gives", "another one")


def _said(record: bytes) -> str:
    """A kept record to compare: how it is compressed is no matter."""
    try:
        return "as its original" if record == ITS_ORIGINALS else text_of(record)
    except ValueError as error:
        return str(error)


def _same_lines(kept: Path, fresh: Path) -> bool:
    """Whether two indexes say the same; earlier versions had lines of answers 304, too."""
    pairs = zip_longest(filter(cdxj.shown, tiers.lines(kept)), tiers.lines(fresh))
    return all(one == other for one, other in pairs)


def _table(db: sqlite3.Connection, collection: Collection, name: str) -> Iterator[Fault]:
    """A table or view as WARC gives it, in ``main``, and as the store has it, in ``kept``."""
    columns = _BEHIND.get(name) or ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({name})"))
    where = f"{collection.store} {name}"
    for ours, other in (("main", "kept"), ("kept", "main")):
        query = f"SELECT {columns} FROM {ours}.{name} EXCEPT SELECT {columns} FROM {other}.{name} LIMIT {_MAX}"
        try:
            rows = db.execute(query).fetchall()
        except sqlite3.Error as error:
            yield of_file("reparse", where, "a table that can be compared", f"{error}; run `fangtan rebuild`")
            return
        for row in rows:
            text = json.dumps(row, ensure_ascii=False, default=repr)[:300]
            if ours == "main":
                yield of_file("reparse", where, f"the row that WARC gives: {text}", "none")
            else:
                yield of_file("reparse", where, "no row", f"one that WARC does not give: {text}")
