"""Rules of the title: the article's heading, never ``<title>`` with its site's name where anything else names it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.claims.claim import Found, Place
from parsers.header.meta import CHANNEL, text_of, titled
from parsers.page.dom import Element
from parsers.page.lines import Line
from parsers.page.text import BLANK, fold, squeeze
from parsers.patterns import compiled
from parsers.reading import Reading
from parsers.words import pattern

_SUFFIX = compiled(r"\s{0,8}[-_|—–>]+\s{0,8}")
_INFO_ROW = pattern(r"{INFO_ROW}.*{YEAR}\d|{YEAR}\d.*{INFO_ROW}")
_INFO_LINE = pattern(r"{INFO_ROW}|{INFO_LABEL}|{YEAR}\d")
_FIELD = pattern(r"^{FIELD.time}|^{FIELD.guests}|^{FIELD.theme}")
_INFO_PART = pattern(r"[\s(\[【]{0,4}(?:{YEAR}\d|{FIELD.source}\s?:|{FIELD.published}\s?:)")
_WIDE = compiled(r"[\u2e80-\u9fff\uf900-\ufaff\u3000-\u303f\uff00-\uffef“”‘’—…]")
_SITE = pattern(r"{SITE}$")
_SITE_ALONE = pattern(r"[^,:。?!]{2,16}{SITE_NAME}")
_TOLD = 6  # characters of a heading that no column has
#: What each further heading of a page is worth beside the one before it.
_NEXT = 0.96


def by_tag(reading: Reading) -> Iterator[Found]:
    """``ArticleTitle``, on nearly every government page, whole and equal to the printed heading."""
    for number, key in enumerate(key for key in ("articletitle", "pagetitle") if key in reading.page.tags):
        yield Found(reading.page.tags[key], Place(reading.page.tags[key]), key, _NEXT**number)


def by_heading(reading: Reading) -> Iterator[Found]:
    """``h1``, elements whose class names a title, ``h2``: above the text that they head."""
    survey, lines = reading.page.survey, reading.lines
    number = 0
    for element in [*survey.tagged("h1", "ucaptitle"), *titled(survey), *survey.tagged("h2")]:
        text = text_of(element)
        if not _may_be_title(element, text):
            continue
        own = next((ln for ln in lines if ln.block is element), None)
        line = own or next((ln for ln in lines if ln.text == text), None)
        if line is None or (line.index > reading.start + 3 and not _is_told(reading, text)):
            continue
        text = _printed(reading, element, text, line)
        if (":" in line.fold[:9] and _FIELD.match(line.fold)) or _names_none(text):
            continue
        yield Found(text, Place(text, line, 0, len(text)), str(element.tag), _NEXT**number)
        number += 1


def _may_be_title(element: Element, text: str) -> bool:
    """Whether an element has a title's size and, where only its class speaks for it, holds no link."""
    return 2 <= len(squeeze(text)) <= 120 and (element.tag in ("h1", "h2") or element.find(".//a") is None)


def _is_told(reading: Reading, text: str) -> bool:
    """Whether ``<title>`` begins with a heading: it is the article's, though menus stand above it in one box."""
    said = squeeze(fold(text))
    return len(said) >= _TOLD and squeeze(fold(reading.head)).startswith(said)


def _printed(reading: Reading, element: Element, text: str, line: Line) -> str:
    """A heading as it is printed, without date and source in elements of their own.

    :param line: its first line
    """
    if line.block is element and line.text != text:
        text = _as_spelled(reading, _heading_lines(reading.lines, line))
    return text[: _before_info(line)].rstrip(BLANK) or text if text.startswith(line.text) else text


def _heading_lines(lines: list[Line], first: Line) -> str:
    """A heading of several lines up to the first that is the page's info row."""
    said = [first.text]
    for line in lines[first.index + 1 : first.index + 4]:
        if line.block is not first.block or _INFO_LINE.search(line.fold):
            break
        said.append(line.text)
    return joined(said)


def joined(texts: list[str]) -> str:
    """Lines broken for the eye as one: no blank beside a Chinese character, but one before a subtitle that a dash
    leads.
    """
    whole = texts[0]
    for text in texts[1:]:
        wide = _WIDE.search(whole[-1:]) or _WIDE.match(text)
        whole += ("" if wide and not text.startswith(("—", "-")) else " ") + text
    return whole


def _as_spelled(reading: Reading, text: str) -> str:
    """A heading of several lines with the blanks that the page's tag or its ``<title>`` writes between them."""
    characters = re.compile(r"\s*".join(map(re.escape, squeeze(text))))
    for whole in (reading.page.tags.get("articletitle", ""), reading.head):
        if match := characters.search(whole):
            return match[0]
    return text


def _names_none(text: str) -> bool:
    """Whether a heading names a column or the site, and no article."""
    said = squeeze(fold(text))
    return CHANNEL.fullmatch(said) is not None or _SITE_ALONE.fullmatch(said) is not None


def _before_info(line: Line) -> int | None:
    """Where the date or source begins that is in a heading, in an element of its own; ``None`` without one."""
    for start, _, element in line.segments:
        if start >= 4 and element is not line.block and _INFO_PART.match(line.fold, start):
            return start
    return None


def above_info(reading: Reading) -> Iterator[Found]:
    """The line right above the page's info row: the heading of a page that marks none as such."""
    said = _pieces(reading)
    # Where the page's own title names but its column, the line need not be set off.
    plain_will_do = not said or CHANNEL.fullmatch(squeeze(said[0])) is not None or all(map(_names_none, said))
    for below in reading.marks.lines("info", hidden=True):
        if not 0 < below.index <= reading.start or not _INFO_ROW.search(below.fold[:200]):
            continue
        line = reading.lines[below.index - 1]
        if not 4 <= len(line.text) <= 60:
            continue
        if ":" in line.fold or line.linked or CHANNEL.fullmatch(squeeze(line.fold)):
            continue
        if plain_will_do or line.strong >= 0.8 * len(line.text):
            yield Found(line.text, Place(line.text, line, 0, len(line.text)))
            return


def _pieces(reading: Reading) -> list[str]:
    """The parts of ``<title>``: article, column, site."""
    return [part for part in _SUFFIX.split(reading.head) if part.strip(BLANK)]


def line_in_title(reading: Reading) -> Iterator[Found]:
    """A line above the text that ``<title>`` holds."""
    head = reading.head
    for number, line in enumerate(reading.lines[: reading.start + 3] if head else ()):
        text = line.text.strip(BLANK)
        if len(text) >= 6 and text in head and text != head and line.link_share < 0.5:
            yield Found(text, Place(text, line, 0, len(text)), share=0.999**number)


def lines_of_title(reading: Reading) -> Iterator[Found]:
    """Two to four short lines that together begin a piece of ``<title>``: a heading broken for the eye."""
    pieces = [squeeze(fold(piece)) for piece in _pieces(reading)]
    lines = [line for line in reading.visible if line.index < reading.start + 4]
    firsts = {piece[:1] for piece in pieces}
    for at, line in enumerate(lines):
        if line.fold[0] not in firsts:
            continue
        begun = (p for p in pieces if len(line.text) >= 2 and p.startswith(squeeze(line.fold)))
        said = _lines_of_piece(next(begun, ""), lines[at : at + 4])
        if len(said) > 1:
            text = joined([ln.text for ln in said])
            yield Found(text, Place(text, line, 0, len(line.text)))
            return


def _lines_of_piece(piece: str, lines: list[Line]) -> list[Line]:
    """The first of the lines, as many as are a piece of ``<title>`` together; none where no number of them is.

    :param piece: without blanks
    """
    whole = ""
    for number, line in enumerate(lines, 1):
        whole += squeeze(line.fold)
        if not piece.startswith(whole):
            break
        if whole == piece:
            return lines[:number]
    return []


def by_head(reading: Reading) -> Iterator[Found]:
    """The first piece of ``<title>`` that names neither site nor column; the first where each does."""
    said = [piece.strip(BLANK) for piece in _pieces(reading)]
    own = [piece for piece in said if not (_SITE.search(fold(piece)) or CHANNEL.fullmatch(squeeze(fold(piece))))]
    if said:
        yield Found((own or said)[0], Place(reading.head))


def by_list(reading: Reading) -> Iterator[Found]:
    """What the list called the page."""
    if reading.context:
        yield Found(reading.context.title, Place(reading.context.title))
