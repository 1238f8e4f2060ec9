"""Folders in which something is made before it gets its name: gone when it is done, whoever was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def room_in(folder: Path, prefix: str) -> Iterator[Path]:
    """A folder of its own; removed at the end unless it was renamed. Those that killed processes left are removed, too.

    :param prefix: how the names of such folders begin
    """
    _sweep(folder, prefix)
    room = Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
    handle = os.open(room, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)  # it goes with the process: then the folder is nobody's
        room.chmod(0o755)
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)
        os.close(handle)


def _sweep(folder: Path, prefix: str) -> None:
    for room in folder.glob(f"{prefix}*"):
        with suppress(OSError):
            handle = os.open(room, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(room, ignore_errors=True)
            finally:
                os.close(handle)
