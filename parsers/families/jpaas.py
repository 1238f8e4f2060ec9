"""大汉 Hanweb jpaas: ``unitbuild.js`` asks ``front/page/build/unit`` for each page of a list and gets mark-up in JSON.

The page number stands only inside ``paramJson``; an answer without entries is the end. ``parseType`` is spelled
``bulidstatic`` by the vendor.
"""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

from parsers.families.base import About, Family, Paging, Path, View
from parsers.patterns import compiled
from parsers.record import PageRequest

_PAIR = compiled(r"['\"](\w{1,40})['\"]\s*:\s*['\"]([^'\"]{0,200})['\"]")


class Jpaas(Family):
    """Paging by the build unit of the list."""

    def paging(self, view: View) -> Paging:
        """The second page of the unit that holds the list (the first when the page itself shows no entry)."""
        rows, count = self._size(view)
        for script in view.root.iter("script"):
            # The parser lower-cases attribute names: queryData becomes querydata.
            data, url = script.get("querydata"), script.get("url")
            if not data or not url:
                continue
            query = dict(_PAIR.findall(data))
            if not re.search(r"列表|分页|list", query.get("tagId", ""), re.IGNORECASE):
                continue
            shown = any(self.article.search(a.get("href") or "") for a in view.root.iter("a"))
            number = 2 if shown else 1
            declared = -(-count // rows) if count is not None else None
            if declared is not None and number > declared:
                return Paging((), declared, count, "build-unit")
            query["paramJson"] = json.dumps({"pageNo": number, "pageSize": rows}, separators=(",", ":"))
            target = f"{view.join(url)}?{urlencode(query)}"
            return Paging((PageRequest(target, number=number),), declared, count, "build-unit")
        return Paging()

    def _size(self, view: View) -> tuple[int, int | None]:
        """Rows a page and entries in all, as the pagination element declares them."""
        for element in view.root.iter("div", "ul", "span"):
            if "pagination" in (element.get("class") or "") and (element.get("rows") or "").isdecimal():
                count = element.get("count") or ""
                return max(int(element.get("rows") or 15), 1), int(count) if count.isdecimal() else None
        return 15, None


FAMILY = Jpaas(
    name="jpaas",
    marks=(
        (6, "unitbuild", Path(r"/(?:jpaas-publish-server|unitbuild\.js)")),
        (3, "art_32hex", Path(r"/art/(?:19|20)\d\d/art_[0-9a-f]{32}\.html")),
    ),
    selectors=("#zoom", ".article-body", ".bt_content", ".main-txt"),
    article=compiled(r"/art/(?:19|20)\d\d/(?:\d{1,2}/\d{1,2}/)?art_\w+\.html$"),
)

ABOUT = About(
    title="大汉",
    marks="`jpaas-publish-server`, `unitbuild.js`, `art_<32hex>.html`",
    paging=(
        'GET `build/unit` with `paramJson={"pageNo":N}`, mark-up inside JSON',
        'GET `build/unit`，参数 `paramJson={"pageNo":N}`，JSON 中含页面片段',
    ),
    source=("a county list of Gansu, spider collections", "甘肃某县列表页、公开爬虫代码"),
    unverified=("whether every list's `tagId` says 列表", "是否每个列表的 `tagId` 都含“列表”"),
)
