"""Pages that people's own programs saved: a folder with a manifest, MHTML, HAR. They become ``resource`` records.

Nobody recorded the exchange, so none is made up: a record holds the page's bytes, its address and its day. The warcinfo
record says what they were made from.
"""

from __future__ import annotations

import base64
import binascii
import csv
import email
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.message import Message
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from archive.collection.urls import ascii_url, is_web
from archive.errors import ArchiveError
from archive.warc.heads import Headers
from archive.warc.write import digest, serialise

_IDS = uuid.UUID("3d8a4a0e-95b1-5f57-8f0b-7d5c2c1e6b44")
MANIFEST = ("manifest.csv", "manifest.jsonl")
_NAMES = {"文件": "file", "网址": "url", "日期": "date", "类型": "type"}
#: A time without a zone is one of Chinese clocks.
_HERE = timezone(timedelta(hours=8))
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
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
    with path.open("rb") as stream:
        head = stream.read(1 << 14)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{") and b'"log"' in start[:4096]:
        return "har"
    fields = head.partition(b"\r\n\r\n" if b"\r\n\r\n" in head else b"\n\n")[0].lower()
    return "mhtml" if b"content-type: multipart/related" in b" ".join(fields.split()) else ""


def records_of(path: Path) -> Iterator[bytes]:
    """The records, each a gzip member, the warcinfo record first.

    :raises ArchiveError: a file, a line or a date that cannot be read; no page at all
    """
    form = form_of(path)
    pages = list({"folder": _folder, "mhtml": _mhtml, "har": _har}[form](path))
    if not pages:
        raise ArchiveError(f"{path}: no saved page with a web address")
    whole = sha256(b"".join(sha256(f"{p.url} {p.date}".encode() + p.data).digest() for p in pages)).hexdigest()
    info = f"<urn:uuid:{uuid.uuid5(_IDS, whole)}>"
    text = (
        f"software: made from saved pages ({form}) by fangtan recompress\r\nformat: WARC File Format 1.1\r\n"
        f"description: made from {_one_line(path.name)}; the exchanges were not recorded\r\n"
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


def _date(text: str, where: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ArchiveError(
            f"{where}: expected a date such as 2024-05-01 or 2024-05-01T09:30, found {text!r}"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=_HERE)


def _read(path: Path) -> bytes:
    if path.stat().st_size > _MOST:
        raise ArchiveError(f"{path}: more than {_MOST} bytes")
    return path.read_bytes()


# ── a folder with a manifest ────────────────────────────────────────────────────────────────────────────────────────


def _folder(path: Path) -> Iterator[Page]:
    manifest = next(path / name for name in MANIFEST if (path / name).is_file())
    for number, row in _rows(manifest):
        yield _saved(path, row, f"{manifest}:{number}")


def _saved(folder: Path, row: dict[str, Any], where: str) -> Page:
    """The page of one line."""
    name, url = str(row.get("file") or ""), str(row.get("url") or "").strip()
    file = (folder / name).resolve()
    if not name or not file.is_file() or not file.is_relative_to(folder.resolve()):
        raise ArchiveError(f"{where}: file: no such file in the folder: {name[:200]!r}")
    if not is_web(url):
        raise ArchiveError(f"{where}: url: expected a web address, found {url[:200]!r}")
    return Page(url, _date(str(row.get("date") or ""), where), str(row.get("type") or "text/html"), _read(file))


def _rows(manifest: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Lines of a manifest with their numbers; names of columns in English or Chinese."""
    try:
        text = _read(manifest).decode("utf-8-sig")
        if manifest.suffix == ".csv":
            rows: list[Any] = list(csv.DictReader(text.splitlines()))
            first = 2
        else:
            rows, first = [json.loads(line) for line in text.splitlines() if line.strip()], 1
    except (ValueError, csv.Error, RecursionError) as error:
        raise ArchiveError(f"{manifest}: expected lines in UTF-8 with file, url and date ({error})") from error
    for number, row in enumerate(rows, first):
        if not isinstance(row, dict):
            raise ArchiveError(f"{manifest}:{number}: expected an object with file, url and date")
        yield number, {_NAMES.get(str(name).strip(), str(name).strip()): value for name, value in row.items()}


# ── MHTML and HAR ───────────────────────────────────────────────────────────────────────────────────────────────────


def _mhtml(path: Path) -> Iterator[Page]:
    try:
        message = email.message_from_bytes(_read(path))
        parts = list(message.walk())
    except RecursionError as error:
        raise ArchiveError(f"{path}: more parts within parts than can be read") from error
    try:
        date = parsedate_to_datetime(str(message["Date"]))
    except (TypeError, ValueError) as error:
        raise ArchiveError(f"{path}: expected a Date header, found {message['Date']!r}") from error
    date = date if date.tzinfo else date.replace(tzinfo=_HERE)
    first = str(message["Snapshot-Content-Location"] or "")
    for part in parts:
        url = str(part["Content-Location"] or first)
        if not part.is_multipart() and is_web(url):
            first = ""
            yield Page(url, date, _type_of(part), part.get_payload(decode=True) or b"")  # type: ignore[arg-type]


def _type_of(part: Message) -> str:
    charset = part.get_content_charset()
    return part.get_content_type() + (f"; charset={charset}" if charset else "")


def _har(path: Path) -> Iterator[Page]:
    try:
        entries = json.loads(_read(path))["log"]["entries"]
        for entry in entries:
            request, response, content = entry["request"], entry["response"], entry["response"].get("content") or {}
            if (
                request["method"] == "GET"
                and response["status"] == 200
                and content.get("text")
                and is_web(request["url"])
            ):
                yield _answer(entry, content, f"{path}: {request['url'][:200]}")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ArchiveError(f"{path}: no HAR file ({type(error).__name__}: {error})") from error


def _answer(entry: dict[str, Any], content: dict[str, Any], where: str) -> Page:
    """An answer's body as the browser kept it: text that it had decoded is UTF-8 now."""
    kind = str(content.get("mimeType") or "application/octet-stream")
    encoding = content.get("encoding")
    if encoding == "base64":
        text = "".join(str(content["text"]).split()).rstrip("=")
        try:
            data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError) as error:
            raise ArchiveError(f"{where}: no Base64") from error
    elif encoding:
        raise ArchiveError(f"{where}: encoding: expected base64 or none, found {str(encoding)[:40]!r}")
    else:
        data, kind = str(content["text"]).encode("utf-8", "replace"), f"{kind.partition(';')[0].strip()}; charset=utf-8"
    return Page(str(entry["request"]["url"]), _date(str(entry["startedDateTime"]), where), kind, data)
