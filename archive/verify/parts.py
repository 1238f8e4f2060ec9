"""One large file in parts beside each other, one process a part.

Only what has nothing to report is put together. A file with a fault or a note, or whose parts do not meet, is checked
again in one pass, so its lines are those of that pass. A part ends at its first fault or note.
"""

from __future__ import annotations

import os
from dataclasses import replace
from importlib import import_module

from archive.collection.files import final_name
from archive.verify.file import Part, check_part
from archive.verify.task import Result, Task
from archive.warc.resync import Source, following

#: Bytes of a part; for less, starting a process takes longer than the work.
WORTH = 16 << 20


def in_parts(task: Task, jobs: int) -> Result | None:
    """What the pass over a sound file finds; ``None`` when the file must be checked in one pass."""
    tasks = _tasks(task, min(jobs or os.cpu_count() or 1, task.size // WORTH))
    if len(tasks) < 2:
        return None
    with import_module("archive.collection.processes").pool(len(tasks) - 1) as pool:
        others = [pool.submit(check_part, other) for other in tasks[1:]]
        found = [check_part(tasks[0]), *(other.result() for other in others)]
    if _meet(found):
        records, size = sum(part.records for part in found), sum(part.bytes for part in found)
        return Result(task.path, records=records, bytes=size, size=task.size)
    for path in task.scratch.glob("*.facts"):
        path.unlink()
    return None


def _tasks(task: Task, wanted: int) -> list[Task]:
    """Parts of a file, each from a record to a record."""
    if wanted < 2:
        return []
    with task.path.open("rb", buffering=0) as stream:
        source = Source(stream, task.size)
        gzip = source.is_gzip(final_name(task.path))
        begun = (following(source, task.size * n // wanted, None, gzip=gzip) for n in range(1, wanted))
        starts = sorted({0, *filter(None, begun)})
    ends = [*starts[1:], task.size]
    return [replace(task, part=part, alone=False) for part in zip(starts, ends, strict=True)]


def _meet(found: list[Part]) -> bool:
    """Whether parts are sound and no request lacks its response.

    What looks like the beginning of a record may be inside one. Then the part before it ends behind it, unsound.
    """
    asked = {half for part in found for half in part.asked}
    answered = {half for part in found for half in part.answered}
    return all(part.sound for part in found) and asked == answered
