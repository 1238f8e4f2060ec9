"""Derive the store again from WARC and compare every public view, row by row, inside SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path

from archive.collection.crawldb import readonly_uri
from archive.collection.folder import Collection
from archive.fault import Fault, of_file
from archive.ledger.chain import Entry
from archive.ledger.plain import settings_in
from archive.store.descriptions import PUBLIC
from archive.store.indexer import bring_up_to_date
from archive.store.packing import ITS_ORIGINALS, text_of
from archive.store.parts import readers
from archive.verify.plain import digest_of_file
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


def _sites_as_kept(collection: Collection, db: sqlite3.Connection, entries: Iterable[Entry]) -> Iterator[Fault]:
    """People may change and remove site files, and a broken one cannot be read: none of this is tampering. What the
    store knows of such a site is taken as it is, and where the files say something else that is said.
    """
    for name, path, found in _other_files(collection, entries):
        rows = [
            db.execute(f"SELECT * FROM {where}.sites WHERE id = ?", (name,)).fetchall() for where in ("main", "kept")
        ]
        if rows[0] == rows[1]:
            continue
        db.execute("DELETE FROM main.sites WHERE id = ?", (name,))
        db.execute("INSERT INTO main.sites SELECT * FROM kept.sites WHERE id = ?", (name,))
        yield of_file("reparse", str(path), "a site file to compare the store's row with", found, "note")


def _other_files(collection: Collection, entries: Iterable[Entry]) -> Iterator[tuple[str, Path, str]]:
    """Site files that the store's rows cannot be held against: id, place, what is there.

    :param entries: of the ledger; a site that none names was not removed by people
    """
    present = {file.path.name: file for file in collection.site_files()}
    known = {name: at for (folder, name), at in settings_in(entries).items() if folder == collection.sites.name}
    for name in sorted({*present, *known}):
        file, path = present.get(name), collection.sites / name
        if file is None:
            yield Path(name).stem, path, "none: it was removed; `fangtan rebuild` leaves its particulars out"
        elif file.site is None:
            yield file.id, path, "; ".join(file.problems)
        elif name in known and digest_of_file(path) != known[name][1].sha256:
            changed = f"one that was changed since ledger entry {known[name][0].number}; run `fangtan rebuild`"
            yield file.id, path, changed


def check_reparse(collection: Collection, scratch: Path, entries: Iterable[Entry], jobs: int = 1) -> Iterator[Fault]:
    """Rows that the store has and WARC does not give, and the other way round.

    :param entries: of the ledger, which says of each site file how it was
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
        yield from _sites_as_kept(collection, db, entries)
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
