"""What makes a label a speaker: traits of its words and of its use, the weight of each, and how much a label of a form
needs.

A role word (主持人) or a name of the roster proves a speaker alone. All others are weighed here: what a label looks like
says no more than that it could be one; who is before and after it says whether somebody speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from parsers.people.names import is_name
from parsers.talk.forms import Label, differ_by_one
from parsers.talk.looks import looks_of
from parsers.talk.roles import FIRM, OUTLET, Voice, by_word
from parsers.words import pattern, word_set

#: What each trait weighs. The first seven are what a label looks like: only the heaviest of those that hold counts.
WEIGHTS: Mapping[str, float] = {
    "person": 2,
    "post_and_name": 2,
    "office_and_name": 2,
    "calling_and_name": 2,
    "outlet": 2,
    "officer": 2,
    "caller": 2,
    "office": 1.5,
    "title": 1.5,
    "word": 1.5,  # 问题, 解答, 群众: a role word that is also an ordinary one
    "stamped": 2,  # a name in brackets with a time
    "recurs": 1,
    "answers": 2,  # it stands behind those who ask, at least every other time
    "answers_always": 0.5,  # an office or a post that is not called by name
    "alternates": 1.5,  # nobody asks by role, and it takes turns with another
    "leads": 1.5,  # those who answer follow it each time: a host who is called by a name
    "questions": 2,  # most of its turns end with a question mark, and another answers each time
    "calls_in": 2,  # it asks, and a guest answers it each time
    "on_the_spot": 1,  # an ordinary word for citizens, always behind a reporter
    "asks_all": 2.5,  # a netizen's word, always before an answer
    "other_side": 4.5,  # nobody asks by role, and each of its turns, mostly questions, stands between two answers
    "asks_between": 4.5,  # once, a question between two turns of those who answer
    "in_a_run": 2,  # one name after another, once a host has given them the word
    "house_of_press": 1,  # an outlet at a press conference, or beside other outlets that ask
    "in_office": 2,  # an office where a host leads the talk
    "opens": 2,  # it opens a programme, as a host does
    "written_down": 1,  # the page says that it gives the words of a talk
    "introduced": 1.5,  # the page gives the post before the name, elsewhere
    "heading": -4,  # a few words that end no sentence, once
    "alike": 2,  # alone in its line with its colon, as the accepted ones are
}
LOOKS = (
    "person",
    "post_and_name",
    "office_and_name",
    "calling_and_name",
    "outlet",
    "officer",
    "caller",
    "office",
    "title",
    "word",
)
#: How much a label needs. A line that is nothing but a name is often a caption or a heading.
THRESHOLDS: Mapping[str, float] = {"colon": 4, "bracket": 4, "cell": 4, "own": 4.5, "inline": 4}
#: A guest who reads a question aloud, or heads one of his points.
_READS_ALOUD = pattern(r"{READ_ALOUD}")
_NICK = range(2, 11)  # characters of a nickname
_RUN = 12  # speakers who are given the word at once, at most
_CALLED_SO = range(2, 9)  # characters of what somebody who asks is called
_FEW = 3  # names known by a post alone among those who answer
_NAME = 3  # characters; what is longer is no head of a point
_ASKING = frozenset(["host", "netizen", "reporter", "unknown"])


@dataclass(slots=True)
class Use:
    """How one label is used on a page: all of its places, in order."""

    name: str
    style: str
    count: int = 0
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    stamped: bool = False
    alone: int = 0  # how often nothing stands behind its colon
    asks: int = 0  # how often its first words end with a question mark
    shorts: int = 0
    padded: int = 0  # how often blanks are inside its two characters: only names are set so
    opens: bool = False
    runs: int = 0  # how often it continues with a run of names that follows somebody who asks


@dataclass(slots=True)
class Scene:
    """What is known of a page while its labels are weighed: the accepted voices and the order of all labels.

    :param written_down: the page says that the words of a talk follow
    :param mentioned: whether the page speaks of a name elsewhere, too
    :param introduced: whether it says a post before it
    """

    sequence: list[Label]
    voices: Mapping[str, Voice]
    press: bool = False
    written_down: bool = False
    mentioned: Callable[[str], bool] = lambda _: False
    introduced: Callable[[str], bool] = lambda _: False
    uses: dict[str, Use] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [label.key for label in self.sequence]
        for at, label in enumerate(self.sequence):
            use = self.uses.setdefault(label.key, Use(label.key, label.style))
            use.count += 1
            use.before.append(names[at - 1] if at else "")
            use.after.append(names[at + 1] if at + 1 < len(names) else "")
            use.stamped = use.stamped or (label.style == "bracket" and label.timed)
            use.alone += label.alone
            use.asks += label.asks
            use.opens = use.opens or label.opens
            use.shorts += label.short
            use.padded += label.padded
            use.runs += label.key not in self.voices and not label.lists and self._in_run(at)

    def _in_run(self, at: int) -> bool:
        """Whether only names are between a label and the last one before it that asks.

        Behind a guest's turn it may be the head of a point in his words (时间表, 路线图), unless the page speaks of it
        elsewhere.
        """
        own = self.sequence[at].key
        certain = len(own) > _NAME
        for place in range(at - 1, max(at - _RUN, 0) - 1, -1):
            label = self.sequence[place]
            voice = self.voices.get(label.key)
            if voice and voice.role in ("host", "reporter"):
                return True
            if voice is None and (label.style not in ("colon", "bracket") or not is_name(label.key)):
                return False
            if voice and (voice.role not in ("guest", "unknown") or not (certain or self.mentioned(own))):
                return False
        return False

    @property
    def hosted(self) -> bool:
        """Whether somebody leads the talk by his role."""
        return any(v.role == "host" for v in self.voices.values())

    @property
    def asked(self) -> bool:
        """Whether somebody asks by his role: then a named speaker who is neither host nor netizen is a guest."""
        return any(v.role in ("host", "reporter") or v.asks for v in self.voices.values())

    @property
    def asking(self) -> Collection[str]:
        """Those who ask."""
        return {name for name, voice in self.voices.items() if voice.role in _ASKING or voice.asks}

    def score(self, name: str) -> tuple[float, frozenset[str]]:
        """The sum of a name's weights, and its traits; nothing for what does not even look like a speaker."""
        use = self.uses[name]
        looks = sorted(looks_of(name, hosted=self.hosted or self.asked), key=lambda trait: -WEIGHTS[trait])
        if not looks and is_name(name, strict=False) and (self.introduced(name) or use.padded == use.count > 1):
            looks = ["person"]
        if not looks:
            traits = frozenset(self._unlike_others(use))
            return sum(WEIGHTS[trait] for trait in traits), traits
        traits = frozenset([*looks, *self._usage(use, frozenset(looks))])
        return WEIGHTS[looks[0]] + sum(WEIGHTS[trait] for trait in traits.difference(LOOKS)), traits

    def _usage(self, use: Use, looks: frozenset[str]) -> Iterator[str]:
        """What its places on the page say of a label."""
        changes = sum(name != use.name for name in use.before) / use.count
        partnered = any(self._is_partner(name, use.name) for name in use.before + use.after)
        person = "person" in looks
        if use.stamped and person:
            yield "stamped"
        if use.count >= 2 and (partnered or person or "outlet" in looks):
            yield "recurs"
        if (person or "calling_and_name" in looks) and use.runs == use.count:
            yield "in_a_run"
        if person and self.introduced(use.name):
            yield "introduced"
        if use.shorts == use.count:
            yield "heading"
        yield from self._as_page_says(use, person=person)
        yield from self._in_turn(use, looks, changes, partnered=partnered)
        yield from self._lead(use, looks, changes, partnered=partnered)
        yield from self._as_others(use, looks)

    def _as_page_says(self, use: Use, *, person: bool) -> Iterator[str]:
        """What a name's own words, or those above the talk, say of it."""
        if person and use.opens and use.style in FIRM:
            yield "opens"
        if person and self.written_down and use.style in FIRM and not use.shorts:
            yield "written_down"

    def _in_turn(self, use: Use, looks: frozenset[str], changes: float, *, partnered: bool) -> Iterator[str]:
        """Whether a label answers those who ask, or takes turns with another."""
        asking = self.asking
        answers = sum(name in asking for name in use.before) / use.count
        if answers >= 0.5 and (use.count == 1 or partnered) and (use.count > 1 or answers == 1):
            yield "answers"
        if answers == 1 and looks & {"office", "officer", "title", "office_and_name"}:
            yield "answers_always"
        if use.count >= 2 and partnered and not asking and changes >= 0.5:
            yield "alternates"

    def _lead(self, use: Use, looks: frozenset[str], changes: float, *, partnered: bool) -> Iterator[str]:
        """Whether a label is of somebody who asks."""
        led = self._led(use, looks)
        if led >= 0.6 and changes == 1 and (use.count >= 2 or "outlet" in looks):
            yield "leads"
        asks = looks & {"person", "outlet"} and use.asks * 2 >= use.count and changes >= 0.5
        if asks and (led == 1 or (use.count >= 2 and partnered)):
            yield "questions"
        if "caller" in looks and led == 1 and use.asks == use.count:
            yield "calls_in"
        if looks == {"word"} and _is_netizen(use.name):
            yield from self._of_citizen(use, led)

    def _is_other_side(self, use: Use) -> bool:
        """Whether a label, whatever its words, is the one that a guest answers (临川零距离, 小水滴), or the one that
        answers those who ask (客服, 老钱); an ordinary word heads a point of an answer that has no label.
        """
        if use.count == 1 or len(use.name) not in _CALLED_SO or use.style not in FIRM:
            return False
        if self._is_asked(use):
            return not use.shorts and use.asks * 2 < use.count and use.name not in _ordinary()
        if not (use.asks * 2 >= use.count or self._opens(use)) or self._by_role():
            return False
        return self._is_among_guests(use)

    def _unlike_others(self, use: Use) -> list[str]:
        """What a label is whose words look like nobody's."""
        if self._asks_between(use):
            return ["asks_between"]
        return ["other_side"] if self._is_other_side(use) else []

    def _asks_between(self, use: Use) -> bool:
        """Whether a label that occurs once asks between two turns of those who answer: a nickname with no word of its
        own.
        """
        asks = use.asks and use.count == 1 and use.style in FIRM and {use.before[0], use.after[0]} <= {*self._answerers}
        return bool(asks) and len(use.name) in _NICK and not self._is_said(use.name)

    def _is_said(self, name: str) -> bool:
        """Whether a label is words of a turn, or another one with a slip (主持入)."""
        ordinary = name in _ordinary() or _READS_ALOUD.search(name) is not None
        return ordinary or any(differ_by_one(name, known) for known in self.voices)

    def _is_among_guests(self, use: Use) -> bool:
        """Whether guests speak before and behind each place of a label, a few of them known by a post alone."""
        around = {*use.before[1:], *use.after} - {*self._answerers, ""}
        return len(around) < _FEW and all(is_name(name, strict=False) and self.introduced(name) for name in around)

    def _is_asked(self, use: Use) -> bool:
        """Whether somebody asks before and behind a label; now and then a guest speaks before it. The page's foot
        follows the last answer.
        """
        asking, before = {*self.asking}, {*use.before}
        led = not before.isdisjoint(asking) and before <= asking | {*self._answerers}
        return led and {*use.after[:-1]} <= asking

    def _by_role(self) -> bool:
        """Whether somebody asks by a role word."""
        return any(voice.role in ("host", "reporter") for voice in self.voices.values())

    def _opens(self, use: Use) -> bool:
        """Whether a label asks and stands before all accepted ones: a host greets and thanks, too."""
        return use.asks > 0 and use.before[0] not in self.voices

    @property
    def _answerers(self) -> Collection[str]:
        return {name for name, voice in self.voices.items() if voice.role == "guest"}

    def _of_citizen(self, use: Use, led: float) -> Iterator[str]:
        """Whether an ordinary word for citizens is one who asks, or one whom reporters meet in the street."""
        if led == 1 or (self.hosted and use.asks == use.count):
            yield "asks_all"
        if all(voice and voice.role == "reporter" for voice in map(self.voices.get, use.before)):
            yield "on_the_spot"

    def _led(self, use: Use, looks: frozenset[str]) -> float:
        """The share of a label's places that an answer follows; its last turn may end the talk."""
        after = [*filter(None, use.after)]
        return sum(self._answers(name, looks) for name in after) / max(len(after), 1)

    def _as_others(self, use: Use, looks: frozenset[str]) -> Iterator[str]:
        """What a label shares with the others of its page, or what it is to them."""
        if "person" not in looks and self._is_other_side(use):
            yield "other_side"
        if "outlet" in looks and (self.press or len([n for n in self.uses if OUTLET.match(n)]) > 1):
            yield "house_of_press"
        if self.hosted and looks & {"office_and_name", "officer"}:
            yield "in_office"
        if use.alone == use.count and use.style in ("colon", "own") and looks & {"person", "outlet"} and self._alone():
            yield "alike"

    def _answers(self, name: str, looks: Collection[str]) -> bool:
        """Whether a neighbour is one of those who answer; an outlet may ask somebody whose role is not known yet."""
        voice = self.voices.get(name)
        if voice is None:
            return is_name(name) and (self.introduced(name) or self._is_asked_once(name, looks))
        return voice.role == "guest" or ("outlet" in looks and voice.role == "unknown" and is_name(name))

    def _is_asked_once(self, name: str, looks: Collection[str]) -> bool:
        """Whether a house of the press asks before the only words of somebody, under a sign of its own."""
        before = [self.uses[other] for other in self.uses[name].before if other in self.uses]
        asked = len(before) == 1 and before[0].asks == before[0].count and before[0].style in FIRM
        return "outlet" in looks and asked and self.uses[name].style in FIRM

    def _is_partner(self, name: str, own: str) -> bool:
        """Whether a neighbour may be the other side of a talk."""
        use = self.uses.get(name)
        recurring = use is not None and use.count >= 2 and (is_name(name) or OUTLET.match(name) is not None)
        return name in self.voices or (name != own and recurring)

    def _alone(self) -> bool:
        """Whether most accepted labels stand alone in their line."""
        accepted = [label.alone for label in self.sequence if label.key in self.voices]
        return len(accepted) >= 2 and sum(accepted) * 2 > len(accepted)

    def role(self, name: str, traits: frozenset[str]) -> str:
        """Who an accepted label is."""
        if said := _role_said(name, traits):
            return said
        if not traits.isdisjoint(("other_side", "asks_between")):
            return self._role_of_other_side(self.uses[name], traits)
        if "outlet" in traits and _is_house(name, traits):
            return self._role_of_outlet(traits)
        posted = _is_posted(traits)
        asks = traits & {"leads", "questions"} and "answers" not in traits
        called = traits & {"person", "office_and_name", "calling_and_name"}
        return "guest" if posted or (called and self.asked and not asks) else "unknown"

    def _role_of_other_side(self, use: Use, traits: frozenset[str]) -> str:
        """Who it is whose words say nothing of his role: who asks seldom answers."""
        if use.asks * 2 < use.count and not self._opens(use):
            return "guest"
        return "reporter" if "outlet" in traits or use.name.startswith("《") else "unknown"

    def _role_of_outlet(self, traits: frozenset[str]) -> str:
        """Who a house of the press, or a site, is."""
        if "leads" in traits or self.press:
            return "reporter"
        return "guest" if "answers" in traits else "narrator" if self.hosted else "unknown"


@cache
def _ordinary() -> frozenset[str]:
    """Words that head a point of a speech."""
    return frozenset(word_set("COMMON_WORD"))


def _role_said(name: str, traits: frozenset[str]) -> str | None:
    """The role that a label's own words say; who calls in and is answered is a citizen."""
    soft = by_word(name, "colon")
    return soft.role if soft else "netizen" if "calls_in" in traits else None


def _is_house(name: str, traits: frozenset[str]) -> bool:
    """Whether what looks like a house of the press is no person: 云岭网 asks."""
    return not is_name(name) or bool(traits & {"leads", "questions"})


def _is_posted(traits: frozenset[str]) -> bool:
    """Whether a label's words are a post, or an office that always answers."""
    return bool(traits & {"post_and_name", "officer", "title"}) or traits >= {"answers_always", "office"}


def _is_netizen(name: str) -> bool:
    """Whether a label's words are a netizen's."""
    soft = by_word(name, "colon")
    return soft is not None and soft.role == "netizen"


def accepts(label_style: str, score: float) -> bool:
    """Whether a score is enough for a label of a form."""
    return score >= THRESHOLDS.get(label_style, max(THRESHOLDS.values()))
