"""Pagers without a "next" link: drop-downs, scripts that write them, libraries that draw them, "load more" buttons."""

from __future__ import annotations

import re

from parsers.families.base import Paging, View, unknown
from parsers.page.addresses import absolute
from parsers.page.text import collapse, squeeze
from parsers.record import PageRequest

#: The options of a library's pager: ``$("#page").pagination({pageIndex: 0, pageSize: 15, total: 46})``, ``laypage.render({…})``.
_PAGER = re.compile(
    r"(?:\.pagination|laypage(?:\.render)?|new\s{1,4}Page\w{0,10})\(\s{0,8}\{(?P<options>.{1,2000})", re.DOTALL
)
_PAGER_TOTAL = re.compile(
    r"\b(?:total|totalCount|totalData|totalNum|count|items)[\"']?\s{0,4}:\s{0,4}[\"']?(\d{1,6})\b"
)


def pager_total(scripts: str) -> int | None:
    """How many entries a pager's options declare."""
    pager = _PAGER.search(scripts)
    total = _PAGER_TOTAL.search(pager["options"]) if pager else None
    return int(total[1]) if total else None


def drop_down(view: View) -> dict[int, str]:
    """A pager in a drop-down: the pages' numbers with their addresses; the one that is chosen is this page."""
    found: dict[int, str] = {}
    for option in view.root.iter("option"):
        number = re.fullmatch(r"(?:第\s?)?(\d{1,4})(?:\s?页)?", squeeze(option.text or ""))
        value = option.get("value") or ""
        if number and re.search(r"[./?]", value) and (url := absolute(view.base, value)):
            found.setdefault(int(number[1]), url)
    return found


def chosen_of(view: View, following: dict[int, str]) -> PageRequest | None:
    """The page after this one in a drop-down."""
    here = view.url.split("#")[0].rstrip("/")
    current = next((number for number, url in following.items() if url.rstrip("/") == here), 1)
    return PageRequest(following[current + 1], number=current + 1) if current + 1 in following else None


_CURRENT_PAGE = re.compile(r"\bcurrentPage\s{0,4}=\s{0,4}['\"]?(\d{1,5})")
_COUNT_PAGE = re.compile(r"\bcountPage\s{0,4}=\s{0,4}['\"]?(\d{1,5})")
_EXTENSION = re.compile(r"['\"][^'\"]{0,80}?\.?\b(s?html?|jhtml)\b")
_NEXT_PAGE = re.compile(r"nextPage|currentPage\s{0,4}\+\s{0,4}1")


def written(view: View) -> Paging | None:
    """A pager that a template's own script writes from ``currentPage`` (counted from 0) and ``countPage``, as older TRS
    templates do: ``index_1.html`` is the second page.
    """
    current, count = _CURRENT_PAGE.search(view.scripts), _COUNT_PAGE.search(view.scripts)
    if not current or not count or not _NEXT_PAGE.search(view.scripts):
        return None
    number, last = int(current[1]), int(count[1])
    name = view.url.split("?")[0].split("#")[0].rsplit("/", 1)[-1]
    stem, _, own = name.rpartition(".")
    stem = re.sub(r"_\d{1,5}$", "", stem) or "index"
    extension = _EXTENSION.search(view.scripts, count.end())
    url = view.join(f"{stem}_{number + 1}.{own or (extension[1] if extension else 'html')}")
    return Paging((PageRequest(url, number=number + 2),) if number + 1 < last else (), last, None, "currentPage")


_MORE = re.compile(r"(?:点击|下拉|上拉|继续)?加载(?:更多|下一页)[.…>»]{0,4}")
_ASKED = re.compile(
    r"[\"'](?P<before>[^\"'\s<>]{1,300}[?&/=_-])[\"']\s{0,4}\+\s{0,4}(?P<name>(?:this\.)?\w{0,20}(?:page|Page|index|Index)\w{0,12})\s{0,4}"
    r"(?:\+\s{0,4}[\"'](?P<after>[^\"'\s<>]{0,200})[\"'])?"
)


def more_button(view: View) -> Paging | None:
    """A "load more" button: the address that the page's script builds with the number of the next page."""
    if "加载" not in view.raw:
        return None
    texts = (squeeze(text) for text in view.root.itertext() if isinstance(text, str))
    label = next((text for text in texts if _MORE.fullmatch(text)), None)
    if label is None:
        return None
    asked = _ASKED.search(view.scripts)
    begins = asked and re.search(
        rf"\b{re.escape(asked['name'].removeprefix('this.'))}\s{{0,4}}[=:]\s{{0,4}}(\d{{1,4}})", view.scripts
    )
    url = (
        absolute(view.base, f"{asked['before']}{int(begins[1]) + 1}{asked['after'] or ''}")
        if asked and begins
        else None
    )
    if url is None:
        return unknown("", label)
    return Paging((PageRequest(url, number=2),), None, None, "load-more")


_SIZE = re.compile(r"\b(?:limit|pageSize|perPage|pagesize|showData)[\"']?\s{0,4}:\s{0,4}[\"']?(\d{1,4})\b")
_CURR = re.compile(r"\b(?:curr|current|currentPage|pageNo|pageNum)[\"']?\s{0,4}:\s{0,4}[\"']?(\d{1,5})\b")
_GOES_TO = re.compile(
    r"location(?:\.href)?\s{0,4}=\s{0,4}[\"'](?P<before>[^\"'\s<>]{0,300})[\"']\s{0,4}\+\s{0,4}[\w.$]{1,40}(?:\s{0,4}\+\s{0,4}[\"'](?P<after>[^\"'\s<>]{0,200})[\"'])?"
)


def library(view: View) -> Paging | None:
    """A pager that a library draws: its options say how many entries there are and where a page number leads."""
    pager = _PAGER.search(view.scripts)
    if pager is None:
        return None
    options = pager["options"]
    goes = _GOES_TO.search(options)
    total, size, current = _PAGER_TOTAL.search(options), _SIZE.search(options), _CURR.search(options)
    number = int(current[1]) if current else 1
    last = -(-int(total[1]) // int(size[1])) if total and size and int(size[1]) else None
    if goes is None:
        return unknown(collapse(pager[0][:80]), "", last) if last and last > 1 else None
    url = absolute(view.base, f"{goes['before']}{number + 1}{goes['after'] or ''}")
    more = url is not None and (last is None or number < last)
    return Paging((PageRequest(url or "", number=number + 1),) if more else (), last, None, "library")
