"""List pages: which links are entries, which lead to a section, which the page needs to be shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from lxml import html

from parsers.families import Family, View
from parsers.limits import MAX_ITEMS
from parsers.lists.dates import date_of, row_date
from parsers.lists.furniture import Furniture
from parsers.lists.titles import is_action, title_in
from parsers.page.addresses import Base, absolute, normal
from parsers.page.dom import Element, Survey, inner_text, opened_by
from parsers.page.text import collapse, squeeze
from parsers.patterns import compiled
from parsers.record import ListItem

_SHORT_DATE = compiled(r"^[\[(]?\d{1,2}[-/]\d{1,2}[\])]?$")
#: Each form begins with a letter of its own: a place where none of them stands is passed at once.
SECTION = compiled(
    r"访谈|面对面|在线交流|嘉宾在线|对话局长|局长在线|热线直播|政务直播|做客"
    r"|新闻发布(?!人)|发布会|吹风会|记者会|民生热线|民声热线|阳光热线|行风热线|政风热线|百姓热线|党风政风热线|政民热线|群众热线|市民热线|政风行风|电视问政|走进直播间|直播访谈"
)
SECTION_PATH = compiled(
    r"(?:^|[/_=])(?:(?:zxft|zwft|wsft|jbft|ftzb|fthg|ftyg|ftgg|ftjh|msft|ldft|jzft|jbzx|fangtan|interviews?"
    r"|talks?|xwfbh|msrx|zfxfrx|xfrx|ygrx|msrx)\d{0,6}|ft)(?:[/_.?&]|$)",
    re.IGNORECASE,
)
TEMPLATE = compiled(r"\{\{|\}\}|\$\{|<%")


@dataclass(slots=True)
class _Entry:
    anchor: Element
    url: str
    title: str
    row: Element
    date: str | None = None
    group: tuple[str, ...] = ()

    @property
    def is_short(self) -> bool:
        """Whether its words are too few to be an entry of their own accord: it must stand among others."""
        words = squeeze(self.title)
        return len(words) < _SHORT_TITLE and not _ISSUE.fullmatch(words)

    @property
    def make(self) -> str:
        """Its address without the numbers in it: entries of one list are of one make."""
        return re.sub(r"\d+", "0", self.url)


_SHORT_TITLE = 4
_ISSUE = compiled(r"第[\d一二三四五六七八九十百]{1,4}[期场次讲集回]")


@dataclass(slots=True)
class Listing:
    """What a page lists: ``items`` of its main list, ``is_list`` when the page is a list rather than an article.

    :ivar rows: the rows of entries that are beside others of their kind
    :ivar repeated: addresses of entries that stand on the page once more, each further row: an entry kept on top (置顶)
    """

    items: list[ListItem] = field(default_factory=list)
    dated: int = 0
    is_list: bool = False
    rows: set[Element] = field(default_factory=set)
    repeated: list[str] = field(default_factory=list)


def _target(anchor: Element, base: Base) -> str | None:
    """Where a link leads, be it by its script: ``onclick="window.open('/ft/1.html')"``."""
    href = (anchor.get("href") or "").strip()
    if not href or href.startswith("#") or href.lower().startswith("javascript:"):
        return absolute(base, opened_by(f"{anchor.get('onclick') or ''} {href}"))
    return absolute(base, href)


#: Files that a list shows and that are no entries of it.
_FILES = (".jpg", ".jpeg", ".png", ".gif", ".css", ".js", ".mp4")


#: What is an entry's link when a click on it opens a page, and no link is in it.
_CLICKED = frozenset(("li", "tr", "td", "dd", "dt", "div", "p", "span", "h3", "h4"))
_ROW = 300  # characters of a row


def _leading(view: View) -> Iterator[Element]:
    """Links, and rows that open a page when they are clicked, in document order."""
    for element in view.survey.acting:
        if element.tag == "a" or (
            element.tag in _CLICKED and opened_by(element.get("onclick") or "") and _is_plain_row(element, view)
        ):
            yield element


def _is_plain_row(element: Element, view: View) -> bool:
    """Whether an element is short and holds no link that leads somewhere."""
    if len(view.survey.inner(element)) > _ROW:
        return False
    return not any(_target(anchor, view.base) for anchor in element.iter("a"))


def _named(element: Element, view: View) -> str:
    """What an entry's link says; of a row that is clicked, its longest words: a date may be beside them."""
    if element.tag == "a":
        return title_in(view, element)
    return max((collapse(text) for text in element.itertext() if isinstance(text, str)), key=len, default="")


@lru_cache(maxsize=8192)
def _may_be_entry(target: str) -> bool:
    """Whether an address may be an entry's: no picture, no front page, no template's."""
    front = target[-1] == "/" and target.count("/") == 3
    return not front and not target.lower().endswith(_FILES) and TEMPLATE.search(target) is None


@lru_cache(maxsize=8192)
def _names_entry(title: str) -> bool:
    """Whether words may be an entry's: they are no button's, no template's and no single character."""
    return len(squeeze(title)) >= 2 and not is_action(title) and TEMPLATE.search(title) is None


def _anchors(view: View, furniture: Furniture | None = None) -> list[_Entry]:
    """What may be entries.

    :param furniture: what holds no entries
    """
    here = normal(view.url) or view.url
    found: list[_Entry] = []
    met = 0
    for anchor in _leading(view):
        target = _target(anchor, view.base)
        if target is None or target == here or not _may_be_entry(target):
            continue
        title = _named(anchor, view)
        if len(title) > 200 or not _names_entry(title):
            continue
        met += 1
        if furniture is None or not furniture.holds(anchor):
            found.append(_Entry(anchor, target, title, anchor))
        if met >= MAX_ITEMS:
            break
    return found


#: Files of words: an entry of a list may be one.
_FILE = compiled(r"\.(?:docx?|wps|pdf|xlsx?|et|pptx?|rtf|ofd|ceb|odt|zip|rar)(?:$|[?#])", re.IGNORECASE)
_ENCLOSED = compiled(r"^附件|下载|附表")
_ROWS = ("li", "tr", "dl", "dd", "p", "td")


def _without_enclosures(entries: list[_Entry]) -> list[_Entry]:
    """The links but those to files that are beside another link of their row, or say that they are enclosed."""
    files = [e for e in entries if _FILE.search(e.url)]
    if not files:
        return entries
    beside: dict[Element, str] = {}
    for entry in sorted(entries, key=lambda e: bool(_FILE.search(e.url))):
        if (row := _row_of(entry.anchor)) is not None:
            beside.setdefault(row, entry.url)
    enclosed = {
        id(e)
        for e in files
        if _ENCLOSED.search(squeeze(e.title)) or ((row := _row_of(e.anchor)) is not None and beside[row] != e.url)
    }
    return [e for e in entries if id(e) not in enclosed]


def _row_of(anchor: Element) -> Element | None:
    return next((e for e in anchor.iterancestors() if e.tag in _ROWS), None)


def _listed_files(entries: list[_Entry]) -> list[_Entry]:
    """The entries but files without a date among no pages: an article's enclosures are no list."""
    pages = {e.group for e in entries if not _FILE.search(e.url)}
    return [e for e in entries if e.date is not None or e.group in pages or not _FILE.search(e.url)]


def _rows(entries: list[_Entry], survey: Survey) -> list[_Entry]:
    """The entries with their rows: the largest element that holds a link alone. Links of few words
    stay that are like others.
    """
    entries = _without_enclosures(entries)
    short = {id(e) for e in entries if e.is_short}
    if short:
        makes = {e.make for e in entries if id(e) not in short}
        entries = [e for e in entries if id(e) not in short or e.make in makes]
    _place(entries)
    _date(entries, survey)
    groups = {e.group for e in entries if id(e) not in short}
    return _listed_files([e for e in entries if id(e) not in short or e.group in groups])


def _place(entries: list[_Entry]) -> None:
    """Give each entry its row, and the group of those that stand alike."""
    owners = _owners(entries)
    above: dict[Element, tuple[str, ...]] = {}
    groups: dict[tuple[str, ...], tuple[str, ...]] = {}  # each is kept once: entries of a list are of one
    for entry in entries:
        parent = entry.anchor.getparent()
        while parent is not None and owners[parent] and parent.tag not in ("body", "html", "form"):
            entry.row = parent
            parent = parent.getparent()
        if parent is not None and parent not in above:
            around = [parent, *islice(parent.iterancestors(), 1)]
            above[parent] = tuple(f"{e.tag}.{e.get('class') or ''}" for e in around)
        group = (str(entry.row.tag), *(above[parent] if parent is not None else ()))
        entry.group = groups.setdefault(group, group)


def _date(entries: list[_Entry], survey: Survey) -> None:
    """Give each entry its row's date."""
    links: dict[tuple[Element, str], list[Element]] = {}
    for entry in entries:
        links.setdefault((entry.row, entry.url), []).append(entry.anchor)
    for entry in entries:
        row = (entry.row, *_described(entry.row))
        if any(_DIGIT.search(survey.inner(element)) for element in row):
            entry.date = row_date(row, links[entry.row, entry.url], entry.url)


_DIGIT = compiled(r"\d")


def _owners(entries: list[_Entry]) -> dict[Element, str]:
    """For each element around entries the one address that they lead to; empty where there are several."""
    owners: dict[Element, str] = {}
    for entry in entries:
        url = entry.url
        element = entry.anchor.getparent()
        while element is not None:
            owner = owners.get(element)
            if owner is None:
                owners[element] = url
            elif not owner or owner == url:
                break  # so it is with all that stand around it
            else:
                owners[element] = ""
            element = element.getparent()
    return owners


def _described(row: Element) -> list[Element]:
    """The ``dd`` of an entry that is in a ``dt``, as long as they hold no entry of their own."""
    found: list[Element] = []
    for other in row.itersiblings() if row.tag == "dt" else ():
        if other.tag != "dd" or other.find(".//a[@href]") is not None:
            break
        found.append(other)
    return found


def _date_in(row: Element) -> str | None:
    return date_of(" ".join(t for t in row.itertext() if isinstance(t, str)))


def read_list(view: View, family: Family) -> Listing:
    """The entries of a page's main list(s)."""
    entries = _rows(_anchors(view, Furniture(view.survey)), view.survey)
    for fragment in family.fragments(view):
        entries += _fragment(fragment, view)
    groups: dict[tuple[str, ...], list[_Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.group, []).append(entry)
    chosen = _main_groups(groups, family, view)
    listing = _gathered([entry for entry in entries if entry.group in chosen])
    for group in chosen:
        if len(groups[group]) > 1:
            listing.rows.update(e for entry in groups[group] for e in (entry.row, *_described(entry.row)))
    listing.is_list = _is_list(listing, family)
    return listing


def _main_groups(groups: dict[tuple[str, ...], list[_Entry]], family: Family, view: View) -> frozenset[tuple[str, ...]]:
    """The group that is most like a section's list, and those that belong to it."""
    folder = view.url.split("?")[0].rsplit("/", 1)[0] + "/"
    words = _row_words([entry for group in groups.values() for entry in group], view.survey)
    scored = sorted(((_score(g, family, folder, words), key) for key, g in groups.items()), reverse=True)
    if not scored or scored[0][0] < _LEAST:
        return frozenset()
    best = scored[0][1]
    return frozenset(
        key for score, key in scored if score >= _LEAST and (key == best or _belongs(groups[key], folder, groups[best]))
    )


#: Less than this a list does not score.
_LEAST = 2


def _gathered(entries: list[_Entry]) -> Listing:
    """The entries, each address once."""
    listing = Listing()
    seen: dict[str, set[Element]] = {}
    for entry in entries:
        if entry.url not in seen:
            seen[entry.url] = {entry.row}
            listing.items.append(ListItem(entry.url, entry.title, entry.date, collapse(_words(entry.row))[:500]))
            listing.dated += entry.date is not None
        elif entry.row not in seen[entry.url]:
            seen[entry.url].add(entry.row)
            listing.repeated.append(entry.url)
    return listing


def _is_list(listing: Listing, family: Family) -> bool:
    """Whether a page's entries make it a list: half of them are dated or articles, or they speak of talks."""
    count = len(listing.items)
    if count >= 3 and (
        listing.dated * 2 >= count or sum(bool(family.article.search(i.url)) for i in listing.items) * 2 >= count
    ):
        return True
    return listing.dated >= 1 and bool(SECTION.search(" ".join(i.text[:60] for i in listing.items[:5])))


def entries_in(view: View) -> list[ListItem]:
    """Every entry of a fragment that holds nothing but entries, however few."""
    entries = _rows(_anchors(view), view.survey)
    return [ListItem(e.url, e.title, e.date, collapse(_words(e.row))[:500]) for e in entries]


#: A rank or a counter: it changes, and the entry does not.
_NUMBER = compiled(r"[\[(（]?\d{1,7}[\])）]?")


def _words(row: Element) -> str:
    texts = (t for e in (row, *_described(row)) for t in e.itertext() if isinstance(t, str))
    return "\n".join(t.strip() for t in texts if t.strip() and not _NUMBER.fullmatch(t.strip()))


def _row_words(entries: list[_Entry], survey: Survey) -> dict[Element, str]:
    """The text of each row; those of fragments stand outside the page."""
    rows = (entry.row for entry in entries)
    return {row: survey.inner(row) if row in survey.places else inner_text(row) for row in rows}


def _score(group: list[_Entry], family: Family, folder: str, words: dict[Element, str]) -> float:
    urls = {e.url for e in group}
    dated = sum(
        e.date is not None
        or (
            _DIGIT.search(words[e.row]) is not None
            and any(_SHORT_DATE.match(squeeze(t)) for t in e.row.itertext() if isinstance(t, str))
        )
        for e in group
    )
    article = sum(bool(family.article.search(e.url.split("?")[0]) or family.article.search(e.url)) for e in group)
    inside = sum(e.url.startswith(folder) for e in group)
    length = sum(min(len(e.title), 20) for e in group) / len(group)
    talk = sum(bool(SECTION.search(words[e.row][:200])) for e in group)
    return (
        len(urls) * 0.2
        + 2 * dated / len(group)
        + 1.5 * article / len(group)
        + inside / len(group)
        + length / 20
        + talk / len(group)
    )


def _belongs(group: list[_Entry], folder: str, best: list[_Entry]) -> bool:
    """A second list belongs to the section when its links go where the best list's links go."""
    heads = {e.url.rsplit("/", 1)[0].split("/20")[0] for e in best}
    inside = sum(e.url.startswith(folder) or e.url.rsplit("/", 1)[0].split("/20")[0] in heads for e in group)
    return inside * 2 > len(group)


def _fragment(fragment: str, view: View) -> list[_Entry]:
    try:
        root = html.fromstring(f"<div>{fragment}</div>")
    except (ValueError, AssertionError):
        return []
    entries = _anchors(View(view.url, view.base, root, fragment, Survey(root)))[:1]
    for entry in entries:
        entry.row, entry.group, entry.date = root, ("fragment",), _date_in(root)
    return entries
