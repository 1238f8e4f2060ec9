"""Whether the store has changed since a page was made: validators for pages that change with the store only."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from archive.collection.crawldb import open_readonly

#: Set while a page is made of which a part was left out because its time was up.
_partial: ContextVar[list[str] | None] = ContextVar("partial", default=None)


@dataclass(slots=True)
class Freshness:
    """Distinguishes one state of the store from another, as long as this process lives.

    SQLite's ``data_version`` changes with the commits of other processes (crawl, correction, takedown); a store that
    takes the place of another is a file of its own.
    """

    store: Path
    _boot: str = field(default_factory=lambda: secrets.token_hex(8))
    _files: int = 0
    _file: tuple[int, int] | None = None
    _reader: sqlite3.Connection | None = None

    def state(self) -> str:
        """A word that differs whenever the store may differ; to be asked before a page is read."""
        about = self.store.stat()
        if self._reader is None or (about.st_dev, about.st_ino) != self._file:
            if self._reader is not None:
                self._reader.close()
            # Nothing of it is shown, so no takedown is waited for: this runs on the event loop.
            self._reader, self._file = open_readonly(self.store), (about.st_dev, about.st_ino)
            self._files += 1
        (version,) = self._reader.execute("PRAGMA data_version").fetchone()
        return f"{self._boot}.{self._files}.{version}"

    def tag(self, *parts: str) -> str | None:
        """An entity tag for what these words ask, of the store as it is now;
        ``None`` while the store cannot be read.
        """
        try:
            state = self.state()
        except (OSError, sqlite3.Error):
            self._reader = None
            return None
        digest = hashlib.sha256("\x00".join((state, *parts)).encode("utf-8", "surrogatepass")).hexdigest()
        return f'W/"{digest[:32]}"'


def is_held(asked: str | None, tag: str) -> bool:
    """Whether an ``If-None-Match`` names a tag; weakly compared, as for GET."""
    held = [one.strip().removeprefix("W/") for one in (asked or "").split(",")]
    return "*" in held or tag.removeprefix("W/") in held


class Whole:
    """While a page is made: whether anything of it was left out."""

    def __enter__(self) -> Self:
        self._left_out: list[str] = []
        self._token = _partial.set(self._left_out)
        return self

    def __exit__(self, *_: object) -> None:
        _partial.reset(self._token)

    def __bool__(self) -> bool:
        return not self._left_out


def left_out(part: str = "") -> None:
    """Note that the page that is being made lacks something that another try may have.

    :param part: its name in :data:`archive.web.words.WORDS`, where the page is to say so
    """
    if (noted := _partial.get()) is not None:
        noted.append(part)


def missing() -> list[str]:
    """The named parts that the page that is being made lacks, each once."""
    return list(dict.fromkeys(filter(None, _partial.get() or [])))
