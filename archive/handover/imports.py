"""Archives made by others come in: WARC and WACZ files, verified, their origin recorded, their bytes unchanged."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from archive.collection.files import OPEN_SUFFIX, final_name, fsync_folder, sha256_file
from archive.collection.folder import Collection
from archive.collection.scratch import COPY_SUFFIX, IMPORT_ROOM, copy_of, room_in
from archive.errors import ArchiveError, ConfigError
from archive.handover.arrivals import Arrival, conflicts, look
from archive.handover.general import sifted
from archive.handover.originals import Original, made_valid
from archive.handover.proofs import Subject, capture_of, in_entry, proof_of
from archive.handover.sifting import Sifted
from archive.handover.withhold import finish
from archive.ledger import chain as ledger
from archive.ledger.chain import Entry
from archive.ledger.withheld import takedowns, withheld_ids
from archive.store.indexer import bring_up_to_date
from archive.store.parts import readers
from archive.store.store import open_reader
from archive.verify import Fault, Summary, kind_of, verify_files
from archive.warc.records import Record, fields_block, scan
from parsers.errors import FangtanError

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that came in, or was there already (``new`` false).

    :param held: what was read in it and what was not; ``None`` when it came in earlier, or with a complete collection
    """

    source: str
    name: str
    sha256: str
    new: bool
    held: Arrival | None = None


@dataclass(slots=True)
class Intake:
    """What came of an import or a merge: files that came in, and why others did not.

    :param notes: what is otherwise there than here, and stays as it is here
    :param sifted: what general files held
    """

    taken: list[Taken] = field(default_factory=list)
    refused: list[FangtanError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sifted: list[Sifted] = field(default_factory=list)


def take(
    collection: Collection,
    paths: list[Path],
    *,
    despite_faults: bool = False,
    keep_original: bool = False,
    only_interviews: bool = False,
    salvage: bool = False,
    jobs: int = 1,
) -> Intake:
    """Take WARC and WACZ files in and index them; one that is refused leaves the others alone.

    ARC files, and WARC files in zstd or in one gzip member, come in as the valid files that are made of them.

    :param keep_original: keep the files from which valid ones were made
    :param only_interviews: the files are general ones; what belongs to interviews comes in (:mod:`.sifting`)
    :param salvage: of a file whose structure is damaged the complete records come in, and what is lost is named
    :param jobs: processes that read the pages
    :param despite_faults: import files although records in them are faulty; a damaged structure is refused
    :raises ArchiveError: faults in the only file, or in all of them; nothing was imported
    :raises ConfigError: likewise no file that is WARC or WACZ
    """
    refused: list[FangtanError] = []
    held: list[Sifted] = []
    with ExitStack() as stack:
        valid, made = stack.enter_context(made_valid(collection, paths, refused, salvage=salvage))
        if only_interviews:
            asked = sifted(collection, valid, made, refused, jobs=jobs, despite_faults=despite_faults)
            general = stack.enter_context(asked)
            valid, made, held = general.files, general.made, general.held
        taken = _take(collection, valid, refused, made, despite_faults=despite_faults, keep=keep_original)
    if refused and not taken and not held:
        raise refused[0] if len(refused) == 1 else type(refused[0])("\n".join(map(str, refused)))
    index(collection, [t.name for t in taken if t.new], jobs)
    destroy_again(collection, taken)
    return Intake(_looked(collection, taken), refused, sifted=held)


def _take(
    collection: Collection,
    paths: list[Path],
    refused: list[FangtanError],
    made: dict[Path, Original],
    *,
    despite_faults: bool,
    keep: bool,
) -> list[Taken]:
    """Verify files, and add those that are not refused."""
    whole = _readable(paths, refused)
    faults = [f for f in verify_files(whole, Summary()) if f.level == "fault"]
    sound = [path for path in whole if not any(_is_of(f, path) for f in faults)]
    faults += _conflicts(collection, sound)
    taken: list[Taken] = []
    for path, own in _by_file(whole, faults):
        if (serious := _worst(own, despite_faults=despite_faults)) is not None:
            refused.append(_refusal(path, made[path].path if path in made else path, own, serious))
        elif kind_of(path) == "wacz":
            taken += _wacz(collection, path, own)
        else:
            taken.append(_add(collection, path, own, made.get(path), keep=keep))
    return taken


def _add(collection: Collection, path: Path, faults: list[Fault], original: Original | None, *, keep: bool) -> Taken:
    """A WARC file comes in, with the file that it was made of, if any."""
    origin = _origin(path, path.name, faults, {})
    if original is None:
        return add_file(collection, path, path.name, origin)
    origin |= {"file": original.path.name, "original": original.said()}
    return add_file(collection, path, path.name, origin, [original.kept(collection)] if keep else [])


def _conflicts(collection: Collection, paths: list[Path]) -> list[Fault]:
    """Records whose ids the collection has for others."""
    if not collection.store.exists():
        return []
    db, found = open_reader(collection.store), list[Fault]()
    try:
        for path in paths:
            with _warcs_of(collection, path) as warcs:
                for name, file in warcs:
                    found += [replace(fault, file=name) for fault in conflicts(db, file)]
    finally:
        db.close()
    return found


@contextmanager
def _warcs_of(collection: Collection, path: Path) -> Iterator[Iterator[tuple[str, Path]]]:
    """A file, or the WARC files of a package, each with the name that faults give it, one at a time."""
    if kind_of(path) != "wacz":
        yield iter([(str(path), path)])
        return
    with zipfile.ZipFile(path) as source:
        yield ((f"{path}/{name}", room) for name, room in _rooms(collection, source))


def _by_file(paths: list[Path], faults: list[Fault]) -> Iterator[tuple[Path, list[Fault]]]:
    """Each file with its faults; those that are of none of them are of each."""
    strays = [f for f in faults if not any(_is_of(f, path) for path in paths)]
    for path in paths:
        yield path, [f for f in faults if _is_of(f, path)] + strays


def _worst(faults: list[Fault], *, despite_faults: bool) -> Fault | None:
    """The fault for which a file is refused."""
    serious = [f for f in faults if f.check in ("structure", "empty") or f.check.startswith("package-")]
    refusing = serious or ([] if despite_faults else faults)
    return refusing[0] if refusing else None


def _refusal(path: Path, named: Path, faults: list[Fault], first: Fault) -> ArchiveError:
    """:param named: the file as the operator named it"""
    words = f"{_count(faults)} fault(s), the first: {first}; nothing of {path} was imported"
    hint = "; --salvage takes its complete records" if first.check == "structure" else ""
    return ArchiveError(words.replace(str(path), str(named)) + hint)


def _count(faults: list[Fault]) -> int:
    return sum(f.times for f in faults)


def _looked(collection: Collection, taken: list[Taken]) -> list[Taken]:
    """What came in, with what was read in it."""
    withheld = withheld_ids(collection)
    db = open_reader(collection.store)
    try:
        return [replace(t, held=look(db, collection.archive / t.name, withheld)) if t.new else t for t in taken]
    finally:
        db.close()


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


def destroy_again(collection: Collection, taken: list[Taken]) -> None:
    """Captures whose bytes were destroyed here do not come back by way of another file."""
    said = takedowns(collection)
    gone = {i: e for i, e in said.held.items() if said.destroys(e)}
    names = sorted({t.name for t in taken if t.new}) if gone else []
    for entry, records in _came_back(collection, names, gone):
        ledger.append(collection, _again(entry, records).entry(entry.data.get("reason"), destroy=True))
    finish(collection)


def _again(entry: Entry, records: list[dict[str, Any]]) -> Subject:
    """What the new entry is about. It takes the earlier one's place,
    so it says all that this one said of the captures.
    """
    subject = in_entry(entry, sorted({str(p.get("about") or p["id"]) for p in records}))
    subject.add(Subject(records=records, corrections=entry.data.get("corrections") or []))
    return subject


def _came_back(
    collection: Collection, names: list[str], gone: dict[str, Entry]
) -> Iterator[tuple[Entry, list[dict[str, Any]]]]:
    """The takedowns of which records are in these files, with the proofs of these records."""
    proofs: dict[int, list[dict[str, Any]]] = {}
    entries = {entry.number: entry for entry in gone.values()}
    for name in names:
        for record in scan(collection.archive / name):
            about = capture_of(record) if isinstance(record, Record) else ""
            if isinstance(record, Record) and about in gone:
                proofs.setdefault(gone[about].number, []).append(proof_of(collection, record, about))
    return ((entry, proofs[number]) for number, entry in entries.items() if number in proofs)


def _wacz(collection: Collection, path: Path, faults: list[Fault]) -> list[Taken]:
    package: dict[str, Any] = {"package": path.name, "package_sha256": sha256_file(path)}
    with zipfile.ZipFile(path) as source:
        taken = _members(collection, source, faults, package)
        for name in sorted(n for n in source.namelist() if n.endswith(".wacz")):  # a package of packages
            with _room(collection, "package") as room:
                _unpack(source, name, room)
                with zipfile.ZipFile(room) as inner:
                    taken += _members(collection, inner, faults, {**package, "inner": name})
    return taken


def _members(
    collection: Collection, source: zipfile.ZipFile, faults: list[Fault], package: dict[str, Any]
) -> list[Taken]:
    """The WARC files of a package come in."""
    return [
        add_file(collection, room, base, _origin(room, base, faults, package))
        for base, room in ((name.rsplit("/", 1)[1], room) for name, room in _rooms(collection, source))
    ]


def _rooms(collection: Collection, source: zipfile.ZipFile) -> Iterator[tuple[str, Path]]:
    """The WARC files of a package, one at a time in a file of its own."""
    for name in sorted(source.namelist()):
        if re.fullmatch(r"archive/[^/]+\.warc(?:\.gz)?", name):
            with _room(collection) as room:
                _unpack(source, name, room)
                yield name, room


def _unpack(source: zipfile.ZipFile, name: str, path: Path) -> None:
    with source.open(name) as stream, path.open("wb") as target:
        shutil.copyfileobj(stream, target, 1 << 20)


@contextmanager
def _room(collection: Collection, what: str = "file") -> Iterator[Path]:
    with room_in(collection.root, IMPORT_ROOM) as room:
        yield room / what


def _origin(path: Path, name: str, faults: list[Fault], more: dict[str, Any]) -> dict[str, Any]:
    """Where a file comes from: its name, the software that wrote it, the faults it came with."""
    first = next(scan(path), None)
    info = fields_block(first.block) if isinstance(first, Record) and first.type == "warcinfo" else {}
    said: dict[str, Any] = {
        k: info[k][:300] for k in ("software", "operator", "hostname", "isPartOf", "fangtan-site") if k in info
    }
    own = [f.check for f in faults if name in f.file]
    return {"kind": "import", "file": name, **said, **more, **({"faults": sorted(set(own))} if own else {})}


def add_file(
    collection: Collection, path: Path, name: str, origin: dict[str, Any], beside: Iterable[dict[str, Any]] = ()
) -> Taken:
    """Copy a file into ``archive/``: whole under a name of its own, entered into the ledger, then renamed.

    A file that the ledger knows by its digest is here already; where it was lost, it takes its place again.

    :param beside: other files of the collection that the ledger is to vouch for with it
    :raises ArchiveError: it changed while it was copied
    """
    digest, source = sha256_file(path), str(origin.get("file", name))
    known = ledger.lenient(collection.ledger, naming=(digest.encode(),))
    present = next((e for e in known if e.type == "warc" and e.data.get("sha256") == digest), None)
    final = str(present.data["name"]) if present else name_of(collection, name, digest)
    if present and any((collection.archive / f"{final}{end}").exists() for end in ("", OPEN_SUFFIX)):
        return Taken(source, final, digest, new=False)
    with copy_of(path, collection.archive / f".{final}{COPY_SUFFIX}") as copy:
        if sha256_file(copy) != digest:
            raise ArchiveError(f"{path}: changed while it was copied")
        if present is None:
            more = {"size": copy.stat().st_size, "sha256": digest, "origin": origin}
            more |= {"files": list(beside)} if beside else {}
            ledger.append(collection, {"type": "warc", "name": final, **more})
        copy.rename(collection.archive / final)
    fsync_folder(collection.archive)
    return Taken(source, final, digest, new=True)


def name_of(collection: Collection, name: str, digest: str) -> str:
    """A safe, free file name that keeps the original's where it can; its ending tells gzip from plain."""
    safe = _UNSAFE.sub("-", name).lstrip(".-") or "import.warc.gz"
    if not safe.endswith((".warc.gz", ".warc")):
        safe += ".warc.gz"
    if len(safe) > 180 or (collection.archive / safe).exists() or (collection.archive / (safe + OPEN_SUFFIX)).exists():
        ending = ".warc.gz" if safe.endswith(".gz") else ".warc"
        safe = f"{safe.removesuffix('.gz').removesuffix('.warc')[:120]}-{digest[:12]}{ending}"
    return safe


def index(collection: Collection, names: list[str] | None = None, jobs: int = 1) -> None:
    """Bring the store up to date with what came in.

    :param names: files whose pages are read by as many processes as ``jobs`` says
    """
    with collection.lock("indexer", wait=True), readers(collection, jobs, names) as readings:
        bring_up_to_date(collection, by=readings)
