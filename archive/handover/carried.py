"""The part of the ledger that a package carries: from the entries of its files to a head, and the keys before it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archive.collection.folder import Collection
from archive.handover.stored_zip import StoredZip
from archive.ledger import chain as ledger
from archive.ledger.chain import Entry
from archive.verify.carried import KEYS, PART


def add_part(collection: Collection, head: Entry, names: Iterable[str], out: StoredZip) -> dict[str, Any]:
    """Add the entries that speak of files, and all up to the head. The lines are copied unchanged.

    :param names: the WARC files of the package
    :returns: which entries they are, for what tells of the head; nothing where a line in between is damaged
    """
    entries, _ = ledger.examined(collection.ledger)
    files = set(names)
    of_files = [e.number for e in entries if e.type == "warc" and e.data.get("name") in files]
    first = min([*of_files, head.number])
    lines = ledger.raw_lines(collection.ledger)
    part = lines[first - 1 : head.number]
    if ledger.examined_lines("", part, None, first)[1]:
        return {}
    before = [e.number for e in entries if e.type == "key" and e.number < first]
    out.add_bytes(PART, b"".join(part))
    if before:
        out.add_bytes(KEYS, b"".join(lines[number - 1] for number in before))
    return {"first_entry": first, "key_entries": before}
