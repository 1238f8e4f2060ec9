"""A file as it is found: size and digest, or why there is none."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

_BUFFER = 256 << 10  # bytes


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was found.

    :param sha256: ``None`` where it could not be read
    :param trouble: why not, in words
    """

    size: int = 0
    sha256: str | None = None
    trouble: str | None = None


def look_at(path: Path) -> Seen:
    """Size and digest of a plain file; links are not followed."""
    try:
        with open(path, "rb", buffering=0, opener=_opener) as stream:
            size = os.fstat(stream.fileno()).st_size
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                return Seen(trouble="no plain file")
            return Seen(size, _digest(stream.fileno()))
    except FileNotFoundError:
        return Seen()
    except OSError as error:
        words = "a symbolic link" if path.is_symlink() else f"a file that cannot be read ({error.strerror})"
        return Seen(trouble=words)


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _digest(handle: int) -> str:
    found, buffer = hashlib.sha256(), bytearray(_BUFFER)
    view = memoryview(buffer)
    while count := os.readv(handle, [buffer]):
        found.update(view[:count])
    return found.hexdigest()
