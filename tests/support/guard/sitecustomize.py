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


#: How the indexer beside a crawl dies, for tests of its death.
_DEATHS = {
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "cannot import": lambda: sys.modules.update({"archive.store.indexer": None}),
    "ends well, but early": lambda: os._exit(0),
    "hangs": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "ends badly when it is done": lambda: atexit.register(os._exit, 9),
}


def plant(words):
    """What a test wants of this process, by its environment; for a forked process once more.

    :param words: of its command line
    """
    there, opened = os.environ, sqlite3.connect
    if "FANGTAN_TEST_SQLITE_TIMEOUT" in there:
        patience = {"timeout": float(there["FANGTAN_TEST_SQLITE_TIMEOUT"])}
        sqlite3.connect = lambda *args, **kwargs: opened(*args, **{**kwargs, **patience})
    if "FANGTAN_TEST_SQL" in there:
        sqlite3.connect = lambda *args, **kwargs: opened(*args, **{"factory": _Heard, **kwargs})
    if "FANGTAN_TEST_INDEXER" in there and "archive.store.follow" in words:
        _DEATHS[there["FANGTAN_TEST_INDEXER"]]()


plant(sys.orig_argv)
