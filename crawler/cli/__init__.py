"""The ``fangtan`` command, one file per group of commands."""

import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Any

__all__ = ["main"]


def main(*arguments: Any, **more: Any) -> None:
    """The command, called as click's. It hears SIGTERM from the first moment on: what it loads takes half a second."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _end)
    import_module("crawler.cli.group").main(*arguments, **more)


def _end(number: int, _frame: FrameType | None) -> None:
    """SIGTERM where no command hears it in its own way: while it starts, at its work, and when that is done."""
    words = "ended by SIGTERM; no file is left half written, run the command again 已按要求结束，可重新运行"
    os.write(2, f"fangtan: {words}\n".encode())
    sys.exit(128 + number)
