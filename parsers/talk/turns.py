"""Lines to turns.

The talk is what stands between accepted labels inside the lowest element that holds (almost) all of them. Every line of
that element ends in a turn or in the list of skipped lines with a reason, so that no character is lost silently.
"""

from __future__ import annotations

import re
from itertools import islice, pairwise

from parsers.errors import PageTooLarge
from parsers.header.labels import Field, host_names, in_entry, is_names
from parsers.limits import MAX_TURNS
from parsers.page.lines import Line, ancestors, common_ancestor, lines_within, within
from parsers.page.text import BLANK, fold, squeeze
from parsers.record import Guest, Skipped
from parsers.talk.dialogue import Dialogue, Piece, drop_duplicates, number, put_in_order, remark, strip_times
from parsers.talk.forms import (
    ADDRESS,
    ANYBODY,
    ONLY_TIME,
    TIME_TOKEN,
    Label,
    candidate,
    entry_head,
    inline_candidates,
    loose_candidate,
)
from parsers.talk.furniture import RELATED, is_terminal, skip_reason
from parsers.talk.roles import Voice
from parsers.talk.speakers import Lexicon

#: Where a label may stand inside a paragraph: after a sentence, its closing quote, or a stage direction.
_SENTENCE_END = r"(?:(?<=[。？！?!…；;）)】])|(?<=[。？！?!…][”\"」』]))"


#: A label may follow a word, but not one that speaks of the person (请主持人：, 局长王强：).
_AFTER_WORD = r"(?<=[\u4e00-\u9fff])(?<![请问对谢让向和与由给是的说长任记员师])"
#: What stands below ``网友：山泉`` in an entry of a question box.
_ENTRY_GOES_ON = re.compile(r"(?:提问|留言|咨询|发表)?(?:时间|日期|内容)\s?:|(?:问题|标题|提问)\s?:")
_CONTENT = re.compile(r"(?:提问|留言|咨询|问题)?内容\s?:\s?")
_CLOSES_LABEL = re.compile(r"[:\]】]")
_TALK_IN_A_LINE = 3  # labels after sentences that make one line a talk


_DUTY = re.compile(r"(?:责任|受理|承办|办理)(?:单位|部门|时间|日期)")
_SETS_OFF = re.compile(r"[:【\[]|网友|主持|嘉宾")  # a speaker whose name is a link; menus are links, too
_STAMPED = re.compile(TIME_TOKEN)


def find_dialogue(url: str, lines: list[Line], fields: list[Field], guests: list[Guest], hosts: list[str]) -> Dialogue:
    """The turns of a page.

    :param fields: the page's metadata; its lines are never labels
    :param guests: the roster the page names, may be empty
    """
    visible = [line for line in lines if not line.hidden]
    dialogue = _search(url, visible, fields, guests, hosts)
    if not dialogue.turns:
        dialogue = _search(url, visible, fields, guests, hosts, loose=True)
    if not dialogue.turns and len(visible) < len(lines):
        dialogue = _search(url, lines, fields, guests, hosts)
    return dialogue


def _search(
    url: str, lines: list[Line], fields: list[Field], guests: list[Guest], hosts: list[str], *, loose: bool = False
) -> Dialogue:
    by_index = {line.index: line for line in lines}
    taken = {f.label_line.index for f in fields} | {f.line.index for f in fields}
    taken |= {line.index for f in fields for line in f.extra}
    header = {
        f.line.index for f in fields if len(f.label) >= 4 and f.key in ("theme", "guests", "time") and not f.foreign
    }
    labels = {line.index: _candidate(line, loose=loose) for line in lines if line.index not in taken}
    for index in [i for i, label in labels.items() if label]:
        if in_entry(by_index[index]):
            labels[index] = None
    reporters = [name for f in fields if f.key == "reporter" for name in host_names(f.value)]
    lexicon = Lexicon(guests, hosts, reporters)
    for line, below in pairwise(lines):
        label = labels.get(line.index)
        if label and label.name in ANYBODY and _ENTRY_GOES_ON.match(below.fold) and (nick := entry_head(line)):
            labels[line.index] = nick
    for index in [i for i, label in labels.items() if label and label.style == "nick"]:
        following = labels.get(index + 1)
        if following and lexicon.strong(following):  # no words follow, so what looks like a name are the words
            labels[index] = candidate(by_index[index], nicks=False)
    inline = {line.index: inline_candidates(line) for line in lines if line.index in labels and len(line.text) > 12}
    inline = {index: [x for x in found if lexicon.strong(x)] for index, found in inline.items()}
    lexicon.induce(
        x for line in lines if line.index in labels for x in (labels[line.index], *inline.get(line.index, ()))
    )
    marked = [line for line in lines if lexicon.voice(labels.get(line.index))]
    marked = [line for line in marked if not _is_credit(line, labels[line.index])]
    more = [x for line in marked for x in inline[line.index]] if len(marked) == 1 and marked[0].index in inline else []
    if not more and not _is_talk(marked, labels, lexicon):
        return Dialogue(lexicon=lexicon)
    container = common_ancestor([line.block for line in marked], 0.8)
    parent = container.getparent()
    if container.tag in ("p", "td", "span", "li", "dt") and parent is not None and len(marked) < 2:
        container = parent
    inside = lines_within(container, lines)
    dialogue = Dialogue(url, container, lexicon=lexicon)
    credits_ = {line.index for line in inside if lexicon.voice(labels.get(line.index))} - {
        line.index for line in marked
    }
    _assemble(dialogue, inside, {k: v for k, v in labels.items() if k not in credits_}, lexicon, taken, header)
    drop_duplicates(dialogue, container)
    put_in_order(dialogue)
    number(dialogue, lexicon)
    remark(dialogue, labels, inside, lexicon)
    return dialogue


def _candidate(line: Line, *, loose: bool) -> Label | None:
    size = len(line.text)
    if line.linked > 0.6 * size and (size > 12 or not _SETS_OFF.search(line.fold)):
        return None
    return candidate(line) or (loose_candidate(line) if loose else None)


def _is_credit(line: Line, label: Label | None) -> bool:
    """``记者:李青 图片:孙立``: a label whose whole speech is a name is a credit, not a turn."""
    if label is None or len(line.text) - label.body > 30 or label.style in ("own", "inline"):
        return False
    rest = line.fold[label.body :]
    return bool(rest) and (is_names(re.split(r"\s[^\s]{1,6}:", rest)[0]) and not re.search(r"[。?？!！]", rest))


def _is_talk(marked: list[Line], labels: dict[int, Label | None], lexicon: Lexicon) -> bool:
    """Two speakers make a talk; one alone where a guest is known, a single label only as a slice page with a real answer."""
    if len(marked) >= 2:
        voices = {labels[line.index].name for line in marked}  # type: ignore[union-attr]
        roles = {lexicon.voice(labels[line.index]).role for line in marked}  # type: ignore[union-attr]
        if len(voices) > 1 or roles <= {"guest", "unknown"}:
            return True
        # A host alone: the answers bear no label, which is a talk only where somebody is there to give them.
        known = roles == {"host"} and bool(lexicon.guests)
        return (known or len(marked) > 3) and not any(line.hidden for line in marked)
    if len(marked) == 1:
        label = labels[marked[0].index]
        voice = lexicon.voice(label)
        assert label is not None
        assert voice is not None
        return voice.role == "guest" and label.style == "bracket" and len(marked[0].text) > 30
    return False


class _Assembler:
    """Feeds lines into turns.

    :param taken: lines that are metadata before the talk begins
    :param header: those whose label leaves no doubt (访谈嘉宾, not 时间): metadata wherever they stand
    """

    def __init__(
        self,
        dialogue: Dialogue,
        labels: dict[int, Label | None],
        lexicon: Lexicon,
        taken: set[int],
        header: set[int],
    ) -> None:
        self.dialogue, self.labels, self.lexicon = dialogue, labels, lexicon
        self.taken, self.header = taken, header
        self.ended = False
        names = sorted({re.escape(fold(name)) for name in lexicon.voices}, key=len, reverse=True)
        spaced = (r"\s?".join(name) if "\\" not in name else name for name in names)
        label = rf"(?P<open>[【\[])?(?P<label>{'|'.join(spaced)})(?(open)[】\]]\s*:?|\s*:)"
        begins = rf"{_SENTENCE_END}\s*|\s{{2,}}|(?<=:)"
        self.inline = re.compile(f"(?:{begins}){label}") if names else None
        self.joined = re.compile(f"(?:{begins}|{_AFTER_WORD}){label}") if names else None

    def labels_in(self, line: Line, start: int) -> re.Pattern[str] | None:
        """What finds a label inside a line: after a sentence; where a whole talk stands in one paragraph, also after a word,
        since its paragraphs were joined (``（一）政策依据主持人：``).
        """
        if self.inline is None or not _CLOSES_LABEL.search(line.fold, start):
            return None
        many = len(list(islice(self.inline.finditer(line.fold, start), _TALK_IN_A_LINE))) == _TALK_IN_A_LINE
        return self.joined if many else self.inline

    def skip(self, line: Line, reason: str, text: str | None = None) -> None:
        self.dialogue.skipped.append(Skipped(reason, line.text if text is None else text, len(self.dialogue.pieces)))

    def feed(self, line: Line) -> None:
        label = self.labels.get(line.index)
        voice = self.lexicon.voice(label)
        if self.of_others(line):
            self.skip(line, "related")
            return
        if voice and label:
            self.ended = False
            self.open(line, label, voice, label.start)
            self.speech(line, label.body)
            return
        if not self.dialogue.pieces:
            self.skip(line, "metadata" if line.index in self.taken else "preamble")
            return
        if line.index in self.header:
            self.skip(line, "metadata")
            return
        if self.ended:
            self.skip(line, "after_end")
            return
        reason = skip_reason(line)
        if reason == "answer_unit" and self.dialogue.pieces[-1].voice.role == "guest" and _DUTY.match(line.fold):
            reason = None  # an official who says who is responsible
        if reason is None and ONLY_TIME.match(line.fold):
            reason = "timestamp"
        if reason is None and line.hidden:
            reason = "hidden"
        if reason is None and self.is_caption(line):
            reason = "caption"
        if reason:
            self.ended = self.ended or is_terminal(line)
            self.skip(line, reason)
            return
        words = _CONTENT.match(line.fold) if self.dialogue.pieces[-1].label.style == "nick" else None
        if words:
            self.skip(line, "field", line.text[: words.end()])
        self.speech(line, words.end() if words else 0)

    def of_others(self, line: Line) -> bool:
        """Whether a line stands in a box of its own, headed 相关访谈 or the like, beside the talk that has begun."""
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

    def is_caption(self, line: Line) -> bool:
        """A line that is nothing but a guest's post and name stands under a picture."""
        text = squeeze(line.text)
        return len(text) <= 60 and any(
            g.name
            and text
            in {g.name, f"{g.organization or ''}{squeeze(g.title or '')}{g.name}", f"{squeeze(g.title or '')}{g.name}"}
            for g in self.lexicon.guests
        )

    def open(self, line: Line, label: Label, voice: Voice, start: int) -> None:
        if len(self.dialogue.pieces) >= MAX_TURNS:
            raise PageTooLarge(self.dialogue.url, f"more than {MAX_TURNS} turns (MAX_TURNS)")
        self.dialogue.pieces.append(Piece(label, voice, line))
        if self.dialogue.first_line < 0:
            self.dialogue.first_line = line.index
        if start and line.text[:start].strip(BLANK + "【[(（〔「{"):
            self.skip(line, "index", line.text[:start])
        if label.style == "nick" and (address := ADDRESS.search(line.fold, label.start, label.body)):
            self.skip(line, "address", line.text[address.start() : address.end()])
        if stamp := _STAMPED.search(line.fold, label.start, label.body):
            self.skip(line, "timestamp", line.text[stamp.start() : stamp.end()])

    def speech(self, line: Line, start: int) -> None:
        end = len(line.text)
        pattern = self.labels_in(line, start)
        while pattern and (match := pattern.search(line.fold, start, end)) and match.start("label") > start:
            name = squeeze(line.text[match.start("label") : match.end("label")])
            voice = self.lexicon.voices.get(name)
            if voice is None:
                break
            self.dialogue.pieces[-1].parts.append((line, start, match.start()))
            self.open(line, Label(name, match.start("label"), match.end(), "inline"), voice, 0)
            start = match.end()
        self.dialogue.pieces[-1].parts.append((line, start, end))


def _assemble(
    dialogue: Dialogue,
    inside: list[Line],
    labels: dict[int, Label | None],
    lexicon: Lexicon,
    taken: set[int],
    header: set[int],
) -> None:
    assembler = _Assembler(dialogue, labels, lexicon, taken, header)
    beyond = _beyond(dialogue, inside, labels, lexicon)
    for line in inside:
        assembler.ended = assembler.ended or line.index == beyond
        assembler.feed(line)
    strip_times(dialogue)


def _beyond(dialogue: Dialogue, inside: list[Line], labels: dict[int, Label | None], lexicon: Lexicon) -> int:
    """Index of the first line after the last label that stands in a part of the page of another make; -1 for none.

    Where the talk fills several boxes, a box of a class that held no word of it so far (a footer, a pager) is not its end.
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
