"""Part and fold: the readings of some files, made anywhere, and one store that takes them.

A part holds what the parsers say of the files of one site, or of one file of other tools. It never changes: its name is
the digest of the bytes, the site file, the parsers' code and what is withheld. Whoever makes it again makes the same
one, so tasks may be lost, repeated and late. The fold is the rebuild: it takes readings where a part has them.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import sqlite3
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from archive.collection.files import OPEN_SUFFIX, sha256_file
from archive.collection.folder import Collection
from archive.collection.processes import pool
from archive.collection.scratch import room_in
from archive.collection.sqlite_faults import advice
from archive.errors import ConfigError
from archive.ledger.origins import site_in_name
from archive.ledger.withheld import takedowns
from archive.store.indexer import Indexer
from archive.store.part_places import Near, Place, place_at
from archive.store.readings import Folded, Kept, Readings, code

log = logging.getLogger("fangtan")
SUFFIX = ".readings"
#: So long a scheduler may take to answer, in seconds.
_ANSWER_S = 20


def tasks(files: Iterable[str], *, at_least: int = 1) -> dict[str, list[str]]:
    """Files by task: those of one site together, as their readings hang on each other; others alone.

    :param at_least: where there are fewer tasks, each file is one
    """
    names = sorted(name for name in files if not name.endswith(OPEN_SUFFIX))
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(site_in_name(name) or name, []).append(name)
    return found if len(found) >= at_least else {name: [name] for name in names}


def _name(collection: Collection, task: str, files: list[str]) -> str:
    """What a part is called, by all that it hangs on.

    :raises OSError: a file cannot be read
    """
    site = collection.sites / f"{task}.toml"
    said = [
        code(), [[name, sha256_file(collection.archive / name)] for name in files],
        sha256_file(site) if site.is_file() else None,
        sorted(place for place in takedowns(collection).places if place[0] in files),
    ]  # fmt: skip
    digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]
    return f"{re.sub(r'[^0-9A-Za-z._-]', '_', task)}-{digest}{SUFFIX}"


def make_part(root: str, folder: str, task: str, files: list[str]) -> str:
    """Make a part unless it is there; parts of the same task from other bytes, code or takedowns go.

    Everything is named by text: the task may run in another process, or on another machine.

    :param folder: a folder, or a URL
    :returns: its name there
    :raises OSError: a file cannot be read, or the part not be written
    :raises ArchiveError: the server of the URL refuses, or cannot be reached
    """
    collection = Collection(Path(root))
    place, name = place_at(folder, collection), _name(collection, task, files)
    if not place.has(name):
        with place.room() as room, _quiet():
            kept = Kept(room / f"{name}.part")
            indexer = Indexer(collection.derived_in(room), only=frozenset(files), readings=kept)
            try:
                indexer.read_all()
            finally:
                indexer.close()
                kept.close()
            place.put(kept.path, name)
    _remove_others(place, name)
    return name


def _remove_others(place: Place, name: str) -> None:
    """Remove parts of the same task from other bytes, code or takedowns."""
    stem = name.rpartition("-")[0]
    for other in place.beginning(f"{stem}-"):
        if other != name and other.endswith(SUFFIX) and other.rpartition("-")[0] == stem:
            place.remove(other)


@contextmanager
def _quiet() -> Iterator[None]:
    """Damage is named by the fold, once."""
    loggers = [logging.getLogger(name) for name in ("archive", "fangtan")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


@dataclass(slots=True)
class Parts:
    """The parts of a collection, made by an executor while the fold waits for the next one.

    :param executor: where they are made; ``None`` takes those that are there
    :ivar failed: tasks whose part could not be made, in words; the fold reads their files itself
    """

    collection: Collection
    place: Place
    executor: Executor | None = None
    at_least: int = 1
    failed: list[str] = field(default_factory=list)
    _made: dict[str, Future[str]] = field(default_factory=dict)
    _task_of: dict[str, str] = field(default_factory=dict)
    _files: dict[str, list[str]] = field(default_factory=dict)

    def begin(self, names: Iterable[str] | None = None) -> None:
        """Have the parts made.

        :param names: of these files; without it of all in ``archive/``
        :raises ConfigError: a file that is not there
        """
        present = [path.name for path in self.collection.warcs()]
        wanted = present if names is None else list(names)
        for name in wanted:
            if name not in present:
                raise ConfigError(f"{name}: no such file in {self.collection.archive}")
        self._files = tasks(wanted, at_least=self.at_least)
        self._task_of = {name: task for task, files in self._files.items() for name in files}
        if self.executor is not None:
            where = str(self.collection.root.resolve()), self.place.text
            for task, files in self._files.items():
                self._made[task] = self.executor.submit(make_part, *where, task, files)

    def of(self, name: str) -> Path | None:
        """The part with the readings of a file; waits while it is made."""
        task = self._task_of.get(name)
        return None if task is None else self._part(task)

    def all(self) -> Iterator[str]:
        """Every part, as it is made: what leads to it."""
        for task in self._files:
            if (found := self._made_of(task)) is not None:
                yield f"{self.place.text}/{found}"

    def _part(self, task: str) -> Path | None:
        if task not in self._made:
            return self._present(task)
        name = self._made_of(task)
        return None if name is None else self.place.path(name)

    def _made_of(self, task: str) -> str | None:
        """The name of what is made; waits for it."""
        try:
            return self._made[task].result()
        except Exception as error:  # noqa: BLE001 - whatever a worker dies of, its files are read here
            helps = f"; {advice(error)}" if isinstance(error, sqlite3.Error) else ""
            words = f"{task}: its part was not made ({type(error).__name__}: {error}{helps})"
            if words not in self.failed:
                self.failed.append(words)
                log.warning("%s; the other parts are made 其余部分继续", words)
            return None

    def _present(self, task: str) -> Path | None:
        files = self._files[task]
        try:
            name = _name(self.collection, task, files)
        except OSError:
            return None
        if any(file in files for file, _ in takedowns(self.collection).places):
            _remove_others(self.place, name)  # made before the takedown, they have its words
        return self.place.path(name) if self.place.has(name) else None


@contextmanager
def workers(jobs: int, dask: str | None = None) -> Iterator[Executor]:
    """Who makes parts: processes of this machine, or the workers of a Dask scheduler that see the same folders.

    :param dask: the scheduler's address, ``tcp://HOST:PORT``
    :raises ConfigError: Dask is not installed, or nobody answers there
    """
    if dask is None:
        with pool(jobs) as executor:
            yield executor
        return
    try:
        client = import_module("distributed").Client(dask, timeout=_ANSWER_S)
    except ImportError as error:
        raise ConfigError("Dask is not installed: pip install 'fangtan[cluster]'") from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{dask}: no Dask scheduler answers there ({error})") from error
    with client:
        yield client.get_executor(pure=False, retries=3)


@contextmanager
def readers(
    collection: Collection, jobs: int, names: Iterable[str] | None = None, folder: Path | None = None
) -> Iterator[Readings]:
    """Who reads the pages of some files: this process, or several that begin at once.

    :param names: the files; all of ``archive/`` without it
    :param folder: where readings are kept meanwhile; else in the collection
    """
    if jobs <= 1:
        yield Readings()
        return
    with workers(jobs) as executor, parts_in(collection, folder, executor, at_least=jobs) as parts:
        parts.begin(names)
        folded = Folded(parts.of)
        try:
            yield folded
        finally:
            folded.close()


@contextmanager
def parts_in(
    collection: Collection, place: str | Path | None, executor: Executor | None, *, at_least: int = 1
) -> Iterator[Parts]:
    """The parts of a collection: in a folder, at a URL, or in a folder that goes when the fold is done."""
    if place is not None and "://" not in str(place):
        yield Parts(collection, Near(Path(place)), executor, at_least)
        return
    with room_in(collection.root, ".parts-") as room:
        yield Parts(
            collection, Near(room) if place is None else place_at(str(place), collection, room), executor, at_least
        )
