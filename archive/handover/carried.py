"""The part of the ledger that a package carries: from the entries of its files to a head, and the keys before it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archive.handover.ledger_read import LedgerRead
from archive.handover.stored_zip import StoredZip
from archive.ledger.chain import Entry
from archive.verify.carried import KEYS, PART


def add_part(past: LedgerRead, head: Entry, names: Iterable[str], out: StoredZip) -> dict[str, Any]:
    """Add the entries that speak of files, and all up to the head. The lines are copied unchanged.

    :param names: the WARC files of the package
    :returns: which entries they are, for what tells of the head; nothing where a line in between is damaged
    """
    first = min([head.number, *(past.first[name] for name in names if name in past.first)])
    if not past.whole(first, head.number):
        return {}
    before = [entry.number for entry in past.keys if entry.number < first]
    out.add_bytes(PART, b"".join(past.lines[first - 1 : head.number]))
    if before:
        out.add_bytes(KEYS, b"".join(past.lines[number - 1] for number in before))
    return {"first_entry": first, "key_entries": before}
