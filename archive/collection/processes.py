"""Processes that fangtan starts: nothing in the current folder is taken for a module or a program.

A received collection may hold a ``json.py``. Python puts the current folder first on the path of ``-m`` and ``-c``,
unless it is started otherwise; empty and relative entries of ``PYTHONPATH`` and ``PATH`` mean that folder, too.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

_SAFE = "PYTHONSAFEPATH"


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs a module of fangtan; to be started in :func:`environment`."""
    return [sys.executable, "-P", "-m", name, *arguments]


def environment(**more: str) -> dict[str, str]:
    """The environment of a process of fangtan, with changes."""
    found = {**os.environ, _SAFE: "1", **more}
    path = [p for p in found.get("PYTHONPATH", "").split(os.pathsep) if _is_fixed(p)]
    found.pop("PYTHONPATH", None)
    return {**found, "PYTHONPATH": os.pathsep.join(path)} if path else found


def _is_fixed(entry: str) -> bool:
    return Path(entry).is_absolute()


def program(*names: str) -> Path | None:
    """The first of some programs that is on ``PATH``; relative entries of ``PATH`` do not count."""
    path = os.pathsep.join(p for p in os.environ.get("PATH", os.defpath).split(os.pathsep) if _is_fixed(p))
    found = next((where for name in names if (where := shutil.which(name, path=path))), None)
    return Path(found) if found else None


@contextmanager
def pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes for tasks. They are started by ``-c`` whenever a task needs one,
    so the environment must say it all the while.
    """
    before = os.environ.get(_SAFE)
    os.environ[_SAFE] = "1"
    try:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as executor:
            yield executor
    finally:
        if before is None:
            del os.environ[_SAFE]
        else:
            os.environ[_SAFE] = before
