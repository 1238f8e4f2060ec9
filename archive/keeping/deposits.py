"""Packages and objects of OCFL that were written outside the collection, and which of them hold what was taken down.

Nobody reaches them from here: they are named until they are deleted or made again.
"""

from __future__ import annotations

import gzip
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Protocol

from archive.collection import clock
from archive.collection.folder import Collection, write_atomically
from archive.errors import ConfigError
from archive.ledger.chain import Entry
from archive.ledger.withheld import takedowns
from archive.warc.heads import parse_head
from archive.warc.http import MAX_HEAD

_INDEX = re.compile(r"indexes/.+\.cdxj?(?:\.gz)?")
#: What reading a package that is damaged, encrypted, or none, raises.
_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class Copy:
    """A package or an object elsewhere.

    :param at: when it was written
    :param away: the folder that it was written to is not there
    :param held: it holds what is withheld, or may hold it
    """

    path: Path
    at: str
    away: bool
    held: bool


def copies(collection: Collection) -> list[Copy]:
    """The packages and objects elsewhere that are there, or may be.

    :raises ConfigError: the notes cannot be read
    """
    known = _read(collection)
    if known is None:
        raise ConfigError(f"{_list(collection)} cannot be read")
    held = frozenset(holding_withheld(collection)) if known else frozenset()
    found = (
        Copy(path, str(row.get("at") or "") if isinstance(row, dict) else "", _may_be_there(path), path in held)
        for path, row in ((Path(name), row) for name, row in sorted(known.items()))
    )
    return [copy for copy in found if copy.away or copy.path.exists()]


def forget(collection: Collection, path: Path) -> None:
    """Take away the note of a package or an object that is gone.

    :raises ConfigError: it is there, or no note names it, or the notes cannot be read
    """
    known, name = _read(collection), str(path.absolute())
    if path.exists():
        raise ConfigError(f"{path}: is there; delete it first")
    if known is None:
        raise ConfigError(f"{_list(collection)} cannot be read")
    if name not in known:
        raise ConfigError(f"{name}: expected a package that {_list(collection)} names, found {sorted(known) or 'none'}")
    _write(collection, {other: row for other, row in known.items() if other != name})


def remember(collection: Collection, path: Path) -> None:
    """Note that a package or an object was written there; one inside the collection is found without a note.

    :raises ConfigError: the notes cannot be read; they are left as they are
    """
    if path.absolute().parent == collection.packages.absolute():
        return
    known = _read(collection)
    if known is None:
        raise ConfigError(f"{path}: is written, but {_list(collection)} cannot be read and does not name it")
    _write(collection, known | {str(path.absolute()): {"at": clock.stamp()}})


def holding_withheld(collection: Collection, captures: Iterable[str] | None = None) -> list[Path]:
    """Where captures that are withheld still are; what cannot be reached now may hold them.

    :param captures: record ids; all that are withheld without them
    :returns: the notes themselves where they cannot be read
    """
    known = _read(collection)
    if known == {}:
        return []
    held = takedowns(collection).held
    ids = frozenset(held if captures is None else captures) & held.keys()
    if not ids or known is None:
        return [_list(collection)] if ids else []
    stamps = _stamps([held[i] for i in ids], ids)
    return [path for path in map(Path, sorted(known)) if _may_be_there(path) or holds(path, ids, stamps)]


def _stamps(entries: list[Entry], ids: frozenset[str]) -> set[str]:
    """When the records were captured, as index lines have it."""
    records = (place for entry in entries for place in entry.data.get("records") or ())
    timestamp = import_module("archive.warc.cdxj").timestamp  # a daily check, which mostly finds no note, reads no WARC
    return {timestamp(str(place.get("date"))) for place in records if place.get("id") in ids}


def holds(path: Path, ids: frozenset[str], stamps: set[str]) -> bool:
    """Whether a package, a bag or an object of OCFL holds one of these records, captured then; one that cannot be read
    may hold it.
    """
    if (path / "inventory.json").exists():
        return any(_holds(version, ids, stamps) for version in _versions(path))
    inner = sorted(path.rglob("*.wacz")) if path.is_dir() else [path] if path.exists() else []
    return any(_in_zip(wacz, ids, stamps) for wacz in inner)


def _list(collection: Collection) -> Path:
    return collection.root / "deposits.json"


def _read(collection: Collection) -> dict[str, Any] | None:
    """The notes; ``None`` where they are there and cannot be read."""
    try:
        found = json.loads(_list(collection).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _write(collection: Collection, rows: dict[str, Any]) -> None:
    write_atomically(_list(collection), (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode())


def _may_be_there(path: Path) -> bool:
    """Whether the disk is away on which it is; what is gone from a folder that is there was deleted."""
    return not path.parent.exists()


# ── a package, or a version of an object ────────────────────────────────────────────────────────────────────────────


class _Package(Protocol):
    def namelist(self) -> list[str]: ...

    def open(self, name: str) -> IO[bytes]: ...


class _Version:
    """The package in a version of an object, its members as files."""

    def __init__(self, folder: Path, files: dict[str, str]) -> None:
        self.folder, self.files = folder, files

    def namelist(self) -> list[str]:
        return list(self.files)

    def open(self, name: str) -> IO[bytes]:
        return (self.folder / self.files[name]).open("rb")


def _versions(path: Path) -> Iterator[_Package]:
    """What each version of an object has, as its inventory says; without one that can be read, nothing."""
    try:
        inventory = json.loads((path / "inventory.json").read_bytes())
        for version in inventory["versions"].values():
            paths = {name: inventory["manifest"][digest][0] for digest, at in version["state"].items() for name in at}
            yield _Version(path, {n.removeprefix("wacz/"): f for n, f in paths.items() if n.startswith("wacz/")})
    except _UNREADABLE:
        yield _Version(path, {})


def _in_zip(path: Path, ids: frozenset[str], stamps: set[str]) -> bool:
    try:
        with zipfile.ZipFile(path) as package:
            return _holds(package, ids, stamps)
    except _UNREADABLE:
        return True


def _holds(package: _Package | zipfile.ZipFile, ids: frozenset[str], stamps: set[str]) -> bool:
    try:
        return any(_record_id(package, line) in ids for line in _lines(package) if line.split(" ", 2)[1] in stamps)
    except _UNREADABLE:
        return True


def _lines(package: _Package | zipfile.ZipFile) -> Iterator[str]:
    """The lines of the package's indexes.

    :raises KeyError: it has none
    """
    names = [name for name in package.namelist() if _INDEX.fullmatch(name)]
    if not names:
        raise KeyError("no index")
    for name in names:
        with package.open(name) as stream:
            lines: Iterable[bytes] = gzip.GzipFile(fileobj=stream) if name.endswith(".gz") else stream
            for line in lines:
                if not line.startswith(b"!"):
                    yield line.decode("utf-8")


def _record_id(package: _Package | zipfile.ZipFile, line: str) -> str:
    """The id of the record that an index line names."""
    fields = json.loads(line.split(" ", 2)[2])
    with package.open(f"archive/{fields['filename']}") as stream:
        stream.seek(int(fields["offset"]))
        data = stream.read(int(fields["length"]))
    head = zlib.decompressobj(31).decompress(data, MAX_HEAD) if data.startswith(b"\x1f\x8b") else data[:MAX_HEAD]
    headers = {name.lower(): value for name, value in parse_head(head.partition(b"\r\n\r\n")[0])[1]}
    found: str = import_module("archive.warc.records").bare_id(headers["warc-record-id"])
    return found
