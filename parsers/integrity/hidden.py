"""Links to other sites in nodes that no reader sees. Menus that open on a click are such nodes,
too, and so are makers' marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from parsers.integrity.heads import holds_searched, is_searched
from parsers.integrity.identity import domain_of, is_public, same_owner
from parsers.integrity.injected import hinted, is_lawful, lexicon
from parsers.page.addresses import Base, absolute, parts
from parsers.page.dom import HIDDEN_STYLE, Element, Survey, inner_text
from parsers.page.text import BLANK, collapse, fold
from parsers.patterns import compiled
from parsers.record import Flag
from parsers.words import pattern

_NO_TYPE = compiled(r"font-size\s*:\s*0(?![.\d])(?:px|em|rem|pt|%)?")
_TYPE = compiled(r"font(?:-size)?\s*:[^;]{0,60}?[1-9]")
#: What hides without anything that a click could open: off the screen, one pixel.
_AWAY = compiled(
    r"(?:left|top|text-indent)\s*:\s*-\d{3,}|(?:width|height)\s*:\s*[01](?:px)?\s*;[^;]*overflow\s*:\s*hidden"
)
_HOUSE = pattern(r"{HOUSE}$")
_WIDGET = pattern(r"{WIDGET}", re.IGNORECASE)
#: Links that are many: in a closed menu, in a node that nothing opens. Hosts that they lead to at least.
_MANY, _MANY_AWAY, _HOSTS = 6, 4, 3
_MOST_REMARKS = 3
#: The longest words of a link that advertises, not of a headline.
_LINK_SIZE = 16
#: Characters of an advertisement's link; shorter ones are a menu's, longer ones headlines.
_ADVERT_SIZE = range(4, 11)


@dataclass(frozen=True, slots=True)
class _Link:
    words: str
    target: str
    host: str
    pictured: bool


def hidden_flags(survey: Survey, url: str, base: Base, own: Sequence[str]) -> list[Flag]:
    """What hidden links there are: certain tampering, or remarks.

    Certain are words or targets of the lexicon, and many links to hosts that no county links. A lone ordinary one is a
    remark.

    :param own: names of the site
    """
    alerts: list[Flag] = []
    remarks: list[Flag] = []
    for element, links in _groups(survey, url, base):
        bad = _planted(element, links, own)
        alerts += [_flag(link, "alert") for link in bad]
        if len(links) <= 2:
            remarks += [_flag(link, "info") for link in links if link not in bad and not is_public(link.host)]
    told = {flag.text for flag in alerts}
    return alerts + [f for f in _advertised(survey, url, base) if f.text not in told] + remarks[:_MOST_REMARKS]


def _flag(link: _Link, severity: str) -> Flag:
    return Flag("hidden_link", severity, link.words or link.target, "html")


def _planted(element: Element, links: list[_Link], own: Sequence[str]) -> list[_Link]:
    """The links of a hidden element that no county sets: those of the lexicon, and many that nothing explains."""
    bad = [link for link in links if _in_lexicon(link)]
    away = element.tag == "marquee" or bool(_AWAY.search((element.get("style") or "").lower()))
    alien = [link for link in links if _is_alien(link, own, away=away)]
    enough = len(alien) >= max(_MANY_AWAY if away else _MANY, 0.6 * len(links))
    many = enough and len({domain_of(link.host) for link in alien}) >= _HOSTS
    return bad + [link for link in alien if many and link not in bad]


def _advertised(survey: Survey, url: str, base: Base) -> Iterator[Flag]:
    """Links of gambling or indecent words to other owners' hosts, in whatever way a style hides
    them: a true page has none.
    """
    host = parts(url).name
    away = [(collapse(inner_text(anchor)).strip(BLANK), href) for anchor, href in survey.anchors if "//" in href]
    short = [(words, href) for words, href in away if len(words) <= _LINK_SIZE]
    for words, href in short if _may_advertise(short, base) else ():
        target = absolute(base, href)
        if not target or same_owner(parts(target).name, host) or is_public(parts(target).name):
            continue
        if _in_lexicon(_Link(words, target, parts(target).name, pictured=False)):
            yield Flag("advertised_link", "alert", words or target, "html")


def _may_advertise(links: Sequence[tuple[str, str]], base: Base) -> bool:
    """Whether words or hosts of the lexicon may be among links: one look at all of them; on most pages there are none.

    :param links: their words and addresses, as printed
    """
    words = fold("\n".join([words for words, _ in links]))
    printed = " ".join([base.url, *(href for _, href in links)]).lower()
    plain = printed.isascii() and printed.isprintable() and "%" not in printed  # its hosts stand there as they are
    named = not plain or any(name in printed for name in lexicon().lists["target"])
    return bool(links) and (named or hinted(words) or holds_searched(words))


def _groups(survey: Survey, url: str, base: Base) -> Iterator[tuple[Element, list[_Link]]]:
    """The elements whose own mark-up hides them, outermost only, with the links to other owners'
    hosts that nobody sees there.
    """
    host = parts(url).name
    seen: set[Element] = set()
    for element in survey.hidden:
        only_type = _hides_type_only(element)
        links = []
        for anchor in element.iter("a"):
            if anchor in seen or "//" not in (anchor.get("href") or ""):
                continue
            if only_type and _shows(anchor, element):
                continue
            seen.add(anchor)
            target = absolute(base, anchor.get("href"))
            if target and not same_owner(parts(target).name, host):
                links.append(_link(anchor, target))
        if links:
            yield element, links


def _link(anchor: Element, target: str) -> _Link:
    words = collapse(inner_text(anchor)).strip(BLANK)
    picture = next(anchor.iter("img"), None)
    if not words and picture is not None:
        words = collapse(picture.get("alt") or anchor.get("title") or "").strip(BLANK)
    return _Link(words, target, parts(target).name, picture is not None)


def _hides_type_only(element: Element) -> bool:
    """``font-size:0`` hides text; pictures in it are seen, and so is text that gets its size back."""
    style = (element.get("style") or "").lower()
    return (
        element.get("hidden") is None and element.tag != "marquee" and not HIDDEN_STYLE.search(_NO_TYPE.sub("", style))
    )


def _shows(anchor: Element, element: Element) -> bool:
    if next(anchor.iter("img"), None) is not None:
        return True
    between = [anchor]
    while between[-1] is not element and (parent := between[-1].getparent()) is not None:
        between.append(parent)
    return any(_TYPE.search((e.get("style") or "").lower()) for e in (*between[:-1], *anchor.iter("*")))


def _in_lexicon(link: _Link) -> bool:
    words = fold(link.words)
    if hinted(words) and not is_lawful(words) and (lexicon().phrase.search(words) or _stranger(words)):
        return True
    return is_searched(words) or _targets().search(link.host) is not None


def _stranger(words: str) -> bool:
    """Whether words are an unknown brand with advertising."""
    return lexicon().stranger.search(words) is not None


@cache
def _targets() -> re.Pattern[str]:
    """What the hosts of such sites are called, alone or with what they add to it:
    ``yabovip88.com``, not ``leyuan.com``.
    """
    names = "|".join(map(re.escape, lexicon().lists["target"]))
    return re.compile(rf"(?:^|[.\-\d])(?:{names})(?=vip|ty|tiyu|app|sport|bet|game|[^a-z]|$)")


def _is_alien(link: _Link, own: Sequence[str], *, away: bool) -> bool:
    """Whether no house, button or picture explains a link, and nothing of it is named as the site is."""
    words = fold(link.words).lower()
    if link.pictured or not words or is_public(link.host) or _WIDGET.search(words):
        return False
    grams = {a + b for known in own for a, b in pairwise(fold(known).lower())}
    if any(a + b in grams for a, b in pairwise(words)):
        return False
    return away or (len(words) in _ADVERT_SIZE and not _HOUSE.search(words))
