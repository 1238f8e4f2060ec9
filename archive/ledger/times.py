"""What the ledger knows of the time: a run whose clock is behind it would date captures before they were made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.collection import clock
from archive.errors import ClockError
from archive.ledger.chain import examined_lines
from archive.ledger.lines import raw_lines

#: So far may clocks be apart: an hour's drift of a poor one, a server that is not set by the network.
TOLERANCE = timedelta(minutes=10)
#: Field of a ``run`` entry: seconds by which the clock was ahead of the servers' (negative: behind), 0 within the
#: tolerance, absent where no server told the time.
AHEAD = "clock_ahead"
#: Only the ledger's end is read: a nation's is large, and this is asked before each run.
_END = 1 << 20


def refuse_backwards(path: Path) -> None:
    """Compare the clock with a ledger's last entries.

    What counts are the entries since servers last told a run the time. Where that run's clock was ahead, so are they.

    :raises ClockError: the clock is more than :data:`TOLERANCE` behind the latest of them
    :raises ArchiveError: the ledger cannot be read
    """
    now, latest, ahead = clock.now(), datetime.min.replace(tzinfo=UTC), timedelta()
    for at, said in _newest_first(path):
        latest = max(latest, at)
        if said is not None:
            ahead = max(ahead, timedelta(seconds=said))
            break
    if now + ahead + TOLERANCE < latest:
        raise ClockError(
            f"{path}: the clock runs backwards: it says {_text(now)}, the ledger's last entry says {_text(latest)}; "
            "set the clock of this machine. If the clock is right and the entry is wrong, crawl once with "
            "--clock-is-right. 系统时钟倒退，请校正；若时钟无误，请加 --clock-is-right 抓取一次。"
        )


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _newest_first(path: Path) -> Iterator[tuple[datetime, int | None]]:
    """When entries were made, and what the servers said of the clock then. Those without a time are left out, and
    announced keys: a collection that was only made has no capture that could be dated wrongly.
    """
    entries, _ = examined_lines(str(path), raw_lines(path, _END), None)
    for entry in reversed([entry for entry in entries if entry.type != "key"]):
        try:
            at = datetime.fromisoformat(str(entry.data.get("at")))
        except ValueError:
            continue
        yield at.replace(tzinfo=at.tzinfo or UTC), entry.data.get(AHEAD) if entry.type == "run" else None
