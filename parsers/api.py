"""The public functions: :func:`parse`, with its reasons :func:`explain`, and :func:`links`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from parsers.claims.confidence import confidence
from parsers.claims.settle import Settled
from parsers.document import Page
from parsers.errors import Unparsable
from parsers.families import Family, Paging, View, fallback
from parsers.families.calls import article_pages
from parsers.families.counts import counts_of
from parsers.families.generic import Generic
from parsers.families.pagers import loaded
from parsers.filed import read_file
from parsers.header.meta import head_title
from parsers.interview import PARSER, read_interview, read_with_claims
from parsers.kinds import attachments_of, instead_of_content, media_of
from parsers.lists.articles import is_article
from parsers.lists.elsewhere import forwards_of, frames_elsewhere, frames_of, is_front, maps_of, script_files
from parsers.lists.entries import SECTION, Listing, read_list
from parsers.lists.other_lists import Others, other_lists
from parsers.lists.requisites import css_requisites, requisites_of
from parsers.lists.sections import is_section, sections_of, talks_below
from parsers.lists.served import embedded, read_value
from parsers.page.addresses import Base, Parts, absolute, host_of, parts
from parsers.page.barriers import SHORT, challenge, wordless
from parsers.page.dom import visible_size
from parsers.page.shape import DATA, holds_page, is_style, shape
from parsers.page.standing_in import waits_for_scripts
from parsers.page.text import squeeze
from parsers.record import Links, ListItem, PageRequest, Payload, Record, WayOn
from parsers.served import read_served
from parsers.talk.fetched import fetched
from parsers.talk.fragments import following_part, is_talk, load
from parsers.talk.placeholder import waits

__all__ = ["PARSER", "explain", "links", "parse"]


def parse(parts: Sequence[Payload], context: ListItem | None = None, *, family: str | None = None) -> Record:
    """Read one interview.

    :param parts: the payloads of one article: its page, further pages, fragments; one is the common case
    :param context: what the list page said of it; fills what the article does not print
    :param family: the site file's CMS family, a hint
    :returns: a record, also for pages that are no interview (its ``kind`` says what they are)
    :raises parsers.errors.PageError: the first payload holds no document, an address is none, or a documented limit is exceeded
    """
    return explain(parts, context, family=family)[0]


def explain(
    parts: Sequence[Payload], context: ListItem | None = None, *, family: str | None = None
) -> tuple[Record, tuple[Settled, ...]]:
    """As :func:`parse`, with all that was claimed of each field: what ``fangtan parse --explain`` prints.

    :returns: the record, and per field the claims with the one that is asserted; empty where no rule was asked: a page that
        is in another's place, a talk that is JSON alone
    """
    if not parts:
        raise Unparsable("", "expected at least one payload, found none")
    first = parts[0]
    for part in parts:
        _check_address(part.url)
    if not first.data.strip() and not first.refresh and wordless(first.status):
        sure = {"kind": confidence("kind", "challenge", "alone")}
        return Record(first.url, "challenge", parser=PARSER, confidence=sure), ()
    if (filed := read_file(first, context)) is not None:
        return filed, ()
    shapes = [shape(part) for part in parts]
    served = [part for part, found in zip(parts, shapes, strict=True) if found in DATA]
    pages = [
        Page.open(part, family)
        for part, found in zip(parts, shapes, strict=True)
        if found not in DATA and (part is first or holds_page(part))
    ]
    if not pages:
        return read_served(None, served), ()
    record, settled = read_with_claims(pages, context)
    return (read_served(record, served) if served and not record.turns else record), tuple(settled.values())


def _check_address(url: str) -> None:
    """:raises Unparsable: links could not be resolved against it"""
    if ("://" in url or url.startswith("//")) and parts(url if "://" in url else f"http:{url}") == Parts():
        raise Unparsable(url, "expected the page's address, found none")


def links(
    payload: Payload,
    url: str | None = None,
    content_type: str | None = None,
    *,
    family: str | None = None,
    scripts: str = "",
) -> Links:
    """Where a page leads: list entries, next pages, parts, requisites.

    :param url: the URL the payload was finally served from, when it differs from ``payload.url``
    :param content_type: overrides the payload's
    :param family: the site file's CMS family, a hint
    :param scripts: the text of the script files that an earlier reading named (:attr:`Links.scripts`)
    """
    payload = replace(payload, url=url or payload.url, content_type=content_type or payload.content_type)
    _check_address(payload.url)
    found = shape(payload)
    if is_style(payload):
        return Links(requisites=css_requisites(payload.data.decode("utf-8", "replace"), Base(payload.url)))
    if not holds_page(payload):
        return Links()
    if not payload.data.strip() and not payload.refresh:
        return Links(challenge=wordless(payload.status), obstacle="empty: the answer has no content")
    if found in DATA:
        return _json_links(payload)
    page = Page.open(payload, family, scripts)
    detected, _ = page.detected
    visible = visible_size(page.root, SHORT + 1)
    blocked = challenge(page.root, page.base, page.decoded.text, payload.status, visible, payload.refresh)
    if blocked:
        return Links(family=detected.name, challenge=blocked)
    listing, paging, section = _listed(page, detected)
    shell = forwards_of(page.view, payload.refresh) if visible < _SHELL and not listing.items else []
    waiting = None if listing.is_list else _waiting(page)
    asked = () if listing.is_list else fetched(page.view, bare=waiting is not None)
    parts = _parts(page, listing.is_list, paging.pages)
    files = () if listing.is_list or section else _words_in_files(page)
    parts = tuple(
        dict.fromkeys(
            (*parts, *(r.url for r in asked if r.method == "GET"), *(forward.url for forward in shell), *files)
        )
    )
    part_urls = set(parts)
    sections = sections_of(page.view)
    if not sections and not section and is_front(page.view.url) and (below := talks_below(page.view)):
        listing = Listing(below, sum(item.date is not None for item in below), is_list=True)
    others = Others()
    if section or listing.is_list:
        others = other_lists(page.view, frozenset(i.url for i in listing.items), paged=bool(paging.pages))
    frames = frames_of(page.view) if not listing.items or (section and not listing.is_list) else []
    abroad = frames_elsewhere(page.view) if section and not listing.items else []
    return Links(
        is_list=listing.is_list
        or (
            section
            and bool(listing.items or paging.pages)
            and bool(paging.pages or paging.declared or _is_index(page, listing))
        ),
        is_section=section,
        site_name=page.tags.get("sitename") or _site_name(head_title(page.root)),
        sections=(*sections, *frames, *abroad, *shell),
        lists=tuple(others.lists.values()),
        posted_lists=tuple(others.posts),
        maps=maps_of(page.view),
        items=tuple(listing.items),
        repeated=tuple(listing.repeated),
        pages=tuple(p for p in paging.pages if p.url not in part_urls),
        declared=paging.declared,
        declared_items=paging.declared_items,
        further=tuple(p for p in paging.further if p.url not in part_urls),
        declarations=paging.declarations,
        ways_on=_ways_on(paging, listing, others, abroad),
        scripts=() if scripts or sections else _scripts(page.view, listing, paging, others, section=section),
        parts=parts,
        fragments=tuple(request.url for request in asked if request.method == "GET"),
        posts=tuple(request for request in asked if request.method == "POST"),
        requisites=_requisites(page),
        family=detected.name,
        obstacle=None if listing.items or parts or asked else _obstacle(page, visible, waiting),
        pager="" if _all_here(paging, listing) else paging.rule,
    )


def _ways_on(paging: Paging, listing: Listing, others: Others, abroad: list[ListItem]) -> tuple[WayOn, ...]:
    """What leads on and cannot be followed, each once.

    :param abroad: frames on other hosts: which of them are the site's, others know
    """
    frames = [WayOn(frame.url, frame.title) for frame in abroad]
    shown = () if _all_here(paging, listing) else (*paging.ways_on, *others.ways, *frames)
    return tuple({(way.target, way.words): way for way in (*shown, *others.earlier)}.values())


def _scripts(view: View, listing: Listing, paging: Paging, others: Others, *, section: bool) -> tuple[str, ...]:
    """The script files to be read with a page: one that names no section, or whose pager leads nowhere that it says itself."""
    more = (paging.declared or 0) > 1 or (paging.declared_items or 0) > len(listing.items) or bool(paging.ways_on)
    if section or listing.is_list:
        return script_files(view) if (more and not paging.pages) or others.ways or others.earlier else ()
    return script_files(view) if is_front(view.url) else ()


def _listed(page: Page, family: Family) -> tuple[Listing, Paging, bool]:
    """What a page lists, how that continues, and whether it is a section; an article is none and lists nothing, whatever it links."""
    listing = read_list(page.view, family)
    if not listing.is_list and (inside := embedded(page.view.scripts, page.base, family)):
        listing = Listing(inside, sum(item.date is not None for item in inside), is_list=True)
    paging = _paging(page.view, family)
    paged = bool(paging.pages and paging.rule != "next-link") or (paging.declared or 0) > 1
    section = is_section(page.view, page.tags)
    if (section or listing.items or paging.pages or paging.ways_on) and is_article(
        page.view, page.tags, family, listing.rows, paged=paged
    ):
        return Listing(), Paging(), False
    if section and not (listing.items or paging.pages or paging.ways_on) and (lost := loaded(page.view)) is not None:
        paging = replace(paging, rule="script-list", ways_on=lost.ways_on)
    return listing, paging, section


def _paging(view: View, family: Family) -> Paging:
    """How a list continues by its family's rules, else by what any pager shows; numbers that are declared in words are kept."""
    paging = family.paging(view)
    if not paging.pages and paging.declared is None and not isinstance(family, Generic):
        paging = fallback().paging(view)
    if paging.declarations:
        return paging
    counts = counts_of(view)
    return replace(
        paging,
        declared=paging.declared or counts.pages,
        declared_items=paging.declared_items or counts.entries,
        declarations=counts.declarations,
    )


def _all_here(paging: Paging, listing: Listing) -> bool:
    """Whether a pager that is not understood pages through what is here: many sites send the complete list and page it in the browser."""
    rows = len(listing.items) + len(listing.repeated)
    return bool(paging.declared_items) and rows >= (paging.declared_items or 0)


def _requisites(page: Page) -> tuple[str, ...]:
    """What is fetched with a page: what it shows, its files, its films."""
    shown, files = requisites_of(page.view), attachments_of(page.survey, page.base)
    urls = dict.fromkeys((*shown, *files, *media_of(page.root, page.survey, page.base)))
    return tuple(url for url in urls if url != page.payload.url)


_WORD_FILE = re.compile(r"\.docx\s*(?:$|[?#])", re.IGNORECASE)
_MAX_FILES = 5


def _words_in_files(page: Page) -> tuple[str, ...]:
    """The Word files of a page whose talk is only in a file: its further parts."""
    files = [url for url in attachments_of(page.survey, page.base) if _WORD_FILE.search(url)]
    if not files or read_interview([page], None).kind != "attachment":
        return ()
    return tuple(files[:_MAX_FILES])


def _waiting(page: Page) -> str | None:
    """What is shown in place of a talk until a script brings it."""
    if not _WAITS.search(page.decoded.text):
        return None
    return waits(page.view, [line for line in page.lines if not line.hidden])


_WAITS = re.compile(r"加载|载入|读取|获取|稍[候等]|耐心等待|loading|结束|已完成|已直播|往期|历史", re.IGNORECASE)


def _obstacle(page: Page, visible: int, waiting: str | None) -> str | None:
    """What is in the page's place, with the words that say so."""
    if visible <= SHORT and (found := instead_of_content(page.root, page.base, page.payload.status, visible)):
        return "behind_script: the page has no words of its own" if _is_empty_shell(page, found) else found
    return f"behind_script: {waiting}" if waiting and not media_of(page.root, page.survey, page.base) else None


def _is_empty_shell(page: Page, found: str) -> bool:
    return found.startswith("empty: ") and waits_for_scripts(page.root)


_SHELL = 100  # characters; a page that shows more is not only there to send its reader on


def _is_index(page: Page, listing: Listing) -> bool:
    """Whether a section's page without dates or a pager is its list: by its address, and by what its entries are called."""
    path = parts(page.payload.url).path
    if "articletitle" in page.tags or not re.search(
        r"/(?:(?:index|list|default|more)\w*\.\w{2,6})?$", path, re.IGNORECASE
    ):
        return False
    talks = sum(bool(SECTION.search(item.title + item.text)) for item in listing.items)
    return len(listing.items) >= 3 and talks * 2 >= len(listing.items)


def _json_links(payload: Payload) -> Links:
    """A list that is served as JSON or JSONP; a talk's own JSON lists nothing."""
    value = load(payload)
    if is_talk(value):
        return Links(parts=following_part(value, payload.url), family="json")
    listing, paging = read_value(value, payload.url, fallback())
    return Links(
        is_list=listing.is_list,
        items=tuple(listing.items),
        pages=paging.pages,
        declared=paging.declared,
        declared_items=paging.declared_items,
        declarations=paging.declarations,
        ways_on=paging.ways_on,
        family="json",
    )


def _site_name(head: str) -> str | None:
    """The organ's name that a page title ends (or consists) of."""
    for part in reversed(re.split(r"[-_|—–>\s]+", head)):
        if re.fullmatch(r".{2,20}(?:人民政府|政府网|政府门户网站|政府网站|政务网|门户网站|信息网)", part):
            return part
    return None


def _parts(page: Page, is_list: bool, following: tuple[PageRequest, ...]) -> tuple[str, ...]:
    """Further pages of the same article: the pager call with the article's own stem, numbered siblings, the transcript page."""
    found = article_pages(page.view)
    if not is_list or not following:
        numbered = re.compile(rf"{re.escape(_stem(page.payload.url))}[_-]\d{{1,3}}")
        for anchor, href in page.survey.anchors:
            text = squeeze(page.survey.inner(anchor))
            if not _PART.fullmatch(text) and not _TRANSCRIPT.match(text):
                continue
            url = absolute(page.base, href)
            if not url or url == page.payload.url:
                continue
            sibling = _PART.fullmatch(text) and numbered.fullmatch(_stem(url))
            if (sibling and not is_list) or (_TRANSCRIPT.match(text) and _related(page.payload.url, url)):
                found.append(url)
    return tuple(dict.fromkeys(u for u in found if u != page.payload.url))


_PART = re.compile(r"\[?\d{1,3}\]?|下一页|下页|[>»›]")
_TRANSCRIPT = re.compile(r"^(?:点击)?(?:进入|查看|观看)?(?:本期|本次)?(?:文字|图文|访谈|在线)?实录[>»]*$")


def _stem(url: str) -> str:
    return re.sub(r"\.\w{2,6}$", "", parts(url).path)


def _related(one: str, other: str) -> bool:
    """Whether two addresses speak of the same interview: a long number in common, or the same query id."""
    a, b = (set(re.findall(r"\d{3,}|(?<==)\d+", u.split("//", 1)[-1].split("/", 1)[-1])) for u in (one, other))
    same_host = host_of(one) == host_of(other)
    return same_host and bool(a & b) and _last_number(one) == _last_number(other)


def _last_number(url: str) -> list[str]:
    return re.findall(r"\d+", _stem(url) + parts(url).query)[-1:]
