"""Valid WARC files from what libraries hold: ARC, WARC in one gzip member, WARC in zstd. Each record has a member.

Records of WARC files keep their bytes. An ARC file says less: what it says becomes records with the same bytes, ids
made from the file's digest, and a warcinfo that names the file. The same file gives the same bytes.
"""

from __future__ import annotations

import os
import re
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from isal import igzip

from archive.collection.files import sha256_file
from archive.errors import ArchiveError, ConfigError
from archive.handover import saved_pages
from archive.warc.heads import Headers
from archive.warc.members import MAX_RECORD
from archive.warc.plain import RECORD_END
from archive.warc.records import Damage, scan
from archive.warc.unpack import form_of, packed_as, plain
from archive.warc.write import digest, serialise

_LEVEL = 2
_IDS = uuid.UUID("0f0f4d9a-6c1f-5d0b-8f0e-5a2f1b7c9d33")
_ENDINGS = re.compile(r"(?:\.(?:w?arc|gz|zst|zstd|har|mhtml?))+$", re.IGNORECASE)
_MAX_LINE = 1 << 16
_UNKNOWN = "application/octet-stream"
#: Both versions of the format: address, IP address, date, content type, in the second further fields, length.
_LINE = re.compile(r"(?P<url>.+?) (?P<ip>[0-9A-Fa-f.:]+) (?P<date>\d{4,17}) (?:(?P<rest>.*?) )??(?P<length>\d{1,15})")


@dataclass(frozen=True, slots=True)
class Recompressed:
    """What became of a file.

    :param form: what it was: ``arc``, ``warc`` with ``gzip``, ``zstd`` or nothing
    :param unread: saved pages that could not be read, each with its place and the reason; they are left out
    """

    form: str
    records: int
    unread: tuple[str, ...] = ()


def needed(path: Path) -> str:
    """What a file is that must be made valid before it comes in; empty for one that need not, or cannot be."""
    if not path.is_file() and not path.is_dir():
        return ""  # a pipe would be waited for
    if saved := saved_pages.form_of(path):
        return f"saved pages ({saved})"
    if path.is_dir():
        return ""
    packed = packed_as(path)
    try:
        kind = form_of(path)
    except ArchiveError:
        return packed if packed == "zstd" else ""  # what is wrong is said when it is unpacked, or verified
    if kind == "arc":
        return " ".join(filter(None, ("arc", packed)))
    if kind == "warc" and packed == "zstd":
        return "warc zstd"
    if kind == "warc" and packed == "gzip" and _several(path):
        return "warc gzip in one member"
    return ""


def _several(path: Path) -> bool:
    first = next(scan(path), None)
    return isinstance(first, Damage) and first.reason.startswith("several records")


def valid_name(path: Path) -> str:
    """The name of the file that is made."""
    return f"{_ENDINGS.sub('', path.name) or 'file'}.warc.gz"


def recompress(path: Path, target: Path) -> Recompressed:
    """Write a valid file; nothing is left of it when that fails.

    :raises ConfigError: the file is neither WARC nor ARC
    :raises ArchiveError: it is damaged
    """
    if saved := saved_pages.form_of(path):
        pages = saved_pages.read(path)
        count = _write(target, saved_pages.records(path, pages))
        return Recompressed(f"saved pages ({saved})", count, tuple(pages.unread))
    try:
        kind = form_of(path)
        if not kind:
            raise ConfigError(f"{path}: neither WARC nor ARC, plain or in gzip or zstd, nor saved pages")
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".plain-", suffix=".warc") as whole:
            with path.open("rb") as stream:
                for piece in plain(stream):
                    whole.write(piece)
            whole.flush()
            made = _arc_records(path, Path(whole.name)) if kind == "arc" else _warc_records(Path(whole.name))
            count = _write(target, made)
    except ArchiveError as error:
        raise ArchiveError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from error
    return Recompressed(" ".join(filter(None, (kind, packed_as(path)))), count)


def _write(target: Path, records: Iterator[bytes]) -> int:
    """Write records; the file has its name when all are there. How many they are."""
    room, count = target.with_name(f".{target.name}.{os.getpid()}"), 0
    try:
        with room.open("wb") as out:
            for record in records:
                out.write(record)
                count += 1
            out.flush()
            os.fsync(out.fileno())
        room.replace(target)
    finally:
        room.unlink(missing_ok=True)
    return count


def _warc_records(whole: Path) -> Iterator[bytes]:
    """Each record with its bytes; only what is behind it is made right."""
    with whole.open("rb") as stream:
        for found in scan(whole):
            if isinstance(found, Damage):
                raise ArchiveError(f"unpacked offset {found.offset}: {found.reason}")
            stream.seek(found.position.offset)
            data = stream.read(found.position.length - len(found.ending))
            yield bytes(igzip.compress(data + RECORD_END, _LEVEL, mtime=0))


# ── ARC ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _arc_records(path: Path, whole: Path) -> Iterator[bytes]:
    sha256 = sha256_file(path)
    with whole.open("rb") as stream:
        first = _next_arc(stream)
        assert first is not None  # its first bytes were looked at
        yield _info(path.name, sha256, first)
        while (found := _next_arc(stream)) is not None:
            yield _as_warc(found, sha256)


@dataclass(frozen=True, slots=True)
class _Arc:
    """A record of an ARC file, where its line begins in the unpacked file."""

    at: int
    url: str
    address: str
    date: str
    content_type: str
    data: bytes


def _next_arc(stream: BinaryIO) -> _Arc | None:
    """The next record; ``None`` at the end of the file.

    :raises ArchiveError: no record there
    """
    at, line = stream.tell(), stream.readline(_MAX_LINE)
    while line in (b"\n", b"\r\n"):
        at, line = stream.tell(), stream.readline(_MAX_LINE)
    if not line:
        return None
    said = _LINE.fullmatch(line.decode("utf-8", "replace").strip())
    size = int(said["length"]) if said else -1
    if said is None or size > MAX_RECORD:
        raise ArchiveError(f"unpacked offset {at}: no ARC record: {line[:60]!r}")
    data = stream.read(size)
    if len(data) < size:
        raise ArchiveError(f"unpacked offset {at}: the ARC record is cut off after {len(data)} of {size} bytes")
    return _Arc(at, said["url"], said["ip"], said["date"], (said["rest"] or "").partition(" ")[0].rstrip(";"), data)


def _id(sha256: str, name: str) -> str:
    return f"<urn:uuid:{uuid.uuid5(_IDS, f'{sha256} {name}')}>"


def _info(name: str, sha256: str, first: _Arc) -> bytes:
    """A warcinfo record that says where the records are from."""
    header = " ".join(first.data.decode("utf-8", "replace").split())[:2000]
    text = (
        f"software: made from an ARC file by fangtan recompress\r\nformat: WARC File Format 1.1\r\n"
        f"description: made from {name}, sha256 {sha256}\r\narc-header: {header}\r\n"
    ).encode()
    headers = [("WARC-Type", "warcinfo"), ("WARC-Record-ID", _id(sha256, "warcinfo")), ("WARC-Date", _date(first.date))]
    return serialise([*headers, ("Content-Type", "application/warc-fields"), ("WARC-Block-Digest", digest(text))], text)


def _as_warc(found: _Arc, sha256: str) -> bytes:
    """One capture: a response where the block is one, else a resource of the type that the ARC file says."""
    is_http = found.data[:5] == b"HTTP/"
    headers: Headers = [
        ("WARC-Type", "response" if is_http else "resource"),
        ("WARC-Record-ID", _id(sha256, str(found.at))),
        ("WARC-Date", _date(found.date)),
        ("WARC-Target-URI", "".join(f"%{ord(c):02X}" if c <= " " else c for c in found.url)),
        ("WARC-Warcinfo-ID", _id(sha256, "warcinfo")),
        ("Content-Type", "application/http; msgtype=response" if is_http else found.content_type or _UNKNOWN),
        ("WARC-Block-Digest", digest(found.data)),
    ]
    if found.address.strip("0."):
        headers.append(("WARC-IP-Address", found.address))
    return serialise(headers, found.data)


def _date(text: str) -> str:
    """A WARC-Date from the digits of an ARC date; what they leave out is the earliest."""
    digits = text[:14] + "00000101000000"[len(text) :]
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}T{digits[8:10]}:{digits[10:12]}:{digits[12:14]}Z"
