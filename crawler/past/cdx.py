"""What a web archive says it holds: answers of CDX servers (pywb, OpenWayback, the Internet Archive)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from archive.collection import clock
from archive.collection.urls import host_of, is_web
from archive.errors import ArchiveError
from archive.warc.http import decoded
from crawler.past.asking import WebArchive

#: Lines of an answer that are read.
MAX_LINES = 100_000
_LONGEST_LINE = 16_384
_PAGES = (
    "text/html",
    "application/xhtml+xml",
    "application/json",
    "text/plain",
    "text/javascript",
    "application/javascript",
)
_UNTOLD = ("", "-")
_ANY_PAGES = (*_PAGES, *_UNTOLD)
_REVISIT = "warc/revisit"
#: Fields by the names that servers give them.
_NAMES = {"original": "url", "statuscode": "status", "mimetype": "mime"}
_FIELDS = ("url", "timestamp", "mime", "status", "digest")
_OLDEST = datetime(1991, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Memento:
    """A capture that the archive says it holds.

    :param timestamp: 14 digits, UTC
    :param digest: as the archive prints it; equal ones of an address have equal bytes
    """

    timestamp: str
    url: str
    mime: str = ""
    digest: str = ""


def moment_of(timestamp: str) -> datetime | None:
    """The time that 14 digits name; ``None`` for none, one before the web, or one to come."""
    try:
        found = datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return found if re.fullmatch(r"\d{14}", timestamp) and _OLDEST <= found <= clock.now() else None


def servers(base: str) -> list[str]:
    """Where the CDX server of a replay address may be, the likely one first."""
    parts = urlsplit(base)
    root, stem = f"{parts.scheme}://{parts.netloc}", base.rstrip("/")
    general = f"{root}/cdx/search/cdx"
    own = [f"{stem}/cdx", f"{stem}-cdx"]
    return [general, *own] if parts.hostname == "web.archive.org" else [*own, general]


def held(archive: WebArchive, server: str | None, url: str, *, prefix: bool) -> tuple[str, list[Memento]]:
    """The captures of an address, or of all that begin with it.

    :param server: the CDX server, once it is known
    :returns: the server that answered, and what it holds
    :raises ArchiveError: none answers
    """
    tried = []
    for candidate in [server] if server else servers(archive.base):
        kind = "&matchType=prefix" if prefix else ""
        answer = archive.ask(f"{candidate}?url={quote(url, safe='')}&output=json{kind}&limit={MAX_LINES}")
        if answer.message.status == 200:
            return candidate, list(_mementos(decoded(answer.message).data.decode("utf-8", "replace")))
        if answer.message.status == 404 and server:
            return candidate, []
        tried.append(f"{candidate} ({answer.message.status})")
    raise ArchiveError(f"no CDX server answers: {', '.join(tried)}; name it with --cdx")


def _mementos(text: str) -> Iterator[Memento]:
    """The captures of pages."""
    rows = list(_lines(text))
    others = {row.digest for row in rows if row.mime not in (*_ANY_PAGES, _REVISIT)}
    return (row for row in rows if _is_page(row.mime, row.digest, others))


def _lines(text: str) -> Iterator[Memento]:
    for row in _rows(text):
        url, timestamp, mime, status, digest = (str(row.get(name) or "") for name in _FIELDS)
        if status in ("200", *_UNTOLD) and is_web(url) and moment_of(timestamp):
            yield Memento(timestamp, url, mime.partition(";")[0].strip().lower(), digest[:200])


def _is_page(mime: str, digest: str, others: set[str]) -> bool:
    """Whether a line may be a page's. A revisit may be the only one of its address: its bytes are another's.

    :param others: digests of pictures, style sheets and so on
    """
    return mime in _ANY_PAGES or (mime == _REVISIT and digest not in ("", *others))


def _rows(text: str) -> Iterator[dict[str, Any]]:
    """The rows of an answer: JSON arrays with a head, a JSON object a line, or fields between blanks."""
    if text.lstrip().startswith("["):
        yield from _table(text)
        return
    for line in text.split("\n")[:MAX_LINES]:
        start = line.find("{")
        if len(line) > _LONGEST_LINE or not line.strip():
            continue
        if start >= 0:
            head = line[:start].split()
            row = _object(line[start:])
            yield {**({"timestamp": head[1]} if len(head) == 2 else {}), **row}
        elif len(parts := line.split(" ")) >= 6:
            yield dict(zip(("urlkey", "timestamp", "url", "mime", "status", "digest"), parts, strict=False))


def _table(text: str) -> Iterator[dict[str, Any]]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        return
    if not rows or not all(isinstance(row, list) for row in rows):
        return
    names = [_NAMES.get(str(name), str(name)) for name in rows[0]]
    yield from (dict(zip(names, row, strict=False)) for row in rows[1 : MAX_LINES + 1])


def _object(text: str) -> dict[str, Any]:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {_NAMES.get(str(k), str(k)): v for k, v in row.items()} if isinstance(row, dict) else {}


def chosen(
    found: Iterable[Memento], hosts: frozenset[str], first: list[str], known: set[tuple[str, str]]
) -> list[Memento]:
    """Which captures are fetched, in this order: addresses that have vanished, then the others; the earliest first.

    Of captures of an address that follow one another with one digest, the first is enough.

    :param hosts: the site's; what an archive says of others is none of ours
    :param first: keys of vanished addresses
    :param known: address and time of those that are here
    """
    rank = {url: number for number, url in enumerate(first)}
    last: dict[str, str] = {}
    fresh = []
    for memento in sorted(set(found), key=lambda m: (m.url, m.timestamp)):
        same = memento.digest and memento.digest != "-" and last.get(memento.url) == memento.digest
        last[memento.url] = memento.digest
        if host_of(memento.url) in hosts and not same and (memento.url, memento.timestamp) not in known:
            fresh.append(memento)
    return sorted(fresh, key=lambda m: (rank.get(m.url, len(rank)), m.url, m.timestamp))
