"""What a label looks like, by its words alone: somebody's name, a post, an office, a house of the press."""

from __future__ import annotations

from collections.abc import Iterator

from parsers.people.aliases import post_and_name
from parsers.people.names import TITLE_FULL, is_name
from parsers.talk.roles import OFFICER, ORGANISATION, OUTLET, TITLE_ALONE, by_word, of_office
from parsers.words import pattern, word_set, words

#: 有人问, 他说: who is quoted, not who speaks.
_CALLED = pattern(r"^[\u4e00-\u9fff]{1,6}{CALLING}[\u4e00-\u9fff]{2,3}$")
_SAYS = pattern(r"..{QUOTED}$")
_LONG_POST = 4  # characters: 二级主任科员, and no rank word alone


def looks_of(name: str, *, hosted: bool) -> Iterator[str]:
    """What a label looks like, by its words alone."""
    if by_word(name, "colon"):
        yield "word"
    if is_name(name) and not _SAYS.search(name) and name not in word_set("COMMON_WORD"):
        yield "person"
    elif _CALLED.match(name) and any(is_name(name[-size:]) for size in (3, 2)):
        yield "calling_and_name"
    if OUTLET.match(name):
        yield "outlet"
    elif ORGANISATION.match(name):
        yield "office"
    if of_office(name):
        yield "office_and_name"
    if name.endswith(words("CALLER")):
        yield "caller"
    if post_and_name(name):
        yield "post_and_name"
    if hosted:
        yield from _posts(name)


def _posts(name: str) -> Iterator[str]:
    """Whether a label is a post, with its office or alone."""
    office, *ranks = name.split("、")
    if OFFICER.match(office) and all(map(TITLE_FULL.match, ranks)):
        yield "officer"
    if TITLE_ALONE.match(name) or (len(name) >= _LONG_POST and all(map(TITLE_FULL.match, (office, *ranks)))):
        yield "title"
