"""The guests of a label's value: ``县水务局局长 赵一鸣；钱慧 副局长``, in all the orders that headers print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from parsers.page.text import BLANK, fold, squeeze
from parsers.patterns import compiled
from parsers.people.mentions import of_that_house
from parsers.people.names import (
    GIVEN,
    ORG_END,
    ORGANISATION_END,
    TITLE,
    TITLE_END,
    TITLE_FULL,
    is_name,
    split_post,
    steppe_name,
)
from parsers.people.spelling import through_spelling
from parsers.record import Guest
from parsers.words import pattern

_DEPARTMENT = pattern("{INNER_DEPARTMENT}")
_SEPARATOR = compiled(r"[;；\n|/]+")
_NOTE = compiled(
    r"[(（\[【](?:(?:男|女|[\u4e00-\u9fff]{1,4}族)(?=[)）\]】,，、\s])|兼|主持工作)[^)）\]】]{0,10}[)）\]】]"
)
#: 王安石 男 汉族 县水利局局长; 主席（正科级）.
_PERSONAL = compiled(rf"(?<=\s)(?:男|女|{GIVEN}{{1,4}}族)(?=[\s,，])[,，]?|[(（](?:正|副)?(?:科|处|县|厅)级[)）]")
_HONORIFIC = pattern(r"(?:{COURTESY}|小姐|老师|等|等人)+$")
_JOIN = compiled(r"[、,，;；\s和与及]+")


def _title_before(text: str, pos: int) -> bool:
    return bool(TITLE_END.search(text[:pos].rstrip(" :：、,，")))


def _title_goes_on(text: str, begin: int, at: int) -> bool:
    """Whether a longer title ends a little later (``理事|长``, ``主任|科员``)."""
    return any(
        (match := TITLE_END.search(text, begin, at + more)) is not None and match.start() < at for more in (1, 2)
    )


#: 1. 县水务局局长 钱慧: a number or a sign in a list.
_ITEM = pattern(r"^\s*(?:[□■◆●○◇▲△★☆※•]|[0-9０-９]{1,2}\s?[.．、)）]|[①-⑩]|[(（]{NUMERAL}{1,2}[)）])\s*")


def _clean(text: str) -> str:
    bare = _PERSONAL.sub("", _NOTE.sub("", _ITEM.sub("", text)))
    return _HONORIFIC.sub("", bare.strip(BLANK)).strip(BLANK + "。.")


@through_spelling
def parse_guests(value: str) -> list[Guest]:
    """The guests of a header value, in printed order.

    :param value: what follows the label, several lines joined by newlines
    """
    return list(_parse_value(value))


@lru_cache(maxsize=512)
def _parse_value(value: str) -> tuple[Guest, ...]:
    chunks = map(_clean, _SEPARATOR.split(_clean(value)))
    return tuple(_of_one_house([guest for chunk in chunks for guest in _parse_chunk(chunk)]))


def _of_one_house(guests: list[Guest]) -> Iterator[Guest]:
    """``县运管所所长关山度、副所长简约``: the second is of the same organisation; so is a division of it."""
    house = ""
    for guest in guests:
        own = _DEPARTMENT.fullmatch(fold(guest.organization or ""))  # a department is printed as an office
        if guest.title and house and not own and (office := of_that_house(guest, house)):
            yield replace(guest, organization=office)
        else:
            house = guest.organization or ""
            yield guest


def _parse_chunk(chunk: str) -> list[Guest]:
    if not chunk:
        return []
    text = fold(chunk)
    for rule in (_bracketed, _name_between, _name_first, _office_and_names, _posts_then_names):
        found = rule(text, chunk)
        if found:
            return found
    return []


_THEN = pattern(r"^\s{0,4}(?:{IN_OFFICE}|{THEN_IN_OFFICE})")
_BRACKET = compiled(
    r"\s{0,8}([^()（）、,，]{2,12}?)\s{0,8}[(（【\[]\s{0,8}([^()（）【】\[\]]{2,60})\s{0,8}[)）】\]]\s{0,8}[、,，和与及\s]{0,8}"
)
_BETWEEN = compiled(
    rf"(?P<office>[^\s、,:]{{1,30}}(?:{ORGANISATION_END}))\s{{1,8}}"
    rf"(?P<name>{GIVEN}{{2,4}}|{GIVEN}(?:\s{{1,4}}{GIVEN}){{1,2}})\s{{1,8}}(?P<title>[^\s、,:]{{2,12}})"
)
_ORG_BRACKET = compiled(r"\s{0,8}[【\[]([^】\]]{2,30})[】\]]\s{0,8}([^【\[]{2,60})")


def _bracketed(text: str, chunk: str) -> list[Guest]:
    """``name (org title)`` one or more, or ``【org】name title``."""
    guests, pos = [], 0
    while match := _BRACKET.match(text, pos):
        name = squeeze(chunk[match.start(1) : match.end(1)])
        if not is_name(name, strict=False):
            break
        guests.append(Guest(name, *split_post(_THEN.sub("", chunk[match.start(2) : match.end(2)]))))
        pos = match.end()
    if guests and pos >= len(text):
        return guests
    guests = []
    for match in _ORG_BRACKET.finditer(text):
        organisation = chunk[match.start(1) : match.end(1)].strip(BLANK)
        rest = chunk[match.start(2) : match.end(2)].strip(BLANK + "、,，")
        words = rest.split()
        if words and (is_name(words[0]) or (is_name(words[0], strict=False) and TITLE_END.search(rest))):
            title = " ".join(words[1:]) or None
            guests.append(Guest(squeeze(words[0]), organisation, title))
        elif inner := _posts_then_names(fold(rest), rest):
            guests += [Guest(g.name, organisation, (g.organization or "") + (g.title or "") or None) for g in inner]
    return guests


def _name_between(text: str, chunk: str) -> list[Guest]:
    """``县统计局 数  芳  局长``: an office, a name, a title, with blanks between them."""
    match = _BETWEEN.fullmatch(text)
    if match is None or TITLE_END.search(match["office"]) or not TITLE_FULL.match(match["title"]):
        return []
    name, office, title = (chunk[slice(*match.span(part))] for part in ("name", "office", "title"))
    return [Guest(squeeze(name), office, title)] if is_name(name, strict=" " not in match["name"]) else []


def _name_first(text: str, chunk: str) -> list[Guest]:
    """``name org title``: the first word is a name, the rest is a post."""
    match = re.match(r"([^\s,，:、]{2,12})\s*[\s,，:]\s*(.{2,60})$", text) or re.match(
        r"([^\s]\s[^\s])\s+(.{3,60})$", text
    )
    if not match:
        return []
    name, rest = squeeze(chunk[match.start(1) : match.end(1)]), chunk[match.start(2) : match.end(2)].strip(BLANK)
    if not is_name(name, strict=False) or not TITLE_END.search(fold(rest).rstrip()):
        return []
    if not is_name(name) and not _ORG_TITLE.search(fold(rest)):
        return []
    organisation, title = split_post(rest)
    if organisation and any(is_name(word) for word in _JOIN.split(organisation)):
        return []
    return [Guest(name, organisation, title)]


def _office_and_names(text: str, chunk: str) -> list[Guest]:
    """``县教育局：张三丰 李四光``, ``县教育局 张三丰``: an office and the names of those it sends, without posts."""
    match = re.fullmatch(r"([^\s,，:、]{3,30})(?:\s?:\s?|\s{1,4})(.{2,60})", text)
    if match is None or not ORG_END.search(match[1]) or TITLE_END.search(match[1]):
        return []
    words = [squeeze(word) for word in re.split(r"[\s,，、]+", chunk[match.start(2) :]) if word]
    return [Guest(word, chunk[: match.end(1)], None) for word in words] if words and all(map(is_name, words)) else []


_ORG_TITLE = compiled(rf"(?:{ORGANISATION_END})\s?{TITLE}(?:[、,，]{TITLE})*$")
_NAME_AT = pattern(
    rf"(?P<gap>[\s:：]{{0,8}})(?P<name>{steppe_name().pattern}"
    rf"|{GIVEN}{{2,8}}(?:·{GIVEN}{{1,8}}){{1,3}}|{GIVEN}(?:\s?{GIVEN}){{1,3}}"
    rf"|{GIVEN}{{1,2}}[*×]{{1,2}})"
    r"(?:{COURTESY}|等人|等)*(?=$|[\s、,，和与及。(（])"
)


def _posts_then_names(text: str, chunk: str) -> list[Guest]:
    """``ORG? TITLE(、TITLE)* NAME`` repeated: a name is what follows a title and is followed by a separator."""
    guests: list[Guest] = []
    begin = pos = 0
    while pos < len(text):
        match = _next_name(text, begin, pos)
        if match is None:
            break
        name = squeeze(chunk[match.start("name") : match.end("name")])
        organisation, title = split_post(chunk[begin : match.start()])
        guests.append(Guest(name, organisation, title))
        joint = _JOIN.match(text, match.end())
        begin = pos = joint.end() if joint else match.end()
        bracket = re.match(r"[(（]([^)）]*)[)）]\s*[、,，和与及\s]*", text[pos:])
        if bracket:
            inside = bracket[1].strip()
            if organisation is None and ORG_END.search(inside) and not TITLE_END.search(inside):
                guests[-1] = replace(guests[-1], organization=inside)  # 主任 王安石（县扶贫办）
            begin = pos = pos + bracket.end()
    rest = chunk[begin:].strip(BLANK + "、,，。等")
    if rest:
        guests += _without_name(rest)
    return guests


def _next_name(text: str, begin: int, pos: int) -> re.Match[str] | None:
    for at in range(pos, len(text)):
        if at > begin and (not _title_before(text[begin:], at - begin) or _title_goes_on(text, begin, at)):
            continue
        if at == begin and text[at : at + 1] in " 、,，":
            continue
        match = _NAME_AT.match(text, at)
        if match is None:
            continue
        name = squeeze(match["name"])
        if is_name(name, strict=at == begin) and not TITLE_FULL.match(name):
            return match
        # Padded pairs swallow the next name: 李青 孙立 → 李青
        first = re.match(rf"[\s:：]*(?P<name>{GIVEN}{{2,3}})(?=[\s])", text[at:])
        if first and is_name(first["name"]):
            return re.compile(rf"(?P<gap>[\s:：]*)(?P<name>{GIVEN}{{2,3}})(?=[\s])").match(text, at)
    return None


def _without_name(rest: str) -> list[Guest]:
    """Organisations (several joined by 、) or a post without a name."""
    organisation, title = split_post(rest)
    if title:
        return [Guest(None, organisation, title)]
    items = [item for item in re.split(r"[、,，\s]+", rest) if item]
    if len(items) > 1 and all(ORG_END.search(item) for item in items):
        return [Guest(None, item, None) for item in items]
    if ORG_END.search(rest) and len(rest) <= 40:
        return [Guest(None, rest, None)]
    return []
