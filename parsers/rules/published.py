"""Rules of the publication date. What is printed beats the tag: a tag may tell when the file was last made.

A page prints many dates that are none: the talk's own, a turn's, a row's of a list or plan, one in a sentence or
heading. So a date counts by where it stands: behind a label, in the row of the source, or alone right below the
heading.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsers.claims.claim import Found, Place
from parsers.header.dates import PrintedMoment, moment, short_moment
from parsers.header.labels import Field, in_entry
from parsers.page.lines import Line, within
from parsers.page.text import fold, squeeze, unspelt
from parsers.patterns import compiled
from parsers.reading import Reading
from parsers.words import pattern, word_set

_INFO = pattern(r"{INFO_ROW}")
#: | 2015年7月12日 | 文库 | 评论已关闭 | 1114
_PIPED = pattern(r"^\s{0,4}(?:[|][^|]{0,16}){4,8}$")
_ARCHIVED = pattern(r"{FIELD.archived}|{ARCHIVE}")
_SENTENCE = pattern(r"[。?!；;]")
#: What may stand around a date that fills its line.
_GAP = r"[\s()（）\[\]【】|/·:,-]{0,8}"
#: Words of a label without its sign: 发布时间 2014/5/12; 时间 alone is as often the talk's.
_LABEL = "(?!{DOUBTFUL_FIELD}){FIELD.published}"
_AROUND = pattern(rf"{_GAP}(?:(?:{{PUBLISHER|CHANGED_SINCE|READ_TIMES}}|{_LABEL}){_GAP}){{0,2}}")
_WEEKDAY = pattern("{WEEKDAY}")
_SECONDS = compiled(r"\d:\d{2}:\d{2}\s{0,4}$")
#: 完 alone, or before the date in its line: what follows the last words of a release.
_DONE = pattern(r"^[\s*#—–-]{0,8}{DONE}[\s/*#—–-]{0,8}")
_TAGS = ("pubdate", "firstpublishedtime", "publishdate", "article:published_time", "published")
#: When the file was made, as templates write it into the page.
_MADE = ("others", "maketime", "createdate")
_HEADINGS = frozenset(["h1", "h2", "h3", "h4"])
_DATELINE = pattern(r"{DATELINE}")
_ROW_WORDS = pattern(r"{INFO_ROW}|{FIELD.published}")
_ROW = 120  # characters of a row below the heading
_LEAD = 3  # lines of the text that may begin with its day
_HEAD = 8  # lines between a heading and its date, at most
_SHORT = 40  # characters of a line with a date alone
_FOOT = 12  # lines behind the text that may hold its date


def by_label(reading: Reading) -> Iterator[Found]:
    """``发布时间：…`` above the text; 时间 and 日期 alone only as :func:`_is_publication` says. The nearest to the heading is
    worth most.
    """
    for f in reading.page.all_fields:
        if f.foreign or f.key not in ("published", "time") or not _above_text(reading, f.line, 2):
            continue
        doubtful = f.label in word_set("DOUBTFUL_FIELD")
        if (f.key == "time" and not doubtful) or (doubtful and not _is_publication(reading, f)):
            continue
        if found := moment(f.value):
            share = _strength(f) * _near(reading, f.line)
            yield Found(found.iso, Place(f.value, f.line, f.start, f.end), f.label, share, found.remarks)


def _is_publication(reading: Reading, f: Field) -> bool:
    """Whether 时间 or 日期 alone is the article's: in the row of the source, or right below the heading of no talk's
    header.
    """
    if f.key == "published" and any(_INFO.search(line.fold) for line in reading.beside(f.line)):
        return True
    talk = any(
        other.key in ("guests", "theme", "host", "place")
        and abs(other.label_line.index - f.label_line.index) <= 3
        and other.label_line.block.getparent() is f.label_line.block.getparent()
        for other in reading.page.fields
    )
    return not talk and (to_the_second(f) or (not _inside(reading, f) and near_heading(reading, f.label_line)))


def to_the_second(f: Field) -> bool:
    """Whether a label's time has seconds: a programme writes them, nobody who sets the time of a talk."""
    return _SECONDS.search(fold(f.value)) is not None


def _inside(reading: Reading, f: Field) -> bool:
    """Whether a label is in the body's own container, and the heading is not: there a talk's header is."""
    body = reading.page.body
    if body.rule == "density" or not within(body.element, f.label_line.block):
        return False
    headed = reading.has_heading and within(body.element, reading.lines[reading.heading].block)
    return not headed or f.label_line.block.tag in ("td", "th")


def _strength(f: Field) -> float:
    return 0.93 if f.label in word_set("MADE_FIELD") else 1.0


def _near(reading: Reading, line: Line) -> float:
    return 0.997 ** min(abs(line.index - reading.heading), 60)


def by_tag(reading: Reading) -> Iterator[Found]:
    """``PubDate`` and its kin. Where another tag says that the file was made in that minute, it is no publication's."""
    tags = reading.page.tags
    made = {found.iso[:16] for key in _MADE if (found := moment(tags.get(key, "")))}
    for number, key in enumerate(key for key in _TAGS if key in tags):
        if found := moment(tags[key]):
            generated = "T" in found.iso and found.iso[:16] in made
            yield Found(found.iso, Place(tags[key]), key, 0.2 if generated else 0.98**number, found.remarks)


def by_info_row(reading: Reading) -> Iterator[Found]:
    """The date in the row that also names source, clicks or font size: ``云岭在线 2021-09-14 10:05 来源：…``."""
    for line, found in dated(reading):
        words = unspelt(line.fold)
        if (_INFO.search(words) or _PIPED.match(words)) and not _SENTENCE.search(words):
            yield _found(reading, line, found)


def by_position(reading: Reading) -> Iterator[Found]:
    """A line that is a date and nothing else but a site's name, right below the heading or beside the row of the
    source.
    """
    for line, found in dated(reading):
        if line.index == reading.heading and _apart(line, found):
            yield _found(reading, line, found)
            continue
        around = line.fold[: found.start] + line.fold[found.end :]
        if not _AROUND.fullmatch(around) or _among_cells(line) or _DATELINE.match(line.fold):
            continue
        informed = any(_INFO.search(other.fold) and len(other.fold) < 80 for other in reading.beside(line))
        near = near_heading(reading, line) or _above_body(reading, line) or _under_mark(reading, line)
        if informed or near:
            yield _found(reading, line, found)


def by_short_year(reading: Reading) -> Iterator[Found]:
    """``17/3/14`` in the row of the source, behind a label, or alone, near below the heading."""
    above = reading.heading
    for line in reading.lines[above + 1 : above + 1 + _HEAD] if reading.has_heading else ():
        found = short_moment(line.text) if not line.hidden and len(line.text) <= _ROW else None
        if found is None or in_entry(line) or not _above_text(reading, line):
            continue
        around = line.fold[: found.start] + line.fold[found.end :]
        if _ROW_WORDS.search(line.fold) or _AROUND.fullmatch(around):
            yield _found(reading, line, found)


def by_dateline(reading: Reading) -> Iterator[Found]:
    """The day with which a report begins, or that is alone in brackets below the heading or above the first sentence:
    ``本报2017年1月17日讯``. It may be the day of what is told.
    """
    below = (line for line, _ in dated(reading) if near_heading(reading, line))
    for line in (*reading.body[:_LEAD], *below):
        told = _DATELINE.match(line.fold)
        found = moment(line.text[: told.end()]) if told else None
        if found:
            yield _found(reading, line, found)
            return


def by_foot(reading: Reading) -> Iterator[Found]:
    """``发布日期：…`` behind the text, or the date below the 完 of a release: where nothing above the text tells."""
    end = end_of_text(reading)
    if end is None:
        return
    below = [
        line for line in reading.visible if end < line.index <= end + _FOOT and not (line.linked or in_entry(line))
    ]
    labels = {f.line.index: f for f in reading.page.all_fields if f.key == "published" and not f.foreign}
    for before, line in zip([None, *below], below, strict=False):
        f = labels.get(line.index)
        if f and f.label not in word_set("DOUBTFUL_FIELD") and (found := moment(f.value)):
            yield Found(found.iso, Place(f.value, f.line, f.start, f.end), f.label, 1.0, found.remarks)
            return
        if found := _when_done(before, line):
            yield _found(reading, line, found)
            return


def _when_done(before: Line | None, line: Line) -> PrintedMoment | None:
    """The date that stands behind 完 and is alone in its line but for the day of the week."""
    done = _DONE.match(line.fold) or (before and _DONE.fullmatch(before.fold))
    found = moment(line.text) if done and len(line.text) < _SHORT else None
    if found is None:
        return None
    around = _DONE.sub("", line.fold[: found.start]) + _WEEKDAY.sub("", line.fold[found.end :])
    return found if _AROUND.fullmatch(around) else None


def end_of_text(reading: Reading) -> int | None:
    """Index of the last line of the talk, or of the body where its container is known, less what may be its foot."""
    if pieces := reading.dialogue.pieces:
        return max(part[0].index for piece in pieces for part in piece.parts)
    marked = reading.page.body.rule != "density" and reading.body
    return max(reading.body[-1].index - 3, reading.body[0].index) if marked else None


def _apart(line: Line, found: PrintedMoment) -> bool:
    """Whether a date is in a heading in an element of its own: ``<h2>…<small>( 2022-04-26)</small></h2>``."""
    return any(
        element is not line.block and start <= found.start < end and found.end >= end - 2 and start >= 4
        for start, end, element in line.segments
    )


def _found(reading: Reading, line: Line, found: PrintedMoment) -> Found:
    place = Place(line.text[found.start : found.end].strip(), line, found.start, found.end)
    return Found(found.iso, place, share=_near(reading, line), remarks=found.remarks)


def dated(reading: Reading) -> Iterator[tuple[Line, PrintedMoment]]:
    """Visible short lines above the text that hold a whole date and belong to no other talk, list or label."""
    taken = {f.line.index for f in reading.page.all_fields if f.foreign or f.key not in ("source", "other")}
    last = max(reading.start, reading.heading + _HEAD)
    for line in reading.marks.lines("date"):
        if line.index > last:
            return
        if line.index in taken or not _above_text(reading, line) or _is_of_others(line):
            continue
        if found := moment(line.text):
            yield line, found


def _is_of_others(line: Line) -> bool:
    """Whether a line's date is an archive's, a link's or an entry's."""
    return _ARCHIVED.search(line.fold) is not None or line.link_share > 0.3 or in_entry(line)


def near_heading(reading: Reading, line: Line) -> bool:
    """Whether a line stands near below the heading, with no sentence between."""
    above = reading.heading
    if not (reading.has_heading and above <= line.index <= above + _HEAD):
        return False
    between = reading.lines[above + 1 : line.index]
    return not any(_SENTENCE.search(other.fold) or len(other.text) > 60 for other in between if not other.hidden)


def _above_body(reading: Reading, line: Line) -> bool:
    """Whether a line stands right above a body that its container marks."""
    marked = reading.page.body.rule != "density" and reading.body
    return bool(marked) and 0 <= reading.body[0].index - line.index <= 3


def _under_mark(reading: Reading, line: Line) -> bool:
    """Whether the line before is marked as a heading, though it names but the column, or prints the title."""
    above = next((other for other in reversed(reading.lines[: line.index]) if not other.hidden), None)
    title = squeeze(reading.value("title") or "")
    return above is not None and (above.block.tag in _HEADINGS or (len(title) > 4 and squeeze(above.text) == title))


def _among_cells(line: Line) -> bool:
    """Whether a line is in a table's row whose other cells say something else: a plan, a list."""
    cell = next((e for e in (line.block, *line.block.iterancestors()) if e.tag in ("td", "th", "tr")), None)
    row = cell.getparent() if cell is not None and cell.tag != "tr" else None
    if row is None:
        return False
    others = (squeeze("".join(map(str, other.itertext()))) for other in row if other is not cell)
    return any(text and not _INFO.search(text) for text in others)


def _above_text(reading: Reading, line: Line, more: int = 0) -> bool:
    """Whether a line stands above the text, or below the heading where the body's container holds that, too.

    :param more: how many lines of the text count as well; a turn's own time is no publication's
    """
    if reading.dialogue.first_line >= 0:
        return line.index < reading.start + more
    return line.index <= reading.start + more or near_heading(reading, line) or _above_prose(reading, line)


def _above_prose(reading: Reading, line: Line) -> bool:
    """Whether a line stands near the begin of a body of which no heading is known, above its first sentence."""
    if reading.has_heading or not 0 <= line.index - reading.start <= _HEAD:
        return False
    above = reading.lines[reading.start : line.index + 1]
    return not any(_SENTENCE.search(other.fold) and len(other.text) > _SHORT for other in above)
