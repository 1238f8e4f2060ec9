"""Pages that people's own programs saved: a folder with a manifest, MHTML, HAR. They become ``resource`` records.

Nobody recorded the exchange, so none is made up: a record holds the page's bytes, its address and its day. The warcinfo
record says what they were made from, and how much of that is no page or could not be read.
"""

from __future__ import annotations

import base64
import binascii
import csv
import email
import json
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from archive.collection.urls import ascii_url, is_web
from archive.errors import ArchiveError
from archive.handover.manifests import date_of, in_utc, rows
from archive.verify import is_mhtml
from archive.warc.heads import Headers
from archive.warc.unpack import plain
from archive.warc.write import digest, serialise

_IDS = uuid.UUID("3d8a4a0e-95b1-5f57-8f0b-7d5c2c1e6b44")
MANIFEST = ("manifest.csv", "manifest.jsonl")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
MADE_FROM = "made from saved pages"
UNREAD = "pages that could not be read"
_MOST = 512 << 20  # bytes of a HAR or MHTML file, or of one saved page


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was saved."""

    url: str
    date: datetime
    content_type: str
    data: bytes


def form_of(path: Path) -> str:
    """``folder``, ``mhtml``, ``har``, or empty for what is none of them."""
    if path.is_dir():
        return "folder" if any((path / name).is_file() for name in MANIFEST) else ""
    try:
        with path.open("rb") as stream:
            head = next(plain(stream), b"")[: 1 << 14]
    except ArchiveError:
        return ""  # what is wrong is said when it is unpacked, or verified
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{") and b'"log"' in start[:4096]:
        return "har"
    return "mhtml" if is_mhtml(head) else ""


@dataclass(slots=True)
class Saved:
    """What a file or folder of saved pages holds.

    :ivar skipped: what is no page that was answered, counted by what it is
    :ivar unread: pages that could not be read, each with its place and the reason
    """

    form: str
    pages: list[Page] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    unread: list[str] = field(default_factory=list)

    def add(self, make: Callable[[], Page], where: str) -> None:
        """Take a page in; one that cannot be read leaves the others alone."""
        try:
            self.pages.append(make())
        except ArchiveError as error:
            self.unread.append(f"{where}: {error}")


def read(path: Path) -> Saved:
    """The pages.

    :raises ArchiveError: a file that cannot be read as what it is; no page at all
    """
    saved = Saved(form_of(path))
    {"folder": _folder, "mhtml": _mhtml, "har": _har}[saved.form](path, saved)
    if not saved.pages:
        raise ArchiveError("\n".join(saved.unread) or f"{path}: no saved page with a web address")
    return saved


def records(path: Path, saved: Saved) -> Iterator[bytes]:
    """The records, each a gzip member, the warcinfo record first."""
    pages = saved.pages
    whole = sha256(b"".join(sha256(f"{p.url} {p.date}".encode() + p.data).digest() for p in pages)).hexdigest()
    info = f"<urn:uuid:{uuid.uuid5(_IDS, whole)}>"
    skipped = [(what, count) for what, count in sorted(saved.skipped.items())]
    skipped += [(UNREAD, len(saved.unread))] if saved.unread else []
    text = (
        f"software: {MADE_FROM} ({saved.form}) by fangtan recompress\r\nformat: WARC File Format 1.1\r\n"
        f"description: made from {_one_line(path.name)}; the exchanges were not recorded\r\n"
        + (f"left-out: {', '.join(f'{count} {what}' for what, count in skipped)}\r\n" if skipped else "")
    ).encode()
    first = min(page.date for page in pages)
    yield _record("warcinfo", info, first, [("Content-Type", "application/warc-fields")], text)
    for number, page in enumerate(pages):
        more = [
            ("WARC-Target-URI", ascii_url(page.url)),
            ("WARC-Warcinfo-ID", info),
            ("Content-Type", _one_line(page.content_type) or "application/octet-stream"),
        ]
        yield _record("resource", f"<urn:uuid:{uuid.uuid5(_IDS, f'{whole} {number}')}>", page.date, more, page.data)


def _record(kind: str, identifier: str, date: datetime, more: Headers, block: bytes) -> bytes:
    stamp = f"{date.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    headers = [("WARC-Type", kind), ("WARC-Record-ID", identifier), ("WARC-Date", stamp), *more]
    return serialise([*headers, ("WARC-Block-Digest", digest(block))], block)


def _one_line(text: str) -> str:
    """The first line of a text of others: what follows it would be a header of the record."""
    return _CONTROL.split(text.strip(), maxsplit=1)[0].strip()


def _read(path: Path) -> bytes:
    """The bytes of a file, without gzip or zstd around them."""
    data = bytearray()
    try:
        with path.open("rb") as stream:
            for piece in plain(stream):
                data += piece
                if len(data) > _MOST:
                    raise ArchiveError(f"more than {_MOST} bytes")
    except ArchiveError as error:
        raise ArchiveError(f"{path}: {error}") from error
    return bytes(data)


# ── a folder with a manifest ────────────────────────────────────────────────────────────────────────────────────────


def _folder(path: Path, saved: Saved) -> None:
    manifest = next(path / name for name in MANIFEST if (path / name).is_file())
    try:
        for number, row in rows(_read(manifest), of_json=manifest.suffix != ".csv"):
            saved.add(partial(_page_of_row, path, row), f"{manifest}:{number}")
    except (ValueError, csv.Error) as error:
        raise ArchiveError(f"{manifest}: expected lines with file, url and date ({error})") from error


def _page_of_row(folder: Path, row: dict[str, Any] | None) -> Page:
    if row is None:
        raise ArchiveError("expected an object with file, url and date")
    file, url, date, kind = (str(row.get(column) or "").strip() for column in ("file", "url", "date", "type"))
    if not _is_inside(folder, file):
        file = file.replace("\\", "/")  # as Windows writes it
    if not _is_inside(folder, file):
        raise ArchiveError(f"file: no such file in the folder: {file[:200]!r}")
    if not is_web(url):
        raise ArchiveError(f"url: expected a web address, found {url[:200]!r}")
    return Page(url, date_of(date), kind or "text/html", _read(folder / file))


def _is_inside(folder: Path, name: str) -> bool:
    try:
        file = (folder / name).resolve()
        return file.is_file() and file.is_relative_to(folder.resolve())
    except (ValueError, OSError):  # a NUL, a name that is too long
        return False


# ── MHTML and HAR ───────────────────────────────────────────────────────────────────────────────────────────────────


def _mhtml(path: Path, saved: Saved) -> None:
    try:
        message = email.message_from_bytes(_read(path).lstrip(b"\xef\xbb\xbf"))
        parts = [part for part in message.walk() if not part.is_multipart()]
    except RecursionError as error:
        raise ArchiveError(f"{path}: more parts within parts than can be read") from error
    said = _header(message, "Date")
    try:
        date = in_utc(parsedate_to_datetime(said))
    except (TypeError, ValueError, OverflowError) as error:
        raise ArchiveError(f"{path}: expected a Date header, found {said[:40]!r}") from error
    first = _header(message, "Snapshot-Content-Location")
    for part in parts:
        url = _header(part, "Content-Location") or first
        if is_web(url):
            first = ""
            data: Any = part.get_payload(decode=True) or b""
            saved.pages.append(Page(url, date, _type_of(part), data))
        else:
            saved.skipped["parts without a web address"] += 1


def _header(part: Message, name: str) -> str:
    """A header in one line: encoded words (Chrome) are decoded, raw bytes are UTF-8 or GBK."""
    text = next((str(value) for key, value in part.raw_items() if key.lower() == name.lower()), "")
    raw = re.sub(r"\r?\n[ \t]+", "", text).encode("utf-8", "surrogateescape")
    try:
        text = raw.decode("utf-8")
    except ValueError:
        text = raw.decode("gb18030", "replace")
    try:
        return str(make_header(decode_header(text))).strip()
    except (ValueError, LookupError, HeaderParseError):
        return text.strip()


def _type_of(part: Message) -> str:
    charset = part.get_content_charset()
    return part.get_content_type() + (f"; charset={charset}" if charset else "")


def _har(path: Path, saved: Saved) -> None:
    try:
        entries = json.loads(_read(path))["log"]["entries"]
        if not isinstance(entries, list):
            raise TypeError("expected a list of entries")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ArchiveError(f"{path}: no HAR file ({type(error).__name__}: {error})") from error
    for number, entry in enumerate(entries, 1):
        where = f"{path}: entry {number}"
        try:
            if reason := _no_page(entry):
                saved.skipped[reason] += 1
                continue
            where += f" ({entry['request']['url'][:200]!r})"
        except (KeyError, TypeError, AttributeError):
            saved.unread.append(f"{where}: expected an object with request and response")
            continue
        saved.add(partial(_answer, entry), where)


def _no_page(entry: dict[str, Any]) -> str:
    """What an entry is that holds no page of a web address; empty for one that does."""
    request, response = entry["request"], entry["response"]
    if not is_web(request["url"]):
        return "entries without a web address"
    if request["method"] != "GET" or response["status"] != 200:
        return "answers other than 200 to GET"
    return "" if (response.get("content") or {}).get("text") else "answers without a body"


def _answer(entry: dict[str, Any]) -> Page:
    """An answer's body as the browser kept it: text that it had decoded is UTF-8 now."""
    content = entry["response"]["content"]
    kind = str(content.get("mimeType") or "application/octet-stream")
    encoding = content.get("encoding")
    if str(encoding).lower() == "base64":
        text = "".join(str(content["text"]).split()).rstrip("=")
        try:
            data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError) as error:
            raise ArchiveError("no Base64") from error
    elif encoding:
        raise ArchiveError(f"encoding: expected base64 or none, found {str(encoding)[:40]!r}")
    else:
        data, kind = str(content["text"]).encode("utf-8", "replace"), f"{kind.partition(';')[0].strip()}; charset=utf-8"
    return Page(str(entry["request"]["url"]), date_of(str(entry.get("startedDateTime") or "")), kind, data)
