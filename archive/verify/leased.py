"""Files that workers of a cluster wrote: each worker signed what it handed over, with a key that the ledger names."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from typing import Any

from archive.fault import Fault, of_file
from archive.ledger import keys
from archive.ledger.chain import Entry, hash_of


def check_leased(path: str, entries: Iterable[Entry]) -> Iterator[Fault]:
    """Whether each file that came by a lease is the one that its worker signed.

    The entry that announces a worker's key is signed with the collection's: that is the endorsement.
    """
    announced: dict[str, bytes] = {}
    for entry in entries:
        if entry.type == "worker":
            announced[keys.fingerprint(entry.public_key)] = entry.public_key
        origin = entry.data.get("origin") or {}
        if entry.type == "warc" and origin.get("kind") == "lease" and (found := _wrong(entry, origin, announced)):
            wanted = "what its worker signed, with a key that an earlier entry announces"
            yield of_file("ledger-worker", f"{path}:{entry.number}", wanted, found)


def _wrong(entry: Entry, origin: dict[str, Any], announced: dict[str, bytes]) -> str | None:
    """What is wrong with the word of a worker; ``None`` when it holds."""
    public = announced.get(str(origin.get("worker")))
    if public is None:
        return f"the key {str(origin.get('worker'))[:16]}…, which none announces"
    try:
        said = json.loads(str(origin.get("said")))
        signature = base64.b64decode(said.pop("signature"), validate=True)
        claimed = str(said.pop("hash"))
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error, RecursionError):
        return "no entry of a worker's ledger"
    if hash_of(said) != claimed or not keys.verify(public, signature, claimed.encode()):
        return "a signature that does not verify"
    if said.get("sha256") != entry.data.get("sha256"):
        return f"another file ({said.get('name')})"
    return None
