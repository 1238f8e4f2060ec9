"""Which packages and originals of a collection hold withheld captures: they were made before the takedown,
and nobody else can deal with them.
"""

from __future__ import annotations

from archive.collection.folder import Collection
from archive.keeping.deposits import holds
from archive.ledger.chain import Entry, lenient
from archive.ledger.vouching import ORIGINALS, Claim, claims
from archive.ledger.withheld import takedowns
from archive.warc.cdxj import timestamp


def holding(collection: Collection, entry: Entry) -> tuple[str, ...]:
    """The names of WACZ files and bags that hold a record of a takedown;
    one that cannot be read may hold it and is named, too.
    """
    ids = frozenset(map(str, entry.data.get("captures") or ()))
    stamps = {timestamp(str(p.get("date"))) for p in entry.data.get("records") or () if p.get("id") in ids}
    return tuple(path.name for path in sorted(collection.packages.glob("[!.]*")) if holds(path, ids, stamps))


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
