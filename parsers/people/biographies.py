"""The person of a biography, and the post that it gives as the present one."""

from __future__ import annotations

import re

from parsers.page.text import fold
from parsers.people.names import GIVEN, TITLE_END, is_name, split_post
from parsers.record import Guest
from parsers.words import pattern

_BIOGRAPHY = re.compile(
    rf"^\s{{0,8}}(?P<name>{GIVEN}{{2,4}}|{GIVEN}{{2,8}}·{GIVEN}{{1,8}})\s?[,，(（:]\s?(?:男|女|{GIVEN}{{1,5}}族"
    rf"|\d{{4}}年|{GIVEN}{{2,6}}人)"
)
_IN_OFFICE = pattern(r"{IN_OFFICE}(?P<post>[^。;；]{4,60}?)(?=[,，。;；]|$)")


def biography(text: str) -> Guest | None:
    """The person of a 嘉宾简介: ``杨军，男，汉族，现任县司法局党组书记、局长。``"""
    folded = fold(text[:1000])
    person = _BIOGRAPHY.match(folded)
    if not person or not is_name(person["name"]):
        return None
    return Guest(person["name"], *(office_of(text[person.end() :]) or (None, None)))


def office_of(text: str) -> tuple[str | None, str] | None:
    """The post that a biography gives as the present one: behind 现任, else the last that stands alone between commas."""
    folded = fold(text[:1000])
    if office := _IN_OFFICE.search(folded):
        organization, title = split_post(text[office.start("post") : office.end("post")])
        return (organization, title) if title else None
    for piece in reversed([m.span() for m in re.finditer(r"[^,。;]+", folded)]):
        words = folded[slice(*piece)].strip()
        if len(words) <= 40 and TITLE_END.search(words):
            organization, title = split_post(text[slice(*piece)])
            return (organization, title) if title else None
    return None
