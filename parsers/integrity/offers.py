"""Offers of unlawful services between the sentences of a true page: invoices, seals, certificates, with a contact."""

from __future__ import annotations

from collections.abc import Iterator

from parsers.integrity.injected import Text
from parsers.page.text import fold
from parsers.record import Flag
from parsers.words import pattern

_GOODS = pattern("{OFFER.goods}")
_CONTACT = pattern("{OFFER.contact}")
_TERMS = pattern("{OFFER.terms}")
_HONEST = pattern("{OFFER.honest}")
_AGAINST = pattern("{AGAINST}|{WARNED_OF}|{OFFER.exposed}")
_SIGN = pattern("{OFFER.sign}")
_QUOTED = pattern("{OFFER.quoted}")
_ENDS = "\n。;"
#: Characters in which an offer says how to reach whom; characters around it whose words may show it to be honest.
_REACH, _AROUND = 48, 24
#: Terms of a seller that are an offer without a contact.
_ENOUGH = 2


def offer_flags(texts: list[Text], printed: str, summed: str) -> Iterator[Flag]:
    """The offers in the texts of a page, each with its span.

    :param printed: the folds of the visible lines: hardly a page names such goods
    :param summed: what the page says of itself in its head
    """
    if not _SIGN.search(f"{fold(summed)}\n{printed}"):
        return
    for item in texts:
        folded, edge = fold(item.text), 0
        for goods in _GOODS.finditer(folded):
            if goods.start() >= edge and (end := _end(folded, *goods.span())):
                edge = end
                placed = (goods.start(), end) if item.where != "html" else (None, None)
                yield Flag("unlawful_offer", "alert", item.text[goods.start() : end], item.where, *placed)


def _end(text: str, start: int, end: int) -> int | None:
    """Where an offer ends whose goods are named at a place; ``None`` where it is none."""
    stop = _first(text, end, end + _REACH)
    contact = _CONTACT.search(text, end, stop)
    terms = [match.end() for match in _TERMS.finditer(text, max(0, start - _AROUND), stop)]
    if not contact and len(terms) < _ENOUGH:
        return None
    last = contact.end() if contact else max(end, terms[-1])
    return None if _is_honest(text, start, last) else last


def _first(text: str, start: int, end: int) -> int:
    """Where the sentence ends, at ``end`` at the latest."""
    found = (text.find(sign, start, end) for sign in _ENDS)
    return min((at for at in found if at >= 0), default=min(end, len(text)))


def _is_honest(text: str, start: int, end: int) -> bool:
    """Whether the clause is of an office that tells how to get a paper, or warns of those who sell it."""
    begin = max(text.rfind(sign, max(0, start - _REACH), start) + 1 for sign in ",!" + _ENDS) or max(0, start - _REACH)
    told = _HONEST.search(text, begin, end + _AROUND // 4) is not None
    opens = start == 0 or text[start - 1] in "。!?;\n"
    behind = end if opens and end < len(text) and not _QUOTED.match(text, end) else end + _AROUND
    return told or _AGAINST.search(text, max(0, begin - _AROUND), behind) is not None
