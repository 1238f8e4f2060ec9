"""The one clock of an archive: WARC dates, runs, re-checks and schedules read it and nothing else.

``FANGTAN_CLOCK`` may name a file with a time (ISO 8601, UTC): from the moment the file was written the clock continues
from there. So a fortnight of schedules can be rehearsed in minutes, on a collection of its own.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.errors import ConfigError

VARIABLE = "FANGTAN_CLOCK"


def now() -> datetime:
    """The time, UTC.

    :raises ConfigError: ``FANGTAN_CLOCK`` names no file with a time
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return datetime.now(UTC)
    try:
        with Path(path).open(encoding="ascii") as stream:
            start = datetime.fromisoformat(stream.read().strip()).astimezone(UTC)
            elapsed = time.time() - os.fstat(stream.fileno()).st_mtime
    except (OSError, ValueError) as error:
        raise ConfigError(f"{VARIABLE}={path}: {error}") from error
    return start + timedelta(seconds=max(elapsed, 0.0))


def stamp(moment: datetime | None = None) -> str:
    """A moment as ISO text with microseconds, which sorts as time does."""
    return (moment or now()).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def rehearsed() -> bool:
    """Whether the clock is one that can be moved."""
    return bool(os.environ.get(VARIABLE))


def move_to(moment: datetime) -> None:
    """Move a rehearsal's clock; it never goes backwards."""
    path = Path(os.environ[VARIABLE])
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_text(max(moment, now()).astimezone(UTC).isoformat(), "ascii")
    temporary.replace(path)
