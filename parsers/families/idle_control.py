"""A control of a pager that has neither address nor call: what a script binds to it is followed, or it is told.

On a list's only page, and on its last one, such a control does nothing. It says so by a class, a style or an attribute;
or there is a link to the page before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from parsers.families.base import Paging, View, unknown
from parsers.families.clicked import clicked, handler_of
from parsers.families.next_control import WORDS, labels_of, next_in
from parsers.page.addresses import absolute
from parsers.page.dom import Element, words_of
from parsers.page.text import fold, squeeze
from parsers.patterns import compiled
from parsers.record import PageRequest
from parsers.words import pattern

_TAGS = frozenset(["a", "span", "button", "input", "li", "em", "b", "i", "div", "td", "p", "label"])
_WORD = pattern(r"{PAGE_ON}[>»›→▶►〉)）|]{0,3}")
_HINT = pattern("{PAGE_HINT}")
_BEFORE = pattern(r"[<«‹←◀◄〈(（|]{0,3}{PAGE_BACK}")
_OFF = compiled(
    r"disable|nolink|no-?click|(?:^|[\s_-])(?:dis|unable|no|none|gr[ae]y|off|invalid|forbid(?:den)?|hide|hidden"
    r"|cur(?:rent)?|active|on|over)(?:$|[\s_-])"
)
_OFF_STYLE = compiled(
    r"cursor:(?:default|not-allowed|auto)|pointer-events:none|display:none|visibility:hidden"
    r"|(?<![-\w])color:(?:#?(?:9{3,6}|a{3,6}|b{3,6}|c{3,6}|d{3,6})\b|gr[ae]y|silver|lightgr[ae]y)"
)
_HIDDEN = compiled(r"display:none|visibility:hidden")
#: Attributes by which a script, or a library, knows an element.
_KNOWN_BY = compiled(r"data-|@|:|v-on|ng-|lay-|wire:|role$|tabindex$|hx-")
_AROUND, _ABOVE = 3, 6
_MOST = 20  # controls that are looked at


def idle_control(view: View) -> Paging | None:
    """The next page that a script asks for when such a control is clicked; else the control, as one that leads on."""
    if not _HINT.search(fold(view.raw)) or not _has_scripts(view) or _leads_back(view):
        return None
    lost: Paging | None = None
    for element, label in islice(controls(view), _MOST):
        if (page := _asked(element, view)) is not None:
            return Paging((replace(page, number=max(page.number, 2), guessed=True),), None, None, "load-more")
        lost = lost or (unknown("", label) if _is_alive(element, view) else None)
    return lost


def _has_scripts(view: View) -> bool:
    """Whether anything on the page could bind a handler."""
    return any(script.get("src") or (script.text or "").strip() for script in view.root.iter("script"))


def controls(view: View) -> Iterator[tuple[Element, str]]:
    """The controls that have neither address nor call and are not switched off, with their words."""
    text, begins, stops = view.survey.flat
    for element, tag, begin, end in zip(view.survey.elements, view.survey.tags, begins, stops, strict=True):
        if tag != "input" and (tag not in _TAGS or not _HINT.search(fold(text[begin : min(end, begin + WORDS)]))):
            continue
        label = next((word for word in map(fold, labels_of(element)) if _WORD.fullmatch(word)), "")
        if label and not _leads(element, view) and not _is_off(element):
            yield element, label


def _leads(element: Element, view: View) -> bool:
    """Whether it, what is in it or the link around it has an address or a call of its own."""
    around = element.getparent()
    holders = [*element.iter(), *([around] if around is not None and around.tag in ("a", "li", "button") else [])]
    return any(_acts(holder, view) for holder in holders if isinstance(holder.tag, str))


def _acts(element: Element, view: View) -> bool:
    href = (element.get("href") or "").strip()
    called = (
        href[11:].strip(" ;") not in ("", "void(0)", "void 0", "void(null)", "return false")
        if _is_script(href)
        else False
    )
    place = href.startswith("#") or _is_script(href)
    return bool(called or element.get("onclick") or (href and not place and absolute(view.base, href)))


def _is_script(href: str) -> bool:
    return href.lower().startswith("javascript:")


def _is_off(element: Element) -> bool:
    """Whether an element, or the one that holds nothing else, is switched off; or what holds them is not shown."""
    above = list(islice(element.iterancestors(), _ABOVE))
    near = [*element.iter(), *(e for e in above[:1] if len(e) == 1)]
    return any(_says_off(e) for e in near if isinstance(e.tag, str)) or any(_HIDDEN.search(_style(e)) for e in above)


def _says_off(element: Element) -> bool:
    off = element.get("disabled") is not None or element.get("aria-disabled") == "true"
    return off or bool(_OFF.search(words_of(element)) or _OFF_STYLE.search(_style(element)))


def _style(element: Element) -> str:
    return re.sub(r"\s", "", element.get("style") or "").lower()


def _leads_back(view: View) -> bool:
    """Whether the page before is linked: this page is the last one."""
    text, begins, stops = view.survey.flat
    for element in view.survey.acting:
        place = view.survey.places[element]
        words = fold(squeeze(text[begins[place] : min(stops[place], begins[place] + WORDS)]))
        if _BEFORE.fullmatch(words) and _acts(element, view):
            return True
    return False


def _asked(element: Element, view: View) -> PageRequest | None:
    """What a script asks for when it is clicked: by counting the page's number on, or by what the element says."""
    code = handler_of(element, "click", view)
    page = next_in(code, view.names, view) if code else None
    return page or (
        clicked(element, view) if code and any(str(name).startswith("data-") for name in element.attrib) else None
    )


def _is_alive(element: Element, view: View) -> bool:
    """Whether anything tells that a click on it does something."""
    holders = [e for e in element.iter() if isinstance(e.tag, str)]
    if any(e.tag in ("button", "input") or e.get("href") is not None or _is_known(e) for e in holders):
        return True
    return any(_is_bound(word, view) for e in (*holders, *_around(element)) for word in words_of(e).split())


def _is_known(element: Element) -> bool:
    pointed = "cursor:pointer" in _style(element)
    return pointed or any(_KNOWN_BY.match(str(name)) for name in element.attrib)


def _around(element: Element) -> Iterator[Element]:
    yield from (e for e in islice(element.iterancestors(), _AROUND) if e.tag not in ("body", "html"))


def _is_bound(word: str, view: View) -> bool:
    """Whether a script chooses elements by this class or id, and then speaks of clicks."""
    chosen = rf"[\"'][^\"'\n]{{0,60}}[.#]{re.escape(word)}(?![\w-])[^\"'\n]{{0,60}}[\"']"
    named = rf"getElements?By\w{{2,9}}\(\s?[\"']{re.escape(word)}[\"']"
    bound = rf"(?:\(\s?{chosen}|{named})[\s\S]{{0,300}}?click|click[\"']\s?,\s?{chosen}"
    return re.search(bound, view.scripts, re.IGNORECASE) is not None
