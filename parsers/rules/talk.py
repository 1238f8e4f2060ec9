"""Rules of the talk's theme and time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from parsers.claims.claim import Found, Place
from parsers.header import dates
from parsers.header.labels import Field
from parsers.page.lines import Line, within
from parsers.people.sentences import TOLD, context_fields
from parsers.reading import Reading, place_of
from parsers.record import TimeSpan
from parsers.rules.published import to_the_second
from parsers.words import pattern, word_set, words

_TO_COME = pattern(r"{TO_COME}")
_TALK = pattern(r"{TALK}|{VISIT.seat}|{ON_AIR}")
_TODAY = pattern("{TODAY}")
_HOURS = 24  # characters behind 今天 that may hold its hours
_DOUBTFUL = word_set("DOUBTFUL_FIELD")
_INFO = pattern(r"{INFO_ROW}")
#: What a label is worth one rank further from the talk, and one place further down in its class.
_FURTHER, _LESS_USUAL = 0.7, 0.99


def _share(f: Field, rank: int) -> float:
    """A label's worth: near the talk, of a name that no other thing has (访谈时间 rather than 时间)."""
    usual = words(f"FIELD.{f.key}").index(f.label)
    return _FURTHER**rank * _LESS_USUAL**usual * (0.4 if len(f.label) <= 2 else 1.0)


def theme_by_label(reading: Reading) -> Iterator[Found]:
    """``访谈主题：…``."""
    for f, rank in reading.fields("theme"):
        yield Found(f.value, place_of(f), f.label, _share(f, rank))


def theme_by_list(reading: Reading) -> Iterator[Found]:
    """``主题：…`` in the row of the list."""
    yield from (Found(value, Place(value)) for key, value in _rows(reading) if key == "theme")


def _rows(reading: Reading) -> list[tuple[str, str]]:
    return context_fields(reading.context) if reading.context else []


def time_by_label(reading: Reading) -> Iterator[Found]:
    """``访谈时间：…``; one that cannot be read is a find without value."""
    year = dates.year_of(reading.value("published_at"))
    for f, rank in reading.fields("time"):
        if not _is_talk_time(reading, f):
            continue
        reading_of = dates.read(f.value, year)
        span = reading_of.span
        if span and len(f.value) <= 60:
            span = replace(span, text=f.value)
        yield Found(span, place_of(f), f.label, _share(f, rank), reading_of.remarks)


def _is_talk_time(reading: Reading, f: Field) -> bool:
    """A bare 时间 beside 来源, 点击 or 字体, or with seconds, is the publication's."""
    if f.label not in _DOUBTFUL:
        return True
    best = reading.settled["published_at"].best if "published_at" in reading.settled else None
    if best and best.rule == "label" and best.found.place.raw == f.value and best.found.detail == f.label:
        return False
    if any(
        other.key in ("guests", "theme", "host", "place") and abs(other.label_line.index - f.label_line.index) <= 3
        for other in reading.page.fields
    ):
        return True
    if to_the_second(f):
        return False
    if within(reading.page.body.element, f.label_line.block) and reading.page.body.rule != "density":
        return True  # inside the article's own container stands the talk's header, not the page's info line
    return not any(_INFO.search(line.fold) for line in reading.beside(f.line))


def time_by_notice(reading: Reading) -> Iterator[Found]:
    """The sentence of a notice that says when the talk will be."""
    if reading.kind != "notice":
        return
    year = dates.year_of(reading.value("published_at"))
    published = reading.value("published_at")
    for line in reading.body:
        if not (_TO_COME.search(line.fold) and _TALK.search(line.fold)):
            continue
        read = dates.read(line.text, year)
        if read.span is None and published and (told := _of_that_day(line, published)):
            yield told
            return
        if read.span and read.span.precision != "year":
            at = max(line.text.find(read.span.text), 0)
            yield Found(read.span, Place(read.span.text, line, at, at + len(read.span.text)), remarks=read.remarks)
            return


def _of_that_day(line: Line, published: str) -> Found | None:
    """The time of a talk that a sentence puts on the day of its publication: ``今天20时整``, ``今晚八点``."""
    told = _TODAY.search(line.fold)
    if told is None:
        return None
    printed = published[:10]
    read = dates.read(printed + " " + told["half"] + line.text[told.end() : told.end() + _HOURS])
    if read.span is None or read.span.precision not in ("hour", "minute"):
        return None
    text = told[0] + read.span.text.removeprefix(f"{printed} {told['half']}")
    place = Place(text, line, told.start(), told.start() + len(text))
    return Found(replace(read.span, text=text), place, remarks=read.remarks)


def time_by_report(reading: Reading) -> Iterator[Found]:
    """The date in the sentence that tells of the visit, before the first turn: ``5月5日，县长李国栋做客县政府网在线访谈``."""
    if reading.kind == "notice":
        return
    year = dates.year_of(reading.value("published_at"))
    before = [line for line in reading.visible if line.index < reading.dialogue.first_line]
    for line in before if reading.kind == "transcript" else reading.body[:8]:
        told = TOLD.search(line.fold) if len(line.text) > 20 else None
        if told is None:
            continue
        read = dates.read(line.text[told.start("when") : told.end("when")], year)
        if read.span and read.span.precision not in ("month", "year"):
            place = Place(read.span.text, line, told.start("when"), told.end("when"))
            yield Found(read.span, place, remarks=read.remarks)
            return


def time_by_list(reading: Reading) -> Iterator[Found]:
    """``访谈时间：…`` in the row of the list."""
    year = dates.year_of(reading.value("published_at"))
    for key, value in _rows(reading):
        span: TimeSpan | None = dates.read(value, year).span if key == "time" else None
        if span:
            yield Found(replace(span, text=value), Place(value))
