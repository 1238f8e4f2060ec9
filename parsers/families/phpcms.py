"""PHPCMS: ``index.php?m=content&c=index&a=lists&catid=6&page=2``, articles with ``a=show``."""

from __future__ import annotations

import re

from parsers.families.base import About
from parsers.families.generic import Generic

FAMILY = Generic(
    name="phpcms",
    marks=(
        (5, "m=content", re.compile(r"index\.php\?m=content(?:&amp;|&)c=index")),
        (2, "phpcms", ("phpcms",)),
    ),
    selectors=("#Article", ".content", ".article-content"),
    article=re.compile(r"[?&]a=show&(?:.*&)?id=\d+|/show-\d+-\d+-\d+\.html$"),
)

ABOUT = About(
    marks="`index.php?m=content&c=index`",
    paging=('numbers or "next" link', "页码或“下一页”链接"),
    source=("manuals of the CMS", "CMS 手册"),
)
