"""Captures of a web archive come in: each as a resource record of the address and the time that it is a capture of.

Beside it a metadata record tells how it was got: address, status and headers of the archive's answer, the request. A
resource record is no exchange, so nothing that an archive says passes for an answer of the site.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from archive import VERSION
from archive.collection import clock
from archive.collection.files import OPEN_SUFFIX
from archive.collection.folder import Collection
from archive.collection.sites import Site
from archive.collection.urls import ascii_url, canonical, uid_of
from archive.errors import ArchiveError
from archive.ledger import chain as ledger
from archive.ledger.withheld import withheld_talk
from archive.store.indexer import bring_up_to_date
from archive.store.store import open_reader, open_store
from archive.warc.exchange import metadata
from archive.warc.heads import Headers
from archive.warc.http import decoded, entity
from archive.warc.write import WarcWriter, digest, new_id, salvage, warc_date
from crawler.past import cdx
from crawler.past.asking import Answer, ComeBack, WebArchive
from crawler.past.cdx import Memento
from parsers.errors import FangtanError

#: Where a resource record is from; webrecorder's tools write these two.
SOURCE, CREATED = "WARC-Source-URI", "WARC-Creation-Date"
_ORIGINAL = re.compile(r"<([^<>\s]+)>\s*;[^,]*?rel=\"?[^\",]*\boriginal\b")
_OLDEST = datetime(1991, 1, 1, tzinfo=UTC)
#: Faults of single captures that are named; a command that meets nothing else ends.
_MAX_FAULTS = 50


@dataclass(slots=True)
class Past:
    """What became of it.

    :param held: captures that the archive says it holds and that are not here yet
    :param fetched: captures that came in now
    :param faults: what could not be had, each with why
    :param left: captures that the budget left for the next time
    """

    held: int = 0
    fetched: int = 0
    left: int = 0
    faults: list[str] = field(default_factory=list)


def fetch_past(
    collection: Collection,
    site: Site,
    archive: WebArchive,
    *,
    server: str | None = None,
    limit: int = 500,
    told: Callable[[str], None] = lambda _: None,
) -> Past:
    """Fetch what a web archive holds of a site's section and its interviews.

    :param server: address of the CDX server; without it the usual ones are tried
    :param limit: captures of this call
    :param told: hears of each capture
    :raises ArchiveError: the archive does not answer, or forbids it
    """
    ledger.ensure_key(collection)
    open_store(collection.store).close()
    with collection.lock(f"site-{site.id}"):
        _salvage(collection, site)
        done = Past()
        wanted = _wanted(collection, site, archive, server)
        done.held, done.left = len(wanted), max(0, len(wanted) - limit)
        writer = _writer(collection, site, archive)
        try:
            _fetch(archive, wanted[:limit], writer, done, told)
        finally:
            writer.close()
            with collection.lock("indexer", wait=True):
                bring_up_to_date(collection)
    return done


def _wanted(collection: Collection, site: Site, archive: WebArchive, server: str | None) -> list[Memento]:
    """The captures to fetch, those of vanished interviews first."""
    vanished, others, known = _known(collection, site)
    found: list[Memento] = []
    for section in site.section:
        server, mementos = cdx.held(archive, server, section, prefix=True)
        found += mementos
    covered = tuple(section.rpartition("/")[0] + "/" for section in site.section)
    for url in (*vanished, *others):
        if not url.startswith(covered):
            server, mementos = cdx.held(archive, server, url, prefix=False)
            found += mementos
    down = {url for url in {m.url for m in found} if withheld_talk(collection, uid_of(canonical(url))) is not None}
    # What was taken down must not come back by way of an archive.
    return cdx.chosen((m for m in found if m.url not in down), site.scope, vanished, known)


def _known(collection: Collection, site: Site) -> tuple[list[str], list[str], set[tuple[str, str]]]:
    """Addresses of interviews that are gone, those of the others, and the captures of archives that are here."""
    db = open_reader(collection.store)
    try:
        rows = db.execute("SELECT url, gone_at FROM interviews WHERE site = ? ORDER BY url", (site.id,)).fetchall()
        here = db.execute("SELECT url, fetched_at FROM captures WHERE source IS NOT NULL").fetchall()
    finally:
        db.close()
    known = {(url, re.sub(r"\D", "", at)[:14]) for url, at in here}
    return [url for url, gone in rows if gone], [url for url, gone in rows if not gone], known


def _writer(collection: Collection, site: Site, archive: WebArchive) -> WarcWriter:
    version = collection.setting("warc", "version")
    info = {
        "software": f"fangtan/{VERSION}",
        "format": f"WARC File Format {version}",
        "operator": collection.setting("", "operator") or "not configured",
        "http-header-user-agent": collection.user_agent,
        "description": f"captures that {archive.base} handed out; no exchange with the site itself",
        "fangtan-source": archive.base,
        "fangtan-source-site": site.id,
    }

    def on_close(warc: object, sha256: str) -> None:
        ledger.add_warc(collection, warc, sha256, {"site": site.id})  # type: ignore[arg-type]

    return WarcWriter(
        collection.archive, _prefix(site), info, on_close, version, collection.setting("warc", "max_size")
    )


def _prefix(site: Site) -> str:
    return f"past.{site.id}"


def _salvage(collection: Collection, site: Site) -> None:
    """Close the files that a killed command left."""
    for path in sorted(collection.archive.glob(f"{_prefix(site)}-*{OPEN_SUFFIX}")):
        salvage(path, lambda warc, sha256: ledger.add_warc(collection, warc, sha256))


def _fetch(
    archive: WebArchive, wanted: list[Memento], writer: WarcWriter, done: Past, told: Callable[[str], None]
) -> None:
    for number, memento in enumerate(wanted, 1):
        url = f"{archive.base}{memento.timestamp}id_/{memento.url}"
        try:
            writer.write(_records(archive.ask(url), memento, writer.version))
            writer.sync()
            done.fetched += 1
            told(f"{number}/{len(wanted)} {memento.timestamp} {memento.url}")
        except ComeBack as error:
            done.faults.append(str(error))
            done.left += len(wanted) - number + 1
            return
        except FangtanError as error:
            done.faults.append(f"{memento.timestamp} {memento.url}: {error}")
            if len(done.faults) >= _MAX_FAULTS:
                done.left += len(wanted) - number
                return


def _records(answer: Answer, memento: Memento, version: str) -> list[tuple[Headers, bytes]]:
    """The resource record of a capture, and how it was got.

    :raises ArchiveError: it is no capture of that address, or none of a time that can be
    """
    message = answer.message
    if message.status != 200:
        raise ArchiveError(f"the archive answers {message.status}")
    when, payload = _when(answer, memento), decoded(message).data
    named = _ORIGINAL.search(message.joined("link") or "")
    if named and canonical(named[1]) != canonical(memento.url):
        raise ArchiveError(f"the archive hands out {named[1]} instead")
    record_id, url = new_id(), ascii_url(memento.url)
    headers: Headers = [
        ("WARC-Type", "resource"),
        ("WARC-Record-ID", record_id),
        ("WARC-Date", when.strftime("%Y-%m-%dT%H:%M:%SZ")),
        ("WARC-Target-URI", url),
        (SOURCE, ascii_url(answer.url)),
        (CREATED, warc_date(clock.now(), version)),
        ("Memento-Datetime", when.strftime("%a, %d %b %Y %H:%M:%S GMT")),
        ("WARC-Block-Digest", digest(payload)),
        ("WARC-Payload-Digest", digest(payload)),
        ("Content-Type", _plain(message.get("content-type") or "application/octet-stream")),
    ]
    return [(headers, payload), metadata(url, warc_date(clock.now(), version), dict(_how(answer)), record_id)]


def _plain(value: str) -> str:
    """A header's value as it can stand in a record's head."""
    return " ".join("".join(c if c.isprintable() and c.isascii() else " " for c in value).split())[:500]


def _when(answer: Answer, memento: Memento) -> datetime:
    """When the site answered: by the archive's Memento-Datetime, else by the address that was asked."""
    said = answer.message.get("memento-datetime")
    if not said:
        found = cdx.moment_of(memento.timestamp)
        assert found is not None
        return found
    try:
        found = parsedate_to_datetime(said)
    except (ValueError, TypeError) as error:
        raise ArchiveError(f"Memento-Datetime: {_plain(said)!r} is no date") from error
    found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    if not _OLDEST <= found <= clock.now():
        raise ArchiveError(f"Memento-Datetime: {_plain(said)} cannot be")
    return found


def _how(answer: Answer) -> Iterator[tuple[str, str]]:
    message = answer.message
    yield "archived-by", ascii_url(answer.url)
    yield "archive-asked-at", answer.started
    yield "archive-status", str(message.status)
    headers = [[n.decode("latin-1"), v.decode("latin-1")] for n, v in message.headers]
    yield "archive-headers", json.dumps(headers)
    yield "archive-request", json.dumps(answer.request.decode("latin-1").split("\r\n")[:-2])
    yield "archive-payload-sha256", hashlib.sha256(entity(message)).hexdigest()
