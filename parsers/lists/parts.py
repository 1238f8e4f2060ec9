"""Further pages of an article that a page names: numbered ones, those of a pager's call, its transcript."""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.families import View
from parsers.families.calls import article_pages
from parsers.page.addresses import absolute, host_of, parts
from parsers.page.text import squeeze
from parsers.patterns import compiled
from parsers.record import PageRequest
from parsers.words import pattern


def following_parts(view: View, is_list: bool, following: tuple[PageRequest, ...]) -> list[str]:
    """Further pages of the same article: the pager call with the article's own stem, numbered siblings, the
    transcript page.
    """
    found = article_pages(view)
    if not is_list or not following:
        found += _linked_parts(view, is_list)
    return [url for url in dict.fromkeys(found) if url != view.url]


def _linked_parts(view: View, is_list: bool) -> Iterator[str]:
    """The pages that links call the next ones of this article, or its transcript."""
    numbered = re.compile(rf"{re.escape(_stem(view.url))}[_-]\d{{1,3}}")
    for anchor, href in view.survey.anchors:
        words = view.survey.inner(anchor)
        if not PART_HINT.search(words):
            continue
        text = squeeze(words)
        is_number, is_transcript = PART.fullmatch(text), TRANSCRIPT.match(text)
        url = absolute(view.base, href) if is_number or is_transcript else None
        if url and url != view.url:
            sibling = is_number and not is_list and numbered.fullmatch(_stem(url))
            if sibling or (is_transcript and _related(view.url, url)):
                yield url


#: One of these is in whatever the two patterns below find.
PART_HINT = pattern(r"[\d>»›]|{PART_SIGN}")
PART = compiled(r"\[?\d{1,3}\]?|下一页|下页|[>»›]")
TRANSCRIPT = compiled(r"^(?:点击)?(?:进入|查看|观看)?(?:本期|本次)?(?:文字|图文|访谈|在线)?实录[>»]*$")


def _stem(url: str) -> str:
    return re.sub(r"\.\w{2,6}$", "", parts(url).path)


def _related(one: str, other: str) -> bool:
    """Whether two addresses speak of the same interview: a long number in common, or the same query id."""
    a, b = (set(re.findall(r"\d{3,}|(?<==)\d+", u.split("//", 1)[-1].split("/", 1)[-1])) for u in (one, other))
    same_host = host_of(one) == host_of(other)
    return same_host and bool(a & b) and _last_number(one) == _last_number(other)


def _last_number(url: str) -> list[str]:
    return re.findall(r"\d+", _stem(url) + parts(url).query)[-1:]
