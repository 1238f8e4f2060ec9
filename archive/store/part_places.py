"""Where parts are kept: a folder that all who make them see, or what fsspec reaches by a URL (``s3://bucket/parts``).

A part never changes, so it may be made twice, copied, and removed. From a URL it is copied into the collection while
it is read.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from archive.collection.folder import Collection
from archive.collection.scratch import room_in
from archive.collection.shelf import Remote, shelf_of


class Place(Protocol):
    """A place for parts, by name."""

    @property
    def text(self) -> str:
        """What leads to it from another process or machine."""

    def room(self) -> AbstractContextManager[Path]:
        """A folder to make a part in."""

    def put(self, made: Path, name: str) -> None:
        """Give a part its name; it appears there when it is complete."""

    def has(self, name: str) -> bool:
        """Whether a part is there."""

    def path(self, name: str) -> Path:
        """A part as a file of this machine."""

    def beginning(self, stem: str) -> list[str]:
        """The names that begin so."""

    def remove(self, name: str) -> None:
        """Remove a part, unless somebody else did."""


@dataclass(frozen=True, slots=True)
class Near:
    """A folder."""

    folder: Path

    @property
    def text(self) -> str:
        """See :class:`Place`."""
        return str(self.folder.resolve())

    def room(self) -> AbstractContextManager[Path]:
        """See :class:`Place`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return room_in(self.folder, ".making-")

    def put(self, made: Path, name: str) -> None:
        """See :class:`Place`."""
        made.replace(self.folder / name)

    def has(self, name: str) -> bool:
        """See :class:`Place`."""
        return (self.folder / name).exists()

    def path(self, name: str) -> Path:
        """See :class:`Place`."""
        return self.folder / name

    def beginning(self, stem: str) -> list[str]:
        """See :class:`Place`."""
        return [path.name for path in self.folder.glob("*") if path.name.startswith(stem)]

    def remove(self, name: str) -> None:
        """See :class:`Place`."""
        (self.folder / name).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Far:
    """What fsspec reaches.

    :param copies: the folder of parts that were copied from there; whoever only makes parts needs none
    """

    shelf: Remote
    copies: Path | None = None

    @property
    def text(self) -> str:
        """See :class:`Place`."""
        return self.shelf.url

    @contextmanager
    def room(self) -> Iterator[Path]:
        """See :class:`Place`."""
        with tempfile.TemporaryDirectory(prefix="fangtan-part-") as room:
            yield Path(room)

    def put(self, made: Path, name: str) -> None:
        """See :class:`Place`."""
        self.shelf.put(made, name)

    def has(self, name: str) -> bool:
        """See :class:`Place`."""
        return name in self.beginning(name)

    def path(self, name: str) -> Path:
        """See :class:`Place`."""
        assert self.copies is not None
        copy = self.copies / name
        if not copy.exists():
            self.shelf.get(name, copy)
        return copy

    def beginning(self, stem: str) -> list[str]:
        """See :class:`Place`."""
        return [name for name in self.shelf.names(stem) if name.startswith(stem)]

    def remove(self, name: str) -> None:
        """See :class:`Place`."""
        self.shelf.remove(name)


def place_at(text: str, collection: Collection, copies: Path | None = None) -> Place:
    """The place that a text leads to.

    :raises ConfigError: its protocol is unknown, or its package is missing
    """
    if "://" not in text:
        return Near(Path(text))
    found = shelf_of(text, collection.root)
    assert isinstance(found, Remote)
    return Far(found, copies)
