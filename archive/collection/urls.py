"""Addresses: percent-encoding for WARC, keys for grouping, SURT for the index."""

from __future__ import annotations

import hashlib
import re
from functools import cache, lru_cache
from importlib import import_module
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlencode, urlsplit, urlunsplit

from parsers.page.addresses import host_of, normal

__all__ = ["ascii_url", "canonical", "host_of", "is_web", "request_key", "session_free", "surt_of", "uid_of"]

_SAFE = "!#$%&'()*+,/:;=?@[]~-._"
_BREAKS = re.compile(r"[\t\r\n]")
_VARIANT = re.compile(r"_(?:wap|ghb|m|pc|print|zzb)(?=\.\w+$)", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default)\.(?:s?html?|aspx?|php|jsp)$", re.IGNORECASE)
#: A server's session in the path: ``;jsessionid=…``, ASP.NET's ``/(S(…))`` and, before its version 2,
#: ``/(24 characters)``.
_SESSION_PATH = re.compile(
    r";[\w$.-]*sess(?:ion)?_?id[=$][^/;?#]*|/\((?:[A-Z]\([^()/?#]*\))+\)(?=/)|/\([a-z0-5]{24}\)(?=/)", re.IGNORECASE
)
#: The same in the query, where nothing else has the name. ColdFusion's two count only together.
_SESSION_NAME = re.compile(r"(?:jsessionid|phpsessid|aspsessionid[a-z]{8}|asp\.net_sessionid)", re.IGNORECASE)
_COLDFUSION = frozenset(["cfid", "cftoken"])


def ascii_url(url: str) -> str:
    """The URL with every character outside ASCII percent-encoded (replay fails on raw ones, pywb#961),
    its host in IDNA.
    """
    if not url.isascii():
        url = normal(url) or url
    return quote(url, safe=_SAFE)


def session_free(url: str) -> str:
    """An address without the session that a server gave its visitor; others are never judged by their names."""
    head, mark, query = url.partition("?")
    head = _SESSION_PATH.sub("", head)
    if not mark or "=" not in query:
        return head + mark + query
    pairs = query.split("&")
    names = [pair.partition("=")[0] for pair in pairs]
    both = {name.lower() for name in names} >= _COLDFUSION
    kept = [
        pair
        for pair, name in zip(pairs, names, strict=True)
        if not (_SESSION_NAME.fullmatch(name) or (both and name.lower() in _COLDFUSION))
    ]
    return head + (mark + "&".join(kept) if kept else "")


@lru_cache(maxsize=16384)
def canonical(url: str) -> str:
    """The key under which variants of one page meet: scheme, default port, ``_wap``/``_ghb``, directory index, query
    order, sessions.

    Parameters count whatever their name: pages that differ in one are joined by what they say, not by what it is
    called. Text that is no address (other archives name such) is its own key.
    """
    whole = normal(url)
    if whole is None:
        return ascii_url(url)
    parts = urlsplit(session_free(ascii_url(whole)))
    netloc = parts.netloc.removesuffix(":80").removesuffix(":443")
    path = _INDEX.sub("/", _VARIANT.sub("", parts.path or "/"))
    return urlunsplit(("", netloc, path, urlencode(sorted(_pairs(parts.query))), ""))


def request_key(url: str, method: str = "GET", body: bytes = b"") -> str:
    """The key of a capture: the canonical address, and method and body where they count."""
    key = canonical(url)
    return key if method == "GET" and not body else f"{key} {method} {hashlib.sha256(body).hexdigest()[:16]}"


def _pairs(query: str) -> list[tuple[bytes, bytes]]:
    """Names and values as bytes: a query may be in any charset."""
    found = (pair.replace("+", " ").partition("=") for pair in query.split("&") if pair)
    return [(unquote_to_bytes(name), unquote_to_bytes(value)) for name, _, value in found]


def uid_of(key: str) -> str:
    """The public id of an interview: 16 hex digits of the SHA-256 of its canonical address."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def is_web(url: str) -> bool:
    """Whether a text is an http(s) URL with a host and a port that can be."""
    return normal(url) is not None


#: An address in which no rule of surt has work but for ``www``, case and a last slash: name of a host, plain path.
_PLAIN = re.compile(
    r"https?://(?:[Ww]{3}[0-9]*\.)?+((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,63})((?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*+)*+)/?"
)


def surt_of(url: str) -> str:
    """The sort key of CDXJ: blanks around an address and line breaks and tabs inside it do not count."""
    if plain := _PLAIN.fullmatch(url):
        host, path = plain[1].lower(), plain[2].lower()
        return f"{','.join(reversed(host.split('.')))}){path or '/'}"
    text = quote(_BREAKS.sub("", url.strip()), safe=_SAFE)
    try:
        _ = urlsplit(text).port
    except ValueError:
        return text
    return str(_surts().surt(text))


@cache
def _surts() -> Any:
    """Loaded with the first address that is indexed: it would be a fifth of what a short command loads."""
    return import_module("archive.collection.surts")
