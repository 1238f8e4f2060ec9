"""The speakers of a page.

Three questions are kept apart. :mod:`parsers.talk.forms` says that a line *could* begin with a label, by its form
alone;
:mod:`parsers.talk.roles` who a label may be, by its words; :class:`Lexicon` which of the candidates *are* speakers:
those whose role or roster entry proves it, and those whose score (:mod:`parsers.talk.score`) is enough. What is not
accepted is reported, never guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import cached_property

from parsers.page.text import fold, fold_name, squeeze, unspelt
from parsers.patterns import compiled
from parsers.people.aliases import name_and_title, post_and_name, resolve, surname_and_title
from parsers.people.names import TITLE_END, TITLE_FULL, TITLES, is_name
from parsers.record import Guest
from parsers.talk.exchanges import cut_short, in_council, in_pairs, in_room, in_turns
from parsers.talk.forms import Label
from parsers.talk.roles import (
    ANSWERED,
    FIRM,
    LIGHT,
    OUTLET,
    SPOKESPERSON,
    Voice,
    by_word,
    ends_with,
    named_with_post,
    of_office,
)
from parsers.talk.score import Scene, accepts
from parsers.words import pattern, words

_WRITTEN_DOWN = pattern("{WRITTEN_DOWN}")
_INTERVIEWED = pattern("{INTERVIEWED}")
_IN_ENTRIES = {"nick": "netizen", "answerer": "guest"}
_COMMA = compiled(r"[、,，]")
_SAID = compiled(r"(?:说|问|指出|表示|认为|强调|介绍|补充|讲|答)$")
_POST_SIZE = 16  # characters before a name in which its post stands
_POST_ENDS = frozenset(title[-1] for title in TITLES) | {"\n"}  # what is right before a name that has one
_RECURS = 2
_ROUNDS = 3  # a name that is accepted may be what another one needs


class Lexicon:
    """The speakers of one page.

    :param guests: the guests the page names (header, list, opening sentence)
    :param hosts: named hosts
    :param reporters: those whom a header names as the ones who ask (采访人)
    :param press: the page is a press conference's
    :param text: the page's words, folded
    """

    def __init__(
        self,
        guests: list[Guest],
        hosts: list[str],
        reporters: Collection[str] = (),
        *,
        press: bool = False,
        text: str = "",
    ) -> None:
        self.guests = guests
        self.hosts = list(hosts)
        self.reporters = frozenset(map(fold_name, reporters))
        self.press = press
        self.text = unspelt(text)
        #: The accepted voices by their labels' folds.
        self.voices: dict[str, Voice] = {}
        self.rejected: Counter[str] = Counter()
        self._strong: dict[tuple[str, str], Voice | None] = {}
        self._resolved: dict[str, str | None] = {}
        #: Names known by a post before them, with the form of their label where that is no firm one.
        self._revealed: set[tuple[str, str]] = set()

    @cached_property
    def _offices(self) -> frozenset[str]:
        """What the guests' organizations are called."""
        return frozenset(squeeze(fold_name(g.organization)) for g in self.guests if g.organization)

    def resolve(self, label: str) -> str | None:
        """The one guest that a label names (:func:`parsers.people.aliases.resolve`); each is worked out once."""
        if label not in self._resolved:
            self._resolved[label] = resolve(label, self.guests)
        return self._resolved[label]

    def strong(self, label: Label) -> Voice | None:
        """The voice of a label whose form or roster entry alone proves it."""
        key = (label.name, label.style)
        if key not in self._strong:
            self._strong[key] = self._prove(label)
        return self._strong[key]

    def _prove(self, label: Label) -> Voice | None:
        if label.style in _IN_ENTRIES:
            return by_word(label.key, label.style) or Voice(_IN_ENTRIES[label.style], True)
        voice = self._known(label) or by_word(label.key, label.style)
        if voice and voice.person and (at := fold(label.name).find(fold_name(voice.person))) >= 0:
            voice = replace(voice, person=label.name[at : at + len(voice.person)])  # as printed
        if label.style == "loose" and voice and not (voice.role == "host" or voice.person == label.name):
            return None
        return voice if voice and voice.strong else None

    def _host(self, name: str) -> str | None:
        """The named host that a folded label means: by the complete name, or by its first part where that has a dot."""
        called = named_with_post(name) or of_office(name) or name
        if found := [host for host in self.hosts if fold_name(host) in (name, called)]:
            return found[0]
        short = [host for host in self.hosts if "·" in fold_name(host) and fold_name(host).split("·")[0] == name]
        return short[0] if len(short) == 1 else None

    def _headed(self, name: str) -> Voice | None:
        """Whom a header or his own label names as host or as the one who asks, the page as spokesperson."""
        if name.startswith(words("HOST_LABEL")):
            said = by_word(name, "colon")
            return said if said and said.role == "host" else Voice("host", True, named_with_post(name))
        if self.hosts and (host := self._host(name)):
            return Voice("host", True, host)
        if name in self.reporters:
            return Voice("reporter", True)
        return Voice("guest", True) if is_name(name) and self._speaks_for(name) else None

    def _one_of_many_posts(self, label: Label) -> bool:
        """Whether the commas of a label are between the posts of one person, not between persons."""
        return label.style in FIRM and post_and_name(label.key) is not None and not is_name(label.key.split("、")[0])

    def _known(self, label: Label) -> Voice | None:
        name = label.key
        if headed := self._headed(name):
            return headed
        if label.style in FIRM and name.endswith(")") and named_with_post(name):
            return Voice("guest", True, self.resolve(name))
        parts = _COMMA.split(name)
        if len(parts) > 1 and not self._one_of_many_posts(label):
            known = all(self.resolve(p) for p in parts)
            return Voice("guest", True) if known and not all(map(TITLE_FULL.match, parts)) else None
        if label.style in ("own", "inline") and len(name) > 16:
            return Voice("guest", True) if (name, "own") in self._revealed else None
        said = ANSWERED.sub("", name) if label.style in ("colon", "bracket") else name
        if _SAID.search(said):
            return None
        return self._of_roster(label, said or name)

    def _of_roster(self, label: Label, said: str) -> Voice | None:
        """A guest of the roster, or a post with a name, which needs no roster."""
        name = label.key
        person = self.resolve(said)
        if person and label.style == "own" and fold_name(person) in name and not ends_with(name, person):
            return None  # 图为县长张伟接听热线: a line that speaks of somebody
        if person or name in self._offices:
            return Voice("guest", True, person)
        if SPOKESPERSON.search(name):
            return None
        firm = label.style in FIRM
        posted = (name, "" if firm else label.style) in self._revealed or (firm and post_and_name(name))
        titled = label.style in ("colon", "bracket") and (surname_and_title(name) or name_and_title(name))
        return Voice("guest", True) if posted or titled else None

    def induce(self, labels: Iterable[Label | None]) -> None:
        """Fix the page's speakers from its candidates in printed order."""
        sequence = [label for label in labels if label]
        self._reveal(sequence, self._with_posts(sequence))
        if self.press:
            self._chairs(sequence)
        for label in sequence:
            voice = self.strong(label)
            if voice:
                self.voices.setdefault(label.key, voice)
                if voice.role == "host" and voice.person and voice.person not in self.hosts:
                    self.hosts.append(voice.person)
                    self._strong.clear()
        self._rooms(sequence)
        self.voices = in_pairs(sequence, self.voices) | self.voices | in_council(sequence)
        self.voices |= dict.fromkeys(in_room(sequence, self.voices), Voice("netizen", True))
        self.voices |= cut_short(sequence, self.voices)
        self.voices = self.voices or self._in_turns(sequence)
        self._weigh(sequence)
        self._answering()
        self._reporting()
        self._hosting(sequence)

    def _in_turns(self, sequence: list[Label]) -> dict[str, Voice]:
        """Two unknown names that ask and answer in turn, where the page speaks of an interview."""
        return in_turns(sequence) if _INTERVIEWED.search(self.text) else {}

    def _reveal(self, sequence: list[Label], posted: list[tuple[Label, str]]) -> None:
        """Anyone who is labelled by post and name once is known by his name alone in the other turns; in a line of its
        own where the name alone recurs in such lines.

        :param posted: see :meth:`_with_posts`
        """
        if not posted:
            return
        own = Counter(label.key for label in sequence if label.style == "own")
        self._revealed |= {(name, "") for label, name in posted if label.style in FIRM}
        for label, name in posted:
            if label.style == "own" and own[name] >= _RECURS:
                self._revealed |= {(name, "own"), (label.key, "own")}
        self._strong.clear()

    def _with_posts(self, sequence: list[Label]) -> list[tuple[Label, str]]:
        """The labels that hold a post, with the name in each."""
        return [(label, name) for label in sequence if (name := self._posted(label))]

    def _posted(self, label: Label) -> str | None:
        """The name in a label that holds a post, at a press conference an office."""
        return named_with_post(label.key) or (of_office(label.key) if self.press else None)

    def _chairs(self, sequence: list[Label]) -> None:
        """Who gives others the word at a press conference, and is named as no guest of it, is its host."""
        persons = {name for x in sequence if x.style in (*FIRM, "own") and is_name(name := _called(x))}
        if len(persons) < 2:
            return  # a spokesperson who asks for questions answers them, too
        known = {fold_name(g.name) for g in self.guests if g.name}
        for label in sequence:
            name = _called(label)
            if label.chairs and name in persons - known and name not in map(fold_name, self.hosts):
                at = label.key.rfind(name)
                self.hosts.append(label.name[at : at + len(name)] if len(label.name) == len(label.key) else name)
                self._strong.clear()

    def _rooms(self, sequence: list[Label]) -> None:
        """演播室 alone in its line is a place; where it recurs, somebody speaks there."""
        own = Counter(label.key for label in sequence if label.style == "own")
        for name in [name for name, count in own.items() if count >= 2 and name not in self.voices]:
            voice = by_word(name, "colon")
            if voice and voice.role == "narrator" and voice.asks:
                self.voices[name] = voice

    def _weigh(self, sequence: list[Label]) -> None:
        """Accept what scores enough, until nothing new is accepted."""
        own = Counter(label.key for label in sequence if label.style in LIGHT)
        befores: list[Label | None] = [None, *sequence]
        placed = [x for x, before in zip(sequence, befores, strict=False) if self._is_placed(x, own, before)]
        weighed: list[str] = []
        for _ in range(_ROUNDS):
            scene = Scene(
                placed,
                dict(self.voices),
                press=self.press,
                written_down=_WRITTEN_DOWN.search(self.text) is not None,
                mentioned=self._is_mentioned,
                introduced=self._is_introduced,
            )
            scored = {name: scene.score(name) for name in scene.uses if name not in self.voices}
            found = {
                name: Voice(scene.role(name, traits), True, asks=_is_asker(traits))
                for name, (score, traits) in scored.items()
                if accepts(scene.uses[name].style, score)
            }
            self.voices.update(found)
            weighed += found
            if not found:
                break
        for _ in range(2 if weighed else 0):  # who asks is seen when all are there, and then who answers
            scene = Scene(placed, dict(self.voices), press=self.press, introduced=self._is_introduced)
            for name in weighed:
                self.voices[name] = replace(self.voices[name], role=scene.role(name, scene.score(name)[1]))
        self.rejected.update(label.key for label in placed if label.key not in self.voices)

    def _is_mentioned(self, name: str) -> bool:
        return self.text.count(name) > 1

    def _is_introduced(self, name: str) -> bool:
        """Whether a post is before a name somewhere on the page, or 我是."""
        at = self.text.find(name)
        while at >= 0:
            end = at - 1 if self.text[at - 1 : at] == " " else at
            begin = max(0, end - _POST_SIZE)
            titled = self.text[end - 1 : end] in _POST_ENDS and TITLE_END.search(self.text, begin, end)
            if titled or self.text.endswith(words("MYSELF"), begin, end):
                return True
            at = self.text.find(name, at + len(name))
        return False

    def _is_placed(self, label: Label, own: Counter[str], before: Label | None) -> bool:
        """Whether a label stands where one may be weighed: set off firmly, or a line of its own that recurs."""
        if label.style in FIRM or label.key in self.voices:
            return True
        if label.style not in LIGHT:
            return False
        if own[label.key] >= _RECURS and OUTLET.match(label.key):
            return True
        named = is_name(label.key) or post_and_name(label.key) is not None
        voice = self.voice(before) if before and before.style == label.style else None
        asked = voice is not None and (voice.role in ("host", "reporter") or voice.asks)
        if label.style != "own":
            return named and own[label.key] >= _RECURS
        return named and (asked or own[label.key] >= _RECURS or self._is_introduced(label.key))

    def _answering(self) -> None:
        """A spokesperson whom others ask is the guest."""
        asked = any(v.role in ("reporter", "netizen") or v.asks for v in self.voices.values())
        for name, voice in self.voices.items():
            speaks = (asked and SPOKESPERSON.search(name)) or self._speaks_for(name)
            if speaks and voice.role == "unknown" and not voice.asks:
                self.voices[name] = replace(voice, role="guest")

    def _reporting(self) -> None:
        """Somebody whom the page calls a reporter is one, though he is asked."""
        for name, voice in self.voices.items():
            if voice.role in ("unknown", "guest") and self._reports(name):
                self.voices[name] = replace(voice, role="reporter")

    def _reports(self, name: str) -> bool:
        """Whether the page calls a name a reporter's, and no guest's who has a post."""
        if not is_name(name) or not any(word + name in self.text for word in words("REPORTER")):
            return False
        return not any(g.title and fold_name(g.name or "") == name for g in self.guests)

    def _hosting(self, sequence: list[Label]) -> None:
        """Who opens the programme is its host, whatever he is called, where nobody is by his role."""
        if self.press or any(voice.role == "host" for voice in self.voices.values()):
            return
        for label in sequence:
            if label.opens and self._may_host(label.key):
                person = None if OUTLET.match(label.key) else label.name
                self.voices[label.key] = replace(self.voices[label.key], role="host", person=person)

    def _may_host(self, name: str) -> bool:
        """Whether an accepted name is nobody's who is introduced by a post, or known as a guest; a house that asks."""
        voice = self.voices.get(name)
        if voice and voice.role == "reporter":
            return OUTLET.match(name) is not None
        if voice is None or voice.role not in ("unknown", "guest") or not is_name(name, strict=False):
            return False
        return not (self._is_introduced(name) or any(fold_name(g.name or "") == name for g in self.guests))

    def _speaks_for(self, name: str) -> bool:
        """Whether the page of a press conference names somebody as the spokesperson."""
        return self.press and any(word + name in self.text for word in words("SPOKESPERSON"))

    def identify(self, guests: list[Guest]) -> None:
        """Take over the guests that were found with the talk's help: labels that name one of them are a guest's."""
        self.guests = guests
        self._resolved.clear()
        self.__dict__.pop("_offices", None)
        for name, voice in self.voices.items():
            if voice.role == "unknown" and not voice.asks and self.resolve(name):
                self.voices[name] = replace(voice, role="guest")

    def voice(self, label: Label | None) -> Voice | None:
        """The accepted voice of a candidate, ``None`` for everything that is no speaker here."""
        if label is None:
            return None
        return self.voices.get(label.key)

    def person(self, label: str, voice: Voice) -> str | None:
        """The full name when the label resolves to exactly one known guest or named host."""
        if voice.role == "host":
            if voice.person:
                return voice.person
            return self.hosts[0] if len(self.hosts) == 1 else None
        if voice.role not in ("guest", "unknown"):
            return None
        label = fold_name(label)
        found = self.resolve(label) or self.resolve(ANSWERED.sub("", label))
        if found:
            return found
        named = [g.name for g in self.guests if g.name]
        numbered = re.fullmatch(r"嘉宾([1-9一二三四五六七八九])", label)
        if numbered and len(named) == len(self.guests) > 1:
            place = int(numbered[1]) if numbered[1].isdecimal() else "一二三四五六七八九".index(numbered[1]) + 1
            return named[place - 1] if place <= len(named) else None
        single = _ANY_GUEST.fullmatch(label)
        return named[0] if single and len(named) == 1 and len(self.guests) == 1 else None


def _called(label: Label) -> str:
    """The name in a label that may hold a post or an office."""
    titled = name_and_title(label.key)
    return named_with_post(label.key) or of_office(label.key) or (titled[0] if titled else label.key)


def _is_asker(traits: frozenset[str]) -> bool:
    """Whether a label that its score accepts is of somebody who asks."""
    return bool(traits & {"other_side", "asks_between"}) or ("questions" in traits and "answers" not in traits)


_ANY_GUEST = pattern(r"(?:特邀|访谈|做客|本期)?嘉宾|答|A|回答|答复|回复|解答|嘉宾回复|嘉宾回答|{SPOKESPERSON_LABEL}")
