"""Files of a collection: names of WARC files, digests, durable renames. It loads next to nothing."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

#: What the name of a WARC file ends in while it is written.
OPEN_SUFFIX = ".open"


def final_name(path: Path) -> str:
    """The file's name without the suffix that an open one has."""
    return path.name.removesuffix(OPEN_SUFFIX)


def fsync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_file(path: Path) -> str:
    """Hexadecimal SHA-256 of a file, streamed."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
