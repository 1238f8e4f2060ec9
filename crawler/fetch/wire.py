"""A download handler that keeps each exchange exactly as it came over the wire.

Twisted lower-cases and regroups headers and removes chunk framing before Scrapy sees anything, so no middleware and no
signal can do this: the tee sits in the HTTP protocol object, between the transport and Twisted's parser. It touches
four private names (``_pool._factory``, ``_finishResponse``, ``_state`` and Scrapy's context factory); :func:`self_test`
fetches an odd page from a loopback server before every crawl and refuses to start when the bytes differ.
"""

from __future__ import annotations

import base64
import logging
import re
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL
from scrapy import Request
from scrapy.core.downloader.contextfactory import _ScrapyClientContextFactory
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.internet.protocol import Factory

from archive.collection import clock
from archive.collection.urls import host_of
from archive.warc.exchange import Exchange
from archive.warc.http import MAX_HEAD
from crawler.fetch import limits
from crawler.fetch.addresses import ASKING, Addresses
from crawler.fetch.limits import OwnLimit
from crawler.fetch.obstacles import of_failure
from crawler.fetch.pace import Pace
from crawler.fetch.refused import Refused

log = logging.getLogger(__name__)
#: SSL_OP_LEGACY_SERVER_CONNECT: talk to servers without RFC 5746 renegotiation.
_OP_LEGACY_SERVER_CONNECT = 0x4
#: What only the proxy gets: it is no part of the exchange with the server, and no archive's business.
_PROXY_PASSWORD = re.compile(rb"(?im)^Proxy-Authorization:[^\r\n]*\r\n")
Key = tuple[bytes, bytes, bytes]


class Recorder(Protocol):
    """Keeps what was fetched."""

    def record(self, request: Request, exchange: Exchange) -> dict[str, Any]:
        """Keep an exchange; returns what the spider needs to know of it."""


class Guard(Protocol):
    """Bounds what is fetched."""

    pace: Pace
    addresses: Addresses

    def may_ask(self, request: Request) -> bool:
        """Whether a request may go out now."""

    def fail(self, error: BaseException) -> None:
        """Something that makes going on pointless."""


@dataclass(slots=True)
class _Job:
    """A download in flight: the exchanges (one, or more when Twisted retries on a fresh connection) seen for it.

    :param max_size: bytes that a body may have
    """

    max_size: int
    exchanges: list[_Tap] = field(default_factory=list)


@dataclass(slots=True)
class _Tap:
    """Bytes of one exchange while it runs."""

    started: datetime
    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)
    ip: str | None = None
    tls: dict[str, str] = field(default_factory=dict)
    complete: bool = False
    last: float = 0.0
    headed: bool = False
    max_size: int = 0
    limit: OwnLimit | None = None

    def take(self, data: bytes) -> bool:
        """Keep what came; whether it is too much."""
        if self.limit is not None:
            return True
        self.received += data
        self.last = time.monotonic()
        if len(self.received) > MAX_HEAD:
            self.limit = limits.too_large(self.received, self.max_size, headed=self.headed)
            self.headed = True
        return self.limit is not None


class _Teed:
    """A transport that copies what is written while a request is being sent."""

    def __init__(self, transport: Any, tap: _Tap) -> None:
        self._transport, self._tap = transport, tap

    def write(self, data: bytes) -> None:
        self._tap.sent += data
        self._transport.write(data)

    def writeSequence(self, data: Any) -> None:  # noqa: N802 - Twisted's name
        parts = list(data)
        for part in parts:
            self._tap.sent += part
        self._transport.writeSequence(parts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def _tapped(protocol_class: type, handler: WireHandler) -> type:
    """The protocol class with the tee mixed in; an error inside the tee fails the run instead of stalling a
    connection.
    """

    class TappedProtocol(protocol_class):
        _tap: _Tap | None = None
        transport: Any

        def request(self, request: Any) -> Any:
            tap = _Tap(clock.now())
            handler.begin(request, tap)
            self._tap = tap
            real, self.transport = self.transport, _Teed(self.transport, tap)
            try:
                return super().request(request)
            finally:
                self.transport = real

        def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
            if self._tap is not None:
                if not self._tap.received:
                    handler.describe(self.transport, self._tap)
                if self._tap.take(data):
                    self.transport.abortConnection()
                    return
            super().dataReceived(data)

        def _finishResponse(self, rest: bytes) -> Any:  # noqa: N802 - Twisted's name
            tap, self._tap = self._tap, None
            if tap is not None:
                tap.complete = True
                if rest:
                    del tap.received[-len(rest) :]
            return super()._finishResponse(rest)

    return TappedProtocol


class WireHandler(HTTP11DownloadHandler):
    """Scrapy's HTTP/1.1 handler with the tee; one instance per scheme and crawler."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.relaxed = crawler.settings.get("FANGTAN_TLS") == "legacy"
        self._contextFactory: Any = LegacyContextFactory.from_crawler(crawler)
        self.jobs: dict[Key, deque[_Job]] = defaultdict(deque)
        self.owner = crawler
        run = crawler.fangtan_run  # type: ignore[attr-defined]
        self.recorder: Recorder = run.recorder
        self.guard: Guard = run.guard
        # A connection that idles for longer than this is not used again (servers close theirs after some seconds), and
        # Twisted
        # does not ask twice on its own: a second request is the retry middleware's, which waits.
        self._pool.cachedConnectionTimeout = 2
        self._pool.retryAutomatically = False
        original, handler = self._pool._factory, self  # noqa: SLF001 - the tee's place

        class TappedFactory(original):  # type: ignore[misc,valid-type]
            def buildProtocol(self, addr: Any) -> Any:  # noqa: N802 - Twisted's name
                protocol = super().buildProtocol(addr)
                protocol.__class__ = _tapped(type(protocol), handler)
                return protocol

        assert issubclass(original, Factory)
        self._pool._factory = TappedFactory  # noqa: SLF001

    @staticmethod
    def _key(method: bytes, url: bytes, length: bytes) -> Key:
        return method, url.split(b"#")[0], length

    def begin(self, request: Any, tap: _Tap) -> None:
        """Twisted is about to send: find the download this belongs to."""
        length = str(getattr(request.bodyProducer, "length", 0) or 0).encode()
        waiting = self.jobs.get(self._key(request.method, request.absoluteURI or b"", length))
        if waiting:
            tap.max_size = waiting[0].max_size
            waiting[0].exchanges.append(tap)
        else:
            self.guard.fail(RuntimeError(f"{request.absoluteURI!r}: an exchange that nobody asked for"))

    def describe(self, transport: Any, tap: _Tap) -> None:
        """Peer address and TLS facts; both are known once the first byte has come."""
        try:
            tap.ip = transport.getPeer().host
            connection = transport.getHandle()
            if isinstance(connection, SSL.Connection):
                version = connection.get_protocol_version_name()
                tap.tls["protocol"] = version.lower().replace("v", "/")
                tap.tls["cipher"] = connection.get_cipher_name() or ""
                chain = connection.get_peer_cert_chain(as_cryptography=True) or []
                tap.tls["chain"] = ",".join(base64.b64encode(c.public_bytes(Encoding.DER)).decode() for c in chain)
                if self.relaxed:
                    tap.tls["relaxed"] = "security level 0, legacy renegotiation allowed"
        except Exception as error:  # noqa: BLE001 - an exception here would stall the connection silently
            self.guard.fail(error)

    async def download_request(self, request: Request) -> Response:
        """One request at a time to a host, whatever the delay and however many sites of this process have pages
        there.
        """
        host, guard = host_of(request.url), self.guard
        async with guard.pace.turn(host, lambda: guard.may_ask(request), request.meta.get("role", "")):
            response = await self._download(request)
            guard.pace.answered(host, request.meta.get("download_latency") or 0.0, good=response.status == 200)
            return response

    async def _download(self, request: Request) -> Response:
        """Download, hand the exchange(s) to the sink, then give Scrapy its response."""
        asked = request.meta.get("max_taken") or request.meta.get("download_maxsize")
        max_size = asked or self.owner.settings.getint("DOWNLOAD_MAXSIZE")
        job = _Job(max_size)
        key = self._key(request.method.encode(), request.url.encode("ascii"), str(len(request.body)).encode())
        self.jobs[key].append(job)
        failure: Exception | None = None
        response: Response | None = None
        try:
            await self._judge(request)
            response = await super().download_request(request)
            failure = next((tap.limit for tap in job.exchanges if tap.limit), None)
        except Exception as error:  # noqa: BLE001 - kept and raised again below, after the capture
            failure = error
        finally:
            self.jobs[key].remove(job)
            if not self.jobs[key]:
                del self.jobs[key]
        if failure is not None:
            failure = self._named(failure, request, job)
        enough = response is not None and "download_stopped" in response.flags
        self._capture(request, job, "length" if enough else _reason(failure), failed=failure is not None)
        if failure is not None:
            raise failure
        assert response is not None
        return response

    async def _judge(self, request: Request) -> None:
        """Say whose look-up follows. The operator's proxy may lie anywhere; what is asked of it is judged as far as it
        is known here.

        :raises Refused: the host leads to an address that is not connected to
        """
        proxy = request.meta.get("proxy")
        ASKING.set(Addresses(frozenset([urlsplit(proxy).hostname or ""])) if proxy else self.guard.addresses)
        host = urlsplit(request.url).hostname or ""
        if proxy and (found := await self.guard.addresses.judge(host)):
            raise Refused(f"private address: {host} leads to {found}")

    def _named(self, failure: Exception, request: Request, job: _Job) -> Exception:
        """A failure of fangtan as what it is: an address that is not connected to, a limit."""
        host = urlsplit(request.url).hostname or ""
        if not job.exchanges:
            found = self.guard.addresses.refusal(host)
            if of_failure(failure) in ("connection", "timeout"):
                self.guard.addresses.forget(host)
            return Refused(f"private address: {host} leads to {found}") if found else failure
        if isinstance(failure, OwnLimit):
            return failure
        tap = job.exchanges[-1]
        timeout = request.meta.get("download_timeout") or self.owner.settings.getfloat("DOWNLOAD_TIMEOUT")
        own = tap.limit or limits.behind(failure, bytes(tap.received), tap.last, job.max_size, timeout)
        if own is None:
            return failure
        own.__cause__ = failure
        return own

    def _capture(self, request: Request, job: _Job, reason: str, *, failed: bool) -> None:
        """Hand over what came.

        :param reason: the WARC-Truncated reason of an exchange that is not complete
        """
        for tap in job.exchanges:
            if not tap.received:
                continue
            truncated = None if tap.complete and not failed else reason
            proxied = "proxy" in request.meta
            exchange = Exchange(
                request.url,
                request.method,
                _PROXY_PASSWORD.sub(b"", bytes(tap.sent)) if proxied else bytes(tap.sent),
                bytes(tap.received),
                None if proxied else tap.ip,  # the peer is the proxy, not the server
                tap.started,
                truncated,
                tap.tls,
                request.meta.get("refers_to"),
            )
            try:
                captured = self.recorder.record(request, exchange)
            except Exception as error:
                self.guard.fail(error)
                raise
            request.meta["capture"] = captured


def _reason(failure: Exception | None) -> str:
    """Why an answer is not complete, as WARC-Truncated has it."""
    if isinstance(failure, OwnLimit):
        return failure.truncated
    return "time" if "Timeout" in type(failure).__name__ else "disconnect"


class LegacyContextFactory(_ScrapyClientContextFactory):
    """TLS as strict as usual; with ``FANGTAN_TLS=legacy`` small DH keys, old ciphers and legacy renegotiation are let
    in.

    County servers fail with ``dh key too small`` (scrapy#3392) or ``unsafe legacy renegotiation disabled``
    (scrapy#5491).
    """

    relaxed = False

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> LegacyContextFactory:
        """Read the site's setting."""
        factory = super().from_crawler(crawler, *args, **kwargs)
        factory.relaxed = crawler.settings.get("FANGTAN_TLS") == "legacy"
        return factory

    def _get_cert_options(self) -> Any:
        options = super()._get_cert_options()
        if self.relaxed:
            context = options.getContext()
            context.set_cipher_list(b"ALL:@SECLEVEL=0")
            context.set_options(_OP_LEGACY_SERVER_CONNECT)
        return options
