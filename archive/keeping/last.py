"""When all files were last compared with the ledger, what came of it, when it is due again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from archive.collection.folder import Collection
from archive.keeping.fixity import TYPE
from archive.ledger import chain as ledger
from archive.ledger.chain import Entry
from archive.ledger.standing import own_keys, unvouched

#: What the lines of keys and checks have in them.
_NAMES = (b'"key"', f'"{TYPE}"'.encode())
#: Entries of checks whose signatures are asked for; a signature costs a millisecond.
_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class LastCheck:
    """What the ledger says.

    :param at: when the last complete check ended; ``None``: never
    :param data: the fields of its entry
    :param due: when the next one is due, by ``[fixity] every``; ``None`` without one
    """

    at: datetime | None
    data: dict[str, Any]
    due: datetime | None

    @property
    def damaged(self) -> list[str]:
        """The files that were damaged or missing."""
        return [str(name) for kind in ("damaged", "missing") for name in self.data.get(kind) or ()]

    @property
    def faults(self) -> int:
        """How many faults there were."""
        return int(self.data.get("faults") or 0)

    def is_overdue(self, moment: datetime) -> bool:
        """Whether it should have been done a day ago."""
        return self.due is not None and moment > self.due + timedelta(days=1)


def last_check(collection: Collection) -> LastCheck:
    """The last complete check of a collection; one that nobody signed counts only where there is no key.

    :raises ArchiveError: the ledger cannot be read
    """
    found = _found(collection, ledger.lenient(collection.ledger, naming=_NAMES))
    every = collection.setting("fixity", "every")
    since = found or (next(iter(ledger.lenient(collection.ledger)), None) if every else None)
    due = _moment(since) + timedelta(days=every) if since is not None and every else None
    return LastCheck(_moment(found) if found else None, found.data if found else {}, due)


def _found(collection: Collection, entries: list[Entry]) -> Entry | None:
    """The last entry of a check that the key's owner vouches for."""
    checks = [e for e in entries if e.type == TYPE][-_LOOKED_AT:]
    asked = sorted([*(e for e in entries if e.type == "key"), *checks], key=lambda e: e.number)
    nobodys = unvouched(asked, own_keys(collection, asked))
    return next((e for e in reversed(checks) if e.number not in nobodys), None)


def _moment(entry: Entry) -> datetime:
    try:
        found = datetime.fromisoformat(str(entry.data.get("at")))
    except ValueError:
        return datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return found if found.tzinfo else found.astimezone()
