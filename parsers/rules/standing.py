"""How a settled value stands, finer than the claims alone say: the confidence of each standing is counted apart.

What makes a value doubtful is no fault of it: a guest without a post, a talk whose lines could be cut in another way, a
page that uses words of talks and is taken for none.
"""

from __future__ import annotations

from dataclasses import replace

from parsers.claims.settle import Settled
from parsers.page.text import fold
from parsers.patterns import compiled
from parsers.people.names import ORG_END, TITLE, is_name
from parsers.reading import Reading
from parsers.record import Guest
from parsers.words import pattern

_TALK = pattern(r"{TALK}|{VISIT.seat}|{PRESENT}|{GENRE.press}|{GENRE.hotline}|{ASKED}|{ASKING}")
#: Words that articles about something else seldom use.
_ABOUT = pattern(r"{VISIT.seat}|{PRESENT}|{GENRE.press}|{GENRE.hotline}")
#: What is asked in letters is no talk.
_LETTER = pattern(r"{LETTER}")
_LINKS = 0.3  # share of a line's characters in links; more, and it leads to other pages
_ENDS = pattern(r"[。?!…~;:;”\"」』)]\s*$")
#: A line in a turn that begins as one of somebody else would.
_LABELLED = compiled(r"[^\s。,，;；?!！、:]{2,16}\s?:|[【\[][^【】\[\]]{2,8}[】\]]")
#: A label with a sentence behind it, in one line.
_SAYS = compiled(rf"(?:{_LABELLED.pattern}).{{6,}}[。?!]")
_MIDDLE = frozenset(["timestamp", "caption", "metadata", "index", "heading"])


def finer(settled: Settled, reading: Reading) -> Settled:
    """A settled field whose standing also says whether something speaks against it."""
    if settled.best is None or settled.field not in _DOUBTS:
        return settled
    doubtful = _DOUBTS[settled.field](settled, reading)
    return replace(settled, standing=f"{settled.standing}-doubtful" if doubtful else settled.standing)


def _guests(settled: Settled, reading: Reading) -> bool:
    """Whether a guest has no post or office, or somebody who answers is none of them."""
    guests, answering = settled.value, _answering(reading)
    plain = all(map(_is_plain, guests))
    told = settled.best is not None and settled.best.rule in _TOLD
    silent = told and not answering  # nobody confirms what a sentence seems to say
    return not plain or silent or bool(answering and answering != {guest.name for guest in guests})


def _answering(reading: Reading) -> set[str | None]:
    """Who answers in the talk; ``None`` for a label that names nobody who is known."""
    return {turn.person for turn in reading.dialogue.turns if turn.role == "guest"}


#: Rules that read guests from sentences.
_TOLD = frozenset(["sentence", "introduced"])
_INSIDE = compiled(rf"[、,，\s]|{TITLE}.")


def _is_plain(guest: Guest) -> bool:
    """Whether a guest has name, office and title, and all look as such: no other's post is in the office."""
    office, title = fold(guest.organization or ""), fold(guest.title or "")
    clear = ORG_END.search(office) is not None and _INSIDE.search(office) is None
    return bool(guest.name and title) and clear and is_name(guest.name or "")


def _kind(settled: Settled, reading: Reading) -> bool:
    """Whether a page without turns has labels of speakers, or has words of talks or asks behind a label, though it is
    taken for something else; of a talk, whether nothing on the page speaks of one.
    """
    title = fold(reading.value("title") or "")
    if settled.value == "transcript":
        one = len(reading.dialogue.turns) == 1  # a label that nobody answers may be a byline
        return one or not any(map(_TALK.search, [title, *(line.fold for line in reading.body)]))
    lexicon = reading.dialogue.lexicon
    return bool((settled.value == "other" and _speaks_of_talks(title, reading)) or (lexicon and lexicon.voices))


def _speaks_of_talks(title: str, reading: Reading) -> bool:
    """Whether title or text have words of talks, or somebody asks in a text that has labels."""
    told = [line.fold for line in reading.body if line.link_share < _LINKS]
    asks = (
        any("?" in line for line in told)
        and any(map(_SAYS.match, told))
        and not any(map(_LETTER.search, [title, *told]))
    )
    return bool(asks or _TALK.search(title) or any(map(_ABOUT.search, told)))


def _turns(_: Settled, reading: Reading) -> bool:
    """Whether lines of a talk could be cut in another way: broken sentences, a last turn of several paragraphs, lines
    left out between turns; or whether nobody asks, or labels of those who answer name nobody, or somebody of whom only
    the talk told.
    """
    named = {guest.name for guest in reading.value("guests") or () if guest.name}
    unmet = reading.dialogue.learned or not named or _answering(reading) != named
    unasked = all(turn.role == "guest" for turn in reading.dialogue.turns)
    return unmet or unasked or _cut_otherwise(reading)


def _cut_otherwise(reading: Reading) -> bool:
    """Whether lines of a talk could be cut in another way."""
    turns, skipped = reading.dialogue.turns, reading.dialogue.skipped
    lines = [fold(line) for turn in turns for line in turn.text.split("\n")]
    left = any(0 < s.after_turn < len(turns) and s.reason not in _MIDDLE for s in skipped)
    narrated = any(turn.role == "narrator" for turn in turns)
    if left or narrated or "\n" in turns[-1].text:
        return True
    return any(map(_LABELLED.match, lines)) or not all(map(_ENDS.search, lines))


_DOUBTS = {"guests": _guests, "kind": _kind, "turns": _turns}
