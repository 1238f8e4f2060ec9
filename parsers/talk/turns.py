"""Lines to turns.

The talk is what is between accepted labels inside the lowest element that holds (almost) all of them. Every line of
that element ends in a turn or in the list of skipped lines with a reason, so that no character is lost silently.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise

from parsers.header.labels import Field, host_names, in_entry, is_names
from parsers.page.dom import Element
from parsers.page.lines import Line, common_ancestor, lines_within
from parsers.patterns import compiled
from parsers.record import Guest
from parsers.talk.assembly import TALK_IN_A_LINE, Assembler, assemble
from parsers.talk.comments import comments
from parsers.talk.denied import denied, with_surroundings, without_preamble
from parsers.talk.dialogue import (
    Dialogue,
    drop_duplicates,
    number,
    one_of_twins,
    put_in_order,
    remark,
)
from parsers.talk.entries import read_entries
from parsers.talk.forms import ANYBODY, Label, candidate, entry_head, inline_candidates, loose_candidate
from parsers.talk.roles import FIRM, Voice, by_word
from parsers.talk.speakers import Lexicon
from parsers.talk.translated import translated
from parsers.words import pattern

#: What stands below ``网友：山泉`` in an entry of a question box.
_ENTRY_GOES_ON = pattern(r"{ENTRY_GOES_ON}")
_LONG_LINE = 12
_PROVEN = 2  # labels in one line that prove themselves, and bare names in it are weighed, too
_LED_IN = pattern("{LED_IN}")
_TWO = 2
_SAID = 12  # characters of what one speaker alone says, at least
_ENDS = compiled(r"[。?!…]")
_SETS_OFF = pattern("{SPEAKER_WORD}")  # a speaker whose name is a link; menus are links, too


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a page names, and what it is about, before its talk is looked for.

    :param guests: the roster, may be empty
    :param head: the text of ``<title>``
    :param press: it is a press conference's
    """

    guests: list[Guest]
    hosts: list[str]
    head: str = ""
    press: bool = False


def find_dialogue(url: str, lines: list[Line], fields: list[Field], named: Named) -> Dialogue:
    """The turns of a page.

    :param fields: the page's metadata; its lines are never labels
    """
    visible = [line for line in lines if not line.hidden]
    dialogue = _Search(url, visible, fields, named).run()
    if not dialogue.turns:
        dialogue = _Search(url, visible, fields, named, loose=True).run()
    if not dialogue.turns and len(visible) < len(lines):
        whole = _Search(url, lines, fields, named).run()
        # A talk in a closed tab is hidden whole; what is shown beside it is the page's.
        return whole if all(piece.line.hidden for piece in whole.pieces) else dialogue
    return dialogue


class _Search:
    """One look for a talk: candidates, those that are denied, those that speak, and the element that holds them.

    :ivar labels: what may be the label of each line; ``begun``: the lines that had one
    :ivar inline: likewise the labels inside a line
    """

    def __init__(self, url: str, lines: list[Line], fields: list[Field], named: Named, *, loose: bool = False) -> None:
        self.url, self.lines, self.fields, self.loose, self.head = url, lines, fields, loose, named.head
        self.taken = {f.label_line.index for f in fields} | {f.line.index for f in fields}
        self.taken |= {line.index for f in fields for line in f.extra}
        self.taken -= {
            f.line.index for f in fields if f.key == "other" and f.line is not f.label_line and _is_role(f.line)
        }
        reporters = [name for f in fields if f.key == "reporter" for name in host_names(f.value)]
        text = "\n".join([line.fold for line in lines])
        self.lexicon = Lexicon(named.guests, named.hosts, reporters, press=named.press, text=text)
        self.labels: dict[int, Label | None] = {}
        self.begun: list[Line] = []
        self.inline: dict[int, list[Label]] = {}
        self.denied: set[int] = set()
        self.comments: frozenset[int] = frozenset()
        self.translated: Collection[int] = ()

    def run(self) -> Dialogue:
        """The talk, without turns where there is none."""
        self._collect()
        places = sorted({*self.inline, *(line.index for line in self.begun)})
        self.lexicon.induce(x for at in places for x in (self.labels[at], *self.inline.get(at, ())) if x)
        whole = self._whole_talks()
        marked = self._marked()
        more = [x for line in marked for x in self.inline.get(line.index, ())] if len(marked) == 1 else []
        if not more and not whole and not _is_talk(marked, self.labels, self.lexicon, self.lines):
            return Dialogue(lexicon=self.lexicon)
        return self._assembled(sorted({*marked, *whole}, key=lambda line: line.index), {line.index for line in whole})

    def _marked(self) -> list[Line]:
        """The lines that begin with the label of a speaker; what is shaped so beside or above the talk is denied."""
        marked = [line for line, label in self._labelled() if self.lexicon.voice(label)]
        marked = [line for line in marked if not _is_credit(line, self.labels[line.index])]
        marked = one_of_twins(self._without_copies(marked), self.labels, self.lines)
        kept = without_preamble(marked, self.labels, self.lexicon, self.lines)
        self.denied |= {line.index for line in marked} - {line.index for line in kept}
        return kept[1:] if self._begins_with_byline(kept) else kept

    def _assembled(self, marked: list[Line], whole: set[int]) -> Dialogue:
        container = common_ancestor([line.block for line in marked], 0.8)
        parent = container.getparent()
        if container.tag in ("p", "td", "span", "li", "dt") and parent is not None and len(marked) < 2:
            container = parent
        inside = lines_within(container, self.lines)
        dialogue = Dialogue(self.url, container, lexicon=self.lexicon)
        accepted = {line.index for line in marked}
        unused = {line.index for line in inside if self.lexicon.voice(self.labels.get(line.index))} - accepted
        header = {
            f.line.index
            for f in self.fields
            if len(f.label) >= 4 and f.key in ("theme", "guests", "time") and not f.foreign
        }
        labels = {k: v for k, v in self.labels.items() if k not in unused}
        assembler = Assembler(dialogue, labels, self.lexicon, self.taken, header, whole, self.denied)
        assembler.comments, assembler.translated = self.comments, self.translated
        assemble(assembler, inside, self.lines)
        drop_duplicates(dialogue, container)
        put_in_order(dialogue)
        number(dialogue, self.lexicon)
        remark(dialogue, self.labels, inside, self.lexicon)
        return dialogue

    def _collect(self) -> None:
        """What could be a label, line by line, but for what is denied."""
        by_index = {line.index: line for line in self.lines}
        entries: dict[Element, bool] = {}
        self.labels = dict.fromkeys([line.index for line in self.lines if line.index not in self.taken])
        for line in _may_speak(self.lines):
            if line.index in self.labels and (label := _candidate(line, entries, loose=self.loose)):
                self.labels[line.index] = label
                self.begun.append(line)
        self._read_nicks(by_index)
        read_entries(self.lines, self.labels)
        self._know_short_ones()
        self.begun = [line for line in self.lines if self.labels.get(line.index)]
        self._leave_out_comments()
        self._leave_out_translations()
        with_surroundings(self.lines, self._labelled(), self.labels)
        self.denied = denied(self._labelled(), self.head)
        for index in self.denied:
            self.labels[index] = None
        for line in self.lines:
            if line.index in self.labels and len(line.text) > _LONG_LINE and (found := inline_candidates(line)):
                self.inline[line.index] = self._likely(line, found)

    def _leave_out_comments(self) -> None:
        """No label is in a box of comments."""
        self.comments = comments(self.lines, self.begun, self.lexicon.text, self._leading)
        for index in self.comments:
            self.labels.pop(index, None)
        self.begun = [line for line in self.begun if line.index not in self.comments]

    def _leave_out_translations(self) -> None:
        """No label is in a line that repeats a Chinese one in another language."""
        self.translated = translated(self.lines) if self.begun else ()
        self.labels |= {index: None for index in self.translated if index in self.labels}
        self.begun = [line for line in self.begun if line.index not in self.translated]

    def _leading(self) -> set[int]:
        """The lines in which a host, a reporter or a known guest speaks."""
        return {line.index for line, label in self._labelled() if self._leads(label)}

    def _leads(self, label: Label) -> bool:
        """Whether a label is a host's, a reporter's or a known guest's."""
        voice = self.lexicon.strong(label)
        return voice is not None and (voice.role in ("host", "reporter") or voice.person is not None)

    def _labelled(self) -> list[tuple[Line, Label]]:
        """The lines that have a label."""
        return [(line, label) for line in self.begun if (label := self.labels[line.index])]

    def _know_short_ones(self) -> None:
        """A label that is cut to what another one says (钟, 记者) is that one."""
        called = {label.called: label.key for label in self.labels.values() if label and label.called}
        for label in self.labels.values() if called else ():
            if label and label.style in FIRM and label.key in called:
                label.key = called[label.key]

    def _likely(self, line: Line, found: list[Label]) -> list[Label]:
        """The labels inside a line that prove themselves; where there are two, the bare names in it, too."""
        strong = [x for x in found if self.lexicon.strong(x)]
        first = self.labels[line.index]
        begins = first is not None and self.lexicon.strong(first) is not None
        if len(strong) + begins >= _PROVEN or any(map(self._asks_by_role, strong)):
            return found
        # All of the talk is in this line.
        again = first is not None and any(x.key == first.key and x.start >= first.body for x in found)
        alone = begins and not any(self.lexicon.strong(x) for other, x in self._labelled() if other is not line)
        return found if again or alone else strong

    def _read_nicks(self, by_index: Mapping[int, Line]) -> None:
        anybody = {line.index for line, label in self._labelled() if label.key in ANYBODY}
        for line, below in pairwise(self.lines) if anybody else ():
            if line.index in anybody and _ENTRY_GOES_ON.match(below.fold) and (nick := entry_head(line)):
                self.labels[line.index] = nick
        for index in [line.index for line, label in self._labelled() if label.style == "nick"]:
            following = self.labels.get(index + 1)
            if following and self.lexicon.strong(following):  # no words follow, so what looks like a name are the words
                self.labels[index] = candidate(by_index[index], nicks=False)

    def _without_copies(self, marked: list[Line]) -> list[Line]:
        """Lines that hold several turns, each once: such a line stands again in the copy for narrow screens."""
        first: dict[str, Line] = {}
        return [x for x in marked if len(self.inline.get(x.index, ())) < _PROVEN or first.setdefault(x.fold, x) is x]

    def _whole_talks(self) -> list[Line]:
        """Lines that hold a complete talk behind other words: at least three labels of two speakers, or somebody who
        asks by role and another.
        """
        held = self._without_copies([line for line in self.lines if line.index in self.inline])
        return [line for line in held if not self.lexicon.voice(self.labels.get(line.index)) and self._holds_talk(line)]

    def _holds_talk(self, line: Line) -> bool:
        found = [x for x in self.inline[line.index] if self.lexicon.voice(x)]
        asks = bool(found) and self._asks_by_role(found[0])
        if asks and _LED_IN.search(line.fold[: found[0].start]):
            return True
        return (asks or len(found) >= TALK_IN_A_LINE) and len({x.key for x in found}) > 1

    def _begins_with_byline(self, marked: list[Line]) -> bool:
        """Whether a reporter's name fills the first line that has a label, and no other label fills its line."""
        own = [line for line in marked if self.labels[line.index].style == "own"]  # type: ignore[union-attr]
        if len(own) != 1 or own[0] is not marked[0] or len(marked) < _PROVEN:
            return False
        voice = self.lexicon.voice(self.labels[own[0].index])
        return voice is not None and voice.role == "reporter"

    def _asks_by_role(self, label: Label) -> bool:
        """Whether a label is a host's or a reporter's by itself."""
        voice = self.lexicon.strong(label)
        return voice is not None and voice.role in ("host", "reporter")


def _is_role(line: Line) -> bool:
    """Whether a line begins with a role: it is no value of an empty label in the line above."""
    label = candidate(line)
    voice = by_word(label.key, label.style) if label else None
    return voice is not None and voice.strong


def _may_speak(lines: list[Line]) -> list[Line]:
    """The lines without links, but for those that call a speaker; most lines are links of menus."""
    short = "\n".join([line.fold for line in lines if line.linked and len(line.text) <= _LONG_LINE])
    called = _SETS_OFF.search(short) is not None
    return [
        line
        for line in lines
        if line.linked <= 0.6 * len(line.text)
        or (called and len(line.text) <= _LONG_LINE and _SETS_OFF.search(line.fold))
    ]


def _candidate(line: Line, entries: dict[Element, bool], *, loose: bool) -> Label | None:
    """What could be a label, in no entry of a list of links.

    :param entries: see :func:`parsers.header.labels.in_entry`
    """
    if line.linked and in_entry(line, entries):
        return None
    label = candidate(line) or (loose_candidate(line) if loose else None)
    return None if label and in_entry(line, entries) else label


def _is_credit(line: Line, label: Label | None) -> bool:
    """``记者:李青 图片:孙立``: a label whose whole speech is a name is a credit, not a turn."""
    if label is None or len(line.text) - label.body > 30 or label.style in ("own", "inline"):
        return False
    rest = line.fold[label.body :]
    return bool(rest) and (is_names(re.split(r"\s[^\s]{1,6}:", rest)[0]) and not re.search(r"[。?？!！]", rest))


def _is_talk(marked: list[Line], labels: dict[int, Label | None], lexicon: Lexicon, lines: list[Line]) -> bool:
    """Two speakers make a talk; one alone where a guest is known, a single label only as a slice page with a real
    answer.
    """
    if len(marked) < _TWO:
        label = labels[marked[0].index] if marked else None
        voice = lexicon.voice(label)
        return label is not None and voice is not None and _is_slice(marked[0], label, voice, lexicon.press, lines)
    return _is_talk_of_several(marked, labels, lexicon)


def _is_talk_of_several(marked: list[Line], labels: dict[int, Label | None], lexicon: Lexicon) -> bool:
    voices = {labels[line.index].key for line in marked}  # type: ignore[union-attr]
    roles = {lexicon.voice(labels[line.index]).role for line in marked}  # type: ignore[union-attr]
    if len(voices) > 1 or roles <= {"guest", "unknown"}:
        return True
    # A host alone: the answers have no label, which is a talk only where somebody is there to give them.
    known = roles == {"host"} and bool(lexicon.guests)
    return (known or len(marked) > 3) and not any(line.hidden for line in marked)


def _is_slice(line: Line, label: Label, voice: Voice, press: bool, lines: list[Line]) -> bool:
    """Whether the only label of a page is a guest's in brackets with a real answer, a host's who opens the programme,
    or anybody's who speaks at a press conference; a reporter alone asks something there.
    """
    if voice.role == "guest" and label.style == "bracket" and len(line.text) > 30:
        return True
    below = next((after for above, after in pairwise(lines) if above is line), line)
    asks = voice.role != "reporter" or "?" in line.fold + below.fold
    return _may_be_alone(label, voice, press=press) and label.style in FIRM and asks and _speaks(line, label, below)


def _may_be_alone(label: Label, voice: Voice, *, press: bool) -> bool:
    """Whether one alone may speak: at a press conference, or as the host who opens the programme."""
    return press or (voice.role == "host" and label.opens)


def _speaks(line: Line, label: Label, below: Line) -> bool:
    """Whether sentences follow a label.

    :param below: the line behind it
    """
    said = below.fold if label.alone else line.fold[label.body :]
    return len(said) > _SAID and _ENDS.search(said) is not None
