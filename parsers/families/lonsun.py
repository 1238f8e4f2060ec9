"""龙讯 Lonsun: ``Ls.pagination`` with plain ``pageIndex`` queries; bodies in ``.j-fontContent``."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from parsers.families.base import Family, Has, Paging, Path, Script, View
from parsers.page.addresses import parts
from parsers.record import PageRequest

_CALL = re.compile(r"Ls\.pagination\s*\(", re.IGNORECASE)
_PAGES = re.compile(r"['\"]?pageCount['\"]?\s*[:=]\s*['\"]?(\d+)")


class Lonsun(Family):
    """Query paging."""

    def paging(self, view: View) -> Paging:
        """``?pageIndex=N+1`` while the declared count allows."""
        call = _CALL.search(view.scripts)
        if not call:
            return Paging()
        query = parse_qs(parts(view.url).query)
        current = int(query.get("pageIndex", ["1"])[0]) if query.get("pageIndex", ["1"])[0].isdecimal() else 1
        declared = _PAGES.search(view.scripts)
        total = int(declared[1]) if declared else None
        if total is not None and current >= total:
            return Paging((), total, None, "Ls.pagination")
        bare = re.sub(r"[?&]pageIndex=\d+", "", view.url)
        url = f"{bare}{'&' if '?' in bare else '?'}pageIndex={current + 1}"
        return Paging((PageRequest(url, number=current + 1),), total, None, "Ls.pagination")


FAMILY = Lonsun(
    name="lonsun",
    marks=(
        (5, "j-fontContent", Has((".j-fontContent",))),
        (5, "pagination", Script(("Ls.pagination",))),
        (2, "content/column", Path(r"/(?:content|public)/column/\d+")),
    ),
    selectors=(".j-fontContent",),
    article=re.compile(r"/\d{8}(?:\.html)?$|/content/detail/[0-9a-f]{24}\.html$"),
)
