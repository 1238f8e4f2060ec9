"""Rules, what they find, and the claims that come of it.

A **rule** looks at a page and yields what it finds; it knows nothing of other rules. Its row in the table of rules
(:mod:`parsers.rules.table`) gives it a name, the field that it speaks of and a prior: how often such a claim is right.
A **claim** is a find with the rule's name and weight. :func:`parsers.claims.settle.settle` chooses between claims.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from parsers.page.lines import Line

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Place:
    """Where words stand.

    :param raw: the words as read
    :param line: ``None`` where they are in an attribute, in a script or in the list that led here
    :param start: offsets in ``line.text``
    """

    raw: str
    line: Line | None = None
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule finds.

    :param value: ``None`` where words stand that cannot be read; ``remarks`` then say why
    :param detail: what exactly of the rule's kind it was: the label, the tag, the element
    :param share: which part of the rule's prior this find deserves (1 for the plainest, less for one that stands
        far off)
    :param parts: places of the value's items, where it has several
    """

    value: Any
    place: Place
    detail: str = ""
    share: float = 1.0
    remarks: tuple[str, ...] = ()
    parts: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A row of the table of claims: ``rule`` says that ``field`` is ``value``, with a weight between 0 and 1."""

    field: str
    rule: str
    weight: float
    found: Found

    @property
    def value(self) -> Any:
        """What is claimed."""
        return self.found.value

    @property
    def method(self) -> str:
        """The rule with what it went by, as the record's evidence names it: ``label:访谈时间``."""
        return f"{self.rule}:{self.found.detail}" if self.found.detail else self.rule


@dataclass(frozen=True, slots=True)
class Rule(Generic[Read]):
    """A row of the table of rules.

    :param name: how evidence, calibration and ``parse --explain`` call it; the same name may serve several fields
    :param prior: between 0 and 1
    :param silent: the rule is asked only where the rows above it, of the same field, claim nothing
    """

    name: str
    field: str
    prior: float
    find: Callable[[Read], Iterable[Found]]
    silent: bool = False

    def claims(self, reading: Read) -> Iterator[Claim]:
        """What the rule says of a page."""
        for found in self.find(reading):
            yield Claim(self.field, self.name, self.prior * found.share, found)


def collect(rules: Iterable[Rule[Read]], reading: Read) -> list[Claim]:
    """The claims of one field's rules on a page, in the order of the table."""
    claims: list[Claim] = []
    for rule in rules:
        if not (rule.silent and claims):
            claims += rule.claims(reading)
    return claims
