"""Archives made by others come in: WARC and WACZ files, verified, their origin recorded, their bytes unchanged; and whole collections."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from archive.collection.folder import Collection, write_atomically
from archive.errors import ArchiveError, ConfigError
from archive.handover.arrivals import Arrival, look
from archive.handover.proofs import Subject, capture_of, in_entry, in_store, proof_of
from archive.handover.withhold import finish
from archive.ledger import chain as ledger
from archive.ledger.chain import Entry
from archive.ledger.withheld import takedowns, takedowns_in
from archive.store import corrections, overlay
from archive.store.indexer import bring_up_to_date
from archive.store.store import open_reader
from archive.verify import Fault, Options, Summary, kind_of, verify_collection, verify_files
from archive.warc.records import OPEN_SUFFIX, Position, Record, bare_id, fields_block, final_name, read_at, scan
from archive.warc.write import fsync_folder, sha256_file
from parsers.errors import FangtanError

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that came in, or was there already (``new`` false).

    :param held: what was read in it and what was not; ``None`` when it came in earlier, or with a whole collection
    """

    source: str
    name: str
    sha256: str
    new: bool
    held: Arrival | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """What came of an import: files that came in, and why others did not."""

    taken: list[Taken]
    refused: list[FangtanError]


def take(collection: Collection, paths: list[Path], *, despite_faults: bool = False) -> Intake:
    """Take WARC and WACZ files in and index them; one that is refused leaves the others alone.

    :param despite_faults: take whole files in although records in them are faulty; a damaged structure is never taken
    :raises ArchiveError: faults in the only file, or in all of them; nothing was taken in
    :raises ConfigError: likewise no file that is WARC or WACZ
    """
    refused: list[FangtanError] = []
    whole = _readable(paths, refused)
    faults = [f for f in verify_files(whole, Summary()) if f.level == "fault"]
    strays = [f for f in faults if not any(_is_of(f, path) for path in whole)]
    taken: list[Taken] = []
    for path in whole:
        own = [f for f in faults if _is_of(f, path)] + strays
        serious = [f for f in own if f.check in ("structure", "empty") or f.check.startswith("package-")]
        if serious or (own and not despite_faults):
            first = (serious or own)[0]
            refused.append(ArchiveError(f"{len(own)} fault(s), the first: {first}; nothing of {path} was taken in"))
        elif kind_of(path) == "wacz":
            taken += _wacz(collection, path, own)
        else:
            taken.append(_file(collection, path, path.name, _origin(path, path.name, own, {})))
    if refused and not taken:
        raise refused[0] if len(refused) == 1 else type(refused[0])("\n".join(map(str, refused)))
    _index(collection)
    _destroy_again(collection, taken)
    db = open_reader(collection.store)
    try:
        looked = [replace(t, held=look(db, collection.archive / t.name)) if t.new else t for t in taken]
    finally:
        db.close()
    return Intake(looked, refused)


def _readable(paths: list[Path], refused: list[FangtanError]) -> list[Path]:
    """The files that are WARC or WACZ, each name once; the others are refused."""
    found: dict[str, Path] = {}
    for path in paths:
        try:
            name = str(path) if kind_of(path) == "wacz" else final_name(path)
            if name in found:
                raise ConfigError(f"{path}: another file of that name was named: {found[name]}")
            found[name] = path
        except ConfigError as error:
            refused.append(error)
    return list(found.values())


def _is_of(fault: Fault, path: Path) -> bool:
    return fault.file == str(path) or fault.file.startswith(f"{path}/")


def _destroy_again(collection: Collection, taken: list[Taken]) -> None:
    """Captures whose bytes were destroyed here do not come back by way of another file."""
    said = takedowns(collection).held
    gone = {i: e for i, e in said.items() if e.data.get("destroyed") or e.data.get("destroy")}
    proofs: dict[int, list[dict[str, Any]]] = {}
    for name in sorted({t.name for t in taken if t.new}) if gone else ():
        for record in scan(collection.archive / name):
            about = capture_of(record) if isinstance(record, Record) else ""
            if isinstance(record, Record) and about in gone:
                proofs.setdefault(gone[about].number, []).append(proof_of(collection, record, about))
    for entry in {e.number: e for e in gone.values()}.values():
        if records := proofs.get(entry.number):
            # The new entry takes the earlier one's place, so it says all that this one said of the captures.
            subject = in_entry(entry, sorted({str(p.get("about") or p["id"]) for p in records}))
            subject.add(Subject(records=records, corrections=entry.data.get("corrections") or []))
            ledger.append(collection, subject.entry(entry.data.get("reason"), destroy=True))
    finish(collection)


def _wacz(collection: Collection, path: Path, faults: list[Fault]) -> list[Taken]:
    taken = []
    package: dict[str, Any] = {"package": path.name, "package_sha256": sha256_file(path)}
    with zipfile.ZipFile(path) as source:
        for name in sorted(source.namelist()):
            if re.fullmatch(r"archive/[^/]+\.warc(?:\.gz)?", name):
                with _room(collection) as room:
                    with source.open(name) as stream, room.open("wb") as target:
                        shutil.copyfileobj(stream, target, 1 << 20)
                    base = name.rsplit("/", 1)[1]
                    taken.append(_file(collection, room, base, _origin(room, base, faults, package)))
    return taken


@contextmanager
def _room(collection: Collection) -> Iterator[Path]:
    path = collection.root / f".import-{os.getpid()}"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _origin(path: Path, name: str, faults: list[Fault], more: dict[str, Any]) -> dict[str, Any]:
    """Where a file comes from: its name, the software that wrote it, the faults it came with."""
    first = next(scan(path), None)
    info = fields_block(first.block) if isinstance(first, Record) and first.type == "warcinfo" else {}
    said: dict[str, Any] = {
        k: info[k][:300] for k in ("software", "operator", "hostname", "isPartOf", "fangtan-site") if k in info
    }
    own = [f.check for f in faults if name in f.file]
    return {"kind": "import", "file": name, **said, **more, **({"faults": sorted(set(own))} if own else {})}


def _file(collection: Collection, path: Path, name: str, origin: dict[str, Any]) -> Taken:
    """Copy a file into ``archive/``: whole under a name of its own, entered into the ledger, then renamed."""
    digest = sha256_file(path)
    present = next(
        (e for e in ledger.read(collection.ledger) if e.type == "warc" and e.data.get("sha256") == digest), None
    )
    if present is not None:
        return Taken(origin.get("file", name), str(present.data["name"]), digest, new=False)
    final = _name(collection, name, digest)
    temporary = collection.archive / f".{final}.importing"
    try:
        shutil.copyfile(path, temporary)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        if sha256_file(temporary) != digest:
            raise ArchiveError(f"{path}: changed while it was copied")
        ledger.append(
            collection,
            {"type": "warc", "name": final, "size": temporary.stat().st_size, "sha256": digest, "origin": origin},
        )
        temporary.rename(collection.archive / final)
    finally:
        temporary.unlink(missing_ok=True)
    fsync_folder(collection.archive)
    return Taken(origin.get("file", name), final, digest, new=True)


def _name(collection: Collection, name: str, digest: str) -> str:
    """A safe, free file name that keeps the original's where it can; its ending tells gzip from plain."""
    safe = _UNSAFE.sub("-", name).lstrip(".-") or "import.warc.gz"
    if not safe.endswith((".warc.gz", ".warc")):
        safe += ".warc.gz"
    if len(safe) > 180 or (collection.archive / safe).exists() or (collection.archive / (safe + OPEN_SUFFIX)).exists():
        ending = ".warc.gz" if safe.endswith(".gz") else ".warc"
        safe = f"{safe.removesuffix('.gz').removesuffix('.warc')[:120]}-{digest[:12]}{ending}"
    return safe


def _index(collection: Collection) -> None:
    with collection.lock("indexer", wait=True):
        bring_up_to_date(collection)


def merge(collection: Collection, other: Collection) -> list[Taken]:
    """Fold another collection in: its WARC files, run reports, site files and takedowns. Doing it again changes nothing.

    :raises ArchiveError: the other one does not verify; nothing was taken
    :raises ConfigError: a crawl is under way there, or it is this one
    """
    other.require()
    if other.root.resolve() == collection.root.resolve():
        raise ConfigError(f"{other.root}: a collection cannot be merged into itself")
    if any(path.name.endswith(OPEN_SUFFIX) for path in other.warcs()):
        raise ConfigError(
            f"{other.root}: a crawl is under way or was interrupted there; finish it with `fangtan -C {other.root} crawl --resume`"
        )
    faults = [f for f in verify_collection(other, Summary(), Options()) if f.level == "fault"]
    if faults:
        raise ArchiveError(f"{other.root}: {len(faults)} fault(s), the first: {faults[0]}; nothing was merged")
    entries = ledger.read(other.ledger)
    _takedowns(collection, other, entries)
    for path in (file.path for file in other.site_files()):
        if path.is_file() and not os.path.lexists(collection.sites / path.name):
            write_atomically(collection.sites / path.name, path.read_bytes())
    _corrections(collection, other)
    taken = [_merged(collection, other, entry) for entry in _latest(entries, "warc").values()]
    for entry in _latest(entries, "run").values():
        name = str(entry.data["name"])
        if not (collection.reports / name).exists() and (other.reports / name).exists():
            write_atomically(collection.reports / name, (other.reports / name).read_bytes())
            more: dict[str, Any] = {k: entry.data[k] for k in ("run", "verdict") if k in entry.data}
            ledger.add_file(collection, "run", collection.reports / name, more)
    _index(collection)
    _destroy_again(collection, taken)
    return taken


def _corrections(collection: Collection, other: Collection) -> None:
    """Corrections of the other collection that are not here yet, after our own."""
    with collection.lock("publish", wait=True):
        known, gone = {c for _, c in corrections.look(collection).lines}, takedowns(collection).dropped
        theirs = (c for _, c in corrections.look(other).lines)
        if fresh := [c for c in theirs if c not in known and corrections.digest_of(c) not in gone]:
            corrections.append(collection, fresh)


def _latest(entries: list[Entry], kind: str) -> dict[str, Entry]:
    return {str(e.data.get("name")): e for e in entries if e.type == kind}


def _takedowns(collection: Collection, other: Collection, entries: list[Entry]) -> None:
    """Take the takedowns over. What is withheld there is withheld here, before its records come in."""
    theirs, ours = takedowns_in(entries), takedowns(collection).held
    again = _shown_again(other) if theirs.in_part else set()
    for entry in {e.number: e for e in theirs.held.values()}.values():
        fresh = [c for c in map(str, entry.data.get("captures") or ()) if theirs.held.get(c) is entry and c not in ours]
        if fresh:
            subject = in_entry(entry, fresh)
            subject.corrections = [d for d in map(str, entry.data.get("corrections") or ()) if d not in again]
            subject.records = [p for proof in subject.records if (p := _placed(collection, other, proof))]
            subject.add(_known(collection, fresh))
            # A record that is here already, with its bytes, is hidden; destroying it is a decision of its own.
            here = any((collection.archive / str(p["warc_file"])).exists() for p in subject.records)
            destroyed = bool(entry.data.get("destroyed")) and not here
            ledger.append(collection, subject.entry(entry.data.get("reason"), destroyed=destroyed, merged=entry.hash))
    for entry in theirs.entries:
        # What is shown again there, too: its ids lead to one talk for ever.
        known = [g for e in takedowns(collection).entries for g in e.data.get("ids") or ()]
        if ids := [g for g in entry.data.get("ids") or () if g not in known]:
            ledger.append(collection, Subject(ids=ids).entry(entry.data.get("reason"), merged=entry.hash))


def _shown_again(other: Collection) -> set[str]:
    """Digests of the corrections that are shown there; none where the store does not say."""
    try:
        db = open_reader(other.store)
    except FangtanError:
        return set()
    try:
        return {corrections.digest_of(c) for _, c in overlay.shown(db, other).lines}
    finally:
        db.close()


def _known(collection: Collection, captures: list[str]) -> Subject:
    """What the store here has of captures that are withheld there."""
    if not collection.store.exists():
        return Subject()
    db = open_reader(collection.store)
    try:
        return in_store(collection, db, captures)
    finally:
        db.close()


def _placed(collection: Collection, other: Collection, proof: dict[str, Any]) -> dict[str, Any] | None:
    """A proof with the name that its file has here, or gets when it comes in; ``None`` when another file has that name here."""
    name = str(proof["warc_file"])
    present = {str(e.data.get("name")): e for e in ledger.read(collection.ledger) if e.type == "warc"}
    if name in present:
        place = Position(name, int(proof["offset"]), int(proof["length"]))
        with suppress(ArchiveError, OSError):
            found = read_at(collection.archive, place)
            if str(proof["id"]) in (found.id, bare_id(found.get("WARC-Refers-To"))):
                return proof
        return None
    path = other.archive / name
    if not path.exists():
        return proof
    digest = sha256_file(path)
    same = next((n for n, e in present.items() if e.data.get("sha256") == digest), None)
    return {**proof, "warc_file": same or _name(collection, name, digest)}


def _merged(collection: Collection, other: Collection, entry: Entry) -> Taken:
    name = str(entry.data["name"])
    path = other.archive / name
    origin = entry.data.get("origin") or {"kind": "merge", "file": name, "ledger_entry": entry.hash}
    present = {str(e.data.get("name")): e for e in ledger.read(collection.ledger) if e.type == "warc"}
    if name in present:
        return Taken(name, name, sha256_file(path), new=False)
    return _file(collection, path, name, origin)
