"""Any site: whatever says "next", pagers of all makes, and the body containers that most templates use.

Source: 107 host spiders of a public collection: the selectors below, in this order, covered 65 % of the hosts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from parsers.families.bare_numbers import bare_numbers
from parsers.families.base import About, Family, Paging, View
from parsers.families.calls import attributed, drawn
from parsers.families.counts import Counts, counts_of
from parsers.families.last_control import last_control
from parsers.families.next_control import next_control
from parsers.families.numbers import drop_down, numbered
from parsers.families.pagers import more_button, scrolled, written


class Generic(Family):
    """Paging by what a page shows: no family's own call is known here."""

    def paging(self, view: View) -> Paging:
        """Whatever says "next"; else a drop-down, a script that writes the pager, bare numbers, a
        library's pager, a "load more" button.
        """
        counts = counts_of(view)
        paging = _found(view, counts)
        return replace(
            paging,
            declared=paging.declared or counts.pages,
            declared_items=paging.declared_items or counts.entries,
            declarations=(*paging.declarations, *counts.declarations),
        )


def _found(view: View, counts: Counts) -> Paging:
    """A call that draws the pager says all; else the first rule that knows the next page, else what
    says most of one.
    """
    call = drawn(view)
    if call is not None and not call.ways_on:
        return call
    said = [call] if call is not None else []
    for paging in _shown(view, counts):
        said.append(paging)
        if paging.pages:
            break
    best = max(
        said, key=lambda p: (bool(p.pages), not p.ways_on and bool(p.declared), len(p.ways_on)), default=Paging()
    )
    if not best.pages or best.further:
        return best
    others = numbered(view, counts) or drop_down(view, counts) or Paging()
    known = {page.url for page in best.pages}
    return replace(best, further=tuple(page for page in (*others.pages, *others.further) if page.url not in known))


def _shown(view: View, counts: Counts) -> Iterator[Paging]:
    """What each rule makes of a page, the surest first."""
    yield from filter(None, (next_control(view, counts), numbered(view, counts), drop_down(view, counts)))
    yield from filter(None, (written(view), attributed(view), more_button(view), scrolled(view)))
    yield from filter(None, (last_control(view, counts), bare_numbers(view)))


FAMILY = Generic(
    name="generic",
    selectors=(
        "#zoom", "#zoomcon", "#UCAP-CONTENT", "#content", "#fontzoom", ".article-content", ".article_content", ".art_con", ".artcon",
        ".article-con", ".articlecon", ".content-text", ".news_content", ".newscontent", ".con_text", ".detail-content", ".info-content",
        ".article", ".content", ".zwnr", ".nr", ".txt", ".main-txt", ".text", "#article", "article", "main",
    ),
)  # fmt: skip

ABOUT = About(
    paging=(
        (
            'calls that draw a pager (the table in `parsers/families/calls.py`), "next" in words, pictures and '
            "arrows; numbers, drop-downs by address or by handler; own functions that go, load, post or send a form "
            "(`goPage(2)`), ASP.NET's `__doPostBack`, `currentPage`/`countPage` scripts, a pager's attributes, "
            '"load more"; a link to the last page alone'
        ),
        (
            "画出翻页控件的调用（见 `parsers/families/calls.py` 的表）、文字、图片和箭头的“下一页”、页码、下拉框、页面自己的跳转、加载、POST "
            "或提交表单的函数（`goPage(2)`）、ASP.NET 的 `__doPostBack`、`currentPage`/`countPage` 脚本、翻页控件的属性、“加载更多”、只有尾页的翻页"
        ),
    ),
    source=("107 host spiders", "107 个网站的爬虫代码"),
)
