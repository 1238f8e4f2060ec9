"""Escapes of scripts, undone.

An escape may name half a character: two halves are one, and a half alone, which no file can hold, is U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from parsers.patterns import compiled

_HALF = compiled("[\ud800-\udfff]")
_ESCAPE = compiled(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))")
_IN_A_STRING = compiled(rf"{_ESCAPE.pattern}|\\(.)", re.DOTALL)
_PERCENT = compiled(r"%u([0-9A-Fa-f]{4})")
_CODES = compiled(r"String\.fromCharCode\(\s{0,4}((?:\d{1,6}\s{0,4},\s{0,4})*\d{1,6})\s{0,4}\)")
_JOINED = compiled(r"['\"]\s{0,4}\+\s{0,4}['\"]")


def literal(text: str, others: Mapping[str, str] | None = None) -> str:
    """What a string literal says; its first and last characters are its quotes.

    :param others: what stands for a character behind a backslash, where that is not the character itself
    """
    known = others or {}
    return _whole(
        _IN_A_STRING.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else known.get(m[3], m[3]), text[1:-1])
    )


def characters(code: str) -> str:
    """A script whose escapes are the characters that they name: ``\\x62``, ``\\u8bbf``."""
    return _whole(_ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)), code)) if "\\" in code else code


def percent(text: str) -> str:
    """What scripts' own ``unescape`` makes of a text: it knows ``%u8BBF``, too."""
    return unquote(_whole(_PERCENT.sub(lambda m: chr(int(m[1], 16)), text)))


def codes(code: str) -> str:
    """A script whose calls of ``String.fromCharCode`` are what they give."""
    return _whole(_CODES.sub(_given, code))


def joined(code: str) -> str:
    """A script whose strings are no longer in pieces: ``'bai'+'du'`` is ``'baidu'``."""
    return _JOINED.sub("", code)


def _given(match: re.Match[str]) -> str:
    return "".join(map(chr, map(int, match[1].split(","))))


def _whole(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if _HALF.search(text) else text
