"""龙讯 Lonsun: ``Ls.pagination`` with plain ``pageIndex`` queries; bodies in ``.j-fontContent``."""

from __future__ import annotations

from parsers.families.base import About, Has, Path, Script
from parsers.families.generic import Generic
from parsers.patterns import compiled

FAMILY = Generic(
    name="lonsun",
    marks=(
        (5, "j-fontContent", Has((".j-fontContent",))),
        (5, "pagination", Script(("Ls.pagination",))),
        (2, "content/column", Path(r"/(?:content|public)/column/\d+")),
    ),
    selectors=(".j-fontContent",),
    article=compiled(r"/\d{8}(?:\.html)?$|/content/detail/[0-9a-f]{24}\.html$"),
)

ABOUT = About(
    title="龙讯",
    marks="`Ls.pagination`, `j-fontContent`",
    paging=("`?pageIndex=N`", "`?pageIndex=N`"),
    source=("county lists of Anhui and Gansu", "安徽、甘肃的县级列表页"),
    unverified=("addresses of articles", "正文网址"),
)
