"""Files of a collection: names of WARC files, digests, durable renames. It loads next to nothing."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path

#: What the name of a WARC file ends in while it is written.
OPEN_SUFFIX = ".open"


def final_name(path: Path) -> str:
    """The file's name without the suffix that an open one has, as text: bytes that are no UTF-8 are escaped."""
    return path.name.removesuffix(OPEN_SUFFIX).encode("utf-8", "backslashreplace").decode()


def instead(path: Path) -> str | None:
    """What stands in a file's place, in words; ``None`` for a plain file, a link to one, or nothing."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return "a link that leads nowhere" if path.is_symlink() else None
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
    return None if stat.S_ISREG(mode) else kinds.get(stat.S_IFMT(mode), "a device")


def require_plain(path: Path) -> Path:
    """The path itself, before it is opened: a pipe would be waited for, without end.

    :raises OSError: something else stands in its place
    """
    if path.exists() and (found := instead(path)) is not None:
        raise OSError(errno.EINVAL, f"no plain file: {found}")
    return path


def fsync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_file(path: Path) -> str:
    """Hexadecimal SHA-256 of a file, streamed."""
    with require_plain(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
