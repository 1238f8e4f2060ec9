"""The indexer beside the crawl: a process of its own, whose death makes the runs of that time fail."""

from __future__ import annotations

import signal
import subprocess
import threading
from contextlib import suppress

from archive.collection import Collection
from archive.follow import READY
from archive.processes import environment, module


class Indexer:
    """Started for the first run, and again for the next run after a death.

    :ivar death: how the last one died, in words
    """

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.process: subprocess.Popen[bytes] | None = None
        self.ready = False
        self.death: str | None = None
        self._looking = threading.Lock()

    def start(self) -> None:
        """Have one at work."""
        if self.process is not None:
            return
        self.process = subprocess.Popen(
            module("archive.follow", str(self.collection.root.resolve())),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
            start_new_session=True,  # a Ctrl-C is for the crawl, which ends the indexer when it is done
        )
        self.ready = False

    def look(self, *, wait: bool = False) -> str | None:
        """How the indexer has died since it was started, in words.

        :param wait: until it is at work; one that cannot even start is found out by this
        :returns: ``None`` while it is well, and while another thread looks
        """
        if not self._looking.acquire(blocking=wait):
            return None
        try:
            if self.process is None:
                return self.death
            code = self.process.poll()
            if code is None and wait and not self._has_begun():
                code = self.process.wait()
            if code is not None:
                self._over(code)
            return self.death if code is not None else None
        finally:
            self._looking.release()

    def _has_begun(self) -> bool:
        """Wait for its first words; its end comes before, when it cannot start."""
        assert self.process is not None
        assert self.process.stdout is not None
        self.ready = self.ready or self.process.stdout.readline() == READY
        return self.ready

    def finish(self) -> str | None:
        """Let the indexer finish what is committed; how it died, in words."""
        if self.process is None:
            return None
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        if code := self.process.wait():
            self._over(code)
            return self.death
        self._close()
        return None

    def _over(self, code: int) -> None:
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended by itself with exit code {code}"
        self.death = (
            f"the indexer {how}; every capture is safe in WARC: look for its words in the log, then run `fangtan rebuild`. "
            "索引进程异常退出，抓取内容已安全保存，请运行 fangtan rebuild。"
        )
        self._close()

    def _close(self) -> None:
        assert self.process is not None
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self.process = None
