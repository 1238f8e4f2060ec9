"""Where a page leads to interview sections: links and what takes the place of one (a tab, a heading
with "more", an option, a script).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from parsers.families import View
from parsers.header.meta import text_of
from parsers.lists.articles import ARTICLE_ADDRESS
from parsers.lists.dates import date_of
from parsers.lists.entries import SECTION, SECTION_PATH, TEMPLATE
from parsers.lists.more import anchors_in, leads, more_links, more_places
from parsers.lists.titles import ACTION, title_in
from parsers.lists.written import written
from parsers.page.addresses import absolute, parts
from parsers.page.dom import Element, inner_text, opened_by, words_of
from parsers.page.text import collapse, fold, squeeze
from parsers.patterns import compiled
from parsers.record import ListItem

_PARENT = compiled(r"^(?:政民互动|互动交流|公众参与|互动|网络问政|互动回应|互动服务|交流互动|解读回应|公众互动)$")
_LONGEST = 12  # characters of a section's name
_HEADS = frozenset(
    ["h1", "h2", "h3", "h4", "h5", "h6", "span", "div", "p", "strong", "b", "em", "i", "dt", "th", "td", "li", "label", "legend", "a", "font"]
)  # fmt: skip
_LEVELS = 4
_DIGIT = compiled(r"\d")
#: What :data:`SECTION` finds in words without blanks, with the blanks in them.
_SPACED_SECTION = compiled("|".join(" *".join(word) for word in re.sub(r"\([^()]*\)", "", SECTION.pattern).split("|")))
#: One talk of many, not their section.
_ISSUE = compiled(r"第.{1,4}[期场次讲集回]|(?<!\d{3})[一二三四五六七八九十\d]$")
_TABS = range(2, 13)
_SET_TAB = compiled(r"(?<=\w)\(\s*['\"](?P<name>\w{1,40})['\"]\s*,\s*(?P<n>\d{1,2})")


def sections_of(view: View) -> list[ListItem]:
    """What leads to an interview section; parents such as 互动交流 only when no section is named."""
    found = _Found(view)
    for element, target in _links(view):
        found.link(element, target)
    for element, target in _without_link(view):
        found.take(absolute(view.base, target), _own_words(element, view))
    for title, target in written(view.scripts, view):
        found.take(target, title)
    return found.named or found.parents


class _Found:
    """The sections met so far, each once."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.named: list[ListItem] = []
        self.parents: list[ListItem] = []
        self.seen: set[str] = set()

    def link(self, element: Element, target: str) -> None:
        """A link, an area, an option or a button."""
        text = _text_of(element, self.view)
        if len(text) > _LONGEST:
            return
        if not text:
            if path := self._telling(element, target):
                self.take(absolute(self.view.base, target), path)
            return
        talks, parent = _means(text)
        if talks or parent or (len(text) >= 2 and _leads_to_section(target)):
            self._take_link(element, target, text, is_section=talks, is_parent=parent)

    def _take_link(self, element: Element, target: str, text: str, *, is_section: bool, is_parent: bool) -> None:
        """A link that may lead to a section, by its words or its address."""
        url = absolute(self.view.base, target)
        if url is None or ACTION.match(text) or _dated(element, self.view):
            return
        if is_section or (SECTION_PATH.search(parts(url).path) and not re.search(r"\.s?html?$", url)):
            self.take(url, text)
        elif is_parent:
            self.take(url, text, self.parents)

    def _telling(self, element: Element, target: str) -> str:
        """What a link without words says of a section: its path, its picture's name, or its own class."""
        named = [words_of(element)]
        named += [f"{image.get('src') or ''} {words_of(image)}" for image in element.iter("img")]
        if SECTION_PATH.search(target):
            return SECTION_PATH.search(target)[0].strip("/_=.?&")  # type: ignore[index]
        said = next(
            (m for text in named for word in re.split(r"[\s/.-]+", text) if (m := SECTION_PATH.fullmatch(word))), None
        )
        return said[0] if said and len(said[0]) > 2 else ""

    def take(self, url: str | None, title: str, into: list[ListItem] | None = None) -> None:
        """A section's address, unless it is known, an article's, or a template's."""
        if (
            url is None
            or url in self.seen
            or _ISSUE.search(title)
            or TEMPLATE.search(title + url)
            or ARTICLE_ADDRESS.search(url)
        ):
            return
        if not parts(url).path.strip("/") and not parts(url).query:
            return  # the front page
        self.seen.add(url)
        (self.named if into is None else into).append(ListItem(url, title))


@lru_cache(maxsize=8192)
def _means(name: str) -> tuple[bool, bool]:
    """Whether a few words name a section, and whether they name what may hold one."""
    return SECTION.search(name) is not None, _PARENT.match(name) is not None


@lru_cache(maxsize=8192)
def _leads_to_section(target: str) -> bool:
    return SECTION_PATH.search(target) is not None


def _text_of(element: Element, view: View) -> str:
    """What a link, an area, an option or a button says."""
    return squeeze(title_in(view, element) or element.get("alt") or element.get("value") or "")


def _links(view: View) -> Iterator[tuple[Element, str]]:
    """What leads somewhere when it is clicked or chosen, with the address as it is written."""
    for element in view.survey.acting:
        if element.tag in ("a", "area"):
            target = _target_of(element)
        elif element.tag == "option":
            target = element.get("value") or ""
            target = target if re.search(r"[./]", target) else ""
        else:
            target = (opened_by(_action(element)) if element.get("onclick") else None) or element.get("data-href") or ""
        if target:
            yield element, target


def _target_of(link: Element) -> str:
    """Where a link leads: by its address, by its script, by its data."""
    target = link.get("href") or ""
    bare = target.strip()
    if bare and bare[0] != "#" and bare[:11].lower() != "javascript:":
        return target
    return opened_by(_action(link)) or link.get("data-href") or link.get("data-url") or ""


def _action(element: Element) -> str:
    return f"{element.get('onclick') or ''} {element.get('href') or ''}"


def _dated(anchor: Element, view: View) -> bool:
    """Whether a link's own list entry carries a date: an article, however its title reads."""
    parent = anchor.getparent()
    if parent is None or parent.tag not in ("li", "td", "dd", "p", "span"):
        return False
    said = view.survey.inner(parent)
    return _DIGIT.search(said) is not None and len(list(parent.iter("a"))) == 1 and date_of(said) is not None


def _without_link(view: View) -> Iterator[tuple[Element, str]]:
    """Words that name a section and lead nowhere themselves, with what leads there: their tab's
    panel, or the "more" beside them.
    """
    for element, text in _heads(view):
        if _has_address(element, view):
            continue
        inner = (_own_words(child, view) for child in element if child.tag in _HEADS)
        if any(SECTION.search(words) and (words == text or len(words) + 2 < len(text)) for words in inner):
            continue  # the inner one says it
        target = _by_panel(element, view) or _beside(element, view)
        if target:
            yield element, target


def _heads(view: View) -> Iterator[tuple[Element, str]]:
    """The elements whose own words name a section, with these."""
    survey, folded = view.survey, view.survey.folded
    _, begins, stops = survey.flat
    named = -1
    for element, tag, begin, end in zip(survey.elements, survey.tags, begins, stops, strict=True):
        if named < begin:
            named = _named_from(folded, begin)
        if named >= end or tag not in _HEADS or not 2 <= end - begin <= 10 * _LONGEST:
            continue
        if not SECTION.search(squeeze(folded[begin:end])):
            continue
        words = _own_words(element, view)
        if 2 <= len(words) <= _LONGEST and SECTION.search(words):
            yield element, words


def _named_from(text: str, at: int) -> int:
    """Where the next section is named; the text's length where none is."""
    found = _SPACED_SECTION.search(text, at)
    return found.start() if found else len(text)


def _own_words(element: Element, view: View) -> str:
    """The words of an element without the "more" in it."""
    said = view.survey.inner(element)
    if len(said) > 10 * _LONGEST:
        return ""
    words = squeeze(said)
    for more in more_links(view, element) if len(element) else ():
        words = words.replace(squeeze(view.survey.inner(more)), "", 1)
    return fold(words)


def _has_address(element: Element, view: View) -> bool:
    """Whether an element is, holds or is in a link that leads somewhere; "more" is no such link."""
    more = more_links(view, element)
    around = (element, *islice(element.iterancestors(), 3), *anchors_in(element, view))
    return any(e.tag == "a" and leads(e) and e not in more for e in around)


def _beside(element: Element, view: View) -> str | None:
    """The only "more" in the smallest part of the page that holds a heading and one; of several,
    the first after the heading.
    """
    for ancestor in (element, *islice(element.iterancestors(), _LEVELS)):
        if ancestor.tag in ("body", "html"):
            return None
        survey, places = view.survey, view.once(more_places)
        begin = survey.places[ancestor]
        first, last = bisect_left(places, begin), bisect_left(places, survey.ends[begin])
        if last - first > 1:
            first = bisect_right(places, survey.places[element])
            return survey.elements[places[first]].get("href") if first < last else None
        if last > first:
            return survey.elements[places[first]].get("href")
    return None


def _by_panel(element: Element, view: View) -> str | None:
    """The "more" in the panel that belongs to a tab: by its name, or because it stands at the tab's
    place among the panels.
    """
    tab: Element | None = element
    for _ in range(3):
        if tab is None:
            return None
        parent = tab.getparent()
        if parent is None:
            return None
        if (named := _named_panel(tab, view)) is not None and (found := more_links(view, named)):
            return found[0].get("href")
        tabs = list(islice((e for e in parent if e.tag == tab.tag), _TABS.stop))
        if len(tabs) in _TABS and all(0 < len(_first_words(e, view)) <= _LONGEST + 4 for e in tabs):
            panel = _panel(parent, tabs.index(tab), len(tabs))
            if panel is not None:
                found = [panel] if panel.tag == "a" and leads(panel) else more_links(view, panel)
                return found[0].get("href") if found else None
        tab = parent
    return None


def _first_words(element: Element, view: View) -> str:
    """What an element begins with: enough to see that it is more than a tab."""
    text, begins, stops = view.survey.flat
    place = view.survey.places[element]
    return squeeze(text[begins[place] : min(stops[place], begins[place] + 60)])


def _named_panel(tab: Element, view: View) -> Element | None:
    """The panel that a tab names: ``href="#tab2"``, ``data-target``, ``setTab('one',2,4)``."""
    holder = next(anchors_in(tab, view), tab)
    for name in ("href", "data-target", "data-id", "rel", "data-tab", "aria-controls"):
        value = (holder.get(name) or tab.get(name) or "").strip()
        word = value.removeprefix("#")
        if word and (value[0] == "#" or name != "href") and word in view.survey.by_id:
            return view.survey.by_id[word]
    action = " ".join(filter(None, (e.get(n) for e in (tab, holder) for n in ("onclick", "onmouseover", "href"))))
    match = _SET_TAB.search(action)
    names = (f"con_{match['name']}_{match['n']}", f"{match['name']}_con_{match['n']}", f"{match['name']}_{match['n']}", f"{match['name']}{match['n']}") if match else ()  # fmt: skip
    return next((view.survey.by_id[name] for name in names if name in view.survey.by_id), None)


#: So far behind its tabs a panel may stand, in elements side by side.
_NEAR = 60


def _panel(tabs: Element, at: int, count: int) -> Element | None:
    """The panel at a tab's place: among as many elements of one kind that follow the tabs, side by
    side or in one of them.
    """
    holder: Element | None = tabs
    for _ in range(3):
        if holder is None or holder.tag in ("body", "html"):
            return None
        siblings = islice(holder.itersiblings(), _NEAR)
        following = [e for e in siblings if isinstance(e.tag, str) and e.tag not in ("script", "style", "br")]
        panels = _panels_among(following, count)
        if panels:
            return panels[at]
        holder = holder.getparent()
    return None


def _panels_among(following: list[Element], count: int) -> list[Element]:
    """So many elements of one kind: side by side, in one of the first elements, or at the front of many."""
    inner = ([e for e in islice(holder, _NEAR) if isinstance(e.tag, str)] for holder in following[:3])
    for group in (following, *inner):
        alike = [e for e in group if e.tag == group[0].tag]
        if len(alike) == count:
            return alike
    front = following[:count]
    return front if len(following) > count and all(e.tag == front[0].tag for e in front) else []


def talks_below(view: View) -> list[ListItem]:
    """The talks that a front page shows below a heading that names the section and leads nowhere,
    with what is beside them.
    """
    for element, _ in _heads(view):
        if _has_address(element, view):
            continue
        for block in islice(element.iterancestors(), 3):
            if block.tag in ("body", "html") or len(view.survey.inner(block)) > _BLOCK:
                break
            links = [a for a in anchors_in(block, view) if leads(a) and not ACTION.match(squeeze(inner_text(a)) or "-")]
            if links:
                said = collapse(" ".join(t.strip() for t in block.itertext() if isinstance(t, str)))
                return list(_talks(links, said, view))
    return []


_BLOCK = 3000  # characters
_THEME = compiled(r"主题\s?:\s?(?P<theme>[^\s:]{2,60})")


def _talks(links: list[Element], said: str, view: View) -> Iterator[ListItem]:
    theme = _THEME.search(fold(said))
    seen: set[str] = set()
    for anchor in links:
        url = absolute(view.base, anchor.get("href"))
        title = title_in(view, anchor) or (theme["theme"] if theme else "")
        if url and url not in seen and title and parts(url).path.strip("/"):
            seen.add(url)
            yield ListItem(url, title, date_of(said), said[:500])


def is_section(view: View, tags: dict[str, str]) -> bool:
    """Whether a page says of itself that it is an interview section: column tags, title, breadcrumb, path."""
    if "访谈" in tags.get("columntype", "") or SECTION.search(tags.get("columnname", "")):
        return True
    if SECTION_PATH.search(parts(view.url).path):
        return True
    title = view.root.find(".//title")
    head = text_of(title)[:20] if title is not None else ""
    if SECTION.search(re.split(r"[-_|—]", head)[0]):
        return True
    return any(SECTION.search(text_of(e)) for e in view.root.iter("h1", "h2") if len(text_of(e)) <= 14)
