"""WACZ packages: every MUST of WACZ 1.1.1, the signature, the records and the index inside. Packages are hostile until shown otherwise."""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import io
import json
import re
import sqlite3
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import bagit

from archive.ledger import keys
from archive.verify.across import across
from archive.verify.fault import Fault, Level
from archive.verify.file import Task, check_file
from archive.verify.lines import load_lines
from archive.warc.records import final_name

MAX_MEMBERS = 100_000
MAX_JSON = 64 << 20
MAX_RATIO = 1000
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_OUTSIDE = ("datapackage.json", "datapackage-digest.json")
#: What zipfile raises over a damaged or unknown file; encrypted members are refused before they are read.
_BAD_ZIP = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError)


class PackageCheck:
    """Checks one package.

    :param known: ledger heads of the collection it lies in (its own head must be among them), ``None`` outside one
    """

    def __init__(self, path: Path, scratch: Path, known: Callable[[str], bool] | None = None) -> None:
        self.path, self.scratch, self.known = path, scratch, known
        self.records = 0
        self.own = False

    def fault(self, check: str, where: str, expected: str, found: str, level: Level = "fault") -> Fault:
        """A fault in a member of the package."""
        return Fault(check, f"{self.path}/{where}" if where else str(self.path), None, None, expected, found, level)

    def faults(self) -> Iterator[Fault]:
        """Everything that is wrong."""
        try:
            with zipfile.ZipFile(self.path) as package:
                members: dict[str, zipfile.ZipInfo] = {}
                for fault in self._members(package, members):
                    yield fault
                    if fault.check == "package-member":
                        return
                yield from self._contents(package, members)
        except _BAD_ZIP as error:
            yield self.fault("package-zip", "", "a readable ZIP file", f"{type(error).__name__}: {error}")

    def _members(self, package: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> Iterator[Fault]:
        infos = package.infolist()
        if len(infos) > MAX_MEMBERS:
            yield self.fault("package-member", "", f"at most {MAX_MEMBERS} members", str(len(infos)))
        for info in infos:
            name = info.filename
            if info.is_dir():
                continue
            if (
                name.startswith(("/", "\\"))
                or "\\" in name
                or ".." in name.split("/")
                or "\x00" in name
                or re.match(r"[A-Za-z]:", name)
            ):
                yield self.fault("package-member", "", "paths inside the package", repr(name[:200]))
            elif name in members:
                yield self.fault("package-member", name, "a name used once", "twice")
            elif stat.S_ISLNK(info.external_attr >> 16):
                yield self.fault("package-member", name, "a plain file", "a symbolic link")
            elif info.flag_bits & 1:
                yield self.fault("package-member", name, "a readable member", "an encrypted one")
            elif info.compress_type != zipfile.ZIP_STORED and info.file_size > max(
                1 << 20, info.compress_size * MAX_RATIO
            ):
                yield self.fault(
                    "package-member",
                    name,
                    f"a compression ratio below {MAX_RATIO}",
                    f"{info.file_size} bytes out of {info.compress_size}",
                )
            members[name] = info

    def _contents(self, package: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> Iterator[Fault]:
        data, description = b"", None
        if "datapackage.json" not in members:
            yield self.fault("package-missing", "datapackage.json", "a datapackage.json", "none")
        else:
            data = self._read(package, members["datapackage.json"])
            description = _json_object(data)
            if description is None:
                yield self.fault("package-json", "datapackage.json", "a JSON object", repr(data[:40]))
        self.own = str((description or {}).get("software", "")).startswith("fangtan/")
        yield from self._layout(members)
        if description is not None:
            yield from self._description(description)
            yield from self._resources(package, members, description)
            yield from self._digest(package, members, data, description)
            yield from self._ledger_head(package, members)
        yield from self._archive(package, members)

    def _read(self, package: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int = MAX_JSON) -> bytes:
        with package.open(info) as stream:
            return stream.read(limit)

    # ── description ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _layout(self, members: dict[str, zipfile.ZipInfo]) -> Iterator[Fault]:
        warcs = [n for n in members if re.fullmatch(r"archive/[^/]+\.warc(?:\.gz)?", n)]
        if not warcs:
            yield self.fault("package-missing", "archive/", "at least one WARC file", "none")
        for name in warcs:
            if members[name].compress_type != zipfile.ZIP_STORED:
                yield self.fault(
                    "package-stored", name, "a WARC file that is stored, not compressed", "a compressed member"
                )
        if not any(re.fullmatch(r"indexes/[^/]+\.(?:cdxj?(?:\.gz)?|idx)", n) for n in members):
            yield self.fault("package-missing", "indexes/", "an index", "none")
        if "pages/pages.jsonl" not in members:
            yield self.fault("package-missing", "pages/pages.jsonl", "a list of pages", "none")
        if "datapackage-digest.json" not in members:
            # Optional in the specification; without it nothing says whether datapackage.json was altered.
            level: Level = "fault" if self.own else "note"
            yield self.fault(
                "package-missing", "datapackage-digest.json", "the digest of datapackage.json", "none", level
            )

    def _description(self, description: dict[str, Any]) -> Iterator[Fault]:
        if description.get("profile") != "data-package":
            yield self.fault(
                "package-profile", "datapackage.json", 'profile "data-package"', repr(description.get("profile"))
            )
        version = description.get("wacz_version")
        if version not in ("1.0.0", "1.1.0", "1.1.1"):
            yield self.fault(
                "package-version",
                "datapackage.json",
                "wacz_version 1.0.0 to 1.1.1",
                repr(version),
                "fault" if version is None else "note",
            )
        created = description.get("created")
        if created is not None and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?", str(created)):
            yield self.fault("package-created", "datapackage.json", "created as an ISO time", repr(created))

    def _resources(
        self, package: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], description: dict[str, Any]
    ) -> Iterator[Fault]:
        resources = description.get("resources")
        if not isinstance(resources, list) or not resources:
            yield self.fault("package-resources", "datapackage.json", "a list of resources", repr(resources)[:60])
            return
        seen: set[str] = set()
        for resource in resources:
            path = resource.get("path") if isinstance(resource, dict) else None
            if not isinstance(path, str):
                yield self.fault("package-resources", "datapackage.json", "a resource with a path", repr(resource)[:80])
                continue
            if path in seen:
                yield self.fault("package-resources", "datapackage.json", "a resource listed once", path)
            seen.add(path)
            for name in ("name", "hash", "bytes"):
                if resource.get(name) in (None, ""):
                    yield self.fault("package-resources", path, f"a {name} in datapackage.json", "none")
            if not re.fullmatch(r"[-a-z0-9._/]+", str(resource.get("name") or "-")):
                level: Level = "fault" if self.own else "note"
                yield self.fault(
                    "package-resources",
                    path,
                    "a name of small letters, digits and -._/",
                    repr(resource["name"])[:80],
                    level,
                )
            if path not in members:
                yield self.fault("package-missing", path, "the file that datapackage.json lists", "none")
                continue
            yield from self._resource(package, members[path], resource)
        for name in sorted(set(members) - seen - set(_OUTSIDE)):
            yield self.fault("package-unlisted", name, "a file that datapackage.json lists", "one that it does not")

    def _resource(self, package: zipfile.ZipFile, info: zipfile.ZipInfo, resource: dict[str, Any]) -> Iterator[Fault]:
        digest, size = hashlib.sha256(), 0
        try:
            with package.open(info) as stream:
                while data := stream.read(1 << 20):
                    digest.update(data)
                    size += len(data)
        except _BAD_ZIP as error:
            yield self.fault("package-zip", info.filename, "a whole member", str(error))
            return
        if resource.get("bytes") != size:
            yield self.fault("package-bytes", info.filename, f"{resource.get('bytes')} bytes", f"{size}")
        claimed = str(resource.get("hash"))
        if claimed.startswith("sha256:") and claimed != f"sha256:{digest.hexdigest()}":
            yield self.fault("package-hash", info.filename, claimed, f"sha256:{digest.hexdigest()}")
        elif not _DIGEST.fullmatch(claimed):
            yield self.fault(
                "package-hash",
                info.filename,
                "a sha256 digest",
                claimed[:80],
                "note" if claimed.startswith("md5:") else "fault",
            )

    # ── signature ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _digest(
        self, package: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], data: bytes, description: dict[str, Any]
    ) -> Iterator[Fault]:
        where = "datapackage-digest.json"
        if where not in members:
            return
        said = _json_object(self._read(package, members[where]))
        if said is None:
            yield self.fault("package-json", where, "a JSON object", "something else")
            return
        found = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if said.get("path") != "datapackage.json":
            yield self.fault("package-digest", where, "path datapackage.json", repr(said.get("path")))
        if said.get("hash") != found:
            yield self.fault("package-digest", where, f"the digest {found}", str(said.get("hash")))
        signed = said.get("signedData")
        if signed is None:
            yield self.fault(
                "package-signature", where, "a signature", "none: anybody could have made this package", "note"
            )
        elif not isinstance(signed, dict):
            yield self.fault("package-signature", where, "signedData as an object", repr(signed)[:60])
        else:
            yield from self._signature(where, signed, found, description)

    def _signature(
        self, where: str, signed: dict[str, Any], found: str, description: dict[str, Any]
    ) -> Iterator[Fault]:
        if signed.get("hash") != found:
            yield self.fault("package-signature", where, f"a signature over {found}", f"one over {signed.get('hash')}")
        if signed.get("created") != description.get("created"):
            yield self.fault(
                "package-signature",
                where,
                f"created {description.get('created')} as in datapackage.json",
                str(signed.get("created")),
            )
        if "domain" in signed:
            yield self.fault(
                "package-signature",
                where,
                "an anonymous signature",
                f"one by the domain {signed['domain']}, which is not checked here",
                "note",
            )
            return
        try:
            public = base64.b64decode(str(signed.get("publicKey")), validate=True)
            signature = base64.b64decode(str(signed.get("signature")), validate=True)
        except (binascii.Error, ValueError):
            public = signature = b""
        if not keys.verify(public, keys.from_raw(signature), str(signed.get("hash")).encode()):
            yield self.fault(
                "package-signature", where, "a signature by the key that is named", "one that does not verify"
            )

    def _ledger_head(self, package: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> Iterator[Fault]:
        where = "fangtan/ledger-head.json"
        if where not in members:
            return
        head = _json_object(self._read(package, members[where])) or {}
        try:
            public = base64.b64decode(str(head.get("public_key") or ""), validate=True)
            signature = base64.b64decode(str(head.get("signature") or ""), validate=True)
        except (binascii.Error, ValueError):
            public = signature = b"?"
        if signature and not keys.verify(public, signature, str(head.get("head")).encode()):
            yield self.fault("package-head", where, "a signed ledger head", "a signature that does not verify")
        if self.known is not None and not self.known(str(head.get("head"))):
            yield self.fault("ledger-head", where, f"the entry {str(head.get('head'))[:16]}… in the ledger of this collection",
                             "no such entry: entries were removed or rewritten")  # fmt: skip

    # ── records, index, pages ───────────────────────────────────────────────────────────────────────────────────────

    def _lost(self, package: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> frozenset[str]:
        """Records that the package says it lacks because they were damaged: a revisit of one is no fault of the package."""
        info = members.get("fangtan/lost.jsonl")
        try:
            lines = self._read(package, info).splitlines() if info is not None else []
        except _BAD_ZIP:
            return frozenset()  # reported with the digests
        rows = (_json_object(line) or {} for line in lines)
        return frozenset(str(row["record"]) for row in rows if row.get("record"))

    def _archive(self, package: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> Iterator[Fault]:
        lines = self.scratch / "package.lines"
        try:
            yield from load_lines(lines, self._lines(package, members), str(self.path), _plain_names)
        except (ValueError, *_BAD_ZIP) as error:
            yield self.fault("package-index", "indexes/", "CDXJ lines", str(error)[:200])
            return
        names = [n for n in members if re.fullmatch(r"archive/[^/]+\.warc(?:\.gz)?", n)]
        for name in names:
            path = self.scratch / name.rsplit("/", 1)[1]
            try:
                with package.open(members[name]) as source, path.open("wb") as target:
                    while data := source.read(1 << 20):
                        target.write(data)
            except _BAD_ZIP as error:
                yield self.fault("package-zip", name, "a whole member", str(error))
                continue
            result = check_file(Task(path, self.scratch, own=None, lines=lines))
            path.unlink()
            self.records += result.records
            yield from (replace(f, file=f"{self.path}/{name}") for f in result.faults)
        found = across(self.scratch, strict=self.own, destroyed=self._lost(package, members))
        yield from (replace(f, file=f"{self.path}/archive/{f.file}") for f in found)
        db = sqlite3.connect(lines)
        try:
            for (file,) in db.execute("SELECT DISTINCT file FROM lines").fetchall():
                if f"archive/{file}" not in members:
                    yield self.fault("package-index", "indexes/", f"the WARC file {file} that index lines name", "none")
            yield from self._pages(package, members, db)
        finally:
            db.close()
            lines.unlink()

    def _lines(self, package: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> Iterator[str]:
        for name in sorted(members):
            if not re.fullmatch(r"indexes/[^/]+\.cdxj?(?:\.gz)?", name):
                continue
            with package.open(members[name]) as stream:
                source = gzip.GzipFile(fileobj=stream) if name.endswith(".gz") else stream
                for line in io.TextIOWrapper(source, "utf-8"):
                    if not line.startswith("!"):
                        yield line.rstrip("\n")

    def _pages(
        self, package: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], db: sqlite3.Connection
    ) -> Iterator[Fault]:
        where = "pages/pages.jsonl"
        if where not in members:
            return
        with package.open(members[where]) as stream:
            for number, line in enumerate(io.TextIOWrapper(stream, "utf-8", "replace"), 1):
                if len(line) > MAX_JSON:
                    yield self.fault(
                        "package-pages", f"{where}:{number}", "a line of reasonable length", f"{len(line)} characters"
                    )
                    return
                row = _json_object(line.encode()) if line.strip() else None
                if row is None:
                    yield self.fault("package-pages", f"{where}:{number}", "a JSON object", repr(line[:60]))
                elif number == 1:
                    if row.get("format") != "json-pages-1.0":
                        yield self.fault(
                            "package-pages", f"{where}:1", "format json-pages-1.0", repr(row.get("format"))
                        )
                elif not isinstance(row.get("url"), str) or not isinstance(row.get("ts"), str):
                    yield self.fault("package-pages", f"{where}:{number}", "url and ts", repr(line[:60]))
                elif not self._has(db, row["url"]):
                    yield self.fault(
                        "package-pages",
                        f"{where}:{number}",
                        f"an index line for {row['url'][:200]}",
                        "none",
                        "fault" if self.own else "note",
                    )

    @staticmethod
    def _has(db: sqlite3.Connection, url: str) -> bool:
        return db.execute("SELECT 1 FROM lines WHERE url = ? LIMIT 1", (url,)).fetchone() is not None


def check_bag(path: Path, scratch: Path, known: Callable[[str], bool] | None = None) -> Iterator[Fault]:
    """A BagIt transfer package: its manifests, and the WACZ in it."""
    try:
        bagit.Bag(str(path)).validate()
    except bagit.BagValidationError as error:
        details = [str(d) for d in error.details] or [str(error)]
        for detail in details:
            yield Fault("bag", str(path), None, None, "the files that its manifests list", detail)
    except (bagit.BagError, OSError, UnicodeDecodeError, ValueError) as error:
        yield Fault("bag", str(path), None, None, "a BagIt bag", str(error))
        return
    for wacz in sorted(path.glob("data/wacz/*.wacz")):
        yield from PackageCheck(wacz, scratch, known).faults()


def _plain_names(file: str) -> str:
    return final_name(Path(file.rsplit("/", 1)[-1]))


def _json_object(data: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def head_in(path: Path) -> str | None:
    """The ledger head that a package carries; ``None`` when it has none that can be read."""
    try:
        with zipfile.ZipFile(path) as package:
            head = _json_object(package.read("fangtan/ledger-head.json"))
    except (KeyError, *_BAD_ZIP):
        return None
    return str(head.get("head")) if head else None
