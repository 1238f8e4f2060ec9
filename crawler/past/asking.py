"""One question to a web archive at a time: over a plain socket, so that the answer is kept as it came.

There is no queue, no scope and nothing in parallel here, so Scrapy would only be in the way. The archive's robots.txt
is obeyed, a pause is made before each request, and Retry-After is kept.
"""

from __future__ import annotations

import logging
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from archive.collection import clock
from archive.collection.urls import ascii_url, is_web
from archive.errors import ArchiveError
from archive.warc.http import MAX_HEAD, Message, is_answer, is_complete, read_message, without_interim
from crawler.fetch import robotstxt

log = logging.getLogger("fangtan")
_TIMEOUT_S = 60.0
#: An answer that is not complete after so long is given up.
_LONGEST_S = 600.0
_CHUNK = 1 << 16  # bytes
_REDIRECTS = 5
_MOVED = (301, 302, 303, 307, 308)
#: A wait that the archive asks for is kept up to this; a longer one ends the command.
_PATIENCE_S = 120.0
_TRIES = 3


class ComeBack(ArchiveError):
    """The archive asks for a longer pause than a command waits; ``exit_code`` 3: what is there is kept."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What came.

    :param url: the address that answered, after redirects
    :param request: the bytes sent
    """

    url: str
    request: bytes
    message: Message
    started: str


@dataclass(slots=True)
class WebArchive:
    """A web archive on one host.

    :param base: address under which captures are replayed, ending with a slash
    :param delay: seconds between two requests; its robots.txt may only raise it
    :param largest: bytes of an answer
    """

    base: str
    agent: str
    delay: float
    largest: int
    wait: Callable[[float], None] = time.sleep
    _rules: robotstxt.Rules | None = field(default=None, init=False)
    _last: float | None = field(default=None, init=False)

    def ask(self, url: str) -> Answer:
        """An address of the archive, redirects on its host followed.

        :raises ArchiveError: no answer, one that is cut off or too large, another host, or robots.txt forbids it
        """
        for _ in range(_REDIRECTS):
            self._may(url)
            answer = self._patiently(url)
            where = answer.message.get("location")
            if answer.message.status not in _MOVED or not where:
                return answer
            url = urljoin(url, where)
        raise ArchiveError(f"{url}: more than {_REDIRECTS} redirects")

    def _may(self, url: str) -> None:
        self._here(url)
        if self._rules is None:
            self._rules = self._robots(urljoin(self.base, "/robots.txt"))
            self.delay = max(self.delay, self._rules.delay)
        if not self._rules.allows(url):
            raise ArchiveError(
                f"{url}: the archive's robots.txt does not allow it {self._rules.missing or ''}".rstrip()
            )

    def _here(self, url: str) -> str:
        """The address itself, when it is one of the archive's host."""
        here, there = urlsplit(self.base), urlsplit(url)
        if not is_web(url) or (there.scheme, there.netloc) != (here.scheme, here.netloc):
            raise ArchiveError(f"{url}: the archive leads to another host; expected {here.scheme}://{here.netloc}/")
        return url

    def _robots(self, url: str) -> robotstxt.Rules:
        """RFC 9309: redirects are followed, none at 4xx, nothing allowed where it cannot be had."""
        for _ in range(_REDIRECTS):
            answer = self._patiently(url)
            where = answer.message.get("location")
            if answer.message.status not in _MOVED or not where:
                break
            url = self._here(urljoin(url, where))
        status = answer.message.status
        if 200 <= status < 300:
            return robotstxt.read(bytes(answer.message.body), self.agent)
        return robotstxt.Rules(missing=None if 400 <= status < 500 else f"(robots.txt answers {status})")

    def _patiently(self, url: str) -> Answer:
        """Ask, and ask again after the pause that the archive wants."""
        for _ in range(_TRIES):
            self._pause()
            answer = self._once(url)
            if answer.message.status not in (429, 503):
                return answer
            seconds = _retry_after(answer.message.get("retry-after") or "") or self.delay * 2
            if seconds > _PATIENCE_S:
                raise ComeBack(f"{url}: the archive asks for a pause of {seconds:.0f} s; run the command again then")
            log.info("%s: waits %.0f s, as the archive asks", url, seconds)
            self.wait(seconds)
        raise ComeBack(f"{url}: the archive is busy (HTTP {answer.message.status}); run the command again later")

    def _pause(self) -> None:
        if self._last is not None:
            self.wait(max(0.0, self._last + self.delay - time.monotonic()))
        self._last = time.monotonic()

    def _once(self, url: str) -> Answer:
        parts = urlsplit(ascii_url(url))
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        lines = (
            f"GET {target} HTTP/1.1",
            f"Host: {parts.netloc}",
            f"User-Agent: {self.agent}",
            "Accept: */*",
            "Connection: close",
        )
        request, started = ("\r\n".join(lines) + "\r\n\r\n").encode("ascii", "replace"), clock.stamp()
        try:
            data = self._exchanged(parts.scheme, parts.hostname or "", parts.port, request)
        except OSError as error:
            raise ArchiveError(f"{url}: no answer ({error})") from error
        block = without_interim(data)
        if not is_answer(block) or not is_complete(read_message(block)):
            raise ArchiveError(f"{url}: the answer is cut off, or no HTTP")
        return Answer(url, request, read_message(block), started)

    def _exchanged(self, scheme: str, host: str, port: int | None, request: bytes) -> bytes:
        """Send, and read to the end of the connection, within bounds."""
        until, found = time.monotonic() + _LONGEST_S, bytearray()
        with socket.create_connection((host, port or (443 if scheme == "https" else 80)), _TIMEOUT_S) as plain:
            line = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if scheme == "https" else plain
            with line:
                line.sendall(request)
                while data := line.recv(_CHUNK):
                    found += data
                    if len(found) > self.largest:
                        raise ArchiveError(f"{host}: an answer of more than {self.largest} bytes")
                    if time.monotonic() > until:
                        raise ArchiveError(f"{host}: an answer that takes longer than {_LONGEST_S:.0f} s")
                    if _has_ended(found):
                        break
        return bytes(found)


def _has_ended(found: bytearray) -> bool:
    """Whether the answer is complete by its own framing: some servers keep the line open all the same."""
    end = found.find(b"\r\n\r\n", 0, MAX_HEAD) + 4
    if end < 4:
        return False
    message = Message(bytes(found[:end]), end)
    if message.status < 200 and message.status >= 100:
        return False
    if message.chunked:
        return found.endswith(b"0\r\n\r\n") and is_complete(read_message(bytes(found)))
    return message.status in (204, 304) or (message.length is not None and len(found) - end >= message.length)


def _retry_after(value: str) -> float:
    """Seconds; 0 for rubbish."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, (parsedate_to_datetime(value) - clock.now()).total_seconds())
    except (ValueError, TypeError):
        return 0.0
