"""List pages: which links are entries, which lead to a section, which the page needs to be shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice

from lxml import html

from parsers.families import Family, View
from parsers.limits import MAX_ITEMS
from parsers.lists.dates import date_of, row_date
from parsers.lists.titles import title_of
from parsers.page.addresses import Base, absolute, host_of, normal, parts
from parsers.page.dom import Element, opened_by, words_of
from parsers.page.forwards import sent_on
from parsers.page.text import collapse, squeeze
from parsers.record import ListItem

_SHORT_DATE = re.compile(r"^[\[(]?\d{1,2}[-/]\d{1,2}[\])]?$")
SECTION = re.compile(
    r"访谈|面对面|在线交流|嘉宾在线|对话局长|局长在线|热线直播|政务直播|做客"
    r"|新闻发布(?!人)|发布会|吹风会|记者会|(?:民生|民声|阳光|行风|政风|百姓|党风政风|政民|群众|市民)热线|政风行风|电视问政|走进直播间|直播访谈"
)
SECTION_PATH = re.compile(
    r"(?:^|[/_=])(?:(?:zxft|zwft|wsft|jbft|ftzb|fthg|ftyg|ftgg|ftjh|msft|ldft|jzft|jbzx|fangtan|interviews?|talks?|xwfbh|msrx|zfxfrx|xfrx|ygrx|msrx)\d{0,6}|ft)(?:[/_.?&]|$)",
    re.IGNORECASE,
)
_CHROME = re.compile(
    r"\b(?:nav|menu|foot|footer|header|crumb|breadcrumb|position|dqwz|wz|location|friend|link|copyright|toolbar|share|page|pager|paging|pagination)\b|nav|menu|foot|crumb"
)
ACTION = re.compile(
    r"^(?:首页|上一页|下一页|尾页|末页|上页|下页|更多|详细|详情|查看|视频|实录|图片|回放|提问|我要提问|预约提问|查看详情|点击进入|进入访谈|返回|打印|关闭|登录|注册"
    r"|(?:文字|图文|访谈|在线|完整)实录|(?:查看|观看|在线|访谈|精彩)(?:视频|回放|实录|全文|更多)|[上下]一[篇条则个]|\d+|[<>»«\[\]\d\s.…]+)[>»…+]*$"
)
TEMPLATE = re.compile(r"\{\{|\}\}|\$\{|<%")


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
_ISSUE = re.compile(r"第[\d一二三四五六七八九十百]{1,4}[期场次讲集回]")


@dataclass(slots=True)
class Listing:
    """What a page lists: ``items`` of its main list, ``is_list`` when the page is a list rather than an article.

    :ivar rows: the rows of entries that stand beside others of their kind
    """

    items: list[ListItem] = field(default_factory=list)
    dated: int = 0
    is_list: bool = False
    rows: set[Element] = field(default_factory=set)


_CRUMBS = re.compile(r"^(?:您|你)?(?:现在|目前|当前)?(?:的|所在)?位置|^首页(?:>|》|›|»|-&gt;)")


def _in_chrome(anchor: Element) -> bool:
    """Whether a link is part of the page's furniture: by a name around it, or in the line that says where the reader is."""
    around = [e for e in anchor.iterancestors() if e.tag not in ("body", "html")]
    if any(e.tag in ("nav", "footer", "header") or _CHROME.search(words_of(e)) for e in around):
        return True
    near = [e for e in around[:3] if e.tag not in ("ul", "ol", "table")]
    return any(
        _CRUMBS.match(squeeze("".join(islice((t for t in e.itertext() if isinstance(t, str)), 8)))) for e in near
    )


def _target(anchor: Element, base: Base) -> str | None:
    """Where a link leads, be it by its script: ``onclick="window.open('/ft/1.html')"``."""
    href = (anchor.get("href") or "").strip()
    if not href or href.startswith("#") or href.lower().startswith("javascript:"):
        return absolute(base, opened_by(f"{anchor.get('onclick') or ''} {href}"))
    return absolute(base, href)


def _anchors(root: Element, base: Base, url: str) -> list[_Entry]:
    here = normal(url) or url
    found: list[_Entry] = []
    for anchor in root.iter("a"):
        target = _target(anchor, base)
        if target is None or target == here or re.search(r"\.(?:jpe?g|png|gif|css|js|mp4)$", target, re.IGNORECASE):
            continue
        title = title_of(anchor, ACTION)
        if (
            len(squeeze(title)) < 2
            or ACTION.match(squeeze(title).strip("[]【】()（）·"))
            or TEMPLATE.search(title + target)
            or len(title) > 200
        ):
            continue
        if parts(target).path in ("", "/") and not parts(target).query:
            continue
        found.append(_Entry(anchor, target, title, anchor))
        if len(found) >= MAX_ITEMS:
            break
    return found


#: Files of words: an entry of a list may be one.
_FILE = re.compile(r"\.(?:docx?|wps|pdf|xlsx?|et|pptx?|rtf|ofd|ceb|odt|zip|rar)(?:$|[?#])", re.IGNORECASE)
_ENCLOSED = re.compile(r"^附件|下载|附表")
_ROWS = ("li", "tr", "dl", "dd", "p", "td")


def _without_enclosures(entries: list[_Entry]) -> list[_Entry]:
    """The links but those to files that stand beside another link of their row, or say that they are enclosed."""
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


def _rows(entries: list[_Entry]) -> list[_Entry]:
    """The entries with their rows: the largest element that holds a link alone. Links of few words stay that are like others."""
    entries = _without_enclosures(entries)
    long = [e for e in entries if not e.is_short]
    makes = {e.make for e in long}
    entries = [e for e in entries if not e.is_short or e.make in makes]
    owners: dict[Element, set[str]] = {}
    links: dict[tuple[Element, str], list[Element]] = {}
    for entry in entries:
        for element in entry.anchor.iterancestors():
            owners.setdefault(element, set()).add(entry.url)
    for entry in entries:
        for element in entry.anchor.iterancestors():
            if len(owners[element]) > 1 or element.tag in ("body", "html", "form"):
                break
            entry.row = element
        parent = entry.row.getparent()
        chain = [entry.row] + ([parent] if parent is not None else [])
        grandparent = parent.getparent() if parent is not None else None
        chain += [grandparent] if grandparent is not None else []
        entry.group = tuple(f"{e.tag}.{e.get('class') or ''}" if i else e.tag for i, e in enumerate(chain))
        links.setdefault((entry.row, entry.url), []).append(entry.anchor)
    for entry in entries:
        entry.date = row_date((entry.row, *_described(entry.row)), links[entry.row, entry.url], entry.url)
    groups = {e.group for e in entries if not e.is_short}
    return _listed_files([e for e in entries if not e.is_short or e.group in groups])


def _described(row: Element) -> list[Element]:
    """The ``dd`` of an entry that stands in a ``dt``, as long as they hold no entry of their own."""
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
    entries = _anchors(view.root, view.base, view.url)
    entries = _rows([e for e in entries if not _in_chrome(e.anchor)])
    for fragment in family.fragments(view):
        entries += _fragment(fragment, view)
    groups: dict[tuple[str, ...], list[_Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.group, []).append(entry)
    folder = view.url.split("?")[0].rsplit("/", 1)[0] + "/"
    scored = sorted(((_score(g, family, folder), key) for key, g in groups.items()), reverse=True)
    if not scored or scored[0][0] < 2:
        return Listing()
    chosen = [
        key
        for score, key in scored
        if score >= 2 and (key == scored[0][1] or _belongs(groups[key], family, folder, groups[scored[0][1]]))
    ]
    listing = Listing()
    seen: set[str] = set()
    for entry in entries:
        if entry.group in chosen and entry.url not in seen:
            seen.add(entry.url)
            listing.items.append(ListItem(entry.url, entry.title, entry.date, collapse(_words(entry.row))[:500]))
            listing.dated += entry.date is not None
        if entry.group in chosen and len(groups[entry.group]) > 1:
            listing.rows |= {entry.row, *_described(entry.row)}
    count = len(listing.items)
    listing.is_list = count >= 3 and (
        listing.dated * 2 >= count or sum(bool(family.article.search(i.url)) for i in listing.items) * 2 >= count
    )
    listing.is_list = listing.is_list or (
        count >= 1 and bool(SECTION.search(" ".join(i.text[:60] for i in listing.items[:5]))) and listing.dated >= 1
    )
    return listing


def entries_in(view: View) -> list[ListItem]:
    """Every entry of a fragment that holds nothing but entries, however few."""
    entries = _rows(_anchors(view.root, view.base, view.url))
    return [ListItem(e.url, e.title, e.date, collapse(_words(e.row))[:500]) for e in entries]


#: A rank or a counter: it changes, and the entry does not.
_NUMBER = re.compile(r"[\[(（]?\d{1,7}[\])）]?")


def _words(row: Element) -> str:
    texts = (t for e in (row, *_described(row)) for t in e.itertext() if isinstance(t, str))
    return "\n".join(t.strip() for t in texts if t.strip() and not _NUMBER.fullmatch(t.strip()))


def _score(group: list[_Entry], family: Family, folder: str) -> float:
    urls = {e.url for e in group}
    dated = sum(
        e.date is not None or any(_SHORT_DATE.match(squeeze(t)) for t in e.row.itertext() if isinstance(t, str))
        for e in group
    )
    article = sum(bool(family.article.search(e.url.split("?")[0]) or family.article.search(e.url)) for e in group)
    inside = sum(e.url.startswith(folder) for e in group)
    length = sum(min(len(e.title), 20) for e in group) / len(group)
    talk = sum(bool(SECTION.search("".join(t for t in e.row.itertext() if isinstance(t, str))[:200])) for e in group)
    return (
        len(urls) * 0.2
        + 2 * dated / len(group)
        + 1.5 * article / len(group)
        + inside / len(group)
        + length / 20
        + talk / len(group)
    )


def _belongs(group: list[_Entry], family: Family, folder: str, best: list[_Entry]) -> bool:
    """A second list belongs to the section when its links go where the best list's links go."""
    del family
    heads = {e.url.rsplit("/", 1)[0].split("/20")[0] for e in best}
    return sum(e.url.startswith(folder) or e.url.rsplit("/", 1)[0].split("/20")[0] in heads for e in group) * 2 > len(
        group
    )


def _fragment(fragment: str, view: View) -> list[_Entry]:
    try:
        root = html.fromstring(f"<div>{fragment}</div>")
    except (ValueError, AssertionError):
        return []
    entries = _anchors(root, view.base, view.url)[:1]
    for entry in entries:
        entry.row, entry.group, entry.date = root, ("fragment",), _date_in(root)
    return entries


def forwards_of(view: View, refresh: str | None = None) -> list[ListItem]:
    """Where a page that shows nothing sends its reader at once, on the same host: refresh header, meta refresh, script."""
    host, here = host_of(view.url), normal(view.url) or view.url
    return [ListItem(u, "forward") for u in sent_on(view.root, view.base, refresh) if u != here and host_of(u) == host]
