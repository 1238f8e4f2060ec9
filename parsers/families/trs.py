"""拓尔思 TRS WCM (and 开普 UCAP, which calls the same pager with an element id first).

``createPageHTML(total, current, prefix, extension)``: the number in a page's address equals the ``current`` it is called
with, so the first page tells whether the site counts from 0 (TRS) or from 1 (UCAP).
"""

from __future__ import annotations

import re

from parsers.families.base import Family, Has, Paging, Path, Script, View
from parsers.record import PageRequest

CALL = re.compile(
    r"\bcreatePage(?:HTML|Html)?\w{0,6}\s*\(\s*(?:['\"][\w#-]*['\"]\s*,\s*)?(?P<total>\d{1,5})\s*,\s*(?P<current>\d{1,5})\s*,\s*['\"](?P<prefix>[\w\-./]+)['\"]\s*,\s*['\"](?P<ext>\w{1,8})['\"]\s*(?:,\s*['\"]?(?P<fifth>[\w-]+)['\"]?\s*)?(?:,\s*(?P<count>\d{1,7})\s*)?"
)
ARTICLE_STEM = re.compile(r"^(?:\./)?(?:t\d{8}_\d+|t\d{6,}|content_\d+|[0-9a-f]{32}|c\d{6,})$")


class Trs(Family):
    """TRS-like paging."""

    def paging(self, view: View) -> Paging:
        """The page after the current one; the spider walks on from there."""
        call = CALL.search(view.scripts)
        if not call or ARTICLE_STEM.match(call["prefix"]):
            return Paging()
        return pages_of(call, view)


def pages_of(call: re.Match[str], view: View) -> Paging:
    """What one ``createPageHTML`` call declares."""
    total, current, prefix, ext = int(call["total"]), int(call["current"]), call["prefix"], call["ext"]
    in_url = re.search(rf"{re.escape(prefix.split('/')[-1])}_(\d+)\.{re.escape(ext)}", view.url)
    zero_based = current == 0 or (
        in_url is not None and int(in_url[1]) == current and total > current and _first_is_zero(view, prefix, ext)
    )
    # A template that writes the same "current" on every page: the address says more.
    current = max(current, int(in_url[1])) if in_url else current
    last = total - 1 if zero_based else total
    items = call["count"] or (call["fifth"] if (call["fifth"] or "").isdecimal() else None)
    following: tuple[PageRequest, ...] = ()
    if current + 1 <= last:
        following = (PageRequest(view.join(f"{prefix}_{current + 1}.{ext}"), number=current + 1 + zero_based),)
    return Paging(following, total, int(items) if items else None, "createPageHTML")


def _first_is_zero(view: View, prefix: str, ext: str) -> bool:
    """On a later page the pager's own links tell: a site counting from 1 links its second page as ``_2`` first."""
    return f"{prefix}_1.{ext}" in view.raw.replace(view.url, "") or not re.search(
        r"createPageHTML\s*\(\s*['\"]", view.raw
    )


FAMILY = Trs(
    name="trs",
    marks=(
        (
            4,
            "TRS_Editor",
            Has((".TRS_Editor", ".TRS_UEDITOR", ".trs_editor_view", ".Custom_UnionStyle", ".TRS_PreAppend")),
        ),
        (3, "createPageHTML", Script(re.compile(r"createPageHTML\s*\(\s*\d"))),
        (2, "tYYYYMMDD_N", Path(r"/t(?:19|20)\d{6}_\d+(?:_\d+)?\.s?html?")),
    ),
    selectors=(".TRS_Editor", ".TRS_UEDITOR", ".trs_editor_view", ".xlcontainer", "#zoom"),
    article=re.compile(r"/t(?:19|20)\d{6}_\d+(?:_\w+)?\.s?html?$|/t\d{6,}\.s?html?$"),
)
