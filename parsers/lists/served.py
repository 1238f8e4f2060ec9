"""Lists that are served as JSON, JSONP or as arrays inside a script.

They hold rows with a title and an address, or mark-up in a string.

Known shapes: jpaas ``{"data": {"html": "<ul>…"}}``, gkmlpt ``{"articles": [{title, url, post_url, created_at}]}``,
cabinet lists with a protocol-relative ``infourl``, pages that carry ten pages of entries as ``dataList``, JSONP around
XML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree, html

from parsers.families import Family, Paging, View
from parsers.families.following import Onward, onward
from parsers.limits import MAX_ITEMS, MAX_SCRIPT
from parsers.lists.dates import date_of
from parsers.lists.entries import Listing, entries_in, read_list
from parsers.page.addresses import Base, absolute
from parsers.page.barriers import failed, says_nothing_here
from parsers.page.dom import Survey
from parsers.page.expressions import array
from parsers.page.text import BLANK, collapse, whole_characters
from parsers.patterns import compiled
from parsers.people.personal import is_personal
from parsers.record import Declared, ListItem, WayOn

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
_ITEMS = (
    "post_count",
    "total",
    "totalCount",
    "totalRecord",
    "recordCount",
    "totalNum",
    "count",
    "rowCount",
    "totalrecord",
    "totalRecords",
    "total_count",
    "totalElements",
    "recordsTotal",
)
_PAGES = (
    "totalPage",
    "totalPages",
    "pageCount",
    "pages",
    "pageTotal",
    "totalpage",
    "pagecount",
    "total_page",
    "total_pages",
)
_DEPTH = 8
_ARRAY = compiled(r"(?<![\w$.])(?P<name>[A-Za-z_$][\w$]{0,40})[\"']?\s{0,4}[:=]\s{0,4}(?=\[\s{0,20}\{)")
_OBJECTS = compiled(r"\[\s{0,20}\{")
_LISTS = compiled(
    r"dataList|listData|newsList|articleList|list|datas?|rows|records|items?|itemObj|articles|infoList|result",
    re.IGNORECASE,
)
_IN_TEXT = {
    _ITEMS: compiled(r"<totalrecord>\s*(\d{1,7})|totalRecord[\"']?\s*[:=]\s*[\"']?(\d{1,7})", re.IGNORECASE),
    _PAGES: compiled(r"<totalpage>\s*(\d{1,6})", re.IGNORECASE),
}
#: An address as a value of its own: a path, or a file's name.
_TARGET = compiled(
    r"(?:https?:)?//[^\s<>\"']{4,}|\.{0,2}/[\w\-./%~]{1,300}(?:\?[^\s<>\"']{1,300})?"
    r"|[\w\-./%]{1,200}\.(?:s?html?|jhtml|aspx?|jsp|php)(?:\?[^\s<>\"']{0,300})?"
)
_PICTURE = compiled(r"\.(?:jpe?g|png|gif|bmp|webp|mp4|js|css)(?:\?|$)", re.IGNORECASE)


def read_value(value: Any, url: str, family: Family) -> tuple[Listing, Paging]:
    """What a JSON value lists, and how it continues (by the page number in its own address)."""
    listing = Listing()
    seen: set[str] = set()
    for item in _items(value, Base(url), family):
        if item.url not in seen and len(listing.items) < MAX_ITEMS:
            seen.add(item.url)
            listing.items.append(item)
            listing.dated += item.date is not None
    listing.is_list = bool(listing.items)
    items, pages = _figure(value, _ITEMS), _figure(value, _PAGES)
    goes = onward(url, value, pages, items) if listing.items else Onward()
    found = tuple(
        Declared(what, number, f"{what} of the answer")
        for what, number in (("pages", pages), ("entries", items))
        if number is not None
    )
    following, lost = (goes.page,) if goes.page else (), (goes.lost,) if goes.lost else _nameless(value, listing)
    return listing, Paging(following, pages, items, "json", declarations=found, ways_on=lost)


def embedded(scripts: str, base: Base, family: Family) -> list[ListItem]:
    """Entries that a script of the page holds as an array of objects, in JSON or as scripts write them.

    An array under a name that says nothing counts where its rows are dated, or lead to articles: a menu is no list.
    """
    found: list[ListItem] = []
    if len(scripts) > MAX_SCRIPT or not _OBJECTS.search(scripts):
        return found
    for match in _ARRAY.finditer(scripts):
        value = _array(scripts, match.end())
        rows = list(_items(value, base, family)) if value else []
        told = sum(row.date is not None or bool(family.article.search(row.url)) for row in rows)
        if rows and (_LISTS.fullmatch(match["name"]) or told * 2 >= len(rows)):
            found += rows
        if len(found) >= MAX_ITEMS:
            break
    return list({item.url: item for item in found}.values())


def beside(scripts: str) -> tuple[int | None, int | None]:
    """How many entries and pages the objects declare that hold such an array: ``{"list": […], "total": 61}``."""
    for match in _ARRAY.finditer(scripts) if len(scripts) <= MAX_SCRIPT else ():
        opened = scripts.rfind("{", max(0, match.start() - _BESIDE), match.start())
        if opened >= 0 and _LISTS.fullmatch(match["name"]):
            value = _array(scripts, opened)
            found = _figure(value, _ITEMS), _figure(value, _PAGES)
            if any(number is not None for number in found):
                return found
    return None, None


_BESIDE = 200  # characters from an object's bracket to its list


def _array(scripts: str, at: int) -> Any:
    try:
        return whole_characters(json.JSONDecoder().raw_decode(scripts, at)[0])
    except (ValueError, RecursionError):
        return array(scripts, at)


def _items(value: Any, base: Base, family: Family, depth: int = 0) -> Iterator[ListItem]:
    if depth > _DEPTH:
        return
    if isinstance(value, str):
        if "<record" in value or ("<a " in value and "href" in value):
            yield from _marked_up(value, base, family)
    elif isinstance(value, dict):
        inside = [
            item for child in value.values() if _holds_rows(child) for item in _items(child, base, family, depth + 1)
        ]
        if inside:
            yield from inside
            return
        row = _row(value, base)
        if row is not None:
            yield row
    elif isinstance(value, list):
        for child in value[:MAX_ITEMS]:
            yield from _items(child, base, family, depth + 1)


_MESSAGE = ("msg", "message", "error", "errmsg", "errorMsg", "errMsg", "errorMessage", "info", "desc", "detail")


def failure(value: Any) -> str | None:
    """What an answer of data says in place of a list: the words of a server that fails."""
    if not isinstance(value, dict):
        return None
    said = [value[name] for name in _MESSAGE if isinstance(value.get(name), str)]
    words = next((found for text in said if (found := failed(text[:300]))), None)
    words = words or _refusing(value, said)
    return f"failed: {words}" if words else None


_CODE = ("code", "status", "errcode", "errno", "errorcode", "resultcode", "statuscode", "ret", "state")
_BAD = compiled(r"-\d{1,9}|[45]\d\d|[45]\d{4}|err(?:or)?|fail(?:ed|ure)?|false", re.IGNORECASE)


def _refusing(value: dict[str, Any], said: list[str]) -> str | None:
    """What an answer of data says that is a failure by one of its fields, unless that there is nothing to show."""
    if any(map(says_nothing_here, said)):
        return None
    bad = (f"{name}: {code}" for name, code in value.items() if _is_bad(name.lower().replace("_", ""), code))
    field = next(bad, None)
    return next((text[:60] for text in said if text.strip()), field) if field else None


def _is_bad(name: str, code: Any) -> bool:
    if isinstance(code, bool):
        return name in ("success", "ok") and not code
    return name in _CODE and _BAD.fullmatch(str(code)) is not None


def _nameless(value: Any, listing: Listing) -> tuple[WayOn, ...]:
    """That rows lead to entries of which nobody knows the addresses."""
    rows = 0 if listing.items else _unnamed(value)
    return (WayOn("", f"{rows} rows of data without an address"),) if rows else ()


def _unnamed(value: Any, depth: int = 0) -> int:
    """How many rows of data, in one list, have words and a date, and no address that an entry could have."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if depth > _DEPTH:
        return 0
    rows = sum(isinstance(one, dict) and _tells(one) for one in value[:MAX_ITEMS]) if isinstance(value, list) else 0
    return max([rows, *(_unnamed(one, depth + 1) for one in inside if isinstance(one, dict | list))])


def _tells(row: dict[str, Any]) -> bool:
    texts = [text for text in row.values() if isinstance(text, str) and len(text) <= 200]
    days = any(len(text) <= 25 and date_of(text) for text in texts)
    return days and any(_CHINESE.search(text) and not date_of(text[:11]) for text in texts)


def _holds_rows(value: Any) -> bool:
    return isinstance(value, dict | list) or (isinstance(value, str) and ("<record" in value or "<a " in value))


def _row(value: dict[str, Any], base: Base) -> ListItem | None:
    """An entry: by the usual names of its fields, else by what they hold: an address, words, and a date."""
    title, target = _text(value, _TITLE), _address(_text(value, _URL))
    day = date_of(_text(value, _DATE) or "")
    if not title or not target:
        title, target, day = _guessed(value)
    address = absolute(base, target) if target else None
    if not title or address is None or "<" in (target or ""):
        return None
    words = collapse(re.sub(r"<[^<>]{0,300}>", "", title)).strip(BLANK)
    rest = "\n".join(
        collapse(str(v))[:200] for k, v in value.items() if isinstance(v, str) and k not in _URL and not is_personal(k)
    )
    return ListItem(address, words, day, rest[:500]) if words else None


def _guessed(value: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    """Title, address and date of a row whose fields have names that say nothing; all three must be there."""
    texts = [said.strip() for key, said in value.items() if isinstance(said, str) and not is_personal(key)]
    targets = (found for text in texts if (found := _address(text)) and not _PICTURE.search(found))
    days = (day for text in texts if len(text) <= 25 and (day := date_of(text)))
    title = next((text for text in texts if _is_title(text)), None)
    target, day = next(targets, None), next(days, None)
    return (title, target, day) if title and target and day else (None, None, None)


def _is_title(text: str) -> bool:
    """Whether a field holds Chinese words, and no address or date."""
    return bool(_CHINESE.search(text)) and len(text) <= 200 and not _address(text) and not date_of(text[:11])


_CHINESE = compiled(r"[\u4e00-\u9fff]{2}")


def _address(text: str | None) -> str | None:
    """The address that a field holds, be it inside JSON in a string: ``{"common": "/ft/1.html"}``."""
    text = (text or "").strip()
    if text.startswith("{"):
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            return None
        held = (
            [v for v in inner.values() if isinstance(v, str) and _TARGET.fullmatch(v.strip())]
            if isinstance(inner, dict)
            else []
        )
        return held[0].strip() if held else None
    return text if _TARGET.fullmatch(text) else None


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
        if isinstance(found, int | str) and not isinstance(found, bool) and str(found).isdecimal():
            return int(found)
    for inner in value.values():
        if isinstance(inner, str) and "<" in inner and (match := _IN_TEXT[names].search(inner)):
            return int(next(g for g in match.groups() if g))
    return next((f for v in value.values() if (f := _figure(v, names, depth + 1)) is not None), None)
