"""Replicas: what the ledger vouches for, a second time elsewhere.

A file of a replica is only ever replaced where its bytes are an earlier state of the file that the signed ledger names:
a takedown that destroyed words, a setting that was changed, a report that was written again, a ledger that has grown.
Anything else that differs is damage, or somebody's deed: it is named and left as it is.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.collection import clock
from archive.collection.folder import Collection, write_atomically
from archive.collection.shelf import PART, Shelf, digest_on, read_on, room_for
from archive.errors import ConfigError
from archive.fault import Counts, Fault, of_file
from archive.keeping import holdings
from archive.keeping.holdings import Holding, Ledger
from archive.keeping.lines import entered, files
from archive.keeping.seen import Seen, look_at
from archive.ledger import chain as ledger_chain
from archive.ledger.plain import enter_settings
from archive.ledger.vouching import HOLDERS
from archive.store.written import LineFile
from parsers.errors import FangtanError

LEDGER = "ledger.jsonl"
#: The files of lines, for which no digest of theirs vouches.
LINES = ("corrections.jsonl", "codings.jsonl")


@dataclass(slots=True)
class Copying(Counts):
    """What became of a replica."""

    copied: int = 0
    replaced: int = 0
    same: int = 0
    bytes: int = 0


@dataclass(slots=True)
class _Job:
    collection: Collection
    shelf: Shelf
    done: Copying
    said: Ledger
    there: set[str] = field(default_factory=set)


def replicate(
    collection: Collection, shelf: Shelf, done: Copying, key: str | None = None, heads: tuple[str, ...] = ()
) -> Iterator[Fault]:
    """Bring a replica up to date. What is not copied is a fault, or a note where there is nothing to vouch for it.

    :param key: fingerprint of a key that the reader knows; ``heads``: hashes of entries that the reader holds
    :raises ConfigError: the ledger here has faults, or the place holds another archive
    """
    ledger, said = _said(collection, key, heads)
    if _enter_settings(collection, said):
        ledger, said = _said(collection, key, heads)
    with collection.lock("replicate"):
        job = _Job(collection, shelf, done, said, set(shelf.names()))
        fork = _fork(job)
        if fork is not None:
            raise ConfigError(f"nothing is copied: {fork.found} ({fork.file})")
        yield from done.count(_copy(job, ledger))


def _said(collection: Collection, key: str | None, heads: tuple[str, ...]) -> tuple[bytes, Ledger]:
    """The ledger, as bytes and as what it says.

    :raises ConfigError: it has faults, or no entry
    """
    # Read first: what is entered meanwhile is copied the next time, and not vouched for until then.
    data = collection.ledger.read_bytes() if collection.ledger.exists() else b""
    said = holdings.look(collection, key, heads)
    why = said.wrong or (None if said.entries else f"{collection.ledger}: no entry yet")
    if why is not None:
        raise ConfigError(f"nothing is copied: {why}")
    return data, said


def _enter_settings(collection: Collection, said: Ledger) -> bool:
    """Enter settings as a run does: a replica without them is no archive. What cannot be used or signed is left to a
    run.

    :returns: whether an entry was made
    """
    try:
        _ = collection.settings
        signed = ledger_chain.announced_key(said.entries) is not None
        if signed and ledger_chain.key_of(collection, said.entries) is None:
            return False
        return enter_settings(collection) is not None
    except (FangtanError, OSError):
        return False


def _copy(job: _Job, ledger: bytes) -> Iterator[Fault]:
    """Every file, the ledger last."""
    listed = [*_all(job)]
    room_for(job.shelf, sum(h.size or 0 for h in listed if h.name not in job.there))
    for holding in listed:
        yield from _one(job, holding)
    yield from _lines(job)
    for path in job.collection.warcs():
        if path.name.endswith(".open"):
            yield of_file("replica", str(path), "a closed file", "it is still open: the next time", "note")
    if not job.done.faults:
        _put_ledger(job, ledger)
    yield from _freed(job)
    if not job.done.faults:
        remember(job.collection, job.shelf.name, job.said)


def _all(job: _Job) -> Iterator[Holding]:
    """What is vouched for and here; of bags, every file."""
    root = job.collection.root
    freed = job.said.said.freed
    for holding in holdings.holdings(job.said.said):
        if (holding.place[0], holding.place[1].partition("/")[0]) in freed:
            continue  # it holds what a takedown names
        yield holding
        if holdings.is_manifest(holding) and look_at(holding.path(root)).sha256 == holding.sha256:
            for listed in holdings.listed_in(holding, root):
                yield listed
                if holdings.is_manifest(listed):
                    yield from holdings.listed_in(listed, root)


def _one(job: _Job, holding: Holding) -> Iterator[Fault]:
    """One file: there already, copied, or why not."""
    there = digest_on(job.shelf, holding.name) if holding.name in job.there else None
    if there == holding.sha256:
        job.done.same += 1
        return
    if there is not None and there not in holding.earlier:
        yield _differs(job.shelf, holding, there)
        return
    path = holdings.in_collection(job.collection, holding)
    here = look_at(path)
    if here.sha256 == holding.sha256:
        yield from _put(job, holding, path, replaced=there is not None)
    elif here.sha256 or here.trouble or not holding.free:
        yield _not_copied(holding, path, here)


def _not_copied(holding: Holding, path: Path, here: Seen) -> Fault:
    """A file that is not as it was entered never goes to a replica."""
    expected = f"sha256 {holding.sha256} (ledger entry {holding.entry}), to be copied"
    excused = holdings.is_setting(holding) or (here.sha256 is not None and here.sha256 == holding.pending)
    found = here.trouble or here.sha256 or "no such file"
    return of_file("replica", str(path), expected, found, "note" if excused else "fault")


def _put(job: _Job, holding: Holding, path: Path, *, replaced: bool) -> Iterator[Fault]:
    job.shelf.put(path, holding.name)
    found = digest_on(job.shelf, holding.name)
    if found != holding.sha256:
        yield _differs(job.shelf, holding, found or "no such file")
        return
    job.done.bytes += path.stat().st_size
    if replaced:
        job.done.replaced += 1
    else:
        job.done.copied += 1


def _differs(shelf: Shelf, holding: Holding, found: str) -> Fault:
    where = f"{shelf.name}/{holding.name}"
    return of_file(
        "replica", where, f"sha256 {holding.sha256} (ledger entry {holding.entry})", f"{found}; it is left as it is"
    )


def _put_ledger(job: _Job, data: bytes) -> None:
    """The ledger as it was when the copying began; it goes last, so it never vouches for what is not there."""
    if read_on(job.shelf, LEDGER) == data:
        return
    part = job.collection.root / f".{LEDGER}{PART}"
    try:
        part.write_bytes(data)
        job.shelf.put(part, LEDGER)
    finally:
        part.unlink(missing_ok=True)


def _fork(job: _Job) -> Fault | None:
    """What is wrong with the replica's ledger; ``None`` when it is the one here, or its beginning."""
    where = f"{job.shelf.name}/{LEDGER}"
    theirs, ours = read_on(job.shelf, LEDGER), job.collection.ledger.read_bytes()
    if ours.startswith(theirs) and (not theirs or theirs.endswith(b"\n")):
        return None
    if theirs.startswith(ours):
        more = theirs[len(ours) :].count(b"\n")
        found = f"{more} entries more: the ledger here has lost its end"
        return of_file("replica-ledger", where, "the ledger of this collection, or its beginning", found)
    same = _common(theirs, ours)
    found = f"another ledger from line {same + 1} on"
    return of_file("replica-ledger", where, "the ledger of this collection, or its beginning", found)


def _common(one: bytes, other: bytes) -> int:
    """How many lines two ledgers share from their beginning."""
    pairs = zip(one.split(b"\n"), other.split(b"\n"), strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), 0)


def _lines(job: _Job) -> Iterator[Fault]:
    """The files of lines: a replica's is replaced where all its lines are ones that the ledger has known."""
    for file in files():
        if lines := entered(job.said, file.kind):
            yield from _line_file(job, file, Counter(digest for digest, _ in lines))


def _line_file(job: _Job, file: LineFile[Any], wanted: Counter[str]) -> Iterator[Fault]:
    path = file.path(job.collection)
    data = path.read_bytes() if path.is_file() else b""
    if wanted - Counter(file.digests_in(data)):
        yield of_file("replica", str(path), "every line that the ledger vouches for", "some are changed or gone")
        return
    theirs = read_on(job.shelf, path.name)
    if theirs == data:
        job.done.same += 1
    elif set(file.digests_in(theirs)) <= _ever_entered(job.said, file.kind):
        job.shelf.put(path, path.name)
        job.done.replaced += bool(theirs)
        job.done.copied += not theirs
    else:
        found = "lines that the ledger never had; it is left as it is"
        yield of_file("replica", f"{job.shelf.name}/{path.name}", "lines that the ledger vouches for", found)


def _ever_entered(said: Ledger, kind: str) -> set[str]:
    return {str(digest) for entry in said.entries if entry.type == kind for digest in entry.data.get("lines") or ()}


# ── comparing ───────────────────────────────────────────────────────────────────────────────────────────────────────


def compare(
    collection: Collection, shelf: Shelf, done: Copying, key: str | None = None, heads: tuple[str, ...] = ()
) -> Iterator[Fault]:
    """Whether a replica is what the ledger here vouches for, and whether that holds.

    :param key: fingerprint of a key that the reader knows; ``heads``: hashes of entries that the reader holds
    """
    said = holdings.look(collection, key, heads)
    yield from done.count(fault for fault in said.faults if fault.level == "fault")
    job = _Job(collection, shelf, done, said, set(shelf.names()))
    yield from done.count(_compared(job))


def _compared(job: _Job) -> Iterator[Fault]:
    fork = _fork(job)
    if fork is not None:
        yield fork
    behind = job.collection.ledger.read_bytes().count(b"\n") - read_on(job.shelf, LEDGER).count(b"\n")
    if behind > 0:
        where, wanted = f"{job.shelf.name}/{LEDGER}", "the entries of the ledger here"
        yield of_file(
            "replica-behind", where, wanted, f"{behind} less; run `fangtan replicate {job.shelf.name}`", "note"
        )
    known = {LEDGER, *LINES}
    for holding in _all(job):
        known.add(holding.name)
        yield from _compare_one(job, holding)
    yield from _freed(job)
    yield from _strangers(job, known)


def _compare_one(job: _Job, holding: Holding) -> Iterator[Fault]:
    found = digest_on(job.shelf, holding.name) if holding.name in job.there else None
    where = f"{job.shelf.name}/{holding.name}"
    wanted = f"sha256 {holding.sha256} (ledger entry {holding.entry})"
    if found == holding.sha256:
        job.done.same += 1
    elif found is None:
        if not holding.free:
            yield of_file("replica", where, f"the file {holding.name}", f"no such file; {_again(job)}")
    elif found in holding.earlier:
        old = f"an earlier state, as before a takedown or a change; {_again(job)}"
        destroyed = holding.place[0] == "archive"
        yield of_file(
            "withheld" if destroyed else "replica-behind", where, wanted, old, "fault" if destroyed else "note"
        )
    else:
        yield of_file("replica", where, wanted, f"{found}; remove it there, then {_again(job)}")


def _again(job: _Job) -> str:
    return f"run `fangtan replicate {job.shelf.name}`"


def _freed(job: _Job) -> Iterator[Fault]:
    """Packages and originals on the replica that hold what was taken down."""
    destroyed = job.said.said.takedowns.destroyed
    gone = {(folder, str(name)) for folder in HOLDERS for e in destroyed for name in e.data.get(folder) or ()}
    there = (name.split("/") for name in job.there)
    named = {(parts[0], parts[1]) for parts in there if len(parts) > 1}
    for place in sorted(named & job.said.said.freed):
        where = f"{job.shelf.name}/{holdings.named(place)}"
        found = "made before the takedown, it holds the captures; delete it there"
        yield of_file(
            "withheld", where, f"{place[0]} without what was taken down", found, "fault" if place in gone else "note"
        )


def _strangers(job: _Job, known: set[str]) -> Iterator[Fault]:
    """WARC files that nobody vouches for, and what an interrupted copying left."""
    for name in sorted(job.there - known):
        if PART in name:
            yield of_file(
                "replica", f"{job.shelf.name}/{name}", "complete files", "a copy that was interrupted", "note"
            )
        elif name.startswith("archive/"):
            yield of_file("replica", f"{job.shelf.name}/{name}", "a ledger entry for this file", "none")


# ── which replicas there are ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Replica:
    """A replica that was brought up to date.

    :param at: when
    :param entries: how many entries the ledger had then
    """

    dest: str
    at: str
    entries: int


def _list(collection: Collection) -> Path:
    return collection.root / "replicas.json"


def known_replicas(collection: Collection) -> list[Replica]:
    """The replicas that ``replicas.json`` names; none where it cannot be read."""
    try:
        rows = json.loads(_list(collection).read_text("utf-8"))
        return [Replica(str(d), str(r["at"]), int(r["entries"])) for d, r in rows.items()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def remember(collection: Collection, dest: str, said: Ledger) -> None:
    """Note that a replica is up to date."""
    rows = {r.dest: {"at": r.at, "entries": r.entries} for r in known_replicas(collection)}
    rows[dest] = {"at": clock.stamp(), "entries": len(said.entries)}
    write_atomically(_list(collection), (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode())


def holding_destroyed(collection: Collection, said: Ledger) -> list[str]:
    """The replicas that still have what was destroyed here: they were not brought up to date since."""
    last = max((e.number for e in said.said.takedowns.destroyed), default=0)
    return [replica.dest for replica in known_replicas(collection) if replica.entries < last]
