"""Pagers that are no plain links: drop-downs, functions of the page's own, forms that are sent again."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from parsers.dom import Element, absolute
from parsers.families.base import Paging, View
from parsers.record import PageRequest
from parsers.text import squeeze

#: A jQuery pager: ``$("#page").pagination({pageIndex: 0, pageSize: 15, total: 46})``.
_PAGER = re.compile(r"\.pagination\(\s{0,8}\{(?P<options>[^{}]{1,2000})")
_PAGER_TOTAL = re.compile(r"\b(?:total|totalCount|totalData|count|items)[\"']?\s{0,4}:\s{0,4}[\"']?(\d{1,6})\b")


def pager_total(scripts: str) -> int | None:
    """How many entries a pager's options declare."""
    pager = _PAGER.search(scripts)
    total = _PAGER_TOTAL.search(pager["options"]) if pager else None
    return int(total[1]) if total else None


_CALL = re.compile(r"(?P<name>[A-Za-z_$][\w$.]{0,60})\s{0,4}\(\s{0,4}['\"]?(?P<number>\d{1,5})['\"]?\s{0,4}\)")
_COUNT = re.compile(
    r"\b(?:countPage|pageCount|totalPages?|pagesCount|pageTotal)\b[\"']?\s{0,4}[=:]\s{0,4}[\"']?(\d{1,5})"
)


def scripted(anchor: Element, view: View) -> Paging | None:
    """A «next» that calls a function of the page's own: ``goPage(2)`` with ``location.href = "list_" + n + ".html"`` in it.

    Where the function is not understood, the pager still says that there is a further page.
    """
    action = f"{anchor.get('onclick') or ''} {anchor.get('href') or ''}"
    if postback := _POSTBACK.search(action):
        return _post_back(anchor, postback["target"], postback["argument"], view)
    call = _CALL.search(action) if anchor.get("onclick") or "javascript:" in action.lower() else None
    if call is None or call["name"] == "void":
        return None
    number = int(call["number"])
    count = _COUNT.search(view.scripts)
    last = int(count[1]) if count else None
    url = _called(call["name"].split(".")[-1], number, view)
    if url is None:
        return Paging((), last or number, None, "script-unknown")
    if url.rstrip("/") == view.url.split("#")[0].rstrip("/") or (last and number > last):
        return Paging((), last, None, "script")
    return Paging((PageRequest(url, number=max(number, 2)),), last, None, "script")


_POSTBACK = re.compile(
    r"__doPostBack\(\s{0,4}['\"](?P<target>[^'\"]{0,200})['\"]\s{0,4},\s{0,4}['\"](?P<argument>[^'\"]{0,100})['\"]"
)


def _post_back(anchor: Element, target: str, argument: str, view: View) -> Paging:
    """An ASP.NET pager: the page's form is sent again with the state that the page carries."""
    form = next(anchor.iterancestors("form"), None)
    url = absolute(view.base, (form.get("action") if form is not None else None) or view.url)
    if form is None or url is None:
        return Paging((), 2, None, "script-unknown")
    fields = {
        field.get("name") or "": field.get("value") or ""
        for field in form.iter("input")
        if (field.get("type") or "").lower() == "hidden" and field.get("name")
    }
    body = urlencode({**fields, "__EVENTTARGET": target, "__EVENTARGUMENT": argument}).encode()
    number = int(argument) if argument.isdecimal() else 2
    return Paging((PageRequest(url, "POST", body, number),), None, None, "post-back")


def _called(name: str, number: int, view: View) -> str | None:
    """The address that a page's function goes to when it is called with a number."""
    function = re.search(
        rf"\b{re.escape(name)}\s{{0,4}}(?:[=:]\s{{0,4}}function\s{{0,4}})?\(\s{{0,4}}(?P<argument>[\w$]{{1,40}})\s{{0,4}}\)\s{{0,4}}\{{(?P<body>.{{0,800}})",
        view.scripts,
        re.DOTALL,
    )
    if function is None:
        return None
    argument = re.escape(function["argument"])
    built = re.search(
        rf"[\"'](?P<before>[^\"'\s<>]{{0,300}})[\"']\s{{0,4}}\+\s{{0,4}}\(?\s{{0,4}}{argument}\s{{0,4}}(?:(?P<sign>[-+])\s{{0,4}}(?P<step>\d{{1,3}})\s{{0,4}})?\)?"
        rf"(?:\s{{0,4}}\+\s{{0,4}}[\"'](?P<after>[^\"'\s<>]{{0,200}})[\"'])?",
        function["body"],
    )
    if built is None:
        return None
    step = int(built["step"] or 0) * (-1 if built["sign"] == "-" else 1)
    return absolute(view.base, f"{built['before']}{number + step}{built['after'] or ''}")


def drop_down(view: View) -> dict[int, str]:
    """A pager in a drop-down: the pages' numbers with their addresses; the one that is chosen is this page."""
    found: dict[int, str] = {}
    for option in view.root.iter("option"):
        number = re.fullmatch(r"(?:第\s?)?(\d{1,4})(?:\s?页)?", squeeze(option.text or ""))
        value = option.get("value") or ""
        if number and re.search(r"[./?]", value) and (url := absolute(view.base, value)):
            found.setdefault(int(number[1]), url)
    return found


def chosen_of(view: View, following: dict[int, str]) -> PageRequest | None:
    """The page after this one in a drop-down."""
    here = view.url.split("#")[0].rstrip("/")
    current = next((number for number, url in following.items() if url.rstrip("/") == here), 1)
    return PageRequest(following[current + 1], number=current + 1) if current + 1 in following else None


_CURRENT_PAGE = re.compile(r"\bcurrentPage\s{0,4}=\s{0,4}['\"]?(\d{1,5})")
_COUNT_PAGE = re.compile(r"\bcountPage\s{0,4}=\s{0,4}['\"]?(\d{1,5})")
_EXTENSION = re.compile(r"['\"][^'\"]{0,80}?\.?\b(s?html?|jhtml)\b")
_NEXT_PAGE = re.compile(r"nextPage|currentPage\s{0,4}\+\s{0,4}1")


def written(view: View) -> Paging | None:
    """A pager that a template's own script writes from ``currentPage`` (counted from 0) and ``countPage``, as older TRS
    templates do: ``index_1.html`` is the second page.
    """
    current, count = _CURRENT_PAGE.search(view.scripts), _COUNT_PAGE.search(view.scripts)
    if not current or not count or not _NEXT_PAGE.search(view.scripts):
        return None
    number, last = int(current[1]), int(count[1])
    name = view.url.split("?")[0].split("#")[0].rsplit("/", 1)[-1]
    stem, _, own = name.rpartition(".")
    stem = re.sub(r"_\d{1,5}$", "", stem) or "index"
    extension = _EXTENSION.search(view.scripts, count.end())
    url = view.join(f"{stem}_{number + 1}.{own or (extension[1] if extension else 'html')}")
    return Paging((PageRequest(url, number=number + 2),) if number + 1 < last else (), last, None, "currentPage")


_MORE = re.compile(r"(?:点击|下拉|上拉|继续)?加载(?:更多|下一页)[.…>»]{0,4}")
_ASKED = re.compile(
    r"[\"'](?P<before>[^\"'\s<>]{1,300}[?&/=_-])[\"']\s{0,4}\+\s{0,4}(?P<name>(?:this\.)?\w{0,20}(?:page|Page|index|Index)\w{0,12})\s{0,4}"
    r"(?:\+\s{0,4}[\"'](?P<after>[^\"'\s<>]{0,200})[\"'])?"
)


def more_button(view: View) -> Paging | None:
    """«Load more»: the address that the page's script builds with the number of the next page."""
    if "加载" not in view.raw or not any(
        _MORE.fullmatch(squeeze(text)) for text in view.root.itertext() if isinstance(text, str)
    ):
        return None
    asked = _ASKED.search(view.scripts)
    begins = asked and re.search(
        rf"\b{re.escape(asked['name'].removeprefix('this.'))}\s{{0,4}}[=:]\s{{0,4}}(\d{{1,4}})", view.scripts
    )
    url = (
        absolute(view.base, f"{asked['before']}{int(begins[1]) + 1}{asked['after'] or ''}")
        if asked and begins
        else None
    )
    if url is None:
        return Paging((), 2, None, "script-unknown")
    return Paging((PageRequest(url, number=2),), None, None, "load-more")
