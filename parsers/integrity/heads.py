"""What stands at the head of a page and does not belong there: search words, brands in the place of
a site's or column's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from parsers.integrity.identity import same_owner
from parsers.integrity.injected import hinted, is_lawful, lexicon
from parsers.page.addresses import parts
from parsers.page.lines import Line
from parsers.page.text import BLANK, collapse, fold, squeeze
from parsers.patterns import compiled
from parsers.record import Flag
from parsers.words import one_of, pattern, word_set

_CALL = pattern(r"{ADVERT.call}", re.IGNORECASE)
_THEME = pattern(r"{ADVERT.theme}")
_EMPTY = pattern(r"{ADVERT.call}|{ADVERT.theme}|{ADVERT.filler}|[\s·•()\-]", re.IGNORECASE)
_OFFICIAL = pattern(r"{OFFICIAL}", re.IGNORECASE)
_AGAINST = pattern(r"{AGAINST}")
_CRUMB = pattern(r"^(?:{BREADCRUMB})")
#: One of these is in each breadcrumb.
_CRUMB_SIGN = pattern("{BREADCRUMB_SIGN}")
_CRUMB_LABEL = compiled(r"^[^:>]{0,10}:\s?")
_BETWEEN = compiled(r"\s?(?:[>»›》/|→]|-+)+\s?")
_ARROWS = compiled(r"[>»›]")
_DOMAIN = compiled(
    r"(?:www\.)?[a-z0-9-]{1,30}\.(?:com|net|cc|vip|org|top|xyz|co|app|bet|me|tv|cn)(?:\.cn)?", re.IGNORECASE
)
_PIECE = compiled(r"[^_,|;\s\-–—·•・/]+")
_SENTENCE = compiled(r"[。!?“”《》]")
#: What joins the words of a list.
_JOINED = compiled(r"[_|,](?<=[^_|,]{2}.)[^_|,]{2,20}[_|,]")
_CODED = compiled(r"[A-Za-z0-9]")
_HOTLINE = compiled(r"^1\d{4}$")
#: How far down a breadcrumb, and how many lines a list of search words may stand.
_CRUMB_LINES, _FIRST_LINES = 80, 3
#: A list joined by signs may stand so far down, below scraps of mark-up; of so many pieces one bad one suffices.
_LIST_LINES, _MANY_PIECES, _PIECE_SIZE = 8, 8, 12
#: The longest line that is an obscene name, and no sentence.
_NAME_SIZE = 40
#: The longest line that is looked at, and the longest name in a breadcrumb.
_LONGEST, _LONGEST_NAME = 400, 24
#: The longest words of a link that are judged by themselves; the shortest paragraph that explains words.
_LINK_SIZE, _PARAGRAPH = 12, 30
#: So many different weak words make a list.
_WEAK = 4
#: A list whose words stand on lines of their own begins in so many lines.
_ENTRIES = 8


@cache
def _searched() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns of the words that search lists are made of: the strong ones, the weak ones."""
    known = lexicon().lists
    return re.compile(one_of(known["search"])), re.compile(one_of(known["weak"]))


def _lewd() -> set[str]:
    """Weak words that are no names of places."""
    return set(lexicon().lists["weak"]) - word_set("PLACES")


def _may_search(folded: str) -> bool:
    """Whether a text holds words enough for a list of search words; hardly any does."""
    strong, weak = _searched()
    return strong.search(folded) is not None or len(set(weak.findall(folded))) >= _WEAK


def search_span(text: str, heading: str = "") -> tuple[int, int] | None:
    """Where a list of search words is in a line or title: from its first such word to its last.

    A strong word beside another strong or weak one, or several different weak ones, in at least two pieces (one word
    alone is none); no sentence, and nothing that the heading says, too.
    """
    folded = fold(text[:_LONGEST]).lower()
    return _searched_among(folded, heading) if _may_search(folded) else None


def _searched_among(folded: str, heading: str) -> tuple[int, int] | None:
    pieces = [m for m in _PIECE.finditer(folded) if not heading or m[0] not in heading]
    said = "_".join(m[0].rstrip("!?") for m in pieces)
    if _SENTENCE.search(said) or _AGAINST.search(said):
        return None
    strong, weak = _searched()
    sure = any(strong.search(m[0]) for m in pieces)
    hits = [m for m in pieces if strong.search(m[0]) or weak.search(m[0])]
    different = set(weak.findall(said))
    if (sure and len(hits) >= 2 - _is_long_list(pieces)) or (
        len(hits) >= 3 and len(different) >= _WEAK and different & _lewd()
    ):
        return hits[0].start(), hits[-1].end()
    return None


def _is_long_list(pieces: list[re.Match[str]]) -> bool:
    """Whether pieces are many short ones, as no sentence has: then one bad word is enough."""
    return len(pieces) >= _MANY_PIECES and all(len(m[0]) <= _PIECE_SIZE for m in pieces)


def holds_searched(words: str) -> bool:
    """Whether words hold a strong word of search lists."""
    return _searched()[0].search(fold(words).lower()) is not None


def is_searched(words: str) -> bool:
    """Whether a few words, as of a link, are such as search lists are made of; a headline that holds one is none."""
    folded = fold(words).lower()
    return len(folded) <= _LINK_SIZE and holds_searched(folded) and not _AGAINST.search(folded)


def first_line_flags(lines: list[Line], printed: str, tags: dict[str, str], title: str | None) -> list[Flag]:
    """Lists of search words in the first visible lines, as the heading, and in the meta tags that
    search engines read.
    """
    heading = _heading(title)
    top = [line for n, line in enumerate(lines[:_LIST_LINES]) if n < _FIRST_LINES or _JOINED.search(line.fold)]
    found = [(line.text, search_span(line.text, heading)) for line in top]
    spans = dict.fromkeys(text[span[0] : span[1]] for text, span in found if span)
    spans |= dict.fromkeys(_obscene(lines, printed, heading)) if not spans else {}
    short = (line.text for line in lines[:_ENTRIES] if len(line.text) <= _LINK_SIZE and "_" not in line.text)
    entries = "_".join(dict.fromkeys(short))
    if not spans and (span := search_span(entries, heading)):
        spans[entries[slice(*span)]] = None
    spans |= dict.fromkeys(_of_tags(tags, heading, lines))
    flags = [Flag("search_words", "alert", text, "html") for text in spans]
    if title and (span := search_span(title)):
        flags.append(Flag("search_words", "alert", title[span[0] : span[1]], "title", *span))
    return flags


def _obscene(lines: list[Line], printed: str, heading: str) -> Iterator[str]:
    """Lines that are the name of an obscene page or site, as those are that stand below a text or among its links."""
    lewd = _lewd_names()
    if not lewd.search(printed.lower()):
        return
    for line in lines:
        words = line.fold.lower()
        if len(words) <= _NAME_SIZE and lewd.search(words) and words not in heading and not _explained(words):
            yield line.text


def _explained(words: str) -> bool:
    """Whether words tell of those who fight indecency, or are a sentence."""
    return _SENTENCE.search(words) is not None or _AGAINST.search(words) is not None


@cache
def _lewd_names() -> re.Pattern[str]:
    return compiled(one_of(lexicon().lists["lewd"]))


def _of_tags(tags: dict[str, str], heading: str, lines: list[Line]) -> Iterator[str]:
    """The lists of search words in the meta tags that search engines read."""
    for text in (tags[name] for name in ("keywords", "description") if name in tags):
        span = search_span(text, heading)
        if span and not _is_printed(text[slice(*span)], lines):
            yield text[slice(*span)]


def _is_printed(words: str, lines: list[Line]) -> bool:
    """Whether the page's own sentences use one of the strong words: an article about casinos is about casinos."""
    sure = set(_searched()[0].findall(fold(words).lower()))
    told = [line for line in lines[_FIRST_LINES:] if len(line.text) >= _PARAGRAPH and not search_span(line.text)]
    return any(word in line.fold for line in told for word in sure)


def _heading(title: str | None) -> str:
    """What a heading explains: nothing where it is a list of search words itself."""
    return "" if not title or search_span(title) else fold(title).lower()


def brand_like(words: str, own: Sequence[str]) -> str | None:
    """The severity that words deserve which stand where a site, column or menu is named: ``alert``, ``warning`` or
    ``None``.

    A name that nobody official has, with a call to download, register or log in: certain with the trade's own word,
    else suspected.

    :param own: names of the site
    """
    folded = fold(words).lower()
    calls = len(_CALL.findall(folded))
    name = _EMPTY.sub("", folded)
    if not calls or len(name) < 2 or _OFFICIAL.search(folded) or is_lawful(words):
        return None
    grams = {a + b for known in own for a, b in pairwise(fold(known).lower())}
    if any(a + b in grams for a, b in pairwise(name)):
        return None
    if _THEME.search(folded):
        return "alert"
    coded = _CODED.search(name) and not _HOTLINE.match(name)
    return "warning" if calls >= 2 or coded else None


def crumb_flags(lines: list[Line], url: str, own: Sequence[str]) -> list[Flag]:
    """Brands and strange hosts in the breadcrumb, where the words of the menu stood."""
    host = parts(url).name
    flags: list[Flag] = []
    for number, piece in _crumbs(lines):
        if len(piece) > _LONGEST_NAME or _SENTENCE.search(fold(piece)):
            continue
        foreign = _DOMAIN.fullmatch(piece) and not same_owner(piece.lower(), host)
        severity = "warning" if foreign else brand_like(piece, own)
        if severity == "alert" or (severity and number == 0):
            flags.append(Flag("word_substitution", severity, piece, "html"))
    return list(dict.fromkeys(flags))


def _crumbs(lines: list[Line]) -> list[tuple[int, str]]:
    """The pieces of the breadcrumb with their places; the first stands where 首页 does."""
    at = _crumb_place(lines[:_CRUMB_LINES])
    if at is None:
        return []
    line = lines[at]
    label = _CRUMB_LABEL.match(line.fold) if _CRUMB.match(line.fold) else None
    text = line.text[label.end() :] if label else line.text
    if not text.strip(BLANK):  # each piece on a line of its own
        text = ">".join(following.text for following in lines[at + 1 : at + 6] if len(following.text) <= 20)
    pieces = [piece.strip(BLANK) for piece in _BETWEEN.split(text)]
    return [(n, p) for n, p in enumerate(p for p in pieces if p) if squeeze(p).lower() not in word_set("HOME")]


def _crumb_place(lines: list[Line]) -> int | None:
    """Which of some lines is the breadcrumb; most menus hold no sign of one."""
    if not _CRUMB_SIGN.search("\n".join(line.fold for line in lines)):
        return None
    short = ((at, line) for at, line in enumerate(lines) if len(line.text) <= 120 and "《" not in line.text)
    return next((at for at, x in short if _CRUMB.match(x.fold) or len(_ARROWS.findall(x.fold)) > 1), None)


def title_flags(
    head: str, title: str | None, own: Sequence[str], proven: Sequence[str], lines: list[Line]
) -> list[Flag]:
    """A ``<title>`` whose words neither the heading nor the site explains.

    :param own: names of the site
    :param proven: words that the page's text proves to be injected
    """
    head = collapse(head).strip(BLANK)
    flags: list[Flag] = []
    for start, end, severity in _alien_spans(head, title or "", own, proven, lines):
        if not any(f.start is not None and f.end is not None and f.start < end and start < f.end for f in flags):
            flags.append(Flag("title_mismatch", severity, head[start:end], "title", start, end, None))
    if not flags and title and _all_strange(head, title, own, lines):
        flags.append(Flag("title_mismatch", "warning", head, "title", 0, len(head), title))
    return flags


def _brands(head: str, folded: str) -> Iterator[re.Match[str]]:
    """The phrases of a title that advertise a brand, known or unknown."""
    if hinted(folded):
        yield from (m for m in lexicon().phrase.finditer(folded) if not is_lawful(head, *m.span()))
        yield from lexicon().stranger.finditer(folded)


def _alien_spans(
    head: str, title: str, own: Sequence[str], proven: Sequence[str], lines: list[Line]
) -> list[tuple[int, int, str]]:
    """Spans of a page's own title that name no article and no site, the surest first."""
    folded, said = fold(head), fold(title)
    injected = (m for word in proven if word not in title for m in re.finditer(re.escape(word), head))
    found = [(*m.span(), "alert") for m in _brands(head, folded) if m[0] not in said]
    found += [(*m.span(), "alert") for m in injected]
    span = search_span(head, _heading(title))
    if span and not _is_printed(head[slice(*span)], lines):
        found.append((*span, "alert"))
    for match in _PIECE.finditer(folded):
        known = title and (match[0] in said or said in match[0])
        if not known and (severity := brand_like(match[0], own)):
            found.append((*match.span(), severity))
    return found


def _all_strange(head: str, title: str, own: Sequence[str], lines: list[Line]) -> bool:
    """Whether a title is a list of four words or more that the page does not print, and its heading is another."""
    pieces = _PIECE.findall(fold(head))
    if len(title) < 4 or len(pieces) < 4 or fold(title) in fold(head) or _OFFICIAL.search(head):
        return False
    printed = "".join(squeeze(line.fold) for line in lines) + "".join(map(fold, own))
    return not any(piece in printed for piece in pieces)
