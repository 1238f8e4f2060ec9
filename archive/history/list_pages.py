"""How each list page of a run ends, and what its pager declares. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from archive.history.facts import NO_LIST, Asked, Came, Facts, Read

#: Outcomes that account for a list page: ``end`` is behind the last one, or all entries are there without it.
_ACCOUNTED = ("read", "end")


@dataclass(frozen=True, slots=True)
class ListPage:
    """A list page in the account.

    :param list: the first page of its list
    :param outcome: ``read``, ``end`` (behind the last page, or all entries are there), or what came instead
    :param keys: its entries; ``pages``: what its pager declares, as is ``items``
    :param ways: links that lead on and were not followed, with their words
    """

    key: str
    url: str
    list: str
    number: int
    outcome: str
    detail: str = ""
    keys: tuple[str, ...] = ()
    pages: int | None = None
    items: int | None = None
    ways: tuple[tuple[str, str], ...] = ()

    @property
    def accounted(self) -> bool:
        """Whether it came as a list, or is none that has to come."""
        return self.outcome in _ACCOUNTED


def pages_of(facts: Facts) -> tuple[ListPage, ...]:
    known = {a.key for a in facts.asked} | {r.key for r in facts.rows}
    by_key = {asked.key: asked for asked in facts.asked}
    pages = []
    for asked in facts.asked:
        outcome = _page_outcome(asked, by_key, facts) if asked.role in ("seed", "list") else None
        if outcome is not None:
            page = ListPage(asked.key, asked.url, asked.list or asked.key, asked.number, *outcome)
            pages.append(_as_read(page, facts.read.get(asked.key), known))
    return tuple(_named(page, pages) for page in pages)


def _named(page: ListPage, pages: list[ListPage]) -> ListPage:
    """The first page of a list; it is empty where it has pages and none of them names an entry."""
    mine = [other for other in pages if other.list == page.key]
    if page.outcome != "read" or len(mine) < 2 or any(other.keys or other.items == 0 for other in mine):
        return page
    return replace(page, outcome="empty", detail="no page of this list names an entry")


def _as_read(page: ListPage, read: Read | None, known: set[str]) -> ListPage:
    """The page with what was read in it.

    :param known: addresses that are listed or were asked for: links to them are no ways that nobody followed
    """
    if read is None:
        return page
    ways = tuple((url, words) for key, url, words in read.ways if key not in known)
    return replace(page, keys=read.keys, pages=read.pages, items=read.items, ways=ways)


def _page_outcome(asked: Asked, by_key: dict[str, Asked], facts: Facts) -> tuple[str, str] | None:
    """How a list page ended, with a detail; ``None`` for what is none, and for what leads to one."""
    read, came = facts.read.get(asked.key), facts.came.get(asked.key)
    if read is None and asked.role == "seed" and _is_no_list(came):
        return None
    if read is None and came is not None and came.target:
        target = by_key.get(came.target)
        if target is None or target.via == asked.key:
            return None  # what it leads to has a row of its own
        return "repeats", f"leads to {target.url}"
    return _list_outcome(asked, read, came, facts.stopped)


def _is_no_list(came: Came | None) -> bool:
    """Whether a given page came complete and is no list: a home page that leads to the sections, or one interview."""
    return came is not None and came.status in (200, 304) and not came.why and not came.cut


def _list_outcome(asked: Asked, read: Read | None, came: Came | None, stopped: str | None) -> tuple[str, str]:
    if came is None:
        return "never asked", stopped or ""
    if came.refused:
        return "refused", came.why
    if came.status is None:
        return "error", came.why
    if came.cut:
        return "cut off", "the answer broke off"
    return _unlike_a_list(came.status, came.why) if read is None else _as_list(asked, read, came.why)


def _as_list(asked: Asked, read: Read, why: str) -> tuple[str, str]:
    """What was read as a list; a further page that names nothing and says what is wrong is no end."""
    return ("error", why) if why and asked.number > 1 and not read.keys else _named_by(read)


def _unlike_a_list(status: int, why: str) -> tuple[str, str]:
    """What came complete, and no list was read in it."""
    if status in (404, 410):
        return "missing", f"answers HTTP {status}"
    if why == NO_LIST:
        return "no list", "a page of another kind came"
    return "error", why or (f"HTTP {status}" if status >= 300 else NO_LIST)


def _named_by(read: Read) -> tuple[str, str]:
    """What was read as a list: by the entries it names."""
    if read.unread:
        return "unread", read.unread
    if not read.keys and not read.fresh:
        return "empty", "names no entry"
    return ("read", "") if read.fresh else ("repeats", "names entries of another page again")


def ends(pages: tuple[ListPage, ...]) -> tuple[ListPage, ...]:
    """Pages behind the last one: nobody declares them, or all entries are there without them."""
    lacking = ("missing", "no list", "empty", "repeats")
    return tuple(_end(pages, p) if p.number >= 2 and p.outcome in lacking else p for p in pages)


def _end(pages: tuple[ListPage, ...], page: ListPage) -> ListPage:
    """A page that gave nothing: an end where it may be one."""
    declared, complete = _declared(pages, page.list)[0], _is_whole(pages, page)
    beyond = declared is not None and page.number > declared
    probe = declared is None and page.outcome not in ("missing", "no list") and not _goes_on(pages, page)
    if not (complete or probe or beyond):
        return page
    return replace(page, outcome="end", detail=page.detail if complete and not beyond else "")


def _goes_on(pages: tuple[ListPage, ...], page: ListPage) -> bool:
    """Whether a later page of the list was read."""
    return any(p.list == page.list and p.number > page.number and p.outcome == "read" for p in pages)


def _is_whole(pages: tuple[ListPage, ...], page: ListPage) -> bool:
    """Whether all entries of a list are there before this page.

    They are when they are as many as are declared, or when the last page read is not full.
    """
    mine = sorted((p for p in pages if p.list == page.list and p.outcome == "read"), key=lambda p: p.number)
    if not mine or page.number < mine[-1].number:
        return False
    items = _declared(pages, page.list)[1]
    if items is not None:
        return _listed(pages, page.list) >= items
    return len(mine) > 1 and len(set(mine[-1].keys)) < len(set(mine[0].keys)) and mine[-1].number == len(mine)


def _declared(pages: tuple[ListPage, ...], first: str) -> tuple[int | None, int | None]:
    """The numbers that the pages of a list declare, as the last of them says."""
    mine = _of(pages, first)
    return (
        next((p.pages for p in mine if p.pages is not None), None),
        next((p.items for p in mine if p.items is not None), None),
    )


def _listed(pages: tuple[ListPage, ...], first: str) -> int:
    """How many entries the pages of a list name: different ones, or rows when these are as many as are declared.

    An entry kept on top (置顶) stands twice on one page, or once on every page; sites count it either way.
    """
    shown = [p.keys for p in pages if p.list == first and p.outcome not in ("repeats", "end")]
    different = len({key for keys in shown for key in keys})
    twice = sum(len(keys) - len(set(keys)) for keys in shown)
    items = _declared(pages, first)[1]
    return next((n for n in (sum(map(len, shown)), different + twice) if n == items), different)


def unread(pages: tuple[ListPage, ...]) -> Iterator[str]:
    bad = [p for p in pages if not p.accounted]
    if bad:
        first = bad[0]
        more = f" (and {len(bad) - 1} more list pages)" if len(bad) > 1 else ""
        yield f"{first.url}: list page {first.number} is {_word(first)}{more}"


def _word(page: ListPage) -> str:
    return page.outcome + (f" ({page.detail})" if page.detail else "")


def over(now: tuple[ListPage, ...], then: tuple[ListPage, ...]) -> tuple[ListPage, ...]:
    """The pages that a partial run read, before those that are as an earlier run read them.

    New entries push older ones on: what left the pages that were read again is on those behind them.
    """
    met = {page.key for page in now}
    pages = [*now, *(page for page in then if page.key not in met)]
    again = [page for page in then if page.key in met]
    shown = set(_keys(pages))
    for first in dict.fromkeys(page.list for page in now):
        left = tuple(dict.fromkeys(key for key in _keys(_of(again, first)) if key not in shown))
        at = _behind(pages, len(now), first) if left else None
        if at is not None:
            pages[at] = replace(pages[at], keys=(*left, *pages[at].keys))
    return tuple(pages)


def _behind(pages: list[ListPage], read: int, first: str) -> int | None:
    """The place of the page that gets what new entries push on; ``None`` where the list was read to its end.

    :param read: how many of the pages this run read
    """
    places = [at for at, page in enumerate(pages) if page.list == first and page.outcome == "read"]
    unread = [at for at in places if at >= read]
    if unread:
        return min(unread, key=lambda at: pages[at].number)
    return places[-1] if places and any(_fewer_than_declared(tuple(pages[:read]), first)) else None


def _of(pages: Iterable[ListPage], first: str) -> list[ListPage]:
    return [page for page in pages if page.list == first]


def _keys(pages: Iterable[ListPage]) -> Iterator[str]:
    return (key for page in pages for key in page.keys)


def numbers(pages: tuple[ListPage, ...], *, partial: bool = False) -> Iterator[str]:
    """What lists declare and do not show.

    :param partial: not every page was to be read
    """
    for first in dict.fromkeys(p.list for p in pages):
        yield from _fewer_than_declared(pages, first, partial=partial)


def _filled(mine: list[ListPage]) -> int:
    """How many pages the entries of a list fill; the last page need not be full."""
    full = [len(set(page.keys)) for page in sorted(mine, key=lambda page: page.number)[:-1] if page.keys]
    return -(-len(set(_keys(mine))) // min(full)) if full else 0


def _fewer_than_declared(pages: tuple[ListPage, ...], first: str, *, partial: bool = False) -> Iterator[str]:
    """What a list declares and does not show; where it declares entries, its pages count no more."""
    declared, items = _declared(pages, first)
    mine = _of(pages, first)
    if items is not None:
        listed = _listed(pages, first)
        if listed < items:
            yield f"{items} entries declared, {listed} listed, {items - listed} never seen ({mine[0].url})"
    elif declared is not None and not any(p.outcome == "end" for p in mine):
        got = len({p.number for p in mine if p.outcome == "read"})
        if max(got, _filled(mine) if partial else 0) < declared:
            yield f"{declared} list pages declared, {got} read ({mine[0].url})"


def ways(pages: tuple[ListPage, ...]) -> Iterator[str]:
    ways = {url: words for page in pages for url, words in page.ways}
    if ways:
        shown = ", ".join(f"{words!r} → {url}" for url, words in list(ways.items())[:3])
        yield f"{len(ways)} link(s) that lead on were not followed: {shown}"
