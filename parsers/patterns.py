"""Patterns that are compiled when they are first used.

The parsers have some seven hundred. Compiling them all takes a third of a second, and few processes need all of them:
a crawl asks pages for their links, an index for their records.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, AnyStr, cast

#: What is asked of patterns again and again: once compiled, a look into a slot.
_ASKED = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")


class Late:
    """Answers as the :class:`re.Pattern` of its source, which is compiled with the first question.

    :param source: the source, or what makes it
    """

    __slots__ = (*_ASKED, "_flags", "_source")

    def __init__(self, source: str | bytes | Callable[[], str], flags: int) -> None:
        self._source, self._flags = source, flags

    @property
    def pattern(self) -> str | bytes:
        """The source; asking for it compiles nothing."""
        return self._source() if callable(self._source) else self._source

    def __getattr__(self, name: str) -> Any:
        """What no slot has yet."""
        found = re.compile(self.pattern, self._flags)
        for asked in _ASKED:
            setattr(self, asked, getattr(found, asked))
        return getattr(found, name)


def compiled(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As :func:`re.compile`, with the first use; an error in the source comes then, too."""
    return cast("re.Pattern[AnyStr]", Late(source, flags))


def composed(source: Callable[[], str], flags: int = 0) -> re.Pattern[str]:
    """The same of a source that is made with the first use."""
    return cast("re.Pattern[str]", Late(source, flags))
