"""A pager's numbers: linked, called by script, or to be chosen from a drop-down; the current one
stands among them without a link.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from lxml import etree

from parsers.families.base import Paging, View
from parsers.families.calls import linked as known_call
from parsers.families.counts import Counts, is_pager_name, pager_texts
from parsers.families.forms import POSTBACK, posted_back
from parsers.families.functions import called, chosen_in, handler
from parsers.page.addresses import absolute
from parsers.page.dom import Element, Survey, inner_text, opened_by, words_of
from parsers.page.expressions import arguments
from parsers.page.text import fold, squeeze
from parsers.patterns import compiled
from parsers.record import PageRequest, WayOn

_NUMBER = compiled(r"[\[(【第]{0,2}(\d{1,4})[\])】页]{0,2}")
_CURRENT = compiled(
    r"(?:^|[\s_-])(?:cur|curr|current|currentpage|active|on|now|selected|sel|hover|this|thispage|disabled)(?:$|[\s_-])",
    re.IGNORECASE,
)
_CALL = compiled(r"(?P<name>[A-Za-z_$][\w$.]{0,60})\s{0,4}\(")
_YEARS = range(1990, 2101)
_FEW = 60  # tokens of one pager
_SHOWN = 15  # numbers that a pager shows at once; more are a calendar's days
#: What turns a page, by its name; pictures that change are called otherwise.
_TURNS = compiled(r"data-page|page|jump|fanye|(?<![a-z])go(?:to)?(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Token:
    """A number of a pager.

    :param page: where its link leads
    :param call: what its link calls, where nobody knows where that leads; empty for a number without any link
    """

    number: int
    element: Element
    page: PageRequest | None = None
    call: str = ""
    before: str = ""
    after: str = ""

    @property
    def leads(self) -> bool:
        """Whether a click on it does something."""
        return bool(self.page or self.call)


def numbered(view: View, counts: Counts) -> Paging | None:
    """A pager of numbers: the page after the one that stands among the linked ones without a link."""
    for holder in _holders(view):
        tokens = list(_tokens(holder, view))
        if len(tokens) > _FEW or not any(token.leads for token in tokens):
            continue
        if all(token.number in _YEARS for token in tokens):
            continue
        current = _current(tokens, view, counts)
        if current is None:
            continue
        return _paging(tokens, current, counts)
    return None


def _holders(view: View) -> Iterator[Element]:
    """The elements that hold a pager's numbers, as large as can be: what says nothing else, or holds the first one."""
    links = _number_links(view)
    numbers = set(links)
    seen = [holder for holder in pager_texts(view) if any(e in numbers for e in holder.iter())]
    yield from seen
    if seen or not links:
        return
    parent = links[0].getparent()
    if parent is not None and parent.tag in ("li", "span", "td", "b", "em"):
        parent = parent.getparent()
    if parent is not None:
        yield parent


def _number_links(view: View) -> list[Element]:
    """What says a number and leads somewhere: links and buttons, else what acts when it is clicked."""
    survey = view.survey
    linked = (place for place, tag in enumerate(survey.tags) if tag in ("a", "button"))
    acting = (place for place, name, value in survey.told if name in _ACTS and value)
    return _saying_numbers(linked, survey) or _saying_numbers(dict.fromkeys(acting), survey, _CLICKED)


#: Attributes of what acts when it is clicked, and its tags.
_ACTS = ("onclick", "data-page", "data-url")
_CLICKED = frozenset(["li", "span", "em", "b", "i", "td", "div"])


def _saying_numbers(places: Iterable[int], survey: Survey, tags: Container[str] | None = None) -> list[Element]:
    """Which of some elements say a number and nothing else.

    :param tags: those of other tags are left out
    """
    text, (_, begins, stops) = survey.folded, survey.flat
    said = ((place, text[begins[place] : min(stops[place], begins[place] + 12)]) for place in places)
    found = (place for place, words in said if _NUMBER.fullmatch(squeeze(words)))
    return [survey.elements[place] for place in found if tags is None or survey.tags[place] in tags]


def _tokens(holder: Element, view: View) -> Iterator[_Token]:
    """The numbers that are in an element, in their order."""
    texts: list[tuple[str, Element]] = []
    for event, element in etree.iterwalk(holder, events=("start", "end", "comment", "pi")):
        if event in ("start", "end") and element.tag in ("script", "style", "option"):
            continue
        if event == "start":
            texts.append((str(element.text or ""), element))
        elif element is not holder and (parent := element.getparent()) is not None:
            texts.append((str(element.tail or ""), parent))
    texts = [(fold(squeeze(text)), element) for text, element in texts if text.strip()]
    for at, (text, element) in enumerate(texts):
        match = _NUMBER.fullmatch(text)
        if match is None:
            continue
        number = int(match[1])
        before = texts[at - 1][0][-2:] if at else ""
        after = texts[at + 1][0][:2] if at + 1 < len(texts) else ""
        link = _link(element, holder)
        page, call = _lead(link, number, view) if link is not None else (None, "")
        yield _Token(number, element, page, call, before, after)


def _link(element: Element, holder: Element) -> Element | None:
    """The element, from a number up to its pager, that does something when it is clicked."""
    for candidate in (element, *element.iterancestors()):
        if candidate is holder:
            return None
        if candidate.tag in ("a", "button") or candidate.get("onclick") or candidate.get("data-url"):
            return candidate
    return None


def _lead(link: Element, number: int, view: View) -> tuple[PageRequest | None, str]:
    """Where a number's link leads, or the call behind it."""
    href = (link.get("href") or "").strip()
    action = f"{link.get('onclick') or ''} {href if href.lower().startswith('javascript:') else ''}".strip()
    target = _target(link, action, href)
    if view.is_route(target or ""):
        return None, href[:200]
    if (url := absolute(view.base, target)) is not None:
        return PageRequest(url, number=number), ""
    return _by_call(link, action, number, view)


def _target(link: Element, action: str, href: str) -> str | None:
    """The address that a number's link has, in an attribute or in its script."""
    plain = href if href and not href.lower().startswith("javascript:") else None
    return link.get("data-url") or link.get("data-href") or opened_by(action) or plain


def _by_call(link: Element, action: str, number: int, view: View) -> tuple[PageRequest | None, str]:
    """What a number's link calls: what that asks for, or the call itself."""
    if (postback := POSTBACK.search(action)) and (page := posted_back(link, postback, view)) is not None:
        return PageRequest(page.url, page.method, page.body, number), ""
    call = _CALL.search(action.removeprefix("javascript:"))
    if call is not None and call["name"] not in ("void", "return"):
        values = arguments(action, action.index(call[0]) + len(call[0]), view.names)
        page = known_call(action, view) or called(call["name"], values, number, view)
        asked = PageRequest(page.url, page.method, page.body, number) if page is not None else None
        return asked, "" if asked else action.removeprefix("javascript:").strip()[:200]
    return None, f"data-page={link.get('data-page')}" if link.get("data-page") else ""


def _current(tokens: list[_Token], view: View, counts: Counts) -> int | None:
    """The number of this page."""
    scored = [(_fit(tokens, at), -at, token.number) for at, token in enumerate(tokens) if not token.leads]
    if sum(score >= 2 for score, _, _ in scored) > 1 and not any(_is_marked(t.element) for t in tokens):
        return None  # a calendar
    score, _, number = max(scored, default=(0, 0, 0))
    if score >= 2:
        return number
    if (linked := _among_links(tokens, view)) is not None:
        return linked
    if counts.current is not None:
        return counts.current
    if score >= 1:
        return number
    return 1 if _lacks_first(tokens) or _is_first_page(tokens) else None


def _among_links(tokens: list[_Token], view: View) -> int | None:
    """The number of this page where it is linked, too: by its address, or because its link is marked."""
    for token in tokens:
        if token.page and token.page.method == "GET" and view.is_here(token.page.url):
            return token.number
    return next((t.number for t in tokens if t.leads and _is_marked(t.element)), None)


def _lacks_first(tokens: list[_Token]) -> bool:
    """Whether the second page is linked, and the first is not."""
    known = {token.number for token in tokens if token.leads}
    return 1 not in known and 2 in known


def _is_first_page(tokens: list[_Token]) -> bool:
    """Whether all numbers lead on, the first one, too, and they are a pager's: then the reader has chosen none yet."""
    if [token.number for token in tokens] != list(range(1, len(tokens) + 1)) or not 1 < len(tokens) <= _SHOWN:
        return False
    if all(token.call and _TURNS.search(token.call) for token in tokens):
        return True
    one, other = tokens[0].page, tokens[1].page
    return all(token.page for token in tokens) and bool(one and other and _pattern(one.url, other.url, 1, 2)[0])


def _fit(tokens: list[_Token], at: int) -> int:
    """How well a number without a link fits among its neighbours as this page's."""
    token = tokens[at]
    before = tokens[at - 1] if at else None
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    fits = 2 * (before is not None and before.number == token.number - 1 and before.leads)
    fits += 2 * (after is not None and after.number == token.number + 1 and after.leads)
    fits += _is_marked(token.element)
    says_else = (token.before[-1:] in tuple("共/到至") and token.after[:1] != token.before[-1:]) or token.after[
        :1
    ] in tuple("条篇个项期场/")
    return fits - 3 * bool(says_else)


def _is_marked(element: Element) -> bool:
    parent = element.getparent()
    return element.tag in ("strong", "b", "em") or any(
        _CURRENT.search(words_of(e)) or e.get("aria-current")
        for e in (element, parent)
        if e is not None and e.tag != "div"
    )


def _paging(tokens: list[_Token], current: int, counts: Counts) -> Paging:
    found: dict[int, PageRequest] = {}
    for token in tokens:
        if token.page is not None and token.number != current:
            found.setdefault(token.number, token.page)
    lost = {t.number: t for t in tokens if t.call and t.number not in found and t.number > current}
    following = found.get(current + 1)
    further = [page for number, page in sorted(found.items()) if number != current + 1]
    further += _between(found, current, counts.pages)
    ways = tuple(WayOn(token.call, str(number)) for number, token in sorted(lost.items()))
    rule = "numbered" if following or not ways else "script-unknown"
    return Paging((following,) if following else (), None, None, rule, tuple(further), ways_on=ways)


def _between(found: dict[int, PageRequest], current: int, last: int | None) -> list[PageRequest]:
    """The pages that a pager does not show (``1 2 3 … 9``): where two that it shows differ in their number alone."""
    plain = {n: page.url for n, page in found.items() if page.method == "GET"}
    for one, other in pairwise(sorted(plain)):
        rest, following = _pattern(plain[one], plain[other], one, other)
        if rest is None:
            continue
        end = min(max(last or 0, *plain), 2000)
        return [
            PageRequest(rest.replace("\0", str(n + following)), number=n, guessed=True)
            for n in range(2, end + 1)
            if n not in found and n != current
        ]
    return []


def _pattern(one: str, other: str, number: int, next_number: int) -> tuple[str | None, int]:
    """What two addresses have in common beside the number in which they differ, and how far that is
    from the page's own.
    """
    for match in re.finditer(r"\d+", one):
        for step in (0, -1):
            if int(match[0]) != number + step:
                continue
            rest = f"{one[: match.start()]}\0{one[match.end() :]}"
            if rest.replace("\0", str(next_number + step)) == other:
                return rest, step
    return None, 0


def drop_down(view: View, counts: Counts) -> Paging | None:
    """A pager in a drop-down: each option a page, by its address or by what happens when its number is chosen."""
    for select in view.root.iter("select"):
        options = _options(select)
        numbers = [number for number, _ in options]
        if not options or all(number in _YEARS for number in numbers) or numbers != sorted(set(numbers)):
            continue
        found, lost = _led_to(select, options, view)
        if found or lost:
            current = _shown(options, found, view, counts)
            return _choice(found, lost, current, counts.pages or max(numbers))
    return None


def _led_to(
    select: Element, options: list[tuple[int, Element]], view: View
) -> tuple[dict[int, PageRequest], dict[int, str]]:
    """The pages that options lead to, and what the others call, by their numbers."""
    action = select.get("onchange") or handler(select, "change", view)
    found: dict[int, PageRequest] = {}
    lost: dict[int, str] = {}
    for number, option in options:
        page = _chosen(option, number, action, view)
        if page is not None:
            found[number] = page
        elif action and _names_a_page(select, action):
            lost[number] = action.strip()[:200]
    return found, lost


def _shown(options: list[tuple[int, Element]], found: dict[int, PageRequest], view: View, counts: Counts) -> int:
    """The number of this page: by its address, in words, or as the option that is selected."""
    by_address = next((n for n, page in found.items() if page.method == "GET" and view.is_here(page.url)), None)
    selected = next((n for n, option in options if option.get("selected") is not None), None)
    return by_address or counts.current or selected or options[0][0]


def _choice(found: dict[int, PageRequest], lost: dict[int, str], current: int, last: int) -> Paging:
    """What a drop-down leads to from one of its pages.

    :param last: how many pages there are
    """
    following = found.get(current + 1)
    further = tuple(page for number, page in sorted(found.items()) if number not in (current, current + 1))
    ways = tuple(WayOn(call, str(number)) for number, call in sorted(lost.items()) if number > current)
    rule = "script-unknown" if ways and not following else "drop-down"
    return Paging((following,) if following else (), last, None, rule, further, ways_on=ways)


def _options(select: Element) -> list[tuple[int, Element]]:
    """The options that say a page's number."""
    found = []
    for option in select.iter("option"):
        number = re.fullmatch(r"第?(\d{1,4})(?:页)?(?:/\d{1,4}页?)?", fold(squeeze(inner_text(option)[:20])))
        if number:
            found.append((int(number[1]), option))
    return found


def _chosen(option: Element, number: int, action: str, view: View) -> PageRequest | None:
    value = (option.get("value") or "").strip()
    if re.search(r"[./?]", value):
        url = absolute(view.base, value)
        return PageRequest(url, number=number) if url else None
    said = int(value) if value.isdecimal() else number
    page = chosen_in(action, said, view) if action else None
    return PageRequest(page.url, page.method, page.body, number) if page else None


def _names_a_page(select: Element, action: str) -> bool:
    around = [select, *list(select.iterancestors())[:2]]
    return any(is_pager_name(f"{words_of(e)} {e.get('name') or ''}") for e in around) or bool(
        re.search(r"page|goto|jump|location", action, re.IGNORECASE)
    )
