"""Every rule on every page: what kind a page is makes no difference to whether it was altered."""

from __future__ import annotations

import re
from dataclasses import dataclass

from parsers.integrity.cloaking import cloaking_flags, frame_flags, leaving_flags
from parsers.integrity.heads import crumb_flags, first_line_flags, title_flags
from parsers.integrity.hidden import hidden_flags
from parsers.integrity.identity import identity_flags, marks_of
from parsers.integrity.injected import Text, brands_in, flags_of, proven_words, spun_flags
from parsers.integrity.inserted import inserted_flags, moved_requisites
from parsers.integrity.offers import offer_flags
from parsers.page.addresses import Base
from parsers.page.dom import Element, Survey, inner_text
from parsers.page.lines import Line
from parsers.patterns import compiled
from parsers.record import Flag

_HIDDEN = 4000  # characters of a hidden element
_COMMENTS = compiled(
    r"\b(?:comments?|pinglun|guestbook)(?:[-_]?(?:s|list|box|area|item|con|content|wrap))?\b", re.IGNORECASE
)
#: One of these is in each name of a box of comments; few pages have any.
_COMMENT_WORDS = ("comment", "pinglun", "guestbook")


@dataclass(frozen=True, slots=True)
class Sight:
    """What the rules look at.

    :ivar source: the decoded source
    :ivar head: the page's ``<title>``; ``title``: the record's
    :ivar texts: the record's fields and turns
    :ivar lines: the visible lines; ``body``: those of the article
    :ivar printed: the folds of the visible lines, one below another
    :ivar told: the indices of lines that ``texts`` hold
    """

    url: str
    base: Base
    root: Element
    survey: Survey
    source: str
    tags: dict[str, str]
    head: str
    title: str | None
    texts: list[Text]
    lines: list[Line]
    body: list[Line]
    printed: str
    told: frozenset[int]


def findings(sight: Sight) -> list[Flag]:
    """The flags of a page: words in its fields and its other lines, its head, its links, its marks."""
    site = sight.tags.get("sitename")
    own = [site] if site else []
    lines = without_comments(sight.lines, sight.survey)
    rest = "\n".join([line.text for line in lines if line.index not in sight.told])
    flags = flags_of(sight.texts, site) + flags_of([Text("html", rest)], site)
    flags += crumb_flags(sight.lines, sight.url, own)
    flags += title_flags(sight.head, sight.title, own, proven_words(flags), sight.lines)
    flags += first_line_flags(sight.lines, sight.printed, sight.tags, sight.title)
    flags += spun_flags(rest)
    summed = "\n".join(sight.tags[name] for name in ("keywords", "description") if name in sight.tags)
    praised = (summed[slice(*span)] for span in brands_in(summed))
    flags += [Flag("search_words", "alert", words, "html") for words in praised if words not in rest]
    flags += offer_flags([*sight.texts, Text("html", f"{rest}\n{summed}")], sight.printed, summed)
    flags += cloaking_flags(sight.root, sight.url, sight.base)
    flags += frame_flags(sight.root, sight.url, sight.base)
    flags += leaving_flags(sight.root, sight.url, sight.base, sight.lines)
    flags += inserted_flags(sight.title, sight.tags, sight.body, sight.lines)
    flags += hidden_flags(sight.survey, sight.url, sight.base, own)
    flags += _hidden_words(sight.survey)
    return _once(flags) + _identity(sight)


def _hidden_words(survey: Survey) -> list[Flag]:
    """Brands in words that no reader sees, without any link."""
    texts = (inner_text(element)[:_HIDDEN] for element in survey.hidden)
    return [
        Flag("word_substitution", "alert", text[slice(*span)], "html") for text in texts for span in brands_in(text)
    ]


def without_comments(lines: list[Line], survey: Survey) -> list[Line]:
    """The lines that no reader wrote below an article: what readers advertise is not put into the page."""
    names = survey.names.lower()
    if not any(word in names for word in _COMMENT_WORDS):
        return lines
    known: dict[Element, bool] = {}
    return [line for line in lines if not _in_comments(line.block, known)]


def _in_comments(element: Element, known: dict[Element, bool]) -> bool:
    """Whether an element is in a box of comments.

    :param known: elements of which it is known
    """
    if element not in known:
        parent = element.getparent()
        named = _COMMENTS.search(f"{element.get('id') or ''} {element.get('class') or ''}") is not None
        known[element] = named or (parent is not None and _in_comments(parent, known))
    return known[element]


def _identity(sight: Sight) -> list[Flag]:
    flags = identity_flags(sight.tags, marks_of(sight.source), sight.url)
    if any(flag.severity == "warning" for flag in flags):
        moved = next(moved_requisites(sight.root), None)
        flags += [Flag("copied_page", "warning", moved, "html")] if moved else []
    return flags


def _once(flags: list[Flag]) -> list[Flag]:
    """The flags without those of the page itself that another rule's words hold already."""
    kept: list[Flag] = []
    for flag in flags:
        placed = flag.where != "html" or flag.start is not None or flag.severity == "info"
        if placed or not any(flag.text in k.text and k.where == "html" and k.severity != "info" for k in kept):
            kept.append(flag)
    return kept
