"""JEECMS: addresses in ``.jhtml``, lists ``index.jhtml`` → ``index_2.jhtml``."""

from __future__ import annotations

import re

from parsers.families.base import Path
from parsers.families.generic import Generic

FAMILY = Generic(
    name="jeecms",
    marks=(
        (5, "jhtml", Path(r"/\w{1,40}\.jhtml")),
        (2, "jeecms", ("jeecms",)),
        (2, "r/cms", Path(r"/r/cms(?=/)")),
    ),
    selectors=(".content", ".article-content", "#content", ".txt"),
    article=re.compile(r"/\d+\.jhtml$"),
)
