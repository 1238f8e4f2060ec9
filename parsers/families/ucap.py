"""开普 UCAP: the pager of TRS with an element id, counting from 1; bodies in ``#UCAP-CONTENT`` or ``<UCAPCONTENT>``."""

from __future__ import annotations

from parsers.families.base import About, Has, Path, Script
from parsers.families.generic import Generic
from parsers.patterns import compiled

FAMILY = Generic(
    name="ucap",
    marks=(
        (5, "UCAP-CONTENT", Has(("#UCAP-CONTENT", "#ucap-content", ".ucap-content", "ucapcontent", "ucaptitle"))),
        (4, "createPageHTML(id", Script(compiled(r"createPageHTML\s*\(\s*['\"]page_div"))),
        (1, "32-hex shtml", Path(r"/[0-9a-f]{32}\.shtml")),
    ),
    selectors=("#UCAP-CONTENT", "ucapcontent", ".pages_content"),
    article=compiled(r"/[0-9a-f]{32}\.shtml$|/c\d+/content\.shtml$"),
)

ABOUT = About(
    title="开普",
    marks="`UCAP-CONTENT`, `createPageHTML('page_div',…)`",
    paging=("as trs, counting from 1", "同 trs，从 1 计数"),
    source=("RSSHub and spider collections", "RSSHub 与公开爬虫代码"),
)
