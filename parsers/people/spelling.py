"""Names and posts are read through the spelling of their characters, which some copies of pages print: 长(zhǎng)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar

from parsers.page.text import SPELT, unspelt
from parsers.record import Guest

Function = TypeVar("Function", bound=Callable[..., Any])


def through_spelling(function: Function) -> Function:
    """A function of a text that gives back guests, or mentions of them, for texts with spellings as well: it sees the
    text without them, and what it gives back is as printed.
    """

    @wraps(function)
    def read(text: str, known: Collection[str] = ()) -> Any:
        arguments = (known,) if known else ()
        if not (")" in text or "）" in text) or not SPELT.search(text):
            return function(text, *arguments)
        bare = Bare(text)
        names = ([*map(unspelt, known)],) if known else ()
        found = function(bare.text, *names)
        return [bare.printed(item) for item in found] if isinstance(found, list) else bare.printed(found)

    return read  # type: ignore[return-value]


class Bare:
    """A text without spellings, and where each of its characters is printed."""

    def __init__(self, text: str) -> None:
        self.whole = text
        spans = [match.span() for match in SPELT.finditer(text)]
        begins = [0, *(end for _, end in spans)]
        ends = [*(begin for begin, _ in spans), len(text)]
        kept = [*zip(begins, ends, strict=True)]
        self.text = "".join(text[begin:end] for begin, end in kept)
        self.places = [at for begin, end in kept for at in range(begin, end)] + [len(text)]

    def part(self, begin: int, end: int) -> str:
        """What the text prints from one character of the bare text to another."""
        return self.whole[self.places[begin] : self.places[end]]

    def printed(self, found: Any) -> Any:
        """A guest or a mention as the text prints it."""
        if found is None:
            return None
        if isinstance(found, Guest):
            return Guest(*(part and self._as_printed(part) for part in (found.name, found.organization, found.title)))
        start, end, name_at = (self.places[at] for at in (found.start, found.end, found.name_at))
        return replace(found, guest=self.printed(found.guest), start=start, end=end, name_at=name_at)

    def _as_printed(self, part: str) -> str:
        at = self.text.find(part)
        return part if at < 0 else self.part(at, at + len(part))
