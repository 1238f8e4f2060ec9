"""How an answer of data continues: the page number, the range or the mark in its own address
counted on, or what it names itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from parsers.page.addresses import Base, absolute, parts
from parsers.patterns import compiled
from parsers.record import PageRequest, WayOn

_NUMBER = frozenset(
    ["page", "pageno", "pagenum", "pageindex", "currentpage", "curpage", "p", "pagenumber", "pn", "current", "nowpage", "cpage", "pagecurrent", "cur_page", "page_no", "page_num", "page_index", "current_page"]
)  # fmt: skip
#: Names of a range's first and last entry, and of an offset and how many follow it.
_RANGES = (("startrecord", "endrecord"), ("start", "end"), ("begin", "end"), ("startrow", "endrow"), ("from", "to"), ("beginindex", "endindex"), ("startindex", "endindex"))  # fmt: skip
_OFFSETS = frozenset(
    ["offset", "start", "skip", "startindex", "begin", "firstresult", "rowstart", "startrow", "from", "startrecord"]
)
_SIZES = frozenset(
    [
        "limit",
        "size",
        "pagesize",
        "rows",
        "count",
        "length",
        "max",
        "perpage",
        "per_page",
        "page_size",
        "num",
        "pagerows",
        "step",
    ]
)
_MARKS = compiled(
    r"^(?:next|end|last|max|min)?_?(?:cursor|token|scroll_?id|marker|since_?id|last_?id|max_?id|next_?id"
    r"|page_?token|after)$",
    re.IGNORECASE,
)
_ADDRESS = compiled(
    r"^(?:next|next_?(?:page|url|link|href)(?:_?(?:url|link|href))?|nextpageurl|more_?url)$", re.IGNORECASE
)
_MORE = compiled(r"^(?:has_?(?:more|next|next_?page)|is_?more|more)$", re.IGNORECASE)
_LAST = compiled(r"^(?:is_?(?:last|end)(?:_?page)?|last_?page|finished|no_?more|end)$", re.IGNORECASE)
_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Onward:
    """How an answer continues.

    :param page: the next request; ``None`` at the end
    :param lost: there is more, and nothing says how it is asked for
    """

    page: PageRequest | None = None
    lost: WayOn | None = None


def onward(url: str, value: Any, pages: int | None, entries: int | None) -> Onward:
    """What follows an answer.

    :param value: the answer itself; ``None`` for one that is mark-up
    :param pages: how many pages it declares
    """
    named = dict(_named(value))
    if any(name == "more" and said is False for name, said in named.items()) or named.get("last") is True:
        return Onward()
    if (stated := _stated(url, named)) is not None:
        return stated
    if (page := by_address(url, pages, entries)) is not None:
        return Onward(page)
    if named.get("more") is True:
        return Onward(None, WayOn("", "hasMore"))
    return _after_the_last(url, value)


def _after_the_last(url: str, value: Any) -> Onward:
    """How an answer continues whose address says which row was the last one seen; the end where it does not."""
    query = parse_qsl(parts(url).query, keep_blank_values=True)
    mark, said = next(((name, said) for name, said in query if _SEEN.match(name)), ("", ""))
    rows = _rows(value)
    size = next((int(text) for name, text in query if name.lower() in _SIZES and text.isdecimal()), 0)
    if not mark or page_of(url) is not None or len(rows) < max(size, 1):
        return Onward()
    last = next((str(rows[-1][name]) for name in _IDS if isinstance(rows[-1].get(name), str | int)), said)
    if last == said:
        return Onward() if any(name in rows[-1] for name in _IDS) else Onward(None, WayOn("", mark))
    return Onward(PageRequest(_with_mark(url, mark, last), number=2, guessed=True))


#: What an address calls the last row that its reader has seen, and what rows call themselves.
_SEEN = compiled(r"^(?:last|max|min|since|before|after|end|start)_?id$|^(?:cursor|after)$", re.IGNORECASE)
_IDS = ("id", "_id", "ID", "Id", "docId", "infoId", "articleId", "rowId", "newsId")


def _rows(value: Any, depth: int = 0) -> list[dict[str, Any]]:
    """The longest list of objects in an answer."""
    if depth > _DEPTH or not isinstance(value, dict | list):
        return []
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return value
    inside = value.values() if isinstance(value, dict) else value
    return max((_rows(one, depth + 1) for one in inside), key=len, default=[])


def _named(value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """What an answer says of its continuation: ``more``, ``last``, ``address``, ``mark`` with the name it has."""
    if not isinstance(value, dict) or depth > _DEPTH:
        return
    for key, said in value.items():
        if isinstance(said, bool):
            if _MORE.match(key):
                yield "more", said
            elif _LAST.match(key):
                yield "last", said
        elif _ADDRESS.match(key) and isinstance(said, str | int | None):
            yield "address", said
        elif _MARKS.match(key) and isinstance(said, str | int):
            yield f"mark:{key}", said
        elif isinstance(said, dict):
            yield from _named(said, depth + 1)


def _stated(url: str, named: dict[str, Any]) -> Onward | None:
    """The next address that an answer names, or its mark put into this one's; ``None`` when it says
    nothing of the kind.
    """
    if "address" in named:
        said = named["address"]
        if isinstance(said, str) and re.search(r"[/?.]", said):
            following = absolute(Base(url), said)
            return Onward(PageRequest(following, number=_after(url))) if following and following != url else Onward()
        if not said or said == "null":
            return None if any(name.startswith("mark:") for name in named) else Onward()
        if isinstance(said, int) or said.isdecimal():
            return Onward(_with_number(url, int(said)))
        named = {**named, "mark:cursor": said}
    for name, said in named.items():
        if not name.startswith("mark:"):
            continue
        if said in ("", 0, "0", "-1", -1):
            return Onward()
        return Onward(PageRequest(_with_mark(url, name[5:], str(said)), number=_after(url)))
    return None


def _with_mark(url: str, key: str, said: str) -> str:
    """An address with a mark: in place of the one it has, else under the name that the answer gives it."""
    query = parse_qsl(parts(url).query, keep_blank_values=True)
    plain = re.sub(r"^(?:next|end)_?", "", key, flags=re.IGNORECASE)
    plain = plain[:1].lower() + plain[1:]
    name = next((n for n, _ in query if _MARKS.match(n)), plain or key)
    kept = [(n, v) for n, v in query if n != name]
    return f"{url.partition('?')[0]}?{urlencode([*kept, (name, said)])}"


def _with_number(url: str, number: int) -> PageRequest | None:
    query = parse_qsl(parts(url).query, keep_blank_values=True)
    at = next((at for at, (name, _) in enumerate(query) if name.lower() in _NUMBER), None)
    if at is None:
        return None
    query[at] = (query[at][0], str(number))
    return PageRequest(f"{url.partition('?')[0]}?{urlencode(query)}", number=number, guessed=True)


def _after(url: str) -> int:
    """A number for the page after one that counts by marks."""
    query = dict(parse_qsl(parts(url).query))
    return next((int(v) + 1 for n, v in query.items() if n.lower() in _NUMBER and v.isdecimal()), 2)


def by_address(url: str, pages: int | None, entries: int | None) -> PageRequest | None:
    """The page after the one of an address: its range, its offset or its number counted on, also
    inside ``paramJson``.
    """
    query = parse_qsl(parts(url).query, keep_blank_values=True)
    lower = {name.lower(): (at, value) for at, (name, value) in enumerate(query)}
    if (ranged := _ranged(query, lower, entries)) is not None:
        return _asked(url, *ranged)
    number = _counted(query, pages)
    if number is not None:
        return _asked(url, query, number)
    in_path = (
        re.search(r"(?P<before>[_/-])(?P<n>\d{1,4})(?P<after>\.(?:json|js|xml|txt)|/)?$", url) if not query else None
    )
    if in_path and pages is not None and int(in_path["n"]) < pages:
        following = int(in_path["n"]) + 1
        address = f"{url[: in_path.start('n')]}{following}{in_path['after'] or ''}"
        return PageRequest(address, number=following, guessed=True)
    return None


def page_of(url: str) -> int | None:
    """The number of its page in an address; ``None`` where it has none."""
    query = parse_qsl(parts(url).query)
    return next((int(said) for name, said in query if name.lower() in _NUMBER and said.isdecimal()), None)


def by_form(url: str, body: bytes, pages: int | None) -> PageRequest | None:
    """The page after one that a form asks for: the number among its fields counted on; ``None`` when it has none."""
    fields = parse_qsl(body.decode("latin-1"), keep_blank_values=True)
    number = _counted(fields, pages)
    return PageRequest(url, "POST", urlencode(fields).encode(), number, guessed=True) if number is not None else None


def _asked(url: str, query: list[tuple[str, str]] | None, number: int) -> PageRequest | None:
    if query is None:
        return None
    return PageRequest(f"{url.partition('?')[0]}?{urlencode(query)}", number=number, guessed=True)


def _ranged(
    query: list[tuple[str, str]], lower: dict[str, tuple[int, str]], entries: int | None
) -> tuple[list[tuple[str, str]] | None, int] | None:
    """A query whose range of entries is the next one; no query at the end; ``None`` when it has no range."""
    for first, last in _RANGES:
        begin, end = _number(lower, first), _number(lower, last)
        if begin is None or end is None or end < begin:
            continue
        size = end - begin + 1
        if entries is not None and end >= entries:
            return None, 0
        fresh = list(query)
        for name, number in ((first, end + 1), (last, end + size)):
            at = lower[name][0]
            fresh[at] = (query[at][0], str(number))
        return fresh, end // size + 1
    return _offset(query, lower, entries)


def _number(lower: dict[str, tuple[int, str]], name: str) -> int | None:
    """The number that a query gives under a name."""
    text = lower[name][1] if name in lower else ""
    return int(text) if text.isdecimal() else None


def _offset(
    query: list[tuple[str, str]], lower: dict[str, tuple[int, str]], entries: int | None
) -> tuple[list[tuple[str, str]] | None, int] | None:
    """As :func:`_ranged`, of a query that names its first entry and how many follow it."""
    offset = next((name for name in lower if name in _OFFSETS and lower[name][1].isdecimal()), None)
    size_name = next((name for name in lower if name in _SIZES and lower[name][1].isdecimal()), None)
    if offset is None or size_name is None or any(name in _NUMBER for name in lower):
        return None
    at, begin, size = lower[offset][0], int(lower[offset][1]), int(lower[size_name][1])
    if not size or (entries is not None and begin + size >= entries + (begin % size == 1)):
        return None, 0
    fresh = list(query)
    fresh[at] = (query[at][0], str(begin + size))
    return fresh, (begin + size) // size + 1


def _counted(query: list[tuple[str, str]], pages: int | None) -> int | None:
    """Count the page's number in a query on; ``None`` when it has none, or is at its end."""
    for at, (name, text) in enumerate(query):
        if name.lower() in _NUMBER and text.isdecimal():
            number = int(text) + 1
            query[at] = (name, str(number))
        elif text.startswith("{"):
            try:
                inner = json.loads(text)
            except (ValueError, RecursionError):
                continue
            key = next((k for k in inner if k.lower() in _NUMBER), None) if isinstance(inner, dict) else None
            if not key or not str(inner[key]).isdecimal():
                continue
            number = int(inner[key]) + 1
            inner[key] = number
            query[at] = (name, json.dumps(inner, separators=(",", ":")))
        else:
            continue
        return None if pages is not None and number > pages else number
    return None
