"""Commands of stock tools that prove a record without us, ready to be pasted."""

from __future__ import annotations

import gzip
import hashlib
import json
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from archive.collection.folder import Collection
from archive.errors import ArchiveError
from archive.ledger import chain as ledger
from archive.ledger.chain import Entry
from archive.ledger.withheld import takedowns
from archive.warc.codings import labels
from archive.warc.http import Message, decoded
from archive.warc.records import Position, Record, locate, raw_at

#: Codings that ``warcio extract`` undoes (``br`` beside brotlipy only, see docs/auditing.md).
_BY_WARCIO = frozenset(["", "gzip", "deflate", "br"])
#: What undoes them and others one upon the other; no program does so for deflate.
_PROGRAMS = {"gzip": "gunzip -c", "br": "brotli -dc", "zstd": "zstd -dc"}


@dataclass(frozen=True, slots=True)
class Check:
    """A shell command, what it shows, and what must come out."""

    shows: str
    command: str
    expected: str


def checks(collection: Collection, record: Record) -> list[Check]:
    """Commands of stock tools that prove the record, ready to be pasted."""
    position = record.position
    path = locate(collection.archive, position.warc_file)
    file = shlex.quote(str(path.resolve()))
    gunzip = "" if position.warc_file.endswith(".warc") else " | gunzip -c"
    size = len(record.block)
    head = _size(collection, position) - size - 4
    block = hashlib.sha256(record.block).hexdigest()
    found = [
        Check("the record's block is what its WARC-Block-Digest says",
              f"tail -c +{position.offset + 1} {file} | head -c {position.length}{gunzip} | tail -c +{head + 1} | head -c {size} | sha256sum", block),
    ]  # fmt: skip
    if record.type == "response" and (page := _page(record, file)) is not None:
        found.append(page)
    if (said := _digest_said(collection, position.warc_file)) is not None:
        found.append(Check(f"the file is the one of ledger entry {said[0]}", f"sha256sum {file}", said[1]))
    return found


def _page(record: Record, file: str) -> Check | None:
    """How to see the page, ``None`` where stock tools cannot undo its codings."""
    undone = _undone(record.http)
    if undone is None:
        return None
    try:
        page = decoded(record.http)
    except ArchiveError:
        return None
    if page.remarks:  # what contradicts its label, stock tools do not decode
        return None
    return Check(
        "the page as a browser gets it, codings undone",
        f"warcio extract --payload {file} {record.position.offset}{undone} | sha256sum",
        hashlib.sha256(page.data).hexdigest(),
    )


def _undone(message: Message) -> str | None:
    """What has to follow ``warcio extract --payload``: it undoes chunks and one coding out of three, and reads only
    the first header line of a name.
    """
    transfer, content = message.all("transfer-encoding"), message.all("content-encoding")
    if transfer not in ((), ("chunked",)) or len(content) > 1:
        return None
    if "".join(content).lower() in _BY_WARCIO:
        return ""
    programs = [_PROGRAMS.get(name) for name in reversed(labels(content))]
    return None if None in programs else "".join(f" | {program}" for program in programs)


def _digest_said(collection: Collection, name: str) -> tuple[int, str] | None:
    """The entry that vouches for a WARC file as it is now, and its digest: the first word on it, until a takedown that
    holds overwrites records in it.
    """
    doubtful, found = takedowns(collection).doubtful, None
    for entry in ledger.lenient(collection.ledger, naming=(json.dumps(name, ensure_ascii=False).encode(),)):
        if entry.type == "warc":
            found = found or _said_of(name, entry, [entry.data])
        elif entry.type in ("overwrite", "withhold") and entry.number not in doubtful:
            found = _said_of(name, entry, entry.data.get("files") or ()) or found
    return found


def _said_of(name: str, entry: Entry, files: Iterable[dict[str, Any]]) -> tuple[int, str] | None:
    digests = [str(file["sha256"]) for file in files if file.get("name") == name and file.get("sha256")]
    return (entry.number, digests[-1]) if digests else None


def _size(collection: Collection, position: Position) -> int:
    """Size of the record with its head, uncompressed."""
    raw = raw_at(collection.archive, position)
    return len(raw) if position.warc_file.endswith(".warc") else len(gzip.decompress(raw))
