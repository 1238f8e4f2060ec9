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


def fangtan(*arguments, collection=None, timeout=120, script=None, more=None, starter=STARTER, **options):
    """Run the command as a user does: a process of its own.

    :param script: what runs instead of the command, with its arguments
    :param more: variables of its environment
    :param options: ``memory``, the bytes that its address space may have; ``cwd``
    """
    words, there = _words(arguments, collection), {**environment(), **(more or {})}
    if starter.fits(there):
        return Result(*starter.run(words, there, timeout, script=script, **options))
    assert "memory" not in options
    done = subprocess.run(
        [*_program(script), *words],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        env=there,
        check=False,
        **options,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def start(
    *arguments, collection=None, stdout=subprocess.PIPE, stderr=subprocess.PIPE, group=False, script=None, cwd=None, starter=STARTER, **more
):  # fmt: skip
    """Begin a command; what comes back is like :class:`subprocess.Popen`.

    :param group: it leads a process group, which can be killed
    :param script: what runs instead of the command, with its arguments
    :param more: variables of its environment
    """
    words, there = _words(arguments, collection), {**environment(), **more}
    if starter.fits(there):
        return starter.start(words, there, stdout=stdout, stderr=stderr, group=group, script=script, cwd=cwd)
    return subprocess.Popen(
        [*_program(script), *words], stdout=stdout, stderr=stderr, text=True, env=there, cwd=cwd, process_group=0 if group else None
    )  # fmt: skip


def for_a_shell(folder):
    """The environment of a shell that has ``fangtan`` in its path; the program lies in a folder."""
    folder.mkdir(exist_ok=True)
    program = folder / "fangtan"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{HERE}/support/shell_command.py" "$@"\n', "utf-8")
    program.chmod(0o755)
    there = environment()
    return {**there, "PATH": f"{folder}{os.pathsep}{there['PATH']}", "FANGTAN_STARTER": STARTER.listening()}


def _words(arguments, collection):
    return [*(["-C", str(collection)] if collection else []), *map(str, arguments)]


def _program(script):
    return [sys.executable, *(["-c", script] if script else ["-m", "crawler"])]


def faults(collection, **options):
    """What verify finds wrong; notes are not wrong."""
    found = list(verify_collection(collection, Summary(), Options(**options)))
    return [f for f in found if f.level == "fault"]


def copy_of(collection, folder):
    """The same archive once more, for a test that changes it: a copy is cheaper than a crawl."""
    shutil.copytree(collection.root, folder)
    return Collection(folder)
