"""ZIP files of stored entries: equal bytes for equal content, each entry with its digest."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any, BinaryIO

#: What a Data Package allows in a resource's name.
_NOT_SLUG = re.compile(r"[^-a-z0-9._]+")


@dataclass(slots=True)
class StoredZip:
    """A ZIP of stored entries with fixed times, each with its digest."""

    zip: zipfile.ZipFile
    resources: list[dict[str, Any]] = field(default_factory=list)

    def add(self, path: str, source: BinaryIO, *, listed: bool = True) -> None:
        """Copy a stream in."""
        info = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
        info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_STORED, 0o644 << 16, 3
        # With its size known beforehand a member gets no ZIP64 field that only its local header has: wabac would read
        # past the data.
        info.file_size = source.seek(0, io.SEEK_END)
        source.seek(0)
        digest, size = hashlib.sha256(), 0
        with self.zip.open(info, "w") as out:
            while data := source.read(1 << 20):
                digest.update(data)
                size += len(data)
                out.write(data)
        if listed:
            self.resources.append(
                {
                    "name": _NOT_SLUG.sub("-", path.rsplit("/", 1)[-1].lower()),
                    "path": path,
                    "hash": f"sha256:{digest.hexdigest()}",
                    "bytes": size,
                }
            )

    def add_bytes(self, path: str, data: bytes, *, listed: bool = True) -> None:
        """Add what is in memory."""
        self.add(path, io.BytesIO(data), listed=listed)


class Slice(io.RawIOBase):
    """The next bytes of a stream, no more."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        super().__init__()
        self.stream, self.size = stream, size

    def read(self, size: int = -1) -> bytes:
        data = self.stream.read(self.size if size < 0 else min(size, self.size))
        self.size -= len(data)
        return data


def json_line(value: object) -> bytes:
    """A value as one line of JSON."""
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
