"""Spokespersons whose house only the page's headings name: 国防部例行记者会, and below it 发言人方振国."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from parsers.claims.claim import Found
from parsers.page.text import fold
from parsers.people.houses import headed
from parsers.reading import Reading
from parsers.record import Guest
from parsers.words import words

_Rule = Callable[[Reading], Iterator[Found]]


def housed(rule: _Rule) -> _Rule:
    """A rule of guests, with the house of spokespersons added."""

    def with_house(reading: Reading) -> Iterator[Found]:
        for found in rule(reading):
            yield replace(found, value=tuple(_of_house(guest, reading) for guest in found.value))

    return with_house


def _of_house(guest: Guest, reading: Reading) -> Guest:
    speaks = guest.organization is None and any(word in fold(guest.title or "") for word in words("SPOKESPERSON"))
    return replace(guest, organization=headed(reading.heads)) if speaks else guest
