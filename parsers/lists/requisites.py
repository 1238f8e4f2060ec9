"""What a browser loads to show a page, by the HTML standard's list of attributes that hold
addresses, and what lazy scripts put in their place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from heapq import merge
from html import unescape
from itertools import islice
from operator import itemgetter

from lxml import etree, html

from parsers.families import View
from parsers.limits import MAX_ITEMS
from parsers.page.addresses import Base, absolute, host_of
from parsers.page.dom import Element, Survey
from parsers.patterns import compiled

_PICTURE = r"\.(?:jpe?g|png|gif|webp|bmp|svg|ico|avif|tiff?)"
_IS_PICTURE = compiled(rf"{_PICTURE}(?:$|[?#!@])", re.IGNORECASE)
_RELATIONS = frozenset(
    ["stylesheet", "icon", "preload", "modulepreload", "prefetch", "manifest", "apple-touch-icon", "mask-icon"]
)
_RELATIONS |= {"apple-touch-icon-precomposed", "apple-touch-startup-image", "fluid-icon"}
_PARAMETERS = compiled(r"^(?:movie|src|url|data|filename|source|flashvars|image|poster)$", re.IGNORECASE)
#: Comments, and the names of namespaces: addresses that nothing is loaded from.
_CSS_COMMENT = compiled(r"/\*.*?(?:\*/|$)|@namespace\b[^;{}]{0,500};", re.DOTALL)
_CSS_ESCAPE = compiled(r"\\(?:([0-9A-Fa-f]{1,6})\s?|([^\n0-9A-Fa-f]))")
_CSS = compiled(
    r"(?:url|src)\(\s*(?:\"(?P<a>[^\"\n]{1,1000})\"|'(?P<b>[^'\n]{1,1000})'"
    r"|(?P<c>(?:\\[0-9A-Fa-f]{1,6}\s|[^'\"()\s]){1,1000}))\s*\)"
    r"|@import\s+(?:\"(?P<d>[^\"\n]{1,1000})\"|'(?P<e>[^'\n]{1,1000})')"
    r"|image-set\((?P<set>[^{};]{1,2000})",
    re.IGNORECASE,
)
_CSS_STRING = compiled(r"\"([^\"\n]{1,1000})\"|'([^'\n]{1,1000})'")
#: The address of a candidate in a srcset; a comma at its end belongs to the list.
_CANDIDATE = compiled(r"[^\s,]\S*")
#: A script that shows pictures: a player, one that writes mark-up, one that gives an element its picture.
_SHOWS = compiled(
    r"player|video|poster|\.(?:mp4|flv|m3u8|swf|wmv)|document\.write|\.src\s*=(?!=)|new Image\b|backgroundImage",
    re.IGNORECASE,
)
#: One of these is in whatever the pattern finds, in lower case.
_SHOWING = (
    "player", "video", "poster", ".mp4", ".flv", ".m3u8", ".swf", ".wmv", "document.write", ".src", "new image", "backgroundimage",
)  # fmt: skip
_SCRIPTED = compiled(
    rf"[\"'=|(]([^\"'<>\s=&|()]{{1,400}}{_PICTURE}(?:\?[^\"'<>\s&|()]{{0,100}})?)(?=[\"'&|>)\s\\])", re.IGNORECASE
)
_IMPORTED = compiled(r"\bimport\s*(?:[\w{}*,\s$]{1,300}?\bfrom\s*)?[\"']([./][^\"'\n]{1,500})[\"']")
_MOST_SCRIPTED = 50

Values = Callable[[str, Element, Base], Iterator[str | None]]


def _one(value: str, element: Element, base: Base) -> Iterator[str | None]:
    """An address."""
    del element
    yield absolute(base, value)


def _set(value: str, element: Element, base: Base) -> Iterator[str | None]:
    """Candidates of a ``srcset``, for every size of window."""
    del element
    text, at = value[:20_000], 0
    while (match := _CANDIDATE.search(text, at)) is not None:
        address = match[0].rstrip(",")
        yield absolute(base, address)
        comma = match.end() - 1 if address != match[0] else text.find(",", match.end())  # behind its width or density
        at = comma + 1 or len(text)


def _style(value: str, element: Element, base: Base) -> Iterator[str | None]:
    """A style sheet's text."""
    del element
    yield from css_requisites(value, base)


def _document(value: str, element: Element, base: Base) -> Iterator[str | None]:
    """The document of a frame: of the page's own host only, others are pages of somebody else."""
    del element
    url = absolute(base, value)
    yield url if url and host_of(url) == host_of(base.url) else None


def _related(value: str, element: Element, base: Base) -> Iterator[str | None]:
    """The address of a link element that is loaded with the page."""
    if set((element.get("rel") or "").lower().split()) & _RELATIONS:
        yield absolute(base, value)


def _parameter(value: str, element: Element, base: Base) -> Iterator[str | None]:
    """What a plug-in is given: an address, or several as ``image=…&file=…``."""
    if _PARAMETERS.match(element.get("name") or "") or element.tag == "embed":
        found = re.findall(r"(?:^|&)(?:file|image|url|src|poster|pic|f|i)=([^&]{1,500})", value, re.IGNORECASE)
        for url in found or (
            [] if (element.get("name") or "").lower() == "flashvars" or element.tag == "embed" else [value]
        ):
            yield absolute(base, url)


def _picture(value: str, element: Element, base: Base) -> Iterator[str | None]:
    """The picture in full size that a link leads to, or that a script puts in the place of a small one."""
    del element
    if _IS_PICTURE.search(value):
        yield absolute(base, value)


def _background(value: str, element: Element, base: Base) -> Iterator[str | None]:
    """An address, or the style that holds it."""
    yield from _style(value, element, base) if "(" in value else (absolute(base, value),)


def _inner(value: str, element: Element, base: Base) -> Iterator[str | None]:
    """The document that a frame has in itself."""
    del element
    try:
        root = html.document_fromstring(value[:_INNER])
    except (ValueError, etree.ParserError):
        return
    yield from requisites_of(View(base.url, base, root, value[:_INNER], Survey(root)))


def _pictures(value: str, element: Element, base: Base) -> Iterator[str | None]:
    """Pictures that a script finds in an attribute, alone or in a list, or that a handler shows."""
    del element
    alone = [value] if _IS_PICTURE.search(value) and not re.search(r"[\"'()]", value) else []
    for address in alone or islice((m[1] for m in _SCRIPTED.finditer(value)), _MOST_SCRIPTED):
        yield absolute(base, address.replace("\\/", "/"))


def _main(value: str, element: Element, base: Base) -> Iterator[str | None]:
    """The script that another one loads first, named without its extension."""
    del element
    yield absolute(base, value if value.endswith(".js") else f"{value}.js")


_INNER = 100_000  # characters of a document inside an attribute
#: What an image says of itself may end as a file's name does.
_SAID = frozenset(
    ["alt", "title", "name", "id", "class", "longdesc", "usemap", "aria-label", "data-filename", "data-title"]
)
#: Tag, attribute, and what its value holds; ``*`` means every tag, or for every attribute not named.
TABLE: tuple[tuple[str, str, Values], ...] = (
    ("link", "href", _related), ("link", "imagesrcset", _set), ("script", "src", _one), ("style", "#text", _style), ("*", "style", _style),
    ("img", "src", _one), ("img", "srcset", _set), ("img", "lowsrc", _one), ("img", "*", _picture), ("input", "src", _one),
    ("img", "data-src", _one), ("img", "data-original", _one), ("img", "data-lazy-src", _one), ("img", "data-lazy", _one), ("img", "data-srcset", _set),
    ("img", "data-lazy-srcset", _set), ("source", "src", _one), ("source", "srcset", _set), ("source", "data-src", _one), ("source", "data-srcset", _set),
    ("video", "src", _one), ("video", "poster", _one), ("video", "data-poster", _one), ("video", "data-src", _one), ("audio", "src", _one), ("track", "src", _one),
    ("iframe", "src", _document), ("iframe", "data-src", _document), ("frame", "src", _document), ("embed", "src", _one), ("embed", "flashvars", _parameter),
    ("object", "data", _one), ("param", "value", _parameter), ("image", "href", _one), ("image", "xlink:href", _one), ("use", "href", _one),
    ("use", "xlink:href", _one), ("feimage", "href", _one), ("feimage", "xlink:href", _one), ("bgsound", "src", _one),
    ("pattern", "href", _one), ("pattern", "xlink:href", _one), ("lineargradient", "href", _one), ("lineargradient", "xlink:href", _one),
    ("radialgradient", "href", _one), ("radialgradient", "xlink:href", _one), ("script", "href", _one), ("script", "xlink:href", _one), ("script", "data-main", _main),
    ("image", "src", _one), ("audio", "data-src", _one), ("iframe", "srcdoc", _inner), ("iframe", "data-lazy-src", _document), ("source", "data-lazy-srcset", _set),
    ("input", "data-src", _one),
    ("*", "background", _one), ("*", "data-bg", _background), ("*", "data-background", _picture), ("*", "data-background-image", _picture), ("a", "href", _picture),
)  # fmt: skip
_BY_PLACE: dict[tuple[str, str], Values] = {(tag, attribute): values for tag, attribute, values in TABLE}


def _unescaped(address: str) -> str:
    """An address in a style sheet without its escapes."""
    return _CSS_ESCAPE.sub(_character, address)


def _character(match: re.Match[str]) -> str:
    number = int(match[1], 16) if match[1] else 0
    known = 0 < number < 0xD800 or 0xDFFF < number <= 0x10FFFF
    return match[2] or (chr(number) if known else "\ufffd")


def css_requisites(text: str, base: Base) -> tuple[str, ...]:
    """Addresses in a style sheet or style attribute: imports, pictures, fonts."""
    found: list[str | None] = []
    if "(" not in text and "@" not in text:
        return ()
    for match in _CSS.finditer(_CSS_COMMENT.sub("", text)):
        if match["set"]:
            found += (absolute(base, one or other) for one, other in _CSS_STRING.findall(match["set"]))
            found += (absolute(base, m["a"] or m["b"] or m["c"]) for m in _CSS.finditer(match["set"]))
        else:
            address = next(value for value in match.group("a", "b", "c", "d", "e") if value)
            found.append(absolute(base, _unescaped(address)))
    return tuple(dict.fromkeys(u for u in found if u))


def manifest_icons(value: object, base: Base) -> tuple[str, ...]:
    """The pictures that a site's manifest names."""
    icons = value.get("icons") if isinstance(value, dict) else None
    named = (icon.get("src") for icon in icons if isinstance(icon, dict)) if isinstance(icons, list) else ()
    found = (absolute(base, source) for source in named if isinstance(source, str))
    return tuple(url for url in dict.fromkeys(found) if url)


def requisites_of(view: View) -> tuple[str, ...]:
    """What a browser loads to show the page, in the order of the page."""
    found: list[str | None] = []
    survey = view.survey
    sheets = ((place, text, _style) for place, text in enumerate(survey.texts) if survey.tags[place] == "style")
    for place, value, values in merge(sheets, _named(survey), key=itemgetter(0)):
        found += values(value or "", survey.elements[place], view.base)
    found += _scripted(view)
    return tuple(dict.fromkeys(u for u in found if u and u != view.url))[:MAX_ITEMS]


def _named(survey: Survey) -> Iterator[tuple[int, str, Values]]:
    """The place and the value of attributes that hold addresses, with what reads them."""
    for place, name, value in zip(*survey.attributes, strict=True):
        if value and (values := _values(survey.tags[place], name)) is not None:
            yield place, value, values


@lru_cache(maxsize=2048)
def _values(tag: str, name: str) -> Values | None:
    """What an attribute of a tag holds; ``None`` for no address."""
    tag, key = tag.lower(), name.lower()
    values = _BY_PLACE.get((tag, key)) or _BY_PLACE.get(("*", key))
    if values or key in _SAID:
        return values
    return _BY_PLACE.get((tag, "*")) or (_pictures if key.startswith(("data-", "on")) else None)


def _scripted(view: View) -> Iterator[str | None]:
    """Pictures that a script shows, or a player by its settings in an attribute; the modules that a script loads."""
    scripts = [(script, script.text) for script in view.root.iter("script") if script.text]
    modules = (text for script, text in scripts if (script.get("type") or "").lower() == "module")
    for text in modules:
        yield from (absolute(view.base, match[1]) for match in _IMPORTED.finditer(text))
    texts = [*(text for _, text in scripts if _shows(text)), *_settings(view)]
    found = (match[1] for text in texts for match in _SCRIPTED.finditer(text))
    for address in islice(found, _MOST_SCRIPTED):
        yield absolute(view.base, address.replace("\\/", "/"))


def _shows(script: str) -> bool:
    """Whether a script shows pictures; words are found sooner than by a pattern that ignores case."""
    lowered = script.lower()
    return any(word in lowered for word in _SHOWING) and _SHOWS.search(script) is not None


def _settings(view: View) -> Iterator[str]:
    """What players are told in an attribute."""
    for element in view.root.iter("video", "audio", "div"):
        if said := element.get("data-setup"):
            yield unescape(said)
