"""WACZ packages: every MUST of WACZ 1.1.1, the signature, the records and the index inside.
Packages are hostile until shown otherwise.
"""

from __future__ import annotations

import gzip
import os
import re
import sqlite3
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import Any, BinaryIO, cast

import bagit

from archive.collection.files import final_name
from archive.fault import Fault, of_file
from archive.verify.across import across
from archive.verify.carried import Held, check_carried
from archive.verify.description import DESCRIPTION, DIGEST, MULTI, check_description, check_digest, check_head
from archive.verify.file import check_file
from archive.verify.lines import Loading, lines_of
from archive.verify.opened import BAD_ZIP, Opened, fault_in, is_text, json_object
from archive.verify.task import Task

MAX_MEMBERS = 100_000
MAX_RATIO = 1000
_END_OF_ZIP = 22  # bytes of the record that ends a ZIP file, without its comment
_WARC = re.compile(r"archive/[^/]+\.warc(?:\.gz)?")
_CDXJ = re.compile(r"indexes/[^/]+\.cdxj?(?:\.gz)?")
_INDEX = re.compile(r"indexes/[^/]+\.(?:cdxj?(?:\.gz)?|idx)")
_PAGES = "pages/pages.jsonl"
_LOST = "fangtan/lost.jsonl"
#: Where a WARC file is while a record of it is read once more; one at a time.
_AGAIN = "again"


class PackageCheck:
    """Checks one package.

    :param known: ledger heads of the collection it is in (its own head must be among them), ``None`` outside one
    :param held: what the reader holds from elsewhere
    :param inside: it is in a package of packages
    """

    def __init__(
        self,
        path: Path,
        scratch: Path,
        known: Callable[[str], bool] | None = None,
        held: Held | None = None,
        *,
        inside: bool = False,
    ) -> None:
        self.inside = inside
        self.path, self.scratch, self.known = path, scratch, known
        self.held = Held() if held is None else held
        self.records = 0

    def faults(self) -> Iterator[Fault]:
        """Everything that is wrong."""
        try:
            with zipfile.ZipFile(self.path) as package:
                members: dict[str, zipfile.ZipInfo] = {}
                if (fault := next(_members(self.path, package, members), None)) is not None:
                    yield fault  # nothing in it is touched
                    return
                yield from self._contents(Opened(self.path, package, members))
                yield from _behind(self.path, package)
        except BAD_ZIP as error:
            yield fault_in(self.path, "package-zip", "", "a readable ZIP file", f"{type(error).__name__}: {error}")

    def _contents(self, opened: Opened) -> Iterator[Fault]:
        description = None
        if DESCRIPTION not in opened.members:
            yield opened.fault("package-missing", DESCRIPTION, f"a {DESCRIPTION}", "none")
        elif (description := opened.json(DESCRIPTION)) is None:
            yield opened.fault("package-json", DESCRIPTION, "a JSON object", repr(opened.read(DESCRIPTION)[:40]))
        if (description or {}).get("profile") == MULTI:
            yield from self._packages(opened, description or {})
            return
        opened = replace(opened, own=str((description or {}).get("software", "")).startswith("fangtan/"))
        yield from _layout(opened)
        if description is not None:
            yield from check_description(opened, description)
            yield from check_digest(opened, description, self.held.roots)
            yield from check_head(opened, self.known)
            yield from check_carried(opened, description, self.held, self.known)
        yield from self._archive(opened)

    def _packages(self, opened: Opened, description: dict[str, Any]) -> Iterator[Fault]:
        """A package of packages (Multi-WACZ): each by itself."""
        yield from check_description(opened, description)
        yield from check_digest(opened, description, self.held.roots)
        names = [name for name in opened.members if name.endswith(".wacz")]
        if self.inside or not names:
            found = "another package of packages" if self.inside else "none"
            yield opened.fault("package-missing", "", "packages (.wacz)", found)
            return
        for name in names:
            path = self.scratch / "inner.wacz"
            if (fault := _unpack(opened, name, path)) is not None:
                yield fault
                continue
            inner = PackageCheck(path, self.scratch, self.known, self.held, inside=True)
            for fault in inner.faults():
                yield replace(fault, file=fault.file.replace(str(path), f"{self.path}/{name}", 1))
            self.records += inner.records
            path.unlink()

    def _archive(self, opened: Opened) -> Iterator[Fault]:
        lines = self.scratch / "package.lines"
        yield from self._index(opened, lines)
        for name in filter(_WARC.fullmatch, opened.members):
            yield from self._warc(opened, name, lines)
        found = across(self.scratch, partial(self._again, opened), strict=opened.own, destroyed=_lost(opened))
        yield from (replace(f, file=f"{self.path}/archive/{f.file}") for f in found)
        db = sqlite3.connect(lines)
        try:
            for (file,) in db.execute("SELECT DISTINCT file FROM lines").fetchall():
                if f"archive/{file}" not in opened.members:
                    wanted = f"the WARC file {file} that index lines name"
                    yield opened.fault("package-index", "indexes/", wanted, "none")
            yield from _pages(opened, db)
        finally:
            rmtree(self.scratch / _AGAIN, ignore_errors=True)
            db.close()
            lines.unlink()

    def _index(self, opened: Opened, lines: Path) -> Iterator[Fault]:
        """The lines of all indexes; what cannot be read of one ends it, and no other."""
        with Loading(lines, _plain_names) as loading:
            for name in filter(_CDXJ.fullmatch, sorted(opened.members)):
                try:
                    yield from loading.load(_index_lines(opened, name), f"{self.path}/{name}")
                except (ValueError, *BAD_ZIP) as error:
                    yield opened.fault("package-index", name, "CDXJ lines", str(error)[:200])

    def _warc(self, opened: Opened, name: str, lines: Path) -> Iterator[Fault]:
        path = self.scratch / name.rsplit("/", 1)[1]
        if (fault := _unpack(opened, name, path)) is not None:
            yield fault
            return
        result = check_file(Task(path, self.scratch, own=None, lines=lines, lines_own=opened.own))
        path.unlink()
        self.records += result.records
        yield from (replace(f, file=f"{self.path}/{name}") for f in result.faults)

    def _again(self, opened: Opened, name: str) -> Path | None:
        """A WARC file of the package, unpacked once more."""
        path = self.scratch / _AGAIN / name
        if not path.exists():
            rmtree(path.parent, ignore_errors=True)
            path.parent.mkdir()
            if _unpack(opened, f"archive/{name}", path) is not None:
                return None
        return path


# ── members ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _members(path: Path, package: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> Iterator[Fault]:
    """Members that no reader should touch; ``members`` takes the others."""
    check, infos = "package-member", package.infolist()
    if len(infos) > MAX_MEMBERS:
        yield fault_in(path, check, "", f"at most {MAX_MEMBERS} members", str(len(infos)))
    for info in infos:
        name = info.filename
        if info.is_dir():
            continue
        if _leaves(name):
            yield fault_in(path, check, "", "paths inside the package", repr(name[:200]))
        elif name in members:
            yield fault_in(path, check, name, "a name used once", "twice")
        elif stat.S_ISLNK(info.external_attr >> 16):
            yield fault_in(path, check, name, "a plain file", "a symbolic link")
        elif info.flag_bits & 1:
            yield fault_in(path, check, name, "a readable member", "an encrypted one")
        elif info.compress_type != zipfile.ZIP_STORED and info.file_size > max(1 << 20, info.compress_size * MAX_RATIO):
            found = f"{info.file_size} bytes out of {info.compress_size}"
            yield fault_in(path, check, name, f"a compression ratio below {MAX_RATIO}", found)
        elif info.compress_type == zipfile.ZIP_STORED and info.file_size != info.compress_size:
            found = f"{info.file_size} bytes out of {info.compress_size}"
            yield fault_in(path, check, name, "as many bytes as are stored", found)
        members[name] = info


def _behind(path: Path, package: zipfile.ZipFile) -> Iterator[Fault]:
    """Bytes that belong to no member: readers of ZIP files pass over them."""
    with path.open("rb") as stream:
        stream.seek(-_END_OF_ZIP - len(package.comment), os.SEEK_END)
        if not stream.read(4).startswith(b"PK\x05\x06"):
            wanted, found = "the end of the ZIP file as the end of the file", "bytes behind it, which nobody reads"
            yield fault_in(path, "package-zip", "", wanted, found, "note")


def _unpack(opened: Opened, name: str, path: Path) -> Fault | None:
    """Write a member to a file; the fault when it is damaged."""
    try:
        with opened.package.open(opened.members[name]) as source, path.open("wb") as target:
            while data := source.read(1 << 20):
                target.write(data)
    except BAD_ZIP as error:
        return opened.fault("package-zip", name, "a whole member", str(error))
    return None


def _leaves(name: str) -> bool:
    """Whether a member's name leads out of the package."""
    absolute = name.startswith("/") or re.match(r"[A-Za-z]:", name) is not None
    return absolute or "\\" in name or "\x00" in name or ".." in name.split("/")


def _layout(opened: Opened) -> Iterator[Fault]:
    members = opened.members
    warcs = [name for name in members if _WARC.fullmatch(name)]
    if not warcs:
        yield opened.fault("package-missing", "archive/", "at least one WARC file", "none")
    for name in warcs:
        if members[name].compress_type != zipfile.ZIP_STORED:
            wanted = "a WARC file that is stored, not compressed"
            yield opened.fault("package-stored", name, wanted, "a compressed member")
    if not any(map(_INDEX.fullmatch, members)):
        yield opened.fault("package-missing", "indexes/", "an index", "none")
    if _PAGES not in members:
        yield opened.fault("package-missing", _PAGES, "a list of pages", "none")
    if DIGEST not in members:
        # Optional in the specification; without it nothing says whether datapackage.json was altered.
        yield opened.fault("package-missing", DIGEST, f"the digest of {DESCRIPTION}", "none", opened.custom)


# ── records, index, pages ───────────────────────────────────────────────────────────────────────────────────────────


def _lost(opened: Opened) -> frozenset[str]:
    """Records that the package says it lacks because they were damaged: a revisit of one is no fault of the package."""
    try:
        lines = opened.read(_LOST).splitlines()
    except (KeyError, *BAD_ZIP):
        return frozenset()  # reported with the digests
    rows = (json_object(line) or {} for line in lines)
    return frozenset(str(row["record"]) for row in rows if row.get("record"))


def _index_lines(opened: Opened, name: str) -> Iterator[str]:
    with opened.package.open(opened.members[name]) as stream:
        source: Any = gzip.GzipFile(fileobj=stream) if name.endswith(".gz") else stream
        yield from (line for line in lines_of(source, opened.members[name].file_size) if not line.startswith("!"))


def _pages(opened: Opened, db: sqlite3.Connection) -> Iterator[Fault]:
    if _PAGES not in opened.members:
        return
    info = opened.members[_PAGES]
    with opened.package.open(info) as stream:
        for number, line in enumerate(lines_of(cast(BinaryIO, stream), info.file_size), 1):
            yield from _page(opened, db, f"{_PAGES}:{number}", line, first=number == 1)


def _page(opened: Opened, db: sqlite3.Connection, where: str, line: str, *, first: bool) -> Iterator[Fault]:
    """One line of the list of pages."""
    row = json_object(line.encode("utf-8", "surrogateescape")) if line.strip() else None
    if row is None:
        yield opened.fault("package-pages", where, "a JSON object", repr(line[:60]))
    elif first:
        if row.get("format") != "json-pages-1.0":
            yield opened.fault("package-pages", where, "format json-pages-1.0", repr(row.get("format")))
    elif not is_text(row.get("url")) or not is_text(row.get("ts")):
        yield opened.fault("package-pages", where, "url and ts", repr(line[:60]))
    elif db.execute("SELECT 1 FROM lines WHERE url = ? LIMIT 1", (row["url"],)).fetchone() is None:
        wanted = f"an index line for {row['url'][:200]}"
        yield opened.fault("package-pages", where, wanted, "none", opened.custom)


def _plain_names(file: str) -> str:
    return final_name(Path(file.rsplit("/", 1)[-1]))


# ── transfer packages ───────────────────────────────────────────────────────────────────────────────────────────────


def check_bag(
    path: Path, scratch: Path, known: Callable[[str], bool] | None = None, held: Held | None = None
) -> Iterator[Fault]:
    """A BagIt transfer package: its manifests, and the WACZ in it."""
    try:
        bagit.Bag(str(path)).validate()
    except bagit.BagValidationError as error:
        details = [str(d) for d in error.details] or [str(error)]
        for detail in details:
            yield of_file("bag", str(path), "the files that its manifests list", detail)
    except (bagit.BagError, OSError, UnicodeDecodeError, ValueError) as error:
        yield of_file("bag", str(path), "a BagIt bag", str(error))
        return
    for wacz in sorted(path.glob("data/wacz/*.wacz")):
        yield from PackageCheck(wacz, scratch, known, held).faults()
