"""Where a page names no interview section: the site's own maps, as robots.txt names them, at /sitemap.xml,
or for people (网站地图).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import lxml.etree
from scrapy.http import Response
from scrapy.utils.sitemap import Sitemap

import parsers
from archive.collection.urls import canonical
from archive.errors import ArchiveError
from archive.warc.codings import undo
from crawler.spider.pages import payload_of
from parsers.errors import FangtanError
from parsers.page.addresses import Base, absolute
from parsers.record import ListItem

Fetch = Callable[[str], Awaitable[Response | None]]
_MAX_MAPS = 12
_MAX_ADDRESSES = 100_000
_GZIP = b"\x1f\x8b\x08"


async def sections(fetch: Fetch, page: str, declared: Iterable[str], maps: Iterable[str]) -> tuple[ListItem, ...]:
    """Sections that a site's maps show; none when there is no map, or it shows none.

    :param fetch: gets an address; ``None`` when it is refused or does not answer
    :param page: the page that names no section
    :param declared: sitemaps that robots.txt names
    :param maps: pages that are maps for people
    """
    named = [whole for url in (*declared, "/sitemap.xml") if (whole := absolute(Base(page), url))]
    addresses = [url async for url in _addresses(fetch, named)]
    if among := parsers.sections_among(addresses):
        return among
    for url in maps:
        response = await fetch(url)
        if response is not None and response.status == 200:
            try:
                links = parsers.links(payload_of(response))
            except FangtanError:
                continue
            if links.sections:
                return links.sections
    return ()


async def _addresses(fetch: Fetch, waiting: list[str]) -> AsyncIterator[str]:
    """The pages that sitemaps and the sitemaps they point to name, the section's own sitemaps first."""
    asked: set[str] = set()
    count = 0
    while waiting and len(asked) < _MAX_MAPS and count < _MAX_ADDRESSES:
        waiting.sort(key=lambda url: not parsers.sections_among([url]))
        url = waiting.pop(0)
        if canonical(url) in asked:
            continue
        asked.add(canonical(url))
        response = await fetch(url)
        if response is None or response.status != 200:
            continue
        kind, found = read(response.body)
        base = Base(response.url)
        here = list(filter(None, (absolute(base, address) for address in found[: _MAX_ADDRESSES - count])))
        if kind == "sitemapindex":
            waiting += here
            continue
        count += len(here)
        for address in here:
            yield address


def read(data: bytes) -> tuple[str, list[str]]:
    """Kind of a sitemap (``urlset``, ``sitemapindex``) and the addresses it names; nothing when it is none.

    A plain list of addresses, one a line, is a sitemap too.
    """
    if data.startswith(_GZIP):
        try:
            data = undo(data, ("gzip",)).data
        except ArchiveError:
            return "", []
    if data.lstrip()[:4] == b"http":
        lines = data.decode("utf-8", "replace").split()
        return "urlset", [line for line in lines if line.startswith("http")]
    try:
        found = Sitemap(data)
        if found.type not in ("urlset", "sitemapindex"):
            return "", []
        return found.type, [row["loc"] for row in found if row.get("loc")]
    except (lxml.etree.XMLSyntaxError, StopIteration):
        return "", []
