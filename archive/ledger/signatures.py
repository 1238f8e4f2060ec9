"""Who signed the entries of a ledger: each by itself, and whether its keys vouch for one another.

A chain of keys is unbroken where each new key is endorsed by the one before it, or named by the reader. What is signed
by a key beyond a break proves nothing.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field

from archive.fault import Fault, of_file
from archive.ledger import keys
from archive.ledger.chain import SIGNER, Entry, hash_of
from archive.ledger.standing import endorsed


@dataclass(frozen=True, slots=True)
class Trust:
    """Which entries may take back what an earlier one says.

    :param signed: numbers of the entries with a signature of their own, by a key of the unbroken chain
    :param signers: the fingerprints of these keys
    :param until: up to this number the reader vouches for all: by a head that is held, or a key that is named
    :param keyless: no key was ever announced
    """

    signed: frozenset[int] = frozenset()
    signers: frozenset[str] = frozenset()
    until: int = 0
    keyless: bool = False

    def holds(self, entry: Entry) -> bool:
        """Whether an entry is as the owner of the key, or the reader, vouches for it."""
        if hash_of(entry.data) != entry.hash:
            return False
        return entry.number <= self.until or entry.number in self.signed or (self.keyless and not self.until)


def check_signatures(
    path: str, entries: list[Entry], wanted: str | None, held: Iterable[str] = ()
) -> Generator[Fault, None, Trust]:
    """Every signature, every new key, and what follows of them.

    :param wanted: fingerprint of a key that the reader knows, its first digits
    :param held: hashes of entries that the reader holds
    """
    heads = {head.lower() for head in held}
    until = max((e.number for e in entries if e.hash in heads), default=0)
    walk = _Walk(path, anchor=_anchor(entries, wanted), until=until)
    for entry in entries:
        yield from walk.entry(entry)
    yield from walk.end(entries)
    yield from _known(path, entries, wanted)
    return Trust(frozenset(walk.signed), frozenset(walk.signers), walk.until, keyless=not walk.public)


def _anchor(entries: list[Entry], wanted: str | None) -> int:
    """The last entry that announces the key which the reader knows."""
    named = (e.number for e in entries if wanted and e.type == "key" and _is(e, wanted))
    return max(named, default=0)


def _is(entry: Entry, wanted: str) -> bool:
    return bool(entry.public_key) and keys.fingerprint(entry.public_key).startswith(wanted.lower())


def _known(path: str, entries: list[Entry], wanted: str | None) -> Iterator[Fault]:
    """Whether the key that the reader knows is one of the ledger's."""
    announced = [e for e in entries if e.type == "key" and e.public_key]
    fingerprint = keys.fingerprint(announced[-1].public_key) if announced else ""
    if wanted and not _anchor(entries, wanted):
        yield of_file("ledger-key", path, f"the key {wanted}", fingerprint or "no key")
    elif fingerprint and not wanted:
        found = f"{fingerprint}; compare it with the published one"
        yield of_file("ledger-key", path, "a key you know from elsewhere (--key)", found, "note")


@dataclass(slots=True)
class _Walk:
    """The entries one by one.

    :param anchor: entry of the key that the reader knows; breaks before it are accepted
    :ivar public: the key in force; ``broken``: it is not vouched for by the one before
    """

    path: str
    anchor: int
    until: int
    public: bytes = b""
    broken: bool = False
    valid: int = 0
    signed: set[int] = field(default_factory=set)
    signers: set[str] = field(default_factory=set)
    unsigned: list[int] = field(default_factory=list)

    def entry(self, entry: Entry) -> Iterator[Fault]:
        where = f"{self.path}:{entry.number}"
        if entry.type == "key":
            yield from self._new_key(where, entry)
        if entry.signature is None:
            if self.public or SIGNER in entry.data:
                self.unsigned.append(entry.number)
        elif not self.public:
            yield of_file("ledger-signature", where, "a key announced before the first signature", "none")
        else:
            yield from self._signature(where, entry)

    def _signature(self, where: str, entry: Entry) -> Iterator[Fault]:
        by = keys.fingerprint(self.public)
        assert entry.signature is not None
        if not keys.verify(self.public, entry.signature, entry.hash.encode()):
            yield of_file("ledger-signature", where, f"a signature by the key {by[:16]}…", "one that does not verify")
            return
        self.valid = entry.number
        if not self.broken:
            self.signed.add(entry.number)
            self.signers.add(by)
        if entry.data.get(SIGNER, by) != by:
            named = str(entry.data[SIGNER])[:16]
            yield of_file(
                "ledger-signature", where, f"a signature by the key {named}…, which it names", f"one by {by[:16]}…"
            )

    def _new_key(self, where: str, entry: Entry) -> Iterator[Fault]:
        """A key takes the place of the one before; it signs the entry that announces it."""
        before, public, said = self.public, entry.public_key, str(entry.data.get("fingerprint"))
        if not public or keys.fingerprint(public) != said:
            yield of_file("ledger-key", where, f"the public key {said[:16]}…", "another one")
        self.public = public or before
        if entry.signature is None:
            yield of_file("ledger-key", where, "a new key that signs its own entry", "no signature")
        if not before or endorsed(before, entry):
            return
        accepted = entry.number <= self.anchor
        if accepted:
            self.until = max(self.until, entry.number)
        self.broken = not accepted
        reason = entry.data.get("reason") or "no reason given"
        wanted = f"a new key endorsed by the old one ({keys.fingerprint(before)[:16]}…)"
        found = f"no valid endorsement of {said[:16]}…: {reason}; if you know this key, name it with --key"
        yield of_file("ledger-key", where, wanted, found, "note" if accepted else "fault")

    def end(self, entries: list[Entry]) -> Iterator[Fault]:
        """What only shows at the end: stretches without a signature."""
        if not entries:
            return
        last = entries[-1].number
        if not self.public:
            found = "no key: anyone who can write the ledger can rewrite it"
            yield of_file("ledger-signature", self.path, "signed entries", found, "note")
        elif self.valid < last:
            found = f"the last valid signature is on entry {self.valid}"
            yield of_file("ledger-signature", self.path, f"a signed last entry ({last})", found)
        for first, end in _stretches([n for n in self.unsigned if n < self.valid]):
            known = end <= self.until
            found = f"none on entries {first} to {end}; the next one signed them over"
            wanted = "a signature on every entry since there is a key"
            yield of_file("ledger-signature", f"{self.path}:{first}", wanted, found, "note" if known else "fault")


def _stretches(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Numbers that follow one another, as first and last."""
    first = 0
    for at, number in enumerate(numbers):
        first = first or number
        if at + 1 == len(numbers) or numbers[at + 1] != number + 1:
            yield first, number
            first = 0
