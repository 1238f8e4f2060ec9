"""Sections that scripts write into a page or list for it: links in their strings, a name beside an address."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree, html

from parsers.families import View
from parsers.lists.entries import SECTION
from parsers.lists.titles import title_of
from parsers.page.addresses import Base, absolute
from parsers.page.escapes import literal, percent
from parsers.page.text import squeeze
from parsers.patterns import compiled

_LONGEST = 12  # characters of a section's name
_LITERAL = compiled(r"\"(?:[^\"\\\n]|\\.){0,4000}\"|'(?:[^'\\\n]|\\.){0,4000}'|`(?:[^`\\]|\\.){0,20000}`")
_ADDRESS = compiled(
    r"(?:https?:)?//[^\s<>\"']{4,200}|\.{0,2}/[\w\-./%~]{1,200}(?:\?[^\s<>\"']{1,200})?"
    r"|[\w\-./%]{1,200}\.(?:s?html?|jhtml|aspx?|jsp|php)(?:\?[^\s<>\"']{0,200})?|[\w-]{1,40}(?:/[\w-]{1,40}){1,6}/?"
)
_PICTURE = compiled(r"\.(?:png|jpe?g|gif|css|js)$")
_MAX_SCRIPT = 400_000


def written(scripts: str, view: View) -> Iterator[tuple[str, str]]:
    """Sections that a script writes or lists: links in its strings, or a name beside an address."""
    if len(scripts) > _MAX_SCRIPT or not _may_name_talks(scripts):
        return
    texts = [literal(match[0]) for match in _LITERAL.finditer(scripts)]
    texts = [percent(text) if "%3C" in text.upper() else text for text in texts]
    marked = "".join(text for text in texts if "<" in text or ">" in text or "href" in text)
    if "<a" in marked.lower():
        yield from _in_markup(marked, view.base)
    for at, text in enumerate(texts):
        name = squeeze(text)
        if 2 <= len(name) <= _LONGEST and SECTION.search(name) and (url := absolute(view.base, _beside(texts, at))):
            yield name, url


def _may_name_talks(scripts: str) -> bool:
    """A first look: a section's name, as it is, or escaped in any of the ways that scripts know."""
    return SECTION.search(scripts) is not None or any(sign in scripts for sign in ("\\u8bbf", "%u8BBF", "%3"))


def _beside(texts: list[str], at: int) -> str | None:
    """The address that stands beside a name among a script's strings."""
    near = [texts[i].strip() for i in (at + 1, at - 1, at + 2, at - 2) if 0 <= i < len(texts)]
    return next((text for text in near if _ADDRESS.fullmatch(text) and not _PICTURE.search(text)), None)


def _in_markup(text: str, base: Base) -> Iterator[tuple[str, str]]:
    try:
        root = html.fromstring(f"<div>{text}</div>")
    except (ValueError, AssertionError, etree.ParserError):
        return
    for anchor in root.iter("a"):
        name = squeeze(title_of(anchor))
        url = absolute(base, anchor.get("href"))
        if url and 2 <= len(name) <= _LONGEST and SECTION.search(name):
            yield name, url
