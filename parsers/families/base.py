"""What a CMS family is."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar, cast

from parsers.page.addresses import Base, absolute
from parsers.page.dom import Element, Survey
from parsers.page.expressions import Names
from parsers.patterns import compiled
from parsers.record import Declared, PageRequest, WayOn

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Paging:
    """What a pager declares: the next pages, how many pages there are, how many entries.

    :param further: the other pages whose addresses it shows or implies
    :param declarations: where the numbers were read; a family that reads a call of its own says it here
    :param ways_on: what leads on to a page that nobody can ask for
    """

    pages: tuple[PageRequest, ...] = ()
    declared: int | None = None
    declared_items: int | None = None
    rule: str = ""
    further: tuple[PageRequest, ...] = ()
    declarations: tuple[Declared, ...] = ()
    ways_on: tuple[WayOn, ...] = ()


def unknown(target: str, words: str, declared: int | None = None) -> Paging:
    """A pager that leads on, and nobody knows where."""
    return Paging((), declared, None, "script-unknown", ways_on=(WayOn(target[:200], words),))


@dataclass(frozen=True)
class View:
    """What a family sees of a page, or of mark-up that a page holds in a script or an answer of data.

    Its lines and its body are not here: where the body stands is what the family is asked for.

    :param raw: the decoded source
    :param files: the text of the script files that were fetched for the page
    :param linked: its ``Link`` headers, as :attr:`parsers.record.Payload.link` has them
    """

    url: str
    base: Base
    root: Element
    raw: str
    survey: Survey
    files: str = ""
    linked: str = ""
    _found: dict[Callable[[View], object], object] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, look: Callable[[View], _T]) -> _T:
        """What a look at the page finds; several rules may ask, and one look is made."""
        if look not in self._found:
            self._found[look] = look(self)
        return cast("_T", self._found[look])

    @cached_property
    def _lowered(self) -> str:
        return self.raw.lower()

    def says(self, words: tuple[str, ...]) -> bool:
        """Whether one of some words, given in lower case, is in the source in any case: found far sooner than by a
        pattern.
        """
        return any(map(self._lowered.__contains__, words))

    @cached_property
    def scripts(self) -> str:
        """The text of all inline scripts, and of the script files that were fetched for the page."""
        return "\n".join([*(s.text or "" for s in self.root.iter("script")), self.files])

    @cached_property
    def names(self) -> Names:
        """What the inline scripts set to literals."""
        return Names(self.scripts)

    @cached_property
    def titles(self) -> dict[Element, str]:
        """The titles of links that are known so far, see :func:`parsers.lists.titles.title_in`."""
        return {}

    def is_route(self, href: str) -> bool:
        """Whether a link names, in its fragment, a page that the site's scripts show: no place of this one."""
        name = href.strip().removeprefix("#")
        if not href.strip().startswith("#") or not re.search(r"\d", name):
            return False
        return not self.root.xpath("boolean(//*[@id=$name or @name=$name])", name=name)

    def is_here(self, url: str) -> bool:
        """Whether an address is this page's, be it by the name of its folder's own page."""
        return _plain(url) == _plain(self.url)

    def join(self, href: str) -> str:
        """An absolute URL; the page's own base where there is none."""
        return absolute(self.base, href) or self.base.url


def _plain(url: str) -> str:
    """An address without the name of its folder's own page."""
    return re.sub(r"(?<=/)(?:index|default)\.\w{2,6}$", "", url.split("#", maxsplit=1)[0]).rstrip("/")


@dataclass(frozen=True, slots=True)
class Path:
    """A pattern over addresses that begins with a slash; one pass over the page looks for those of all families.

    :param pattern: as a string, without groups
    :param holds: a literal that it holds. A pattern that begins with none is dear: it is looked for where this one is
    """

    pattern: str
    holds: str = ""


@dataclass(frozen=True, slots=True)
class Has:
    """Selectors of which one fits an element of the page, as in :meth:`parsers.page.dom.Survey.find`."""

    selectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """Literals of the inline scripts (any of them), or a pattern over them: they are a small part of most pages."""

    mark: tuple[str, ...] | re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Held:
    """A pattern over the source, and a literal that it holds: that one is found several times as fast."""

    holds: str
    pattern: re.Pattern[str]


#: What a family is recognised by: literals of the source (any of them), a pattern over it, an address, an element, a
#: script.
Mark = tuple[str, ...] | Held | Path | Has | Script


class Traces:
    """A page as marks see it.

    :param paths: the patterns of those :class:`Path` marks that the source, or the page's own address, has
    """

    def __init__(self, view: View, paths: Collection[str]) -> None:
        self.view, self.paths = view, paths
        self.source = f"{view.raw}\n{view.url}"

    def bear(self, mark: Mark) -> bool:
        """Whether the page has a mark."""
        if isinstance(mark, Path):
            return mark.pattern in self.paths
        if isinstance(mark, Has):
            return any(self.view.survey.find(selector) for selector in mark.selectors)
        if isinstance(mark, Held):
            return mark.holds in self.source and mark.pattern.search(self.source) is not None
        text, sought = (self.view.scripts, mark.mark) if isinstance(mark, Script) else (self.source, mark)
        if isinstance(sought, tuple):
            return any(map(text.__contains__, sought))
        return sought.search(text) is not None


@dataclass(frozen=True)
class Family:
    """A CMS family.

    :param marks: ``(weight, rule name, mark)``; a :class:`Path` or :class:`Has` costs next to nothing, a pattern
        over the source most
    :param selectors: where the article's body stands, best first: ``#id``, ``#prefix*``, ``.class`` or a tag
    """

    name: str = "generic"
    marks: tuple[tuple[int, str, Mark], ...] = ()
    selectors: tuple[str, ...] = ()
    article: re.Pattern[str] = field(default=compiled(r"(?!)"))

    def fingerprint(self, traces: Traces) -> tuple[int, str]:
        """The weight of the marks found on the page, and the heaviest mark's rule."""
        hits = [(weight, rule) for weight, rule, mark in self.marks if traces.bear(mark)]
        return (sum(w for w, _ in hits), max(hits)[1]) if hits else (0, "")

    def fragments(self, view: View) -> Iterator[str]:
        """Mark-up that the page carries outside its tree (data islands) and that holds list entries."""
        del view
        yield from ()

    def paging(self, view: View) -> Paging:
        """How the list continues; empty when it does not."""
        del view
        return Paging()


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a family, as the reference pages print it.

    Pairs hold English and Chinese; empty texts print a dash.

    :param title: the CMS's Chinese name
    :param marks: what it is recognised by, in short
    :param source: where its mark-up was read
    :param unverified: what nobody has checked on a live site
    """

    title: str = ""
    marks: str = ""
    paging: tuple[str, str] = ("", "")
    source: tuple[str, str] = ("", "")
    unverified: tuple[str, str] = ("", "")
