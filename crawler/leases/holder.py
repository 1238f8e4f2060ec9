"""What the scheduler asks of a worker: functions that Dask calls there, each of which answers at once.

A lease is a folder with a collection of its own. It stays until the scheduler has fetched it, whoever died meanwhile:
any worker that sees the folder answers for it. Workers of one machine share the folders, others have their own.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from archive import VERSION
from archive.collection.clock import stamp
from archive.collection.folder import Collection
from archive.collection.processes import environment, module
from archive.ledger import keys
from crawler.leases.cargo import ENDED, LOG, Cargo

#: Bytes that are handed over in one answer.
PIECE = 4 << 20
_REFUSED = "refused-"
_CLOSED = "closed"  # marks a lease whose dead process was cleared up after
_LAST_WORDS = 600
_children: dict[str, _Child] = {}


class _Child:
    """A process that crawls, and the last that it said."""

    def __init__(self, root: Path, until: float, lock: int) -> None:
        """:param lock: the lease's lock, which goes with the process"""
        self.figures: dict[str, Any] = {}
        words = module("crawler", "-C", str(root), "schedule", "work", "--leased", str(until))
        with (root / LOG).open("ab") as log:
            self.process = subprocess.Popen(
                words, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                encoding="utf-8", bufsize=1, start_new_session=True, cwd=root, pass_fds=(lock,),
            )  # fmt: skip
        os.close(lock)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                with suppress(ValueError):
                    self.figures = json.loads(line)
        self.process.wait()

    def order(self, **order: Any) -> None:
        """Tell it something; one that is dead is found by its folder."""
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()


def place() -> Path:
    """Where leases are kept: ``FANGTAN_SCRATCH``, else the user's folder for what programs remember."""
    named = os.environ.get("FANGTAN_SCRATCH")
    if named:
        return Path(named)
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "fangtan" / "leases"


@cache
def code() -> str:
    """Digest of the program: what two machines must share."""
    root = Path(__file__).parents[2]
    found = hashlib.sha256(VERSION.encode())
    for package in ("archive", "crawler", "parsers"):
        for path in sorted((root / package).rglob("*")):
            if path.suffix in (".py", ".toml", ".sql"):
                found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


def look() -> dict[str, Any]:
    """Who is there. What it answers never loses a field: machines of other versions ask it.

    :raises OSError: its folder cannot be written
    :raises archive.errors.ConfigError: its key cannot be read or written
    """
    public = _key().public
    return {
        "version": VERSION, "code": code(), "machine": socket.gethostname(), "now": stamp(),
        "key": base64.b64encode(public).decode(),
    }  # fmt: skip


def _key() -> keys.Key:
    """The worker's own key; workers of one machine that begin at once make one."""
    root = place()
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(root / ".key.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        return keys.load(root / "key.pem") or keys.create(root / "key.pem")
    finally:
        os.close(handle)


def visit(identity: str, until: dict[str, float], stop: list[str]) -> dict[str, Any]:
    """Renew leases, and say what became of all that are here.

    :param identity: of the collection
    :param until: when leases run out (monotonic, of this machine); ``stop``: those that are to end now
    :returns: ``clock`` (monotonic), ``free`` bytes of disk, and of each lease its state: ``running``, ``ended``,
        ``failed`` with ``words``; ``figures`` of those that run; ``own``: this worker's process has it
    """
    for name, moment in until.items():
        if name in _children:
            _children[name].order(until=moment)
    for name in stop:
        if name in _children:
            _children[name].order(stop=True)
    root = place() / identity
    folders = sorted(path for path in root.glob("*") if path.is_dir() and not path.name.startswith((".", _REFUSED)))
    found = {path.name: {**_state(path), "own": path.name in _children} for path in folders}
    return {"clock": time.monotonic(), "free": shutil.disk_usage(place()).free, "leases": found}


def _state(root: Path) -> dict[str, Any]:
    child = _children.get(root.name)
    if child is not None and child.process.poll() is None:
        return {"state": "running", "figures": child.figures}
    if (root / ENDED).exists():
        return {"state": "ended"}
    try:
        lock = _lock(root)
    except BlockingIOError:  # another worker's
        return {"state": "running", "figures": {}}
    if (root / _CLOSED).exists():
        os.close(lock)
        return {"state": "failed", "words": _last_words(root)}
    (root / _CLOSED).touch()
    _children[root.name] = _Child(root, 0.0, lock)
    return {"state": "running", "figures": {}}


def _lock(root: Path) -> int:
    """The lock of a lease.

    :raises BlockingIOError: a process has it
    """
    handle = os.open(root / ".lease.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def _last_words(root: Path) -> str:
    with suppress(OSError):
        said = (root / LOG).read_text("utf-8", "replace").strip()
        return f"{said[-_LAST_WORDS:]} ({root})"
    return f"it died without a word ({root})"


def begin(identity: str, name: str, cargo: Cargo, until: float) -> str | None:
    """Begin to crawl.

    :returns: why it is refused, in words
    """
    root = place() / identity / name
    making = root.with_name(f".{name}")
    try:
        making.mkdir(parents=True)
        cargo.unpack(making, place() / "key.pem")
        lock = _lock(making)
        making.rename(root)
        _children[name] = _Child(root, until, lock)
    except OSError as error:
        shutil.rmtree(making, ignore_errors=True)
        shutil.rmtree(root, ignore_errors=True)
        return f"{error.filename or root}: {error.strerror}"
    return None


def files(identity: str, name: str) -> dict[str, int]:
    """What a lease that has ended holds, with sizes."""
    root = place() / identity / name
    found = [root / "ledger.jsonl", root / "crawl.db", root / "crawl.db-wal", root / ENDED]
    found += Collection(root).warcs()
    return {path.relative_to(root).as_posix(): path.stat().st_size for path in found if path.is_file()}


def piece(identity: str, name: str, file: str, offset: int) -> bytes:
    """A piece of a file."""
    with (place() / identity / name / file).open("rb") as stream:
        stream.seek(offset)
        return stream.read(PIECE)


def forget(identity: str, name: str, *, keep: bool) -> None:
    """A lease is in the archive: its folder goes.

    :param keep: something of it was refused: the folder stays under another name
    """
    root = place() / identity / name
    child = _children.pop(name, None)
    if child is not None and child.process.stdin is not None:
        with suppress(OSError):
            child.process.stdin.close()
    if keep:
        with suppress(FileNotFoundError):
            root.rename(root.with_name(f"{_REFUSED}{name}"))
        return
    shutil.rmtree(root, ignore_errors=True)
