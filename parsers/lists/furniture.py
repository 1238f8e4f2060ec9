"""What of a page is furniture: its menus, its footer, its pager, the line that says where the reader is."""

from __future__ import annotations

from bisect import bisect_left
from itertools import islice

from parsers.page.dom import Element, Survey, words_of
from parsers.page.text import BLANK, squeeze
from parsers.patterns import compiled
from parsers.words import words

_NAMES = compiled(
    r"\b(?:nav|menu|foot|footer|header|crumb|breadcrumb|position|dqwz|wz|location|friend|link|copyright|toolbar|share"
    r"|page|pager|paging|pagination)\b|nav|menu|foot|crumb"
)
_CRUMBS = compiled(r"^(?:您|你)?(?:现在|目前|当前)?(?:的|所在)?位置|^首页(?:>|》|›|»|-&gt;)")
#: A word in whatever begins so, with the blanks that may be in it.
_CRUMBS_SIGN = compiled("|".join(f"[{BLANK}]*".join(word) for word in words("BREADCRUMB_SIGN") if len(word) > 1))


class Furniture:
    """What of a page is furniture; what is known of an element holds for all links in it."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.signs = [match.start() for match in _CRUMBS_SIGN.finditer(survey.flat[0])]
        self.furniture: dict[Element, bool] = {}
        self.crumbs: dict[Element, bool] = {}

    def holds(self, anchor: Element) -> bool:
        """Whether a link is part of the furniture: by a name around it, or in the line that says
        where the reader is.
        """
        parent = anchor.getparent()
        if parent is None:
            return False
        if self._furniture(parent):
            return True
        if not self.signs:
            return False
        near = [e for e in islice(anchor.iterancestors(), 3) if e.tag not in ("body", "html")]
        return any(self._crumbs(e) for e in near if e.tag not in ("ul", "ol", "table"))

    def _furniture(self, element: Element) -> bool:
        chain: list[Element] = []
        found = False
        holder: Element | None = element
        while holder is not None:
            if (known := self.furniture.get(holder)) is not None:
                found = known
                break
            chain.append(holder)
            holder = holder.getparent()
        for inner in reversed(chain):
            found = found or _is_furniture(inner)
            self.furniture[inner] = found
        return found

    def _crumbs(self, element: Element) -> bool:
        known = self.crumbs.get(element)
        if known is None:
            known = self.crumbs[element] = self._holds_sign(element) and _begins_crumbs(element)
        return known

    def _holds_sign(self, element: Element) -> bool:
        _, begins, stops = self.survey.flat
        place = self.survey.places[element]
        at = bisect_left(self.signs, begins[place])
        return at < len(self.signs) and self.signs[at] < stops[place]


def _begins_crumbs(element: Element) -> bool:
    texts = islice((t for t in element.itertext() if isinstance(t, str)), 8)
    return _CRUMBS.match(squeeze("".join(texts))) is not None


def _is_furniture(element: Element) -> bool:
    """Whether an element's own name is furniture's."""
    if element.tag in ("body", "html"):
        return False
    return element.tag in ("nav", "footer", "header") or _NAMES.search(words_of(element)) is not None
