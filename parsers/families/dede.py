"""织梦 DedeCMS: ``plus/list.php?tid=4&PageNo=2`` or ``list_4_2.html``, articles below ``/a/`` or
``plus/view.php?aid=``.
"""

from __future__ import annotations

from parsers.families.base import About, Held, Path
from parsers.families.generic import Generic
from parsers.patterns import compiled

FAMILY = Generic(
    name="dede",
    marks=(
        (5, "plus/list.php", Path(r"/plus/(?:list|view)\.php\?[at]id=\d+")),
        (3, "list_N_N", Held("list_", compiled(r"list_\d+_\d+\.html"))),
        (2, "dede", ("DedeCMS",)),
        (2, "templets", Path("/(?:templets/default|dedeajax)")),
    ),
    selectors=(".content", ".article-content", "#content"),
    article=compiled(r"/a/[\w/]+/\d+\.html$|/plus/view\.php\?aid=\d+$|/(?:19|20)\d\d/\d{4}/\d+\.html$"),
)

ABOUT = About(
    title="织梦",
    marks="`plus/list.php?tid=`, `list_4_2.html`",
    paging=('numbers or "next" link', "页码或“下一页”链接"),
    source=("manuals of the CMS", "CMS 手册"),
    unverified=("`&PageNo=2`", "`&PageNo=2`"),
)
