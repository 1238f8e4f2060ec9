"""Derive the store again from WARC and compare every public view, row by row, inside SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from archive.collection.crawldb import readonly_uri
from archive.collection.folder import Collection
from archive.store.descriptions import PUBLIC
from archive.store.indexer import bring_up_to_date
from archive.verify.fault import Fault, of_file
from archive.warc import cdxj
from parsers.errors import FangtanError

_MAX = 50


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


def check_reparse(collection: Collection, scratch: Path) -> Iterator[Fault]:
    """Rows that the store has and WARC does not give, and the other way round."""
    fresh = collection.derived_in(scratch)
    try:
        bring_up_to_date(fresh)
    except FangtanError as error:
        yield of_file("reparse", str(collection.archive), "records that can be read again", str(error))
        return
    db = sqlite3.connect(fresh.store.resolve().as_uri(), uri=True, isolation_level=None)
    try:
        db.execute("ATTACH ? AS kept", (readonly_uri(collection.store),))
        yield from _unreadable_sites(collection, db)
        for name in PUBLIC:
            columns = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({name})"))
            for ours, other, expected, found in (
                ("main", "kept", "the row that WARC gives", "none"),
                ("kept", "main", "no row", "one that WARC does not give"),
            ):
                query = f"SELECT {columns} FROM {ours}.{name} EXCEPT SELECT {columns} FROM {other}.{name} LIMIT {_MAX}"
                for row in db.execute(query):
                    text = json.dumps(row, ensure_ascii=False)
                    yield of_file("reparse", f"{collection.store} {name}", f"{expected}: {text[:300]}" if ours == "main" else expected, found if ours == "main" else f"{found}: {text[:300]}")  # fmt: skip
    finally:
        db.close()
    if collection.index.exists() and not _same_lines(collection.index, fresh.index):
        yield of_file("reparse", str(collection.index), "the index that WARC gives", "another one")


def _same_lines(kept: Path, fresh: Path) -> bool:
    """Whether two index files say the same; earlier versions had lines of answers 304, too."""
    pairs = zip_longest(filter(cdxj.shown, cdxj.lines_in(kept)), cdxj.lines_in(fresh))
    return all(one == other for one, other in pairs)
