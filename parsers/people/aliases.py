"""From a printed label to a person: full names, posts, surnames with a title, bare titles.

A label names a person only when exactly one of the known people fits; a deputy is politely called 局长 too.
"""

from __future__ import annotations

import re
from functools import lru_cache

from parsers.page.text import fold_name, squeeze
from parsers.patterns import compiled
from parsers.people.names import CORE, GIVEN, TITLE, TITLE_END, TITLE_FULL, is_name, surname_of
from parsers.record import Guest
from parsers.words import word_set, words


@lru_cache(maxsize=2048)
def _core_title(title: str) -> tuple[str, ...]:
    """The bare titles of a printed title, without rank: ``党组成员、副局长`` → ``成员``, ``副局长``, ``局长``."""
    found: list[str] = []
    for item in re.split(r"[、,，\s]+", title):
        match = re.search(rf"(副|总)?({CORE})$", item)
        if match:
            found += [match[2], (match[1] or "") + match[2]]
    return tuple(found)


_BRACKET = compiled(r"[(（【\[].{0,40}?[)）】\]]")
_SPOKEN_TITLE = compiled(rf"^(?:{TITLE}|局|书记|总|科|处|队|工|{'|'.join(words('CALLED_POLITELY'))})$")
_TITLE_NAME = compiled(rf"^(?P<post>.{{0,30}}?{TITLE})(?P<name>{GIVEN}{{2,4}}|{GIVEN}{{2,8}}(?:·{GIVEN}{{1,8}})+)$")


_POLITE = word_set("CALLED_POLITELY")
#: What an official does, not what he is called: 局长解答.
NO_NAMES = words("DEED")


_CALLED_BY = words("ADDRESSED_AS")


@lru_cache(maxsize=8192)
def post_and_name(label: str) -> tuple[str, str] | None:
    """``副局长钱慧`` → (``副局长``, ``钱慧``), the longest post first."""
    if label.endswith(NO_NAMES):
        return None
    called = next((word for word in _CALLED_BY if label.endswith(word)), "")
    return (called and post_and_name(label.removesuffix(called))) or _post_and_name(label)


def _post_and_name(label: str) -> tuple[str, str] | None:
    for size in (3, 2, 4):
        if len(label) > size and is_name(label[-size:], strict=size == 4) and TITLE_END.search(label[:-size]):
            return label[:-size], label[-size:]
    match = _TITLE_NAME.match(label)
    if match and "·" in match["name"]:
        return match["post"], match["name"]
    return None


@lru_cache(maxsize=8192)
def name_and_title(label: str) -> tuple[str, str] | None:
    """``罗启昌局长`` → (``罗启昌``, ``局长``); ``None`` for anything else."""
    for size in (3, 2):
        if is_name(label[:size]) and TITLE_FULL.match(label[size:]):
            return label[:size], label[size:]
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
    label = squeeze(fold_name(label))
    bare = _BRACKET.sub("", label)
    named = [g for g in people if g.name]
    if found := _by_name(label, bare, named) or _short_of(bare, named):
        return found
    if pair := (bare, "") if len(bare) == 1 else surname_and_title(bare):
        return _by_surname(*pair, named)
    titled = _titled(bare, named) if TITLE_FULL.match(bare) else []
    return _only(titled or _posted(bare, named))


def _only(people: list[Guest]) -> str | None:
    """The name of the only one; ``None`` where there are several or none."""
    return people[0].name if len(people) == 1 else None


def _by_name(label: str, bare: str, people: list[Guest]) -> str | None:
    """Whose full name the label is, else whose it holds.

    :param bare: the label without what is in brackets
    """
    names = {g.name: fold_name(g.name) for g in people if g.name}
    exact = [name for name, folded in names.items() if folded in (label, bare)]
    if len(exact) == 1:
        return exact[0]
    inside = [n for n, folded in names.items() if len(n) > 1 and (bare.endswith(folded) or folded in label)]
    return inside[0] if len(inside) == 1 else None


def _by_surname(surname: str, title: str, people: list[Guest]) -> str | None:
    """Who has the surname and a title that fits, or the surname alone; without a title who has the surname."""
    same = _of_surname(surname, people)
    fitting = [g for g in same if g.title and _fits(title, g.title)] if title else same
    return _only(fitting or [g for g in same if not same[0].title])


def _of_surname(surname: str, people: list[Guest]) -> list[Guest]:
    return [g for g in people if surname_of(fold_name(g.name or "")) == surname]


def _titled(title: str, people: list[Guest]) -> list[Guest]:
    """Whom a bare title fits: a deputy is politely called 局长 too, but not while the 局长 is in the room."""
    exactly = [g for g in people if g.title and _fits(title, g.title, exactly=True)]
    return exactly or [g for g in people if g.title and _fits(title, g.title)]


def _posted(post: str, people: list[Guest]) -> list[Guest]:
    """Whose organization, with or without the title, is printed."""
    offices = ((g, g.organization) for g in people if g.organization)
    return [g for g, office in offices if post in (squeeze(office), squeeze(office + (g.title or "")))]


def _short_of(label: str, people: list[Guest]) -> str | None:
    """``艾力局长`` for 艾力·吐尔逊, ``才让局长`` for 才让卓玛: the first part of a name without surname, and a title that fits."""
    found = {
        g.name
        for g in people
        if g.name
        and g.title
        and (len(g.name) >= 4)
        and (rest := _rest_of(label, fold_name(g.name)))
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
    if title in _POLITE:
        return True
    printed = fold_name(printed)
    titles = _core_title(printed)
    if exactly:
        return title in re.split(r"[、,，\s]+", printed)
    return any(title in (t, "副" + t) or t.endswith(title) for t in titles) or (
        len(title) == 1 and any(title in t for t in titles)
    )
