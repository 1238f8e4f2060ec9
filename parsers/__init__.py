"""Bytes in, record out: the pure part of fangtan.

Two functions are the whole interface. :func:`parse` turns the payloads of one interview into a
:class:`~parsers.record.Record`; :func:`links` says where a page leads. Neither does any I/O beyond this package's own
data files, and both give the same answer for the same bytes.
"""

from parsers.api import PARSER, links, parse
from parsers.lists.sitemap import sections_among
from parsers.page.shape import shape
from parsers.record import (
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
    media_type,
)

__all__ = [
    "PARSER",
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
    "links",
    "media_type",
    "parse",
    "sections_among",
    "shape",
]
