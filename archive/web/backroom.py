"""The back room: pages that search, count or take a reader's SQL are made in a process of their own.

It runs the same application. A request goes there through a pair of sockets of its own, as JSON lines with the bytes of
bodies behind them, and the answer comes back as it is made. So nobody's search shares threads, locks or the interpreter
with another reader's interview. A back room that died is opened again with the next request.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from datasette.app import Datasette

from archive.collection.processes import environment, module
from archive.web.context import collection_of, hosts_of, replay_of
from archive.web.door import App, Message, Receive, Refused, Scope, Send

log = logging.getLogger("fangtan")
#: What of a request its page depends on.
_KEPT = (
    "type", "http_version", "method", "scheme", "path", "raw_path", "query_string", "root_path", "headers", "client", "server"
)  # fmt: skip
#: The longest line: a request's headers.
_LONGEST = 1 << 20
_GONE = "The process that searches ended; it begins again. Ask again in a moment. 检索进程意外结束，正在重新启动，请稍后再试。"


# ── what is said through a pair of sockets ──────────────────────────────────────────────────────────────────────────


def _packed(message: Message) -> bytes:
    body: bytes = message.get("body", b"")
    head = {**message, "body": len(body)}
    return json.dumps(head, default=lambda raw: {"": bytes(raw).decode("latin-1")}).encode() + b"\n" + body


async def _received(reader: asyncio.StreamReader) -> Message | None:
    """The next message; nothing where the other side has left."""

    def raw(said: dict[str, Any]) -> Any:
        return said[""].encode("latin-1") if "" in said else said

    try:
        line = await reader.readline()
        if not line:
            return None
        message: Message = json.loads(line, object_hook=raw)
        return {**message, "body": await reader.readexactly(message["body"])}
    except (ConnectionError, asyncio.IncompleteReadError):
        return None


# ── the process that readers reach ──────────────────────────────────────────────────────────────────────────────────


class Backroom:
    """The other process, and the way there."""

    def __init__(self, datasette: Datasette) -> None:
        asked = (str(collection_of(datasette).root.resolve()), replay_of(datasette), hosts_of(datasette))
        self._command = module("archive.web.serve", json.dumps([*asked, logging.getLogger().level]))
        self._open()

    def _open(self) -> None:
        self._door, theirs = socket.socketpair()
        self._door.setblocking(False)
        with theirs:
            self._process = subprocess.Popen(
                self._command,
                stdin=theirs.fileno(),
                stdout=subprocess.PIPE,
                env=environment(),
                start_new_session=True,  # a Ctrl-C is for the server, which closes the door when it is done
            )
        threading.Thread(target=hear, args=(self._process,), daemon=True).start()

    def _entered(self) -> socket.socket:
        """Our end of a pair of sockets whose other end is in the back room.

        :raises OSError: nobody is there
        """
        if (code := self._process.poll()) is not None:
            log.error("the process that searches ended with %d; another one begins", code)
            self._door.close()
            self._open()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._door, [b"."], [theirs.fileno()])
            except OSError:
                ours.close()
                raise
        return ours

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered there.

        :raises Refused: nothing came back
        """
        asked = {name: scope[name] for name in _KEPT if name in scope} | {"body": (await receive())["body"]}
        said: Message | None = None
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(sock=self._entered(), limit=_LONGEST)
            try:
                writer.write(_packed(asked))
                while (said_next := await _received(reader)) is not None:
                    said = said_next
                    await send(said)
            finally:
                writer.close()
        if said is None:
            raise Refused(503, _GONE, (b"retry-after", b"5"), (b"cache-control", b"no-store"))

    def close(self) -> None:
        """Let it end: with the door shut it cancels what it is at."""
        self._door.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def hear(process: subprocess.Popen[bytes]) -> None:
    """Its log goes where ours goes."""
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            try:
                level, name, words = json.loads(line)
            except ValueError:  # something else printed it; who stops reading stops the other process
                level, name, words = logging.WARNING, log.name, line.decode("utf-8", "replace").rstrip()
            logging.getLogger(name).log(level, "%s", words)


_rooms: WeakKeyDictionary[Datasette, Backroom] = WeakKeyDictionary()


@contextlib.contextmanager
def backroom(datasette: Datasette) -> Iterator[None]:
    """Have what an application is asked of the back room answered there."""
    room = _rooms[datasette] = Backroom(datasette)
    try:
        yield
    finally:
        del _rooms[datasette]
        room.close()


def sent_back(app: App, datasette: Datasette, is_meant: Callable[[str], bool]) -> App:
    """An application that passes requests on to the back room, where there is one.

    :param is_meant: whether the page of a path is made there
    """

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        room = _rooms.get(datasette) if scope["type"] == "http" and is_meant(scope["path"]) else None
        await (room.answer if room else app)(scope, receive, send)

    return wrapped


# ── the back room itself ────────────────────────────────────────────────────────────────────────────────────────────


async def attend(app: App, door: socket.socket) -> None:
    """Answer who comes in, until the door is shut."""
    loop, shut, visits = asyncio.get_running_loop(), asyncio.Event(), set[asyncio.Task[None]]()
    door.setblocking(False)

    def came() -> None:
        with contextlib.suppress(BlockingIOError):
            said, ends, _, _ = socket.recv_fds(door, 1, 1)
            if not said:
                loop.remove_reader(door)
                shut.set()
            for end in ends:
                visits.add(visit := loop.create_task(attended(app, socket.socket(fileno=end))))
                visit.add_done_callback(visits.discard)

    loop.add_reader(door, came)
    await shut.wait()


async def attended(app: App, end: socket.socket) -> None:
    """Answer one request."""
    reader, writer = await asyncio.open_connection(sock=end, limit=_LONGEST)
    try:
        asked = await _received(reader)
        if asked is None:
            return
        told = [{"type": "http.request", "body": asked.pop("body"), "more_body": False}]

        async def receive() -> Message:
            if told:
                return told.pop()
            await reader.read()  # until the other side hangs up
            return {"type": "http.disconnect"}

        async def say(message: Message) -> None:
            with contextlib.suppress(ConnectionError):
                writer.write(_packed(message))
                await writer.drain()

        headers = [(name, value) for name, value in asked["headers"]]
        await app({**asked, "asgi": {"version": "3.0"}, "headers": headers}, receive, say)
    except Exception:
        log.exception("%s", "a page of the back room")
    finally:
        writer.close()


class Lines(logging.Handler):
    """Log lines for :func:`hear`; what else is printed goes to stderr."""

    def __init__(self) -> None:
        super().__init__()
        self._out, sys.stdout = sys.stdout, sys.stderr

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a line on."""
        self._out.write(json.dumps([record.levelno, record.name, self.format(record)]) + "\n")
        self._out.flush()
