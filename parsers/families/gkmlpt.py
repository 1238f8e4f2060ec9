"""广东集约化 gkmlpt: lists come from ``/gkmlpt/api/all/{category}``, articles are ``content/post_N.html``."""

from __future__ import annotations

from parsers.families.base import About, Paging, Path, Script, View
from parsers.families.generic import Generic
from parsers.patterns import compiled
from parsers.record import PageRequest

_SID = compiled(r"\bSID\s*[:=]\s*['\"](\d{1,12})['\"]")
_CATEGORY = compiled(r"\b(?:CATE_?ID|CATEGORY_?ID|MENU_?ID|classifyId|cateId)\b['\"]?\s*[:=]\s*['\"]?(\d{1,9})")


class Gkmlpt(Generic):
    """Paging by the category's interface; static sections by their links."""

    def paging(self, view: View) -> Paging:
        """The category's first page when a script names site and category, else the "next" link."""
        sid, category = _SID.search(view.scripts), _CATEGORY.search(view.scripts)
        if sid and category and "/gkmlpt/" in view.raw + view.url:
            url = view.join(f"/gkmlpt/api/all/{category[1]}?page=1&sid={sid[1]}")
            return Paging((PageRequest(url, number=1),), None, None, "gkmlpt-api")
        return super().paging(view)


FAMILY = Gkmlpt(
    name="gkmlpt",
    marks=(
        (5, "gkmlpt", Path(r"/(?:gkmlpt|hdjlpt)(?=/)")),
        (3, "post_N", Path(r"/content/post_\d+\.html")),
        (2, "_CONFIG", Script(("window._CONFIG",))),
    ),
    selectors=(".article-content", ".zw", ".article_con"),
    article=compiled(r"/content/(?:mpost_|post_)\d+\.html$"),
)

ABOUT = About(
    title="广东集约化",
    marks="`/gkmlpt/`, `window._CONFIG`, `post_N.html`",
    paging=("GET `/gkmlpt/api/all/{cat}?page=N&sid=`", "GET `/gkmlpt/api/all/{cat}?page=N&sid=`"),
    source=("spider collections", "公开爬虫代码"),
    unverified=("the name of the category variable", "栏目变量的名称"),
)
