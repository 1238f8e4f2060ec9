"""Decoded text to an lxml tree, and small helpers on trees."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from html import escape
from typing import Any

from lxml import etree, html

from parsers.errors import PageTooLarge, Unparsable
from parsers.limits import MAX_BYTES
from parsers.page.addresses import Base, absolute
from parsers.page.markup import breaks_of_end_tags, recover, without_comments
from parsers.page.text import fold
from parsers.patterns import compiled

Element = etree._Element  # noqa: SLF001 - the public name of the class for annotations is this one
_XML_DECL = compiled(r"^\s*<\?xml[^>]*\?>")
#: Complaints about end tags that a browser shows as a break.
_SHOWN_ENDS = frozenset(["Unexpected end tag : br", "Unexpected end tag : p"])


def _flat(text: str) -> Element:
    """Every line of text of a page that is nested too deeply for libxml2, read by Python's own
    parser, as paragraphs.
    """
    from bs4 import BeautifulSoup  # noqa: PLC0415 - rarely needed, slow to load

    soup = BeautifulSoup(without_comments(text), "html.parser")
    for element in soup(["script", "style", "title", "template", "textarea", "select", "noscript"]):
        element.decompose()
    body = "".join(f"<p>{escape(line)}</p>" for line in soup.get_text("\n").split("\n") if line.strip())
    return html.document_fromstring(f"<html><body>{body}</body></html>")


def parse_html(text: str, url: str, remarks: list[str] | None = None) -> Element:
    """The tree of a page; forgiving, deterministic, no network, no entities beyond HTML's.

    :param remarks: receives what had to be fixed so that no text is lost
    :raises Unparsable: nothing that could be an element or text
    :raises PageTooLarge: more than :data:`~parsers.limits.MAX_BYTES`
    """
    text, recovered = recover(_XML_DECL.sub("", text, count=1))
    if not text.strip():
        raise Unparsable(url, "expected a document, found no text")
    root, complaints = _tree(text, url)
    if not complaints.isdisjoint(_SHOWN_ENDS):
        text = breaks_of_end_tags(text)
        root, complaints = _tree(text, url)
    if any("xcessive depth" in message for message in complaints):
        root = _flat(text)
        recovered.append("nested too deeply")
    if remarks is not None:
        remarks += recovered
    return root


def _tree(text: str, url: str) -> tuple[Element, set[str]]:
    """What libxml2 makes of a source, and what it complained of."""
    data = text.encode("utf-8", "replace")
    if len(data) > MAX_BYTES:
        raise PageTooLarge(url, f"{len(data)} bytes, the limit is {MAX_BYTES} (MAX_BYTES)")
    # Not lxml.html's parser: its element classes are looked up in Python, for every element again.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        root = etree.fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise Unparsable(url, f"expected a document, found {error}") from error
    if root is None:
        raise Unparsable(url, "expected a document, found no element")
    return root, {entry.message for entry in parser.error_log}


_OPENS = compiled(
    r"(?:(?<![\w$])(?:window\.)?open\(|location(?:\.href)?\s{0,4}="
    r"|location\.(?:assign|replace)\()\s{0,4}['\"]([^'\"\s]{1,500})['\"](?!\s{0,4}\+)"
)


def opened_by(action: str) -> str | None:
    """The address, as written, that a handler opens: ``window.open('/ft/1.html')``, ``location.href='…'``."""
    match = _OPENS.search(action)
    return match[1] if match else None


def base_url(root: Element, url: str) -> str:
    """What the page's links are resolved against: the first ``<base href>`` when it is a web
    address, else the page's own.
    """
    first = next((element.get("href") for element in root.iterfind(".//base[@href]")), None)
    return absolute(Base(url), first) or url


def words_of(element: Element) -> str:
    """Class and id of an element, lower-case, for marker tests."""
    return f"{element.get('class') or ''} {element.get('id') or ''}".lower()


def inner_text(element: Element) -> str:
    """All text inside an element, unchanged in the source."""
    if not len(element):
        return element.text or ""
    return "".join(text for text in element.itertext() if isinstance(text, str))


def visible_size(root: Element, enough: int) -> int:
    """How many characters stand outside scripts and styles; counting stops at ``enough``."""
    size = 0
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag not in ("script", "style", "title", "noscript", "head"):
            size += len((element.text or "").strip())
        size += len((element.tail or "").strip())
        if size >= enough:
            break
    return size


def _is_pixel(element: Element) -> bool:
    """One pixel of scrolling links."""
    return element.tag == "marquee" and any(
        (element.get(side) or "").strip().removesuffix("px") in ("0", "1") for side in ("width", "height")
    )


class Survey:
    """What one walk over a tree tells, so that no rule has to go over the tree for it.

    It holds all elements: lxml would make them again for each rule that asks. An element's place is its number in
    document order; what stands inside it are the places up to its end, and a part of the tree's text. What it holds
    lies side by side in a few lists: each pair or list of its own would count towards the next garbage collection.

    :ivar elements: all elements and comments in document order
    :ivar tags: the tag of each; no string for a comment
    :ivar ends: for each the place behind all that stands inside it
    :ivar texts: what is in each before its first child
    :ivar tails: what stands behind each
    :ivar by_id: the first element of each id
    :ivar by_class: the first element of each class; those of a class that occurs again are in ``again``
    :ivar linking: links that print an address, in document order; ``hrefs``: the address of each
    :ivar hidden: the elements whose own mark-up hides them
    :ivar styles: elements whose style, given in lower case, may change where lines break
    """

    def __init__(self, root: Element) -> None:
        self.elements: list[Element] = list(root.iter())
        self.tags: list[Any] = [element.tag for element in self.elements]
        self.texts = [element.text for element in self.elements]
        self.tails = [element.tail for element in self.elements]
        self.ends = _ends([len(element) for element in self.elements])
        self.by_id: dict[str, Element] = {}
        self.by_class: dict[str, Element] = {}
        self.again: dict[str, list[Element]] = {}
        self.linking: list[Element] = []
        self.hrefs: list[str] = []
        self.hidden: list[Element] = []
        self.styles: list[tuple[Element, str]] = []
        self._look()

    def _look(self) -> None:  # noqa: PLR0912 - one loop over all attributes
        """What attributes say. They are not kept: so many small objects cost more than to read them again."""
        by_class, by_id, again = self.by_class, self.by_id, self.again
        items: Any
        for element, tag in zip(self.elements, self.tags, strict=True):
            items = element.items()
            for name, value in items:
                if name not in _TOLD:
                    continue
                if name == "class":
                    for word in value.split():
                        if word not in by_class:
                            by_class[word] = element
                        elif word in again:
                            again[word].append(element)
                        else:
                            again[word] = [by_class[word], element]
                elif name == "href":
                    if tag == "a":
                        self.linking.append(element)
                        self.hrefs.append(value)
                elif name == "id":
                    by_id.setdefault(value, element)
                elif name == "style":
                    self._style(element, value.lower())
                else:
                    self._hide(element)
            if tag == "marquee" and _is_pixel(element):
                self._hide(element)

    @property
    def anchors(self) -> Iterator[tuple[Element, str]]:
        """Links with the address that they print, in document order."""
        return zip(self.linking, self.hrefs, strict=True)

    def classed(self, name: str) -> list[Element]:
        """The elements of a class, in document order."""
        return self.again.get(name) or ([self.by_class[name]] if name in self.by_class else [])

    @cached_property
    def attributes(self) -> tuple[list[int], list[str], list[str]]:
        """Of all attributes the place, the name and the value; only lists ask for all."""
        places: list[int] = []
        names: list[Any] = []
        values: list[Any] = []
        for place, element in enumerate(self.elements):
            if own := element.keys():
                places += [place] * len(own)
                names += own
                values += element.values()
        return places, names, values

    @cached_property
    def acting(self) -> list[Element]:
        """What may lead somewhere, in document order: links, areas, options, what has a handler or an address in an
        attribute.
        """
        led = {place for place, name, _ in self.told if name in _LEADING}
        found = zip(self.elements, enumerate(self.tags), strict=True)
        return [e for e, (place, tag) in found if tag in _ACTING or place in led]

    @property
    def told(self) -> Iterator[tuple[int, str, str]]:
        """Place, name and value of the attributes that say what an element is called or does, or how many there are."""
        places, names, values = self.attributes
        return ((places[at], names[at], values[at]) for at in self._telling)

    @cached_property
    def _telling(self) -> list[int]:
        _, names, values = self.attributes
        said = enumerate(zip(names, values, strict=True))
        return [at for at, (name, value) in said if name in _SAYING or value.strip().isdecimal()]

    @cached_property
    def files(self) -> list[str]:
        """The addresses of links, where one of them may be a document's or film's; most pages link none."""
        printed = "\n".join(self.hrefs).lower()
        return self.hrefs if any(word in printed for word in _FILE_WORDS) else []

    def tagged(self, *tags: str) -> Iterator[Element]:
        """The elements of some tags, in document order; most pages have none of most tags."""
        return iter(()) if self._tags.isdisjoint(tags) else self.elements[0].iter(*tags)

    @cached_property
    def places(self) -> dict[Element, int]:
        """The place of each element."""
        return dict(zip(self.elements, range(len(self.elements)), strict=True))

    @cached_property
    def flat(self) -> tuple[str, list[int], list[int]]:
        """All text of the tree, that of scripts and styles included, and where that of each place
        begins and ends in it.
        """
        tails, ends = self.tails, self.ends
        begins, stops = [0] * len(tails), [0] * len(tails)
        chunks: list[str] = []
        size = 0
        open_: list[int] = []
        for place, (tag, text) in enumerate(zip(self.tags, self.texts, strict=True)):
            begins[place] = size
            if text and isinstance(tag, str):
                chunks.append(text)
                size += len(text)
            open_.append(place)
            while open_ and ends[open_[-1]] == place + 1:
                closed = open_.pop()
                stops[closed] = size
                if open_ and (tail := tails[closed]):
                    chunks.append(tail)
                    size += len(tail)
        return "".join(chunks), begins, stops

    @cached_property
    def folded(self) -> str:
        """The text with the forms of its characters unified; same length."""
        return fold(self.flat[0])

    def inner(self, element: Element) -> str:
        """All text inside an element, as :func:`inner_text`."""
        text, begins, stops = self.flat
        place = self.places[element]
        return text[begins[place] : stops[place]]

    def inner_folded(self, element: Element) -> str:
        """Likewise, with the forms of its characters unified."""
        _, begins, stops = self.flat
        place = self.places[element]
        return self.folded[begins[place] : stops[place]]

    def _style(self, element: Element, style: str) -> None:
        if "display" in style or "white-space" in style:
            self.styles.append((element, style))
        if HIDDEN_STYLE.search(style):
            self._hide(element)

    def _hide(self, element: Element) -> None:
        if not self.hidden or self.hidden[-1] is not element:
            self.hidden.append(element)

    def find(self, selector: str) -> list[Element]:
        """Elements for ``#id``, ``#prefix*``, ``.class``, ``.prefix*`` or a tag name; of an id, the
        first element only.
        """
        if selector[-1] == "*":
            prefix = selector[1:-1]
            if f"\n{selector[:-1]}" not in self.names:
                return []
            if selector[0] == "#":
                return [element for name, element in self.by_id.items() if name.startswith(prefix)]
            return [e for name in self.by_class if name.startswith(prefix) for e in self.classed(name)]
        if selector[0] == "#":
            found = self.by_id.get(selector[1:])
            return [found] if found is not None else []
        if selector[0] == ".":
            return self.classed(selector[1:])
        if selector not in self._tags:
            return []
        return [element for element, tag in zip(self.elements, self.tags, strict=True) if tag == selector]

    @cached_property
    def names(self) -> str:
        """All ids and classes, each in a line of its own, as selectors write them."""
        return "".join([*(f"\n#{name}" for name in self.by_id), *(f"\n.{name}" for name in self.by_class)])

    @cached_property
    def _tags(self) -> set[Any]:
        return set(self.tags)


#: One of these is in the address of each document, archive and film.
_FILE_WORDS = (
    ".doc", ".pdf", ".wps", ".xls", ".rtf", ".ofd", ".zip", ".rar", "downfile.jsp", "download", "/attachment/", ".mp", ".flv", ".wmv", ".m3u8",
)  # fmt: skip
#: The attributes that say what a survey tells.
_TOLD = frozenset(["class", "href", "id", "style", "hidden"])
_ACTING = frozenset(["a", "area", "option"])
_LEADING = frozenset(["onclick", "data-href"])
_SAYING = _LEADING | {"class", "id", "title", "aria-label", "alt", "value", "data-page", "data-url"}


def _ends(counts: list[int]) -> list[int]:
    """For each element the place behind all that stands inside it, from how many children each has."""
    ends = list(range(1, len(counts) + 1))
    behind: list[int] = []  # the ends of what was passed and has no parent yet, the last one's first
    for place in range(len(counts) - 1, -1, -1):
        if count := counts[place]:
            ends[place] = behind[-count]
            del behind[-count:]
        behind.append(ends[place])
    return ends


HIDDEN_STYLE = compiled(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|(?:left|top|text-indent)\s*:\s*-\d{3,}"
    r"|opacity\s*:\s*0(?![.\d])|(?:width|height)\s*:\s*[01](?:px)?\s*;[^;]*overflow\s*:\s*hidden"
)
