"""List pages: which links are entries, which lead to a section, which the page needs to be shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import html

from parsers.families import Family, View
from parsers.header.meta import text_of
from parsers.limits import MAX_ITEMS
from parsers.page.addresses import Base, absolute, host_of, normal, parts
from parsers.page.dom import Element, opened_by, words_of
from parsers.page.forwards import sent_on
from parsers.page.text import BLANK, collapse, fold, squeeze
from parsers.record import ListItem

_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-/.年]\s?(\d{1,2})[-/.月]\s?(\d{1,2})")
_SHORT_DATE = re.compile(r"^[\[(]?\d{1,2}[-/]\d{1,2}[\])]?$")
SECTION = re.compile(r"访谈|面对面|在线交流|嘉宾在线|对话局长|局长在线|热线直播|政务直播|做客")
_PARENT = re.compile(r"^(?:政民互动|互动交流|公众参与|互动|网络问政|互动回应|互动服务|交流互动|解读回应|公众互动)$")
SECTION_PATH = re.compile(
    r"(?:^|[/_=])(?:zxft|zwft|wsft|jbft|ftzb|fthg|ftyg|ftgg|ftjh|msft|ft|fangtan|interview)(?:[/_.?&]|$)", re.IGNORECASE
)
_CHROME = re.compile(
    r"\b(?:nav|menu|foot|footer|header|crumb|breadcrumb|position|dqwz|wz|location|friend|link|copyright|toolbar|share|page|pager|paging|pagination)\b|nav|menu|foot|crumb"
)
_ACTION = re.compile(
    r"^(?:首页|上一页|下一页|尾页|末页|上页|下页|更多|详细|详情|查看|视频|实录|图片|回放|提问|我要提问|预约提问|查看详情|点击进入|进入访谈|返回|打印|关闭|登录|注册|\d+|[<>»«\[\]\d\s.…]+)[>»…+]*$"
)
_MAP = re.compile(r"^(?:网站|站点|本站)(?:地图|导航)$")
_TEMPLATE = re.compile(r"\{\{|\}\}|\$\{|<%")


@dataclass(slots=True)
class _Entry:
    anchor: Element
    url: str
    title: str
    row: Element
    date: str | None = None
    group: tuple[str, ...] = ()


@dataclass(slots=True)
class Listing:
    """What a page lists: ``items`` of its main list, ``is_list`` when the page is a list rather than an article."""

    items: list[ListItem] = field(default_factory=list)
    dated: int = 0
    is_list: bool = False


def _title(anchor: Element) -> str:
    text = text_of(anchor)
    attribute = collapse(anchor.get("title") or "").strip(BLANK)
    if attribute and (len(attribute) > len(text) or "…" in text or text.endswith("...")):
        return attribute
    if not text:
        image = anchor.find(".//img")
        return collapse((image.get("alt") if image is not None else "") or "").strip(BLANK)
    return text


def _in_chrome(anchor: Element) -> bool:
    return any(
        e.tag in ("nav", "footer", "header") or _CHROME.search(words_of(e))
        for e in anchor.iterancestors()
        if e.tag not in ("body", "html")
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
        if (
            target is None
            or target == here
            or re.search(r"\.(?:jpe?g|png|gif|css|js|docx?|xlsx?|pdf|zip|rar|mp4)$", target, re.IGNORECASE)
        ):
            continue
        title = _title(anchor)
        if (
            len(squeeze(title)) < 4
            or _ACTION.match(squeeze(title).strip("[]【】()（）·"))
            or _TEMPLATE.search(title + target)
            or len(title) > 200
        ):
            continue
        if parts(target).path in ("", "/") and not parts(target).query:
            continue
        found.append(_Entry(anchor, target, title, anchor))
        if len(found) >= MAX_ITEMS:
            break
    return found


def _rows(entries: list[_Entry]) -> None:
    """An entry's row is the largest element that holds this link alone."""
    owners: dict[Element, set[str]] = {}
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
        entry.date = date_of(_words(entry.row, " "))


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


def date_of(text: str) -> str | None:
    """The first full date of a row, as ``YYYY-MM-DD``."""
    text = fold(collapse(text))[:400]
    match = _DATE.search(text)
    if match:
        return f"{int(match[1]):04d}-{int(match[2]):02d}-{int(match[3]):02d}"
    return None


def read_list(view: View, family: Family) -> Listing:
    """The entries of a page's main list(s)."""
    entries = _anchors(view.root, view.base, view.url)
    entries = [e for e in entries if not _in_chrome(e.anchor)]
    _rows(entries)
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
    entries = _anchors(view.root, view.base, view.url)
    _rows(entries)
    return [ListItem(e.url, e.title, e.date, collapse(_words(e.row))[:500]) for e in entries]


def _words(row: Element, joint: str = "\n") -> str:
    texts = (t for e in (row, *_described(row)) for t in e.itertext() if isinstance(t, str))
    return joint.join(t.strip() for t in texts if t.strip())


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


_ARTICLE = re.compile(
    r"(?:t\d{6,}(?:_\d+)?|art_\w+|content_\d+|post_\d+|/[0-9a-f]{32}|/\d{3,}/\d{3,}|/\d{6,})\.s?html?$"
    r"|[?&](?:id|wbnewsid|newsid|articleid|interviewid)=\d+$",
    re.IGNORECASE,
)


def _dated(anchor: Element) -> bool:
    """Whether a link's own list entry carries a date: an article, however its title reads."""
    parent = anchor.getparent()
    return (
        parent is not None
        and parent.tag in ("li", "td", "dd", "p", "span")
        and len(list(parent.iter("a"))) == 1
        and _date_in(parent) is not None
    )


def sections_of(view: View) -> list[ListItem]:
    """Links that name an interview section; parents such as 互动交流 only when no section is named."""
    named: list[ListItem] = []
    parents: list[ListItem] = []
    seen: set[str] = set()
    for anchor, href in view.survey.anchors:
        text = squeeze(_title(anchor))
        talks, parent = len(text) <= 12 and SECTION.search(text), _PARENT.match(text)
        if not talks and not parent and (len(text) < 2 or len(text) > 12 or not SECTION_PATH.search(href)):
            continue
        url = absolute(view.base, href)
        if url is None or url in seen or _ACTION.match(text) or _TEMPLATE.search(text + url) or _ARTICLE.search(url):
            continue
        if _dated(anchor):
            continue
        lower = SECTION_PATH.search(parts(url).path) and not re.search(r"\.s?html?$", url)
        if talks or (lower and 2 <= len(text) <= 12):
            named.append(ListItem(url, text))
            seen.add(url)
        elif parent:
            parents.append(ListItem(url, text))
            seen.add(url)
    return named or parents


def maps_of(view: View) -> tuple[str, ...]:
    """Pages that show the whole site to people."""
    found = (absolute(view.base, a.get("href")) for a in view.root.iter("a") if _MAP.match(squeeze(text_of(a))))
    return tuple(dict.fromkeys(url for url in found if url))


def frames_of(view: View) -> list[ListItem]:
    """The frames of a shell page, of the same host: its list may stand in one of them."""
    host = host_of(view.url)
    urls = (absolute(view.base, frame.get("src")) for frame in view.root.iter("iframe", "frame"))
    return [ListItem(url, "iframe") for url in dict.fromkeys(urls) if url and host_of(url) == host]


def forwards_of(view: View, refresh: str | None = None) -> list[ListItem]:
    """Where a page that shows nothing sends its reader at once, on the same host: refresh header, meta refresh, script."""
    host, here = host_of(view.url), normal(view.url) or view.url
    return [ListItem(u, "forward") for u in sent_on(view.root, view.base, refresh) if u != here and host_of(u) == host]


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


_CSS_URL = re.compile(r"url\(\s*['\"]?([^'\")\s]{1,1000})['\"]?\s*\)|@import\s+['\"]([^'\"]{1,1000})['\"]")


def css_requisites(text: str, base: Base) -> tuple[str, ...]:
    """Addresses in a style sheet or style attribute."""
    found = (absolute(base, m[1] or m[2]) for m in _CSS_URL.finditer(text) if not (m[1] or m[2]).startswith("data:"))
    return tuple(dict.fromkeys(u for u in found if u))


def requisites_of(view: View) -> tuple[str, ...]:
    """What a browser loads to show the page: style sheets, scripts, images, icons, fonts named in style elements."""
    found: list[str | None] = []
    for element in view.root.iter("link", "script", "img", "style", "input", "td", "body", "table", "div"):
        tag = element.tag
        if tag == "link" and re.search(r"stylesheet|icon", (element.get("rel") or "").lower()):
            found.append(absolute(view.base, element.get("href")))
        elif tag in ("script", "input"):
            found.append(absolute(view.base, element.get("src")))
        elif tag == "img":
            found += [
                absolute(view.base, element.get(a)) for a in ("src", "data-src", "data-original") if element.get(a)
            ]
        elif tag == "style":
            found += css_requisites(element.text or "", view.base)
        else:
            found.append(absolute(view.base, element.get("background")))
            if "url(" in (element.get("style") or ""):
                found += css_requisites(element.get("style") or "", view.base)
    return tuple(dict.fromkeys(u for u in found if u and u != view.url))
