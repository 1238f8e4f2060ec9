"""The ledger's checks: chain, signatures, the digests it vouches for, heads that somebody holds, time stamps."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from archive.collection.crawldb import look_into
from archive.collection.folder import Collection
from archive.errors import ArchiveError
from archive.ledger import chain as ledger
from archive.ledger import keys, timestamp
from archive.ledger.chain import Entry
from archive.ledger.withheld import withheld_in
from archive.verify.fault import Fault, of_file
from archive.verify.opened import head_in
from archive.warc.records import OPEN_SUFFIX
from archive.warc.write import sha256_file


@dataclass(slots=True)
class Vouched:
    """What the ledger says of the WARC files.

    :param before: digests that files have until records in them are overwritten
    """

    files: dict[str, Entry] = field(default_factory=dict)
    imported: set[str] = field(default_factory=set)
    withheld: set[str] = field(default_factory=set)
    destroyed: set[str] = field(default_factory=set)
    before: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)


def vouched(entries: Iterable[Entry]) -> Vouched:
    """The latest word on each file and each withheld capture."""
    found = Vouched()
    for entry in entries:
        found.entries.append(entry)
        if entry.type == "warc":
            found.files[str(entry.data.get("name"))] = entry
            if (entry.data.get("origin") or {}).get("kind") == "import":
                found.imported.add(str(entry.data["name"]))
        elif entry.type == "overwrite" or (entry.type == "withhold" and entry.data.get("destroyed")):
            _overwritten(found, entry)
    held = withheld_in(found.entries)
    found.withheld = set(held)
    found.destroyed = {identifier for identifier, entry in held.items() if entry.data.get("destroyed")}
    return found


def _overwritten(found: Vouched, entry: Entry) -> None:
    """The digests that files have, or will have, when records in them are overwritten."""
    for file in entry.data.get("files") or ():
        if not file.get("sha256"):
            continue
        found.files[str(file["name"])] = replace(entry, data={**entry.data, **file})
        if entry.type == "overwrite":
            found.before[str(file["name"])] = str(file.get("sha256_before"))


def check_chain(collection: Collection, *, key: str | None, heads: Iterable[str]) -> Iterator[Fault]:
    """Signatures and heads; the chain itself was checked when it was read.

    :param key: fingerprint that the collection's key must have (its first 16 digits or more)
    :param heads: hashes that somebody holds from earlier
    """
    path = str(collection.ledger)
    try:
        entries, wrong = ledger.examined(collection.ledger)
    except ArchiveError as error:
        yield of_file("ledger", path, "a readable ledger", str(error))
        return
    for words in wrong:
        yield of_file("ledger", path, "an unbroken chain", words)
    yield from _signatures(path, entries, key)
    yield from _heads(collection, path, entries, heads)
    yield from _reports(collection, path, entries)
    yield from _takedowns(collection, path, entries)


def _takedowns(collection: Collection, path: str, entries: list[Entry]) -> Iterator[Fault]:
    """What is withheld, and the packages that hold it."""
    standing = {entry.number: entry for entry in withheld_in(entries).values()}
    for number, entry in sorted(standing.items()):
        state = "to be destroyed" if entry.data.get("destroy") else "kept"
        bytes_are = "destroyed" if entry.data.get("destroyed") else state
        yield Fault("withheld", f"{path}:{number}", None, ", ".join(entry.data.get("captures") or ()), "captures open to all",
                    f"withheld since {entry.data.get('at')}, bytes {bytes_are}: {entry.data.get('reason')}", "note")  # fmt: skip
        for name in entry.data.get("packages") or ():
            if (collection.packages / str(name)).exists():
                yield of_file("withheld", str(collection.packages / str(name)), "packages without what is withheld", f"made before the takedown (entry {number}), it holds the captures", "note")  # fmt: skip


def _signatures(path: str, entries: list[Entry], key: str | None) -> Iterator[Fault]:
    public, signed = b"", 0
    for entry in entries:
        where = f"{path}:{entry.number}"
        if entry.type == "key":
            yield from _new_key(where, entry, public)
            public = entry.public_key
        if entry.signature is None:
            continue
        if not public:
            yield of_file("ledger-signature", where, "a key announced before the first signature", "none")
        elif keys.verify(public, entry.signature, entry.hash.encode()):
            signed = entry.number
        else:
            by = keys.fingerprint(public)[:16]
            yield of_file("ledger-signature", where, f"a signature by the key {by}…", "one that does not verify")
    if entries:
        yield from _last_signature(path, entries[-1].number, signed, bool(public))
    yield from _key(path, public, key)


def _last_signature(path: str, last: int, signed: int, has_key: bool) -> Iterator[Fault]:
    if not has_key:
        found = "no key: anyone who can write the ledger can rewrite it"
        yield of_file("ledger-signature", path, "signed entries", found, "note")
    elif signed < last:
        found = f"the last valid signature is on entry {signed}"
        yield of_file("ledger-signature", path, f"a signed last entry ({last})", found)


def _key(path: str, public: bytes, wanted: str | None) -> Iterator[Fault]:
    """Whether the ledger's last key is the one that the reader knows."""
    fingerprint = keys.fingerprint(public) if public else ""
    if wanted and not fingerprint.startswith(wanted.lower()):
        yield of_file("ledger-key", path, f"the key {wanted}", fingerprint or "no key")
    elif public and not wanted:
        found = f"{fingerprint}; compare it with the published one"
        yield of_file("ledger-key", path, "a key you know from elsewhere (--key)", found, "note")


def _new_key(where: str, entry: Entry, before: bytes) -> Iterator[Fault]:
    if not entry.public_key or keys.fingerprint(entry.public_key) != entry.data.get("fingerprint"):
        yield of_file("ledger-key", where, f"the public key {str(entry.data.get('fingerprint'))[:16]}…", "another one")
    if not before:
        return
    try:
        vouch = base64.b64decode(entry.data.get("endorsement") or "", validate=True)
    except (binascii.Error, ValueError, TypeError):
        vouch = b""
    if not vouch or not keys.verify(before, vouch, str(entry.data.get("fingerprint")).encode()):
        yield of_file("ledger-key", where, f"a new key endorsed by the old one ({keys.fingerprint(before)[:16]}…)", f"none: {entry.data.get('reason') or 'no reason given'}", "note")  # fmt: skip


_REMOVED = "no such entry: entries were removed or rewritten"


def _heads(collection: Collection, path: str, entries: list[Entry], heads: Iterable[str]) -> Iterator[Fault]:
    present = {e.hash: e.number for e in entries}
    held = 0
    for head in heads:
        held += 1
        if head.lower() not in present:
            yield of_file("ledger-head", path, f"the entry {head[:16]}… that you hold", _REMOVED)
    held += yield from _stamped(collection, path, present)
    # A package that carries a head of another chain is reported by its own check.
    held += sum(1 for package in collection.packages.glob("*.wacz") if head_in(package) in present)
    if entries and not held:
        wanted = "an earlier head to compare with (--head, a time stamp, a package)"
        yield of_file("ledger-head", path, wanted, "none: the removal of the last entries would not show", "note")


def _stamped(collection: Collection, path: str, present: dict[str, int]) -> Generator[Fault, None, int]:
    """:returns: how many heads of this chain an authority has stamped"""
    authority = collection.setting("timestamp", "ca")
    ca = (collection.root / str(authority)) if authority else None
    held = 0
    for stamp in timestamp.stamps(collection):
        wrong = timestamp.check(stamp, ca)
        if wrong:
            yield of_file("timestamp", str(stamp.path), "a valid time stamp of a ledger head", wrong)
        elif stamp.hash not in present:
            wanted = f"the entry {stamp.hash[:16]}… that was time-stamped at {stamp.time}"
            yield of_file("ledger-head", path, wanted, _REMOVED)
        else:
            held += 1
            if ca is None:
                wanted = "[timestamp] ca, to check the authority's signature"
                yield of_file("timestamp", str(stamp.path), wanted, "none configured", "note")
    return held


def check_files(
    collection: Collection, said: Vouched, digests: dict[str, tuple[Path, int, str | None]]
) -> Iterator[Fault]:
    """Ledger ↔ the files in ``archive/``.

    :param digests: final name → path, size, SHA-256 (``None``: not read to its end)
    """
    for name, entry in said.files.items():
        if (found := digests.get(name)) is not None:
            yield from _file(entry, *found, before=said.before.get(name))
        else:
            wanted = f"the file {name} (entry {entry.number})"
            yield of_file("ledger", str(collection.ledger), wanted, "no such file")
    for name, (file, _, _) in digests.items():
        if name not in said.files and not file.name.endswith(OPEN_SUFFIX):
            found_instead = "none; it is not adopted silently"
            yield of_file("ledger", str(file), "a ledger entry for this closed file", found_instead)


def _file(entry: Entry, file: Path, size: int, digest: str | None, *, before: str | None) -> Iterator[Fault]:
    """A file and what the ledger says of it.

    :param before: the digest it has until an announced overwriting is done
    """
    said = entry.data
    if size != said.get("size"):
        yield of_file("ledger", str(file), f"{said.get('size')} bytes (ledger entry {entry.number})", f"{size} bytes")
        return
    digest = digest or _digest(file)
    if said.get("sha256_vouched"):
        wanted = f"sha256 {said['sha256_vouched']} before records in it were overwritten (entry {entry.number})"
        yield of_file("ledger", str(file), wanted, str(said.get("sha256_before")))
    if entry.type == "overwrite" and digest == before:
        found = "not yet: a takedown was interrupted; any command finishes it"
        yield of_file("withheld", str(file), f"records overwritten, as entry {entry.number} announces", found, "note")
    elif digest != said.get("sha256"):
        yield of_file("ledger", str(file), f"sha256 {said.get('sha256')} (ledger entry {entry.number})", digest)


def _reports(collection: Collection, path: str, entries: list[Entry]) -> Iterator[Fault]:
    said = {str(e.data.get("name")): e for e in entries if e.type == "run"}
    running = _running(collection)
    for name, entry in said.items():
        for file in (entry.data, *(entry.data.get("files") or ())):
            report = collection.reports / str(file.get("name"))
            if not report.exists():
                yield of_file("ledger", path, f"the run report {report.name} (entry {entry.number})", "no such file")
            elif Path(name).stem not in running and (digest := _digest(report)) != file.get("sha256"):
                yield of_file(
                    "report", str(report), f"sha256 {file.get('sha256')} (ledger entry {entry.number})", digest
                )


def _digest(path: Path) -> str:
    """SHA-256 of a file, or why there is none."""
    try:
        return sha256_file(path)
    except OSError as error:
        return f"a file that cannot be read ({error.strerror})"


def _running(collection: Collection) -> set[str]:
    if not collection.crawl_db.exists():
        return set()
    db = look_into(collection.crawl_db)
    try:
        return {str(row[0]) for row in db.execute("SELECT run FROM runs WHERE state = 'running'")}
    finally:
        db.close()


def head_of(collection: Collection) -> dict[str, Any] | None:
    """The ledger's head for publication: number, hash, time, key; ``None`` when there is no entry.

    :raises ArchiveError: the chain is broken
    """
    entries = ledger.read(collection.ledger)
    if not entries:
        return None
    last, announced = entries[-1], ledger.announced_key(entries)
    return {
        "entries": last.number,
        "head": last.hash,
        "at": last.data.get("at"),
        "signature": base64.b64encode(last.signature).decode() if last.signature else None,
        "key": keys.fingerprint(announced.public_key) if announced else None,
        "public_key": keys.pem_of(announced.public_key) if announced else None,
    }
