"""Sections that a sitemap's addresses betray by their paths."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from parsers.lists.entries import SECTION_PATH
from parsers.page.addresses import parts
from parsers.patterns import compiled
from parsers.record import ListItem

_MAX_SECTIONS = 5
_INDEX = compiled(r"/(?:index|default|list)\.(?:s?html?|jsp|php|aspx?)$", re.IGNORECASE)
_PAGE = compiled(r"\.(?:s?html?|jsp|php|aspx?)$", re.IGNORECASE)


def sections_among(urls: Iterable[str]) -> tuple[ListItem, ...]:
    """The interview sections among a site's addresses, by path (``…/zxft/…``): the largest first, five at most.

    An address that a sitemap names is preferred to a folder that only its pages show.
    """
    named: set[str] = set()
    pages: Counter[str] = Counter()
    for url in urls:
        if section := _section_of(url):
            pages[section] += 1
            if url == section or _INDEX.fullmatch(url[len(section) - 1 :]):
                named.add(section)
    counted = _with_folders(pages, named)
    ranked = sorted(counted, key=lambda url: (url not in named, -counted[url], url))
    outermost = [url for url in ranked if not any(url != other and url.startswith(_folder(other)) for other in ranked)]
    return tuple(ListItem(url, "sitemap") for url in outermost[:_MAX_SECTIONS])


def _section_of(url: str) -> str | None:
    """The folder of the section that an address is in, or the address of its list; ``None`` for any other."""
    found = parts(url)
    mark = SECTION_PATH.search(found.path)
    if mark is None or found.query or not found.host or found.scheme not in ("http", "https"):
        return None
    end = found.path.find("/", mark.start() + 1)
    if end >= 0:
        return f"{found.scheme}://{found.host}{found.path[: end + 1]}"
    is_page = re.search(r"\d", found.path[mark.start() :])  # a number in it: one of the section's pages
    return None if is_page else url


def _with_folders(pages: Counter[str], named: set[str]) -> Counter[str]:
    """The pages of each section; a list that is a file has those of the folder beside it.

    VSB: /zmhd/zxft.htm is the list, /zmhd/zxft/2.htm its second page.
    """
    files = {_PAGE.sub("/", url): url for url in named if _PAGE.search(url)}
    counted: Counter[str] = Counter()
    for url, count in pages.items():
        counted[files.get(url, url) if url not in named else url] += count
    return counted


def _folder(url: str) -> str:
    return url if url.endswith("/") else url + "/"
