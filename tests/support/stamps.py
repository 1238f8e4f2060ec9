"""A time-stamping authority by ``openssl ts``: its files, and stamps by them."""

import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONFIG = """
[req]
distinguished_name = dn
[dn]
[tsa_ext]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = here
[here]
serial = {0}/serial
crypto_device = builtin
signer_cert = {0}/tsa.pem
certs = {0}/ca.pem
signer_key = {0}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def openssl(*arguments, **options):
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=True, **options)


def authority_files(folder):
    folder.mkdir()
    (folder / "serial").write_text("01")
    config = folder / "openssl.cnf"
    config.write_text(CONFIG.format(folder))
    openssl(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        folder / "ca.key",
        "-out",
        folder / "ca.pem",
        "-days",
        30,
        "-subj",
        "/CN=Test CA",
    )
    openssl(
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        folder / "tsa.key",
        "-out",
        folder / "tsa.csr",
        "-subj",
        "/CN=Test TSA",
    )
    openssl("x509", "-req", "-in", folder / "tsa.csr", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-CAcreateserial", "-days", 30,
            "-extfile", config, "-extensions", "tsa_ext", "-out", folder / "tsa.pem")  # fmt: skip
    return config


def stamped(folder, text):
    """The authority's answer for a text.

    :param folder: of its files, see :func:`authority_files`
    """
    query = openssl("ts", "-query", "-data", "/dev/stdin", "-sha256", "-cert", input=text.encode()).stdout
    (folder / "query").write_bytes(query)
    return openssl("ts", "-reply", "-config", folder / "openssl.cnf", "-queryfile", folder / "query").stdout


@contextmanager
def serving(folder):
    """An authority on loopback, and its address; below /garbage and /old it answers wrongly."""
    config = authority_files(folder)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                (folder / "query").write_bytes(body)
                answer = openssl("ts", "-reply", "-config", config, "-queryfile", folder / "query").stdout
            if self.path == "/garbage":
                answer = b"<html>welcome to the hotel</html>"
            if self.path == "/old":
                answer = (folder / "kept").read_bytes()
            (folder / "kept").write_bytes(answer)
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
