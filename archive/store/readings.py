"""What the parsers make of payloads, as a pure function of its inputs: asked for, kept, or found where it was kept.

A reading hangs on nothing but these inputs, so whoever made it, wherever and when, it is the same one.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import parsers
from archive.collection.crawldb import open_readonly
from parsers.record import Links, ListItem, PageRequest, Payload, Record

_SCHEMA = "CREATE TABLE readings (inputs TEXT PRIMARY KEY, result TEXT NOT NULL) WITHOUT ROWID"
#: So many parts stay open: what is read again is mostly of a file that was read lately.
_OPEN = 8
#: Pages of so many bytes stay opened: the records of a batch are asked where they lead, then what they say.
_OPEN_PAGES = 1 << 20


@dataclass(slots=True)
class Readings:
    """Asks the parsers.

    :ivar opened: the pages that were asked last
    """

    opened: dict[tuple[Payload, str | None], parsers.Opened] = field(default_factory=dict, init=False, repr=False)
    _held: int = field(default=0, init=False, repr=False)

    def begin(self, name: str) -> None:
        """The records of that file come next."""

    def parse(self, payloads: Sequence[Payload], context: ListItem | None, family: str | None) -> Record:
        """As :func:`parsers.parse`."""
        return parsers.parse([self.page(payload, family) for payload in payloads], context)

    def links(self, payload: Payload, family: str | None) -> Links:
        """As :func:`parsers.links`, as far as the store is concerned: list entries, parts and posts."""
        return self.page(payload, family).links()

    def page(self, payload: Payload, family: str | None) -> parsers.Opened:
        """A page, opened once for both questions."""
        known = self.opened.pop((payload, family), None)
        self.opened[payload, family] = found = known or parsers.Opened(payload, family)
        self._held += 0 if known else len(payload.data)
        while self._held > _OPEN_PAGES:
            oldest = next(iter(self.opened))
            self._held -= len(oldest[0].data)
            del self.opened[oldest]
        return found


def inputs_of(kind: str, payloads: Sequence[Payload], context: ListItem | None, family: str | None) -> str:
    """The digest of all that a reading hangs on, but for the parsers' code."""
    parts = [
        [p.url, hashlib.sha256(p.data).hexdigest(), p.content_type, p.status, p.refresh, p.link, p.remarks]
        for p in payloads
    ]
    said = [kind, parts, asdict(context) if context else None, family]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def said_by(links: Links) -> dict[str, Any]:
    """What the store asks of links, in plain JSON types."""
    items = [[item.url, item.title, item.date, item.text] for item in links.items]
    posts = [[post.url, post.method, post.body.hex()] for post in links.posts]
    return {"is_list": links.is_list, "items": items, "parts": links.parts, "posts": posts}


def links_from(said: dict[str, Any]) -> Links:
    """The inverse of :func:`said_by`; all else is empty."""
    posts = tuple(PageRequest(url, method, bytes.fromhex(body)) for url, method, body in said["posts"])
    items = tuple(ListItem(*item) for item in said["items"])
    return Links(is_list=said["is_list"], items=items, parts=tuple(said["parts"]), posts=posts)


@cache
def code() -> str:
    """The digest of the parsers' code and words."""
    folder = Path(parsers.__file__).parent
    found = hashlib.sha256(parsers.PARSER.encode())
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".py", ".toml")):
        found.update(f"\0{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes())
    return found.hexdigest()


@dataclass(slots=True)
class Kept(Readings):
    """Asks the parsers and keeps what they say in a file."""

    path: Path
    db: sqlite3.Connection = field(init=False)

    def __post_init__(self) -> None:
        self.db = sqlite3.connect(self.path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode=OFF")  # it gets its name when it is whole
        self.db.execute(_SCHEMA)
        self.db.execute("BEGIN")

    def parse(self, payloads: Sequence[Payload], context: ListItem | None, family: str | None) -> Record:
        """As :func:`parsers.parse`."""
        record = Readings.parse(self, payloads, context, family)
        self._keep(inputs_of("parse", payloads, context, family), record.as_dict())
        return record

    def links(self, payload: Payload, family: str | None) -> Links:
        """As :func:`parsers.links`."""
        links = Readings.links(self, payload, family)
        self._keep(inputs_of("links", [payload], None, family), said_by(links))
        return links

    def _keep(self, inputs: str, result: dict[str, Any]) -> None:
        text = json.dumps(result, ensure_ascii=False)
        self.db.execute("INSERT OR IGNORE INTO readings VALUES (?, ?)", (inputs, text))

    def close(self) -> None:
        """Have all of it in the file."""
        self.db.execute("COMMIT")
        self.db.close()


@dataclass(slots=True)
class Folded(Readings):
    """Takes what parts hold; asks the parsers for what none holds, as where the inputs lie in several files.

    :param provide: the part that holds the readings of a file; ``None`` without one
    :ivar asked: how many readings no part held
    """

    provide: Callable[[str], Path | None]
    parts: dict[Path, sqlite3.Connection] = field(default_factory=dict)
    asked: int = 0

    def begin(self, name: str) -> None:
        """Open the part of that file."""
        path = self.provide(name)
        if path is None:
            return
        known = self.parts.pop(path, None)
        self.parts[path] = known or open_readonly(path)
        while len(self.parts) > _OPEN:
            self.parts.pop(next(iter(self.parts))).close()

    def parse(self, payloads: Sequence[Payload], context: ListItem | None, family: str | None) -> Record:
        """As :func:`parsers.parse`."""
        said = self._found(inputs_of("parse", payloads, context, family))
        return Record.from_dict(said) if said else Readings.parse(self, payloads, context, family)

    def links(self, payload: Payload, family: str | None) -> Links:
        """As :func:`parsers.links`, without what the store does not ask for."""
        said = self._found(inputs_of("links", [payload], None, family))
        return Readings.links(self, payload, family) if said is None else links_from(said)

    def _found(self, inputs: str) -> dict[str, Any] | None:
        for part in reversed(self.parts.values()):
            row = part.execute("SELECT result FROM readings WHERE inputs = ?", (inputs,)).fetchone()
            if row is not None:
                found: dict[str, Any] = json.loads(row[0])
                return found
        self.asked += 1
        return None

    def close(self) -> None:
        """Let go of the parts."""
        for part in self.parts.values():
            part.close()
        self.parts.clear()
