"""The control that leads to a list's last page, where nothing says which is the next: its number counts the pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from parsers.families.base import Paging, View, unknown
from parsers.families.calls import is_article, linked
from parsers.families.counts import Counts
from parsers.families.functions import called, number_among
from parsers.families.next_control import LABELS, WORDS, holds, labels_of
from parsers.page.addresses import absolute
from parsers.page.dom import Element, Survey, opened_by
from parsers.page.expressions import arguments
from parsers.page.text import fold, unfolded
from parsers.patterns import compiled
from parsers.record import PageRequest
from parsers.words import pattern, word_set, words

#: A first look at the mark-up, which is not folded.
_SOMEWHERE = (*words("LAST_PAGE_SIGN"), "last", "»»", ">>", ">|", "&raquo;&raquo;", "&gt;&gt;", "&gt;|")
_WORD = pattern(r"(?:{LAST_PAGE}|last(?:page)?)[>»›|]{0,3}(?:\(?\d{1,4}\)?)?", re.IGNORECASE)
#: These may stand for anything: they count only where they lead to a number.
_SIGN = compiled(r"»»|>>\|?|[>»]\|")
#: One of these is in whatever is found by the two.
_LETTERS = word_set("LAST_PAGE_END") | set("lL»>|")
_CALL = compiled(r"(?P<name>[A-Za-z_$][\w$.]{0,60})\s{0,4}\(")
_QUERY = compiled(
    r"(?<=[?&])((?:cur|current|now)?_?page_?(?:no|num|index|number)?|p|pn|current|cpage|i)=(\d{1,4})(?=&|$)",
    re.IGNORECASE,
)
_PATH = compiled(r"(?<!\d)(\d{1,4})(?=(?:\.\w{2,6})?/?(?:\?[^\d]*)?$)")
_MOST = 2000
Page = Callable[[int], PageRequest | None]


@dataclass(frozen=True, slots=True)
class _Last:
    """The last page.

    :param number: as its address or its call counts
    :param here: this page's own, likewise; ``None`` where its address has none
    """

    number: int
    page: Page
    here: int | None = None


def last_control(view: View, counts: Counts) -> Paging | None:
    """What the page's "last" leads to; ``None`` when there is none, or this is the last page."""
    if not view.says(_SOMEWHERE):
        return None
    for element in _likely(view.survey):
        labels = [fold(label) for label in labels_of(element)]
        sure = any(_WORD.fullmatch(label) for label in labels)
        if (sure or any(_SIGN.fullmatch(label) for label in labels)) and (
            found := _lead(element, view, counts, words=labels[0] if sure else "")
        ):
            return found
    return None


def _likely(survey: Survey) -> Iterator[Element]:
    """What may lead somewhere and says one letter of "last page": most links say none, and need no closer look."""
    hint = _hint()
    text, begins, stops = survey.flat
    hinted = [place for place, name, value in survey.told if name in LABELS and hint.search(value)]
    for element in survey.acting:
        place = survey.places[element]
        begin = begins[place]
        within = survey.ends[place] if survey.tags[place] == "a" else place + 1  # a link speaks by its picture, too
        if hint.search(text, begin, min(stops[place], begin + WORDS)) or holds(hinted, place, within):
            yield element


@cache
def _hint() -> re.Pattern[str]:
    """One of these is in whatever the patterns above find, in any of its forms."""
    return re.compile(f"[{re.escape(''.join(sorted(unfolded(_LETTERS))))}]")


def _lead(element: Element, view: View, counts: Counts, *, words: str) -> Paging | None:
    """Where one leads.

    :param words: what it says, where that alone tells that there is a last page
    """
    href = (element.get("href") or "").strip()
    action = f"{element.get('onclick') or ''} {href if href.lower().startswith('javascript:') else ''}"
    url = absolute(view.base, opened_by(action) or (href if not action.strip() and not href.startswith("#") else None))
    if url is not None:
        return _by_link(url, view, counts, words)
    call = next((c for c in _CALL.finditer(action) if c["name"] not in ("void", "return")), None)
    if call is not None:
        return _by_call(action, call, view, counts, words)
    number = element.get("data-page") or ""
    more = number.isdecimal() and int(number) > (counts.current or 1)
    return unknown(f"data-page={number}", words, int(number)) if more and words else None


def _by_link(url: str, view: View, counts: Counts, words: str) -> Paging | None:
    """The pages before the last one's address; an article's own pages are no list's."""
    if view.is_here(url) or is_article(re.sub(r"[_-]\d{1,4}\.\w+$", "", url)):
        return None
    last = _by_address(url, view)
    if last is not None:
        return _pages(last, counts)
    return unknown(url, words) if words else None


def _by_call(action: str, call: re.Match[str], view: View, counts: Counts, words: str) -> Paging | None:
    """``goPage(6)``: the same call with other numbers leads to the pages before."""
    values = arguments(action, call.end(), view.names)
    number = number_among(values)
    if number is None:
        return unknown(action.strip(), words) if words else None
    if number <= (counts.current or 1):
        return None

    def page(n: int) -> PageRequest | None:
        other = [type(v)(n) if v == number or v == str(number) else v for v in values]
        said = re.sub(rf"(?<!\d){number}(?!\d)", str(n), action)
        found = linked(said, view) or called(call["name"], other, n, view)
        return PageRequest(found.url, found.method, found.body, n, guessed=True) if found else None

    if page(number) is None:
        return unknown(action.strip(), words, number) if words else None
    return _pages(_Last(number, page, counts.current or 1), counts)


def _by_address(url: str, view: View) -> _Last | None:
    """``index_5.html``, ``?page=6``: the other pages' addresses have other numbers there."""
    for number, group in ((_QUERY, 2), (_PATH, 1)):
        match = number.search(url)
        if match is None or not int(match[group]):
            continue
        head, tail = url[: match.start(group)], url[match.end(group) :]
        own = re.fullmatch(rf"{re.escape(head)}(\d{{1,4}}){re.escape(tail)}", view.url)

        def page(n: int, head: str = head, tail: str = tail) -> PageRequest:
            return PageRequest(f"{head}{n}{tail}", number=n, guessed=True)

        return _Last(int(match[group]), page, int(own[1]) if own else None)
    return None


def _pages(last: _Last, counts: Counts) -> Paging | None:
    """The pages behind this one, the next one first.

    Where nothing tells whether 1 is the first page's number or the second one's, page 1 is asked for, too, as a page
    behind the last: it names new entries or it does not count.
    """
    zero = last.here == 0 or counts.pages == last.number + 1
    here = last.here if last.here is not None else (counts.current or 1) - zero
    if here >= last.number:
        return None
    end = min(last.number, _MOST)
    found = [_numbered(last.page(n), n + zero) for n in range(here + 1, end + 1)]
    pages = [page for page in found if page is not None]
    unsure = last.here is None and not zero and counts.pages is None and counts.current is None
    first = _numbered(last.page(1), end + 1) if unsure else None
    return Paging((*pages[:1], *([first] if first else [])), last.number + zero, None, "last-link", tuple(pages[1:]))


def _numbered(page: PageRequest | None, number: int) -> PageRequest | None:
    return PageRequest(page.url, page.method, page.body, number, guessed=True) if page else None
