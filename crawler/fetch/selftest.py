"""Before anything is fetched: prove on loopback that the tee keeps what is on the wire."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.settings import Settings

from archive.errors import CaptureBroken
from archive.warc.exchange import Exchange
from crawler import settings as project
from crawler.fetch.addresses import Addresses
from crawler.fetch.pace import Pace

log = logging.getLogger(__name__)

#: Oddly cased, duplicate and non-ASCII headers, chunk framing with an extension: what a rebuilt message would lose.
RESPONSE = (
    b"HTTP/1.1 200  Gut\r\nconTENT-type: text/html\r\nX-Twice: 1\r\nx-twice:  2\r\nX-Raw: \xc4\xe3\xba\xc3\r\n"
    b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n4;x=y\r\nfang\r\n03\r\ntan\r\n0\r\n\r\n"
)


class _Probe(Spider):
    name = "self-test"
    url = ""

    async def start(self) -> AsyncIterator[Request]:
        yield Request(self.url, callback=self.parse)

    def parse(self, response: Any, **_: Any) -> None:
        """Nothing to read: the capture is what matters."""


class _ProbeRun:
    """Keeps the one exchange; loopback may be asked at once."""

    def __init__(self, kept: list[Exchange]) -> None:
        self.kept, self.pace, self.addresses = kept, Pace(0.0), Addresses(frozenset(["127.0.0.1"]))

    def record(self, _request: Request, exchange: Exchange) -> dict[str, Any]:
        self.kept.append(exchange)
        return {}

    def may_ask(self, _request: Request) -> bool:
        return True

    def fail(self, error: BaseException) -> None:
        log.error("the capture self-test failed: %s", error)


def _serve(server: socket.socket, seen: list[bytes]) -> None:
    connection, _ = server.accept()
    with connection:
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        seen.append(data)
        connection.sendall(RESPONSE)


async def self_test() -> None:
    """Fetch one odd page from a loopback socket and compare bytes.

    :raises CaptureBroken: what was kept differs from what was sent
    """
    seen: list[bytes] = []
    kept: list[Exchange] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        thread = threading.Thread(target=_serve, args=(server, seen), daemon=True)
        thread.start()
        values = Settings()
        values.setmodule(project, priority="project")
        for key, value in {
            "SCHEDULER": "scrapy.core.scheduler.Scheduler",
            "RETRY_ENABLED": False,
            "DOWNLOAD_TIMEOUT": 10,
            "LOG_LEVEL": "ERROR",
            "HTTPPROXY_ENABLED": False,
            "DOWNLOADER_MIDDLEWARES": {"crawler.spider.robots.RobotsMiddleware": None},
        }.items():
            values.set(key, value, priority="cmdline")
        crawler = Crawler(type("Probe", (_Probe,), {"url": f"http://127.0.0.1:{server.getsockname()[1]}/"}), values)
        probe = _ProbeRun(kept)
        crawler.fangtan_run = SimpleNamespace(recorder=probe, guard=probe)  # type: ignore[attr-defined]
        await crawler.crawl_async()
        thread.join(10)
    if not kept or not seen or kept[0].response != RESPONSE or kept[0].request != seen[0]:
        found = kept[0].response[:60] if kept else b"nothing"
        raise CaptureBroken(
            f"the capture self-test failed: expected {RESPONSE[:60]!r}…, kept {found!r}…; this Scrapy/Twisted is "
            "not supported, nothing was fetched"
        )
