"""The command as a user runs it, in a process of its own, and what verify finds wrong."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from support.starter import Starter

from archive.collection.folder import Collection
from archive.verify import Options, Summary, verify_collection

HERE = Path(__file__).parents[1]
ROOT = HERE.parent


#: `make soak`: the long forms of the tests that are marked `slow`.
SOAK = bool(os.environ.get("FANGTAN_SOAK"))


def environment():
    path = [str(HERE / "support" / "guard"), str(HERE.parent), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in path if p), "PYTHONWARNINGS": "error"}


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def rows(self):
        return [json.loads(line) for line in self.out.splitlines()]


STARTER = Starter(environment())


def fangtan(*arguments, collection=None, timeout=120, memory=None):
    """Run the command as a user does: a process of its own.

    :param memory: bytes that its address space may have
    """
    words = [*(["-C", str(collection)] if collection else []), *map(str, arguments)]
    there = environment()
    if STARTER.fits(there):
        return Result(*STARTER.run(words, there, timeout, memory))
    assert memory is None
    done = subprocess.run(
        [sys.executable, "-m", "crawler", *words],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        env=there,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def start(*arguments, collection=None, stdout=subprocess.PIPE, stderr=subprocess.PIPE, group=False, **more):
    """Begin a command; what comes back is like :class:`subprocess.Popen`.

    :param group: it leads a process group, which can be killed
    :param more: variables of its environment
    """
    words = [*(["-C", str(collection)] if collection else []), *map(str, arguments)]
    there = {**environment(), **more}
    if STARTER.fits(there):
        return STARTER.start(words, there, stdout=stdout, stderr=stderr, group=group)
    return subprocess.Popen(
        [sys.executable, "-m", "crawler", *words], stdout=stdout, stderr=stderr, text=True, env=there, process_group=0 if group else None
    )  # fmt: skip


def faults(collection, **options):
    """What verify finds wrong; notes are not wrong."""
    found = list(verify_collection(collection, Summary(), Options(**options)))
    return [f for f in found if f.level == "fault"]


def copy_of(collection, folder):
    """The same archive once more, for a test that changes it: a copy is cheaper than a crawl."""
    shutil.copytree(collection.root, folder)
    return Collection(folder)
