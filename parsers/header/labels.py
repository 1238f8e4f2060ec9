"""Printed metadata: ``访谈时间：…`` in all its positions.

A label may share its line with others, its value may stand on the next line or in the next cell, its colon may be
missing where an element ends. ``主持人：李青`` in a header is metadata, ``主持人：大家好`` is a turn: the value decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from parsers.header.below import with_more
from parsers.header.proofs import PARTICULARS
from parsers.page.dom import Element, inner_text
from parsers.page.lines import Line
from parsers.page.text import BLANK, fold, squeeze
from parsers.patterns import compiled
from parsers.people.names import is_name
from parsers.people.values import parse_guests
from parsers.record import Guest
from parsers.words import classes, pattern, word_set, words

_BY_LABEL: dict[str, list[str]] = {}
for _name in classes():
    if _name.startswith("FIELD."):
        for _label in words(_name):
            _BY_LABEL.setdefault(_label, []).append(_name.removeprefix("FIELD."))
#: Labels that are metadata only when the value proves it.
_NEEDS_PROOF = word_set("DOUBTFUL_FIELD")
_ANY = r"{FIELD:spaced}{FIELD_NUMBER}?"
_NUMBER = pattern(r"{FIELD_NUMBER}$")
_DATE_SIGN = pattern(r"{DATE_SIGN}")
# No optional bracket in front: a pattern that begins with a literal is found many times faster.
_FIELD = pattern(rf"(?P<label>{_ANY})\s{{0,4}}[】\]]?\s{{0,4}}:\s{{0,8}}[】\]]?")
_BEHIND_COLON = 10  # characters, at most, from the colon on
_BOXED = pattern(rf"[【\[〔]\s?(?P<label>{_ANY})\s?[】\]〕]\s{{0,4}}:?\s{{0,8}}")
_EDGE = frozenset(" ;|,、。【[(】)*◆●■▲·>")
_BARE = pattern(rf"^[【\[◆●■▲*·\s]*(?P<label>{_ANY})[】\]\s]*$")
#: What a line begins with that is a bare label: few lines do.
_BEGINS = frozenset("【[◆●■▲*·") | {label[0] for label in _BY_LABEL}
_OPENS = pattern(rf"[【\[〔]?\s?{_ANY}")
_ACTION = pattern(r"\s{0,8}[\[【(]{ACTION}[\]】)]\s{0,8}$")
_BUTTON = 20  # characters; no button says more
_SENTENCE = pattern(r"[。?!]|{SPEECH}")
_INFO = pattern(r"{INFO_ROW}")


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A label with its value: ``value`` is verbatim, ``start``/``end`` its offsets in ``line`` (where the value
    stands).

    :param foreign: it is in an entry that links elsewhere, so it speaks of another talk
    """

    key: str
    label: str
    value: str
    line: Line
    start: int
    end: int
    label_line: Line
    extra: tuple[Line, ...] = ()
    foreign: bool = False


@lru_cache(maxsize=1024)
def _unnumbered(label: str) -> str:
    """``嘉宾1`` → ``嘉宾``."""
    return _NUMBER.sub("", squeeze(label))


def _keys(label: str) -> list[str]:
    return _BY_LABEL[_unnumbered(label)]


def _proved(label: str, key: str, value: str) -> bool:
    """Whether a doubtful label's value is of the label's kind."""
    label = _unnumbered(label)
    if label not in _NEEDS_PROOF and key not in ("time", "published", "archived", "reporter", *PARTICULARS):
        return not (key == "guests" and _SENTENCE.search(fold(value[:60])))
    if key == "guests":
        return len(value) <= 120 and not _SENTENCE.search(fold(value)) and bool(parse_guests(value))
    if key in ("host", "reporter"):
        return bool(host_names(value))
    if key in PARTICULARS:
        return PARTICULARS[key](value)
    if key in ("time", "published", "archived"):
        return _DATE_SIGN.search(fold(value[:40])) is not None
    return len(value) <= 60 and not re.search(r"[。?？!！]", value[:-1])


def _words(value: str) -> list[str]:
    """The words of a value without what is in brackets; a name set apart for looks (``李 青``) is one word."""
    bare = re.sub(r"[(（][^()（）]{0,40}[)）]", "", value.strip(BLANK))
    words = [w for w in re.split(r"[、,，;；/\s]+", bare) if w]
    return ["".join(words)] if len(words) > 1 and all(len(w) == 1 for w in words) else words


def is_names(value: str) -> bool:
    """Whether a value consists of one to four personal names and nothing else."""
    words = [] if _SENTENCE.search(fold(value)) else _words(value)
    return 0 < len(words) <= 4 and all(is_name(w, strict=len(w) == 4) or is_name(w) for w in words)


_NEWSROOM = pattern(r"{NEWSROOM}")
_CALLS = pattern(r"^{CALLS}")


def _is_posted(guest: Guest) -> bool:
    """Whether a person has a name, and a house or a post."""
    return is_name(guest.name or "") and bool(guest.organization or guest.title)


def host_names(value: str) -> list[str]:
    """The names of a header's hosts: ``李青``, ``县融媒体中心 孙蕾``; nothing where other words stand, a host may speak of
    others.
    """
    if is_names(value):
        return _words(value)
    said = fold(value)
    if len(value) > 40 or _SENTENCE.search(said) or _CALLS.search(said) or not _NEWSROOM.search(said):
        return []
    guests = parse_guests(value)
    if guests and all(map(_is_posted, guests)):
        return [g.name for g in guests if g.name]
    house, *names = re.split(r"[\s:：]+", value.strip(BLANK), maxsplit=1)
    return _words(names[0]) if names and _NEWSROOM.search(fold(house)) and is_names(names[0]) else []


def fields_of(lines: list[Line]) -> list[Field]:
    """Every metadata label of a page with its value, in printed order."""
    found: list[Field] = []
    for number, line in enumerate(lines):
        if (size := len(line.text)) > 400 or line.linked > 0.9 * size:
            continue
        found += _on_line(lines, number, line)
    known: dict[Element, bool] = {}
    return [replace(f, foreign=True) if in_entry(f.label_line, known) else f for f in found]


def in_entry(line: Line, known: dict[Element, bool] | None = None) -> bool:
    """Whether a label is in an entry that links to another page: a list of other talks in the margin.

    :param known: elements of which it is known whether they link; who asks of many lines keeps it from one to the next
    """
    known = {} if known is None else known
    element = line.block
    for _ in range(4):
        parent, tag = element.getparent(), element.tag
        if parent is None or tag in ("body", "html", "form", "table", "tbody"):
            return False
        if tag in ("li", "dd", "tr", "dl") and _links_away(element, known):
            others = (other for other in parent.iterchildren(tag) if other is not element)
            return any(_links_away(other, known) for other in others)
        element = parent
    return False


def _links_away(element: Element, known: dict[Element, bool]) -> bool:
    """Whether an element holds a link whose text could be a title."""
    if element not in known:
        known[element] = _holds_title(element)
    return known[element]


def _holds_title(element: Element) -> bool:
    for anchor in element.iter("a"):
        if not anchor.get("href"):
            continue
        if _may_be_title(inner_text(anchor)):
            return True
    return False


@lru_cache(maxsize=8192)
def _may_be_title(words: str) -> bool:
    """Whether a link's words could be a title, and no button's; menus say the same on each page."""
    text = squeeze(words)
    return len(text) > _BUTTON or (len(text) >= 5 and not _ACTION.fullmatch(fold(f"[{text}]")))


def _on_line(lines: list[Line], number: int, line: Line) -> list[Field]:
    matches = _matches(line)
    if not matches:
        return _without_colon(lines, number, line)
    found: list[Field] = []
    for at, match in enumerate(matches):
        start = match.end()
        end = matches[at + 1].start() if at + 1 < len(matches) else len(line.text)
        end -= line.fold[start:end].endswith(("【", "["))
        end = _edge(line, match["label"], start, end)
        action = _ACTION.search(line.fold, start, end)
        if action and action.end() == end:
            end = action.start()
        raw = line.text[start:end]
        value = _unboxed(raw.strip(BLANK + ";；|｜"))
        start += raw.find(value) if value else 0
        label = match["label"]
        if value:
            found += _accept(lines, number, label, value, line, start)
        elif at + 1 == len(matches):
            found += _on_next(lines, number, label)
    return found


def _matches(line: Line) -> list[re.Match[str]]:
    """The labels of a line with what sets them off, in printed order."""
    text, found = line.fold, _coloned(line)
    if "【" in text or "[" in text or "〔" in text:
        boxed = [m for m in _BOXED.finditer(text) if m.start() == 0 or _begins_field(line, m.start())]
        found = [m for m in found if not any(box.start() <= m.start() < box.end() for box in boxed)] + boxed
        found.sort(key=lambda m: m.start())
    return found


def _coloned(line: Line) -> list[re.Match[str]]:
    """The labels with a colon; none stands behind a sentence."""
    text = line.fold
    if ":" not in text:
        return []
    stop = _STOP.search(text)
    end = stop.start() if stop else len(text)
    last = text.rfind(":", 0, end)
    found = [*_FIELD.finditer(text, 0, min(last + _BEHIND_COLON, end))] if last >= 0 else []
    return _standing(line, found, glued=not stop) if found else []


def _standing(line: Line, found: list[re.Match[str]], *, glued: bool) -> list[re.Match[str]]:
    """The labels that stand where one may; ``glued``: in an info row right behind other words, too."""
    standing = [m for m in found if m.start() == 0 or _begins_field(line, m.start())]
    if len(standing) == len(found) or not glued or not _is_info_line(line.fold):
        return standing
    return [m for m in found if m in standing or _of_info(m["label"])]


def _is_info_line(text: str) -> bool:
    """Whether a line without a sentence is the row of date and source, in which labels may be glued to what is before
    them.
    """
    if len(text) > 200:
        return False
    first = _FIELD.match(text)
    return _DATED.match(text) is not None or (first is not None and _of_info(first["label"]))


def _of_info(label: str) -> bool:
    return bool({"source", "published", "other"} & set(_keys(label)))


_DATED = pattern(r"[^:]{0,40}?{YEAR}")
_STOP = compiled(r"[。?!]")
_OTHER_LABEL = compiled(r"[\u4e00-\u9fff]{2,6}\s?:")


def _edge(line: Line, label: str, start: int, end: int) -> int:
    """Where a value of the info row ends: where another element begins with a label that no list knows."""
    if _keys(label)[0] in ("theme", "guests", "summary"):
        return end  # these may hold a colon: 住建局局长：钱慧
    edges = (begin for begin, _, _ in line.segments if start < begin < end)
    return next((begin for begin in edges if _OTHER_LABEL.match(line.fold, begin, end)), end)


def _unboxed(value: str) -> str:
    """A value without the bracket that its label opened: ``【来源：县网】``."""
    for opening, closing in ("【】", "[]", "（）", "()", "〔〕"):
        value = value.removesuffix(opening).rstrip(BLANK)
        if value.endswith(closing) and opening not in value:
            value = value[:-1].rstrip(BLANK)
    return value


def _begins_field(line: Line, start: int) -> bool:
    """Whether a label may stand here: after a separator or at an element's edge, and not inside prose."""
    edge = line.fold[start - 1] in _EDGE or any(begin == start for begin, _, _ in line.segments)
    return edge and start <= 120 and not re.search(r"[。?？!！]", line.fold[:start])


def _accept(lines: list[Line], number: int, label: str, value: str, line: Line, start: int) -> list[Field]:
    keys = _keys(label)
    if keys == ["time", "published"] and _is_info(lines, number):
        keys = ["published"]
    for key in keys:
        if _proved(label, key, value):
            whole, extra = with_more(value, lines[number + 1 : number + 12], _OPENS) if key == "guests" else (value, ())
            return [Field(key, squeeze(label), whole, line, start, start + len(value), lines[number], extra)]
    return []


def _is_info(lines: list[Line], number: int) -> bool:
    """Whether a line belongs to the page's info row, where a bare 时间 is the publication's."""
    here = lines[number]
    around = [line for line in lines[max(0, number - 1) : number + 2] if line is here or line.block is here.block]
    return any(_INFO.search(line.fold) for line in around)


def _without_colon(lines: list[Line], number: int, line: Line) -> list[Field]:
    """A label that its element sets off, where a line begins as one; few do."""
    begin = line.fold[0]
    if begin not in _BEGINS and not begin.isspace():
        return []
    return _edged(lines, number, line) or _bare(lines, number, line)


def _edged(lines: list[Line], number: int, line: Line) -> list[Field]:
    """A label without colon that fills an inline element at the head of its line:
    ``<label>访谈时间</label><span>…</span>``.
    """
    for end in line.lead_ends:
        match = _BARE.match(line.fold[:end]) if 0 < end <= 14 else None
        value = line.text[end:].strip(BLANK)
        if match and value and _stands_alone(line, squeeze(match["label"])):
            return _accept(lines, number, match["label"], value, line, line.text.index(value, end))
    return []


def _stands_alone(line: Line, label: str) -> bool:
    """Whether an element at the head of a line is a label by its length, or a short one by its tag."""
    return len(label) >= 4 or (label in word_set("CELL_FIELD") and line.segments[0][2].tag == "label")


def _bare(lines: list[Line], number: int, line: Line) -> list[Field]:
    """A label without colon fills its element: the value is the next line (next cell, ``dd``)."""
    match = _BARE.match(line.fold)
    if not match or squeeze(match["label"]) in _NEEDS_PROOF - word_set("CELL_FIELD") or len(_keys(match["label"])) == 0:
        return []
    if line.block.tag not in ("td", "th", "dt", "li", "p", "div", "section", "span", "h3", "h4", "h5"):
        return []
    if "host" in _keys(match["label"]) and line.block.tag not in ("td", "th", "dt"):
        return []
    return _on_next(lines, number, match["label"], cell_only=len(squeeze(match["label"])) < 4)


_OPENING = ("【", "[", "《", "“", "〔")


def _names_official(text: str) -> bool:
    """Whether words name a person with a post."""
    return any(g.name and g.title for g in parse_guests(text))


_CELL_TAGS = ("td", "th", "dt")
_NEXT_LABEL = compiled(r"[^\s]{1,12}:")


def _may_be_value(here: Line, after: Line, label: str, *, cell_only: bool) -> bool:
    """Whether the line below a label holds its value, and is no label, turn or text of its own.

    :param cell_only: the label is so short that only a cell behind its own, or a guest, is taken for its value
    """
    if len(after.text) > 200 or _FIELD.match(after.fold) or _BARE.match(after.fold):
        return False
    keys = _keys(label)
    guest = "guests" in keys and _names_official(after.text)
    in_cell = here.block.tag in _CELL_TAGS
    in_row = in_cell and after.block.tag in ("td", "dd")
    if cell_only and not in_row and (not guest or _STOP.search(after.fold)):
        return False
    headed = "theme" in keys and after.fold.startswith(_OPENING)  # 【局长说营商】县水务局:送水到企业
    same_row = in_cell and here.block.getnext() is after.block
    return guest or headed or same_row or not _NEXT_LABEL.match(after.fold)


def _on_next(lines: list[Line], number: int, label: str, *, cell_only: bool = False) -> list[Field]:
    if number + 1 >= len(lines):
        return []
    here, after = lines[number], lines[number + 1]
    if not _may_be_value(here, after, label, cell_only=cell_only):
        return []
    action = _ACTION.search(after.fold)
    end = action.start() if action else len(after.text)
    value = after.text[:end].strip(BLANK)
    if not value:
        return []
    for key in _keys(label):
        if _proved(label, key, value):
            whole, extra = with_more(value, lines[number + 2 : number + 13], _OPENS) if key == "guests" else (value, ())
            return [Field(key, squeeze(label), whole, after, 0, len(value), here, extra)]
    return []
