"""A crawl in a process of its own whose waits are reported, and which does not outlive the command that started it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO


def run_and_tell(command: list[str], environment: dict[str, str]) -> tuple[int, list[str], list[str]]:
    """Run a crawl to its end; what it waits for is shown at once.

    :returns: exit code, lines of its output, lines of its log
    """
    log: list[str] = []
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", env=environment
    )
    assert process.stdout is not None
    assert process.stderr is not None
    listener = threading.Thread(target=_listen, args=(process.stderr, log), daemon=True)
    listener.start()
    with process, _ended_with_us(process):
        output = process.stdout.read().splitlines()
        process.wait()
        listener.join()
    return process.returncode, output, log


def _listen(lines: IO[str], log: list[str]) -> None:
    for line in lines:
        log.append(line.rstrip("\n"))
        if line.startswith("WARNING") and "waits until" in line:
            sys.stderr.write(line)
            sys.stderr.flush()


@contextmanager
def _ended_with_us(process: subprocess.Popen[str]) -> Iterator[None]:
    """SIGTERM is for the crawl, which ends gracefully; its report then says why."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        yield
    except BaseException:
        process.terminate()
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
