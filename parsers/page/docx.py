"""The words of a Word file (.docx: XML in a ZIP) as a page of paragraphs, so that the same rules read them.

Files are hostile: no entity is expanded, nothing is fetched, and what is larger than the limits is not read.
"""

from __future__ import annotations

import html
import io
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache

from lxml import etree

#: Bytes of the XML that holds the words; a talk of a million characters has less.
MAX_XML = 16 << 20
_MAX_MEMBERS = 4000
_DOCUMENT = "word/document.xml"
_WORDS = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",
)
#: What is not printed: deleted text, the code of fields, the second form of what newer programs draw.
_UNPRINTED = {
    *(f"{space}{name}" for space in _WORDS for name in ("del", "moveFrom", "instrText", "delText")),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}
_PARAGRAPHS = {f"{space}p" for space in _WORDS}
_TEXTS = {f"{space}t" for space in _WORDS}
_BREAKS = {f"{space}{name}" for space in _WORDS for name in ("br", "cr")}
_TABS = {f"{space}tab" for space in _WORDS}


@lru_cache(maxsize=8)
def page_of(data: bytes) -> str | None:
    """The paragraphs as HTML; ``None`` when the bytes are no Word file, have no words, or exceed a limit."""
    if not data.startswith(b"PK\x03\x04") or _DOCUMENT.encode() not in data:
        return None
    xml = _xml(data)
    if xml is None:
        return None
    try:
        root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root.getroottree().docinfo.internalDTD is not None:  # Word writes none: somebody tries something
        return None
    shown = [text for text in _paragraphs(root) if text.strip()]
    if not shown:
        return None
    body = "\n".join(f"<p>{'<br>'.join(map(html.escape, text.splitlines()))}</p>" for text in shown)
    head = html.escape(shown[0].splitlines()[0]) if len(shown[0]) <= 100 else ""
    title = f"<title>{head}</title>" if head else ""
    head = f'<!DOCTYPE html><html><head><meta charset="utf-8">{title}</head>'
    return f'{head}<body><div class="content">{body}</div></body></html>'


def _xml(data: bytes) -> bytes | None:
    """The part with the words, as far as it may be unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.namelist()) > _MAX_MEMBERS:
                return None
            with archive.open(_DOCUMENT) as stream:
                xml = stream.read(MAX_XML + 1)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, EOFError, ValueError, RuntimeError, NotImplementedError):
        return None  # damaged, encrypted, or packed in a way that Word does not use
    return xml if len(xml) <= MAX_XML else None


def _paragraphs(root: etree._Element) -> Iterator[str]:
    """The text of each paragraph in order; one inside another (a text box) follows the outer one."""
    texts: dict[etree._Element, list[str]] = {}
    stack: list[tuple[etree._Element, list[str] | None]] = [(root, None)]
    while stack:
        element, held = stack.pop()
        if element.tag in _UNPRINTED:
            continue
        if element.tag in _PARAGRAPHS:
            held = texts.setdefault(element, [])
        elif held is not None:
            held.append(_printed(element))
        stack += [(child, held) for child in reversed(element)]
    return ("".join(words) for words in texts.values())


def _printed(element: etree._Element) -> str:
    if element.tag in _TEXTS:
        return element.text or ""
    return "\n" if element.tag in _BREAKS else "\u3000" if element.tag in _TABS else ""
