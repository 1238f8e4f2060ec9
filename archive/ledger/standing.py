"""Which entries of a ledger the owner of its key vouches for: only these may show again or destroy what was kept.

A chain of keys is unbroken where each new key is endorsed by the one before it, or is at hand outside the collection.
Who can write the collection can append any line, and a key of his own.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator

from archive.collection.folder import Collection
from archive.errors import ConfigError
from archive.ledger import keys
from archive.ledger.chain import Entry, hash_of


def endorsed(before: bytes, entry: Entry) -> bool:
    """Whether the key before vouches for the one that an entry announces."""
    try:
        vouch = base64.b64decode(entry.data.get("endorsement") or "", validate=True)
    except (binascii.Error, ValueError, TypeError):
        return False
    return bool(vouch) and keys.verify(before, vouch, keys.fingerprint(entry.public_key).encode())


def unvouched(entries: Iterable[Entry], own: frozenset[str] = frozenset()) -> frozenset[int]:
    """The numbers of entries that no owner vouches for: without a valid signature, by another key, or said before.

    Before the first key nobody could sign; these entries are not among them.

    :param own: fingerprints of keys that are at hand
    """
    found, seen = set[int](), set[str]()
    for entry, public in _with_keys(list(entries), own):
        if public is not None and (entry.hash in seen or not _signed(public, entry)):
            found.add(entry.number)
        seen.add(entry.hash)
    return frozenset(found)


def _with_keys(entries: list[Entry], own: frozenset[str]) -> Iterator[tuple[Entry, bytes | None]]:
    """Each entry with the key that must have signed it: ``None`` before the first key, empty behind a break."""
    announced = _announced(entries)
    anchor = max((number for number, fingerprint in announced.items() if fingerprint in own), default=0)
    public, broken = b"", False
    for entry in entries:
        if entry.number in announced:
            broken = entry.number > anchor and (broken or not _follows(public, entry))
            public = entry.public_key
        yield entry, (b"" if broken else public) if public else None


def _announced(entries: list[Entry]) -> dict[int, str]:
    """The fingerprint of each key, by the number of its entry."""
    return {e.number: keys.fingerprint(e.public_key) for e in entries if e.type == "key" and e.public_key}


def _follows(before: bytes, entry: Entry) -> bool:
    """Whether a key is the first one, or endorsed by the one before."""
    return not before or endorsed(before, entry)


def _signed(public: bytes, entry: Entry) -> bool:
    if entry.signature is None or hash_of(entry.data) != entry.hash:
        return False
    return keys.verify(public, entry.signature, entry.hash.encode())


def own_keys(collection: Collection, entries: Iterable[Entry]) -> frozenset[str]:
    """The fingerprints of announced keys whose private half is at hand. One inside the collection says nothing:
    who can write the ledger can put it there.
    """
    found = set[str]()
    try:
        named = collection.key_path
    except ConfigError:  # `fangtan.toml` cannot be used; who needs it is told
        return frozenset()
    for fingerprint in {keys.fingerprint(e.public_key) for e in entries if e.type == "key"}:
        path = named or keys.folder() / f"{fingerprint[:32]}.pem"
        try:
            key = None if path.resolve().is_relative_to(collection.root.resolve()) else keys.load(path)
        except ConfigError:
            continue  # the command that signs names it
        if key is not None and key.fingerprint == fingerprint:
            found.add(fingerprint)
    return frozenset(found)
