"""A virus scanner that others run: clamd, asked over its socket for each payload (INSTREAM of its protocol)."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from pathlib import Path

from archive.collection.folder import Collection
from archive.errors import ConfigError

#: So long the scanner may take for one step, in seconds.
_ANSWER_S = 60.0
_PIECE = 1 << 16
#: A scanner that cannot be reached so often in a row is asked no more.
_PATIENCE = 3


@dataclass(frozen=True, slots=True)
class Failure:
    """A payload that the scanner did not judge, or judged to be dangerous.

    :param words: what it found, or why it did not answer
    """

    url: str
    capture: str
    words: str


@dataclass(slots=True)
class Scanner:
    """Asks clamd, and counts what it says. What fails concerns one payload: the next one is asked for again.

    :param address: ``host:port``, or the path of a socket
    :ivar version: what the scanner says of itself; empty while it has not answered
    """

    address: str
    version: str = ""
    clean: int = 0
    found: list[Failure] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    _unreached: int = 0

    def scan(self, data: bytes, url: str, capture: str) -> str:
        """What the scanner says of a payload: ``clean``, the name of what it found, or ``not checked``."""
        if self._unreached >= _PATIENCE:
            self.failed.append(Failure(url, capture, "the scanner cannot be reached"))
            return "not checked"
        try:
            said = self._asked(data)
        except OSError as error:
            self.failed.append(Failure(url, capture, f"{self.address}: {error.strerror or error}"))
            return "not checked"
        if said.endswith(" FOUND"):
            name = said.removeprefix("stream: ").removesuffix(" FOUND")
            self.found.append(Failure(url, capture, name))
            return name
        if said != "stream: OK":
            self.failed.append(Failure(url, capture, said or "no answer"))
            return "not checked"
        self.clean += 1
        return "clean"

    def _asked(self, data: bytes) -> str:
        """:raises OSError: it cannot be reached, or does not answer in time"""
        if not self.version:
            self.version = self._say(b"zVERSION\0", b"")
        return self._say(b"zINSTREAM\0", data)

    def _say(self, command: bytes, data: bytes) -> str:
        try:
            connection = _connect(self.address)
        except OSError:
            self._unreached += 1
            raise
        self._unreached = 0
        with connection:
            connection.settimeout(_ANSWER_S)
            refused = _send(connection, command, data)
            said = _answer(connection)
            if not said and refused is not None:
                raise refused
        return said


def scanner_of(collection: Collection) -> Scanner | None:
    """The scanner that the settings name.

    :raises ConfigError: a setting that cannot be used
    """
    if problems := collection.settings.problems["scan"]:
        raise ConfigError("\n".join(problems))
    address = collection.setting("scan", "clamd")
    return Scanner(str(address)) if address else None


def _connect(address: str) -> socket.socket:
    host, colon, port = address.rpartition(":")
    if colon and port.isdigit() and "/" not in address:
        return socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWER_S)
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(_ANSWER_S)
        connection.connect(str(Path(address)))
    except OSError:
        connection.close()
        raise
    return connection


def _send(connection: socket.socket, command: bytes, data: bytes) -> OSError | None:
    """Send a command and its data; why it was not taken to the end: the answer may still say so better."""
    try:
        connection.sendall(command)
        if command.startswith(b"zINSTREAM"):
            for at in range(0, len(data), _PIECE):
                piece = data[at : at + _PIECE]
                connection.sendall(len(piece).to_bytes(4, "big") + piece)
            connection.sendall(bytes(4))
    except OSError as error:
        return error
    return None


def _answer(connection: socket.socket) -> str:
    """The answer up to its NUL, as one line."""
    said = b""
    while not said.endswith(b"\0") and len(said) < _PIECE:
        try:
            piece = connection.recv(4096)
        except ConnectionError:
            break
        if not piece:
            break
        said += piece
    return " ".join(said.rstrip(b"\0").decode("utf-8", "replace").split())[:500]
