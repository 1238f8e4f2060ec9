"""What readers wrote below an article or a talk: where a box of comments begins, by its head or its element's name."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from itertools import accumulate

from parsers.page.dom import Element, words_of
from parsers.page.lines import Line
from parsers.patterns import compiled
from parsers.words import pattern

_HEAD = pattern("^{COMMENTS.head}$")
_LEFT = pattern("^{COMMENTS.left}$")
_SIGN = pattern("{COMMENTS.sign}")
#: What each head of a box holds: most pages have none of these words.
_WORD = pattern("{COMMENTS.word}")
_BOX = compiled(r"\b(?:comments?|pinglun)(?:[-_]?(?:s|list|box|area|item|con|content|wrap))?\b")
_LONGEST = 40  # characters of the head of a box
_NEAR = 6  # lines below it that show what it heads


def comments(lines: list[Line], begun: list[Line], text: str, leads: Callable[[], Collection[int]]) -> frozenset[int]:
    """The indexes of the lines from the beginning of a box of comments on; none where somebody leads a talk below it.

    :param begun: the lines that may begin with a label
    :param text: the words of all lines, folded, each in a line of its own
    :param leads: tells the indexes of lines in which a host, a reporter or somebody who is known speaks; few pages ask
    """
    boxed = _boxed(begun)
    worded = _worded(lines, text) if begun else []
    leading = leads() if worded or boxed >= 0 else ()
    for at in _begins(lines, worded, boxed, leading):
        below = lines[at:]
        signed = any(_SIGN.search(other.fold) for other in below[: _NEAR + 1])
        if signed and not _led(below, leading):
            return frozenset(line.index for line in below)
    return frozenset()


def _boxed(begun: list[Line]) -> int:
    """The index of the first line that is in an element named as a box; -1 without one."""
    plain: set[Element] = set()
    for line in begun:
        holder: Element | None = line.block
        while holder is not None and holder not in plain:
            if _is_box(holder):
                return line.index
            plain.add(holder)
            holder = holder.getparent()
    return -1


def _worded(lines: list[Line], text: str) -> list[int]:
    """The places of the lines that hold a word of a head."""
    if not (match := _WORD.search(text)):
        return []
    begins = [0, *accumulate([len(line.fold) + 1 for line in lines])]
    found: list[int] = []
    while match:
        found.append(bisect_right(begins, match.start()) - 1)
        match = _WORD.search(text, begins[found[-1] + 1])
    return found


def _begins(lines: list[Line], worded: list[int], boxed: int, leading: Collection[int]) -> Iterator[int]:
    """The places where a box of comments may begin."""
    if boxed >= 0:
        worded = sorted({*worded, next(at for at, line in enumerate(lines) if line.index == boxed)})
    yield from (at for at in worded if lines[at].index == boxed or _heads(lines, at, leading))


def _heads(lines: list[Line], at: int, leading: Collection[int]) -> bool:
    """Whether a line heads comments: below sentences, since above all of them it may be a tab; what readers left,
    below a talk alone, since above one it heads the questions.
    """
    line = lines[at]
    if len(line.text) > _LONGEST:
        return False
    if _HEAD.match(line.fold):
        return any("。" in above.text for above in lines[:at])
    return _LEFT.match(line.fold) is not None and _led(lines[:at], leading)


def _is_box(element: Element) -> bool:
    return _BOX.search(words_of(element)) is not None


def _led(lines: list[Line], leading: Collection[int]) -> bool:
    return any(line.index in leading for line in lines)
