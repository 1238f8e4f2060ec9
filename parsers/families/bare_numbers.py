"""A pager whose numbers lead nowhere themselves: a script has them in its hand, and one is marked as the reader's."""

from __future__ import annotations

import re

from parsers.families.base import Paging, View, unknown
from parsers.families.counts import is_pager_name
from parsers.page.dom import Element, inner_text, words_of
from parsers.page.text import fold, squeeze
from parsers.patterns import compiled

_CURRENT = compiled(r"(?:^|[\s_-])(?:cur|curr|current|active|on|now|selected|sel|this)(?:$|[\s_-])", re.IGNORECASE)
#: A picture show has numbers, too.
_SHOW = compiled(r"swiper|slid|focus|banner|carousel|lunbo|flash|pic|tab", re.IGNORECASE)
_MOST = 40


def bare_numbers(view: View) -> Paging | None:
    """What such a pager declares: its last number, and that nobody knows how its pages are asked for."""
    holders = (e for e in view.root.iter("ul", "ol", "div", "p", "span", "td") if 1 < len(e) <= _MOST)
    pagers = (e for e in holders if is_pager_name(words_of(e)) and not _is_show(e))
    last = next(filter(None, map(_last, pagers)), None)
    return unknown("", f"1 … {last}", last) if last else None


def _last(holder: Element) -> int | None:
    """The last number of a pager that counts from 1, where the reader's is marked and another one."""
    numbers = [(number, child) for child in holder.iterchildren("*") if (number := _number(child))]
    marked = next((number for number, child in numbers if _CURRENT.search(words_of(child))), None)
    counted = [number for number, _ in numbers] == list(range(1, len(numbers) + 1))
    return len(numbers) if counted and marked not in (None, len(numbers)) else None


def _is_show(holder: Element) -> bool:
    return any(_SHOW.search(words_of(e)) for e in (holder, *list(holder.iterancestors())[:3]))


def _number(element: Element) -> int | None:
    """The number that an element without a link says."""
    acts = any(_leads(e.get("href") or "") or e.get("onclick") or e.get("data-url") for e in element.iter())
    words = fold(squeeze(inner_text(element)[:6]))
    return int(words) if not acts and words.isdecimal() else None


def _leads(href: str) -> bool:
    """Whether a link has an address; ``javascript:;`` and ``#`` are none."""
    return href.strip(" ;").lower() not in ("", "#", "javascript:", "javascript:void(0)", "javascript:void 0")
