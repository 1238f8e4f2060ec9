"""Where a page leads, read of an opened page; what an answer of data lists."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from parsers.document import Page
from parsers.elsewhere import words_in_files, words_in_frames
from parsers.families import Family, Paging, View, detect, fallback
from parsers.families.asked import loaded
from parsers.families.counts import counts_of
from parsers.families.generic import Generic
from parsers.families.idle_control import controls, idle_control
from parsers.kinds import attachments_of, instead_of_content, media_of
from parsers.lists.articles import is_article
from parsers.lists.elsewhere import (
    forwards_of,
    frames_elsewhere,
    frames_of,
    is_front,
    maps_of,
    pager_frames,
    script_files,
)
from parsers.lists.entries import SECTION, Listing, read_list
from parsers.lists.other_lists import Others, other_lists
from parsers.lists.parts import following_parts
from parsers.lists.requisites import manifest_icons, requisites_of
from parsers.lists.sections import is_section, sections_of, talks_below
from parsers.lists.served import beside, embedded, failure, read_value
from parsers.page.addresses import Base, is_directory
from parsers.page.barriers import SHORT, challenge, nothing_here
from parsers.page.dom import visible_size
from parsers.page.standing_in import waits_for_scripts
from parsers.patterns import compiled
from parsers.record import Links, ListItem, PageRequest, Payload, WayOn
from parsers.talk.fetched import fetched
from parsers.talk.fragments import continued, is_talk, load
from parsers.talk.placeholder import waits


@dataclass(slots=True)
class _Listed:
    """What a page lists, how that continues, and whether it is a section.

    :ivar section: it says so of itself
    """

    listing: Listing
    paging: Paging
    section: bool

    @property
    def is_list_page(self) -> bool:
        """Whether other lists may stand beside its entries."""
        return self.section or self.listing.is_list

    @property
    def leads(self) -> bool:
        """Whether there are entries, or pages that may have some."""
        return bool(self.listing.items or self.paging.pages)

    @property
    def lacks_pages(self) -> bool:
        """Whether there are further pages, and the page does not say where."""
        paging = self.paging
        more = (paging.declared or 0) > 1 or (paging.declared_items or 0) > len(self.listing.items)
        return not paging.pages and (more or bool(paging.ways_on))

    @property
    def all_here(self) -> bool:
        """Whether a pager that is not understood pages through what is here: many sites send the complete list
        and page it in the browser.
        """
        rows = len(self.listing.items) + len(self.listing.repeated)
        return bool(self.paging.declared_items) and rows >= (self.paging.declared_items or 0)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What belongs to a page's own talk.

    :param waiting: what is shown in its place until a script brings it
    :param asked: what a script asks for
    :param urls: its further pages and answers
    """

    waiting: str | None
    asked: tuple[PageRequest, ...]
    urls: tuple[str, ...]

    def asked_by(self, method: str) -> list[PageRequest]:
        """What a script asks for in one way."""
        return [request for request in self.asked if request.method == method]


def read_links(page: Page, files: str = "") -> Links:
    """Where a page leads. The page is as before, but for ``page.changed``.

    :param files: the text of its script files, as far as they were fetched
    """
    view = page.view_with(files)
    family = detect(view, page.family)[0] if files else page.detected[0]
    visible, refresh = visible_size(page.root, SHORT + 1), page.payload.refresh
    if blocked := challenge(page.root, page.base, view.raw, page.payload.status, visible, refresh):
        return Links(family=family.name, challenge=blocked)
    found = _listed(view, page.tags, family)
    shell = forwards_of(view, refresh) if visible < _SHELL and not found.listing.items else []
    own = _own_parts(page, view, found, shell)
    sections = sections_of(view)
    if not sections:
        _list_talks_below(view, found)
    listing, paging = found.listing, found.paging
    others = _others(view, found)
    frames, abroad = _frames(view, found)
    links = Links(
        is_list=listing.is_list or _is_list_by_pager(view, page.tags, found),
        is_section=found.section,
        site_name=page.tags.get("sitename") or _site_name(page.head),
        sections=(*sections, *frames, *abroad, *shell),
        lists=tuple(others.lists.values()),
        posted_lists=tuple(others.posts),
        maps=maps_of(view),
        vacant=_is_vacant(view, found),
        items=_entries(listing, others),
        repeated=tuple(listing.repeated),
        pages=paging.pages,
        declared=paging.declared,
        declared_items=paging.declared_items,
        further=paging.further,
        declarations=paging.declarations,
        ways_on=_ways_on(found, others, abroad),
        scripts=() if files or sections else _scripts(view, found, others),
        fragments=tuple(request.url for request in own.asked_by("GET")),
        posts=tuple(own.asked_by("POST")),
        requisites=_requisites(view),
        family=family.name,
        obstacle=_obstacle(page, visible, own.waiting) if not (own.urls or own.asked or found.leads) else None,
        pager="" if found.all_here else paging.rule,
    )
    return _with_parts(links, (*own.urls, *_elsewhere(page, view, found)))


def _elsewhere(page: Page, view: View, found: _Listed) -> tuple[str, ...]:
    """Where the words of a page's talk are that it does not show itself."""
    files = () if found.is_list_page else words_in_files(page)
    return files if found.leads else (*files, *words_in_frames(page, view))


def _entries(listing: Listing, others: Others) -> tuple[ListItem, ...]:
    """The entries of a list without those that are other lists."""
    return tuple(item for item in listing.items if item.url not in others.lists)


def _is_vacant(view: View, found: _Listed) -> bool:
    """Whether a section's page shows no entry, and says that there is none."""
    return found.section and not found.listing.items and nothing_here(view.root)


def _with_parts(links: Links, urls: tuple[str, ...]) -> Links:
    """The links with the parts of the page's talk; no page of a list is one of them."""
    if not urls:
        return links
    parts = tuple(dict.fromkeys(urls))
    own = frozenset(parts)
    return replace(
        links,
        parts=parts,
        pages=tuple(page for page in links.pages if page.url not in own),
        further=tuple(page for page in links.further if page.url not in own),
        obstacle=None,
    )


def _own_parts(page: Page, view: View, found: _Listed, shell: list[ListItem]) -> _Parts:
    """What belongs to the page's own talk.

    :param shell: where a page that shows nothing sends its reader
    """
    is_list = found.listing.is_list
    waiting = None if is_list else _waiting(page, view)
    asked = () if is_list or found.paging.rule == "asked" else fetched(view, bare=waiting is not None)
    urls = [
        *following_parts(view, is_list, found.paging.pages),
        *(request.url for request in asked if request.method == "GET"),
        *(forward.url for forward in shell),
    ]
    return _Parts(waiting, asked, tuple(urls))


def _list_talks_below(view: View, found: _Listed) -> None:
    """Take what a front page shows below a section's heading for its list, where it names no section."""
    if not found.section and is_front(view.url) and (below := talks_below(view)):
        found.listing = Listing(below, sum(item.date is not None for item in below), is_list=True)


def _others(view: View, found: _Listed) -> Others:
    if not found.is_list_page:
        return Others()
    others = other_lists(view, frozenset(i.url for i in found.listing.items), paged=bool(found.paging.pages))
    if not found.paging.pages:
        others.lists |= {frame.url: frame for frame in pager_frames(view)}
    return others


def _frames(view: View, found: _Listed) -> tuple[list[ListItem], list[ListItem]]:
    """The frames in which a list may stand: those of the page's host, those of others."""
    bare = not found.listing.items
    own = frames_of(view) if bare or (found.section and not found.listing.is_list) else []
    return own, frames_elsewhere(view) if found.section and bare else []


def _ways_on(found: _Listed, others: Others, abroad: list[ListItem]) -> tuple[WayOn, ...]:
    """What leads on and cannot be followed, each once.

    :param abroad: frames on other hosts: which of them are the site's, others know
    """
    frames = [WayOn(frame.url, frame.title) for frame in abroad]
    shown = () if found.all_here else (*found.paging.ways_on, *others.ways, *frames)
    return tuple({(way.target, way.words): way for way in (*shown, *others.earlier)}.values())


def _scripts(view: View, found: _Listed, others: Others) -> tuple[str, ...]:
    """The script files to be read with a page: one that names no section, or whose pager leads nowhere that it
    says itself.
    """
    if not found.is_list_page:
        return script_files(view) if is_front(view.url) else ()
    lacks = found.lacks_pages or others.ways or others.earlier or _may_be_bound(view, found)
    return script_files(view) if lacks else ()


def _may_be_bound(view: View, found: _Listed) -> bool:
    """Whether a pager's control without an address is there, which a script file may know."""
    open_end = not (found.paging.pages or found.paging.declared or found.all_here)
    return open_end and next(controls(view), None) is not None


def _listed(view: View, tags: dict[str, str], family: Family) -> _Listed:
    """What a page lists; an article is no section and lists nothing, whatever it links."""
    listing = _listing(view, family)
    paging = _paging(view, family, in_script=bool(listing.items) and not listing.rows)
    section = is_section(view, tags)
    leads = bool(listing.items or paging.pages or paging.ways_on)
    if (section or leads) and is_article(view, tags, family, listing.rows, paged=_is_paged(paging)):
        return _Listed(Listing(), Paging(), section=False)
    found = _Listed(listing, paging, section)
    if found.is_list_page and not (paging.pages or found.all_here):
        found.paging = _bound(view, found)
    return found


def _bound(view: View, found: _Listed) -> Paging:
    """How a list without a pager that leads anywhere continues: by what its scripts ask for, or bind to its controls.

    A control that nobody understands is told where no number tells as much.
    """
    idle = idle_control(view)
    if idle is not None and idle.pages:
        return replace(found.paging, pages=idle.pages, rule=idle.rule)
    known = found.paging.ways_on or not found.section
    paging = found.paging if known else _asked(view, found)
    silent = found.listing.items and not (paging.pages or paging.ways_on or paging.declared or paging.declared_items)
    return replace(paging, rule=idle.rule, ways_on=idle.ways_on) if idle is not None and silent else paging


def _asked(view: View, found: _Listed) -> Paging:
    """How a section without a pager continues by what its scripts ask for. One without rows may stand in any of it; at
    another address that is a talk's.
    """
    asked, paging = loaded(view) or Paging(), found.paging
    if asked.pages or found.listing.items:
        return replace(paging, pages=asked.pages, rule=asked.rule or paging.rule, ways_on=asked.ways_on)
    if is_directory(view.url) and (fixed := fetched(view, bare=True)):
        return replace(paging, pages=tuple(replace(one, number=1, guessed=True) for one in fixed), rule="asked")
    return replace(paging, rule="script-list", ways_on=asked.ways_on) if asked.ways_on else paging


def _listing(view: View, family: Family) -> Listing:
    """The entries of a page, else those that its scripts hold."""
    listing = read_list(view, family)
    if not listing.is_list and (inside := embedded(view.scripts, view.base, family)):
        return Listing(inside, sum(item.date is not None for item in inside), is_list=True)
    return listing


def _is_paged(paging: Paging) -> bool:
    """Whether a pager shows more than one page; a "next" link alone may lead to the next article."""
    return bool(paging.pages and paging.rule != "next-link") or (paging.declared or 0) > 1


def _paging(view: View, family: Family, *, in_script: bool) -> Paging:
    """How a list continues by its family's rules, else by what any pager shows.

    Numbers that are declared in words are kept.

    :param in_script: the list itself is in a script, which may declare them beside it
    """
    paging = family.paging(view)
    if not paging.pages and paging.declared is None and not isinstance(family, Generic):
        paging = fallback().paging(view)
    if not paging.declarations:
        counts = counts_of(view)
        paging = replace(
            paging,
            declared=paging.declared or counts.pages,
            declared_items=paging.declared_items or counts.entries,
            declarations=counts.declarations,
        )
    return _with_numbers_beside(view, paging) if in_script else paging


def _with_numbers_beside(view: View, paging: Paging) -> Paging:
    """The numbers that a script declares beside the list that it holds, where nothing else declares any."""
    if paging.declared is not None or paging.declared_items is not None:
        return paging
    entries, pages = beside(view.scripts)
    return replace(paging, declared=pages, declared_items=entries)


def _requisites(view: View) -> tuple[str, ...]:
    """What is fetched with a page: what it shows, its files, its films."""
    shown, files = requisites_of(view), attachments_of(view.survey, view.base)
    urls = dict.fromkeys((*shown, *files, *media_of(view.survey, view.base)))
    return tuple(url for url in urls if url != view.url)


def _waiting(page: Page, view: View) -> str | None:
    """What is shown in place of a talk until a script brings it."""
    if not _WAITS.search(view.raw) and not view.says(("loading",)):
        return None
    return waits(view, page.visible)


_WAITS = compiled(r"加载|载入|读取|获取|稍[候等]|耐心等待|结束|已完成|已直播|往期|历史")


def _obstacle(page: Page, visible: int, waiting: str | None) -> str | None:
    """What is in the page's place, with the words that say so."""
    if visible <= SHORT and (found := instead_of_content(page.root, page.base, page.payload.status, visible)):
        return "behind_script: the page has no words of its own" if _is_empty_shell(page, found) else found
    return f"behind_script: {waiting}" if waiting and not media_of(page.survey, page.base) else None


def _is_empty_shell(page: Page, found: str) -> bool:
    return found.startswith("empty: ") and waits_for_scripts(page.root)


_SHELL = 100  # characters; a page that shows more is not only there to send its reader on


def _is_list_by_pager(view: View, tags: dict[str, str], found: _Listed) -> bool:
    """Whether a section's page is its list though its entries do not say so: by its pager, or as the index."""
    if not found.section or not (found.listing.items or found.paging.pages):
        return False
    return bool(found.paging.pages or found.paging.declared) or _is_index(view, tags, found.listing)


def _is_index(view: View, tags: dict[str, str], listing: Listing) -> bool:
    """Whether a section's page without dates or a pager is its list: by its address and its entries' names."""
    if "articletitle" in tags or not is_directory(view.url):
        return False
    talks = sum(bool(SECTION.search(item.title + item.text)) for item in listing.items)
    return len(listing.items) >= 3 and talks * 2 >= len(listing.items)


def read_data_links(payload: Payload) -> Links:
    """A list that is served as JSON or JSONP; a talk's own JSON lists nothing."""
    value = load(payload)
    if is_talk(value):
        more, lacks = continued(value, payload.url)
        return Links(parts=more, obstacle=lacks, family="json")
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
        obstacle=None if listing.items else failure(value),
        requisites=manifest_icons(value, Base(payload.url)),
    )


def _site_name(head: str) -> str | None:
    """The organ's name that a page title ends (or consists) of."""
    for part in reversed(re.split(r"[-_|—–>\s]+", head)):
        if re.fullmatch(r".{2,20}(?:人民政府|政府网|政府门户网站|政府网站|政务网|门户网站|信息网)", part):
            return part
    return None
