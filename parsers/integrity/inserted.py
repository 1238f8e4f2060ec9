"""Prose that somebody put into a true page: praise of a painter, healer or firm between an article's own paragraphs.

Forged copies of whole sites carry it. One sign alone means nothing: ordinary articles praise, and editors paste
paragraphs in another style. A warning takes praise that nothing else on the page speaks of.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise

from parsers.page.dom import Element
from parsers.page.lines import Line
from parsers.page.text import fold
from parsers.patterns import compiled
from parsers.record import Flag
from parsers.words import pattern, word_set

_PRAISE = pattern(r"{PRAISE.art|PRAISE.cure|PRAISE.firm}")
_HEADED = pattern(r"{PRAISE.head}")
_INFO = pattern(r"{INFO_ROW}")
#: A name in brackets, and words that none stands in.
_NAMED = compiled(r"《[^《》]{4,40}》")
_SPLIT = word_set("UNDIVIDED")
_HAN = compiled(r"[\u4e00-\u9fff]+")
_MOVED = compiled(
    r"^(?:\./|\.\./|/)*static/(?:css|js|script|picture|pictures|image|images|img|font|fonts)/", re.IGNORECASE
)
_SPACES = compiled(r"\s+")
#: Shortest paragraph that is judged; praise words that suffice in another style, and in the page's own.
_SHORT, _SOME, _MUCH = 50, 3, 5
#: Shortest paragraph that is judged where it begins as those of one account do.
_HEADED_SIZE = 30
#: Share of a paragraph's pairs of characters that the rest of the page has, too: an article's own paragraphs share
#: more.
_APART = 0.2
#: Share of the first clause's pairs of characters above which the rest of the page speaks of its subject, too.
_KNOWN = 0.5
_SUBJECT = compiled(r"^\s*(?:[^:]{2,8}:\s?)?|(?<=[^:])[,，。(（].*$", re.DOTALL)


def inserted_flags(title: str | None, tags: dict[str, str], body: list[Line], lines: list[Line]) -> list[Flag]:
    """Paragraphs that praise whom nothing else on the page speaks of, and a title that names another article.

    :param body: the visible lines of the article's body
    :param lines: all visible lines
    """
    named = fold(tags.get("articletitle") or title or "")
    usual = cache(lambda: _usual_style(body))
    long = [x for x in lines if len(x.text) >= _SHORT or (len(x.text) >= _HEADED_SIZE and _HEADED.search(x.fold))]
    found = [line for line in long if _is_inserted(line, named, lines, usual)]
    if not found and named:
        found = _in_place_of(named, body)
    flags = [Flag("inserted_prose", "warning", line.text, "html") for line in found]
    flags += _splitting(title or "", lines)
    return flags + (_other_title(tags["articletitle"], lines) if "articletitle" in tags else [])


def _splitting(title: str, lines: list[Line]) -> Iterator[Flag]:
    """Names that stand in the middle of a word, as those do that a machine put into sentences of others: 举《…》行会议."""
    for line in lines:
        for name in _NAMED.finditer(line.fold) if "《" in line.text else ():
            around = line.fold[name.start() - 1 : name.start()] + line.fold[name.end() : name.end() + 1]
            said = line.text[name.start() + 1 : name.end() - 1]
            if around in _SPLIT and said in title and "《" not in title:
                yield Flag("inserted_name", "alert", line.text[slice(*name.span())], "html")


def _is_inserted(line: Line, named: str, lines: list[Line], usual: Callable[[], str | None]) -> bool:
    praise = set(_PRAISE.findall(line.fold))
    if len(praise) < _SOME or line.link_share > 0.3:
        return False
    rest = named + "\n".join(other.fold for other in lines if other is not line)
    if not rest or sum(word in rest for word in praise) * 3 > len(praise):
        return False
    if _share(_SUBJECT.sub("", line.fold), rest) >= _KNOWN:  # the page speaks of whom it praises
        return False
    apart = _HEADED.search(line.fold) or ((style := usual()) and _style(line) != style)
    if not apart and _PRAISE.search(named):
        return False  # an article about somebody's prize praises
    enough = _SOME if apart else _MUCH
    return len(praise) >= enough and _share(line.fold, rest) <= _APART


def _in_place_of(named: str, body: list[Line]) -> list[Line]:
    """The lines of a body that is nothing but praise, under a title that speaks of other things."""
    text = "\n".join(line.fold for line in body)
    if len(text) < 2 * _SHORT or _share(named, text) > 0.1:
        return []
    if len(set(_PRAISE.findall(text))) <= _MUCH or _PRAISE.search(named):
        return []
    return [line for line in body if len(set(_PRAISE.findall(line.fold))) >= _SOME]


def _other_title(title: str, lines: list[Line]) -> list[Flag]:
    """``ArticleTitle`` is printed on every true page; where hardly two of its characters are, it
    names another article.
    """
    text = "\n".join(line.fold for line in lines if not _INFO.search(line.fold[:60]))
    if len(text) < 3 * _SHORT or len(_grams(fold(title))) < 5 or _share(fold(title), text) > 0.15:
        return []
    return [Flag("title_mismatch", "warning", title, "html")]


def _grams(text: str) -> set[str]:
    return {a + b for run in _HAN.findall(text) for a, b in pairwise(run)}


def _share(text: str, rest: str) -> float:
    """Which share of a text's pairs of characters is in another."""
    grams = _grams(text)
    return sum(gram in rest for gram in grams) / (len(grams) or 1)


def _style(line: Line) -> str:
    """How a line is set: its block's attributes and those of what holds its first words."""
    holder = line.segments[0][2] if line.segments else line.block
    return f"{_set(line.block)} {_set(holder) if holder is not line.block else ''}"


def _set(element: Element) -> str:
    marks = (element.get(name) or "" for name in ("style", "class", "align", "face", "size", "color"))
    return _SPACES.sub("", f"{element.tag}|{'|'.join(marks)}".lower())


def _usual_style(body: list[Line]) -> str | None:
    """The style of most paragraphs; ``None`` where there is none."""
    styles = Counter(_style(line) for line in body if len(line.text) >= _SHORT // 2)
    style, count = styles.most_common(1)[0] if styles else ("", 0)
    return style if count >= 3 and count >= 0.6 * styles.total() else None


def moved_requisites(root: Element) -> Iterator[str]:
    """Style sheets, scripts and pictures as tools that copy a site move them: ``static/css/main.css``."""
    for element in root.iter("link", "script", "img"):
        address = element.get("href") or element.get("src") or ""
        if _MOVED.match(address):
            yield address
