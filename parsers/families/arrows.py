"""Links of a pager that say nothing: an arrow is a picture, or an icon that a class names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.families.base import View
from parsers.families.counts import is_pager_name
from parsers.page.addresses import absolute, parts
from parsers.page.dom import Element, inner_text, words_of
from parsers.patterns import compiled

_RIGHT = compiled(r"(?<![a-z])(?:right|next|forward|xia(?:yiye|ye|yy)?)(?![a-z])", re.IGNORECASE)
_OTHER = compiled(
    r"double|(?<![a-z])(?:left|prev\w{0,4}|first|last|end|back|shang\w{0,4}|top|up)(?![a-z])", re.IGNORECASE
)
_SHOW = compiled(r"swiper|slid|focus|banner|carousel|lunbo|flash", re.IGNORECASE)
_LAST_NUMBER = compiled(r"(\d{1,4})(?=\D{0,8}$)")
_ABOVE = 3
_SAYING = ("title", "alt", "aria-label", "value")


def arrows(view: View) -> Iterator[Element]:
    """A pager's links without words that lead on: by their picture's or icon's name, else by their address's number."""
    for anchor in view.root.iter("a"):
        if len(anchor) and anchor.get("href") and _is_wordless(anchor) and _is_in_pager(anchor):
            names = " ".join(filter(None, map(_name, anchor.iter())))
            if not _OTHER.search(names) and (_RIGHT.search(names) or _counts_on(anchor, view)):
                yield anchor


def _is_wordless(anchor: Element) -> bool:
    said = [e.get(name) for e in anchor.iter() if isinstance(e.tag, str) for name in _SAYING]
    return not inner_text(anchor).strip() and not any(filter(None, said))


def _is_in_pager(anchor: Element) -> bool:
    around = [e for e, _ in zip(anchor.iterancestors(), range(_ABOVE), strict=False) if e.tag not in ("body", "html")]
    named = any(is_pager_name(words_of(e)) and len(inner_text(e).strip()) <= 60 for e in around)
    return named and not any(_SHOW.search(words_of(e)) for e in around)


def _name(element: Element) -> str:
    """How an element, or the file of its picture, is called."""
    if not isinstance(element.tag, str):
        return ""
    return f"{words_of(element)} {(element.get('src') or '').rsplit('/', 1)[-1]}".strip()


def _counts_on(anchor: Element, view: View) -> bool:
    """Whether a link leads to a page in this one's folder whose number is higher."""
    url = absolute(view.base, anchor.get("href"))
    if url is None:
        return False
    here, there = parts(view.url), parts(url)
    if (here.host, here.path.rpartition("/")[0]) != (there.host, there.path.rpartition("/")[0]):
        return False
    own, other = (_LAST_NUMBER.search(f"{one.path.rpartition('/')[2]}?{one.query}") for one in (here, there))
    return other is not None and int(other[1]) > (int(own[1]) if own else 0)
