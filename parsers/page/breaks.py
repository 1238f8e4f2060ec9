"""What each element does to the line that is being printed: begins one, breaks it, is passed, leads on, hides."""

from __future__ import annotations

from typing import Any

from lxml import etree

from parsers.page.dom import Survey
from parsers.patterns import compiled

_BLOCKS = (
    "address", "article", "aside", "audio", "blockquote", "body", "caption", "center", "cite-block", "dd", "details", "dialog",
    "dir", "div", "dl", "dt", "embed", "fieldset", "figcaption", "figure", "footer", "form", "frameset", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "hgroup", "hr", "html", "iframe", "legend", "li", "listing", "main", "menu", "nav", "object", "ol", "optgroup",
    "option", "p", "plaintext", "pre", "search", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "ucapcontent", "ul", "video", "xmp",
)  # fmt: skip
#: What no reader sees as text: code, forms, and the words in place of a player or frame.
_DROPPED = (
    "script", "style", "template", "head", "select", "textarea", "noscript", "svg", "math", "xml", "datastore", "audio", "canvas",
    "datalist", "iframe", "meter", "noembed", "noframes", "progress", "rp", "title", "video",
)  # fmt: skip
_PREFORMATTED = ("pre", "listing", "plaintext", "xmp")
#: Inline elements that may hold a label: where one ends that begins with its line, a label may end.
_LABEL_TAGS = (
    "a", "b", "big", "cite", "dt", "em", "font", "h6", "i", "ins", "label", "small", "span", "strong", "th", "u", "var",
)  # fmt: skip
BLOCK, BREAK, LINK, LEAD, DROP, PRE, FLOWS, HIDE = 1, 2, 4, 8, 16, 32, 64, 128


def _kinds() -> dict[Any, int]:
    """What a tag does to the line it is in, as bits: most elements are decided by one look-up."""
    table: dict[Any, int] = dict.fromkeys((etree.Comment, etree.ProcessingInstruction, etree.Entity), DROP)
    for bit, tags in (
        (BLOCK, _BLOCKS), (BREAK, ("br",)), (LEAD, _LABEL_TAGS), (DROP, _DROPPED), (PRE, _PREFORMATTED),
    ):  # fmt: skip
        for tag in tags:
            table[tag] = table.get(tag, 0) | bit
    return table


_KINDS = _kinds()
_DISPLAY = compiled(r"(?:^|[;\s])display\s*:\s*([a-z-]+)")
_WHITE_SPACE = compiled(r"(?:^|[;\s])white-space\s*:\s*([a-z-]+)")
#: Values of ``display`` that begin a line of their own, and those that stand within one.
_OWN_LINE = frozenset(["block", "flex", "flow-root", "grid", "list-item", "table"])
_IN_LINE = frozenset(["inline", "inline-block", "contents"])
BREAKS = BLOCK | BREAK
CHANGES = PRE | FLOWS
SET_APART = CHANGES | HIDE
NO_ENTRY = BREAKS | SET_APART | DROP


def kinds_of(survey: Survey) -> list[int]:
    """What each element does to its line, as bits: by its tag, its own style, its address, its being hidden."""
    kinds = [_KINDS.get(tag, 0) for tag in survey.tags]
    place_of = survey.places
    for element, style in survey.styles:
        kinds[place_of[element]] = _styled(kinds[place_of[element]], style)
    for anchor, _ in survey.anchors:  # one without an address is a mark to jump to
        kinds[place_of[anchor]] |= LINK
    for element in survey.hidden:
        kinds[place_of[element]] |= HIDE
    kinds[0] &= ~DROP
    return kinds


def _styled(kind: int, style: str) -> int:
    """The bits of an element whose own style (lower-case) may change them."""
    if match := _DISPLAY.search(style):
        if match[1] in _OWN_LINE:
            kind |= BLOCK
        elif match[1] in _IN_LINE:
            kind &= ~BLOCK
    if match := _WHITE_SPACE.search(style):
        keeps = match[1] in ("pre", "pre-wrap", "pre-line", "break-spaces")
        kind = kind & ~CHANGES | (PRE if keeps else FLOWS)
    return kind
