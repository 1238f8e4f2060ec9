"""Other lists of a section: one a year, and the full list behind "more", by a link, a script or a form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from parsers.families import View
from parsers.families.clicked import action_of, chosen, clicked, is_bound, script_of
from parsers.lists.articles import ARTICLE_ADDRESS
from parsers.lists.elsewhere import script_files
from parsers.lists.more import MORE, leads, more_links
from parsers.page.addresses import absolute, parts
from parsers.page.dom import Element, inner_text, opened_by, words_of
from parsers.page.text import collapse, squeeze
from parsers.patterns import compiled
from parsers.record import ListItem, PageRequest, WayOn
from parsers.words import pattern

_YEAR = compiled(r"[\[(【]?((?:19|20)\d\d)(?:年度?)?(?:访谈|在线访谈|往期|回顾)?[\])】]?")
#: What may be shown alone: a year, a month, a series, the talks of one state.
_SLICES = (_YEAR, *map(pattern, ("{SLICE.month}", "{SLICE.quarter}", "{SLICE.series}", "{SLICE.state}")))
#: What says that earlier talks are elsewhere, and nothing else.
_EARLIER = pattern("{EARLIER}")
#: A script that shows another part of the page, and one that asks for something.
_SHOWS = compiled(r"\.(?:show|hide|toggle|fadeIn|slideDown|addClass|siblings)\(|\.display|className|classList")
_ASKS = compiled(r"\.(?:get|post|ajax|getJSON|load|submit|open)\s?\(|fetch\s?\(|location|\.src\b|axios|XMLHttp")
#: Of these a plain link is a list, too; 历史 may lead anywhere.
_OF_TALKS = pattern("{EARLIER_TALKS}")
#: An option or tab that means all: what is shown with it lacks none.
_ALL = pattern("{ALL_OF_THEM}", re.IGNORECASE)
_CURRENT = compiled(r"(?:^|[\s_-])(?:cur|curr|current|active|on|now|selected|sel|hover|this)(?:$|[\s_-])")
_ACTS = compiled(r"onclick|data-|@|v-on|ng-")
_MOST = 60  # tabs, options, fields or buttons of a page: each costs a look at its scripts
_YEAR_TAGS = ("a", "li", "span", "button", "em", "b", "td", "dd", "div", "p")
_MORE_TAGS = ("a", "button", "span", "div", "p", "em", "i", "input", "li")


@dataclass(slots=True)
class Others:
    """Other lists of a section.

    :ivar posts: those that a script or a form asks for with POST
    :ivar ways: what leads on, and nothing says where
    :ivar earlier: likewise, what leads to earlier talks: the page's own numbers do not count these
    """

    lists: dict[str, ListItem] = field(default_factory=dict)
    posts: list[PageRequest] = field(default_factory=list)
    ways: list[WayOn] = field(default_factory=list)
    earlier: list[WayOn] = field(default_factory=list)

    def take(self, page: PageRequest, words: str, view: View) -> None:
        """A list that is asked for, unless it is this page."""
        if page.method == "POST":
            self.posts.append(page)
        elif page.url != view.url:
            self.lists.setdefault(page.url, ListItem(page.url, words))

    def lost(self, target: str, words: str) -> None:
        """A way on that nobody can follow."""
        self.ways.append(WayOn(" ".join(target.split())[:200], words))

    def lost_choices(self, select: Element, choices: list[str]) -> None:
        """The choices of a drop-down that nobody can follow."""
        for words in choices:
            self.lost(select.get("onchange") or "", words)


def other_lists(view: View, entries: frozenset[str], *, paged: bool) -> Others:
    """The other lists that a list leads to.

    :param entries: the addresses of the entries that the page shows
    :param paged: the list's own pager leads on: its "more" loads what the pager names
    """
    found = Others()
    for kind in _SLICES:
        _tabs(view, kind, found, entries)
    _earlier(view, found)
    for select in islice(view.root.iter("select"), _MOST):
        _choice(select, view, found)
    for anchor in more_links(view):
        url = absolute(view.base, anchor.get("href"))
        if url and url != view.url and (_is_of(anchor, entries, view) or _is_own(url, view)):
            found.lists.setdefault(url, ListItem(url, "更多"))
    if not paged:
        _more_by_script(view, entries, found)
    return found


def _tabs(view: View, kind: re.Pattern[str], found: Others, entries: frozenset[str]) -> None:
    """Tabs and links that say a year, a month or the like and nothing else, where there are two of them."""
    tabs = [(element, said, _behind(element, view)) for element, said in _slices(view, kind)]
    row = any(page is not None and page.url not in entries for _, _, page in tabs)  # else they are the list's entries
    for element, said, page in tabs:
        if page is not None:
            if row:
                found.take(page, said, view)
        elif not _is_current(element) and (is_bound if kind.pattern == _YEAR.pattern else _leads_away)(element, view):
            found.lost(action_of(element), said)


def _behind(tab: Element, view: View) -> PageRequest | None:
    """What a tab leads to, by an address or by its script."""
    target = opened_by(action_of(tab)) or tab.get("data-url") or tab.get("data-href")
    url = absolute(view.base, target or (tab.get("href") if leads(tab) else None))
    return PageRequest(url, number=1) if url else clicked(tab, view)


def _slices(view: View, kind: re.Pattern[str]) -> list[tuple[Element, str]]:
    """Two or more tabs of a kind, unless all is shown; a state that stands there twice is a mark of entries."""
    tabs = list(islice(_inmost(view, kind), _MOST))
    words = [said for _, said in tabs]
    tell = len(set(words)) > 1 and (kind.pattern == _YEAR.pattern or len(words) == len(set(words)))
    return tabs if tell and not _all_are_shown(tabs[0][0]) else []


def _inmost(view: View, kind: re.Pattern[str]) -> Iterator[tuple[Element, str]]:
    """The smallest elements that say words of a kind, and may lead somewhere."""
    said = {element: words for element in view.root.iter(*_YEAR_TAGS) if (words := _says(element, kind))}
    for element, words in said.items():
        if not any(one in said for one in islice(element.iterdescendants(), _MOST)):
            yield element, words


def _all_are_shown(tab: Element) -> bool:
    """Whether the tab beside this one that shows all is the current one."""
    around = list(islice(tab.iterancestors(), 2))
    beside = (e for holder in around for e in islice(holder.iter(*_YEAR_TAGS), _MOST))
    return any(_is_current(e) and _ALL.fullmatch(squeeze(inner_text(e)[:10])) for e in beside)


def _earlier(view: View, found: Others) -> None:
    """Tabs, links and buttons that say 往期, 历史访谈 and the like."""
    for element, words in islice(_inmost(view, _EARLIER), _MOST):
        target = opened_by(action_of(element)) or element.get("data-url") or element.get("data-href")
        link = element.get("href") if leads(element) and _OF_TALKS.search(words) else None
        url = absolute(view.base, target or link)
        page = PageRequest(url, number=1) if url else clicked(element, view)
        if page is not None:
            found.take(page, words, view)
        elif _leads_away(element, view) and not _is_current(element):
            found.earlier.append(WayOn(" ".join(action_of(element).split()).strip(" ;")[:200], words))


def _leads_away(element: Element, view: View) -> bool:
    """Whether a script does something with a tab, or with what is around its words, other than to show what is here."""
    parent = element.getparent()
    tabs = (element, parent) if parent is not None and parent.tag in ("li", "a") else (element,)
    bound = [tab for tab in tabs if is_bound(tab, view)]
    return bool(bound) and not any(
        _SHOWS.search(code := script_of(tab, view)) and not _ASKS.search(code) for tab in bound
    )


def _says(element: Element, what: re.Pattern[str]) -> str:
    """The words of an element that may lead somewhere, if they are of a kind."""
    if len(element) > 2 or (element.tag not in ("a", "button", "li") and not _may_act(element)):
        return ""
    words = squeeze(collapse(inner_text(element)[:30]))
    return words if what.fullmatch(words) else ""


def _may_act(element: Element) -> bool:
    return any(_ACTS.match(str(name)) for name in element.attrib)


def _is_current(element: Element) -> bool:
    parent = element.getparent()
    return any(_CURRENT.search(words_of(e)) for e in (element, parent) if e is not None)


def _choice(select: Element, view: View, found: Others) -> None:
    """A drop-down of years, months or the like: each option a list, but the one that is shown, or all where all are."""
    options = list(islice(select.iter("option"), _MOST))
    kind = _kind_of(select, options, view)
    if kind is None:
        return
    selected = next((option for option in options if option.get("selected") is not None), None)
    shown = _words_of(options[0] if selected is None else selected)
    if _ALL.search(shown):
        return
    others = [(option, words) for option, words in _of_kind(options, kind) if option is not selected]
    lost = [words for option, words in others if not _taken(option, select, words, view, found)]
    if kind.fullmatch(shown) and _acts(select, view):
        found.lost_choices(select, lost if selected is not None else lost[1:] or lost)


def _kind_of(select: Element, options: list[Element], view: View) -> re.Pattern[str] | None:
    """What a drop-down chooses among: years may be a form's, of other kinds a choice must do something at once."""
    kind = next((kind for kind in _SLICES if len(_of_kind(options, kind)) > 1), None)
    return kind if kind is None or kind.pattern == _YEAR.pattern or is_bound(select, view) else None


def _of_kind(options: list[Element], kind: re.Pattern[str]) -> list[tuple[Element, str]]:
    return [(option, words) for option in options if kind.fullmatch(words := _words_of(option))]


def _words_of(option: Element) -> str:
    return squeeze(inner_text(option)[:30])


def _taken(option: Element, select: Element, words: str, view: View, found: Others) -> bool:
    page = chosen(option, select, view)
    if page is not None:
        found.take(page, words, view)
    return page is not None


def _acts(element: Element, view: View) -> bool:
    """Whether a script does something with an element, or may: its files have not been read."""
    named = bool(element.get("id") or element.get("class") or element.get("name"))
    return is_bound(element, view) or (named and not view.files and bool(script_files(view)))


def _is_own(url: str, view: View) -> bool:
    """Whether an address lies in the section's own folder, and is no article's."""
    folder = parts(view.url).path.rsplit("/", 1)[0] + "/"
    return folder != "/" and parts(url).path.startswith(folder) and not ARTICLE_ADDRESS.search(url)


def _is_of(element: Element, entries: frozenset[str], view: View) -> bool:
    """Whether a "more" stands with the entries of the page's list, not with those of another column."""
    block = next((e for e in element.iterancestors() if any(a is not element and leads(a) for a in e.iter("a"))), None)
    links = {absolute(view.base, a.get("href")) for a in block.iter("a") if a is not element} if block is not None else set()  # fmt: skip
    return bool(links & entries) and len(links & entries) * 2 >= len(links - {None})


def _more_by_script(view: View, entries: frozenset[str], found: Others) -> None:
    """What says "more" beside the entries and leads on by its script alone."""
    for element in islice(_more_without_link(view), _MOST):
        if not _is_of(element, entries, view):
            continue
        words = _label(element)
        target = element.get("data-url") or element.get("data-href") or element.get("data-link")
        url = absolute(view.base, target) if target else None
        page = PageRequest(url, number=1) if url else clicked(element, view)
        if page is not None:
            found.take(page, words, view)
        elif _acts(element, view):
            found.lost(action_of(element), words)


def _more_without_link(view: View) -> Iterator[Element]:
    for element in view.root.iter(*_MORE_TAGS):
        inside = [e for e in element.iterdescendants() if e.tag in ("a", "button")]
        if inside or leads(element) or any(leads(e) for e in element.iterancestors("a")):
            continue
        label = _label(element)
        if label and re.search(r"[更全]|more", label, re.IGNORECASE) and MORE.match(label):
            yield element


def _label(element: Element) -> str:
    if element.tag == "input":
        return squeeze(element.get("value") or "")
    return squeeze(inner_text(element)[:20]) or squeeze(element.get("title") or "")
