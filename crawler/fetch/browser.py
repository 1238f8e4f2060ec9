"""For pages whose content scripts fetch: Chromium runs the scripts, our own downloader makes every request they ask
for.

The browser sits behind a proxy of fangtan and reaches nothing else. Each request goes through the crawl's scope,
robots.txt, delay and capture like any other, so WARC holds the exchange as it came over the wire; what the browser
makes of it is never kept. Challenge pages are not brought here.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from scrapy.http import Response

from archive.collection.clock import now
from archive.collection.processes import program
from archive.errors import ConfigError
from crawler.fetch.refused import Stopped

log = logging.getLogger("fangtan")
#: A visit ends when nothing was asked for during so many seconds, and after :data:`VISIT_S` in any case.
QUIET_S, VISIT_S = 3.0, 300.0
_MAX_HEAD, _MAX_BODY = 64 << 10, 1 << 20
#: What a page needs to be looked at, not to be read: fetched as requisites, if at all.
_NOT_NEEDED = ("image", "font", "media", "stylesheet")
Fetch = Callable[[str, str, bytes, dict[str, str]], Awaitable[Response | None]]


@dataclass(slots=True)
class Visit:
    """What comes of showing a page.

    :param page: the page itself, until it is asked for
    :param answers: all that was fetched
    :param stopped: the run stopped before all was fetched: the page is to be visited again
    :param trouble: why something may be missing
    """

    page: Response | None
    answers: list[Response] = field(default_factory=list)
    stopped: bool = False
    trouble: str | None = None


@dataclass
class Browser:
    """One Chromium for one run. It shows one page at a time: what is asked for is asked for by that page.

    :param fetch: (method, URL, body, headers) → the response; ``None`` when it is refused or does not come, which the
        report says.
       :class:`~crawler.fetch.refused.Stopped`: the run ends
    """

    fetch: Fetch
    user_agent: str

    def __post_init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fangtan-browser-"))
        self.current = Visit(None)
        self.turn = asyncio.Lock()
        self.contexts: dict[str, ssl.SSLContext] = {}
        self.connections: set[asyncio.Task[None]] = set()
        self.server: asyncio.Server | None = None
        self.playwright: Any = None
        self.chromium: Any = None
        self.asking = 0
        self.asked_at = 0.0

    async def visit(self, url: str, fetched: Response | None) -> Visit:
        """Open a page and let its scripts work; the answers do not include the page itself.

        :param fetched: the page, when it was fetched just now: it is not asked for twice
        :raises ConfigError: there is no Chromium, or no playwright
        """
        async with self.turn:
            if self.chromium is None:
                await self._start()
            visit = self.current = Visit(fetched)
            await self._show(url, visit)
            here = url.partition("#")[0]
            visit.answers = [answer for answer in visit.answers if answer.url.partition("#")[0] != here]
            return visit

    async def _show(self, url: str, visit: Visit) -> None:
        context = await self.chromium.new_context(
            user_agent=self.user_agent, ignore_https_errors=True, service_workers="block", accept_downloads=False
        )
        try:
            page = await context.new_page()
            await page.route("**/*", _only_what_is_needed)
            await page.goto(url, wait_until="commit", timeout=VISIT_S * 1000)
            if not await self._quiet():
                visit.trouble = f"its scripts were still at work after {VISIT_S:g} seconds (our limit)"
        except Exception as error:  # noqa: BLE001 - playwright's errors; the page stays a capture without content
            first = next(iter(str(error).splitlines()), type(error).__name__)
            visit.trouble = f"the browser could not show it: {first}"
            log.warning("%s: %s", url, visit.trouble)
        finally:
            await context.close()

    async def _quiet(self) -> bool:
        """Wait until nothing is asked for; whether it has come to that."""
        loop = asyncio.get_running_loop()
        end = loop.time() + VISIT_S
        self.asked_at = loop.time()
        # It waits for nothing to happen, which no event reports.
        while loop.time() < end and (self.asking or loop.time() - self.asked_at < QUIET_S):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        return loop.time() < end

    async def _start(self) -> None:
        try:
            from playwright.async_api import async_playwright  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise ConfigError('browser = true needs playwright: pip install "fangtan[browser]"') from error
        chromium = program("chromium", "chromium-browser", "google-chrome")
        if chromium is None:
            raise ConfigError("browser = true needs Chromium: apt install chromium 请安装 chromium")
        try:
            await self._launch(async_playwright, str(chromium))
        except Exception as error:
            raise ConfigError(f"{chromium} does not start: {str(error).splitlines()[0]}") from error

    async def _launch(self, playwright: Any, program: str) -> None:
        self.server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=_MAX_HEAD)
        port = self.server.sockets[0].getsockname()[1]
        self.playwright = await playwright().start()
        self.chromium = await self.playwright.chromium.launch(
            executable_path=program,
            proxy={"server": f"http://127.0.0.1:{port}", "bypass": "<-loopback>"},
            args=[
                "--no-sandbox",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-quic",
                # Nothing goes past the proxy: no look-up of a name, no datagram of WebRTC.
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                "--webrtc-ip-handling-policy=disable_non_proxied_udp",
                "--no-first-run",
            ],
        )

    async def close(self) -> None:
        """End the browser and its proxy."""
        if self.chromium is not None:
            with suppress(Exception):
                await self.chromium.close()
        if self.playwright is not None:
            await self.playwright.stop()
        if self.server is not None:
            self.server.close()
        for task in self.connections:
            task.cancel()
        await asyncio.gather(*self.connections, return_exceptions=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    # ── the proxy ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self.connections.add(task)
        task.add_done_callback(self.connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        origin = ""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                method, target, headers = _read_head(head)
                if method == "CONNECT":
                    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    await writer.drain()
                    host = target.rpartition(":")[0].strip("[]")
                    await writer.start_tls(self._tls(host))
                    origin = f"https://{target.removesuffix(':443')}"
                    continue
                length = int(headers.get("content-length") or 0)
                if length > _MAX_BODY or "transfer-encoding" in headers:
                    break
                body = await reader.readexactly(length) if length else b""
                writer.write(
                    await self._answer(method, origin + target if target.startswith("/") else target, body, headers)
                )
                await writer.drain()
        except (
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            ConnectionError,
            ssl.SSLError,
            ValueError,
            OSError,
        ):
            pass  # the browser went away, or asks for what no page needs
        finally:
            writer.close()

    async def _answer(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> bytes:
        loop, visit = asyncio.get_running_loop(), self.current
        self.asking, self.asked_at = self.asking + 1, loop.time()
        try:
            known, visit.page = (visit.page, None) if method == "GET" else (None, visit.page)
            response = known if known is not None and known.url == url else await self.fetch(method, url, body, headers)
        except Stopped:
            visit.stopped, response = True, None
        except Exception as error:
            log.exception("%s", url)
            visit.trouble, response = f"our bug: {error!r}, please report it", None
        finally:
            self.asking, self.asked_at = self.asking - 1, loop.time()
        if response is None:
            return b"HTTP/1.1 403 Refused\r\nContent-Length: 0\r\n\r\n"
        visit.answers.append(response)
        lines = [f"HTTP/1.1 {response.status} X".encode()]
        for name, values in response.headers.items():
            if name.lower() not in _HOP_BY_HOP:
                lines += [name + b": " + value for value in values]
        lines.append(b"Content-Length: %d" % len(response.body))
        return b"\r\n".join(lines) + b"\r\n\r\n" + response.body

    def _tls(self, host: str) -> ssl.SSLContext:
        """A server's side of TLS with a certificate that our browser accepts."""
        if host not in self.contexts:
            path = self.folder / f"{len(self.contexts)}.pem"
            path.write_bytes(_certificate(host))
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(path)
            self.contexts[host] = context
        return self.contexts[host]


#: Headers of one hop, and those that no longer hold for a decoded body.
_HOP_BY_HOP = (
    b"connection", b"keep-alive", b"transfer-encoding", b"content-length", b"content-encoding", b"proxy-authenticate", b"upgrade", b"trailer",
    b"alt-svc", b"strict-transport-security",
)  # fmt: skip


async def _only_what_is_needed(route: Any) -> None:
    await (route.abort() if route.request.resource_type in _NOT_NEEDED else route.continue_())


def _read_head(head: bytes) -> tuple[str, str, dict[str, str]]:
    first, *rest = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {}
    for line in rest:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    if method != "CONNECT" and not target.startswith("/") and urlsplit(target).scheme not in ("http", "https"):
        raise ValueError(target)
    return method, target, headers


def _certificate(host: str) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host[:64])])
    try:
        alternative: x509.GeneralName = x509.IPAddress(ip_address(host))
    except ValueError:
        alternative = x509.DNSName(host)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now() - timedelta(days=1)).not_valid_after(now() + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(
        serialization.Encoding.PEM
    )
