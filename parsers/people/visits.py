"""Who is the guest, by the sentence: the persons whom a host invites, and those who come, answer and speak."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from parsers.page.text import fold
from parsers.patterns import compiled
from parsers.people.houses import holder
from parsers.people.mentions import Mention, mentions, of_house
from parsers.people.names import ORG_END
from parsers.people.offices import post_before
from parsers.people.spelling import through_spelling
from parsers.record import Guest
from parsers.words import pattern, words

#: A list of guests over several lines: 我们请来了: and below it one a line.
_WRAPPED = compiled(r"[:：;；]\s{0,8}\n\s{0,8}")
_ENDS = compiled(r"[。!?;\n]")
_REST = compiled(r"[^。!?;\n]{0,120}")
_INVITED = pattern("{GUEST.invited}$")
_NAMED = pattern("{GUEST.named}$")
_VISITS = pattern("{GUEST.visits}")
_ATTENDS = pattern("{GUEST.attends}")
_HELD_TODAY = pattern("{HELD_TODAY}")
_THAT = pattern("{THAT_OFFICE}$")
_NO_GUEST = pattern("{NO_GUEST}")
_SPEAKS_FOR = pattern("{GUEST.speaks_for}")
_ANSWERS = pattern("{DEED}")
_OTHER_TALK = pattern("{OTHER_TALK}")
_THEIR_OFFICE = (pattern("{AT_OFFICE}"), pattern("{SENDS}"))
_VENUE = pattern("{VENUE}")
_ROW = pattern("{GUEST_ROW}{0,8}")


@through_spelling
def visitors(text: str, known: Collection[str] = ()) -> list[Guest]:
    """The guests that the sentences of a text name: with a post, as guests of the talk, each once and in printed order.

    :param known: names of speakers; who speaks and is named with a post is introduced, whatever the sentence says
    """
    text = _WRAPPED.sub(lambda match: match[0][0], text)
    folded = fold(text)
    found: list[Guest] = []
    groups = _groups(mentions(text, known), folded)
    for number, group in enumerate(groups):
        stop = groups[number + 1][0].start if number + 1 < len(groups) else len(folded)
        before, after = _around(folded, group, stop)
        sure = group if _NAMED.search(before) or _in_row(group) else [m for m in group if m.sure]
        visit = bool(sure) and _is_visit(before, after, sure[-1].guest.title or "")
        sentence = text[group[0].start - len(before) : group[0].start]
        told = [m.guest for m in sure if visit or m.guest.name in known]
        told = [_of_office(g, before, sentence) for g in _of_holder(told, text, folded, group[0].start)]
        found += [guest for guest in told if guest not in found]
    return found


def _in_row(group: list[Mention]) -> bool:
    """Whether every word that may be a name stands behind a post, in a row with a person who is certain."""
    return any(m.sure for m in group) and all(m.sure or m.start < m.name_at for m in group)


def _of_office(guest: Guest, before: str, sentence: str) -> Guest:
    """``记者来到县水务局，采访了局长赵一鸣``, ``县水务局的两位负责人，局长赵一鸣``: the organisation of a bare title
    stands where the reporter went, or before those whom it sends.

    :param before: what the sentence says before the person, folded; ``sentence`` is the same as printed
    """
    unnamed = guest.organization is None or _THAT.match(fold(guest.organization)) is not None
    told = (m for p in _THEIR_OFFICE if (m := p.search(before))) if unnamed else ()
    for match in told:
        begin = post_before(before, match.start("office"), match.end("office"))
        office = before[begin : match.end("office")]
        if ORG_END.search(office) and not _VENUE.search(office) and of_house(office, fold(guest.title or "")):
            return replace(guest, organization=sentence[begin : match.end("office")])
    return guest


def _of_holder(guests: list[Guest], text: str, folded: str, begin: int) -> list[Guest]:
    """Guests with the house that holds the press conference, where their posts name none: of any who speaks for it, and
    of those who are named in the same sentence.
    """
    bare = [guest for guest in guests if guest.organization is None]
    house = holder(folded[:begin]) if bare else None
    if house is None:
        return guests
    same = _ENDS.search(folded, house[1], begin) is None
    office = text[slice(*house)]
    return [
        replace(g, organization=office) if g in bare and _is_its(g, folded[slice(*house)], same=same) else g
        for g in guests
    ]


def _is_its(guest: Guest, house: str, *, same: bool) -> bool:
    title = fold(guest.title or "")
    return of_house(house, title) and (same or any(word in title for word in words("SPOKESPERSON")))


def _around(folded: str, group: list[Mention], stop: int) -> tuple[str, str]:
    """What the sentence says before and behind persons in a row, up to the next person at ``stop``."""
    before = folded[max(0, group[0].start - 60) : group[0].start]
    ends = [m.end() for m in _ENDS.finditer(before)]
    rest = _REST.match(folded, group[-1].end, stop)
    return before[ends[-1] if ends else 0 :], rest[0] if rest else ""


def _is_visit(before: str, after: str, title: str) -> bool:
    if _NO_GUEST.match(after):
        answers = fold(title).endswith(words("SPOKESPERSON")) or _ANSWERS.search(after) is not None
        return answers and not before.endswith(words("CHAIRED_BY")) and _SPEAKS_FOR.match(after) is not None
    if _OTHER_TALK.search(before):
        return False
    attends = _ATTENDS.search(after) and _HELD_TODAY.search(before)
    return bool(attends or _INVITED.search(before) or _VISITS.search(after))


def _groups(found: list[Mention], folded: str) -> list[list[Mention]]:
    """Persons in a row, joined by commas and 和: what a sentence says of one it says of all."""
    groups: list[list[Mention]] = []
    for mention in found:
        if groups and _ROW.fullmatch(folded, groups[-1][-1].end, mention.start):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    return groups
