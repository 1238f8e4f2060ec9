"""博达 VSB: static lists whose page numbers count down, dynamic ones with PAGENUM; bodies in ``#vsb_content*``."""

from __future__ import annotations

from parsers.families.base import About, Has, Path, Script
from parsers.families.generic import Generic
from parsers.patterns import compiled

FAMILY = Generic(
    name="vsb",
    marks=(
        (5, "vsb_content", Has(("#vsb_content*", ".v_news_content"))),
        (4, "_newscontent_fromname", ("_newscontent_fromname",)),
        (3, "wbtreeid", ("wbtreeid", "wbnewsid")),
        (3, "_showDynClicks", Script(("_showDynClicks(", "_showDynClickBatch(", "_jsq_("))),
        (3, "Visual SiteBuilder", ("Announced by Visual SiteBuilder",)),
        (1, "info/N/N.htm", Path(r"/info/\d+/\d+\.htm")),
    ),
    selectors=("#vsb_content*", ".v_news_content"),
    article=compiled(r"/info/\d+/\d+\.htm$|content\.jsp\?.*wbnewsid=\d+"),
)

ABOUT = About(
    title="博达",
    marks="`vsb_content`, `_newscontent_fromname`, `wbtreeid`, `Announced by Visual SiteBuilder`, `_jsq_(`",
    paging=('"next" link, so that numbers may count down', "“下一页”链接，页码可以递减"),
    source=("spider collections", "公开爬虫代码"),
    unverified=("dynamic lists (`PAGENUM`)", "动态列表（`PAGENUM`）"),
)
