"""Valid WARC files from what libraries hold: ARC, WARC in one gzip member, WARC in zstd. Each record has a member.

Records of WARC files keep their bytes. An ARC file says less: what it says becomes records with the same bytes, ids
made from the file's digest, and a warcinfo that names the file. The same file gives the same bytes.
"""

from __future__ import annotations

import gzip
import os
import re
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO

from isal import igzip

from archive.collection.files import sha256_file
from archive.errors import ArchiveError, ConfigError
from archive.handover import saved_pages
from archive.warc.heads import Headers
from archive.warc.members import MAX_RECORD
from archive.warc.plain import RECORD_END
from archive.warc.records import Damage, Record, scan
from archive.warc.unpack import GZIP, form_of, packed_as, plain
from archive.warc.write import digest, serialise

_LEVEL = 2
_IDS = uuid.UUID("0f0f4d9a-6c1f-5d0b-8f0e-5a2f1b7c9d33")
_ENDINGS = re.compile(r"(?:\.(?:w?arc|gz|zst|zstd|har|mhtml?))+$", re.IGNORECASE)
_MAX_LINE = 1 << 16
_UNKNOWN = "application/octet-stream"
#: Both versions of the format: address, IP address, date, content type, in the second further fields, length.
_LINE = re.compile(r"(?P<url>.+?) (?P<ip>[0-9A-Fa-f.:]+|-) (?P<date>\d{4,17}) (?:(?P<rest>.*?) )??(?P<length>\d{1,15})")
#: A line that is taken for a record's behind a damaged stretch: it has an address and a complete date.
_BEGINS = re.compile(rb"(?:https?|ftp|dns|metadata):.+ (?:[0-9A-Fa-f.:]+|-) \d{14} .*\d\r?\n")


@dataclass(slots=True)
class Recompressed:
    """What became of a file.

    :ivar form: what it was: ``arc``, ``warc`` with ``gzip``, ``zstd`` or nothing
    :ivar left_out: what could not be read, with place and reason: saved pages, stretches of a salvaged file
    """

    form: str
    records: int = 0
    left_out: list[str] = field(default_factory=list)


def needed(path: Path) -> str:
    """What a file is that must be made valid before it comes in; empty for one that need not, or cannot be."""
    if not path.is_file() and not path.is_dir():
        return ""  # a pipe would be waited for
    if saved := saved_pages.form_of(path):
        return f"saved pages ({saved})"
    return "" if path.is_dir() else _needed_of_file(path)


def _needed_of_file(path: Path) -> str:
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


def is_damaged(path: Path) -> bool:
    """Whether a WARC file has stretches that are no complete records, and others that may be."""
    return path.is_file() and any(isinstance(found, Damage) and not found.whole for found in scan(path))


def recompress(path: Path, target: Path, *, salvage: bool = False) -> Recompressed:
    """Write a valid file; nothing is left of it when that fails.

    :param salvage: of a damaged file the complete records; what is lost is named
    :raises ConfigError: the file is neither WARC nor ARC
    :raises ArchiveError: it is damaged, or nothing of it can be read
    """
    if saved := saved_pages.form_of(path):
        pages = saved_pages.read(path)
        return _write(target, saved_pages.records(path, pages), Recompressed(f"saved pages ({saved})", 0, pages.unread))
    try:
        kind = form_of(path)
        if not kind:
            raise ConfigError(f"{path}: neither WARC nor ARC, plain or in gzip or zstd, nor saved pages")
        made = Recompressed(" ".join(filter(None, (kind, packed_as(path)))))
        lost = made.left_out if salvage else None
        if lost is not None and kind == "warc" and _has_members(path):
            return _write(target, _warc_records(path, path, lost), made)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".plain-", suffix=".warc") as whole:
            _unpack(path, whole, lost)
            records_of = _arc_records if kind == "arc" else _warc_records
            return _write(target, records_of(path, Path(whole.name), lost), made)
    except ArchiveError as error:
        words = str(error).removeprefix(f"{path}: ")
        raise ArchiveError(f"{path}: {words}{'' if salvage else '; --salvage takes what is complete'}") from error


def _has_members(path: Path) -> bool:
    """Whether records of a WARC file can be read where they are: behind a damaged stretch, too."""
    return packed_as(path) != "zstd" and any(isinstance(found, Record) for found in scan(path))


def _unpack(path: Path, whole: IO[bytes], lost: list[str] | None) -> None:
    """The bytes without their compression; of a file that is to be salvaged those before its damage."""
    try:
        with path.open("rb") as stream:
            for piece in plain(stream):
                whole.write(piece)
    except ArchiveError as error:
        if lost is None:
            raise
        lost.append(f"{path}: {error}; what follows cannot be unpacked")
    whole.flush()


def _write(target: Path, records: Iterable[bytes], made: Recompressed) -> Recompressed:
    """Write records; the file has its name when all are there.

    :raises ArchiveError: there is no record
    """
    room = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with room.open("wb") as out:
            for record in records:
                out.write(record)
                made.records += 1
            out.flush()
            os.fsync(out.fileno())
        if not made.records:
            raise ArchiveError("; ".join(["no complete record", *made.left_out[:1]]))
        room.replace(target)
    finally:
        room.unlink(missing_ok=True)
    return made


def _warc_records(path: Path, whole: Path, lost: list[str] | None) -> Iterator[bytes]:
    """Each record with its bytes; only what is behind it is made right.

    :param whole: the file, or what was unpacked of it
    :param lost: takes the stretches that are no complete records
    :raises ArchiveError: there is one, and ``lost`` is ``None``
    """
    with whole.open("rb") as stream:
        for found in scan(whole):
            if isinstance(found, Record):
                stream.seek(found.position.offset)
                data = stream.read(found.position.length)
                data = gzip.decompress(data) if data.startswith(GZIP) else data
                yield bytes(igzip.compress(data.removesuffix(found.ending) + RECORD_END, _LEVEL, mtime=0))
                continue
            where = f"{'' if whole == path else 'unpacked '}offset {found.offset}"
            if lost is None:
                raise ArchiveError(f"{where}: {found.reason}")
            lost.append(f"{path}: {where}, {found.length} bytes: {found.reason}")


# ── ARC ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _arc_records(path: Path, whole: Path, lost: list[str] | None) -> Iterator[bytes]:
    sha256 = sha256_file(path)
    with whole.open("rb") as stream:
        first = _next_arc(stream)
        assert first is not None  # its first bytes were looked at
        yield _info(path.name, sha256, first)
        while True:
            try:
                found = _next_arc(stream)
            except ArchiveError as error:
                if lost is None:
                    raise
                lost.append(f"{path}: {error}")
                _to_next_arc(stream)
                continue
            if found is None:
                return
            yield _as_warc(found, sha256)


def _to_next_arc(stream: BinaryIO) -> None:
    """Go to the next line that may begin a record."""
    at = stream.tell()
    while (line := stream.readline(_MAX_LINE)) and not _BEGINS.fullmatch(line):
        at = stream.tell()
    stream.seek(at)


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
    said = _LINE.fullmatch(line.decode("utf-8", "surrogateescape").strip())
    size = int(said["length"]) if said else -1
    if said is None or size > MAX_RECORD:
        raise ArchiveError(f"unpacked offset {at}: no ARC record: {line[:60]!r}")
    data = stream.read(size)
    if len(data) < size:
        raise ArchiveError(f"unpacked offset {at}: the ARC record is cut off after {len(data)} of {size} bytes")
    kind = (said["rest"] or "").partition(" ")[0].rstrip(";").encode("ascii", "replace").decode()
    return _Arc(at, said["url"], said["ip"], said["date"], kind, data)


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
        ("WARC-Target-URI", _uri(found.url)),
        ("WARC-Warcinfo-ID", _id(sha256, "warcinfo")),
        ("Content-Type", "application/http; msgtype=response" if is_http else found.content_type or _UNKNOWN),
        ("WARC-Block-Digest", digest(found.data)),
    ]
    if found.address.strip("0.-"):
        headers.append(("WARC-IP-Address", found.address))
    return serialise(headers, found.data)


def _uri(text: str) -> str:
    """An address as a URI: the bytes of blanks and of other scripts are percent-encoded, whatever their charset."""
    return "".join(
        chr(byte) if 0x20 < byte < 0x7F else f"%{byte:02X}" for byte in text.encode("utf-8", "surrogateescape")
    )


def _date(text: str) -> str:
    """A WARC-Date from the digits of an ARC date; what they leave out is the earliest."""
    digits = text[:14] + "00000101000000"[len(text) :]
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}T{digits[8:10]}:{digits[10:12]}:{digits[12:14]}Z"
