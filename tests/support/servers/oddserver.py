"""A server of raw bytes: what it sends is what is written here, and it remembers both sides of every exchange."""

import gzip
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

PAGE = "<html><head><meta charset='utf-8'><title>{0}</title></head><body><h1>{0}</h1><p>主持人：欢迎。</p><p>嘉宾：谢谢大家的关注。</p></body></html>"


def plain(body, head="HTTP/1.1 200 OK", *headers):
    lines = [head, "Content-Type: text/html; charset=utf-8", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def page(name):
    """A talk that no other address serves byte for byte."""
    return PAGE.format("奇怪的服务器").replace("</html>", f"<!-- {name} --></html>").encode()


def chunks(body):
    half = len(body) // 2
    rest = b"%X\r\n%s\r\n0\r\nX-Trailer: 1\r\n\r\n" % (len(body) - half, body[half:])
    return b"%x;name=value\r\n%s\r\n" % (half, body[:half]) + rest


def sized(head, body):
    return head + b"\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def responses():
    zipped, both = (gzip.compress(page(name), mtime=0) for name in ("gzip", "both"))
    odd = {
        "gzip.html": plain(zipped, "HTTP/1.1 200 OK", "Content-Encoding: gzip"),
        "chunked.html": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks(page("chunked")),
        "gzip-chunked.html": b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(both), both),
        "headers.html": b"HTTP/1.1 200  Allright then\r\nconTENT-type: text/html\r\nSet-Cookie: a=1\r\nSET-COOKIE:b=2\r\nX-Odd:   spaced  \r\nx-odd: again\r\nContent-Length: %d\r\n\r\n%s" % (len(page("headers")), page("headers")),
        "gbk-header.html": sized(b"HTTP/1.1 200 OK\r\nX-Unit: \xb8\xdf\xcc\xa8\xcf\xd8", page("gbk")),
        "folded.html": sized(b"HTTP/1.1 200 OK\r\nX-Long: first\r\n second\r\n\tthird", page("folded")),
        "none.html": b"HTTP/1.1 204 No Content\r\nX-Why: nothing\r\n\r\n",
        "moved.html": b"HTTP/1.1 302 Found\r\nLocation: /zxft/target.html\r\nContent-Length: 0\r\n\r\n",
        "target.html": plain(page("target")),
        "missing.html": plain(b"<h1>404</h1>", "HTTP/1.1 404 Not Found"),
        "empty.html": plain(b""),
        "old.html": b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + page("old"),
        "cut.html": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(page("cut")) + 500, page("cut")),
        "interim.html": b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + plain(page("interim")),
        "lf.html": sized(b"HTTP/1.1 200 OK", page("lf")),
        "tagged.html": plain(page("tagged"), "HTTP/1.1 200 OK", 'ETag: "v1"'),
    }  # fmt: skip
    items = "".join(
        f"<li><a href='/zxft/{name}'>第{n}期访谈：奇怪的{name}</a><span>2021-01-{n:02d}</span></li>"
        for n, name in enumerate(odd, 1)
        if name != "target.html"
    )
    section = (
        f"<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul>{items}</ul></body></html>".encode()
    )
    return {
        "/zxft/": plain(section),
        "/robots.txt": plain(b"", "HTTP/1.1 404 Not Found"),
        **{f"/zxft/{k}": v for k, v in odd.items()},
    }


class OddServer:
    """Serves :func:`responses`, or a table of its like; a function in it answers a request. ``log`` holds (path, request bytes, response bytes) in order.

    With a context the port speaks HTTP and TLS; the key of what one of them answers is (scheme, path).
    """

    def __init__(self, table=None, context=None, close=("/zxft/old.html", "/zxft/cut.html")):
        self.table, self.context, self.close_after = table or responses(), context, close
        self.log, self.lock = [], threading.Lock()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.running = True

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *details):
        self.running = False
        self.socket.close()

    def _accept(self):
        while self.running:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            greeting = connection.recv(1, socket.MSG_PEEK) if self.context is not None else b""
            if greeting == b"\x16" and self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection:
                while self._exchange(connection, "https" if greeting == b"\x16" else "http"):
                    pass
        except OSError:
            return

    def _exchange(self, connection, scheme):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return False
            data += piece
            if data.startswith(b"\x16"):  # a TLS greeting on a port that speaks HTTP only
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                return False
        path = data.split(b" ")[1].decode()
        by_scheme = self.table.get((scheme, path)) if self.context is not None else None
        response = by_scheme or self.table.get(path) or plain(b"<h1>404</h1>", "HTTP/1.1 404 Not Found")
        if callable(response):
            response = response(data)
        if b'If-None-Match: "v1"' in data:
            response = b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\nX-Kept: yes\r\n\r\n'
        with self.lock:
            self.log.append((path, data, response))
        connection.sendall(response)
        return path not in self.close_after


def certificate(folder):
    """A self-signed certificate for 127.0.0.1; returns the server's TLS context."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    cert = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30)).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + cert.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
