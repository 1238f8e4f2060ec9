"""The index of a package: the lines of all its files, sorted, in compressed blocks, and where each block begins.

A file's lines are added in the order of the files and sorted once, at the end: of many files none is sorted again.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from archive.handover.stored_zip import StoredZip
from archive.warc import cdxj

_BLOCK_LINES = 300
#: Lines may hold bytes that are no text; they stay as they are.
_BYTES = ("utf-8", "surrogateescape")


class PackedIndex:
    """Lines wait in a file of their own until all are there.

    :param scratch: a folder for what is taken away afterwards
    """

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self._db = sqlite3.connect(scratch / "lines.db", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("CREATE TABLE lines (line BLOB)")

    def add(self, lines: Iterable[str]) -> None:
        """Add the lines of a file, in any order; answers 304 have none."""
        rows = ((line.encode(*_BYTES),) for line in lines if cdxj.shown(line))
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO lines VALUES (?)", rows)
        self._db.execute("COMMIT")

    def write(self, out: StoredZip) -> None:
        """Add the index to a package; nothing can be added afterwards."""
        blocks, offset = self.scratch / "index.cdx.gz", 0
        idx = ['!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}']
        with closing(self._db), blocks.open("wb") as target:
            for block in self._blocks():
                data = gzip.compress(b"".join(line + b"\n" for line in block), 9, mtime=0)
                target.write(data)
                key = block[0].decode(*_BYTES).split("{", 1)[0].strip()
                digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
                idx.append(f"{key} {json.dumps({'offset': offset, 'length': len(data), 'digest': digest})}")
                offset += len(data)
        with blocks.open("rb") as stream:
            out.add("indexes/index.cdx.gz", stream)
        out.add_bytes("indexes/index.idx", "\n".join([*idx, ""]).encode(*_BYTES))

    def _blocks(self) -> Iterator[list[bytes]]:
        lines = (line for (line,) in self._db.execute("SELECT DISTINCT line FROM lines ORDER BY line"))
        while block := list(islice(lines, _BLOCK_LINES)):
            yield block
