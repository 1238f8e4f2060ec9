"""Receivers of notices on loopback: an SMTP server with TLS and logins, a webhook server. What they hear is kept."""

import base64
import json
import socketserver
import ssl
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Smtp(socketserver.StreamRequestHandler):
    """Enough of RFC 5321, 3207 and 4954 to take mail."""

    def handle(self):
        if self.server.tls == "yes":
            self._encrypt()
        self.say("220 loopback")
        while line := self.rfile.readline():
            self.server.heard.append(line.decode("utf-8", "replace").strip())
            verb, _, rest = self.server.heard[-1].partition(" ")
            if self._answer(verb.upper(), rest) is False:
                return

    def say(self, *lines):
        for number, line in enumerate(lines, 1):
            self.wfile.write(f"{line if number == len(lines) else line.replace(' ', '-', 1)}\r\n".encode())

    def _encrypt(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.server.certificate)
        self.rfile.close()
        self.wfile.close()
        self.request = context.wrap_socket(self.request, server_side=True)
        self.setup()

    def finish(self):
        super().finish()
        self.request.close()

    def _answer(self, verb, rest):
        if verb == "EHLO":
            self.say("250 loopback", *(["250 STARTTLS"] if self.server.tls == "starttls" else []), "250 AUTH PLAIN")
        elif verb == "STARTTLS" and self.server.tls == "starttls":
            self.say("220 go on")
            self._encrypt()
        elif verb == "AUTH":
            _, user, password = base64.b64decode(rest.split()[-1]).decode().split("\0")
            self.server.logins.append((user, password))
            self.say("235 welcome")
        elif verb == "RCPT" and any(address in rest for address in self.server.refuses):
            self.say("550 no such user")
        elif verb == "DATA":
            self.say("354 go on")
            data = b""
            while (row := self.rfile.readline()) not in (b".\r\n", b""):
                data += row.removeprefix(b".") if row.startswith(b"..") else row
            self.server.mails.append(message_from_bytes(data, policy=policy.default))
            self.say("250 taken")
        elif verb == "QUIT":
            self.say(self.server.farewell)
            return False
        else:
            self.say("250 ok")
        return True


class _SmtpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that breaks the connection off is what some tests want."""


@contextmanager
def smtp(tls="no", certificate=None):
    """:param certificate: PEM files of certificate and key"""
    with _SmtpServer(("127.0.0.1", 0), _Smtp) as server:
        server.tls, server.certificate, server.farewell = tls, certificate, "221 bye"
        server.heard, server.logins, server.mails, server.refuses = [], [], [], set()
        server.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.got.append((self.path, body))
        answer = self.server.answer
        status, payload, headers = (answer(self.path, body) if callable(answer) else (*answer, {}))[:3]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)

    def do_GET(self):
        self.server.got.append((self.path, None))
        self.send_error(405)

    def log_message(self, *args):
        pass


@contextmanager
def webhook(answer=(200, b'{"errcode": 0, "code": 0}')):
    """:param answer: status and body, or a function of path and message that gives status, body, headers"""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Hook) as server:
        server.got, server.answer, server.daemon_threads = [], answer, True
        server.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


def notify(collection, text):
    """Write [notify] into fangtan.toml."""
    config = collection.root / "fangtan.toml"
    config.write_text(f"{config.read_text('utf-8')}\n[notify]\n{text}\n", "utf-8")


def hooks(server, *forms):
    """Receivers of those forms at a server, each at an address of its own."""
    return "webhook = [" + ", ".join(f'{{ url = "{server.url}/{form}", format = "{form}" }}' for form in forms) + "]"


def mail(server, to='"c@d.example"', more=""):
    return f'mail = {{ host = "127.0.0.1", port = {server.port}, from = "方坛 <a@b.example>", to = {to}{more} }}'
