"""What a page's head and mark-up say of it: meta tags, ``<title>``, elements named as titles."""

from __future__ import annotations

import re
from functools import lru_cache

from parsers.page.dom import Element, Survey
from parsers.page.text import BLANK, collapse, fold, squeeze
from parsers.patterns import compiled
from parsers.words import pattern

_PLACEHOLDER = pattern(r"^[\s\-_—]*$|[{}$]|<[^<>]{0,200}>|^\[.*\]$|^{PLACEHOLDER}$", re.IGNORECASE)


def is_placeholder(content: str) -> bool:
    """Whether a template printed this where a value is missing."""
    return _PLACEHOLDER.search(content) is not None


def same_title(one: str, other: str) -> bool:
    """Whether two titles differ in nothing but blanks, width and script."""
    return squeeze(fold(one)) == squeeze(fold(other))


def meta_tags(root: Element) -> dict[str, str]:
    """``<meta name=… content=…>`` by lower-case name; the first usable content wins, placeholders are dropped."""
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        name = (element.get("name") or element.get("property") or "").strip().lower()
        content = collapse(element.get("content") or "").strip(BLANK)
        if name and content and not is_placeholder(content):
            found.setdefault(name, content)
    return found


def text_of(element: Element) -> str:
    """An element's text as printed, without scripts."""
    parts = [
        text
        for node in element.iter()
        if isinstance(node.tag, str) and node.tag not in ("script", "style")
        for text in ([node.text] if node.text else [])
    ]
    if len(parts) <= 1 and not len(element):
        return collapse(element.text or "").strip(BLANK)
    return collapse("".join(t for t in element.itertext() if isinstance(t, str))).strip(BLANK)


_TAG = compiled(r"</?[A-Za-z][^<>]{0,200}>")  # an editor's mark-up, which is text inside <title>


def head_title(root: Element) -> str:
    """The text of ``<title>``, empty when there is none."""
    element = next(root.iter("title"), None)
    return collapse(_TAG.sub("", text_of(element))).strip(BLANK) if element is not None else ""


_TITLE_WORD = compiled(
    r"(?:^|[\s_\-])(?:title|tit|[a-z]{0,5}bt|biaoti|article[-_]?title|art[-_]?title|arc[-_]?title|wztit"
    r"|content[-_]?title|news[-_]?title|xl[-_]?tit|zwbt|h1|artitle|detail[-_]?title)(?:$|[\s_\-\d])"
)


_TITLED = frozenset(["div", "p", "td", "span", "h2", "h3", "strong", "font"])


@lru_cache(maxsize=8192)
def _names_title(name: str) -> bool:
    return _TITLE_WORD.search(name.lower()) is not None


def titled(survey: Survey) -> list[Element]:
    """Elements whose class or id says that they hold a title, in document order."""
    named = {e for name in survey.by_class if _names_title(name) for e in survey.classed(name)}
    named |= {e for name, e in survey.by_id.items() if _names_title(name)}
    return sorted((e for e in named if e.tag in _TITLED), key=survey.places.__getitem__)


#: Names of sections and of page areas, which head a column and never a talk.
CHANNEL = pattern(r"{CHANNEL}")
