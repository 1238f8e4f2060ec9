"""What a file is, by its first bytes: WARC, WACZ, or something that is named."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

from archive.collection.files import require_plain
from archive.errors import ConfigError

#: What helps where records can be reached, and not as the file is.
VALID = "`fangtan import` takes it in, `fangtan recompress` makes a valid WARC file of it"
#: Containers that are not fangtan's, by their first bytes.
_PACKED = (
    (rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", "compressed with zstd (.warc.zst)", VALID),
    (rb"\x04\x22\x4d\x18", "compressed with LZ4", "unpack it first (`lz4 -d FILE`)"),
    (rb"BZh", "compressed with bzip2", "unpack it first (`bunzip2 FILE`)"),
    (rb"\xfd7zXZ\x00", "compressed with xz", "unpack it first (`xz -d FILE`)"),
    (rb"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first"),
    (rb"Rar!", "a RAR archive", "unpack it first"),
)  # fmt: skip


def kind_of(path: Path) -> str:
    """``warc`` or ``wacz``, by the first bytes.

    :raises ConfigError: neither, with what it is instead
    """
    try:
        with require_plain(path).open("rb") as stream:
            head = stream.read(16)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    if head.startswith(b"PK\x03\x04"):
        return "wacz"
    if head.startswith(b"\x1f\x8b"):
        _refuse_others(path, _first_of(path))
        return "warc"
    if head.startswith(b"WARC/"):
        return "warc"
    _refuse_others(path, head)
    if not head:
        raise ConfigError(f"{path}: an empty file")
    for mark, name, advice in _PACKED:
        if re.match(mark, head):
            raise ConfigError(f"{path}: {name}; {advice}")
    raise ConfigError(f"{path}: neither WARC nor WACZ; it begins with {head!r}")


def _first_of(path: Path) -> bytes:
    """The first decompressed bytes of a gzip file; none when it is damaged, which is reported when it is read."""
    with path.open("rb") as stream:
        try:
            return zlib.decompressobj(31).decompress(stream.read(4096), 16)
        except zlib.error:
            return b""


def _refuse_others(path: Path, head: bytes) -> None:
    """What may be in gzip, too, and is no WARC file."""
    if head.startswith(b"filedesc:"):
        raise ConfigError(f"{path}: an ARC file; {VALID}")
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        raise ConfigError(
            f"{path}: JSON, neither WARC nor WACZ. `fangtan import` takes a HAR file in. "
            "If it lists packages (Multi-WACZ), name the packages"
        )
