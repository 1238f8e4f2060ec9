"""Patterns that are compiled when they are first used.

The parsers have some seven hundred. Compiling them all takes a third of a second, and few processes need all of them:
a crawl asks pages for their links, an index for their records.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any, AnyStr, cast

#: What is asked of patterns again and again: once compiled, a look into a slot.
_ASKED = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")


class Late:
    """Answers as the :class:`re.Pattern` of its source, which is compiled with the first question.

    The module's names for it then name that pattern itself: each question by way of this object takes longer.

    :param source: the source, or what makes it
    :param home: the names of the module that it is made in
    """

    __slots__ = (*_ASKED, "_flags", "_home", "_source")

    def __init__(self, source: str | bytes | Callable[[], str], flags: int, home: dict[str, Any]) -> None:
        self._source, self._flags, self._home = source, flags, home

    @property
    def pattern(self) -> str | bytes:
        """The source; asking for it compiles nothing."""
        return self._source() if callable(self._source) else self._source

    def __getattr__(self, name: str) -> Any:
        """What no slot has yet."""
        found = re.compile(self.pattern, self._flags)
        for asked in _ASKED:
            setattr(self, asked, getattr(found, asked))
        for known in [known for known, value in self._home.items() if value is self]:
            self._home[known] = found
        return getattr(found, name)


def compiled(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As :func:`re.compile`, with the first use; an error in the source comes then, too."""
    return cast("re.Pattern[AnyStr]", Late(source, flags, home_of_caller()))


def composed(source: Callable[[], str], flags: int, home: dict[str, Any]) -> re.Pattern[str]:
    """The same of a source that is made with the first use, see :class:`Late`."""
    return cast("re.Pattern[str]", Late(source, flags, home))


def home_of_caller() -> dict[str, Any]:
    """The names of the module that called the function that asks."""
    return sys._getframe(2).f_globals  # noqa: SLF001 - inspect.currentframe is the same, and may be None
