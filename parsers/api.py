"""The public functions: :func:`parse`, with its reasons :func:`explain`, :func:`links`; :class:`Opened` for both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from parsers.claims.confidence import confidence
from parsers.claims.settle import Settled
from parsers.document import Page
from parsers.errors import Unparsable
from parsers.filed import read_file
from parsers.interview import PARSER, read_with_claims
from parsers.leads import read_data_links, read_links
from parsers.lists.requisites import css_requisites
from parsers.page.addresses import Base, Parts, parts
from parsers.page.barriers import wordless
from parsers.page.shape import DATA, Shape, holds_page, is_style, shape
from parsers.record import Links, ListItem, Payload, Record
from parsers.served import read_served

__all__ = ["PARSER", "Opened", "explain", "links", "parse"]


class Opened:
    """A payload that is opened once: for its record and for where it leads.

    What is asked first decodes, parses and surveys the page; what is asked next finds it so. Each answer is found once.

    :param family: the site file's CMS family, a hint
    :raises parsers.errors.Unparsable: the payload's address is none
    """

    def __init__(self, payload: Payload, family: str | None = None) -> None:
        _check_address(payload.url)
        self.payload, self.family = payload, family
        self._page: Page | None = None
        self._links: dict[str, Links] = {}
        self._records: dict[ListItem | None, Record] = {}

    @cached_property
    def shape(self) -> Shape:
        """What the payload is."""
        return shape(self.payload)

    @property
    def page(self) -> Page:
        """The page as it came: it is opened again where a reading has changed its tree.

        :raises parsers.errors.PageError: no document, or a limit is exceeded
        """
        if self._page is None or self._page.changed:
            self._page = Page.open(self.payload, self.family)
        return self._page

    def record(self, context: ListItem | None = None) -> Record:
        """As :func:`parse` of this payload alone."""
        if context not in self._records:
            self._records[context] = parse([self], context)
        return self._records[context]

    def links(self, scripts: str = "") -> Links:
        """As :func:`links`.

        :param scripts: the text of the script files that an earlier reading named (:attr:`Links.scripts`)
        """
        if scripts not in self._links:
            self._links[scripts] = self._read_links(scripts)
        return self._links[scripts]

    def _read_links(self, scripts: str) -> Links:
        payload = self.payload
        if is_style(payload):
            return Links(requisites=css_requisites(payload.data.decode("utf-8", "replace"), Base(payload.url)))
        if not holds_page(payload, self.shape):
            return Links()
        if not payload.data.strip() and not payload.refresh:
            return Links(challenge=wordless(payload.status), obstacle="empty: the answer has no content")
        if self.shape in DATA:
            return read_data_links(payload)
        return read_links(self.page, scripts)


def parse(parts: Sequence[Payload | Opened], context: ListItem | None = None, *, family: str | None = None) -> Record:
    """Read one interview.

    :param parts: the payloads of one article: its page, further pages, fragments; one is the common case. Those that
        are opened are not opened again
    :param context: what the list page said of it; fills what the article does not print
    :param family: the site file's CMS family, a hint; those that are opened have theirs
    :returns: a record, also for pages that are no interview (its ``kind`` says what they are)
    :raises parsers.errors.PageError: the first payload holds no document, an address is none, or a documented limit
        is exceeded
    """
    return explain(parts, context, family=family)[0]


def explain(
    parts: Sequence[Payload | Opened], context: ListItem | None = None, *, family: str | None = None
) -> tuple[Record, tuple[Settled, ...]]:
    """As :func:`parse`, with all that was claimed of each field: what ``fangtan parse --explain`` prints.

    :returns: the record, and per field the claims with the one that is asserted; empty where no rule was asked: a page
        that is in another's place, a talk that is JSON alone
    """
    if not parts:
        raise Unparsable("", "expected at least one payload, found none")
    opened = [part if isinstance(part, Opened) else Opened(part, family) for part in parts]
    if (alone := _without_rules(opened[0].payload, context)) is not None:
        return alone, ()
    pages, served = _sorted(opened)
    if not pages:
        return read_served(None, served), ()
    record, settled = read_with_claims(pages, context)
    return (read_served(record, served) if served and not record.turns else record), tuple(settled.values())


def _without_rules(first: Payload, context: ListItem | None) -> Record | None:
    """The record of an answer without words, or of a file; ``None`` for any other."""
    if not first.data.strip() and not first.refresh and wordless(first.status):
        sure = {"kind": confidence("kind", "challenge", "alone")}
        return Record(first.url, "challenge", parser=PARSER, confidence=sure)
    return read_file(first, context)


def _sorted(parts: Sequence[Opened]) -> tuple[list[Page], list[Payload]]:
    """The pages of an article, and what is served as data with them; further parts that are neither are left out."""
    pages: list[Page] = []
    served: list[Payload] = []
    for at, part in enumerate(parts):
        if part.shape in DATA:
            served.append(part.payload)
        elif part in parts[:at]:  # the same page again: its body moves into the first one's
            pages.append(Page.open(part.payload, part.family))
        elif not at or holds_page(part.payload, part.shape):
            pages.append(part.page)
    return pages, served


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
    return Opened(payload, family).links(scripts)
