"""The ledger: one JSON line for every closed WARC file and run, each chained to the one before.

Removing, reordering or editing an entry breaks the chain. (Heads are not signed yet.)
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.warc import sha256_file
from parsers.errors import ArchiveError

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger."""

    number: int
    data: dict[str, Any]
    hash: str


def hash_of(data: dict[str, Any]) -> str:
    """SHA-256 of an entry without its own hash, canonical JSON."""
    return hashlib.sha256(
        json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()


def read(path: Path) -> list[Entry]:
    """All entries, the chain checked. A last line without its newline is a write that was cut off and is not an entry.

    :raises ArchiveError: a line that is no JSON or breaks the chain; names file and line
    """
    if not path.exists():
        return []
    entries: list[Entry] = []
    previous = GENESIS
    for number, line in enumerate(path.read_bytes().splitlines(keepends=True), 1):
        if not line.endswith(b"\n"):
            break
        try:
            data = json.loads(line)
            claimed = data.pop("hash")
        except (ValueError, KeyError, AttributeError) as error:
            raise ArchiveError(f"{path}:{number}: no ledger entry ({error})") from error
        if data.get("previous") != previous:
            raise ArchiveError(
                f"{path}:{number}: the chain is broken: expected previous {previous[:12]}…, found {str(data.get('previous'))[:12]}…"
            )
        if hash_of(data) != claimed:
            raise ArchiveError(
                f"{path}:{number}: the entry was altered: its hash is {hash_of(data)[:12]}…, it says {claimed[:12]}…"
            )
        previous = claimed
        entries.append(Entry(number, data, claimed))
    return entries


def append(path: Path, data: dict[str, Any]) -> Entry:
    """Append an entry durably."""
    entries = read(path)
    previous = entries[-1].hash if entries else GENESIS
    body = {"at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), **data, "previous": previous}
    entry = Entry(len(entries) + 1, body, hash_of(body))
    line = json.dumps({**body, "hash": entry.hash}, ensure_ascii=False, sort_keys=True) + "\n"
    with path.open("ab+") as stream:
        _drop_cut_line(path, stream.fileno())
        stream.write(line.encode())
        stream.flush()
        os.fsync(stream.fileno())
    return entry


def _drop_cut_line(path: Path, handle: int) -> None:
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        os.ftruncate(handle, data.rfind(b"\n") + 1)


def add_warc(ledger: Path, warc: Path) -> None:
    """Enter a WARC file that is about to get its final name; once only."""
    name = warc.name.removesuffix(".open")
    if any(e.data.get("name") == name for e in read(ledger)):
        return
    append(ledger, {"type": "warc", "name": name, "size": warc.stat().st_size, "sha256": sha256_file(warc)})
