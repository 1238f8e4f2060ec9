"""Fixity: are the bytes of each file still those that the ledger vouches for? Nothing is read but ledger and files.

What a check found is an entry of type ``fixity``: ``checked`` files and ``bytes``, names of ``damaged`` and ``missing``
ones, how many were ``unchecked``. A check that was interrupted enters nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.collection.files import OPEN_SUFFIX, final_name
from archive.collection.folder import Collection
from archive.collection.reports import Rewritten
from archive.fault import Counts, Fault, of_file
from archive.keeping import holdings
from archive.keeping.deposits import holding_withheld
from archive.keeping.holdings import Holding, Ledger
from archive.keeping.lines import check_lines
from archive.keeping.replicas import holding_destroyed
from archive.keeping.seen import Seen, look_at
from archive.ledger import chain as ledger
from archive.ledger.vouching import MANIFEST, digests_of
from parsers.errors import FangtanError

TYPE = "fixity"
#: Names of damaged files in an entry; more are counted.
_MAX_NAMES = 100
#: What the ledger does not vouch for: derived, or the crawl's own state.
DERIVED = "fangtan.db, indexes and crawl.db"


@dataclass(slots=True)
class Outcome(Counts):
    """What a check came to.

    :param checked: files whose bytes were read
    :param bytes: their size
    :param unchecked: files that were not, each with why
    """

    checked: int = 0
    bytes: int = 0
    damaged: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unchecked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def as_entry(self) -> dict[str, Any]:
        """The fields of the ledger's entry."""
        return {
            "type": TYPE, "checked": self.checked, "bytes": self.bytes, "faults": self.faults, "unchecked": len(self.unchecked),
            "damaged": sorted(self.damaged)[:_MAX_NAMES], "missing": sorted(self.missing)[:_MAX_NAMES],
        }  # fmt: skip


def check_fixity(
    collection: Collection,
    outcome: Outcome,
    *,
    key: str | None = None,
    heads: Iterable[str] = (),
    jobs: int = 0,
    cure: Callable[[Holding], str | None] = lambda _: None,
) -> Iterator[Fault]:
    """Every file that is not as the ledger says, and every file that nobody can judge.

    :param cure: says what helps with a damaged file, in words
    """
    said = holdings.look(collection, key, heads)
    check = _Check(collection, outcome, said, cure)
    yield from outcome.count(check.run(jobs or min(os.cpu_count() or 1, 4)))


@dataclass(slots=True)
class _Check:
    collection: Collection
    outcome: Outcome
    said: Ledger
    cure: Callable[[Holding], str | None]
    known: set[str] = field(default_factory=set)

    def run(self, jobs: int) -> Iterator[Fault]:
        yield from self.said.faults
        runs = Rewritten(self.collection)
        held = holdings.holdings(self.said.said)
        written = {holding.run for holding in held if runs.is_written(holding.run)}
        for holding in held:
            if holding.run in written:
                yield self._not_checked(holding.name, "the run was continued and writes it again")
        yield from self._all([holding for holding in held if holding.run not in written], jobs)
        yield from check_lines(self.collection, self.said)
        yield from self._strangers(runs)
        for dest in holding_destroyed(self.collection, self.said):
            words = f"they may still have it; run `fangtan replicate {dest}`"
            yield of_file("withheld", dest, "copies without what was destroyed", words, "note")
        for path in holding_withheld(self.collection):
            words = (
                "it may hold it; delete it"
                if path.parent.exists()
                else f"its folder is not there; `fangtan package --gone {path}` when it is deleted"
            )
            yield of_file("withheld", str(path), "packages without what is withheld", words, "note")

    def _all(self, held: list[Holding], jobs: int) -> Iterator[Fault]:
        for holding, seen in self._read(held, jobs):
            yield from self._judge(holding, seen)
            if not holdings.is_manifest(holding):
                continue
            if seen.sha256 == holding.sha256:
                yield from self._all(holdings.listed_in(holding, self.collection.root), jobs)
            elif seen.sha256 is not None:
                yield self._not_checked(
                    f"{holding.name.rpartition('/')[0]}/*", "the manifest that names them is damaged"
                )

    def _read(self, held: list[Holding], jobs: int) -> Iterator[tuple[Holding, Seen]]:
        """Each file beside others: hashing leaves the interpreter free."""
        paths = [holdings.in_collection(self.collection, h) for h in held]
        self.known |= {str(path) for path in paths}
        if jobs == 1 or len(held) < 2:
            yield from zip(held, map(look_at, paths), strict=True)
            return
        with ThreadPoolExecutor(jobs) as pool:
            yield from zip(held, pool.map(look_at, paths), strict=True)

    def _judge(self, holding: Holding, seen: Seen) -> Iterator[Fault]:
        if seen.sha256 is not None:
            self.outcome.checked += 1
            self.outcome.bytes += seen.size
        if seen.sha256 != holding.sha256:
            yield from self._other(holding, seen)

    def _other(self, holding: Holding, seen: Seen) -> Iterator[Fault]:
        """A file that is not as it was entered."""
        path = str(holding.path(self.collection.root))
        wanted = f"sha256 {holding.sha256} (ledger entry {holding.entry})"
        if seen.trouble is None and seen.sha256 is None:
            yield from self._lost(holding, path)
        elif seen.sha256 is not None and seen.sha256 == holding.pending:
            found = "not yet: a takedown was interrupted; any command finishes it"
            yield of_file("withheld", path, f"records overwritten, as entry {holding.entry} announces", found, "note")
        elif holdings.is_setting(holding) and seen.trouble is None:
            yield self._not_checked(holding.name, "changed since it was entered; the next run enters it")
        elif not self._changed_meanwhile(holding):
            self.outcome.damaged.append(holding.name)
            yield of_file(TYPE, path, wanted, self._with_cure(holding, seen.trouble or str(seen.sha256)))

    def _lost(self, holding: Holding, path: str) -> Iterator[Fault]:
        again = look_at(holdings.in_collection(self.collection, holding))
        if again.sha256 is not None:  # a run gave it its final name meanwhile
            yield from self._judge(holding, again)
        elif holding.free:
            yield self._not_checked(holding.name, "it is not here")
        elif not self._changed_meanwhile(holding):
            self.outcome.missing.append(holding.name)
            wanted = f"the file {holding.name} (ledger entry {holding.entry})"
            yield of_file(TYPE, path, wanted, self._with_cure(holding, "no such file"))

    def _with_cure(self, holding: Holding, found: str) -> str:
        helps = self.cure(holding)
        return f"{found}; {helps}" if helps else found

    def _changed_meanwhile(self, holding: Holding) -> bool:
        """Whether a takedown or a run wrote the file while it was read: the ledger says another word by now."""
        now = holdings.look(self.collection)
        if now.head == self.said.head:
            return False
        fresh = next((h for h in holdings.holdings(now.said) if h.place == holding.place), None)
        seen = look_at(holdings.in_collection(self.collection, holding))
        return fresh is not None and seen.sha256 in (fresh.sha256, fresh.pending)

    def _strangers(self, runs: Rewritten) -> Iterator[Fault]:
        """Files that no entry names: an open WARC file is no fault, a closed one is."""
        for path in self.collection.warcs():
            if str(path) in self.known:
                continue
            if path.name.endswith(OPEN_SUFFIX):
                yield self._not_checked(f"archive/{path.name}", "it is still being written")
            elif not self._entered_meanwhile(final_name(path)):
                yield of_file("ledger", str(path), "a ledger entry for this closed file", "none")
        for path in (*sorted(self.collection.reports.glob("*.json")), *self._packages()):
            if str(path) not in self.known and not (path.suffix == ".json" and runs.is_written(path.stem)):
                place = f"{path.parent.name}/{path.name}"
                yield self._not_checked(place, "no entry of the ledger names it")

    def _entered_meanwhile(self, name: str) -> bool:
        return bool(digests_of(self.collection.ledger, name))

    def _packages(self) -> list[Path]:
        bags = [path for path in self.collection.packages.glob("[!.]*") if path.is_dir()]
        return sorted((*self.collection.packages.glob("*.wacz"), *(bag / MANIFEST for bag in bags if _is_bag(bag))))

    def _not_checked(self, name: str, why: str) -> Fault:
        self.outcome.unchecked.append((name, why))
        return of_file("unchecked", str(self.collection.root / name), "a digest to compare with", why, "note")


def _is_bag(folder: Path) -> bool:
    return (folder / "bagit.txt").is_file()


def enter(collection: Collection, outcome: Outcome) -> str | None:
    """Enter what a check found.

    :returns: why it is not entered, in words; ``None`` when it is
    """
    try:
        entries = ledger.lenient(collection.ledger)
        if not entries:
            return "the ledger has no entry yet"
        if not os.access(collection.root, os.W_OK):
            return f"{collection.root} cannot be written"
        if ledger.announced_key(entries) and ledger.key_of(collection, entries) is None:
            return "the signing key is not here"
        ledger.append(collection, outcome.as_entry())
    except (OSError, FangtanError) as error:
        return str(error)
    return None
