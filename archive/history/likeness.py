"""How much of a text is still there in another. Pure, and linear in both: what sites answer may be made to cost."""

from __future__ import annotations

from collections import Counter

_GRAM = 4  # characters: shorter strings recur in any two texts


def share_left(then: str, here: str) -> float | None:
    """The share of a text's strings of four characters that another text has, too (0–1).

    ``None`` for texts too short to say.
    """
    if len(then) < _GRAM or len(here) < _GRAM:
        return None
    before = _grams(then)
    return round((before & _grams(here)).total() / before.total(), 3)


def _grams(text: str) -> Counter[str]:
    return Counter(text[at : at + _GRAM] for at in range(len(text) - _GRAM + 1))
