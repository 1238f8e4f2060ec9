"""What a page is, once its talk, title and date are known. A verdict, not a choice between claims."""

from __future__ import annotations

import re

from parsers import kinds
from parsers.header.meta import CHANNEL
from parsers.lists.articles import is_article
from parsers.lists.entries import SECTION_PATH, Listing, read_list
from parsers.page.addresses import parts
from parsers.page.text import fold, squeeze
from parsers.patterns import compiled
from parsers.people.names import is_name
from parsers.reading import Reading
from parsers.record import Turn
from parsers.rules.comments import are_comments
from parsers.talk.dialogue import Dialogue
from parsers.talk.exchanges import is_member
from parsers.talk.forms import Label
from parsers.talk.placeholder import waits
from parsers.talk.questions import asks, is_put_in_person
from parsers.talk.roles import by_word, named_with_post
from parsers.words import pattern, word_set

_TALK_WORDS = pattern(r"{TALK}|{VISIT.seat}|{PRESENT}|{ASKED}")
_TALK_ITSELF = pattern(r"{TALK.itself}|{VISIT.seat}")
_LETTERS = pattern(r"{LETTER}")
_BREADCRUMB = pattern(r"^{BREADCRUMB}")
_ABOUT_A_TALK = pattern(r"^(?:{TALK}|{VISIT.seat}|{PRESENT}|{THIS_TIME})")
_SEARCHED = pattern(r"{SEARCHED}", re.IGNORECASE)
_MANUAL = pattern(r"{MANUAL}")
#: Letters have such labels, too.
_WRITTEN = word_set("WRITTEN_LABEL")
_PATH = compiled(r"ft|fangtan|interview", re.IGNORECASE)
#: Folders of news, notices, interpretations, speeches, officials: a tag that files them under talks says nothing.
_ELSEWHERE = compiled(
    r"/(?:zcjd|zcwd|zcwj|zjjd|bmjd|jdhy|jdwd|wjjd|xwzx|xwdt|zwdt|bmdt|gzdt|ywdt|xzdt|zwyw|tzgg|gsgg|ldjh|ldhd|ldzc|ldzl"
    r"|ldjj|xzxx|zxzx|zcfg)\d{0,4}/",
    re.IGNORECASE,
)
#: Whose page it is: 李远，男，汉族，1975年3月生.
_PROFILE = pattern("^{PROFILE}")


def is_interview(reading: Reading) -> bool:
    """Whether turns are a talk's: questions and answers alone are not, FAQ pages and letters look the same."""
    if _shows_no_talk(reading):
        return False
    dialogue = reading.dialogue
    words = fold(f"{reading.value('title') or ''} {_column(reading)}")
    if are_comments(reading, words):
        return False
    spoken = {p.label.key for p in dialogue.pieces if not _is_field(p.label)}
    roles = _roles(dialogue, spoken)
    if "host" in roles or "reporter" in roles or any(map(_names_somebody, dialogue.turns)) or _is_timed(dialogue):
        return True
    if _LETTERS.search(words) and not _TALK_ITSELF.search(words):
        return False
    named = "netizen" in roles or any(map(_is_of_somebody, spoken))
    return named or _is_about_a_talk(reading, words) or _is_put_in_person(dialogue)


def _roles(dialogue: Dialogue, spoken: set[str]) -> set[str]:
    """The roles of those who speak, but for labels that letters have, too."""
    voices = dialogue.lexicon.voices if dialogue.lexicon else {}
    return {voices[n].role for n in spoken if n in voices and n not in _WRITTEN}


def _is_of_somebody(name: str) -> bool:
    """Whether a label holds a person's name."""
    return is_name(name) or is_member(name) or named_with_post(name) is not None


def _is_put_in_person(dialogue: Dialogue) -> bool:
    """Whether most questions are put to somebody who is there: the press asks, under no heading that says so."""
    turns = zip(dialogue.turns, dialogue.pieces, strict=True)
    put = [is_put_in_person(turn.text) for turn, piece in turns if piece.voice.asks]
    return bool(put) and sum(put) * 2 > len(put)


def _is_field(label: Label) -> bool:
    """Whether a name is a field's (留言人：清风): letters have such fields, too."""
    return label.style in ("nick", "answerer") and by_word(label.key, label.style) is None


def _names_somebody(turn: Turn) -> bool:
    """Whether a turn's label is somebody's, and no word like 答."""
    return turn.person is not None and by_word(fold(turn.speaker), "colon") is None


def _is_timed(dialogue: Dialogue) -> bool:
    """Whether most turns have their minute: they were spoken."""
    return sum(p.label.timed for p in dialogue.pieces) * 2 > len(dialogue.pieces)


def _shows_no_talk(reading: Reading) -> bool:
    """Whether a page shows pieces of many, or tells what everybody has to do in a talk."""
    if _SEARCHED.search(squeeze(fold(reading.head))):
        return True
    turns = reading.dialogue.turns
    if all(turn.role == "netizen" for turn in turns):
        return True  # comments
    told = _MANUAL.search(fold(reading.value("title") or reading.head))
    return told is not None and not any(asks(turn.text) for turn in turns)


def _is_about_a_talk(reading: Reading, words: str) -> bool:
    """Whether a page's head, its first lines or its address speak of a talk."""
    head = " ".join(line.fold for line in reading.body[:6])[:400]
    return bool(_TALK_WORDS.search(words + head) or _PATH.search(reading.page.payload.url))


def _column(reading: Reading) -> str:
    """What the page says of its column; a tag says nothing where the address names another section."""
    tags, path = reading.page.tags, parts(reading.page.payload.url).path
    filed = ("columnname", "columntype") if SECTION_PATH.search(path) or not _ELSEWHERE.search(path) else ()
    return " ".join((*(tags.get(tag, "") for tag in filed), _breadcrumb(reading)))


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
        (listing.is_list or columns or _is_brought(reading, listing))
        and not _is_article(reading)
        and (named or not _reads_as_article(reading, listing))
    ) and not _is_profile(reading)
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


def _is_brought(reading: Reading, listing: Listing) -> bool:
    """Whether a page brings its entries in an island for its script: then it is a section, however few they are."""
    page = reading.page
    return bool(listing.items) and any(True for _ in page.detected[0].fragments(page.view))


def _is_profile(reading: Reading) -> bool:
    """Whether a page is one person's: what it lists are reports of what he did."""
    told = [line for line in reading.visible if line.linked == 0 and _PROFILE.match(line.fold)]
    return len(told) == 1


def _reads_as_article(reading: Reading, listing: Listing) -> bool:
    """Whether the address, the date line and the sentences are an article's: what it lists are other articles."""
    page = reading.page
    return is_article(page.view, page.tags, page.detected[0], listing.rows, paged=False)


def _is_article(reading: Reading) -> bool:
    """Article marks outweigh a list in the margin: a publication date with a source, or the article's meta tags."""
    dated = reading.value("published_at") is not None and reading.value("source") is not None
    return "articletitle" in reading.page.tags or dated
