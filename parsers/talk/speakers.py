"""The speakers of a page.

Three questions are kept apart. :mod:`parsers.talk.forms` says that a line *could* begin with a label, by its form alone;
:mod:`parsers.talk.roles` who a label may be, by its words; :class:`Lexicon` which of the candidates *are* speakers, from the roles,
the guests the page names, and, for bare names, from how they recur and alternate. What is not accepted is reported, never guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable

from parsers.page.text import fold, squeeze
from parsers.people.aliases import post_and_name, resolve, surname_and_title
from parsers.people.names import is_name
from parsers.record import Guest
from parsers.talk.forms import Label
from parsers.talk.roles import (
    ANSWERED,
    FIRM,
    NAME_AND_POST,
    OFFICER,
    ORGANISATION,
    SPOKESPERSON,
    TITLE_ALONE,
    Voice,
    by_word,
    ends_with,
    of_office,
)


class Lexicon:
    """The speakers of one page, induced in two passes.

    :param guests: the guests the page names (header, list, opening sentence)
    :param hosts: named hosts
    :param reporters: those whom a header names as the ones who ask (采访人)
    """

    def __init__(self, guests: list[Guest], hosts: list[str], reporters: Collection[str] = ()) -> None:
        self.guests = guests
        self.hosts = list(hosts)
        self.reporters = frozenset(reporters)
        self.voices: dict[str, Voice] = {}
        self.rejected: Counter[str] = Counter()
        self._strong: dict[tuple[str, str], Voice | None] = {}
        self._resolved: dict[str, str | None] = {}

    def resolve(self, label: str) -> str | None:
        """The one guest that a label names, as :func:`parsers.people.aliases.resolve`; each label is worked out once."""
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
        voice = self._known(label) or by_word(label.name, label.style)
        if label.style == "loose" and voice and not (voice.role == "host" or voice.person == label.name):
            return None
        return voice if voice and voice.strong else None

    def _host(self, name: str) -> str | None:
        """The named host that a label means: by the whole name, or by its first part where that has a dot."""
        if name in self.hosts:
            return name
        short = [host for host in self.hosts if "·" in fold(host) and fold(host).split("·")[0] == name]
        return short[0] if len(short) == 1 else None

    def _headed(self, name: str) -> Voice | None:
        """Whom a header names as host or as the one who asks."""
        if host := self._host(name):
            return Voice("host", True, host)
        return Voice("reporter", True) if name in self.reporters else None

    def _one_of_many_posts(self, label: Label) -> bool:
        """Whether the commas of a label stand between the posts of one person, not between persons."""
        return label.style in FIRM and post_and_name(label.name) is not None and not is_name(label.name.split("、")[0])

    def _known(self, label: Label) -> Voice | None:
        name = label.name
        if headed := self._headed(name):
            return headed
        if label.style in FIRM and NAME_AND_POST.fullmatch(name):
            return Voice("guest", True, self.resolve(name))
        if re.search(r"[、,，]", name) and not self._one_of_many_posts(label):
            parts = re.split(r"[、,，]", name)
            return Voice("guest", True) if len(parts) > 1 and all(self.resolve(p) for p in parts) else None
        if label.style in ("own", "inline") and len(name) > 16:
            return None
        said = ANSWERED.sub("", name) if label.style in ("colon", "bracket") else name
        if re.search(r"(?:说|问|指出|表示|认为|强调|介绍|补充|讲|答)$", said):
            return None
        person = self.resolve(said or name)
        if person and label.style == "own" and person in name and not ends_with(name, person):
            return None  # 图为县长张伟接听热线: a line that speaks of somebody
        if person:
            return Voice("guest", True, person)
        if any(name == squeeze(g.organization or "") for g in self.guests):
            return Voice("guest", True)
        if SPOKESPERSON.search(name):
            return None
        if label.style in FIRM and post_and_name(name):
            return Voice("guest", True)
        if label.style in ("colon", "bracket") and surname_and_title(name):
            return Voice("guest", True)
        return None

    def induce(self, labels: Iterable[Label | None]) -> None:
        """Fix the page's speakers from its candidates in printed order."""
        sequence = [label for label in labels if label]
        for label in sequence:
            voice = self.strong(label)
            if voice:
                self.voices.setdefault(label.name, voice)
                if voice.role == "host" and voice.person and voice.person not in self.hosts:
                    self.hosts.append(voice.person)
                    self._strong.clear()
        self._weak(sequence)

    def _weak(self, sequence: list[Label]) -> None:
        """Bare names and soft words: accepted when they answer, recur and alternate."""
        placed = ("colon", "bracket", "cell")
        own = Counter(label.name for label in sequence if label.style == "own")
        names = [
            label.name
            for label in sequence
            if label.style in placed
            or label.name in self.voices
            or (own[label.name] >= 2 and (is_name(label.name) or post_and_name(label.name)))
        ]
        counts = Counter(names)
        stamped = {label.name for label in sequence if label.style == "bracket" and label.timed}
        # Where a host is labelled as such, a named speaker who is neither host nor netizen is a guest.
        hosted = any(v.role == "host" for v in self.voices.values())
        asking = {n for n, v in self.voices.items() if v.role in ("host", "netizen", "reporter", "unknown")}
        for name, count in counts.items():
            if name in self.voices:
                continue
            soft = by_word(name, "colon")
            posted = post_and_name(name) is not None or (hosted and OFFICER.match(name) is not None)
            titled = hosted and TITLE_ALONE.match(name) is not None
            plausible = soft or is_name(name) or ORGANISATION.match(name) or of_office(name) or posted or titled
            if not plausible:
                self.rejected[name] += count
                continue
            before = [names[i - 1] if i else "" for i, n in enumerate(names) if n == name]
            after = [names[i + 1] if i + 1 < len(names) else "" for i, n in enumerate(names) if n == name]
            answers = sum(b in asking for b in before) / count
            partners = {n for n in before + after if n in self.voices or (n != name and counts[n] >= 2 and is_name(n))}
            alternates = sum(b != name for b in before) / count
            # Whom guests follow each time he has spoken asks: a host who is called by nothing but a name.
            led = sum(a in self.voices and self.voices[a].role == "guest" for a in after) / count
            if (
                (name in stamped and is_name(name))
                or (count >= 2 and partners and (answers >= 0.5 or (not asking and alternates >= 0.5)))
                or (count >= 2 and is_name(name) and led >= 0.6 and alternates == 1)
                or (count == 1 and (is_name(name) or ORGANISATION.match(name)) and answers == 1 and len(asking) > 0)
                or (soft is not None and soft.role == "netizen" and led == 1)
                or ((of_office(name) or OFFICER.match(name)) and hosted)
            ):
                self.voices[name] = Voice(
                    soft.role
                    if soft
                    else "guest"
                    if posted
                    or titled
                    or (answers == 1 and ORGANISATION.match(name))
                    or (hosted and (is_name(name) or of_office(name)))
                    else "unknown",
                    True,
                )
            else:
                self.rejected[name] += count

    def voice(self, label: Label | None) -> Voice | None:
        """The accepted voice of a candidate, ``None`` for everything that is no speaker here."""
        if label is None:
            return None
        return self.voices.get(label.name)

    def person(self, label: str, voice: Voice) -> str | None:
        """The full name when the label resolves to exactly one known guest or named host."""
        if voice.role == "host":
            if voice.person:
                return voice.person
            return self.hosts[0] if len(self.hosts) == 1 else None
        if voice.role not in ("guest", "unknown"):
            return None
        found = self.resolve(label) or self.resolve(ANSWERED.sub("", label))
        if found:
            return found
        named = [g.name for g in self.guests if g.name]
        numbered = re.fullmatch(r"嘉宾([1-9一二三四五六七八九])", label)
        if numbered and len(named) == len(self.guests) > 1:
            place = int(numbered[1]) if numbered[1].isdecimal() else "一二三四五六七八九".index(numbered[1]) + 1
            return named[place - 1] if place <= len(named) else None
        single = re.fullmatch(r"(?:特邀|访谈|做客|本期)?嘉宾|答|A|回答|答复|回复|解答|嘉宾回复|嘉宾回答", label)
        return named[0] if single and len(named) == 1 and len(self.guests) == 1 else None
