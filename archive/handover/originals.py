"""Files from which valid ones are made when they come in: what the ledger says of them, and where they may be kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.collection.files import fsync_folder, sha256_file
from archive.collection.folder import Collection
from archive.collection.scratch import COPY_SUFFIX, IMPORT_ROOM, copy_of, room_in
from archive.errors import ArchiveError, ConfigError
from archive.handover.recompress import is_damaged, needed, recompress, valid_name
from archive.ledger.vouching import ORIGINALS
from parsers.errors import FangtanError


@dataclass(frozen=True, slots=True)
class Original:
    """A file that was made valid.

    :param form: what it is: ``arc``, ``warc zstd``, ``warc gzip in one member`` …
    :param left_out: pages or stretches of it that could not be read
    """

    path: Path
    form: str
    size: int
    sha256: str
    left_out: int = 0

    def said(self) -> dict[str, Any]:
        """What the ledger says of it."""
        said = {"name": self.path.name, "form": self.form, "size": self.size, "sha256": self.sha256}
        return {**said, "left_out": self.left_out} if self.left_out else said

    def kept(self, collection: Collection) -> dict[str, Any]:
        """Keep it in the collection; what the ledger vouches for.

        :raises ConfigError: it is a folder
        """
        if self.path.is_dir():
            raise ConfigError(f"{self.path}: --keep-original keeps files, this is a folder; pack it, and keep that")
        folder = collection.root / ORIGINALS
        folder.mkdir(exist_ok=True)
        target = folder / f"{self.sha256[:12]}-{self.path.name}"
        if not target.exists():
            copy_file(self.path, target)
        return {"folder": ORIGINALS, "name": target.name, "size": self.size, "sha256": self.sha256}


def copy_file(source: Path, target: Path) -> None:
    """Copy a file to a place, where it appears when it is complete."""
    with copy_of(source, target.with_name(f".{target.name}{COPY_SUFFIX}")) as copy:
        copy.replace(target)
    fsync_folder(target.parent)


@contextmanager
def made_valid(
    collection: Collection, paths: list[Path], refused: list[FangtanError], *, salvage: bool = False
) -> Iterator[tuple[list[Path], dict[Path, Original]]]:
    """The files as they can come in: those that need it are made valid, in a folder that goes with this.

    :param refused: takes what cannot be made valid, and what of the others is left out
    :param salvage: of a damaged file, make one of its complete records
    """
    found: list[Path] = []
    made: dict[Path, Original] = {}
    with room_in(collection.root, IMPORT_ROOM) as folder:
        for number, path in enumerate(paths):
            try:
                form = _form(path, salvage=salvage) if path.exists() else ""
                if form:
                    room = folder / str(number)
                    room.mkdir()
                    target = room / valid_name(path)
                    left_out = recompress(path, target, salvage=salvage).left_out
                    refused += [ArchiveError(f"{reason} (left out)") for reason in left_out]
                    whole = target if path.is_dir() else path  # of a folder, what was made of it
                    made[target] = Original(path, form, whole.stat().st_size, sha256_file(whole), len(left_out))
                found.append(target if form else path)
            except FangtanError as error:
                refused.append(error)
        yield found, made


def _form(path: Path, *, salvage: bool) -> str:
    """What a file is that must be made valid; empty for one that need not."""
    return needed(path) or ("damaged warc" if salvage and is_damaged(path) else "")
