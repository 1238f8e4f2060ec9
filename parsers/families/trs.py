"""拓尔思 TRS WCM (and 开普 UCAP, which calls the same pager with an element id first).

``createPageHTML(total, current, prefix, extension)`` is in :mod:`parsers.families.calls`: the number in a page's
address equals the ``current`` it is called with, so the first page tells whether the site counts from 0 (TRS) or from 1
(UCAP).
"""

from __future__ import annotations

from parsers.families.base import About, Has, Path, Script
from parsers.families.generic import Generic
from parsers.patterns import compiled

FAMILY = Generic(
    name="trs",
    marks=(
        (
            4,
            "TRS_Editor",
            Has((".TRS_Editor", ".TRS_UEDITOR", ".trs_editor_view", ".Custom_UnionStyle", ".TRS_PreAppend")),
        ),
        (3, "createPageHTML", Script(compiled(r"createPageHTML\s*\(\s*\d"))),
        (2, "tYYYYMMDD_N", Path(r"/t(?:19|20)\d{6}_\d+(?:_\d+)?\.s?html?")),
    ),
    selectors=(".TRS_Editor", ".TRS_UEDITOR", ".trs_editor_view", ".xlcontainer", "#zoom"),
    article=compiled(r"/t(?:19|20)\d{6}_\d+(?:_\w+)?\.s?html?$|/t\d{6,}\.s?html?$"),
)

ABOUT = About(
    title="拓尔思",
    marks='`TRS_Editor`, `createPageHTML(9,0,"index","html")`, `tYYYYMMDD_N.html`',
    paging=(
        "the call's `current` + 1, or the address's number where every page is called with 0",
        "调用中的 `current` 加 1；若各页都写 0，则取网址中的页码",
    ),
    source=("public pages of 2025", "2025 年的公开页面"),
    unverified=("names of attachments `P0….doc`", "附件名 `P0….doc`"),
)
