"""A real HTTP/1.1 server on loopback for the county: gzip, chunks, ETags, one thread a connection."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Callable
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from crawler.demo.county import DemoSite, Reply

Post = Callable[[str, bytes], Reply]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "demo-county"
    sys_version = ""
    disable_nagle_algorithm = True  # else every answer waits 40 ms for a delayed acknowledgement
    wbufsize = -1
    county: County
    site: DemoSite

    def do_GET(self) -> None:
        self._send(self.site.reply(self.path, self.county.generation))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._send(self.county.post(self.path, body))

    def _send(self, reply: Reply | None) -> None:
        reply = reply or Reply("<html><body><h1>404</h1>您访问的页面不存在</body></html>".encode(), status=404)
        tag = f'"{hashlib.sha256(reply.body).hexdigest()[:16]}"'
        if self.command == "GET" and reply.status == 200 and self.headers.get("If-None-Match") == tag:
            self.send_response(304)
            self.send_header("ETag", tag)
            self.end_headers()
            return
        body = gzip.compress(reply.body, mtime=0) if "gzip" in reply.coding else reply.body
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        for name, value in reply.headers:
            self.send_header(name, value)
        if reply.status == 200:
            self.send_header("ETag", tag)
        if "gzip" in reply.coding:
            self.send_header("Content-Encoding", "gzip")
        if "chunked" in reply.coding:
            self._send_chunks(body)
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_chunks(self, body: bytes) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(body), 4000):
            piece = body[start : start + 4000]
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def handle(self) -> None:
        """A client that was killed is no news."""
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Silent: the crawl is what is shown."""


class County:
    """The running county; ``generation`` 1 is the county some days later.

    :param ports: fixed ports, so that a second crawl meets the same addresses; 0 takes a free one
    """

    def __init__(self, sites: list[DemoSite], post: Post, ports: list[int] | None = None) -> None:
        self.sites, self.post, self.generation = sites, post, 0
        self._stack = ExitStack()
        self.ports = ports or [0] * len(sites)

    def __enter__(self) -> Self:
        taken = []
        for site, port in zip(self.sites, self.ports, strict=True):
            handler = type("Handler", (_Handler,), {"county": self, "site": site})
            server = ThreadingHTTPServer(("127.0.0.1", port), handler)
            server.daemon_threads = True
            taken.append(server.server_address[1])
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            self._stack.callback(server.server_close)
            self._stack.callback(server.shutdown)
        self.ports = taken
        return self

    def __exit__(self, *details: object) -> None:
        self._stack.close()

    @property
    def urls(self) -> list[str]:
        """The three home pages: all that a crawl gets."""
        return [f"http://127.0.0.1:{port}{site.home}" for site, port in zip(self.sites, self.ports, strict=True)]
