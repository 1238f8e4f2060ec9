"""SiteServer CMS: ``/channels/7845.html`` (next page ``7845_2.html``), ``/contents/7845/123.html``."""

from __future__ import annotations

from parsers.families.base import About, Path
from parsers.families.generic import Generic
from parsers.patterns import compiled

FAMILY = Generic(
    name="siteserver",
    marks=(
        (4, "channels", Path(r"/channels/\d+(?:_\d+)?\.html")),
        (4, "contents", Path(r"/contents/\d+/\d+\.html")),
        (2, "siteserver", ("SiteServer",)),
        (2, "sitefiles", Path(r"/[Ss]ite[Ff]iles(?=/)")),
    ),
    selectors=(".content", ".article-content", "#content"),
    article=compiled(r"/contents/\d+/\d+\.html$"),
)

ABOUT = About(
    marks="`/channels/N.html`, `/contents/N/N.html`",
    paging=('numbers or "next" link', "页码或“下一页”链接"),
    source=("one site", "某一网站"),
    unverified=("`N_2.html`", "`N_2.html`"),
)
