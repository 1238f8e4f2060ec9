"""Addresses as browsers take them (WHATWG URL): the one way from what a page, a header or a person writes to what is
asked for.

What comes out is ASCII and valid as a URI: host in its one spelling (IDNA), path percent-encoded UTF-8, query
percent-encoded in the page's own charset, no fragment, no credentials.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

import can_ada

from parsers.patterns import compiled

MAX_HREF = 2000
_NOT_ASCII = compiled(r"[^\x00-\x7f]+")
_NOT_ASCII_BYTES = compiled(rb"[\x80-\xff]+")
_DIRECTORY = compiled(r"/(?:(?:index|list|default|more)\w*(?:\.\w{2,6})?)?$", re.IGNORECASE)
#: What browsers leave as it is, and no URI may hold (WARC, CDXJ, Scrapy).
_UNWISE = compiled(r"[\[\]\\^`{|}]")


@dataclass(frozen=True, slots=True)
class Base:
    """What a page's links are resolved against.

    :param charset: the page's; browsers encode the query of its links in it
    """

    url: str
    charset: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Parts:
    """An address taken apart; all are empty when it is none.

    :param host: ASCII, lower-case, without a dot at its end, with a port that is not the scheme's own
    :param name: the host without its port
    """

    scheme: str = ""
    host: str = ""
    name: str = ""
    path: str = ""
    query: str = ""


def absolute(base: Base, href: str | None) -> str | None:
    """What a link asks for; ``None`` for what is no web address (``javascript:``, ``mailto:``, a
    place on the same page).
    """
    if not href or len(href) > MAX_HREF:
        return None
    return _resolved(base.url, base.charset, href)


def normal(url: str) -> str | None:
    """A web address in its one spelling; ``None`` when it is none."""
    return _resolved("", "utf-8", url)


def located(url: str, location: bytes) -> str | None:
    """Where a ``Location`` leads; bytes outside ASCII are percent-encoded as they are, whatever their charset."""
    text = _NOT_ASCII_BYTES.sub(lambda run: quote(run[0], safe="").encode(), location).decode("ascii")
    return _resolved(url, "utf-8", text)


def form(fields: dict[str, str], charset: str) -> bytes:
    """The body that a browser sends for a form on a page of that charset."""
    return "&".join(f"{_field(name, charset)}={_field(value, charset)}" for name, value in fields.items()).encode()


def _field(text: str, charset: str) -> str:
    return quote(_encoded(text, charset), safe=" *-._").replace(" ", "+").replace("~", "%7E")


@lru_cache(maxsize=16384)
def _resolved(base: str, charset: str, href: str) -> str | None:
    href = href.strip(" \t\n\f\r\x00")
    if not href or href[0] == "#":
        return None
    if not href.isascii() and charset != "utf-8":
        href = _with_query(href.partition("#")[0], charset)
    whole = _base(base) if base else None
    try:
        return _web(can_ada.parse(href) if whole is None else whole + href)
    except ValueError:
        return None


def _web(url: can_ada.URL) -> str | None:
    """An address without fragment and credentials; ``None`` when it is not of the web."""
    if url.protocol not in ("http:", "https:") or not url.hostname:
        return None
    if url.has_hash():
        url.hash = ""
    if url.has_credentials():
        url.username = url.password = ""
    text: str = url.href
    if _UNWISE.search(text):
        end = text.find("/", len("https://"))  # an IPv6 host keeps its brackets
        text = text[:end] + _UNWISE.sub(lambda c: f"%{ord(c[0]):02X}", text[end:])
    return text.removesuffix("?")


def _parsed(url: str) -> can_ada.URL | None:
    try:
        return can_ada.parse(url)
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _base(url: str) -> can_ada.URL | None:
    """What links are added to; nobody changes it."""
    return _parsed(url)


def _with_query(href: str, charset: str) -> str:
    """A link whose query is encoded in the charset of its page; characters that this has not become
    ``&#NNNN;``, as browsers do.
    """
    path, mark, query = href.partition("?")
    return path + mark + _NOT_ASCII.sub(lambda run: quote(_encoded(run[0], charset), safe=""), query)


def _encoded(text: str, charset: str) -> bytes:
    if charset == "gbk":  # the one character that browsers' table has more than Python's
        return b"\x80".join(part.encode("gbk", "xmlcharrefreplace") for part in text.split("€"))
    try:
        return text.encode(charset, "xmlcharrefreplace")
    except (LookupError, UnicodeError):
        return text.encode("utf-8", "replace")


@lru_cache(maxsize=16384)
def parts(url: str) -> Parts:
    """An address taken apart."""
    found = _parsed(url.strip())
    if found is None:
        return Parts()
    name: str = found.hostname.rstrip(".")
    host = f"{name}:{found.port}" if found.port else name
    return Parts(found.protocol[:-1], host, name, found.pathname, found.search.removeprefix("?"))


def host_of(url: str) -> str:
    """Host with a port that is not the scheme's own, in its one spelling; empty when the address is none."""
    return parts(url).host


def ascii_host(host: str) -> str:
    """A host (with its port) as people write it, in the spelling of :func:`host_of`; only in lower
    case when it is none (``::1``).
    """
    return host_of(f"http://{host}/") or host.lower().rstrip(".")


def readable_host(url: str) -> str:
    """The host as people write it (云岭县.政务)."""
    host = parts(url).host
    try:
        return host.encode().decode("idna")
    except UnicodeError:
        return host


def is_directory(url: str) -> bool:
    """Whether an address looks like that of a section's list rather than of one page in it."""
    return _DIRECTORY.search(parts(url).path) is not None
