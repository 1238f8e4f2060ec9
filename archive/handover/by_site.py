"""A package of each site, made by one process or by several.

Who makes one puts it into a room. One process gives it its name and enters it into the ledger, in the order of the
sites: whoever is the first to be ready, the bytes and the ledger are the same.
"""

from __future__ import annotations

import errno
import logging
import sqlite3
import tempfile
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from archive.collection.disk_faults import in_words
from archive.collection.folder import Collection
from archive.collection.scratch import room_in
from archive.collection.sqlite_faults import advice
from archive.errors import ConfigError
from archive.handover.content import Said, present
from archive.handover.domain import Signer, domain_of
from archive.handover.ledger_read import LedgerRead, read_ledger
from archive.handover.selection import sites_of
from archive.handover.wacz import Package, enter_made, package, put
from archive.ledger import chain as ledger
from archive.ledger.keys import Key
from archive.store.parts import workers
from archive.store.store import open_reader
from parsers.errors import FangtanError

log = logging.getLogger("fangtan")
#: So many sites are begun before they are needed, for each process, or for a scheduler whose workers nobody counts.
_AHEAD, _AHEAD_FAR = 4, 256
#: The other sites would fail, too.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class OfSite:
    """What became of a site.

    :param package: what was made
    :param there: the package that holds the same; it is as it was
    :param wrong: why there is no package, in words
    """

    site: str
    package: Package | None = None
    there: Path | None = None
    wrong: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """What all sites share, named by text: another process or machine may carry it out.

    :param by: fingerprint of the key that signs, when the one who asks has it
    :param until: number of the ledger's last entry when the first site began: all packages are made from it
    """

    root: str
    room: str
    since: str | None
    personal: bool
    until: int
    by: str | None = None

    def make(self, site: str) -> Package:
        """Make the package of a site in the room; it is not entered.

        :raises ConfigError: nothing to pack, or the key is not here
        """
        collection, past = Collection(Path(self.root)), self.past
        if self.by != _fingerprint(ledger.key_of(collection, past.keys)):
            raise ConfigError(f"{site}: the signing key is not on this machine")
        output = Path(tempfile.mkdtemp(dir=self.room)) / "made.wacz"
        return package(
            collection, site, since=self.since, output=output, personal=self.personal, enter=False, past=past
        )

    @property
    def past(self) -> LedgerRead:
        """The ledger that all packages are made from."""
        return _past_of(self.root, self.room, self.until)


@lru_cache(maxsize=1)
def _past_of(root: str, _room: str, until: int) -> LedgerRead:
    """Each process reads the ledger once a run: the room is the run's own."""
    return read_ledger(Collection(Path(root)).ledger, until)


def _fingerprint(key: Key | None) -> str | None:
    return key.fingerprint if key else None


def packages(
    collection: Collection, *, since: str | None = None, personal: bool = False, jobs: int = 1, dask: str | None = None
) -> Iterator[OfSite]:
    """Make a package of each site that has captures, and enter them. A site that fails is named; the rest goes on.

    :param jobs: processes; with one, this process makes all of it
    :param dask: the address of a scheduler whose workers make them
    :raises ConfigError: nothing was captured, or somebody else packs all sites now
    """
    with closing(open_reader(collection.store)) as db:
        sites = sites_of(db, since)
    if not sites:
        raise ConfigError(f"{collection.root}: no site with captures" + (f" since {since}" if since else ""))
    collection.packages.mkdir(exist_ok=True)
    with collection.lock("packages"), room_in(collection.packages, ".sites-") as room, ExitStack() as stack:
        last, ahead = ledger.last(collection), _AHEAD_FAR if dask else jobs * _AHEAD
        task = Task(str(collection.root.resolve()), str(room.resolve()), since, personal, last.number if last else 0)
        key = ledger.key_of(collection, task.past.keys)
        task = replace(task, by=_fingerprint(key))
        executor = stack.enter_context(workers(jobs, dask)) if jobs > 1 or dask else None
        signer = Signer(key, domain_of(collection), "")
        making = _Making(collection, task, task.past.said, signer, executor)
        for site, begun in making.in_order(sites, ahead if executor else 0):
            yield making.placed(site, begun)


#: The package that is there already, or one that another process makes, or nothing yet.
_Begun = Path | Future[Package] | None


@dataclass(frozen=True, slots=True)
class _Making:
    collection: Collection
    task: Task
    said: Said
    signer: Signer
    executor: Executor | None

    def in_order(self, sites: list[str], ahead: int) -> Iterator[tuple[str, _Begun]]:
        """Each site with what is begun of it; some are begun before they are needed."""
        waiting = deque[tuple[str, _Begun]]()
        for site in sites:
            waiting.append((site, self._begun(site)))
            if len(waiting) > ahead:
                yield waiting.popleft()
        yield from waiting

    def _begun(self, site: str) -> _Begun:
        try:
            task = self.task
            there = present(self.collection, self.said, self.signer, site, task.since, personal=task.personal)
            return there or (self.executor.submit(task.make, site) if self.executor else None)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again in its turn, and named then
            log.info("%s: %s", site, _words(error))
            return None

    def placed(self, site: str, begun: _Begun) -> OfSite:
        """A package under its name and in the ledger; whatever others fail at is tried here.

        :raises OSError: the disk is full
        """
        if isinstance(begun, Path):
            return OfSite(site, there=begun)
        try:
            made = _of_another(site, begun) or self.task.make(site)
            path = self.collection.packages / f"{made.name}.wacz"
            put(made.path, path, made.sha256)
        except Exception as error:  # whatever is wrong with one site, the others are packed
            if isinstance(error, OSError) and error.errno in _FULL:
                raise
            return OfSite(site, wrong=_words(error))
        made.path.parent.rmdir()
        made = replace(made, path=path)
        enter_made(self.collection, made)
        return OfSite(site, made)


def _of_another(site: str, begun: Future[Package] | None) -> Package | None:
    if begun is None:
        return None
    try:
        return begun.result()
    except Exception as error:  # noqa: BLE001 - whatever a worker dies of, its site is packed here
        log.info("%s: another process did not pack it (%s: %s)", site, type(error).__name__, error)
        return None


def _words(error: Exception) -> str:
    if isinstance(error, OSError):
        return in_words(error)
    if isinstance(error, sqlite3.Error):
        return f"{error}; {advice(error)}"
    return str(error) if isinstance(error, FangtanError) else f"{type(error).__name__}: {error}"
