"""From a printed label to a person: full names, posts, surnames with a title, bare titles.

A label names a person only when exactly one of the known people fits; a deputy is politely called 局长 too.
"""

from __future__ import annotations

import re
from functools import lru_cache

from parsers.page.text import fold, squeeze
from parsers.people.names import CORE, GIVEN, TITLE, TITLE_END, TITLE_FULL, is_name, surname_of
from parsers.record import Guest
from parsers.words import words


def _core_title(title: str) -> list[str]:
    """The bare titles of a printed title, without rank: ``党组成员、副局长`` → ``成员``, ``副局长``, ``局长``."""
    found: list[str] = []
    for item in re.split(r"[、,，\s]+", title):
        match = re.search(rf"(副|总)?({CORE})$", item)
        if match:
            found += [match[2], (match[1] or "") + match[2]]
    return found


_BRACKET = re.compile(r"[(（【\[].{0,40}?[)）】\]]")
_SPOKEN_TITLE = re.compile(rf"^(?:{TITLE}|局|书记|总|科|处|队|工)$")
_TITLE_NAME = re.compile(rf"^(?P<post>.{{0,30}}?{TITLE})(?P<name>{GIVEN}{{2,4}}|{GIVEN}{{2,8}}(?:·{GIVEN}{{1,8}})+)$")


#: What an official does, not what he is called: 局长解答.
NO_NAMES = words("DEED")


@lru_cache(maxsize=8192)
def post_and_name(label: str) -> tuple[str, str] | None:
    """``副局长钱慧`` → (``副局长``, ``钱慧``), the longest post first."""
    if label.endswith(NO_NAMES):
        return None
    for size in (3, 2, 4):
        if len(label) > size and is_name(label[-size:], strict=size == 4) and TITLE_END.search(label[:-size]):
            return label[:-size], label[-size:]
    match = _TITLE_NAME.match(label)
    if match and "·" in match["name"]:
        return match["post"], match["name"]
    return None


@lru_cache(maxsize=8192)
def surname_and_title(label: str) -> tuple[str, str] | None:
    """``殷局长`` → (``殷``, ``局长``); ``None`` for anything else."""
    for size in (2, 1):
        surname, title = label[:size], label[size:]
        if surname_of(surname + "某") == surname and _SPOKEN_TITLE.match(title):
            return surname, title
    return None


def resolve(label: str, people: list[Guest]) -> str | None:
    """The full name when a label names exactly one of ``people``; ``None`` otherwise.

    Understands the full name, post + name, name (post), surname + title, a bare title and the printed post.
    """
    label = squeeze(fold(label))
    bare = _BRACKET.sub("", label)
    names = [g.name for g in people if g.name]
    exact = {name for name in names if fold(name) in (label, bare)}
    if len(exact) == 1:
        return exact.pop()
    inside = {name for name in names if len(name) > 1 and (bare.endswith(fold(name)) or fold(name) in label)}
    if len(inside) == 1:
        return inside.pop()
    if short := _short_of(bare, people):
        return short
    pair = surname_and_title(bare)
    if pair:
        same = [g for g in people if g.name and surname_of(g.name) == pair[0]]
        fitting = [g for g in same if g.title and _fits(pair[1], g.title)]
        if len(fitting) == 1:
            return fitting[0].name
        return same[0].name if len(same) == 1 and not same[0].title else None
    if TITLE_FULL.match(bare):
        # A deputy is politely called 局长 too, but not while the 局长 is in the room.
        for exactly in (True, False):
            titled = [g for g in people if g.name and g.title and _fits(bare, g.title, exactly=exactly)]
            if titled:
                return titled[0].name if len(titled) == 1 else None
    posted = [
        g
        for g in people
        if g.name and g.organization and bare in (squeeze(g.organization), squeeze(g.organization + (g.title or "")))
    ]
    return posted[0].name if len(posted) == 1 else None


def _short_of(label: str, people: list[Guest]) -> str | None:
    """``艾力局长`` for 艾力·吐尔逊, ``才让局长`` for 才让卓玛: the first part of a name without surname, and a title that fits."""
    found = {
        g.name
        for g in people
        if g.name
        and g.title
        and (len(g.name) >= 4)
        and (rest := _rest_of(label, fold(g.name)))
        and _fits(rest, g.title)
    }
    return found.pop() if len(found) == 1 else None


def _rest_of(label: str, name: str) -> str | None:
    """What follows the first part of a name (before its dot, or its first two characters) in a label."""
    first = name.split("·", maxsplit=1)[0] if "·" in name else name[:2]
    rest = label.removeprefix(first)
    return rest if rest != label and _SPOKEN_TITLE.match(rest) else None


def _fits(title: str, printed: str, *, exactly: bool = False) -> bool:
    """Whether a spoken title (``局长``, also for a deputy) fits a printed one."""
    titles = _core_title(printed)
    if exactly:
        return title in re.split(r"[、,，\s]+", printed)
    return any(title in (t, "副" + t) or t.endswith(title) for t in titles) or (
        len(title) == 1 and any(title in t for t in titles)
    )
