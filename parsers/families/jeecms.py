"""JEECMS: addresses in ``.jhtml``, lists ``index.jhtml`` → ``index_2.jhtml``."""

from __future__ import annotations

from parsers.families.base import About, Path
from parsers.families.generic import Generic
from parsers.patterns import compiled

FAMILY = Generic(
    name="jeecms",
    marks=(
        (5, "jhtml", Path(r"/\w{1,40}\.jhtml", holds=".jhtml")),
        (2, "jeecms", ("jeecms",)),
        (2, "r/cms", Path(r"/r/cms(?=/)")),
    ),
    selectors=(".content", ".article-content", "#content", ".txt"),
    article=compiled(r"/\d+\.jhtml$"),
)

ABOUT = About(
    marks="`.jhtml`",
    paging=('numbers or "next" link', "页码或“下一页”链接"),
    source=("one site", "某一网站"),
    unverified=("`index_2.jhtml`", "`index_2.jhtml`"),
)
