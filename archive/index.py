"""The CDXJ index, sorted, one line per response or revisit; updated by merging."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from archive.collection import write_atomically
from archive.http import entity
from archive.urls import surt_of
from archive.warc import Record, digest


def line_of(record: Record) -> str | None:
    """The CDXJ line of a response or revisit record, ``None`` for the others.

    ``digest`` is the record's payload digest; where a chunked record has none, the spec's digest stands there.
    """
    if record.type not in ("response", "revisit"):
        return None
    message = record.http
    url = record.get("WARC-Target-URI") or ""
    stamp = timestamp(record.get("WARC-Date") or "")
    mime = (message.get("content-type") or "unk").split(";")[0].strip()
    fields = {
        "url": url,
        "mime": "warc/revisit" if record.type == "revisit" else mime,
        "status": str(message.status),
        "digest": record.get("WARC-Payload-Digest") or digest(entity(message)),
        "length": str(record.position.length),
        "offset": str(record.position.offset),
        "filename": record.position.warc_file,
    }
    return f"{surt_of(url)} {stamp} {json.dumps(fields, ensure_ascii=False)}"


def timestamp(date: str) -> str:
    """A WARC date as 14 digits."""
    return datetime.fromisoformat(date).strftime("%Y%m%d%H%M%S")


def read(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Lines of an index with their fields."""
    if path.exists():
        with path.open(encoding="utf-8") as stream:
            for line in stream:
                yield line.rstrip("\n"), json.loads(line.split(" ", 2)[2])


def merge(path: Path, lines: Iterable[str]) -> None:
    """Add lines; equal ones once, the file replaced as a whole."""
    known = set(path.read_text("utf-8").splitlines()) if path.exists() else set()
    fresh = set(lines)
    if fresh - known:
        write_atomically(path, ("\n".join(sorted(known | fresh)) + "\n").encode())
