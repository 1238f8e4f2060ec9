"""The door of the reading room: who is asked, how, and for what, before any page is made.

A request passes when it names this server (a name of another that leads here is DNS rebinding), asks by GET or HEAD (or
posts the form of ``/export``), and asks for a page that this archive has. Everything else is answered here, at no cost.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import unquote_to_bytes

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
#: A page in our frame that says why a request is refused: for which request, with which status, in which words.
Frame = Callable[[Scope, int, str], Awaitable[bytes]]

log = logging.getLogger(__name__)
#: The only page that may be posted to.
FORM = "/export"
#: Of Datasette: tables and rows of the store, files for its pages, its version. Its other pages show paths or are for
#: debugging.
_DATASETTES = re.compile(
    r"/fangtan(?:\.\w+|/.+)?|/-/static(?:-plugins)?/.*[^/]|/-/versions(?:\.json)?|/favicon\.ico", re.DOTALL
)
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?\.?)(?::\d{1,5})?", re.IGNORECASE)
_LONGEST_BODY = 65_536
#: A page that refuses loads its style sheet and leads to the search.
_FRAMED = b"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_NOTHING = "Nothing of that name. 没有这一项。"


class Refused(Exception):
    """A request that is answered at the door: a status, words, further headers."""

    def __init__(self, status: int, words: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(words)
        self.status, self.words, self.headers = status, words, headers


def door(app: App, routes: Iterable[re.Pattern[str]], hosts: Iterable[str], frame: Frame) -> App:
    """An application that lets in what is described above.

    :param routes: addresses of our own pages
    :param hosts: names that this server is asked by, besides those of the machine's loopback
    :param frame: what browsers are shown of a refusal
    """
    ours, names = tuple(routes), frozenset(_named(host) for host in hosts)

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await (_close(send) if scope["type"] == "websocket" else app(scope, receive, send))
            return
        try:
            check_host(scope, names)
        except Refused as refusal:  # a foreign name is shown nothing of this server
            await _refuse(refusal, scope, send)
            return
        try:
            _check_method(scope)
            _check_path(scope, ours)
            body = await _body(scope, receive)
        except Refused as refusal:
            await _refuse(refusal, scope, send, frame)
            return
        await _answer(app, scope, body, receive, send, frame)

    return wrapped


# ── what is asked ───────────────────────────────────────────────────────────────────────────────────────────────────


def check_host(scope: Scope, names: frozenset[str]) -> None:
    """:raises Refused: the request names no server, several, or another one"""
    given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    match = _HOST.fullmatch(given[0].strip()) if len(given) == 1 else None
    if match is None:
        raise Refused(400, "The request names no server. 请求未指明主机。")
    name = _bare(match[1])
    here = str((scope.get("server") or ("",))[0])
    if name not in names and not _is_loopback(name) and not (_is_address(name) and name == _bare(here)):
        raise Refused(
            421,
            f"This server does not answer to the name {name}. Start it with --host {name} if it should."
            " 本服务不以此主机名应答；如需使用，请以 --host 启动。",
        )


def is_host(text: str) -> bool:
    """Whether a text is a host's name or address, perhaps with a port."""
    return bool(_HOST.fullmatch(text)) or _is_address(text)


def _bare(host: str) -> str:
    """A host name or address without brackets, final dot and case."""
    bare = host.strip().strip("[]").rstrip(".").lower()
    return str(ipaddress.ip_address(bare)) if _is_address(bare) else bare


def _named(host: str) -> str:
    """The name that an operator gave; a port with it says nothing."""
    match = _HOST.fullmatch(host)
    return _bare(match[1] if match else host)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(name: str) -> bool:
    if _is_address(name):
        return ipaddress.ip_address(name).is_loopback
    return name == "localhost" or name.endswith(".localhost")


def _check_method(scope: Scope) -> None:
    """:raises Refused: neither a question nor the form"""
    allowed = ("GET", "HEAD", "POST") if scope["path"] == FORM else ("GET", "HEAD")
    if scope["method"] not in allowed:
        names = ", ".join(allowed)
        raise Refused(405, f"Allowed here: {names}. 仅允许：{names}。", (b"allow", names.encode()))


def _check_path(scope: Scope, ours: tuple[re.Pattern[str], ...]) -> None:
    """:raises Refused: an address that is not one, or a page that is not there;
    a slash too many leads to the page without it
    """
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    raw = raw.partition(b"?")[0]
    _check_address(raw)

    def known(address: str) -> bool:
        return any(route.match(address) for route in ours) or bool(_DATASETTES.fullmatch(address))

    path = scope["path"]
    shorter = path.rstrip("/")
    if known(path) and path in (shorter, "/"):
        return
    if known(shorter):
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        raise Refused(301, "", (b"location", raw.rstrip(b"/") + query))
    raise Refused(404, _NOTHING)


def _check_address(raw: bytes) -> None:
    """:raises Refused: no address, or one with empty or dotted parts"""
    plain = unquote_to_bytes(raw)
    if not raw.startswith(b"/") or not raw.isascii() or re.search(rb"[\x00-\x1f\x7f\\]", plain):
        raise Refused(400, "That is no address. 网址有误。")
    if b"//" in raw or re.search(rb"/\.{1,2}(?:/|$)", plain):
        raise Refused(404, _NOTHING)


async def _body(scope: Scope, receive: Receive) -> bytes:
    """The form's bytes; what comes with a GET is not read.

    :raises Refused: more than a form can hold
    """
    body, more = b"", scope["method"] == "POST"
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _LONGEST_BODY or message["type"] == "http.disconnect":
            raise Refused(413, "That is longer than a form. 表单过大。")
    return body


# ── how it is answered ──────────────────────────────────────────────────────────────────────────────────────────────


async def _answer(app: App, scope: Scope, body: bytes, receive: Receive, send: Send, frame: Frame) -> None:
    """Let the application answer until it is done or the reader has left; a HEAD is a GET whose body stays here."""
    bare, started, finished = scope["method"] == "HEAD", False, False
    head: Message = {}

    async def say(message: Message) -> None:
        nonlocal head, started, finished
        if message["type"] == "http.response.start":
            head = message  # waits for the body: an answer that fails before is replaced by another
            return
        if not started:
            started = True
            await send(head)
        finished = bare or not message.get("more_body")
        if bare:
            await send({"type": "http.response.body", "body": b""})
            raise asyncio.CancelledError  # all that is wanted was said
        await send(message)

    async def leave() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async def told() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    working = asyncio.ensure_future(app({**scope, "method": "GET"} if bare else scope, told, say))
    waiting = asyncio.ensure_future(leave())
    try:
        await asyncio.wait([working, waiting], return_when=asyncio.FIRST_COMPLETED)
        if finished:  # the reader has everything; what is open is closed in peace
            await asyncio.wait([working])
    finally:
        working.cancel()
        waiting.cancel()
        result, _ = await asyncio.gather(working, waiting, return_exceptions=True)
    if isinstance(result, Exception):
        refusal = _as_refusal(result, scope)
        if not started:
            await _refuse(refusal, scope, send, frame)


def _as_refusal(problem: Exception, scope: Scope) -> Refused:
    """What a reader hears of a page that was not made; the log hears of a fault."""
    if isinstance(problem, Refused):
        return problem
    log.error("%s %s: %r", scope["method"], scope["path"], problem)
    return Refused(400, "That cannot be answered as it was asked. 请求无法处理。")


async def _refuse(refusal: Refused, scope: Scope, send: Send, frame: Frame | None = None) -> None:
    """Say why, to a browser in our frame, where it has one."""
    body, kind = f"{refusal.words}\n".encode(), b"text/plain; charset=utf-8"
    asked = b",".join(value for name, value in scope["headers"] if name == b"accept")
    if frame is not None and refusal.words and b"text/html" in asked:
        body, kind = await frame(scope, refusal.status, refusal.words), b"text/html; charset=utf-8"
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *([(b"content-security-policy", _FRAMED)] if kind.startswith(b"text/html") else []),
        *refusal.headers,
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def _close(send: Send) -> None:
    await send({"type": "websocket.close", "code": 1000})
