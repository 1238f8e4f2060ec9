"""What a page is, once its talk, title and date are known. A verdict, not a choice between claims."""

from __future__ import annotations

import re

from parsers import kinds
from parsers.header.meta import CHANNEL
from parsers.lists.articles import is_article
from parsers.lists.entries import Listing, read_list
from parsers.page.text import fold, squeeze
from parsers.people.names import is_name
from parsers.reading import Reading
from parsers.talk.placeholder import waits
from parsers.words import pattern

_TALK_WORDS = pattern(r"{TALK}|{VISIT.seat}|{PRESENT}|{ASKED}")
_TALK_ITSELF = pattern(r"{TALK.itself}|{VISIT.seat}")
_LETTERS = pattern(r"{LETTER}")
_BREADCRUMB = pattern(r"^{BREADCRUMB}")
_ABOUT_A_TALK = pattern(r"^(?:{TALK}|{VISIT.seat}|{PRESENT}|{THIS_TIME})")
_PATH = re.compile(r"ft|fangtan|interview", re.IGNORECASE)


def is_interview(reading: Reading) -> bool:
    """Whether turns are a talk's: questions and answers alone are not, FAQ pages and letters look the same."""
    dialogue = reading.dialogue
    voices = dialogue.lexicon.voices if dialogue.lexicon else {}
    spoken = {p.label.key for p in dialogue.pieces}
    roles = {voices[n].role for n in spoken if n in voices}
    if "host" in roles or "reporter" in roles or any(t.person for t in dialogue.turns):
        return True
    if sum(p.label.timed for p in dialogue.pieces) * 2 > len(dialogue.pieces):
        return True  # each turn has its minute: it was spoken
    words = fold(f"{reading.value('title') or ''} {_column(reading)}")
    if _LETTERS.search(words) and not _TALK_ITSELF.search(words):
        return False
    return "netizen" in roles or any(map(is_name, spoken)) or _is_about_a_talk(reading, words)


def _is_about_a_talk(reading: Reading, words: str) -> bool:
    """Whether a page's head, its first lines or its address speak of a talk."""
    head = " ".join(line.fold for line in reading.body[:6])[:400]
    return bool(_TALK_WORDS.search(words + head) or _PATH.search(reading.page.payload.url))


def _column(reading: Reading) -> str:
    """What the page says of its column."""
    tags = reading.page.tags
    return " ".join((tags.get("columnname", ""), tags.get("columntype", ""), _breadcrumb(reading)))


def _breadcrumb(reading: Reading) -> str:
    lines = reading.visible[:60]
    return next((line.text for line in lines if _BREADCRUMB.match(line.fold) and len(line.text) < 120), "")


def kind_of(reading: Reading) -> kinds.Verdict:
    """The kind of a page, with the rule that decided."""
    page = reading.page
    if reading.dialogue.turns:
        return kinds.Verdict("transcript", "turns")
    title = reading.value("title") or reading.head
    listing = read_list(page.view, page.detected[0])
    labelled = any(f.key in ("guests", "time", "theme") and _ABOUT_A_TALK.match(f.label) for f in page.fields)
    named = CHANNEL.fullmatch(squeeze(fold(title))) is not None  # as a column is, and no talk
    columns = named and not labelled and len(listing.items) >= 3
    is_list = (
        (listing.is_list or columns) and not _is_article(reading) and (named or not _reads_as_article(reading, listing))
    )
    marked = page.body.rule != "density"
    return kinds.classify(
        kinds.Material(
            page.payload.url,
            title,
            reading.visible,
            reading.body,
            kinds.media_of(page.survey, page.base),
            kinds.attachments_of(page.survey, page.base),
            kinds.offsite_of(page.root, page.survey, page.payload.url, page.base, page.payload.refresh),
            is_list,
            labelled,
            squeeze("".join(item.text for item in listing.items)) if is_list else "",
            waits(page.view, reading.visible),
            _column(reading),
            kinds.frames_of(page.root, page.body.element if marked else None, page.payload.url, page.base),
            marked,
        )
    )


def _reads_as_article(reading: Reading, listing: Listing) -> bool:
    """Whether the address, the date line and the sentences are an article's: what it lists are other articles."""
    page = reading.page
    return is_article(page.view, page.tags, page.detected[0], listing.rows, paged=False)


def _is_article(reading: Reading) -> bool:
    """Article marks outweigh a list in the margin: a publication date with a source, or the article's meta tags."""
    dated = reading.value("published_at") is not None and reading.value("source") is not None
    return "articletitle" in reading.page.tags or dated
