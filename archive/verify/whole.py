"""A collection against itself: its files, its ledger, its index, its store, its packages.

Files are checked in processes beside each other; memory does not grow with the archive (what must be compared across
files is in SQLite files in a temporary folder).
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

from archive.collection.crawldb import committed, open_readonly
from archive.collection.files import OPEN_SUFFIX, final_name, instead
from archive.collection.folder import Collection
from archive.fault import Fault, Level, Summary, of_file
from archive.ledger.vouched import Vouched
from archive.ledger.vouching import MANIFEST
from archive.store.store import open_reader
from archive.verify.across import across
from archive.verify.carried import Held
from archive.verify.chain import check_chain, check_files, strangers
from archive.verify.file import check_file
from archive.verify.layers import check_codings, check_corrections
from archive.verify.lines import load_lines
from archive.verify.options import Options
from archive.verify.package import PackageCheck, check_bag
from archive.verify.plain import digest_of_file
from archive.verify.quotes import QuoteTask, check_quotes
from archive.verify.reparse import check_reparse
from archive.verify.roots import trusted
from archive.verify.schema import check_schema
from archive.verify.search import check_search
from archive.verify.task import Task
from archive.verify.working import WORTH, count, run
from archive.warc import tiers
from parsers.errors import FangtanError

_VERSIONS_A_TASK = 200
#: What the code of a check raises over a value that SQLite takes in any column: bytes for a text, a text for a number.
_OTHER_VALUES = (TypeError, ValueError, LookupError, AttributeError, OverflowError, RecursionError)


def verify_collection(collection: Collection, summary: Summary, options: Options | None = None) -> Iterator[Fault]:
    """Every fault of a collection, files in order of name."""
    options = options or Options()
    with tempfile.TemporaryDirectory(prefix="fangtan-verify-") as scratch:
        yield from summary.count(_collection(collection, summary, options, Path(scratch)))


def _collection(collection: Collection, summary: Summary, options: Options, scratch: Path) -> Iterator[Fault]:
    said = yield from check_chain(collection, key=options.key, heads=options.heads)
    summary.head = said.entries[-1].hash if said.entries else None
    summary.withheld = len(said.withheld)
    store = yield from _store(collection)
    lines = yield from _index(collection, scratch)
    yield from _records(collection, summary, options, scratch, said, store, lines)
    if store is not None:
        readers = _readers(collection, options.jobs)
        for check in (
            check_search(store, scratch, whole=options.reparse),
            check_corrections(collection),
            check_codings(collection),
            _quotes(collection, summary, options),
            *([check_reparse(collection, scratch, said.entries, readers)] if options.reparse else ()),
        ):
            yield from _as_far(check, str(store))
    yield from _packages(collection, summary, scratch, said)


def _as_far(faults: Iterator[Fault], store: str) -> Iterator[Fault]:
    """A check of the store as far as the store can be read; what stops it is named, and the next check begins."""
    try:
        yield from faults
    except (sqlite3.Error, FangtanError) as error:
        yield of_file("store", store, "tables that can be read", f"{error}; run `fangtan rebuild`")
    except _OTHER_VALUES as error:
        yield of_file("store", store, "values as this version writes them", f"{error!r}; run `fangtan rebuild`")


def _store(collection: Collection) -> Generator[Fault, None, Path | None]:
    """The store's path when it can be read."""
    path = str(collection.store)
    if not collection.store.exists() and not collection.warcs():
        return None  # a new collection: nothing was captured, so nothing can be missing
    try:
        db = open_reader(collection.store)
    except FangtanError as error:
        yield of_file("store", path, "a readable store", str(error))
        return None
    try:
        yield from check_schema(db, path)
        for (state,) in db.execute("PRAGMA integrity_check"):
            if state != "ok":
                yield of_file("store", path, "SQLite's integrity_check ok", str(state)[:200])
        yield from _as_far(_foreign_keys(db, path), path)
    except sqlite3.Error as error:
        yield of_file("store", path, "a readable store", str(error))
        return None
    finally:
        db.close()
    return collection.store


def _foreign_keys(db: sqlite3.Connection, path: str) -> Iterator[Fault]:
    for table, rowid, parent, _ in db.execute("PRAGMA foreign_key_check"):
        yield of_file("store", path, f"a row of {parent} for each row of {table}", f"none for rowid {rowid}")


def _index(collection: Collection, scratch: Path) -> Generator[Fault, None, Path | None]:
    """The index as a SQLite file, when it can be read."""
    target = scratch / "index.lines"
    try:
        yield from load_lines(target, tiers.lines(collection.index), str(collection.index))
    except OSError as error:
        yield of_file("index", str(collection.index), "CDXJ lines", str(error))
        return None
    return target


def _records(
    collection: Collection,
    summary: Summary,
    options: Options,
    scratch: Path,
    said: Vouched,
    store: Path | None,
    lines: Path | None,
) -> Iterator[Fault]:
    limits = yield from _committed(collection)
    tasks = []
    for path in collection.warcs():
        name = final_name(path)
        is_open = path.name.endswith(OPEN_SUFFIX) and name not in said.files
        if path.is_symlink():
            yield of_file("structure", str(path), "a plain file", "a symbolic link")
            continue
        tasks.append(
            Task(path, scratch, limits.get(name, 0) if is_open else None, own=name not in said.imported, lines=lines, store=store,
                 digest=True, withheld=frozenset(said.withheld), destroyed=frozenset(said.destroyed))
        )  # fmt: skip
    digests: dict[str, tuple[Path, int, str | None]] = {}
    for result in run(check_file, tasks, options.jobs):
        count(summary, result)
        digests[final_name(result.path)] = (result.path, result.size, result.sha256)
        yield from result.faults
    paths = {name: path for name, (path, _, _) in digests.items()}
    yield from across(scratch, paths.get, strict=True, destroyed=frozenset(said.withheld))
    yield from check_files(collection, said, digests)
    yield from _strays(lines, "lines", "file", set(digests), str(collection.index), "index")
    yield from strangers(collection, said)
    yield from _strays(store, "captures", "warc_file", set(digests), str(collection.store), "store")


def _committed(collection: Collection) -> Generator[Fault, None, dict[str, int]]:
    """How far open files are safe; nothing of them, when nothing can say."""
    try:
        return committed(collection.crawl_db)
    except (FangtanError, sqlite3.Error) as error:
        yield of_file("crawl-db", str(collection.crawl_db), "a crawl database", str(error))
        return {}


def _strays(path: Path | None, table: str, column: str, files: set[str], where: str, check: str) -> Iterator[Fault]:
    """Index lines and store rows that name files which are not there."""
    if path is None:
        return
    db = open_readonly(path)
    try:
        for name, count in db.execute(f"SELECT {column}, count(*) FROM {table} GROUP BY 1").fetchall():
            if name not in files:
                yield of_file(check, where, f"the file {name}, which {count} row(s) name", "no such file")
    except sqlite3.Error as error:
        yield of_file(check, where, f"a table {table} that can be read", str(error))
    finally:
        db.close()


def _quotes(collection: Collection, summary: Summary, options: Options) -> Iterator[Fault]:
    db = open_reader(collection.store)
    try:
        first, last = db.execute("SELECT coalesce(min(rowid), 1), coalesce(max(rowid), 0) FROM versions").fetchone()
    finally:
        db.close()
    bounds = range(first, last + 1, _VERSIONS_A_TASK)
    tasks = [QuoteTask(collection, at, at + _VERSIONS_A_TASK - 1) for at in bounds]
    for looked, faults in run(check_quotes, tasks, options.jobs):
        summary.quotes += looked
        yield from faults


def _packages(collection: Collection, summary: Summary, scratch: Path, said: Vouched) -> Iterator[Fault]:
    heads, held = {e.hash for e in said.entries}, Held(roots=trusted(collection))
    bags = sorted(p.parent for p in collection.packages.glob("[!.]*/bagit.txt"))
    waczs = sorted(collection.packages.glob("*.wacz"))
    for path in (*bags, *waczs):
        summary.packages += 1
        if path in waczs and not path.is_file():
            yield of_file("package-zip", str(path), "a plain file", instead(path) or "none")
            continue
        with tempfile.TemporaryDirectory(dir=scratch) as room:
            if path in bags:
                yield from check_bag(path, Path(room), heads.__contains__, held)
            else:
                yield from PackageCheck(path, Path(room), heads.__contains__, held).faults()
        yield from _entered(path, said)
    yield from _removed(collection, said)


def _entered(path: Path, said: Vouched) -> Iterator[Fault]:
    """A package and what the ledger says of it; of a bag, of its manifest."""
    manifest = path / MANIFEST if path.is_dir() else path
    entry, claim = said.others.get(
        ("packages", f"{path.name}/{MANIFEST}" if path.is_dir() else path.name), (None, None)
    )
    if entry is None or claim is None:
        yield of_file("package", str(path), "a ledger entry for this package", "none", "note")
    elif (found := digest_of_file(manifest)) != claim.sha256:
        yield of_file("package", str(manifest), f"sha256 {claim.sha256} (ledger entry {entry.number})", found)


def _removed(collection: Collection, said: Vouched) -> Iterator[Fault]:
    """Packages that were entered and are not there. One that a takedown names may go; others were written elsewhere."""
    free = said.freed
    for (folder, name), (entry, claim) in said.others.items():
        package = name.partition("/")[0]
        if folder == "packages" and not (collection.packages / package).exists():
            wanted = f"the package {package} (ledger entry {entry.number}, {entry.data.get('at')})"
            level: Level = "note" if claim.folder is None or (folder, package) in free else "fault"
            yield of_file("package", str(collection.packages / package), wanted, "no such file", level)


def verify_warcs(collection: Collection, summary: Summary, options: Options | None = None) -> Iterator[Fault]:
    """Every fault of a collection's ledger and of each WARC file, named by its path; what is derived from them is left
    out.

    A revisit whose original is lost is none: the loss is that of the other file.
    """
    options = options or Options()
    with tempfile.TemporaryDirectory(prefix="fangtan-verify-") as scratch:
        yield from summary.count(_warcs(collection, summary, options, Path(scratch)))


def _warcs(collection: Collection, summary: Summary, options: Options, scratch: Path) -> Iterator[Fault]:
    said = yield from check_chain(collection, key=options.key, heads=options.heads)
    for fault in _records(collection, summary, options, scratch, said, None, None):
        if not (fault.check == "revisit" and fault.found == "none here"):
            yield replace(fault, file=str(collection.archive / fault.file))


def _readers(collection: Collection, jobs: int) -> int:
    """How many processes read pages again: as many as there are cores, where it is worth it."""
    size = sum(path.stat().st_size for path in collection.warcs() if path.exists())
    return jobs or ((os.cpu_count() or 1) if size >= WORTH else 1)
