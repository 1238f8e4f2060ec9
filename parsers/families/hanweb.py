"""大汉 Hanweb JCMS with its jpage data islands.

The page carries its first entries in ``<script type="text/xml"><datastore>`` and asks ``dataproxy.jsp`` for the rest:
by GET with ``page=N`` when the island has a ``<nextgroup>``, else by POST with the parameters of the ``jpage(…)`` call.
Only ``page`` moves reliably (``startrecord`` is often ignored), so both are sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlencode

from parsers.families.base import About, Family, Paging, Path, Script, View
from parsers.families.following import by_address
from parsers.page.addresses import parts
from parsers.patterns import compiled
from parsers.record import PageRequest

_ISLAND = compiled(r"<datastore>(.*?)</datastore>", re.DOTALL | re.IGNORECASE)
_RECORD = compiled(r"<record>\s*(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?\s*</record>", re.DOTALL | re.IGNORECASE)
_NEXT = compiled(r"<nextgroup>\s*(?:<!\[CDATA\[)?.*?href=[\"']([^\"']+)[\"']", re.DOTALL | re.IGNORECASE)
_TOTAL_RECORD = compiled(r"<totalrecord>\s*(\d+)|['\"]?totalRecord['\"]?\s*[:=]\s*['\"]?(\d+)", re.IGNORECASE)
_TOTAL_PAGE = compiled(r"<totalpage>\s*(\d+)|['\"]?totalPage['\"]?\s*[:=]\s*['\"]?(\d+)", re.IGNORECASE)
_PER_PAGE = compiled(r"['\"]?perPage['\"]?\s*[:=]\s*['\"]?(\d+)|[?&]perpage=(\d+)", re.IGNORECASE)
_PROXY = compiled(r"['\"]([^'\"\s]*dataproxy\.jsp)[^'\"]*['\"]")
_PARAMS = ("col", "appid", "webid", "path", "columnid", "sourceContentType", "unitid", "webname", "permissiontype")
_MAX_PER_PAGE = 60  # above some 300 the servers cut silently


class Hanweb(Family):
    """jpage paging."""

    def fragments(self, view: View) -> Iterator[str]:
        """The mark-up of the island's records."""
        for island in _ISLAND.finditer(view.raw):
            for record in _RECORD.finditer(island[1]):
                text = record[1]
                yield unescape(text) if "&lt;" in text else text

    def paging(self, view: View) -> Paging:
        """The next group: GET by ``<nextgroup>``, POST by the call's parameters, else nothing."""
        if "datastore" not in view.raw and "dataproxy" not in view.raw:
            return Paging()
        total = _number(_TOTAL_RECORD, view.raw)
        declared = _number(_TOTAL_PAGE, view.raw)
        current = _number(re.compile(r"[?&]page=(\d+)"), "?" + parts(view.url).query) or 0
        following = _NEXT.search(view.raw)
        if following:
            url = view.join(unescape(following[1]))
            number = _number(re.compile(r"[?&]page=(\d+)"), url) or current + 1
            return Paging((PageRequest(url, number=number),), declared, total, "nextgroup")
        proxy = _PROXY.search(view.scripts)
        if not proxy:
            page = by_address(view.url, declared, total) if any(True for _ in self.fragments(view)) else None
            return Paging((page,) if page else (), declared, total, "jpage-address")
        return self._posts(view, view.join(proxy[1]), total)

    def _posts(self, view: View, url: str, total: int | None) -> Paging:
        found = {
            name: m[1]
            for name in _PARAMS
            if (m := re.search(rf"['\"]?\b{name}['\"]?\s*[:=]\s*['\"]?([^'\",;&\s}}]*)", view.scripts))
        }
        got = sum(1 for _ in self.fragments(view))
        if not found or total is None or got >= total:
            return Paging((), None, total)
        body = urlencode({"col": "1", "appid": "1", "permissiontype": "0", "sourceContentType": "1", **found}).encode()
        per_page = _number(_PER_PAGE, view.scripts) or 15
        pages: list[PageRequest] = []
        start = got + 1 if got else 1
        while start <= total and len(pages) < 500:
            end = min(start + _MAX_PER_PAGE - 1, total)
            pages.append(
                PageRequest(
                    f"{url}?startrecord={start}&endrecord={end}&perpage={per_page}", "POST", body, len(pages) + 2
                )
            )
            start = end + 1
        return Paging(tuple(pages), len(pages) + 1, total, "jpage-post")


def _number(pattern: re.Pattern[str], text: str) -> int | None:
    match = pattern.search(text or "")
    return int(next(g for g in match.groups() if g)) if match else None


FAMILY = Hanweb(
    name="hanweb",
    marks=(
        (4, "jpage", Script(("<datastore>", "jpage(", "/dataproxy.jsp"))),
        (3, "art/Y/M/D", Path(r"/art/(?:19|20)\d\d/\d{1,2}/\d{1,2}/art_\d+_\d+\.html")),
        (2, "col/colN", Path(r"/col/col\d+(?=/)")),
        (2, "markers", ("<!--<$[",)),
    ),
    selectors=("#zoom", ".main-txt", ".bt_content", ".art_con"),
    article=compiled(r"/art/(?:19|20)\d\d/\d{1,2}/\d{1,2}/art_\w+\.html$|/art/(?:19|20)\d\d/art_[0-9a-f]{32}\.html$"),
)

ABOUT = About(
    title="大汉",
    marks="`<datastore>`, `dataproxy.jsp`, `/art/Y/M/D/`",
    paging=(
        "GET `nextgroup`, else POST with the call's parameters; an answer's own `page=` counts on to `totalpage`",
        "GET `nextgroup`，否则按调用参数 POST；应答自带的 `page=` 递增到 `totalpage`",
    ),
    source=("spider collections", "公开爬虫代码"),
    unverified=("the exact `jpage(…)` call of county sites", "县级网站 `jpage(…)` 的确切写法"),
)
