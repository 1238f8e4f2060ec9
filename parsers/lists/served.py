"""Lists that are served as JSON, JSONP or as arrays inside a script: rows with a title and an address, or mark-up in a string.

Known shapes: jpaas ``{"data": {"html": "<ul>…"}}``, gkmlpt ``{"articles": [{title, url, post_url, created_at}]}``, cabinet
lists with a protocol-relative ``infourl``, pages that carry ten pages of entries as ``dataList``, JSONP around XML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

from lxml import etree, html

from parsers.families import Family, Paging, View
from parsers.limits import MAX_ITEMS, MAX_SCRIPT
from parsers.lists.entries import Listing, date_of, entries_in, read_list
from parsers.page.addresses import Base, absolute, parts
from parsers.page.dom import Survey
from parsers.page.text import BLANK, collapse, whole_characters
from parsers.people.personal import is_personal
from parsers.record import ListItem, PageRequest

_TITLE = ("title", "bt", "infotitle", "newstitle", "subject", "docTitle", "name", "articleTitle", "showTitle")
_URL = (
    "post_url",
    "url",
    "infourl",
    "linkurl",
    "link",
    "href",
    "docpuburl",
    "weburl",
    "articleUrl",
    "visiturl",
    "pageUrl",
)
_DATE = ("created_at", "date", "pubdate", "publishtime", "publishTime", "pubDate", "showdate", "infodate", "deployTime", "createTime", "docreltime", "time")  # fmt: skip
_ITEMS = ("post_count", "total", "totalCount", "totalRecord", "recordCount", "totalNum", "count", "rowCount")
_PAGES = ("totalPage", "totalPages", "pageCount", "pages", "pageTotal")
_NUMBER = ("page", "pageno", "pagenum", "pageindex", "currentpage", "curpage", "p", "pagenumber")
_DEPTH = 8
_ARRAY = re.compile(
    r"\b(?:dataList|listData|newsList|articleList|list|datas?|rows|records)\b[\"']?\s*[:=]\s*(?=\[\s*\{)"
)


def read_value(value: Any, url: str, family: Family) -> tuple[Listing, Paging]:
    """What a JSON value lists, and how it goes on (by the page number in its own address)."""
    listing = Listing()
    seen: set[str] = set()
    for item in _items(value, Base(url), family):
        if item.url not in seen and len(listing.items) < MAX_ITEMS:
            seen.add(item.url)
            listing.items.append(item)
            listing.dated += item.date is not None
    listing.is_list = bool(listing.items)
    items, pages = _figure(value, _ITEMS), _figure(value, _PAGES)
    following = _following(url) if listing.items else None
    if following and pages is not None and following.number > pages:
        following = None
    return listing, Paging((following,) if following else (), pages, items, "json")


def embedded(scripts: str, base: Base, family: Family) -> list[ListItem]:
    """Entries that a script of the page holds as an array literal; only well-formed JSON is read."""
    found: list[ListItem] = []
    if len(scripts) > MAX_SCRIPT or ("[{" not in scripts and "[ {" not in scripts and "[\n" not in scripts):
        return found
    decoder = json.JSONDecoder()
    for match in _ARRAY.finditer(scripts):
        try:
            value = whole_characters(decoder.raw_decode(scripts, match.end())[0])
        except (ValueError, RecursionError):
            continue
        found += _items(value, base, family)
        if len(found) >= MAX_ITEMS:
            break
    return list({item.url: item for item in found}.values())


def _items(value: Any, base: Base, family: Family, depth: int = 0) -> Iterator[ListItem]:
    if depth > _DEPTH:
        return
    if isinstance(value, str):
        if "<record" in value or ("<a " in value and "href" in value):
            yield from _marked_up(value, base, family)
    elif isinstance(value, dict):
        row = _row(value, base)
        if row is not None:
            yield row
            return
        for child in value.values():
            yield from _items(child, base, family, depth + 1)
    elif isinstance(value, list):
        for child in value[:MAX_ITEMS]:
            yield from _items(child, base, family, depth + 1)


def _row(value: dict[str, Any], base: Base) -> ListItem | None:
    title, target = _text(value, _TITLE), _text(value, _URL)
    address = absolute(base, target) if target else None
    if not title or address is None or "<" in (target or ""):
        return None
    words = collapse(re.sub(r"<[^<>]{0,300}>", "", title)).strip(BLANK)
    rest = "\n".join(
        collapse(str(v))[:200] for k, v in value.items() if isinstance(v, str) and k not in _URL and not is_personal(k)
    )
    return ListItem(address, words, date_of(_text(value, _DATE) or ""), rest[:500]) if words else None


def _marked_up(text: str, base: Base, family: Family) -> list[ListItem]:
    try:
        root = html.fromstring(f"<div>{text}</div>")
    except (ValueError, AssertionError, etree.ParserError):
        return []
    view = View(base.url, base, root, text, Survey(root))
    return read_list(view, family).items or entries_in(view)


def _text(value: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next((value[n] for n in names if isinstance(value.get(n), str) and value[n].strip()), None)


def _figure(value: Any, names: tuple[str, ...], depth: int = 0) -> int | None:
    """A total that the answer declares, the outermost one."""
    if depth > 3 or not isinstance(value, dict):
        return None
    for name in names:
        found = value.get(name)
        if isinstance(found, int | str) and str(found).isdecimal():
            return int(found)
    return next((f for v in value.values() if (f := _figure(v, names, depth + 1)) is not None), None)


def _following(url: str) -> PageRequest | None:
    """The address of the next page: the page number in the query counted up, also inside ``paramJson``."""
    query = parse_qsl(parts(url).query, keep_blank_values=True)
    for at, (name, text) in enumerate(query):
        number: int | None = None
        if name.lower() in _NUMBER and text.isdecimal():
            number = int(text) + 1
            query[at] = (name, str(number))
        elif text.startswith("{"):
            try:
                inner = json.loads(text)
            except (ValueError, RecursionError):
                continue
            key = next((k for k in inner if k.lower() in _NUMBER), None) if isinstance(inner, dict) else None
            if key and str(inner[key]).isdecimal():
                number = int(inner[key]) + 1
                inner[key] = number
                query[at] = (name, json.dumps(inner, separators=(",", ":")))
        if number is not None:
            return PageRequest(f"{url.partition('?')[0]}?{urlencode(query)}", number=number)
    return None
