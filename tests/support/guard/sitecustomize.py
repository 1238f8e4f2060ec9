"""On the path of every process that the tests start: no connection leaves the machine."""

import atexit
import json
import os
import re
import signal
import socket
import sqlite3
import sys
from pathlib import Path

_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex


def _check(address):
    if isinstance(address, tuple):
        host = address[0]
        if not (host.startswith("127.") or host in ("::1", "localhost")):
            raise OSError(101, f"the tests' guard: no network beyond loopback ({host})")


def connect(self, address):
    _check(address)
    return _connect(self, address)


def connect_ex(self, address):
    _check(address)
    return _connect_ex(self, address)


socket.socket.connect = connect
socket.socket.connect_ex = connect_ex

if "FANGTAN_TEST_SQLITE_TIMEOUT" in os.environ:
    _open = sqlite3.connect

    def open_impatiently(*args, **kwargs):
        return _open(*args, **{**kwargs, "timeout": float(os.environ["FANGTAN_TEST_SQLITE_TIMEOUT"])})

    sqlite3.connect = open_impatiently


class _Heard(sqlite3.Connection):
    """A connection that writes every statement down, once for each form, for tests of query plans."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.set_trace_callback(_hear)


def _hear(statement, known=set()):  # noqa: B006 - what this process has written down
    form = re.sub(r"'(?:[^']|'')*'|\b\d+\b", "?", statement)
    if form not in known and not statement.startswith("--"):
        known.add(form)
        with Path(os.environ["FANGTAN_TEST_SQL"], str(os.getpid())).open("a", encoding="utf-8") as out:
            out.write(json.dumps(statement) + "\n")


if "FANGTAN_TEST_SQL" in os.environ:
    _plain = sqlite3.connect
    sqlite3.connect = lambda *args, **kwargs: _plain(*args, **{"factory": _Heard, **kwargs})

#: How the indexer beside a crawl dies, for tests of its death.
_DEATHS = {
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "cannot import": lambda: sys.modules.update({"archive.store.indexer": None}),
    "ends well, but early": lambda: os._exit(0),
    "hangs": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "ends badly when it is done": lambda: atexit.register(os._exit, 9),
}
if "FANGTAN_TEST_INDEXER" in os.environ and "archive.store.follow" in sys.orig_argv:
    _DEATHS[os.environ["FANGTAN_TEST_INDEXER"]]()
