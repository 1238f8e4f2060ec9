"""The house that holds a press conference: its spokesperson is often named without it."""

from __future__ import annotations

from collections.abc import Iterable

from parsers.page.text import fold
from parsers.people.names import ORG_END, ORGANISATION_END
from parsers.people.offices import post_before
from parsers.words import pattern, words

_HELD = pattern(r"{PRESS_HELD}")
_WHEN_AND_WHERE = pattern(r"(?:{HELD_WHEN|HELD_WHERE}|[,\s])+$")
_HOSTS_OTHERS = pattern(r"{PRESS_OFFICE}")
_SEVERAL = pattern(rf"[、,;]|(?:{ORGANISATION_END}){{AND}}")
_HEADED = pattern(r"^{HELD_WHEN}{0,4}\s?(?P<office>[^\s、,:《》“”]{3,16})(?<!\d)[^,。:、]{0,16}{PRESS_NAME}")
_REACH = 200  # characters


def holder(before: str) -> tuple[int, int] | None:
    """The span of the house that holds a press conference: ``今天上午，国防部在新闻发布厅举行例行记者会``; ``None`` for
    several houses, and for press offices, which hold those of others.

    :param before: what stands before a person, folded
    """
    for held in reversed([*_HELD.finditer(before, max(0, len(before) - _REACH))]):
        edge = max(before.rfind(sign, 0, held.start()) for sign in "。!?;\n") + 1
        rest = _WHEN_AND_WHERE.search(before, edge, held.start())
        stop = rest.start() if rest else held.start()
        begin = post_before(before, edge, stop)
        return (begin, stop) if _is_house(before[begin:stop]) and "、" not in before[edge:begin] else None
    return None


def headed(heads: Iterable[str]) -> str | None:
    """The house whose press conference a heading names: ``外交部2021年9月15日例行记者会``."""
    for head in heads:
        found = _HEADED.search(fold(head))
        office = found["office"] if found else ""
        size = next((n for n in range(len(office), 2, -1) if ORG_END.search(office[:n])), 0)
        if found and _is_house(office[:size]) and not office[size:].startswith(words("AND")):
            return head[found.start("office") : found.start("office") + size]
    return None


def _is_house(office: str) -> bool:
    """Whether words are one house that speaks for itself."""
    named = len(office) > 2 and ORG_END.search(office) is not None
    return named and not _SEVERAL.search(office) and not _HOSTS_OTHERS.search(office)
