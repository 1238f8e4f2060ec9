"""What a file is, by its first bytes: WARC, WACZ, or something that is named."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

from archive.collection.files import require_plain
from archive.errors import ConfigError

#: What helps where records can be reached, and not as the file is.
VALID = "`fangtan import` takes it in, `fangtan recompress` makes a valid WARC file of it"
#: Bytes that say what a file is; the headers of a saved page are among them.
_HEAD = 1 << 14
#: Containers that are not fangtan's, by their first bytes.
_PACKED = (
    (rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", "compressed with zstd (.warc.zst)", VALID),
    (rb"\x04\x22\x4d\x18", "compressed with LZ4", "unpack it first (`lz4 -d FILE`)"),
    (rb"BZh", "compressed with bzip2", "unpack it first (`bunzip2 FILE`)"),
    (rb"\xfd7zXZ\x00", "compressed with xz", "unpack it first (`xz -d FILE`)"),
    (rb"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first"),
    (rb"Rar!", "a RAR archive", "unpack it first"),
)  # fmt: skip


def is_mhtml(head: bytes) -> bool:
    """Whether a file begins as a page that a browser saved with its parts (MHTML)."""
    fields = b" ".join(head.partition(b"\r\n\r\n" if b"\r\n\r\n" in head else b"\n\n")[0].lower().split())
    single = b"mime-version:" in fields and b"content-location:" in fields
    return b"content-type: multipart/related" in fields or single


def kind_of(path: Path) -> str:
    """``warc`` or ``wacz``, by the first bytes.

    :raises ConfigError: neither, with what it is instead
    """
    try:
        with require_plain(path).open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    if head.startswith(b"PK\x03\x04"):
        return "wacz"
    if head.startswith(b"\x1f\x8b"):
        first = _first_of(path)
        if not first.startswith(b"WARC/"):
            _refuse_others(path, first)
        return "warc"
    if head.startswith(b"WARC/"):
        return "warc"
    _refuse_others(path, head)
    if not head:
        raise ConfigError(f"{path}: an empty file")
    for mark, name, advice in _PACKED:
        if re.match(mark, head):
            raise ConfigError(f"{path}: {name}; {advice}")
    raise ConfigError(f"{path}: neither WARC nor WACZ; it begins with {head[:16]!r}")


def _first_of(path: Path) -> bytes:
    """The first decompressed bytes of a gzip file; none when it is damaged, which is reported when it is read."""
    with path.open("rb") as stream:
        try:
            return zlib.decompressobj(31).decompress(stream.read(_HEAD), _HEAD)
        except zlib.error:
            return b""


def _refuse_others(path: Path, head: bytes) -> None:
    """What may be in gzip, too, and is no WARC file."""
    if head.startswith(b"filedesc:"):
        raise ConfigError(f"{path}: an ARC file; {VALID}")
    if is_mhtml(head):
        raise ConfigError(
            f"{path}: a saved page (MHTML), neither WARC nor WACZ. `fangtan import` takes it in. "
            "这是保存的网页（MHTML），请用 fangtan import 导入。"
        )
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        raise ConfigError(
            f"{path}: JSON, neither WARC nor WACZ. `fangtan import` takes a HAR file in. "
            "If it lists packages (Multi-WACZ), name the packages"
        )
