"""The part of a ledger that a package carries, and what it proves to a reader who holds a key or a head.

The entry vouches for a WARC file that is complete in the package. For a file that is there in part, only the
package's signature speaks; so its key must be the one that the entries name.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509

from archive.errors import ArchiveError
from archive.fault import Fault, Level, of_file
from archive.ledger import chain as ledger
from archive.ledger import keys
from archive.ledger.chain import SIGNER, Entry
from archive.ledger.lines import raw_lines
from archive.ledger.signatures import check_signatures
from archive.ledger.vouched import Vouched, vouched
from archive.verify.description import signer
from archive.verify.opened import BAD_ZIP, HEAD, Opened

PART, KEYS = "fangtan/ledger.jsonl", "fangtan/ledger-keys.jsonl"


@dataclass(frozen=True, slots=True)
class Held:
    """What a reader holds from elsewhere.

    :param key: fingerprint of a key, its first digits
    :param heads: hashes of ledger entries
    :param roots: certificates that the reader trusts for domains and time stamps
    :param ledger: a file with later lines of the ledger, where a head is later than the package
    """

    key: str | None = None
    heads: tuple[str, ...] = ()
    ledger: Path | None = None
    roots: tuple[x509.Certificate, ...] = ()

    def __bool__(self) -> bool:
        return self.key is not None or bool(self.heads)


def check_carried(
    opened: Opened, description: dict[str, Any], held: Held, known: Callable[[str], bool] | None
) -> Iterator[Fault]:
    """The entries by themselves; with a key or a head, every file of the package.

    :param known: whether the ledger of the collection has an entry; signatures are checked there. ``None`` outside one
    """
    if PART not in opened.members:
        yield from _without(opened, held)
        return
    where = f"{opened.path}/{PART}"
    try:
        before, part = yield from _entries(opened, where, held)
    except (*BAD_ZIP, ArchiveError) as error:
        yield of_file("package-ledger", where, "entries of a ledger", str(error))
        return
    if known is not None:
        for entry in (e for e in (*before, *part) if not known(e.hash)):
            wanted = f"an entry of the ledger of this collection, {entry.hash[:16]}…"
            yield of_file("ledger-head", f"{where}:{entry.number}", wanted, "no such entry")
        return
    trust = yield from check_signatures(where, [*before, *part], held.key, held.heads)
    said = vouched(part, where, trust)
    yield from said.faults
    if held:
        yield from _heads(where, part, held)
        yield from _files(opened, description, said, held)


def _heads(where: str, part: list[Entry], held: Held) -> Iterator[Fault]:
    present = {entry.hash for entry in part}
    for head in (h for h in held.heads if h.lower() not in present):
        found = f"entries {part[0].number} to {part[-1].number}, without it" if part else "none"
        advice = "if it is later, name the archive's ledger with --ledger"
        yield of_file("ledger-head", where, f"the entry {head[:16]}… that you hold", f"{found}; {advice}")


def _without(opened: Opened, held: Held) -> Iterator[Fault]:
    """A package of others, or of an earlier version: its signature alone can name a key."""
    if held.key and not (signer(opened) or "").startswith(held.key.lower()):
        found = signer(opened) or "no signature"
        yield opened.fault("package-signature", "", f"a signature by the key {held.key}", found)
    if held.heads:
        nothing = "no entries of a ledger: a head proves nothing of this package"
        yield opened.fault("ledger-head", "", "the entries from its files to the head that you hold", nothing)


def _entries(opened: Opened, where: str, held: Held) -> Generator[Fault, None, tuple[list[Entry], list[Entry]]]:
    """The keys before the part; the part, with what follows it in a ledger that the reader names."""
    said = _said(opened)
    first = said["first_entry"]
    part, wrong = ledger.examined_lines(where, opened.read(PART).splitlines(keepends=True), None, first)
    before = [entry for entry in _keys(opened, said) if entry.number < first]
    for words in wrong:
        yield of_file("package-ledger", where, "an unbroken chain", words)
    last = part[-1].hash if part else ""
    if last != said.get("head"):
        yield of_file("package-ledger", where, f"entries up to the head {str(said.get('head'))[:16]}…", f"{last[:16]}…")
    if first > 1 and not before:
        yield of_file("package-ledger", where, f"the key in force before entry {first}", "none")
    if held.ledger and part:
        part += yield from _later(held.ledger, part)
    return before, part


def _said(opened: Opened) -> dict[str, Any]:
    """What the package says of its head and of the entries; the number of the first one is a number."""
    said = (opened.json(HEAD) if HEAD in opened.members else None) or {}
    first = said.get("first_entry")
    return {**said, "first_entry": first if isinstance(first, int) and 0 < first < 1 << 53 else 1}


def _keys(opened: Opened, said: dict[str, Any]) -> Iterator[Entry]:
    """The entries that announced keys before the part begins, by their numbers."""
    if KEYS not in opened.members:
        return
    numbers = said.get("key_entries")
    lines = opened.read(KEYS).splitlines(keepends=True)
    known = numbers if isinstance(numbers, list) and all(isinstance(n, int) for n in numbers) else []
    for at, line in enumerate(lines):
        number = known[at] if at < len(known) else at + 1
        entries, _ = ledger.examined_lines(f"{opened.path}/{KEYS}", [line], None, number)
        yield from (e for e in entries if e.type == "key" and ledger.hash_of(e.data) == e.hash)


def _later(path: Path, part: list[Entry]) -> Generator[Fault, None, list[Entry]]:
    """The entries of a ledger behind the package's last one."""
    lines, last = raw_lines(path), part[-1]
    whole, _ = ledger.examined_lines(str(path), lines, None)
    at = next((e.number for e in whole if e.hash == last.hash), None)
    if at is None:
        yield of_file("ledger-head", str(path), f"the package's last entry, {last.hash[:16]}…", "no such entry")
        return []
    later, wrong = ledger.examined_lines(str(path), lines[at:], last.hash, last.number + 1)
    for words in wrong:
        yield of_file("ledger", str(path), "an unbroken chain", words)
    return later


def _files(opened: Opened, description: dict[str, Any], said: Vouched, held: Held) -> Iterator[Fault]:
    """Whether what the reader holds vouches for each WARC file."""
    digests, signed = _digests(description), _is_signed(opened, said, held)
    for path in sorted(name for name in opened.members if name.startswith("archive/")):
        entry = said.files.get(path.partition("/")[2])
        if entry is not None and digests.get(path) == f"sha256:{entry.data.get('sha256')}":
            yield from _whole(opened, path, entry, said, held)
        elif not signed:
            found = "a part of it, or another; the package's signature is not by a key that they name"
            yield opened.fault("package-signature", path, "a file that the entries or their key vouch for", found)
    if not signed:  # titles and lists of pages are in no entry
        wanted = (
            f"a signature by the key {held.key} or one that it endorsed" if held.key else "one by a key of the entries"
        )
        level: Level = "fault" if held.key or any(SIGNER in e.data for e in said.entries) else "note"
        yield opened.fault("package-signature", "", wanted, signer(opened) or "no signature", level)


def _whole(opened: Opened, path: str, entry: Entry, said: Vouched, held: Held) -> Iterator[Fault]:
    """A file that is as its entry says; a key that is known vouches for every entry, a head for those up to it."""
    if entry.number > said.trust.until and not (held.key and said.trust.signed):
        wanted, found = "an entry at or before the head that you hold", f"entry {entry.number}, which is later"
        yield opened.fault("ledger-head", path, wanted, found)


def _digests(description: dict[str, Any]) -> dict[str, str]:
    """What the package says of its files; their bytes were compared with it already."""
    resources = description.get("resources")
    rows = (r for r in (resources if isinstance(resources, list) else ()) if isinstance(r, dict))
    return {str(row.get("path")): str(row.get("hash")) for row in rows}


def _is_signed(opened: Opened, said: Vouched, held: Held) -> bool:
    """Whether the package's signature is by the key of the entries, and that key is known to the reader."""
    by = signer(opened)
    if by is None:
        return False
    if held.key:
        return by in said.trust.signers
    # A held head vouches for what entries at or before it name as their key.
    known = (e for e in said.entries if e.number <= said.trust.until)
    return any(by in (e.data.get(SIGNER), e.public_key and keys.fingerprint(e.public_key)) for e in known)
