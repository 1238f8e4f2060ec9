"""A damaged or lost file is brought back from a replica: only bytes that the signed ledger vouches for."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import BinaryIO

from archive.collection.files import fsync_folder
from archive.collection.folder import Collection
from archive.collection.shelf import PART, Shelf, digest_on, shelf_of
from archive.errors import ArchiveError, ConfigError
from archive.keeping import holdings
from archive.keeping.holdings import Holding
from archive.keeping.replicas import LEDGER, LINES, known_replicas
from archive.keeping.seen import look_at
from archive.ledger import chain as ledger
from parsers.errors import FangtanError

_CHUNK = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done.

    :param was: digest of the damaged bytes, or what was there instead; ``None`` when the file was as it must be
    """

    name: str
    size: int
    was: str | None


def restore(
    collection: Collection, name: str, shelf: Shelf, key: str | None = None, heads: tuple[str, ...] = ()
) -> Restored:
    """Bring a file back.

    :param key: fingerprint of a key that the reader knows; ``heads``: hashes of entries that the reader holds
    :param name: from the collection's root (``archive/x.warc.gz``), or the last part alone where only one file has it
    :raises ConfigError: no file of the ledger has that name
    :raises ArchiveError: the ledger has faults, or the replica's bytes are others; nothing is changed then
    """
    said = holdings.look(collection, key, heads)
    if said.wrong is not None:
        raise ArchiveError(f"nothing is restored: the ledger cannot vouch for a file: {said.wrong}")
    holding = _named(collection, said, name)
    with collection.lock("replicate"):
        path = holdings.in_collection(collection, holding)
        seen = look_at(path)
        if seen.sha256 == holding.sha256:
            return Restored(holding.name, seen.size, None)
        if seen.sha256 is not None and seen.sha256 == holding.pending:
            raise ConfigError(f"{holding.name}: a takedown of it is under way; any command finishes it")
        size = _fetch(holding, path, shelf)
        was = seen.sha256 or seen.trouble or "missing"
        ledger.append(
            collection, {"type": "restore", "file": holding.name, "size": size, "sha256": holding.sha256, "was": was}
        )
    return Restored(holding.name, size, was)


def _named(collection: Collection, said: holdings.Ledger, name: str) -> Holding:
    wanted = name.removeprefix("./").strip("/")
    if wanted in (LEDGER, *LINES):
        raise ConfigError(
            f"{wanted}: no digest vouches for it: copy it by hand, then compare: `fangtan verify --key … --head …`"
        )
    every = _with_bags(collection, holdings.holdings(said.said))
    found = [h for h in every if wanted == h.name] or [h for h in every if h.name.endswith(f"/{wanted}")]
    if len(found) != 1:
        several = ", ".join(h.name for h in found[:5])
        raise ConfigError(
            f"{name}: " + (f"which one: {several}" if found else "the ledger vouches for no file of that name")
        )
    return found[0]


def _with_bags(collection: Collection, held: list[Holding]) -> list[Holding]:
    """Files of bags are known as far as the manifests that name them are as they were entered."""
    found = []
    for holding in held:
        found.append(holding)
        if holdings.is_manifest(holding) and look_at(holding.path(collection.root)).sha256 == holding.sha256:
            found += _with_bags(collection, holdings.listed_in(holding, collection.root))
    return found


def _fetch(holding: Holding, path: Path, shelf: Shelf) -> int:
    """Copy the replica's bytes beside the file; they take its place when they are the right ones.

    :returns: bytes
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}{PART}restore")
    try:
        with shelf.open(holding.name) as reading, part.open("wb") as writing:
            size, found = _copied(reading, writing, holding.size)
            writing.flush()
            os.fsync(writing.fileno())
        if found != holding.sha256:
            old = "; it is an earlier state of the file" if found in holding.earlier else ""
            raise ArchiveError(
                f"{shelf.name}/{holding.name}: expected sha256 {holding.sha256} (ledger entry {holding.entry}), "
                f"found {found}{old}; nothing was changed"
            )
        _make_way(path)
        part.replace(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ArchiveError(f"{shelf.name}/{holding.name}: no such file; nothing was changed") from error
    finally:
        part.unlink(missing_ok=True)
    fsync_folder(path.parent)
    return size


def _make_way(path: Path) -> None:
    """What stands in the file's place and is no file: an empty folder may go, others stay."""
    if path.is_dir() and not path.is_symlink():
        try:
            path.rmdir()
        except OSError as error:
            raise ArchiveError(f"{path}: a folder with files in the file's place; move it away") from error


def _copied(reading: BufferedIOBase, writing: BinaryIO, size: int | None) -> tuple[int, str]:
    """Copy; what is larger than it may be is not read to its end."""
    found, count = hashlib.sha256(), 0
    while data := reading.read(_CHUNK):
        count += len(data)
        found.update(data)
        if size is not None and count > size:
            return count, f"more than {size} bytes"
        writing.write(data)
    return count, found.hexdigest()


def cure(collection: Collection, holding: Holding) -> str | None:
    """Which command brings a damaged file back, in words: a replica that has it is looked for."""
    for replica in reversed(known_replicas(collection)):
        try:
            digest = digest_on(shelf_of(replica.dest, collection.root), holding.name)
        except FangtanError:
            continue
        if digest == holding.sha256:
            return f"`fangtan restore {holding.name} --from {replica.dest}`"
    return None
