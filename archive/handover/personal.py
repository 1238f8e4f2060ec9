"""Personal data that interview APIs leak besides the talk: stays in WARC, is left out of what is handed to others.

The content decides, whatever type it was served as.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import parsers
from parsers.page.decode import decode
from parsers.page.shape import data_text
from parsers.people.personal import is_personal
from parsers.talk.fragments import WORDS

_DEPTH = 40
#: A field and the beginning of a value that says something; quotes may be escaped, in JSON within a string of JSON.
_KEY = re.compile(
    r"""(?:\\{0,8}["'])?([A-Za-z_][\w.-]{0,40})(?:\\{0,8}["'])?\s{0,8}:\s{0,8}(?:\[\s{0,8})?"""
    r"""(?:\\{0,8}["']\s{0,8}(?!\\{0,8}["'])\S|([1-9]\d{0,19})\b)"""
)
_ELEMENT = re.compile(
    r"<(?:\w{1,40}:)?([A-Za-z][\w.-]{0,40})(?:\s[^<>]{0,500})?>\s{0,40}(?:<!\[CDATA\[)?\s{0,40}[^\s<\]]"
)
_ATTRIBUTE = re.compile(r"""\s([A-Za-z][\w.-]{0,40})\s?=\s?["']\s{0,8}[^"'\s]""")
_OBJECT = re.compile(r"\{[^{}]{1,20000}\}")
_CALL = re.compile(r"\s*[\w$.]{1,80}\s*\(\s*[\[{]")
#: Names that pages also print of offices: alone they say nothing about a script.
_OFFICES = frozenset(
    ("tel", "telephone", "phone", "phonenumber", "email", "mail", "address", "qq", "wechat", "realname")
)


def personal_fields(payload: parsers.Payload) -> tuple[str, ...]:
    """Names of the fields with personal data for which a payload carries values, sorted.

    Data (JSON, JSONP, XML) is looked at whole. In pages and scripts only objects count that also hold the words of a
    talk: an office's telephone number is no leak.
    """
    shape = parsers.shape(payload)
    if shape == "binary":
        return ()
    data = data_text(payload)
    if data is not None:
        return tuple(sorted({*_walked(data), *_matched(data)}))
    text = decode(payload.data, payload.content_type).text
    if shape == "xml":
        names = [*_ELEMENT.findall(text), *_ATTRIBUTE.findall(text)]
        return tuple(sorted({name for name in names if is_personal(name)} | set(_matched(text, quoted=True))))
    if shape == "text" and _CALL.match(text):
        return tuple(sorted(set(_matched(text))))
    return tuple(sorted(set(_among_words(text))))


def _walked(text: str) -> Iterator[str]:
    """Fields of a JSON value, names written with escapes too."""
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
        yield from _fields(value, 0)
    except (ValueError, RecursionError):
        return


def _fields(value: Any, depth: int) -> Iterator[str]:
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        yield from (name for name, held in value.items() if is_personal(name) and _says(name, held))
        value = list(value.values())
    if isinstance(value, list):
        for child in value:
            yield from _fields(child, depth + 1)
    elif isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            yield from _fields(json.loads(value), depth + 1)
        except (ValueError, RecursionError):
            return


def _says(name: str, value: Any) -> bool:
    """Whether a value holds something: words, an account's number, any other number that is long enough to be one."""
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, int | float):
        return abs(value) < 1e20 and _counts(name, str(int(value)))  # NaN is not below anything
    return any(_says(name, child) for child in (value.values() if isinstance(value, dict) else value))


def _counts(name: str, digits: str) -> bool:
    return digits != "0" and (len(digits) >= 5 or name.lower().endswith("id"))


def _matched(text: str, *, quoted: bool = False) -> Iterator[str]:
    """Fields of text that looks like JSON, also where it is cut short or no JSON by the letter."""
    for match in _KEY.finditer(text.replace("\ufffd", "")):
        if quoted and not match[0].startswith(('"', "'", "\\")):
            continue
        if is_personal(match[1]) and (not match[2] or _counts(match[1], match[2])):
            yield match[1]


def _among_words(text: str) -> Iterator[str]:
    """Fields of the objects in a page's scripts that hold words of a talk, too."""
    for source in (text, html.unescape(text)) if "&quot;" in text or "&#" in text else (text,):
        for found in _OBJECT.finditer(source):
            names = {match[1] for match in _KEY.finditer(found[0])}
            if names & WORDS:
                yield from (n for n in _matched(found[0]) if re.sub(r"[_.-]", "", n).lower() not in _OFFICES)
