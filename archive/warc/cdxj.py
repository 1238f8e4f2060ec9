"""The CDXJ index, sorted, one line per response or revisit, as cdxj-indexer with ``--post-append`` writes it.

What differs is named in docs/archives.md. Answers 304 have no line: replay would show them as blank pages in
place of the capture that they confirm. They stay in WARC and in the store.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import json
import os
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from archive.collection.files import require_plain
from archive.collection.urls import surt_of
from archive.warc.http import Message, entity_sha256
from archive.warc.post_query import post_query
from archive.warc.records import Record, bare_id

#: An answer 304, as a line has it: quotes inside an address are escaped.
_NOT_MODIFIED = '"status": "304"'
#: Records of other schemes hold no HTTP message to any reader.
_HTTP = re.compile(r"https?:", re.IGNORECASE)
#: What a date lacks that says a year or a month only, by its length.
_FIRST = {4: "-01-01", 7: "-01"}
_MIME_END = re.compile(r"[;\s]")
_surt = lru_cache(maxsize=4096)(surt_of)


def indexed(record: Record) -> bool:
    """Whether a record has a line: responses, revisits, and resources and metadata that are pages in their own
    right.
    """
    if record.type in ("response", "revisit"):
        return True
    return record.type in ("resource", "metadata") and record.get("Content-Type") != "application/warc-fields"


def shown(line: str) -> bool:
    """Whether replay may be led to the record of a line: an answer 304 has nothing to show."""
    return _NOT_MODIFIED not in line


def line_of(record: Record, request: Record | None = None, payload: bytes | None = None) -> str | None:
    """The CDXJ line of a record, ``None`` for those that have none.

    :param request: the last request before the record, or the one behind it; when it is the one that was answered,
        the body of a POST becomes part of the key
    :param payload: SHA-256 of the payload, when it is known already
    """
    if not indexed(record) or not record.target:
        return None
    url = record.target
    fields: dict[str, str] = {"url": url}
    message = record.http if record.type in ("response", "revisit") and _HTTP.match(url) else None
    if (mime := _mime(record, message)) is not None:
        fields["mime"] = _MIME_END.split(mime, maxsplit=1)[0].strip()
    if message is not None and len(message.start_line.split()) > 1:
        fields["status"] = message.start_line.split(None, 2)[1].decode("latin-1")
    fields["digest"] = record.get("WARC-Payload-Digest") or _digest(record, payload)
    position = record.position
    fields |= {"length": str(position.length), "offset": str(position.offset), "filename": position.warc_file}
    key = url
    if request is not None and (posted := _posted(record, request)) is not None:
        fields |= posted
        key = _posted_key(url, **posted)
    return f"{_surt(key)} {timestamp(record.get('WARC-Date') or '')} {json.dumps(fields)}"


def _mime(record: Record, message: Message | None) -> str | None:
    if record.type == "revisit":
        return "warc/revisit"
    if message is None:
        return None if record.type == "response" else record.get("Content-Type")
    text = message.get("content-type")
    try:
        return text and text.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return text


def _posted(record: Record, asked: Record) -> dict[str, str] | None:
    """Body and method of the request for a response, when it carries one."""
    if record.type != "response" or asked.target != record.target or not _are_one(asked, record):
        return None
    request = asked.http
    method = request.start_line.split(b" ")[0].decode("latin-1").upper()
    return {"requestBody": post_query(request), "method": method} if method in ("POST", "PUT") else None


def _are_one(asked: Record, record: Record) -> bool:
    """Whether request and response are beside each other in their file, and the second names the first."""
    first, second = sorted((asked, record), key=lambda one: one.position.offset)
    beside = first.position.offset + first.position.length == second.position.offset
    return beside and bare_id(second.get("WARC-Concurrent-To")) == first.id


def _posted_key(url: str, method: str, requestBody: str) -> str:  # noqa: N803 - the index's own name
    return f"{url}{'&' if '?' in url else '?'}__wb_method={method}" + (f"&{requestBody}" if requestBody else "")


def _digest(record: Record, payload: bytes | None) -> str:
    if payload is None:
        answered = record.type in ("response", "revisit")
        payload = entity_sha256(record.http)[0] if answered else hashlib.sha256(record.raw).digest()
    return "sha256:" + base64.b32encode(payload).decode()


def timestamp(date: str) -> str:
    """A WARC date as 14 digits of UTC, a year or a month as its first moment; what is no date, as zeros."""
    whole = date.upper() + _FIRST.get(len(date), "")
    try:
        moment = datetime.fromisoformat(whole)
        return (moment.astimezone(UTC) if moment.tzinfo else moment).strftime("%Y%m%d%H%M%S")
    except (ValueError, OverflowError):
        return "0" * 14


def merge(path: Path, lines: Iterable[str]) -> None:
    """Add sorted lines in one pass over the file, equal ones once; the file is replaced in one step.

    Lines of answers 304, which earlier versions wrote, are left out.

    Bytes that are no text stay as they are: damage to one line is no reason to lose others.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as out:
        last = None
        for line in heapq.merge(lines_in(path), lines):
            if line != last and shown(line):
                out.write(line + "\n")
            last = line
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(path)


def lines_in(path: Path) -> Iterator[str]:
    """The lines of an index file; one that is not there has none."""
    if path.exists():
        with require_plain(path).open(encoding="utf-8", errors="surrogateescape", newline="\n") as stream:
            for line in stream:
                yield line.rstrip("\n")
