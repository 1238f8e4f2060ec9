"""An HTTP exchange as it came over the wire, and the WARC records it becomes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from archive.collection.urls import ascii_url
from archive.warc.codings import labels
from archive.warc.formats import identified
from archive.warc.heads import Headers
from archive.warc.http import Message, entity, is_answer, is_complete, read_message, without_interim
from archive.warc.records import BROKEN
from archive.warc.write import digest, labelled, new_id, warc_date

#: Our own header of a response record: why the page was asked for.
ROLE = "Fangtan-Role"
_NOTHING = digest(b"")
_TRUNCATED = {"length", "time", "disconnect", "unspecified"}


@dataclass(frozen=True, slots=True)
class Earlier:
    """The response record that an equal payload may refer to.

    :param url: the record's address, which may be another one than the one that was asked for
    :param sha256: hexadecimal SHA-256 of its payload; ``form`` its transfer and content coding and content type
    """

    record_id: str
    date: str
    url: str
    status: int
    sha256: str
    form: str


@dataclass(slots=True)
class Exchange:
    """One request and what came back.

    :param request: the bytes sent; ``response`` the bytes received, 1xx responses included
    :param truncated: WARC-Truncated reason when the response broke off
    :param refers_to: for a 304 to a conditional request: (record id, date, URI) of the capture that stays valid
    :param role: why the page was asked for, and of which page: ``list 7; of=…``, ``detail; of=…``, ``part; of=…``,
        ``fragment; of=…``, ``seed``
    :param earlier: what the address answered last; an equal payload becomes a revisit of that record
    :param elsewhere: asked with status, digest and form for a record of another address that an equal payload repeats
    """

    url: str
    method: str
    request: bytes
    response: bytes
    ip: str | None
    started: datetime
    truncated: str | None = None
    tls: dict[str, str] = field(default_factory=dict)
    refers_to: tuple[str, str, str] | None = None
    earlier: Earlier | None = None
    elsewhere: Callable[[int, str, str], Earlier | None] | None = None
    role: str = ""


@dataclass(frozen=True, slots=True)
class Captured:
    """What an exchange became: the response record's id, kind and facts.

    :param elsewhere: the record of another address whose payload this one repeats for the first time
    """

    record_id: str
    type: str
    url: str
    method: str
    status: int
    sha256: str
    date: str
    form: str = ""
    etag: str | None = None
    last_modified: str | None = None
    truncated: bool = False
    elsewhere: Earlier | None = None


def form_of(message: Message) -> str:
    """What must be equal besides status and payload for a revisit to replay rightly.

    pywb takes the codings from the revisit.
    """
    return "|".join(message.joined(name) or "" for name in ("transfer-encoding", "content-encoding", "content-type"))


def records_of(
    exchange: Exchange, version: str = "1.1", *, every_payload: bool = False
) -> tuple[list[tuple[Headers, bytes]], Captured]:
    """The response (or revisit) record and the concurrent request record of an exchange.

    :param every_payload: chunked bodies get a WARC-Payload-Digest, too

    An answer without a status line, or cut off inside its head, is no response to any reader: its bytes are a resource
    record whose address begins with :data:`BROKEN`.
    """
    block = without_interim(exchange.response)
    if not is_answer(block):
        return _broken(exchange, version)
    message = read_message(block)
    url, date, record_id, payload = (
        ascii_url(exchange.url),
        warc_date(exchange.started, version),
        new_id(),
        entity(message),
    )
    hashed, form = hashlib.sha256(payload).digest(), form_of(message)
    sha256 = hashed.hex()
    truncated = _cut_by(exchange, message)
    original = _original(exchange, (message.status, sha256, form), whole=bool(payload) and not truncated)
    repeated = original is not None and original.profile == "identical-payload-digest"
    block = message.head if repeated else block
    headers: Headers = [
        ("WARC-Type", "revisit" if original is not None else "response"),
        ("WARC-Record-ID", record_id),
        ("WARC-Date", date),
        ("WARC-Target-URI", url),
        *_connection(exchange),
        *(original.headers(version) if original is not None else _identified(message, payload)),
        ("WARC-Block-Digest", digest(block)),
    ]
    if repeated or (original is None and (every_payload or not message.chunked)):
        # The spec's digest excludes chunk framing, the public checkers include it: a chunked record would look wrong.
        headers.append(("WARC-Payload-Digest", labelled(hashed)))
    headers += [*_truncated(truncated), *([(ROLE, exchange.role)] if exchange.role else ())]
    headers.append(("Content-Type", "application/http;msgtype=response"))
    members = [(headers, block), _request(exchange, record_id, date), *_relaxed_tls(exchange, url, record_id, date)]
    etag, modified, cut = message.get("etag"), message.get("last-modified"), truncated is not None
    elsewhere = getattr(original, "elsewhere", None)
    return members, Captured(
        _bare(record_id), headers[0][1], url, exchange.method, message.status, sha256, date, form, etag, modified, cut,
        elsewhere,
    )  # fmt: skip


def _cut_by(exchange: Exchange, message: Message) -> str | None:
    """The reason of WARC-Truncated; ``None`` when the answer is complete."""
    return exchange.truncated or (None if is_complete(message) else "disconnect")


def _relaxed_tls(exchange: Exchange, url: str, record_id: str, date: str) -> Iterator[tuple[Headers, bytes]]:
    """A metadata record of the checks that were given up to reach the server."""
    if exchange.tls.get("relaxed"):
        yield metadata(url, date, {"tls-relaxed": exchange.tls["relaxed"]}, record_id)


@dataclass(frozen=True, slots=True)
class _Original:
    """The capture that a revisit refers to, and why it may."""

    record_id: str
    date: str
    url: str
    profile: str
    elsewhere: Earlier | None = None

    def headers(self, version: str) -> Headers:
        return [
            ("WARC-Profile", f"http://netpreserve.org/warc/{version}/revisit/{self.profile}"),
            ("WARC-Refers-To", f"<urn:uuid:{self.record_id}>"),
            ("WARC-Refers-To-Date", self.date),
            ("WARC-Refers-To-Target-URI", ascii_url(self.url)),
        ]


def _original(exchange: Exchange, found: tuple[int, str, str], *, whole: bool) -> _Original | None:
    """What an answer repeats; ``found`` is its status, the digest of its payload, its form."""
    earlier = exchange.earlier
    if earlier and whole and (earlier.status, earlier.sha256, earlier.form) == found:
        return _Original(earlier.record_id, earlier.date, earlier.url, "identical-payload-digest")
    if whole and exchange.elsewhere is not None and (other := exchange.elsewhere(*found)):
        return _Original(other.record_id, other.date, other.url, "identical-payload-digest", other)
    if found[0] == 304 and exchange.refers_to is not None:
        return _Original(*exchange.refers_to, "server-not-modified")
    return None


def _identified(message: Message, payload: bytes) -> Headers:
    """The header of what the payload is by its own bytes, whatever the server says."""
    found = identified(payload, labels(message.all("content-encoding")))
    return [("WARC-Identified-Payload-Type", found)] if found else []


def _truncated(reason: str | None) -> Headers:
    """The header of a body that broke off."""
    return [("WARC-Truncated", reason if reason in _TRUNCATED else "unspecified")] if reason else []


def _connection(exchange: Exchange) -> Headers:
    """From where and over what an answer came."""
    found = [("WARC-IP-Address", exchange.ip or ""), ("WARC-Protocol", exchange.tls.get("protocol"))]
    found.append(("WARC-Cipher-Suite", exchange.tls.get("cipher")))
    return [(name, value) for name, value in found if value]


def _request(exchange: Exchange, record_id: str, date: str) -> tuple[Headers, bytes]:
    headers: Headers = [
        ("WARC-Type", "request"),
        ("WARC-Record-ID", new_id()),
        ("WARC-Date", date),
        ("WARC-Target-URI", ascii_url(exchange.url)),
        ("WARC-Concurrent-To", record_id),
        ("WARC-Block-Digest", digest(exchange.request)),
        ("WARC-Payload-Digest", digest(body) if (body := read_message(exchange.request).body) else _NOTHING),
        ("Content-Type", "application/http;msgtype=request"),
    ]
    return headers, exchange.request


def _broken(exchange: Exchange, version: str) -> tuple[list[tuple[Headers, bytes]], Captured]:
    """The records of an exchange whose answer cannot be read; all its bytes are kept, interim responses included."""
    block, date, record_id = exchange.response, warc_date(exchange.started, version), new_id()
    url = BROKEN + ascii_url(exchange.url)
    headers: Headers = [
        ("WARC-Type", "resource"),
        ("WARC-Record-ID", record_id),
        ("WARC-Date", date),
        ("WARC-Target-URI", url),
    ]
    if exchange.ip:
        headers.append(("WARC-IP-Address", exchange.ip))
    truncated = exchange.truncated if exchange.truncated in _TRUNCATED else "unspecified"
    headers += [
        ("WARC-Block-Digest", digest(block)),
        ("WARC-Payload-Digest", digest(block)),
        ("WARC-Truncated", truncated or "unspecified"),
        ("Content-Type", "application/octet-stream"),
    ]
    captured = Captured(_bare(record_id), "resource", url, exchange.method, 0, _sha256(block), date, truncated=True)
    return [(headers, block), _request(exchange, record_id, date)], captured


def _bare(record_id: str) -> str:
    return record_id.strip("<>").removeprefix("urn:uuid:")


def certificate(url: str, date: str, tls: dict[str, str], concurrent_to: str) -> tuple[Headers, bytes]:
    """A metadata record of a server's certificates, as they were presented (DER in Base64, the server's own first)."""
    fields = {
        "tls-version": tls.get("protocol", ""),
        "tls-cipher": tls.get("cipher", ""),
        "certificate-verified": "no; recorded as presented",
        "certificate-chain": tls["chain"],
    }
    return metadata(url, date, fields, concurrent_to)


def reading(url: str, date: str, record: str, parser: str, refers_to: str) -> tuple[Headers, bytes]:
    """A metadata record of what the parser read in a capture at the time.

    It is JSON on one line, with the parser's version.
    """
    return _fields(url, date, f"parser: {parser}\r\nrecord: {record}\r\n".encode(), [("WARC-Refers-To", refers_to)])


def metadata(url: str, date: str, fields: dict[str, str], concurrent_to: str | None = None) -> tuple[Headers, bytes]:
    """A metadata record, e.g. of a fetch that failed before any byte came back.

    There is no convention for it: warc-specifications#101.
    """
    block = "".join(f"{name}: {' '.join(value.split())}\r\n" for name, value in fields.items()).encode(
        "utf-8", "replace"
    )
    return _fields(url, date, block, [("WARC-Concurrent-To", concurrent_to)] if concurrent_to else [])


def _fields(url: str, date: str, block: bytes, more: Headers) -> tuple[Headers, bytes]:
    headers: Headers = [
        ("WARC-Type", "metadata"),
        ("WARC-Record-ID", new_id()),
        ("WARC-Date", date),
        ("WARC-Target-URI", ascii_url(url)),
        ("WARC-Block-Digest", digest(block)),
        # No other type: indexers take a metadata record of another type for a page of that address.
        ("Content-Type", "application/warc-fields"),
    ]
    return [*headers, *more], block


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
