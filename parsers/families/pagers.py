"""Pagers without a "next" link: drop-downs, scripts that write them, libraries that draw them, "load more" buttons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from parsers.families.base import Paging, View, unknown
from parsers.families.functions import body_at, called, function, handler, number_among
from parsers.families.next_control import counted_on, next_in
from parsers.page.addresses import absolute
from parsers.page.dom import Element
from parsers.page.expressions import arguments
from parsers.page.text import fold, squeeze
from parsers.patterns import compiled
from parsers.record import PageRequest
from parsers.words import pattern

_CURRENT_PAGE = compiled(r"\bcurrentPage\s{0,4}=\s{0,4}['\"]?(\d{1,5})")
_COUNT_PAGE = compiled(r"\bcountPage\s{0,4}=\s{0,4}['\"]?(\d{1,5})")
_EXTENSION = compiled(r"['\"][^'\"]{0,80}?\.?\b(s?html?|jhtml)\b")
_NEXT_PAGE = compiled(r"nextPage|currentPage\s{0,4}\+\s{0,4}1")


def written(view: View) -> Paging | None:
    """A pager that a template's own script writes from ``currentPage`` (counted from 0) and ``countPage``, as older TRS
    templates do: ``index_1.html`` is the second page.
    """
    if "countPage" not in view.scripts:
        return None
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


_MORE = compiled(
    r"(?:点击|下拉|上拉|继续|向下|滑动)?(?:加载|查看|显示|展开|浏览)?(?:更多|下一页)(?:访谈|信息|内容|数据|记录|往期)?[.…>»+↓∨]{0,4}|加载下一页|loadmore|more",
    re.IGNORECASE,
)
_LEFT = pattern("{MORE_LEFT}")
#: These say by themselves that there is more of the list; 更多 may lead anywhere.
_LOADS = compiled(r"加载|loadmore|上拉|下拉|\d", re.IGNORECASE)
_TAGS = frozenset(["a", "button", "div", "span", "p", "input", "li"])
#: One of these is in whatever the two find: single characters, as a set of them is found soonest.
_HINT = compiled("[多页eE有余餘]")
_WORDS = 30  # characters of a button


def more_button(view: View) -> Paging | None:
    """A "load more" button: what the page's script asks for when the page's number is counted on."""
    lost: Paging | None = None
    asked: dict[tuple[str, ...], PageRequest | None] = {}
    for element, label in _buttons(view):
        action = f"{element.get('onclick') or ''} {element.get('href') or ''}"
        page = _asked_once(element, action, view, asked)
        if page is not None:
            return Paging((PageRequest(page.url, page.method, page.body, 2, guessed=True),), None, None, "load-more")
        lost = lost or _lost(element, label, action, view)
    return lost


def _buttons(view: View) -> Iterator[tuple[Element, str]]:
    """What says that there is more of a list, with its words."""
    text, begins, stops = view.survey.flat
    for place, (tag, begin, end) in enumerate(zip(view.survey.tags, begins, stops, strict=True)):
        if tag not in _TAGS or not (tag == "input" or _HINT.search(text, begin, min(end, begin + _WORDS))):
            continue
        element = view.survey.elements[place]
        label = squeeze(element.get("value") or "" if tag == "input" else text[begin : min(end, begin + _WORDS)])
        if label and (_MORE.fullmatch(label) or _LEFT.fullmatch(fold(label))):
            yield element, label


def _lost(element: Element, label: str, action: str, view: View) -> Paging | None:
    """A button that has no address and must load something all the same: it says so, or it calls a script."""
    if absolute(view.base, element.get("href")) or any(e.get("href") for e in element.iter("a")):
        return None
    call = _CALL.search(action)
    return unknown(action.strip() if call else "", label) if call or _LOADS.search(label) else None


_SCROLL = compiled(
    r"(?:\.scroll|\bonscroll\s?=|\bIntersectionObserver(?=\s?\()|(?:addEventListener|\.on|\.bind)"
    r"\(\s?['\"]scroll['\"]\s?,)\s?\(?\s?"
    r"(?:function[^(){}]{0,40}\([^()]{0,40}\)|\([^()]{0,40}\)\s?=>|\w{1,20}\s?=>)\s?\{"
)
_COUNTS = compiled(r"[A-Za-z_$][\w$]{0,40}\s?(?:\+\+|\+=\s?\d)|\+\+\s?[A-Za-z_$]")
_ASKS = compiled(
    r"(?:\$|jQuery|axios)\.(?:get|post|getJSON|ajax)\s?\(|\bfetch\s?\(|XMLHttpRequest|\.load\s?\(", re.IGNORECASE
)


def scrolled(view: View) -> Paging | None:
    """A list that grows when its reader scrolls: a script counts a number on and asks for more; nobody knows where."""
    if "scroll" not in view.scripts and "IntersectionObserver" not in view.scripts:
        return None
    for match in islice(_SCROLL.finditer(view.scripts), _CALLS):
        body = body_at(view.scripts, match.end())
        called_ = (function(call[1], view.scripts) for call in islice(_CALL.finditer(body), 2 * _CALLS))
        code = "\n".join([body, *(found[1] for found in called_ if found is not None)])
        if _COUNTS.search(code) and _ASKS.search(code):
            return unknown("", "scroll")
    return None


_CALL = compiled(r"([A-Za-z_$][\w$.]{0,60})\s{0,4}\(")
#: So many different buttons are followed into the scripts, and so many calls of one. What is not followed is not lost:
#: the first button that leads nowhere is named.
_BUTTONS, _CALLS = 40, 8


def _asked_once(
    element: Element, action: str, view: View, asked: dict[tuple[str, ...], PageRequest | None]
) -> PageRequest | None:
    """As :func:`_asked`; equal buttons are followed once: each costs a walk through all scripts."""
    same = (action, *(element.get(name) or "" for name in ("id", "name", "class")))
    if same not in asked and len(asked) < _BUTTONS:
        asked[same] = _asked(element, action, view)
    return asked.get(same)


def _asked(element: Element, action: str, view: View) -> PageRequest | None:
    """What is asked for when a button is clicked: by its own handler, or by the one that a script gives it."""
    for call in islice(_CALL.finditer(action), _CALLS):
        values = arguments(action, call.end(), view.names)
        number = number_among(values)
        page = called(call[1], values, number, view) if number is not None else None
        if (page := page or counted_on(call[1], values, view)) is not None:
            return page
    body = handler(element, "click", view)
    return next_in(body, view.names, view) if body else None
