"""General archives come in by their interviews alone: what is written of each file, and what it held."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from archive.collection.files import sha256_file
from archive.collection.folder import Collection
from archive.collection.scratch import IMPORT_ROOM, room_in
from archive.errors import ConfigError
from archive.handover.originals import Original
from archive.handover.recompress import valid_name
from archive.handover.sifting import Reader, Sifted, readers, sift
from archive.handover.stored_zip import Slice
from archive.verify import Summary, kind_of, verify_files
from archive.warc.records import Record, bare_id, scan
from parsers.errors import FangtanError

FORM = "warc, its interviews only"
#: Without a record others may be faulty, such as a revisit of it.
_ROUNDS = 3


@dataclass(slots=True)
class General:
    """What was made of general files.

    :ivar files: a WARC file for each file that holds interviews; ``made`` the file that it was made of
    :ivar held: what each of them held
    """

    files: list[Path] = field(default_factory=list)
    made: dict[Path, Original] = field(default_factory=dict)
    held: list[Sifted] = field(default_factory=list)


@contextmanager
def sifted(
    collection: Collection,
    paths: list[Path],
    made: dict[Path, Original],
    refused: list[FangtanError],
    *,
    jobs: int,
    despite_faults: bool,
) -> Iterator[General]:
    """Files with the records that belong to interviews, in a folder that goes with this.

    :param made: the files of which some of these were made
    :param refused: takes what cannot be read
    :param despite_faults: faulty records come in, too
    """
    found = General()
    with room_in(collection.root, IMPORT_ROOM) as folder, readers(jobs) as read:
        for number, path in enumerate(paths):
            room = folder / str(number)
            room.mkdir()
            try:
                _one(path, room, made.get(path), found, read, despite_faults=despite_faults)
            except FangtanError as error:
                refused.append(error)
        yield found


def _one(
    path: Path, room: Path, original: Original | None, found: General, read: Reader, *, despite_faults: bool
) -> None:
    """:raises ConfigError: no WARC file"""
    if kind_of(path) == "wacz":
        raise ConfigError(f"{path}: --only-interviews takes WARC files; unpack the package's folder archive/ first")
    source = original.path if original else path
    target = room / f"{valid_name(source).removesuffix('.warc.gz')}-interviews.warc.gz"
    held = sift(path, target, read)
    held.source = source.name
    found.held.append(held)
    if target.exists() and not despite_faults:
        _leave_faulty(target, held)
    if target.exists():
        found.files.append(target)
        found.made[target] = original or Original(path, FORM, path.stat().st_size, sha256_file(path))


def _leave_faulty(target: Path, held: Sifted) -> None:
    """Take faulty records out: a bad one concerns no other."""
    for _ in range(_ROUNDS):
        if not target.exists():
            return
        faults = {f.offset: f for f in verify_files([target], Summary()) if f.level == "fault" and f.offset is not None}
        if not faults:
            return
        held.damaged.update(f"faulty: {fault.check}" for fault in faults.values())
        kept = _without(target, {offset for offset in faults if offset is not None})
        held.kept = len(kept)
        _again(target, kept)


def _without(target: Path, faulty: set[int]) -> list[Record]:
    """The records but those at these offsets and what was asked for them."""
    records = [record for record in scan(target) if isinstance(record, Record)]
    bad = {record.id for record in records if record.position.offset in faulty}
    return [r for r in records if r.id not in bad and bare_id(r.get("WARC-Concurrent-To")) not in bad]


def _again(target: Path, kept: list[Record]) -> None:
    room = target.with_name(".kept")
    with target.open("rb") as source, room.open("wb") as out:
        for record in kept:
            source.seek(record.position.offset)
            shutil.copyfileobj(Slice(source, record.position.length), out)
    room.replace(target)
    if not any(record.is_capture for record in kept):
        target.unlink()
