"""Who speaks, by what follows what: words that ask and that answer in turn, entries of a room with a time each, members
of a council.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from parsers.people.names import GIVEN, is_name, surname_of
from parsers.talk.forms import Label
from parsers.talk.roles import FIRM, Voice, by_word
from parsers.words import pattern, word_set, words

_OFTEN = 2

Voices = Mapping[str, Voice]


def in_pairs(sequence: list[Label], voices: Voices) -> dict[str, Voice]:
    """Words that ask and words that answer, which are ordinary ones, too (提问, 回复), where each question is answered."""
    found: dict[str, Voice] = {}
    for name, answers in _answers_to(sequence, voices).items():
        said = {answer: _voice(answer, voices) for answer in answers}
        if len(answers) >= _OFTEN and all(map(_is_guest, said.values())):
            found |= {x: voice for x, voice in (*said.items(), (name, _voice(name, voices))) if voice}
    return found


def _is_guest(voice: Voice | None) -> bool:
    return voice is not None and voice.role == "guest"


def _voice(name: str, voices: Voices) -> Voice | None:
    return voices.get(name) or by_word(name, "colon")


def _answers_to(sequence: list[Label], voices: Voices) -> dict[str, list[str]]:
    """What follows each label that asks by its word, at each of its places."""
    found: dict[str, list[str]] = {}
    for label, behind in pairwise(label for label in sequence if label.style != "inline"):
        if label.style in FIRM and (voice := _voice(label.key, voices)) and voice.asks:
            found.setdefault(label.key, []).append(behind.key if behind.style in FIRM else "")
    return found


def in_room(sequence: list[Label], voices: Voices) -> Iterator[str]:
    """Nicknames in a room where a bracket with a name and a time begins each entry: those whom a guest answers."""
    entries = [label for label in sequence if (label.style, label.timed) == ("bracket", True)]
    if sum(label.key in voices for label in entries) < _OFTEN:
        return
    for label, behind in pairwise(entries):
        if _is_guest(voices.get(behind.key)) and not (label.key in voices or is_name(label.key)):
            yield label.key


_TURNS = 4
_CALLED = range(2, 9)  # characters
_ASKS = Voice("reporter", True, asks=True)


def in_turns(sequence: list[Label]) -> dict[str, Voice]:
    """Two who take turns with nobody else, one of them a person, where one asks and the other answers."""
    firm = [label for label in sequence if label.style == "colon"]
    keys = [label.key for label in firm]
    for pair in filter(_may_speak, dict.fromkeys(pairwise(keys))):
        asking = [name for name in pair if _asks_mostly(name, firm)]
        if len(asking) == 1 and _alternate(pair, keys):
            return dict.fromkeys(pair, Voice("guest", True)) | {asking[0]: _ASKS}
    return {}


def _alternate(pair: tuple[str, str], keys: list[str]) -> bool:
    """Whether two names stand by turns, with no other between them, and often enough."""
    places = [at for at, key in enumerate(keys) if key in pair]
    said = keys[places[0] : places[-1] + 1]
    return len(said) >= _TURNS and {*said} == {*pair} and {*map(frozenset, pairwise(said))} == {frozenset(pair)}


def cut_short(sequence: list[Label], voices: Voices) -> dict[str, Voice]:
    """Persons whose labels say what they are cut to below (以下简称): the first asks where nobody asks by role."""
    called = [label.key for label in sequence if label.called and label.key not in voices]
    names = list(dict.fromkeys(filter(is_name, called)))
    asked = any(voice.asks or voice.role in ("host", "reporter") for voice in voices.values())
    first = {} if asked else dict.fromkeys(names[:1], _ASKS)
    return dict.fromkeys(names, Voice("guest", True)) | first if len(names) + asked >= _OFTEN else {}


def _asks_mostly(name: str, labels: list[Label]) -> bool:
    asks = [label.asks for label in labels if label.key == name]
    return sum(asks) * 2 >= len(asks)


def _may_speak(names: tuple[str, str]) -> bool:
    """Whether names may be those of two who speak: no words that head a point, and one is a person's."""
    common = word_set("COMMON_WORD")
    return any(map(is_name, names)) and all(name not in common and len(name) in _CALLED for name in names)


_AROUND = pattern(
    rf"(?P<surname>{GIVEN}{{1,2}})(?:(?P<asks>{{AROUND.asks}})|{{AROUND.answers}})(?P<given>{GIVEN}{{1,2}})"
)
_NO_NAME = pattern("{QUOTED|DEED|ASKED_FOR}")


def in_council(sequence: list[Label]) -> dict[str, Voice]:
    """Members of a council and the officials who answer them, each with the title inside the name: 刘委员建明, 薛次长瑞明.

    One such label alone proves nothing: 王主任解释.
    """
    found = {label.key: voice for label in sequence if label.style in FIRM and (voice := _member(label.key))}
    chairs = {label.key: Voice("host", True) for label in sequence if label.key in words("CHAIR_LABEL")}
    return found | chairs if len(found) > 1 else {}


def is_member(name: str) -> bool:
    """Whether a folded label has the title inside the name."""
    return _member(name) is not None


def _member(name: str) -> Voice | None:
    if name.startswith(words("AROUND.chair")) and name.endswith(")"):
        inner = name[name.index("(") + 1 : -1]
        return Voice("host", True) if _AROUND.fullmatch(inner) or is_name(inner) else None
    match = _AROUND.fullmatch(name)
    if (
        match is None
        or surname_of(match["surname"] + match["given"]) != match["surname"]
        or _NO_NAME.fullmatch(match["given"])
    ):
        return None
    return Voice("unknown", True, asks=True) if match["asks"] else Voice("guest", True)
