"""The forms in which a speaker label is printed: what could be one, by its form alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from parsers.page.lines import Line
from parsers.page.text import fold, fold_name, squeeze, unspelt
from parsers.patterns import compiled
from parsers.people.aliases import post_and_name
from parsers.people.names import is_name
from parsers.talk.roles import by_word
from parsers.words import pattern

_CLOCK = r"(?:\d{4}[-/.年]\s?)?(?:\d{1,2}[-/.月]\d{1,2}日?\s{0,8})?\d{1,2}:\d{2}(?::\d{2})?"
TIME_TOKEN = rf"[\[(（【]?\s{{0,8}}{_CLOCK}\s{{0,8}}[\])）】]?"
_LEAD_TIME = compiled(rf"{TIME_TOKEN}\s{{0,8}}")
TRAIL_TIME = compiled(rf"\s{{0,8}}(?P<bracket>[\[(（【])?\s{{0,8}}{_CLOCK}\s{{0,8}}(?(bracket)[\])）】])$")
#: A time alone; a press office prints its own below a release: 香港时间18时30分.
ONLY_TIME = pattern(rf"^(?:{TIME_TOKEN}|{{ZONE_CLOCK}})$")
_DATE = r"\d{4}(?:\s?(?:[-/.]|{DATE_UNIT})\s?\d{1,2}){2}\s?{DATE_UNIT}?"
_SAID_AT = rf"(?:{{SENT|REPLIED}}?\s?{{MOMENT}}\s?:?\s{{0,4}})?(?:{_CLOCK}|{_DATE})"
#: A time on a label's line, or a date that a bracket sets off.
STAMP = pattern(rf"[\[(【]\s{{0,8}}{_SAID_AT}\s{{0,8}}[\])】]|{TIME_TOKEN}")
#: A date alone, as one stands below a talk or beside an entry of it.
ONLY_DATE = pattern(
    r"^[\[(【]?\s?\d{4}(?:\s?(?:[-/.]|{DATE_UNIT})\s?\d{1,2}){2}\s?{DATE_UNIT}?\s{0,4}"
    r"(?:[(（]?{WEEKDAY}[)）]?\s{0,4})?"
    r"(?:\d{1,2}(?::|{DATE_UNIT})\d{2}(?:(?::|{DATE_UNIT})\d{0,2}{DATE_UNIT}?)?)?\s?[\])】]?$"
)
_INDEX = pattern(r"(?:{NTH}?\s?{COUNT}\s?[.、)）](?!\d)\s{0,8}|[(（]{COUNT}[)）]\s{0,8})")
#: Or question marks for characters that a page has lost.
_BULLET = pattern(r"(?:[★☆●◆◇■□▲△▶►◎※➤♦·*>•〇]{1,3}|-{1,2}(?=\s)|\?{2,8}|{ABSTRACT_MARK})\s{0,8}(?=\S)")
_BRACKETED = compiled(
    r"[【\[〔「『{<〈]\s{0,8}(?P<label>[^【】\[\]〔〕『』{}<>〈〉]{1,24}?)\s{0,8}[】\]〕」』}>〉]\s{0,8}"
)
#: ``◆主持人◆``
_MARKED = compiled(
    r"(?P<mark>[★☆●◆◇■□▲△※])\s{0,4}"
    r"(?P<label>[^\s。,;:★☆●◆◇■□▲△※]{1,12}(?:\s{1,4}[^\s。,;:★☆●◆◇■□▲△※]{1,2}){0,2})\s{0,4}(?P=mark)\s{0,8}"
)
#: ``（主持人）：``; a line that is nothing but a bracket is a stage direction.
_ROUND = compiled(r"[(（]\s{0,4}(?P<label>[^()（）\d。,，;；?？!！:]{2,16})\s{0,4}[)）]\s{0,4}(?::|(?=\S))")
_PLAIN = compiled(r"(?P<label>[^。,，;；?？!！:\n]{1,48}?)\s{0,8}:")
#: Whatever is before a label begins with one of these, a bracketed label, too: most lines begin with another character.
_LEADS = pattern(r"[\s\d\[(（【★☆●◆◇■□▲△▶►◎※➤♦·*>•〇〔「『{<〈?-]|{COUNT_SIGN}")
#: How far behind a label's begin its colon may be, at most.
_REACH = 96
#: A longer label is one only where it is a post with a name.
_LONG = 24
_IN_LINE = 16  # likewise inside a paragraph, or filling a line
_LONG_POST = 32  # a post with a name that fills its line
#: (片花)主持人: a stage direction that leads the label.
_STAGE = compiled(r"[(（【\[]\s?(?P<words>[^()（）【】\[\]:]{1,16})\s?[)）】\]]\s{0,8}")
_LED = compiled(
    r"(?P<label>[^。,，;；?？!！:()（）【】\[\]\n\s]{1,12}(?:\s{1,4}[^。,，;；?？!！:()（）【】\[\]\n\s]{1,4})?"
    r"(?:\([^()]{1,12}\))?)\s{0,8}:"
)
_HEARD = pattern(r"{HEARD}")
_SCENE = pattern(r"{SCENE}", re.IGNORECASE)
_STAGING = pattern(r"{STAGING}", re.IGNORECASE)
#: The address that a live talk prints of a netizen, masked or not.
ADDRESS = compiled(r"[\[(][\w*]{1,4}[.:][\w.*:]{1,40}[\])]")
#: ``主持人（2010-03-15 09:00）：``, ``网友山泉（留言日期：2021-05-06）：``
_STAMPED = pattern(
    r"(?P<label>[^。,，;；?？!！:()（）\[\]【】\n]{1,24}?)\s{0,8}"
    rf"(?:[(\[【]\s{{0,8}}{_SAID_AT}\s{{0,8}}[)\]】]|(?P<address>{ADDRESS.pattern}))\s{{0,8}}:"
)
_OPENS = compiled(r"[(\[【]")
_AFTER_LABEL = compiled(
    rf"\s{{0,8}}(?:(?P<time>{TIME_TOKEN})\s{{0,8}})?:?\s{{0,8}}(?:(?P<later>{TIME_TOKEN})(?=\s|$)\s{{0,8}})?"
)
#: ``钟岳（以下简称“钟”）：``
_CALLED = pattern(r"[(（]{CALLED_SHORT}[:：]?[“\"「『]?(?P<short>[\u4e00-\u9fffA-Z]{1,6})[”\"」』]?[)）]$")
_CLOSES = (")", "）")
#: ``许远 说：``, the head of an entry in a room.
SAYS_SO = pattern(r"(?<=\S)\s{1,4}{ENTRY_SAYS}\s{0,4}(?=:|$)")
#: ``【青石日报记者 冯国明】记者：``
_BEHIND_BYLINE = pattern(r"\s{0,4}(?P<label>{BYLINED})\s{0,4}:\s{0,4}")
_AROUND = compiled(r"[:：∶︰﹕【】\[\]〔〕『』<>＜＞]")
_SPACED = compiled(rf"(?P<label>\S{{2,16}})\s+{TIME_TOKEN}")
_SENTENCE = compiled(r"[。?？!！,，;；…]")


_LETTER = compiled(r"[^\W\d_]")
_PADDED = compiled(r"\s{0,4}[\u4e00-\u9fff][\s　]{1,4}[\u4e00-\u9fff]\s{0,4}")


@dataclass(slots=True)
class Label:
    """A possible speaker label.

    :param name: as printed, without brackets, colon, index and blanks
    :param start: offset of the label in the line; ``body`` is where the speech begins
    :param style: ``colon``, ``bracket``, ``own`` (fills its line), ``cell`` (fills its table cell), ``inline`` (its
        element) or ``nick`` (with a time, fills its line)
    :param alone: no words stand behind it in its line
    :param lists: the line before ends with a colon, so that this one may be an entry of a list
    :param asks: its first words end with a question mark
    :param chairs: they give others the word, as the chair of a press conference does
    :param opens: they open a programme, as its host does
    :param heads: it heads a list of guests in the lines below
    :param called: what the label says that it is cut to below
    :param short: they are a few characters that end no sentence, as a heading's
    :param padded: blanks are between its two characters, as names are printed (李　青)
    :ivar key: the name as it is compared: folded
    """

    name: str
    start: int
    body: int
    style: str
    timed: bool = False
    alone: bool = False
    lists: bool = False
    asks: bool = False
    chairs: bool = False
    opens: bool = False
    short: bool = False
    called: str = ""
    heads: bool = False
    padded: bool = False
    key: str = field(init=False)

    def __post_init__(self) -> None:
        self.key = fold_name(self.name)


#: The head of an entry of a live talk: ``网友：山泉 2021-10-12 10:05:11``; the words follow on lines of their own.
_NICK = compiled(
    rf"(?P<word>网友|网民|市民|嘉宾)(?:\s{{0,8}}:\s{{0,8}}"
    rf"|\s{{1,8}})(?P<nick>[^\s。,，;；?？!！:]{{1,16}}?)\s{{0,8}}(?:{ADDRESS.pattern}\s{{0,8}})?"
    rf"(?:(?:提问|留言|发表)?(?:于|时间)?:?)\s{{0,8}}{TIME_TOKEN}$"
)
#: ``[网友]山泉：``: the nickname stands behind the bracket, and is no beginning of a question.
_NICK_AFTER = compiled(
    r"\s{0,3}(?!请|我|你|您|想|问|咨询|提问|关于|为什么|怎么|如何|建议|反映|留言|说)(?P<nick>[^\s。,，;；?？!！:]{1,12})\s{0,3}:"
)
_ENTRY_HEAD = compiled(r"(?:网友|网民|市民|听众|观众)\s{0,8}:\s{0,8}[^\s。,，;；?？!！:]{1,12}$")
ANYBODY = frozenset(["网友", "网民", "市民", "听众", "观众"])
_STAMP = 40  # the longest timestamp is shorter
_STAMP_ENDS = frozenset("0123456789])）】")


def trailing_time(text: str, start: int, end: int) -> re.Match[str] | None:
    """The timestamp that ends ``text[start:end]``; only the last characters are looked at, a line may be very long."""
    begin = max(start, end - _STAMP)
    if end <= start or text[end - 1] not in _STAMP_ENDS or text.find(":", begin, end) < 0:
        return None
    return TRAIL_TIME.search(text, begin, end)


def candidate(line: Line, *, nicks: bool = True) -> Label | None:
    """The label a line may begin with, by form alone.

    :param nicks: a line that is nothing but 网友, a name and a time is a label with nothing else
    """
    text = line.fold
    begin = pos = 0
    led = _LEADS.match(text) is not None
    if led:
        begin = _past_time(text)
        pos = _past_stage(text, _past_number(text, begin))
    timed = begin > 0 or trailing_time(text, 0, len(text)) is not None
    if led and (bracketed := _in_signs(text, begin, pos)):
        return _bracketed(line, bracketed, timed=timed)
    if nicks and (nick := _nick(text, pos)):
        name = squeeze("".join(line.text[slice(*nick.span(part))] for part in ("word", "nick")))
        return Label(name, pos, len(text), "nick", timed=True)
    if text.find(":", pos, pos + _REACH) < 0:
        return _set_off(line, pos, timed=timed)
    if stamped := _stamped(text, pos):
        timed = timed or stamped["address"] is None
        return _finish(line, pos, stamped.end("label"), stamped.end(), "colon", timed=timed)
    plain = _plain(text, pos)
    if plain is None:
        return _set_off(line, pos, timed=timed)
    if text.startswith("//", plain.end()):
        return None
    label = _finish(line, pos, plain.end("label"), plain.end(), "colon", timed=timed)
    return None if label and is_reported(line, label) else label


def _nick(text: str, pos: int) -> re.Match[str] | None:
    """The head of an entry with its time; 嘉宾 has a name behind it, and no greeting."""
    nick = _NICK.match(text, pos)
    return nick if nick and (nick["word"] in ANYBODY or is_name(nick["nick"])) else None


def _stamped(text: str, pos: int) -> re.Match[str] | None:
    """A label with a time or an address in a bracket; most lines have none so near."""
    return _STAMPED.match(text, pos) if _OPENS.search(text, pos, pos + _REACH) else None


def _in_signs(text: str, begin: int, pos: int) -> re.Match[str] | None:
    """A label between two signs.

    :param begin: where the line begins, and ``pos`` where it continues behind a bullet
    """
    return _MARKED.match(text, begin) or _BRACKETED.match(text, pos) or _ROUND.match(text, pos)


def _past_time(text: str) -> int:
    """Where a line continues behind the time that it begins with; 0 where it begins with none, or is nothing else."""
    lead = _LEAD_TIME.match(text)
    if lead is None or lead.end() >= len(text):
        return 0
    return lead.end() + (text[lead.end()] == ":")


def _past_number(text: str, pos: int) -> int:
    """Where a line continues behind a bullet and a number."""
    for mark in (_BULLET, _INDEX):
        if match := mark.match(text, pos):
            pos = match.end()
    return pos


def _plain(text: str, pos: int) -> re.Match[str] | None:
    """A label with its colon that is no part of an address, a time or a sentence."""
    plain = _PLAIN.match(text[: pos + 64], pos)
    if plain is None:
        return None
    label = unspelt(plain["label"])
    if len(label) > _LONG and not post_and_name(_CALLED.sub("", squeeze(label))):
        return None
    behind = text[plain.end() : plain.end() + 2]
    of_figures = behind == "//" or behind[:1].isdecimal()
    return None if of_figures and plain["label"][-1].isdecimal() else plain


def _past_stage(text: str, pos: int) -> int:
    """Where a line continues behind a stage direction that is before a label."""
    stage = _STAGE.match(text, pos)
    if stage is None:
        return pos
    staged = _STAGING.search(stage["words"]) is not None
    end = _past_stage(text, stage.end()) if staged else stage.end()
    led = _LED.match(text, end)
    if led is None:
        return pos
    words, name = squeeze(stage["words"]), squeeze(led["label"])
    spoken = _HEARD.fullmatch(words) or (_SCENE.fullmatch(words) and _is_somebody(name))
    return end if spoken or _is_staged(text[pos], words, name, staged=staged) else pos


def _is_staged(sign: str, words: str, name: str, *, staged: bool) -> bool:
    """Whether a bracket before a label is a direction, by its words, else by its sign and a role behind it."""
    if sign in "(（" and by_word(name, "colon"):
        return True
    return (staged or (sign in "(（" and _is_somebody(name))) and not (by_word(words, "bracket") or is_name(words))


def _is_somebody(name: str) -> bool:
    """Whether a label behind a place is somebody's: ``【演播室】主持人：``."""
    return bool(by_word(name, "colon") or is_name(name) or post_and_name(name))


def entry_head(line: Line) -> Label | None:
    """``网友：山泉`` where nothing but a nickname follows: the head of an entry whose words stand below."""
    match = _ENTRY_HEAD.match(line.fold)
    return match and Label(squeeze(line.text.replace("：", "").replace(":", "")), 0, len(line.text), "nick")


def _set_off(line: Line, pos: int, *, timed: bool) -> Label | None:
    """A label without brackets or colon: by its element, its line, or the time behind it."""
    text = line.fold
    for end in line.lead_ends:
        if pos < end <= pos + 24 and end < len(text):
            return _finish(line, pos, end, end, "inline", timed=timed)
    if _may_fill_line(text) and pos < len(text) and not _SENTENCE.search(text) and _LETTER.search(text, pos):
        style = "cell" if line.block.tag in ("td", "th", "dt") and line.block.getnext() is not None else "own"
        return _finish(line, pos, len(text), len(text), style, timed=timed)
    spaced = _SPACED.match(text[pos : pos + 60])
    if spaced:
        return _finish(line, pos, pos + spaced.end("label"), pos + spaced.end("label"), "inline", timed=True)
    return None


def _may_fill_line(text: str) -> bool:
    """Whether a line may be a label and nothing else: it is short, or a post with a name."""
    return len(text) <= _IN_LINE or (len(text) <= _LONG_POST and post_and_name(squeeze(text)) is not None)


def _bracketed(line: Line, match: re.Match[str], *, timed: bool) -> Label | None:
    said = by_word(squeeze(match["label"]), "bracket")
    after = _BEHIND_BYLINE.match(line.fold, match.end()) if said and said.role == "reporter" else None
    if after:
        return _finish(line, after.start("label"), after.end("label"), after.end(), "colon", timed=timed)
    nick = _NICK_AFTER.match(line.fold, match.end()) if match["label"] in ANYBODY else None
    end, body = (nick.end("nick"), nick.end()) if nick else (match.end("label"), match.end())
    return _finish(line, match.start("label"), end, body, "bracket", timed=timed)


_LOOSE = compiled(
    r"(?P<label>主\s?持\s?人|[^\s。,，;；?？!！:、\-]{2,12}|\S\s\S|\S\s\S\s\S)(?:\s{1,8}"
    r"|\s{0,8}(?:-{1,2}|[;|>》])\s{0,8})(?=\S{2})"
)


def loose_candidate(line: Line) -> Label | None:
    """A label set off by a blank, a dash or a semicolon alone: looked for only on pages without any other label."""
    match = _LOOSE.match(line.fold)
    if match is None or len(line.text) - match.end() < 2:
        return None
    name = squeeze(line.text[: match.end("label")])
    return Label(name, 0, match.end(), "loose")


_INLINE = compiled(
    r"(?:(?:(?<=[。？！?!…）)】\]:])|(?<=[。？！?!…][”\"」』]))\s{0,8}|\s{2,20})"
    r"(?:[【\[](?P<bracket>(?!\d)[^【】\[\]]{1,16})[】\]]\s{0,8}:?"
    r"|(?P<plain>(?:[^。,，;；?？!！:、\s“”\"）)\[\]]{2,6}\s)?"
    r"[^。,，;；?？!！:\s“”\"）)\[\]]{1,40}?(?:\([^()。,，:]{1,12}\))?)\s{0,8}:)\s{0,8}"
)


#: What is before each of them.
_BEFORE_INLINE = compiled(r"[。？！?!…）)】:”\"」』\s]")


def inline_candidates(line: Line) -> list[Label]:
    """Labels inside a paragraph, after the end of a sentence: a complete talk may be in one paragraph."""
    text = line.fold
    # Every label ends with one of these: what comes after the last of them need not be read.
    last = max(text.rfind(":"), text.rfind("]"), text.rfind("】"))
    before = _BEFORE_INLINE.search(text, 0, last) if last > 0 else None
    if before is None:
        return []
    found = []
    for match in _INLINE.finditer(text, before.start(), min(last + 20, len(text))):
        group = "bracket" if match["bracket"] else "plain"
        name = squeeze(line.text[match.start(group) : match.end(group)])
        posted = len(name) > _IN_LINE or "、" in name
        if match.start(group) > 0 and name and (not posted or _is_somebody(fold(name))):
            found.append(Label(name, match.start(group), match.end(), "colon"))
    return found


def _without_verb(name: str) -> str:
    """The name in ``许远 說``, else what is printed."""
    says = SAYS_SO.search(fold(name))
    return name[: says.start()] if says else name


def _finish(line: Line, start: int, end: int, after: int, style: str, *, timed: bool) -> Label | None:
    name = line.text[start:end]
    trail = trailing_time(line.fold, start, end)
    if trail and trail.start() > start:
        name, timed = name[: trail.start() - start], True
    name = _without_verb(name)
    padded = _PADDED.fullmatch(name) is not None
    name = _AROUND.sub("", squeeze(name))
    called = _CALLED.search(fold(name)) if name.endswith(_CLOSES) else None
    rest = _AFTER_LABEL.match(line.fold, after)
    body = rest.end() if rest else after
    timed = timed or bool(rest and (rest["time"] or rest["later"]))
    alone = body >= len(line.text)
    if called:
        return Label(name[: called.start()], start, body, style, timed, alone=alone, called=called["short"])
    return Label(name, start, body, style, timed, alone=alone, padded=padded) if name else None


_REPORTED = compiled(r"[”\"’](?:的?网友)?(?:问|说|提问|留言|留言说|反映|咨询|表示|提出)$")


def is_reported(line: Line, label: Label) -> bool:
    """``网友“山泉”问：“…”``: a question read aloud, part of the turn in which it is read."""
    return bool(_REPORTED.search(label.name)) and line.fold[label.body : label.body + 1] in ("“", '"', "‘", "「")


def differ_by_one(name: str, known: str) -> bool:
    """Whether a name differs from a known one in one character."""
    return len(known) == len(name) > 1 and sum(a != b for a, b in zip(known, name, strict=True)) == 1
