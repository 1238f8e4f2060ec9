"""动易 PowerEasy SiteFactory: ``Category_N/Index_2.aspx``, ``Item/N.aspx``, an interview module of its own."""

from __future__ import annotations

import re

from parsers.families.base import Has, Path
from parsers.families.generic import Generic

FAMILY = Generic(
    name="powereasy",
    marks=(
        (4, "fontzoom", Has(("#fontzoom", "#fontZoom", "#FontZoom"))),
        (4, "Category_N", Path(r"/Category_\d+/Index(?:_\d+)?\.aspx")),
        (3, "Item/N.aspx", Path(r"/(?:Item/\d+\.aspx|Interview\.aspx\?InterviewId=)")),
    ),
    selectors=("#fontzoom", "#zoom"),
    article=re.compile(r"/Item/\d+\.aspx$|Interview\.aspx\?InterviewId=\d+$", re.IGNORECASE),
)
