"""Which packages and originals of a collection hold withheld captures: they were made before the takedown,
and nobody else can deal with them.
"""

from __future__ import annotations

import gzip
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from archive.collection.folder import Collection
from archive.ledger.chain import Entry, lenient
from archive.ledger.vouching import ORIGINALS, Claim, claims
from archive.ledger.withheld import takedowns
from archive.warc.cdxj import timestamp
from archive.warc.heads import parse_head
from archive.warc.members import MAX_HEAD
from archive.warc.records import bare_id


def holding(collection: Collection, entry: Entry) -> tuple[str, ...]:
    """The names of WACZ files and bags that hold a record of a takedown;
    one that cannot be read may hold it and is named, too.
    """
    ids = frozenset(map(str, entry.data.get("captures") or ()))
    stamps = {timestamp(str(p.get("date"))) for p in entry.data.get("records") or () if p.get("id") in ids}
    found = []
    for path in sorted(collection.packages.glob("[!.]*")):
        inner = sorted(path.rglob("*.wacz")) if path.is_dir() else [path]
        if any(_holds(wacz, ids, stamps) for wacz in inner):
            found.append(path.name)
    return tuple(found)


def beside(collection: Collection, entry: Entry) -> dict[str, list[str]]:
    """The names of packages and originals that hold a record of a takedown, by folder."""
    found = {"packages": list(holding(collection, entry))}
    return found | ({ORIGINALS: originals} if (originals := _originals(collection, entry)) else {})


def _originals(collection: Collection, entry: Entry) -> list[str]:
    """The files from which files with a takedown's records were made."""
    folder, names = collection.root / ORIGINALS, {str(p.get("warc_file")) for p in entry.data.get("records") or ()}
    if not folder.is_dir():
        return []
    made = (e for e in lenient(collection.ledger, naming=(b'"originals"',)) if e.data.get("name") in names)
    found = {claim.name for entry in made for claim in originals_in(entry)}
    return sorted(name for name in found if (folder / name).exists())


def originals_in(entry: Entry) -> list[Claim]:
    """The files from which the WARC file of an entry was made, as far as they were kept."""
    return [claim for claim in claims(entry) if claim.folder == ORIGINALS] if entry.type == "warc" else []


def is_freed(collection: Collection, name: str) -> bool:
    """Whether an original holds what a takedown destroyed: it is to be deleted."""
    return any(name in (entry.data.get(ORIGINALS) or ()) for entry in takedowns(collection).entries)


def _holds(path: Path, ids: frozenset[str], stamps: set[str]) -> bool:
    try:
        with zipfile.ZipFile(path) as package:
            return any(_record_id(package, line) in ids for line in _lines(package) if line.split(" ", 2)[1] in stamps)
    except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile, zlib.error):
        return True


def _lines(package: zipfile.ZipFile) -> Iterator[str]:
    """The lines of the package's indexes.

    :raises KeyError: it has none
    """
    names = [
        n
        for n in package.namelist()
        if n.startswith("indexes/") and n.endswith((".cdx.gz", ".cdxj.gz", ".cdx", ".cdxj"))
    ]
    if not names:
        raise KeyError("no index")
    for name in names:
        with package.open(name) as stream:
            lines: Iterable[bytes] = gzip.GzipFile(fileobj=stream) if name.endswith(".gz") else stream
            for line in lines:
                if not line.startswith(b"!"):
                    yield line.decode("utf-8")


def _record_id(package: zipfile.ZipFile, line: str) -> str:
    """The id of the record that an index line names."""
    fields = json.loads(line.split(" ", 2)[2])
    with package.open(f"archive/{fields['filename']}") as stream:
        stream.seek(int(fields["offset"]))
        data = stream.read(int(fields["length"]))
    head = zlib.decompressobj(31).decompress(data, MAX_HEAD) if data.startswith(b"\x1f\x8b") else data[:MAX_HEAD]
    headers = {name.lower(): value for name, value in parse_head(head.partition(b"\r\n\r\n")[0])[1]}
    return bare_id(headers["warc-record-id"])
