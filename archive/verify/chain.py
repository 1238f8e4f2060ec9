"""The ledger's checks: chain, signatures, the digests it vouches for, heads that somebody holds, time stamps."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
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
from archive.verify.fault import Fault
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
            for file in entry.data.get("files") or ():
                if file.get("sha256"):
                    found.files[str(file["name"])] = replace(entry, data={**entry.data, **file})
                    found.before |= (
                        {str(file["name"]): str(file.get("sha256_before"))} if entry.type == "overwrite" else {}
                    )
    held = withheld_in(found.entries)
    found.withheld = set(held)
    found.destroyed = {identifier for identifier, entry in held.items() if entry.data.get("destroyed")}
    return found


def check_chain(collection: Collection, *, key: str | None, heads: Iterable[str]) -> Iterator[Fault]:
    """Signatures and heads; the chain itself was checked when it was read.

    :param key: fingerprint that the collection's key must have (its first 16 digits or more)
    :param heads: hashes that somebody holds from earlier
    """
    path = str(collection.ledger)
    try:
        entries, wrong = ledger.examined(collection.ledger)
    except ArchiveError as error:
        yield Fault("ledger", path, None, None, "a readable ledger", str(error))
        return
    for words in wrong:
        yield Fault("ledger", path, None, None, "an unbroken chain", words)
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
                yield Fault("withheld", str(collection.packages / str(name)), None, None, "packages without what is withheld",
                            f"made before the takedown (entry {number}), it holds the captures", "note")  # fmt: skip


def _signatures(path: str, entries: list[Entry], key: str | None) -> Iterator[Fault]:
    public, signed, fingerprint = b"", 0, ""
    for entry in entries:
        where = f"{path}:{entry.number}"
        if entry.type == "key":
            yield from _new_key(where, entry, public)
            public = entry.public_key
            fingerprint = keys.fingerprint(public)
        if entry.signature is None:
            continue
        if not public:
            yield Fault("ledger-signature", where, None, None, "a key announced before the first signature", "none")
        elif keys.verify(public, entry.signature, entry.hash.encode()):
            signed = entry.number
        else:
            yield Fault(
                "ledger-signature",
                where,
                None,
                None,
                f"a signature by the key {fingerprint[:16]}…",
                "one that does not verify",
            )
    if entries and not public:
        yield Fault(
            "ledger-signature",
            path,
            None,
            None,
            "signed entries",
            "no key: whoever can write the ledger can rewrite it",
            "note",
        )
    elif entries and signed < entries[-1].number:
        yield Fault(
            "ledger-signature",
            path,
            None,
            None,
            f"a signed last entry ({entries[-1].number})",
            f"the last valid signature is on entry {signed}",
        )
    if key and not fingerprint.startswith(key.lower()):
        yield Fault("ledger-key", path, None, None, f"the key {key}", fingerprint or "no key")
    elif entries and public and not key:
        yield Fault(
            "ledger-key",
            path,
            None,
            None,
            "a key you know from elsewhere (--key)",
            f"{fingerprint}; compare it with the published one",
            "note",
        )


def _new_key(where: str, entry: Entry, before: bytes) -> Iterator[Fault]:
    if not entry.public_key or keys.fingerprint(entry.public_key) != entry.data.get("fingerprint"):
        yield Fault(
            "ledger-key", where, None, None, f"the public key {str(entry.data.get('fingerprint'))[:16]}…", "another one"
        )
    if not before:
        return
    try:
        vouch = base64.b64decode(entry.data.get("endorsement") or "", validate=True)
    except (binascii.Error, ValueError, TypeError):
        vouch = b""
    if not vouch or not keys.verify(before, vouch, str(entry.data.get("fingerprint")).encode()):
        yield Fault("ledger-key", where, None, None, f"a new key endorsed by the old one ({keys.fingerprint(before)[:16]}…)",
                    f"none: {entry.data.get('reason') or 'no reason given'}", "note")  # fmt: skip


def _heads(collection: Collection, path: str, entries: list[Entry], heads: Iterable[str]) -> Iterator[Fault]:
    present = {e.hash: e.number for e in entries}
    authority = collection.setting("timestamp", "ca")
    ca = (collection.root / str(authority)) if authority else None
    held = 0
    for head in heads:
        held += 1
        if head.lower() not in present:
            yield Fault(
                "ledger-head",
                path,
                None,
                None,
                f"the entry {head[:16]}… that you hold",
                "no such entry: entries were removed or rewritten",
            )
    for stamp in timestamp.stamps(collection):
        wrong = timestamp.check(stamp, ca)
        if wrong:
            yield Fault("timestamp", str(stamp.path), None, None, "a valid time stamp of a ledger head", wrong)
        elif stamp.hash not in present:
            yield Fault(
                "ledger-head",
                path,
                None,
                None,
                f"the entry {stamp.hash[:16]}… that was time-stamped at {stamp.time}",
                "no such entry: entries were removed or rewritten",
            )
        else:
            held += 1
            if ca is None:
                yield Fault(
                    "timestamp",
                    str(stamp.path),
                    None,
                    None,
                    "[timestamp] ca, to check the authority's signature",
                    "none configured",
                    "note",
                )
    held += _packaged(collection, present)
    if entries and not held:
        yield Fault("ledger-head", path, None, None, "an earlier head to compare with (--head, a time stamp, a package)",
                    "none: the removal of the last entries would not show", "note")  # fmt: skip


def _packaged(collection: Collection, present: dict[str, int]) -> int:
    """How many packages carry a head of this chain; one that carries another is reported by the package's own check."""
    from archive.verify.package import head_in  # noqa: PLC0415 - packages need heads, heads need packages

    return sum(1 for path in collection.packages.glob("*.wacz") if head_in(path) in present)


def check_files(
    collection: Collection, said: Vouched, digests: dict[str, tuple[Path, int, str | None]]
) -> Iterator[Fault]:
    """Ledger ↔ the files in ``archive/``.

    :param digests: final name → path, size, SHA-256 (``None``: not read to its end)
    """
    path = str(collection.ledger)
    for name, entry in said.files.items():
        found = digests.get(name)
        if found is None:
            yield Fault("ledger", path, None, None, f"the file {name} (entry {entry.number})", "no such file")
            continue
        file, size, digest = found
        if size != entry.data.get("size"):
            yield Fault(
                "ledger",
                str(file),
                None,
                None,
                f"{entry.data.get('size')} bytes (ledger entry {entry.number})",
                f"{size} bytes",
            )
            continue
        digest = digest or _digest(file)
        if entry.data.get("sha256_vouched"):
            yield Fault("ledger", str(file), None, None, f"sha256 {entry.data['sha256_vouched']} before records in it were overwritten (entry {entry.number})",
                        str(entry.data.get("sha256_before")))  # fmt: skip
        if entry.type == "overwrite" and digest == said.before.get(name):
            yield Fault("withheld", str(file), None, None, f"records overwritten, as entry {entry.number} announces",
                        "not yet: a takedown was interrupted; any command finishes it", "note")  # fmt: skip
        elif digest != entry.data.get("sha256"):
            yield Fault(
                "ledger",
                str(file),
                None,
                None,
                f"sha256 {entry.data.get('sha256')} (ledger entry {entry.number})",
                digest,
            )
    for name, (file, _, _) in digests.items():
        if name not in said.files and not file.name.endswith(OPEN_SUFFIX):
            yield Fault(
                "ledger",
                str(file),
                None,
                None,
                "a ledger entry for this closed file",
                "none; it is not adopted silently",
            )


def _reports(collection: Collection, path: str, entries: list[Entry]) -> Iterator[Fault]:
    said = {str(e.data.get("name")): e for e in entries if e.type == "run"}
    running = _running(collection)
    for name, entry in said.items():
        report = collection.reports / name
        if not report.exists():
            yield Fault("ledger", path, None, None, f"the run report {name} (entry {entry.number})", "no such file")
        elif report.stem not in running and (digest := _digest(report)) != entry.data.get("sha256"):
            yield Fault(
                "report",
                str(report),
                None,
                None,
                f"sha256 {entry.data.get('sha256')} (ledger entry {entry.number})",
                digest,
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
