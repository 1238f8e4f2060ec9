"""Where copies are kept: a folder, or what fsspec reaches by a URL (``s3://bucket/folder``).

A file gets its name there when all of it is there: in a folder by a rename, on S3 because an object appears when its
upload is complete.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from io import BufferedIOBase
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from archive.collection.files import fsync_folder
from archive.errors import ArchiveError, ConfigError

_CHUNK = 1 << 20  # bytes
#: Begins the name of what is not there completely.
PART = ".part-"


class Shelf(Protocol):
    """A place for a replica. Names are relative, with slashes."""

    @property
    def name(self) -> str:
        """The place as the operator wrote it."""

    def names(self) -> Iterator[str]:
        """Every file."""

    def open(self, name: str) -> BufferedIOBase:
        """A file's bytes.

        :raises FileNotFoundError: it is not there
        """

    def put(self, source: Path, name: str) -> str:
        """Copy a file there.

        :returns: SHA-256 of the bytes that were copied
        """


def digest_on(shelf: Shelf, name: str) -> str | None:
    """SHA-256 of a file of a replica, read back completely; ``None`` without it, or why it cannot be read, in words."""
    try:
        with shelf.open(name) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Exception as error:  # noqa: BLE001 - every protocol has errors of its own
        return f"a file that cannot be read ({type(error).__name__}: {error})"


def read_on(shelf: Shelf, name: str) -> bytes:
    """A file of a replica; empty without it."""
    try:
        with shelf.open(name) as stream:
            return stream.read()
    except (FileNotFoundError, NotADirectoryError):
        return b""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this machine: another disk, a mounted share."""

    root: Path

    @property
    def name(self) -> str:
        """See :class:`Shelf`."""
        return str(self.root)

    def names(self) -> Iterator[str]:
        """See :class:`Shelf`."""
        for folder, _, files in os.walk(self.root):
            yield from ((Path(folder) / file).relative_to(self.root).as_posix() for file in files)

    def open(self, name: str) -> BufferedIOBase:
        """See :class:`Shelf`."""
        return (self.root / name).open("rb")

    def put(self, source: Path, name: str) -> str:
        """See :class:`Shelf`."""
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{PART}{target.name}")
        try:
            with source.open("rb") as reading, part.open("wb") as writing:
                found = _copied(reading, writing)
                writing.flush()
                os.fsync(writing.fileno())
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        fsync_folder(target.parent)
        return found


def _copied(reading: BinaryIO | BufferedIOBase, writing: BinaryIO) -> str:
    found = hashlib.sha256()
    while data := reading.read(_CHUNK):
        found.update(data)
        writing.write(data)
    return found.hexdigest()


@dataclass(frozen=True, slots=True)
class Remote:
    """What fsspec reaches.

    :param system: the file system
    :param root: path of the replica in it
    :param whole: objects appear when they are complete; elsewhere a file is renamed
    """

    url: str
    system: Any
    root: str
    whole: bool

    @property
    def name(self) -> str:
        """See :class:`Shelf`."""
        return self.url

    def names(self, prefix: str = "") -> Iterator[str]:
        """See :class:`Shelf`.

        :param prefix: how they begin; a server that cannot choose gives all
        """
        self.system.invalidate_cache()
        more = {"prefix": prefix} if prefix and self.whole else {}
        try:
            found = _asked(self.url, lambda: self.system.find(self.root, **more))
        except FileNotFoundError as error:
            raise ArchiveError(f"{self.url}: {error}") from error
        yield from (str(path).removeprefix(self.root).lstrip("/") for path in found)

    def open(self, name: str) -> BufferedIOBase:
        """See :class:`Shelf`."""
        found: BufferedIOBase = _asked(self.url, lambda: self.system.open(f"{self.root}/{name}", "rb"))
        return found

    def put(self, source: Path, name: str) -> str:
        """See :class:`Shelf`."""
        target = f"{self.root}/{name}"
        folder, _, last = target.rpartition("/")
        part = target if self.whole else f"{folder}/{PART}{last}"

        def copy() -> str:
            if not self.whole:
                self.system.makedirs(folder, exist_ok=True)
            with source.open("rb") as reading:
                found = hashlib.file_digest(reading, "sha256").hexdigest()
            self.system.put_file(str(source), part)
            if not self.whole:
                self.system.mv(part, target)
            return found

        found: str = _asked(self.url, copy)
        self.system.invalidate_cache()
        return found

    def get(self, name: str, target: Path) -> None:
        """Copy a file from there; it gets its name when it is complete.

        :raises FileNotFoundError: it is not there
        :raises ArchiveError: the server refuses, or cannot be reached
        """
        part = target.with_name(f"{PART}{target.name}")
        _asked(self.url, lambda: self.system.get_file(f"{self.root}/{name}", str(part)))
        part.replace(target)

    def remove(self, name: str) -> None:
        """Remove a file, unless somebody else did."""
        with suppress(FileNotFoundError):
            _asked(self.url, lambda: self.system.rm_file(f"{self.root}/{name}"))
        self.system.invalidate_cache()


def _asked(url: str, ask: Callable[[], Any]) -> Any:
    """What a server says; what it does not do is an error with its name.

    :raises ArchiveError: it refuses, or cannot be reached
    """
    try:
        return ask()
    except FileNotFoundError:
        raise
    except Exception as error:  # every protocol has errors of its own
        raise ArchiveError(f"{url}: {type(error).__name__}: {error}") from error


def shelf_of(dest: str, collection: Path) -> Shelf:
    """The place of a replica.

    :param dest: a folder, or a URL
    :raises ConfigError: it is the collection or in it, its protocol is unknown, or its package is missing
    """
    if "://" not in dest:
        root = Path(dest).expanduser()
        here, there = collection.resolve(), root.resolve()
        if there == here or here in there.parents or there in here.parents:
            raise ConfigError(f"{dest}: a replica is beside the collection {collection}, not in it or around it")
        if root.exists() and not root.is_dir():
            raise ConfigError(f"{dest}: no folder")
        return Folder(root)
    try:
        core = import_module("fsspec.core")
        system, root = core.url_to_fs(dest)
    except ImportError as error:
        raise ConfigError(f"{dest}: {error}; `pip install 'fangtan[s3]'` brings S3") from error
    except Exception as error:
        raise ConfigError(f"{dest}: {error}") from error
    return Remote(dest, system, str(root).rstrip("/"), whole=dest.startswith(("s3://", "s3a://")))


def room_for(shelf: Shelf, size: int) -> None:
    """Refuse to fill a disk to its end.

    :raises ArchiveError: fewer bytes are free
    """
    if isinstance(shelf, Folder):
        with suppress(FileNotFoundError):
            free = shutil.disk_usage(shelf.root).free
            if free < size:
                raise ArchiveError(f"{shelf.name}: {free} bytes are free, {size} are needed 磁盘空间不足")
