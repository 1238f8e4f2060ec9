"""新点 Epoint EWB: ``ewb-`` classes, articles named by UUID below a date folder.

Its lists are asked for by POST (``getgovinfolist``, ``getPageInfoListNew``) with the page's number inside a JSON
object. What the object holds differs from site to site, so it is taken from the page's own script; where that leaves a
value to another file, nothing is asked.
"""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

from parsers.families.base import About, Has, Paging, Path, View
from parsers.families.generic import Generic
from parsers.patterns import compiled
from parsers.record import PageRequest

_ACTION = compiled(
    r"[\"']([^\"'\s<>]{0,200}/(?:getgovinfolist|getPageInfoList\w{0,20}|getInfoList\w{0,20}))[\"']", re.IGNORECASE
)
_OBJECT = compiled(r"\{(?=[^{}]{0,800}?[\"']?pageIndex[\"']?\s{0,4}:)(?P<pairs>[^{}]{1,1000})\}")
_PAIR = compiled(
    r"[\"']?(?P<key>\w{1,40})[\"']?\s{0,4}:\s{0,4}(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<number>\d+)"
    r"|(?P<name>[\w.]+))"
)
_MOST = 500  # pages


class Epoint(Generic):
    """Lists behind a POST, else plain links."""

    def paging(self, view: View) -> Paging:
        """All further pages at once: an answer does not say which page it is."""
        linked = super().paging(view)
        action = _ACTION.search(view.scripts)
        if linked.pages or not action:
            return linked
        objects = (_fields(m["pairs"], view.scripts) for m in _OBJECT.finditer(view.scripts))
        fields = next((found for found in objects if found and "total" not in found), None)  # not the pager's options
        size, total = fields and fields.get("pageSize"), linked.declared_items
        if not fields or not isinstance(size, int) or not size or not total:
            return linked
        count = min(-(-total // size), _MOST)
        pages = tuple(_page(view.join(action[1]), fields, number) for number in range(2, count + 1))
        return Paging(pages, count, total, "epoint-post")


def _page(url: str, fields: dict[str, str | int], number: int) -> PageRequest:
    """The request for a page; ``pageIndex`` counts from 0."""
    params = json.dumps({**fields, "pageIndex": number - 1}, ensure_ascii=False, separators=(",", ":"))
    return PageRequest(url, "POST", urlencode({"params": params}).encode(), number)


def _fields(pairs: str, scripts: str) -> dict[str, str | int] | None:
    """What a script's object literal says; ``None`` where it names something that the page does not hold."""
    fields: dict[str, str | int] = {}
    for pair in _PAIR.finditer(pairs):
        key = pair["key"]
        if key == "pageIndex":
            continue
        if pair["name"] is None:
            fields[key] = int(pair["number"]) if pair["number"] else pair["double"] or pair["single"] or ""
            continue
        name = re.escape(pair["name"].split(".")[-1])
        value = re.search(rf"\b{name}[\"']?\s{{0,4}}[:=]\s{{0,4}}(?:[\"']([^\"']*)[\"']|(\d+))", scripts)
        if value is None:
            return None
        fields[key] = int(value[2]) if value[2] else value[1]
    return fields or None


FAMILY = Epoint(
    name="epoint",
    marks=(
        (4, "ewb", Has((".ewb-*",))),
        (4, "webBuilderCommon", Path(r"/(?:webBuilderCommon\.js|lightfrontaction(?=/)|EpointWebBuilder)")),
        (2, "uuid", Path(r"/(?:19|20)\d{6}/[0-9a-f]{8}-[0-9a-f-]{27}\.html")),
    ),
    selectors=(".ewb-article-info", ".ewb-info-content", ".ewb-article-content", "#infocontent", ".news-article-para"),
    article=compiled(r"/(?:19|20)\d{6}/[0-9a-f]{8}-[0-9a-f-]{27}\.html$"),
)

ABOUT = About(
    title="新点",
    marks="`ewb-` classes, `webBuilderCommon.js`, UUID addresses",
    paging=(
        (
            "numbers or \"next\" link, `ShowAjaxNewPage(…,'/hdjl/','002002001',2)` as `/hdjl/002002001/2.html`; else "
            "POST (`getgovinfolist`, `getPageInfoList…`) with the object that the page's own script sends"
        ),
        (
            "页码或“下一页”链接，`ShowAjaxNewPage(…,'/hdjl/','002002001',2)` 即 `/hdjl/002002001/2.html`；否则按页面脚本所用的对象 "
            "POST（`getgovinfolist`、`getPageInfoList…`）"
        ),
    ),
    source=("spider collections", "公开爬虫代码"),
    unverified=(
        (
            "the object and the answer of a live site; body classes. A script that leaves an id to another file is "
            "not asked; its declared total is reported"
        ),
        "真实网站所用的对象与应答，正文的 class。若脚本把标识放在其他文件中，则不请求，只报告其声明的总数",
    ),
)
