"""The control that leads to a list's next page: a link, a button, a call of the page's own
function, a form that is sent again.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from parsers.families.arrows import arrows
from parsers.families.base import Paging, View, unknown
from parsers.families.calls import linked
from parsers.families.counts import Counts
from parsers.families.forms import POSTBACK, posted_back, submitted
from parsers.families.functions import asked_in, called, function, number_among
from parsers.page.addresses import absolute
from parsers.page.dom import Element, Survey, inner_text, opened_by, words_of
from parsers.page.expressions import Names, Value, arguments
from parsers.page.text import squeeze
from parsers.patterns import compiled
from parsers.record import PageRequest

_WORD = compiled(r"^(?:下一?[页頁]|[后後]一?[页頁])[>»›→▶►〉)）]{0,3}$")
#: These stand on a picture show, too: they count only where they lead to an address.
_SIGN = compiled(
    r"^(?:next(?:page)?[>»›→]{0,3}|[>»›→▶►]|(?:older|earlier)(?:posts?|entries|items|talks)?[>»›→]{0,3})$",
    re.IGNORECASE,
)
_CLASS = compiled(r"(?:^|[\s_-])next(?:[-_]?page)?(?:$|[\s_-])|nextpage")
#: Without any of these there is none.
_SOMEWHERE = compiled(r"[下后後]一?[页頁]")
_MARKS = (*"»›→▶►", "next", "right", "older", "earlier", "pag", "<img", "&raquo;", "&gt;")
_TAGS = frozenset(["a", "area", "span", "button", "input", "li", "em", "b", "i", "div", "td"])
#: One of these is in whatever the patterns above find, in the words or in an attribute of an element.
_SIGNS = "页頁>»›→▶►"
_HINT = compiled(f"[{_SIGNS}]|next|older|earlier", re.IGNORECASE)
#: Likewise a single character, in the words alone: they are many, and a set of characters is found soonest.
_LETTER = compiled(f"[{_SIGNS}eE]")
WORDS = 40  # characters of an element in which it may say where it leads
#: Attributes that say what an element's words may say.
LABELS = ("title", "aria-label", "alt", "value")
_SAYING = frozenset(["class", "id", *LABELS])
#: A value of a ``Link`` header, and the relation that leads on.
_HEADER = compiled(r'<(?P<address>[!-;=?-~]{1,2000})>(?P<more>(?:[^<,"]|"[^"]{0,200}"){0,200})')
_REL = compiled(r'(?:^|[;\s])rel\s?=\s?(?:"(?:[^"]{0,80}\s)?next(?:\s[^"]{0,80})?"|next\s?(?:;|$))', re.IGNORECASE)
#: What leads to another article, not to another page.
_ARTICLE = compiled(r"[上下前后後]一?[篇条條则則章个個张張组組期位集]|相关|prev", re.IGNORECASE)
#: What a page's own number is called in scripts.
_OWN = compiled(
    r"\b((?:cur(?:rent)?|now)_?page(?:no|num|index)?|page_?(?:no|num|index|number)?|current|cpage|index|pn)\b",
    re.IGNORECASE,
)


def next_control(view: View, counts: Counts) -> Paging | None:
    """What the page's "next" leads to, those in words first; ``None`` when there is none, or none
    that does anything.
    """
    headed = list(_headed(view))
    if not headed and not view.says(_MARKS) and not _SOMEWHERE.search(view.raw):
        return None
    signs: list[Element] = [*headed, *view.root.iterfind(".//link[@rel='next']")]
    for element in _likely(view.survey):
        labels = list(labels_of(element))
        if any(_WORD.match(label) for label in labels):
            if (found := _lead(element, view, counts, sure=True)) is not None:
                return found
        elif _is_sign(element, labels):
            signs.append(element)
    signs += arrows(view)
    leads = (_lead(element, view, counts, sure=False) for element in signs)
    return next((found for found in leads if found is not None and found.pages), None)


def _headed(view: View) -> Iterator[Element]:
    """The next pages that the answer's headers name, as the elements that would say it in the page."""
    for header in _HEADER.finditer(view.linked):
        if _REL.search(header["more"]):
            element = etree.Element("link")
            element.set("href", header["address"])
            yield element


def _likely(survey: Survey) -> Iterator[Element]:
    """The elements that say one letter of "next", in words or in an attribute."""
    text, begins, stops = survey.flat
    hinted = [place for place, name, value in survey.told if name in _SAYING and _HINT.search(value)]
    for place, (tag, begin, end) in enumerate(zip(survey.tags, begins, stops, strict=True)):
        if tag not in _TAGS:
            continue
        within = survey.ends[place] if tag == "a" else place + 1  # a link speaks by its picture, too
        if _LETTER.search(text, begin, min(end, begin + WORDS)) or holds(hinted, place, within):
            yield survey.elements[place]


def holds(places: list[int], begin: int, end: int) -> bool:
    """Whether one of some places, given in their order, lies in a part of the page."""
    at = bisect_left(places, begin)
    return at < len(places) and places[at] < end


def _is_sign(element: Element, labels: list[str]) -> bool:
    """Whether an element says "next" by an arrow or its class, and nothing else: the next article
    is not the next page.
    """
    if not any(_SIGN.match(label) for label in labels) and not _CLASS.search(words_of(element)):
        return False
    parent = element.getparent()
    beside = inner_text(parent)[:200] if parent is not None and len(inner_text(element).strip()) < 3 else ""
    if _ARTICLE.search(squeeze(f"{inner_text(element)[:200]}{element.get('title') or ''}")) or "篇" in beside:
        return False
    return len(_CHINESE.findall(squeeze(inner_text(element)[:100]))) == 0


_CHINESE = compiled(r"[\u4e00-\u9fff]")


def labels_of(element: Element) -> Iterator[str]:
    """What an element says of itself: its words, when they are few, its title, its picture's."""
    if len(element) == 0 or element.tag in ("a", "button"):
        yield squeeze(inner_text(element)[:WORDS])[:12]
    images = element.iterfind("img") if element.tag == "a" else ()
    for holder in (element, *images):
        for name in LABELS:
            if value := holder.get(name):
                yield squeeze(value)[:12]


def _lead(element: Element, view: View, counts: Counts, *, sure: bool) -> Paging | None:
    """Where a control leads, by itself, the link around it or the link in it.

    :param sure: it says "next page": where it leads nowhere known, there is a page that nobody reads
    """
    if next(element.iterancestors("template"), None) is not None:
        return None  # what scripts may copy into the page is not shown
    for holder in _holders(element):
        action = f"{holder.get('onclick') or ''} {holder.get('href') or ''}"
        if postback := POSTBACK.search(action):
            return _post_back(holder, postback, view)
        if found := _scripted(holder, action, view, counts, sure=sure):
            return found
        if page := submitted(holder, view) or _other_page(holder, action, view):
            return Paging((replace(page, number=(counts.current or 1) + 1),), None, None, "next-link")
        if sure and (target := _routed(holder, view)):
            return unknown(target, squeeze(inner_text(element))[:20])
    return None


def _routed(holder: Element, view: View) -> str:
    """What a control says of a page that only scripts know how to show."""
    href, number = holder.get("href") or "", holder.get("data-page") or ""
    if view.is_route(href):
        return href
    return f"data-page={number}" if number.isdecimal() else ""


def _holders(element: Element) -> Iterator[Element]:
    """A control, the first link in it and the link around it."""
    yield element
    yield from [inner for inner in element.iter("a") if inner is not element][:1]
    around = element.getparent()
    if around is not None and around.tag in ("a", "li"):
        yield around


def _other_page(holder: Element, action: str, view: View) -> PageRequest | None:
    """The address that a control has, if it is another page's."""
    target = opened_by(action) or holder.get("data-url") or holder.get("data-href") or holder.get("href") or ""
    url = absolute(view.base, target)
    return PageRequest(url) if url and not target.startswith("#") and not view.is_here(url) else None


_CALL = compiled(r"(?P<name>[A-Za-z_$][\w$.]{0,60})\s{0,4}\(")


def _scripted(holder: Element, action: str, view: View, counts: Counts, *, sure: bool) -> Paging | None:
    """A "next" link that calls a function of the page's own: ``goPage(2)`` with ``location.href =
    "list_" + n + ".html"`` in it.
    """
    call = _CALL.search(action) if holder.get("onclick") or "javascript:" in action.lower() else None
    if call is None or call["name"] in ("void", "return"):
        return None
    values = arguments(action, call.end(), view.names)
    number = number_among(values)
    if number is not None and counts.pages and number > counts.pages:
        return Paging((), counts.pages, None, "script")
    page = _asked(action, call["name"], values, number, view)
    if page is None:
        target = f"{call['name']}({', '.join(map(str, values))})"
        return unknown(target, squeeze(inner_text(holder))[:20]) if sure else None
    if page.method == "GET" and view.is_here(page.url):
        return Paging((), counts.pages, None, "script")
    following = number if number is not None and number > 1 else (counts.current or 1) + 1
    return Paging((PageRequest(page.url, page.method, page.body, following),), None, None, "script")


def _asked(action: str, name: str, values: list[Value], number: int | None, view: View) -> PageRequest | None:
    """What a call asks for: with a page's number, or by counting the page's own on."""
    if number is None:
        return counted_on(name, values, view)
    return linked(action, view) or called(name, values, number, view)


def counted_on(name: str, values: list[Value], view: View) -> PageRequest | None:
    """A function without a number: it counts the page's own on, or tells "next" by a word."""
    found = function(name, view.scripts)
    if found is None:
        return None
    parameters, body = found
    return next_in(body, view.names.with_(dict(zip(parameters, values, strict=False))), view)


def next_in(body: str, given: Names, view: View) -> PageRequest | None:
    """What a piece of script asks for that counts the page's number on."""
    for own in dict.fromkeys(_OWN.findall(body)):
        here = view.names.value(own)
        if not isinstance(here, int | str) or not str(here).isdecimal():
            continue
        counted = re.search(
            rf"{own}\s?\+\+|\+\+\s?{own}|{own}\s?\+=\s?1|{own}\s?=\s?(?:parseInt\()?{own}\)?\s?\+\s?1", body
        )
        number = int(here) + bool(counted)
        names = given.with_({own: number})
        if page := asked_in(body, names, own, view):
            return page
        for call in re.finditer(r"([A-Za-z_$][\w$.]{0,60})\s{0,4}\(", body):
            if (page := called(call[1], arguments(body, call.end(), names), number, view)) is not None:
                return page
    return None


def _post_back(anchor: Element, postback: re.Match[str], view: View) -> Paging:
    """An ASP.NET pager: the page's form is sent again with the state that the page carries."""
    page = posted_back(anchor, postback, view)
    return Paging((page,), None, None, "post-back") if page else unknown(postback[0], squeeze(inner_text(anchor))[:20])
