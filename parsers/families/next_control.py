"""The control that leads to a list's next page: a link, a button, a call of the page's own function, a form that is sent again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.families.base import Paging, View, unknown
from parsers.page.addresses import absolute
from parsers.page.addresses import form as form_body
from parsers.page.dom import Element, inner_text, opened_by, words_of
from parsers.page.text import squeeze
from parsers.record import PageRequest

_WORD = re.compile(r"^(?:下一?[页頁]|[后後]一?[页頁])[>»›→▶►〉)）]{0,3}$")
#: These stand on a picture show, too: they count only where they lead to an address.
_SIGN = re.compile(r"^(?:next(?:page)?[>»›→]{0,3}|[>»›→▶►])$", re.IGNORECASE)
_CLASS = re.compile(r"(?:^|[\s_-])next(?:[-_]?page)?(?:$|[\s_-])|nextpage")
#: Without any of these there is none.
_SOMEWHERE = re.compile(r"[下后後]一?[页頁]|[nN]ext|NEXT|[»›→▶►]|&[rg]a?(?:quo|t);")
_TAGS = ("a", "span", "button", "input", "li", "em", "b", "i", "div", "td")
_COUNT = re.compile(
    r"\b(?:countPage|pageCount|totalPages?|pagesCount|pageTotal)\b[\"']?\s{0,4}[=:]\s{0,4}[\"']?(\d{1,5})"
)


def next_control(view: View) -> Paging | None:
    """What the page's "next" leads to, those in words first; ``None`` when there is none, or none that does anything."""
    if not _SOMEWHERE.search(view.raw):
        return None
    signs: list[Element] = []
    for element in view.root.iter(*_TAGS):
        labels = list(_labels(element))
        if any(_WORD.match(label) for label in labels):
            if (found := _lead(element, view, sure=True)) is not None:
                return found
        elif any(_SIGN.match(label) for label in labels) or _CLASS.search(words_of(element)):
            signs.append(element)
    leads = (_lead(element, view, sure=False) for element in signs)
    return next((found for found in leads if found is not None and found.pages), None)


def _labels(element: Element) -> Iterator[str]:
    """What an element says of itself: its words, when they are few, its title, its picture's."""
    if len(element) == 0 or element.tag in ("a", "button"):
        yield squeeze(inner_text(element)[:40])[:12]
    images = element.iterfind("img") if element.tag == "a" else ()
    for holder in (element, *images):
        for name in ("title", "aria-label", "alt", "value"):
            if value := holder.get(name):
                yield squeeze(value)[:12]


def _lead(element: Element, view: View, *, sure: bool) -> Paging | None:
    """Where a control leads, by itself, the link around it or the link in it.

    :param sure: it says "next page": where it leads nowhere known, there is a page that nobody reads
    """
    around = [e for e in (element.getparent(),) if e is not None and e.tag in ("a", "li")]
    inside = [e for e in element.iter("a") if e is not element][:1]
    for holder in (element, *inside, *around):
        action = f"{holder.get('onclick') or ''} {holder.get('href') or ''}"
        if postback := _POSTBACK.search(action):
            return _post_back(holder, postback["target"], postback["argument"], view)
        if called := _scripted(holder, action, view, sure=sure):
            return called
        target = opened_by(action) or holder.get("data-url") or holder.get("data-href") or holder.get("href")
        url = absolute(view.base, target)
        if url and url.rstrip("/") != view.url.split("#")[0].rstrip("/") and not (target or "").startswith("#"):
            return Paging((PageRequest(url),), None, None, "next-link")
        if sure and (holder.get("data-page") or "").isdecimal():
            return unknown(f"data-page={holder.get('data-page')}", squeeze(inner_text(element))[:20])
    return None


_CALL = re.compile(r"(?P<name>[A-Za-z_$][\w$.]{0,60})\s{0,4}\(\s{0,4}['\"]?(?P<number>\d{1,5})['\"]?\s{0,4}\)")


def _scripted(holder: Element, action: str, view: View, *, sure: bool) -> Paging | None:
    """A "next" link that calls a function of the page's own: ``goPage(2)`` with ``location.href = "list_" + n + ".html"`` in it."""
    call = _CALL.search(action) if holder.get("onclick") or "javascript:" in action.lower() else None
    if call is None or call["name"] == "void":
        return None
    number = int(call["number"])
    count = _COUNT.search(view.scripts)
    last = int(count[1]) if count else None
    url = _called(call["name"].split(".")[-1], number, view)
    if url is None:
        return unknown(call[0], squeeze(inner_text(holder))[:20], last) if sure else None
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
        return unknown(f"__doPostBack('{target}', '{argument}')", squeeze(inner_text(anchor))[:20])
    fields = {
        field.get("name") or "": field.get("value") or ""
        for field in form.iter("input")
        if (field.get("type") or "").lower() == "hidden" and field.get("name")
    }
    body = form_body({**fields, "__EVENTTARGET": target, "__EVENTARGUMENT": argument}, view.base.charset)
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
