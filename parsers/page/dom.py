"""Decoded text to an lxml tree, and small helpers on trees."""

from __future__ import annotations

import re
from html import escape

from lxml import etree, html

from parsers.errors import PageTooLarge, Unparsable
from parsers.limits import MAX_BYTES
from parsers.page.addresses import Base, absolute
from parsers.page.markup import breaks_of_end_tags, recover, without_comments

Element = etree._Element  # noqa: SLF001 - the public name of the class for annotations is this one
_XML_DECL = re.compile(r"^\s*<\?xml[^>]*\?>")
#: Complaints about end tags that a browser shows as a break.
_SHOWN_ENDS = frozenset(["Unexpected end tag : br", "Unexpected end tag : p"])


def _flat(text: str) -> Element:
    """Every line of text of a page that is nested too deeply for libxml2, read by Python's own parser, as paragraphs."""
    from bs4 import BeautifulSoup  # noqa: PLC0415 - rarely needed, slow to load

    soup = BeautifulSoup(without_comments(text), "html.parser")
    for element in soup(["script", "style", "title", "template", "textarea", "select", "noscript"]):
        element.decompose()
    body = "".join(f"<p>{escape(line)}</p>" for line in soup.get_text("\n").split("\n") if line.strip())
    return html.document_fromstring(f"<html><body>{body}</body></html>")


def parse_html(text: str, url: str, remarks: list[str] | None = None) -> Element:
    """The tree of a page; forgiving, deterministic, no network, no entities beyond HTML's.

    :param remarks: receives what had to be mended so that no text is lost
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
    # Not lxml.html's parser: its element classes are looked up in Python, for every element anew.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        root = etree.fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise Unparsable(url, f"expected a document, found {error}") from error
    if root is None:
        raise Unparsable(url, "expected a document, found no element")
    return root, {entry.message for entry in parser.error_log}


_OPENS = re.compile(
    r"(?:(?<![\w$])(?:window\.)?open\(|location(?:\.href)?\s{0,4}=|location\.(?:assign|replace)\()\s{0,4}['\"]([^'\"\s]{1,500})['\"](?!\s{0,4}\+)"
)


def opened_by(action: str) -> str | None:
    """The address, as written, that a handler opens: ``window.open('/ft/1.html')``, ``location.href='…'``."""
    match = _OPENS.search(action)
    return match[1] if match else None


def base_url(root: Element, url: str) -> str:
    """What the page's links are resolved against: the first ``<base href>`` when it is a web address, else the page's own."""
    first = next((element.get("href") for element in root.iterfind(".//base[@href]")), None)
    return absolute(Base(url), first) or url


def words_of(element: Element) -> str:
    """Class and id of an element, lower-case, for marker tests."""
    return f"{element.get('class') or ''} {element.get('id') or ''}".lower()


def inner_text(element: Element) -> str:
    """All text inside an element, as it stands in the source."""
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
    """What one look at every element of a tree tells, so that no rule has to go over the tree for it.

    It holds all elements: lxml would make them anew for each rule that asks.

    :ivar elements: all elements and comments in document order
    :ivar by_id: the first element of each id
    :ivar by_class: the elements of each class, in document order
    :ivar anchors: links with the address that they print, in document order
    :ivar hidden: the elements whose own mark-up hides them
    :ivar styles: elements whose style, given in lower case, may change where lines break
    """

    def __init__(self, root: Element) -> None:
        self.elements = list(root.iter())
        self.by_id: dict[str, Element] = {}
        self.by_class: dict[str, list[Element]] = {}
        self.anchors: list[tuple[Element, str]] = []
        self.hidden: list[Element] = []
        self.styles: list[tuple[Element, str]] = []
        for element in self.elements:
            attributes: list[tuple[str, str]] = element.items()  # type: ignore[assignment]
            for name, value in attributes:
                if name == "class":
                    for word in value.split():
                        if word in self.by_class:
                            self.by_class[word].append(element)
                        else:
                            self.by_class[word] = [element]
                elif name == "href":
                    if element.tag == "a":
                        self.anchors.append((element, value))
                elif name == "id":
                    self.by_id.setdefault(value, element)
                elif name == "style":
                    self._style(element, value.lower())
                elif name == "hidden" or (element.tag == "marquee" and _is_pixel(element)):
                    self._hide(element)

    def _style(self, element: Element, style: str) -> None:
        if "display" in style or "white-space" in style:
            self.styles.append((element, style))
        if HIDDEN_STYLE.search(style):
            self._hide(element)

    def _hide(self, element: Element) -> None:
        if not self.hidden or self.hidden[-1] is not element:
            self.hidden.append(element)

    def find(self, selector: str) -> list[Element]:
        """Elements for ``#id``, ``#prefix*``, ``.class``, ``.prefix*`` or a tag name; of an id, the first element only."""
        if selector.endswith("*"):
            prefix = selector[1:-1]
            if selector.startswith("#"):
                return [element for name, element in self.by_id.items() if name.startswith(prefix)]
            return [e for name, found in self.by_class.items() if name.startswith(prefix) for e in found]
        if selector.startswith("#"):
            found = self.by_id.get(selector[1:])
            return [found] if found is not None else []
        if selector.startswith("."):
            return self.by_class.get(selector[1:], [])
        return list(self.elements[0].iter(selector))


HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|(?:left|top|text-indent)\s*:\s*-\d{3,}"
    r"|opacity\s*:\s*0(?![.\d])|(?:width|height)\s*:\s*[01](?:px)?\s*;[^;]*overflow\s*:\s*hidden"
)
