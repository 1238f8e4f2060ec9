"""A complete collection comes in: its WARC files, run reports, site files, corrections, codings, takedowns.
What is wrong with one of them concerns that one alone.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from archive.collection.files import OPEN_SUFFIX, sha256_file
from archive.collection.folder import Collection, write_atomically
from archive.errors import ArchiveError, ConfigError
from archive.handover import accounts
from archive.handover.holders import is_freed, originals_in
from archive.handover.imports import Intake, Taken, add_file, destroy_again, index, name_of
from archive.handover.originals import copy_file
from archive.handover.proofs import Subject, in_entry, in_store
from archive.ledger import chain as ledger
from archive.ledger.chain import Entry
from archive.ledger.run_reports import add_run, write_run
from archive.ledger.vouching import ORIGINALS, digests_of, reports_of
from archive.ledger.withheld import Takedowns, takedowns, takedowns_in, withheld_talk
from archive.research import saved
from archive.store.layers import FILES, of_withheld, shown
from archive.store.names import interview_of
from archive.store.store import open_reader
from archive.store.written import LineFile, digest_of
from archive.verify import Fault, Options, Summary, verify_warcs
from archive.warc.records import Position, bare_id, read_at
from parsers.errors import FangtanError

T = TypeVar("T")
#: What the entry of a report says of its run.
_OF_RUN = ("run", "verdict")


def merge(
    collection: Collection,
    other: Collection,
    *,
    key: str | None = None,
    origin: Callable[[Entry], dict[str, Any]] | None = None,
) -> Intake:
    """Fold another collection in. Doing it again changes nothing.

    A damaged file is left out and named, everything else comes in. A file whose name is another one's here gets another
    name.

    :param key: fingerprint of a key of the other ledger that the caller knows
    :param origin: where a file comes from, of the entry that it has there; else where that says, or the merge
    :raises ArchiveError: the other ledger is broken: it could not say what is withheld there
    :raises ConfigError: a crawl is under way there, or it is this one
    """
    _refuse(collection, other)
    entries = ledger.read(other.ledger)
    faults = [f for f in verify_warcs(other, Summary(), Options(key=key)) if f.level == "fault"]
    if broken := next((f for f in faults if f.check.startswith("ledger-")), None):
        raise ArchiveError(f"{broken}; nothing was merged: only a complete ledger shows what is withheld there")
    came = Intake()
    _takedowns(collection, other, entries)
    _written(collection, other, came)
    for entry in _latest(entries, "warc").values():
        _warc(collection, other, entry, faults, came, (origin or _origin)(entry))
    _unknown(other, entries, faults, came)
    accounts.forget(collection)
    for entry in _latest(entries, "run").values():
        _report(collection, other, entry, came)
    index(collection)
    if _lines(collection, other):
        index(collection)
    destroy_again(collection, came.taken)
    return came


def _refuse(collection: Collection, other: Collection) -> None:
    other.require()
    if other.root.resolve() == collection.root.resolve():
        raise ConfigError(f"{other.root}: a collection cannot be merged into itself")
    if any(path.name.endswith(OPEN_SUFFIX) for path in other.warcs()):
        raise ConfigError(
            f"{other.root}: a crawl is under way or was interrupted there; finish it with `fangtan -C "
            f"{other.root} crawl --resume`"
        )


def _latest(entries: list[Entry], kind: str) -> dict[str, Entry]:
    return {str(e.data.get("name")): e for e in entries if e.type == kind}


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _origin(entry: Entry) -> dict[str, Any]:
    merged = {"kind": "merge", "file": str(entry.data["name"]), "ledger_entry": entry.hash}
    return entry.data.get("origin") or merged


def _warc(
    collection: Collection,
    other: Collection,
    entry: Entry,
    faults: list[Fault],
    came: Intake,
    origin: dict[str, Any],
) -> None:
    name = str(entry.data["name"])
    path = other.archive / name
    own = [f for f in faults if f.file == str(path)]
    if not path.is_file():
        came.refused.append(ArchiveError(f"{path}: the ledger there names this file, and it is not there"))
    elif own:
        came.refused.append(ArchiveError(f"{len(own)} fault(s), the first: {own[0]}; nothing of {path} was merged"))
    elif _is_here(collection, other, name):
        came.taken.append(Taken(name, name, sha256_file(path), new=False))
    else:
        came.taken.append(add_file(collection, path, name, origin, _originals(collection, other, entry, came)))


def _originals(collection: Collection, other: Collection, entry: Entry, came: Intake) -> list[dict[str, Any]]:
    """Bring the files from which a WARC file was made, but for those that hold what a takedown destroys.

    :returns: what the ledger vouches for
    """
    found = []
    for claim in originals_in(entry):
        if is_freed(other, claim.name):
            continue
        path, here = other.root / ORIGINALS / claim.name, collection.root / ORIGINALS / claim.name
        if not path.is_file() or sha256_file(path) != claim.sha256:
            came.refused.append(ArchiveError(f"{path}: not as the ledger there says; it was not merged"))
            continue
        if not here.exists():
            here.parent.mkdir(exist_ok=True)
            copy_file(path, here)
        found.append({"folder": ORIGINALS, "name": claim.name, "size": claim.size, "sha256": claim.sha256})
    return found


def _is_here(collection: Collection, other: Collection, name: str) -> bool:
    """Whether the file of that name is the same here and there, whatever takedowns have overwritten in it since."""
    ours, theirs = (set(digests_of(c.ledger, name)) for c in (collection, other))
    return bool(ours & theirs) and (collection.archive / name).exists()


def _unknown(other: Collection, entries: list[Entry], faults: list[Fault], came: Intake) -> None:
    """Files that the ledger there does not vouch for."""
    known = {str(other.archive / name) for name in _latest(entries, "warc")}
    for path in dict.fromkeys(f.file for f in faults if f.file not in known and Path(f.file).parent == other.archive):
        came.refused.append(ArchiveError(f"{path}: the ledger there does not know this file; it was not merged"))


def _written(collection: Collection, other: Collection, came: Intake) -> None:
    """Site files and saved queries."""
    for path in (*(file.path for file in other.site_files()), *sorted(saved.folder(other).glob("*.toml"))):
        here = collection.root / path.parent.name / path.name
        if not path.is_file():
            continue
        if not os.path.lexists(here):
            here.parent.mkdir(exist_ok=True)
            write_atomically(here, path.read_bytes())
            came.notes += _unusable(collection, here)
        elif not here.is_file() or here.read_bytes() != path.read_bytes():
            came.notes.append(f"{path}: the file here says otherwise; it stays as it is")


def _unusable(collection: Collection, path: Path) -> list[str]:
    """Why a site file that came in cannot be used here, such as one of a group that is unknown."""
    file = collection.site_file(path.stem) if path.parent == collection.sites else None
    return [f"{problem}; until that is fixed, the site is not crawled" for problem in (file.problems if file else ())]


def _report(collection: Collection, other: Collection, entry: Entry, came: Intake) -> None:
    """A run's report, and what is beside it: its page, its account. The report is there last, and entered."""
    here, fresh = collection.reports / str(entry.data["name"]), False
    for file in entry.data.get("files") or ():
        if (data := _new_report(collection, other, file, came)) is not None:
            write_atomically(collection.reports / str(file["name"]), data)
            fresh = True
    more = {key: said for key, said in entry.data.items() if key in _OF_RUN}
    if (report := _new_report(collection, other, entry.data, came)) is not None:
        write_run(collection, here, report, more)
    elif fresh and here.exists():
        add_run(collection, here, more)


def _new_report(collection: Collection, other: Collection, said: dict[str, Any], came: Intake) -> bytes | None:
    """What one file of a run holds that is to come in; ``None`` where it is here, or is not as it was entered."""
    name, digest = str(said.get("name")), said.get("sha256")
    there, here = other.reports / name, collection.reports / name
    if not there.is_file():
        came.refused.append(ArchiveError(f"{there}: the ledger there names this report, and it is not there"))
    elif sha256_file(there) != digest:
        came.refused.append(ArchiveError(f"{there}: other bytes than the ledger there vouches for; it was not merged"))
    elif not here.exists():
        return there.read_bytes()
    elif (found := sha256_file(here)) != digest and not _was_one(collection, other, name, found, digest):
        came.notes.append(f"{there}: the report of that run here says otherwise; it stays as it is")
    return None


def _was_one(collection: Collection, other: Collection, name: str, *digests: str | None) -> bool:
    """Whether one ledger vouched for both: a takedown has taken words out of one of them since."""
    return any(set(digests) <= set(reports_of(c.ledger, name)) for c in (collection, other))


def _lines(collection: Collection, other: Collection) -> bool:
    """Corrections and codings of the other collection that are not here yet, after our own; whether there are any."""
    db, came = open_reader(collection.store), False
    try:
        with collection.lock("publish", wait=True):
            for file in FILES:
                if fresh := _fresh(collection, other, db, file):
                    file.append(collection, fresh)
                    came = True
    finally:
        db.close()
    return came


def _fresh(collection: Collection, other: Collection, db: sqlite3.Connection, file: LineFile[T]) -> list[T]:
    """Those that are to come in. Those of a talk that is withheld here and not in the store stay there: they hold its
    words.
    """
    known, gone = Counter(digest_of(said) for _, said in file.look(collection).lines), takedowns(collection).dropped
    fresh = []
    for _, said in file.look(other).lines:
        digest = digest_of(said)
        name = getattr(said, file.about)
        if known[digest]:
            known[digest] -= 1
        elif digest not in gone and (interview_of(db, name) or not withheld_talk(collection, name.partition(".")[0])):
            fresh.append(said)
    return fresh


# ── takedowns ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _takedowns(collection: Collection, other: Collection, entries: list[Entry]) -> None:
    """Take the takedowns over. What is withheld there is withheld here, before its records come in."""
    theirs, ours = takedowns_in(entries), takedowns(collection)
    again = _shown_again(other) if theirs.in_part else set()
    for entry in {e.number: e for e in theirs.held.values()}.values():
        captures = map(str, entry.data.get("captures") or ())
        if fresh := [c for c in captures if theirs.held.get(c) is entry and _is_news(ours, entry, c)]:
            _withhold(collection, other, entry, fresh, again)
    _ids(collection, theirs.entries)


def _is_news(ours: Takedowns, entry: Entry, capture: str) -> bool:
    """Whether a capture is not withheld here, nor was it by this very takedown, which was taken back here."""
    known = ours.released.get(capture)
    return capture not in ours.held and (known is None or _same(known).isdisjoint(_same(entry)))


def _same(entry: Entry) -> set[str]:
    """The hashes that a takedown has in the ledgers that know it."""
    return {entry.hash, *(str(name) for name in (entry.data.get("merged"),) if name)}


def _ids(collection: Collection, theirs: Iterable[Entry]) -> None:
    """The ids that takedowns there found on one talk."""
    for entry in theirs:
        # What is shown again there, too: its ids lead to one talk permanently.
        known = [g for e in takedowns(collection).entries for g in e.data.get("ids") or ()]
        if ids := [g for g in entry.data.get("ids") or () if g not in known]:
            ledger.append(collection, Subject(ids=ids).entry(entry.data.get("reason"), merged=entry.hash))


def _withhold(collection: Collection, other: Collection, entry: Entry, captures: list[str], again: set[str]) -> None:
    """Withhold here what a takedown there says of some captures.

    :param again: digests of corrections that are shown there again
    """
    subject = in_entry(entry, captures)
    subject.corrections = [d for d in map(str, entry.data.get("corrections") or ()) if d not in again]
    subject.records = [p for proof in subject.records if (p := _placed(collection, other, proof))]
    subject.add(_known(collection, captures))
    # A record that is here already, with its bytes, is hidden; destroying it is a decision of its own.
    here = any((collection.archive / str(p["warc_file"])).exists() for p in subject.records)
    destroyed = bool(entry.data.get("destroyed")) and not here
    ledger.append(collection, subject.entry(entry.data.get("reason"), destroyed=destroyed, merged=entry.hash))


def _shown_again(other: Collection) -> set[str]:
    """Digests of the corrections and codings that are shown there; none where the store does not say."""
    try:
        db = open_reader(other.store)
    except FangtanError:
        return set()
    try:
        return {digest_of(said) for file in FILES for _, said in shown(db, other, file).lines}
    finally:
        db.close()


def _known(collection: Collection, captures: list[str]) -> Subject:
    """What the store here has of captures that are withheld there, and our corrections of their talks."""
    if not collection.store.exists():
        return Subject()
    db = open_reader(collection.store)
    try:
        subject = in_store(collection, db, captures)
        subject.corrections = of_withheld(db, collection, captures, subject.talks)
        return subject
    finally:
        db.close()


def _placed(collection: Collection, other: Collection, proof: dict[str, Any]) -> dict[str, Any] | None:
    """A proof with the name that its file has here, or gets when it comes in;
    ``None`` when another record is in its place here.
    """
    name = str(proof["warc_file"])
    path = other.archive / name
    if _is_here(collection, other, name):
        place = Position(name, int(proof["offset"]), int(proof["length"]))
        with suppress(ArchiveError, OSError):
            found = read_at(collection.archive, place)
            if str(proof["id"]) in (found.id, bare_id(found.get("WARC-Refers-To"))):
                return proof
        return None
    if not path.exists():
        return proof
    digest = sha256_file(path)
    present = (e for e in ledger.lenient(collection.ledger, naming=(digest.encode(),)) if e.type == "warc")
    same = next((str(e.data["name"]) for e in present if e.data.get("sha256") == digest), None)
    return {**proof, "warc_file": same or name_of(collection, name, digest)}
