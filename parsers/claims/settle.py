"""The choice between claims: one for all fields."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from parsers.claims.claim import Claim

#: A value that another comes nearer to than this is a close call.
CLOSE = 0.25


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the claims on one field.

    :param margin: by how much the best value's score must exceed that of the best different value
    :param floor: the score below which a value is not asserted
    :param agree: whether two values say the same (``2021-12-23`` and ``2021-12-23T11:40``); the first is the
        heavier one
    :param finer: whether the first of two values that agree says more than the second
    :param shown: a value as ``rejected``, ``abstained`` and ``parse --explain`` print it
    """

    field: str
    margin: float = 0.02
    floor: float = 0.2
    agree: Callable[[Any, Any], bool] = operator.eq
    finer: Callable[[Any, Any], bool] = lambda _one, _other: False
    shown: Callable[[Any], str] = str


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of the claims on a field.

    :param best: the claim that is asserted; ``None`` when there is none, or none is good enough
    :param supports: the other claims that agree with it
    :param rejected: the claims that say something else, heaviest first; candidates where nothing is asserted
    :param reason: why nothing is asserted though there are claims; empty otherwise
    :param standing: ``alone``, ``supported``, ``contested`` or ``close``: what the calibration is kept by
    """

    field: str
    best: Claim | None = None
    supports: tuple[Claim, ...] = ()
    rejected: tuple[Claim, ...] = ()
    reason: str = ""
    standing: str = ""

    @property
    def value(self) -> Any:
        """The asserted value or ``None``."""
        return self.best.value if self.best else None

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All claims, the asserted one first."""
        return (*([self.best] if self.best else []), *self.supports, *self.rejected)


def settle(question: Question, claims: Sequence[Claim]) -> Settled:
    """Choose a value, or say why none is chosen.

    Values that agree support each other: each further rule that says the same closes a part of what is missing to 1.
    The order of claims counts only where weights are equal.
    """
    readable = sorted((c for c in claims if c.value is not None), key=lambda c: -c.weight)
    if not readable:
        return _unread(question, claims)
    groups = _groups(question, readable)
    score, other = _score(groups[0]), _score(groups[1]) if len(groups) > 1 else 0.0
    losers = tuple(c for group in groups[1:] for c in group)
    if score < question.floor:
        return Settled(question.field, rejected=tuple(readable), reason="the evidence is too weak")
    if losers and score - other < question.margin:
        return Settled(question.field, rejected=tuple(readable), reason="several values with equal claims")
    best = _representative(question, groups[0])
    supports = tuple(c for c in groups[0] if c is not best)
    supported = len({c.rule for c in groups[0]}) > 1
    standing = "supported" if supported else "alone"
    if losers:
        standing = "close" if score - other < CLOSE else "contested"
    return Settled(question.field, best, supports, losers, "", standing)


def _unread(question: Question, claims: Sequence[Claim]) -> Settled:
    """What comes of claims that nobody can read, or of none."""
    if not claims:
        return Settled(question.field)
    why = ", ".join(dict.fromkeys(remark for c in claims for remark in c.found.remarks))
    return Settled(question.field, rejected=tuple(claims), reason=why or "it cannot be read")


def _groups(question: Question, claims: Sequence[Claim]) -> list[list[Claim]]:
    """Claims that agree with the heaviest of their group, the best group first."""
    groups: list[list[Claim]] = []
    for claim in claims:
        group = next((g for g in groups if question.agree(g[0].value, claim.value)), None)
        if group is None:
            groups.append([claim])
        else:
            group.append(claim)
    return sorted(groups, key=lambda group: -_score(group))


def _score(group: Sequence[Claim]) -> float:
    """The weights of a group together, between 0 and 1; what one rule says twice counts once."""
    heaviest: dict[str, float] = {}
    for claim in group:
        heaviest[claim.rule] = max(claim.weight, heaviest.get(claim.rule, 0.0))
    return 1 - prod(1 - weight for weight in heaviest.values())


def _representative(question: Question, group: Sequence[Claim]) -> Claim:
    """The claim that says most; of equal ones a printed one, whose place can be shown."""
    best = group[0]
    for claim in group[1:]:
        if question.finer(claim.value, best.value):
            best = claim
    if best.found.place.line is None:
        same = (c for c in group if c.found.place.line is not None and not question.finer(best.value, c.value))
        best = next(same, best)
    return best
