"""A server that speaks clamd's protocol as far as fangtan asks: VERSION and INSTREAM."""

import socket
import threading

FOUND, SILENT, LIMIT = b"a test virus", b"makes the scanner fall silent", b"too long for the scanner"
VERSION = "ClamAV 1.4.3/27700/Fri Nov 27 08:00:00 2026"


class Clamd:
    """Judges by words in a payload. ``asked`` has the payloads that came completely.

    :param path: of a socket; without it a port of loopback
    """

    def __init__(self, path=None):
        self.asked = []
        if path is None:
            self.socket = socket.create_server(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.bind(str(path))
            self.socket.listen()
            self.address = str(path)

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                self._serve(stream)

    def _serve(self, stream):
        command = b""
        while not command.endswith(b"\0"):
            command += stream.read(1)
        if command == b"zVERSION\0":
            stream.write(VERSION.encode() + b"\0")
            return
        assert command == b"zINSTREAM\0"
        data = b""
        while size := int.from_bytes(stream.read(4), "big"):
            data += stream.read(size)
            if LIMIT in data:
                stream.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.asked.append(data)
        if SILENT not in data:
            stream.write(b"stream: Test.Virus FOUND\0" if FOUND in data else b"stream: OK\0")
