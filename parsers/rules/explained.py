"""The table of claims of a page, as text: what ``fangtan parse --explain`` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers.claims.claim import Claim
from parsers.claims.confidence import confidence
from parsers.claims.settle import Settled
from parsers.rules.table import QUESTIONS

_WIDTH = 60  # characters of a value or of the words that it was read from


def table(settled: Iterable[Settled]) -> Iterator[str]:
    """A heading for each field, then a line for each claim: what became of it, weight, rule, line, value."""
    for found in settled:
        yield _heading(found)
        fates = [("asserted", [found.best] if found.best else []), ("supports", found.supports)]
        fates.append(("rejected" if found.best else "abstained", found.rejected))
        for fate, claims in fates:
            yield from (_row(fate, claim) for claim in claims)


def _heading(found: Settled) -> str:
    if found.best:
        sure = confidence(found.field, found.best.rule, found.standing)
        return f"{found.field}: {found.standing}, confidence {sure:.3f}"
    return f"{found.field}: not asserted, {found.reason}" if found.reason else f"{found.field}: not printed"


def _row(fate: str, claim: Claim) -> str:
    line = claim.found.place.line
    place = f"line {line.index}" if line else "no line"
    remarks = f"  ({', '.join(claim.found.remarks)})" if claim.found.remarks else ""
    return f"  {fate:<9} {claim.weight:.3f}  {claim.method:<28} {place:<9} {_short(_value(claim))}{remarks}"


def _value(claim: Claim) -> str:
    if claim.value is None:
        return f"(not read) {claim.found.place.raw}"
    if claim.field in QUESTIONS:
        return QUESTIONS[claim.field].shown(claim.value)
    return claim.value if isinstance(claim.value, str) else f"{len(claim.value)} {claim.field}"


def _short(text: str) -> str:
    one = " ".join(text.split())
    return one if len(one) <= _WIDTH else f"{one[: _WIDTH - 1]}…"
