"""Persons with their posts in running text: ``县水务局局长赵一鸣``, ``赵一鸣局长``, ``赵一鸣，县水务局局长``.

A name is proved by its place beside a title and by what follows it; an organisation begins where the sentence's own
words end (:mod:`parsers.people.offices`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from parsers.page.text import fold, squeeze
from parsers.patterns import compiled
from parsers.people.names import (
    GIVEN,
    ORG_END,
    TITLE,
    TITLE_END,
    TITLE_FULL,
    TITLES,
    is_name,
    is_surname,
    sounds,
    steppe_name,
)
from parsers.people.offices import behind_joiners, in_office, post_before
from parsers.people.spelling import through_spelling
from parsers.record import Guest
from parsers.words import pattern, word_set, words

#: Persons are looked for in so many characters of a text: no introduction is longer.
_REACH = 4000


@dataclass(frozen=True, slots=True)
class Mention:
    """A person in a text.

    :param start: offset where the person's words begin (post or name); ``end`` is behind the last of them
    :param name_at: offset of the name
    :param post_behind: the title follows the name: 赵一鸣局长
    :param sure: the name begins with a surname and is no ordinary word; who is not sure needs an invitation
    """

    guest: Guest
    start: int
    end: int
    name_at: int
    sure: bool = True
    post_behind: bool = False


@through_spelling
def mentions(text: str, known: Collection[str] = ()) -> list[Mention]:
    """The persons of a text with their posts, in printed order.

    :param known: names that the page prints elsewhere (as speaker labels): they need no proof
    """
    return list(_mentions(text[:_REACH], tuple(sorted({fold(name) for name in known}, key=len, reverse=True))))


@lru_cache(maxsize=256)
def _mentions(text: str, known: tuple[str, ...]) -> tuple[Mention, ...]:
    reading = _Reading(text, fold(text), known)
    found: list[Mention] = []
    called = [match.span() for match in _CALLED.finditer(reading.fold)]
    for title in _titles(reading.fold):
        if title[0] < reading.edge or any(begin < title[0] and title[1] == end - 1 for begin, end in called):
            continue
        mention = reading.post_first(title[1]) or reading.name_first(title) or reading.apposed(title[1])
        if mention is not None:
            found += [mention, *reading.joined(mention)]
            reading.edge = found[-1].end
    return tuple(_shared(found, reading.fold))


#: 卫生局长期照护科: 长期 is a word, and no 局长 is there.
_LONG = pattern("{LONG_WORD}")
_COUNTED = pattern("{COUNTED_PERSONS}")
_ENDINGS = compiled(f"[{''.join(sorted({title[-1] for title in TITLES}))}]")
_LONGEST = max(map(len, TITLES))
_is_title = TITLES.__contains__


def _titles(text: str) -> Iterator[tuple[int, int]]:
    """The spans of the titles of a text, the longest that ends at each place; 理事 in 理事长 is none, nor is 支书 in
    总支书记.
    """
    for last in _ENDINGS.finditer(text):
        end = last.end()
        for size in range(min(_LONGEST, end), 1, -1):
            if text[end - size : end] in TITLES:
                if not (_goes_on(text, end - size, end) or _COUNTED.search(text, max(0, end - size - 4), end - size)):
                    yield end - size, end
                break


def _goes_on(text: str, begin: int, end: int) -> bool:
    """Whether the title of a span is the beginning of a longer word."""
    longer = (text[begin : end + more] for more in (1, 2, 3))
    return _LONG.match(text, end - 1) is not None or text[end - 1 : end + 1] in TITLES or any(map(_is_title, longer))


_DOTTED = compiled(rf"{GIVEN}{{2,8}}(?:·{GIVEN}{{1,8}}){{1,3}}")
_DOTTED_END = compiled(rf"{_DOTTED.pattern}$")
_PADDED = compiled(rf"{GIVEN}\s{{1,4}}{GIVEN}")
_SOUNDS = compiled(rf"[{''.join(sorted(sounds()))}]{{3,8}}")
_STEPPE = steppe_name()
_GAP_BEFORE_NAME = compiled(r"[ :(]{0,6}")
#: “马背医生”: what somebody is called, in quotes.
_CALLED = compiled(r"[“\"「][^“”\"「」,。:!?]{2,10}[”\"」]")
#: 副局长（主持工作）
_NOTE = pattern(r"\({POST_NOTE}[^)]{0,8}\)")
_TITLED = compiled(TITLE)
_TITLES_ALONE = pattern(rf"{TITLE}(?:[、,]{TITLE}){{0,4}}(?:{{ALSO}}.{{1,20}})?")
_GOES_ON = pattern(rf"$|[^\u4e00-\u9fff\u3400-\u4dbf·]|{{COURTESY|PROFESSION}}|{TITLE}|{{AFTER_NAME}}")
#: 简单 is a word and a name; other names begin with no surname of the list.
_DOUBTFUL = pattern(rf"(?!{{NO_NAME_BEGIN}})(?P<name>{GIVEN}{{2,3}})(?={{COURTESY}}|{{VISIT.seat}}|[、,。!;\s(]|$)")
_GO_ON = word_set("AFTER_NAME.characters")
_AND_WORDS = word_set("AND")
_NO_BEGIN = words("NO_NAME_BEGIN")
_NO_END = word_set("NO_NAME_END")
_DEEDS = word_set("DEED") | word_set("ASKED_FOR")
_GUEST_NOW = pattern("{COURTESY}|{VISIT.seat}")
_VERBS = pattern("{AFTER_NAME.words}|{WEEKDAY}|{BEFORE_OFFICE}|{TO_COME}")
_POLITE = pattern(r"\s?{COURTESY|PROFESSION}")
_OWN_SURNAMES = word_set("OWN_SURNAME")
_COURTEOUS = pattern("{COURTESY}")
_IN_PICTURE = pattern("{IN_PICTURE}")
_HAN_END = compiled(rf"{GIVEN}$")
_LED_IN = pattern(rf"(?:{{BEFORE_OFFICE}}|{{AND}}|{ORG_END.pattern})$")
_CLOSES = compiled(r"[,。;!)\s]|$")
_COMES_FROM = pattern(r"\s?,?\s?{COMES_FROM}(?P<office>[^,。;]{2,30}?)(?=[,。;]|{OF}|$)")
_IS_A = pattern(r"\s{0,2}(?:{IS_A}[,\s]{0,2}){0,8}")
_HEAD_OF = pattern("{HEAD_OF}$")
_AND = pattern(r"\s{0,2}{AND}\s{0,2}")
_GAP = pattern(r"\s{0,2}[,、;]?\s{0,2}{AND}?\s{0,2}")
_INNER = pattern("{INNER_OFFICE}")
_THAT = pattern("{THAT_OFFICE}")
_OF_THAT_HOUSE = pattern("{OF_THAT_HOUSE}")
_PARTS = (
    (pattern("{INNER_DEPARTMENT}"), pattern("{HAS_DEPARTMENTS}")),
    (pattern("{INNER_COURT}"), pattern("{HAS_COURTS}")),
)


@dataclass(slots=True)
class _Reading:
    """A text, its fold, the names that are known, and how far it was read."""

    text: str
    fold: str
    known: tuple[str, ...]
    edge: int = 0

    def post_first(self, end: int) -> Mention | None:
        """``县水务局局长 赵一鸣``, the title ending at ``end``."""
        note = _NOTE.match(self.fold, end)
        at = note.end() if note else end
        nick = _CALLED.match(self.fold, at)
        at = nick.end() if nick else at
        at = self._behind_gap(at)
        size, sure = self._name_at(at)
        if not size or self._is_no_name(at, size):
            return None
        begin = post_before(self.fold, self.edge, end)
        guest = in_office(squeeze(self.text[at : at + size]), self.text[begin:end], self.fold[begin:end])
        behind = at + size + self.fold.startswith(")", at + size)
        while polite := _POLITE.match(self.fold, behind) or _IN_PICTURE.match(self.fold, behind):
            behind = polite.end()
        return Mention(guest, begin, behind, at, sure) if guest else None

    def _behind_gap(self, at: int) -> int:
        """Where a name begins behind a post: behind blanks, and behind a comma where it is known: 副厅长，吴启明."""
        gap = _GAP_BEFORE_NAME.match(self.fold, at)
        at = gap.end() if gap else at
        return at + (self.fold.startswith(",", at) and self.fold.startswith(self.known, at + 1))

    def _is_no_name(self, at: int, size: int) -> bool:
        """Whether what looks like a name is another title, or the next person with 和 before: 王局长和李雨副局长."""
        if size == 2 and TITLE_FULL.match(self.fold[at : at + 2]):
            return True
        return self.fold[at] in _AND_WORDS and _TITLED.match(self.fold, at + size) is not None

    def name_first(self, title: tuple[int, int]) -> Mention | None:
        """``赵一鸣局长``, ``县水务局赵一鸣局长``, ``赵一鸣局长来自县水务局``."""
        rank = TITLE_END.search(self.fold[: title[1]], max(self.edge, title[0] - 12))
        begin = rank.start() if rank else title[0]
        named = self._name_before(begin)
        if named is None or self._is_quoted(named[0], title[1]):
            return None
        organization = None
        stop = named[0] - self.fold.endswith(words("OF"), self.edge, named[0])
        office = post_before(self.fold, self.edge, stop)
        told = stop - office > 2 and ORG_END.search(self.fold[office:stop]) is not None
        if told:
            organization = self.text[office:stop]
        elif behind := _COMES_FROM.match(self.fold, title[1]):
            organization = self.text[behind.start("office") : behind.end("office")]
        guest = Guest(squeeze(self.text[slice(*named)]), organization, self.text[begin : title[1]])
        printed = self.fold[slice(*named)]
        at = named[0] + len(printed) - len(printed.lstrip())
        return Mention(guest, office if told else at, title[1], at, post_behind=True)

    def _is_quoted(self, begin: int, end: int) -> bool:
        """Whether words begin with a quotation that goes on behind them: “弘扬科学家精神” is about nobody called 弘扬."""
        sign = self.fold[begin - 1 : begin]
        return sign == "《" or (sign in ("“", "「") and self.fold[end : end + 1] not in ("", *"”」,"))

    def apposed(self, end: int) -> Mention | None:
        """``赵一鸣，县水务局党组书记、局长``: the post stands behind a comma, a bracket or 现任."""
        if not _CLOSES.match(self.fold, end):
            return None
        gap = end
        for _ in range(4):
            floor = max(self.edge, end - 70)
            gap = max(self.fold.rfind(sign, floor, gap) for sign in "(, —:")
            if gap < 0:
                return None
            if named := self._name_before(gap):
                lead = _IS_A.match(self.fold, gap + 1, end)
                begin = lead.end() if lead else gap + 1
                name = squeeze(self.text[slice(*named)])
                guest = in_office(name, self.text[begin:end], self.fold[begin:end])
                end += self.fold.startswith(")", end)
                return Mention(guest, named[0], end, named[0]) if guest else None
        return None

    def joined(self, first: Mention) -> Iterator[Mention]:
        """``副局长钱慧、孙立``: the same post before several names."""
        end = first.end
        while (
            first.start < first.name_at
            and not first.post_behind
            and (link := _AND.match(self.fold, end))
            and "," not in link[0]
        ):
            at = link.end()
            size, sure = self._name_at(at)
            if not 0 < size <= 4 or not (sure or _GUEST_NOW.match(self.fold, at + size)):
                return
            if _TITLED.match(self.fold, at + size) or self.fold[at + size : at + size + 1] in "(:":
                return
            end = at + size
            yield Mention(replace(first.guest, name=squeeze(self.text[at:end])), at, end, at, sure)

    def _name_at(self, at: int) -> tuple[int, bool]:
        """The length of the name that begins at an offset, and whether it is sure; 0 where none does."""
        text = self.fold
        for name in self.known:
            if len(name) > 1 and text.startswith(name, at):
                return len(name), True
        if size := self._of_a_form(at):
            return size, True
        if _PADDED.match(text, at):
            return 0, True
        sizes = [(self._surely(at, size), size) for size in range(2, 9) if self._can_be(text[at : at + size], size)]
        sizes += [(self._surely(at, 4), 4) for _ in range(self._is_of_two_surnames(at))]
        if best := max((pair for pair in sizes if pair[0]), default=None):
            return best[1], True
        doubtful = _DOUBTFUL.match(text, at)
        if doubtful and doubtful["name"] not in _DEEDS and is_name(doubtful["name"], strict=False):
            # Who is called 先生, or does 做客, right behind the name, is a person.
            proved = _GUEST_NOW.match(text, doubtful.end()) and not _VERBS.search(doubtful["name"])
            return len(doubtful["name"]), bool(proved)
        return 0, True

    def _of_a_form(self, at: int) -> int:
        """The length of a name that its form proves: with a dot, with a blank, of sounds; 0 where none begins."""
        if dotted := _DOTTED.match(self.fold, at):
            return self._last_part(at, dotted[0])
        if padded := _PADDED.match(self.fold, at):
            return padded.end() - at if is_name(padded[0]) and self._goes_on(padded.end()) else 0
        sounds = _STEPPE.match(self.fold, at) or _SOUNDS.match(self.fold, at)
        sizes = range(len(sounds[0]), 2, -1) if sounds else ()
        return next((n for n in sizes if self.fold[at + n - 1] not in _GO_ON and self._goes_on(at + n)), 0)

    @staticmethod
    def _can_be(name: str, size: int) -> bool:
        possible = len(name) == size and name[-1] not in _NO_END and not name.startswith(_NO_BEGIN)
        return possible and not name.endswith(words("COURTESY")) and is_name(name)

    def _is_of_two_surnames(self, at: int) -> bool:
        """Whether a name of four characters begins with the surnames of husband and wife (林郑月华), or is called 先生."""
        name = self.fold[at : at + 4]
        if len(name) < 4 or not is_name(name[:3]) or not is_name(name, strict=False) or name[-1] in _NO_END:
            return False
        if max(self._goes_on(at + 2), self._goes_on(at + 3)) > 1:
            return False  # 骆明带队
        return name[1] in _OWN_SURNAMES or _COURTEOUS.match(self.fold, at + 4) is not None

    def _surely(self, at: int, size: int) -> float:
        """How surely a name of a size ends; less where its own last character may be the sentence's: 钱慧和."""
        after = self._goes_on(at + size)
        last = self.fold[at + size - 1]
        if size > 2 and last in _AND_WORDS and _TITLED.match(self.fold, at + size):
            return 0  # 副局长胡可和总工程师万里
        return after and after - (0.75 if last in _AND_WORDS else 0.5 if last in _GO_ON else 0)

    def _goes_on(self, at: int) -> int:
        """How surely a name ends at an offset: the length of the word that follows, most where no word does."""
        after = _GOES_ON.match(self.fold, at)
        if after is None:
            return 0
        return len(after[0]) if re.match(GIVEN, after[0]) else 9

    def _last_part(self, at: int, name: str) -> int:
        """The length of a name with dots: its last part ends where the sentence continues."""
        begin = name.rindex("·") + 1
        sizes = [*range(begin + 2, len(name) + 1), begin + 1]
        return next((size for size in sizes if self._goes_on(at + size)), len(name))

    def _name_before(self, end: int) -> tuple[int, int] | None:
        """The span of the name that is before an offset, courtesy words and what sets them off left out."""
        edge = behind_joiners(self.fold, self.edge, end)
        while end > edge and self.fold[end - 1] in " ,(":
            end -= 1
        for word in words("COURTESY"):
            end -= len(word) * self.fold.endswith(word, edge, end)
        for name in self.known:
            if self.fold.endswith(name, edge, end):
                return end - len(name), end
        if dotted := _DOTTED_END.search(self.fold[max(edge, end - 20) : end]):
            return end - len(dotted[0]), end
        for at in (end - 3, end - 2, end - 4):
            name = self.fold[max(at, 0) : end]
            if (
                at >= edge
                and self._can_be(name, end - at)
                and not is_surname(name)
                and not ORG_END.search(name)
                and self._may_begin(at, edge)
            ):
                return at, end
        return None

    def _may_begin(self, at: int, edge: int) -> bool:
        """Whether a name may begin at an offset: behind no other word, or behind one that leads in a person."""
        before = self.fold[max(edge, at - 12) : at]
        return not _HAN_END.search(before) or _LED_IN.search(before) is not None


def _shared(found: list[Mention], folded: str) -> Iterator[Mention]:
    """``县水务局局长赵一鸣、副局长钱慧``: the second is of the same organisation; so is a division of it (安全股股长)."""
    house, end = None, 0
    for mention in found:
        guest = mention.guest
        if (
            house
            and mention.start < mention.name_at
            and not mention.post_behind
            and _GAP.fullmatch(folded, end, mention.start)
        ):
            guest = replace(guest, organization=of_that_house(guest, house) or guest.organization)
        if guest.organization is None or not guest.organization.startswith(house or "\0"):
            house = guest.organization
        end = mention.end
        yield replace(mention, guest=guest)


def of_that_house(guest: Guest, house: str) -> str | None:
    """The organisation of somebody who is named behind a person of a house; ``None`` where it is another one."""
    own = guest.organization
    if own is None:
        return house if of_house(fold(house), fold(guest.title or "")) else None
    if that := _THAT.match(fold(own)):
        return house + own[that.end() :]
    department = any(part.fullmatch(fold(own)) and whole.search(fold(house)) for part, whole in _PARTS)
    return house + own if department or _INNER.fullmatch(fold(own)) else None


def of_house(house: str, title: str) -> bool:
    """Whether a bare title is one of an organisation named before: 副局长 of a bureau, 镇长 of a 镇, never another's 县长."""
    if own := _HEAD_OF.search(title):
        return house.endswith(own["area"])
    if _OF_THAT_HOUSE.match(title):
        return True
    return _TITLES_ALONE.fullmatch(title) is not None and not title.endswith(words("OWN_POST"))
