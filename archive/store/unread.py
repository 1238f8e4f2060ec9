"""What is to be read of the WARC files: from where the store stands to where they are safe."""

from __future__ import annotations

import logging
import os
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.collection.crawldb import committed
from archive.collection.files import OPEN_SUFFIX, final_name
from archive.collection.folder import Collection
from archive.errors import StoreError
from archive.warc.records import Damage

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a file that is not read yet.

    :param stop: where it ends; ``None`` for the file's end
    :param damage: what is wrong with the file itself; nothing is read then
    """

    path: Path
    name: str
    start: int
    stop: int | None
    damage: Damage | None = None


def unread(
    collection: Collection, cursors: dict[str, int], finished: set[str], only: Container[str] | None = None
) -> Iterator[Stretch]:
    """What is not read yet, file by file.

    :param cursors: up to where each file is read
    :param finished: closed files that were found read to their end: nobody looks at them again. What is found to be so
        is added
    :param only: no other files
    """
    finished.intersection_update(cursors)  # a store that was made anew knows nothing
    limits: dict[str, int] | None = None
    for path in collection.warcs(without=finished):
        name, stop = final_name(path), None
        if only is not None and name not in only:
            continue
        if path.name.endswith(OPEN_SUFFIX):
            limits = _committed(collection) if limits is None else limits
            stop = limits.get(name, 0)
        try:
            size = os.stat(path).st_size  # noqa: PTH116 - a nation has a hundred thousand files
        except FileNotFoundError:
            if path.is_symlink():
                yield Stretch(path, name, 0, stop, Damage(0, "a link to a file that is not there", whole=True))
            else:
                yield Stretch(path, name, 0, stop)  # closed and renamed since the folder was listed
            continue
        found = _stretch(path, name, cursors.get(name, 0), stop, size)
        if found is not None:
            yield found
        elif stop is None:
            finished.add(name)


def _stretch(path: Path, name: str, start: int, stop: int | None, size: int) -> Stretch | None:
    if stop is None and size < max(start, 1):
        reason = f"the file ends here; {start} bytes of it were read before" if size else "the file is empty"
        return Stretch(path, name, start, stop, Damage(size, reason, length=start - size, whole=not size))
    return Stretch(path, name, start, stop) if start < (size if stop is None else stop) else None


def _committed(collection: Collection) -> dict[str, int]:
    """Up to where open files may be read; a crawl database that cannot be read vouches for nothing in them."""
    try:
        return committed(collection.crawl_db)
    except StoreError as error:
        log.error("%s", error)  # noqa: TRY400 - no bug of ours, its trace says nothing
        return {}
