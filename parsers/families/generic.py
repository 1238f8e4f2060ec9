"""Any site: whatever says "next", pagers of all makes, and the body containers that most templates use.

Source: 107 host spiders of a public collection: the selectors below, in this order, covered 65 % of the hosts.
"""

from __future__ import annotations

import re
from dataclasses import replace

from parsers.families.base import Family, Paging, View
from parsers.families.counts import Counts, counts_of
from parsers.families.next_control import next_control
from parsers.families.pagers import chosen_of, drop_down, library, more_button, pager_total, written
from parsers.page.addresses import absolute
from parsers.page.dom import Element
from parsers.page.text import squeeze
from parsers.record import PageRequest

_SET_PAGE = re.compile(r"\.pagination\(\s*[\"']setPage[\"']\s*,\s*(?P<current>\d{1,5})\s*,\s*(?P<total>\d{1,5})\s*\)")


class Generic(Family):
    """Paging by what a page shows: no family's own call is known here."""

    def paging(self, view: View) -> Paging:
        """Whatever says "next"; else a drop-down, a script that writes the pager, bare numbers, a library's pager, a "load more" button."""
        counts = counts_of(view)
        paging = _found(view, counts)
        return replace(
            paging,
            declared=paging.declared or counts.pages,
            declared_items=paging.declared_items or counts.entries,
            declarations=counts.declarations,
        )


def _found(view: View, counts: Counts) -> Paging:
    if call := _SET_PAGE.search(view.scripts):
        page, last = int(call["current"]), int(call["total"])
        pages = (PageRequest(view.join(f"index_{page + 1}.html"), number=page + 1),) if page < last else ()
        return Paging(pages, last, None, "setPage")
    if led := next_control(view):
        number = counts.current + 1 if counts.current else 2
        following = tuple(replace(p, number=number) if led.rule == "next-link" else p for p in led.pages)
        return replace(led, pages=following)
    if (numbers := drop_down(view)) and (chosen := chosen_of(view, numbers)):
        return Paging((chosen,), counts.pages or max(numbers), None, "drop-down")
    if counted := written(view):
        return counted
    numbered = _numbered(view, counts.pages, counts.entries)
    if not numbered.pages and (more := library(view) or more_button(view)):
        return replace(more, declared_items=pager_total(view.scripts))
    return numbered


def _numbered(view: View, declared: int | None, declared_items: int | None) -> Paging:
    """A pager of bare numbers: the link whose text is one more than the number that is no link."""
    linked: dict[int, str] = {}
    holders: list[Element | None] = []
    for anchor in view.root.iter("a"):
        text = squeeze("".join(t for t in anchor.itertext() if isinstance(t, str))).strip("[]")
        url = absolute(view.base, anchor.get("href")) if text.isdecimal() and len(text) <= 4 else None
        if url:
            linked.setdefault(int(text), url)
            holders.append(anchor.getparent())
    first = holders[0] if holders else None
    if first is None:
        return Paging((), declared, declared_items)
    parent = first if first.tag not in ("li", "span", "td") else first.getparent()
    bare = {
        int(word)
        for text in (parent.itertext() if parent is not None else ())
        if isinstance(text, str) and (word := squeeze(text).strip("[]")).isdecimal() and len(word) <= 4
    } - set(linked)
    here = next((n for n, url in linked.items() if url.rstrip("/") == view.url.split("#")[0].rstrip("/")), None)
    current = here if here is not None else max(bare, default=1 if 1 not in linked else 0)
    following = linked.get(current + 1)
    if not current or following is None or following == view.url:
        return Paging((), declared, declared_items)
    return Paging((PageRequest(following, number=current + 1),), declared, declared_items, "numbered")


FAMILY = Generic(
    name="generic",
    selectors=(
        "#zoom", "#zoomcon", "#UCAP-CONTENT", "#content", "#fontzoom", ".article-content", ".article_content", ".art_con", ".artcon",
        ".article-con", ".articlecon", ".content-text", ".news_content", ".newscontent", ".con_text", ".detail-content", ".info-content",
        ".article", ".content", ".zwnr", ".nr", ".txt", ".main-txt", ".text", "#article", "article", "main",
    ),
)  # fmt: skip
