"""The check of all files that the scheduler starts when it is due: a process beside the crawls."""

from __future__ import annotations

import hashlib
import json
import logging
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from archive.collection.folder import Collection
from archive.collection.processes import environment, module
from archive.errors import ArchiveError
from archive.keeping.last import last_check
from archive.ledger.prefix import appearance

log = logging.getLogger("fangtan")
#: A check that was made, or that came to no result, is not begun again for so long.
_PAUSE_S = 3600.0
_SHOWN = 20
_FAULTS = 5


@dataclass
class FixityCheck:
    """One at a time.

    :param hear: gets the faults of a check that has ended, in words, from another thread
    :param known: what the check is told of the ledger, as words of ``verify``
    """

    collection: Collection
    hear: Callable[[list[str]], None]
    known: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    _not_before: float = field(default=0.0, init=False)
    _known: tuple[object, datetime | None] | None = field(default=None, init=False)

    @property
    def running(self) -> bool:
        """Whether a check is under way, or was not heard of yet."""
        return self.process is not None

    def due(self) -> datetime | None:
        """When the next check is due; ``None`` when none is to be made, or one is under way."""
        every = self.collection.setting("fixity", "every")
        if not every or self.running or self._not_before > time.monotonic():
            return None
        try:
            looks = (every, appearance(self.collection.ledger))
            if self._known is None or self._known[0] != looks:  # a long ledger is not read again every few seconds
                self._known = (looks, last_check(self.collection).due)
            return self._known[1]
        except ArchiveError as error:
            log.error("no check of the files: %s", error)  # noqa: TRY400 - a trace says nothing more
            self._not_before = time.monotonic() + _PAUSE_S
            return None

    def begin(self, moment: datetime) -> None:
        """Start a check that is due."""
        at = self.due()
        if at is None or at > moment:
            return
        log.info("the files are compared with the ledger")
        command = module("crawler", "-C", str(self.collection.root), "-q", "verify", "--fixity", "--json", *self.known)
        self._not_before = time.monotonic() + _PAUSE_S
        self.process = subprocess.Popen(
            command, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, encoding="utf-8", start_new_session=True
        )  # fmt: skip
        self.listener = threading.Thread(target=self._listen, args=(self.process,), daemon=True)
        self.listener.start()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        out, _ = process.communicate()
        self.hear(_faults(out, process.returncode))

    def over(self) -> None:
        """What a check found was heard."""
        if self.process is not None:
            self.listener.join()
        self.process = None

    def end(self) -> None:
        """End a check that is under way: nothing of it is entered."""
        if self.process is not None:
            self.process.terminate()
            self.over()


def _faults(out: str, code: int) -> list[str]:
    if code in (0, _FAULTS):
        return [_line(fault) for fault in json.loads(out)["faults"]]
    return [f"the check of the files ended with exit code {code}; the log has its words"]


def _line(fault: dict[str, Any]) -> str:
    return f"{fault['file']}: expected {fault['expected']}, found {fault['found']}"


def trouble(lines: list[str]) -> tuple[str, str]:
    """What a notice remembers of faults, and what it says of them."""
    words = hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]
    more = [f"{len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return words, "\n".join([*lines[:_SHOWN], *more])
