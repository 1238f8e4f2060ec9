"""What a package is made from, as one digest: store and ledger know it, and no record is read for it."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from archive.collection.files import sha256_file
from archive.collection.folder import Collection
from archive.handover.domain import SOFTWARE, Signer
from archive.handover.pages import interview_pages
from archive.handover.selection import Selection, choose
from archive.handover.stored_zip import json_line
from archive.ledger.chain import Entry
from archive.store.readings import code
from archive.store.store import open_reader

_CAPTURES = """SELECT c.id, c.type, c.url, c.fetched_at, c.status, c.warc_file, c.warc_offset, c.warc_length,
  c.refers_to, s.name, x.named FROM captures c JOIN chosen x ON x.id = c.id LEFT JOIN sites s ON s.id = c.site
  ORDER BY c.id"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a ledger says: hashes of the entries of keys, and of those of each file; packages by their content."""

    keys: tuple[str, ...]
    files: dict[str, list[str]]
    packages: dict[str, Entry]


def said_in(entries: list[Entry]) -> Said:
    """What the entries come to."""
    files: dict[str, list[str]] = {}
    for entry in entries:
        for named in (entry.data, *(entry.data.get("files") or ())):
            files.setdefault(str(named.get("name")), []).append(entry.hash)
    made = {str(e.data["content"]): e for e in entries if e.type == "package" and e.data.get("content")}
    return Said(tuple(e.hash for e in entries if e.type == "key"), files, made)


def content_of(db: sqlite3.Connection, chosen: Selection, said: Said, signer: Signer, *, personal: bool) -> str:
    """The digest of what a package would hold: captures, pages, what the ledger says of their files, who signs.

    :param db: its table ``chosen`` is as :func:`archive.handover.selection.choose` leaves it
    """
    found = hashlib.sha256()
    files = db.execute("SELECT DISTINCT c.warc_file FROM captures c JOIN chosen x ON x.id = c.id ORDER BY 1").fetchall()
    about = *said.keys, *(entry for (name,) in files for entry in said.files.get(name, ()))
    by = signer.key and signer.key.fingerprint, signer.domain and signer.domain.name
    found.update(json_line([SOFTWARE, code(), chosen.name, chosen.title, personal, by, about]))
    for row in db.execute(_CAPTURES):
        found.update(json_line(row))
    for page in interview_pages(db):
        found.update(json_line(page))
    return found.hexdigest()


def present(
    collection: Collection, said: Said, signer: Signer, target: str, since: str | None, *, personal: bool
) -> Path | None:
    """The package in ``packages/`` that holds what one would hold that is made now; ``None`` without one.

    :raises ConfigError: nothing of that name
    """
    with closing(open_reader(collection.store)) as db:
        chosen = choose(db, collection, target, since)
        entry = said.packages.get(content_of(db, chosen, said, signer, personal=personal))
    if entry is None or not entry.data.get("folder"):
        return None
    path = collection.packages / str(entry.data.get("name"))
    return path if path.is_file() and sha256_file(path) == entry.data.get("sha256") else None
