"""One page under addresses that change with every visit: sessions, random numbers, times of the day.

A session in the path, or under a name that nothing else has, is seen at once. Any other parameter is learnt from
content: where addresses that differ in it alone have led to the same page again and again, and never to another one, it
says nothing.

Equal content alone proves little: three pictures may be one placeholder, three pages one apology, and the fourth is
not. So only pages that a list led to teach anything, and only where the lists said the same words of all these
addresses, never of two at once. What was learnt holds for pages, not for what they show.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from archive.collection.urls import session_free
from archive.store.store import open_reader
from crawler.state.known import Known, Page, digest_of
from parsers.errors import FangtanError
from parsers.record import ListItem

#: How many addresses must have led to a page that was known already.
_ENOUGH = 2
#: Sets of parameters that are tried for one make of addresses: each is held against all of them.
_CANDIDATES = 8
_DOCUMENTS = ("detail", "part")
Shape = tuple[str, tuple[str, ...]]


def is_dynamic(url: str) -> bool:
    """Whether an address has something that may change with every visit."""
    return "?" in url or ";" in url or "/(" in url


def shape_of(url: str) -> Shape:
    """What addresses of one make have in common: the path with its numbers left out, the names of the parameters."""
    head, _, query = session_free(url).partition("?")
    return re.sub(r"\d+", "0", head), tuple(sorted(name for name, _ in _pairs(query)))


def _pairs(query: str) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (pair.partition("=") for pair in query.split("&") if pair)]


def _without(url: str, names: frozenset[str]) -> str:
    head, _, query = session_free(url).partition("?")
    kept = "&".join(f"{name}={value}" for name, value in sorted(_pairs(query)) if name not in names)
    return f"{head}?{kept}"


def volatile_names(marked: Iterable[tuple[str, str]]) -> dict[Shape, frozenset[str]]:
    """The parameters that change nothing, by the shape of their addresses.

    :param marked: addresses, each with a mark of what it led to
    """
    shapes: defaultdict[Shape, dict[str, str]] = defaultdict(dict)
    for url, mark in marked:
        shapes[shape_of(url)][url] = mark
    found: dict[Shape, frozenset[str]] = {}
    for shape, marks in shapes.items():
        fitting = [names for names in _differences(marks) if _tells_nothing(names, marks)]
        if fitting:
            found[shape] = max(fitting, key=len)
    return found


def _differences(marks: dict[str, str]) -> set[frozenset[str]]:
    """For each page with several addresses, the parameters in which these differ."""
    alike: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for url, mark in marks.items():
        alike[mark].append(dict(_pairs(session_free(url).partition("?")[2])))
    several = (group for group in alike.values() if len(group) > 1)
    found = Counter(
        frozenset(name for name in group[0] if len({one.get(name) for one in group}) > 1) for group in several
    )
    return {names for names, _ in found.most_common(_CANDIDATES) if names}


def _tells_nothing(names: frozenset[str], marks: dict[str, str]) -> bool:
    pages: defaultdict[str, set[str]] = defaultdict(set)
    for url, mark in marks.items():
        pages[_without(url, names)].add(mark)
    return all(len(found) == 1 for found in pages.values()) and len(marks) - len(pages) >= _ENOUGH


@dataclass(slots=True)
class Sameness:
    """What a run knows of changing addresses.

    :ivar asked: the pages that this run has asked for, by :meth:`key`
    :ivar pages: what earlier runs know of pages whose addresses change
    """

    volatile: dict[Shape, frozenset[str]] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    fresh: set[tuple[str, Shape]] = field(default_factory=set)

    @classmethod
    def learn(cls, known: Known, store: Path) -> Sameness:
        """From what earlier runs fetched, and from what the store joined by its content."""
        same, listed = cls(), dict[str, str]()
        payloads: list[tuple[str, str]] = []
        for url, sha256, words in known.listed():
            listed[url] = words
            payloads.append((url, f"{words} {sha256}"))
        joined = ((url, f"{listed[url]} {uid}") for url, uid in _joined(store, known.site) if url in listed)
        same.volatile = {**volatile_names(payloads), **volatile_names(joined)}
        for role in (*_DOCUMENTS, "requisite"):
            for page in known.pages(role):
                key = same.key(page.url, role)
                if key != page.url:
                    same.pages[key] = _merged(same.pages.get(key), page)
        same.asked = {same.key(url, role) for url, role in known.queued() if is_dynamic(url)}
        return same

    def key(self, url: str, role: str = "detail") -> str:
        """The address without what changes; the address itself when nothing does.

        :param role: what the address is asked for: a parameter that changes no page may change pictures
        """
        if not is_dynamic(url):
            return url
        names = self.volatile.get(shape_of(url)) if role in _DOCUMENTS else None
        return session_free(url) if not names else _without(url, names)

    def changes(self, url: str) -> bool:
        """Whether the address has something that changes with every visit."""
        return self.key(url) != url

    def look_at(self, items: Iterable[ListItem]) -> None:
        """A list page. Its entries are distinct: a parameter that would make two of them one does change something."""
        named: dict[str, str] = {}
        for item in items:
            if not is_dynamic(item.url):
                continue
            self.named.add(item.url)
            if self.changes(item.url) and named.setdefault(self.key(item.url), item.url) != item.url:
                self.volatile.pop(shape_of(item.url), None)

    def ask(self, url: str, role: str, fresh: ListItem | None) -> None:
        """A page is asked for.

        :param fresh: what a list says of it, when its address was not known before
        """
        self.asked.add(self.key(url, role))
        if fresh is not None and (words := digest_of(fresh)):
            self.fresh.add((words, shape_of(url)))

    def restore(self, items: Iterable[ListItem], queued: Container[str]) -> None:
        """A list page that was read before the run was interrupted: what it names, and what was asked for over it."""
        for item in items:
            if is_dynamic(item.url):
                self.named.add(item.url)
                if item.url in queued and (words := digest_of(item)):
                    self.fresh.add((words, shape_of(item.url)))

    def is_superseded(self, page: Page) -> bool:
        """Whether a list of this run says of an address not known before, of the same make, what one said of this page.

        The new address is asked for; if it leads to the same page, this one need not be.
        """
        return page.url not in self.named and (page.listed or "", shape_of(page.url)) in self.fresh


def _merged(earlier: Page | None, page: Page) -> Page:
    """What is known of a page under two addresses: as it was last met, seen since the first."""
    if earlier is None:
        return page
    last = max(earlier, page, key=lambda p: p.checked_at)
    return replace(last, first_seen=min(earlier.first_seen, page.first_seen))


def _joined(store: Path, site: str) -> Iterator[tuple[str, str]]:
    """The addresses of a site's interviews; one interview has several where their content was the same."""
    if not store.exists():
        return
    try:
        db = open_reader(store)
    except FangtanError:
        return
    try:
        query = """SELECT u.url, u.interview FROM interview_urls u JOIN _interviews i ON i.uid = u.interview
                   WHERE i.site = ? AND instr(u.url, '?')"""
        yield from db.execute(query, (site,)).fetchall()
    except sqlite3.Error:
        return  # an older store: what it joined is learnt after the next rebuild
    finally:
        db.close()
