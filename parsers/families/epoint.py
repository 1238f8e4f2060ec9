"""新点 Epoint EWB: ``ewb-`` classes, articles named by UUID below a date folder."""

from __future__ import annotations

import re

from parsers.families.base import Has, Path
from parsers.families.generic import Generic

FAMILY = Generic(
    name="epoint",
    marks=(
        (4, "ewb", Has((".ewb-*",))),
        (4, "webBuilderCommon", Path(r"/(?:webBuilderCommon\.js|lightfrontaction(?=/)|EpointWebBuilder)")),
        (2, "uuid", Path(r"/(?:19|20)\d{6}/[0-9a-f]{8}-[0-9a-f-]{27}\.html")),
    ),
    selectors=(".ewb-article-info", ".ewb-info-content", ".ewb-article-content", "#infocontent", ".news-article-para"),
    article=re.compile(r"/(?:19|20)\d{6}/[0-9a-f]{8}-[0-9a-f-]{27}\.html$"),
)
