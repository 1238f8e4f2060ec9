"""What a ledger vouches for: of each file the first word, until the key in force explains another one.

A later entry does not take an earlier one's place by being later. Records that a takedown overwrites, and a run that
was continued, are explained where the owner of the key has signed the entry that says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from archive.fault import Fault, of_file
from archive.ledger.chain import Entry
from archive.ledger.signatures import Trust
from archive.ledger.vouching import HOLDERS, ORIGINALS, Claim, claims
from archive.ledger.withheld import Takedowns, takedowns_in

Place = tuple[str, str]


@dataclass(slots=True)
class Vouched:
    """What the ledger says.

    :param files: the word that holds on each WARC file, by name
    :param others: the word that holds on each report, package and time stamp, by folder and name
    :param before: digests that files have until records in them are overwritten
    :param faults: entries that contradict earlier ones, and explain nothing
    """

    path: str = ""
    trust: Trust = field(default_factory=Trust)
    files: dict[str, Entry] = field(default_factory=dict)
    others: dict[Place, tuple[Entry, Claim]] = field(default_factory=dict)
    imported: set[str] = field(default_factory=set)
    withheld: set[str] = field(default_factory=set)
    destroyed: set[str] = field(default_factory=set)
    before: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def takedowns(self) -> Takedowns:
        """The takedowns, as far as the key's owner or the reader vouches for them."""
        return takedowns_in(self.entries, frozenset(e.number for e in self.entries if not self.trust.holds(e)))

    @property
    def freed(self) -> frozenset[Place]:
        """Packages and originals that hold what was taken down: they are to be deleted or replaced."""
        entries = [e for e in self.entries if e.type == "withhold" and self.trust.holds(e)]
        return frozenset(
            (folder, str(name)) for folder in HOLDERS for entry in entries for name in entry.data.get(folder) or ()
        )

    def second(self, entry: Entry, earlier: Entry, name: str, wanted: object, found: object) -> None:
        """Note that an entry says otherwise than an earlier one, and nothing explains it."""
        known = f"the digest {str(wanted)[:16]}… that entry {earlier.number} has for {name}"
        expected = f"{known}, or a signed entry that explains another"
        self.faults.append(of_file("ledger", f"{self.path}:{entry.number}", expected, f"{str(found)[:16]}…"))


def vouched(entries: Iterable[Entry], path: str, trust: Trust) -> Vouched:
    """The word that holds on each file and each withheld capture."""
    found = Vouched(path, trust)
    for entry in entries:
        found.entries.append(entry)
        _take(found, entry)
    said = found.takedowns
    found.withheld = set(said.held)
    found.destroyed = {identifier for identifier, entry in said.held.items() if said.is_gone(entry)}
    return found


def _take(found: Vouched, entry: Entry) -> None:
    """What one entry adds."""
    if entry.type == "warc":
        _warc(found, entry)
        for claim in (c for c in claims(entry) if c.folder == ORIGINALS):
            _other(found, entry, claim)
    elif entry.type in ("run", "package", "timestamp"):
        for claim in claims(entry):
            _other(found, entry, claim)
    elif entry.type == "overwrite" or (entry.type == "withhold" and entry.data.get("destroyed")):
        for file in entry.data.get("files") or ():
            _overwritten(found, entry, file)


def _warc(found: Vouched, entry: Entry) -> None:
    name, digest = str(entry.data["name"]), entry.data.get("sha256")
    earlier = found.files.get(name)
    if earlier is None:
        found.files[name] = entry
        if (entry.data.get("origin") or {}).get("kind") == "import":
            found.imported.add(name)
    elif earlier.data.get("sha256") != digest:
        found.second(entry, earlier, name, earlier.data.get("sha256"), digest)


def _other(found: Vouched, entry: Entry, claim: Claim) -> None:
    """A report, a package, a time stamp. The report of a run that was continued is written again."""
    earlier, said = found.others.get(claim.place, (None, None))
    if earlier is None or said is None or said.sha256 == claim.sha256:
        found.others.setdefault(claim.place, (entry, claim))
        return
    continued = entry.type == earlier.type == "run" and entry.data.get("run") == earlier.data.get("run")
    if continued and found.trust.holds(entry):
        found.others[claim.place] = (entry, claim)
    else:
        found.second(entry, earlier, claim.name, said.sha256, claim.sha256)


def _overwritten(found: Vouched, entry: Entry, file: dict[str, Any]) -> None:
    """The digest that a file has, or will have, when records in it are overwritten."""
    digest, name = file.get("sha256"), str(file["name"])
    earlier = found.files.get(name)
    if not digest or (earlier is not None and earlier.data.get("sha256") == digest):
        return
    if earlier is not None and not (found.trust.holds(entry) and _continues(earlier, file)):
        found.second(entry, earlier, name, earlier.data.get("sha256"), digest)
        return
    found.files[name] = replace(entry, data={**entry.data, **file})
    if entry.type == "overwrite":
        found.before[name] = str(file.get("sha256_before"))


def _continues(earlier: Entry, file: dict[str, Any]) -> bool:
    """Whether a takedown began with the file that was vouched for; what it says of another one is named later.

    An earlier version signed what a file would be like before it was; where that did not happen, the takedown that is
    carried out begins with the same file.
    """
    before = file.get("sha256_before")
    known = (None, earlier.data.get("sha256"), earlier.data.get("sha256_before"))
    return before in known or bool(file.get("sha256_vouched"))
