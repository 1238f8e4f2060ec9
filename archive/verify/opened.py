"""A package that is open: its members, what they say, and faults that name them.
Packages are hostile until shown otherwise.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.fault import Fault, Level, of_file

MAX_JSON = 64 << 20
HEAD = "fangtan/ledger-head.json"
#: What zipfile raises over a damaged or unknown file; encrypted members are refused before they are read.
BAD_ZIP = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError)


@dataclass(frozen=True, slots=True)
class Opened:
    """A package with the members that may be read.

    :param own: our program made it, or says so: it must be as ours are
    """

    path: Path
    package: zipfile.ZipFile
    members: Mapping[str, zipfile.ZipInfo]
    own: bool = False

    @property
    def custom(self) -> Level:
        """The level of what the specification leaves open and we always do."""
        return "fault" if self.own else "note"

    def fault(self, check: str, where: str, expected: str, found: str, level: Level = "fault") -> Fault:
        """A fault in a member."""
        return fault_in(self.path, check, where, expected, found, level)

    def read(self, name: str) -> bytes:
        """The beginning of a member, as far as JSON may be long.

        :raises KeyError: there is no such name
        """
        with self.package.open(self.members[name]) as stream:
            return stream.read(MAX_JSON)

    def json(self, name: str) -> dict[str, Any] | None:
        """A member that is a JSON object; ``None`` when it is something else."""
        return json_object(self.read(name))


def fault_in(path: Path, check: str, where: str, expected: str, found: str, level: Level = "fault") -> Fault:
    """A fault in a member of a package, or in the package itself."""
    return of_file(check, f"{path}/{where}" if where else str(path), expected, found, level)


def json_object(data: bytes) -> dict[str, Any] | None:
    """A JSON object; ``None`` when the bytes are something else."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def is_text(value: object) -> bool:
    """Whether a value is a text that can be written: half a character, as an escape may say it, cannot."""
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def head_in(path: Path) -> str | None:
    """The ledger head that a package carries; ``None`` when it has none that can be read."""
    if not path.is_file():  # a pipe would be waited for
        return None
    try:
        with zipfile.ZipFile(path) as package:
            head = json_object(package.read(HEAD))
    except (KeyError, *BAD_ZIP):
        return None
    return str(head.get("head")) if head else None
