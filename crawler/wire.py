"""A download handler that keeps each exchange exactly as it came over the wire.

Twisted lower-cases and regroups headers and removes chunk framing before Scrapy sees anything, so no middleware and no
signal can do this: the tee sits in the HTTP protocol object, between the transport and Twisted's parser. It touches four
private names (``_pool._factory``, ``_finishResponse``, ``_state`` and Scrapy's context factory); :func:`self_test` fetches
an odd page from a loopback server before every crawl and refuses to start when the bytes differ.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL
from scrapy import Request
from scrapy.core.downloader.contextfactory import _ScrapyClientContextFactory
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.internet.protocol import Factory

from archive import clock
from archive.exchange import Exchange
from archive.urls import host_of

log = logging.getLogger(__name__)
#: SSL_OP_LEGACY_SERVER_CONNECT: talk to servers without RFC 5746 renegotiation.
_OP_LEGACY_SERVER_CONNECT = 0x4
Sink = Callable[[Request, Exchange], dict[str, Any] | None]
Key = tuple[bytes, bytes, bytes]


@dataclass(slots=True)
class _Job:
    """A download in flight: the exchanges (one, or more when Twisted retries on a fresh connection) seen for it."""

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


class Stopped(IgnoreRequest):
    """A request whose turn came after its run had stopped: it waits for the next one."""


@dataclass(slots=True)
class _Gate:
    """A host as all crawlers of the process see it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    ended: float = float("-inf")


_GATES: defaultdict[str, _Gate] = defaultdict(_Gate)


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
    """The protocol class with the tee mixed in; an error inside the tee fails the run instead of stalling a connection."""

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
                self._tap.received += data
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
        self.sink: Sink | None = getattr(crawler, "fangtan_sink", None)
        self.fail: Callable[[BaseException], None] = getattr(crawler, "fangtan_fail", _log_failure)
        self.relaxed = crawler.settings.get("FANGTAN_TLS") == "legacy"
        self._contextFactory: Any = LegacyContextFactory.from_crawler(crawler)
        self.jobs: dict[Key, deque[_Job]] = defaultdict(deque)
        self.owner = crawler
        # A connection that idles for longer than this is not used again (servers close theirs after some seconds), and Twisted
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
            waiting[0].exchanges.append(tap)
        else:
            self.fail(RuntimeError(f"{request.absoluteURI!r}: an exchange that nobody asked for"))

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
            self.fail(error)

    async def download_request(self, request: Request) -> Response:
        """One request at a time to a host, whatever the delay and however many sites of this process have pages there.

        Scrapy 2.19 counts a transfer only once its task runs, so without a delay it starts a whole queue at once; it keeps the
        delay for each crawler apart, and robots.txt outside of it where a port is not the usual one.
        """
        name = host_of(request.url)
        gate = _GATES[name]
        async with gate.lock:
            run = getattr(self.owner, "fangtan_run", None)
            if run is not None and not run.may_ask(request):
                raise Stopped(f"{request.url}: the run has stopped")
            # From the end of one to the beginning of the next: what the server sees is never less than the delay.
            if (wait := gate.ended + self._delay(name) - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            try:
                return await self._download(request)
            finally:
                gate.ended = time.monotonic()

    def _delay(self, name: str) -> float:
        """Seconds that this crawler keeps between two requests to a host."""
        engine = self.owner.engine
        slot = engine.downloader.slots.get(name) if engine is not None else None
        return float(slot.delay) if slot is not None else self.owner.settings.getfloat("DOWNLOAD_DELAY")

    async def _download(self, request: Request) -> Response:
        """Download, hand the exchange(s) to the sink, then give Scrapy its response."""
        job = _Job()
        key = self._key(request.method.encode(), request.url.encode("ascii"), str(len(request.body)).encode())
        self.jobs[key].append(job)
        failure: Exception | None = None
        response: Response | None = None
        try:
            response = await super().download_request(request)
        except Exception as error:  # noqa: BLE001 - kept and raised again below, after the capture
            failure = error
        finally:
            self.jobs[key].remove(job)
            if not self.jobs[key]:
                del self.jobs[key]
        self._capture(request, job, failure)
        if failure is not None:
            raise failure
        assert response is not None
        return response

    def _capture(self, request: Request, job: _Job, failure: Exception | None) -> None:
        if self.sink is None:
            return
        for tap in job.exchanges:
            if not tap.received:
                continue
            truncated = None if tap.complete and failure is None else _reason(failure)
            exchange = Exchange(
                request.url,
                request.method,
                bytes(tap.sent),
                bytes(tap.received),
                tap.ip,
                tap.started,
                truncated,
                tap.tls,
                request.meta.get("refers_to"),
            )
            try:
                captured = self.sink(request, exchange)
            except Exception as error:
                self.fail(error)
                raise
            if captured:
                request.meta["capture"] = captured


def _reason(failure: Exception | None) -> str:
    name = type(failure).__name__
    if "Timeout" in name:
        return "time"
    if "Cancelled" in name:
        return "length"
    return "disconnect"


def _log_failure(error: BaseException) -> None:
    log.error("capture failed: %s", error)


class LegacyContextFactory(_ScrapyClientContextFactory):
    """TLS as strict as usual; with ``FANGTAN_TLS=legacy`` small DH keys, old ciphers and legacy renegotiation are let in.

    County servers fail with ``dh key too small`` (scrapy#3392) or ``unsafe legacy renegotiation disabled`` (scrapy#5491).
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
