"""Where an organisation begins in a sentence: behind the sentence's own words."""

from __future__ import annotations

import re

from parsers.page.text import BLANK, fold
from parsers.patterns import compiled
from parsers.people.names import (
    GIVEN,
    ORG_END,
    ORGANISATION_END,
    TITLE,
    TITLE_END,
    TITLE_FULL,
    split_post,
    surname_of,
)
from parsers.record import Guest
from parsers.words import pattern, words

#: No post is longer.
_REACH = 120
_OWN_WORDS = pattern("{BEFORE_OFFICE}")
_STOPS = compiled(r"[。;:!?“”\"《》…()【】\[\]/~|<>—▲△▼▽▶◀►◆◇■□●○★☆※→-]")
#: 县水务局的局长, 县水务局的供水股股长: an organisation and its post.
_OF = pattern(
    rf"{{OF}}(?P<inner>{{ITS_DIVISION}})?(?P<title>(?:{TITLE}(?:{TITLE}|[、,][^、,]{{0,16}}?{TITLE}){{0,5}}[、,]?)?)$"
)
#: 王教授和县科协副主席: another person is named before.
_OTHER_PERSON = pattern(rf"{TITLE}{{OTHER_PERSON}}")
#: 米尔扎、县疾控中心主任: a person without a post is named before.
_NAMED = rf"(?!{GIVEN}{{0,3}}(?:{ORGANISATION_END}|{TITLE})[、,]){GIVEN}{{2,4}}[、,]"
_LEADS = pattern(rf"(?:{{PREPOSITION}}|[0-9]{{1,4}}|{_NAMED})(?={{PUBLIC_BODY}})")
_JOINERS = pattern(rf"(?:[{BLANK}]|{{JOINS}})*")
#: 主任、《长林县志》主编: the book is a part of the post.
_EDITS = compiled(rf"(?<=、)《[^《》]{{1,12}}》(?={TITLE})")
#: 非遗项目“柳编”代表性传承人, 县委“两新”工委书记: the words in quotes are a part of the post, or of the office.
_CLOSES = compiled(r'["”]')
_QUOTED = pattern(rf"{{QUOTED_IN_POST}}|(?<={{AREA_END}}){{IN_QUOTES}}(?={{OFFICE_WORDS}}{TITLE})")
#: 云岭智库(YLZK)理事长: the letters are a part of the name.
_ABBREVIATED = compiled(r"[(][A-Za-z]{2,10}[)]")
_TITLE = compiled(TITLE)
#: One character and what an area is called: the surname of a 市长.
_AREA = pattern(".{AREA_END}")
_TAIL = pattern(r"[,、\s]{0,2}(?:{IN_OFFICE}|{OF})?$")


def post_before(text: str, start: int, end: int) -> int:
    """Where the post begins that ends at ``end``, not before ``start``: the sentence's own words are left out.

    :param text: folded
    """
    begin = _clause(text, max(start, end - _REACH), end)
    owner = _OF.search(text[begin:end])
    stop = begin + owner.start() if owner and ORG_END.search(text[begin : begin + owner.start()]) else end
    for match in _OWN_WORDS.finditer(text, begin, stop):
        if match.end() < stop and not _inside_word(text, match):
            begin = match.end()
    for match in _OTHER_PERSON.finditer(text, begin, end):
        begin = match.end()
    begin = behind_joiners(text, begin, end)
    while lead := _LEADS.match(text, begin, end):
        begin = behind_joiners(text, lead.end(), end)
    return begin


def _clause(text: str, begin: int, end: int) -> int:
    """Where the clause begins; commas between the titles of one person do not end it."""
    for match in _STOPS.finditer(_without_books(text, end), begin, end):
        begin = match.end()
    comma = text.rfind(",", begin, end)
    while comma >= 0:
        before = max(text.rfind(",", begin, comma), begin - 1) + 1
        if comma - before <= 3 or not TITLE_END.search(text[before:comma]):
            return comma + 1
        comma = before - 1 if before > begin else -1
    return begin


def _without_books(text: str, end: int) -> str:
    """The text up to ``end`` with other signs for the brackets of a book that is edited, and for quotes in posts."""
    text = _ABBREVIATED.sub(lambda match: f"_{match[0][1:-1]}_", text)
    if _CLOSES.search(text):
        text = _QUOTED.sub(lambda match: f"_{match[0][1:-1]}_", text)
    if "》" not in text:
        return text
    return _EDITS.sub(lambda match: match[0].replace("《", "_").replace("》", "_"), text[: end + 8])


def _inside_word(text: str, match: re.Match[str]) -> bool:
    """Whether what looks like the sentence's word is part of an organisation's: 信访局, 边防大队."""
    around = text[max(0, match.start() - 2) : match.end() + 3]
    return any(word in around and match[0] in word for word in words("OFFICE_WORD"))


def behind_joiners(text: str, begin: int, end: int) -> int:
    """The offset behind commas, blanks and 和."""
    lead = _JOINERS.match(text, begin, end)
    return lead.end() if lead else begin


def in_office(name: str, post: str, folded: str) -> Guest | None:
    """A guest of a name and a printed post (县水务局局长, 县水务局的局长); ``None`` where the post holds no title."""
    owner = _OF.search(folded)
    titles = re.split("[、,]", owner["title"].strip(BLANK)) if owner else []
    if owner and ORG_END.search(folded[: owner.start()]) and all(map(TITLE_FULL.match, titles)):
        inside = post[slice(*owner.span("inner"))] if owner["inner"] else ""
        return Guest(name, post[: owner.start()] + inside, post[owner.start("title") :].strip(BLANK))
    organization, title = split_post(post)
    if title is None:
        return None
    office = _TAIL.sub("", organization or "")
    return _posted(name, office, title)


def _posted(name: str, office: str, title: str) -> Guest | None:
    """A guest; ``None`` for 薛次长瑞明, which is surname, post and given name, and for 刘市长 before another's name."""
    called = surname_of(fold(office + name)) == fold(office[:1]) and (len(office) == 1 or _AREA.fullmatch(fold(office)))
    if office and called:
        return None
    return Guest(name, office or None, title)


def called_by_surname(name: str, text: str) -> Guest | None:
    """The post of a known name where the text calls the person by office, surname and title: 县医保中心的钟主任."""
    folded, surname = fold(text[:4000]), surname_of(name) or name[:1]
    at = folded.find(surname)
    while at >= 0:
        title = _TITLE.match(folded, at + len(surname))
        stop = at - folded.endswith(words("OF"), 0, at)
        begin = post_before(folded, 0, stop)
        if title and stop - begin > 2 and ORG_END.search(folded[begin:stop]):
            return Guest(name, text[begin:stop], text[title.start() : title.end()])
        at = folded.find(surname, at + 1)
    return None
