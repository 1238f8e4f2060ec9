"""PHPCMS: ``index.php?m=content&c=index&a=lists&catid=6&page=2``, articles with ``a=show``."""

from __future__ import annotations

from parsers.families.base import About
from parsers.families.generic import Generic
from parsers.patterns import compiled

FAMILY = Generic(
    name="phpcms",
    marks=(
        (5, "m=content", ("index.php?m=content&amp;c=index", "index.php?m=content&c=index")),
        (2, "phpcms", ("phpcms",)),
    ),
    selectors=("#Article", ".content", ".article-content"),
    article=compiled(r"[?&]a=show&(?:.*&)?id=\d+|/show-\d+-\d+-\d+\.html$"),
)

ABOUT = About(
    marks="`index.php?m=content&c=index`",
    paging=('numbers or "next" link', "页码或“下一页”链接"),
    source=("manuals of the CMS", "CMS 手册"),
)
