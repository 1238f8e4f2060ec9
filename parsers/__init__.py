"""Bytes in, record out: the pure part of fangtan.

Two functions are the complete interface. :func:`parse` turns the payloads of one interview into a
:class:`~parsers.record.Record`; :func:`links` says where a page leads. :class:`Opened` gives both of one page that is
opened once. Neither does any I/O beyond this package's own
data files, and both give the same answer for the same bytes.

The names below are loaded with their first use: anyone who only needs an error or an address waits for no pattern to be
compiled.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parsers.api import PARSER, Opened, explain, links, parse
    from parsers.lists.sitemap import sections_among
    from parsers.page.shape import shape
    from parsers.record import (
        Declared,
        Evidence,
        Flag,
        Guest,
        Links,
        ListItem,
        PageRequest,
        Payload,
        Record,
        TimeSpan,
        Turn,
        WayOn,
        media_type,
    )

__all__ = [
    "PARSER",
    "Declared",
    "Evidence",
    "Flag",
    "Guest",
    "Links",
    "ListItem",
    "Opened",
    "PageRequest",
    "Payload",
    "Record",
    "TimeSpan",
    "Turn",
    "WayOn",
    "explain",
    "links",
    "media_type",
    "parse",
    "sections_among",
    "shape",
]

_ELSEWHERE = {
    **dict.fromkeys(("PARSER", "Opened", "explain", "links", "parse"), "parsers.api"),
    "sections_among": "parsers.lists.sitemap",
    "shape": "parsers.page.shape",
}


def __getattr__(name: str) -> Any:
    """A name of ``__all__``, kept here from now on (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_ELSEWHERE.get(name, "parsers.record")), name)
    return found
