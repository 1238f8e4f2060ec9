"""What a payload is, told by its content: servers name types that are wrong, unknown or none.

The Content-Type decides only whether text that has no mark is a script or a style sheet.
"""

from __future__ import annotations

import html
import json
import re
from typing import Literal

from lxml.html import defs

from parsers.page.decode import decode
from parsers.page.docx import page_of
from parsers.patterns import compiled
from parsers.record import Payload, media_type

Shape = Literal["html", "json", "jsonp", "xml", "text", "binary"]
#: Shapes of what a program asked for, not a reader.
DATA: frozenset[Shape] = frozenset(("json", "jsonp"))

_HEAD = 4096
_MAGIC = compiled(
    rb"%PDF|\{\\rtf|\x89PNG|\xff\xd8\xff|GIF8|PK\x03\x04|Rar!|RIFF|\x1f\x8b|II\*\x00|MM\x00\*|ID3|OggS"
    rb"|\xd0\xcf\x11\xe0|wOF[F2]"
    rb"|\x00\x01\x00\x00|OTTO|FLV\x01|[CFZ]WS[\x01-\x20]|\x1aE\xdf\xa3|7z\xbc\xaf|\x28\xb5\x2f\xfd|.{4}ftyp",
    re.DOTALL,
)
_CONTROL = compiled(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
#: What may be before a value: marks of order, comments, and words that keep other sites from running it.
_BEFORE = compiled(
    r"(?:[\s\ufeff]|/\*.{0,2000}?\*/|//[^\n]{0,500}\n|\)\]\}'?,?|while\s?\(1\);?|for\s?\(;;\);?|throw 1;|\{\}\s?&&)+",
    re.DOTALL,
)
_LIST = r"""\[\s*+(?:["'\[{]|-?\d[\d.]{0,20}\s*+,|\]\s*+(?:\)\s*+;?\s*+)?\Z)"""
_JSON = compiled(
    rf"""\{{\s*+(?:["'}}]|[A-Za-z_$][\w$]{{0,80}}\s*+:\s*+(?:["'\[{{\d-]|true\b|false\b|null\b))|{_LIST}|"\s*+[\[{{]"""
)
_NAME = r"""[\w$.\[\]'"]{1,120}"""
#: Runs of blanks are taken whole (``*+``): a body of nothing else would be gone over with the square of its length.
#: A call or an assignment of a script that is given a value: ``cb({…})``, ``a && a([…])``, ``var x = {…}``.
_SCRIPTED = compiled(
    rf"""[\s;]*+(?:try\s*+\{{\s*+)?(?:(?:typeof\s++{_NAME}\s*+===?\s*+['"]function['"]|{_NAME})\s*+&&\s*+)?
    (?:(?!(?:define|require|import)\b)(?:{_NAME})?\s*+\(|(?:(?:var|let|const)\s++)?{_NAME}\s*+=)
    \s*+(?P<value>\{{\s*+["'}}]|{_LIST}|["']\s*+[\[{{])""",
    re.VERBOSE,
)
_ELEMENT = r"[A-Za-z][\w:.-]{0,60}"
#: Tags, comments and declarations around a value that is all there is to a document.
_OPENED = compiled(
    rf"(?:\s|<!--.{{0,500}}?-->|<!\[CDATA\[|</?{_ELEMENT}(?:\s[^<>]{{0,500}})?/?>|<[?!][^<>]{{0,500}}>)+", re.DOTALL
)
_CLOSED = compiled(rf"(?:\s|\]\]>|</{_ELEMENT}\s?>)+\Z")
_ROOT = compiled(
    rf"(?:\s|<!--(?:(?!-->).){{0,2000}}-->|<\?[^<>]{{0,500}}>"
    rf"|<!(?!--)[^<>\[]{{0,500}}(?:\[[^\]]{{0,2000}}\])?\s*>)*<({_ELEMENT})",
    re.DOTALL,
)
_TAG = compiled(
    r"</?(?:html|head|body|meta|title|div|span|p|a|b|br|hr|strong|font|table|tr|td|ul|ol|li|h[1-6]|img|script"
    r"|form|input)\b[^<>]{0,500}>",
    re.IGNORECASE,
)
_PROGRAM = compiled(
    r"\s*+(?:/[*/]|[!(;]*function\b|\(\(|(?:var|let|const|import|export)\s|[\"']use strict"
    r"|(?:window|document|jQuery|\$|define|require)\s*[.(\[]|@charset|[#.\w][\w .#:>-]{0,100}\{)"
)


def shape(payload: Payload) -> Shape:
    """HTML, JSON, JSONP (JSON in a script's call or assignment), XML, text or binary.

    What begins as JSON is JSON, also when it is cut short. A document that holds nothing but JSON in tags
    (``<string>``, ``<pre>``, ``<textarea>``) is JSON, too. A Word file whose words can be read counts as a page.
    """
    raw = payload.data[:_HEAD]
    if _MAGIC.match(raw):
        return "html" if page_of(payload.data) is not None else "binary"
    head = _ascii(raw)
    found = _begins(head)
    if found is not None:
        return found[0]
    marked = head.lstrip().startswith("<")
    if marked and _wrapped(payload, head) is not None:
        return "json"
    if marked and (root := _ROOT.match(head)):
        return "html" if root[1].lower() in defs.tags or "<!doctype html" in head[:200].lower() else "xml"
    if len(_CONTROL.findall(head)) > len(head) // 20:
        return "binary"
    return "html" if marked or (_TAG.search(head) and not _reads_as_program(payload, head)) else "text"


def holds_page(payload: Payload, form: Shape | None = None) -> bool:
    """Whether a payload may hold a page, its data or a list: neither binary nor a script or style sheet.

    :param form: its shape, where that is known
    """
    form = form or shape(payload)
    return form != "binary" and not (form == "text" and _reads_as_program(payload, _ascii(payload.data[:_HEAD])))


_DOCUMENT = compiled(rb"%PDF|\{\\rtf|PK\x03\x04|\xd0\xcf\x11\xe0|Rar!|7z\xbc\xaf")


def is_document(payload: Payload) -> bool:
    """Whether a payload is a file of words that nobody reads: an office or PDF document, or an
    archive that may hold some.
    """
    return _DOCUMENT.match(payload.data) is not None and shape(payload) == "binary"


def is_style(payload: Payload) -> bool:
    """Whether a payload is a style sheet, as far as its address or its type says so."""
    kind = media_type(payload.content_type)
    named = kind == "text/css" or ("script" not in kind and payload.url.split("?")[0].lower().endswith(".css"))
    return named and shape(payload) == "text"


def data_text(payload: Payload) -> str | None:
    """The JSON text of a payload, without what stands around it; ``None`` when the payload is no data."""
    if shape(payload) not in DATA:
        return None
    text = _ascii(payload.data) if _has_wide_units(payload.data) else decode(payload.data, payload.content_type).text
    found = _begins(text)
    if found is None:
        return _wrapped(payload, text)
    return text[found[1] :]


def _reads_as_program(payload: Payload, head: str) -> bool:
    kind = media_type(payload.content_type)
    return "script" in kind or kind == "text/css" or bool(_PROGRAM.match(head))


def _has_wide_units(data: bytes) -> bool:
    """Whether the bytes are UTF-16 or UTF-32 without a mark of order."""
    return b"\x00" in data[:4] and not data.startswith((b"\xff\xfe", b"\xfe\xff"))


def _ascii(data: bytes) -> str:
    """Bytes as text in which every ASCII character is itself: enough to look for marks."""
    for mark, encoding in ((b"\xef\xbb\xbf", "latin-1"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    if _has_wide_units(data) and (found := json.detect_encoding(data)) != "utf-8":
        text = data.decode(found, "replace")
        return text if text.lstrip()[:1] in ("{", "[", "<") else data.decode("latin-1")
    return data.decode("latin-1")


def _begins(text: str) -> tuple[Shape, int] | None:
    """Whether a text begins as JSON or JSONP, and where the value begins."""
    before = _BEFORE.match(text)
    start = before.end() if before else 0
    if _JSON.match(text, start):
        return "json", start
    scripted = _SCRIPTED.match(text, start)
    return ("jsonp", scripted.start("value")) if scripted else None


def _wrapped(payload: Payload, head: str) -> str | None:
    """The JSON that is all that a document of tags holds."""
    opened = _OPENED.match(head)
    rest = head[opened.end() :] if opened else ""
    if not rest.startswith(("{", "[", "&quot;", "&#")) and not _SCRIPTED.match(rest):
        return None
    text = decode(payload.data, payload.content_type).text.rstrip()
    opened = _OPENED.match(text)
    inner = (
        text[opened.end() : -1000] + _CLOSED.sub("", text[max(opened.end(), len(text) - 1000) :]) if opened else text
    )
    if scripted := _SCRIPTED.match(inner):
        inner = inner[scripted.start("value") :].rstrip("; \r\n)")
    for candidate in (inner, html.unescape(inner)):
        try:
            if isinstance(found := json.loads(candidate), dict | list) and found:  # "$_ts={}" says nothing
                return candidate
        except (ValueError, RecursionError):
            continue
    return None
