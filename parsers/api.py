"""The public functions: :func:`parse`, with its reasons :func:`explain`, and :func:`links`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
from parsers.page.shape import DATA, holds_page, is_style, shape
from parsers.record import Links, ListItem, Payload, Record
from parsers.served import read_served

__all__ = ["PARSER", "explain", "links", "parse"]


def parse(parts: Sequence[Payload], context: ListItem | None = None, *, family: str | None = None) -> Record:
    """Read one interview.

    :param parts: the payloads of one article: its page, further pages, fragments; one is the common case
    :param context: what the list page said of it; fills what the article does not print
    :param family: the site file's CMS family, a hint
    :returns: a record, also for pages that are no interview (its ``kind`` says what they are)
    :raises parsers.errors.PageError: the first payload holds no document, an address is none, or a documented limit
        is exceeded
    """
    return explain(parts, context, family=family)[0]


def explain(
    parts: Sequence[Payload], context: ListItem | None = None, *, family: str | None = None
) -> tuple[Record, tuple[Settled, ...]]:
    """As :func:`parse`, with all that was claimed of each field: what ``fangtan parse --explain`` prints.

    :returns: the record, and per field the claims with the one that is asserted; empty where no rule was asked: a page
        that is in another's place, a talk that is JSON alone
    """
    if not parts:
        raise Unparsable("", "expected at least one payload, found none")
    for part in parts:
        _check_address(part.url)
    if (alone := _without_rules(parts[0], context)) is not None:
        return alone, ()
    pages, served = _opened(parts, family)
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


def _opened(parts: Sequence[Payload], family: str | None) -> tuple[list[Page], list[Payload]]:
    """The pages of an article, and what is served as data with them; further parts that are neither are left out."""
    pages: list[Page] = []
    served: list[Payload] = []
    for part in parts:
        if shape(part) in DATA:
            served.append(part)
        elif part is parts[0] or holds_page(part):
            pages.append(Page.open(part, family))
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
    _check_address(payload.url)
    found = shape(payload)
    if is_style(payload):
        return Links(requisites=css_requisites(payload.data.decode("utf-8", "replace"), Base(payload.url)))
    if not holds_page(payload):
        return Links()
    if not payload.data.strip() and not payload.refresh:
        return Links(challenge=wordless(payload.status), obstacle="empty: the answer has no content")
    if found in DATA:
        return read_data_links(payload)
    return read_links(Page.open(payload, family, scripts), payload.refresh, with_files=bool(scripts))
