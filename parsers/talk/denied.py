"""Lines that are shaped like a labelled turn and are none: headings, captions, biographies, lists of posts and
telephones.

They are left out before anything is weighed, whatever name they hold: a name in a heading says what the page is about,
not who speaks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import zip_longest

from parsers.page.dom import words_of
from parsers.page.lines import Line
from parsers.page.text import BLANK, fold, squeeze, unspelt
from parsers.patterns import compiled
from parsers.people.names import TITLE_END, is_name
from parsers.talk.forms import Label, trailing_time
from parsers.talk.roles import by_word, named_with_post
from parsers.talk.speakers import Lexicon
from parsers.words import pattern, word_set

_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_CAPTIONS = compiled(
    r"caption|pic[-_]?(?:title|text|info|desc)|img[-_]?(?:title|text|info|desc)|photo[-_]?(?:title|info)"
)
_TITLE_SIZE = 5
#: What a biography says first: sex, people, birth, party, present post.
_LIFE = pattern(r"^[\s,]*{LIFE}")
_ABOUT = pattern(r"{ABOUT}$")
_REACHED = pattern(r"^[\s(（]*(?:{REACHED}[\s:]*)?(?:[\d\-*()+\s/、,;]{6,60}|[\w.\-]{1,40}@[\w.\-]{1,40})$")
_SPEAKS = compiled(r"[。?？!！…,，;；]")
_POST_SIZE = 60
_WRAPPED = 24  # characters of a line that breaks off
_FEW = 8  # characters of a heading between two turns
_GUESTS = pattern(r"{FIELD.guests}")
_COLUMN = pattern(r"{COLUMN}")
_QUOTES = pattern(r"^[\s【\[■◆●*]*{QUOTES_OF}{0,2}{QUOTES}[\s】\]:]*$")
_OPENS = pattern(r"{OPENING}")
_IN_QUOTES = compiled(r"[“\"「][^“”\"「」]{2,80}[”\"」]")
_CHAIRS = pattern(r"{CHAIRS}")
_HOSTS = pattern(r"{HOSTS}")
#: First looks: one of these is in whatever the two above find, and most words of a talk hold none.
_CHAIRS_HINT = pattern(r"{CHAIRS_HINT}")
_HOSTS_HINT = pattern(r"{HOSTS_HINT}")
_GREETS = pattern(r"{GREETING}")
_SENTENCE_ENDS = ("。", "?", "!", "…", ";", '"', "”", "’", "」", ")", "~")


def denied(labelled: list[tuple[Line, Label]], head: str) -> set[int]:
    """The lines whose label opens no turn, by their indexes.

    :param head: the page's ``<title>``
    """
    tags = {line.index: _heading(line) for line, _ in labelled}
    placed = Counter(tag for tag in tags.values() if tag)
    title = squeeze(fold(head))
    shaped = {
        line.index
        for line, label in labelled
        if _is_title(line, label, title)
        or _is_headline(label, tags[line.index], placed)
        or _is_caption(line)
        or _is_note(line, label)
        or label.heads
    }
    return shaped | _afterwords(labelled)


def _heads_list(label: Label, below: str) -> bool:
    """Whether a label alone in its line (本期嘉宾) heads the guests with their posts."""
    if label.style != "own" or len(below) > _POST_SIZE:
        return False
    voice = by_word(label.key, "own")
    guests = voice is not None and voice.role == "guest" and _GUESTS.search(label.key)
    return bool(guests) and not _SPEAKS.search(below.replace(",", "")) and _names_one(below)


def _names_one(text: str) -> bool:
    """Whether a line is a post with a name, in either order."""
    words = text.split()
    return named_with_post(squeeze(text)) is not None or (
        len(words) > 1 and (TITLE_END.search(words[0]) or TITLE_END.search(words[-1])) is not None
    )


def _afterwords(labelled: list[tuple[Line, Label]]) -> set[int]:
    """Heads of what the house or its readers say below a talk; 网友留言 that somebody answers is a question."""
    heads = word_set("AFTERWORD")
    behind = [label for _, label in labelled[1:]]
    return {
        line.index
        for (line, label), after in zip_longest(labelled, behind)
        if label.key in heads and not (after and (voice := by_word(after.key, after.style)) and voice.role == "guest")
    }


def _heading(line: Line) -> str | None:
    """The heading element that a line is in."""
    for element in (line.block, *line.block.iterancestors()):
        if element.tag in _HEADINGS:
            return str(element.tag)
    return None


def _is_title(line: Line, label: Label, title: str) -> bool:
    """Whether ``<title>`` begins with a line, or holds a longer one."""
    if label.alone or line.fold[0] not in title or _is_speech(line, label):
        return False
    text = squeeze(line.fold)
    return len(text) >= _TITLE_SIZE and (title.startswith(text) or (len(text) > 2 * _TITLE_SIZE and text in title))


def _is_speech(line: Line, label: Label) -> bool:
    """Whether a line with which ``<title>`` begins is the talk's first, for want of a heading: a question or a
    statement.
    """
    voice = by_word(label.key, label.style)
    return line.fold.endswith("。") or (voice is not None and (voice.role in ("host", "reporter") or voice.asks))


def _is_headline(label: Label, tag: str | None, placed: Counter[str]) -> bool:
    """Whether a line is the page's heading; labels may be headings, but then there are several of one rank.

    :param tag: the heading element that it is in
    """
    if tag is None or label.alone:
        return tag == "h1"
    return tag == "h1" or (placed[tag] == 1 and by_word(label.key, label.style) is None)


def _is_caption(line: Line) -> bool:
    """Whether a line stands under a picture, by its mark-up."""
    element = line.block
    return element.tag in ("figcaption", "caption") or bool(_CAPTIONS.search(words_of(element)))


def _is_note(line: Line, label: Label) -> bool:
    """Whether what follows a name tells who it is: post, life, telephone."""
    if _ABOUT.search(label.key):
        return True
    if label.style not in ("colon", "bracket", "cell", "inline"):
        return False
    soft = by_word(label.key, label.style)
    named = is_name(label.key)
    if soft is None and label.style == "bracket" and _COLUMN.search(label.key) and not named:
        return True
    if (soft and soft.role != "guest") or not (named or named_with_post(label.key)):
        return False
    return _is_about(unspelt(line.fold[label.body :]).strip(BLANK + "."))


def _is_about(words: str) -> bool:
    """Whether words are somebody's telephone, life or post."""
    if _REACHED.match(words) or _LIFE.match(words):
        return True
    return 2 < len(words) <= _POST_SIZE and not _SPEAKS.search(words) and TITLE_END.search(words) is not None


def with_surroundings(
    lines: list[Line], labelled: list[tuple[Line, Label]], labels: Mapping[int, Label | None]
) -> None:
    """Say of each label what stands around it: a line that introduces a list, a question, words of a chair, a few words
    as of a heading.

    :param labelled: the lines that have one
    """
    place = {line.index: number for number, line in enumerate(lines)}
    for line, label in labelled:
        number = place[line.index]
        above = lines[number - 1] if number else None
        before = labels.get(above.index) if above else None
        introduced = above is not None and above.fold.endswith(":") and (before is None or not before.alone)
        words = _words(line, labels, lines, place).strip(BLANK)
        short = 0 < len(words) <= _FEW and not label.alone and not words.endswith(_SENTENCE_ENDS)
        chairs = bool(_CHAIRS_HINT.search(words) and _CHAIRS.search(words))
        label.lists, label.asks, label.chairs, label.short = introduced, words.endswith("?"), chairs, short
        label.opens = bool(_HOSTS_HINT.search(words) and _HOSTS.search(words))
        label.heads = _heads_list(label, words)


def without_preamble(
    marked: list[Line], labels: Mapping[int, Label | None], lexicon: Lexicon, lines: list[Line]
) -> list[Line]:
    """The labelled lines from the first that belongs to the talk: headlines and quotations by name are before those who
    ask.
    """
    marked = _without_pulled(marked, labels)
    asks = [_asks(line, labels, lexicon) for line in marked]
    first = asks.index(True) if True in asks else 0
    if not first or any((label := labels[line.index]) and label.timed for line in marked[:first]):
        return marked
    place = {line.index: number for number, line in enumerate(lines)}
    opening = _OPENS.search(_words(marked[first], labels, lines, place)) is not None
    kept = [line for line in marked[:first] if not _is_quote(line, labels, lexicon, lines, place, opening=opening)]
    return kept + _not_again(marked[first:], marked[:first], kept, labels)


def _not_again(talk: list[Line], above: list[Line], kept: list[Line], labels: Mapping[int, Label | None]) -> list[Line]:
    """The labelled lines of a talk without those that repeat a headline or a quotation above it."""
    left = {line.fold for line in above if not (label := labels[line.index]) or not label.alone}
    left -= {line.fold for line in kept}
    return [line for line in talk if line.fold not in left]


def _without_pulled(marked: list[Line], labels: Mapping[int, Label | None]) -> list[Line]:
    """The labelled lines without those whose words, which end no sentence, begin a later turn under the same label."""
    if not any(_may_be_pulled(line, labels[line.index]) for line in marked):
        return marked
    said: dict[str, list[str]] = {}
    for line in marked:
        label = labels[line.index]
        if label is not None and not label.alone:
            said.setdefault(label.key, []).append(squeeze(line.fold[label.body :]))
    return [line for line in marked if not _is_pulled(line, labels[line.index], said)]


def _may_be_pulled(line: Line, label: Label | None) -> bool:
    """A first look: most words of a talk end a sentence."""
    return label is not None and not label.alone and not line.fold.rstrip(BLANK).endswith(_SENTENCE_ENDS)


def _is_pulled(line: Line, label: Label | None, said: Mapping[str, list[str]]) -> bool:
    """Whether a line is printed ahead of the turn whose words it holds."""
    if label is None or not _may_be_pulled(line, label):
        return False
    words = squeeze(line.fold[label.body :])
    if len(words) < _TITLE_SIZE or words.endswith(_SENTENCE_ENDS):
        return False
    own = said.get(label.key, [])
    return any(words != other and other.startswith(words) for other in own[own.index(words) + 1 :])


def _asks(line: Line, labels: Mapping[int, Label | None], lexicon: Lexicon) -> bool:
    voice = lexicon.voice(labels[line.index])
    return voice is not None and (voice.role in ("host", "reporter", "netizen") or voice.asks)


def _words(line: Line, labels: Mapping[int, Label | None], lines: list[Line], place: Mapping[int, int]) -> str:
    """The first words of a turn: behind its label, or in the line below."""
    label = labels[line.index]
    at = place[line.index] + 1
    if label is not None and label.alone:
        return lines[at].fold if at < len(lines) else ""
    text = line.fold[label.body if label else 0 :]
    stamp = trailing_time(text, 0, len(text))
    return text[: stamp.start()] if stamp else text


def _is_wrapped(label: Label | None, words: str) -> bool:
    """Whether the words below a label are a line of a book, which breaks off anywhere."""
    return label is not None and label.alone and len(words) > _WRAPPED


def _is_quote(
    line: Line,
    labels: Mapping[int, Label | None],
    lexicon: Lexicon,
    lines: list[Line],
    place: Mapping[int, int],
    *,
    opening: bool,
) -> bool:
    voice = lexicon.voice(labels[line.index])
    if voice is None or voice.role not in ("guest", "unknown"):
        return False
    words = _words(line, labels, lines, place).strip(BLANK)
    if (
        _IN_QUOTES.fullmatch(words)
        or not (words.endswith(_SENTENCE_ENDS) or _is_wrapped(labels[line.index], words))
        or (opening and not _GREETS.search(words[:12]))
    ):
        return True
    at = place[line.index]
    if any(_QUOTES.search(above.fold) for above in lines[max(0, at - 6) : at] if len(above.text) <= 20):
        return True
    said = squeeze(words).rstrip("。!?…")
    label = labels[line.index]
    below = at + 2 if label is not None and label.alone else at + 1  # behind its own words
    return any(said in squeeze(later.fold) for later in lines[below:] if len(later.text) >= len(said))
