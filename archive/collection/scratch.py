"""Folders in which something is made before it gets its name: gone when it is done, whoever was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archive.errors import ConfigError

#: How the names of copies end that are not complete yet.
COPY_SUFFIX = ".importing"
#: How folders begin in which files are made that are to come in.
IMPORT_ROOM = ".import-"


@contextmanager
def room_in(folder: Path, prefix: str) -> Iterator[Path]:
    """A folder of its own; removed at the end unless it was renamed. Those that killed processes left are removed, too.

    :param prefix: how the names of such folders begin
    """
    sweep(folder, prefix)
    room = Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
    handle = os.open(room, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)  # it goes with the process: then the folder is nobody's
        room.chmod(0o755)
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)
        os.close(handle)


def named(room: Path, final: Path) -> None:
    """Give a folder that is complete its name.

    :raises ConfigError: something of that name came meanwhile; it stays as it is
    """
    try:
        room.rename(final)
    except OSError as error:
        if not os.path.lexists(final):
            raise
        raise ConfigError(f"{final}: came meanwhile, perhaps of another command; name another folder") from error


@contextmanager
def copy_of(source: Path, temporary: Path) -> Iterator[Path]:
    """A copy on the disk, to be renamed; removed at the end unless it was. One that a killed process left goes with
    :func:`sweep_copies`.
    """
    with temporary.open("wb") as stream, source.open("rb") as reading:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX)
            shutil.copyfileobj(reading, stream, 1 << 20)
            stream.flush()
            os.fsync(stream.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)


def sweep_copies(folder: Path) -> None:
    """Remove copies that nobody makes any more."""
    for copy in folder.glob(f".*{COPY_SUFFIX}"):
        with suppress(OSError), copy.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            copy.unlink(missing_ok=True)


def sweep(folder: Path, prefix: str) -> None:
    """Remove such folders that killed processes left."""
    for room in folder.glob(f"{prefix}*"):
        with suppress(OSError):
            handle = os.open(room, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(room, ignore_errors=True)
            finally:
                os.close(handle)
