"""The ledger's checks: chain, signatures, the digests it vouches for, heads that somebody holds, time stamps."""

from __future__ import annotations

import base64
import re
from collections.abc import Generator, Iterable, Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from archive.collection import clock
from archive.collection.files import OPEN_SUFFIX
from archive.collection.folder import Collection
from archive.collection.reports import unfinished
from archive.errors import ArchiveError, ConfigError
from archive.fault import Fault, of_file
from archive.ledger import chain as ledger
from archive.ledger import keys, timestamp
from archive.ledger.chain import Entry
from archive.ledger.lines import raw_lines
from archive.ledger.signatures import check_signatures
from archive.ledger.vouched import Vouched, vouched
from archive.ledger.vouching import HOLDERS, ORIGINALS
from archive.verify.leased import check_leased
from archive.verify.opened import head_in
from archive.verify.plain import check_plain_files, check_reports, digest_of_file
from archive.warc import tiers


def check_chain(collection: Collection, *, key: str | None, heads: Iterable[str]) -> Generator[Fault, None, Vouched]:
    """Chain, signatures, heads, and what the ledger vouches for beside WARC files and packages.

    :param key: fingerprint of a key that the reader knows (its first 16 digits or more)
    :param heads: hashes that somebody holds from earlier
    :returns: what the ledger says
    """
    path, heads = str(collection.ledger), tuple(heads)
    try:
        entries, wrong = ledger.examined(collection.ledger)
    except ArchiveError as error:
        yield of_file("ledger", path, "a readable ledger", str(error))
        return Vouched()
    for words in wrong:
        yield of_file("ledger", path, "an unbroken chain", words)
    yield from _cut_off(collection.ledger)
    trust = yield from check_signatures(path, entries, key, heads)
    said = vouched(entries, path, trust)
    yield from said.faults
    yield from check_leased(path, entries)
    yield from _times(path, entries)
    yield from _heads(collection, path, entries, heads)
    yield from check_reports(collection, said)
    yield from check_plain_files(collection, said)
    yield from _takedowns(collection, path, said)
    return said


def _cut_off(path: Path) -> Iterator[Fault]:
    """A last line without its end, as a killed program leaves it; its entry is not read."""
    last = (raw_lines(path, 1 << 16) or [b"\n"])[-1]
    if not last.endswith(b"\n"):
        wanted, found = (
            "a line feed behind the last entry",
            f"none behind {bytes(last[-40:])!r}; that entry is not read",
        )
        yield of_file("ledger", str(path), wanted, found, "note")


def _takedowns(collection: Collection, path: str, vouched: Vouched) -> Iterator[Fault]:
    """What is withheld, and the packages that hold it."""
    said = vouched.takedowns
    for entry in said.not_vouched:
        wanted = "a signature by the key in force on an entry that destroys captures"
        yield of_file("withheld", f"{path}:{entry.number}", wanted, "none that holds; nothing is destroyed by its word")
    standing = {entry.number: entry for entry in said.held.values()}
    for number, entry in sorted(standing.items()):
        state = "to be destroyed" if said.destroys(entry) else "kept"
        bytes_are = "destroyed" if said.is_gone(entry) else state
        yield Fault("withheld", f"{path}:{number}", None, ", ".join(entry.data.get("captures") or ()), "captures open to all",
                    f"withheld since {entry.data.get('at')}, bytes {bytes_are}: {entry.data.get('reason')}", "note")  # fmt: skip
        yield from _holders(collection, entry)


def _holders(collection: Collection, entry: Entry) -> Iterator[Fault]:
    """Packages and originals that hold what is withheld, and are still there."""
    for folder in HOLDERS:
        for path in (collection.root / folder / str(name) for name in entry.data.get(folder) or ()):
            if path.exists():
                found = f"made before the takedown (entry {entry.number}), it holds the captures"
                yield of_file("withheld", str(path), f"{folder} without what is withheld", found, "note")


def _times(path: str, entries: list[Entry]) -> Iterator[Fault]:
    """The first entry that is dated before the one before it, and the first that is not yet: a clock was wrong, or
    somebody had a reason.
    """
    dated = [(entry.number, str(entry.data.get("at") or "")) for entry in entries]
    back = (pair for pair in pairwise(dated) if pair[1][1] < pair[0][1])
    for (_, before), (number, at) in islice(back, 1):
        yield of_file("ledger-time", f"{path}:{number}", f"a time not before {before}, of the entry before", at, "note")
    now = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    for number, at in islice((one for one in dated if one[1] > now), 1):
        yield of_file("ledger-time", f"{path}:{number}", f"a time that has come (now {now})", at, "note")


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


def _authority(collection: Collection) -> Path | None:
    """The root certificates of the authority that stamps, as far as settings can be read."""
    try:
        named = collection.setting("timestamp", "ca")
    except ConfigError:
        return None  # `settings` names the file
    return (collection.root / str(named)) if named else None


def _stamped(collection: Collection, path: str, present: dict[str, int]) -> Generator[Fault, None, int]:
    """:returns: how many heads of this chain an authority has stamped"""
    ca = _authority(collection)
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
            yield from _reopened(collection, entry, found[0])
        else:
            wanted = f"the file {name} (entry {entry.number})"
            yield of_file("ledger", str(collection.ledger), wanted, "no such file")
    for name, (file, _, _) in digests.items():
        if name not in said.files and not file.name.endswith(OPEN_SUFFIX):
            found_instead = "none; it is not adopted silently"
            yield of_file("ledger", str(file), "a ledger entry for this closed file", found_instead)


#: Names of what a killed or a working program leaves in these folders.
_UNFINISHED = re.compile(r".*(?:\.torn|\.tmp|\.part-.*)")


def strangers(collection: Collection, said: Vouched) -> Iterator[Fault]:
    """What lies beside WARC files, index and originals: no entry names it, and nothing can be said of it."""
    known = {path.name for path in (*collection.warcs(), *tiers.files(collection.index))}
    for folder in (collection.archive, collection.index.parent):
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.name not in known and not _UNFINISHED.fullmatch(path.name):
                yield of_file(
                    "stranger", str(path), "WARC files and the index", "another file; nobody reads it", "note"
                )
    entered = {name for folder, name in said.others if folder == ORIGINALS}
    for path in sorted((collection.root / ORIGINALS).glob("*")):
        if path.name not in entered and not _UNFINISHED.fullmatch(path.name):
            yield of_file(
                "stranger", str(path), "files that an import entered", "a file without a ledger entry", "note"
            )


def _reopened(collection: Collection, entry: Entry, file: Path) -> Iterator[Fault]:
    """A closed file that has the name of an open one: renamed by somebody, or by nobody yet."""
    if not file.name.endswith(OPEN_SUFFIX) or not file.exists():
        return
    killed = entry.data.get("run") in unfinished(collection)
    found = "the name of an open file" + ("; the next run of the site renames it" if killed else "")
    wanted = f"the name {file.name.removesuffix(OPEN_SUFFIX)} of the file that entry {entry.number} closed"
    yield of_file("ledger", str(file), wanted, found, "note" if killed else "fault")


def _file(entry: Entry, file: Path, size: int, digest: str | None, *, before: str | None) -> Iterator[Fault]:
    """A file and what the ledger says of it.

    :param before: the digest it has until an announced overwriting is done
    """
    said = entry.data
    if size != said.get("size"):
        yield of_file("ledger", str(file), f"{said.get('size')} bytes (ledger entry {entry.number})", f"{size} bytes")
        return
    digest = digest or digest_of_file(file)
    if said.get("sha256_vouched"):
        wanted = f"sha256 {said['sha256_vouched']} before records in it were overwritten (entry {entry.number})"
        yield of_file("ledger", str(file), wanted, str(said.get("sha256_before")))
    if entry.type == "overwrite" and digest == before:
        found = "not yet: a takedown was interrupted; any command finishes it"
        yield of_file("withheld", str(file), f"records overwritten, as entry {entry.number} announces", found, "note")
    elif digest != said.get("sha256"):
        yield of_file("ledger", str(file), f"sha256 {said.get('sha256')} (ledger entry {entry.number})", digest)


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
