"""Length-preserving folding: patterns match the fold, output is cut from the original by the same offsets.

NFKC is no help here: it changes lengths and leaves U+2236 (RATIO, the colon of the seed page) alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Any

from parsers.patterns import compiled

#: Characters that HTML pages use as blanks, zero-width ones included.
BLANK = " \t\r\n\f\v\u00a0\u3000\u200b\u200c\u200d\u2060\ufeff\u00ad\u2002\u2003\u2009\u202f\ue5e5"
#: So many different characters are replaced one after another; more are looked up one by one.
_FEW = 24


def _table() -> dict[str, str]:
    table = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    pairs = files("parsers").joinpath("data/traditional.txt").read_text("utf-8").splitlines()
    table.update((pair[0], pair[1]) for line in pairs if not line.startswith("#") for pair in line.split())
    table.update(dict.fromkeys(BLANK, " "))
    table.update(dict.fromkeys("\uff1a\u2236\ufe30\ufe55\u02d0\ua789\ufe13", ":"))
    table.update(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d\u2500", "-"))
    table.update(dict.fromkeys("\uff5e\u301c\u223c", "~"))
    table.update(dict.fromkeys("\u2022\u30fb\u2027\u2219\u318d\uff65", "·"))
    table.update(dict.fromkeys("○◯零Ｏ", "〇"))
    return {key: value for key, value in table.items() if key != value}


#: What is folded to what; no result is folded any further, so that the order does not matter.
_FOLDED = _table()
_FOLDABLE = compiled(f"[{re.escape(''.join(_FOLDED))}]")
_BLANKS = compiled(f"[{BLANK}]+")
_SPACE = " \t\r\n\f"
_SPACE_RUN = compiled(f"[{_SPACE}]+")
_CJK = "\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\u3000-\u303f\u201c\u201d\u2018\u2019\u2026\u2014"
# CSS Text 3, segment break transformation: a line break in the source between two wide characters is no blank.
_BREAK = compiled(rf"(?<=[{_CJK}])[ \t]*[\r\n][ \t\r\n\f]*(?=[{_CJK}])")


def fold(text: str) -> str:
    """The text with full-width forms, blanks, colons, dashes and traditional characters unified; same length."""
    # A text holds few of the table's keys as a rule, and str.replace is fast.
    at = 0
    for _ in range(_FEW):
        if (found := _FOLDABLE.search(text, at)) is None:
            return text
        at = found.start()
        text = text.replace(found[0], _FOLDED[found[0]])
    return "".join(map(_FOLDED.get, text, text))


#: How copies of pages spell out characters: 長(zhǎng), 報?bào).
SPELT = compiled(r"[(?（](?<=[\u4e00-\u9fff)].)[(?（]?[a-züāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹ]{1,7}[)）]")


def unspelt(text: str) -> str:
    """The text without the spelling of characters that some copies of pages put behind them: ``长(zhǎng)``."""
    return SPELT.sub("", text) if ")" in text or "）" in text else text


@lru_cache(maxsize=8192)
def fold_name(text: str) -> str:
    """The fold of a name or a label, without the spelling of its characters; the same few are asked for often."""
    return unspelt(fold(text))


def unfolded(characters: Iterable[str]) -> set[str]:
    """All that folds to one of some characters, these included."""
    known = set(characters)
    return known.union(character for character, folded in _FOLDED.items() if folded in known)


def squeeze(text: str) -> str:
    """The text without any blank (labels are padded for looks: ``主 持 人``)."""
    # No blank is a letter or a figure.
    return text if text.isalnum() or not _BLANKS.search(text) else _BLANKS.sub("", text)


def collapse(text: str) -> str:
    """White space as a browser renders it: runs become one blank, source line breaks inside Chinese text vanish."""
    core = text.strip(_SPACE)
    if "\n" in core or "\r" in core:
        core = _SPACE_RUN.sub(" ", _BREAK.sub("", core))
    elif "  " in core or "\t" in core or "\f" in core:
        core = _SPACE_RUN.sub(" ", core)
    if core == text:
        return text
    return f"{' ' * (text[0] in _SPACE)}{core}{' ' * (text[-1] in _SPACE and bool(core))}"


def clip(text: str, size: int = 20) -> str:
    """The first ``size`` characters."""
    return text[:size]


def whole_characters(value: Any) -> Any:
    """A JSON value without halves of characters: an escape may name a lone surrogate, which no file can hold."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.loads(text.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    return value
