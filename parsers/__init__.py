"""Bytes in, record out: the pure part of fangtan.

Two functions are the whole interface. :func:`parse` turns the payloads of one interview into a
:class:`~parsers.record.Record`; :func:`links` says where a page leads. Neither does any I/O beyond this package's own
data files, and both give the same answer for the same bytes.
"""

from parsers.api import PARSER, links, parse
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
    "PageRequest",
    "Payload",
    "Record",
    "TimeSpan",
    "Turn",
    "WayOn",
    "links",
    "media_type",
    "parse",
    "sections_among",
    "shape",
]
