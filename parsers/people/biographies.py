"""The person of a biography, and the post that it gives as the present one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.page.text import fold
from parsers.patterns import compiled
from parsers.people.names import GIVEN, ORG_END, TITLE_END, is_name, split_post
from parsers.people.spelling import through_spelling
from parsers.record import Guest
from parsers.words import pattern

_BIOGRAPHY = compiled(
    rf"^\s{{0,8}}(?P<name>{GIVEN}{{2,4}}|{GIVEN}{{2,8}}·{GIVEN}{{1,8}})\s?[,，(（:]\s?(?:男|女|{GIVEN}{{1,5}}族"
    rf"|\d{{4}}年|{GIVEN}{{2,6}}人)"
)
#: 牧歌，县文化馆副馆长。
_POST_BEHIND = pattern(
    rf"^\s{{0,8}}(?P<name>{GIVEN}{{2,4}}|{GIVEN}{{2,8}}·{GIVEN}{{1,8}})\s?[,:]\s?{{IN_OFFICE}}?"
    r"(?P<post>[^,。;]{4,40})(?=[,。;]|$)"
)
_RESUME = pattern(rf"^\s{{0,4}}(?P<whose>{GIVEN}{{0,4}}){{RESUME}}\s?:?\s?")
_HONOUR = pattern("{OF_NO_OFFICE}$")
_FURTHER = compiled(r",[^,。;]{2,30}")
#: 1991-1994年,任…: what somebody was.
_PAST = pattern(r"\d{4}{DATE_UNIT}?\s?{DATE_TO}\s?\d{4}{DATE_UNIT}?,?\s?$")
_IN_OFFICE = pattern(r"{IN_OFFICE}(?P<post>[^。;；]{4,60}?)(?=[,，。;；]|$)")


@through_spelling
def biography(text: str) -> Guest | None:
    """The person of a 嘉宾简介: ``杨军，男，汉族，现任县司法局党组书记、局长。``"""
    folded = fold(text[:1000])
    person = _BIOGRAPHY.match(folded)
    if not person or not is_name(person["name"]):
        return _with_post(text, folded)
    name = text[slice(*person.span("name"))]
    return Guest(name, *(office_of(text[person.end() :]) or (None, None)))


def described(text: str) -> Guest | None:
    """The person of a biography; the name may stand before what it is called: ``严明理简历：1969年出生，…``."""
    head = _RESUME.match(text)
    if head is None:
        return biography(text)
    whose = f"{head['whose']}," if is_name(head["whose"]) else ""
    return biography(whose + text[head.end() :])


def _with_post(text: str, folded: str) -> Guest | None:
    """The person whose post is all that stands behind the name."""
    person = _POST_BEHIND.match(folded)
    if not person or not is_name(person["name"]) or not TITLE_END.search(person["post"]):
        return None
    begin, end = person.span("post")
    organization, title = split_post(text[begin : _further(folded, begin, end)])
    return Guest(text[slice(*person.span("name"))], organization, title) if organization else None


def office_of(text: str) -> tuple[str | None, str] | None:
    """The post that a biography gives as the present one: behind 现任, else the last that stands
    alone between commas, in an organisation where one does.
    """
    folded = fold(text[:1000])
    if _IN_OFFICE.search(folded):
        office = _present(folded)
        if office is None:
            return None
        begin, end = office.span("post")
        organization, title = split_post(text[begin : _further(folded, begin, end)])
        return (organization, title) if title else None
    posts = list(_posts(text, folded))
    housed = [post for post in posts if ORG_END.search(fold(post[0] or ""))]
    return next(reversed(housed or posts), None)


def _present(folded: str) -> re.Match[str] | None:
    """The first post that somebody has, and did not have from one year to another."""
    return next((m for m in _IN_OFFICE.finditer(folded) if not _PAST.search(folded, 0, m.start())), None)


def _further(folded: str, begin: int, end: int) -> int:
    """Where the posts end that a biography gives behind one another: ``主任，副主任医师``."""
    while TITLE_END.search(folded, begin, end) and (more := _FURTHER.match(folded, end)):
        if not TITLE_END.search(more[0]) or _HONOUR.search(more[0]):
            break
        end = more.end()
    return end


def _posts(text: str, folded: str) -> Iterator[tuple[str | None, str]]:
    """The posts that stand alone between commas."""
    for piece in re.finditer(r"[^,。;]{2,40}", folded):
        organization, title = (
            split_post(text[slice(*piece.span())]) if TITLE_END.search(piece[0].strip()) else (None, None)
        )
        if title:
            yield organization, title
