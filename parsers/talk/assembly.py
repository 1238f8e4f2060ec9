"""Lines to pieces of turns: where a turn begins, continues, breaks off; what is skipped, and why."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cached_property

from parsers.errors import PageTooLarge
from parsers.limits import MAX_TURNS
from parsers.page.lines import Line, ancestors, within
from parsers.page.text import BLANK, fold, squeeze
from parsers.patterns import compiled
from parsers.people.names import is_name
from parsers.record import Skipped
from parsers.talk.dialogue import Dialogue, Piece, without_credit
from parsers.talk.forms import ADDRESS, ONLY_DATE, ONLY_TIME, SAYS_SO, STAMP, Label
from parsers.talk.furniture import RELATED, is_centred, is_foot, is_terminal, skip_reason
from parsers.talk.roles import FIRM, Voice
from parsers.talk.speakers import Lexicon
from parsers.talk.stamps import Span, beside, give_times, strip_times
from parsers.words import pattern

TALK_IN_A_LINE = 3  # labels after sentences that make one line a talk

#: Where a label may stand inside a paragraph: after a sentence, its closing quote, or a stage direction.
_SENTENCE_END = compiled(r".?[。？！?!…；;）)】\]]|[。？！?!…][”\"」』]", re.DOTALL)
#: A label may follow a word, but not one that speaks of the person (请主持人：, 局长王强：).
_AFTER_WORD = compiled(r"(?![请问对谢让向和与由给是的说长任记员师])[\u4e00-\u9fff]")
_A_LINK = 0.8  # share of a line that makes it a link
_SENTENCE = compiled(r"[。?!,;]")
_CONTENT = pattern(r"{CONTENT_LABEL}")
_CLOSES_LABEL = compiled(r"[:\]】]")
_CLOSING = (":", "]", "】")
#: What may be right before a label inside a paragraph, blanks aside; a longer gap may be before it as well.
_BEFORE = compiled(r"[。？！?!…；;）)】\]”\"」』:【\[\s]")
_GAP = compiled(r"\s{2}")
_IN_ENTRIES = ("nick", "answerer")
_CENTRED = 60
_HEADING = 30  # characters
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_IN_QUOTES = compiled(r"\s{0,4}[“\"「『][^“”\"「」『』。?!]{4,28}[”\"」』]\s{0,4}")
_LOST = compiled(r"\?{3,8}\s{0,4}$")  # characters that a page has lost
_PART = pattern(r"{PART_HEAD}")
_NUMBERED = pattern(r"\s{0,4}[(（]?{COUNT}[)）.、]")
_SAYS = compiled(r"[。!,;:…]")
#: A label of somebody: not the head of a point (一是, 第一), nor a field (背景, 电话).
_SOMEBODY = pattern(r"(?!{POINT})(?!.{0,30}{QUOTED}$)[\u4e00-\u9fff·、()]{2,30}")
_DUTY = pattern(r"{DUTY}")
#: Lines and parts of lines that may say when a turn was said.
_MAY_BE_DATED = frozenset(["answer_unit", "timestamp", "index", "metadata", "preamble"])


class Assembler:
    """Feeds lines into turns.

    :param taken: lines that are metadata before the talk begins
    :param header: those whose label leaves no doubt (访谈嘉宾, not 时间): metadata wherever they stand
    :param whole: lines that hold a complete talk behind other words
    :param denied_: captions, posts and the like that are shaped like a turn
    """

    def __init__(
        self,
        dialogue: Dialogue,
        labels: dict[int, Label | None],
        lexicon: Lexicon,
        taken: set[int],
        header: set[int],
        whole: set[int],
        denied_: set[int],
    ) -> None:
        self.dialogue, self.labels, self.lexicon = dialogue, labels, lexicon
        self.taken, self.header, self.whole, self.denied = taken, header, whole, denied_
        voices = ((i, lexicon.voice(label)) for i, label in labels.items())
        self.last = max((i for i, voice in voices if voice and voice.role != "narrator"), default=-1)
        self.ended = self.nobodys = False
        self.comments: frozenset[int] = frozenset()
        self.translated: Collection[int] = ()
        self.above: Line | None = None
        self.names = {squeeze(name) for name in lexicon.voices}
        self.dated: list[Span] = []

    @cached_property
    def named(self) -> re.Pattern[str]:
        """What finds a label, wherever it stands. It is made where one of the names occurs like a label: compiling
        costs a page's lines.
        """
        names = sorted({re.escape(name) for name in self.lexicon.voices}, key=len, reverse=True)
        spaced = (r"\s?".join(name) if "\\" not in name else name for name in names)
        return re.compile(rf"(?P<open>[【\[])?(?P<label>{'|'.join(spaced)})(?(open)[】\]]\s*:?|\s*:)")

    @cached_property
    def captions(self) -> frozenset[str]:
        """What may stand under the guests' pictures."""
        named = [(g.name, squeeze(g.title or ""), g.organization or "") for g in self.lexicon.guests if g.name]
        return frozenset(said for name, post, org in named for said in (name, f"{org}{post}{name}", f"{post}{name}"))

    def label_in(self, text: str, start: int, *, joined: bool) -> tuple[int, re.Match[str]] | None:
        """The first label inside a paragraph, with the place where the gap before it begins.

        :param joined: it may stand behind a word, too
        """
        at = start
        while match := self.named.search(text, at):
            begin = _gap_before(text, match.start(), start, joined=joined)
            if begin is not None:
                return begin, match
            at = match.start() + 1
        return None

    def _closes_name(self, text: str) -> bool:
        """Whether one of the names occurs like a label: closed by a colon or a bracket, and where a label may begin."""
        said = squeeze(text)
        spaced = _GAP.search(text) is not None
        for name in self.names:
            at = said.find(name)
            while at >= 0:
                end = at + len(name)
                if said[end : end + 1] in _CLOSING and (spaced or not at or _BEFORE.match(said, at - 1)):
                    return True
                at = said.find(name, at + 1)
        return False

    def may_hold_labels(self, line: Line, start: int) -> bool:
        """Whether a look for labels inside a line is worth its while; hardly any holds one."""
        return bool(_CLOSES_LABEL.search(line.fold, start)) and self._closes_name(line.fold[start:])

    def is_joined(self, line: Line, start: int) -> bool:
        """Whether a complete talk is in one paragraph: there a label may also follow a word, since its paragraphs were
        joined (``（一）政策依据主持人：``).
        """
        for _ in range(TALK_IN_A_LINE):
            found = self.label_in(line.fold, start, joined=False)
            if found is None:
                return False
            start = found[1].end()
        return True

    def skip(self, line: Line, reason: str, start: int = 0, end: int | None = None) -> None:
        """Leave a line, or a part of it, out of the turns."""
        turn, whole = len(self.dialogue.pieces), not start and end is None
        stop = len(line.text) if end is None else end
        self.dialogue.skipped.append(Skipped(reason, line.text[start:stop], turn))
        if reason in _MAY_BE_DATED:
            self.dated.append(Span(line, start, stop, turn, own=not whole and reason != "preamble"))

    def feed(self, line: Line) -> None:
        """Give a line to a turn, or skip it with a reason."""
        label = self.labels.get(line.index)
        voice = self.lexicon.voice(label)
        above, self.above = self.above, line
        if self.of_others(line):
            self.skip(line, "related")
            return
        if voice and label and not (self.ended and voice.role == "narrator"):
            self.ended = self.nobodys = False
            self.open(line, label, voice, label.start)
            self.speech(line, self.past_twin(line, label))
            return
        if line.index in self.comments:
            self.ended = True
            self.skip(line, "furniture")
            return
        if line.index in self.whole and self.begin_within(line):
            return
        self.nobodys = self.nobodys or self.is_unclaimed(label, above)
        if reason := self.reason(line):
            self.skip(line, reason)
            return
        words = _CONTENT.match(line.fold) if self.dialogue.pieces[-1].label.style in _IN_ENTRIES else None
        if words:
            self.skip(line, "field", 0, words.end())
        self.speech(line, words.end() if words else 0)

    def past_twin(self, line: Line, label: Label) -> int:
        """Where the words behind a label begin that is printed twice: 林溪：林溪：大家好."""
        twin = f"{label.name}:"
        again = label.style == "colon" and line.fold.startswith(fold(twin), label.body)
        if again:
            self.skip(line, "index", label.body, label.body + len(twin))
        return label.body + len(twin) * again

    def begin_within(self, line: Line) -> bool:
        """Open the turns of a line that holds a complete talk behind other words."""
        found = self.label_in(line.fold, 0, joined=False) if self._closes_name(line.fold) else None
        if found is None:
            return False
        _, match = found
        key = squeeze(line.fold[match.start("label") : match.end("label")])
        name = squeeze(line.text[match.start("label") : match.end("label")])
        if self.dialogue.pieces and not (self.ended or self.nobodys):
            self.dialogue.pieces[-1].parts.append((line, 0, found[0]))
        else:
            self.skip(line, "preamble", 0, match.start("label"))
            self.ended = self.nobodys = False
        self.open(line, Label(name, match.start("label"), match.end(), "inline"), self.lexicon.voices[key], 0)
        self.speech(line, match.end())
        return True

    def is_unclaimed(self, label: Label | None, above: Line | None) -> bool:
        """Whether somebody unknown answers a question: his words are not those of the one who asked."""
        if label is None or above is None or not self.dialogue.pieces or label.style not in ("colon", "bracket"):
            return False
        asked = self.dialogue.pieces[-1].voice
        return (
            (asked.role == "reporter" or asked.asks)
            and above.fold.endswith("?")
            and _SOMEBODY.fullmatch(label.key) is not None
        )

    def reason(self, line: Line) -> str | None:
        """Why a line without a label belongs to no turn."""
        if not self.dialogue.pieces:
            return "metadata" if line.index in self.taken else "preamble"
        if line.index in self.header:
            return "metadata"
        if self.ended:
            return "after_end"
        if self.nobodys:
            return "unknown_label"
        if line.index > self.last and is_foot(line):
            self.ended = True
            return "furniture"
        if line.index in self.translated:
            return "translation"
        reason = self.furniture(line) or self.set_apart(line)
        if reason == "end" and not self.dialogue.pieces[-1].text():
            return None  # a host says so
        if reason and is_terminal(line):
            self.ended = True
        return reason

    def furniture(self, line: Line) -> str | None:
        """Why a line is the page's by its words; an official may say who is responsible."""
        reason = skip_reason(line)
        if reason == "answer_unit" and self.dialogue.pieces[-1].voice.role == "guest" and _DUTY.match(line.fold):
            return None
        return reason

    def set_apart(self, line: Line) -> str | None:
        """Why a line is no speech by its form and its place."""
        if ONLY_TIME.match(line.fold) or ONLY_DATE.match(line.fold):
            return "timestamp"
        if line.hidden:
            return "hidden"
        if line.link_share > _A_LINK and not _SENTENCE.search(line.fold):
            return "related"
        if line.index in self.denied or self.is_caption(line) or self.is_centred(line):
            return "caption"
        label = self.labels.get(line.index)
        headed = label and label.short and label.style == "colon" and is_name(label.key)
        return "heading" if headed or self.is_heading(line) or self.is_question(line) else None

    @cached_property
    def is_asked(self) -> bool:
        """Whether a label of the talk is somebody's who asks."""
        return any(voice.role != "guest" or voice.asks for voice in self.lexicon.voices.values())

    def is_question(self, line: Line) -> bool:
        """Whether a line is a question without a label, before a labelled answer, where no label asks: it is nobody's
        turn, and no words of the answer above it.
        """
        if self.is_asked or not line.fold.rstrip().endswith("?"):
            return False
        set_off = line.strong >= len(line.text.strip()) or _NUMBERED.match(line.fold) is not None
        return set_off and self.lexicon.voice(self.labels.get(line.index + 1)) is not None

    def is_heading(self, line: Line) -> bool:
        """Whether a line heads a part of the talk: an element of headings, or all bold before somebody asks."""
        if len(line.text) > _HEADING:
            return False
        part = _PART.match(line.fold)
        if _SAYS.search(line.fold, part.end() if part else 0):
            return False
        if line.block.tag in _HEADINGS:
            return True
        voice = self.lexicon.voice(self.labels.get(line.index + 1))
        asks = voice is not None and (voice.role in ("host", "reporter") or voice.asks)
        set_off = line.strong >= len(line.text.strip()) or _IN_QUOTES.fullmatch(line.fold) is not None
        return asks and (part is not None or set_off)

    def of_others(self, line: Line) -> bool:
        """Whether a line is in a box of its own, headed 相关访谈 or the like, beside the talk that has begun."""
        others = self.dialogue.others
        if others and within(others[-1], line.block):
            return True
        if not self.dialogue.pieces or not RELATED.match(line.fold):
            return False
        last = set(ancestors(self.dialogue.pieces[-1].line.block))
        boxes = [element for element in ancestors(line.block) if element not in last]
        if not boxes or boxes[0] is line.block:
            return False
        others.append(boxes[0])
        return True

    def is_centred(self, line: Line) -> bool:
        """Whether a short line is in the middle, where the labels of the talk are not: it is under a picture."""
        label = self.labels.get(line.index)
        if len(line.text) > _CENTRED or (label and label.style in FIRM) or not is_centred(line):
            return False
        return not any(is_centred(piece.line) for piece in self.dialogue.pieces[-2:])

    def is_caption(self, line: Line) -> bool:
        """A line that is nothing but a guest's post and name stands under a picture."""
        text = squeeze(line.text)
        return len(text) <= 60 and text in self.captions

    def open(self, line: Line, label: Label, voice: Voice, start: int) -> None:
        if len(self.dialogue.pieces) >= MAX_TURNS:
            raise PageTooLarge(self.dialogue.url, f"more than {MAX_TURNS} turns (MAX_TURNS)")
        self.dialogue.pieces.append(Piece(label, voice, line))
        if self.dialogue.first_line < 0:
            self.dialogue.first_line = line.index
        if start and line.text[:start].strip(BLANK + "【[(（〔「{"):
            self.skip(line, "index", 0, start)
        if label.style == "nick" and (address := ADDRESS.search(line.fold, label.start, label.body)):
            self.skip(line, "address", address.start(), address.end())
        if says := SAYS_SO.search(line.fold, label.start, label.body):
            self.skip(line, "index", *says.span())
        if stamp := STAMP.search(line.fold, label.start, label.body):
            self.skip(line, "timestamp", stamp.start(), stamp.end())

    def speech(self, line: Line, start: int) -> None:
        lost = _LOST.search(line.fold, start)
        end = lost.start() if lost else len(line.text)
        if lost:
            self.skip(line, "furniture", end)
        looks = self.may_hold_labels(line, start)
        joined = looks and self.is_joined(line, start)
        while looks and (found := self.label_in(line.fold, start, joined=joined)):
            gap, match = found
            if match.start("label") == start:
                break
            name = squeeze(line.text[match.start("label") : match.end("label")])
            voice = self.lexicon.voices.get(squeeze(line.fold[match.start("label") : match.end("label")]))
            if voice is None:
                break
            self.dialogue.pieces[-1].parts.append((line, start, gap))
            self.open(line, Label(name, match.start("label"), match.end(), "inline"), voice, 0)
            start = match.end()
        self.dialogue.pieces[-1].parts.append((line, start, end))


def _gap_before(text: str, label: int, start: int, *, joined: bool) -> int | None:
    """Where the blanks before a label begin, ``None`` where none may stand: it follows a sentence, at least two blanks,
    a colon.

    :param start: where the words begin in which it is looked for
    :param joined: or a word
    """
    gap = label
    while gap > start and text[gap - 1].isspace():
        gap -= 1
    if label - gap >= 2 or text[gap - 1 : gap] == ":" or _SENTENCE_END.fullmatch(text[max(gap - 2, 0) : gap]):
        return gap
    behind = text[label - 1 : label]
    return label if behind == ":" or (joined and _AFTER_WORD.match(behind)) else None


def assemble(assembler: Assembler, inside: list[Line], lines: list[Line]) -> None:
    """Feed the lines of a talk's container, and end it where the page's other parts begin.

    :param lines: all of the page
    """
    dialogue = assembler.dialogue
    beyond = _beyond(dialogue, inside, assembler.labels, assembler.lexicon)
    for line in inside:
        assembler.ended = assembler.ended or line.index == beyond
        assembler.feed(line)
    pieces = dialogue.pieces
    without_credit(dialogue)
    give_times(pieces, [*assembler.dated, *strip_times(dialogue), *beside(pieces, lines, inside)])


def _beyond(dialogue: Dialogue, inside: list[Line], labels: dict[int, Label | None], lexicon: Lexicon) -> int:
    """Index of the first line after the last label that is in a part of the page of another make; -1 for none.

    Where the talk fills several boxes, a box of a class that held no word of it so far (a footer, a pager) is not its
    end.
    """
    depth = len(ancestors(dialogue.container)) if dialogue.container is not None else 0
    last = max((line.index for line in inside if lexicon.voice(labels.get(line.index))), default=-1)
    made: set[tuple[str, str]] = set()
    began = False
    for line in inside:
        began = began or bool(lexicon.voice(labels.get(line.index)))
        chain = ancestors(line.block)
        if not began or len(chain) <= depth:
            continue
        box = chain[depth]
        make = (box.tag, box.get("class") or box.get("id") or "")
        if line.index <= last:
            made.add(make)
        elif make not in made and (make[1] or make[0] in ("footer", "nav", "aside", "form")) and box.tag != "p":
            return line.index
    return -1
