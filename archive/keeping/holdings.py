"""The files of a collection that its ledger vouches for: where each is, what it must be, what it was before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.collection.files import OPEN_SUFFIX, require_plain
from archive.collection.folder import Collection
from archive.errors import ArchiveError
from archive.fault import Fault, of_file
from archive.ledger import chain as ledger
from archive.ledger.chain import Entry
from archive.ledger.plain import settings_in
from archive.ledger.signatures import check_signatures
from archive.ledger.vouched import Vouched, vouched
from archive.ledger.vouching import MANIFEST, claims

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Holding:
    """One file.

    :param place: folder in the collection (``""`` for its root) and name
    :param sha256: hexadecimal, what it must be
    :param earlier: digests that it had before, as trusted entries say: a takedown or a new word has replaced them
    :param pending: the one that it may have until a takedown under way is done
    :param entry: number of the ledger's entry
    :param free: it may be missing: it was written elsewhere, or a takedown names it
    """

    place: Place
    size: int | None
    sha256: str
    entry: int
    earlier: frozenset[str] = frozenset()
    pending: str | None = None
    free: bool = False
    run: str = ""

    @property
    def name(self) -> str:
        """The file as people name it, from the collection's root."""
        return named(self.place)

    def path(self, root: Path) -> Path:
        """Where it is in a collection or a replica."""
        return root / self.name


def named(place: Place) -> str:
    """A place as a path from the collection's root, with slashes."""
    return "/".join(part for part in place if part)


_OF_KEYS = ("ledger-signature", "ledger-key")
_ADVICE = (
    "If these entries are your own: bring the signing key back, or begin one with `fangtan ledger --new-key`. "
    "Then enter something (`fangtan verify --fixity`) and name what you know: --key FINGERPRINT of the new key, "
    "or --head HASH of the last entry. 若这些记录确为本馆所写，请找回或新建私钥，再以 --key 或 --head 指明。"
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a ledger says, with its faults.

    :param entries: those that can be read
    :param faults: of chain, signatures and contradictions; notes among them
    """

    entries: list[Entry]
    said: Vouched
    faults: list[Fault]

    @property
    def wrong(self) -> str | None:
        """The first fault, and what helps where nobody vouches for entries; ``None`` without one."""
        found = next((f for f in self.faults if f.level == "fault"), None)
        if found is None:
            return None
        return f"{found}. {_ADVICE}" if found.check in _OF_KEYS else str(found)

    @property
    def head(self) -> str:
        """The last entry's hash; empty without entries."""
        return self.entries[-1].hash if self.entries else ""


def look(collection: Collection, key: str | None = None, heads: Iterable[str] = ()) -> Ledger:
    """Read a collection's ledger and judge who vouches for it.

    :param key: fingerprint of a key that the reader knows, its first digits
    :param heads: hashes of entries that the reader holds
    """
    path, heads = str(collection.ledger), tuple(heads)
    try:
        entries, wrong = ledger.examined(collection.ledger)
    except ArchiveError as error:
        return Ledger([], Vouched(path), [of_file("ledger", path, "a readable ledger", str(error))])
    return judged(path, entries, wrong, key, heads)


def judged(path: str, entries: list[Entry], wrong: list[str], key: str | None, heads: tuple[str, ...]) -> Ledger:
    """Entries that were read, wherever they are from, with what is wrong with them."""
    faults = [of_file("ledger", path, "an unbroken chain", words) for words in wrong]
    walk = check_signatures(path, entries, key, heads)
    trust = None
    while trust is None:
        try:
            faults.append(next(walk))
        except StopIteration as end:
            trust = end.value
    said = vouched(entries, path, trust)
    present = {entry.hash for entry in entries}
    gone = [head for head in heads if head.lower() not in present]
    faults += said.faults
    faults += [of_file("ledger-head", path, f"the entry {head[:16]}… that you hold", "no such entry") for head in gone]
    return Ledger(entries, said, faults)


def holdings(said: Vouched) -> list[Holding]:
    """Every file that the ledger vouches for, but lines of corrections; in order of place."""
    before = _digests(said)
    found = [*_warcs(said), *_others(said), *_settings(said)]
    return sorted((_with_earlier(holding, before) for holding in found), key=lambda holding: holding.place)


def _with_earlier(holding: Holding, before: dict[Place, set[str]]) -> Holding:
    earlier = frozenset(before.get(holding.place, set()) - {holding.sha256})
    return Holding(
        holding.place, holding.size, holding.sha256, holding.entry, earlier, holding.pending, holding.free, holding.run
    )


def _warcs(said: Vouched) -> Iterator[Holding]:
    for name, entry in said.files.items():
        size, pending = entry.data.get("size"), said.before.get(name) if entry.type == "overwrite" else None
        yield Holding(("archive", name), size, str(entry.data.get("sha256")), entry.number, pending=pending)


def _others(said: Vouched) -> Iterator[Holding]:
    """Reports, time stamps and packages; of a bag, its tag manifest."""
    freed = said.freed
    for place, (entry, claim) in said.others.items():
        free = claim.folder is None or (place[0], claim.name.partition("/")[0]) in freed
        run = str(entry.data.get("run") or "") if place[0] == "reports" else ""
        if claim.sha256:
            size = claim.size if not claim.name.endswith(MANIFEST) else None
            yield Holding(place, size, claim.sha256, entry.number, free=free, run=run)


def _settings(said: Vouched) -> Iterator[Holding]:
    for place, (entry, claim) in settings_in(e for e in said.entries if said.trust.holds(e)).items():
        if claim.sha256:
            yield Holding(place, claim.size, claim.sha256, entry.number, free=True)


def _digests(said: Vouched) -> dict[Place, set[str]]:
    """All digests that trusted entries have for a file."""
    found: dict[Place, set[str]] = {}
    for entry in said.entries:
        if said.trust.holds(entry):
            for place, digest in _said(entry):
                found.setdefault(place, set()).add(digest)
    return found


def _said(entry: Entry) -> Iterator[tuple[Place, str]]:
    yield from ((claim.place, claim.sha256) for claim in claims(entry) if claim.sha256)
    if entry.type in ("overwrite", "withhold"):
        for file in entry.data.get("files") or ():
            yield from (
                (("archive", str(file["name"])), str(file[k])) for k in ("sha256", "sha256_before") if file.get(k)
            )


def is_setting(holding: Holding) -> bool:
    """Whether people may change the file: a run enters what it is then."""
    return holding.place[0] in ("", "sites", "queries")


def in_collection(collection: Collection, holding: Holding) -> Path:
    """Where a file is here; one that was closed and not yet renamed has its open name."""
    path = holding.path(collection.root)
    is_open = path.with_name(path.name + OPEN_SUFFIX)
    return is_open if holding.place[0] == "archive" and not path.exists() and is_open.exists() else path


def is_manifest(holding: Holding) -> bool:
    """Whether a file of a package names further files by their digests."""
    return holding.name.rpartition("/")[2] in (MANIFEST, "manifest-sha256.txt")


def listed_in(holding: Holding, root: Path) -> list[Holding]:
    """The files of a bag that a manifest names, which is as it was entered."""
    return [*_manifest(holding.path(root), holding.name.rpartition("/")[0], holding)]


def _manifest(path: Path, bag: str, holding: Holding) -> Iterator[Holding]:
    try:
        lines = require_plain(path).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return
    for line in lines:
        digest, _, name = line.partition(" ")
        parts = name.strip().split("/")
        if len(digest) == 64 and not {"", ".", ".."} & set(parts):
            yield Holding((bag, "/".join(parts)), None, digest.lower(), holding.entry, free=holding.free)
