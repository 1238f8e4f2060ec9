"""Replay by pywb, a program in an environment of its own (its brotlipy breaks Scrapy's brotli); nothing is copied."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.collection.folder import Collection
from archive.collection.processes import program
from archive.errors import ConfigError
from archive.handover.pending import hide_left
from archive.ledger.prefix import appearance
from archive.ledger.withheld import takedowns
from archive.store.removal import drop_lines
from archive.warc import tiers

#: So often a running server's index is compared with the ledger, seconds.
_LOOK_S = 0.5
_CONFIG = """\
collections:
  {name}:
    index_paths: {index}
    archive_paths: {archive}
framed_replay: false
enable_auto_fetch: false
"""


def wayback() -> Path:
    """The ``wayback`` command: named by ``FANGTAN_WAYBACK``, made by ``make replay``, or on PATH.

    :raises ConfigError: it does not exist
    """
    named = os.environ.get("FANGTAN_WAYBACK")
    beside = [
        Path(sys.prefix).parent / ".venv-replay" / "bin" / "wayback",
        Path(__file__).parents[2] / ".venv-replay" / "bin" / "wayback",
    ]
    for candidate in [Path(named)] if named else beside:
        if candidate.is_file():
            return candidate
    found = None if named else program("wayback")
    if found is None:
        raise ConfigError(
            "pywb is not here; make its environment once with `make replay`, or `pip install pywb` elsewhere and "
            "name its command: "
            "FANGTAN_WAYBACK=/…/bin/wayback. 回放需要 pywb，请先运行 make replay。"
        )
    return found


def name_of(collection: Collection) -> str:
    """The collection's name in replay addresses."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in collection.root.resolve().name)
    return plain.strip("-") or "collection"


def ready(collection: Collection) -> Path:
    """The ``wayback`` command, when there is something to serve.

    :raises ConfigError: no pywb, or no index to serve from
    """
    if not collection.index.exists():
        raise ConfigError(f"{collection.index}: nothing to replay yet; crawl something or run `fangtan rebuild`")
    return wayback()


def serve(collection: Collection, command: Path, port: int, bind: str) -> int:
    """Serve with a ``wayback`` command until interrupted; its exit code."""
    with serving(collection, command, port, bind) as process:
        # Who ends us (systemd, kill) means the server, too: it would continue by itself, and its folder would stay.
        before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            return _watch(process, collection)
        except KeyboardInterrupt:
            return 0
        finally:
            signal.signal(signal.SIGTERM, before)


@contextmanager
def serving(collection: Collection, command: Path, port: int, bind: str) -> Iterator[subprocess.Popen[bytes]]:
    """A running ``wayback``, ended at last."""
    with tempfile.TemporaryDirectory(prefix="fangtan-replay-") as folder:
        config = _CONFIG.format(
            name=name_of(collection),
            index=_quoted(collection.index.parent, "/"),
            archive=_quoted(collection.archive, "/"),
        )
        (Path(folder) / "config.yaml").write_text(config, "utf-8")
        arguments = [str(command.absolute()), "-d", folder, "-p", str(port), "-b", bind]
        # An environment of its own: what points to our packages must not reach it.
        environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "PYTHONWARNINGS")}
        obey(collection)
        process = subprocess.Popen(
            arguments, env=environment, cwd=folder, stdout=sys.__stderr__
        )  # answers are ours alone
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()


def _watch(process: subprocess.Popen[bytes], collection: Collection) -> int:
    """Wait for the server; an index or a ledger that changes meanwhile is made to agree with the other."""
    seen: object = None
    while True:
        state = _state(collection)
        if state != seen:
            obey(collection)
            seen = _state(collection)
        try:
            return process.wait(timeout=_LOOK_S)
        except subprocess.TimeoutExpired:
            continue


def _state(collection: Collection) -> list[object]:
    return [appearance(path) for path in (collection.ledger, *tiers.files(collection.index))]


def obey(collection: Collection) -> None:
    """Take out of the index what the ledger withholds, whatever the store knows of it: an index from a backup, too.

    :raises ConfigError: the folder cannot be written
    """
    said = takedowns(collection)
    if not said.entries:
        return
    hide_left(collection)
    with collection.lock("publish", wait=True):
        drop_lines(collection.index, said.places)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _quoted(path: Path, end: str = "") -> str:
    """A path as a YAML string."""
    return "'" + str(path.resolve()).replace("'", "''") + end + "'"
