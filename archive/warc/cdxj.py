"""The CDXJ index, sorted, one line per response or revisit, as cdxj-indexer with ``--post-append`` writes it.

Two things differ. ``digest`` of a record without WARC-Payload-Digest (chunked bodies) is the spec's digest
here. Answers 304 have no line: replay would show them as blank pages in place of the capture that they
confirm. They stay in WARC and in the store.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import json
import os
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from archive.collection.urls import surt_of
from archive.warc.http import Message, entity_sha256
from archive.warc.post_query import post_query
from archive.warc.records import Record

#: An answer 304, as a line has it: quotes inside an address are escaped.
_NOT_MODIFIED = '"status": "304"'
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

    :param request: the request that was answered; a POST's body becomes part of the key
    :param payload: SHA-256 of the payload, when it is known already
    """
    if not indexed(record):
        return None
    url = record.target
    fields: dict[str, str] = {"url": url}
    message = record.http if record.type in ("response", "revisit") else None
    if (mime := _mime(record, message)) is not None:
        fields["mime"] = _MIME_END.split(mime, maxsplit=1)[0].strip()
    if message is not None and len(message.start_line.split()) > 1:
        fields["status"] = message.start_line.split(None, 2)[1].decode("latin-1")
    fields["digest"] = record.get("WARC-Payload-Digest") or _digest(record, message, payload)
    position = record.position
    fields |= {"length": str(position.length), "offset": str(position.offset), "filename": position.warc_file}
    key = url
    if request is not None and record.type == "response" and (posted := _posted(request.http)) is not None:
        fields |= posted
        key = _posted_key(url, **posted)
    return f"{_surt(key)} {timestamp(record.get('WARC-Date') or '')} {json.dumps(fields)}"


def _mime(record: Record, message: Message | None) -> str | None:
    if record.type == "revisit":
        return "warc/revisit"
    return message.get("content-type") if message else record.get("Content-Type")


def _posted(request: Message) -> dict[str, str] | None:
    """Body and method of a request that carries one."""
    method = request.start_line.split(b" ")[0].decode("latin-1").upper()
    return {"requestBody": post_query(request), "method": method} if method in ("POST", "PUT") else None


def _posted_key(url: str, method: str, requestBody: str) -> str:  # noqa: N803 - the index's own name
    return f"{url}{'&' if '?' in url else '?'}__wb_method={method}" + (f"&{requestBody}" if requestBody else "")


def _digest(record: Record, message: Message | None, payload: bytes | None) -> str:
    if payload is None:
        payload = entity_sha256(message)[0] if message else hashlib.sha256(record.block).digest()
    return "sha256:" + base64.b32encode(payload).decode()


def timestamp(date: str) -> str:
    """A WARC date as 14 digits; what is no date, as zeros."""
    try:
        return datetime.fromisoformat(date).strftime("%Y%m%d%H%M%S")
    except ValueError:
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
        with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as stream:
            for line in stream:
                yield line.rstrip("\n")
