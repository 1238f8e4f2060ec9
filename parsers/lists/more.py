"""The links of a page that say "more", and those that lead anywhere: what each says is looked at once."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from parsers.families import View
from parsers.page.dom import Element, words_of
from parsers.page.text import squeeze
from parsers.patterns import compiled
from parsers.words import words

#: What says that there is more, and nothing else.
MORE = compiled(
    r"^[\[(【]?(?:查看|点击|阅读|浏览|展开|显示)?(?:更多|全部|more)(?:访谈|内容|信息|详情|往期)?[\])】]?[>»›+＋.…→]{0,4}$|^(?:[>»›]{1,3}|[+＋])$",
    re.IGNORECASE,
)
#: One of these is in whatever :data:`MORE` finds.
_MORE_HINT = compiled("[" + "".join(words("MORE_SIGN")) + ">»›+＋mM]")
_MORE_CLASS = compiled(r"(?:^|[\s_-])(?:more|gengduo|gd|btn-more|m-more)\d{0,2}(?:$|[\s_-])", re.IGNORECASE)


def anchors_in(element: Element, view: View) -> Iterator[Element]:
    """The links in an element, itself included: found by their places, whatever else it holds."""
    survey, places = view.survey, view.once(_anchor_places)
    begin = survey.places[element]
    for at in range(bisect_left(places, begin), bisect_left(places, survey.ends[begin])):
        yield survey.elements[places[at]]


def _anchor_places(view: View) -> list[int]:
    return [place for place, tag in enumerate(view.survey.tags) if tag == "a"]


def leads(anchor: Element) -> bool:
    """Whether a link's own address leads somewhere."""
    return _is_way(anchor.get("href") or "")


def _is_way(href: str) -> bool:
    href = href.strip()
    return bool(href) and href[0] != "#" and href[:11].lower() != "javascript:"


def more_links(view: View, element: Element | None = None) -> list[Element]:
    """The links of the page, or inside an element, that say "more", in words, by a picture or by their class."""
    survey, places = view.survey, view.once(more_places)
    if element is not None:
        begin = survey.places[element]
        places = places[bisect_left(places, begin) : bisect_left(places, survey.ends[begin])]
    return [survey.elements[place] for place in places]


def more_places(view: View) -> list[int]:
    """The places of the links that say "more"."""
    survey = view.survey
    return [survey.places[anchor] for anchor, href in survey.anchors if _is_way(href) and _says_more(anchor, view)]


def _says_more(anchor: Element, view: View) -> bool:
    image = anchor.find(".//img") if len(anchor) else None
    said = [view.survey.inner(anchor)[:20], anchor.get("title") or ""]
    said += [image.get("alt") or ""] if image is not None else []
    if any(map(_means_more, said)):
        return True
    return len(squeeze(said[0])) <= 4 and _MORE_CLASS.search(words_of(anchor)) is not None


def _means_more(words: str) -> bool:
    """Whether words say that there is more; most hold no sign of it."""
    return _MORE_HINT.search(words) is not None and MORE.match(squeeze(words)) is not None
