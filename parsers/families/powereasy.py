"""动易 PowerEasy SiteFactory: ``Category_N/Index_2.aspx``, ``Item/N.aspx``, an interview module of its own."""

from __future__ import annotations

import re

from parsers.families.base import About, Has, Path
from parsers.families.generic import Generic
from parsers.patterns import compiled

FAMILY = Generic(
    name="powereasy",
    marks=(
        (4, "fontzoom", Has(("#fontzoom", "#fontZoom", "#FontZoom"))),
        (4, "Category_N", Path(r"/Category_\d+/Index(?:_\d+)?\.aspx")),
        (3, "Item/N.aspx", Path(r"/(?:Item/\d+\.aspx|Interview\.aspx\?InterviewId=)")),
    ),
    selectors=("#fontzoom", "#zoom"),
    article=compiled(r"/Item/\d+\.aspx$|Interview\.aspx\?InterviewId=\d+$", re.IGNORECASE),
)

ABOUT = About(
    title="动易",
    marks="`Category_N/Index.aspx`, `#fontzoom`",
    paging=('"next" link', "“下一页”链接"),
    source=("one bureau's site", "某局网站"),
    unverified=("`Index_2.aspx`", "`Index_2.aspx`"),
)
