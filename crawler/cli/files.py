"""What ``fangtan status`` says of the files: when all of them were last compared with the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from archive.collection.folder import Collection
from archive.collection.times import SHANGHAI
from archive.errors import ConfigError
from archive.keeping.deposits import copies
from archive.keeping.last import LastCheck
from crawler.schedule.notices import plain

#: So many damaged files are named.
_NAMED = 3


def needs_a_look(found: LastCheck, moment: datetime) -> bool:
    """Whether the last check found something, or the next one is late."""
    return bool(found.faults) or found.is_overdue(moment)


def as_dict(found: LastCheck, moment: datetime) -> dict[str, Any]:
    """For machines."""
    return {
        "last_check": found.at.isoformat() if found.at else None,
        "checked": found.data.get("checked"),
        "faults": found.faults,
        "damaged": found.damaged,
        "due": found.due.isoformat() if found.due else None,
        "overdue": found.is_overdue(moment),
    }


def files_lines(found: LastCheck, moment: datetime) -> Iterator[str]:
    """For people: when, what was found, when it is due again."""
    following = f"; next {_day(found.due)}" if found.due and not found.is_overdue(moment) else ""
    if found.at is None:
        yield f"last whole check: never{following}; run `fangtan verify --fixity`"
    else:
        result = f"{found.data.get('checked')} files, {found.faults or 'no'} fault(s)"
        yield f"last whole check: {_day(found.at)}, {result}{following}"
    if found.faults:
        yield from (f"    {plain(name)}" for name in found.damaged[:_NAMED] or ["the ledger itself"])
        yield "    → run `fangtan verify --fixity` to see what helps"
    elif found.is_overdue(moment):
        assert found.due is not None
        yield f"    → it was due on {_day(found.due)}: run `fangtan verify --fixity`"


def copies_lines(collection: Collection) -> Iterator[str]:
    """For people: packages and objects of OCFL elsewhere, and what is to be done with them."""
    try:
        found = copies(collection)
    except ConfigError as error:
        yield f"copies elsewhere: {error}"
        return
    for copy in found:
        written = f" ({copy.at[:10]})" if copy.at else ""
        yield f"copy elsewhere: {plain(str(copy.path))}{written}"
        if copy.away:
            yield f"    → its folder is not there; is it deleted, run `fangtan package --gone {plain(str(copy.path))}`"
        if copy.held:
            holds = "may hold" if copy.away else "holds"
            yield f"    → it {holds} what is withheld: delete it, or make it again. 含已撤下的内容，请删除或重新制作。"


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d}"
