"""How earlier versions made the key of an address: the ids that came of it still lead to their talks.

A rule is frozen when it is replaced: a new one is added to :data:`RULES`, none is ever edited.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

_SAFE = "!#$%&'()*+,/:;=?@[]~-._"
_VARIANT = re.compile(r"_(?:wap|ghb|m|pc|print|zzb)(?=\.\w+$)", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default)\.(?:s?html?|aspx?|php|jsp)$", re.IGNORECASE)
_TRACKING = frozenset(["jump", "from", "utm_source", "utm_medium", "t", "_", "v", "timestamp"])


def by_names(url: str) -> str:
    """The first rule: some parameters were left out for their names."""
    encoded = quote(url, safe=_SAFE)
    try:
        parts = urlsplit(encoded)
        port = parts.port
    except ValueError:
        return encoded
    host = (parts.hostname or "").lower()
    netloc = host if port in (None, 80, 443) else f"{host}:{port}"
    path = _INDEX.sub("/", _VARIANT.sub("", parts.path or "/"))
    query = urlencode(sorted((k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k not in _TRACKING))
    return urlunsplit(("", netloc, path, query, ""))


RULES: tuple[Callable[[str], str], ...] = (by_names,)
