"""Addresses: percent-encoding for WARC, keys for grouping, SURT for the index."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit, urlunsplit

_SAFE = "!#$%&'()*+,/:;=?@[]~-._"
_VARIANT = re.compile(r"_(?:wap|ghb|m|pc|print|zzb)(?=\.\w+$)", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default)\.(?:s?html?|aspx?|php|jsp)$", re.IGNORECASE)
_TRACKING = frozenset(["jump", "from", "utm_source", "utm_medium", "t", "_", "v", "timestamp"])


def ascii_url(url: str) -> str:
    """The URL with every character outside ASCII percent-encoded (replay fails on raw ones, pywb#961)."""
    return quote(url, safe=_SAFE)


def canonical(url: str) -> str:
    """The key under which variants of one page meet: scheme, default port, ``_wap``/``_ghb``, directory index, query order.

    An address that is none (archives of others name such) is its own key.
    """
    parts = _split(ascii_url(url))
    if parts is None:
        return ascii_url(url)
    host = (parts.hostname or "").lower()
    port = parts.port
    netloc = host if port in (None, 80, 443) else f"{host}:{port}"
    path = _INDEX.sub("/", _VARIANT.sub("", parts.path or "/"))
    query = urlencode(sorted((k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k not in _TRACKING))
    return urlunsplit(("", netloc, path, query, ""))


def uid_of(key: str) -> str:
    """The public id of an interview: 16 hex digits of the SHA-256 of its canonical address."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _split(url: str) -> SplitResult | None:
    """The parts of a URL; ``None`` when it cannot be one (brackets, ports)."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def is_web(url: str) -> bool:
    """Whether a text is an http(s) URL with a host and a port that can be."""
    parts = _split(url)
    return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)


def host_of(url: str) -> str:
    """Host with a port that is not the scheme's own; empty when the address is none."""
    parts = _split(url)
    if parts is None:
        return ""
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return (parts.hostname or "").lower() + (f":{parts.port}" if parts.port and parts.port != default else "")


def surt_of(url: str) -> str:
    """The sort key of CDXJ."""
    import surt  # noqa: PLC0415 - it brings requests and tldextract along, which nothing else needs

    if _split(url) is None:
        return ascii_url(url)
    return str(surt.surt(ascii_url(url)))
