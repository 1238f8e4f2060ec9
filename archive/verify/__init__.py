"""Check an archive against itself, and files of others against the standard. One fault a line, each with its place.

Files are checked in processes beside each other; memory does not grow with the archive (what must be compared across
files is in SQLite files in a temporary folder).
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from archive.collection import processes
from archive.collection.crawldb import committed, open_readonly
from archive.collection.folder import Collection
from archive.errors import ArchiveError, ConfigError
from archive.ledger import chain as ledger
from archive.ledger.chain import Entry
from archive.store import corrections, overlay
from archive.store.store import open_reader
from archive.verify.across import across
from archive.verify.chain import Vouched, check_chain, check_files, head_of, vouched
from archive.verify.container import kind_of
from archive.verify.fault import Fault, Summary, of_file
from archive.verify.file import check_file
from archive.verify.lines import load_lines
from archive.verify.package import PackageCheck, check_bag
from archive.verify.quotes import QuoteTask, check_quotes
from archive.verify.reparse import check_reparse
from archive.verify.task import Result, Task
from archive.warc import cdxj
from archive.warc.records import OPEN_SUFFIX, final_name
from archive.warc.write import sha256_file
from parsers.errors import FangtanError

__all__ = [
    "Fault", "Options", "Summary", "chain", "fault", "head_of", "kind_of", "provenance", "verify_collection", "verify_files",
    "verify_warcs",
]  # fmt: skip

_VERSIONS_A_TASK = 200
_WORTH = 8 << 20  # bytes; for less, starting processes takes longer than the work
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Options:
    """What is checked beyond the rule.

    :param reparse: derive every record again from WARC and compare
    :param key: fingerprint that the ledger's key must have
    :param heads: ledger heads held from earlier
    :param jobs: processes
    """

    reparse: bool = False
    key: str | None = None
    heads: tuple[str, ...] = ()
    jobs: int = 0


def verify_collection(collection: Collection, summary: Summary, options: Options | None = None) -> Iterator[Fault]:
    """Every fault of a collection, files in order of name."""
    options = options or Options()
    with tempfile.TemporaryDirectory(prefix="fangtan-verify-") as scratch:
        yield from summary.count(_collection(collection, summary, options, Path(scratch)))


def _collection(collection: Collection, summary: Summary, options: Options, scratch: Path) -> Iterator[Fault]:
    yield from check_chain(collection, key=options.key, heads=options.heads)
    said = _said(collection)
    summary.head = said.entries[-1].hash if said.entries else None
    summary.withheld = len(said.withheld)
    store = yield from _store(collection)
    lines = yield from _index(collection, scratch)
    yield from _records(collection, summary, options, scratch, said, store, lines)
    if store is not None:
        yield from _corrections(collection)
        yield from _quotes(collection, summary, options)
        if options.reparse:
            yield from check_reparse(collection, scratch)
    yield from _packages(collection, summary, scratch, said)


def _said(collection: Collection) -> Vouched:
    try:
        return vouched(ledger.lenient(collection.ledger))
    except ArchiveError:
        return vouched(())  # reported already


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
        for (state,) in db.execute("PRAGMA integrity_check"):
            if state != "ok":
                yield of_file("store", path, "SQLite's integrity_check ok", str(state)[:200])
        for table, rowid, parent, _ in db.execute("PRAGMA foreign_key_check"):
            yield of_file("store", path, f"a row of {parent} for each row of {table}", f"none for rowid {rowid}")
    except sqlite3.Error as error:
        yield of_file("store", path, "a readable store", str(error))
        return None
    finally:
        db.close()
    return collection.store


def _index(collection: Collection, scratch: Path) -> Generator[Fault, None, Path | None]:
    """The index as a SQLite file, when it can be read."""
    target = scratch / "index.lines"
    try:
        yield from load_lines(target, cdxj.lines_in(collection.index), str(collection.index))
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
    limits = committed(collection.crawl_db)
    tasks = []
    for path in collection.warcs():
        name, is_open = final_name(path), path.name.endswith(OPEN_SUFFIX)
        if path.is_symlink():
            yield of_file("structure", str(path), "a plain file", "a symbolic link")
            continue
        tasks.append(
            Task(path, scratch, limits.get(name, 0) if is_open else None, own=name not in said.imported, lines=lines, store=store,
                 withheld=frozenset(said.withheld), destroyed=frozenset(said.destroyed))
        )  # fmt: skip
    digests: dict[str, tuple[Path, int, str | None]] = {}
    for result in _run(check_file, tasks, options.jobs):
        _count(summary, result)
        digests[final_name(result.path)] = (result.path, result.size, result.sha256)
        yield from result.faults
    yield from across(scratch, strict=True, destroyed=frozenset(said.withheld))
    yield from check_files(collection, said, digests)
    yield from _strays(lines, "lines", "file", set(digests), str(collection.index), "index")
    yield from _strays(store, "captures", "warc_file", set(digests), str(collection.store), "store")


def _count(summary: Summary, result: Result) -> None:
    summary.files += 1
    summary.records += result.records
    summary.bytes += result.bytes
    summary.captures += result.captures


def _strays(path: Path | None, table: str, column: str, files: set[str], where: str, check: str) -> Iterator[Fault]:
    """Index lines and store rows that name files which are not there."""
    if path is None:
        return
    db = open_readonly(path)
    try:
        for name, count in db.execute(f"SELECT {column}, count(*) FROM {table} GROUP BY 1").fetchall():
            if name not in files:
                yield of_file(check, where, f"the file {name}, which {count} row(s) name", "no such file")
    finally:
        db.close()


def _corrections(collection: Collection) -> Iterator[Fault]:
    """The file can be read, the store shows what it says, and what no longer fits is named."""
    path = str(collection.corrections)
    for problem in corrections.look(collection).problems:
        yield of_file("corrections", path, "lines of corrections", problem)
    db = open_reader(collection.store)
    try:
        said = overlay.shown(db, collection)
        shown = db.execute(
            "SELECT uid, field, old, new, author, reason, date FROM corrections ORDER BY number"
        ).fetchall()
        if shown != [(c.uid, c.field, c.old, c.new, c.author, c.reason, c.date) for _, c in said.lines]:
            yield of_file(
                "corrections",
                path,
                f"the {len(said.lines)} correction(s) of the file in the store",
                f"{len(shown)}, or others; run `fangtan rebuild`",
            )
        for uid, field, old, parsed, trouble in overlay.stale(db):
            yield Fault(
                "corrections",
                path,
                None,
                uid,
                f"{field} = {old!r}, which was corrected",
                f"{trouble}{f' ({parsed!r})' if trouble == overlay.OTHERWISE else ''}; the correction does not hold",
                "note",
            )
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
    for looked, faults in _run(check_quotes, tasks, options.jobs):
        summary.quotes += looked
        yield from faults


def _packages(collection: Collection, summary: Summary, scratch: Path, said: Vouched) -> Iterator[Fault]:
    heads = {e.hash for e in said.entries}
    entries = {str(e.data.get("bag") or e.data.get("name")): e for e in said.entries if e.type == "package"}
    for bag in sorted(p.parent for p in collection.packages.glob("[!.]*/bagit.txt")):
        summary.packages += 1
        with tempfile.TemporaryDirectory(dir=scratch) as room:
            yield from check_bag(bag, Path(room), heads.__contains__)
        entry, manifest = entries.get(bag.name), bag / "tagmanifest-sha256.txt"
        if entry is not None and (not manifest.exists() or sha256_file(manifest) != entry.data.get("sha256")):
            wanted = f"the manifest {entry.data.get('sha256')} (ledger entry {entry.number})"
            yield of_file("package", str(bag), wanted, "another one")
    for path in sorted(collection.packages.glob("*.wacz")):
        summary.packages += 1
        with tempfile.TemporaryDirectory(dir=scratch) as room:
            yield from PackageCheck(path, Path(room), heads.__contains__).faults()
        yield from _entered(path, entries.get(path.name))


def _entered(path: Path, entry: Entry | None) -> Iterator[Fault]:
    """A package and what the ledger says of it."""
    if entry is None:
        yield of_file("package", str(path), "a ledger entry for this package", "none", "note")
    elif path.stat().st_size != entry.data.get("size") or sha256_file(path) != entry.data.get("sha256"):
        wanted = f"sha256 {entry.data.get('sha256')} (ledger entry {entry.number})"
        yield of_file("package", str(path), wanted, "another file")


def verify_warcs(collection: Collection, summary: Summary, options: Options | None = None) -> Iterator[Fault]:
    """Every fault of a collection's ledger and of each WARC file, named by its path; what is derived from them is left
    out.

    A revisit whose original is lost is none: the loss is that of the other file.
    """
    options = options or Options()
    with tempfile.TemporaryDirectory(prefix="fangtan-verify-") as scratch:
        yield from summary.count(_warcs(collection, summary, options, Path(scratch)))


def _warcs(collection: Collection, summary: Summary, options: Options, scratch: Path) -> Iterator[Fault]:
    yield from check_chain(collection, key=options.key, heads=options.heads)
    for fault in _records(collection, summary, options, scratch, _said(collection), None, None):
        if not (fault.check == "revisit" and fault.found == "none here"):
            yield replace(fault, file=str(collection.archive / fault.file))


def verify_files(paths: Iterable[Path], summary: Summary, options: Options | None = None) -> Iterator[Fault]:
    """Every fault of WARC and WACZ files, of any origin.

    :raises ConfigError: a file that cannot be read, or is neither WARC nor WACZ
    """
    options = options or Options()
    with tempfile.TemporaryDirectory(prefix="fangtan-verify-") as scratch:
        yield from summary.count(_files(list(paths), summary, options, Path(scratch)))


def _files(paths: list[Path], summary: Summary, options: Options, scratch: Path) -> Iterator[Fault]:
    warcs: list[Task] = []
    names: dict[str, Path] = {}
    for path in paths:
        kind = kind_of(path)
        if kind == "wacz":
            summary.packages += 1
            with tempfile.TemporaryDirectory(dir=scratch) as room:
                check = PackageCheck(path, Path(room))
                yield from check.faults()
            summary.records += check.records
        else:
            if final_name(path) in names:
                raise ConfigError(f"{path}: another file of that name was named: {names[final_name(path)]}")
            names[final_name(path)] = path
            warcs.append(Task(path, scratch))
    for result in _run(check_file, warcs, options.jobs):
        _count(summary, result)
        yield from result.faults
    for fault in across(scratch, strict=False):
        yield replace(fault, file=str(names.get(fault.file, fault.file)))


def _run(function: Callable[[T], R], tasks: list[T], jobs: int) -> Iterator[R]:
    """Results in the order of the tasks, from as many processes as there are cores."""
    workers = min(jobs or os.cpu_count() or 1, len(tasks))
    if not jobs and sum(getattr(t, "size", _WORTH) for t in tasks) < _WORTH:
        workers = 1
    if workers <= 1:
        yield from map(function, tasks)
        return
    with processes.pool(workers) as pool:
        yield from pool.map(function, tasks)
