"""Rules of the source: who published the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.claims.claim import Found, Place
from parsers.header.dates import published
from parsers.header.meta import is_placeholder
from parsers.page.text import BLANK, fold
from parsers.reading import Reading
from parsers.words import pattern

_ENDS = pattern(r"\s{2,}|\s(?=[^\s:]{2,6}:)|\s(?={YEAR})|[|]")
_SCRIPT = re.compile(r"""\b(?:wzly|source|laiyuan|ContentSource)\s*=\s*["']([^"'<>]{2,40})["']""")


def by_label(reading: Reading) -> Iterator[Found]:
    """``来源：…``, up to what stands behind it."""
    for number, f in enumerate(f for f in reading.page.fields if f.key == "source"):
        value = f.value[: len(_ENDS.split(fold(f.value))[0])].strip(BLANK + "【[(（")
        if value and len(value) <= 40 and not published(value):
            yield Found(value, Place(f.value, f.line, f.start, f.start + len(value)), f.label, 0.98**number)


def by_tag(reading: Reading) -> Iterator[Found]:
    """``ContentSource``; twice it was the site's own office where the page printed somebody else."""
    if value := reading.page.tags.get("contentsource"):
        yield Found(value, Place(value), "contentsource")


def by_script(reading: Reading) -> Iterator[Found]:
    """A variable that a script prints."""
    match = _SCRIPT.search(reading.page.view.scripts)
    if match and not is_placeholder(match[1]):
        yield Found(match[1], Place(match[0]))
