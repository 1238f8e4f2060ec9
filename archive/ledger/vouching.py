"""Which files an entry of the ledger vouches for, by folder and name, whatever the entry's type."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.ledger.chain import Entry, lenient

#: The folder of the files that entries of a type vouch for.
_FOLDERS = {"warc": "archive", "run": "reports", "timestamp": "timestamps", "settings": ""}
#: Where files are kept from which valid ones were made.
ORIGINALS = "originals"
#: Folders whose files may hold what a takedown destroys. They keep it: the takedown names them in a field of that name.
HOLDERS = ("packages", ORIGINALS)
MANIFEST = "tagmanifest-sha256.txt"


@dataclass(frozen=True, slots=True)
class Claim:
    """What an entry says of a file of the collection.

    :param folder: in the collection, ``""`` for its root; ``None`` when a package may have been written elsewhere
    :param size: bytes; ``None`` when nothing is said
    :param sha256: hexadecimal; ``None`` when the entry says that the file is gone
    """

    folder: str | None
    name: str
    size: int | None
    sha256: str | None

    @property
    def place(self) -> tuple[str, str]:
        """Folder and name: two claims about one place are about one file."""
        return "packages" if self.folder is None else self.folder, self.name


def claims(entry: Entry) -> Iterator[Claim]:
    """The files that an entry vouches for: its own, and those beside it. Takedowns are read elsewhere."""
    data = entry.data
    if entry.type == "package":
        folder = "packages" if data.get("folder") == "packages" else None
        name = f"{data['bag']}/{MANIFEST}" if data.get("bag") else str(data.get("name"))
        yield Claim(folder, name, _size(data), _sha256(data))
    elif entry.type in _FOLDERS:
        folder = _FOLDERS[entry.type]
        if data.get("name"):
            yield Claim(folder, str(data["name"]), _size(data), _sha256(data))
        for file in data.get("files") or ():
            yield Claim(str(file.get("folder") or folder), str(file["name"]), _size(file), _sha256(file))


def _size(data: dict[str, Any]) -> int | None:
    size = data.get("size")
    return size if isinstance(size, int) else None


def _sha256(data: dict[str, Any]) -> str | None:
    digest = data.get("sha256")
    return digest if isinstance(digest, str) else None


def digests_of(path: Path, name: str) -> list[str]:
    """Every digest that the ledger has for a file in ``archive/``, the latest last."""
    found = []
    for entry in lenient(path, naming=(json.dumps(name, ensure_ascii=False).encode(),)):
        files = [entry.data] if entry.type == "warc" else entry.data.get("files") or ()
        files = () if entry.type in ("run", "settings") else files  # they are in another folder
        found += [str(f["sha256"]) for f in files if f.get("name") == name and f.get("sha256")]
    return found


def reports_of(path: Path, name: str) -> list[str]:
    """The same of a file in ``reports/``."""
    entries = lenient(path, naming=(json.dumps(name, ensure_ascii=False).encode(),))
    said = [f for e in entries if e.type == "run" for f in (e.data, *(e.data.get("files") or ()))]
    return [str(f["sha256"]) for f in said if f.get("name") == name and f.get("sha256")]
