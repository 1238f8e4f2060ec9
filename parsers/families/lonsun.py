"""龙讯 Lonsun: ``Ls.pagination`` with plain ``pageIndex`` queries; bodies in ``.j-fontContent``."""

from __future__ import annotations

import re

from parsers.families.base import Has, Path, Script
from parsers.families.generic import Generic

FAMILY = Generic(
    name="lonsun",
    marks=(
        (5, "j-fontContent", Has((".j-fontContent",))),
        (5, "pagination", Script(("Ls.pagination",))),
        (2, "content/column", Path(r"/(?:content|public)/column/\d+")),
    ),
    selectors=(".j-fontContent",),
    article=re.compile(r"/\d{8}(?:\.html)?$|/content/detail/[0-9a-f]{24}\.html$"),
)
