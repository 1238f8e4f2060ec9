"""Rules of the publication date. What is printed beats the tag: a tag may tell when the file was last made."""

from __future__ import annotations

from collections.abc import Iterator

from parsers.claims.claim import Found, Place
from parsers.header.dates import published
from parsers.header.labels import Field
from parsers.page.lines import Line
from parsers.reading import Reading, place_of
from parsers.words import pattern, word_set

_INFO = pattern(r"{INFO_ROW}")
_ARCHIVED = pattern(r"{FIELD.archived}|{ARCHIVE}")
_OF_THE_TALK = pattern(r"{TALK}")
_DATE_LINE = pattern(r"^\D{0,12}{YEAR}")
_TAGS = ("pubdate", "firstpublishedtime", "publishdate", "article:published_time")
#: When the file was made, as templates write it into the page.
_MADE = ("others", "maketime", "createdate")


def by_label(reading: Reading) -> Iterator[Found]:
    """``发布时间：…`` above the text; 时间 and 日期 alone only in the info row. The nearest to the heading is worth most."""
    for f in reading.page.all_fields:
        if f.key != "published" or f.foreign or f.line.index > _last(reading) + 2:
            continue
        if f.label in word_set("DOUBTFUL_FIELD") and not any(
            _INFO.search(line.fold) for line in reading.beside(f.line)
        ):
            continue
        if value := published(f.value):
            yield Found(value, place_of(f), f.label, _strength(f) * _near(reading, f.line))


def _strength(f: Field) -> float:
    return 0.93 if f.label in word_set("MADE_FIELD") else 1.0


def _near(reading: Reading, line: Line) -> float:
    return 0.997 ** min(abs(line.index - reading.heading), 60)


def by_tag(reading: Reading) -> Iterator[Found]:
    """``PubDate`` and its kin. Where another tag says that the file was made in that minute, it is no publication's."""
    tags = reading.page.tags
    made = {value[:16] for key in _MADE if (value := published(tags.get(key, "")))}
    for number, key in enumerate(key for key in _TAGS if key in tags):
        if value := published(tags[key]):
            generated = "T" in value and value[:16] in made
            yield Found(value, Place(tags[key]), key, 0.2 if generated else 0.98**number)


def by_position(reading: Reading) -> Iterator[Found]:
    """A line above the text that is a date and little else; nearest to the heading first."""
    last = _last(reading)
    taken = {f.line.index for f in reading.page.all_fields if f.foreign or f.key not in ("source", "other")}
    for line in reading.lines[max(0, last - 12) : last + 1]:
        if line.index in taken or len(line.text) > 80 or not _DATE_LINE.match(line.fold) or "," in line.fold:
            continue
        if _ARCHIVED.search(line.fold) or _OF_THE_TALK.search(line.fold[:6]):
            continue
        if value := published(line.text):
            below = 1.0 if line.index >= reading.heading else 0.8
            yield Found(value, Place(line.text, line, 0, len(line.text)), share=below * _near(reading, line))


def _last(reading: Reading) -> int:
    """Index of the last line above the text; a turn's own time is no publication's."""
    return reading.start - 1 if reading.dialogue.first_line >= 0 else reading.start
