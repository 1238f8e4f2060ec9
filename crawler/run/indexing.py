"""The indexer beside the crawl: a process of its own, whose death makes the runs of that time fail."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import parsers
from archive.collection.folder import Collection
from archive.collection.processes import environment, module
from archive.store.handed import line_of

#: An indexer that is silent for so many seconds hangs; a healthy one gives a sign of life every second, whatever it is
#: at.
SILENT_S = 120.0
_LOOK_S = 0.2
#: No more than this counts as silence between two looks: we may have slept ourselves.
_BETWEEN_S = 5.0
#: So many bytes wait for room in the pipe.
_UNSENT = 1 << 20


class Indexer:
    """Started for the first run, and again for the next run after a death.

    :param on_death: told how it died, in words, before anybody can take the locks that it held
    :ivar death: how the last one died
    :ivar begun: it was told to begin; until then it loads what it needs and touches nothing
    """

    def __init__(self, collection: Collection, on_death: Callable[[str], None] = lambda _: None) -> None:
        self.collection, self.on_death = collection, on_death
        self.process: subprocess.Popen[bytes] | None = None
        self.ready = self.begun = False
        self.death: str | None = None
        self._silence = self._looked = 0.0
        self._looking = threading.Lock()
        self._unsent = bytearray()

    def start(self) -> None:
        """Have one at work."""
        self.load()
        if not self.begun:
            self.begun = True
            self._send(b"\n")

    def load(self) -> None:
        """Have one that is ready for work: it loads what it needs beside whoever loads for the crawl."""
        if self.process is not None:
            return
        self.process = subprocess.Popen(
            module("archive.store.follow", str(self.collection.root.resolve())),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
            start_new_session=True,  # a Ctrl-C is for the crawl, which ends the indexer when it is done
        )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        assert self.process.stdin is not None
        os.set_blocking(self.process.stdin.fileno(), False)
        self._unsent.clear()
        self.ready, self.begun, self._silence, self._looked = False, False, 0.0, time.monotonic()

    def hand(self, page: parsers.Opened) -> None:
        """Give the indexer what a page's links are, as it would read them. It waits for nothing: where the pipe has no
        room for long, or nobody reads it, pages are read again.
        """
        if self.process is not None:
            self._send(line_of(page.payload, page.family, page.links()) if len(self._unsent) < _UNSENT else b"")

    def _send(self, line: bytes) -> None:
        self._unsent += line
        assert self.process is not None
        assert self.process.stdin is not None
        with suppress(OSError, ValueError):  # full, or closed
            del self._unsent[: os.write(self.process.stdin.fileno(), self._unsent)]

    def look(self, *, wait: bool = False) -> None:
        """Find out whether it has died or hangs; nothing while another thread looks.

        :param wait: until it is at work; one that cannot even start is found out by this
        """
        if not self._looking.acquire(blocking=wait):
            return
        try:
            while self.process is not None and self._is_well(self.process) and wait and not self.ready:
                time.sleep(_LOOK_S)
        finally:
            self._looking.release()

    def finish(self) -> str | None:
        """Let the indexer finish what is committed; how it died, in words."""
        if self.process is None:
            return None
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        while self.process is not None and self.process.poll() != 0:
            if not self._is_well(self.process):
                return self.death
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_LOOK_S)
        self._close()
        return None

    def _is_well(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether it is at work; it is over when it is not."""
        code = process.poll()
        if code is not None:
            how = (
                f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended by itself with exit code {code}"
            )
            self._over(how)
        elif self._is_silent(process):
            self._over(f"gave no sign of life for {SILENT_S:g} s and was killed")
        return self.process is not None

    def _is_silent(self, process: subprocess.Popen[bytes]) -> bool:
        assert process.stdout is not None
        now = time.monotonic()
        try:
            heard = os.read(process.stdout.fileno(), 1 << 16)
        except BlockingIOError:
            heard = b""
        self.ready = self.ready or bool(heard)
        self._silence = 0.0 if heard else self._silence + min(now - self._looked, _BETWEEN_S)
        self._looked = now
        return self._silence > SILENT_S

    def _over(self, how: str) -> None:
        self.death = (
            f"the indexer {how}; every capture is safe in WARC: look for its words in the log, then run `fangtan "
            "rebuild`. "
            "索引进程异常退出，抓取内容已安全保存，请运行 fangtan rebuild。"
        )
        self.on_death(self.death)
        self._close()

    def _close(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self.process = None
